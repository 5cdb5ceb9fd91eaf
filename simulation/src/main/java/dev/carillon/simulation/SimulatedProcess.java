package dev.carillon.simulation;

import dev.carillon.engine.Engine;
import dev.carillon.engine.EngineOptions;
import dev.carillon.engine.command.Host;
import dev.carillon.engine.config.Configuration;
import dev.carillon.engine.config.FsyncPolicy;
import dev.carillon.engine.config.Parameters;
import dev.carillon.engine.journal.Journal;
import dev.carillon.engine.journal.Recovery;
import dev.carillon.engine.keyspace.Database;
import dev.carillon.engine.keyspace.KeyspaceDigest;
import dev.carillon.engine.load.JournalLoad;
import dev.carillon.engine.load.LoadSource;
import dev.carillon.engine.load.Startup;
import dev.carillon.engine.reply.Departure;
import dev.carillon.engine.session.Peer;
import dev.carillon.engine.session.Session;
import dev.carillon.engine.storage.Disk;
import dev.carillon.engine.turn.EffectSink;
import dev.carillon.engine.turn.Turn;
import dev.carillon.protocol.bytes.Bytes;
import dev.carillon.protocol.event.NotifyFlags;
import dev.carillon.protocol.resp.Request;
import dev.carillon.simulation.check.Saved;
import dev.carillon.simulation.disk.FaultyDisk;
import dev.carillon.simulation.disk.FaultyStorage;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeSet;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * One process on the simulated machine, from its start to its end: the shipped engine and journal,
 * their work in the background, and the clients. It does what the server's loop does, but one thing
 * at a time and only when it is told to.
 */
final class SimulatedProcess {

  static final int DATABASES = 3;

  /** Of {@link #keptSince} while no journal is in force. */
  static final long NEVER = Long.MAX_VALUE;

  private static final Peer PEER = new Peer("127.0.0.1:50000", "127.0.0.1:6379", -1);
  private static final int SLICE_BYTES = 512;
  private static final int SWEEP_BUDGET = 1024;

  /** Derived: what a slice looks at without writing a key costs less. */
  private static final int SLICE_BYTES_MIN = 4096;

  private final FaultyStorage storage;
  private final SimulatedBackground syncs = new SimulatedBackground();
  private final SimulatedBackground bulk = new SimulatedBackground();
  private final Saboteur saboteur;
  private final Promises promises;
  private final SnapshotWatch snapshots;
  private final Map<Long, Long> vouched;
  private final Engine engine;
  private final List<SimulatedClient> clients = new ArrayList<>();
  private @Nullable SimulatedClient asking;

  /** What hears what leaves with a sync. */
  private SimulatedClient.@Nullable Ears ears;

  private boolean sweeping;
  private boolean isStopping;

  /** The journal whose place the tap has taken. */
  private @Nullable Journal recorded;

  private boolean isTapped;
  private long keptSince = NEVER;

  /** How a process differs from others. */
  record Settings(FsyncPolicy policy, int packedEntriesMax) {}

  /** The process around the engine: it notes that it shall stop. */
  private final class Around implements Host {

    @Override
    public Map<String, String> facts() {
      return Map.of();
    }

    @Override
    public void shutdown() {
      isStopping = true;
    }

    @Override
    public String rewriteConfig() {
      return "there is no file";
    }

    @Override
    public @Nullable Departure departure(Session session, long sequence) {
      SimulatedClient.Ears listening = ears;
      for (SimulatedClient client : clients) {
        if (client.session() == session && listening != null) {
          Departure departure = client.departure(sequence, listening);
          return departure == null ? null : saboteur.departure(departure);
        }
      }
      return null;
    }
  }

  /**
   * A process that has read nothing yet.
   *
   * @param vouched is told of each turn the last one that was durable when it was recorded
   */
  SimulatedProcess(
      FaultyDisk disk,
      Settings settings,
      RandomGenerator random,
      Promises promises,
      SnapshotWatch snapshots,
      Map<Long, Long> vouched,
      Saboteur saboteur) {
    this.saboteur = saboteur;
    this.snapshots = snapshots;
    this.vouched = vouched;
    this.promises = promises;
    storage = disk.mount(SimulatedBackground::pauseHere);
    Configuration config = new Configuration();
    config.put(Parameters.DATABASES, (long) DATABASES);
    config.put(Parameters.SAVE, List.of());
    config.put(Parameters.APPENDONLY, true);
    config.put(Parameters.APPENDFSYNC, settings.policy);
    long packed = settings.packedEntriesMax;
    config.put(Parameters.HASH_MAX_LISTPACK_ENTRIES, packed);
    config.put(Parameters.SET_MAX_LISTPACK_ENTRIES, packed);
    config.put(Parameters.SET_MAX_INTSET_ENTRIES, packed);
    config.put(Parameters.ZSET_MAX_LISTPACK_ENTRIES, packed);
    config.put(Parameters.NOTIFY_KEYSPACE_EVENTS, Objects.requireNonNull(NotifyFlags.parse("KEA")));
    engine =
        new Engine(
            new EngineOptions(
                config,
                random,
                new Around(),
                Long.MAX_VALUE,
                new Disk(saboteur.storage(storage), syncs, bulk)));
  }

  Engine engine() {
    return engine;
  }

  List<SimulatedClient> clients() {
    return clients;
  }

  SimulatedBackground syncs() {
    return syncs;
  }

  SimulatedBackground bulk() {
    return bulk;
  }

  /** Whether work goes on beside the turns, of whatever kind. */
  boolean isBusy() {
    return !syncs.isIdle()
        || !bulk.isIdle()
        || engine.snapshots().isRunning()
        || engine.rewrites().isRunning()
        || engine.rewrites().isScheduled();
  }

  /** Whether a client wanted the process to stop. */
  boolean isStopping() {
    return isStopping;
  }

  /** Whether the journal cannot be written just now. */
  boolean isFailing() {
    Journal journal = engine.journal();
    return journal != null && journal.isInForce() && journal.failure() != null;
  }

  /** Lets the journal go on in a new segment. */
  void rotate() {
    if (keptSince != NEVER) {
      journal().rotate(failure -> {});
    }
  }

  private Journal journal() {
    return Objects.requireNonNull(engine.journal());
  }

  // -------------------------------------------------------------------------------------- start

  /** Reads what the last process left, as the server does. */
  void recover(long nowMillis, JournalLoad.Sequel sequel) throws IOException {
    try (JournalLoad left = new JournalLoad(engine.recovery(), sequel)) {
      engine.beginLoading(left, nowMillis);
      while (engine.load(nowMillis, SLICE_BYTES)) {
        // There is more.
      }
    }
  }

  /**
   * Reads what lies there besides a journal, and begins one with it, as the server does.
   *
   * @return whether that was done; otherwise there is a journal, or nothing
   */
  boolean imported(long nowMillis) throws IOException {
    Startup startup = new Startup(storage, engine.config());
    Startup.Found found = Recovery.isPresent(storage) ? null : startup.find();
    if (found == null) {
      return false;
    }
    LoadSource data =
        startup.open(found, engine.keyspace(), engine.commandReplay(nowMillis), engine::onFact);
    try (LoadSource source = saboteur.importing(engine, data, nowMillis)) {
      engine.beginLoading(source, nowMillis);
      while (engine.load(nowMillis, SLICE_BYTES)) {
        bulk.step();
      }
    }
    promises.whole.onJump(engine.sequence(), digest());
    snapshots.onStarted();
    watchJournal();
    return true;
  }

  String digest() {
    return KeyspaceDigest.of(engine.keyspace());
  }

  /** The keys that are past their deadline, each with the number of its database in front. */
  TreeSet<String> due(long nowMillis) {
    TreeSet<String> due = new TreeSet<>();
    for (int i = 0; i < DATABASES; i++) {
      Database database = engine.keyspace().database(i);
      long cursor = 0;
      do {
        cursor =
            database.scan(
                cursor,
                1024,
                entry -> {
                  if (entry.hasDeadline() && entry.deadlineMillis() <= nowMillis) {
                    due.add(database.number() + " " + entry.key().toLatin1());
                  }
                });
      } while (cursor != 0);
    }
    return due;
  }

  void begin(Recovery recovery, long nowMillis) throws IOException {
    engine.recovered(recovery);
    engine.startJournal(nowMillis);
    snapshots.onStarted();
    saboteur.onStarted(engine);
    keptSince = 0;
    watchJournal();
  }

  /**
   * A journal may have begun, ended or come into force. Turns are numbered and noted without one as
   * well, and a journal that begins may leave numbers out.
   */
  private void watchJournal() {
    Journal now = engine.journal();
    if (now != recorded || now == null && !isTapped) {
      recorded = now;
      isTapped = true;
      engine.recorder(new Tap(now == null ? null : saboteur.journal(now)));
    }
    boolean isInForce = now != null && now.isInForce();
    if (!isInForce) {
      if (engine.sequence() > promises.whole.sequence()) {
        promises.whole.onJump(engine.sequence(), digest());
      }
      keptSince = NEVER;
    } else if (keptSince == NEVER) {
      keptSince = engine.sequence();
      snapshots.onInForce();
    }
  }

  /** Turns behind this one are kept by a journal that is in force. */
  long keptSince() {
    return keptSince;
  }

  /** Something has happened that may have begun or ended a snapshot or a journal. */
  private void look(int snapshot) {
    watchJournal();
    snapshots.look(engine, snapshot);
  }

  /** Hands each turn on to the journal, if there is one, then notes what the engine holds. */
  private final class Tap implements EffectSink {

    private final @Nullable EffectSink journal;

    Tap(@Nullable EffectSink journal) {
      this.journal = journal;
    }

    @Override
    public void onEffect(Turn turn, int db, Bytes... arguments) {
      if (journal != null) {
        journal.onEffect(turn, db, arguments);
      }
    }

    @Override
    public void onEffect(Turn turn, int db, Request request) {
      if (journal != null) {
        journal.onEffect(turn, db, request);
      }
    }

    @Override
    public void onCommitted(Turn turn) {
      if (journal != null) {
        vouched.put(turn.sequence(), journal().durableSequence());
        journal.onCommitted(turn);
      }
      promises.whole.onTurn(turn.sequence(), digest());
      markAt(turn.sequence());
    }

    @Override
    public void onDiscarded() {
      if (journal != null) {
        journal.onDiscarded();
      }
    }
  }

  // ------------------------------------------------------------------------------------ clients

  SimulatedClient connect(boolean isListener, long nowMillis) {
    Session session = engine.open(PEER, nowMillis);
    SimulatedClient client = new SimulatedClient(session, isListener);
    clients.add(client);
    return client;
  }

  void disconnect(SimulatedClient client) {
    engine.close(client.session());
    clients.remove(client);
  }

  /** Whether a client may ask for something now. */
  static boolean isFree(SimulatedClient client) {
    return !client.isListener() && client.session().blocked() == null;
  }

  /** A client asks for something; answers whether it was done. */
  boolean ask(SimulatedClient client, List<String> words, long nowMillis) {
    Request request = Request.of(words.stream().map(Bytes::of).toArray(Bytes[]::new));
    if (engine.isPaused(client.session(), request, nowMillis)) {
      return false;
    }
    String text = brief(words);
    long before = promises.whole.sequence();
    int snapshot = takesSnapshot(words) ? snapshots.beforeRequest(engine) : Saved.NONE;
    asking = client;
    engine.execute(client.session(), request, nowMillis);
    asking = null;
    look(snapshot);
    saboteur.onTurnOver(engine);
    boolean changed = promises.whole.sequence() > before;
    long shown = changed ? before + 1 : shownByReads();
    client.mark(shown, changed, text);
    if (client.session().blocked() != null) {
      client.blockedIn(text);
    }
    markRest(shown);
    engine.unblocked();
    return true;
  }

  /** Whether a request may take a snapshot before it is answered. */
  private static boolean takesSnapshot(List<String> words) {
    return switch (words.getFirst()) {
      case "SAVE", "SHUTDOWN", "DEBUG" -> true;
      default -> false;
    };
  }

  /**
   * The last turn that output of a turn without changes is said to show: while nothing can be
   * written reads go on, and may show what a power cut takes back.
   */
  private long shownByReads() {
    return isFailing() ? 0 : promises.whole.sequence();
  }

  static String brief(List<String> words) {
    String text = String.join(" ", words);
    return text.length() <= 120 ? text : text.substring(0, 120) + "…";
  }

  /**
   * A turn is committed and nothing was announced of it yet: replies to clients that waited belong
   * to it, notifications to the turn before.
   */
  private void markAt(long sequence) {
    for (SimulatedClient client : clients) {
      if (client.isListener()) {
        client.mark(sequence - 1, false, "a notification");
      } else if (client != asking && !sweeping && !client.blockedIn().startsWith("XREAD ")) {
        client.mark(sequence, true, client.blockedIn());
      }
    }
  }

  /** Output that no turn was seen to write shows at least {@code sequence}. */
  private void markRest(long sequence) {
    for (SimulatedClient client : clients) {
      if (client.isListener()) {
        client.mark(shownByReads(), false, "a notification");
      } else {
        client.mark(sequence, false, client.blockedIn());
      }
    }
  }

  // -------------------------------------------------------------------------------------- rounds

  /** The end of a round of the loop: deadlines are met, the journal is written, output leaves. */
  void endRound(long nowMillis, long bytesMax, SimulatedClient.Ears newEars) {
    ears = newEars;
    if (engine.nextDeadlineMillis() <= nowMillis) {
      sweeping = true;
      engine.sweep(nowMillis, SWEEP_BUDGET);
      sweeping = false;
      markRest(0);
      engine.unblocked();
    }
    engine.flushJournal(nowMillis);
    look(Saved.NONE);
    engine.sessions().listWaiting();
    engine.sessions().drainListed(session -> {});
    long durable =
        saboteur.durableSequence(engine.sessions().durableSequence(), promises.whole.sequence());
    for (SimulatedClient client : clients) {
      client.drain(durable, saboteur.bytesMax(bytesMax), newEars);
    }
  }

  /** What the loop does about ten times a second. */
  void maintain(long nowMillis) {
    engine.maintain(nowMillis);
    look(Saved.NONE);
    saboteur.onTurnOver(engine);
  }

  /** A slice of what is done beside the turns. */
  void work(long nowMillis, int budgetBytes) {
    long keys = engine.snapshots().keysWritten();
    boolean more = engine.work(nowMillis, budgetBytes);
    look(Saved.NONE);
    if (more && budgetBytes >= SLICE_BYTES_MIN && engine.snapshots().keysWritten() == keys) {
      snapshots.onSlice();
    }
  }

  /** Lets what is done beside the engine's thread go on. */
  void work(SimulatedBackground background, int steps) {
    for (int i = 0; i < steps && !background.isIdle(); i++) {
      background.step();
      look(Saved.NONE);
    }
  }

  /** The process is gone. */
  void end(FaultyDisk disk) {
    disk.kill();
    syncs.drop();
    bulk.drop();
  }

  boolean isGone() {
    return storage.isDead();
  }
}
