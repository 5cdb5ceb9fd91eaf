package dev.carillon.engine.keyspace;

import dev.carillon.engine.turn.Turn;
import java.util.random.RandomGenerator;

/**
 * The 24 bits of each entry that say how recently (a clock of seconds) or how often (16 bits of
 * minutes and a logarithmic counter of 8 bits) it was used, as Redis keeps them. Which of the two
 * is decided by {@code maxmemory-policy}. Engine thread only.
 */
public final class Recency {

  private static final int CLOCK_MASK = (1 << 24) - 1;
  private static final int MINUTES_MASK = (1 << 16) - 1;

  /** Where the counter of uses ends: it has 8 bits. */
  private static final int COUNTER_MAX = (1 << 8) - 1;

  /** What a new entry's counter begins with, so that it survives until it was used a few times. */
  private static final int COUNTER_INITIAL = 5;

  private final Turn turn;
  private final RandomGenerator random;
  private boolean frequency;
  private boolean onlyChanges;
  private int logFactor = 10;
  private int decayMinutes = 1;

  Recency(Turn turn, RandomGenerator random) {
    this.turn = turn;
    this.random = random;
  }

  /** Whether entries keep how often they are used (LFU) rather than how recently (LRU). */
  public boolean isFrequency() {
    return frequency;
  }

  /** Chooses between how often (true) and how recently (false). */
  public void frequency(boolean enabled) {
    frequency = enabled;
  }

  /** {@code lfu-log-factor}: how many uses saturate the counter. */
  public void logFactor(int factor) {
    logFactor = factor;
  }

  /** {@code lfu-decay-time}: minutes of disuse that cost a point; 0 is never. */
  public void decayMinutes(int minutes) {
    decayMinutes = minutes;
  }

  int initial() {
    return frequency ? minutes() << 8 | COUNTER_INITIAL : clock();
  }

  /** Chooses that only changes count as use (LRM), not reads. */
  public void onlyChanges(boolean enabled) {
    onlyChanges = enabled;
  }

  /** Whether only changes count as use. */
  public boolean isOnlyChanges() {
    return onlyChanges;
  }

  /**
   * Notes a use of an entry.
   *
   * @param change whether the use is about to change the entry
   */
  public void touch(Entry entry, boolean change) {
    if (onlyChanges && !change) {
      return;
    }
    int access = entry.access();
    if (!frequency) {
      int now = clock();
      if (access != now) {
        entry.access(now);
      }
      return;
    }
    int counter = decayed(access);
    if (counter < COUNTER_MAX) {
      double base = Math.max(0, counter - COUNTER_INITIAL);
      if (random.nextDouble() < 1.0 / (base * logFactor + 1)) {
        counter++;
      }
    }
    entry.access(minutes() << 8 | counter);
  }

  /** Seconds since the entry was used, as OBJECT IDLETIME says; only where recency is kept. */
  public long idleSeconds(int access) {
    return (clock() - access) & CLOCK_MASK;
  }

  /** Makes an entry look unused for {@code seconds} (RESTORE IDLETIME). */
  public int accessIdleFor(long seconds) {
    return (int) (clock() - seconds) & CLOCK_MASK;
  }

  /** The counter of uses after decay, as OBJECT FREQ says; only where frequency is kept. */
  public int decayed(int access) {
    int counter = access & COUNTER_MAX;
    if (decayMinutes == 0) {
      return counter;
    }
    int elapsed = (minutes() - (access >>> 8)) & MINUTES_MASK;
    return Math.max(0, counter - elapsed / decayMinutes);
  }

  /** An entry with this many uses (RESTORE FREQ). */
  public int accessOfFrequency(int counter) {
    return minutes() << 8 | counter;
  }

  private int clock() {
    return (int) (turn.nowMillis() / 1000) & CLOCK_MASK;
  }

  private int minutes() {
    return (int) (turn.nowMillis() / 60_000) & MINUTES_MASK;
  }
}
