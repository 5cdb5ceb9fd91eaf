package dev.carillon.listener.connect;

import org.jspecify.annotations.Nullable;

/** Who hears the messages of a Pub/Sub connection, on its thread. */
@FunctionalInterface
public interface Hearer {

  /**
   * A message came.
   *
   * @param pattern by which, or null if by the channel's name; it and the channel are not written
   *     to
   */
  void onMessage(byte @Nullable [] pattern, byte[] channel, byte[] text);
}
