package dev.carillon.engine.tracking;

import dev.carillon.protocol.bytes.Bytes;
import org.jspecify.annotations.Nullable;

/** A client as its cache sees it: the side of a session that tracking uses. Engine thread only. */
public interface TrackedClient {

  /** The client's number. */
  long id();

  /** The protocol in which the client reads messages now, 2 or 3. */
  int protocol();

  /** Whether the client is subscribed to anything, so that one of protocol 2 expects messages. */
  boolean isSubscribed();

  /** How the client is told of changes, or null if it is not. */
  @Nullable Tracking tracking();

  /** Kept by {@link ClientTracking}. */
  void tracking(@Nullable Tracking newTracking);

  /**
   * Takes a message, complete as it goes over the wire.
   *
   * @param frame good during the call
   * @param sequence the turn that the message reveals
   */
  void receiveMessage(Bytes frame, long sequence);
}
