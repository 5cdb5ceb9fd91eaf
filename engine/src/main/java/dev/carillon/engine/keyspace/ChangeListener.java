package dev.carillon.engine.keyspace;

import dev.carillon.protocol.bytes.Bytes;

/**
 * Somebody who wants to hear of every change of every key, in the turn in which it happens. Called
 * from the door that closes a change, on the engine's thread.
 */
public interface ChangeListener {

  /**
   * A key was created, changed or removed, also by expiry or eviction.
   *
   * @param key a view; copy it to keep it
   */
  void onChanged(Database database, Bytes key);

  /** All entries of a database were dropped at once; it may have been empty before. */
  void onCleared(Database database);

  /** What the number of a database stands for is another one now (SWAPDB). */
  default void onReplaced(Database database) {}
}
