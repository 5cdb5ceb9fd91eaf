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
 *   28   the number of elements | 1 and the index before the cursor, or 0 for a cursor at 0
 *        | for each element: index, tag, value
 *
 *   tag 0, 3   a string
 *   tag 1      8 bytes, an integer, lowest byte first
 *   tag 2      8 bytes, a real number
 * </pre>
 *
 * <p>This is what three public readers of such files agree on (redis/librdb 2.3, upstash/rdb 2 and
 * rediscope 1.0); it was not observed on a server. That the cursor is told by the index before it
 * follows from the fixtures of librdb: 2^64 - 2 is what Redis' source keeps of one behind all
 * indexes. One thread at a time.
 */
final class RdbArray implements RdbValue {

  static final int ELEMENTS = 28;

  private static final int TEXT = 0;
  private static final int INTEGER = 1;
  private static final int REAL = 2;
  private static final int SHORT_TEXT = 3;

  /** Redis keeps texts of so many bytes in another way. */
  private static final int SHORT_TEXT_MAX = 7;

  private final ArrayValue array = new ArrayValue();
  private long left;
  private long next;

  private RdbArray(long left) {
    this.left = left;
  }

  // ------------------------------------------------------------------------------------- writing

  static void write(ArrayValue array, RdbWriter out) {
    begin(array, out).write(out, Integer.MAX_VALUE);
  }

  /** Begins to write an array, which must not change before all is written. */
  static RdbSlices begin(ArrayValue array, RdbWriter out) {
    out.kind(ELEMENTS);
    out.length(array.count());
    out.length(array.cursor() == 0 ? 0 : 1);
    if (array.cursor() != 0) {
      out.length(array.cursor() - 1);
    }
    long[] next = {0};
    return (target, bytes) -> write(array, next, target, bytes);
  }

  /**
   * Writes elements from an index on.
   *
   * @param next the index, and afterwards that of the first one that is left
   */
  private static boolean write(ArrayValue array, long[] next, RdbWriter out, int bytes) {
    long end = (long) out.length() + bytes;
    boolean[] isAll = {true};
    array.visit(
        next[0],
        ArrayValue.INDEX_MAX,
        (index, value) -> {
          if (out.length() >= end) {
            next[0] = index;
            isAll[0] = false;
            return false;
          }
          out.length(index);
          element(value, out);
          return true;
        });
    return isAll[0];
  }

  private static void element(Bytes value, RdbWriter out) {
    if (Numerals.isLong(value)) {
      out.length(INTEGER);
      out.int64(Numerals.toLong(value));
    } else {
      out.length(value.length() <= SHORT_TEXT_MAX ? SHORT_TEXT : TEXT);
      out.string(value);
    }
  }

  // ------------------------------------------------------------------------------------- reading

  /** Begins to read an array behind its kind. */
  static RdbValue begin(RdbReader in) throws RdbFormatException {
    long count = in.count("an array", "elements");
    RdbArray reading = new RdbArray(count);
    long flag = in.length();
    if (flag == 1) {
      reading.array.cursor(index(in.length()) + 1);
    } else if (flag != 0) {
      throw new RdbFormatException("an array says neither that it has a cursor nor that not");
    }
    return reading;
  }

  private static long index(long index) throws RdbFormatException {
    if (Long.compareUnsigned(index, ArrayValue.INDEX_MAX) > 0) {
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
      if (Long.compareUnsigned(index, next) < 0) {
        throw new RdbFormatException("the elements of an array are out of order");
      }
      next = index + 1;
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
