package dev.carillon.engine.value;

import dev.carillon.engine.store.Words;
import dev.carillon.protocol.bytes.Bytes;

/**
 * A sorted set of integers in a range of bytes, in the format that Redis calls intset:
 *
 * <pre>
 *   4 bytes   width of a number: 2, 4 or 8 bytes
 *   4 bytes   how many numbers there are
 *   n × w     the numbers, ascending, each once
 * </pre>
 *
 * <p>Everything is little-endian and signed. The width is that of the widest number that was ever
 * added: it grows when it must, by rewriting all numbers, and never shrinks. No bytes at all are
 * the empty set.
 *
 * <p>Nothing here allocates. Engine thread only, as far as a {@link Packed} is changed.
 */
public final class Intset {

  private static final int COUNT = 4;
  private static final int HEADER_BYTES = 8;

  private Intset() {}

  // ------------------------------------------------------------------------------------- reading

  /** How many numbers the set has. O(1). */
  public static int count(Bytes set) {
    return set.isEmpty() ? 0 : Words.int32(set.array(), set.offset() + COUNT);
  }

  /** The number at an index in ascending order, 0 to count - 1. O(1). */
  public static long get(Bytes set, int index) {
    byte[] array = set.array();
    int base = set.offset();
    return get(array, base, width(array, base), index);
  }

  /** Whether the set has a number. O(log n). */
  public static boolean contains(Bytes set, long value) {
    return find(set, value) >= 0;
  }

  /**
   * The index of a number, or {@code -1 - i} where it is missing and {@code i} would be its index.
   * O(log n).
   */
  public static int find(Bytes set, long value) {
    int count = count(set);
    if (count == 0) {
      return -1;
    }
    byte[] array = set.array();
    int base = set.offset();
    int width = width(array, base);
    if (widthOf(value) > width) {
      return value < 0 ? -1 : -1 - count;
    }
    // What grows is added at the end: one comparison spares the search.
    if (value > get(array, base, width, count - 1)) {
      return -1 - count;
    }
    int low = 0;
    int high = count - 1;
    while (low <= high) {
      int middle = (low + high) >>> 1;
      long found = get(array, base, width, middle);
      if (found < value) {
        low = middle + 1;
      } else if (found > value) {
        high = middle - 1;
      } else {
        return middle;
      }
    }
    return -1 - low;
  }

  /** How many bytes the set has once {@code value}, which is missing, was added. O(1). */
  public static int lengthWith(Bytes set, long value) {
    int width = widthOf(value);
    if (!set.isEmpty()) {
      width = Math.max(width, width(set.array(), set.offset()));
    }
    return HEADER_BYTES + (count(set) + 1) * width;
  }

  /**
   * Whether foreign bytes are a set of at least one number: of the right length, ascending, each
   * number once. Reads nothing outside of them. O(n).
   */
  public static boolean isIntact(Bytes set) {
    byte[] array = set.array();
    int base = set.offset();
    if (set.length() < HEADER_BYTES) {
      return false;
    }
    int width = width(array, base);
    if (width != 2 && width != 4 && width != 8) {
      return false;
    }
    int count = Words.int32(array, base + COUNT);
    if (count <= 0 || (long) count * width != set.length() - HEADER_BYTES) {
      return false;
    }
    long before = get(array, base, width, 0);
    for (int i = 1; i < count; i++) {
      long value = get(array, base, width, i);
      if (value <= before) {
        return false;
      }
      before = value;
    }
    return true;
  }

  // ------------------------------------------------------------------------------------ changing

  /** Adds a number; returns whether it was missing. O(n). */
  public static boolean add(Packed packed, long value) {
    Bytes set = packed.bytes();
    int index = find(set, value);
    if (index >= 0) {
      return false;
    }
    int count = count(set);
    int at = -1 - index;
    int widthBefore = count == 0 ? widthOf(value) : width(set.array(), set.offset());
    int width = Math.max(widthBefore, widthOf(value));
    set = packed.resize(HEADER_BYTES + (count + 1) * width);
    byte[] array = set.array();
    int base = set.offset();
    if (width > widthBefore) {
      // What needs a wider number than all others is below or above them: at is 0 or count.
      int shift = at == 0 ? 1 : 0;
      for (int i = count - 1; i >= 0; i--) {
        put(array, base, width, i + shift, get(array, base, widthBefore, i));
      }
    } else {
      int from = base + HEADER_BYTES + at * width;
      System.arraycopy(array, from, array, from + width, (count - at) * width);
    }
    Words.int32(array, base, width);
    Words.int32(array, base + COUNT, count + 1);
    put(array, base, width, at, value);
    return true;
  }

  /** Removes a number; returns whether it was there. O(n). */
  public static boolean remove(Packed packed, long value) {
    Bytes set = packed.bytes();
    int index = find(set, value);
    if (index < 0) {
      return false;
    }
    int count = count(set) - 1;
    if (count == 0) {
      packed.resize(0);
      return true;
    }
    byte[] array = set.array();
    int base = set.offset();
    int width = width(array, base);
    int at = base + HEADER_BYTES + index * width;
    System.arraycopy(array, at + width, array, at, (count - index) * width);
    Words.int32(array, base + COUNT, count);
    packed.resize(HEADER_BYTES + count * width);
    return true;
  }

  // ------------------------------------------------------------------------------------- numbers

  private static int width(byte[] array, int base) {
    return Words.int32(array, base);
  }

  private static int widthOf(long value) {
    return value == (short) value ? 2 : value == (int) value ? 4 : 8;
  }

  private static long get(byte[] array, int base, int width, int index) {
    int at = base + HEADER_BYTES + index * width;
    return switch (width) {
      case 2 -> Words.int16(array, at);
      case 4 -> Words.int32(array, at);
      default -> Words.int64(array, at);
    };
  }

  private static void put(byte[] array, int base, int width, int index, long value) {
    int at = base + HEADER_BYTES + index * width;
    switch (width) {
      case 2 -> Words.int16(array, at, (int) value);
      case 4 -> Words.int32(array, at, (int) value);
      default -> Words.int64(array, at, value);
    }
  }
}
