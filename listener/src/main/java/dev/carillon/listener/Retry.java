package dev.carillon.listener;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * How often, and after how long, an event is handled again whose handler has thrown. Immutable; any
 * thread.
 */
public final class Retry {

  private static final Retry NEVER = new Retry(Duration.ZERO, 1, 1, Duration.ZERO);

  /** Chosen: nobody waits longer than that for a try unless {@link #atMost} says so. */
  private static final Duration LIMIT = Duration.ofMinutes(5);

  private final Duration first;
  private final int factor;
  private final int attempts;
  private final Duration limit;

  private Retry(Duration first, int factor, int attempts, Duration limit) {
    if (attempts < 1) {
      throw new IllegalArgumentException("there is always one attempt, not " + attempts);
    }
    if (first.isNegative()) {
      throw new IllegalArgumentException("a delay cannot be negative: " + first);
    }
    this.first = first;
    this.factor = factor;
    this.attempts = attempts;
    this.limit = limit;
  }

  /** Once is all; the default. */
  public static Retry never() {
    return NEVER;
  }

  /**
   * Up to so many attempts in all: the second {@code first} after the first one, and each further
   * one after twice the time, at most five minutes.
   */
  public static Retry exponential(Duration first, int attempts) {
    return new Retry(first, 2, attempts, LIMIT);
  }

  /** Up to so many attempts in all, always after the same time. */
  public static Retry fixed(Duration delay, int attempts) {
    return new Retry(delay, 1, attempts, delay);
  }

  /** The same, with no delay longer than that. */
  public Retry atMost(Duration longest) {
    return new Retry(first, factor, attempts, longest);
  }

  /** How many attempts there are in all. */
  public int attempts() {
    return attempts;
  }

  /**
   * How long to wait behind an attempt that has failed.
   *
   * @param attempt its number, from 1
   * @return null if it was the last one
   */
  public @Nullable Duration delayAfter(int attempt) {
    if (attempt >= attempts) {
      return null;
    }
    Duration delay = first;
    for (int i = 1; i < attempt && delay.compareTo(limit) < 0 && factor > 1; i++) {
      delay = delay.multipliedBy(factor);
    }
    return delay.compareTo(limit) > 0 ? limit : delay;
  }
}
