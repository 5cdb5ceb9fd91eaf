package dev.carillon.engine.pattern;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.carillon.engine.pattern.PatternIndexInvariants.Shape;
import dev.carillon.protocol.bytes.Bytes;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * How much a match looks at: the patterns examined, which is the cost that grows with patterns
 * where an index is not one. No times are asserted.
 */
class PatternIndexWorkTest {

  private static final int FAMILY = 20_000;

  /** How many more than match. Chosen: a crowded bucket in each trie and a few shared grams. */
  private static final int SURPLUS_MAX = 12;

  /** The guarantee; it is also the message of a failure. */
  private static final String GUARANTEE = "a match looks at few more patterns than match";

  /** Each %d is the number of a pattern; all of a family share what is around it. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "user:%d",
        "user:%d:*",
        "*:user:%d",
        "*user:%d:*",
        "*user:%d*",
        "__key*__:user:%d",
        "__key*__:order:%d*",
        "__key*__:order:%d:*:status",
        "__keyspace@[0-9]__:order:%d:*[ab]:status",
        "%d*:long:common:suffix",
        "*[ab]:%d:*:long:common:suffix",
        "?user:%d?",
        "long:common:prefix:*:%d:*:long:common:suffix"
      })
  void aFamilyOfPatternsIsNotScanned(String form) {
    PatternIndex<String> index = family(form, new PatternIndex<>());
    checkWork(index, form);
    PatternIndexInvariants.check(index);
  }

  @Test
  void aLinearIndexFailsTheSameCheck() {
    String form = "__key*__:user:%d";
    PatternIndex<String> linear = family(form, new PatternIndex<>(true));
    assertThatThrownBy(() -> checkWork(linear, form))
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining(GUARANTEE);
  }

  @Test
  void aPatternIsToldOnceHoweverOftenItsGramOccurs() {
    PatternIndex<String> index = new PatternIndex<>();
    index.add(Bytes.of("*aaaaaaaaaa*"), "reader");
    List<String> told = new ArrayList<>();
    byte[] channel = "a".repeat(10_000).getBytes(StandardCharsets.UTF_8);
    index.match(channel, 0, channel.length, (pattern, subscriber) -> told.add(subscriber));
    assertThat(told).containsExactly("reader");
  }

  @Test
  void aHundredThousandPatternsAnswerLikeTheNaiveListAndLeaveNothingBehind() {
    PatternIndexModel model = new PatternIndexModel(new PatternIndex<>());
    List<Bytes> patterns = new ArrayList<>();
    for (String everything : List.of("*", "**", "?*", "*[0-9]", "__key*__:*")) {
      patterns.add(Bytes.of(everything));
    }
    String[] forms = {
      "user:%d:*", "*:user:%d", "*user:%d:*", "__key*__:user:%d", "__key*__:order:%d*", "*:%d*"
    };
    for (int i = 0; patterns.size() < 100_000; i++) {
      patterns.add(Bytes.of(forms[i % forms.length].formatted(i / forms.length)));
    }
    for (Bytes pattern : patterns) {
      model.add(pattern, "reader");
    }
    Shape full = PatternIndexInvariants.check(model.index);
    assertThat(full.nodes()).isLessThan(2 * full.patterns());

    Random random = new Random(11);
    String[] channels = {
      "user:%d:cart",
      "__keyspace@0__:user:%d",
      "__keyspace@0__:user:%d:cart",
      "__keyspace@3__:order:%d",
      "__keyevent@0__:expired",
      "chat:%d"
    };
    for (int i = 0; i < 200; i++) {
      String channel = channels[i % channels.length].formatted(random.nextInt(30_000));
      long before = model.index.candidates();
      int pairs = model.match(Bytes.of(channel));
      long examined = model.index.candidates() - before;
      assertThat(examined)
          .as("%s; on channel %s", GUARANTEE, channel)
          .isLessThanOrEqualTo(pairs + SURPLUS_MAX);
    }

    for (Bytes pattern : patterns) {
      model.remove(pattern, "reader");
    }
    assertThat(PatternIndexInvariants.check(model.index)).isEqualTo(new Shape(0, 0, 0));
    assertThat(model.index.mayMatch(Bytes.of("__keyspace@0__:"))).isFalse();
  }

  private static PatternIndex<String> family(String form, PatternIndex<String> index) {
    for (int i = 0; i < FAMILY; i++) {
      index.add(Bytes.of(form.formatted(i)), "reader");
    }
    return index;
  }

  /** Matches channels made after the form and bounds the work by the matches. */
  private static void checkWork(PatternIndex<String> index, String form) {
    String channelForm =
        form.replace("[0-9]", "0").replace("[ab]", "a").replace("*", "x").replace("?", "y");
    int[] pairs = new int[1];
    for (int i = 0; i < FAMILY; i += 97) {
      byte[] channel = channelForm.formatted(i).getBytes(StandardCharsets.UTF_8);
      pairs[0] = 0;
      long before = index.candidates();
      index.match(channel, 0, channel.length, (pattern, subscriber) -> pairs[0]++);
      assertThat(pairs[0]).as("the pattern itself").isPositive();
      assertThat(index.candidates() - before)
          .as("%s; on channel number %d", GUARANTEE, i)
          .isLessThanOrEqualTo(pairs[0] + SURPLUS_MAX);
    }
  }
}
