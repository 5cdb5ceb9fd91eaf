package dev.carillon.engine.session;

import dev.carillon.protocol.bytes.Bytes;
import java.util.LinkedHashSet;
import java.util.Set;

/**
 * What one session is subscribed to, in the order of subscribing. Engine thread only; the sets hold
 * strings of their own and are changed by the Pub/Sub commands alone.
 */
public final class Subscriptions {

  private final Set<Bytes> channels = new LinkedHashSet<>();
  private final Set<Bytes> patterns = new LinkedHashSet<>();
  private final Set<Bytes> shardChannels = new LinkedHashSet<>();

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
