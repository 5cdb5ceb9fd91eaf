package dev.carillon.engine.keyspace;

import dev.carillon.protocol.bytes.Bytes;
import org.jspecify.annotations.Nullable;

/**
 * Somebody who needs an entry as it is <em>before</em> it changes: a running snapshot, a feed that
 * carries old values. Called from the door that opens a change, on the engine's thread, before
 * anything of the entry has changed.
 */
public interface PreImage {

  /**
   * An entry is about to be created, changed or removed.
   *
   * @param key a view
   * @param entry the entry as it still is, or null if there is none yet
   */
  void beforeChange(Database database, Bytes key, @Nullable Entry entry);

  /**
   * All entries of a database are about to be dropped at once; {@link Database#handOver} keeps
   * them.
   */
  void beforeClear(Database database);
}
