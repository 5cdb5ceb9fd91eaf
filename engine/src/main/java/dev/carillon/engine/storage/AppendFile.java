package dev.carillon.engine.storage;

import java.io.Closeable;
import java.io.IOException;

/** A file that is open for appending. One thread at a time, except for {@link #sync}. */
public interface AppendFile extends Closeable {

  /** How many bytes the file has, failed appends included as far as they came. */
  long length();

  /**
   * Appends bytes. If this fails, any part of them may be in the file: cut it off by {@link
   * #truncate} before appending again.
   */
  void append(byte[] source, int offset, int length) throws IOException;

  /** Cuts the file to so many bytes. */
  void truncate(long length) throws IOException;

  /**
   * Returns when no crash can take back what was appended before the call. Another thread may
   * append meanwhile. After a failure nobody knows what is on the disk of anything that was
   * appended since the last success, and no later success vouches for it: write it again, into
   * another file.
   */
  void sync() throws IOException;
}
