package dev.carillon.listener.pubsub;

import dev.carillon.listener.Gap;
import dev.carillon.listener.KeyEvent;
import dev.carillon.listener.ListenerException;
import dev.carillon.listener.NotificationsOffException;
import dev.carillon.listener.connect.Connections;
import dev.carillon.listener.dispatch.Mailbox;
import dev.carillon.listener.dispatch.Source;
import dev.carillon.protocol.event.NotifyFlags;
import io.lettuce.core.RedisChannelHandler;
import io.lettuce.core.RedisCommandExecutionException;
import io.lettuce.core.RedisConnectionStateListener;
import io.lettuce.core.pubsub.RedisPubSubAdapter;
import io.lettuce.core.pubsub.RedisPubSubListener;
import io.lettuce.core.pubsub.StatefulRedisPubSubConnection;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Hears events on a Pub/Sub connection of its own and puts them into a mailbox.
 *
 * <p>Pub/Sub forgets whoever is not there, so all the work is to know when something may have been
 * missed, and to say so at the right place. The rules:
 *
 * <ul>
 *   <li>A connection that is lost is replaced. The gap is put into the mailbox by the thread of the
 *       new connection at the moment when its last subscription is confirmed: what comes later is
 *       heard, and what came before can be seen in the data by whoever handles the gap.
 *   <li>A connection may be silent and yet dead. So every now and then a canary sings: a message to
 *       a channel of this source only, sent over another connection. Messages come in order, so one
 *       that is heard proves that everything before it was; one that is not heard in time condemns
 *       the connection.
 *   <li>What the server does not announce nobody hears. The flags are looked at on every connect
 *       and with every canary.
 * </ul>
 *
 * <p>A gap reaches back to when the last canary that was heard was sent.
 *
 * <p>One virtual thread looks after all this. Messages are decoded on the connection's own thread,
 * which never waits here.
 */
public final class LiveSource implements Source {

  private static final Logger LOG = LoggerFactory.getLogger(LiveSource.class);

  private static final Duration BACK_OFF_MIN = Duration.ofMillis(50);
  private static final Duration BACK_OFF_MAX = Duration.ofSeconds(5);

  /** Chosen: how many events are handed over together at most. */
  private static final int TOGETHER_MAX = 512;

  /** Chosen: how many events a connection names before it takes more numbers. */
  private static final int NUMBERS_AT_ONCE = 1024;

  /**
   * What a source is told beside its interest.
   *
   * @param name of the subscription, for people
   * @param canary how often a canary sings, and how long it may take to be heard, which is never
   *     longer than an answer may take
   * @param configuring whether flags that are missing may be set
   * @param startGap whether a gap stands before the first event
   * @param choir with which others events are named in the same way; null if with nobody
   */
  public record Options(
      String name, Duration canary, boolean configuring, boolean startGap, @Nullable Choir choir) {}

  private final Connections connections;
  private final Interest interest;
  private final Mailbox mailbox;
  private final Options options;
  private final String id = Long.toHexString(java.util.UUID.randomUUID().getMostSignificantBits());
  private final byte[] canaryChannel;

  /** How many numbers of events are taken; each connection takes some at a time. */
  private final AtomicLong numbers = new AtomicLong();

  private final CompletableFuture<Void> ready = new CompletableFuture<>();
  private final CountDownLatch closed = new CountDownLatch(1);
  private final Thread thread;

  /** Up to when everything is known to have been heard. */
  private volatile Instant proven = Instant.now();

  /** Why there will be a gap when the subscriptions are confirmed; null if there will be none. */
  private volatile Gap.@Nullable Reason due;

  // The thread's own.

  /** Since when the server may be silent; null while it announces. */
  private @Nullable Instant silentSince;

  private Instant announcedUntil = Instant.now();

  /** Whether the connection that there was brought anything; then the next one comes soon. */
  private boolean stood;

  private long songs;
  private boolean flagsHidden;
  private boolean canaryForbidden;

  /** A source that begins at once. */
  public LiveSource(Connections connections, Interest interest, Mailbox mailbox, Options options) {
    this.connections = connections;
    this.interest = interest;
    this.mailbox = mailbox;
    this.options = options;
    canaryChannel =
        options.choir() == null
            ? ("carillon:own:canary:" + id).getBytes(StandardCharsets.US_ASCII)
            : options.choir().channel();
    due = options.startGap() ? Gap.Reason.STARTED : null;
    thread = Thread.ofVirtual().name("carillon-" + options.name() + "-source").start(this::run);
  }

  /**
   * Waits until events are heard.
   *
   * @throws ListenerException if the first try failed; the source is closed then
   */
  @Override
  public void awaitReady() {
    try {
      ready.get();
    } catch (ExecutionException e) {
      throw e.getCause() instanceof ListenerException known
          ? known
          : new ListenerException("a defect: " + e.getCause(), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new ListenerException("interrupted before events were heard", e);
    }
  }

  private boolean isClosed() {
    return closed.getCount() == 0;
  }

  // --------------------------------------------------------------------------------- the lifetime

  private void run() {
    Duration delay = BACK_OFF_MIN;
    while (!isClosed()) {
      stood = false;
      try {
        due = listen();
        LOG.warn("{}: {}; connecting again", options.name(), due);
      } catch (ListenerException | RedisCommandExecutionException e) {
        if (!ready.isDone()) {
          ready.completeExceptionally(known(e));
          return;
        }
        due = due == null ? Gap.Reason.DISCONNECTED : due;
        LOG.warn("{}: {}", options.name(), e.getMessage());
      } catch (RuntimeException | Error e) {
        ready.completeExceptionally(e);
        due = due == null ? Gap.Reason.DISCONNECTED : due;
        LOG.error("{}: a defect", options.name(), e);
      } catch (InterruptedException e) {
        break; // Only close() interrupts.
      }
      delay = stood ? BACK_OFF_MIN : delay;
      try {
        if (closed.await(delay.toMillis(), TimeUnit.MILLISECONDS)) {
          break;
        }
      } catch (InterruptedException e) {
        break;
      }
      delay = delay.multipliedBy(2);
      delay = delay.compareTo(BACK_OFF_MAX) > 0 ? BACK_OFF_MAX : delay;
    }
    ready.completeExceptionally(new ListenerException("the subscription was closed"));
  }

  private ListenerException known(RuntimeException e) {
    return e instanceof ListenerException known
        ? known
        : new ListenerException(connections.place() + " refuses: " + e.getMessage(), e);
  }

  /** Connects, and listens until something is wrong; answers what. */
  private Gap.Reason listen() throws InterruptedException {
    Hearing hearing = hearing();
    try (StatefulRedisPubSubConnection<byte[], byte[]> connection = connections.subscriber()) {
      Ear ear = new Ear(hearing, connection);
      ear.subscribe();
      if (!isHeard(ear.confirmed, ear, connections.patience())) {
        throw new ListenerException("no answer from " + connections.place() + " to a subscription");
      }
      while (true) {
        Instant sent = Instant.now();
        if (!sing(ear)) {
          return ear.lost.isDone() ? Gap.Reason.DISCONNECTED : Gap.Reason.DEAF;
        }
        proven = sent;
        stood = true;
        if (hearing().isByKey() != hearing.isByKey()) {
          return Gap.Reason.SILENCED;
        }
        ready.complete(null);
        if (isHeard(ear.lost, ear, options.canary())) {
          return Gap.Reason.DISCONNECTED;
        }
      }
    }
  }

  /** Whether something happened in time; if the connection is lost first, it did not. */
  private static boolean isHeard(CompletableFuture<Void> wanted, Ear ear, Duration patience)
      throws InterruptedException {
    try {
      CompletableFuture.anyOf(wanted, ear.lost).get(patience.toNanos(), TimeUnit.NANOSECONDS);
      return wanted.isDone() && !wanted.isCompletedExceptionally();
    } catch (TimeoutException e) {
      return false;
    } catch (ExecutionException e) {
      Throwable cause = e.getCause() == null ? e : e.getCause();
      throw new ListenerException(String.valueOf(cause.getMessage()), cause);
    }
  }

  // ------------------------------------------------------------------------------------ the canary

  /** Sends a canary and waits until it is heard; answers whether it was. */
  private boolean sing(Ear ear) throws InterruptedException {
    if (!canaryForbidden) {
      CompletableFuture<Void> echo = new CompletableFuture<>();
      byte[] song = ("m" + id + "." + ++songs).getBytes(StandardCharsets.US_ASCII);
      ear.listenFor(song, echo);
      try {
        send(song);
        return isHeard(echo, ear, proofPatience());
      } catch (RedisCommandExecutionException e) {
        if (options.choir() != null) {
          throw new ListenerException(
              connections.place()
                  + " refuses PUBLISH, by which the workers of a group agree: "
                  + e.getMessage(),
              e);
        }
        canaryForbidden = true;
        LOG.warn(
            "{}: PUBLISH to {} is refused ({}), so only a PING shows whether the connection is"
                + " alive",
            options.name(),
            new String(canaryChannel, StandardCharsets.US_ASCII),
            e.getMessage());
      }
    }
    try {
      connections.answer(ear.connection.async().ping());
      return true;
    } catch (RedisCommandExecutionException e) {
      return true; // Older servers refuse it there, and so they are alive.
    } catch (ListenerException e) {
      return false;
    }
  }

  private Duration proofPatience() {
    Duration patience = connections.patience();
    return options.canary().compareTo(patience) < 0 ? options.canary() : patience;
  }

  /** The connection for commands may have been lost for a reason of its own: so twice. */
  private void send(byte[] song) {
    try {
      connections.ask(redis -> redis.publish(canaryChannel, song));
    } catch (ListenerException e) {
      connections.ask(redis -> redis.publish(canaryChannel, song));
    }
  }

  // -------------------------------------------------------------------------------------- the
  // flags

  /** How the interest is heard from the server as it is now, and whether it is announced at all. */
  private Hearing hearing() {
    NotifyFlags flags = flags();
    NotifyFlags needed = flags == null ? null : Hearing.needed(interest, flags);
    if (needed != null && options.configuring()) {
      connections.ask(redis -> redis.configSet("notify-keyspace-events", needed.toString()));
      LOG.info("{}: notify-keyspace-events is \"{}\" from now on", options.name(), needed);
      if (ready.isDone()) {
        silenced(Instant.now());
      }
      announcedUntil = Instant.now();
      return Hearing.of(interest, needed);
    }
    Instant now = Instant.now();
    if (needed != null) {
      String advice =
          "notify-keyspace-events of "
              + connections.place()
              + " is \""
              + flags
              + "\", so these events are not announced; set it with: CONFIG SET"
              + " notify-keyspace-events "
              + needed;
      if (!ready.isDone()) {
        throw new NotificationsOffException(advice, needed.toString());
      }
      if (silentSince == null) {
        silentSince = announcedUntil;
        silenced(now);
        LOG.error("{}: {}", options.name(), advice);
      }
    } else {
      if (silentSince != null) {
        silenced(now);
        silentSince = null;
        LOG.info("{}: events are announced again", options.name());
      }
      announcedUntil = now;
    }
    return Hearing.of(interest, flags);
  }

  private void silenced(Instant until) {
    Instant from = silentSince == null ? announcedUntil : silentSince;
    mailbox.offer(new Gap(Gap.Reason.SILENCED, from, until, Gap.UNKNOWN));
  }

  /** What the server announces, or null if it does not tell. */
  private @Nullable NotifyFlags flags() {
    if (flagsHidden) {
      return null;
    }
    try {
      Map<String, String> answer =
          connections.ask(redis -> redis.configGet("notify-keyspace-events"));
      String text = answer.get("notify-keyspace-events");
      NotifyFlags flags = text == null ? null : NotifyFlags.parse(text);
      flagsHidden = flags == null;
      return flags;
    } catch (RedisCommandExecutionException e) {
      flagsHidden = true;
      LOG.info(
          "{}: CONFIG GET is refused ({}), so nobody checks whether events are announced",
          options.name(),
          e.getMessage());
      return null;
    }
  }

  // ---------------------------------------------------------------------------------------- the
  // ear

  /** A canary's text, and who waits for it. */
  private record Song(byte[] text, CompletableFuture<Void> echo) {}

  /** One connection's side; its methods run on the connection's thread. */
  private final class Ear extends RedisPubSubAdapter<byte[], byte[]>
      implements RedisConnectionStateListener {

    private final Hearing hearing;
    private final StatefulRedisPubSubConnection<byte[], byte[]> connection;
    private final CompletableFuture<Void> confirmed = new CompletableFuture<>();
    private final CompletableFuture<Void> lost = new CompletableFuture<>();
    private volatile Song song = new Song(new byte[0], new CompletableFuture<>());
    private int unconfirmed;

    /** How events are named together with others; null if that is not asked for, or not yet. */
    private @Nullable Naming naming;

    // What came in together; of the connection's thread.

    private final ArrayList<KeyEvent> together = new ArrayList<>();
    private Instant heardAt = Instant.EPOCH;
    private long number;
    private long numberMax;

    Ear(Hearing hearing, StatefulRedisPubSubConnection<byte[], byte[]> connection) {
      this.hearing = hearing;
      this.connection = connection;
    }

    void listenFor(byte[] text, CompletableFuture<Void> echo) {
      song = new Song(text, echo);
    }

    void subscribe() {
      List<byte[]> channels = hearing.channels();
      List<byte[]> patterns = hearing.patterns();
      unconfirmed = channels.size() + patterns.size() + 1;
      connection.addListener((RedisPubSubListener<byte[], byte[]>) this);
      connection.addListener((RedisConnectionStateListener) this);
      if (!connection.isOpen()) {
        lost.complete(null);
      }
      if (!patterns.isEmpty()) {
        refusable(connection.async().psubscribe(patterns.toArray(byte[][]::new)));
      }
      // The channel of the canary last, so that it is proof of the others.
      byte[][] all = new byte[channels.size() + 1][];
      channels.toArray(all);
      all[channels.size()] = canaryChannel;
      refusable(connection.async().subscribe(all));
    }

    private void refusable(io.lettuce.core.RedisFuture<Void> subscription) {
      var unused =
          subscription.whenComplete(
              (nothing, refusal) -> {
                if (refusal instanceof RedisCommandExecutionException) {
                  confirmed.completeExceptionally(
                      new ListenerException(
                          connections.place() + " refuses to subscribe: " + refusal.getMessage(),
                          refusal));
                }
              });
    }

    @Override
    public void subscribed(byte[] channel, long count) {
      onConfirmed();
    }

    @Override
    public void psubscribed(byte[] pattern, long count) {
      onConfirmed();
    }

    private void onConfirmed() {
      if (--unconfirmed > 0) {
        return;
      }
      connections.hear(this::hear);
      if (options.choir() == null) {
        begin();
      }
      confirmed.complete(null);
    }

    /** What comes from now on is heard. */
    private void begin() {
      Gap.Reason reason = due;
      Instant now = Instant.now();
      if (reason != null) {
        due = null;
        mailbox.offer(new Gap(reason, proven, now, Gap.UNKNOWN));
      }
      proven = now;
    }

    @Override
    public void message(byte[] channel, byte[] message) {
      hear(null, channel, message);
    }

    @Override
    public void message(byte[] pattern, byte[] channel, byte[] message) {
      hear(pattern, channel, message);
    }

    private void hear(byte @Nullable [] pattern, byte[] channel, byte[] message) {
      if (Arrays.equals(channel, canaryChannel)) {
        onCanary(message);
      } else {
        onMessage(pattern, channel, message);
      }
    }

    private void onCanary(byte[] message) {
      Choir choir = options.choir();
      if (choir != null && (message.length == 0 || message[0] != 'm')) {
        choir.onMessage(message);
        return;
      }
      if (choir != null) {
        if (naming == null) {
          begin();
        }
        naming = new Naming(choir.group(), message);
      }
      if (Arrays.equals(message, song.text())) {
        song.echo().complete(null);
      }
    }

    private void onMessage(byte @Nullable [] pattern, byte[] channel, byte[] message) {
      Hearing.Heard heard = hearing.heard(pattern, channel, message);
      if (heard == null || isClosed() || (options.choir() != null && naming == null)) {
        return; // Not wanted, or before the place from which all count.
      }
      boolean first = together.isEmpty();
      if (first) {
        heardAt = Instant.now();
      }
      together.add(
          naming == null
              ? new KeyEvent(
                  id,
                  number(),
                  heard.name(),
                  heard.database(),
                  heard.key(),
                  heard.template(),
                  heardAt)
              : naming.event(heard, heardAt));
      if (together.size() >= TOGETHER_MAX) {
        handOver();
      } else if (first) {
        connections.atEndOfRead(this::handOver);
      }
    }

    /** The next number that no other connection of this source gives. */
    private long number() {
      if (number == numberMax) {
        number = numbers.getAndAdd(NUMBERS_AT_ONCE);
        numberMax = number + NUMBERS_AT_ONCE;
      }
      return ++number;
    }

    private void handOver() {
      mailbox.offer(together);
      together.clear();
    }

    @Override
    public void onRedisDisconnected(RedisChannelHandler<?, ?> handler) {
      lost.complete(null);
    }
  }

  /** Ends the connection; nothing comes into the mailbox any more. */
  @Override
  public void close() {
    closed.countDown();
    thread.interrupt();
  }
}
