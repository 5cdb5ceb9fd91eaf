package dev.carillon.engine.journal;

import static org.assertj.core.api.Assertions.assertThat;

import dev.carillon.engine.config.FsyncPolicy;
import dev.carillon.engine.session.Session;
import dev.carillon.engine.storage.MemoryStorage;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Commands that fail half-way, because of a defect or because memory ran out: what they had changed
 * by then is what everybody sees, and is there after a restart too.
 */
class HalfDoneTest {

  private static final String POP_TEN = "SPOP set 10";

  private final MemoryStorage disk = new MemoryStorage();
  private final List<String> defects = new ArrayList<>();
  private JournaledEngine engine;

  @BeforeEach
  void aLargeSet() throws IOException {
    engine = new JournaledEngine(disk, FsyncPolicy.NO);
    engine.engine.dispatcher().defects((request, defect) -> defects.add(defect.getMessage()));
    StringBuilder add = new StringBuilder("SADD set");
    for (int i = 0; i < 1000; i++) {
      add.append(" member").append(i);
    }
    assertThat(engine.say(add.toString())).isEqualTo(":1000\r\n");
  }

  private static Throwable failure(String kind) {
    return kind.equals("memory")
        ? new OutOfMemoryError("the test")
        : new IllegalStateException("the test");
  }

  private int members() {
    return Integer.parseInt(engine.say("SCARD set").strip().substring(1));
  }

  private void assertTheSameAfterARestart() throws IOException {
    String digest = engine.digest();
    engine.stop();
    JournaledEngine again = new JournaledEngine(disk, FsyncPolicy.NO);
    assertThat(again.digest()).isEqualTo(digest);
  }

  @ParameterizedTest
  @ValueSource(strings = {"memory", "defect"})
  void whatWasChangedByThenIsThereAfterARestart(String kind) throws IOException {
    engine.random.failAfter(5, failure(kind));
    String reply = engine.say(POP_TEN);
    assertThat(reply)
        .startsWith(
            kind.equals("memory")
                ? "-OOM command not allowed when used memory > 'maxmemory'."
                : "-ERR internal error: ");
    assertThat(defects).hasSize(kind.equals("memory") ? 0 : 1);
    assertThat(members()).as("half-way").isBetween(991, 999);
    assertTheSameAfterARestart();
  }

  @Test
  void theOthersOfATransactionStay() throws IOException {
    engine.say("SET before 1 PX 1000000");
    engine.tell("MULTI");
    engine.tell("INCR before");
    engine.tell(POP_TEN);
    engine.tell("SET after 1");
    engine.random.failAfter(5, failure("memory"));
    engine.say("EXEC");
    assertThat(members()).isBetween(991, 999);
    assertThat(engine.say("EXISTS before after")).isEqualTo(":2\r\n");
    assertTheSameAfterARestart();
  }

  @Test
  void whoWatchesTheKeyLearnsOfIt() {
    Session watching = engine.client();
    engine.tell(watching, "WATCH set");
    engine.tell(watching, "MULTI");
    engine.tell(watching, "PING");
    engine.random.failAfter(5, failure("defect"));
    engine.say(POP_TEN);
    engine.heard(watching);
    engine.tell(watching, "EXEC");
    engine.flush();
    assertThat(engine.heard(watching)).isEqualTo("*-1\r\n");
  }

  @Test
  void whoFailedBeforeAnythingChangedChangedNothing() throws IOException {
    int before = disk.bytes(JournalFiles.segment(1)).length;
    engine.random.failAfter(0, failure("defect"));
    assertThat(engine.say("SRANDMEMBER set 3")).startsWith("-ERR internal error: ");
    assertThat(disk.bytes(JournalFiles.segment(1))).hasSize(before);
    assertTheSameAfterARestart();
  }

  @Test
  void whatCannotBeRecordedEndsWritingUntilARestart() throws IOException {
    String digest = engine.digest();
    engine
        .engine
        .dispatcher()
        .dumps(
            entry -> {
              throw new OutOfMemoryError("the test");
            });
    engine.random.failAfter(5, failure("memory"));
    engine.say(POP_TEN);
    String refusal =
        "-MISCONF A command failed half-way, and what it changed could not be written to the"
            + " journal; restart the server, which goes back to what the journal has\r\n";
    assertThat(engine.say("SET a 1")).isEqualTo(refusal);
    assertThat(engine.say("PING")).isEqualTo(refusal);
    assertThat(members()).isBetween(991, 999);
    assertThat(engine.reports.getLast()).contains("A command failed half-way");
    engine.stop();
    JournaledEngine again = new JournaledEngine(disk, FsyncPolicy.NO);
    assertThat(again.digest()).isEqualTo(digest);
    assertThat(again.say("SET a 1")).isEqualTo("+OK\r\n");
  }

  @Test
  void roomForWhatIsLargeIsMadeBeforehand() throws IOException {
    String large = "x".repeat(100_000);
    String larger = "y".repeat(3 << 20);
    for (int round = 0; round < 3; round++) {
      engine.say("SET small " + round);
      assertThat(engine.say("SET large" + round + " " + large)).isEqualTo("+OK\r\n");
      assertThat(engine.say("LPUSH small " + larger)).startsWith("-WRONGTYPE");
      engine.engine.maintain(engine.nowMillis);
      assertThat(engine.say("RPUSH list " + larger)).startsWith(":");
      engine.tell("MULTI");
      for (int i = 0; i < 300; i++) {
        engine.tell("SET in" + i + " " + large);
      }
      engine.tell("EXEC");
      engine.flush();
      engine.heard();
      engine.syncs.runAll();
      engine.advance(2000);
      engine.engine.maintain(engine.nowMillis);
    }
    assertTheSameAfterARestart();
  }
}
