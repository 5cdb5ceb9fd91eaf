package dev.carillon.engine.pubsub;

import dev.carillon.engine.pattern.Audience;
import dev.carillon.engine.pattern.PatternIndex;
import dev.carillon.protocol.bytes.Bytes;
import dev.carillon.protocol.bytes.Glob;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The register of who listens to which channel, in three separate name spaces: channels, patterns
 * and shard channels. It answers who hears a message and counts; it delivers nothing.
 *
 * <p>Owned by the engine thread. The lists of one subscriber, which UNSUBSCRIBE without arguments
 * and a closing session need, are kept by the session: whoever leaves must be taken out of each
 * name it had.
 */
public final class ChannelRegistry {

  /**
   * Receives what {@link #match} and {@link #matchShard} find: {@link #onChannel} for subscribers
   * of the channel itself, {@link #onPattern} for those of a pattern. Must not call the registry.
   */
  public interface Receiver extends PatternIndex.Matched<Subscriber> {

    /** Called once for each subscriber of exactly this channel. */
    void onChannel(Subscriber subscriber);
  }

  private final Names channels = new Names();
  private final Names shardChannels = new Names();
  private final PatternIndex<Subscriber> patterns = new PatternIndex<>();
  private boolean matching;

  /** An empty registry. */
  public ChannelRegistry() {}

  // Who hears a message.

  /**
   * Whether anybody might hear a channel whose name begins with {@code beginning}: false is
   * certain, true is a guess. Lets events be dropped before the name of their channel is built, for
   * instance after asking for {@code __keyspace@0__:} when only chat rooms have subscribers.
   *
   * <p>Exact channels are judged by their first {@value Names#HEAD} bytes; a shorter beginning is
   * true as soon as there is a channel. Any pattern that is not found by its prefix makes it true.
   * O(beginning), a few nanoseconds, allocates nothing.
   */
  public boolean mayMatch(Bytes beginning) {
    return channels.mayHave(beginning) || patterns.mayMatch(beginning);
  }

  /**
   * Finds all who hear a message on a channel: first the subscribers of exactly this channel, in
   * the order of subscribing, then those of the patterns that match. A subscriber is told once for
   * the channel and once for each of its matching patterns. O(length + matches), allocates nothing.
   *
   * @param channel the array that holds the name of the channel, which is not kept
   * @param offset where the name begins
   * @param length of the name in bytes
   */
  public void match(byte[] channel, int offset, int length, Receiver receiver) {
    tell(channels.find(channel, offset, length), receiver);
    if (!patterns.isEmpty()) {
      patterns.match(channel, offset, length, receiver);
    }
  }

  /**
   * Finds the subscribers of a shard channel, in the order of subscribing, and calls {@link
   * Receiver#onChannel} for each. Patterns do not apply. O(length + matches), allocates nothing.
   */
  public void matchShard(Bytes channel, Receiver receiver) {
    tell(shardChannels.find(channel.array(), channel.offset(), channel.length()), receiver);
  }

  // Who comes and goes. All: O(name); names are copied; IllegalStateException while a match runs.

  /**
   * Subscribes to a channel.
   *
   * @param channel is copied
   * @return false, and nothing changes, if the subscriber has it already
   */
  public boolean subscribe(Bytes channel, Subscriber subscriber) {
    refuseWhileMatching();
    return channels.add(channel, subscriber);
  }

  /**
   * Unsubscribes from a channel.
   *
   * @return false, and nothing changes, if the subscriber does not have it
   */
  public boolean unsubscribe(Bytes channel, Subscriber subscriber) {
    refuseWhileMatching();
    return channels.remove(channel, subscriber);
  }

  /**
   * Subscribes to a pattern.
   *
   * @param pattern is copied
   * @return false, and nothing changes, if the subscriber has it already
   */
  public boolean subscribePattern(Bytes pattern, Subscriber subscriber) {
    refuseWhileMatching();
    return patterns.add(pattern, subscriber);
  }

  /**
   * Unsubscribes from a pattern, which must be spelled as it was subscribed.
   *
   * @return false, and nothing changes, if the subscriber does not have it
   */
  public boolean unsubscribePattern(Bytes pattern, Subscriber subscriber) {
    refuseWhileMatching();
    return patterns.remove(pattern, subscriber);
  }

  /**
   * Subscribes to a shard channel.
   *
   * @param channel is copied
   * @return false, and nothing changes, if the subscriber has it already
   */
  public boolean subscribeShard(Bytes channel, Subscriber subscriber) {
    refuseWhileMatching();
    return shardChannels.add(channel, subscriber);
  }

  /**
   * Unsubscribes from a shard channel.
   *
   * @return false, and nothing changes, if the subscriber does not have it
   */
  public boolean unsubscribeShard(Bytes channel, Subscriber subscriber) {
    refuseWhileMatching();
    return shardChannels.remove(channel, subscriber);
  }

  // What PUBSUB and INFO tell.

  /** The number of channels that have subscribers. */
  public int channels() {
    return channels.size();
  }

  /** The number of distinct patterns that have subscribers. */
  public int patterns() {
    return patterns.patterns();
  }

  /** The number of shard channels that have subscribers. */
  public int shardChannels() {
    return shardChannels.size();
  }

  /** The number of subscribers of exactly this channel; 0 if nobody has it. O(channel). */
  public int subscribers(Bytes channel) {
    return channels.subscribers(channel);
  }

  /** The number of subscribers of this shard channel; 0 if nobody has it. O(channel). */
  public int shardSubscribers(Bytes channel) {
    return shardChannels.subscribers(channel);
  }

  /**
   * Names the channels that have subscribers. O(channels), in no particular order.
   *
   * @param pattern a glob that the channels must match, or null for all
   * @param consumer must not call the registry; it may keep the names but not write to them
   */
  public void forEachChannel(@Nullable Bytes pattern, Consumer<Bytes> consumer) {
    channels.forEach(pattern, consumer);
  }

  /** As {@link #forEachChannel}, for shard channels. */
  public void forEachShardChannel(@Nullable Bytes pattern, Consumer<Bytes> consumer) {
    shardChannels.forEach(pattern, consumer);
  }

  private void tell(@Nullable Audience<Subscriber> audience, Receiver receiver) {
    if (audience == null) {
      return;
    }
    refuseWhileMatching();
    matching = true;
    try {
      for (int i = 0; i < audience.end(); i++) {
        Subscriber subscriber = audience.at(i);
        if (subscriber != null) {
          receiver.onChannel(subscriber);
        }
      }
    } finally {
      matching = false;
    }
  }

  private void refuseWhileMatching() {
    if (matching) {
      throw new IllegalStateException("the channel registry was called by a receiver of its match");
    }
  }

  /**
   * Exact names and their subscribers: a hash table behind two counting filters. Most lookups are
   * for names that nobody has, so they should end before all of the name is hashed: the filters
   * count names by the last bytes and length (for whole names) and by the first bytes (for
   * beginnings). They are exact about absence as long as names are few, and cost next to nothing
   * when they are many.
   */
  static final class Names {

    /** How many bytes at the start of a name its beginning is judged by. */
    static final int HEAD = 8;

    /** How many bytes at the end of a name its tail is judged by. */
    private static final int TAIL = 8;

    /** Counters in each filter. Chosen: 4 KiB, and useful up to some hundred names. */
    private static final int COUNTERS = 1024;

    /** Up to this peak the table is left as it is. Chosen: its memory is next to nothing. */
    private static final int PEAK_MIN = 64;

    private Map<Bytes, Audience<Subscriber>> audiences = new HashMap<>();
    private int peak;
    private final int[] heads = new int[COUNTERS];
    private final int[] tails = new int[COUNTERS];
    private final Bytes probe = Bytes.view();

    int size() {
      return audiences.size();
    }

    int subscribers(Bytes name) {
      Audience<Subscriber> audience = audiences.get(name);
      return audience == null ? 0 : audience.size();
    }

    boolean add(Bytes name, Subscriber subscriber) {
      Audience<Subscriber> audience = audiences.get(name);
      if (audience == null) {
        audience = new Audience<>();
        audiences.put(name.copy(), audience);
        peak = Math.max(peak, audiences.size());
        count(name, 1);
      }
      return audience.add(subscriber);
    }

    boolean remove(Bytes name, Subscriber subscriber) {
      Audience<Subscriber> audience = audiences.get(name);
      if (audience == null || !audience.remove(subscriber)) {
        return false;
      }
      if (audience.size() == 0) {
        audiences.remove(name);
        count(name, -1);
        if (peak > PEAK_MIN && audiences.size() < peak / 4) { // a table of the JDK never shrinks
          audiences = new HashMap<>(audiences);
          peak = audiences.size();
        }
      }
      return true;
    }

    @Nullable Audience<Subscriber> find(byte[] array, int offset, int length) {
      if (audiences.isEmpty() || tails[tail(array, offset, length)] == 0) {
        return null;
      }
      Audience<Subscriber> audience = audiences.get(probe.pointTo(array, offset, length));
      probe.pointTo(Bytes.EMPTY.array(), 0, 0);
      return audience;
    }

    /** Whether a name might begin so: false is certain. */
    boolean mayHave(Bytes beginning) {
      if (beginning.length() < HEAD) {
        return !audiences.isEmpty();
      }
      return !audiences.isEmpty() && heads[head(beginning)] > 0;
    }

    void forEach(@Nullable Bytes pattern, Consumer<Bytes> consumer) {
      for (Bytes name : audiences.keySet()) {
        if (pattern == null || Glob.matches(pattern, name)) {
          consumer.accept(name);
        }
      }
    }

    private void count(Bytes name, int change) {
      tails[tail(name.array(), name.offset(), name.length())] += change;
      if (name.length() >= HEAD) {
        heads[head(name)] += change;
      }
    }

    private static int head(Bytes name) {
      return counter(0, name.array(), name.offset(), name.offset() + HEAD);
    }

    private static int tail(byte[] array, int offset, int length) {
      int end = offset + length;
      return counter(length, array, end - Math.min(length, TAIL), end);
    }

    private static int counter(long start, byte[] array, int from, int to) {
      long packed = 0;
      for (int i = from; i < to; i++) {
        packed = (packed << Byte.SIZE) | (array[i] & 0xFF);
      }
      long product = (packed + start) * 0x9E3779B97F4A7C15L;
      return (int) (product >>> 48) & (COUNTERS - 1);
    }
  }
}
