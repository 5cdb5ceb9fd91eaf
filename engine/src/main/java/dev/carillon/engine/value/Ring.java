package dev.carillon.engine.value;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A list in a ring of places: both ends come and go in O(1), and in the middle the shorter side
 * moves. For the blocks of large values, of which there is one for a hundred elements or so: what
 * moves are references, at most 2 bytes for each element of the value on average.
 *
 * @param <T> what is listed
 */
final class Ring<T> {

  private static final int PLACES_MIN = 4;

  /** Derived: this object, the header of the array. */
  private static final int OVERHEAD_BYTES = 40;

  /** Derived: a compressed reference. */
  private static final int REFERENCE_BYTES = 4;

  private final Footprint footprint;

  /** A power of two long. */
  private @Nullable Object[] places = new Object[PLACES_MIN];

  private int head;
  private int size;

  /** An empty list whose own bytes are counted in {@code footprint}. */
  Ring(Footprint footprint) {
    this.footprint = footprint;
    footprint.add(OVERHEAD_BYTES + REFERENCE_BYTES * PLACES_MIN);
  }

  /** A list of the same elements whose bytes are counted in {@code target}. O(size), quickly. */
  Ring<T> copy(Footprint target) {
    Ring<T> copy = new Ring<>(target);
    target.add((long) REFERENCE_BYTES * (places.length - copy.places.length));
    copy.places = places.clone();
    copy.head = head;
    copy.size = size;
    return copy;
  }

  /** Stops counting the bytes of this list, which is not needed any more. */
  void release() {
    footprint.add(-(OVERHEAD_BYTES + (long) REFERENCE_BYTES * places.length));
  }

  int size() {
    return size;
  }

  boolean isEmpty() {
    return size == 0;
  }

  @SuppressWarnings("unchecked")
  T get(int index) {
    assert index >= 0 && index < size : "there is no element " + index + " of " + size;
    return (T) Objects.requireNonNull(places[place(index)]);
  }

  T last() {
    return get(size - 1);
  }

  /** Puts an element in the place of another one. */
  void set(int index, T element) {
    assert index >= 0 && index < size : "there is no element " + index + " of " + size;
    places[place(index)] = element;
  }

  void addLast(T element) {
    insert(size, element);
  }

  /** Puts an element at an index, 0 to the size. */
  void insert(int index, T element) {
    if (size == places.length) {
      resize(2 * size);
    }
    if (index < size - index) {
      head = place(-1);
      for (int i = 0; i < index; i++) {
        places[place(i)] = places[place(i + 1)];
      }
    } else {
      for (int i = size; i > index; i--) {
        places[place(i)] = places[place(i - 1)];
      }
    }
    places[place(index)] = element;
    size++;
  }

  /** Takes an element out. */
  void remove(int index) {
    if (index < size - 1 - index) {
      for (int i = index; i > 0; i--) {
        places[place(i)] = places[place(i - 1)];
      }
      places[head] = null;
      head = place(1);
    } else {
      for (int i = index; i < size - 1; i++) {
        places[place(i)] = places[place(i + 1)];
      }
      places[place(size - 1)] = null;
    }
    size--;
    if (places.length > PLACES_MIN && size <= places.length / 4) {
      resize(places.length / 2);
    }
  }

  private int place(int index) {
    return (head + index) & (places.length - 1);
  }

  private void resize(int newLength) {
    @Nullable Object[] before = places;
    int first = Math.min(size, before.length - head);
    @Nullable Object[] after = new Object[newLength];
    System.arraycopy(before, head, after, 0, first);
    System.arraycopy(before, 0, after, first, size - first);
    footprint.add((long) REFERENCE_BYTES * (newLength - before.length));
    places = after;
    head = 0;
  }
}
