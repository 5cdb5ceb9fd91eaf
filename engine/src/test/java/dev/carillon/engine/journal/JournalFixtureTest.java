package dev.carillon.engine.journal;

import static org.assertj.core.api.Assertions.assertThat;

import dev.carillon.engine.config.FsyncPolicy;
import dev.carillon.engine.storage.MemoryStorage;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * Journals that released versions wrote load for ever. A new version of the format gets a directory
 * of its own beside those that are there; they are never written anew.
 *
 * <p>{@code -Dcarillon.fixture=directory} writes what this version would write.
 */
class JournalFixtureTest {

  private static final List<String> FILES =
      List.of(JournalFiles.segment(1), JournalFiles.segment(7), JournalFiles.segment(9));

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
    disk.with(JournalFiles.segment(9), java.util.Arrays.copyOf(last, last.length - 100));
    return disk;
  }

  @Test
  void theFirstVersionLoads() throws IOException {
    String target = System.getProperty("carillon.fixture");
    if (target != null) {
      MemoryStorage disk = written();
      for (String name : FILES) {
        Path file = Path.of(target, name);
        Files.createDirectories(file.getParent());
        Files.write(file, disk.bytes(name));
      }
    }
    MemoryStorage disk = new MemoryStorage();
    for (String name : FILES) {
      try (InputStream file = JournalFixtureTest.class.getResourceAsStream("v1/" + name)) {
        assertThat(file).as(name).isNotNull();
        disk.with(name, file.readAllBytes());
      }
    }
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
