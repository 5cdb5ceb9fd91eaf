package dev.carillon.listener;

import dev.carillon.listener.pubsub.Interest;
import dev.carillon.protocol.event.EventType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Flow;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Which events to listen to, and how; it becomes active with {@link #subscribe}, {@link #open} or
 * {@link #publisher}. Immutable: each method answers another one, so one may be kept and varied.
 * Any thread.
 */
public final class Listening {

  /** How many handlers of a subscription run at the same time unless it says otherwise; chosen. */
  public static final int CONCURRENCY = 16;

  /** How many events wait for a handler unless a subscription says otherwise; chosen. */
  public static final int QUEUE = 10_000;

  private final Carillon carillon;
  private Set<EventType> types;
  private List<KeyTemplate> templates = List.of();
  private int database;
  private @Nullable String name;
  private int concurrency = CONCURRENCY;
  private int queue = QUEUE;
  private Retry retry = Retry.never();
  private @Nullable Consumer<Gap> onGap;
  private boolean reconcileAtStart;

  Listening(Carillon carillon, Set<EventType> types, int database) {
    this.carillon = carillon;
    this.types = types;
    this.database = database;
  }

  private Listening(Listening other) {
    carillon = other.carillon;
    types = other.types;
    templates = other.templates;
    database = other.database;
    name = other.name;
    concurrency = other.concurrency;
    queue = other.queue;
    retry = other.retry;
    onGap = other.onGap;
    reconcileAtStart = other.reconcileAtStart;
  }

  // ------------------------------------------------------------------------------------------ what

  /**
   * Only keys of these shapes, such as {@code order:{id}}; {@link KeyTemplate} says what there is.
   * An event whose key has several of them is heard once, by the first. All keys unless said.
   */
  public Listening keys(String... shapes) {
    return keys(Arrays.stream(shapes).map(KeyTemplate::of).toArray(KeyTemplate[]::new));
  }

  /** As {@link #keys(String...)}, on top of what was said before. */
  public Listening keys(KeyTemplate... shapes) {
    Listening copy = new Listening(this);
    copy.templates = new ArrayList<>(templates);
    copy.templates.addAll(List.of(shapes));
    return copy;
  }

  /** Only keys that match this glob, as {@code PSUBSCRIBE} reads it. */
  public Listening keysMatching(String glob) {
    return keys(KeyTemplate.ofGlob(glob));
  }

  /** Only events of this database; that of the URI unless said. */
  public Listening database(int number) {
    if (number < 0) {
      throw new IllegalArgumentException("databases are numbered from 0, not " + number);
    }
    Listening copy = new Listening(this);
    copy.database = number;
    return copy;
  }

  /** Events of every database. */
  public Listening anyDatabase() {
    Listening copy = new Listening(this);
    copy.database = Interest.ANY_DATABASE;
    return copy;
  }

  // ------------------------------------------------------------------------------------------- how

  /** What logs and meters call it. */
  public Listening named(String newName) {
    Listening copy = new Listening(this);
    copy.name = newName;
    return copy;
  }

  /**
   * How many handlers run at the same time. Events of one key are handled one after the other in
   * any case.
   */
  public Listening concurrency(int handlers) {
    if (handlers < 1) {
      throw new IllegalArgumentException("at least one handler has to run, not " + handlers);
    }
    Listening copy = new Listening(this);
    copy.concurrency = handlers;
    return copy;
  }

  /** How many events may wait for a handler before there is a gap. */
  public Listening queue(int events) {
    if (events < 1) {
      throw new IllegalArgumentException("at least one event has to have room, not " + events);
    }
    Listening copy = new Listening(this);
    copy.queue = events;
    return copy;
  }

  /**
   * What happens when a handler throws; never again unless said. Attempts are kept in memory: they
   * end with the process.
   */
  public Listening retry(Retry newRetry) {
    Listening copy = new Listening(this);
    copy.retry = newRetry;
    return copy;
  }

  /**
   * What to do when events may have been missed: look at the data once. It is called in line with
   * the events: none that comes behind the gap is handled before it returns. Where it throws it is
   * tried again as events are. Without it, a gap is logged.
   */
  public Listening onGap(Consumer<Gap> reconcile) {
    Listening copy = new Listening(this);
    copy.onGap = reconcile;
    return copy;
  }

  /**
   * Lets the subscription begin with a gap of the reason {@code STARTED}, for applications that
   * have to make up for the time when they did not run.
   */
  public Listening reconcileAtStart() {
    Listening copy = new Listening(this);
    copy.reconcileAtStart = true;
    return copy;
  }

  // ------------------------------------------------------------------------------------- beginning

  /**
   * Begins, and returns when events are heard: what happens from now on reaches the handler, or
   * there is a gap.
   *
   * @throws NotificationsOffException if the server does not announce such events, with what to set
   * @throws ListenerException if it cannot be reached or refuses
   */
  public Subscription subscribe(Handler handler) {
    return carillon.subscribe(this, handler);
  }

  /**
   * Begins to collect signals for whoever takes them, and returns when events are heard. Retries
   * and concurrency are the taker's affair.
   *
   * @throws ListenerException as {@link #subscribe}
   */
  public Signals open() {
    return carillon.open(this);
  }

  /**
   * The signals as a publisher. Each of its subscribers has signals of its own, and an error where
   * {@link #open} would throw.
   */
  public Flow.Publisher<Signal> publisher() {
    return new SignalPublisher(this::open);
  }

  // -------------------------------------------------------------------------------------- for us

  Interest interest() {
    return new Interest(types, templates, database);
  }

  String name() {
    if (name != null) {
      return name;
    }
    String events =
        types.isEmpty()
            ? "events"
            : types.stream().map(EventType::wireName).sorted().collect(Collectors.joining("+"));
    return templates.isEmpty() ? events : events + " " + templates.getFirst();
  }

  int concurrency() {
    return concurrency;
  }

  int queue() {
    return queue;
  }

  Retry retry() {
    return retry;
  }

  @Nullable Consumer<Gap> onGap() {
    return onGap;
  }

  boolean isReconcileAtStart() {
    return reconcileAtStart;
  }
}
