package dev.carillon.protocol.bytes;

import static dev.carillon.protocol.ReferenceServer.command;
import static org.assertj.core.api.Assertions.assertThat;

import dev.carillon.protocol.ReferenceServer;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ExtendedRealTest {

  private static final String REFUSED = "-ERR value is not a valid float\r\n";
  private static final String INFINITE = "-ERR increment would produce NaN or Infinity\r\n";

  /** What INCRBYFLOAT replies, as the reference spells it. */
  private static String incrByFloat(String value, String increment) {
    ExtendedReal left = ExtendedReal.parse(bytes(value));
    ExtendedReal right = ExtendedReal.parse(bytes(increment));
    if (left == null || right == null) {
      return REFUSED;
    }
    ExtendedReal sum = left.plus(right);
    return sum.isInfinite() ? INFINITE : "$" + sum.toBytes().length() + "\r\n" + sum + "\r\n";
  }

  private static Bytes bytes(String latin1) {
    return Bytes.of(latin1.getBytes(StandardCharsets.ISO_8859_1));
  }

  // Measured on redis-server 7.0.15 (INCRBYFLOAT).
  @ParameterizedTest
  @CsvSource({
    "0.1, 0.2, 0.3",
    "10.5, 0.1, 10.6",
    "3.0e3, 5.0e3, 8000",
    "5.0e3, -200, 4800",
    "1e20, 0.1, 100000000000000000000",
    "0, 1e-17, 0.00000000000000001",
    "0, 1e-18, 0",
    "0, -1e-18, 0",
    "0, 0.000000000000000005, 0",
    "0, 0.0000000000000000050000000001, 0.00000000000000001",
    "1.1, 1e-20, 1.1",
    "100, -99.9, 0.1",
    "-1, 1, 0",
    "0, -0, 0",
    "0, 007, 7",
    "0, .5, 0.5",
    "0, 5., 5",
    "0x10, 1, 17",
    "0, 0x1.8p1, 3",
    "0, 0X1P-2, 0.25",
    "9007199254740993, 0, 9007199254740993",
    "18446744073709551615, 0, 18446744073709551615",
    "18446744073709551617, 0, 18446744073709551616",
    "36893488147419103233, 0, 36893488147419103232",
    "0, 1.12345678901234567890, 1.12345678901234568",
    "0, 123456789.123456789123456789, 123456789.12345678912242875",
    "0, 3.4028234663852886e+38, 340282346638528859996171624221612441600",
    "0, 1e-4000, 0",
  })
  void printsSumsAsRedisDoes(String value, String increment, String expected) {
    assertThat(incrByFloat(value, increment))
        .isEqualTo("$" + expected.length() + "\r\n" + expected + "\r\n");
  }

  @Test
  void refusesWhatRedisRefuses() {
    for (String text :
        new String[] {
          "",
          "nan",
          "NaN",
          " 1",
          "1 ",
          ".",
          "1e",
          "1e+",
          "0x",
          "0x1p",
          "1d",
          "--1",
          "1e5000",
          "-1e5000",
          "1e-5000",
          "1\u00002",
          "1".repeat(5000),
          "0".repeat(5119) + "1",
        }) {
      assertThat(ExtendedReal.parse(bytes(text))).as(text).isNull();
    }
    assertThat(ExtendedReal.parse(bytes("0".repeat(5000) + "1"))).hasToString("1");
    for (String text : new String[] {"inf", "-inf", "INF", "+infinity"}) {
      assertThat(incrByFloat("0", text)).isEqualTo(INFINITE);
    }
    assertThat(incrByFloat("1.1e4932", "1.1e4932")).isEqualTo(INFINITE);
  }

  @Test
  void agreesWithTheReferenceServer() throws Exception {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    try (ReferenceServer server = ReferenceServer.startOrSkip()) {
      for (int i = 0; i < 1500; i++) {
        String value = randomNumber(random);
        String increment = randomNumber(random);
        assertThat(server.ask(command("SET", "n", value) + command("INCRBYFLOAT", "n", increment)))
            .as("%s + %s seed %d", value, increment, seed)
            .isEqualTo("+OK\r\n" + incrByFloat(value, increment));
      }
      for (String edge :
          new String[] {
            "1e4932",
            "1.18973149535723176502e4932",
            "1.18973149535723176509e4932",
            "1.2e4932",
            "3.6e-4951",
            "3.7e-4951",
            "1.9e-4951",
            "1.8e-4951",
            "1e400",
            "0x1p16383",
            "0x1p16384",
            "0x1p-16445",
            "0x1p-16446",
            "0x1p-16447",
            "0x1.8p-16446",
          }) {
        assertThat(server.ask(command("DEL", "n") + command("INCRBYFLOAT", "n", edge)))
            .as(edge)
            .isIn(":0\r\n" + incrByFloat("0", edge), ":1\r\n" + incrByFloat("0", edge));
      }
    }
  }

  private static String randomNumber(Random random) {
    return switch (random.nextInt(6)) {
      case 0 -> Long.toString(random.nextLong());
      case 1 -> Double.toString(random.nextGaussian());
      case 2 -> random.nextInt(1000) + "." + random.nextInt(1000);
      case 3 -> random.nextLong() + "." + random.nextLong(Long.MAX_VALUE);
      case 4 -> random.nextInt(100) + "e" + (random.nextInt(80) - 40);
      default -> Double.toHexString(random.nextGaussian() * 1e6);
    };
  }
}
