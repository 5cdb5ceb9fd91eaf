package dev.carillon.engine.rdb;

import dev.carillon.engine.keyspace.Entry;
import dev.carillon.engine.value.ArrayImage;
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
    head(array, out);
    array.visit(
        0,
        ArrayValue.INDEX_MAX,
        (index, value) -> {
          out.length(index);
          element(value, out);
          return true;
        });
  }

  /** Begins to write an array, which may change as soon as this returns. */
  static RdbSlices begin(ArrayValue array, RdbWriter out) {
    head(array, out);
    return new Writing(array.image());
  }

  private static void head(ArrayValue array, RdbWriter out) {
    out.kind(ELEMENTS);
    out.length(array.count());
    out.length(array.cursor() == 0 ? 0 : 1);
    if (array.cursor() != 0) {
      out.length(array.cursor() - 1);
    }
  }

  /** The elements that are still to be written. */
  private static final class Writing implements RdbSlices {
    private final ArrayImage image;
    private final LongText text = new LongText();
    private final Bytes view = Bytes.view();

    Writing(ArrayImage image) {
      this.image = image;
    }

    @Override
    public boolean write(RdbWriter out, int bytes) {
      long end = (long) out.length() + bytes;
      while (out.length() < end) {
        if (!text.isUnderWay()) {
          if (!image.next()) {
            return image.isDone();
          }
          out.length(image.index());
        }
        Bytes value = image.value(view);
        if (LongText.isLong(value.length())) {
          if (!text.isUnderWay()) {
            out.length(TEXT);
          }
          text.write(value, out, end);
        } else {
          element(value, out);
        }
      }
      return false;
    }

    @Override
    public long heldBytes() {
      return image.heldBytes();
    }

    @Override
    public void close() {
      image.close();
    }
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
