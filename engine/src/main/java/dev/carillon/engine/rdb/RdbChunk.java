package dev.carillon.engine.rdb;

import dev.carillon.protocol.bytes.Bytes;

/**
 * A run of bytes of an RDB file in which the long strings still lie as they are: {@link #encode}
 * compresses them. Not to be changed any more, so that any thread may do that, one at a time.
 */
public final class RdbChunk {

  private final byte[] bytes;
  private final int length;

  /** Where strings begin and end, by twos; what lies between them is final. */
  private final int[] strings;

  private final int stringCount;

  RdbChunk(byte[] bytes, int length, int[] strings, int stringCount) {
    this.bytes = bytes;
    this.length = length;
    this.strings = strings;
    this.stringCount = stringCount;
  }

  /** How many bytes it has before anything is compressed. */
  public int length() {
    return length;
  }

  /** The array that it lies in, for who is done with it and writes the next one there. */
  public byte[] array() {
    return bytes;
  }

  /**
   * The final bytes.
   *
   * @param scratch of the caller, which compresses and does not defer; what it held is forgotten
   * @return a view that is good until {@code scratch} is used again
   */
  public Bytes encode(RdbWriter scratch) {
    if (stringCount == 0) {
      return Bytes.view(bytes, 0, length);
    }
    scratch.clear();
    writeTo(scratch);
    return scratch.written();
  }

  /** Appends it, strings that are to be compressed included, to another writer. */
  public void writeTo(RdbWriter out) {
    Bytes string = Bytes.view();
    int at = 0;
    for (int i = 0; i < stringCount; i += 2) {
      out.bytes(bytes, at, strings[i] - at);
      out.string(string.pointTo(bytes, strings[i], strings[i + 1] - strings[i]));
      at = strings[i + 1];
    }
    out.bytes(bytes, at, length - at);
  }
}
