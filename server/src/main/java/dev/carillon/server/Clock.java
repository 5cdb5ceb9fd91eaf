package dev.carillon.server;

/**
 * Where the server takes the time from: a wall clock for deadlines, which are promises to users,
 * and a monotonic one for durations. Implementations are safe for any thread.
 */
public interface Clock {

  /** The wall clock in epoch milliseconds, rounded down. */
  long millis();

  /**
   * How long to wait until {@link #millis} answers {@code deadlineMillis}, in nanoseconds of real
   * time; 0 or less if it does already. {@link Long#MAX_VALUE} if time alone will not bring it
   * about.
   */
  long nanosUntil(long deadlineMillis);

  /** A monotonic clock in nanoseconds; only differences mean something. */
  long ticker();

  /** Tells {@code listener} whenever the clock was moved by hand; never for a clock that runs. */
  default void onMoved(Runnable listener) {}
}
