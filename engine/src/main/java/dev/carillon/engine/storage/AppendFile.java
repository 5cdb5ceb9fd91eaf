package dev.carillon.engine.storage;

import java.io.Closeable;
import java.io.IOException;

/** A file that is open for appending. One thread at a time, except for {@link #sync}. */
public interface AppendFile extends Closeable {

  /**
   * How many bytes were appended, failed appends included as far as they came; what is {@linkplain
   * #prepare prepared} does not count.
   */
  long length();

  /**
   * Appends bytes. If this fails, any part of them may be in the file: cut it off by {@link
   * #truncate} before appending again.
   */
  void append(byte[] source, int offset, int length) throws IOException;

  /**
   * Makes room for what is appended next: up to so many zeros behind the end, which appends write
   * over. A sync is quicker where it need not make the file longer. Whoever reads the file sees the
   * zeros, and a crash may leave any part of them; {@link #close} cuts them off, if it can.
   *
   * <p>How much there is made of it is up to the file, and what fails is left alone: room is a
   * comfort. Costs a write now and then.
   */
  void prepare(int bytes);

  /** Cuts the file to so many bytes, and off what was prepared. */
  void truncate(long length) throws IOException;

  /**
   * Returns when no crash can take back what was appended before the call. Another thread may
   * append meanwhile. After a failure nobody knows what is on the disk of anything that was
   * appended since the last success, and no later success vouches for it: write it again, into
   * another file.
   */
  void sync() throws IOException;
}
