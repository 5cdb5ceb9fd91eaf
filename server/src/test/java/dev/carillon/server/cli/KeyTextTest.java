package dev.carillon.server.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.carillon.protocol.bytes.Bytes;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class KeyTextTest {

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      textBlock =
          """
          order:42  | order:42
          two words | two words
          ~~        | ""
          ~ x~      | " x"
          "x        | "\\"x"
          \u00e9    | "\\xe9"
          \u00c3\u00a9 | \u00e9
          a\\nb     | a\\nb
          a\u0001b  | "a\\x01b"
          a\u0007b  | "a\\ab"
          """)
  void plainKeysStayPlainAndOthersAreQuotedAsByRedisCli(String latin1, String shown) {
    Bytes key = Bytes.of(latin1.getBytes(StandardCharsets.ISO_8859_1));
    assertThat(KeyText.of(key)).isEqualTo(shown);
  }
}
