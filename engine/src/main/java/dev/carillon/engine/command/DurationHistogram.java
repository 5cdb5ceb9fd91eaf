package dev.carillon.engine.command;

/**
 * How often a command took how long, in nanoseconds up to a second, with two significant digits.
 *
 * <p>Counters are spaced as in HdrHistogram, which Redis uses: one for each value below 256, then
 * 128 for each doubling. So percentiles and bounds are the same numbers. One counter array of 12 KB
 * per command that was ever called. Engine thread only.
 */
public final class DurationHistogram {

  /** Takes a bound in microseconds, and how many measurements did not exceed it. */
  @FunctionalInterface
  public interface Bound {
    /** Takes one. */
    void accept(long micros, long count);
  }

  private static final long NANOS_MAX = 1_000_000_000;

  /** Counters for each doubling: enough for two significant digits. */
  private static final int HALF = 128;

  /** The bits of the numbers that have a counter each, {@code 2 * HALF} of them. */
  private static final int EXACT_BITS = 8;

  private final int[] counts = new int[index(NANOS_MAX) + 1];
  private long total;

  /** Nothing measured. */
  DurationHistogram() {}

  /** Adds a measurement, so many times; more than a second counts as a second. */
  void record(long nanos, int times) {
    counts[index(Math.max(0, Math.min(nanos, NANOS_MAX)))] += times;
    total += times;
  }

  private static int index(long nanos) {
    if (nanos < 2 * HALF) {
      return (int) nanos;
    }
    int shift = Long.SIZE - EXACT_BITS - Long.numberOfLeadingZeros(nanos);
    return shift * HALF + (int) (nanos >>> shift);
  }

  /** The largest value that is counted together with those of an index. */
  private static long highest(int index) {
    if (index < 2 * HALF) {
      return index;
    }
    int shift = index / HALF - 1;
    return ((index - (long) shift * HALF + 1) << shift) - 1;
  }

  /** How many measurements there are. */
  public long total() {
    return total;
  }

  /** The nanoseconds that {@code percent} of 100 of the measurements did not exceed. */
  public long percentileNanos(double percent) {
    long wanted = Math.max(1, (long) (Math.min(percent, 100) / 100 * total + 0.5));
    long seen = 0;
    for (int i = 0; i < counts.length; i++) {
      seen += counts[i];
      if (seen >= wanted) {
        return highest(i);
      }
    }
    return 0;
  }

  /**
   * Visits bounds that double from a microsecond on, with how many measurements did not exceed
   * them; those that add nothing are left out.
   */
  public void forEachDoubling(Bound visitor) {
    long seen = 0;
    long told = 0;
    int next = 0;
    for (long level = 1024; told < total; level *= 2) {
      int last = level >= NANOS_MAX ? counts.length - 1 : index(level);
      while (next <= last) {
        seen += counts[next++];
      }
      if (seen > told) {
        visitor.accept(highest(last) / 1000, seen);
        told = seen;
      }
    }
  }
}
