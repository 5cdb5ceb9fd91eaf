package dev.carillon.engine.pattern;

import org.jspecify.annotations.Nullable;

/**
 * An open-addressed hash table from grams of one length to the patterns that are found by them. At
 * most half full, and at least an eighth unless it is as small as it gets.
 *
 * <p>A gram is a window of 1, 2, 3, 4, 6 or 8 bytes of a literal run, packed into a long, so that
 * equal keys are equal grams. A run is found by the longest gram that fits, because long grams
 * spread more and match less by accident; there are few lengths because each one in use costs a
 * probe for each position of a channel.
 *
 * @param <T> the subscribers
 */
final class GramTable<T> {

  /** The longest gram, in bytes: what fits into a long. */
  static final int GRAM_MAX = Long.BYTES;

  /** The number of windows of a run that are compared to find the least crowded. Chosen. */
  private static final int WINDOWS = 64;

  /** The fewest slots; a power of two. Chosen. */
  private static final int CAPACITY_MIN = 8;

  /** In bytes. */
  final int gramLength;

  /** The bits of a long that a gram of this length fills. */
  private final long mask;

  /** How many grams are in use. */
  int size;

  /** The patterns of the gram in the same slot, or null where the slot is free. */
  @Nullable Bucket<T>[] buckets;

  private long[] grams;

  /** How far down the upper bits of a hash are moved to number a slot. */
  private int shift;

  GramTable(int gramLength) {
    this.gramLength = gramLength;
    this.mask = gramLength == GRAM_MAX ? -1L : (1L << (gramLength * Byte.SIZE)) - 1;
    allocate(CAPACITY_MIN);
  }

  /** The length of the gram, in bytes, by which a run of that many bytes is found. */
  static int gramLength(int runLength) {
    return switch (runLength) {
      case 1, 2, 3, 4, 6 -> runLength;
      case 5 -> 4;
      case 7 -> 6;
      default -> GRAM_MAX;
    };
  }

  /** The window of a run that begins its last gram. */
  static int windowLast(byte[] run) {
    return run.length - gramLength(run.length);
  }

  /**
   * The window of a run whose gram the fewest patterns share, and among equals the last, because
   * names vary towards their end. Only the last {@value #WINDOWS} are compared.
   */
  int windowLeastCrowded(byte[] run) {
    int last = windowLast(run);
    int best = last;
    int bestCrowd = Integer.MAX_VALUE;
    for (int i = last; i >= 0 && i > last - WINDOWS && bestCrowd > 0; i--) {
      int crowd = crowd(run, i);
      if (crowd < bestCrowd) {
        best = i;
        bestCrowd = crowd;
      }
    }
    return best;
  }

  /** How many patterns share the gram that begins there in the run. */
  int crowd(byte[] run, int window) {
    Bucket<T> bucket = buckets[slotOf(pack(run, window))];
    return bucket == null ? 0 : bucket.size;
  }

  /** Adds a pattern under the gram of its window. */
  void add(IndexedPattern<T> pattern) {
    long gram = pack(pattern.literal, pattern.window);
    int slot = slotOf(gram);
    if (buckets[slot] == null) {
      if (++size > buckets.length / 2) {
        resize(buckets.length * 2);
        slot = slotOf(gram);
      }
      grams[slot] = gram;
      buckets[slot] = new Bucket<>();
    }
    buckets[slot].add(pattern);
  }

  /** Removes a pattern that is here. */
  void remove(IndexedPattern<T> pattern) {
    int slot = slotOf(pack(pattern.literal, pattern.window));
    Bucket<T> bucket = buckets[slot];
    bucket.remove(pattern);
    if (bucket.size > 0) {
      return;
    }
    size--;
    free(slot);
    if (buckets.length > CAPACITY_MIN && size < buckets.length / 8) {
      resize(buckets.length / 2);
    }
  }

  /** Has the patterns examined whose gram is anywhere in the channel. */
  void match(
      Examiner<T> examiner,
      byte[] channel,
      int offset,
      int length,
      PatternIndex.Matched<? super T> consumer) {
    if (length < gramLength) {
      return;
    }
    long[] grams = this.grams;
    Bucket<T>[] buckets = this.buckets;
    int wrap = buckets.length - 1;
    long gram = 0;
    int at = offset;
    for (int first = offset + gramLength - 1; at < first; at++) {
      gram = (gram << Byte.SIZE) | (channel[at] & 0xFF);
    }
    for (int end = offset + length; at < end; at++) {
      gram = ((gram << Byte.SIZE) | (channel[at] & 0xFF)) & mask;
      int slot = spread(gram, shift);
      Bucket<T> bucket;
      while ((bucket = buckets[slot]) != null) {
        if (grams[slot] == gram) {
          examiner.examineRuns(bucket, at + 1 - gramLength - offset, consumer);
          break;
        }
        slot = (slot + 1) & wrap;
      }
    }
  }

  private long pack(byte[] run, int window) {
    long gram = 0;
    for (int i = window; i < window + gramLength; i++) {
      gram = (gram << Byte.SIZE) | (run[i] & 0xFF);
    }
    return gram;
  }

  /** The slot of the gram, or the free one where it belongs. */
  private int slotOf(long gram) {
    int slot = spread(gram, shift);
    while (buckets[slot] != null && grams[slot] != gram) {
      slot = (slot + 1) & (buckets.length - 1);
    }
    return slot;
  }

  /** Frees a slot and moves up those behind it that it had displaced. */
  private void free(int free) {
    int wrap = buckets.length - 1;
    for (int slot = (free + 1) & wrap; buckets[slot] != null; slot = (slot + 1) & wrap) {
      int wanted = spread(grams[slot], shift);
      if (((slot - wanted) & wrap) >= ((slot - free) & wrap)) {
        grams[free] = grams[slot];
        buckets[free] = buckets[slot];
        free = slot;
      }
    }
    buckets[free] = null;
  }

  private void resize(int capacity) {
    long[] oldGrams = grams;
    Bucket<T>[] oldBuckets = buckets;
    allocate(capacity);
    for (int i = 0; i < oldBuckets.length; i++) {
      if (oldBuckets[i] != null) {
        int slot = slotOf(oldGrams[i]);
        grams[slot] = oldGrams[i];
        buckets[slot] = oldBuckets[i];
      }
    }
  }

  @SuppressWarnings({"unchecked", "rawtypes"}) // an array of a generic type
  private void allocate(int capacity) {
    grams = new long[capacity];
    buckets = new Bucket[capacity];
    shift = Long.numberOfLeadingZeros(capacity) + 1;
  }

  /** The upper bits of a product with the golden ratio. */
  private static int spread(long gram, int shift) {
    return (int) ((gram * 0x9E3779B97F4A7C15L) >>> shift);
  }
}
