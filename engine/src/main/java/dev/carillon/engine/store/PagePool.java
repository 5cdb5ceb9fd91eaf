package dev.carillon.engine.store;

import java.util.ArrayDeque;

/**
 * Hands out the byte arrays in which slots lie, and takes them back.
 *
 * <p>A full page holds {@link #PAGE_BYTES}: together with its array header that is at most 1 MiB,
 * half of a G1 region of 2 MiB, and so just not a humongous object. The pages of an owner grow with
 * what it holds: each is about a quarter of the ones before, so that an owner never reserves much
 * more than it needs. A server has sixteen databases of which most stay empty, and may have a
 * million collections.
 *
 * <p>Full pages that come back are kept, up to a bound, for the next taker; this spares the JVM the
 * zeroing. Pages are therefore not blank. The pool also lends the indexes of its owners the arrays
 * that they need for a moment. Owned by the engine thread; databases and collections share one
 * pool.
 */
public final class PagePool {

  /** The size of a full page: 1 MiB minus the largest header of an array. */
  public static final int PAGE_BYTES = (1 << 20) - 16;

  /** How many free pages are kept unless the constructor says otherwise (chosen: 64 MiB). */
  public static final int KEPT_PAGES = 64;

  /** The first page of an owner that does not say otherwise. */
  static final int SMALLEST_PAGE_BYTES = 16 << 10;

  /** Each page is this part of what its owner has (chosen: at most a fifth stands empty). */
  private static final int GROWTH_SHIFT = 2;

  private final IndexScratch scratch = new IndexScratch();
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
   * A page for an owner that already holds {@code reservedBytes} in pages: a quarter of that in
   * multiples of {@code smallest}, but no more than a full page, and at least {@code needed}. Its
   * contents are undefined.
   *
   * @param smallest the size of the owner's first page, a power of two
   * @param needed at most {@link #PAGE_BYTES}
   */
  public byte[] take(long reservedBytes, int smallest, int needed) {
    long wanted = Math.max(needed, reservedBytes >>> GROWTH_SHIFT);
    long rounded = Math.max(wanted + smallest - 1, smallest) & -smallest;
    if (rounded < PAGE_BYTES / 2) {
      return new byte[(int) rounded];
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

  IndexScratch scratch() {
    return scratch;
  }

  /** The bytes in pages that are kept for the next taker. */
  public long freeBytes() {
    return (long) free.size() * PAGE_BYTES;
  }
}
