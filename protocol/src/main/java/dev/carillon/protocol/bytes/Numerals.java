package dev.carillon.protocol.bytes;

import java.nio.charset.StandardCharsets;

/**
 * Numbers as text, in exactly the forms that Redis accepts and prints.
 *
 * <p>Reading never throws and needs no holder for its result. Integers are asked in two steps,
 * {@link #isLong} and then {@link #toLong}, because every long is a valid value and none is left to
 * mean "no number". Doubles are read in one step, because NaN is no value that Redis takes.
 *
 * <p>Sources: integers and sizes were measured on redis-server 7.0.15; doubles likewise, except for
 * their printed form, which since 7.2 has the fewest digits that read back as the same number and
 * was recorded from the development branch of October 2024 ({@code zsets.txt}). {@code
 * NumeralsTest} lists the cases.
 *
 * <p>Any thread.
 */
public final class Numerals {

  /** The most bytes that {@link #writeLong} writes: a sign and 19 digits. */
  public static final int LONG_LENGTH_MAX = 20;

  /** The room that {@link #writeDouble} asks for; its longest texts have 25 bytes. */
  public static final int DOUBLE_LENGTH_MAX = 32;

  /** The value of {@link #parseMemory} for a text that is no size. */
  public static final long NO_SIZE = -1;

  /** 10^0 to 10^22: the powers of ten that a double holds exactly. */
  private static final double[] EXACT_POWERS_OF_TEN = new double[23];

  static {
    double power = 1;
    for (int i = 0; i < EXACT_POWERS_OF_TEN.length; i++) {
      EXACT_POWERS_OF_TEN[i] = power;
      power *= 10;
    }
  }

  /** 10^0 to 10^18. */
  private static final long[] POWERS_OF_TEN = new long[19];

  /** The two digits of 0 to 99, one behind the other. */
  private static final byte[] PAIRS = new byte[200];

  static {
    long power = 1;
    for (int i = 0; i < POWERS_OF_TEN.length; i++) {
      POWERS_OF_TEN[i] = power;
      power *= 10;
    }
    for (int i = 0; i < 100; i++) {
      PAIRS[2 * i] = (byte) ('0' + i / 10);
      PAIRS[2 * i + 1] = (byte) ('0' + i % 10);
    }
  }

  private Numerals() {}

  // Integers.

  /**
   * Whether the text is a 64-bit integer in its one canonical form: digits without leading zeros,
   * {@code -} before them where negative. No {@code +}, no spaces, no {@code -0}. Allocates
   * nothing.
   */
  public static boolean isLong(Bytes text) {
    return isLong(text.array(), text.offset(), text.length());
  }

  /** As {@link #isLong(Bytes)}, for a range of an array. */
  public static boolean isLong(byte[] array, int offset, int length) {
    if (length == 0 || length > LONG_LENGTH_MAX) {
      return false;
    }
    int end = offset + length;
    boolean negative = array[offset] == '-';
    int first = negative ? offset + 1 : offset;
    if (first == end) {
      return false;
    }
    if (array[first] == '0') {
      return length == 1;
    }
    for (int i = first; i < end; i++) {
      if (array[i] < '0' || array[i] > '9') {
        return false;
      }
    }
    int digits = end - first;
    if (digits < 19) {
      return true;
    }
    // Nineteen digits are below 10^19 < 2^64: as an unsigned number they cannot wrap.
    long magnitude = 0;
    for (int i = first; i < end; i++) {
      magnitude = magnitude * 10 + (array[i] - '0');
    }
    return digits == 19 && (magnitude >= 0 || (negative && magnitude == Long.MIN_VALUE));
  }

  /** The value of a text for which {@link #isLong(Bytes)} holds; of another, nothing useful. */
  public static long toLong(Bytes text) {
    return toLong(text.array(), text.offset(), text.length());
  }

  /** As {@link #toLong(Bytes)}, for a range of an array. */
  public static long toLong(byte[] array, int offset, int length) {
    assert isLong(array, offset, length) : "toLong needs a text that isLong accepted";
    int end = offset + length;
    boolean negative = array[offset] == '-';
    // Summed up below zero, where there is room for Long.MIN_VALUE.
    long value = 0;
    for (int i = negative ? offset + 1 : offset; i < end; i++) {
      value = value * 10 - (array[i] - '0');
    }
    return negative ? value : -value;
  }

  /**
   * Whether the text is an unsigned integer of 64 bits as Redis reads one: in its canonical form,
   * or else as C's {@code strtoull} does, which takes blanks, a sign and zeros before the digits. A
   * negative number is one only where it is not canonical or below -2^63, and wraps. Allocates
   * nothing.
   */
  public static boolean isUnsigned(Bytes text) {
    if (isLong(text)) {
      return toLong(text) >= 0;
    }
    int i = firstDigit(text);
    if (i == text.length()) {
      return false;
    }
    long value = 0;
    for (; i < text.length(); i++) {
      int digit = text.at(i) - '0';
      if (digit < 0 || digit > 9) {
        return false;
      }
      if (Long.compareUnsigned(value, Long.divideUnsigned(-1 - digit, 10)) > 0) {
        return false;
      }
      value = value * 10 + digit;
    }
    return true;
  }

  /** The value of a text for which {@link #isUnsigned} holds; a negative one wraps, as in C. */
  public static long toUnsigned(Bytes text) {
    if (text.length() < LONG_LENGTH_MAX && isLong(text)) {
      return toLong(text);
    }
    int first = firstDigit(text);
    long value = 0;
    for (int i = first; i < text.length(); i++) {
      value = value * 10 + (text.at(i) - '0');
    }
    return first > 0 && text.at(first - 1) == '-' ? -value : value;
  }

  private static int firstDigit(Bytes text) {
    int i = 0;
    while (i < text.length() && (text.at(i) == ' ' || text.at(i) >= '\t' && text.at(i) <= '\r')) {
      i++;
    }
    if (i < text.length() && (text.at(i) == '+' || text.at(i) == '-')) {
      i++;
    }
    return i;
  }

  /** How many bytes {@link #writeLong} writes for {@code value}, the minus sign included. */
  public static int digits(long value) {
    if (value == Long.MIN_VALUE) {
      return LONG_LENGTH_MAX;
    }
    long size = Math.abs(value);
    int bits = Long.SIZE - Long.numberOfLeadingZeros(size | 1);
    // Derived: 1233 / 4096 is a little more than log10(2), and close enough for 63 bits.
    int power = bits * 1233 >>> 12;
    int length = size < POWERS_OF_TEN[power] ? power : power + 1;
    return Math.max(1, length) + (value < 0 ? 1 : 0);
  }

  /**
   * Writes {@code value} in decimal. Allocates nothing.
   *
   * @return the index after the last byte written
   */
  public static int writeLong(long value, byte[] target, int at) {
    int end = at + digits(value);
    int next = end;
    // Taken apart below zero, where Long.MIN_VALUE is a number like any other.
    long rest = value < 0 ? value : -value;
    while (rest <= -10) {
      long hundredth = rest / 100;
      int pair = 2 * (int) (hundredth * 100 - rest);
      target[--next] = PAIRS[pair + 1];
      target[--next] = PAIRS[pair];
      rest = hundredth;
    }
    if (rest != 0 || value == 0) {
      target[--next] = (byte) ('0' - rest);
    }
    if (value < 0) {
      target[at] = '-';
    }
    return end;
  }

  /** {@code value} in decimal, in an array of its own. */
  public static Bytes of(long value) {
    byte[] text = new byte[digits(value)];
    writeLong(value, text, 0);
    return Bytes.of(text);
  }

  // Doubles.

  /**
   * Reads a double as Redis reads scores and the like: decimal or hexadecimal ({@code 0x1p4}, also
   * without an exponent), with a sign and an exponent if wanted, {@code inf} and {@code infinity}
   * in any case. No spaces, no NaN. A text that is too large for a double, or too small for any but
   * zero, is refused as well, and so is one of more than 5119 bytes (Redis sets no limit here).
   * Plain decimals of up to 15 digits are read without allocating.
   *
   * @return NaN if the text is refused
   */
  public static double parseDouble(Bytes text) {
    double plain = plainDecimal(text);
    return Double.isNaN(plain) ? RealText.parse(text).toDouble() : plain;
  }

  /**
   * Reads a double as Redis reads the ends of a range of scores: what {@link #parseDouble} reads,
   * but also as C does when nobody checks it: nothing at all is 0, what follows a zero byte does
   * not count, what is too large is infinite and what is too small is 0. White space and
   * hexadecimal digits are refused (observed on 8.6.3; 7.0.15 took them).
   *
   * @return NaN if the text is refused
   */
  public static double parseBound(Bytes text) {
    double plain = plainDecimal(text);
    if (!Double.isNaN(plain)) {
      return plain;
    }
    int end = 0;
    while (end < text.length() && text.at(end) != 0) {
      end++;
    }
    for (int i = 0; i < end; i++) {
      if (text.at(i) == 'x' || text.at(i) == 'X') {
        return Double.NaN;
      }
    }
    return end == 0 ? 0 : RealText.parse(text.range(0, end)).toNearestDouble();
  }

  /**
   * Decimals whose digits and whose power of ten are both exact in a double need one division,
   * which rounds correctly; NaN for all others.
   */
  private static double plainDecimal(Bytes text) {
    int length = text.length();
    int i = 0;
    boolean negative = length > 0 && text.at(0) == '-';
    if (negative) {
      i++;
    }
    if (length - i > 16) {
      return Double.NaN;
    }
    long digits = 0;
    int count = 0;
    int scale = -1;
    for (; i < length; i++) {
      byte c = text.at(i);
      if (c >= '0' && c <= '9') {
        digits = digits * 10 + (c - '0');
        count++;
        if (scale >= 0) {
          scale++;
        }
      } else if (c == '.' && scale < 0) {
        scale = 0;
      } else {
        return Double.NaN;
      }
    }
    if (count == 0 || count > 15) {
      return Double.NaN;
    }
    double magnitude = scale > 0 ? digits / EXACT_POWERS_OF_TEN[scale] : digits;
    return negative ? -magnitude : magnitude;
  }

  /**
   * Writes a double as Redis replies it: integers up to 2^62 as such, all others with the fewest
   * digits that read back as the same number, in scientific notation ({@code 1e-7}, {@code 1e+20})
   * where that is shorter by Redis' rule; {@code inf}, {@code -inf}, {@code nan}, {@code -0}.
   * Integers are written without allocating; at least {@link #DOUBLE_LENGTH_MAX} bytes must be
   * free.
   *
   * @return the index after the last byte written
   */
  public static int writeDouble(double value, byte[] target, int at) {
    if (value == 0) {
      int next = at;
      if (1 / value < 0) {
        target[next++] = '-';
      }
      target[next++] = '0';
      return next;
    }
    // The half of the range of long, as in Redis: beyond it integers show their shortest digits.
    if (value >= -0x1p62 && value <= 0x1p62 && (long) value == value) {
      return writeLong((long) value, target, at);
    }
    byte[] text = render(value).getBytes(StandardCharsets.US_ASCII);
    System.arraycopy(text, 0, target, at, text.length);
    return at + text.length;
  }

  /** {@code value} as {@link #writeDouble} writes it, in an array of its own. */
  public static Bytes of(double value) {
    byte[] text = new byte[DOUBLE_LENGTH_MAX];
    return Bytes.view(text, 0, writeDouble(value, text, 0)).copy();
  }

  private static String render(double value) {
    if (Double.isNaN(value)) {
      return "nan";
    }
    if (Double.isInfinite(value)) {
      return value > 0 ? "inf" : "-inf";
    }
    // The JDK finds the shortest digits (since 19); only their layout is ours.
    String shortest = Double.toString(Math.abs(value));
    int e = shortest.indexOf('E');
    String mantissa = e < 0 ? shortest : shortest.substring(0, e);
    int point = mantissa.indexOf('.');
    String digits = mantissa.substring(0, point) + mantissa.substring(point + 1);
    int exponent =
        (e < 0 ? 0 : Integer.parseInt(shortest.substring(e + 1))) + point - digits.length();
    int first = 0;
    while (digits.charAt(first) == '0') {
      first++;
    }
    int last = digits.length();
    while (digits.charAt(last - 1) == '0') {
      last--;
      exponent++;
    }
    digits = digits.substring(first, last);
    if (digits.length() == 2 && Math.abs(value) < Double.MIN_NORMAL) {
      // The JDK prefers two digits to one where both read back (4.9E-324); Redis prints one.
      long one = Math.round(Integer.parseInt(digits) / 10.0);
      if (Double.parseDouble(one + "E" + (exponent + 1)) == Math.abs(value)) {
        digits = one == 10 ? "1" : Long.toString(one);
        exponent += one == 10 ? 2 : 1;
      }
    }
    return (value < 0 ? "-" : "") + layOut(digits, exponent);
  }

  /** Lays out {@code digits × 10^exponent} by the rules that Redis took over with fpconv. */
  private static String layOut(String digits, int exponent) {
    int count = digits.length();
    int magnitude = count + exponent - 1;
    if (exponent >= 0 && Math.abs(magnitude) < count + 7) {
      return digits + "0".repeat(exponent);
    }
    if (exponent < 0 && (exponent > -7 || Math.abs(magnitude) < 4)) {
      int whole = count + exponent;
      return whole > 0
          ? digits.substring(0, whole) + "." + digits.substring(whole)
          : "0." + "0".repeat(-whole) + digits;
    }
    return digits.charAt(0)
        + (count > 1 ? "." + digits.substring(1) : "")
        + "e"
        + (magnitude < 0 ? "-" : "+")
        + Math.abs(magnitude);
  }

  // Sizes.

  /**
   * Reads an amount of memory as redis.conf writes it: digits and a unit in any case, {@code b},
   * {@code k m g} (powers of 1000) or {@code kb mb gb} (powers of 1024). No digits mean zero, as in
   * Redis.
   *
   * @return bytes, or {@link #NO_SIZE} if the text is no size or exceeds a long (Redis wraps)
   */
  public static long parseMemory(Bytes text) {
    long value = 0;
    int i = 0;
    for (; i < text.length() && text.at(i) >= '0' && text.at(i) <= '9'; i++) {
      int digit = text.at(i) - '0';
      if (value > (Long.MAX_VALUE - digit) / 10) {
        return NO_SIZE;
      }
      value = value * 10 + digit;
    }
    long unit = unit(text.range(i, text.length()));
    if (unit == NO_SIZE || value > Long.MAX_VALUE / unit) {
      return NO_SIZE;
    }
    return value * unit;
  }

  private static long unit(Bytes name) {
    if (name.isEmpty() || name.isWord("B")) {
      return 1;
    } else if (name.isWord("K")) {
      return 1000;
    } else if (name.isWord("KB")) {
      return 1L << 10;
    } else if (name.isWord("M")) {
      return 1_000_000;
    } else if (name.isWord("MB")) {
      return 1L << 20;
    } else if (name.isWord("G")) {
      return 1_000_000_000;
    } else if (name.isWord("GB")) {
      return 1L << 30;
    }
    return NO_SIZE;
  }
}
