package dev.carillon.engine.rdb;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Compression: what goes in comes out, and no input does harm. */
class LzfTest {

  @Test
  void whatIsCompressedIsDecompressed() throws RdbFormatException {
    Random random = new Random(1);
    for (int round = 0; round < 2000; round++) {
      byte[] source = new byte[random.nextInt(2000)];
      int letters = 1 + random.nextInt(round % 10 == 0 ? 256 : 4);
      for (int i = 0; i < source.length; i++) {
        source[i] = (byte) random.nextInt(letters);
      }
      byte[] target = new byte[source.length + source.length / 32 + 2];
      int size = Lzf.compress(source, 0, source.length, target, 0, target.length);
      assertThat(size > 0 || source.length == 0).as("it fits in round %d", round).isTrue();
      assertThat(Lzf.decompress(target, 0, size, source.length)).isEqualTo(source);
    }
  }

  @Test
  void longAndFarRepetitionsAreFound() throws RdbFormatException {
    byte[] source = new byte[40_000];
    new Random(2).nextBytes(source);
    System.arraycopy(source, 0, source, 8192, 8192);
    Arrays.fill(source, 30_000, 40_000, (byte) 'x');
    byte[] target = new byte[50_000];
    int size = Lzf.compress(source, 0, source.length, target, 0, target.length);
    assertThat(size).isLessThan(24_000);
    assertThat(Lzf.decompress(target, 0, size, source.length)).isEqualTo(source);
  }

  @Test
  void aResultThatDoesNotFitIsNoResult() {
    byte[] source = "abcdefghijklmnopqrstuvwxyz".getBytes(StandardCharsets.US_ASCII);
    assertThat(Lzf.compress(source, 0, 26, new byte[26], 0, 26)).isZero();
    assertThat(Lzf.compress(source, 0, 26, new byte[27], 0, 27)).isEqualTo(27);
    byte[] same = new byte[100];
    assertThat(Lzf.compress(same, 0, 100, new byte[4], 0, 4)).isZero();
    assertThat(Lzf.compress(same, 0, 100, new byte[5], 0, 5)).isEqualTo(5);
  }

  /** Items in hexadecimal, and what they stand for. */
  @ParameterizedTest
  @CsvSource({
    "0061, a",
    "02616263, abc",
    "00612000, aaaa",
    "0161624001, ababab",
    "0061e00000, aaaaaaaaaa",
    "00612000006220 00, aaaabbbb"
  })
  void itemsAreReadAsTheFormatSays(String hex, String expected) throws RdbFormatException {
    byte[] source = hex(hex);
    assertThat(Lzf.decompress(source, 0, source.length, expected.length()))
        .asString(StandardCharsets.US_ASCII)
        .isEqualTo(expected);
  }

  @ParameterizedTest
  @CsvSource({
    "0261, 3, literals beyond the end",
    "02616263, 2, more than was announced",
    "02616263, 4, less than was announced",
    "2000, 3, a repetition of nothing",
    "00612001, 4, a repetition from before the start",
    "006120, 4, a repetition without its distance",
    "0061e0, 10, a long repetition without its length",
    "0061e000, 10, a long repetition without its distance",
    "0061, 1000000000, an announcement out of proportion"
  })
  void damageIsRefused(String hex, int length, String what) {
    byte[] source = hex(hex);
    assertThatThrownBy(() -> Lzf.decompress(source, 0, source.length, length))
        .as(what)
        .isInstanceOf(RdbFormatException.class);
  }

  @Test
  void noiseIsReadOrRefused() {
    Random random = new Random(3);
    for (int round = 0; round < 20_000; round++) {
      byte[] noise = new byte[random.nextInt(40)];
      random.nextBytes(noise);
      int length = random.nextInt(200);
      try {
        assertThat(Lzf.decompress(noise, 0, noise.length, length)).hasSize(length);
      } catch (RdbFormatException expected) {
        assertThat(expected).hasMessageContaining("compressed");
      }
    }
  }

  private static byte[] hex(String digits) {
    return HexFormat.of().parseHex(digits.replace(" ", ""));
  }
}
