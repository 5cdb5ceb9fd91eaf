package dev.carillon.engine.rdb;

import dev.carillon.protocol.bytes.Bytes;

/**
 * A long string on its way into a file in several goes, one such string after the other. It is not
 * compressed: that would have to be done in one go. Engine thread only.
 */
final class LongText {

  /** Chosen: what is shorter is written at once; it is copied at some gigabytes a second. */
  private static final int WHOLE_BYTES_MAX = (1 << 20) + (64 << 10);

  /** How much of the string is written; 0 where none is on its way. */
  private int written;

  /** Whether a string is long. */
  static boolean isLong(long bytes) {
    return bytes > WHOLE_BYTES_MAX;
  }

  /** Whether a string has begun. */
  boolean isUnderWay() {
    return written > 0;
  }

  /**
   * Writes a string, or where it is long begins to or goes on.
   *
   * @param text the same until all is written
   * @param end how long the output is to become, about
   * @return whether all is written
   */
  boolean write(Bytes text, RdbWriter out, long end) {
    if (!isLong(text.length())) {
      out.string(text);
      return true;
    }
    if (written == 0) {
      out.length(text.length());
    }
    int length = (int) Math.clamp(end - out.length(), 1, text.length() - written);
    out.bytes(text.array(), text.offset() + written, length);
    written += length;
    if (written < text.length()) {
      return false;
    }
    written = 0;
    return true;
  }
}
