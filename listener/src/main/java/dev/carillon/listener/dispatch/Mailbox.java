package dev.carillon.listener.dispatch;

import dev.carillon.listener.Gap;
import dev.carillon.listener.KeyEvent;
import dev.carillon.listener.Signal;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * A bounded queue of signals between the thread of a connection, which must never wait, and whoever
 * handles them. What does not fit is counted into one gap that takes the place of what is missing,
 * so nothing is dropped silently and the memory stays bounded: gaps that follow each other are one,
 * so there are at most as many gaps as events, and one more.
 *
 * <p>Any thread. The lock is held for a few instructions; a {@code BlockingQueue} would not know
 * that a full queue has to become a gap at this place.
 */
public final class Mailbox {

  /** What could not be kept, while more may be added to it. */
  private static final class Overflow {

    private final Instant from;
    private Instant until;
    private long missed;

    Overflow(Instant from) {
      this.from = from;
      this.until = from;
    }

    Gap gap() {
      return new Gap(Gap.Reason.OVERLOADED, from, until, missed);
    }
  }

  private final int capacity;
  private final Counters counters;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition notEmpty = lock.newCondition();

  /** Of {@link KeyEvent}, {@link Gap} and {@link Overflow}. */
  private final ArrayDeque<Object> signals = new ArrayDeque<>();

  private int events;
  private boolean closed;

  /** A queue for up to {@code capacity} events. */
  public Mailbox(int capacity, Counters counters) {
    this.capacity = capacity;
    this.counters = counters;
  }

  /** Adds an event, or counts it as missing if there is no room. Never waits. */
  public void offer(KeyEvent event) {
    offer(List.of(event));
  }

  /** As {@link #offer(KeyEvent)}, for events that came in together: whoever waits is woken once. */
  public void offer(List<KeyEvent> some) {
    lock.lock();
    try {
      if (closed || some.isEmpty()) {
        return;
      }
      counters.onHeard(some.size());
      for (int i = 0; i < some.size(); i++) {
        KeyEvent event = some.get(i);
        if (events < capacity) {
          signals.add(event);
          events++;
        } else {
          miss(event);
        }
      }
      notEmpty.signal();
    } finally {
      lock.unlock();
    }
  }

  private void miss(KeyEvent event) {
    counters.onMissed();
    Overflow overflow;
    if (signals.peekLast() instanceof Overflow last) {
      overflow = last;
    } else {
      overflow = new Overflow(event.at());
      addGap(overflow);
    }
    overflow.missed++;
    overflow.until = event.at();
  }

  /** Adds a gap; there is always room for one. Never waits. */
  public void offer(Gap gap) {
    lock.lock();
    try {
      if (!closed) {
        addGap(gap);
      }
    } finally {
      lock.unlock();
    }
  }

  private void addGap(Object gap) {
    Object last = signals.peekLast();
    if (gap instanceof Gap next && last instanceof Gap before) {
      signals.removeLast();
      signals.add(before.with(next));
    } else if (gap instanceof Gap next && last instanceof Overflow before) {
      signals.removeLast();
      signals.add(before.gap().with(next));
    } else {
      signals.add(gap);
    }
    if (!(gap instanceof Gap(Gap.Reason reason, var from, var until, var missed))
        || reason != Gap.Reason.STARTED) {
      counters.onGap();
    }
    notEmpty.signal();
  }

  /**
   * Takes the next signal and waits for one if there is none.
   *
   * @return null if the mailbox is closed
   */
  public @Nullable Signal take() throws InterruptedException {
    lock.lockInterruptibly();
    try {
      while (signals.isEmpty() && !closed) {
        notEmpty.await();
      }
      return poll();
    } finally {
      lock.unlock();
    }
  }

  /**
   * As {@link #take()}, and waits for a time only.
   *
   * @return null if the time is over or the mailbox is closed
   */
  public @Nullable Signal take(Duration patience) throws InterruptedException {
    long nanos = patience.toNanos();
    lock.lockInterruptibly();
    try {
      while (signals.isEmpty() && !closed && nanos > 0) {
        nanos = notEmpty.awaitNanos(nanos);
      }
      return poll();
    } finally {
      lock.unlock();
    }
  }

  /**
   * Takes what there is, in order and up to so many, and waits for something if there is nothing.
   *
   * @return false if the mailbox is closed
   */
  boolean take(Collection<Signal> target, int max) throws InterruptedException {
    lock.lockInterruptibly();
    try {
      while (signals.isEmpty() && !closed) {
        notEmpty.await();
      }
      for (int i = 0; i < max; i++) {
        Signal next = poll();
        if (next == null) {
          break;
        }
        target.add(next);
      }
      return !closed;
    } finally {
      lock.unlock();
    }
  }

  private @Nullable Signal poll() {
    if (closed) {
      return null;
    }
    Object next = signals.poll();
    if (next instanceof KeyEvent event) {
      events--;
      return event;
    }
    return next instanceof Overflow overflow ? overflow.gap() : (Gap) next;
  }

  /** How many signals wait. */
  public int size() {
    lock.lock();
    try {
      return signals.size();
    } finally {
      lock.unlock();
    }
  }

  /** Whether nothing comes any more. */
  public boolean isClosed() {
    lock.lock();
    try {
      return closed;
    } finally {
      lock.unlock();
    }
  }

  /** Ends it: what still waits is dropped, and whoever waits for a signal gets none. */
  public void close() {
    lock.lock();
    try {
      closed = true;
      signals.clear();
      notEmpty.signalAll();
    } finally {
      lock.unlock();
    }
  }
}
