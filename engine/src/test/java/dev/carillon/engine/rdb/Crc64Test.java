package dev.carillon.engine.rdb;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** The checksum of RDB. */
class Crc64Test {

  @Test
  void theCheckValueIsThatOfThePolynomial() {
    byte[] digits = "123456789".getBytes(StandardCharsets.US_ASCII);
    assertThat(Crc64.of(digits, 0, digits.length)).isEqualTo(0xe9c6d914c4b8d9caL);
    assertThat(Crc64.of(digits, 3, 0)).isZero();
  }

  @Test
  void wholeWordsAreSummedUpLikeSingleBytes() {
    Random random = new Random(64);
    byte[] bytes = new byte[100];
    random.nextBytes(bytes);
    for (int from = 0; from < 10; from++) {
      for (int length = 0; from + length <= bytes.length; length++) {
        long single = 0;
        for (int i = 0; i < length; i++) {
          single = Crc64.update(single, bytes, from + i, 1);
        }
        assertThat(Crc64.of(bytes, from, length)).isEqualTo(single);
      }
    }
  }
}
