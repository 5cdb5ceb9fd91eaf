package dev.carillon.engine.journal;

import dev.carillon.engine.storage.ReadFile;
import java.io.IOException;

/** Reads the snapshot that a journal continues into the engine, in slices. */
public interface BaseLoader {

  /**
   * Begins.
   *
   * @param name of the file, for messages
   * @param file is closed by the caller
   */
  Loading open(String name, ReadFile file) throws IOException;

  /** A snapshot that is being read. */
  interface Loading {

    /**
     * Goes on.
     *
     * @param budgetBytes about how much to read
     * @return whether all is read
     * @throws IOException with one sentence that says what is wrong and where
     */
    boolean slice(int budgetBytes) throws IOException;

    /** How many bytes are read. */
    long bytesRead();
  }
}
