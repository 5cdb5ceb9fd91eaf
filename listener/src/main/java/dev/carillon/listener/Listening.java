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

  /** How many partitions a feed has that is made here, unless said; chosen. */
  public static final int PARTITIONS = 8;

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
  private @Nullable Group group;

  /**
   * How events are shared by the workers of a group.
   *
   * @param name of the group
   * @param feed the key of the feed that keeps the events
   * @param deadLetters whether events that are given up are kept
   * @param creating whether the feed may be made if it is not there
   * @param partitions of a feed that is made
   * @param valueBytesMax up to how many bytes old values are carried by a feed that is made; -1 for
   *     none
   * @param isVolatile whether a feed that is made may be lost with the server
   */
  record Group(
      String name,
      String feed,
      boolean deadLetters,
      boolean creating,
      int partitions,
      long valueBytesMax,
      boolean isVolatile) {}

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
    group = other.group;
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

  // -----------------------------------------------------------------------------------------
  // groups

  /**
   * Shares the events among all who name this group, on Carillon, by a feed: each event is handled
   * by one of them, in order for each key, and none is lost while nobody is there. It is
   * acknowledged when the handler has returned; until then it is found again by whoever takes over
   * from a worker that died. So a handler may see an event twice, with the same {@link
   * KeyEvent#id}.
   *
   * <p>The feed has the key {@code feed:<name>} unless {@link #feed} says otherwise, and is made if
   * it is not there, of the events and keys that this listening wants; so is the group.
   *
   * <p>Redis and Valkey keep no feeds. There every worker hears the events as they happen, and they
   * claim each of them by a key of the server: one handles it, another takes over if that one dies,
   * and what all of them miss is a gap. That is best effort.
   */
  public Listening group(String groupName) {
    if (groupName.isEmpty()) {
      throw new IllegalArgumentException("a group has a name");
    }
    Listening copy = new Listening(this);
    copy.group = new Group(groupName, "feed:" + groupName, false, true, PARTITIONS, -1, false);
    return copy;
  }

  /** Reads a feed with this key, which may serve several groups. */
  public Listening feed(String key) {
    Group now = grouped("feed");
    return with(
        new Group(
            now.name,
            key,
            now.deadLetters,
            now.creating,
            now.partitions,
            now.valueBytesMax,
            now.isVolatile));
  }

  /** Never makes the feed: somebody else has to, with FEED CREATE. */
  public Listening existingFeed() {
    Group now = grouped("existingFeed");
    return with(
        new Group(
            now.name,
            now.feed,
            now.deadLetters,
            false,
            now.partitions,
            now.valueBytesMax,
            now.isVolatile));
  }

  /** How many workers can share a feed that is made here; {@link #PARTITIONS} unless said. */
  public Listening partitions(int count) {
    Group now = grouped("partitions");
    return with(
        new Group(
            now.name,
            now.feed,
            now.deadLetters,
            now.creating,
            count,
            now.valueBytesMax,
            now.isVolatile));
  }

  /** A feed that is made here carries what events remove or replace, up to so many bytes each. */
  public Listening values(long bytesMax) {
    Group now = grouped("values");
    return with(
        new Group(
            now.name,
            now.feed,
            now.deadLetters,
            now.creating,
            now.partitions,
            bytesMax,
            now.isVolatile));
  }

  /** A feed that is made here may be lost with the server; for servers that keep no journal. */
  public Listening volatileFeed() {
    Group now = grouped("volatileFeed");
    return with(
        new Group(
            now.name,
            now.feed,
            now.deadLetters,
            now.creating,
            now.partitions,
            now.valueBytesMax,
            true));
  }

  /** Keeps events that are given up; {@link Carillon#deadLetters} shows them. */
  public Listening deadLetter() {
    Group now = grouped("deadLetter");
    return with(
        new Group(
            now.name,
            now.feed,
            true,
            now.creating,
            now.partitions,
            now.valueBytesMax,
            now.isVolatile));
  }

  private Group grouped(String what) {
    if (group == null) {
      throw new IllegalStateException(what + "() is about a group: call group(\"…\") first");
    }
    return group;
  }

  private Listening with(Group newGroup) {
    Listening copy = new Listening(this);
    copy.group = newGroup;
    return copy;
  }

  @Nullable Group group() {
    return group;
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
   * and concurrency are the taker's affair. Not for groups, whose events have to be acknowledged:
   * see {@link #deliveries}.
   *
   * @throws ListenerException as {@link #subscribe}
   */
  public Signals open() {
    return carillon.open(this);
  }

  /**
   * Begins to offer the events of a group to whoever takes them and says when each is done.
   *
   * @throws ListenerException as {@link #subscribe}
   */
  public Deliveries deliveries() {
    var unused = grouped("deliveries");
    return new Deliveries(this);
  }

  /**
   * The signals as a publisher. Each of its subscribers has signals of its own, and an error where
   * {@link #open} would throw. What is not requested waits in the queue, and becomes a gap there.
   */
  public Flow.Publisher<Signal> publisher() {
    return new PullPublisher<>(() -> source(open()));
  }

  private static PullPublisher.Source<Signal> source(Signals signals) {
    return new PullPublisher.Source<>() {
      @Override
      public @Nullable Signal next() throws InterruptedException {
        return signals.next();
      }

      @Override
      public void close() {
        signals.close();
      }
    };
  }

  /**
   * The events of a group as a publisher: {@link #deliveries} for reactive code. Each of its
   * subscribers is a worker of the group; it gets one event for each that it requests, and says
   * when it is done by {@link Delivery#done}, or by {@link Delivery#failed}.
   *
   * <p>What is not requested stays with the server, and as many as the {@link #concurrency} may be
   * taken and not done: requests beyond that wait. Events of one key come one after the other, each
   * when the one before it is done. A cancellation leaves the rest to the other workers; what was
   * taken may still be done within the patience of the {@link Carillon}. A subscriber that throws
   * has failed with that event, and is cancelled. Gaps are told to {@link #onGap}.
   */
  public Flow.Publisher<Delivery> deliveryPublisher() {
    var unused = grouped("deliveryPublisher");
    return new PullPublisher<>(() -> source(deliveries()));
  }

  private static PullPublisher.Source<Delivery> source(Deliveries deliveries) {
    return new PullPublisher.Source<>() {
      @Override
      public @Nullable Delivery next() throws InterruptedException {
        return deliveries.next();
      }

      @Override
      public void giveBack(Delivery delivery, @Nullable Throwable cause) {
        if (cause == null) {
          delivery.leave();
        } else {
          delivery.failed(cause);
        }
      }

      @Override
      public void close() {
        deliveries.close();
      }
    };
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
