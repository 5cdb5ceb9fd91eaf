package dev.carillon.engine.pattern;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.carillon.engine.pattern.PatternIndexInvariants.Shape;
import dev.carillon.protocol.bytes.Bytes;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Random histories of a {@link PatternIndex}, compared with the naive list, with all invariants
 * checked after each step. The alphabets are tiny, so that literals, grams and nodes collide.
 */
class PatternIndexModelTest {

  private static final int STEPS = 1_500;

  /** The pieces patterns are made of: letters, wildcards, escapes, classes (broken too), binary. */
  private static final String[] PATTERN_PIECES = {
    "a",
    "b",
    "a",
    "b",
    "ab",
    "ba",
    "aab",
    "abab",
    "ababbaba",
    "*",
    "*",
    "*",
    "**",
    "?",
    "[ab]",
    "[^a]",
    "[a-b]",
    "[b",
    "[]",
    "[^]",
    "[\\]]",
    "\\*",
    "\\?",
    "\\[",
    "\\a",
    "\\",
    "]",
    "\0",
    "\u00ff",
    "\u0080",
    "[\u0080-\u00ff]",
    "\r\n"
  };

  private static final String[] CHANNEL_PIECES = {
    "a",
    "b",
    "a",
    "b",
    "ab",
    "ba",
    "aab",
    "abab",
    "ababbaba",
    "*",
    "?",
    "[",
    "]",
    "\\",
    "\0",
    "\u00ff",
    "\u0080",
    "\r\n"
  };

  /** Thirty known seeds, and a new one that its line on the console names. */
  static LongStream seeds() {
    long fresh = System.nanoTime();
    System.out.println("PatternIndexModelTest: fresh seed " + fresh);
    return LongStream.concat(LongStream.rangeClosed(1, 30), LongStream.of(fresh));
  }

  @ParameterizedTest(name = "seed {0}")
  @MethodSource("seeds")
  void everyHistoryAnswersLikeTheNaiveList(long seed) {
    try {
      run(new PatternIndexModel(new PatternIndex<>()), new Random(seed));
    } catch (AssertionError failure) {
      throw new AssertionError("seed " + seed + ": " + failure.getMessage(), failure);
    }
  }

  @Test
  void aLinearIndexAnswersTheSame() {
    run(new PatternIndexModel(new PatternIndex<>(true)), new Random(7));
  }

  @Test
  void aForgottenSuffixTrieTurnsTheModelRed() {
    PatternIndexModel model = new PatternIndexModel(new PatternIndex<>());
    model.add(Bytes.of("a*"), "reader");
    model.add(Bytes.of("*b"), "reader");
    model.match(Bytes.of("ab"));
    for (TrieNode<String> child : model.index.homes.suffixes.root.children.clone()) {
      model.index.homes.suffixes.root.removeChild(child);
    }
    assertThatThrownBy(() -> model.match(Bytes.of("ab")))
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining(PatternIndexModel.GUARANTEE);
    assertThatThrownBy(() -> PatternIndexInvariants.check(model.index))
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining("a trie counts its patterns");
  }

  private static void run(PatternIndexModel model, Random random) {
    int patternsMax = 1 + random.nextInt(120);
    for (int step = 0; step < STEPS; step++) {
      boolean growing = step / 300 % 2 == 0;
      List<Bytes> patterns = model.patterns();
      int choice = random.nextInt(10);
      if (choice < (growing ? 5 : 1) && patterns.size() < patternsMax) {
        model.add(text(random, PATTERN_PIECES, 6), subscriber(random));
      } else if (choice < 7 && !patterns.isEmpty()) {
        Bytes pattern = patterns.get(random.nextInt(patterns.size()));
        if (random.nextInt(4) == 0) {
          model.add(pattern, subscriber(random));
        } else {
          model.remove(pattern, subscriber(random));
          List<String> left = model.subscribers(pattern);
          if (!left.isEmpty()) {
            model.remove(pattern, left.get(random.nextInt(left.size())));
          }
        }
      } else {
        model.remove(text(random, PATTERN_PIECES, 2), subscriber(random));
      }
      model.match(text(random, CHANNEL_PIECES, 8));
      PatternIndexInvariants.check(model.index);
    }
    for (Bytes pattern : model.patterns()) {
      for (String subscriber : model.subscribers(pattern)) {
        model.remove(pattern, subscriber);
      }
      PatternIndexInvariants.check(model.index);
    }
    assertThat(PatternIndexInvariants.check(model.index)).isEqualTo(new Shape(0, 0, 0));
    model.match(Bytes.EMPTY);
  }

  /** Wide nodes and large tables come and go, which tiny alphabets never reach. */
  @Test
  void anyByteMayFollowAnother() {
    PatternIndexModel model = new PatternIndexModel(new PatternIndex<>());
    List<Bytes> patterns = new ArrayList<>();
    for (int b = 0; b < 256; b++) {
      byte[] bytes = {'n', ':', '\\', (byte) b};
      patterns.add(Bytes.of(bytes));
      patterns.add(Bytes.of(new byte[] {'n', ':', '\\', (byte) b, '?', '*'}));
      patterns.add(Bytes.of(new byte[] {'*', '[', 'a', 'b', ']', '\\', (byte) b, ':', 'n'}));
      patterns.add(Bytes.of(new byte[] {'*', '\\', (byte) b, 'x', '*'}));
    }
    Collections.shuffle(patterns, new Random(5));
    for (Bytes pattern : patterns) {
      model.add(pattern, "reader");
    }
    everyByte(model);
    Collections.shuffle(patterns, new Random(6));
    for (Bytes pattern : patterns) {
      model.remove(pattern, "reader");
      PatternIndexInvariants.check(model.index);
      if (model.index.patterns() % 64 == 0) {
        everyByte(model);
      }
    }
  }

  private static void everyByte(PatternIndexModel model) {
    for (int b = 0; b < 256; b++) {
      model.match(Bytes.of(new byte[] {'n', ':', (byte) b}));
      model.match(Bytes.of(new byte[] {'n', ':', (byte) b, 'x'}));
      model.match(Bytes.of(new byte[] {'a', (byte) b, ':', 'n'}));
    }
  }

  private static Bytes text(Random random, String[] pieces, int piecesMax) {
    StringBuilder text = new StringBuilder();
    for (int i = random.nextInt(piecesMax + 1); i > 0; i--) {
      text.append(pieces[random.nextInt(pieces.length)]);
    }
    return Bytes.of(text.toString().getBytes(StandardCharsets.ISO_8859_1));
  }

  private static String subscriber(Random random) {
    return "s" + random.nextInt(4);
  }
}
