package dev.carillon.engine.turn;

import dev.carillon.protocol.bytes.Bytes;
import dev.carillon.protocol.event.EventType;

/**
 * Somebody to whom events matter: Pub/Sub, later the feeds. Events are matched when they happen;
 * what comes of them leaves at the end of the turn. All calls come from the engine's thread.
 */
public interface EventSink {

  /**
   * The event classes that somebody can hear through this sink right now, as the bits of {@link
   * dev.carillon.protocol.event.EventClass}. An event of another class costs a test of this mask.
   */
  int interest();

  /**
   * An event of a class of interest happened.
   *
   * @param db the number of the database
   * @param key a view; copy it to keep it
   */
  void onEvent(int db, EventType type, Bytes key);

  /** The turn ended, and its effects are recorded: deliver what its events amounted to. */
  void onCommitted(Turn turn);
}
