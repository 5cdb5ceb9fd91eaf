package dev.carillon.engine.keyspace;

import java.util.ArrayDeque;

/**
 * Hands out the byte arrays in which slots lie, and takes them back.
 *
 * <p>A full page holds {@link #PAGE_BYTES}: together with its array header that is at most 1 MiB,
 * half of a G1 region of 2 MiB, and so just not a humongous object. The first pages of an owner are
 * smaller, because a server has sixteen databases and most of them stay empty.
 *
 * <p>Full pages that come back are kept, up to a bound, for the next taker; this spares the JVM the
 * zeroing. Pages are therefore not blank. Owned by the engine thread; databases share one pool.
 */
public final class PagePool {

  /** The size of a full page: 1 MiB minus the largest header of an array. */
  public static final int PAGE_BYTES = (1 << 20) - 16;

  /** How many free pages are kept unless the constructor says otherwise (chosen: 64 MiB). */
  public static final int KEPT_PAGES = 64;

  private static final int[] FIRST_PAGES = {16 << 10, 64 << 10, 256 << 10};

  private final ArrayDeque<byte[]> free = new ArrayDeque<>();
  private final int kept;

  /** A pool that keeps up to {@link #KEPT_PAGES} free pages. */
  public PagePool() {
    this(KEPT_PAGES);
  }

  /** A pool that keeps up to {@code kept} free pages; 0 keeps none. */
  public PagePool(int kept) {
    if (kept < 0) {
      throw new IllegalArgumentException("kept pages must not be negative: " + kept);
    }
    this.kept = kept;
  }

  /**
   * A page for an owner that already holds {@code reservedBytes} in pages: 16 KiB, then 64 KiB, 256
   * KiB, and full pages from then on. Its contents are undefined.
   */
  public byte[] take(long reservedBytes) {
    for (int bytes : FIRST_PAGES) {
      if (reservedBytes < bytes) {
        return new byte[bytes];
      }
    }
    byte[] page = free.pollLast();
    return page != null ? page : new byte[PAGE_BYTES];
  }

  /** Takes back a page that nobody refers to any more. */
  public void giveBack(byte[] page) {
    if (page.length == PAGE_BYTES && free.size() < kept) {
      free.addLast(page);
    }
  }

  /** The bytes in pages that are kept for the next taker. */
  public long freeBytes() {
    return (long) free.size() * PAGE_BYTES;
  }
}
