package dev.carillon.engine.snapshot;

import static org.assertj.core.api.Assertions.assertThat;

import dev.carillon.engine.Engine;
import dev.carillon.engine.EngineOptions;
import dev.carillon.engine.command.Host;
import dev.carillon.engine.config.Access;
import dev.carillon.engine.config.Configuration;
import dev.carillon.engine.config.Parameters;
import dev.carillon.engine.config.SavePoint;
import dev.carillon.engine.keyspace.KeyspaceDigest;
import dev.carillon.engine.session.Peer;
import dev.carillon.engine.session.Session;
import dev.carillon.engine.storage.Disk;
import dev.carillon.engine.storage.MemoryStorage;
import dev.carillon.engine.storage.QueuedBackground;
import dev.carillon.engine.turn.EffectCollector;
import dev.carillon.protocol.bytes.Bytes;
import dev.carillon.protocol.resp.Request;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** When snapshots are taken, what is said of them, and what a disk that fails means for them. */
class SnapshotsTest {

  private static final long START = 1_700_000_000_000L;

  private final MemoryStorage files = new MemoryStorage();
  private final QueuedBackground background = new QueuedBackground();
  private final Configuration config = new Configuration();
  private final List<String> log = new ArrayList<>();
  private boolean stopped;
  private final Engine engine;
  private final Session client;
  private long now = START;

  SnapshotsTest() {
    config.put(Parameters.SAVE, List.of());
    engine = engine(new Disk(files, background, background), new Random(5));
    client = engine.open(new Peer("127.0.0.1:50000", "127.0.0.1:6379", -1), now);
  }

  private Engine engine(Disk disk, RandomGenerator random) {
    Host host =
        new Host() {
          @Override
          public Map<String, String> facts() {
            return Map.of();
          }

          @Override
          public void shutdown() {
            stopped = true;
          }

          @Override
          public String rewriteConfig() {
            return "";
          }

          @Override
          public void warn(String sentence) {
            log.add(sentence);
          }
        };
    return new Engine(new EngineOptions(config, random, host, Long.MAX_VALUE, disk));
  }

  private String ask(String line) {
    Bytes[] words = List.of(line.split(" ")).stream().map(Bytes::of).toArray(Bytes[]::new);
    return ask(words);
  }

  private String ask(Bytes... words) {
    engine.execute(client, Request.of(words), now);
    StringBuilder reply = new StringBuilder();
    client
        .outbox()
        .drain(
            Long.MAX_VALUE,
            Integer.MAX_VALUE,
            (array, offset, length) ->
                reply.append(new String(array, offset, length, StandardCharsets.ISO_8859_1)));
    return reply.toString().strip();
  }

  private String info(String field) {
    for (String line : ask("INFO persistence").split("\r\n")) {
      if (line.startsWith(field + ":")) {
        return line.substring(field.length() + 1);
      }
    }
    throw new AssertionError("INFO says nothing of " + field);
  }

  /** Lets the snapshot that is on its way be written to its end, or to where it fails. */
  private void complete() {
    while (engine.snapshots().isRunning()) {
      engine.work(now);
      background.runAll();
    }
  }

  private SnapshotReading saved() {
    return new SnapshotReading(files.bytes("dump.rdb"));
  }

  // --------------------------------------------------------------------------------------- request

  @Test
  void debugReloadIsASaveAndALoadOfTheSame() {
    config.put(Parameters.ENABLE_DEBUG_COMMAND, Access.YES);
    ask("SET a b PX 5000");
    ask("RPUSH l 1 2 3");
    ask("HSET h f v");
    ask("XADD s 1-1 f v");
    String digest = KeyspaceDigest.of(engine.keyspace());
    assertThat(ask("DEBUG RELOAD")).isEqualTo("+OK");
    assertThat(KeyspaceDigest.of(engine.keyspace())).isEqualTo(digest);
    assertThat(info("rdb_changes_since_last_save")).isEqualTo("0");
    ask("SET later 1");
    assertThat(ask("DEBUG RELOAD NOSAVE")).isEqualTo("+OK");
    assertThat(KeyspaceDigest.of(engine.keyspace())).isEqualTo(digest);
    assertThat(ask("DEBUG RELOAD NOSUCH"))
        .isEqualTo("-ERR DEBUG RELOAD only supports the MERGE, NOFLUSH and NOSAVE options.");
    engine.recorder(new EffectCollector((turn, effects) -> {}));
    assertThat(ask("DEBUG RELOAD NOSAVE"))
        .startsWith("-ERR DEBUG RELOAD with NOSAVE or NOFLUSH would bring in");
    assertThat(ask("DEBUG RELOAD")).isEqualTo("+OK");
  }

  /** Wherever the file ends, and whatever byte of it is another one. */
  @Test
  void whereTheFileCannotBeReadAReloadChangesNothing() {
    config.put(Parameters.ENABLE_DEBUG_COMMAND, Access.YES);
    ask("FEED CREATE feed VOLATILE");
    ask("SET a b PX 5000");
    ask("HSET h f v g w");
    ask("HPEXPIRE h 3000 FIELDS 1 f");
    ask("XGROUP CREATE feed g 0");
    ask("SELECT 2");
    ask("RPUSH l 1 2 3");
    ask("SELECT 0");
    ask("SAVE");
    byte[] file = files.bytes("dump.rdb");
    ask("SET later 1");
    String digest = KeyspaceDigest.of(engine.keyspace());
    String feeds = ask("FEED INFO feed");
    for (int cut = 0; cut < file.length; cut++) {
      byte[] damaged = cut % 2 == 0 ? Arrays.copyOf(file, cut) : file.clone();
      if (cut % 2 == 1) {
        damaged[cut] ^= 0x10;
      }
      files.with("dump.rdb", damaged);
      for (String how : List.of("", " NOFLUSH", " NOFLUSH MERGE")) {
        assertThat(ask("DEBUG RELOAD NOSAVE" + how))
            .startsWith("-ERR Error trying to load the RDB dump: ")
            .endsWith("; what was there has stayed");
        assertThat(KeyspaceDigest.of(engine.keyspace())).as("at %s", cut).isEqualTo(digest);
      }
    }
    files.without("dump.rdb");
    assertThat(ask("DEBUG RELOAD NOSAVE")).startsWith("-ERR Error trying to load the RDB dump: ");
    assertThat(ask("FEED INFO feed")).isEqualTo(feeds);
    assertThat(ask("DEL feed")).startsWith("-ERR key is a feed");
    now += 4000;
    engine.sweep(now, 100);
    assertThat(ask("HGETALL h")).isEqualTo("*2\r\n$1\r\ng\r\n$1\r\nw");
    now += 4000;
    engine.sweep(now, 100);
    assertThat(ask("DBSIZE")).as("h, later and the feed").isEqualTo(":3");
    ask("SET heard 1");
    assertThat(ask("XREVRANGE feed + - COUNT 1")).contains("heard");
  }

  @Test
  void whatIsLoadedComesToWhatIsThere() {
    config.put(Parameters.ENABLE_DEBUG_COMMAND, Access.YES);
    ask("SET a saved PX 5000");
    ask("SELECT 3");
    ask("RPUSH l saved");
    ask("SAVE");
    ask("FLUSHALL");
    ask("SET mine 1");
    assertThat(ask("DEBUG RELOAD NOSAVE NOFLUSH")).isEqualTo("+OK");
    assertThat(ask("DBSIZE")).isEqualTo(":2");
    ask("RPUSH l more");
    assertThat(ask("DEBUG RELOAD NOSAVE NOFLUSH")).contains("is there already; say MERGE");
    assertThat(ask("LLEN l")).isEqualTo(":2");
    assertThat(ask("DEBUG RELOAD NOSAVE NOFLUSH MERGE")).isEqualTo("+OK");
    assertThat(ask("LLEN l")).isEqualTo(":1");
    ask("SELECT 0");
    now += 5000;
    engine.sweep(now, 10);
    assertThat(ask("DBSIZE")).as("the deadline came with the key").isEqualTo(":0");
  }

  /** A snapshot that is being taken goes on with what was there. */
  @Test
  void aReloadDoesNotDisturbASnapshot() {
    config.put(Parameters.ENABLE_DEBUG_COMMAND, Access.YES);
    ask("SET saved 1");
    ask("SAVE");
    for (int i = 0; i < 3_000; i++) {
      ask("SET key:" + i + " " + "x".repeat(100));
    }
    String digest = KeyspaceDigest.of(engine.keyspace());
    ask("BGSAVE");
    engine.work(now);
    assertThat(ask("DEBUG RELOAD")).startsWith("-ERR DEBUG RELOAD cannot save a snapshot");
    assertThat(ask("DEBUG RELOAD NOSAVE")).isEqualTo("+OK");
    assertThat(ask("DBSIZE")).isEqualTo(":1");
    complete();
    assertThat(KeyspaceDigest.of(saved().keyspace)).isEqualTo(digest);
  }

  /** As save points count: what a request does to a key is one change. */
  @Test
  void emptyingAKeyIsOneChange() {
    ask("RPUSH l 1");
    ask("LPOP l");
    assertThat(info("rdb_changes_since_last_save")).isEqualTo("2");
  }

  @Test
  void saveAnswersWhenTheFileIsOnTheDisk() {
    ask("SET a b");
    assertThat(ask("SAVE")).isEqualTo("+OK");
    assertThat(files.steps())
        .containsExactly(
            "create temp-save-dump.rdb",
            "sync temp-save-dump.rdb",
            "close temp-save-dump.rdb",
            "rename dump.rdb",
            "syncDirectory ");
    assertThat(KeyspaceDigest.of(saved().keyspace)).isEqualTo(KeyspaceDigest.of(engine.keyspace()));
  }

  @Test
  void bgsaveAnswersAtOnceAndWritesWhatWasThere() {
    ask("SET a b");
    String digest = KeyspaceDigest.of(engine.keyspace());
    assertThat(ask("BGSAVE")).isEqualTo("+Background saving started");
    assertThat(info("rdb_bgsave_in_progress")).isEqualTo("1");
    assertThat(ask("BGSAVE")).isEqualTo("-ERR Background save already in progress");
    assertThat(ask("BGSAVE SCHEDULE")).isEqualTo("-ERR Background save already in progress");
    assertThat(ask("SAVE")).isEqualTo("-ERR Background save already in progress");
    ask("SET a c");
    now += 3000;
    complete();
    assertThat(info("rdb_bgsave_in_progress")).isEqualTo("0");
    assertThat(info("rdb_last_bgsave_status")).isEqualTo("ok");
    assertThat(info("rdb_last_bgsave_time_sec")).isEqualTo("3");
    assertThat(info("rdb_changes_since_last_save")).isEqualTo("1");
    assertThat(info("rdb_saves")).isEqualTo("1");
    assertThat(ask("LASTSAVE")).isEqualTo(":" + now / 1000);
    assertThat(KeyspaceDigest.of(saved().keyspace)).isEqualTo(digest);
  }

  @Test
  void aSnapshotThatIsAskedForInATransactionBeginsBehindIt() {
    ask("MULTI");
    ask("SET a 1");
    ask("BGSAVE");
    ask("SET a 2");
    assertThat(ask("EXEC")).contains("Background saving scheduled");
    assertThat(engine.snapshots().isRunning()).isFalse();
    engine.maintain(now);
    complete();
    assertThat(KeyspaceDigest.of(saved().keyspace)).isEqualTo(KeyspaceDigest.of(engine.keyspace()));
  }

  @Test
  void theFileSaysWhatItShowsAndNeedsNoNewerReaderThanItHasTo() {
    ask("SET a b");
    ask("SET b b");
    ask("SAVE");
    assertThat(saved().version).isEqualTo(10);
    assertThat(saved().facts)
        .containsEntry("redis-ver", "8.8.0")
        .containsEntry("redis-bits", "64")
        .containsEntry("ctime", "" + START / 1000)
        .containsEntry("aof-base", "0")
        .containsEntry("carillon-sequence", "2")
        .containsKey("used-mem");
    ask("HSET h f v");
    ask("HPEXPIRE h 1000 FIELDS 1 f");
    ask("SAVE");
    assertThat(saved().version).isEqualTo(12);
    ask("HPERSIST h FIELDS 1 f");
    ask("SAVE");
    assertThat(saved().version).as("a hash that once had a deadline").isEqualTo(10);
  }

  @Test
  void entriesSayHowTheyAreUsedWherePoliciesGoByThat() {
    for (String policy : List.of("allkeys-lru", "volatile-lfu", "noeviction")) {
      ask("FLUSHALL");
      ask("CONFIG SET maxmemory-policy " + policy);
      ask("SET a b PX 100000");
      ask("SAVE");
      byte[] file = files.bytes("dump.rdb");
      String text = Bytes.of(file).toLatin1();
      int key = text.indexOf("\0\1a\1b");
      int before = file[key - 2] & 0xff;
      assertThat(before == 248 ? "idle" : before == 249 ? "frequency" : "nothing")
          .as(policy)
          .isEqualTo(
              policy.endsWith("lru") ? "idle" : policy.endsWith("lfu") ? "frequency" : "nothing");
    }
  }

  @Test
  void theChecksumCanBeLeftOut() {
    Configuration without = new Configuration();
    without.put(Parameters.SAVE, List.of());
    without.put(Parameters.RDBCHECKSUM, false);
    Engine other =
        new Engine(
            new EngineOptions(
                without,
                new Random(1),
                Host.NONE,
                Long.MAX_VALUE,
                new Disk(files, background, background)));
    assertThat(other.snapshots().save(now)).isTrue();
    byte[] file = files.bytes("dump.rdb");
    assertThat(file).endsWith(0xFF, 0, 0, 0, 0, 0, 0, 0, 0);
  }

  @Test
  void withoutADirectoryThereIsNothingToSaveTo() {
    Engine bare = new Engine(new EngineOptions(config, new Random(1), Host.NONE, Long.MAX_VALUE));
    Session session = bare.open(new Peer("127.0.0.1:1", "127.0.0.1:2", -1), now);
    for (String command : List.of("SAVE", "BGSAVE")) {
      bare.execute(session, Request.of(Bytes.of(command)), now);
    }
    assertThat(bare.stats().errorReplies).isEqualTo(2);
  }

  // ---------------------------------------------------------------------------------- by itself

  @Test
  void aSavePointTakesASnapshotWhenTimeAndChangesAreEnough() {
    config.put(Parameters.SAVE, List.of(new SavePoint(60, 2)));
    ask("SET a 1");
    now += 61_000;
    engine.maintain(now);
    assertThat(engine.snapshots().isRunning()).as("one change of two").isFalse();
    ask("SET a 2");
    engine.maintain(now);
    assertThat(engine.snapshots().isRunning()).isTrue();
    complete();
    ask("SET a 3");
    ask("SET a 4");
    now += 60_000;
    engine.maintain(now);
    assertThat(engine.snapshots().isRunning()).as("60 seconds are not more than 60").isFalse();
    now += 1_000;
    engine.maintain(now);
    assertThat(engine.snapshots().isRunning()).isTrue();
  }

  @Test
  void emptyingEverythingGivesUpWhatIsOnItsWayAndSavesThat() {
    config.put(Parameters.SAVE, List.of(new SavePoint(60, 1000)));
    ask("SET a 1");
    ask("BGSAVE");
    engine.work(now);
    ask("FLUSHALL");
    engine.maintain(now);
    complete();
    assertThat(saved().keyspace.database(0).size()).isZero();
    assertThat(files.list("")).containsExactly("dump.rdb");
  }

  // ---------------------------------------------------------------------------------- failing
  // disks

  @ParameterizedTest
  @ValueSource(strings = {"create", "append", "sync", "close", "rename", "syncDirectory"})
  void aFileThatCannotBeWrittenLeavesTheOldOneAndIsReported(String step) {
    ask("SET a old");
    ask("SAVE");
    byte[] before = files.bytes("dump.rdb");
    ask("SET a new");
    files.fault((call, what, name) -> what.equals(step));
    assertThat(ask("SAVE")).isEqualTo("-ERR");
    ask("BGSAVE");
    complete();
    assertThat(info("rdb_last_bgsave_status")).isEqualTo("err");
    assertThat(info("rdb_saves_consecutive_failures")).isEqualTo("1");
    assertThat(log)
        .hasSize(2)
        .allMatch(line -> line.startsWith("cannot save a snapshot to dump.rdb: "))
        .allMatch(line -> line.contains(": No space left on device; "));
    assertThat(files.steps())
        .as("what failed")
        .anyMatch(taken -> taken.startsWith(step + " ") || step.equals("append"));
    if (!step.equals("syncDirectory")) {
      assertThat(files.bytes("dump.rdb")).isEqualTo(before);
    }
    assertThat(files.list("")).containsExactly("dump.rdb");
    files.fault(MemoryStorage.NONE);
    ask("BGSAVE");
    complete();
    assertThat(info("rdb_last_bgsave_status")).isEqualTo("ok");
    assertThat(info("rdb_saves_consecutive_failures")).isEqualTo("0");
    assertThat(info("rdb_saves")).isEqualTo("2");
    ask("CONFIG RESETSTAT");
    assertThat(info("rdb_saves")).isEqualTo("0");
    assertThat(KeyspaceDigest.of(saved().keyspace)).isEqualTo(KeyspaceDigest.of(engine.keyspace()));
  }

  @Test
  void aFullDiskStopsTheSnapshotAndItsMemory() {
    Random random = new Random(3);
    for (int i = 0; i < 200; i++) {
      byte[] value = new byte[100_000];
      random.nextBytes(value);
      ask(Bytes.of("SET"), Bytes.of("k" + i), Bytes.of(value));
    }
    files.room(1 << 20);
    ask("BGSAVE");
    complete();
    assertThat(info("rdb_last_bgsave_status")).isEqualTo("err");
    assertThat(engine.snapshots().heldBytes()).isZero();
    ask("SET k1 1");
    assertThat(files.list("")).isEmpty();
  }

  @Test
  void aSlowDiskHoldsTheWalkBackAndNotTheClients() {
    Random random = new Random(3);
    for (int i = 0; i < 200; i++) {
      byte[] value = new byte[100_000];
      random.nextBytes(value);
      ask(Bytes.of("SET"), Bytes.of("k" + i), Bytes.of(value));
    }
    String digest = KeyspaceDigest.of(engine.keyspace());
    ask("BGSAVE");
    while (engine.work(now)) {
      assertThat(engine.snapshots().heldBytes()).isLessThan(5 << 20);
    }
    assertThat(engine.snapshots().keysWritten()).isLessThan(60);
    for (int i = 0; i < 200; i++) {
      assertThat(ask("SET k" + i + " changed")).isEqualTo("+OK");
    }
    assertThat(engine.snapshots().heldBytes()).as("what changed waits").isGreaterThan(15 << 20);
    complete();
    assertThat(KeyspaceDigest.of(saved().keyspace)).isEqualTo(digest);
  }

  @Test
  void aChangeOfALargeStreamDoesNotWaitForItToBeWritten() {
    String value = "v".repeat(100);
    for (int i = 0; i < 20_000; i++) {
      ask("XADD s * f " + value);
    }
    ask("XGROUP CREATE s g 0");
    ask("XREADGROUP GROUP g c COUNT 10000 STREAMS s >");
    String digest = KeyspaceDigest.of(engine.keyspace());
    ask("BGSAVE");
    ask("XADD s * f " + value);
    ask("XTRIM s MAXLEN 15000");
    ask("XREADGROUP GROUP g c COUNT 10 STREAMS s >");
    assertThat(engine.snapshots().heldBytes()).as("what was written of it").isLessThan(10_000);
    int slices = 0;
    while (engine.snapshots().isRunning()) {
      engine.work(now);
      background.runAll();
      ask("XADD s * f " + value);
      ask("XDEL s " + ask("XRANGE s - + COUNT 1").split("\r\n")[3]);
      slices++;
    }
    assertThat(slices).isGreaterThan(5);
    assertThat(KeyspaceDigest.of(saved().keyspace)).isEqualTo(digest);
  }

  /** Each is written in more than five slices, and changes between all of them. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "RPUSH k %s | LSET k 30000 %s | LPOP k | RPUSH k %s",
        "ARINSERT k %s | ARSET k 30000 %s | ARDEL k 12345 | ARSET k 90000 %s",
        "APPEND k %s | SETRANGE k 3000000 %s | SETBIT k 12345678 1 | APPEND k %s"
      })
  void aChangeOfALargeValueDoesNotWaitForItToBeWritten(String lines) {
    String value = "v".repeat(100);
    List<String> changes = List.of(lines.formatted(value, "a", "b").split(" \\| "));
    for (int i = 0; i < 60_000; i++) {
      ask(changes.get(0));
    }
    String digest = KeyspaceDigest.of(engine.keyspace());
    ask("BGSAVE");
    int slices = 0;
    while (engine.snapshots().isRunning()) {
      for (String change : changes.subList(1, changes.size())) {
        assertThat(ask(change)).doesNotStartWith("-");
      }
      assertThat(engine.snapshots().heldBytes())
          .as("what waits for the disk, or is kept because it changed")
          .isLessThan(600_000);
      engine.work(now);
      background.runAll();
      slices++;
    }
    assertThat(slices).isGreaterThan(5);
    assertThat(KeyspaceDigest.of(saved().keyspace)).isEqualTo(digest);
  }

  @Test
  void writesAreRefusedWhileSnapshotsThatAreWantedFail() {
    String misconf =
        "-MISCONF Redis is configured to save RDB snapshots, but it's currently unable";
    files.fault((call, what, name) -> what.equals("sync"));
    ask("BGSAVE");
    complete();
    assertThat(ask("SET a 1")).as("nobody wants snapshots").isEqualTo("+OK");
    config.put(Parameters.SAVE, List.of(new SavePoint(60, 1)));
    assertThat(ask("SET a 1")).startsWith(misconf);
    assertThat(ask("PING")).startsWith(misconf);
    assertThat(ask("GET a")).isEqualTo("$1\r\n1");
    ask("MULTI");
    assertThat(ask("GET a")).isEqualTo("+QUEUED");
    assertThat(ask("SET a 2")).startsWith(misconf);
    assertThat(ask("EXEC")).startsWith("-EXECABORT");
    ask("CONFIG SET stop-writes-on-bgsave-error no");
    assertThat(ask("SET a 1")).isEqualTo("+OK");
    ask("CONFIG SET stop-writes-on-bgsave-error yes");
    now += 4_000;
    engine.maintain(now);
    assertThat(engine.snapshots().isRunning()).as("tried again after 5 seconds").isFalse();
    files.fault(MemoryStorage.NONE);
    now += 60_000;
    engine.maintain(now);
    complete();
    assertThat(ask("SET a 1")).isEqualTo("+OK");
  }

  // ---------------------------------------------------------------------------------------
  // stopping

  @Test
  void shutdownSavesWhereSnapshotsAreWanted() {
    ask("SET a 1");
    ask("SHUTDOWN");
    assertThat(stopped).isTrue();
    assertThat(files.list("")).isEmpty();
  }

  @Test
  void shutdownSaveGivesUpWhatIsOnItsWay() {
    ask("SET a 1");
    ask("BGSAVE");
    engine.work(now);
    ask("SET a 2");
    ask("SHUTDOWN SAVE");
    assertThat(stopped).isTrue();
    background.runAll();
    assertThat(files.list("")).containsExactly("dump.rdb");
    assertThat(KeyspaceDigest.of(saved().keyspace)).isEqualTo(KeyspaceDigest.of(engine.keyspace()));
  }

  @Test
  void shutdownIsRefusedWhereSavingFailsUnlessItIsForced() {
    config.put(Parameters.SAVE, List.of(new SavePoint(60, 1)));
    files.fault((call, what, name) -> what.equals("sync"));
    assertThat(ask("SHUTDOWN")).isEqualTo("-ERR Errors trying to SHUTDOWN. Check logs.");
    assertThat(ask("SHUTDOWN ABORT")).isEqualTo("-ERR No shutdown in progress.");
    assertThat(ask("SHUTDOWN SAVE NOSAVE")).isEqualTo("-ERR syntax error");
    assertThat(stopped).isFalse();
    ask("SHUTDOWN FORCE");
    assertThat(stopped).isTrue();
  }
}
