package dev.carillon.junit;

import dev.carillon.engine.Engine;
import dev.carillon.engine.turn.EventSink;
import dev.carillon.engine.turn.Turn;
import dev.carillon.protocol.bytes.Bytes;
import dev.carillon.protocol.event.EventClass;
import dev.carillon.protocol.event.EventType;
import dev.carillon.server.CarillonServer;
import dev.carillon.server.ManualClock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * What happened to the keys of the server under test, in order. It hears the engine itself, so it
 * needs no subscription, misses nothing, and does not depend on {@code notify-keyspace-events}.
 * What {@code carillon-listener} keeps for itself is left out: keys of its own, and the groups of
 * feeds, and of the streams beside them, with their consumers, which come and go when a worker gets
 * round to it.
 *
 * <p>A cursor moves through the events: {@link #await} looks for one behind it and moves it behind
 * what it found, so that a test reads like a story. {@link #assertNone} looks only behind it.
 *
 * <pre>{@code
 * client.call("SET", "order:42", "unpaid", "EX", "1800");
 * events.skip();                                 // the story begins here
 * clock.advance(ofMinutes(29));
 * events.assertNone();
 * clock.advance(ofMinutes(1));
 * events.await(expired("order:*"));
 * }</pre>
 *
 * <p>Any thread.
 */
public final class TestEvents {

  /** How long {@link #await(EventPattern)} waits in real time, for what other threads do. */
  public static final Duration PATIENCE = Duration.ofSeconds(10);

  /** Chosen: far more than a test looks at; bounds the memory. */
  private static final int KEPT_MAX = 1 << 20;

  /**
   * Where a listener keeps what it needs itself, such as leases, which expire as the clock moves.
   */
  private static final Bytes LISTENERS = Bytes.of("carillon:own:");

  /** Behind the name of a feed: dead letters of a group that it reads again. */
  private static final String REDRIVEN = ":redrive:";

  /** Who reads a stream: of a feed that is its workers' business. */
  private static final Set<EventType> READERS =
      EnumSet.of(
          EventType.XGROUP_CREATE,
          EventType.XGROUP_SETID,
          EventType.XGROUP_DESTROY,
          EventType.XGROUP_CREATECONSUMER,
          EventType.XGROUP_DELCONSUMER);

  /** How many events a failure shows. */
  private static final int SHOWN = 20;

  private final CarillonServer server;
  private final ManualClock clock;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition happens = lock.newCondition();
  private final List<TestEvent> happened = new ArrayList<>();
  private int cursor;
  private boolean overfull;

  TestEvents(CarillonServer server, ManualClock clock) {
    this.server = server;
    this.clock = clock;
    server.onEngine(engine -> engine.hear(new Tap(engine)));
  }

  /** Runs on the engine's thread. */
  private final class Tap implements EventSink {

    private final Engine engine;
    private @Nullable Turn turn;

    Tap(Engine engine) {
      this.engine = engine;
    }

    @Override
    public void attach(Turn attached) {
      turn = attached;
    }

    @Override
    public int interest() {
      int all = 0;
      for (EventClass one : EventClass.values()) {
        all |= one.bit();
      }
      return all;
    }

    @Override
    public int subkeyInterest() {
      return interest();
    }

    @Override
    public void onEvent(int db, EventType type, Bytes key, List<Bytes> subkeys) {
      if (key.startsWith(LISTENERS) || READERS.contains(type) && isOfFeed(db, key)) {
        return;
      }
      long now = turn == null ? clock.millis() : turn.nowMillis();
      List<Bytes> fields = subkeys.stream().map(Bytes::copy).toList();
      TestEvent event = new TestEvent(type, db, key.copy(), fields, now);
      lock.lock();
      try {
        if (happened.size() == KEPT_MAX) {
          overfull = true;
        } else {
          happened.add(event);
        }
        happens.signalAll();
      } finally {
        lock.unlock();
      }
    }

    /**
     * Whether a key is a feed, one of its partitions, or the stream of a group beside it with dead
     * letters that are to be handled again.
     */
    private boolean isOfFeed(int db, Bytes key) {
      if (engine.isFeed(db, key)) {
        return true;
      }
      String name = key.toString();
      int end = name.lastIndexOf(REDRIVEN);
      return end > 0
          && (engine.isFeed(db, Bytes.of(name.substring(0, end)))
              || engine.isFeed(db, Bytes.of(name.substring(0, end) + ":0")));
    }

    @Override
    public void onCommitted(Turn committed) {}
  }

  // ------------------------------------------------------------------------------------- waiting

  /**
   * Waits until such an event has happened behind the cursor, and moves the cursor behind it.
   *
   * @return the event
   * @throws AssertionError if there is none within {@link #PATIENCE} of real time, with what did
   *     happen
   */
  public TestEvent await(EventPattern wanted) {
    return await(wanted, PATIENCE);
  }

  /** As {@link #await(EventPattern)}, with another patience. */
  public TestEvent await(EventPattern wanted, Duration patience) {
    long nanos = patience.toNanos();
    lock.lock();
    try {
      int at = cursor;
      while (true) {
        for (; at < happened.size(); at++) {
          if (wanted.matches(happened.get(at))) {
            cursor = at + 1;
            return happened.get(at);
          }
        }
        refuseOverfull();
        if (nanos <= 0) {
          throw new AssertionError(
              "expected " + wanted + " within " + patience.toMillis() + " ms, but " + story());
        }
        nanos = happens.awaitNanos(nanos);
        at = cursor; // Another thread may have moved it.
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError("interrupted while waiting for " + wanted, e);
    } finally {
      lock.unlock();
    }
  }

  // ----------------------------------------------------------------------------------- asserting

  /**
   * Nothing has happened behind the cursor. Every deadline that the clock has passed is met before
   * this looks; what other clients have sent and the server has not read yet does not count.
   *
   * @throws AssertionError with what did happen
   */
  public void assertNone() {
    assertNone(EventPattern.anything("*"));
  }

  /** As {@link #assertNone()}, for such events only. */
  public void assertNone(EventPattern unwanted) {
    settle();
    lock.lock();
    try {
      refuseOverfull();
      for (TestEvent event : happened.subList(cursor, happened.size())) {
        if (unwanted.matches(event)) {
          throw new AssertionError("expected no event like " + unwanted + ", but " + story());
        }
      }
    } finally {
      lock.unlock();
    }
  }

  // --------------------------------------------------------------------------------------- moving

  /** Moves the cursor to the end: what has happened so far is of no interest any more. */
  public void skip() {
    settle();
    lock.lock();
    try {
      happened.clear();
      cursor = 0;
      overfull = false;
    } finally {
      lock.unlock();
    }
  }

  /** What has happened since the start or the last {@link #skip}, whether or not it was awaited. */
  public List<TestEvent> list() {
    settle();
    lock.lock();
    try {
      refuseOverfull();
      return List.copyOf(happened);
    } finally {
      lock.unlock();
    }
  }

  /** Waits until the engine has met every deadline that the clock has passed. */
  private void settle() {
    long started = System.nanoTime();
    boolean[] behind = {true};
    while (behind[0]) {
      server.onEngine(engine -> behind[0] = engine.nextDeadlineMillis() <= clock.millis());
      if (behind[0] && System.nanoTime() - started > PATIENCE.toNanos()) {
        throw new AssertionError("deadlines that have passed are not met: is expiry switched off?");
      }
    }
  }

  private void refuseOverfull() {
    if (overfull) {
      throw new IllegalStateException(
          "more than "
              + KEPT_MAX
              + " events happened since the last skip(); call skip() more often");
    }
  }

  private String story() {
    int size = happened.size();
    if (cursor == size) {
      return "nothing happened";
    }
    StringBuilder text = new StringBuilder("what happened is:");
    int from = Math.max(cursor, size - SHOWN);
    if (from > cursor) {
      text.append("\n  … ").append(from - cursor).append(" before these");
    }
    happened.subList(from, size).forEach(event -> text.append("\n  ").append(event));
    return text.toString();
  }
}
