package dev.carillon.engine.command;

import dev.carillon.protocol.bytes.Bytes;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The keys with the greatest sums of weights, found in bounded memory (the Space-Saving algorithm
 * of Metwally, Agrawal and El Abbadi, 2005).
 *
 * <p>A fixed number of counters lies in a heap whose root is the smallest. A key that has none
 * takes over the smallest, sum included: no key that is really heavy is missed, and a sum is too
 * high by the smallest one at most. While there are counters left all sums are exact.
 *
 * <p>Engine thread only.
 */
final class HeavyHitters {

  /**
   * A key and what was counted for it.
   *
   * @param sum of all its weights, and of those of a lighter key whose counter it took over
   */
  record Hitter(Bytes key, long sum) {}

  private static final class Counter {
    private Bytes key;
    private long sum;
    private int place;

    private Counter(Bytes key, int place) {
      this.key = key;
      this.place = place;
    }
  }

  private final Counter[] heap;
  private final Map<Bytes, Counter> byKey;
  private int size;
  private long total;

  /**
   * Nothing counted yet.
   *
   * @param counters how many keys are counted at the same time, at least one
   */
  HeavyHitters(int counters) {
    heap = new Counter[counters];
    byKey = HashMap.newHashMap(counters);
  }

  /**
   * Adds to the sum of a key. O(log counters); copies the key where it had no counter.
   *
   * @param weight 0 or more
   */
  void add(Bytes key, long weight) {
    total += weight;
    Counter counter = byKey.get(key);
    if (counter == null) {
      Bytes kept = key.copy();
      if (size < heap.length) {
        counter = new Counter(kept, size);
        heap[size++] = counter;
        rise(counter);
      } else {
        counter = heap[0];
        byKey.remove(counter.key);
        counter.key = kept;
      }
      byKey.put(kept, counter);
    }
    counter.sum += weight;
    sink(counter);
  }

  /** The sum of all weights. */
  long total() {
    return total;
  }

  /** The keys with the greatest sums above 0, the greatest first. O(counters × log counters). */
  List<Hitter> heaviest(int count) {
    return Arrays.stream(heap, 0, size)
        .filter(counter -> counter.sum > 0)
        .sorted(Comparator.comparingLong((Counter counter) -> counter.sum).reversed())
        .limit(count)
        .map(counter -> new Hitter(counter.key, counter.sum))
        .toList();
  }

  /** A new counter has the sum 0, so that nothing above it may be greater. */
  private void rise(Counter counter) {
    while (counter.place > 0 && heap[(counter.place - 1) / 2].sum > counter.sum) {
      swap(counter, heap[(counter.place - 1) / 2]);
    }
  }

  private void sink(Counter counter) {
    while (true) {
      int child = 2 * counter.place + 1;
      if (child >= size) {
        return;
      }
      if (child + 1 < size && heap[child + 1].sum < heap[child].sum) {
        child++;
      }
      if (heap[child].sum >= counter.sum) {
        return;
      }
      swap(counter, heap[child]);
    }
  }

  private void swap(Counter one, Counter other) {
    int place = one.place;
    one.place = other.place;
    other.place = place;
    heap[one.place] = one;
    heap[other.place] = other;
  }
}
