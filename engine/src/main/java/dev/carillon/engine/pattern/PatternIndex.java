package dev.carillon.engine.pattern;

import dev.carillon.protocol.bytes.Bytes;
import java.util.HashMap;
import java.util.Map;

/**
 * An index of glob patterns that answers which of them match a channel in time proportional to the
 * channel and the matches, not to the number of patterns. {@link PatternHomes} tells how.
 *
 * <p>Owned by the engine thread. Matching allocates nothing. The order of patterns within one match
 * is not specified, but the same history of calls always gives the same order; within one pattern,
 * subscribers come in the order in which they subscribed.
 *
 * <p>Subscribers are told apart by {@code equals} and {@code hashCode}.
 *
 * @param <T> the subscribers
 */
public final class PatternIndex<T> {

  /** Receives what {@link #match} finds. */
  @FunctionalInterface
  public interface Matched<T> {

    /**
     * Called once for each pair of a matching pattern and one of its subscribers. Must not call the
     * index.
     *
     * @param pattern as it was added; the index keeps it, so it may be kept but not written to
     */
    void onPattern(Bytes pattern, T subscriber);
  }

  /** Up to this peak a table is left as it is. Chosen: its memory is next to nothing. */
  private static final int PEAK_MIN = 64;

  final PatternHomes<T> homes;
  private final Examiner<T> examiner = new Examiner<>();
  private Map<Bytes, IndexedPattern<T>> patterns = new HashMap<>();
  private int patternsPeak;

  /** An empty index. */
  public PatternIndex() {
    this(false);
  }

  /**
   * An empty index that is linear if asked: it scans all its patterns. The yardstick by which tests
   * and benchmarks judge the work of the real one.
   */
  PatternIndex(boolean linear) {
    homes = new PatternHomes<>(linear);
  }

  /**
   * Adds a subscriber to a pattern. O(pattern), allocates.
   *
   * @param pattern is copied
   * @return false, and nothing changes, if the subscriber has this pattern already
   * @throws IllegalStateException if called while a match runs
   */
  public boolean add(Bytes pattern, T subscriber) {
    refuseWhileMatching();
    IndexedPattern<T> indexed = patterns.get(pattern);
    if (indexed == null) {
      indexed = new IndexedPattern<>(pattern.copy());
      patterns.put(indexed.glob, indexed);
      patternsPeak = Math.max(patternsPeak, patterns.size());
      homes.settle(indexed);
    }
    return indexed.audience.add(subscriber);
  }

  /**
   * Removes a subscriber from a pattern, and the pattern with its last subscriber. O(pattern), now
   * and then O(patterns left) when a table shrinks to what is left in it.
   *
   * @return false, and nothing changes, if the subscriber does not have this pattern
   * @throws IllegalStateException if called while a match runs
   */
  public boolean remove(Bytes pattern, T subscriber) {
    refuseWhileMatching();
    IndexedPattern<T> indexed = patterns.get(pattern);
    if (indexed == null || !indexed.audience.remove(subscriber)) {
      return false;
    }
    if (indexed.audience.size() == 0) {
      patterns.remove(indexed.glob);
      homes.leave(indexed);
      shrink();
    }
    return true;
  }

  /** The number of distinct patterns. */
  public int patterns() {
    return patterns.size();
  }

  /** Whether there are no patterns. */
  public boolean isEmpty() {
    return patterns.isEmpty();
  }

  /**
   * Finds all subscribers of all patterns that match a channel. O(length + candidates), where
   * candidates are few more than the matches; allocates nothing.
   *
   * @param channel the array that holds the name of the channel, which is not kept
   * @param offset where the name begins
   * @param length of the name in bytes
   */
  public void match(byte[] channel, int offset, int length, Matched<? super T> consumer) {
    if (patterns.isEmpty()) {
      return;
    }
    refuseWhileMatching();
    examiner.begin(channel, offset, length);
    try {
      homes.match(examiner, channel, offset, length, consumer);
    } finally {
      examiner.end();
    }
  }

  /**
   * Whether some pattern might match a channel that begins with {@code beginning}: false is
   * certain, true is a guess. O(beginning), allocates nothing.
   */
  public boolean mayMatch(Bytes beginning) {
    return !patterns.isEmpty() && homes.mayMatch(beginning);
  }

  /** How many patterns were looked at by all matches so far, matching or not; for tests. */
  public long candidates() {
    return examiner.candidates();
  }

  private void refuseWhileMatching() {
    if (examiner.matching()) {
      throw new IllegalStateException("the pattern index was called by a consumer of its match");
    }
  }

  /** A table of the JDK never shrinks by itself; a quarter of its peak is worth a new one. */
  private void shrink() {
    if (patternsPeak > PEAK_MIN && patterns.size() < patternsPeak / 4) {
      patterns = new HashMap<>(patterns);
      patternsPeak = patterns.size();
    }
  }
}
