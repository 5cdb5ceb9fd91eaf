package dev.carillon.engine.command;

import dev.carillon.engine.keyspace.ChangeListener;
import dev.carillon.engine.keyspace.Database;
import dev.carillon.engine.keyspace.Entry;
import dev.carillon.engine.keyspace.Keyspace;
import dev.carillon.engine.reply.Errors;
import dev.carillon.engine.reply.ReplyWriter;
import dev.carillon.engine.session.Session;
import dev.carillon.engine.time.Timers;
import dev.carillon.engine.turn.Turn;
import dev.carillon.protocol.bytes.Bytes;
import dev.carillon.protocol.resp.Request;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The clients that wait inside a command, the keys they wait for, and until when.
 *
 * <p>A change of such a key only notes that it is ready. When the turn that changed it has ended,
 * {@link #serve} executes the requests of those who wait for it again, first come first served,
 * each as a turn of its own; so all events of a push come before those of the clients that it
 * serves (observed in the recorded cases). Who finds nothing goes on waiting at its old place.
 *
 * <p>Where nobody waits for a key, changes cost nothing: only then is this a listener. Engine
 * thread only.
 */
public final class Blocking implements ChangeListener {

  /** How many timeouts are looked at before clients get their turn; chosen. */
  private static final int TIMEOUT_BUDGET = 1024;

  private final Keyspace keyspace;
  private final Turn turn;
  private final Map<Place, Set<Waiter>> queues = new HashMap<>();
  private final Set<Place> ready = new LinkedHashSet<>();

  /** Those who wait for the disk. */
  private final Set<Waiter> undurable = new LinkedHashSet<>();

  /** Those who asked to be tried again at a time that has come. */
  private final Set<Waiter> due = new LinkedHashSet<>();

  private final Timers<Waiter> timers = new Timers<>();
  private List<Session> ended = new ArrayList<>();
  private int waiting;

  private record Place(int db, Bytes key) {}

  /** One client that waits. */
  public final class Waiter implements Session.Blocked {
    private final Session session;
    private final Command command;
    private final Wait wait;
    private final Request request;
    private final List<Place> places = new ArrayList<>(1);
    private int timer;
    private boolean goesOn;

    private Waiter(Session session, Command command, Wait wait, Request request) {
      this.session = session;
      this.command = command;
      this.wait = wait;
      this.request = request;
    }

    /** What the request knows that is executed again, or null. */
    @Nullable Object memo() {
      return wait.memo;
    }

    /** Who waits. */
    public Session session() {
      return session;
    }

    /** The row of the command that waits. */
    Command command() {
      return command;
    }

    /** What is executed again. */
    Request request() {
      return request;
    }

    /** Said while the request is executed again: there is still nothing for it. */
    void goOn(Wait anew) {
      goesOn = true;
      if (anew.againMillis != wait.againMillis) {
        wait.againMillis = anew.againMillis;
        reschedule(this);
      }
    }

    /** Whether there was nothing for the request when it was executed last. */
    public boolean goesOn() {
      return goesOn;
    }

    @Override
    public void unblock(boolean withError) {
      if (withError) {
        command.stats.failed++;
      }
      answer(this, withError ? it -> it.error(Errors.UNBLOCKED.error()) : wait.onTimeout);
    }

    private boolean canUse(@Nullable Entry entry) {
      return entry != null && entry.type() == wait.type || wait.evenIfGone;
    }
  }

  /** Executes a request again, as a turn of its own. */
  @FunctionalInterface
  public interface Retry {
    /** The waiter knows afterwards whether it {@linkplain Waiter#goesOn goes on waiting}. */
    void retry(Waiter waiter);
  }

  /** Nobody waits. */
  public Blocking(Keyspace keyspace, Turn turn) {
    this.keyspace = keyspace;
    this.turn = turn;
  }

  // ------------------------------------------------------------------------------------- waiting

  /** Lets a session wait, as the handler that executes its request says. */
  void block(Session session, Command command, Wait wait, Request request) {
    Request kept = wait.request != null ? wait.request : request.copy();
    Waiter waiter = new Waiter(session, command, wait, kept);
    waiting++;
    if (wait.durableSequence >= 0) {
      undurable.add(waiter);
    }
    boolean isFirst = queues.isEmpty();
    for (Bytes key : wait.keys) {
      Place place = new Place(session.db(), key);
      if (queues.computeIfAbsent(place, it -> new LinkedHashSet<>()).add(waiter)) {
        waiter.places.add(place);
      }
    }
    if (isFirst && !queues.isEmpty()) {
      keyspace.addChangeListener(this);
    }
    reschedule(waiter);
    session.blocked(waiter);
  }

  private void reschedule(Waiter waiter) {
    if (waiter.timer != 0) {
      timers.cancel(waiter.timer);
      waiter.timer = 0;
    }
    long nextMillis = waiter.wait.nextMillis();
    if (nextMillis != Long.MAX_VALUE) {
      waiter.timer = timers.schedule(waiter, nextMillis, turn.nowMillis());
    }
  }

  /** Whether a client waits for nothing but that turns become durable. */
  public boolean isDurabilityAwaited() {
    return !undurable.isEmpty();
  }

  /** A client went. */
  public void forget(Session session) {
    if (session.blocked() instanceof Waiter waiter) {
      leave(waiter);
    }
    ended.remove(session);
  }

  private void leave(Waiter waiter) {
    if (waiter.timer != 0) {
      timers.cancel(waiter.timer);
      waiter.timer = 0;
    }
    due.remove(waiter);
    undurable.remove(waiter);
    for (Place place : waiter.places) {
      Set<Waiter> queue = queues.get(place);
      if (queue != null && queue.remove(waiter) && queue.isEmpty()) {
        queues.remove(place);
      }
    }
    waiter.session.blocked(null);
    waiting--;
    if (queues.isEmpty() && !waiter.places.isEmpty()) {
      keyspace.removeChangeListener(this);
      ready.clear();
    }
    ended.add(waiter.session);
  }

  /** Ends a client's waiting with a reply that no execution gave: the call is over by that. */
  private void answer(Waiter waiter, Consumer<ReplyWriter> reply) {
    waiter.command.stats.calls++;
    waiter.session.onExecuted();
    leave(waiter);
    Session session = waiter.session;
    long position = session.outbox().position();
    reply.accept(session.reply());
    Dispatcher.applyReplyMode(session, position);
    session.reveal(position, turn.revealed());
    session.listForTransport();
  }

  /** How many clients wait. */
  public int waiting() {
    return waiting;
  }

  /** How many of them will not wait for ever. */
  public int timeouts() {
    return timers.size();
  }

  /** How many keys clients wait for. */
  public int keys() {
    return queues.size();
  }

  /** How many of these keys somebody waits for even if they are gone. */
  public int keysEvenIfGone() {
    int keys = 0;
    for (Set<Waiter> queue : queues.values()) {
      keys += queue.stream().anyMatch(waiter -> waiter.wait.evenIfGone) ? 1 : 0;
    }
    return keys;
  }

  // --------------------------------------------------------------------------------------- serving

  @Override
  public void onChanged(Database database, Bytes key) {
    Place place = new Place(database.number(), key);
    if (queues.containsKey(place)) {
      ready.add(new Place(database.number(), key.copy()));
    }
  }

  @Override
  public void onCleared(Database database) {
    onReplaced(database);
  }

  @Override
  public void onReplaced(Database database) {
    for (Place place : queues.keySet()) {
      if (place.db == database.number()) {
        ready.add(place);
      }
    }
  }

  /** Whether keys changed for which somebody waits, or somebody wanted to try again by now. */
  public boolean hasReady() {
    return !ready.isEmpty() || !due.isEmpty();
  }

  /**
   * Serves those who wait for keys that changed, and for keys that change by that.
   *
   * @param retry executes a waiter's request as a turn of its own
   */
  public void serve(Retry retry) {
    for (Waiter waiter : List.copyOf(due)) {
      if (due.remove(waiter)) {
        tryAgain(waiter, retry);
      }
    }
    while (!ready.isEmpty()) {
      Place place = ready.iterator().next();
      ready.remove(place);
      Set<Waiter> queue = queues.get(place);
      if (queue == null) {
        continue;
      }
      for (Waiter waiter : List.copyOf(queue)) {
        // Whoever came before may have taken everything, or changed what the key holds.
        Entry entry = keyspace.database(place.db).findAsIs(place.key);
        if (waiter.session.blocked() == waiter && waiter.canUse(entry)) {
          tryAgain(waiter, retry);
        }
      }
    }
  }

  /** Whoever waits with this memo, if still so, is tried again when this is served next. */
  public void tryAgain(Session session, Object memo) {
    if (session.blocked() instanceof Waiter waiter && waiter.wait.memo == memo) {
      due.add(waiter);
    }
  }

  /**
   * Whoever waits until a turn is durable that is not behind this one is tried again when this is
   * served next. O(clients that wait for the disk).
   *
   * @param sequence {@link Long#MAX_VALUE} for all of them
   */
  public void onDurable(long sequence) {
    for (Waiter waiter : undurable) {
      if (waiter.wait.durableSequence <= sequence) {
        due.add(waiter);
      }
    }
  }

  private void tryAgain(Waiter waiter, Retry retry) {
    waiter.goesOn = false;
    retry.retry(waiter);
    if (!waiter.goesOn) {
      leave(waiter);
    }
  }

  // -------------------------------------------------------------------------------------- timeouts

  /** The earliest time at which {@link #timeOut} has something to do. */
  public long nextDeadlineMillis() {
    return timers.nextDeadlineMillis();
  }

  /** Answers those whose time is over, and makes those ready who wanted to try again by now. */
  public void timeOut(long nowMillis) {
    timers.advance(
        nowMillis,
        TIMEOUT_BUDGET,
        waiter -> {
          waiter.timer = 0;
          if (waiter.wait.untilMillis <= nowMillis) {
            answer(waiter, waiter.wait.onTimeout);
          } else {
            waiter.wait.againMillis = Long.MAX_VALUE;
            due.add(waiter);
          }
        });
    due.forEach(this::reschedule);
  }

  /** The sessions that stopped waiting since this was last asked; their next requests may come. */
  public List<Session> drainEnded() {
    if (ended.isEmpty()) {
      return List.of();
    }
    List<Session> drained = ended;
    ended = new ArrayList<>();
    return drained;
  }
}
