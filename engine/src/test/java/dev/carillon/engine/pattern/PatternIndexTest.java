package dev.carillon.engine.pattern;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import dev.carillon.engine.pattern.IndexedPattern.Home;
import dev.carillon.engine.pattern.IndexedPattern.Proof;
import dev.carillon.protocol.bytes.Bytes;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The rules of a {@link PatternIndex}, one by one. */
class PatternIndexTest {

  private final PatternIndex<String> index = new PatternIndex<>();

  @Test
  void aPairIsAddedOnceAndRemovedOnce() {
    assertThat(index.add(Bytes.of("a*"), "reader")).isTrue();
    assertThat(index.add(Bytes.of("a*"), "reader")).isFalse();
    assertThat(index.add(Bytes.of("a*"), "other")).isTrue();
    assertThat(index.patterns()).isEqualTo(1);
    assertThat(index.remove(Bytes.of("a*"), "stranger")).isFalse();
    assertThat(index.remove(Bytes.of("b*"), "reader")).isFalse();
    assertThat(index.remove(Bytes.of("a*"), "reader")).isTrue();
    assertThat(index.remove(Bytes.of("a*"), "reader")).isFalse();
    assertThat(index.isEmpty()).isFalse();
    assertThat(index.remove(Bytes.of("a*"), "other")).isTrue();
    assertThat(index.isEmpty()).isTrue();
  }

  @Test
  void aSubscriberHearsEachOfItsMatchingPatterns() {
    index.add(Bytes.of("news.*"), "reader");
    index.add(Bytes.of("*.sport"), "reader");
    index.add(Bytes.of("*s.s*"), "reader");
    index.add(Bytes.of("news.sport"), "reader");
    index.add(Bytes.of("????.?????"), "reader");
    index.add(Bytes.of("news.weather*"), "reader");
    assertThat(match("news.sport"))
        .containsExactlyInAnyOrder(
            "news.*:reader",
            "*.sport:reader",
            "*s.s*:reader",
            "news.sport:reader",
            "????.?????:reader");
  }

  @Test
  void subscribersOfAPatternHearInTheOrderOfSubscribing() {
    for (String subscriber : List.of("c", "a", "d", "b")) {
      index.add(Bytes.of("x*"), subscriber);
    }
    index.remove(Bytes.of("x*"), "c");
    index.add(Bytes.of("x*"), "c");
    assertThat(match("x")).containsExactly("x*:a", "x*:d", "x*:b", "x*:c");
  }

  @Test
  void theEmptyChannelIsHeardByTheEmptyPatternOnly() {
    for (String pattern : List.of("", "*", "**", "?", "a")) {
      index.add(Bytes.of(pattern), "reader");
    }
    assertThat(match("")).containsExactly(":reader");
  }

  @Test
  void thePatternIsCopiedFromAView() {
    byte[] buffer = {'a', '*'};
    index.add(Bytes.view(buffer, 0, 2), "reader");
    buffer[0] = 'b';
    assertThat(match("ax")).containsExactly("a*:reader");
  }

  @Test
  void aConsumerMustNotCallTheIndexAndTheIndexSurvivesIt() {
    index.add(Bytes.of("a*"), "reader");
    byte[] channel = {'a'};
    assertThatIllegalStateException()
        .isThrownBy(
            () -> index.match(channel, 0, 1, (pattern, subscriber) -> index.remove(pattern, "x")));
    assertThatIllegalStateException()
        .isThrownBy(
            () ->
                index.match(
                    channel, 0, 1, (pattern, one) -> index.match(channel, 0, 1, (p, s) -> {})));
    assertThat(match("a")).containsExactly("a*:reader");
  }

  @Test
  void aBeginningThatNobodyCanHearIsRuledOut() {
    assertThat(index.mayMatch(Bytes.EMPTY)).isFalse();
    index.add(Bytes.of("chat:*"), "reader");
    index.add(Bytes.of("__keyevent@0__:expired"), "reader");
    assertThat(index.mayMatch(Bytes.of("__keyspace@0__:"))).isFalse();
    assertThat(index.mayMatch(Bytes.of("__keyevent@"))).isTrue();
    assertThat(index.mayMatch(Bytes.of("chat:room:"))).isTrue();
    assertThat(index.mayMatch(Bytes.of("ch"))).isTrue();
    assertThat(index.mayMatch(Bytes.of("cat"))).isFalse();
    index.add(Bytes.of("*:expired"), "reader");
    assertThat(index.mayMatch(Bytes.of("__keyspace@0__:"))).isTrue();
  }

  @ParameterizedTest
  @CsvSource({
    "news, PREFIX, news, WHOLE",
    "n\\*ws, PREFIX, n*ws, WHOLE",
    "news*, PREFIX, news, LITERAL",
    "*, PREFIX, '', LITERAL",
    "*news, SUFFIX, news, LITERAL",
    "**news**, INFIX, news, LITERAL",
    "n*ws, SUFFIX, ws, NONE",
    "ne*s, PREFIX, ne, NONE",
    "ne*ws, PREFIX, ne, NONE",
    "__key*__:*, PREFIX, __key, NONE",
    "n?news?s, INFIX, news, NONE",
    "*n\\*ws, SUFFIX, n*ws, NONE",
    "?, SCAN, '', NONE",
    "[ab]*, SCAN, '', NONE",
  })
  void aLonePatternLivesWhereItsLongestLiteralIs(
      String pattern, Home home, String literal, Proof proof) {
    index.add(Bytes.of(pattern), "reader");
    IndexedPattern<String> settled = onlyPattern();
    assertThat(settled.home).isEqualTo(home);
    assertThat(settled.literal).asString().isEqualTo(literal);
    assertThat(settled.proof).isEqualTo(proof);
  }

  private IndexedPattern<String> onlyPattern() {
    List<IndexedPattern<String>> patterns = new ArrayList<>();
    PatternIndexInvariants.forEachPattern(index, patterns::add);
    assertThat(patterns).hasSize(1);
    return patterns.get(0);
  }

  private List<String> match(String channel) {
    List<String> told = new ArrayList<>();
    byte[] bytes = channel.getBytes(StandardCharsets.UTF_8);
    index.match(
        bytes, 0, bytes.length, (pattern, subscriber) -> told.add(pattern + ":" + subscriber));
    return told;
  }
}
