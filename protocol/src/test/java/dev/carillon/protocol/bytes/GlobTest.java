package dev.carillon.protocol.bytes;

import static dev.carillon.protocol.ReferenceServer.command;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import dev.carillon.protocol.ReferenceServer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class GlobTest {

  private static Bytes bytes(String latin1) {
    return Bytes.of(latin1.getBytes(StandardCharsets.ISO_8859_1));
  }

  @ParameterizedTest
  @CsvSource(
      quoteCharacter = '"',
      value = {
        "abc, abc, true",
        "abc, abd, false",
        "abc, ab, false",
        "abc, abcd, false",
        "*, a, true",
        "**, a, true",
        "a*, a, true",
        "a**, a, true",
        "*a, a, true",
        "*a*, a, true",
        "a*c, abbbc, true",
        "a*c, ac, true",
        "a*c, ab, false",
        "a*b*c, aXbYbZc, true",
        "*.txt, a.txt.txt, true",
        "?, a, true",
        "?, ab, false",
        "a?c, abc, true",
        "*?, a, true",
        "?*?, a, false",
        "?*?, ab, true",
        "[abc], b, true",
        "[abc], d, false",
        "[^abc], d, true",
        "[^abc], a, false",
        "[a-c], b, true",
        "[c-a], b, true",
        "[c-a], d, false",
        "[-a], -, true",
        "[a-], -, false",
        "[a-], ^, true",
        "[a-]x], b, false",
        "[]a], a, false",
        "[], a, false",
        "[^], a, true",
        "[^]], a, false",
        "[^]], a], true",
        "[a^], ^, true",
        "[ab, b, true",
        "[ab, c, false",
        "[^ab, c, true",
        "[^, c, true",
        "[, [, false",
        "[, a, false",
        "[a-, -, true",
        "[a-z, m, true",
        "[\\]], ], true",
        "[\\]], \\, false",
        "[a\\-c], -, true",
        "[a\\-c], b, false",
        "[\\, \\, true",
        "\\*, *, true",
        "\\*, a, false",
        "\\a, a, true",
        "\\\\, \\, true",
        "a\\, a\\, true",
        "a\\, a, false",
        "*\\, b\\, true",
        "\\[a], [a], true",
        "x[0-9][0-9], x42, true",
        "x[0-9][0-9], x4, false",
      })
  void decidesAsRedisDoes(String pattern, String text, boolean expected) {
    assertThat(Glob.matches(bytes(pattern), bytes(text))).isEqualTo(expected);
  }

  @Test
  void emptyTextMatchesTheEmptyPatternOnly() {
    assertThat(Glob.matches(Bytes.EMPTY, Bytes.EMPTY)).isTrue();
    for (String pattern : new String[] {"*", "**", "?", "[^]", "a", "\\"}) {
      assertThat(Glob.matches(bytes(pattern), Bytes.EMPTY)).as(pattern).isFalse();
    }
    assertThat(Glob.matches(Bytes.EMPTY, bytes("a"))).isFalse();
  }

  @Test
  void rangesCompareSignedBytes() {
    assertThat(Glob.matches(bytes("[a-\u00ff]"), bytes("\u00ff"))).isTrue();
    assertThat(Glob.matches(bytes("[a-\u00ff]"), bytes("A"))).isTrue();
    assertThat(Glob.matches(bytes("[a-\u00ff]"), bytes("b"))).isFalse();
    assertThat(Glob.matches(bytes("[\u0080-\u00ff]"), bytes("\u00e9"))).isTrue();
    assertThat(Glob.matches(bytes("?"), bytes("\u0000"))).isTrue();
  }

  @ParameterizedTest
  @CsvSource({
    "MAXMEMORY, maxmemory, true",
    "Max*, maxmemory, true",
    "[A-M]AXMEMORY, maxmemory, true",
    "[z-M]axmemory, maxmemory, true",
    "[^M]axmemory, maxmemory, false",
    "[M]axmemory, maxmemory, true",
    "[\\m]axmemory, maxmemory, true",
    "[\\M]axmemory, maxmemory, false",
    "\\M[a]xmemory, maxmemory, true",
    "max_, max?, false",
  })
  void ignoresTheCaseOfLettersButNotOfEscapesInAClass(
      String pattern, String text, boolean expected) {
    assertThat(Glob.matchesIgnoringCase(bytes(pattern), bytes(text))).isEqualTo(expected);
  }

  @Test
  void looksAtItsRangesOnly() {
    byte[] array = bytes("xxa*cyyabbcxx").array();
    assertThat(Glob.matches(Bytes.view(array, 2, 3), Bytes.view(array, 7, 4))).isTrue();
    assertThat(Glob.matches(array, 2, 3, array, 7, 4)).isTrue();
    assertThat(Glob.matches(Bytes.view(array, 2, 3), Bytes.view(array, 7, 5))).isFalse();
  }

  @Test
  void manyStarsCostNoMoreThanTheProductOfLengths() {
    Bytes pattern = bytes("a*".repeat(50) + "b");
    Bytes text = bytes("a".repeat(100_000));
    assertTimeoutPreemptively(
        Duration.ofSeconds(5), () -> assertThat(Glob.matches(pattern, text)).isFalse());
  }

  @Test
  void moreThanAThousandRunsOfStarsMatchNothing() {
    Bytes text = bytes("a".repeat(1500));
    assertThat(Glob.matches(bytes("*a".repeat(1000)), text)).isTrue();
    assertThat(Glob.matches(bytes("**a".repeat(1000) + "*"), text)).isTrue();
    assertThat(Glob.matches(bytes("*a".repeat(1001)), text)).isFalse();
    assertThat(Glob.matches(bytes("\\*".repeat(1001)), bytes("*".repeat(1001)))).isTrue();
  }

  /** The definition, by recursion, one element at a time; exponential and obvious. */
  private static boolean naive(String pattern, String text) {
    return text.isEmpty() ? pattern.isEmpty() : naiveRest(pattern, text);
  }

  private static boolean naiveRest(String pattern, String text) {
    if (pattern.isEmpty()) {
      return text.isEmpty();
    }
    if (pattern.charAt(0) == '*') {
      return naiveRest(pattern.substring(1), text)
          || (!text.isEmpty() && naiveRest(pattern, text.substring(1)));
    }
    if (text.isEmpty()) {
      return false;
    }
    return switch (pattern.charAt(0)) {
      case '?' -> naiveRest(pattern.substring(1), text.substring(1));
      case '[' -> naiveClass(pattern.substring(1), text);
      case '\\' -> {
        String literal = pattern.length() > 1 ? pattern.substring(1) : pattern;
        yield literal.charAt(0) == text.charAt(0)
            && naiveRest(literal.substring(1), text.substring(1));
      }
      default ->
          pattern.charAt(0) == text.charAt(0) && naiveRest(pattern.substring(1), text.substring(1));
    };
  }

  private static boolean naiveClass(String pattern, String text) {
    byte c = (byte) text.charAt(0);
    boolean wanted = !pattern.startsWith("^");
    String rest = wanted ? pattern : pattern.substring(1);
    boolean found = false;
    while (!rest.isEmpty() && rest.charAt(0) != ']') {
      if (rest.charAt(0) == '\\' && rest.length() > 1) {
        found |= (byte) rest.charAt(1) == c;
        rest = rest.substring(2);
      } else if (rest.length() > 2 && rest.charAt(1) == '-') {
        byte one = (byte) rest.charAt(0);
        byte other = (byte) rest.charAt(2);
        found |= Math.min(one, other) <= c && c <= Math.max(one, other);
        rest = rest.substring(3);
      } else {
        found |= (byte) rest.charAt(0) == c;
        rest = rest.substring(1);
      }
    }
    rest = rest.isEmpty() ? rest : rest.substring(1);
    return found == wanted && naiveRest(rest, text.substring(1));
  }

  private static String random(Random random, String alphabet, int lengthMax) {
    StringBuilder text = new StringBuilder();
    for (int n = random.nextInt(lengthMax + 1); n > 0; n--) {
      text.append(alphabet.charAt(random.nextInt(alphabet.length())));
    }
    return text.toString();
  }

  private static final String PATTERN_LETTERS = "ab]-^\\*?[*[a\u00e9";
  private static final String TEXT_LETTERS = "ab]-^\\*[a\u00e9";

  @Test
  void agreesWithTheNaiveMatcher() {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    for (int i = 0; i < 300_000; i++) {
      String pattern = random(random, PATTERN_LETTERS, 8);
      String text = random(random, TEXT_LETTERS, 7);
      assertThat(Glob.matches(bytes(pattern), bytes(text)))
          .as("pattern <%s> text <%s> seed %d", pattern, text, seed)
          .isEqualTo(naive(pattern, text));
    }
  }

  @Test
  void everyMatchContainsTheLiteralParts() {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    int matches = 0;
    for (int i = 0; i < 300_000; i++) {
      String pattern = random(random, PATTERN_LETTERS, 8);
      String text = random(random, TEXT_LETTERS, 7);
      Glob.Parts parts = Glob.parts(bytes(pattern));
      boolean match = Glob.matches(bytes(pattern), bytes(text));
      String context = "pattern <%s> text <%s> seed %d".formatted(pattern, text, seed);
      if (parts.exact()) {
        assertThat(parts.prefix().toLatin1().equals(text)).as(context).isEqualTo(match);
      } else if (match) {
        matches++;
        String prefix = parts.prefix().toLatin1();
        String suffix = parts.suffix().toLatin1();
        assertThat(text).as(context).startsWith(prefix).endsWith(suffix);
        assertThat(text.length())
            .as(context)
            .isGreaterThanOrEqualTo(prefix.length() + suffix.length());
        assertThat(text.substring(prefix.length(), text.length() - suffix.length()))
            .as(context)
            .contains(parts.infix().toLatin1());
      }
    }
    assertThat(matches).isGreaterThan(1000);
  }

  @ParameterizedTest
  @CsvSource({
    "abc, abc, '', '', true, 3",
    "'', '', '', '', true, 0",
    "a\\*b, a*b, '', '', true, 4",
    "abc\\, abc\\, '', '', true, 4",
    "*, '', '', '', false, 0",
    "ab*, ab, '', '', false, 2",
    "*ab, '', ab, '', false, 0",
    "a*bc*def*gh*i, a, i, def, false, 1",
    "a?b, a, b, '', false, 1",
    "a[bc]d, a, d, '', false, 1",
    "a[bc, a, '', '', false, 1",
    "a[b\\]cd]e, a, e, '', false, 1",
    "a[]]b, a, ]b, '', false, 1",
    "a[x-]]b, a, b, '', false, 1",
    "a*b\\, a, b\\, '', false, 1",
    "a\\[*\\?, a[, ?, '', false, 3",
    "__keyevent@*__:expired, __keyevent@, __:expired, '', false, 11",
  })
  void takesPatternsApart(
      String pattern, String prefix, String suffix, String infix, boolean exact, int length) {
    assertThat(Glob.parts(bytes(pattern)))
        .isEqualTo(new Glob.Parts(bytes(prefix), bytes(suffix), bytes(infix), exact));
    assertThat(Glob.literalPrefixLength(bytes(pattern))).isEqualTo(length);
  }

  @Test
  void agreesWithTheReferenceServer() throws Exception {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    try (ReferenceServer server = ReferenceServer.startOrSkip()) {
      for (int round = 0; round < 200; round++) {
        String text = random(random, TEXT_LETTERS, 6) + "a";
        StringBuilder conversation = new StringBuilder(command("FLUSHALL"));
        conversation.append(command("SET", text, "1"));
        StringBuilder expected = new StringBuilder("+OK\r\n+OK\r\n");
        StringBuilder patterns = new StringBuilder();
        for (int i = 0; i < 200; i++) {
          String pattern = random(random, PATTERN_LETTERS, 8);
          conversation.append(command("KEYS", pattern));
          patterns.append(pattern).append(' ');
          expected.append(Glob.matches(bytes(pattern), bytes(text)) ? command(text) : "*0\r\n");
        }
        assertThat(server.ask(conversation.toString()))
            .as("seed %d text <%s> patterns %s", seed, text, patterns)
            .isEqualTo(expected.toString());
      }
      assertThat(
              server.ask(
                  command("FLUSHALL")
                      + command("SET", "", "1")
                      + command("KEYS", "**")
                      + command("KEYS", "")))
          .isEqualTo("+OK\r\n+OK\r\n*0\r\n" + command(""));
    }
  }
}
