package dev.carillon.listener;

import java.util.concurrent.Flow;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What can be taken one by one, for reactive code: each subscriber has a source of its own, from
 * which a virtual thread takes one item for each that is requested, and none ahead. Nothing is held
 * here between the source and the subscriber.
 *
 * <p>Signals reach a subscriber one after the other. A cancellation, and a request for nothing,
 * also end a wait for the next item. What is taken at the moment of a cancellation and can not be
 * given any more is given back.
 *
 * @param <T> what is taken
 */
final class PullPublisher<T> implements Flow.Publisher<T> {

  private static final Logger LOG = LoggerFactory.getLogger(PullPublisher.class);

  /** What a subscriber takes from. */
  interface Source<T> {

    /** Waits for the next item; null if the source is closed. */
    @Nullable T next() throws InterruptedException;

    /** Takes an item back whose taker threw {@code cause}; null if nobody got it. */
    default void giveBack(T item, @Nullable Throwable cause) {}

    /** Ends it, and lets whoever waits go on. May wait; any thread; idempotent. */
    void close();
  }

  private final Supplier<Source<T>> opening;

  /**
   * A publisher that opens a source for each subscriber.
   *
   * @param opening may wait, and may throw, which the subscriber is told as an error
   */
  PullPublisher(Supplier<Source<T>> opening) {
    this.opening = opening;
  }

  @Override
  public void subscribe(Flow.Subscriber<? super T> subscriber) {
    Pull pull = new Pull(subscriber);
    subscriber.onSubscribe(pull);
    Thread.ofVirtual().name("carillon-publisher").start(pull);
  }

  /** One subscriber's time. */
  private final class Pull implements Flow.Subscription, Runnable {

    private final Flow.Subscriber<? super T> subscriber;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();

    // Guarded by the lock.

    private @Nullable Source<T> source;
    private long wanted;
    private boolean cancelled;
    private boolean refused;

    Pull(Flow.Subscriber<? super T> subscriber) {
      this.subscriber = subscriber;
    }

    @Override
    public void run() {
      Throwable error = null;
      try {
        Source<T> opened = isOver() ? null : opening.get();
        if (opened != null) {
          try {
            pull(opened);
          } finally {
            opened.close();
          }
        }
      } catch (InterruptedException | RuntimeException e) {
        error = e;
      }
      end(error);
    }

    private void pull(Source<T> opened) throws InterruptedException {
      if (!isTakenOn(opened)) {
        return;
      }
      while (isWanted()) {
        T item = opened.next();
        if (item == null) {
          return;
        }
        if (isOver()) {
          opened.giveBack(item, null);
          return;
        }
        try {
          subscriber.onNext(item);
        } catch (RuntimeException | Error e) {
          // Whoever throws here wants nothing more: the rules know no other answer.
          LOG.error("a subscriber threw at {}, and is not told anything any more", item, e);
          opened.giveBack(item, e);
          cancel();
          return;
        }
      }
    }

    private void end(@Nullable Throwable error) {
      boolean isRefused;
      lock.lock();
      try {
        if (cancelled) {
          return;
        }
        cancelled = true;
        isRefused = refused;
      } finally {
        lock.unlock();
      }
      if (isRefused) {
        subscriber.onError(new IllegalArgumentException("a request is for one item or more"));
      } else if (error != null) {
        subscriber.onError(error);
      } else {
        subscriber.onComplete();
      }
    }

    private boolean isTakenOn(Source<T> opened) {
      lock.lock();
      try {
        source = opened;
        return !cancelled && !refused;
      } finally {
        lock.unlock();
      }
    }

    private boolean isOver() {
      lock.lock();
      try {
        return cancelled || refused;
      } finally {
        lock.unlock();
      }
    }

    /** Waits until something is wanted and counts it; false if nothing is wanted any more. */
    private boolean isWanted() throws InterruptedException {
      lock.lock();
      try {
        while (wanted == 0 && !cancelled && !refused) {
          changed.await();
        }
        if (wanted != Long.MAX_VALUE) {
          wanted--;
        }
        return !cancelled && !refused;
      } finally {
        lock.unlock();
      }
    }

    @Override
    public void request(long count) {
      lock.lock();
      try {
        if (count <= 0) {
          refused = true;
          interrupt();
        } else {
          wanted = count > Long.MAX_VALUE - wanted ? Long.MAX_VALUE : wanted + count;
        }
        changed.signalAll();
      } finally {
        lock.unlock();
      }
    }

    @Override
    public void cancel() {
      lock.lock();
      try {
        if (!cancelled) {
          cancelled = true;
          interrupt();
        }
        changed.signalAll();
      } finally {
        lock.unlock();
      }
    }

    /** Ends a wait for the next item; on another thread, since closing may wait for handlers. */
    private void interrupt() {
      Source<T> opened = source;
      if (opened != null) {
        Thread.ofVirtual().name("carillon-publisher-close").start(opened::close);
      }
    }
  }
}
