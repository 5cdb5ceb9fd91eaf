package dev.carillon.listener.feed;

import dev.carillon.listener.Gap;
import dev.carillon.listener.KeyEvent;
import dev.carillon.listener.KeyTemplate;
import dev.carillon.listener.ListenerException;
import dev.carillon.listener.OldValue;
import dev.carillon.listener.connect.Connections;
import dev.carillon.listener.dispatch.Counters;
import dev.carillon.listener.dispatch.Mailbox;
import dev.carillon.listener.dispatch.Outcome;
import dev.carillon.listener.dispatch.Source;
import dev.carillon.listener.dispatch.Workers;
import dev.carillon.listener.pubsub.Interest;
import dev.carillon.protocol.bytes.Bytes;
import io.lettuce.core.Consumer;
import io.lettuce.core.Limit;
import io.lettuce.core.Range;
import io.lettuce.core.RedisCommandExecutionException;
import io.lettuce.core.StreamMessage;
import io.lettuce.core.XGroupCreateArgs;
import io.lettuce.core.XReadArgs;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.models.stream.PendingMessage;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads the partitions of a feed that this worker has leased, as a consumer of a group, and
 * acknowledges what was handled.
 *
 * <p>All workers of a group read under one consumer's name, since the lease, and not the name, says
 * who may. So whoever gets a partition finds in that consumer's pending list all that its
 * predecessors had read and not acknowledged, and begins with that: in order, before anything new.
 * What is under way here already is passed over. Programs that read the group under other names are
 * left alone.
 *
 * <p>Three virtual threads: the keeper renews leases and looks whether entries were trimmed that
 * the group had not read; the reader reads all leased partitions, and the {@link Bell}, by one
 * request; the acknowledger sends XACK for many entries at once. When the last entry of a partition
 * that is left is acknowledged, the keeper is woken and hands it over. An entry is acknowledged
 * when its handler has returned, which is always before the lease is given up in an orderly way. A
 * worker that lost its lease without noticing begins no handler any more ({@link
 * Partition#mayBegin}); one that runs still then may overlap with the next worker's, which is what
 * the event's id is for.
 */
public final class FeedSource implements Source {

  private static final Logger LOG = LoggerFactory.getLogger(FeedSource.class);

  private static final byte[] CONSUMER = "carillon-listener".getBytes(StandardCharsets.US_ASCII);
  private static final int READ_MAX = 512;
  private static final Duration BACK_OFF = Duration.ofMillis(100);

  /**
   * Chosen: how long a change of the leased partitions may stay unnoticed by the reader where the
   * bell does not ring.
   */
  private static final Duration BLOCK_MAX = Duration.ofMillis(500);

  /** Chosen: how often what was handled is tried to be acknowledged by a worker that closes. */
  private static final int LAST_ATTEMPTS = 3;

  /** Chosen: how often is looked whether the handlers of an earlier tenure have ended. */
  private static final Duration ENDING = Duration.ofMillis(50);

  /**
   * What a source is told beside its interest.
   *
   * @param name of the subscription, for people
   * @param group whose workers share the events
   * @param feed the key of the feed, in the database of the URI
   * @param creating whether the feed may be made if it is not there
   * @param partitions of a feed that is made
   * @param valueBytesMax up to how many bytes values are carried by a feed that is made; -1 for
   *     none
   * @param isVolatile whether a feed that is made may be lost with the server
   * @param deadLetters whether events that are given up are kept
   * @param lease how long a worker that died keeps its partitions
   */
  public record Options(
      String name,
      String group,
      String feed,
      boolean creating,
      int partitions,
      long valueBytesMax,
      boolean isVolatile,
      boolean deadLetters,
      Duration lease) {}

  private record Ack(Partition partition, String id) {}

  private final Connections connections;
  private final Interest interest;
  private final Options options;
  private final Workers workers;
  private final Mailbox mailbox;
  private final Counters counters;
  private final byte[] group;
  private final List<Partition> partitions = new ArrayList<>();
  private final LinkedBlockingQueue<Ack> acks = new LinkedBlockingQueue<>();
  private final CompletableFuture<Void> ready = new CompletableFuture<>();
  private final CountDownLatch stopped = new CountDownLatch(1);
  private final CountDownLatch finishing = new CountDownLatch(1);

  /** Whoever releases one lets the keeper look at once. */
  private final Semaphore wakes = new Semaphore(0);

  private final List<Thread> threads = new ArrayList<>();
  private volatile @Nullable StatefulRedisConnection<byte[], byte[]> reading;
  private @Nullable Leases leases;
  private @Nullable Bell bell;
  private long lost;

  /** Set by the keeper when it could not look for a while, for the gap's beginning. */
  private Instant lookedAt = Instant.now();

  /** A source that is started with {@link #awaitReady}. */
  public FeedSource(
      Connections connections,
      Interest interest,
      Mailbox mailbox,
      Counters counters,
      Workers workers,
      Options options) {
    this.connections = connections;
    this.interest = interest;
    this.mailbox = mailbox;
    this.counters = counters;
    this.workers = workers;
    this.options = options;
    group = bytes(options.group());
  }

  /**
   * Makes sure that there are the feed and the group, and begins.
   *
   * @throws ListenerException if that is not possible, with what to do
   */
  @Override
  public void awaitReady() {
    try {
      prepare();
    } catch (RedisCommandExecutionException e) {
      throw new ListenerException(
          connections.place() + " refuses the feed \"" + options.feed() + "\": " + e.getMessage(),
          e);
    }
    start("keeper", this::keep);
    start("reader", this::read);
    start("acknowledger", this::acknowledge);
    try {
      ready.get();
    } catch (ExecutionException e) {
      throw new ListenerException(String.valueOf(e.getMessage()), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new ListenerException("interrupted before events were read", e);
    }
  }

  private void start(String role, Runnable work) {
    threads.add(Thread.ofVirtual().name("carillon-" + options.name() + "-" + role).start(work));
  }

  // ---------------------------------------------------------------------------------- preparations

  /**
   * Whether the server keeps feeds at all.
   *
   * @throws ListenerException if it does, and refuses to be asked
   */
  public static boolean isPossible(Connections connections) {
    try {
      FeedCommand.ask(connections, List.of(bytes("LIST")));
      return true;
    } catch (RedisCommandExecutionException e) {
      if (String.valueOf(e.getMessage()).contains("unknown command")) {
        return false;
      }
      throw new ListenerException(connections.place() + " refuses FEED LIST: " + e.getMessage(), e);
    }
  }

  private void prepare() {
    WantedFeed wanted = new WantedFeed(interest, options);
    Map<String, Object> info = found(wanted);
    compare(wanted, info);
    List<byte[]> keys = new ArrayList<>();
    if (info.get("partitions") instanceof List<?> list) {
      for (Object one : list) {
        keys.add(bytes(FeedCommand.text(FeedCommand.map(one).get("key"))));
      }
    }
    String own = "carillon:own:group:" + options.feed() + ":" + options.group();
    for (byte[] key : keys) {
      partitions.add(new Partition(key, bytes(own + ":lease:" + text(key)), false));
    }
    byte[] redriven = redriveKey(options.feed(), options.group());
    partitions.add(new Partition(redriven, bytes(own + ":lease:redrive"), true));
    for (Partition partition : partitions) {
      join(partition);
    }
    lost = lost(info);
    String worker =
        ProcessHandle.current().pid()
            + "-"
            + Long.toHexString(ThreadLocalRandom.current().nextLong());
    Bell hung = new Bell(connections, own + ":bell:", group, worker);
    hung.hang();
    bell = hung;
    leases =
        new Leases(
            connections,
            options.name(),
            worker,
            bytes(own + ":workers"),
            hung,
            partitions,
            options.lease());
  }

  private Map<String, Object> info() {
    return FeedCommand.map(
        FeedCommand.ask(connections, List.of(bytes("INFO"), bytes(options.feed()))));
  }

  /** What is said of the feed, which is made if it may be and is not there. */
  private Map<String, Object> found(WantedFeed wanted) {
    try {
      return info();
    } catch (RedisCommandExecutionException e) {
      if (!isAbsence(e)) {
        throw e;
      }
      if (!options.creating()) {
        throw new ListenerException(
            connections.place()
                + " has no feed \""
                + options.feed()
                + "\"; make it with: "
                + wanted.line()
                + ", or do not ask for an existingFeed()",
            e);
      }
    }
    try {
      FeedCommand.ask(connections, wanted.creation());
      LOG.info("{}: made the feed {}", options.name(), options.feed());
    } catch (RedisCommandExecutionException e) {
      if (String.valueOf(e.getMessage()).startsWith("NOPERM")) {
        throw new ListenerException(
            connections.place()
                + " refuses to make the feed \""
                + options.feed()
                + "\": "
                + e.getMessage()
                + "; let somebody who may send: "
                + wanted.line(),
            e);
      }
      // Another worker may have been faster; if not, the next look at it says so.
      if (!String.valueOf(e.getMessage()).contains("exists already")) {
        throw e;
      }
    }
    try {
      return info();
    } catch (RedisCommandExecutionException e) {
      if (!isAbsence(e)) {
        throw e;
      }
      throw new ListenerException(
          connections.place()
              + " has a key \""
              + options.feed()
              + "\", or one of its partitions, that is no feed; remove it, or name another feed"
              + " with feed(\"…\")",
          e);
    }
  }

  private static boolean isAbsence(RedisCommandExecutionException e) {
    return String.valueOf(e.getMessage()).endsWith("no such feed");
  }

  /**
   * Refuses a feed that was to be made and is there otherwise, where wanted events would never
   * come; whoever asked for an existing one takes it as it is, and is told.
   */
  private void compare(WantedFeed wanted, Map<String, Object> info) {
    List<String> missing = wanted.missing(info);
    if (!missing.isEmpty() && options.creating()) {
      throw new ListenerException(
          "the feed \""
              + options.feed()
              + "\" of "
              + connections.place()
              + " is there and does not keep "
              + String.join(", ", missing)
              + "; name another one with feed(\"…\"), take it as it is with existingFeed(), or,"
              + " when its groups have handled what it holds, send FEED DROP "
              + options.feed()
              + " and start again");
    }
    if (!missing.isEmpty()) {
      LOG.warn(
          "{}: the feed {} does not keep {}",
          options.name(),
          options.feed(),
          String.join(", ", missing));
    }
    List<String> different = wanted.different(info);
    if (!different.isEmpty() && options.creating()) {
      LOG.warn(
          "{}: the feed {} is there already: {}",
          options.name(),
          options.feed(),
          String.join(", ", different));
    }
  }

  private void join(Partition partition) {
    try {
      connections.ask(
          redis ->
              redis.xgroupCreate(
                  io.lettuce.core.XReadArgs.StreamOffset.from(partition.key(), "0"),
                  group,
                  XGroupCreateArgs.Builder.mkstream(partition.isRedriven())));
    } catch (RedisCommandExecutionException e) {
      if (!String.valueOf(e.getMessage()).startsWith("BUSYGROUP")) {
        throw e;
      }
    }
  }

  /** What was trimmed before the group had acknowledged it. */
  private long lost(Map<String, Object> info) {
    if (info.get("groups") instanceof List<?> groups) {
      for (Object one : groups) {
        Map<String, Object> facts = FeedCommand.map(one);
        if (FeedCommand.text(facts.get("name")).equals(options.group())) {
          return Long.parseLong(FeedCommand.text(facts.get("trimmed-unacknowledged")));
        }
      }
    }
    return 0;
  }

  // -------------------------------------------------------------------------------------- the
  // keeper

  private void keep() {
    Trouble trouble = new Trouble(options.name() + ", keeper");
    long everyNanos = options.lease().toNanos() / 3;
    long next = System.nanoTime();
    while (finishing.getCount() > 0) {
      boolean isDue = System.nanoTime() - next >= 0;
      try {
        if (leases != null) {
          leases.round(isStopped());
        }
        if (isDue) {
          look();
          partitions.forEach(this::lookForLate);
          next = System.nanoTime() + everyNanos;
        }
        ready.complete(null);
        trouble.over();
      } catch (ListenerException | RedisCommandExecutionException e) {
        trouble.on(e);
        next = System.nanoTime() + everyNanos;
      } catch (RuntimeException e) {
        LOG.error("{}: a defect", options.name(), e);
        next = System.nanoTime() + everyNanos;
      }
      try {
        long rest = next - System.nanoTime();
        if (leases != null && !trouble.isNow()) {
          rest = Math.min(rest, leases.nanosLeft());
        }
        boolean unused = wakes.tryAcquire(rest, TimeUnit.NANOSECONDS);
        wakes.drainPermits();
      } catch (InterruptedException e) {
        return;
      }
    }
  }

  /**
   * Whether somebody who had the partition before has read on late, when all that it had read was
   * taken on here already, and left what it got.
   */
  private void lookForLate(Partition partition) {
    if (partition.state() != Partition.State.OWNED) {
      return;
    }
    List<PendingMessage> oldest =
        connections.ask(
            redis ->
                redis.xpending(
                    partition.key(),
                    Consumer.from(group, CONSUMER),
                    Range.unbounded(),
                    Limit.from(1)));
    if (!oldest.isEmpty() && !partition.underWay().contains(oldest.getFirst().getId())) {
      partition.unsettled();
    }
  }

  /** Has a partition handed over that is left, if this was the last thing to wait for. */
  private void settled(Partition partition) {
    if (partition.isDrained()) {
      wakes.release();
    }
  }

  /** Whether entries have gone that the group had not handled. */
  private void look() {
    long now = lost(info());
    Instant when = Instant.now();
    if (now > lost) {
      mailbox.offer(new Gap(Gap.Reason.TRIMMED, lookedAt, when, now - lost));
    }
    lost = now;
    lookedAt = when;
  }

  // -------------------------------------------------------------------------------------- the
  // reader

  private boolean isStopped() {
    return stopped.getCount() == 0;
  }

  private void read() {
    Trouble trouble = new Trouble(options.name() + ", reader");
    Bell rung = Objects.requireNonNull(bell);
    while (!isStopped()) {
      Duration delay = BACK_OFF;
      try (StatefulRedisConnection<byte[], byte[]> connection = connections.reader()) {
        reading = connection;
        partitions.forEach(Partition::unsettled);
        while (!isStopped()) {
          read(connection, rung);
          trouble.over();
        }
      } catch (ListenerException | RedisCommandExecutionException e) {
        delay = isStopped() ? delay : trouble.on(e);
      } catch (RuntimeException e) {
        LOG.error("{}: a defect", options.name(), e);
      } catch (InterruptedException e) {
        break;
      } finally {
        partitions.forEach(Partition::endRead);
        partitions.forEach(this::settled);
      }
      try {
        if (stopped.await(delay.toMillis(), TimeUnit.MILLISECONDS)) {
          break;
        }
      } catch (InterruptedException e) {
        break;
      }
    }
  }

  private void read(StatefulRedisConnection<byte[], byte[]> connection, Bell rung)
      throws InterruptedException {
    Map<String, Partition> read = new LinkedHashMap<>();
    long blockNanos = BLOCK_MAX.toNanos();
    for (Partition partition : partitions) {
      if (partition.beginRead()) {
        if (partition.takeUnsettled()) {
          recover(connection, partition);
        }
        read.put(text(partition.key()), partition);
        // The server waits no longer than this worker may have what it then gives.
        blockNanos = Math.min(blockNanos, partition.leaseNanosLeft());
      } else {
        blockNanos = Math.min(blockNanos, partition.isEnding() ? ENDING.toNanos() : blockNanos);
        settled(partition);
      }
    }
    @SuppressWarnings({"unchecked", "rawtypes"})
    XReadArgs.StreamOffset<byte[]>[] offsets = new XReadArgs.StreamOffset[read.size() + 1];
    int at = 0;
    for (Partition partition : read.values()) {
      offsets[at++] = XReadArgs.StreamOffset.lastConsumed(partition.key());
    }
    offsets[at] = XReadArgs.StreamOffset.lastConsumed(rung.key());
    long blockMillis = Math.max(1, blockNanos / 1_000_000);
    List<StreamMessage<byte[], byte[]>> messages;
    try {
      messages =
          connections.answer(
              connection
                  .async()
                  .xreadgroup(
                      Consumer.from(group, CONSUMER),
                      XReadArgs.Builder.block(blockMillis).count(READ_MAX),
                      offsets));
    } catch (RedisCommandExecutionException e) {
      if (!rung.isMissing(e)) {
        throw e;
      }
      rung.hang();
      wakes.release();
      return;
    }
    for (StreamMessage<byte[], byte[]> message : messages) {
      Partition partition = read.get(text(message.getStream()));
      if (partition != null) {
        take(partition, message, 1);
      } else {
        var unused = connection.async().xack(rung.key(), group, message.getId());
        wakes.release();
      }
    }
  }

  /** Takes on what was read before and not acknowledged, by this worker or by one before it. */
  private void recover(StatefulRedisConnection<byte[], byte[]> connection, Partition partition)
      throws InterruptedException {
    String from = "0";
    while (!isStopped()) {
      // As it was before the question: what is acknowledged meanwhile may be in the answer.
      Set<String> known = Set.copyOf(partition.underWay());
      List<StreamMessage<byte[], byte[]>> messages =
          connections.answer(
              connection
                  .async()
                  .xreadgroup(
                      Consumer.from(group, CONSUMER),
                      XReadArgs.Builder.count(READ_MAX),
                      XReadArgs.StreamOffset.from(partition.key(), from)));
      if (messages.isEmpty()) {
        return;
      }
      Map<String, Integer> deliveries = new HashMap<>();
      List<PendingMessage> pending =
          connections.answer(
              connection
                  .async()
                  .xpending(
                      partition.key(),
                      Consumer.from(group, CONSUMER),
                      Range.create(messages.getFirst().getId(), messages.getLast().getId()),
                      Limit.from(READ_MAX)));
      pending.forEach(one -> deliveries.put(one.getId(), (int) one.getRedeliveryCount()));
      for (StreamMessage<byte[], byte[]> message : messages) {
        if (!known.contains(message.getId())) {
          take(partition, message, deliveries.getOrDefault(message.getId(), 1));
        }
      }
      from = messages.getLast().getId();
    }
  }

  private void take(Partition partition, StreamMessage<byte[], byte[]> message, int attempt)
      throws InterruptedException {
    String id = message.getId();
    KeyEvent event = event(partition, message, attempt);
    partition.underWay().add(id);
    if (event == null) {
      // Not wanted here, or trimmed while it was pending.
      acks.add(new Ack(partition, id));
      return;
    }
    counters.onHeard();
    workers.submit(event, new Delivery(partition, id, message.getBody()));
  }

  private @Nullable KeyEvent event(
      Partition partition, StreamMessage<byte[], byte[]> message, int attempt) {
    Map<byte[], byte[]> body = message.getBody();
    if (body == null || body.isEmpty()) {
      return null;
    }
    Map<String, byte[]> fields = new HashMap<>();
    body.forEach((field, value) -> fields.put(text(field), value));
    byte[] name = fields.get("event");
    byte[] key = fields.get("key");
    if (name == null || key == null) {
      return null;
    }
    Bytes keyBytes = Bytes.of(key);
    KeyTemplate template = interest.wanted(Bytes.of(name), keyBytes);
    if (template == null) {
      return null;
    }
    byte[] id = fields.get("id");
    byte[] deadline = fields.get("deadline");
    byte[] names = fields.get("fields");
    return new KeyEvent(
        id != null ? text(id) : text(partition.key()) + "/" + message.getId(),
        text(name),
        (int) number(fields.get("db"), 0),
        keyBytes,
        template,
        Instant.ofEpochMilli(number(fields.get("at"), System.currentTimeMillis())),
        Math.max(1, partition.isRedriven() && attempt == 1 ? 1 : attempt),
        names == null ? List.of() : counted(names),
        oldValue(fields),
        deadline == null ? null : Instant.ofEpochMilli(number(deadline, 0)));
  }

  private static @Nullable OldValue oldValue(Map<String, byte[]> fields) {
    byte[] value = fields.get("value");
    byte[] dump = fields.get("dump");
    byte[] omitted = fields.get("omitted");
    if (value == null && dump == null && omitted == null) {
      return null;
    }
    return new OldValue(
        value == null ? null : Bytes.of(value),
        dump == null ? null : Bytes.of(dump),
        number(omitted, 0));
  }

  private static long number(byte @Nullable [] text, long otherwise) {
    return text == null ? otherwise : Long.parseLong(text(text));
  }

  /** Takes {@code <n>:<field>,<n>:<field>…} apart. */
  private static List<Bytes> counted(byte[] text) {
    List<Bytes> fields = new ArrayList<>();
    int at = 0;
    while (at < text.length) {
      int length = 0;
      while (text[at] != ':') {
        length = length * 10 + text[at++] - '0';
      }
      fields.add(Bytes.view(text, at + 1, length));
      at += length + 2;
    }
    return fields;
  }

  // -------------------------------------------------------------------------------- what becomes
  // of it

  private final class Delivery implements Outcome {

    private final Partition partition;
    private final int tenure;
    private final String id;
    private final Map<byte[], byte[]> body;

    Delivery(Partition partition, String id, Map<byte[], byte[]> body) {
      this.partition = partition;
      this.tenure = partition.tenure();
      this.id = id;
      this.body = body;
    }

    @Override
    public boolean mayBegin(KeyEvent event) {
      return partition.mayBegin(tenure);
    }

    @Override
    public void onHandled(KeyEvent event) {
      acks.add(new Ack(partition, id));
    }

    @Override
    public void onLeft(KeyEvent event) {
      partition.underWay().remove(id);
      settled(partition);
    }

    @Override
    public void onGivenUp(KeyEvent event, Throwable cause) {
      if (options.deadLetters()) {
        try {
          Map<byte[], byte[]> letter = new LinkedHashMap<>();
          body.forEach(
              (field, value) -> {
                if (!FeedLetters.OWN_FIELDS.contains(text(field))) {
                  letter.put(field, value);
                }
              });
          letter.put(bytes("id"), bytes(event.id()));
          letter.put(bytes("attempts"), bytes(Integer.toString(event.attempt())));
          letter.put(bytes("error"), bytes(String.valueOf(cause)));
          connections.ask(redis -> redis.xadd(deadKey(options.feed(), options.group()), letter));
        } catch (RuntimeException e) {
          // Not acknowledged, so that it is found again and does not vanish.
          LOG.error("{}: {} could not be kept as a dead letter", options.name(), event, e);
          partition.underWay().remove(id);
          settled(partition);
          return;
        }
      }
      acks.add(new Ack(partition, id));
    }
  }

  /** Acknowledges until everything is done that was begun. */
  private void acknowledge() {
    Trouble trouble = new Trouble(options.name() + ", acknowledger");
    List<Ack> batch = new ArrayList<>();
    int last = 0;
    while (true) {
      try {
        if (batch.isEmpty()) {
          Ack first = acks.poll(100, TimeUnit.MILLISECONDS);
          if (first == null) {
            if (finishing.getCount() == 0) {
              return;
            }
            continue;
          }
          batch.add(first);
          acks.drainTo(batch, READ_MAX);
        }
        send(batch);
        batch.clear();
        trouble.over();
      } catch (ListenerException | RedisCommandExecutionException e) {
        Duration delay = trouble.on(e);
        if (finishing.getCount() == 0 && ++last > LAST_ATTEMPTS) {
          return; // Others will find them pending.
        }
        rest(delay);
      } catch (InterruptedException e) {
        return;
      }
    }
  }

  private static void rest(Duration delay) {
    try {
      TimeUnit.NANOSECONDS.sleep(delay.toNanos());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt(); // The next wait ends at once.
    }
  }

  private void send(List<Ack> batch) {
    Map<Partition, List<String>> ids = new HashMap<>();
    batch.forEach(ack -> ids.computeIfAbsent(ack.partition, key -> new ArrayList<>()).add(ack.id));
    ids.forEach(
        (partition, some) -> {
          String[] array = some.toArray(String[]::new);
          connections.ask(redis -> redis.xack(partition.key(), group, array));
          if (partition.isRedriven()) {
            connections.ask(redis -> redis.xdel(partition.key(), array));
          }
          // One by one: a set's removeAll looks through the list for each of its elements.
          some.forEach(partition.underWay()::remove);
          settled(partition);
        });
  }

  // --------------------------------------------------------------------------------------- the end

  /**
   * Nothing more is read; whoever waits for an entry is woken by the end of the connection. The
   * keeper gives partitions up as soon as their handlers have ended.
   */
  @Override
  public void close() {
    stopped.countDown();
    wakes.release();
    StatefulRedisConnection<byte[], byte[]> connection = reading;
    if (connection != null) {
      connection.closeAsync();
    }
  }

  /** What was handled is acknowledged, and the partitions are given up. */
  @Override
  public void finish() {
    finishing.countDown();
    wakes.release();
    try {
      for (Thread thread : threads) {
        thread.join(connections.patience());
      }
      if (leases != null) {
        leases.close();
      }
    } catch (ListenerException | RedisCommandExecutionException e) {
      LOG.warn("{}: {}; the leases end by themselves", options.name(), e.getMessage());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  static byte[] deadKey(String feed, String group) {
    return bytes(feed + ":dead:" + group);
  }

  static byte[] redriveKey(String feed, String group) {
    return bytes(feed + ":redrive:" + group);
  }

  static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  static String text(byte[] bytes) {
    return new String(bytes, StandardCharsets.UTF_8);
  }
}
