package dev.carillon.listener;

import java.util.concurrent.Flow;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;

/**
 * {@link Signals} for reactive code: each subscriber has signals of its own, which a virtual thread
 * takes as they are requested. What is not requested waits in the queue, and becomes a gap there.
 */
final class SignalPublisher implements Flow.Publisher<Signal> {

  private final Supplier<Signals> opening;

  SignalPublisher(Supplier<Signals> opening) {
    this.opening = opening;
  }

  @Override
  public void subscribe(Flow.Subscriber<? super Signal> subscriber) {
    Demand demand = new Demand();
    subscriber.onSubscribe(demand);
    Thread.ofVirtual().name("carillon-publisher").start(() -> publish(subscriber, demand));
  }

  private void publish(Flow.Subscriber<? super Signal> subscriber, Demand demand) {
    try (Signals signals = opening.get()) {
      demand.cancelling(signals::close);
      while (demand.await()) {
        Signal signal = signals.next();
        if (signal == null || demand.isCancelled()) {
          break;
        }
        subscriber.onNext(signal);
      }
      if (!demand.isCancelled()) {
        subscriber.onComplete();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (RuntimeException e) {
      subscriber.onError(e);
    }
  }

  /** How many signals the subscriber wants. */
  private static final class Demand implements Flow.Subscription {

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final AtomicBoolean cancelled = new AtomicBoolean();
    private Runnable cancelling = () -> {};
    private long wanted;
    private boolean refused;

    void cancelling(Runnable work) {
      lock.lock();
      try {
        cancelling = work;
      } finally {
        lock.unlock();
      }
      if (isCancelled()) {
        work.run();
      }
    }

    boolean isCancelled() {
      return cancelled.get();
    }

    /** Waits until something is wanted and counts it; false if nothing is wanted any more. */
    boolean await() throws InterruptedException {
      lock.lock();
      try {
        while (wanted == 0 && !isCancelled() && !refused) {
          changed.await();
        }
        if (refused) {
          throw new IllegalArgumentException("a request is for one signal or more");
        }
        if (wanted != Long.MAX_VALUE) {
          wanted--;
        }
        return !isCancelled();
      } finally {
        lock.unlock();
      }
    }

    @Override
    public void request(long count) {
      lock.lock();
      try {
        refused |= count <= 0;
        wanted = count > Long.MAX_VALUE - wanted ? Long.MAX_VALUE : wanted + Math.max(0, count);
        changed.signalAll();
      } finally {
        lock.unlock();
      }
    }

    @Override
    public void cancel() {
      Runnable work;
      cancelled.set(true);
      lock.lock();
      try {
        work = cancelling;
        changed.signalAll();
      } finally {
        lock.unlock();
      }
      work.run();
    }
  }
}
