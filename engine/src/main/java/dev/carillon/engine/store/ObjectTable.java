package dev.carillon.engine.store;

import java.util.Arrays;

/**
 * Java objects addressed by stable numbers, for values and keys that do not lie in the arena.
 *
 * <p>Numbers of removed objects are handed out again, last removed first. Storage is paged: growth
 * never copies more than one table of page references, or the first page while that is not full.
 * Owned by the engine thread.
 */
final class ObjectTable {
  private static final int PAGE_BITS = 10;
  private static final int PAGE_MASK = (1 << PAGE_BITS) - 1;
  private static final int FIRST_PAGE = 8;
  private static final int NONE = -1;

  private Object[][] objects = {};
  private int[][] nextFree = {};
  private int pageCount;
  private int room;
  private int used;
  private int firstFree = NONE;
  private int size;

  /** Stores {@code object} and answers its number, at least 0. */
  int add(Object object) {
    int index = firstFree;
    if (index != NONE) {
      firstFree = nextFree[index >>> PAGE_BITS][index & PAGE_MASK];
    } else {
      if (used == room) {
        grow();
      }
      index = used++;
    }
    objects[index >>> PAGE_BITS][index & PAGE_MASK] = object;
    size++;
    return index;
  }

  /** The object of that number, which must be in use. */
  Object get(int index) {
    return objects[index >>> PAGE_BITS][index & PAGE_MASK];
  }

  /** Replaces the object of that number, which must be in use. */
  void set(int index, Object object) {
    objects[index >>> PAGE_BITS][index & PAGE_MASK] = object;
  }

  /** Forgets the object of that number and frees the number. */
  Object remove(int index) {
    Object[] page = objects[index >>> PAGE_BITS];
    Object removed = page[index & PAGE_MASK];
    page[index & PAGE_MASK] = null;
    nextFree[index >>> PAGE_BITS][index & PAGE_MASK] = firstFree;
    firstFree = index;
    size--;
    if (size == 0 && pageCount > 1) {
      clear();
    }
    return removed;
  }

  /** Forgets every object and gives the storage to the collector. */
  void clear() {
    objects = new Object[][] {};
    nextFree = new int[][] {};
    pageCount = 0;
    room = 0;
    used = 0;
    firstFree = NONE;
    size = 0;
  }

  /** How many objects are stored. */
  int size() {
    return size;
  }

  /** What the table itself occupies, without the objects; references count as 4 bytes. */
  long reservedBytes() {
    return 8L * room;
  }

  private void grow() {
    if (pageCount == 1 && room <= PAGE_MASK) {
      room *= 2;
      objects[0] = Arrays.copyOf(objects[0], room);
      nextFree[0] = Arrays.copyOf(nextFree[0], room);
      return;
    }
    if (pageCount == objects.length) {
      int length = Math.max(1, pageCount * 2);
      objects = Arrays.copyOf(objects, length);
      nextFree = Arrays.copyOf(nextFree, length);
    }
    int length = pageCount == 0 ? FIRST_PAGE : 1 << PAGE_BITS;
    objects[pageCount] = new Object[length];
    nextFree[pageCount] = new int[length];
    pageCount++;
    room += length;
  }
}
