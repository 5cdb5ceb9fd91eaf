package dev.carillon.engine.pattern;

import static org.assertj.core.api.Assertions.assertThat;

import dev.carillon.protocol.bytes.Bytes;
import dev.carillon.protocol.bytes.Glob;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;

/**
 * The naive twin of a {@link PatternIndex}: a list of patterns, each of which is asked. Every
 * change goes to both, every question compares both.
 */
final class PatternIndexModel {

  /** The guarantee; it is also the message of a failure. */
  static final String GUARANTEE =
      "each subscriber of each matching pattern is told exactly once, in the order of subscribing";

  final PatternIndex<String> index;
  private final Map<Bytes, LinkedHashSet<String>> patterns = new LinkedHashMap<>();

  PatternIndexModel(PatternIndex<String> index) {
    this.index = index;
  }

  List<Bytes> patterns() {
    return List.copyOf(patterns.keySet());
  }

  List<String> subscribers(Bytes pattern) {
    return List.copyOf(patterns.getOrDefault(pattern, new LinkedHashSet<>()));
  }

  void add(Bytes pattern, String subscriber) {
    boolean added = patterns.computeIfAbsent(pattern, p -> new LinkedHashSet<>()).add(subscriber);
    assertThat(index.add(pattern, subscriber)).as("added").isEqualTo(added);
    assertThat(index.patterns()).isEqualTo(patterns.size());
  }

  void remove(Bytes pattern, String subscriber) {
    LinkedHashSet<String> subscribers = patterns.get(pattern);
    boolean removed = subscribers != null && subscribers.remove(subscriber);
    if (removed && subscribers.isEmpty()) {
      patterns.remove(pattern);
    }
    assertThat(index.remove(pattern, subscriber)).as("removed").isEqualTo(removed);
    assertThat(index.patterns()).isEqualTo(patterns.size());
  }

  /** Matches a channel, which lies somewhere inside a larger array, and compares the answers. */
  int match(Bytes channel) {
    Map<Bytes, List<String>> expected = new HashMap<>();
    int pairs = 0;
    for (Map.Entry<Bytes, LinkedHashSet<String>> one : patterns.entrySet()) {
      if (Glob.matches(one.getKey(), channel)) {
        expected.put(one.getKey(), new ArrayList<>(one.getValue()));
        pairs += one.getValue().size();
      }
    }
    byte[] around = new byte[channel.length() + 7];
    Arrays.fill(around, (byte) 'a');
    channel.copyTo(around, 3);
    Map<Bytes, List<String>> told = new HashMap<>();
    index.match(
        around,
        3,
        channel.length(),
        (pattern, subscriber) ->
            told.computeIfAbsent(pattern, p -> new ArrayList<>()).add(subscriber));
    assertThat(told).as("%s; on channel %s", GUARANTEE, channel.toLatin1()).isEqualTo(expected);
    if (pairs > 0) {
      for (int length = 0; length <= channel.length(); length++) {
        assertThat(index.mayMatch(channel.range(0, length)))
            .as("what can be heard is not ruled out by its beginning; %s", channel.toLatin1())
            .isTrue();
      }
    }
    return pairs;
  }
}
