package dev.carillon.engine.load;

import java.io.Closeable;
import java.io.IOException;
import java.util.List;

/**
 * Something that fills the keyspace, a slice at a time. Each slice runs inside a turn that
 * announces and records nothing. Engine thread only.
 */
public interface LoadSource extends Closeable {

  /**
   * Loads on. After a failure the keyspace holds a part of what was to be loaded.
   *
   * @param budgetBytes about how much of the files
   * @return whether there is more
   * @throws LoadException if what is there cannot be loaded; its message says what to do
   * @throws IOException if it cannot be read
   */
  boolean step(int budgetBytes) throws IOException;

  /** How many bytes of the files have been loaded. */
  long loadedBytes();

  /** How many bytes the files have. */
  long totalBytes();

  /** How many keys were loaded, or commands repeated. */
  long loaded();

  /** Sentences about what was left out on purpose, each once. */
  List<String> remarks();
}
