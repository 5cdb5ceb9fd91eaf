package dev.carillon.listener.dispatch;

import dev.carillon.listener.SubscriptionStats;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;

/** What a subscription counts. Any thread. */
public final class Counters {

  private final LongAdder heard = new LongAdder();
  private final LongAdder handled = new LongAdder();
  private final LongAdder failed = new LongAdder();
  private final LongAdder retried = new LongAdder();
  private final LongAdder gaps = new LongAdder();
  private final LongAdder missed = new LongAdder();
  private final AtomicInteger running = new AtomicInteger();

  // Written by the leader of a dispatch, one thread at a time, and read by anybody. To say this
  // costs nothing, where a counter for any thread costs as much as a quick handler.

  private volatile long handledHere;
  private volatile boolean isRunningHere;
  private volatile long lagMillis;

  private static final VarHandle HANDLED_HERE = field("handledHere", long.class);
  private static final VarHandle IS_RUNNING_HERE = field("isRunningHere", boolean.class);
  private static final VarHandle LAG_MILLIS = field("lagMillis", long.class);

  private static VarHandle field(String name, Class<?> type) {
    try {
      return MethodHandles.lookup().findVarHandle(Counters.class, name, type);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  /** All at 0. */
  public Counters() {}

  /** An event arrived that is wanted. */
  public void onHeard() {
    heard.increment();
  }

  void onHeard(int events) {
    heard.add(events);
  }

  void onMissed() {
    missed.increment();
  }

  void onGap() {
    gaps.increment();
  }

  void onBegun(long newLagMillis) {
    running.incrementAndGet();
    LAG_MILLIS.setOpaque(this, Math.max(0, newLagMillis));
  }

  /** A leader handles an event. */
  void onBegunHere(long newLagMillis) {
    IS_RUNNING_HERE.setOpaque(this, true);
    LAG_MILLIS.setOpaque(this, Math.max(0, newLagMillis));
  }

  /** A leader's handler has ended, and it is still the leader. */
  void onEndedHere(boolean isHandled) {
    IS_RUNNING_HERE.setOpaque(this, false);
    if (isHandled) {
      HANDLED_HERE.setOpaque(this, (long) HANDLED_HERE.getOpaque(this) + 1);
    }
  }

  /** What runs at a leader goes on as something that was submitted; nobody else writes now. */
  void onAdopted() {
    running.incrementAndGet();
    IS_RUNNING_HERE.setOpaque(this, false);
  }

  void onEnded() {
    running.decrementAndGet();
  }

  void onHandled() {
    handled.increment();
  }

  void onRetried() {
    retried.increment();
  }

  void onFailed() {
    failed.increment();
  }

  /** All of them now; each by itself, not at one moment. */
  public SubscriptionStats stats(int waiting) {
    return new SubscriptionStats(
        heard.sum(),
        handled.sum() + handledHere,
        failed.sum(),
        retried.sum(),
        gaps.sum(),
        missed.sum(),
        waiting,
        running.get() + (isRunningHere ? 1 : 0),
        lagMillis);
  }
}
