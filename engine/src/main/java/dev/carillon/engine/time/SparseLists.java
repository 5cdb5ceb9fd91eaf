package dev.carillon.engine.time;

import java.util.TreeMap;

/**
 * Lists under few and widely scattered ticks, in order of tick. O(log n) in the number of ticks,
 * and O(1) for the tick used last; a new tick allocates, a known one does not once it is the last
 * used. Owned by the engine thread.
 */
final class SparseLists {
  /** A tail that can change without another boxing. */
  private static final class Tail {
    int id;
  }

  /** What {@link #recent} is when no tick has been used since it was removed. */
  private static final Tail NOTHING = new Tail();

  private final TreeMap<Long, Tail> tails = new TreeMap<>();
  private long first = Ring.NONE;
  private long recentTick = Ring.NONE;
  private Tail recent = NOTHING;

  /** Answers the first tick that has a list, {@link Ring#NONE} if there is none; O(1). */
  long first() {
    return first;
  }

  /** Answers the tail of a tick's list, 0 when it is empty. */
  int tail(long tick) {
    if (tick == recentTick) {
      return recent.id;
    }
    Tail tail = tails.get(tick);
    if (tail == null) {
      return 0;
    }
    recentTick = tick;
    recent = tail;
    return tail.id;
  }

  /** Sets the tail of a tick's list; 0 empties it. */
  void tail(long tick, int id) {
    if (id == 0) {
      remove(tick);
      return;
    }
    if (tail(tick) == 0) {
      recent = new Tail();
      recentTick = tick;
      tails.put(tick, recent);
      first = Math.min(first, tick);
    }
    recent.id = id;
  }

  /** Answers how many ticks have a list. */
  int size() {
    return tails.size();
  }

  /** Answers the first tick after {@code tick} that has a list, {@link Ring#NONE} if none. */
  long after(long tick) {
    Long after = tails.higherKey(tick);
    return after == null ? Ring.NONE : after;
  }

  private void remove(long tick) {
    tails.remove(tick);
    if (tick == recentTick) {
      recentTick = Ring.NONE;
      recent = NOTHING;
    }
    if (tick == first) {
      first = tails.isEmpty() ? Ring.NONE : tails.firstKey();
    }
  }
}
