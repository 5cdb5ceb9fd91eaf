package dev.carillon.engine.journal;

import static org.assertj.core.api.Assertions.assertThat;

import dev.carillon.engine.config.FsyncPolicy;
import dev.carillon.engine.storage.MemoryStorage;
import dev.carillon.protocol.bytes.Bytes;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/**
 * Journals that released versions wrote load for ever. A new version of the format gets a directory
 * of its own beside those that are there; they are never written anew.
 *
 * <p>{@code -Dcarillon.fixture=directory -Dcarillon.fixture.of=name} writes what this version would
 * write.
 */
class JournalFixtureTest {

  private static final List<String> FILES =
      List.of(JournalFiles.segment(1), JournalFiles.segment(7), JournalFiles.segment(9));

  private static final int KEPT_TURNS = 14;

  private static final List<String> FILES_OF_A_REWRITE =
      List.of(JournalFiles.base(11), JournalFiles.segment(12), JournalFiles.segment(KEPT_TURNS));

  private static void write(JournaledEngine engine, String... lines) {
    for (String line : lines) {
      assertThat(engine.say(line)).doesNotStartWith("-");
      engine.advance(1);
    }
  }

  /** Three lives: two that end in order, and one that is torn away inside its last turn. */
  private static MemoryStorage written() throws IOException {
    MemoryStorage disk = new MemoryStorage();
    JournaledEngine engine = new JournaledEngine(disk, FsyncPolicy.NO);
    write(
        engine,
        "SET greeting hello",
        "SET order 42 PXAT 4000000000000",
        "HSET hash a 1 b 2",
        "RPUSH list x y z",
        "ZADD board 1.5 one 2 two",
        "XADD stream 5-1 field value");
    engine.stop();
    engine = new JournaledEngine(disk, FsyncPolicy.NO, JournaledEngine.START_MILLIS + 60_000);
    write(engine, "SELECT 3", "MULTI", "SADD set 1 2 3", "DEL nothing", "SET \"\\x00\\xff\" \"\"");
    write(engine, "EXEC", "SELECT 0", "DEL order");
    engine.stop();
    engine = new JournaledEngine(disk, FsyncPolicy.NO, JournaledEngine.START_MILLIS + 120_000);
    write(engine, "INCRBY counter 10", "SET torn " + "x".repeat(300));
    byte[] last = disk.bytes(JournalFiles.segment(9));
    disk.with(JournalFiles.segment(9), Arrays.copyOf(last, last.length - 100));
    return disk;
  }

  /**
   * A base with each type, and a journal behind it: a mark and an orderly end, then a turn in parts
   * and a part of one that was torn away.
   */
  private static MemoryStorage rewritten() throws IOException {
    MemoryStorage disk = new MemoryStorage();
    JournaledEngine engine = new JournaledEngine(disk, FsyncPolicy.EVERYSEC);
    write(
        engine,
        "SET string text PXAT 4000000000000",
        "HSET hash a 1 b 2",
        "HPEXPIREAT hash 4000000000000 FIELDS 1 a",
        "RPUSH list x y z",
        "SADD set one 2 three",
        "ZADD board 1.5 one 2 two",
        "PFADD many a b c",
        "ARSET array 7 seven",
        "XADD stream 5-1 field value",
        "XGROUP CREATE stream group 0",
        "XREADGROUP GROUP group worker STREAMS stream >",
        "BGREWRITEAOF");
    engine.settle();
    write(engine, "INCRBY counter 10", "DEL set");
    // A record that says what is durable.
    engine.advance(1000);
    engine.engine.maintain(engine.nowMillis);
    engine.settle();
    engine.engine.maintain(engine.nowMillis);
    engine.flush();
    engine.stop();
    disk.with(JournalFiles.segment(KEPT_TURNS), inParts(KEPT_TURNS));
    return disk;
  }

  /** Killed while it was written, with room behind its last record. */
  private static MemoryStorage killed() throws IOException {
    MemoryStorage disk = new MemoryStorage();
    disk.prepares(200);
    JournaledEngine engine = new JournaledEngine(disk, FsyncPolicy.ALWAYS);
    for (int i = 1; i <= 5; i++) {
      write(engine, "SET key:" + i + " text");
      engine.settle();
    }
    return disk;
  }

  /** A segment with a turn in three parts, and the first of two parts of another. */
  private static byte[] inParts(long first) throws IOException {
    SegmentHeader header =
        new SegmentHeader(first - 1, JournaledEngine.START_MILLIS, 4711, first - 1);
    ByteArrayOutputStream segment = new ByteArrayOutputStream();
    segment.writeBytes(header.encode());
    Backlog records = new Backlog(header, 16);
    records.open(first, first - 1, JournaledEngine.START_MILLIS + 60_000);
    for (String key : List.of("part:1", "part:2", "part:3")) {
      records.effect(2, words("SET", key, "a long text"));
    }
    records.close();
    records.drain(segment::write);
    int whole = segment.size();
    records.open(first + 1, first, JournaledEngine.START_MILLIS + 60_001);
    records.effect(2, words("SET", "part:1", "never"));
    records.effect(2, words("SET", "part:2", "never"));
    records.close();
    records.drain(segment::write);
    return Arrays.copyOf(segment.toByteArray(), whole + (segment.size() - whole) * 2 / 3);
  }

  private static Bytes[] words(String... words) {
    return Arrays.stream(words).map(Bytes::of).toArray(Bytes[]::new);
  }

  /** Somebody who writes a directory. */
  @FunctionalInterface
  private interface Author {
    MemoryStorage write() throws IOException;
  }

  /** The directory that is kept; with the property, written anew before. */
  private static MemoryStorage fixture(String directory, List<String> files, Author author)
      throws IOException {
    String target = System.getProperty("carillon.fixture");
    if (directory.equals(System.getProperty("carillon.fixture.of")) && target != null) {
      MemoryStorage disk = author.write();
      for (String name : files) {
        Path file = Path.of(target, directory, name);
        Files.createDirectories(file.getParent());
        Files.write(file, disk.bytes(name));
      }
    }
    MemoryStorage disk = new MemoryStorage();
    for (String name : files) {
      try (InputStream file =
          JournalFixtureTest.class.getResourceAsStream(directory + "/" + name)) {
        assertThat(file).as(name).isNotNull();
        disk.with(name, file.readAllBytes());
      }
    }
    return disk;
  }

  @Test
  void theFirstVersionLoadsBehindABase() throws IOException {
    MemoryStorage disk = fixture("v1-rewritten", FILES_OF_A_REWRITE, JournalFixtureTest::rewritten);
    assertThat(kindsOf(disk))
        .containsExactly(Records.TURN, Records.PART, Records.MARK, Records.END);
    JournaledEngine engine = new JournaledEngine(disk, FsyncPolicy.NO);
    assertThat(engine.reports.getFirst())
        .startsWith(
            "recovered turn 14: base journal/snapshot-00000000000000000011.rdb, then 3 turns of the"
                + " journal; ")
        .contains(" bytes behind turn 14 are cut off: the file ends inside a record");
    assertThat(engine.digest())
        .isEqualTo(new JournaledEngine(rewritten(), FsyncPolicy.NO).digest());
    assertThat(engine.say("PEXPIRETIME string")).isEqualTo(":4000000000000\r\n");
    assertThat(engine.say("HPEXPIRETIME hash FIELDS 1 a")).isEqualTo("*1\r\n:4000000000000\r\n");
    assertThat(engine.say("LLEN list")).isEqualTo(":3\r\n");
    assertThat(engine.say("EXISTS set")).isEqualTo(":0\r\n");
    assertThat(engine.say("ZSCORE board two")).isEqualTo("$1\r\n2\r\n");
    assertThat(engine.say("PFCOUNT many")).isEqualTo(":3\r\n");
    assertThat(engine.say("ARGET array 7")).isEqualTo("$5\r\nseven\r\n");
    assertThat(engine.say("XPENDING stream group")).startsWith("*4\r\n:1\r\n");
    assertThat(engine.say("GET counter")).isEqualTo("$2\r\n10\r\n");
    engine.say("SELECT 2");
    assertThat(engine.say("MGET part:1 part:2 part:3"))
        .isEqualTo("*3\r\n" + "$11\r\na long text\r\n".repeat(3));
  }

  /** All kinds of records that the segments have. */
  private static Set<Integer> kindsOf(MemoryStorage disk) throws IOException {
    Set<Integer> kinds = new TreeSet<>();
    for (String name : disk.names()) {
      if (JournalFiles.segmentSequence(name) >= 0) {
        try (SegmentReader reader = new SegmentReader(disk.read(name))) {
          while (reader.next()) {
            kinds.add(reader.kind());
          }
        } catch (SegmentHeader.Unusable e) {
          throw new AssertionError(name, e);
        }
      }
    }
    return kinds;
  }

  @Test
  void theFirstVersionLoadsWithRoomBehindItsRecords() throws IOException {
    MemoryStorage disk =
        fixture("v1-room", List.of(JournalFiles.segment(1)), JournalFixtureTest::killed);
    byte[] bytes = disk.bytes(JournalFiles.segment(1));
    assertThat(Arrays.copyOfRange(bytes, bytes.length - 200, bytes.length)).containsOnly(0);
    JournaledEngine engine = new JournaledEngine(disk, FsyncPolicy.ALWAYS);
    assertThat(engine.reports.getFirst()).isEqualTo("recovered turn 5: 5 turns of the journal");
    assertThat(engine.digest()).isEqualTo(new JournaledEngine(killed(), FsyncPolicy.NO).digest());
  }

  @Test
  void theFirstVersionLoads() throws IOException {
    MemoryStorage disk = fixture("v1", FILES, JournalFixtureTest::written);
    JournaledEngine engine = new JournaledEngine(disk, FsyncPolicy.NO);
    assertThat(engine.reports.getFirst())
        .startsWith("recovered turn 9: 9 turns of the journal; ")
        .contains(" bytes behind turn 9 are cut off: the file ends inside a record");
    assertThat(engine.say("GET greeting")).isEqualTo("$5\r\nhello\r\n");
    assertThat(engine.say("EXISTS order torn")).isEqualTo(":0\r\n");
    assertThat(engine.say("HGET hash b")).isEqualTo("$1\r\n2\r\n");
    assertThat(engine.say("LINDEX list 2")).isEqualTo("$1\r\nz\r\n");
    assertThat(engine.say("ZSCORE board one")).isEqualTo("$3\r\n1.5\r\n");
    assertThat(engine.say("XLEN stream")).isEqualTo(":1\r\n");
    assertThat(engine.say("GET counter")).isEqualTo("$2\r\n10\r\n");
    assertThat(engine.say("DBSIZE")).isEqualTo(":6\r\n");
    engine.say("SELECT 3");
    assertThat(engine.say("SCARD set")).isEqualTo(":3\r\n");
    assertThat(engine.say("DBSIZE")).isEqualTo(":2\r\n");
    assertThat(engine.digest()).isEqualTo(new JournaledEngine(written(), FsyncPolicy.NO).digest());
  }
}
