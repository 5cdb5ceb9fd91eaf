package dev.carillon.server.loop;

import dev.carillon.engine.Engine;
import dev.carillon.engine.session.Peer;
import dev.carillon.engine.session.Session;
import dev.carillon.protocol.resp.Request;
import dev.carillon.server.Clock;
import io.netty.channel.EventLoop;
import io.netty.channel.SingleThreadEventLoop;
import io.netty.util.concurrent.ScheduledFuture;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The duty cycle of the one thread that owns the engine. It is Netty's event loop: sockets hand
 * their requests in, and after each batch of them the loop looks whether a deadline has come, sends
 * what there is to send, and parks until the next deadline, at most {@link #PARK_MILLIS_MAX}.
 *
 * <p>Deadlines share the thread fairly with clients: a sweep takes a bounded slice, then sockets
 * get their turn. All methods run on the loop's thread unless they say otherwise.
 */
public final class EngineLoop {

  /** Bounds how long a jump of the wall clock stays unnoticed. */
  public static final long PARK_MILLIS_MAX = 100;

  /** Chosen: about a millisecond of expiries, then clients are served. */
  private static final int SLICE = 1024;

  /** Chosen: a pipeline of this many commands takes some ten microseconds. */
  private static final int REQUESTS_PER_CLOCK_READING = 32;

  private final Engine engine;
  private final Clock clock;
  private final EventLoop thread;
  private final Lateness lateness;
  private @Nullable ScheduledFuture<?> alarm;
  private long alarmMillis = Long.MAX_VALUE;
  private long nowMillis;
  private int requestsSinceReading;
  private boolean stopped;
  private boolean roundEnding;
  private boolean messagesWaiting;
  private final Runnable sendMessages = this::sendMessages;
  private final Runnable executeMessages;
  private boolean workScheduled;
  private final Runnable work = this::work;
  private final Runnable endOfRound = this::endRound;

  /** A loop that is not started; {@code thread} runs nothing else. */
  public EngineLoop(Engine engine, Clock clock, EventLoop thread, Lateness lateness) {
    this.engine = engine;
    this.clock = clock;
    this.thread = thread;
    this.lateness = lateness;
    this.executeMessages = () -> thread.execute(sendMessages);
    engine.keyspace().sweptDeadlines(lateness::onExpired);
  }

  /** Starts looking after deadlines and housekeeping. Any thread, once. */
  public void start() {
    clock.onMoved(() -> thread.execute(this::onAlarm));
    thread.execute(
        () -> {
          readClock();
          scheduleMaintenance(PARK_MILLIS_MAX);
        });
  }

  /** Stops; no further turn begins. */
  public void stop() {
    stopped = true;
    cancelAlarm();
  }

  /** The engine that the loop owns; to be touched on the loop's thread only. */
  public Engine engine() {
    return engine;
  }

  /** The thread itself, for work that has to happen on it. */
  public EventLoop thread() {
    return thread;
  }

  // ------------------------------------------------------------------------------------ requests

  /** A connection came. */
  public Session open(Peer peer) {
    return engine.open(peer, readClock());
  }

  /** A connection went. */
  public void close(Session session) {
    engine.close(session);
  }

  /** Whether a client reads so slowly that it has to be closed. */
  public boolean isOutputTooLarge(Session session) {
    return engine.isOutputTooLarge(session, 0, nowMillis);
  }

  /** The time of the last look at the clock, in epoch milliseconds. */
  public long nowMillis() {
    return nowMillis;
  }

  /** Requests that arrived together follow. */
  public void beginBatch() {
    readClock();
    engine.dispatcher().startTicking();
  }

  /** Some requests of one session follow; {@link #endRun} ends them. */
  public void beginRun() {
    engine.dispatcher().beginRun();
  }

  /** The last of them was executed. */
  public void endRun(Session session) {
    engine.dispatcher().endRun(session);
  }

  /**
   * Executes one request of a batch.
   *
   * @return false if the session is paused and the request has to be offered again later
   */
  public boolean execute(Session session, Request request) {
    if (++requestsSinceReading >= REQUESTS_PER_CLOCK_READING) {
      readClock();
    }
    if (engine.isPaused(session, request, nowMillis)) {
      return false;
    }
    engine.execute(session, request, nowMillis);
    return true;
  }

  /**
   * What arrived together is executed: deadlines that came meanwhile are met at once, output leaves
   * when the other sockets that are ready have been read too.
   */
  public void endBatch() {
    resume(engine.resumable(nowMillis));
    resumeUnblocked();
    if (engine.nextDeadlineMillis() <= nowMillis) {
      sweep();
    }
    if (!roundEnding) {
      roundEnding = true;
      thread.execute(endOfRound);
    }
  }

  /** Something has come that clients wait for inside a command. */
  public void serveWaiting() {
    if (!stopped) {
      engine.serveWaiting(readClock());
      endBatch();
    }
  }

  /** What one of them asks for next may unblock others. */
  private void resumeUnblocked() {
    for (List<Session> some = engine.unblocked(); !some.isEmpty(); some = engine.unblocked()) {
      resume(some);
    }
  }

  private static void resume(List<Session> sessions) {
    for (Session session : sessions) {
      if (session.attachment() instanceof Connection connection) {
        connection.resume();
      }
    }
  }

  /**
   * All sockets that were ready have been read: output leaves, once for each connection however
   * many others had something to say to it, and the loop parks until there is something to do.
   */
  private void endRound() {
    roundEnding = false;
    engine.limitClients();
    flushReplies();
    if (engine.sessions().hasLater() && !messagesWaiting) {
      messagesWaiting = true;
      // After the next look at the sockets: what they ask for may concern the same subscribers.
      ((SingleThreadEventLoop) thread).executeAfterEventLoopIteration(executeMessages);
    }
    long next = engine.nextDeadlineMillis();
    if (stopped) {
      return;
    }
    workLater();
    long unpause = engine.nextUnpauseMillis();
    if (unpause > nowMillis) {
      next = Math.min(next, unpause);
    }
    if (next - nowMillis > 2 * PARK_MILLIS_MAX) {
      // Housekeeping looks again before that, so nothing has to be asked of the clock.
      return;
    }
    if (engine.nextDeadlineMillis() <= readClock()) {
      sweep();
      return;
    }
    park(next);
  }

  private void sendMessages() {
    messagesWaiting = false;
    flush();
  }

  /** Hands all that the sessions have to say to their connections. */
  public void flush() {
    engine.sessions().listWaiting();
    flushReplies();
  }

  private void flushReplies() {
    engine.flushJournal(nowMillis);
    engine
        .sessions()
        .drainListed(
            session -> {
              if (session.attachment() instanceof Connection connection) {
                connection.flush();
              }
            });
    if (lateness.hasPending()) {
      Instant now = Instant.now();
      lateness.onFlushed(now.getEpochSecond() * 1_000_000 + now.getNano() / 1000);
    }
  }

  // ---------------------------------------------------------------------------- work beside
  // clients

  /** The background has done something: what waited for it goes on. */
  public void onBackground() {
    workLater();
    if (!stopped) {
      // Who waited is answered, what it lets leave leaves, and their next requests are executed.
      engine.serveWaiting(readClock());
      endBatch();
    }
  }

  /** Scheduled, not executed: the sockets get their turn between two slices. */
  private void workLater() {
    if (!workScheduled && !stopped && engine.hasWork()) {
      workScheduled = true;
      var unused = thread.schedule(work, 1, TimeUnit.NANOSECONDS);
    }
  }

  private void work() {
    workScheduled = false;
    if (!stopped && engine.work(readClock())) {
      workLater();
    }
  }

  // ----------------------------------------------------------------------------------- deadlines

  private void onAlarm() {
    alarm = null;
    alarmMillis = Long.MAX_VALUE;
    if (stopped) {
      return;
    }
    if (engine.nextDeadlineMillis() <= readClock()) {
      sweep();
    } else {
      endBatch();
    }
  }

  private void sweep() {
    boolean more = engine.sweep(nowMillis, SLICE);
    resumeUnblocked();
    flush();
    if (more) {
      // Scheduled, not executed: the sockets get their turn before the next slice.
      cancelAlarm();
      alarmMillis = nowMillis;
      alarm = thread.schedule(this::onAlarm, 1, TimeUnit.NANOSECONDS);
    } else {
      park(engine.nextDeadlineMillis());
    }
  }

  private void park(long nextMillis) {
    if (nextMillis >= alarmMillis || stopped) {
      return;
    }
    cancelAlarm();
    long nanos = clock.nanosUntil(nextMillis);
    if (nanos > PARK_MILLIS_MAX * 1_000_000) {
      return;
    }
    alarmMillis = nextMillis;
    alarm = thread.schedule(this::onAlarm, Math.max(1, nanos), TimeUnit.NANOSECONDS);
  }

  private void cancelAlarm() {
    if (alarm != null) {
      alarm.cancel(false);
      alarm = null;
    }
    alarmMillis = Long.MAX_VALUE;
  }

  // -------------------------------------------------------------------------------- housekeeping

  private void scheduleMaintenance(long millis) {
    if (!stopped) {
      var unused = thread.schedule(this::maintain, millis, TimeUnit.MILLISECONDS);
    }
  }

  private void maintain() {
    if (stopped) {
      return;
    }
    boolean more = engine.maintain(readClock());
    endBatch();
    scheduleMaintenance(more ? 1 : PARK_MILLIS_MAX);
  }

  /** Looks at the clock; requests that follow are executed at this time. */
  public long readClock() {
    requestsSinceReading = 0;
    nowMillis = clock.millis();
    return nowMillis;
  }
}
