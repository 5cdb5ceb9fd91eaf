package dev.carillon.server.transport;

import io.netty.channel.SelectStrategy;
import io.netty.util.IntSupplier;
import java.util.function.LongSupplier;

/**
 * Goes on looking at the sockets for a moment before the loop's thread sleeps, where that pays.
 *
 * <p>Who sends to a server that sleeps has to wake it: on a virtual machine that is an interrupt
 * from one processor to another, which costs the sender some ten microseconds, more than sending
 * sixteen commands. A server that is a little faster than its clients sleeps between any two of
 * them, and makes them slower than a slow one would: they wait for it, then it has to wake them,
 * and both take turns at sleeping. Measured with {@code redis-benchmark -P 16} ({@code
 * docs/decisions/0003-what-makes-it-fast.md}).
 *
 * <p>Looking costs processor time, so it is bounded twice. It ends after {@link #NANOS_MAX}. And
 * where it was in vain the next sleeps are not put off at all, twice as many each time, up to
 * {@link #SLEEPS_MAX}: a server with little to do hardly ever looks. Deadlines and tasks are met
 * meanwhile, because the loop runs them between any two looks.
 *
 * <p>One for each loop, called by its thread only.
 */
final class LingeringSelect implements SelectStrategy {

  /** Chosen: as long as a client takes to read the replies of some twenty connections. */
  static final long NANOS_MAX = 100_000;

  /** Chosen: where it is in vain, two microseconds of looking for each time the thread sleeps. */
  static final int SLEEPS_MAX = 63;

  private static final int LOOK_LATER = 0;

  private final LongSupplier ticker;

  /** Whether the last look found nothing and sleeping was put off. */
  private boolean lingering;

  private long sinceNanos;

  /** How many sleeps were not put off after the last time that it was in vain. */
  private int sleeps;

  /** How many are not put off from now on. */
  private int sleepsLeft;

  /**
   * A strategy that has not looked yet.
   *
   * @param ticker monotonic nanoseconds
   */
  LingeringSelect(LongSupplier ticker) {
    this.ticker = ticker;
  }

  @Override
  public int calculateStrategy(IntSupplier look, boolean hasTasks) throws Exception {
    int ready = look.get();
    if (ready > 0) {
      if (lingering) {
        lingering = false;
        sleeps = 0;
      }
      return ready;
    }
    if (hasTasks) {
      return LOOK_LATER;
    }
    if (!lingering) {
      if (sleepsLeft > 0) {
        sleepsLeft--;
        return SELECT;
      }
      lingering = true;
      sinceNanos = ticker.getAsLong();
      return LOOK_LATER;
    }
    if (ticker.getAsLong() - sinceNanos < NANOS_MAX) {
      return LOOK_LATER;
    }
    lingering = false;
    sleeps = Math.min(SLEEPS_MAX, 2 * sleeps + 1);
    sleepsLeft = sleeps;
    return SELECT;
  }
}
