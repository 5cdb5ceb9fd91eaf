package dev.carillon.engine.turn;

import dev.carillon.protocol.bytes.Bytes;
import dev.carillon.protocol.event.EventType;
import java.util.List;

/**
 * Somebody to whom events matter: Pub/Sub, the feeds. Events are matched when they happen; what
 * comes of them leaves at the end of the turn. All calls come from the engine's thread.
 */
public interface EventSink {

  /**
   * Events of this turn come here from now on. The sink tells it when its {@linkplain
   * Turn#interestChanged interest changes} and when there is {@linkplain Turn#deliverAtEnd
   * something to deliver}: asking every sink in every turn, or about every event, would cost more
   * than a short command.
   */
  void attach(Turn turn);

  /**
   * The event classes that somebody can hear through this sink right now, as the bits of {@link
   * dev.carillon.protocol.event.EventClass}. An event of another class costs a test of this mask.
   */
  int interest();

  /**
   * The event classes whose subkeys somebody can hear through this sink right now, a part of {@link
   * #interest()}. Where no sink wants them they are not even collected.
   */
  default int subkeyInterest() {
    return 0;
  }

  /**
   * An event of a class of interest happened.
   *
   * @param db the number of the database
   * @param key a view; copy it to keep it
   * @param subkeys the fields of a hash that the event is about, in order; views. Empty for events
   *     that name none, and perhaps where the class is not of {@link #subkeyInterest()}
   */
  void onEvent(int db, EventType type, Bytes key, List<Bytes> subkeys);

  /**
   * Something happened to whole databases. Called if {@link #hearsDatabases}.
   *
   * @param db the number of the database, or {@link #ALL_DATABASES}
   * @param other the number of the other database where two change places, else the same again
   */
  default void onDatabaseEvent(DatabaseEvent event, int db, int other) {}

  /** Whether {@link #onDatabaseEvent} is to be called. */
  default boolean hearsDatabases() {
    return false;
  }

  /** What {@link #onDatabaseEvent} says where all databases are concerned. */
  int ALL_DATABASES = -1;

  /**
   * The turn is about to end: what the sink still has to change belongs to it, with the effects
   * that repeat that. Called if the sink asked for it with {@link Turn#prepareAtEnd}.
   */
  default void onCommitting(Turn turn) {}

  /**
   * The turn ended, and its effects are recorded: deliver what its events amounted to. Called if
   * any sink asked for it.
   */
  void onCommitted(Turn turn);
}
