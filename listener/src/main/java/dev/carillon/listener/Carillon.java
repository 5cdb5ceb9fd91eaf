package dev.carillon.listener;

import dev.carillon.listener.claim.ClaimSource;
import dev.carillon.listener.claim.Claims;
import dev.carillon.listener.connect.Connections;
import dev.carillon.listener.dispatch.Counters;
import dev.carillon.listener.dispatch.Mailbox;
import dev.carillon.listener.dispatch.Outcome;
import dev.carillon.listener.dispatch.Source;
import dev.carillon.listener.dispatch.Workers;
import dev.carillon.listener.feed.FeedLetters;
import dev.carillon.listener.feed.FeedSource;
import dev.carillon.listener.pubsub.Choir;
import dev.carillon.listener.pubsub.LiveSource;
import dev.carillon.protocol.event.EventType;
import io.lettuce.core.RedisURI;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reacts to key events of a server: Carillon, Redis or Valkey.
 *
 * <pre>{@code
 * try (var carillon = Carillon.connect("redis://localhost:6379")) {
 *   carillon.on(EXPIRED).keys("order:{id}")
 *           .onGap(gap -> orders.cancelWhatIsOverdue())
 *           .subscribe(event -> orders.cancel(event.variable("id")));
 *   …
 * }
 * }</pre>
 *
 * <p>One is enough for an application and a server. Any thread.
 */
public final class Carillon implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(Carillon.class);

  private final Connections connections;
  private final Builder options;
  private final Set<Subscription> subscriptions = ConcurrentHashMap.newKeySet();
  private final Set<Signals> signals = ConcurrentHashMap.newKeySet();
  private final AtomicBoolean closed = new AtomicBoolean();

  private Carillon(Builder options) {
    this.options = new Builder(options);
    connections = new Connections(options.uri, options.patience);
  }

  /**
   * For a server at {@code uri}, such as {@code redis://user:password@localhost:6379/0} or {@code
   * rediss://…}. Nothing is connected before something is asked for.
   */
  public static Carillon connect(String uri) {
    return builder(uri).open();
  }

  /** As {@link #connect(String)}. */
  public static Carillon connect(URI uri) {
    return builder(uri.toString()).open();
  }

  /** For a server at {@code uri}, with more to say. */
  public static Builder builder(String uri) {
    return new Builder(RedisURI.create(uri));
  }

  /** What there is to say about the connection to a server. */
  public static final class Builder {

    private final RedisURI uri;
    private Duration patience = Duration.ofSeconds(5);
    private Duration canary = Duration.ofSeconds(5);
    private Duration closePatience = Duration.ofSeconds(10);
    private Duration lease = Duration.ofSeconds(10);
    private boolean configuring;
    private ListenerObserver observer = ListenerObserver.NONE;

    private Builder(RedisURI uri) {
      this.uri = uri;
    }

    private Builder(Builder other) {
      uri = other.uri;
      patience = other.patience;
      canary = other.canary;
      closePatience = other.closePatience;
      lease = other.lease;
      configuring = other.configuring;
      observer = other.observer;
    }

    /** How long an answer of the server is waited for; 5 s unless said. */
    public Builder patience(Duration newPatience) {
      patience = newPatience;
      return this;
    }

    /**
     * How often a subscription proves that it still hears, and how long the proof may take, at most
     * the {@link #patience}; 5 s unless said. A dead connection is noticed within twice that time.
     */
    public Builder canary(Duration every) {
      canary = every;
      return this;
    }

    /**
     * How long a worker of a group that died keeps its part of the events from the others; 10 s
     * unless said. On Carillon they count it themselves, from when they last saw that it lived, and
     * elsewhere the server does.
     */
    public Builder lease(Duration length) {
      lease = length;
      return this;
    }

    /** How long a close waits for handlers that run; 10 s unless said. */
    public Builder closePatience(Duration newPatience) {
      closePatience = newPatience;
      return this;
    }

    /**
     * Allows to change {@code notify-keyspace-events} of the server where letters are missing. What
     * is set there already stays.
     */
    public Builder configureNotifications() {
      configuring = true;
      return this;
    }

    /** Who wants to know which subscriptions there are. */
    public Builder observer(ListenerObserver newObserver) {
      observer = newObserver;
      return this;
    }

    /** Makes it. */
    public Carillon open() {
      return new Carillon(this);
    }
  }

  // ------------------------------------------------------------------------------------- listening

  /** Begins to say what to listen to: these events. */
  public Listening on(EventType first, EventType... more) {
    return new Listening(this, EnumSet.of(first, more), connections.database());
  }

  /** Begins to say what to listen to: every event that the server announces. */
  public Listening onAny() {
    return new Listening(this, Set.of(), connections.database());
  }

  Subscription subscribe(Listening listening, Handler handler) {
    String name = listening.name();
    Counters counters = new Counters();
    Mailbox mailbox = new Mailbox(listening.queue(), counters);
    Consumer<Gap> onGap = listening.onGap();
    Listening.Group group = listening.group();
    Workers workers =
        new Workers(
            name,
            handler,
            onGap == null ? gap -> LOG.warn("{}: {}", name, gap) : onGap,
            listening.retry(),
            listening.concurrency(),
            group == null ? 0 : listening.queue(),
            counters);
    Source source;
    Outcome outcome = Outcome.NONE;
    if (group == null) {
      source = source(listening, mailbox, null);
    } else if (FeedSource.isPossible(connections)) {
      source = source(listening, group, mailbox, counters, workers);
    } else {
      Claims claims = claims(listening, group, workers);
      outcome = claims;
      source = new ClaimSource(source(listening, mailbox, claims), claims);
    }
    Subscription subscription =
        new Subscription(
            name,
            mailbox,
            source,
            workers,
            outcome,
            counters,
            options.closePatience,
            this::onClosed);
    subscriptions.add(subscription);
    awaitReady(source, subscription);
    subscription.start();
    options.observer.onSubscribed(subscription);
    return subscription;
  }

  private Source source(
      Listening listening,
      Listening.Group group,
      Mailbox mailbox,
      Counters counters,
      Workers workers) {
    if (listening.isReconcileAtStart()) {
      Instant now = Instant.now();
      mailbox.offer(new Gap(Gap.Reason.STARTED, now, now, Gap.UNKNOWN));
    }
    return new FeedSource(
        connections,
        listening.interest(),
        mailbox,
        counters,
        workers,
        new FeedSource.Options(
            listening.name(),
            group.name(),
            group.feed(),
            group.creating(),
            group.partitions(),
            group.valueBytesMax(),
            group.isVolatile(),
            group.deadLetters(),
            options.lease));
  }

  private Claims claims(Listening listening, Listening.Group group, Workers workers) {
    if (!group.creating()) {
      throw new ListenerException(
          connections.place()
              + " keeps no feeds, so that there is no \""
              + group.feed()
              + "\"; use Carillon, or do not ask for an existing feed");
    }
    LOG.info(
        "{}: {} keeps no feeds; the workers of the group \"{}\" share events by claims, as well as"
            + " that goes{}",
        listening.name(),
        connections.place(),
        group.name(),
        group.valueBytesMax() >= 0 ? ", and old values are not told" : "");
    Claims claims =
        new Claims(
            connections,
            listening.name(),
            group.name(),
            group.feed(),
            group.deadLetters(),
            options.lease);
    claims.redrive(listening.interest(), workers);
    return claims;
  }

  /** What a group has given up, of the feed that is named after it. */
  public DeadLetters deadLetters(String group) {
    return deadLetters(group, "feed:" + group);
  }

  /** What a group has given up, of a feed. */
  public DeadLetters deadLetters(String group, String feed) {
    return new FeedLetters(connections, feed, group);
  }

  Signals open(Listening listening) {
    if (listening.group() != null) {
      throw new IllegalStateException(
          "events of a group have to be acknowledged: use subscribe, or deliveries");
    }
    Counters counters = new Counters();
    Mailbox mailbox = new Mailbox(listening.queue(), counters);
    LiveSource source = source(listening, mailbox, null);
    Signals opened = new Signals(mailbox, source, counters);
    awaitReady(source, opened);
    signals.removeIf(Signals::isClosed);
    signals.add(opened);
    return opened;
  }

  private LiveSource source(Listening listening, Mailbox mailbox, @Nullable Choir choir) {
    return new LiveSource(
        connections,
        listening.interest(),
        mailbox,
        new LiveSource.Options(
            listening.name(),
            options.canary,
            options.configuring,
            listening.isReconcileAtStart(),
            choir));
  }

  private static void awaitReady(Source source, AutoCloseable owner) {
    try {
      source.awaitReady();
    } catch (RuntimeException e) {
      try {
        owner.close();
      } catch (Exception suppressed) {
        e.addSuppressed(suppressed);
      }
      throw e;
    }
  }

  private void onClosed(Subscription subscription) {
    if (subscriptions.remove(subscription)) {
      options.observer.onClosed(subscription);
    }
  }

  /** The subscriptions that are not closed. */
  public List<Subscription> subscriptions() {
    return List.copyOf(subscriptions);
  }

  /** Closes all subscriptions, then the connections. Idempotent. */
  @Override
  public void close() {
    if (closed.compareAndSet(false, true)) {
      subscriptions().forEach(Subscription::close);
      signals.forEach(Signals::close);
      connections.close();
    }
  }
}
