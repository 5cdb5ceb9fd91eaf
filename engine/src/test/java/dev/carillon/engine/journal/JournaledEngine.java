package dev.carillon.engine.journal;

import static org.assertj.core.api.Assertions.assertThat;

import dev.carillon.engine.Engine;
import dev.carillon.engine.EngineOptions;
import dev.carillon.engine.command.Host;
import dev.carillon.engine.command.family.EngineFixture;
import dev.carillon.engine.config.Configuration;
import dev.carillon.engine.config.FsyncPolicy;
import dev.carillon.engine.config.Parameters;
import dev.carillon.engine.keyspace.KeyspaceDigest;
import dev.carillon.engine.reply.Departure;
import dev.carillon.engine.session.Peer;
import dev.carillon.engine.session.Session;
import dev.carillon.engine.storage.Disk;
import dev.carillon.engine.storage.MemoryStorage;
import dev.carillon.engine.storage.QueuedBackground;
import dev.carillon.protocol.bytes.Bytes;
import dev.carillon.protocol.resp.Request;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;

/** An engine with a journal on a disk in memory, and a clock and a background that a test moves. */
final class JournaledEngine {

  static final long START_MILLIS = 1_700_000_000_000L;
  private static final Peer PEER = new Peer("127.0.0.1:50000", "127.0.0.1:6379", -1);

  final MemoryStorage disk;
  final QueuedBackground syncs = new QueuedBackground();
  final QueuedBackground bulk = new QueuedBackground();
  final Configuration config = new Configuration();
  final BreakingRandom random;
  final Engine engine;
  final Session client;
  final List<String> reports = new ArrayList<>();

  /** Who is asked for what may leave with a sync. */
  @Nullable BiFunction<Session, Long, @Nullable Departure> departures;

  long nowMillis;
  long cutBytes;
  boolean orderly;

  /** Random numbers, of which one can be made to fail: a defect, or memory that ran out. */
  static final class BreakingRandom extends Random {

    private static final long serialVersionUID = 1;

    private int drawsLeft;
    private @Nullable Throwable failure;

    BreakingRandom(long seed) {
      super(seed);
    }

    /** The draw after so many others fails, once. */
    void failAfter(int draws, Throwable newFailure) {
      drawsLeft = draws;
      failure = newFailure;
    }

    @Override
    protected int next(int bits) {
      Throwable due = failure;
      if (due != null && drawsLeft-- == 0) {
        failure = null;
        throwUnchecked(due);
      }
      return super.next(bits);
    }

    private static void throwUnchecked(Throwable due) {
      if (due instanceof Error error) {
        throw error;
      }
      throw (RuntimeException) due;
    }
  }

  private final class Reports implements Host {
    @Override
    public Map<String, String> facts() {
      return Map.of();
    }

    @Override
    public void shutdown() {}

    @Override
    public String rewriteConfig() {
      return "";
    }

    @Override
    public @Nullable Departure departure(Session session, long sequence) {
      return departures == null ? null : departures.apply(session, sequence);
    }

    @Override
    public void report(String sentence) {
      reports.add(sentence);
    }

    @Override
    public void warn(String sentence) {
      reports.add(sentence);
    }
  }

  /** Recovers what is on the disk and goes on. */
  JournaledEngine(MemoryStorage disk, FsyncPolicy policy) throws IOException {
    this(disk, policy, START_MILLIS);
  }

  JournaledEngine(MemoryStorage disk, FsyncPolicy policy, long startMillis) throws IOException {
    this(disk, policy, startMillis, true);
  }

  /** As one that is started with {@code appendonly no}. */
  static JournaledEngine without(MemoryStorage disk, FsyncPolicy policy) throws IOException {
    return new JournaledEngine(disk, policy, START_MILLIS, false);
  }

  private JournaledEngine(
      MemoryStorage disk, FsyncPolicy policy, long startMillis, boolean journaled)
      throws IOException {
    this.disk = disk;
    this.nowMillis = startMillis;
    random = new BreakingRandom(startMillis);
    config.put(Parameters.APPENDFSYNC, policy);
    config.put(Parameters.SAVE, List.of());
    config.put(Parameters.APPENDONLY, journaled);
    engine =
        new Engine(
            new EngineOptions(
                config, random, new Reports(), Long.MAX_VALUE, new Disk(disk, syncs, bulk)));
    client = client();
    if (!journaled) {
      return;
    }
    Recovery recovery = engine.recovery();
    while (!recovery.slice(100)) {
      // There is more.
    }
    engine.recovered(recovery);
    cutBytes = recovery.cutBytes();
    orderly = recovery.isOrderly();
    engine.startJournal(nowMillis);
  }

  Session client() {
    return engine.open(PEER, nowMillis);
  }

  Journal journal() {
    Journal journal = engine.journal();
    if (journal == null) {
      throw new AssertionError("no journal is kept");
    }
    return journal;
  }

  /** A turn of the first client; nothing is flushed. */
  void tell(String line) {
    tell(client, line);
  }

  void tell(Session session, String line) {
    List<Bytes> words = EngineFixture.words(line);
    engine.execute(session, Request.of(words.toArray(Bytes[]::new)), nowMillis);
  }

  /** The end of a round of the loop. */
  void flush() {
    engine.flushJournal(nowMillis);
  }

  /** What has left for the first client since the last call. */
  String heard() {
    return heard(client);
  }

  String heard(Session session) {
    StringBuilder text = new StringBuilder();
    session
        .outbox()
        .drain(
            engine.sessions().durableSequence(),
            Integer.MAX_VALUE,
            (bytes, offset, length) ->
                text.append(new String(bytes, offset, length, StandardCharsets.ISO_8859_1)));
    return text.toString();
  }

  /** A turn, the end of the round, and what has left then. */
  String say(String line) {
    tell(line);
    flush();
    return heard();
  }

  void advance(long millis) {
    nowMillis += millis;
  }

  String digest() {
    return KeyspaceDigest.of(engine.keyspace());
  }

  /** Ends in an orderly way. */
  void stop() throws IOException {
    syncs.runAll();
    bulk.runAll();
    engine.stopJournal(nowMillis);
  }

  /** Does all that is to be done beside the turns. */
  void settle() {
    while (engine.hasWork() || !syncs.isIdle() || !bulk.isIdle()) {
      engine.work(nowMillis);
      flush();
      syncs.runAll();
      flush();
      bulk.runAll();
    }
  }

  /** Writes a base to its end, beside the journal. */
  long writeBase() {
    long sequence = engine.sequence();
    String base = JournalFiles.base(sequence);
    List<IOException> failures = new ArrayList<>();
    engine
        .snapshots()
        .begin(
            base,
            JournalFiles.unfinished(base),
            nowMillis,
            failure -> {
              if (failure != null) {
                failures.add(failure);
              }
            });
    while (engine.snapshots().isRunning()) {
      engine.work(nowMillis);
      bulk.runAll();
    }
    assertThat(failures).isEmpty();
    return sequence;
  }
}
