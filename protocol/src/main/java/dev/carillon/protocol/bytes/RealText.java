package dev.carillon.protocol.bytes;

import java.math.BigDecimal;
import java.math.BigInteger;
import org.jspecify.annotations.Nullable;

/**
 * A text read as a real number without loss, before it is rounded to the format that holds it.
 *
 * <p>The syntax is that of C's {@code strtod}, as far as Redis lets it through: no spaces, no NaN,
 * nothing after the number. Exponents are cut off where every format has long overflowed, so that
 * {@code 1e999999999} costs nothing.
 *
 * @param kind what the text is
 * @param negative whether it begins with {@code -}
 * @param magnitude the absolute value of a {@code FINITE} text; for texts far out of the range of
 *     every format some value that is as far out
 */
record RealText(Kind kind, boolean negative, BigDecimal magnitude) {

  enum Kind {
    REFUSED,
    FINITE,
    INFINITE
  }

  /** Redis' buffer for texts of long doubles holds 5120 bytes, one of them a terminator. */
  private static final int LENGTH_MAX = 5119;

  /** Beyond the exponents of 80-bit numbers, 10^-4951 to 10^4932, whatever the digits. */
  private static final long EXPONENT_MAX = 20_000;

  private static final RealText REFUSED = new RealText(Kind.REFUSED, false, BigDecimal.ZERO);

  static RealText parse(Bytes text) {
    int length = text.length();
    if (length == 0 || length > LENGTH_MAX) {
      return REFUSED;
    }
    boolean negative = text.at(0) == '-';
    int at = negative || text.at(0) == '+' ? 1 : 0;
    Bytes rest = text.range(at, length);
    if (rest.isWord("INF") || rest.isWord("INFINITY")) {
      return new RealText(Kind.INFINITE, negative, BigDecimal.ZERO);
    }
    boolean hexadecimal = rest.length() > 2 && rest.at(0) == '0' && (rest.at(1) | 0x20) == 'x';
    BigDecimal magnitude =
        hexadecimal ? magnitude(rest.range(2, rest.length()), 16) : magnitude(rest, 10);
    return magnitude == null ? REFUSED : new RealText(Kind.FINITE, negative, magnitude);
  }

  /** Digits with at most one point, then the exponent if there is one; null if it is not that. */
  private static @Nullable BigDecimal magnitude(Bytes text, int radix) {
    StringBuilder digits = new StringBuilder(text.length());
    int fraction = 0;
    boolean point = false;
    int i = 0;
    for (; i < text.length(); i++) {
      byte c = text.at(i);
      if (c == '.' && !point) {
        point = true;
      } else if (c >= 0 && Character.digit(c, radix) >= 0) {
        digits.append((char) c);
        if (point) {
          fraction++;
        }
      } else {
        break;
      }
    }
    if (digits.isEmpty()) {
      return null;
    }
    long exponent = 0;
    if (i < text.length()) {
      if ((text.at(i) | 0x20) != (radix == 16 ? 'p' : 'e')) {
        return null;
      }
      Bytes written = text.range(i + 1, text.length());
      if (!isExponent(written)) {
        return null;
      }
      exponent = exponent(written);
    }
    BigInteger mantissa = new BigInteger(digits.toString(), radix);
    if (radix == 10) {
      return new BigDecimal(mantissa).scaleByPowerOfTen((int) (exponent - fraction));
    }
    long binary = exponent - 4L * fraction;
    return binary >= 0
        ? new BigDecimal(mantissa.shiftLeft((int) binary))
        : new BigDecimal(mantissa).divide(new BigDecimal(BigInteger.ONE.shiftLeft((int) -binary)));
  }

  private static boolean isExponent(Bytes text) {
    int first = !text.isEmpty() && (text.at(0) == '-' || text.at(0) == '+') ? 1 : 0;
    for (int i = first; i < text.length(); i++) {
      if (text.at(i) < '0' || text.at(i) > '9') {
        return false;
      }
    }
    return text.length() > first;
  }

  private static long exponent(Bytes text) {
    long value = 0;
    for (int i = 0; i < text.length(); i++) {
      if (text.at(i) >= '0') {
        value = Math.min(EXPONENT_MAX, value * 10 + (text.at(i) - '0'));
      }
    }
    return text.at(0) == '-' ? -value : value;
  }

  /** The nearest double; NaN for what is refused, overflows, or is lost to zero. */
  double toDouble() {
    double nearest = toNearestDouble();
    boolean lost =
        kind == Kind.FINITE
            && (Double.isInfinite(nearest) || (nearest == 0 && magnitude.signum() != 0));
    return lost ? Double.NaN : nearest;
  }

  /** The nearest double; infinite for what overflows, and NaN for what is refused. */
  double toNearestDouble() {
    double value =
        switch (kind) {
          case REFUSED -> Double.NaN;
          case INFINITE -> Double.POSITIVE_INFINITY;
          case FINITE -> Double.parseDouble(magnitude.toString());
        };
    return negative ? -value : value;
  }
}
