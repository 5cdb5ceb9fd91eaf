package dev.carillon.engine.journal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.carillon.engine.config.Access;
import dev.carillon.engine.config.ConfigError;
import dev.carillon.engine.config.Configuration;
import dev.carillon.engine.config.FsyncPolicy;
import dev.carillon.engine.config.Parameters;
import dev.carillon.engine.session.Session;
import dev.carillon.engine.storage.MemoryStorage;
import dev.carillon.protocol.bytes.Bytes;
import java.io.IOException;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Feeds whose entries are on the disk before anybody sees them, and what is there afterwards. */
class FeedJournalTest {

  private static final long T = JournaledEngine.START_MILLIS;
  private static final String OK = "+OK\r\n";

  private static JournaledEngine engine(FsyncPolicy policy) throws IOException {
    return new JournaledEngine(new MemoryStorage(), policy);
  }

  /** An engine with a durable feed of strings, of which nothing waits any more. */
  private static JournaledEngine fed(FsyncPolicy policy, String options) throws IOException {
    JournaledEngine engine = engine(policy);
    engine.say("FEED CREATE f EVENTS $x " + options);
    settle(engine);
    return engine;
  }

  private static void settle(JournaledEngine engine) {
    engine.flush();
    engine.syncs.runAll();
    engine.heard();
  }

  private static JournaledEngine restarted(JournaledEngine before, long millis) throws IOException {
    before.stop();
    return new JournaledEngine(before.disk, FsyncPolicy.EVERYSEC, before.nowMillis + millis);
  }

  /** What FEED INFO says, but for the memory, which depends on how entries came to be there. */
  private static String info(JournaledEngine engine) {
    return engine.say("FEED INFO f").replaceAll("\\$5\r\nbytes\r\n:\\d+", "");
  }

  // ---------------------------------------------------------------------------------------- holds

  @ParameterizedTest
  @EnumSource(FsyncPolicy.class)
  void aTurnThatAppendsIsOnTheDiskBeforeItsReplyLeaves(FsyncPolicy policy) throws IOException {
    JournaledEngine engine = fed(policy, "");
    assertThat(engine.say("SET a 1")).isEmpty();
    engine.syncs.runAll();
    assertThat(engine.heard()).isEqualTo(OK);
  }

  @Test
  void otherTurnsLeaveAsAppendfsyncSays() throws IOException {
    JournaledEngine engine = fed(FsyncPolicy.EVERYSEC, "");
    assertThat(engine.say("LPUSH l 1")).isEqualTo(":1\r\n");
    engine.tell("LPUSH l 2");
    Session other = engine.client();
    engine.tell(other, "SET a 1");
    engine.flush();
    assertThat(engine.heard()).as("it came before").isEqualTo(":2\r\n");
    assertThat(engine.heard(other)).isEmpty();
    engine.syncs.runAll();
    assertThat(engine.heard(other)).isEqualTo(OK);
    assertThat(engine.say("LPUSH l 3")).as("and nothing waits afterwards").isEqualTo(":3\r\n");
  }

  @ParameterizedTest
  @EnumSource(FsyncPolicy.class)
  void nobodyReadsAnEntryThatIsNotOnTheDisk(FsyncPolicy policy) throws IOException {
    JournaledEngine engine = fed(policy, "");
    Session reader = engine.client();
    Session waiter = engine.client();
    engine.tell(waiter, "XREAD BLOCK 0 STREAMS f $");
    engine.tell("SET a 1");
    engine.tell(reader, "XLEN f");
    engine.flush();
    assertThat(engine.heard(reader)).isEmpty();
    assertThat(engine.heard(waiter)).isEmpty();
    engine.syncs.runAll();
    assertThat(engine.heard(reader)).isEqualTo(":1\r\n");
    assertThat(engine.heard(waiter)).contains("event");
  }

  @Test
  void aVolatileFeedWaitsForNothing() throws IOException {
    JournaledEngine engine = fed(FsyncPolicy.EVERYSEC, "VOLATILE");
    assertThat(engine.say("SET a 1")).isEqualTo(OK);
    assertThat(engine.say("FEED INFO f")).contains("durable\r\n$2\r\nno");
  }

  @Test
  void whileTheJournalFailsEntriesAreNotReadThatAreNotOnTheDisk() throws IOException {
    MemoryStorage disk = new MemoryStorage();
    JournaledEngine engine = new JournaledEngine(disk, FsyncPolicy.EVERYSEC);
    engine.say("FEED CREATE f EVENTS $");
    settle(engine);
    Session reader = engine.client();
    Session other = engine.client();
    disk.fault((call, what, name) -> what.equals("append"));
    engine.say("SET a 1");
    engine.tell(reader, "XLEN f");
    engine.tell(other, "GET a");
    engine.flush();
    assertThat(engine.heard(reader)).isEmpty();
    assertThat(engine.heard(other)).as("other reads go on").isEqualTo("$1\r\n1\r\n");
  }

  // --------------------------------------------------------------------------------------- restart

  @Test
  void aRestartKeepsFeedsEntriesGroupsAndCounts() throws IOException {
    JournaledEngine before = fed(FsyncPolicy.EVERYSEC, "MAXLEN 2 VALUES 10 MATCH k*");
    before.say("XGROUP CREATE f g 0");
    before.say("MSET k1 1 k2 2 k3 3 other 4");
    before.say("XREADGROUP GROUP g c STREAMS f >");
    before.say("SET k1 5");
    settle(before);
    String info = info(before);
    assertThat(info).contains("trimmed-unacknowledged\r\n:2");
    JournaledEngine after = restarted(before, 100);
    assertThat(after.digest()).isEqualTo(before.digest());
    assertThat(info(after)).isEqualTo(info);
    assertThat(after.say("DEL f")).isEqualTo("-ERR key is a feed; use FEED DROP\r\n");
    after.say("SET k9 1");
    settle(after);
    assertThat(after.say("XLEN f")).isEqualTo(":2\r\n");
  }

  @Test
  void aFeedThatWasDroppedStaysSo() throws IOException {
    JournaledEngine before = fed(FsyncPolicy.EVERYSEC, "");
    before.say("SET a 1");
    before.say("FEED DROP f");
    JournaledEngine after = restarted(before, 100);
    assertThat(after.say("FEED LIST")).isEqualTo("*0\r\n");
    assertThat(after.say("SET f 1")).isEqualTo(OK);
  }

  @Test
  void aBaseHoldsFeedsAndTheTurnsBehindItGoOn() throws IOException {
    JournaledEngine before = fed(FsyncPolicy.EVERYSEC, "PARTITIONS 2 MAXLEN 1");
    before.say("XGROUP CREATE f:0 g 0");
    before.say("MSET a 1 b 1 c 1 d 1 e 1 f 1");
    settle(before);
    assertThat(before.say("BGREWRITEAOF")).startsWith("+");
    for (int i = 0; i < 50; i++) {
      before.flush();
      before.syncs.runAll();
      before.bulk.runAll();
      before.engine.work(before.nowMillis, 1 << 20);
    }
    before.say("MSET a 2 d 2");
    settle(before);
    String info = info(before);
    JournaledEngine after = restarted(before, 100);
    assertThat(after.disk.list("journal")).anyMatch(name -> name.contains("snapshot"));
    assertThat(after.digest()).isEqualTo(before.digest());
    assertThat(info(after)).isEqualTo(info);
  }

  @Test
  void aReloadedSnapshotHoldsFeeds() throws IOException {
    JournaledEngine engine = fed(FsyncPolicy.EVERYSEC, "MAXLEN 1");
    engine.say("MSET a 1 b 1");
    settle(engine);
    String info = info(engine);
    String digest = engine.digest();
    engine.bulk.runAll();
    engine.config.put(Parameters.ENABLE_DEBUG_COMMAND, Access.YES);
    assertThat(engine.say("DEBUG RELOAD")).isEqualTo(OK);
    assertThat(engine.digest()).isEqualTo(digest);
    assertThat(info(engine)).isEqualTo(info);
  }

  @Test
  void aDeadlineThatPassedWhileTheServerWasDownIsInTheFeedOnce() throws IOException {
    JournaledEngine before = fed(FsyncPolicy.EVERYSEC, "EVENTS x");
    before.say("SET a 1 PX 1000");
    settle(before);
    JournaledEngine after = restarted(before, 5000);
    after.engine.sweep(after.nowMillis, 100);
    settle(after);
    assertThat(after.say("XRANGE f - +"))
        .contains("expired")
        .contains("deadline\r\n$13\r\n" + (T + 1000))
        .contains("at\r\n$13\r\n" + (T + 5000));
    JournaledEngine later = restarted(after, 5000);
    later.engine.sweep(later.nowMillis, 100);
    settle(later);
    assertThat(later.say("XLEN f")).isEqualTo(":1\r\n");
  }

  @Test
  void aPowerCutTakesAChangeBackWithItsEntryOrNeither() throws IOException {
    for (int seed = 0; seed < 200; seed++) {
      Random random = new Random(seed);
      JournaledEngine before = fed(FsyncPolicy.values()[seed % 3], "");
      StringBuilder seen = new StringBuilder();
      int asked = 1 + random.nextInt(20);
      for (int i = 0; i < asked; i++) {
        before.tell("SET k" + i + " v");
        if (random.nextInt(3) == 0) {
          before.flush();
          if (random.nextBoolean()) {
            before.syncs.halfStep();
          }
        }
        seen.append(before.heard());
      }
      MemoryStorage disk = before.disk;
      disk.cutPower(random);
      JournaledEngine after = new JournaledEngine(disk, FsyncPolicy.EVERYSEC);
      long keys = after.engine.keyspace().database(0).size() - 1;
      assertThat(after.say("XLEN f")).as("seed %s", seed).isEqualTo(":" + keys + "\r\n");
      assertThat(keys).as("seed %s", seed).isGreaterThanOrEqualTo(seen.length() / OK.length());
    }
  }

  // ----------------------------------------------------------------------------------
  // configuration

  private static void set(JournaledEngine engine, String name, String value) throws ConfigError {
    engine.config.set(List.of(new Configuration.Assignment(name, value)), true);
  }

  @Test
  void theJournalStaysWhileAFeedNeedsIt() throws Exception {
    JournaledEngine engine = fed(FsyncPolicy.EVERYSEC, "");
    engine.config.put(Parameters.APPENDONLY, true);
    assertThatThrownBy(() -> set(engine, "appendonly", "no"))
        .isInstanceOf(ConfigError.class)
        .hasMessageContaining("there are feeds that need the journal");
    engine.say("FEED DROP f");
    engine.say("FEED CREATE f VOLATILE");
    set(engine, "appendonly", "no");
    assertThat(engine.engine.journal() == null).isTrue();
  }

  @Test
  void aConfiguredFeedIsMadeOnceAndMustStayWhatItIs() throws Exception {
    JournaledEngine before = engine(FsyncPolicy.EVERYSEC);
    List<Bytes> words = List.of(Bytes.of("f"), Bytes.of("EVENTS"), Bytes.of("Ex"));
    before.engine.configureFeed(words, before.nowMillis);
    settle(before);
    JournaledEngine after = restarted(before, 100);
    after.engine.configureFeed(words, after.nowMillis);
    assertThat(after.say("FEED LIST")).isEqualTo("*1\r\n$1\r\nf\r\n");
    assertThatThrownBy(
            () ->
                after.engine.configureFeed(
                    List.of(Bytes.of("f"), Bytes.of("EVENTS"), Bytes.of("A")), after.nowMillis))
        .isInstanceOf(ConfigError.class)
        .hasMessageContaining("told something else");
    assertThatThrownBy(
            () ->
                after.engine.configureFeed(
                    List.of(Bytes.of("g"), Bytes.of("NONSENSE")), after.nowMillis))
        .isInstanceOf(ConfigError.class)
        .hasMessageContaining("unknown option");
  }
}
