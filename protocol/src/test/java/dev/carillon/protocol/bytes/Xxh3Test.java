package dev.carillon.protocol.bytes;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * XXH3 with vectors of the reference library (xxHash 0.8 by way of Python's {@code xxhash}), at
 * both sides of every length where its formula changes.
 */
class Xxh3Test {

  @ParameterizedTest(name = "{0} bytes")
  @CsvSource({
    "0, 2d06800538d394c2",
    "1, 13e608bc156defed",
    "2, 1c9074b93943b86c",
    "3, a9088dda485b481c",
    "4, 6d9253b16c8b1ed3",
    "8, 60539db630471163",
    "9, feff668361d723a8",
    "16, b8c859b0f030b585",
    "17, 714a04408e79b80f",
    "32, 19ff4ee1d6ba1a55",
    "33, 3e44983ad21679c8",
    "64, 287eb1fa9e4be2c1",
    "65, 829218de4d798646",
    "96, f084e7cfbc624743",
    "97, 1daa83271a8e7b7c",
    "128, 67425a03650261bf",
    "129, c664bf3311c6abc4",
    "143, 8b313780705af3a7",
    "144, 606a17fa700bb932",
    "160, d70dea8de694b883",
    "239, 1d861931c1f3cafa",
    "240, 64556dc6b462a6cf",
    "241, 8beadd3a8874fe17",
    "256, 3c38817f6d79c0da",
    "257, 2a300c3495738ea6",
    "512, f58202b8d9019d1d",
    "1023, d26986a0b85dcc44",
    "1024, 9b81661c641c72b1",
    "1025, 806c2072ed713576",
    "1088, 2f8781e01841f0da",
    "1089, 2a90437fe231e7e8",
    "2048, abe604813ba62ed1",
    "2049, 55aed42c9f1554b6",
    "5000, 799aaddd7339581d"
  })
  void lengthsOnBothSidesOfEachFormula(int length, String hash) {
    byte[] padded = new byte[length + 7];
    for (int i = 0; i < length; i++) {
      padded[3 + i] = (byte) (7 * i + 3);
    }
    assertThat(hex(Bytes.view(padded, 3, length))).isEqualTo(hash);
  }

  /** Redis' own documentation and tests of DIGEST. */
  @ParameterizedTest
  @CsvSource({
    "Hello world, b6acb9d84a38ff74",
    "hello, 9555e8555c62dcfd",
    "v8lf0c11xh8ymlqztfd3eeq16kfn4sspw7fqmnuuq3k3t75em5wdizgcdw7uc26nnf961u2jkfzkjytls2kwlj7626sd,"
        + " 00006c38adf31777",
  })
  void digestsThatRedisShows(String text, String digest) {
    assertThat(hex(Bytes.of(text))).isEqualTo(digest);
  }

  @Test
  void wordsAreUnsignedWhateverTheirHighestBits() {
    assertThat(hex(Bytes.of(new byte[] {-1, -1, -1, -1}))).isEqualTo("cd6b1c920d3f662c");
    assertThat(hex(Bytes.of(new byte[] {-1, -1, -1, -1, -1, -1, -1})))
        .isEqualTo("6d1d39052bf41ed9");
  }

  private static String hex(Bytes text) {
    return String.format("%016x", Xxh3.hash(text));
  }
}
