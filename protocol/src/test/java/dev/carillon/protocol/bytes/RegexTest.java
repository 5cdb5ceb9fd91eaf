package dev.carillon.protocol.bytes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import java.nio.charset.StandardCharsets;
import java.util.Random;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Regular expressions: the syntax one by one, against the JDK's by chance, and their cost. */
class RegexTest {

  private static boolean finds(String pattern, String text) {
    return compiled(pattern, false).isFoundIn(bytes(text));
  }

  private static Regex compiled(String pattern, boolean ignoringCase) {
    Regex regex = Regex.compile(bytes(pattern), ignoringCase);
    assertThat(regex).as(pattern).isNotNull();
    return regex;
  }

  private static Bytes bytes(String text) {
    return Bytes.of(text.getBytes(StandardCharsets.ISO_8859_1));
  }

  @ParameterizedTest
  @CsvSource(
      value = {
        "abc|xxabcxx|true",
        "abc|ab|false",
        "''|''|true",
        "''|abc|true",
        "^abc$|abc|true",
        "^abc$|abcd|false",
        "^$|''|true",
        "^$|a|false",
        "ab*c|ac|true",
        "ab+c|ac|false",
        "ab?c|abbc|false",
        "a{2}|a|false",
        "^a{2,3}$|aaa|true",
        "^a{2,3}$|aaaa|false",
        "^a{2,}$|aaaaa|true",
        "^a{0}$|''|true",
        "[abc]+$|xxb|true",
        "[^abc]|abc|false",
        "[a-c-]|-|true",
        "[]a]|]|true",
        "[^]a]|]|false",
        "[[:digit:]x]{3}|1x2|true",
        "[\\d]|7|true",
        "[\\]]|]|true",
        "\\d+\\.\\d+|v1.25|true",
        "\\D|123|false",
        "^\\w+$|a_1|true",
        "\\S|'  '|false",
        "\\x41|A|true",
        "\\.|a|false",
        "(^a)|ba|false",
        "(a$)|ab|false",
        "x(?:ab)+y|xababy|true",
        "(a*)*b|aaab|true",
        "()*|x|true",
        "a**|b|true",
        "\\$|$|true",
      },
      delimiter = '|')
  void syntax(String pattern, String text, boolean found) {
    assertThat(finds(pattern, text)).isEqualTo(found);
  }

  @Test
  void alternatives() {
    assertThat(finds("^(a|bc|)d$", "d")).isTrue();
    assertThat(finds("^(a|bc|)d$", "bcd")).isTrue();
    assertThat(finds("^(a|bc|)d$", "abcd")).isFalse();
    assertThat(finds("x|^y", "ay")).isFalse();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "(",
        ")",
        "a)",
        "(a",
        "[a",
        "[",
        "[]",
        "[^",
        "[z-a]",
        "[[:none:]]",
        "[[:digit:",
        "*a",
        "a|*",
        "a{",
        "a{2",
        "a{3,2}",
        "a{256}",
        "a{,3}",
        "a{x}",
        "\\",
        "\\q",
        "\\1",
        "\\x4",
        "(a|b",
        "{2}"
      })
  void whatIsNoPattern(String pattern) {
    assertThat(Regex.compile(bytes(pattern), false)).isNull();
  }

  @Test
  void casesAreEqualWhereTheyAreIgnored() {
    assertThat(compiled("aB[c-d][^E]", true).isFoundIn(bytes("xAbCfx"))).isTrue();
    assertThat(compiled("aB[c-d][^E]", true).isFoundIn(bytes("xAbCex"))).isFalse();
    assertThat(compiled("[^a]", true).isFoundIn(bytes("AaA"))).isFalse();
    assertThat(compiled("\\x41", true).isFoundIn(bytes("a"))).isTrue();
    assertThat(compiled("[[:upper:]]", true).isFoundIn(bytes("q"))).isTrue();
  }

  @Test
  void bytesAreBytes() {
    assertThat(finds("a.c", "a\nc")).isTrue();
    assertThat(finds("\\S", " \t\r\n\f")).isFalse();
    assertThat(finds("^.{2}$", "\u00c3\u00a4")).isTrue();
    assertThat(finds("[\u00e0-\u00ff]", "a\u00ff")).isTrue();
    assertThat(finds("a\0b", "a\0b")).isTrue();
  }

  /**
   * The JDK understands the same syntax. An anchor that is repeated in a group is left out: of
   * {@code (c{2}|^){2}b} in {@code ccb} the JDK says that it is not there.
   */
  @Test
  void searchesAgreeWithTheJdk() {
    for (int seed = 1; seed <= 4000; seed++) {
      Random random = new Random(seed);
      String pattern = pattern(random, 3);
      Regex regex = compiled(pattern, false);
      Pattern expected = Pattern.compile(pattern, Pattern.DOTALL);
      for (int i = 0; i < 20; i++) {
        StringBuilder text = new StringBuilder();
        for (int length = random.nextInt(8); length > 0; length--) {
          text.append((char) ('a' + random.nextInt(3)));
        }
        assertThat(regex.isFoundIn(bytes(text.toString())))
            .as("seed %s: %s in %s", seed, pattern, text)
            .isEqualTo(expected.matcher(text).find());
      }
    }
  }

  private static String pattern(Random random, int depth) {
    StringBuilder pattern = new StringBuilder();
    for (int parts = random.nextInt(4); parts >= 0; parts--) {
      switch (random.nextInt(depth > 0 ? 9 : 4)) {
        case 0 -> pattern.append('.');
        case 1 -> pattern.append(random.nextBoolean() ? "[ab]" : "[^b]");
        case 4 -> pattern.append(depth == 3 ? "^" : "c");
        case 5, 6 -> pattern.append('(').append(pattern(random, depth - 1)).append(')');
        case 7 ->
            pattern
                .append('(')
                .append(pattern(random, depth - 1))
                .append('|')
                .append(pattern(random, depth - 1))
                .append(')');
        default -> pattern.append((char) ('a' + random.nextInt(3)));
      }
      boolean isAnchor = pattern.charAt(pattern.length() - 1) == '^';
      if (!isAnchor && random.nextInt(3) == 0) {
        pattern.append(new String[] {"*", "+", "?", "{2}", "{1,2}"}[random.nextInt(5)]);
      }
    }
    return pattern.toString();
  }

  /** Patterns on which others take exponential time, or a stack as deep as the text. */
  @Test
  void theCostIsBounded() {
    String as = "a".repeat(100_000);
    assertThat(finds("^(a*)*$", as + "b")).isFalse();
    assertThat(finds("(a|aa)+$", as + "b")).isFalse();
    assertThat(finds("^(a|b|ab)*c$", as)).isFalse();
    assertThat(finds("(x+x+)+y", "x".repeat(20_000))).isFalse();
  }

  @Test
  void whatWouldBeTooLargeIsRefused() {
    assertThat(Regex.compile(bytes("((a{255}){255}){255}"), false)).isNull();
    assertThat(Regex.compile(bytes("(".repeat(101) + ")".repeat(101)), false)).isNull();
    assertThat(Regex.compile(bytes("(".repeat(1_000_000)), false)).isNull();
    assertThat(Regex.compile(bytes("a" + "*".repeat(1000)), false)).isNull();
    assertThat(Regex.compile(bytes("a".repeat(30_000)), false)).isNull();
    String empty = "(".repeat(90) + ")" + "{255})".repeat(89) + "{255}";
    assertThatCode(() -> Regex.compile(bytes(empty), false)).doesNotThrowAnyException();
  }
}
