package dev.carillon.listener.pubsub;

/**
 * A channel that several sources share, so that they name events in the same way.
 *
 * <p>A server sends every subscriber the same messages in the same order. So a message that all of
 * them hear, such as the canary of one of them, is one place in the stream of events for all: the
 * n-th time that something happened to a key since then is the same event for each of them. Whoever
 * comes later, or was away, begins with the next canary.
 */
public interface Choir {

  /** The channel; canaries are {@code m} and a text that is never used again. */
  byte[] channel();

  /** What the choir is called, as a part of its events' ids. */
  String group();

  /** Another message came by the channel. On the connection's thread; must not wait. */
  void onMessage(byte[] message);
}
