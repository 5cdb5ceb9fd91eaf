package dev.carillon.engine.pattern;

import dev.carillon.protocol.bytes.Bytes;
import org.jspecify.annotations.Nullable;

/**
 * The subscribers of one pattern or channel, in the order of subscribing. Adding and removing take
 * constant time; a loop over all of them reads one array.
 *
 * <p>Members lie in an array in order; a removed one leaves a hole, and holes are closed before
 * they are three quarters of the array. Above {@link #SMALL} members an open-addressed table says
 * where in the array a member lies. Members are told apart by {@code equals} and {@code hashCode}.
 * Engine thread only.
 *
 * @param <T> the subscribers
 */
public final class Audience<T> {

  /** Up to this many members are found by looking at all of them. Chosen. */
  static final int SMALL = 8;

  private static final int[] NO_SLOTS = {};

  /** In order, with a null for each hole. */
  private @Nullable Object[] members = new Object[1];

  private int end;
  private int size;

  /** The index of a member plus one, where its hash leads; 0 is free. Empty up to SMALL members. */
  private int[] slots = NO_SLOTS;

  /** Nobody. */
  public Audience() {}

  /** The number of members. */
  public int size() {
    return size;
  }

  /** Bound of the work of a loop over all members; for tests. */
  int capacity() {
    return members.length;
  }

  /** The member at an index below {@link #end()}, or null if it was removed. */
  @SuppressWarnings("unchecked") // only members are ever put there
  public @Nullable T at(int index) {
    return (T) members[index];
  }

  /** The end (exclusive) of the indexes for {@link #at}. */
  public int end() {
    return end;
  }

  /** Tells the consumer of each member, as a subscriber of {@code pattern}. */
  void tell(Bytes pattern, PatternIndex.Matched<? super T> consumer) {
    for (int i = 0; i < end; i++) {
      T member = at(i);
      if (member != null) {
        consumer.onPattern(pattern, member);
      }
    }
  }

  /** Adds a member at the end; false, and nothing changes, if it is here already. */
  public boolean add(T member) {
    if (indexOf(member) >= 0) {
      return false;
    }
    if (end == members.length) {
      resize();
    }
    members[end++] = member;
    size++;
    if (slots.length > 0) {
      putSlot(end - 1);
    } else if (size > SMALL) {
      newSlots();
    }
    return true;
  }

  /** Removes a member; false if it is not here. */
  public boolean remove(T member) {
    int index = indexOf(member);
    if (index < 0) {
      return false;
    }
    if (slots.length > 0) {
      freeSlot(index);
    }
    members[index] = null;
    size--;
    while (end > 0 && members[end - 1] == null) {
      end--;
    }
    if (members.length > 4 && size < members.length / 4) {
      resize();
    }
    return true;
  }

  private int indexOf(T member) {
    if (slots.length == 0) {
      for (int i = 0; i < end; i++) {
        if (member.equals(members[i])) {
          return i;
        }
      }
      return -1;
    }
    for (int slot = slotOf(member); slots[slot] != 0; slot = next(slot)) {
      int index = slots[slot] - 1;
      if (member.equals(members[index])) {
        return index;
      }
    }
    return -1;
  }

  /** Closes the holes and leaves room for as many members again. */
  private void resize() {
    Object[] old = members;
    int oldEnd = end;
    members = new Object[Math.max(2, size * 2)];
    end = 0;
    for (int i = 0; i < oldEnd; i++) {
      if (old[i] != null) {
        members[end++] = old[i];
      }
    }
    slots = NO_SLOTS;
    if (size > SMALL) {
      newSlots();
    }
  }

  /** A table at most half full until the array of members is replaced. */
  private void newSlots() {
    slots = new int[Integer.highestOneBit(members.length) * 4];
    for (int i = 0; i < end; i++) {
      if (members[i] != null) {
        putSlot(i);
      }
    }
  }

  private void putSlot(int index) {
    int slot = slotOf(members[index]);
    while (slots[slot] != 0) {
      slot = next(slot);
    }
    slots[slot] = index + 1;
  }

  /** Frees the slot of a member and moves up those behind it that it had displaced. */
  private void freeSlot(int index) {
    int free = slotOf(members[index]);
    while (slots[free] != index + 1) {
      free = next(free);
    }
    for (int slot = next(free); slots[slot] != 0; slot = next(slot)) {
      int wanted = slotOf(members[slots[slot] - 1]);
      if (((slot - wanted) & (slots.length - 1)) >= ((slot - free) & (slots.length - 1))) {
        slots[free] = slots[slot];
        free = slot;
      }
    }
    slots[free] = 0;
  }

  private int slotOf(Object member) {
    return spread(member.hashCode()) & (slots.length - 1);
  }

  private int next(int slot) {
    return (slot + 1) & (slots.length - 1);
  }

  /** Folds the upper bits of a product with the golden ratio into the lower ones. */
  private static int spread(int hash) {
    int product = hash * 0x9E3779B9;
    return product ^ (product >>> 16);
  }
}
