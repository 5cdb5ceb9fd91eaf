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

  /** Passes over bytes, as if they had been read; at most to the end. */
  default void skip(long bytes) throws IOException {
    byte[] thrownAway = new byte[(int) Math.min(bytes, 64 * 1024)];
    long left = bytes;
    while (left > 0) {
      int read = read(thrownAway, 0, (int) Math.min(left, thrownAway.length));
      if (read < 0) {
        return;
      }
      left -= read;
    }
  }
}
