package dev.carillon.server;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;

/**
 * A clock that stands still until somebody moves it, so that a test needs no waiting: what falls
 * due by a move is announced right after it. Safe for any thread.
 */
public final class ManualClock implements Clock {

  private final AtomicLong millis;
  private final List<Runnable> listeners = new CopyOnWriteArrayList<>();

  /** A clock that shows {@code startMillis}, in epoch milliseconds. */
  public ManualClock(long startMillis) {
    millis = new AtomicLong(startMillis);
  }

  /** Moves the clock on, or back if {@code duration} is negative. */
  public void advance(Duration duration) {
    millis.addAndGet(duration.toMillis());
    listeners.forEach(Runnable::run);
  }

  @Override
  public long millis() {
    return millis.get();
  }

  @Override
  public long nanosUntil(long deadlineMillis) {
    return deadlineMillis <= millis.get() ? 0 : Long.MAX_VALUE;
  }

  @Override
  public long ticker() {
    return System.nanoTime();
  }

  @Override
  public void onMoved(Runnable listener) {
    listeners.add(listener);
  }
}
