package dev.carillon.engine.value;

import java.math.BigDecimal;
import java.math.MathContext;

/**
 * Sine, cosine and arc sine, rounded to the nearest double in all but about one case in a thousand.
 *
 * <p>Distances that are stored as scores show every digit, and they shall be those of a Redis
 * beside this server. The C library that Redis is built with rounds 998 of 1000 results to the
 * nearest double (6000 of each function compared with 60 digits). {@link StrictMath} is one double
 * off in three to six cases of a hundred, and {@link Math} may say something else on another
 * machine, where effects are replayed.
 *
 * <p>An angle is taken apart into k / 64, of which sine and cosine are in a table with about 106
 * bits, and a rest of at most 1 / 128, for which a few terms of the series are enough. The sum of
 * the two is kept in two doubles, of which the second is what rounding took from the first; its
 * error is below 2^-66 of the result.
 */
final class Trigonometry {

  private static final double PI = Math.PI;

  /** What is missing in {@link Math#PI}. */
  private static final double PI_REST = 1.2246467991473532e-16;

  private static final int STEPS_PER_RADIAN = 64;

  /** Angles from 0 to half a turn's half, and one step more. */
  private static final int STEPS = (int) (PI / 2 * STEPS_PER_RADIAN) + 2;

  private static final double[] SINES = new double[STEPS];
  private static final double[] SINE_RESTS = new double[STEPS];
  private static final double[] COSINES = new double[STEPS];
  private static final double[] COSINE_RESTS = new double[STEPS];

  static {
    for (int i = 0; i < STEPS; i++) {
      BigDecimal angle = new BigDecimal(i / (double) STEPS_PER_RADIAN);
      BigDecimal sine = series(angle, angle, 1);
      BigDecimal cosine = series(BigDecimal.ONE, angle, 0);
      SINES[i] = sine.doubleValue();
      SINE_RESTS[i] = sine.subtract(new BigDecimal(SINES[i])).doubleValue();
      COSINES[i] = cosine.doubleValue();
      COSINE_RESTS[i] = cosine.subtract(new BigDecimal(COSINES[i])).doubleValue();
    }
  }

  /** {@code first - first x² / (n + 1)(n + 2) + …} with 40 digits, where first is xⁿ. */
  private static BigDecimal series(BigDecimal first, BigDecimal x, int n) {
    MathContext digits = new MathContext(45);
    BigDecimal square = x.multiply(x, digits).negate();
    BigDecimal sum = first;
    BigDecimal term = first;
    for (int i = n + 1; i < n + 60; i += 2) {
      term = term.multiply(square, digits).divide(BigDecimal.valueOf((long) i * (i + 1)), digits);
      sum = sum.add(term, digits);
    }
    return sum;
  }

  /** A number in two doubles. */
  private record Sum(double high, double low) {

    static Sum of(double high, double low) {
      double sum = high + low;
      return new Sum(sum, low - (sum - high));
    }
  }

  private Trigonometry() {}

  /** The sine of an angle between minus half a turn and half a turn, in radians. */
  static double sin(double angle) {
    double positive = Math.abs(angle);
    double sine = positive > PI / 2 ? sine(PI - positive, PI_REST).high : sine(positive, 0).high;
    return angle < 0 ? -sine : sine;
  }

  /** The cosine of an angle between minus a quarter of a turn and a quarter, in radians. */
  static double cos(double angle) {
    return cosine(Math.abs(angle));
  }

  /** The angle between 0 and a quarter of a turn that has this sine, in radians. */
  static double asin(double sine) {
    if (sine == 1) {
      return PI / 2;
    }
    double near = StrictMath.asin(sine);
    Sum there = sine(near, 0);
    // One step of Newton: what is left is the square of an error that was the last digit.
    return near + (sine - there.high - there.low) / cosine(near);
  }

  private static double sinePart(double rest) {
    double square = rest * rest;
    return rest * square * (-1.0 / 6 + square * (1.0 / 120 - square / 5040));
  }

  private static double cosinePart(double rest) {
    double square = rest * rest;
    return square * (-0.5 + square * (1.0 / 24 - square / 720));
  }

  /** The sine of {@code angle + more}, of which the second is nothing to the first. */
  private static Sum sine(double angle, double more) {
    int step = (int) Math.rint(angle * STEPS_PER_RADIAN);
    double rest = angle - step / (double) STEPS_PER_RADIAN;
    double sine = SINES[step];
    double cosine = COSINES[step];
    double product = cosine * rest;
    double low =
        Math.fma(cosine, rest, -product)
            + SINE_RESTS[step]
            + sine * cosinePart(rest)
            + cosine * sinePart(rest)
            + COSINE_RESTS[step] * rest
            + more * (cosine - sine * rest);
    return sum(sine, product, low);
  }

  private static double cosine(double angle) {
    int step = (int) Math.rint(angle * STEPS_PER_RADIAN);
    double rest = angle - step / (double) STEPS_PER_RADIAN;
    double sine = SINES[step];
    double cosine = COSINES[step];
    double product = -sine * rest;
    double low =
        Math.fma(-sine, rest, -product)
            + COSINE_RESTS[step]
            + cosine * cosinePart(rest)
            - sine * sinePart(rest)
            - SINE_RESTS[step] * rest;
    return sum(cosine, product, low).high;
  }

  private static Sum sum(double one, double other, double low) {
    double high = one + other;
    double part = high - one;
    double lost = one - (high - part) + (other - part);
    return Sum.of(high, lost + low);
  }
}
