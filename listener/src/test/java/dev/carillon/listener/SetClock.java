package dev.carillon.listener;

import dev.carillon.server.Clock;
import dev.carillon.server.SystemClock;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;

/** The machine's clock, except that somebody sets it now and then, as operators do. Any thread. */
final class SetClock implements Clock {

  private final Clock machine = new SystemClock();
  private final AtomicLong ahead = new AtomicLong();
  private final List<Runnable> listeners = new CopyOnWriteArrayList<>();

  /** The clock for the next server, which shows the same. */
  SetClock forNext() {
    SetClock next = new SetClock();
    next.ahead.set(ahead.get());
    return next;
  }

  /** Sets it forward, or back if the duration is negative. */
  void set(Duration forward) {
    ahead.addAndGet(forward.toMillis());
    listeners.forEach(Runnable::run);
  }

  @Override
  public long millis() {
    return machine.millis() + ahead.get();
  }

  @Override
  public long nanosUntil(long deadlineMillis) {
    return machine.nanosUntil(deadlineMillis - ahead.get());
  }

  @Override
  public long ticker() {
    return machine.ticker();
  }

  @Override
  public void onMoved(Runnable listener) {
    listeners.add(listener);
  }
}
