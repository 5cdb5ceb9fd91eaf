package dev.carillon.engine.store;

import java.util.Arrays;

/**
 * Which slots of an arena somebody is done with: one bit for each id. Empty at first, whatever the
 * arena holds; it grows by small pages where ids are marked, so that beginning anew costs nothing.
 * Engine thread only.
 */
public final class SlotMarks {

  /** 65,536 ids in 8 KiB. */
  private static final int PAGE_BITS = 16;

  private static final int PAGE_MASK = (1 << PAGE_BITS) - 1;
  private static final long[] UNMARKED = {};

  private long[][] pages = {};

  /** Marks an id; answers whether it was not marked. O(1). */
  public boolean add(int id) {
    int number = id >>> PAGE_BITS;
    if (number >= pages.length) {
      int before = pages.length;
      pages = Arrays.copyOf(pages, Math.max(number + 1, 2 * before));
      Arrays.fill(pages, before, pages.length, UNMARKED);
    }
    if (pages[number].length == 0) {
      pages[number] = new long[1 << PAGE_BITS - 6];
    }
    long[] page = pages[number];
    int at = (id & PAGE_MASK) >>> 6;
    long bit = 1L << id;
    boolean isNew = (page[at] & bit) == 0;
    page[at] |= bit;
    return isNew;
  }

  /** Whether an id is marked. */
  public boolean contains(int id) {
    int number = id >>> PAGE_BITS;
    return number < pages.length
        && pages[number].length > 0
        && (pages[number][(id & PAGE_MASK) >>> 6] & 1L << id) != 0;
  }
}
