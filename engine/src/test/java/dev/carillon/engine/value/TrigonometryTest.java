package dev.carillon.engine.value;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigDecimal;
import java.math.MathContext;
import java.util.Random;
import java.util.function.DoubleUnaryOperator;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

/** Sine, cosine and arc sine against sixty digits. */
class TrigonometryTest {

  private static final MathContext DIGITS = new MathContext(60);
  private static final int SAMPLES = 2000;

  /** Chosen: far above what happens, far below what the JDK would need. */
  private static final int NOT_NEAREST_MAX = SAMPLES / 500;

  @Test
  void sinesAreTheNearestDoubles() {
    verify(Trigonometry::sin, TrigonometryTest::sin, -Math.PI, Math.PI);
    verify(Trigonometry::sin, TrigonometryTest::sin, -1e-3, 1e-3);
    verify(Trigonometry::sin, TrigonometryTest::sin, 3.1415, Math.PI);
  }

  @Test
  void cosinesAreTheNearestDoubles() {
    verify(Trigonometry::cos, TrigonometryTest::cos, -1.5, 1.5);
    verify(Trigonometry::cos, TrigonometryTest::cos, -1e-3, 1e-3);
  }

  @Test
  void arcSinesAreTheNearestDoubles() {
    verify(Trigonometry::asin, TrigonometryTest::asin, 0, 1);
    verify(Trigonometry::asin, TrigonometryTest::asin, 0, 1e-4);
    verify(Trigonometry::asin, TrigonometryTest::asin, 0.999, 1);
  }

  private static void verify(
      DoubleUnaryOperator function, UnaryOperator<BigDecimal> exact, double from, double to) {
    Random random = new Random(5);
    int notNearest = 0;
    for (int i = 0; i < SAMPLES; i++) {
      double x = random.nextDouble(from, to);
      double expected = exact.apply(new BigDecimal(x)).doubleValue();
      double result = function.applyAsDouble(x);
      assertThat(Math.abs(result - expected))
          .as("of %s", x)
          .isLessThanOrEqualTo(Math.ulp(expected));
      notNearest += result == expected ? 0 : 1;
    }
    assertThat(notNearest).isLessThanOrEqualTo(NOT_NEAREST_MAX);
  }

  @Test
  void edgesAreExact() {
    assertThat(Trigonometry.sin(0)).isZero();
    assertThat(Trigonometry.sin(Math.PI / 2)).isEqualTo(1);
    assertThat(Trigonometry.sin(-Math.PI / 2)).isEqualTo(-1);
    assertThat(Trigonometry.sin(Math.PI)).isEqualTo(1.2246467991473532e-16);
    assertThat(Trigonometry.cos(0)).isEqualTo(1);
    assertThat(Trigonometry.asin(0)).isZero();
    assertThat(Trigonometry.asin(1)).isEqualTo(Math.PI / 2);
    assertThat(Trigonometry.asin(Math.nextUp(1.0))).isNaN();
  }

  private static BigDecimal sin(BigDecimal x) {
    return series(x, x, 1);
  }

  private static BigDecimal cos(BigDecimal x) {
    return series(BigDecimal.ONE, x, 0);
  }

  private static BigDecimal series(BigDecimal first, BigDecimal x, int n) {
    BigDecimal square = x.multiply(x, DIGITS).negate();
    BigDecimal term = first;
    BigDecimal sum = first;
    for (int i = n + 1; i < n + 90; i += 2) {
      term = term.multiply(square, DIGITS).divide(BigDecimal.valueOf((long) i * (i + 1)), DIGITS);
      sum = sum.add(term, DIGITS);
    }
    return sum;
  }

  private static BigDecimal asin(BigDecimal x) {
    BigDecimal angle = new BigDecimal(Math.asin(x.doubleValue()));
    for (int i = 0; i < 3; i++) {
      angle = angle.add(x.subtract(sin(angle)).divide(cos(angle), DIGITS), DIGITS);
    }
    return angle;
  }
}
