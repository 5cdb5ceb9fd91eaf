package dev.carillon.engine.keyspace;

import dev.carillon.protocol.bytes.Bytes;

/**
 * Somebody who needs values that go as a whole: because their key is removed, or because another
 * value takes their place. Unlike {@link PreImage} it hears nothing of changes within a value.
 * Called on the engine's thread.
 */
public interface Departures {

  /**
   * A value is about to go; the event that says so follows, if there is one.
   *
   * @param key a view
   * @param entry as it still is; may be an emptied container
   */
  void onLeaving(Database database, Bytes key, Entry entry);

  /**
   * A change of a key was closed with its event: events that follow do not concern what the key
   * held before.
   */
  void onAnnounced(Database database, Bytes key);
}
