package dev.carillon.engine.pubsub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import dev.carillon.protocol.bytes.Bytes;
import dev.carillon.protocol.bytes.Glob;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The rules of a {@link ChannelRegistry}. */
class ChannelRegistryTest {

  private final ChannelRegistry registry = new ChannelRegistry();
  private final Subscriber anna = new Listener("anna");
  private final Subscriber bert = new Listener("bert");

  @Test
  void exactSubscribersHearFirstInTheOrderOfSubscribing() {
    registry.subscribePattern(Bytes.of("n*"), bert);
    registry.subscribe(Bytes.of("news"), bert);
    registry.subscribe(Bytes.of("news"), anna);
    registry.subscribePattern(Bytes.of("n*"), anna);
    assertThat(match("news")).containsExactly("bert", "anna", "n* bert", "n* anna");
    assertThat(match("new")).containsExactly("n* bert", "n* anna");
    assertThat(match("old")).isEmpty();
  }

  @Test
  void theThreeNameSpacesDoNotMix() {
    registry.subscribe(Bytes.of("a"), anna);
    registry.subscribePattern(Bytes.of("a"), anna);
    registry.subscribeShard(Bytes.of("a"), bert);
    assertThat(match("a")).containsExactly("anna", "a anna");
    assertThat(matchShard("a")).containsExactly("bert");
    assertThat(registry.unsubscribe(Bytes.of("a"), bert)).isFalse();
    assertThat(registry.unsubscribeShard(Bytes.of("a"), anna)).isFalse();
    assertThat(registry.unsubscribePattern(Bytes.of("a"), bert)).isFalse();
    assertThat(registry.unsubscribe(Bytes.of("a"), anna)).isTrue();
    assertThat(match("a")).containsExactly("a anna");
    assertThat(registry.unsubscribePattern(Bytes.of("a"), anna)).isTrue();
    assertThat(match("a")).isEmpty();
    assertThat(matchShard("a")).containsExactly("bert");
  }

  @Test
  void countsAreOfNamesAndOfSubscribers() {
    registry.subscribe(Bytes.of("news"), anna);
    assertThat(registry.subscribe(Bytes.of("news"), anna)).isFalse();
    registry.subscribe(Bytes.of("news"), bert);
    registry.subscribe(Bytes.of("nets"), bert);
    registry.subscribe(Bytes.of("old"), bert);
    registry.subscribePattern(Bytes.of("n*"), anna);
    registry.subscribePattern(Bytes.of("n*"), bert);
    registry.subscribeShard(Bytes.of("shard"), bert);
    assertThat(registry.channels()).isEqualTo(3);
    assertThat(registry.patterns()).isEqualTo(1);
    assertThat(registry.shardChannels()).isEqualTo(1);
    assertThat(registry.subscribers(Bytes.of("news"))).isEqualTo(2);
    assertThat(registry.subscribers(Bytes.of("n*"))).isZero();
    assertThat(registry.subscribers(Bytes.of("shard"))).isZero();
    assertThat(registry.shardSubscribers(Bytes.of("shard"))).isEqualTo(1);
    assertThat(registry.shardSubscribers(Bytes.of("news"))).isZero();

    TreeSet<String> names = new TreeSet<>();
    registry.forEachChannel(null, name -> names.add(name.toString()));
    assertThat(names).containsExactly("nets", "news", "old");
    names.clear();
    registry.forEachChannel(Bytes.of("ne?s"), name -> names.add(name.toString()));
    assertThat(names).containsExactly("nets", "news");
    names.clear();
    registry.forEachShardChannel(null, name -> names.add(name.toString()));
    assertThat(names).containsExactly("shard");
  }

  @Test
  void namesAreCopiedFromViews() {
    byte[] buffer = {'a', 'b'};
    Bytes view = Bytes.view(buffer, 0, 2);
    registry.subscribe(view, anna);
    registry.subscribeShard(view, anna);
    buffer[0] = 'x';
    assertThat(match("ab")).containsExactly("anna");
    assertThat(matchShard("ab")).containsExactly("anna");
    assertThat(match("xb")).isEmpty();
  }

  @Test
  void aBeginningThatNobodyCanHearIsRuledOut() {
    Bytes keyspace = Bytes.of("__keyspace@0__:");
    assertThat(registry.mayMatch(keyspace)).isFalse();
    registry.subscribe(Bytes.of("chat:room"), anna);
    registry.subscribe(Bytes.of("short"), anna);
    registry.subscribe(Bytes.EMPTY, anna);
    registry.subscribePattern(Bytes.of("chat:*"), anna);
    registry.subscribeShard(Bytes.of("__keyspace@0__:a"), anna);
    assertThat(registry.mayMatch(keyspace)).isFalse();
    assertThat(registry.mayMatch(Bytes.of("__key"))).as("too short to judge").isTrue();
    registry.subscribe(Bytes.of("__keyspace@0__:a"), anna);
    assertThat(registry.mayMatch(keyspace)).isTrue();
    registry.unsubscribe(Bytes.of("__keyspace@0__:a"), anna);
    assertThat(registry.mayMatch(keyspace)).isFalse();
    registry.subscribePattern(Bytes.of("__key*__:*"), anna);
    assertThat(registry.mayMatch(keyspace)).isTrue();
  }

  @Test
  void aReceiverMustNotCallTheRegistryAndTheRegistrySurvivesIt() {
    registry.subscribe(Bytes.of("a"), anna);
    registry.subscribePattern(Bytes.of("*"), anna);
    ChannelRegistry.Receiver leaver =
        new ChannelRegistry.Receiver() {
          @Override
          public void onChannel(Subscriber subscriber) {
            registry.unsubscribe(Bytes.of("a"), subscriber);
          }

          @Override
          public void onPattern(Bytes pattern, Subscriber subscriber) {
            registry.unsubscribePattern(pattern, subscriber);
          }
        };
    assertThatIllegalStateException().isThrownBy(() -> match(Bytes.of("a"), leaver));
    assertThatIllegalStateException().isThrownBy(() -> match(Bytes.of("b"), leaver));
    assertThat(match("a")).containsExactly("anna", "* anna");
  }

  @Test
  void tenThousandSubscribersOfAChannelComeAndGo() {
    List<Subscriber> subscribers = new ArrayList<>();
    for (int i = 0; i < 10_000; i++) {
      Subscriber subscriber = new Listener("s" + i);
      subscribers.add(subscriber);
      registry.subscribe(Bytes.of("news"), subscriber);
    }
    for (int i = 0; i < 10_000; i += 2) {
      registry.unsubscribe(Bytes.of("news"), subscribers.get(i));
    }
    List<String> heard = match("news");
    assertThat(heard).hasSize(5_000).startsWith("s1", "s3", "s5").endsWith("s9997", "s9999");
    assertThat(registry.subscribers(Bytes.of("news"))).isEqualTo(5_000);
  }

  @ParameterizedTest(name = "seed {0}")
  @ValueSource(longs = {1, 2, 3, 4, 5})
  void everyHistoryAnswersLikeTheNaiveMaps(long seed) {
    Random random = new Random(seed);
    Map<Bytes, Set<String>> channels = new LinkedHashMap<>();
    Map<Bytes, Set<String>> patterns = new LinkedHashMap<>();
    List<Listener> listeners = new ArrayList<>();
    for (int i = 0; i < 12; i++) {
      listeners.add(new Listener("s" + i));
    }
    for (int step = 0; step < 4_000; step++) {
      boolean growing = random.nextInt(100) < (step / 1_000 % 2 == 0 ? 65 : 35);
      Listener listener = listeners.get(random.nextInt(listeners.size()));
      Bytes channel = Bytes.of("__keyspace@0__:" + random.nextInt(300));
      Bytes pattern = Bytes.of("__key*:" + random.nextInt(30) + "*");
      if (growing) {
        assertThat(registry.subscribe(channel, listener))
            .isEqualTo(add(channels, channel, listener));
        assertThat(registry.subscribePattern(pattern, listener))
            .isEqualTo(add(patterns, pattern, listener));
      } else {
        assertThat(registry.unsubscribe(channel, listener))
            .isEqualTo(remove(channels, channel, listener));
        assertThat(registry.unsubscribePattern(pattern, listener))
            .isEqualTo(remove(patterns, pattern, listener));
      }
      assertThat(registry.channels()).isEqualTo(channels.size());
      assertThat(registry.patterns()).isEqualTo(patterns.size());

      String name = "__keyspace@0__:" + random.nextInt(300);
      List<String> expected =
          new ArrayList<>(channels.getOrDefault(Bytes.of(name), new LinkedHashSet<>()));
      int exact = expected.size();
      patterns.forEach(
          (glob, who) -> {
            if (Glob.matches(glob, Bytes.of(name))) {
              who.forEach(one -> expected.add(glob + " " + one));
            }
          });
      List<String> heard = match(name);
      assertThat(heard)
          .as("seed %d step %d", seed, step)
          .containsExactlyInAnyOrderElementsOf(expected);
      assertThat(heard.subList(0, exact)).isEqualTo(expected.subList(0, exact));
    }
  }

  private static boolean add(Map<Bytes, Set<String>> names, Bytes name, Listener listener) {
    return names.computeIfAbsent(name, n -> new LinkedHashSet<>()).add(listener.name);
  }

  private static boolean remove(Map<Bytes, Set<String>> names, Bytes name, Listener listener) {
    Set<String> subscribers = names.get(name);
    boolean removed = subscribers != null && subscribers.remove(listener.name);
    if (removed && subscribers.isEmpty()) {
      names.remove(name);
    }
    return removed;
  }

  private List<String> match(String channel) {
    Ear ear = new Ear();
    match(Bytes.of("<" + channel + ">").range(1, 1 + channel.length()), ear);
    return ear.heard;
  }

  private void match(Bytes channel, ChannelRegistry.Receiver receiver) {
    registry.match(channel.array(), channel.offset(), channel.length(), receiver);
  }

  private List<String> matchShard(String channel) {
    Ear ear = new Ear();
    registry.matchShard(Bytes.of(channel), ear);
    return ear.heard;
  }

  /** Notes who hears: the name, after the pattern if it was one. */
  private static final class Ear implements ChannelRegistry.Receiver {
    private final List<String> heard = new ArrayList<>();

    @Override
    public void onChannel(Subscriber subscriber) {
      heard.add(subscriber.toString());
    }

    @Override
    public void onPattern(Bytes pattern, Subscriber subscriber) {
      heard.add(pattern + " " + subscriber);
    }
  }

  private static final class Listener implements Subscriber {
    private final String name;

    Listener(String name) {
      this.name = name;
    }

    @Override
    public int protocol() {
      return 3;
    }

    @Override
    public void receiveMessage(Bytes frame, long sequence) {
      throw new AssertionError("the registry delivers nothing");
    }

    @Override
    public String toString() {
      return name;
    }
  }
}
