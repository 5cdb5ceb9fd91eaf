package dev.carillon.engine.rdb;

import dev.carillon.engine.keyspace.Entry;
import dev.carillon.engine.value.ArrayValue;
import dev.carillon.engine.value.ValueType;
import dev.carillon.protocol.bytes.Bytes;
import dev.carillon.protocol.bytes.Numerals;
import java.math.BigDecimal;

/**
 * Arrays in RDB, as Redis has them since 8.8. Numbers without a size are lengths in the sense of
 * {@link RdbWriter}.
 *
 * <pre>
 *   28   the number of elements | 1 and the cursor, or 0 | for each element: index, tag, value
 *
 *   tag 0, 3   a string
 *   tag 1      8 bytes, an integer, lowest byte first
 *   tag 2      8 bytes, a real number
 * </pre>
 *
 * <p>This is what three public readers of such files agree on (redis/librdb 2.3, upstash/rdb 2 and
 * rediscope 1.0); it was not observed on a server. One thread at a time.
 */
final class RdbArray implements RdbValue {

  static final int ELEMENTS = 28;

  private static final int TEXT = 0;
  private static final int INTEGER = 1;
  private static final int REAL = 2;
  private static final int SHORT_TEXT = 3;

  private final ArrayValue array = new ArrayValue();
  private long left;
  private long before = -1;

  private RdbArray(long left) {
    this.left = left;
  }

  /** Begins to read an array behind its kind. */
  static RdbValue begin(RdbReader in) throws RdbFormatException {
    long count = in.count("an array", "elements");
    RdbArray reading = new RdbArray(count);
    long flag = in.length();
    if (flag == 1) {
      // One above all indexes, also of those that Redis has and we have not, leads nowhere.
      long cursor = in.length();
      reading.array.cursor(cursor < 0 ? Long.MAX_VALUE : cursor);
    } else if (flag != 0) {
      throw new RdbFormatException("an array says neither that it has a cursor nor that not");
    }
    return reading;
  }

  private static long index(long index) throws RdbFormatException {
    if (index < 0 || index > ArrayValue.INDEX_MAX) {
      throw new RdbFormatException("no array has an index of " + Long.toUnsignedString(index));
    }
    return index;
  }

  @Override
  public ValueType type() {
    return ValueType.ARRAY;
  }

  @Override
  public boolean readOn(RdbReader in, long untilPosition) throws RdbFormatException {
    while (left > 0 && in.position() < untilPosition) {
      long index = index(in.length());
      if (index <= before) {
        throw new RdbFormatException("the elements of an array are out of order");
      }
      before = index;
      array.set(index, value(in));
      left--;
    }
    return left == 0;
  }

  private static Bytes value(RdbReader in) throws RdbFormatException {
    long tag = in.length();
    if (tag == TEXT || tag == SHORT_TEXT) {
      return in.string();
    }
    if (tag == INTEGER) {
      return Numerals.of(in.int64());
    }
    if (tag == REAL) {
      return real(Double.longBitsToDouble(in.int64()));
    }
    throw new RdbFormatException("no element of an array has the tag " + tag);
  }

  /** Redis keeps texts as real numbers that have a point and no exponent. */
  private static Bytes real(double number) throws RdbFormatException {
    if (!Double.isFinite(number)) {
      throw new RdbFormatException("an element of an array is no number");
    }
    if (number == 0 && 1 / number < 0) {
      return Bytes.of("-0.0");
    }
    String digits = new BigDecimal(Double.toString(number)).toPlainString();
    return Bytes.of(digits.indexOf('.') < 0 ? digits + ".0" : digits);
  }

  @Override
  public void putInto(Entry entry) {
    entry.object(array);
  }
}
