package dev.carillon.engine.storage;

import java.io.Closeable;
import java.io.IOException;

/** A file that is open for reading, front to back. One thread at a time. */
public interface ReadFile extends Closeable {

  /** How many bytes the file has. */
  long length() throws IOException;

  /**
   * Reads the next bytes, at least one unless the end is reached.
   *
   * @return how many, or -1 at the end
   */
  int read(byte[] target, int offset, int length) throws IOException;
}
