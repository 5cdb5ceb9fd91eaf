package dev.carillon.engine.journal;

import static org.assertj.core.api.Assertions.assertThat;

import dev.carillon.engine.config.FsyncPolicy;
import dev.carillon.engine.session.Session;
import dev.carillon.engine.storage.MemoryStorage;
import java.io.IOException;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A disk that is full, or fails: what is refused, what waits, and how it ends. */
class JournalTroubleTest {

  private static final String MISCONF =
      "-MISCONF Errors writing to the AOF file:"
          + " journal/00000000000000000001.journal: No space left on device\r\n";

  private static void maintain(JournaledEngine engine, long millis) {
    engine.advance(millis);
    engine.engine.maintain(engine.nowMillis);
    engine.syncs.runAll();
    engine.flush();
  }

  @ParameterizedTest
  @EnumSource(FsyncPolicy.class)
  void whileAWriteFailsWritesAreRefusedAndReadsGoOn(FsyncPolicy policy) throws IOException {
    MemoryStorage disk = new MemoryStorage();
    JournaledEngine engine = new JournaledEngine(disk, policy);
    Session reader = engine.client();
    engine.say("SET a 1");
    engine.syncs.runAll();
    engine.heard();
    disk.fault((call, what, name) -> what.equals("append"));

    assertThat(engine.say("SET b 2")).as("the turn is not in the journal").isEmpty();
    engine.tell(reader, "GET a");
    engine.tell(reader, "SET c 3");
    engine.tell(reader, "PING");
    engine.flush();
    assertThat(engine.heard(reader)).isEqualTo("$1\r\n1\r\n" + MISCONF + MISCONF);
    maintain(engine, 100);
    maintain(engine, 1000);
    assertThat(engine.heard()).isEmpty();

    disk.fault(MemoryStorage.NONE);
    maintain(engine, 100);
    assertThat(engine.heard()).as("it is tried again once a second").isEmpty();
    maintain(engine, 1000);
    assertThat(engine.heard()).isEqualTo("+OK\r\n");
    assertThat(engine.say("SET d 4")).isEqualTo(policy == FsyncPolicy.ALWAYS ? "" : "+OK\r\n");
    assertThat(engine.reports.subList(1, engine.reports.size()))
        .containsExactly(
            "the journal cannot be written, and writes are refused:"
                + " journal/00000000000000000001.journal: No space left on device",
            "the journal can be written again, and writes are accepted");
    engine.stop();
    assertThat(new JournaledEngine(disk, policy).digest()).isEqualTo(engine.digest());
  }

  @ParameterizedTest
  @EnumSource(FsyncPolicy.class)
  void afterASyncThatFailedNothingOfItIsTrusted(FsyncPolicy policy) throws IOException {
    MemoryStorage disk = new MemoryStorage();
    JournaledEngine engine = new JournaledEngine(disk, policy);
    for (int i = 0; i < 20; i++) {
      engine.say("SET k" + i + " v");
      if (i == 9) {
        engine.advance(400);
        engine.flush();
        engine.syncs.runAll();
        disk.fault((call, what, name) -> what.equals("sync"));
      }
    }
    engine.advance(400);
    engine.flush();
    if (policy == FsyncPolicy.NO) {
      return;
    }
    engine.syncs.halfStep();
    // The pages that could not be written count as clean now: a later sync would say yes to them.
    disk.fault(MemoryStorage.NONE);
    disk.lies("journal/00000000000000000001.journal");
    engine.syncs.halfStep();
    assertThat(engine.journal().failure()).isNotNull();
    assertThat(engine.journal().durableSequence()).isEqualTo(10);
    maintain(engine, 0);
    assertThat(engine.journal().failure()).isNull();
    assertThat(engine.journal().durableSequence()).isEqualTo(20);

    disk.cutPower(new Random(1));
    assertThat(new JournaledEngine(disk, policy).digest()).isEqualTo(engine.digest());
  }

  @Test
  void nothingExpiresThatCannotBeRecorded() throws IOException {
    MemoryStorage disk = new MemoryStorage();
    JournaledEngine engine = new JournaledEngine(disk, FsyncPolicy.EVERYSEC);
    engine.say("SET a 1 PX 1000");
    engine.say("SET b 2");
    disk.fault((call, what, name) -> !what.equals("sync"));
    engine.say("SET b 3");
    engine.advance(2000);
    engine.engine.sweep(engine.nowMillis, 100);
    Session reader = engine.client();
    engine.tell(reader, "GET a");
    engine.tell(reader, "DBSIZE");
    assertThat(engine.heard(reader)).isEqualTo("$-1\r\n:2\r\n");
    assertThat(engine.engine.nextDeadlineMillis()).isEqualTo(Long.MAX_VALUE);

    disk.fault(MemoryStorage.NONE);
    maintain(engine, 2000);
    engine.engine.sweep(engine.nowMillis, 100);
    engine.tell(reader, "DBSIZE");
    engine.flush();
    assertThat(engine.heard(reader)).isEqualTo(":1\r\n");
  }

  @ParameterizedTest
  @EnumSource(FsyncPolicy.class)
  void whicheverCallFailsAndForHowLongNothingIsLost(FsyncPolicy policy) throws IOException {
    for (int first = 1; first < 120; first++) {
      int from = first;
      for (int length : new int[] {1, 2, 7}) {
        MemoryStorage disk = new MemoryStorage();
        JournaledEngine engine = new JournaledEngine(disk, policy);
        int before = disk.calls();
        disk.fault((call, what, name) -> call - before >= from && call - before < from + length);
        Random random = new Random(first);
        for (int i = 0; i < 60; i++) {
          engine.tell("SET k" + random.nextInt(10) + " " + i);
          if (random.nextInt(3) == 0) {
            engine.flush();
          }
          if (random.nextInt(3) == 0) {
            engine.syncs.halfStep();
          }
          if (random.nextInt(10) == 0) {
            engine.journal().rotate(problem -> {});
          }
          engine.advance(random.nextInt(300));
          if (random.nextInt(4) == 0) {
            engine.engine.maintain(engine.nowMillis);
          }
        }
        disk.fault(MemoryStorage.NONE);
        for (int i = 0; i < 10; i++) {
          maintain(engine, 1000);
        }
        assertThat(engine.journal().failure()).isNull();
        engine.stop();
        disk.cutPower(random);
        JournaledEngine again = new JournaledEngine(disk, policy);
        assertThat(again.orderly).isTrue();
        assertThat(again.digest())
            .as("calls %s, %s of them", first, length)
            .isEqualTo(engine.digest());
      }
    }
  }
}
