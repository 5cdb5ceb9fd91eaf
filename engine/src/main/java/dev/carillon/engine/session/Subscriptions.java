package dev.carillon.engine.session;

import dev.carillon.protocol.bytes.Bytes;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.function.LongConsumer;

/**
 * What one session is subscribed to, in the order of subscribing. Engine thread only; the sets hold
 * strings of their own and are changed by the Pub/Sub commands alone.
 */
public final class Subscriptions {

  /**
   * What a subscription costs beside its name, derived from the headers and references of the
   * objects that it consists of, here and where subscribers are looked up.
   */
  private static final int SUBSCRIPTION_BYTES = 160;

  private final LongConsumer memory;

  private final Set<Bytes> channels = new LinkedHashSet<>();
  private final Set<Bytes> patterns = new LinkedHashSet<>();
  private final Set<Bytes> shardChannels = new LinkedHashSet<>();

  private long bytes;

  /**
   * No subscriptions.
   *
   * @param memory told by how many bytes they have grown, or shrunk if negative
   */
  Subscriptions(LongConsumer memory) {
    this.memory = memory;
  }

  /** A name was added to one of the sets. */
  public void onAdded(Bytes name) {
    count(SUBSCRIPTION_BYTES + name.length());
  }

  /** A name was removed from one of the sets, or is about to be. */
  public void onRemoved(Bytes name) {
    count(-SUBSCRIPTION_BYTES - name.length());
  }

  private void count(long more) {
    bytes += more;
    memory.accept(more);
  }

  /** The memory of all subscriptions. */
  public long bytes() {
    return bytes;
  }

  /** Channels by name. */
  public Set<Bytes> channels() {
    return channels;
  }

  /** Globs of channels. */
  public Set<Bytes> patterns() {
    return patterns;
  }

  /** Shard channels by name. */
  public Set<Bytes> shardChannels() {
    return shardChannels;
  }

  /** What (P)SUBSCRIBE counts in its replies. */
  public int count() {
    return channels.size() + patterns.size();
  }

  /** Whether there is no subscription of any kind. */
  public boolean isEmpty() {
    return channels.isEmpty() && patterns.isEmpty() && shardChannels.isEmpty();
  }
}
