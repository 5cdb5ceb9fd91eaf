package dev.carillon.engine.reply;

import org.jspecify.annotations.Nullable;

/**
 * Output chunks that wait to be used again, shared by all outboxes of an engine, so that idle
 * connections hold no buffer and busy ones allocate none. Engine thread only.
 */
public final class ChunkPool {

  /** Chosen: holds the replies of a few hundred pipelined commands; 50 busy clients take 800 KB. */
  static final int CHUNK_BYTES = 16 * 1024;

  /** Chosen: 4 MiB of free chunks are kept, what comes back beyond goes to the collector. */
  private static final int KEPT_MAX = 256;

  private @Nullable Chunk free;
  private int kept;
  private long lentBytes;
  private int begun;

  /** A piece of output; {@code from} and {@code to} bound what is not drained yet. */
  static final class Chunk {
    final byte[] bytes;
    int from;
    int to;
    @Nullable Chunk next;

    Chunk(byte[] bytes) {
      this.bytes = bytes;
    }

    int room() {
      return bytes.length - to;
    }
  }

  /** The bytes of all chunks that outboxes hold now: the memory of output that is not sent yet. */
  public long lentBytes() {
    return lentBytes;
  }

  /**
   * As {@link #lentBytes}, but an outbox has its first chunk for nothing: replies that are read at
   * once do not count, however many clients get one at the same time.
   */
  public long furtherBytes() {
    return Math.max(0, lentBytes - (long) begun * CHUNK_BYTES);
  }

  /** An outbox that was empty holds a chunk now. */
  void onBegun() {
    begun++;
  }

  /** An outbox holds no chunk any more. */
  void onEmptied() {
    begun--;
  }

  /** A chunk for one piece of output of another size. */
  Chunk take(int bytes) {
    return lend(new byte[bytes]);
  }

  /** A chunk of output that is rendered already. */
  Chunk lend(byte[] rendered) {
    lentBytes += rendered.length;
    return new Chunk(rendered);
  }

  /** An empty chunk of the usual size. */
  Chunk take() {
    lentBytes += CHUNK_BYTES;
    Chunk chunk = free;
    if (chunk == null) {
      return new Chunk(new byte[CHUNK_BYTES]);
    }
    free = chunk.next;
    chunk.next = null;
    kept--;
    return chunk;
  }

  /** Takes a chunk back; those of another size are left to the collector. */
  void give(Chunk chunk) {
    lentBytes -= chunk.bytes.length;
    if (chunk.bytes.length != CHUNK_BYTES || kept >= KEPT_MAX) {
      return;
    }
    chunk.from = 0;
    chunk.to = 0;
    chunk.next = free;
    free = chunk;
    kept++;
  }
}
