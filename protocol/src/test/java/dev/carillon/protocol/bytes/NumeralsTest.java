package dev.carillon.protocol.bytes;

import static dev.carillon.protocol.ReferenceServer.command;
import static org.assertj.core.api.Assertions.assertThat;

import dev.carillon.protocol.ReferenceServer;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Random;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class NumeralsTest {

  private static final List<String> NO_INTEGERS =
      List.of(
          "",
          "-",
          "+1",
          "01",
          "-0",
          "00",
          "-01",
          " 1",
          "1 ",
          "1.0",
          "1e3",
          "0x1",
          "--1",
          "1-",
          "9223372036854775808",
          "-9223372036854775809",
          "9999999999999999999",
          "-9999999999999999999",
          "10000000000000000000",
          "18446744073709551617",
          "12345678901234567890123",
          "\u00001",
          "1\u0000",
          "\u00b2");

  private static final List<String> INTEGERS =
      List.of(
          "0",
          "1",
          "-1",
          "9",
          "10",
          "999999999999999999",
          "1000000000000000000",
          "9223372036854775807",
          "-9223372036854775807",
          "-9223372036854775808",
          "-1000000000000000000");

  private static Bytes bytes(String latin1) {
    return Bytes.of(latin1.getBytes(StandardCharsets.ISO_8859_1));
  }

  @Test
  void takesCanonicalIntegersOnly() {
    assertThat(NO_INTEGERS).noneMatch(text -> Numerals.isLong(bytes(text)));
    assertThat(INTEGERS).allMatch(text -> Numerals.isLong(bytes(text)));
    for (String text : INTEGERS) {
      assertThat(Numerals.toLong(bytes(text))).isEqualTo(Long.parseLong(text));
    }
    byte[] array = bytes("x-42y").array();
    assertThat(Numerals.isLong(array, 1, 3)).isTrue();
    assertThat(Numerals.toLong(array, 1, 3)).isEqualTo(-42);
  }

  @Test
  void agreesWithBigIntegerOnRandomDigits() {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    Pattern canonical = Pattern.compile("0|-?[1-9][0-9]*");
    for (int i = 0; i < 300_000; i++) {
      StringBuilder text = new StringBuilder(random.nextInt(3) == 0 ? "-" : "");
      for (int n = random.nextInt(22); n > 0; n--) {
        text.append((char) ('0' + (random.nextInt(4) == 0 ? 9 : random.nextInt(10))));
      }
      String digits = text.toString();
      boolean expected =
          canonical.matcher(digits).matches() && new BigInteger(digits).bitLength() < 64;
      assertThat(Numerals.isLong(bytes(digits)))
          .as("<%s> seed %d", digits, seed)
          .isEqualTo(expected);
      if (expected) {
        assertThat(Numerals.toLong(bytes(digits))).isEqualTo(Long.parseLong(digits));
      }
    }
  }

  @Test
  void writesIntegersAsTheJdkPrintsThem() {
    Random random = new Random(1);
    long power = 1;
    for (int i = 0; i < 200_000; i++) {
      long value = i < 64 ? 1L << i : random.nextLong() >> random.nextInt(64);
      if (i >= 64 && i <= 64 + 18) {
        value = power;
        power *= 10;
      }
      for (long v : new long[] {value, -value, value - 1, ~value}) {
        byte[] target = new byte[Numerals.LONG_LENGTH_MAX + 2];
        int end = Numerals.writeLong(v, target, 1);
        String written = new String(target, 1, end - 1, StandardCharsets.ISO_8859_1);
        assertThat(written).isEqualTo(Long.toString(v));
        assertThat(Numerals.digits(v)).isEqualTo(written.length());
        assertThat(target[end]).isZero();
      }
    }
    assertThat(Numerals.of(Long.MIN_VALUE)).hasToString("-9223372036854775808");
  }

  private static final List<String> NO_DOUBLES =
      List.of(
          "",
          "nan",
          "NaN",
          "-nan",
          "nan(1)",
          " 1",
          "1 ",
          "\t1",
          ".",
          "-",
          "+",
          "1e",
          "1e+",
          "1d",
          "1f",
          "0x",
          "0x1p",
          "0x1p+",
          "0xg",
          "--1",
          "+-1",
          "1_0",
          "1,5",
          "(1",
          "in",
          "infi",
          "infinityx",
          "1e400",
          "-1e400",
          "1e-400",
          "1\u0000",
          "1e5.0",
          "1.2.3",
          "e5",
          ".e5",
          "1e99999999999999999999",
          "1e-99999999999999999999");

  @Test
  void refusesWhatIsNoDouble() {
    assertThat(NO_DOUBLES).allMatch(text -> Double.isNaN(Numerals.parseDouble(bytes(text))));
  }

  @ParameterizedTest
  @CsvSource({
    "1, 1",
    "+1, 1",
    "-1, -1",
    "-0, -0.0",
    "0, 0",
    "007, 7",
    ".5, 0.5",
    "5., 5",
    "-.5e1, -5",
    "0.1, 0.1",
    "3.14, 3.14",
    "1e20, 1e20",
    "1E+5, 1e5",
    "1e-7, 1e-7",
    "4.9e-324, 4.9e-324",
    "1e-310, 1e-310",
    "1.7976931348623157e308, 1.7976931348623157e308",
    "0e999999999999, 0",
    "123456789012345678, 123456789012345680",
    "0.30000000000000004, 0.30000000000000004",
    "9007199254740993, 9007199254740992",
    "0x10, 16",
    "-0x1p4, -16",
    "0X.8, 0.5",
    "0x1P-2, 0.25",
    "999999999999999, 999999999999999",
    "0.000000000000001, 1e-15",
  })
  void readsDoubles(String text, double expected) {
    assertThat(Numerals.parseDouble(bytes(text))).isEqualTo(expected);
  }

  @ParameterizedTest
  @ValueSource(strings = {"inf", "+inf", "INF", "Infinity", "+iNfInItY"})
  void readsInfinityInAnyCase(String text) {
    assertThat(Numerals.parseDouble(bytes(text))).isEqualTo(Double.POSITIVE_INFINITY);
    String negative = "-" + text.replace("+", "");
    assertThat(Numerals.parseDouble(bytes(negative))).isEqualTo(Double.NEGATIVE_INFINITY);
  }

  @Test
  void readsDecimalsAsTheJdkDoes() {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    for (int i = 0; i < 200_000; i++) {
      StringBuilder text = new StringBuilder(random.nextBoolean() ? "-" : "");
      for (int n = 1 + random.nextInt(17); n > 0; n--) {
        text.append((char) ('0' + random.nextInt(10)));
      }
      text.insert(text.length() - random.nextInt(5) % text.length(), ".");
      if (random.nextInt(4) == 0) {
        text.append('e').append(random.nextInt(60) - 30);
      }
      String digits = text.toString().replace(".-", "-0.");
      assertThat(Numerals.parseDouble(bytes(digits)))
          .as("<%s> seed %d", digits, seed)
          .isEqualTo(Double.parseDouble(digits));
    }
  }

  // The first seven were recorded (zsets.txt); the others follow from the same layout rules.
  @ParameterizedTest
  @CsvSource({
    "3, 3",
    "0.1, 0.1",
    "1e20, 1e+20",
    "Infinity, inf",
    "-Infinity, -inf",
    "1e-7, 1e-7",
    "NaN, nan",
    "0, 0",
    "-0.0, -0",
    "-1.5, -1.5",
    "3.14, 3.14",
    "0.30000000000000004, 0.30000000000000004",
    "1e15, 1000000000000000",
    "1e17, 100000000000000000",
    "4e18, 4000000000000000000",
    "5e18, 5e+18",
    "1.2345678901234567e19, 12345678901234567000",
    "1e100, 1e+100",
    "0.001, 0.001",
    "0.0001, 0.0001",
    "0.000001, 0.000001",
    "0.0000015, 1.5e-6",
    "0.0012345678, 0.0012345678",
    "0.00012345678, 1.2345678e-4",
    "0.000012345678, 1.2345678e-5",
    "123.456, 123.456",
    "1.5e300, 1.5e+300",
    "4.9e-324, 5e-324",
    "1e-323, 1e-323",
    "2.2250738585072014e-308, " + "2.2250738585072014e-308",
    "-1.7976931348623157e308, -1.7976931348623157e+308",
    "9007199254740993, 9007199254740992",
    "1e-310, 1e-310",
  })
  void writesDoubles(double value, String expected) {
    assertThat(Numerals.of(value)).hasToString(expected);
  }

  @Test
  void writtenDoublesReadBackAsTheSameNumberAndFit() {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    for (int i = 0; i < 200_000; i++) {
      double value =
          i % 2 == 0
              ? Double.longBitsToDouble(random.nextLong())
              : random.nextGaussian() * Math.pow(10, random.nextInt(30) - 10);
      if (!Double.isFinite(value)) {
        continue;
      }
      Bytes text = Numerals.of(value);
      assertThat(text.length()).isLessThanOrEqualTo(25);
      assertThat(Numerals.parseDouble(text)).as("%s seed %d", text, seed).isEqualTo(value);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "100, 100",
    "0, 0",
    "007, 7",
    "1b, 1",
    "1B, 1",
    "1k, 1000",
    "1K, 1000",
    "1kb, 1024",
    "1Kb, 1024",
    "2m, 2000000",
    "64mb, 67108864",
    "1g, 1000000000",
    "1GB, 1073741824",
    "'', 0",
    "kb, 0",
    "9223372036854775807, 9223372036854775807",
    "8589934591gb, 9223372035781033984",
    "1t, -1",
    "1tb, -1",
    "-1, -1",
    "+1, -1",
    "1.5mb, -1",
    "' 1', -1",
    "1 mb, -1",
    "1kbb, -1",
    "10%, -1",
    "0x10, -1",
    "9223372036854775808, -1",
    "8589934592gb, -1",
    "99999999999999999999, -1",
  })
  void readsAmountsOfMemory(String text, long expected) {
    assertThat(Numerals.parseMemory(bytes(text))).isEqualTo(expected);
  }

  @Test
  void agreesWithTheReferenceServer() throws Exception {
    try (ReferenceServer server = ReferenceServer.startOrSkip()) {
      for (String text : INTEGERS) {
        assertThat(server.ask(command("SET", "n", text) + command("INCRBY", "n", "0")))
            .isEqualTo("+OK\r\n:" + text + "\r\n");
      }
      for (String text : NO_INTEGERS) {
        assertThat(server.ask(command("SET", "n", text) + command("INCRBY", "n", "0")))
            .as(text)
            .isEqualTo("+OK\r\n-ERR value is not an integer or out of range\r\n");
      }
      for (String text : NO_DOUBLES) {
        assertThat(server.ask(command("ZADD", "z", text, "m")))
            .as(text)
            .isEqualTo("-ERR value is not a valid float\r\n");
      }
      long seed = System.nanoTime();
      Random random = new Random(seed);
      for (int i = 0; i < 100; i++) {
        double value = Double.longBitsToDouble(random.nextLong());
        if (Double.isFinite(value)) {
          String text = Numerals.of(value).toString();
          String answer =
              server.ask(
                  command("DEL", "z")
                      + command("ZADD", "z", text, "m")
                      + command("ZSCORE", "z", "m"));
          List<String> lines = answer.lines().toList();
          assertThat(Double.parseDouble(lines.get(3)))
              .as("%s seed %d", text, seed)
              .isEqualTo(value);
        }
      }
    }
  }

  @Test
  void boundsAreReadAsCReadsThem() {
    assertThat(Numerals.parseBound(Bytes.of("1.5"))).isEqualTo(1.5);
    assertThat(Numerals.parseBound(Bytes.of(""))).isZero();
    assertThat(Numerals.parseBound(Bytes.of("1\0x"))).isEqualTo(1);
    assertThat(Numerals.parseBound(Bytes.of("\0"))).isZero();
    assertThat(Numerals.parseBound(Bytes.of("1e400"))).isEqualTo(Double.POSITIVE_INFINITY);
    assertThat(Numerals.parseBound(Bytes.of("-1e5000"))).isEqualTo(Double.NEGATIVE_INFINITY);
    assertThat(Numerals.parseBound(Bytes.of("1e-400"))).isZero();
    assertThat(Numerals.parseBound(Bytes.of("-inf"))).isEqualTo(Double.NEGATIVE_INFINITY);
    for (String refused :
        new String[] {" ", "1 ", " 1", "\t1", "0x10", "-0X1", "a", "1a", "nan", "--1", "1e"}) {
      assertThat(Numerals.parseBound(Bytes.of(refused))).as(refused).isNaN();
    }
  }
}
