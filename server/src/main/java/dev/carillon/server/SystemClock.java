package dev.carillon.server;

import java.time.Instant;

/** The clock of the machine. */
public final class SystemClock implements Clock {

  /** The clock of the machine. */
  public SystemClock() {}

  @Override
  public long millis() {
    return System.currentTimeMillis();
  }

  @Override
  public long nanosUntil(long deadlineMillis) {
    Instant now = Instant.now();
    long millis = deadlineMillis - now.getEpochSecond() * 1000;
    if (millis > FAR_MILLIS) {
      return Long.MAX_VALUE;
    }
    return millis * 1_000_000 - now.getNano();
  }

  /** Farther away than this nobody waits in one go: about three years. */
  private static final long FAR_MILLIS = 100_000_000_000L;

  @Override
  public long ticker() {
    return System.nanoTime();
  }
}
