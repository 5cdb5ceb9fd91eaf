package dev.carillon.simulation;

import dev.carillon.engine.Engine;
import dev.carillon.engine.EngineOptions;
import dev.carillon.engine.command.Host;
import dev.carillon.engine.config.Configuration;
import dev.carillon.engine.config.FsyncPolicy;
import dev.carillon.engine.config.Parameters;
import dev.carillon.engine.journal.Journal;
import dev.carillon.engine.journal.Recovery;
import dev.carillon.engine.session.Peer;
import dev.carillon.engine.session.Session;
import dev.carillon.engine.storage.Disk;
import dev.carillon.engine.turn.EventSink;
import dev.carillon.engine.turn.Turn;
import dev.carillon.protocol.bytes.Bytes;
import dev.carillon.protocol.event.EventClass;
import dev.carillon.protocol.event.EventType;
import dev.carillon.protocol.resp.ProtocolError;
import dev.carillon.protocol.resp.Reply;
import dev.carillon.protocol.resp.ReplyDecoder;
import dev.carillon.protocol.resp.Request;
import dev.carillon.simulation.check.Atomic;
import dev.carillon.simulation.check.Broken;
import dev.carillon.simulation.check.Complete;
import dev.carillon.simulation.check.Ordered;
import dev.carillon.simulation.check.Recovered;
import dev.carillon.simulation.check.Resumable;
import dev.carillon.simulation.check.Timely;
import dev.carillon.simulation.check.Unique;
import dev.carillon.simulation.disk.FaultyDisk;
import dev.carillon.simulation.disk.FaultyStorage;
import dev.carillon.simulation.disk.Killed;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.zip.CRC32;
import org.jspecify.annotations.Nullable;

/**
 * Feeds on a machine that crashes: the shipped engine and journal over a disk that loses and fails,
 * writers, readers that go on where they stopped, restarts between which deadlines pass, rewritings
 * of the journal. What happened is noted by somebody who hears every event inside the engine; what
 * feeds hold is compared with it after each start, and readers compare what they get.
 */
final class FeedSimulation {

  private static final long START_MILLIS = 1_700_000_000_000L;
  private static final Peer PEER = new Peer("127.0.0.1:50000", "127.0.0.1:6379", -1);
  private static final int REMEMBERED = 30;
  private static final int KEYS = 8;
  private static final int PARTITIONS = 3;
  private static final int TRIMMED = 5;
  private static final String FEED = "feed";
  private static final String SHORT = "short";
  private static final String PARTED = "parted";

  /** A change of a matching key that was committed. */
  private record Change(long sequence, String key, String text) {}

  /** A connection, and what it is to get. */
  private final class Client {
    final Session session;
    final ReplyDecoder decoder = new ReplyDecoder();
    final Deque<Asked> asked = new ArrayDeque<>();

    Client(Engine engine) {
      session = engine.open(PEER, nowMillis);
    }
  }

  /** A request that was executed and whose reply has not come. */
  private record Asked(String text, long sequence, boolean isChange, @Nullable Reader reader) {}

  /** Follows one feed across connections and starts. */
  private static final class Reader {
    final String feed;
    final List<String> got = new ArrayList<>();
    String lastId = "0-0";
    int next;
    boolean isAsking;

    /** The place of what comes first if it asks from the beginning. */
    int beginning;

    Reader(String feed) {
      this.feed = feed;
    }
  }

  private final long seed;
  private final Random random;
  private final FaultyDisk disk;
  private final FeedSaboteur saboteur;
  private final Map<String, Integer> tally;
  private final Deque<String> history = new ArrayDeque<>();
  private final Complete complete = new Complete();
  private final Unique unique = new Unique();
  private final Ordered ordered = new Ordered();
  private final Atomic atomic = new Atomic();
  private final Timely timely = new Timely();
  private final Resumable resumable = new Resumable();
  private final FsyncPolicy policy;

  /** All changes of matching keys since the feeds were made. */
  private final List<Change> changes = new ArrayList<>();

  private final List<Reader> readers = List.of(new Reader(FEED), new Reader(SHORT));
  private final Map<String, Long> madeAt = new TreeMap<>();
  private long nowMillis = START_MILLIS;
  private long startedMillis;
  private int step;

  private @Nullable Engine engine;
  private SimulatedBackground syncs = new SimulatedBackground();
  private SimulatedBackground bulk = new SimulatedBackground();
  private final List<Client> clients = new ArrayList<>();

  /**
   * A run that has not begun.
   *
   * @param tally counts what came about, to show that the runs reach it
   */
  FeedSimulation(long seed, FeedSaboteur saboteur, Map<String, Integer> tally) {
    this.seed = seed;
    this.saboteur = saboteur;
    this.tally = tally;
    random = new Random(seed);
    disk = new FaultyDisk(new Random(random.nextLong()));
    policy = FsyncPolicy.values()[random.nextInt(FsyncPolicy.values().length)];
  }

  private Engine engine() {
    return Objects.requireNonNull(engine);
  }

  // ----------------------------------------------------------------------------------------- run

  void run() {
    try {
      int lives = 3 + random.nextInt(4);
      for (int life = 1; life <= lives; life++) {
        note("life " + life + " with appendfsync " + policy);
        boolean last = life == lives;
        try {
          if (!last && random.nextInt(5) == 0) {
            disk.killAfter(random.nextInt(40));
          }
          start();
          if (!last && random.nextInt(2) == 0) {
            disk.killAfter(10 + random.nextInt(120));
          }
          live(last ? 40 : 20 + random.nextInt(300));
        } catch (Killed killed) {
          count("killed in an operation");
          note("killed in an operation on the disk");
        }
        end();
      }
    } catch (Broken broken) {
      throw broken.at(place());
    } catch (RuntimeException | AssertionError | IOException failure) {
      throw new AssertionError(failure + "\n" + place(), failure);
    } finally {
      end();
    }
  }

  private String place() {
    return "seed "
        + seed
        + " at step "
        + step
        + "; replay it with\n  ./mvnw -q test -pl simulation -am -Dtest=FeedSimulationTest"
        + " -Dsurefire.failIfNoSpecifiedTests=false -Dcarillon.seed="
        + seed
        + "\nthe last steps were\n  "
        + String.join("\n  ", history);
  }

  private void count(String what) {
    tally.merge(what, 1, Integer::sum);
  }

  private void note(String what) {
    history.add(step + ": " + what);
    if (history.size() > REMEMBERED) {
      history.remove();
    }
  }

  /** The process ends somehow, and the machine with it perhaps; then time passes. */
  private void end() {
    if (engine == null) {
      return;
    }
    disk.faults().clear();
    disk.kill();
    syncs.drop();
    bulk.drop();
    if (random.nextInt(2) == 0) {
      note("the power is cut");
      count("power cut");
      disk.cutPower();
    }
    clients.clear();
    readers.forEach(reader -> reader.isAsking = false);
    engine = null;
    nowMillis += random.nextInt(3) == 0 ? random.nextInt(20_000) : random.nextInt(100);
  }

  // --------------------------------------------------------------------------------------- start

  private void start() throws IOException {
    FaultyStorage storage = disk.mount(SimulatedBackground::pauseHere);
    syncs = new SimulatedBackground();
    bulk = new SimulatedBackground();
    Configuration config = new Configuration();
    config.put(Parameters.SAVE, List.of());
    config.put(Parameters.APPENDONLY, true);
    config.put(Parameters.APPENDFSYNC, policy);
    Engine started =
        new Engine(
            new EngineOptions(
                config,
                new Random(random.nextLong()),
                Host.NONE,
                Long.MAX_VALUE,
                new Disk(storage, syncs, bulk)));
    engine = started;
    Recovery recovery = started.recovery();
    while (!recovery.slice(512)) {
      // There is more.
    }
    started.recovered(recovery);
    startedMillis = nowMillis;
    timely.onStarted();
    note("recovered " + recovery.sequence());
    count("recovered");
    verify(recovery.sequence());
    started.startJournal(nowMillis);
    Journal journal = Objects.requireNonNull(started.journal());
    started.recorder(saboteur.journal(journal));
    started.hear(new Notes());
    saboteur.onStarted(started, nowMillis);
    make(FEED, "MATCH", "o*");
    make(SHORT, "MATCH", "o*", "MAXLEN", Integer.toString(TRIMMED));
    make(PARTED, "MATCH", "o*", "PARTITIONS", Integer.toString(PARTITIONS));
    meetDeadlines();
  }

  private void make(String name, String... options) {
    if (!madeAt.containsKey(name)) {
      List<String> words = new ArrayList<>(List.of("FEED", "CREATE", name, "EVENTS", "$gx"));
      words.addAll(List.of(options));
      ask(new Client(engine()), words, null);
      madeAt.put(name, engine().sequence());
    }
  }

  /** What passed its deadline while nobody was there is told once. */
  private void meetDeadlines() {
    Set<String> due = new TreeSet<>();
    engine()
        .keyspace()
        .database(0)
        .scan(
            0,
            100_000,
            entry -> {
              if (entry.hasDeadline() && entry.deadlineMillis() <= nowMillis) {
                due.add(entry.key().toLatin1());
              }
            });
    due.removeIf(key -> !key.startsWith("o"));
    int before = entries(FEED).size();
    endRound();
    Recovered recovered = new Recovered();
    List<Map<String, String>> all = entries(FEED);
    for (Map<String, String> entry : all.subList(before, all.size())) {
      recovered.onExpired(String.valueOf(entry.get("key")));
    }
    recovered.onSettled(due);
    due.forEach(key -> count("expired while down"));
  }

  /** Everything that hears events inside the engine and notes those that feeds match. */
  private final class Notes implements EventSink {

    private final List<Change> heard = new ArrayList<>();
    private @Nullable Turn turn;

    @Override
    public void attach(Turn newTurn) {
      turn = newTurn;
    }

    @Override
    public int interest() {
      return EventClass.GENERIC.bit() | EventClass.STRING.bit() | EventClass.EXPIRED.bit();
    }

    @Override
    public void onEvent(int db, EventType type, Bytes key, List<Bytes> subkeys) {
      Turn running = Objects.requireNonNull(turn);
      if (key.length() > 0 && key.at(0) == 'o') {
        String name = key.toLatin1();
        String text = type.wireBytes().toLatin1() + " " + name + " " + running.nowMillis();
        heard.add(new Change(0, name, text));
        running.deliverAtEnd();
      }
    }

    @Override
    public void onCommitted(Turn committed) {
      for (Change change : heard) {
        changes.add(new Change(committed.sequence(), change.key, change.text));
        count("change");
      }
      heard.clear();
    }
  }

  // -------------------------------------------------------------------------------------- verify

  /** What all that happened up to now should have left in a feed, or in a partition of it. */
  private List<String> happened(String feed, int partition) {
    long since = madeAt.getOrDefault(feed, Long.MAX_VALUE);
    return changes.stream()
        .filter(change -> change.sequence > since)
        .filter(change -> partition < 0 || partitionOf(change.key) == partition)
        .map(Change::text)
        .toList();
  }

  private static int partitionOf(String key) {
    CRC32 crc = new CRC32();
    crc.update(key.getBytes(StandardCharsets.ISO_8859_1));
    return (int) (crc.getValue() % PARTITIONS);
  }

  /** A start brought back everything up to a turn; what came later is forgotten. */
  private void verify(long sequence) {
    if (!changes.isEmpty() && changes.getLast().sequence > sequence) {
      count("lost the last changes");
    }
    changes.removeIf(change -> change.sequence > sequence);
    madeAt.values().removeIf(made -> made > sequence);
    if (madeAt.containsKey(FEED)) {
      resumable.onRecovered(happened(FEED, -1), readers.getFirst().got);
    }
    complete.onRecovered(sequence);
    for (String name : madeAt.keySet()) {
      if (name.equals(PARTED)) {
        for (int i = 0; i < PARTITIONS; i++) {
          compare(name + ":" + i, happened(name, i));
        }
      } else {
        List<String> all = happened(name, -1);
        boolean isShort = name.equals(SHORT) && all.size() > TRIMMED;
        compare(name, isShort ? all.subList(all.size() - TRIMMED, all.size()) : all);
      }
    }
    if (madeAt.containsKey(FEED)) {
      verifyTogether();
    }
  }

  private void compare(String feed, List<String> happened) {
    List<String> found = new ArrayList<>();
    for (Map<String, String> entry : entries(feed)) {
      found.add(text(entry));
    }
    unique.onCompared(feed, happened, found);
    complete.onCompared(feed, happened, found);
    ordered.onCompared(feed, happened, found);
    count("compared");
  }

  private void verifyTogether() {
    Map<String, Boolean> told = new TreeMap<>();
    for (Map<String, String> entry : entries(FEED)) {
      String event = String.valueOf(entry.get("event"));
      told.put(String.valueOf(entry.get("key")), !event.equals("del") && !event.equals("expired"));
    }
    Set<String> keys = new HashSet<>();
    engine()
        .keyspace()
        .database(0)
        .scan(
            0,
            100_000,
            entry -> {
              String key = entry.key().toLatin1();
              if (key.startsWith("o")) {
                keys.add(key);
              }
            });
    atomic.onRecovered(told, keys);
  }

  /** The expiries since the start were told in time. */
  private void verifyTimes() {
    for (Map<String, String> entry : entries(FEED)) {
      long at = Long.parseLong(String.valueOf(entry.get("at")));
      if ("expired".equals(entry.get("event")) && at >= startedMillis) {
        long deadline = Long.parseLong(String.valueOf(entry.get("deadline")));
        timely.onExpired(String.valueOf(entry.get("key")), deadline, at);
        count("expired");
      }
    }
  }

  private static String text(Map<String, String> entry) {
    return entry.get("event") + " " + entry.get("key") + " " + entry.get("at");
  }

  /** What a feed holds, whether or not anybody may see it yet. */
  private List<Map<String, String>> entries(String feed) {
    Session session = engine().sessions().internal(nowMillis);
    engine().execute(session, request(List.of("XRANGE", feed, "-", "+")), nowMillis);
    ReplyDecoder decoder = new ReplyDecoder();
    session.outbox().drain(Long.MAX_VALUE, Long.MAX_VALUE, decoder::feed);
    List<Map<String, String>> entries = new ArrayList<>();
    if (next(decoder) instanceof Reply.Array found) {
      for (Reply entry : found.elements()) {
        entries.add(fields((Reply.Array) entry));
      }
    }
    return entries;
  }

  private static Map<String, String> fields(Reply.Array entry) {
    List<Reply> words = ((Reply.Array) entry.elements().get(1)).elements();
    Map<String, String> fields = new TreeMap<>();
    fields.put("id", SimulatedClient.text(entry.elements().getFirst()));
    for (int i = 0; i < words.size(); i += 2) {
      fields.put(SimulatedClient.text(words.get(i)), SimulatedClient.text(words.get(i + 1)));
    }
    return fields;
  }

  private static @Nullable Reply next(ReplyDecoder decoder) {
    try {
      return decoder.next();
    } catch (ProtocolError e) {
      throw new AssertionError("the server wrote something that is no reply", e);
    }
  }

  // ---------------------------------------------------------------------------------------- live

  private void live(int steps) {
    for (int i = 0; i < 3; i++) {
      clients.add(new Client(engine()));
    }
    for (int i = 0; i < steps; i++) {
      step++;
      step();
    }
    disk.faults().clear();
    verifyTimes();
  }

  private void step() {
    switch (random.nextInt(20)) {
      case 0, 1 -> nowMillis += random.nextInt(60);
      case 2, 3, 4 -> work(syncs, 1 + random.nextInt(3));
      case 5 -> work(bulk, 1 + random.nextInt(30));
      case 6 -> {
        nowMillis += random.nextInt(200);
        engine().maintain(nowMillis);
        engine().work(nowMillis, 4096);
      }
      case 7 -> {
        if (random.nextInt(20) == 0) {
          ask(anyone(), List.of("BGREWRITEAOF"), null);
          count("rewrite");
        }
      }
      case 8 -> {
        if (random.nextInt(20) == 0) {
          disk.faults().syncs = random.nextInt(500);
          disk.faults().appends = random.nextInt(200);
          count("faults");
        } else if (random.nextInt(4) == 0) {
          disk.faults().clear();
        }
      }
      case 9, 10, 11 -> read(readers.get(random.nextInt(readers.size())));
      case 12 -> transaction(anyone());
      default -> ask(anyone(), change(), null);
    }
    if (random.nextBoolean()) {
      endRound();
    }
  }

  private void work(SimulatedBackground background, int steps) {
    for (int i = 0; i < steps && !background.isIdle(); i++) {
      background.step();
    }
  }

  private Client anyone() {
    return clients.get(random.nextInt(clients.size()));
  }

  private List<String> change() {
    String key = (random.nextInt(4) == 0 ? "x" : "o") + random.nextInt(KEYS);
    return switch (random.nextInt(6)) {
      case 0 -> List.of("DEL", key);
      case 1, 2 ->
          List.of("SET", key, "v" + step, "PX", Integer.toString(1 + random.nextInt(3_000)));
      case 3 -> List.of("APPEND", key, "+");
      default -> List.of("SET", key, "v" + step);
    };
  }

  private void transaction(Client client) {
    ask(client, List.of("MULTI"), null);
    for (int i = random.nextInt(4); i >= 0; i--) {
      ask(client, change(), null);
    }
    ask(client, List.of("EXEC"), null);
  }

  private void read(Reader reader) {
    if (!reader.isAsking) {
      reader.isAsking = true;
      int all = happened(reader.feed, -1).size();
      reader.beginning = reader.feed.equals(SHORT) ? Math.max(0, all - TRIMMED) : 0;
      ask(anyone(), List.of("XREAD", "COUNT", "4", "STREAMS", reader.feed, reader.lastId), reader);
    }
  }

  private static Request request(List<String> words) {
    return Request.of(words.stream().map(Bytes::of).toArray(Bytes[]::new));
  }

  private void ask(Client client, List<String> words, @Nullable Reader reader) {
    String text = String.join(" ", words);
    note(text);
    int before = changes.size();
    engine().execute(client.session, request(words), nowMillis);
    client.asked.add(new Asked(text, engine().sequence(), changes.size() > before, reader));
  }

  /** The end of a round of the loop: deadlines are met, the journal is written, output leaves. */
  private void endRound() {
    if (saboteur.isSweeping()) {
      while (engine().sweep(nowMillis, 1000)) {
        // There is more.
      }
    }
    if (Objects.requireNonNull(engine().journal()).failure() == null) {
      timely.onLook(nowMillis);
    }
    engine().flushJournal(nowMillis);
    long durable =
        saboteur.durableSequence(engine().sessions().durableSequence(), engine().sequence());
    for (Client client : clients) {
      client.session.outbox().drain(durable, Long.MAX_VALUE, client.decoder::feed);
      for (Reply reply = next(client.decoder); reply != null; reply = next(client.decoder)) {
        onReply(client.asked.remove(), reply);
      }
    }
  }

  private void onReply(Asked asked, Reply reply) {
    if (asked.reader != null) {
      onRead(asked.reader, reply);
    } else if (asked.isChange && !(reply instanceof Reply.Failure)) {
      complete.onAcknowledged(asked.sequence, asked.text);
      count("acknowledged");
    }
  }

  private void onRead(Reader reader, Reply reply) {
    reader.isAsking = false;
    if (reply instanceof Reply.Failure) {
      String text = SimulatedClient.text(reply);
      if (text.contains("are trimmed up to")) {
        count("trimmed past");
        reader.lastId = "0-0";
      }
      return;
    }
    if (!(reply instanceof Reply.Array streams)) {
      return;
    }
    int index = reader.lastId.equals("0-0") ? reader.beginning : reader.next;
    Reply.Array stream = (Reply.Array) streams.elements().getFirst();
    List<String> got = new ArrayList<>();
    for (Reply entry : ((Reply.Array) stream.elements().get(1)).elements()) {
      Map<String, String> fields = fields((Reply.Array) entry);
      got.add(text(fields));
      reader.lastId = String.valueOf(fields.get("id"));
    }
    resumable.onRead(happened(reader.feed, -1), index, got);
    reader.next = index + got.size();
    if (reader.feed.equals(FEED)) {
      reader.got.addAll(got);
    }
    count("read");
  }
}
