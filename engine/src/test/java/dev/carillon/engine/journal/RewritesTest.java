package dev.carillon.engine.journal;

import static org.assertj.core.api.Assertions.assertThat;

import dev.carillon.engine.config.FsyncPolicy;
import dev.carillon.engine.config.Parameters;
import dev.carillon.engine.storage.MemoryStorage;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** When the journal begins anew with a snapshot, and how it begins while there are keys. */
class RewritesTest {

  private static final List<String> ONE_OF_EACH_TYPE =
      List.of(
          "SET s v PX 100000",
          "RPUSH l a b c",
          "SADD set a 1 c",
          "HSET h f v g w",
          "HPEXPIRE h 50000 FIELDS 1 f",
          "ZADD z 1 a 2.5 b",
          "XADD x 1-1 f v",
          "XGROUP CREATE x g 0",
          "XREADGROUP GROUP g worker STREAMS x >",
          "PFADD p a b c",
          "SELECT 3",
          "SET other 1",
          "SELECT 0");

  private static JournaledEngine again(JournaledEngine engine) throws IOException {
    return new JournaledEngine(engine.disk.copy(), FsyncPolicy.EVERYSEC, engine.nowMillis);
  }

  private static String info(JournaledEngine engine, String field) {
    for (String line : engine.say("INFO persistence").split("\r\n")) {
      if (line.startsWith(field + ":")) {
        return line.substring(field.length() + 1);
      }
    }
    throw new AssertionError("INFO says nothing of " + field);
  }

  @Test
  void aRewriteLeavesABaseAndWhatCameSince() throws IOException {
    JournaledEngine engine = new JournaledEngine(new MemoryStorage(), FsyncPolicy.EVERYSEC);
    ONE_OF_EACH_TYPE.forEach(engine::say);
    long sequence = engine.engine.sequence();
    assertThat(info(engine, "aof_last_rewrite_time_sec")).isEqualTo("-1");
    assertThat(engine.say("BGREWRITEAOF"))
        .isEqualTo("+Background append only file rewriting started\r\n");
    assertThat(engine.say("BGREWRITEAOF"))
        .isEqualTo("-ERR Background append only file rewriting already in progress\r\n");
    assertThat(engine.say("BGSAVE")).startsWith("-ERR Another child process is active");
    assertThat(info(engine, "aof_rewrite_in_progress")).isEqualTo("1");
    assertThat(info(engine, "aof_rewrites")).isEqualTo("0");
    engine.settle();
    engine.say("SET since 1");
    assertThat(engine.disk.names())
        .containsExactly(JournalFiles.segment(sequence + 1), JournalFiles.base(sequence));
    assertThat(info(engine, "aof_rewrite_in_progress")).isEqualTo("0");
    assertThat(info(engine, "aof_rewrites")).isEqualTo("1");
    assertThat(info(engine, "aof_last_bgrewrite_status")).isEqualTo("ok");
    assertThat(info(engine, "aof_last_rewrite_time_sec")).isEqualTo("0");
    assertThat(again(engine).digest()).isEqualTo(engine.digest());
  }

  @Test
  void whatChangesWhileTheBaseIsWrittenIsInTheJournalOnly() throws IOException {
    JournaledEngine engine = new JournaledEngine(new MemoryStorage(), FsyncPolicy.EVERYSEC);
    for (int i = 0; i < 2000; i++) {
      engine.say("SET key" + i + " " + "x".repeat(100));
    }
    engine.say("BGREWRITEAOF");
    engine.engine.work(engine.nowMillis);
    engine.syncs.runAll();
    engine.flush();
    int rounds = 0;
    for (; engine.engine.rewrites().isRunning(); rounds++) {
      assertThat(again(engine).digest()).isEqualTo(engine.digest());
      engine.say("DEL key" + rounds);
      engine.say("APPEND key" + (1999 - rounds) + " y");
      engine.say("SET new" + rounds + " 1");
      engine.engine.work(engine.nowMillis);
      engine.bulk.halfStep();
      engine.flush();
    }
    engine.settle();
    assertThat(rounds).isGreaterThan(5);
    assertThat(again(engine).digest()).isEqualTo(engine.digest());
  }

  @Test
  void aRewriteWaitsForASnapshotAndForTheEndOfATransaction() throws IOException {
    JournaledEngine engine = new JournaledEngine(new MemoryStorage(), FsyncPolicy.EVERYSEC);
    engine.say("SET a 1");
    engine.say("BGSAVE");
    assertThat(engine.say("BGREWRITEAOF"))
        .isEqualTo("+Background append only file rewriting scheduled\r\n");
    assertThat(info(engine, "aof_rewrite_scheduled")).isEqualTo("1");
    engine.settle();
    assertThat(info(engine, "aof_rewrites")).isEqualTo("1");
    assertThat(engine.disk.names()).contains("dump.rdb", JournalFiles.base(1));

    engine.say("MULTI");
    engine.say("SET b 1");
    engine.say("BGREWRITEAOF");
    engine.say("SET c 1");
    assertThat(engine.say("EXEC"))
        .isEqualTo("*3\r\n+OK\r\n+Background append only file rewriting scheduled\r\n+OK\r\n");
    engine.settle();
    assertThat(engine.disk.names()).contains(JournalFiles.base(2));
    assertThat(again(engine).digest()).isEqualTo(engine.digest());
  }

  @Test
  void saveGoesFirst() throws IOException {
    JournaledEngine engine = new JournaledEngine(new MemoryStorage(), FsyncPolicy.EVERYSEC);
    engine.say("SET a 1");
    engine.say("BGREWRITEAOF");
    engine.engine.work(engine.nowMillis);
    engine.syncs.runAll();
    engine.flush();
    assertThat(engine.engine.snapshots().isRunning()).isTrue();
    assertThat(engine.say("SAVE")).isEqualTo("+OK\r\n");
    engine.settle();
    assertThat(info(engine, "aof_rewrites")).isEqualTo("1");
    assertThat(again(engine).digest()).isEqualTo(engine.digest());
  }

  @Test
  void aJournalThatHasGrownIsRewrittenByItself() throws IOException {
    JournaledEngine engine = new JournaledEngine(new MemoryStorage(), FsyncPolicy.EVERYSEC);
    engine.config.put(Parameters.AUTO_AOF_REWRITE_MIN_SIZE, 20_000L);
    engine.say("SET large " + "x".repeat(10_000));
    engine.engine.maintain(engine.nowMillis);
    assertThat(engine.engine.rewrites().isRunning()).as("at half of the size").isFalse();
    engine.say("SET large " + "x".repeat(10_000));
    engine.engine.maintain(engine.nowMillis);
    assertThat(engine.engine.rewrites().isRunning()).as("behind the size").isTrue();
    engine.settle();
    assertThat(engine.journal().sizeBytes()).isLessThan(1000);

    // The base is small, for it is compressed; the next one is measured by it.
    engine.say("SET large " + "x".repeat(19_000));
    engine.engine.maintain(engine.nowMillis);
    assertThat(engine.engine.rewrites().isRunning()).isFalse();
    engine.say("SET large " + "x".repeat(1_000));
    engine.config.put(Parameters.AUTO_AOF_REWRITE_PERCENTAGE, 0L);
    engine.engine.maintain(engine.nowMillis);
    assertThat(engine.engine.rewrites().isRunning()).as("0 is never").isFalse();
    engine.config.put(Parameters.AUTO_AOF_REWRITE_PERCENTAGE, 100L);
    engine.engine.maintain(engine.nowMillis);
    assertThat(engine.engine.rewrites().isRunning()).isTrue();
    engine.settle();
    assertThat(again(engine).digest()).isEqualTo(engine.digest());
  }

  @Test
  void whatCannotBeWrittenIsSaidAndTriedAgainLater() throws IOException {
    JournaledEngine engine = new JournaledEngine(new MemoryStorage(), FsyncPolicy.EVERYSEC);
    engine.config.put(Parameters.AUTO_AOF_REWRITE_MIN_SIZE, 100L);
    engine.say("SET a " + "x".repeat(200));
    AtomicBoolean broken = new AtomicBoolean(true);
    engine.disk.fault((call, what, name) -> broken.get() && name.contains("snapshot-"));
    engine.engine.maintain(engine.nowMillis);
    engine.settle();
    assertThat(info(engine, "aof_last_bgrewrite_status")).isEqualTo("err");
    assertThat(info(engine, "aof_rewrites_consecutive_failures")).isEqualTo("1");
    assertThat(engine.reports.getLast())
        .startsWith("the journal cannot be rewritten: ")
        .endsWith("; it goes on as it is, and where it is too large it is tried again in 5 s");
    assertThat(engine.say("SET b 1")).isEqualTo("+OK\r\n");
    assertThat(again(engine).digest()).isEqualTo(engine.digest());

    engine.advance(4_999);
    engine.engine.maintain(engine.nowMillis);
    assertThat(engine.engine.rewrites().isRunning()).isFalse();
    engine.advance(1);
    engine.engine.maintain(engine.nowMillis);
    engine.settle();
    assertThat(engine.reports.getLast()).endsWith("tried again in 10 s");

    broken.set(false);
    engine.advance(10_000);
    engine.engine.maintain(engine.nowMillis);
    engine.settle();
    assertThat(info(engine, "aof_last_bgrewrite_status")).isEqualTo("ok");
    assertThat(info(engine, "aof_rewrites_consecutive_failures")).isEqualTo("0");
    assertThat(again(engine).digest()).isEqualTo(engine.digest());
  }

  // ------------------------------------------------------------------------- beginning a journal

  @Test
  void aJournalBeginsWhileThereAreKeys() throws IOException {
    JournaledEngine engine = JournaledEngine.without(new MemoryStorage(), FsyncPolicy.ALWAYS);
    ONE_OF_EACH_TYPE.forEach(engine::say);
    assertThat(engine.say("CONFIG SET appendonly yes")).isEqualTo("+OK\r\n");
    assertThat(engine.say("SHUTDOWN")).startsWith("-ERR Errors trying to SHUTDOWN");
    engine.engine.work(engine.nowMillis);
    assertThat(info(engine, "aof_enabled")).isEqualTo("1");
    assertThat(info(engine, "aof_rewrite_in_progress")).isEqualTo("1");
    assertThat(engine.say("SET while 1")).as("nothing is held back yet").isEqualTo("+OK\r\n");
    assertThat(again(engine).say("DBSIZE")).as("a crash before it is in force").isEqualTo(":0\r\n");
    engine.settle();
    assertThat(info(engine, "aof_rewrite_in_progress")).isEqualTo("0");
    assertThat(engine.say("SET then 1")).as("held back until it is durable").isEmpty();
    engine.settle();
    assertThat(engine.heard()).isEqualTo("+OK\r\n");
    assertThat(again(engine).digest()).isEqualTo(engine.digest());
    engine.stop();
    assertThat(again(engine).digest()).isEqualTo(engine.digest());
  }

  /** Observed in the tests of 8.6.3: who waits for the end of it may then ask for another one. */
  @Test
  void aJournalThatBeginsIsOnItsWayFromTheReplyOn() throws IOException {
    JournaledEngine engine = JournaledEngine.without(new MemoryStorage(), FsyncPolicy.EVERYSEC);
    engine.say("SET a 1");
    engine.say("CONFIG SET appendonly yes");
    assertThat(info(engine, "aof_enabled")).isEqualTo("1");
    assertThat(info(engine, "aof_rewrite_in_progress")).isEqualTo("1");
    assertThat(info(engine, "aof_rewrite_scheduled")).isEqualTo("0");
    assertThat(engine.say("BGREWRITEAOF"))
        .isEqualTo("-ERR Background append only file rewriting already in progress\r\n");
    engine.settle();
    assertThat(info(engine, "aof_rewrite_in_progress")).isEqualTo("0");
    assertThat(engine.say("BGREWRITEAOF"))
        .isEqualTo("+Background append only file rewriting started\r\n");
    engine.settle();
    assertThat(info(engine, "aof_rewrites")).isEqualTo("2");
    assertThat(again(engine).digest()).isEqualTo(engine.digest());
  }

  @Test
  void aJournalOfBeforeStaysUntilTheNewOneIsInForce() throws IOException {
    JournaledEngine engine = new JournaledEngine(new MemoryStorage(), FsyncPolicy.EVERYSEC);
    engine.say("SET old 1");
    engine.settle();
    engine.say("CONFIG SET appendonly no");
    engine.settle();
    String old = again(engine).digest();
    for (int i = 0; i < 5; i++) {
      engine.say("SET key" + i + " 1");
    }
    engine.say("CONFIG SET appendonly yes");
    engine.engine.work(engine.nowMillis);
    while (engine.engine.rewrites().isRunning()) {
      // The new one takes effect before anybody is told that it has.
      assertThat(again(engine).digest()).isIn(old, engine.digest());
      engine.engine.work(engine.nowMillis);
      engine.bulk.halfStep();
      engine.syncs.halfStep();
    }
    assertThat(again(engine).digest()).isEqualTo(engine.digest());
    engine.settle();
    assertThat(engine.disk.names()).hasSize(2);
    engine.say("SET since 1");
    assertThat(again(engine).digest()).isEqualTo(engine.digest());
  }

  @Test
  void aJournalThatIsNotWantedAnyMoreLeavesNothing() throws IOException {
    JournaledEngine engine = JournaledEngine.without(new MemoryStorage(), FsyncPolicy.ALWAYS);
    engine.say("SET a 1");
    engine.say("CONFIG SET appendonly yes");
    engine.engine.work(engine.nowMillis);
    engine.say("SET b 1");
    engine.say("CONFIG SET appendonly no");
    engine.settle();
    assertThat(engine.disk.names()).isEmpty();
    assertThat(engine.say("SET c 1")).isEqualTo("+OK\r\n");
    assertThat(info(engine, "aof_enabled")).isEqualTo("0");
    assertThat(info(engine, "aof_rewrite_scheduled")).isEqualTo("0");
  }

  @ParameterizedTest
  @ValueSource(strings = {"snapshot-", "prepared"})
  void aJournalThatCannotBeginIsTriedAgain(String unwritable) throws IOException {
    JournaledEngine engine = JournaledEngine.without(new MemoryStorage(), FsyncPolicy.ALWAYS);
    engine.say("SET a 1");
    AtomicBoolean broken = new AtomicBoolean(true);
    engine.disk.fault((call, what, name) -> broken.get() && name.contains(unwritable));
    engine.say("CONFIG SET appendonly yes");
    engine.settle();
    engine.engine.maintain(engine.nowMillis);
    engine.settle();
    assertThat(engine.reports.getLast())
        .startsWith("the journal cannot begin: ")
        .endsWith("; until it does nothing is journaled, and it is tried again in 5 s");
    assertThat(engine.say("SET b 1")).as("as if there were none").isEqualTo("+OK\r\n");
    broken.set(false);
    engine.advance(5_000);
    engine.engine.maintain(engine.nowMillis);
    engine.settle();
    engine.say("SET c 1");
    engine.settle();
    assertThat(again(engine).digest()).isEqualTo(engine.digest());
  }

  /** As when somebody says no and yes again while the journal of before is being read. */
  @Test
  void whoAsksForAJournalThatIsThereGetsOneRewrite() throws IOException {
    JournaledEngine engine = new JournaledEngine(new MemoryStorage(), FsyncPolicy.EVERYSEC);
    engine.say("SET a 1");
    engine.engine.rewrites().turnOn();
    engine.settle();
    assertThat(info(engine, "aof_rewrites")).isEqualTo("1");
    assertThat(info(engine, "aof_rewrite_scheduled")).isEqualTo("0");
  }

  @Test
  void aBaseAloneIsWhatAJournalBeginsWithLater() throws IOException {
    JournaledEngine engine = JournaledEngine.without(new MemoryStorage(), FsyncPolicy.EVERYSEC);
    ONE_OF_EACH_TYPE.forEach(engine::say);
    assertThat(engine.say("BGREWRITEAOF"))
        .isEqualTo("+Background append only file rewriting started\r\n");
    engine.settle();
    assertThat(again(engine).digest()).isEqualTo(engine.digest());
    assertThat(info(engine, "aof_enabled")).isEqualTo("0");
  }
}
