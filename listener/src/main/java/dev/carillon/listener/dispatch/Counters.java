package dev.carillon.listener.dispatch;

import dev.carillon.listener.SubscriptionStats;
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
  private volatile long lagMillis;

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
    lagMillis = Math.max(0, newLagMillis);
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
        handled.sum(),
        failed.sum(),
        retried.sum(),
        gaps.sum(),
        missed.sum(),
        waiting,
        running.get(),
        lagMillis);
  }
}
