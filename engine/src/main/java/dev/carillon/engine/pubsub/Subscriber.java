package dev.carillon.engine.pubsub;

import dev.carillon.protocol.bytes.Bytes;

/**
 * Someone who hears messages: the side of a session that Pub/Sub sees.
 *
 * <p>{@link ChannelRegistry} only remembers subscribers and never calls these methods; the sink
 * that delivers does, at the end of a turn. Subscribers are told apart by {@code equals}, which for
 * a session should be identity. Engine thread only.
 */
public interface Subscriber {

  /**
   * The version of the protocol in which this subscriber reads messages now, 2 or 3. Whoever
   * delivers renders a message once for each version and shares the result.
   */
  int protocol();

  /**
   * Takes one message, complete as it goes over the wire: {@code message}, {@code pmessage} or
   * {@code smessage}, as an array for version 2 and as a push for version 3.
   *
   * <p>Must not subscribe or unsubscribe anybody: a subscriber that can take no more is closed
   * later, in a turn of its own.
   *
   * @param frame the rendered message: a view that is shared with other subscribers and good during
   *     the call
   * @param sequence the turn that the message reveals
   */
  void receiveMessage(Bytes frame, long sequence);
}
