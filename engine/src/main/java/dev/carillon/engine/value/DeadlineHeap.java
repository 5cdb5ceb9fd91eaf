package dev.carillon.engine.value;

import dev.carillon.engine.store.Slots;
import java.util.Arrays;

/**
 * The slots of one arena that have a deadline, by deadline: the earliest is always at hand.
 *
 * <p>A heap of four branches in pages of arrays, of which growth copies none but the first. Each
 * entry has its deadline beside its slot's id, so that a comparison reads no slot; each slot knows
 * its place in the heap, which it keeps where a timer wheel would keep its links. A wheel would add
 * and remove in O(1), but its rings take 40 KiB, which is too much for each of a hundred thousand
 * hashes, and it asks to be advanced before something is due. Equal deadlines come in order of id.
 *
 * <p>Engine thread only.
 */
final class DeadlineHeap {

  private static final int PAGE_BITS = 12;
  private static final int PAGE_MASK = (1 << PAGE_BITS) - 1;
  private static final int FIRST_PAGE = 16;
  private static final int BRANCH_BITS = 2;

  private final Slots slots;
  private long[][] deadlines = {};
  private int[][] ids = {};
  private int room;
  private int size;

  /** Nothing of {@code slots} has a deadline yet. */
  DeadlineHeap(Slots slots) {
    this.slots = slots;
  }

  int size() {
    return size;
  }

  /** The earliest deadline, {@link Long#MAX_VALUE} if there is none. */
  long earliest() {
    return size == 0 ? Long.MAX_VALUE : deadlines[0][0];
  }

  /** The slot with the earliest deadline; only if there is one. */
  int first() {
    return ids[0][0];
  }

  long reservedBytes() {
    return 12L * room;
  }

  /** Adds a slot that has this deadline already. O(log size). */
  void add(int id, long deadline) {
    if (size == room) {
      grow();
    }
    rise(size++, id, deadline);
  }

  /** Removes a slot that still has its deadline. O(log size). */
  void remove(int id) {
    int place = slots.next(id);
    assert id(place) == id : "slot " + id + " is not at its place among the deadlines";
    size--;
    if (place != size) {
      int last = id(size);
      long deadline = deadline(size);
      if (place > 0 && isBefore(deadline, last, place - 1 >> BRANCH_BITS)) {
        rise(place, last, deadline);
      } else {
        sink(place, last, deadline);
      }
    }
    if (size == 0) {
      deadlines = new long[][] {};
      ids = new int[][] {};
      room = 0;
    }
  }

  /** Puts an entry in a free place or above it. */
  private void rise(int from, int id, long deadline) {
    int place = from;
    while (place > 0) {
      int parent = place - 1 >> BRANCH_BITS;
      if (!isBefore(deadline, id, parent)) {
        break;
      }
      put(place, id(parent), deadline(parent));
      place = parent;
    }
    put(place, id, deadline);
  }

  /** Puts an entry in a free place or below it. */
  private void sink(int from, int id, long deadline) {
    int place = from;
    while (true) {
      int child = (place << BRANCH_BITS) + 1;
      if (child >= size || child < 0) {
        break;
      }
      int least = child;
      int end = Math.min(child + (1 << BRANCH_BITS), size);
      for (int other = child + 1; other < end; other++) {
        if (isBefore(deadline(other), id(other), least)) {
          least = other;
        }
      }
      if (isBefore(deadline, id, least)) {
        break;
      }
      put(place, id(least), deadline(least));
      place = least;
    }
    put(place, id, deadline);
  }

  private boolean isBefore(long deadline, int id, int place) {
    long other = deadline(place);
    return deadline < other || (deadline == other && id < id(place));
  }

  private void put(int place, int id, long deadline) {
    deadlines[place >>> PAGE_BITS][place & PAGE_MASK] = deadline;
    ids[place >>> PAGE_BITS][place & PAGE_MASK] = id;
    slots.next(id, place);
  }

  private long deadline(int place) {
    return deadlines[place >>> PAGE_BITS][place & PAGE_MASK];
  }

  private int id(int place) {
    return ids[place >>> PAGE_BITS][place & PAGE_MASK];
  }

  private void grow() {
    if (room > 0 && room <= PAGE_MASK) {
      room *= 2;
      deadlines[0] = Arrays.copyOf(deadlines[0], room);
      ids[0] = Arrays.copyOf(ids[0], room);
      return;
    }
    int page = room >>> PAGE_BITS;
    if (page == deadlines.length) {
      int length = Math.max(1, 2 * page);
      deadlines = Arrays.copyOf(deadlines, length);
      ids = Arrays.copyOf(ids, length);
    }
    int length = page == 0 ? FIRST_PAGE : 1 << PAGE_BITS;
    deadlines[page] = new long[length];
    ids[page] = new int[length];
    room += length;
  }
}
