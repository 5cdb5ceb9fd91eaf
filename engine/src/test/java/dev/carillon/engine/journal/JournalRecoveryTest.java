package dev.carillon.engine.journal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.carillon.engine.config.FsyncPolicy;
import dev.carillon.engine.config.Parameters;
import dev.carillon.engine.storage.MemoryStorage;
import dev.carillon.engine.storage.QueuedBackground;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What a new start makes of an orderly journal. */
class JournalRecoveryTest {

  private static final List<String> TYPES =
      List.of(
          "SET s v EX 100",
          "APPEND s w",
          "INCRBYFLOAT f 1.5",
          "LPUSH l a b c",
          "LMOVE l m LEFT RIGHT",
          "SADD set 1 2 3 x",
          "SPOP set 2",
          "HSET h f 1 g 2",
          "HPEXPIRE h 5000 FIELDS 1 f",
          "ZADD z 1 a 2 b",
          "ZINCRBY z 0.5 a",
          "XADD x * f v",
          "XGROUP CREATE x g 0",
          "XREADGROUP GROUP g c STREAMS x >",
          "PFADD p a b",
          "SETBIT bits 7 1",
          "GEOADD geo 13 38 here",
          "MSET {a}1 1 {a}2 2",
          "SELECT 3",
          "SET elsewhere 1",
          "SWAPDB 3 4",
          "SELECT 0",
          "RENAME {a}1 {a}3",
          "COPY s t",
          "DEL {a}2");

  @Test
  void everyTypeIsThereAgain() throws IOException {
    JournaledEngine engine = new JournaledEngine(new MemoryStorage(), FsyncPolicy.EVERYSEC);
    for (String line : TYPES) {
      assertThat(engine.say(line)).as(line).doesNotStartWith("-");
      engine.advance(7);
    }
    engine.stop();
    JournaledEngine again = new JournaledEngine(engine.disk, FsyncPolicy.EVERYSEC);
    assertThat(again.digest()).isEqualTo(engine.digest());
    assertThat(again.orderly).isTrue();
    assertThat(again.reports.getFirst()).isEqualTo("recovered turn 23: 23 turns of the journal");
  }

  @Test
  void countingGoesOnWhereTheJournalEnded() throws IOException {
    MemoryStorage disk = new MemoryStorage();
    for (int life = 0; life < 5; life++) {
      JournaledEngine engine = new JournaledEngine(disk, FsyncPolicy.NO);
      assertThat(engine.journal().durableSequence()).isEqualTo(life * 2);
      engine.say("INCR a");
      engine.say("INCR a");
      engine.stop();
    }
    assertThat(disk.names())
        .containsExactly(
            JournalFiles.segment(1),
            JournalFiles.segment(3),
            JournalFiles.segment(5),
            JournalFiles.segment(7),
            JournalFiles.segment(9));
    assertThat(new JournaledEngine(disk, FsyncPolicy.NO).say("GET a")).isEqualTo("$2\r\n10\r\n");
  }

  @Test
  void startsThatChangeNothingLeaveNothingBehind() throws IOException {
    MemoryStorage disk = new MemoryStorage();
    for (int life = 0; life < 5; life++) {
      JournaledEngine engine = new JournaledEngine(disk, FsyncPolicy.NO);
      engine.say("GET a");
      engine.stop();
    }
    assertThat(disk.names()).containsExactly(JournalFiles.segment(1));
  }

  @Test
  void aDeadlineThatPassedMeanwhileIsMetAfterwards() throws IOException {
    JournaledEngine engine = new JournaledEngine(new MemoryStorage(), FsyncPolicy.EVERYSEC);
    engine.say("SET a 1 PX 1000");
    engine.say("SET b 1");
    engine.stop();
    JournaledEngine again =
        new JournaledEngine(engine.disk, FsyncPolicy.EVERYSEC, JournaledEngine.START_MILLIS + 5000);
    assertThat(again.digest()).as("nothing expires while it is read").isEqualTo(engine.digest());
    again.engine.sweep(again.nowMillis, 10);
    assertThat(again.say("DBSIZE")).isEqualTo(":1\r\n");
    assertThat(again.engine.keyspace().expiredKeys()).isEqualTo(1);
    again.stop();
    assertThat(new JournaledEngine(engine.disk, FsyncPolicy.EVERYSEC).digest())
        .isEqualTo(again.digest());
  }

  @Test
  void aRewriteTakesThePlaceOfWhatIsOlder() throws IOException {
    JournaledEngine engine = new JournaledEngine(new MemoryStorage(), FsyncPolicy.EVERYSEC);
    for (int i = 0; i < 50; i++) {
      engine.say("SET key" + i % 10 + " " + i);
    }
    engine.journal().rotate(problem -> assertThat(problem).isNull());
    engine.say("SET before 1");
    engine.syncs.runAll();
    engine.say("SET later 1");
    long sequence = engine.writeBase();
    engine.say("SET latest 1");
    engine.journal().dropBefore(sequence);
    engine.bulk.runAll();
    assertThat(engine.disk.names())
        .containsExactly(JournalFiles.segment(53), JournalFiles.base(52));
    engine.stop();
    JournaledEngine again = new JournaledEngine(engine.disk, FsyncPolicy.EVERYSEC);
    assertThat(again.digest()).isEqualTo(engine.digest());
    assertThat(again.reports.getFirst())
        .isEqualTo(
            "recovered turn 53: base " + JournalFiles.base(52) + ", then 1 turn of the journal");
  }

  @Test
  void turnsThatAreInNoFileAreMissed() throws IOException {
    MemoryStorage disk = new MemoryStorage();
    for (int life = 0; life < 3; life++) {
      JournaledEngine engine = new JournaledEngine(disk, FsyncPolicy.NO);
      engine.say("INCR a");
      engine.stop();
    }
    MemoryStorage without = new MemoryStorage();
    without.with(JournalFiles.segment(1), disk.bytes(JournalFiles.segment(1)));
    without.with(JournalFiles.segment(3), disk.bytes(JournalFiles.segment(3)));
    assertThatThrownBy(() -> new JournaledEngine(without, FsyncPolicy.NO))
        .hasMessageStartingWith(
            JournalFiles.segment(1)
                + ", byte "
                + disk.bytes(JournalFiles.segment(1)).length
                + " (turn 2): the file ends before the turn; it was on the disk once ("
                + JournalFiles.segment(3)
                + ", its header");
    MemoryStorage headless = new MemoryStorage();
    headless.with(JournalFiles.segment(3), disk.bytes(JournalFiles.segment(3)));
    assertThatThrownBy(() -> new JournaledEngine(headless, FsyncPolicy.NO))
        .hasMessageContaining("turns 1 to 2 are in no file of the journal");
  }

  @Test
  void aNewerVersionOfTheFormatIsRefused() throws IOException {
    MemoryStorage disk = new MemoryStorage();
    JournaledEngine engine = new JournaledEngine(disk, FsyncPolicy.NO);
    engine.say("SET a 1");
    engine.stop();
    byte[] bytes = disk.bytes(JournalFiles.segment(1));
    bytes[8] = 2;
    java.util.zip.CRC32C crc = new java.util.zip.CRC32C();
    crc.update(bytes, 0, 60);
    Records.INTS.set(bytes, 60, (int) crc.getValue());
    disk.with(JournalFiles.segment(1), bytes);
    assertThatThrownBy(() -> new JournaledEngine(disk, FsyncPolicy.NO))
        .hasMessageContaining(
            "the segment has version 2 of the format; this program knows 1. Start the version that"
                + " wrote it, or a later one");
  }

  @Test
  void aDatabaseThatIsNotThereIsNamed() throws IOException {
    MemoryStorage disk = new MemoryStorage();
    JournaledEngine engine = new JournaledEngine(disk, FsyncPolicy.NO);
    engine.say("SELECT 15");
    engine.say("SET a 1");
    engine.stop();
    Parameters.DATABASES.initially();
    assertThatThrownBy(
            () -> {
              dev.carillon.engine.config.Configuration config =
                  new dev.carillon.engine.config.Configuration();
              config.put(Parameters.DATABASES, 4L);
              dev.carillon.engine.Engine small =
                  new dev.carillon.engine.Engine(
                      new dev.carillon.engine.EngineOptions(
                          config,
                          new java.util.Random(1),
                          dev.carillon.engine.command.Host.NONE,
                          Long.MAX_VALUE,
                          new dev.carillon.engine.storage.Disk(
                              disk, new QueuedBackground(), new QueuedBackground())));
              small.recovery().slice(Integer.MAX_VALUE);
            })
        .hasMessageContaining("it concerns database 15, and databases is 4");
  }
}
