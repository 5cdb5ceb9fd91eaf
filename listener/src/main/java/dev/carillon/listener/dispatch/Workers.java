package dev.carillon.listener.dispatch;

import dev.carillon.listener.Gap;
import dev.carillon.listener.Handler;
import dev.carillon.listener.KeyEvent;
import dev.carillon.listener.Retry;
import dev.carillon.protocol.bytes.Bytes;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs handlers: events of one key one after the other in their order, also while one of them waits
 * for its next attempt; events of different keys at the same time, up to a limit.
 *
 * <p>A key that has something to do has one virtual thread, which ends when the key has nothing to
 * do any more. Two limits bound what is under way: {@code concurrency} handlers run, and a few
 * times as many events are admitted, which are those that run, wait behind their key, or wait for
 * their next attempt. {@link #submit} waits while that is so; that is what fills the queue before
 * it.
 */
public final class Workers {

  private static final Logger LOG = LoggerFactory.getLogger(Workers.class);

  /** Chosen: room for keys whose events wait for their next attempt, beside those that run. */
  private static final int ADMITTED_PER_RUNNING = 4;

  /** Chosen, so that a retry with a low concurrency does not stop everything at once. */
  private static final int ADMITTED_MIN = 64;

  private record Name(int database, Bytes key) {}

  private static final class Task {

    private final Name name;
    private final KeyEvent event;
    private final Outcome outcome;
    private @Nullable Task next;

    /** What the first attempt threw, where it was made before this was taken on; else null. */
    private @Nullable Throwable failure;

    /** Whether it was handled before this was taken on. */
    private boolean done;

    Task(KeyEvent event, Outcome outcome) {
      this.name = new Name(event.database(), event.key());
      this.event = event;
      this.outcome = outcome;
    }
  }

  private final String subscription;
  private final Handler handler;
  private final Consumer<Gap> gaps;
  private final Retry retry;
  private final Counters counters;
  private final Semaphore running;
  private final Semaphore admitted;
  private final int admittedMax;
  private final ThreadFactory threads;
  private final Set<Thread> busy = ConcurrentHashMap.newKeySet();
  private final CountDownLatch stopping = new CountDownLatch(1);
  private final LongAdder handlings = new LongAdder();
  private final LongAdder handlingNanos = new LongAdder();

  /** Guards the chains; a lock, because the end of a chain and its next task must not miss. */
  private final ReentrantLock lock = new ReentrantLock();

  /** The last task of each key that has something to do. */
  private final Map<Name, Task> lasts = new HashMap<>();

  /**
   * Workers of one subscription.
   *
   * @param concurrency how many handlers may run at the same time
   * @param admittedMax how many events may be under way; raised to a few times the concurrency
   * @param gaps what is done about a gap
   */
  public Workers(
      String subscription,
      Handler handler,
      Consumer<Gap> gaps,
      Retry retry,
      int concurrency,
      int admittedMax,
      Counters counters) {
    this.subscription = subscription;
    this.handler = handler;
    this.gaps = gaps;
    this.retry = retry;
    this.counters = counters;
    running = new Semaphore(concurrency);
    this.admittedMax =
        Math.max(admittedMax, Math.max(ADMITTED_MIN, concurrency * ADMITTED_PER_RUNNING));
    admitted = new Semaphore(this.admittedMax);
    threads = Thread.ofVirtual().name("carillon-" + subscription + "-", 0).factory();
  }

  /** Takes an event on; waits while too many are under way. Does nothing once it stops. */
  public void submit(KeyEvent event, Outcome outcome) throws InterruptedException {
    admitted.acquire();
    if (stopping.getCount() == 0) {
      admitted.release();
      outcome.onLeft(event);
      return;
    }
    submit(new Task(event, outcome));
  }

  /** As {@link #submit}, for an event whose first attempt was made by whoever submits it. */
  void submitFailed(KeyEvent event, Throwable failure) throws InterruptedException {
    admitted.acquire();
    Task task = new Task(event, Outcome.NONE);
    task.failure = failure;
    submit(task);
  }

  private void submit(Task task) {
    Task before;
    lock.lock();
    try {
      before = lasts.put(task.name, task);
      if (before != null) {
        before.next = task;
      }
    } finally {
      lock.unlock();
    }
    if (before == null) {
      threads.newThread(() -> run(task)).start();
    }
  }

  // --------------------------------------------------------- handling on the thread that submits

  /** Whether nothing is under way, so that no key has to wait. */
  boolean isIdle() {
    return admitted.availablePermits() == admittedMax;
  }

  /** Whether it stops, so that nothing begins any more. */
  boolean isStopping() {
    return stopping.getCount() == 0;
  }

  void awaitStop() throws InterruptedException {
    stopping.await();
  }

  /** How long handlers took since the last question, on average; 0 if none ran. */
  long averageNanos() {
    long runs = handlings.sumThenReset();
    long nanos = handlingNanos.sumThenReset();
    return runs == 0 ? 0 : nanos / runs;
  }

  /**
   * Handles an event for the first time, on this thread, while nothing else is under way.
   *
   * @return what the handler threw, or null if it returned
   */
  @Nullable Throwable handleHere(KeyEvent event, long nowMillis) {
    counters.onBegunHere(nowMillis - event.at().toEpochMilli());
    try {
      handler.on(event);
      return null;
    } catch (Exception | Error e) {
      return e;
    }
  }

  /** What was handled here has ended, and was not adopted. */
  void onEndedHere(boolean isHandled) {
    counters.onEndedHere(isHandled);
  }

  /** An event that another thread handles, as if it had been submitted. */
  static final class Adopted {
    private final Task task;

    private Adopted(Task task) {
      this.task = task;
    }
  }

  /**
   * Takes on an event that {@code thread} handles already, unless it has just ended.
   *
   * @param confirmed called last; answers whether it has not ended
   * @return null if it has
   */
  @Nullable Adopted adopt(KeyEvent event, Thread thread, Predicate<Adopted> confirmed) {
    lock.lock();
    try {
      if (!admitted.tryAcquire()) {
        return null;
      }
      if (running.tryAcquire()) {
        Adopted adopted = new Adopted(new Task(event, Outcome.NONE));
        if (lasts.putIfAbsent(adopted.task.name, adopted.task) == null) {
          busy.add(thread);
          if (confirmed.test(adopted)) {
            counters.onAdopted();
            return adopted;
          }
          busy.remove(thread);
          lasts.remove(adopted.task.name);
        }
        running.release();
      }
      admitted.release();
      return null;
    } finally {
      lock.unlock();
    }
  }

  /**
   * The first attempt at an adopted event has ended, on the thread that calls this: it goes on with
   * the event and its key.
   */
  void resume(Adopted adopted, @Nullable Throwable failure) {
    adopted.task.failure = failure;
    adopted.task.done = failure == null;
    counters.onEnded();
    if (failure == null) {
      counters.onHandled();
    }
    running.release();
    run(adopted.task);
  }

  // ----------------------------------------------------------------------------------------------

  /**
   * Tells about a gap, here and now, and tries again as with events. Events that were taken on
   * before may still be under way.
   */
  public void tell(Gap gap) throws InterruptedException {
    for (int attempt = 1; ; attempt++) {
      try {
        gaps.accept(gap);
        return;
      } catch (RuntimeException | Error e) {
        Duration delay = retry.delayAfter(attempt);
        if (delay == null) {
          counters.onFailed();
          LOG.error(
              "{}: {} was not handled; what was missed is not made up for", subscription, gap, e);
          return;
        }
        counters.onRetried();
        if (stopping.await(delay.toNanos(), TimeUnit.NANOSECONDS)) {
          return;
        }
      }
    }
  }

  private void run(Task first) {
    Thread thread = Thread.currentThread();
    busy.add(thread);
    try {
      for (Task task = first; task != null; task = after(task)) {
        boolean settled = task.done;
        try {
          settled = settled || handle(task);
        } catch (InterruptedException e) {
          // The patience of a close is over; what is not done is not done.
        } catch (RuntimeException | Error e) {
          LOG.error("{}: a defect while {} was handled", subscription, task.event, e);
        } finally {
          if (!settled) {
            task.outcome.onLeft(task.event);
          }
          admitted.release();
        }
      }
    } finally {
      busy.remove(thread);
    }
  }

  /** What the key has to do next; null once it is idle, and its thread ends. */
  private @Nullable Task after(Task task) {
    lock.lock();
    try {
      if (task.next == null) {
        lasts.remove(task.name);
      }
      return task.next;
    } finally {
      lock.unlock();
    }
  }

  /** Handles an event as often as it takes; answers whether the outcome was told. */
  private boolean handle(Task task) throws InterruptedException {
    KeyEvent event = task.event;
    Outcome outcome = task.outcome;
    Throwable before = task.failure;
    for (int attempt = event.attempt(); ; attempt++) {
      if (stopping.getCount() == 0) {
        return false;
      }
      KeyEvent now = event.attempt(attempt);
      Throwable failure = before;
      before = null;
      if (failure == null) {
        if (!outcome.mayBegin(now)) {
          return false;
        }
        failure = attempt(now, outcome);
      }
      if (failure == null) {
        return true;
      }
      Duration delay = retry.delayAfter(attempt);
      if (delay == null) {
        counters.onFailed();
        LOG.warn("{}: {} is given up at attempt {}", subscription, now, attempt, failure);
        outcome.onGivenUp(now, failure);
        return true;
      }
      LOG.debug("{}: {} is tried again in {}", subscription, now, delay, failure);
      if (stopping.await(delay.toNanos(), TimeUnit.NANOSECONDS)) {
        return false;
      }
      counters.onRetried();
    }
  }

  /** Handles an event once; answers what the handler threw, or null if it returned. */
  private @Nullable Throwable attempt(KeyEvent event, Outcome outcome) throws InterruptedException {
    running.acquire();
    counters.onBegun(System.currentTimeMillis() - event.at().toEpochMilli());
    long started = System.nanoTime();
    try {
      handler.on(event);
    } catch (InterruptedException e) {
      if (stopping.getCount() == 0) {
        throw e;
      }
      return e;
    } catch (Exception | Error e) {
      return e;
    } finally {
      handlingNanos.add(System.nanoTime() - started);
      handlings.increment();
      counters.onEnded();
      running.release();
    }
    counters.onHandled();
    outcome.onHandled(event);
    return null;
  }

  /** Nothing begins any more. */
  void stop() {
    stopping.countDown();
  }

  /**
   * Begins to stop: nothing is taken on any more, and what waits for its next attempt is left.
   * Waits for what runs, unless it is what runs that asks, then interrupts it.
   */
  public void close(Duration patience) {
    stop();
    if (busy.contains(Thread.currentThread())) {
      return;
    }
    boolean idle = false;
    try {
      idle = admitted.tryAcquire(admittedMax, patience.toNanos(), TimeUnit.NANOSECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    if (idle) {
      admitted.release(admittedMax);
    } else {
      busy.forEach(Thread::interrupt);
    }
  }
}
