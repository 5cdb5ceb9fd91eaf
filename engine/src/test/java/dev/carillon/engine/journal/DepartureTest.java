package dev.carillon.engine.journal;

import static org.assertj.core.api.Assertions.assertThat;

import dev.carillon.engine.config.FsyncPolicy;
import dev.carillon.engine.session.Session;
import dev.carillon.engine.storage.MemoryStorage;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** When output may leave from the thread that syncs, and when the engine's thread is needed. */
class DepartureTest {

  private final MemoryStorage disk = new MemoryStorage();
  private final JournaledEngine engine = new JournaledEngine(disk, FsyncPolicy.ALWAYS);

  /** What was prepared to leave, and then what has. */
  private final List<String> steps = new ArrayList<>();

  /** What a socket takes of the output. */
  private int bytesTaken = Integer.MAX_VALUE;

  DepartureTest() throws IOException {}

  @BeforeEach
  void watch() {
    engine.departures =
        (session, sequence) -> {
          StringBuilder text = new StringBuilder();
          session
              .outbox()
              .peek(
                  sequence,
                  (bytes, from, length) ->
                      text.append(new String(bytes, from, length, StandardCharsets.ISO_8859_1)));
          String output = text.toString();
          steps.add("turn " + sequence + " prepares " + output.strip());
          return () -> {
            steps.add("leaves: " + output.strip());
            return output.length() <= bytesTaken;
          };
        };
  }

  @Test
  void theOnlyReplyThatWaitsLeavesWithTheSync() {
    engine.tell("SET a 1");
    engine.tell("PING");
    engine.flush();
    assertThat(steps).containsExactly("turn 1 prepares +OK\r\n+PONG");
    engine.syncs.halfStep();
    assertThat(steps.getLast()).isEqualTo("leaves: +OK\r\n+PONG");
    assertThat(engine.syncs.isAwaited()).as("nobody has to be woken").isFalse();
  }

  @Test
  void aSyncThatFailsLetsNothingLeave() {
    disk.fault((call, what, name) -> what.equals("sync"));
    engine.say("SET a 1");
    engine.syncs.runAll();
    assertThat(steps).containsExactly("turn 1 prepares +OK");
    assertThat(engine.heard()).isEmpty();
  }

  @Test
  void whatASocketDoesNotTakeIsLeftToTheEngine() {
    bytesTaken = 3;
    engine.say("SET a 1");
    engine.syncs.halfStep();
    assertThat(engine.syncs.isAwaited()).isTrue();
  }

  @Test
  void whoComesWhileASyncRunsIsWaitedFor() {
    engine.say("SET a 1");
    engine.syncs.halfStep();
    assertThat(engine.syncs.isAwaited()).isFalse();
    Session reader = engine.client();
    engine.tell(reader, "GET a");
    engine.flush();
    assertThat(engine.heard(reader)).isEmpty();
    assertThat(engine.syncs.isAwaited())
        .as("the reply shows a turn that no sync is known of")
        .isTrue();
  }

  @Test
  void whereSeveralWaitNobodyIsPreferred() {
    Session other = engine.client();
    engine.tell("SET a 1");
    engine.tell(other, "GET a");
    engine.flush();
    assertThat(steps).isEmpty();
    engine.syncs.halfStep();
    assertThat(engine.syncs.isAwaited()).isTrue();
  }

  @Test
  void whoWaitsForTheDiskItselfNeedsTheEngine() {
    engine.say("SET a 1");
    engine.tell("SET b 1");
    engine.tell("WAITAOF 1 0 0");
    engine.flush();
    engine.syncs.runAll();
    assertThat(steps).containsExactly("turn 1 prepares +OK", "leaves: +OK");
  }

  @Test
  void beforeAJournalIsInForceNothingWaitsForIt() throws IOException {
    JournaledEngine without = JournaledEngine.without(new MemoryStorage(), FsyncPolicy.ALWAYS);
    without.departures =
        (session, sequence) -> {
          throw new AssertionError("nothing is held back");
        };
    assertThat(without.say("CONFIG SET appendonly yes")).isEqualTo("+OK\r\n");
    assertThat(without.say("SET a 1")).isEqualTo("+OK\r\n");
    without.settle();
  }
}
