package dev.carillon.engine.keyspace;

import java.util.Arrays;

/**
 * Java objects addressed by stable numbers, for values and keys that do not lie in the arena.
 *
 * <p>Numbers of removed objects are handed out again, last removed first. Storage is paged: growth
 * never copies more than one table of page references. Owned by the engine thread.
 */
final class ObjectTable {
  private static final int PAGE_BITS = 10;
  private static final int PAGE_MASK = (1 << PAGE_BITS) - 1;
  private static final int NONE = -1;

  private Object[][] objects = {};
  private int[][] nextFree = {};
  private int pageCount;
  private int used;
  private int firstFree = NONE;
  private int size;

  /** Stores {@code object} and answers its number, at least 0. */
  int add(Object object) {
    int index = firstFree;
    if (index != NONE) {
      firstFree = nextFree[index >>> PAGE_BITS][index & PAGE_MASK];
    } else {
      if (used >>> PAGE_BITS == pageCount) {
        addPage();
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
    return (long) pageCount << (PAGE_BITS + 3);
  }

  private void addPage() {
    if (pageCount == objects.length) {
      int length = Math.max(4, pageCount * 2);
      objects = Arrays.copyOf(objects, length);
      nextFree = Arrays.copyOf(nextFree, length);
    }
    objects[pageCount] = new Object[1 << PAGE_BITS];
    nextFree[pageCount] = new int[1 << PAGE_BITS];
    pageCount++;
  }
}
