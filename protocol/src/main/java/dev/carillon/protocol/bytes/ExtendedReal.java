package dev.carillon.protocol.bytes;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * A number of the 80-bit format in which Redis computes {@code INCRBYFLOAT} and {@code
 * HINCRBYFLOAT} (the {@code long double} of x86-64): 64 significant bits, or an infinity.
 *
 * <p>Because 64 bits are three decimal digits more than the 17 that are printed after the point,
 * 0.1 + 0.2 prints as 0.3. An exact decimal sum would print the same there, but not where Redis
 * loses digits: 1e20 + 0.1 stays 100000000000000000000. So values are held exactly as {@link
 * BigDecimal} and rounded to 64 bits, half to even, after each step, as the processor does.
 * Subnormal numbers keep all their bits here; they are below anything that is printed.
 *
 * <p>Immutable; any thread. Measured against redis-server 7.0.15: {@code ExtendedRealTest}.
 */
public final class ExtendedReal {

  /** Zero. */
  public static final ExtendedReal ZERO = new ExtendedReal(BigDecimal.ZERO, 0);

  /** The largest finite number of the format, exactly: 64 ones in front of 16320 zeros. */
  public static final BigDecimal LARGEST =
      new BigDecimal(BigInteger.ONE.shiftLeft(64).subtract(BigInteger.ONE).shiftLeft(16384 - 64));

  private static final int SIGNIFICANT_BITS = 64;
  private static final int PRINTED_DECIMALS = 17;

  /** The first power of two that the format cannot hold. */
  private static final BigDecimal LIMIT = new BigDecimal(BigInteger.ONE.shiftLeft(16384));

  /** Half of the smallest subnormal, 2^-16445: what is not above it rounds to zero. */
  private static final BigDecimal VANISHING =
      BigDecimal.ONE.divide(new BigDecimal(BigInteger.ONE.shiftLeft(16446)));

  private final BigDecimal value;
  private final int infinity;

  private ExtendedReal(BigDecimal value, int infinity) {
    this.value = value;
    this.infinity = infinity;
  }

  /**
   * Reads a text as Redis reads the operands of {@code INCRBYFLOAT}: decimal or hexadecimal, with
   * sign and exponent if wanted, {@code inf} and {@code infinity} in any case; no spaces, no NaN,
   * at most 5119 bytes.
   *
   * @return null if the text is refused; also if it is too large for the format, or so small that
   *     only zero is near
   */
  public static @Nullable ExtendedReal parse(Bytes text) {
    RealText real = RealText.parse(text);
    return switch (real.kind()) {
      case REFUSED -> null;
      case INFINITE -> new ExtendedReal(BigDecimal.ZERO, real.negative() ? -1 : 1);
      case FINITE -> {
        BigDecimal magnitude = real.magnitude();
        if (magnitude.signum() != 0 && magnitude.compareTo(VANISHING) <= 0) {
          yield null;
        }
        ExtendedReal rounded = of(real.negative() ? magnitude.negate() : magnitude);
        yield rounded.isInfinite() ? null : rounded;
      }
    };
  }

  /** The number nearest to {@code exact}; an infinity where the format ends. */
  public static ExtendedReal of(BigDecimal exact) {
    BigDecimal rounded = round(exact);
    return rounded.abs().compareTo(LIMIT) >= 0
        ? new ExtendedReal(BigDecimal.ZERO, exact.signum())
        : new ExtendedReal(rounded, 0);
  }

  /**
   * The sum, rounded to the format. Where an infinity takes part the result is one as well, also
   * for a sum of opposite ones, which Redis refuses by the same error as NaN.
   */
  public ExtendedReal plus(ExtendedReal other) {
    if (isInfinite()) {
      return this;
    }
    return other.isInfinite() ? other : of(value.add(other.value));
  }

  /** Whether this is no finite number, which commands refuse to store. */
  public boolean isInfinite() {
    return infinity != 0;
  }

  /** The exact value; zero for an infinity. */
  public BigDecimal value() {
    return value;
  }

  /**
   * The text that Redis stores and replies: no exponent, up to 17 digits after the point, no
   * trailing zeros, {@code inf} or {@code -inf} for an infinity. A value that rounds to zero is
   * {@code 0}, and {@code -0} never appears.
   */
  public Bytes toBytes() {
    return Bytes.of(toString().getBytes(StandardCharsets.US_ASCII));
  }

  @Override
  public String toString() {
    if (isInfinite()) {
      return infinity > 0 ? "inf" : "-inf";
    }
    BigDecimal printed = value.setScale(PRINTED_DECIMALS, RoundingMode.HALF_EVEN);
    return printed.signum() == 0 ? "0" : printed.stripTrailingZeros().toPlainString();
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof ExtendedReal that
        && infinity == that.infinity
        && value.compareTo(that.value) == 0;
  }

  @Override
  public int hashCode() {
    return 31 * infinity + value.stripTrailingZeros().hashCode();
  }

  /** Rounds to 64 significant bits, half to even. */
  private static BigDecimal round(BigDecimal exact) {
    if (exact.signum() == 0) {
      return BigDecimal.ZERO;
    }
    // The value is numerator / denominator; shift one of them until the quotient has 64 bits.
    BigInteger numerator = exact.unscaledValue().abs();
    BigInteger denominator = BigInteger.ONE;
    if (exact.scale() > 0) {
      denominator = BigInteger.TEN.pow(exact.scale());
    } else {
      numerator = numerator.multiply(BigInteger.TEN.pow(-exact.scale()));
    }
    int shift = numerator.bitLength() - denominator.bitLength() - SIGNIFICANT_BITS;
    BigInteger[] quotient = divideShifted(numerator, denominator, shift);
    if (quotient[0].bitLength() > SIGNIFICANT_BITS) {
      quotient = divideShifted(numerator, denominator, ++shift);
    }
    BigInteger divisor = shift > 0 ? denominator.shiftLeft(shift) : denominator;
    int half = quotient[1].shiftLeft(1).compareTo(divisor);
    BigInteger mantissa = quotient[0];
    if (half > 0 || (half == 0 && mantissa.testBit(0))) {
      mantissa = mantissa.add(BigInteger.ONE);
    }
    BigDecimal rounded =
        shift >= 0
            ? new BigDecimal(mantissa.shiftLeft(shift))
            : new BigDecimal(mantissa).divide(new BigDecimal(BigInteger.ONE.shiftLeft(-shift)));
    return exact.signum() < 0 ? rounded.negate() : rounded;
  }

  /** Quotient and remainder of {@code numerator / (denominator × 2^shift)}. */
  private static BigInteger[] divideShifted(
      BigInteger numerator, BigInteger denominator, int shift) {
    return shift >= 0
        ? numerator.divideAndRemainder(denominator.shiftLeft(shift))
        : numerator.shiftLeft(-shift).divideAndRemainder(denominator);
  }
}
