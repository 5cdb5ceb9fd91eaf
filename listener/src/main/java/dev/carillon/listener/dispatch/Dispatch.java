package dev.carillon.listener.dispatch;

import dev.carillon.listener.Gap;
import dev.carillon.listener.KeyEvent;
import dev.carillon.listener.Signal;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes signals from a mailbox and has them handled, in the order that {@link Workers} promise.
 *
 * <p>A thread for each event costs more than a quick handler does. So the thread that takes events,
 * the leader, handles them itself, one after the other, as long as nothing is under way elsewhere
 * and handlers turn out to be quick. A handler that is not back when the {@link Watch} has looked
 * twice is adopted by the workers as if it had been submitted, and a new leader goes on behind it.
 * Handlers that are slow are submitted from then on, until they turn out to be quick again.
 *
 * <p>What a leader has taken belongs to it until somebody takes the event away from it that it
 * handles: that is one compare-and-set, and whoever loses it leaves the rest alone.
 */
public final class Dispatch {

  private static final Logger LOG = LoggerFactory.getLogger(Dispatch.class);

  /** Chosen: enough to make the lock of the mailbox cheap, and few beside its capacity. */
  private static final int TAKEN_MAX = 64;

  /** Chosen: several times what a thread of its own costs an event. */
  private static final long QUICK_NANOS = 20_000;

  /**
   * Chosen: how long a leader rests at least between one time that it takes events and the next. An
   * event that comes alone never waits for that; one that follows others closely waits with those
   * that follow it. To wake a thread for each of them would cost more than to hear them. With half
   * of this the leader takes 0.38 µs of processor time per event instead of 0.25 (50,000 events per
   * second, fifty at once, by {@code schedstat}).
   */
  private static final long REST_NANOS = 2_000_000;

  /** Chosen: a handler that is at the same event at two looks so far apart is stuck. */
  private static final long STUCK_NANOS = 5_000_000;

  /**
   * Chosen: as long as nobody is found at work looks are less and less frequent, down to this: to
   * wake the watch costs as much as to handle a hundred events.
   */
  private static final long PACE_MAX_NANOS = 4 * STUCK_NANOS;

  /** Chosen: after so many events it is asked again whether handlers have become quick. */
  private static final int ASKED_EVERY = 256;

  private final String subscription;
  private final Mailbox mailbox;
  private final Workers workers;
  private final Outcome outcome;
  private volatile Leader leader;

  /** Whether the watch looks after this; set by the leader, cleared by the watch. */
  private volatile boolean watched;

  /** Whether handlers are worth no thread of their own. */
  private volatile boolean quick;

  // The watch's own.

  private @Nullable KeyEvent seen;
  private long seenCount;

  /** When the watch looks again, unless there was nothing to look after. */
  private long lookAt;

  private boolean isLookedAt;
  private long pace = STUCK_NANOS;

  /**
   * Does nothing yet.
   *
   * @param outcome who wants to know what becomes of the events; may make whoever asks wait, so
   *     that only events that nobody wants to know about are handled by a leader
   */
  public Dispatch(String subscription, Mailbox mailbox, Workers workers, Outcome outcome) {
    this.subscription = subscription;
    this.mailbox = mailbox;
    this.workers = workers;
    this.outcome = outcome;
    quick = outcome == Outcome.NONE;
    leader = new Leader(new ArrayDeque<>());
  }

  /** Begins to take signals. */
  public void start() {
    leader.start();
  }

  /** One thread's time as the one that takes signals. */
  private final class Leader implements Runnable {

    private final ArrayDeque<Signal> taken;

    /** The event that is handled here just now. */
    private final AtomicReference<@Nullable KeyEvent> here = new AtomicReference<>();

    /** Of the platform: its short sleeps cost a third of what those of a virtual one cost. */
    private final Thread thread =
        Thread.ofPlatform().daemon().name("carillon-" + subscription + "-dispatch").unstarted(this);

    private Workers.@Nullable Adopted adopted;

    /** How many events were handled here. */
    private final AtomicLong count = new AtomicLong();

    private long nowMillis;

    Leader(ArrayDeque<Signal> taken) {
      this.taken = taken;
    }

    void start() {
      nowMillis = System.currentTimeMillis();
      thread.start();
    }

    @Override
    public void run() {
      try {
        int submitted = 0;
        boolean full = true;
        long started = System.nanoTime() - REST_NANOS;
        while (!taken.isEmpty() || isTaken(full, started)) {
          nowMillis = System.currentTimeMillis();
          started = System.nanoTime();
          full = taken.size() == TAKEN_MAX;
          int handled = 0;
          for (Signal signal = taken.poll(); signal != null; signal = taken.poll()) {
            switch (signal) {
              case Gap gap -> workers.tell(gap);
              case KeyEvent event -> {
                if (!quick || !workers.isIdle()) {
                  workers.submit(event, outcome);
                  submitted++;
                } else if (isHandledHere(event)) {
                  handled++;
                } else {
                  return;
                }
              }
            }
          }
          if (handled > 0 && (System.nanoTime() - started) / handled > QUICK_NANOS) {
            quick = false;
          }
          if (submitted >= ASKED_EVERY && outcome == Outcome.NONE) {
            quick = workers.averageNanos() < QUICK_NANOS / 2;
            submitted = 0;
          }
        }
      } catch (InterruptedException e) {
        LOG.debug("{}: closed", subscription);
      }
    }

    /** Takes what there is and waits for something; answers false at the end. */
    private boolean isTaken(boolean more, long last) throws InterruptedException {
      long rest = last + REST_NANOS - System.nanoTime();
      if (!more && rest > 0) {
        LockSupport.parkNanos(this, rest);
      }
      return mailbox.take(taken, TAKEN_MAX);
    }

    /** Handles an event; answers whether this is still the leader. */
    private boolean isHandledHere(KeyEvent event) throws InterruptedException {
      here.set(event);
      if (!watched) {
        watched = true;
        Watch.on(Dispatch.this);
      }
      // Behind the first line, so that either this sees the stop or the stop sees the event.
      Throwable failure =
          workers.isStopping()
              ? new InterruptedException("closed")
              : workers.handleHere(event, nowMillis);
      count.setOpaque(count.getPlain() + 1);
      // What a handler did to its own thread is not meant for the next one.
      boolean unused = Thread.interrupted();
      if (!here.compareAndSet(event, null)) {
        if (adopted != null) {
          workers.resume(adopted, failure);
        }
        return false;
      }
      workers.onEndedHere(failure == null);
      if (failure != null) {
        workers.submitFailed(event, failure);
      }
      return true;
    }

    /** Lets the workers have the event that is handled here; answers whether they have. */
    boolean isGivenUp(KeyEvent event) {
      return workers.adopt(
              event,
              thread,
              task -> {
                adopted = task;
                return here.compareAndSet(event, null);
              })
          != null;
    }
  }

  /**
   * Looks whether the leader is stuck, and replaces it then. The watch's thread.
   *
   * @return in how many nanoseconds to look again; 0 if there is nothing to look after until it is
   *     asked for
   */
  long look(long nowNanos) {
    if (isLookedAt && lookAt - nowNanos > 0) {
      return lookAt - nowNanos; // Somebody else woke the watch.
    }
    Leader now = leader;
    KeyEvent event = now.here.get();
    long count = now.count.getOpaque();
    if (event == null && count == seenCount) {
      watched = false;
      // Somebody may have begun meanwhile, who still saw that it is watched.
      event = now.here.get();
      if (event == null) {
        isLookedAt = false;
        seen = null;
        pace = STUCK_NANOS;
        return 0;
      }
      watched = true;
    }
    if (event != null && isSame(event, seen) && now.isGivenUp(event)) {
      LOG.debug("{}: a handler takes its time; others go on", subscription);
      quick = false;
      leader = new Leader(now.taken);
      leader.start();
      event = null;
    }
    pace = event != null || !isLookedAt ? STUCK_NANOS : Math.min(2 * pace, PACE_MAX_NANOS);
    seen = event;
    seenCount = count;
    isLookedAt = true;
    lookAt = nowNanos + pace;
    return pace;
  }

  /** The very same: another one may look like it. */
  @SuppressWarnings("ReferenceEquality")
  private static boolean isSame(KeyEvent event, @Nullable KeyEvent other) {
    return event == other;
  }

  /** Whether nothing begins any more. */
  public boolean isStopping() {
    return workers.isStopping();
  }

  /** Waits until nothing begins any more. */
  public void awaitStop() throws InterruptedException {
    workers.awaitStop();
  }

  /** Ends it: handlers that run may end within the patience, and are interrupted then. */
  public void close(Duration patience) {
    workers.stop();
    Leader now = leader;
    boolean handles = false;
    for (KeyEvent event = now.here.get(); event != null && !handles; event = now.here.get()) {
      handles = now.isGivenUp(event);
    }
    workers.close(patience);
    if (!handles) {
      // It waits for something, or tells about a gap; a handler is interrupted by the workers.
      leader.thread.interrupt();
    }
  }
}
