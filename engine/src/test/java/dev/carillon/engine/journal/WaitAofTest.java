package dev.carillon.engine.journal;

import static org.assertj.core.api.Assertions.assertThat;

import dev.carillon.engine.config.FsyncPolicy;
import dev.carillon.engine.session.Session;
import dev.carillon.engine.storage.MemoryStorage;
import java.io.IOException;
import org.junit.jupiter.api.Test;

/** WAITAOF, as the tests and the source of Redis 7.4 have it, for a server without replicas. */
class WaitAofTest {

  private static final String THERE = "*2\r\n:1\r\n:0\r\n";
  private static final String NOT_THERE = "*2\r\n:0\r\n:0\r\n";
  private static final String WITHOUT_JOURNAL =
      "-ERR WAITAOF cannot be used when numlocal is set but appendonly is disabled.\r\n";

  private static JournaledEngine engine(FsyncPolicy policy) throws IOException {
    return new JournaledEngine(new MemoryStorage(), policy);
  }

  /** Lets the disk do what it was asked to, and the loop what follows from it. */
  private static String sync(JournaledEngine engine) {
    engine.syncs.runAll();
    engine.engine.serveWaiting(engine.nowMillis);
    engine.flush();
    return engine.heard();
  }

  @Test
  void repliesWhenASyncHasCoveredWhatTheClientChanged() throws IOException {
    JournaledEngine engine = engine(FsyncPolicy.EVERYSEC);
    assertThat(engine.say("INCR foo")).isEqualTo(":1\r\n");
    assertThat(engine.say("WAITAOF 1 0 0")).isEmpty();
    assertThat(sync(engine)).as("no sync is due").isEmpty();
    engine.advance(500);
    engine.flush();
    assertThat(sync(engine)).isEqualTo(THERE);
    assertThat(engine.say("WAITAOF 1 0 0")).as("again, at once").isEqualTo(THERE);
  }

  @Test
  void inAPipelineUnderAlwaysItComesBehindTheRepliesOfTheWrites() throws IOException {
    JournaledEngine engine = engine(FsyncPolicy.ALWAYS);
    engine.tell("INCR foo");
    engine.tell("WAITAOF 1 0 0");
    engine.flush();
    assertThat(engine.heard()).isEmpty();
    assertThat(sync(engine)).isEqualTo(":1\r\n" + THERE);
  }

  @Test
  void aSyncThatBeganBeforeTheChangeIsNotEnough() throws IOException {
    JournaledEngine engine = engine(FsyncPolicy.ALWAYS);
    Session other = engine.client();
    engine.tell(other, "SET a 1");
    engine.flush();
    engine.syncs.halfStep();
    engine.tell("INCR foo");
    engine.tell("WAITAOF 1 0 0");
    engine.flush();
    engine.syncs.halfStep();
    engine.engine.serveWaiting(engine.nowMillis);
    engine.flush();
    assertThat(engine.heard()).isEmpty();
    assertThat(sync(engine)).isEqualTo(":1\r\n" + THERE);
  }

  @Test
  void whoChangedNothingDoesNotWaitForOthers() throws IOException {
    JournaledEngine engine = engine(FsyncPolicy.NO);
    Session other = engine.client();
    engine.tell(other, "INCR foo");
    engine.flush();
    assertThat(engine.say("WAITAOF 1 0 0")).isEqualTo(THERE);
  }

  @Test
  void whatIsNotThereWhenTheTimeIsOverIsSaid() throws IOException {
    JournaledEngine engine = engine(FsyncPolicy.NO);
    engine.say("INCR foo");
    assertThat(engine.say("WAITAOF 1 0 50")).isEmpty();
    engine.advance(49);
    engine.engine.sweep(engine.nowMillis, 100);
    assertThat(engine.heard()).isEmpty();
    engine.advance(1);
    engine.engine.sweep(engine.nowMillis, 100);
    assertThat(engine.heard()).isEqualTo(NOT_THERE);
  }

  @Test
  void nobodyIsKeptWaitingInATransaction() throws IOException {
    JournaledEngine engine = engine(FsyncPolicy.NO);
    engine.say("INCR foo");
    engine.say("MULTI");
    engine.say("WAITAOF 1 0 0");
    assertThat(engine.say("EXEC")).isEqualTo("*1\r\n" + NOT_THERE);
  }

  @Test
  void withoutWaitingItSaysWhatIsThere() throws IOException {
    JournaledEngine engine = engine(FsyncPolicy.NO);
    assertThat(engine.say("WAITAOF 0 0 0")).isEqualTo(THERE);
    engine.say("INCR foo");
    assertThat(engine.say("WAITAOF 0 0 0")).isEqualTo(NOT_THERE);
    assertThat(engine.say("WAITAOF 0 1 0")).as("there are no replicas").isEqualTo(NOT_THERE);
  }

  @Test
  void theEndOfTheJournalIsAnErrorForWhoWaits() throws IOException {
    JournaledEngine engine = engine(FsyncPolicy.NO);
    engine.say("INCR foo");
    assertThat(engine.say("WAITAOF 1 0 0")).isEmpty();
    Session other = engine.client();
    engine.tell(other, "CONFIG SET appendonly no");
    engine.flush();
    assertThat(engine.heard()).isEqualTo(WITHOUT_JOURNAL);
    assertThat(engine.say("WAITAOF 1 0 0")).isEqualTo(WITHOUT_JOURNAL);
    assertThat(engine.say("WAITAOF 0 0 0")).isEqualTo(NOT_THERE);
  }

  @Test
  void unblockingIsAnsweredLikeATimeout() throws IOException {
    JournaledEngine engine = engine(FsyncPolicy.NO);
    engine.say("INCR foo");
    assertThat(engine.say("WAITAOF 1 0 0")).isEmpty();
    Session other = engine.client();
    engine.tell(other, "CLIENT UNBLOCK " + engine.client.id());
    engine.flush();
    assertThat(engine.heard(other)).isEqualTo(":1\r\n");
    assertThat(engine.heard()).isEqualTo(NOT_THERE);
    assertThat(engine.say("WAITAOF 1 0 0")).isEmpty();
    engine.tell(other, "CLIENT UNBLOCK " + engine.client.id() + " ERROR");
    engine.flush();
    assertThat(engine.heard()).isEqualTo("-UNBLOCKED client unblocked via CLIENT UNBLOCK\r\n");
  }

  @Test
  void aDiskThatFailsIsWaitedFor() throws IOException {
    MemoryStorage disk = new MemoryStorage();
    JournaledEngine engine = new JournaledEngine(disk, FsyncPolicy.EVERYSEC);
    engine.say("INCR foo");
    disk.fault((call, what, name) -> what.equals("sync"));
    assertThat(engine.say("WAITAOF 1 0 0")).isEmpty();
    engine.advance(500);
    engine.flush();
    assertThat(sync(engine)).isEmpty();
    assertThat(engine.journal().failure()).isNotNull();
    disk.fault(MemoryStorage.NONE);
    engine.engine.maintain(engine.nowMillis);
    assertThat(sync(engine)).isEqualTo(THERE);
  }
}
