package dev.carillon.engine.journal;

import static org.assertj.core.api.Assertions.assertThat;

import dev.carillon.engine.config.ConfigError;
import dev.carillon.engine.config.Configuration;
import dev.carillon.engine.config.FsyncPolicy;
import dev.carillon.engine.session.Session;
import dev.carillon.engine.storage.MemoryStorage;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;

/** When output may leave, by policy. */
class GroupCommitTest {

  private static final String OK = "+OK\r\n";

  private static JournaledEngine engine(FsyncPolicy policy) throws IOException {
    return new JournaledEngine(new MemoryStorage(), policy);
  }

  @Test
  void underAlwaysAReplyLeavesWhenASyncHasCoveredItsTurn() throws IOException {
    JournaledEngine engine = engine(FsyncPolicy.ALWAYS);
    assertThat(engine.say("SET a 1")).isEmpty();
    engine.syncs.halfStep();
    assertThat(engine.heard()).as("synced, but nobody was told").isEmpty();
    engine.syncs.halfStep();
    assertThat(engine.heard()).isEqualTo(OK);
  }

  @Test
  void whatIsWrittenWhileASyncRunsWaitsForTheNextWhichStartsAtOnce() throws IOException {
    JournaledEngine engine = engine(FsyncPolicy.ALWAYS);
    engine.say("SET a 1");
    engine.syncs.halfStep();
    engine.say("SET b 2");
    engine.say("SET c 3");
    engine.syncs.halfStep();
    assertThat(engine.heard()).isEqualTo(OK);
    assertThat(engine.syncs.isIdle()).isFalse();
    engine.syncs.runAll();
    assertThat(engine.heard()).isEqualTo(OK + OK);
    assertThat(engine.journal().syncsDone()).isEqualTo(2);
  }

  @Test
  void aSyncCoversWhatIsWrittenUntilItBegins() throws IOException {
    JournaledEngine engine = engine(FsyncPolicy.ALWAYS);
    engine.say("SET a 1");
    engine.say("SET b 2");
    engine.say("SET c 3");
    engine.syncs.halfStep();
    engine.syncs.halfStep();
    assertThat(engine.heard()).isEqualTo(OK + OK + OK);
    assertThat(engine.syncs.isIdle()).isTrue();
    assertThat(engine.journal().syncsDone()).isEqualTo(1);
  }

  @Test
  void aReadWaitsForWhatItMayHaveRead() throws IOException {
    JournaledEngine engine = engine(FsyncPolicy.ALWAYS);
    Session reader = engine.client();
    engine.say("SET a 1");
    engine.tell(reader, "GET a");
    engine.flush();
    assertThat(engine.heard(reader)).isEmpty();
    engine.syncs.runAll();
    assertThat(engine.heard(reader)).isEqualTo("$1\r\n1\r\n");
    engine.tell(reader, "GET a");
    engine.flush();
    assertThat(engine.heard(reader)).as("there is nothing to wait for").isEqualTo("$1\r\n1\r\n");
  }

  @Test
  void underEverysecAReplyLeavesWhenItsTurnIsWritten() throws IOException {
    JournaledEngine engine = engine(FsyncPolicy.EVERYSEC);
    engine.tell("SET a 1");
    assertThat(engine.heard()).as("not written").isEmpty();
    engine.flush();
    assertThat(engine.heard()).isEqualTo(OK);
    assertThat(engine.syncs.isIdle()).isTrue();
  }

  @Test
  void underEverysecTurnsAreSyncedWithinHalfASecondEvenIfNobodyAsksForAnything()
      throws IOException {
    JournaledEngine engine = engine(FsyncPolicy.EVERYSEC);
    engine.say("SET a 1");
    for (int i = 0; i < 5; i++) {
      engine.advance(100);
      engine.engine.maintain(engine.nowMillis);
    }
    assertThat(engine.syncs.isIdle()).isFalse();
    engine.syncs.runAll();
    assertThat(engine.journal().durableSequence()).isEqualTo(1);
  }

  @Test
  void underEverysecNothingLeavesWhileTheOldestTurnThatNoSyncCoversIsOlderThanASecond()
      throws IOException {
    JournaledEngine engine = engine(FsyncPolicy.EVERYSEC);
    engine.say("SET a 1");
    engine.advance(1000);
    assertThat(engine.say("SET b 2")).isEqualTo(OK);
    engine.advance(1);
    assertThat(engine.say("SET c 3")).isEmpty();
    assertThat(engine.journal().syncsDelayed()).isEqualTo(1);
    engine.syncs.halfStep();
    engine.syncs.halfStep();
    assertThat(engine.heard()).isEqualTo(OK);
  }

  @Test
  void aClockThatIsSetBackKeepsNothingWaiting() throws IOException {
    JournaledEngine engine = engine(FsyncPolicy.EVERYSEC);
    engine.say("SET a 1");
    engine.advance(-3_600_000);
    assertThat(engine.say("SET b 2")).isEqualTo(OK);
    engine.advance(500);
    engine.flush();
    assertThat(engine.syncs.isIdle()).isFalse();
  }

  @Test
  void withoutSyncsAReplyLeavesWhenItsTurnIsWritten() throws IOException {
    JournaledEngine engine = engine(FsyncPolicy.NO);
    assertThat(engine.say("SET a 1")).isEqualTo(OK);
    engine.advance(10_000);
    engine.engine.maintain(engine.nowMillis);
    assertThat(engine.say("SET a 2")).isEqualTo(OK);
    assertThat(engine.syncs.isIdle()).isTrue();
  }

  @Test
  void aSyncStartsEarlyWhenMuchIsNotCovered() throws IOException {
    JournaledEngine engine = engine(FsyncPolicy.NO);
    engine.tell("SET a " + "x".repeat(17 << 20));
    engine.flush();
    assertThat(engine.syncs.isIdle()).isFalse();
    engine.syncs.runAll();
    assertThat(engine.journal().keptBytes()).isZero();
  }

  @Test
  void thePolicyMayChangeWhileItRuns() throws IOException, ConfigError {
    JournaledEngine engine = engine(FsyncPolicy.ALWAYS);
    engine.say("SET a 1");
    engine.config.set(List.of(new Configuration.Assignment("appendfsync", "no")), true);
    assertThat(engine.heard()).isEqualTo(OK);
    engine.config.set(List.of(new Configuration.Assignment("appendfsync", "always")), true);
    assertThat(engine.say("SET a 2")).isEmpty();
    engine.syncs.runAll();
    assertThat(engine.heard()).isEqualTo(OK);
  }

  @Test
  void messagesOfAChangeWaitLikeItsReply() throws IOException {
    JournaledEngine engine = engine(FsyncPolicy.ALWAYS);
    Session subscriber = engine.client();
    engine.tell(subscriber, "SUBSCRIBE news");
    engine.flush();
    assertThat(engine.heard(subscriber)).isNotEmpty();
    engine.tell("MULTI");
    engine.tell("SET a 1");
    engine.tell("PUBLISH news hello");
    engine.tell("EXEC");
    engine.flush();
    assertThat(engine.heard(subscriber)).isEmpty();
    engine.syncs.runAll();
    assertThat(engine.heard(subscriber)).contains("hello");
  }
}
