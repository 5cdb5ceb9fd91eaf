package dev.carillon.engine.value;

import dev.carillon.protocol.bytes.Bytes;

/**
 * What a list was at one time, while it goes on changing: its chunks, shared with the list, which
 * copies one before it changes it. So making an image costs a reference for each chunk, and a
 * change behind it one chunk more than usual, however long the list is.
 *
 * <p>It is passed once, from the first chunk to the last, and what was passed is not shared any
 * more. Engine thread only.
 */
public final class ListImage {

  /** The epoch of chunks that only an image has. */
  static final int HELD = -1;

  private final ListValue list;
  private final ListChunk[] chunks;
  private final int epoch;
  private int next;
  private long heldBytes;

  ListImage(ListValue list, ListChunk[] chunks, int epoch) {
    this.list = list;
    this.chunks = chunks;
    this.epoch = epoch;
  }

  /** Whether there is a chunk that was not passed. */
  public boolean hasNext() {
    return next < chunks.length;
  }

  /**
   * The bytes of the next chunk: a listpack, or an element if it {@link #isPlain}; good until it is
   * passed.
   */
  public Bytes bytes() {
    return chunks[next].bytes();
  }

  /** Whether the next chunk is one large element. */
  public boolean isPlain() {
    return chunks[next].isPlain();
  }

  /** Lets go of the next chunk; what follows is the one behind it. */
  public void pass() {
    ListChunk chunk = chunks[next];
    if (chunk.epoch == HELD) {
      heldBytes -= bytes(chunk);
    } else {
      chunk.epoch = epoch;
    }
    chunks[next++] = null;
  }

  /** The list goes on without a chunk of its past. */
  void hold(ListChunk chunk) {
    heldBytes += bytes(chunk);
    chunk.epoch = HELD;
  }

  private static long bytes(ListChunk chunk) {
    return ListChunk.OVERHEAD_BYTES + chunk.capacity();
  }

  /** How many bytes are in memory for the image alone. O(1). */
  public long heldBytes() {
    return heldBytes;
  }

  /** The list may change its chunks in place again; the image must not be asked any more. */
  public void close() {
    list.forget(this);
  }
}
