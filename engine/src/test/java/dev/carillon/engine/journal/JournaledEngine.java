package dev.carillon.engine.journal;

import dev.carillon.engine.Engine;
import dev.carillon.engine.EngineOptions;
import dev.carillon.engine.command.Host;
import dev.carillon.engine.command.family.EngineFixture;
import dev.carillon.engine.config.Configuration;
import dev.carillon.engine.config.FsyncPolicy;
import dev.carillon.engine.config.Parameters;
import dev.carillon.engine.keyspace.Database;
import dev.carillon.engine.keyspace.KeyspaceDigest;
import dev.carillon.engine.session.Peer;
import dev.carillon.engine.session.Session;
import dev.carillon.engine.storage.Disk;
import dev.carillon.engine.storage.MemoryStorage;
import dev.carillon.engine.storage.QueuedBackground;
import dev.carillon.engine.storage.ReadFile;
import dev.carillon.protocol.bytes.Bytes;
import dev.carillon.protocol.resp.Request;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;

/** An engine with a journal on a disk in memory, and a clock and a background that a test moves. */
final class JournaledEngine {

  static final long START_MILLIS = 1_700_000_000_000L;
  private static final Peer PEER = new Peer("127.0.0.1:50000", "127.0.0.1:6379", -1);

  final MemoryStorage disk;
  final QueuedBackground syncs = new QueuedBackground();
  final QueuedBackground bulk = new QueuedBackground();
  final Configuration config = new Configuration();
  final Engine engine;
  final Session client;
  final List<String> reports = new ArrayList<>();
  long nowMillis;
  long cutBytes;
  boolean orderly;

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
    this.disk = disk;
    this.nowMillis = startMillis;
    config.put(Parameters.APPENDONLY, true);
    config.put(Parameters.APPENDFSYNC, policy);
    engine =
        new Engine(
            new EngineOptions(
                config,
                new Random(startMillis),
                new Reports(),
                Long.MAX_VALUE,
                new Disk(disk, syncs, bulk)));
    Recovery recovery = engine.recovery(new TextBases(engine));
    while (!recovery.slice(100)) {
      // There is more.
    }
    engine.recovered(recovery);
    cutBytes = recovery.cutBytes();
    orderly = recovery.isOrderly();
    engine.startJournal(nowMillis);
    client = client();
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

  /** Writes a base of all strings of database 0 as lines, as a snapshot would. */
  long writeBase() throws IOException {
    long sequence = engine.dispatcher().services().turn().sequence();
    ByteArrayOutputStream text = new ByteArrayOutputStream();
    Database database = engine.keyspace().database(0);
    long cursor = 0;
    do {
      cursor =
          database.scan(
              cursor,
              1024,
              entry ->
                  text.writeBytes(
                      ("SET "
                              + EngineFixture.quote(entry.key())
                              + " "
                              + EngineFixture.quote(entry.string())
                              + "\n")
                          .getBytes(StandardCharsets.ISO_8859_1)));
    } while (cursor != 0);
    String unfinished = JournalFiles.base(sequence) + JournalFiles.UNFINISHED;
    try (var file = disk.create(unfinished)) {
      byte[] bytes = text.toByteArray();
      file.append(bytes, 0, bytes.length);
      file.sync();
    }
    disk.rename(unfinished, JournalFiles.base(sequence));
    disk.syncDirectory(JournalFiles.DIRECTORY);
    return sequence;
  }

  /** Reads what {@link #writeBase} wrote. */
  private record TextBases(Engine engine) implements BaseLoader {
    @Override
    public Loading open(String name, ReadFile file) throws IOException {
      byte[] bytes = new byte[(int) file.length()];
      int length = 0;
      while (length < bytes.length) {
        length += file.read(bytes, length, bytes.length - length);
      }
      Session session = engine.sessions().internal(0);
      return new Loading() {
        @Override
        public boolean slice(int budgetBytes) {
          String text = new String(bytes, StandardCharsets.ISO_8859_1);
          for (String line : text.split("\n")) {
            if (!line.isEmpty()) {
              Bytes[] words = EngineFixture.words(line).toArray(Bytes[]::new);
              engine.execute(session, Request.of(words), 0);
              session.outbox().clear();
            }
          }
          return true;
        }

        @Override
        public long bytesRead() {
          return bytes.length;
        }
      };
    }
  }
}
