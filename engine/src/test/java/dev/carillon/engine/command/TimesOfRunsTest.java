package dev.carillon.engine.command;

import static org.assertj.core.api.Assertions.assertThat;

import dev.carillon.engine.Engine;
import dev.carillon.engine.EngineOptions;
import dev.carillon.engine.config.Configuration;
import dev.carillon.engine.session.Peer;
import dev.carillon.engine.session.Session;
import dev.carillon.protocol.bytes.Bytes;
import dev.carillon.protocol.resp.Request;
import java.util.Arrays;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Short commands in a row are timed together; the clock here moves with each look at it. */
class TimesOfRunsTest {

  private static final long LOOK_NANOS = 1200;

  /** A clock on which each look takes a while. */
  private static final class Clock implements Host {
    private long looks;

    @Override
    public long ticker() {
      return ++looks * LOOK_NANOS;
    }

    @Override
    public Map<String, String> facts() {
      return Map.of();
    }

    @Override
    public void shutdown() {}

    @Override
    public String rewriteConfig() {
      return "";
    }
  }

  private final Clock clock = new Clock();
  private final Engine engine =
      new Engine(new EngineOptions(new Configuration(), new Random(1), clock, Long.MAX_VALUE));
  private final Session session = engine.open(new Peer("client", "server", -1), 1);

  @BeforeEach
  void beginRun() {
    engine.dispatcher().startTicking();
    engine.dispatcher().beginRun();
  }

  private void execute(String line) {
    engine.execute(
        session,
        Request.of(Arrays.stream(line.split(" ")).map(Bytes::of).toArray(Bytes[]::new)),
        1);
  }

  private Command.CommandStats stats(String name) {
    Command command = engine.commands().find(Bytes.of(name));
    assertThat(command).isNotNull();
    return command.stats;
  }

  private void expect(String name, long calls, long nanos) {
    assertThat(stats(name).calls).as("calls of %s", name).isEqualTo(calls);
    assertThat(stats(name).nanos).as("nanoseconds of %s", name).isEqualTo(nanos);
  }

  @Test
  void commandsOfOneKindShareOneLookAtTheClock() {
    execute("SET a 1");
    execute("SET b 1");
    execute("SET c 1");
    assertThat(clock.looks).isEqualTo(1);
    engine.dispatcher().endRun(session);
    expect("set", 3, LOOK_NANOS);
    assertThat(stats("set").durations()).isNotNull();
    assertThat(stats("set").durations().total()).isEqualTo(3);
    assertThat(stats("set").durations().percentileNanos(50)).isBetween(400L, 403L);
  }

  @Test
  void anotherCommandBeginsWithALookAtTheClock() {
    execute("SET a 1");
    execute("SET b 1");
    execute("GET a");
    expect("set", 2, LOOK_NANOS);
    engine.dispatcher().endRun(session);
    expect("get", 1, LOOK_NANOS);
  }

  @Test
  void whoAsksSeesAllThatWasExecutedBefore() {
    execute("SET a 1");
    execute("SET b 1");
    session.outbox().clear();
    execute("INFO commandstats");
    StringBuilder text = new StringBuilder();
    session
        .outbox()
        .drain(
            Long.MAX_VALUE,
            Long.MAX_VALUE,
            (bytes, offset, length) -> text.append(Bytes.view(bytes, offset, length).toLatin1()));
    assertThat(text).contains("cmdstat_set:calls=2,usec=1,");
  }

  @Test
  void whatMayTakeLongIsTimedOnItsOwn() {
    execute("RPUSH list 1 2 3");
    execute("LRANGE list 0 -1");
    execute("LRANGE list 0 -1");
    assertThat(clock.looks).isEqualTo(4);
    execute("SET a " + "x".repeat(5000));
    execute("SET b 1");
    assertThat(clock.looks).isEqualTo(5);
    execute("GET a");
    assertThat(clock.looks).isEqualTo(7);
  }

  @Test
  void theSlowLogSeesARunThatTookLong() {
    engine.dispatcher().services().observers().slowLog().thresholdMicros(2000);
    engine.dispatcher().services().observers().slowLog().entriesMax(10);
    execute("SET a 1");
    clock.looks += 5000;
    execute("SET b 1");
    engine.dispatcher().endRun(session);
    assertThat(engine.dispatcher().services().observers().slowLog().newest(10))
        .singleElement()
        .satisfies(slow -> assertThat(slow.arguments().get(1)).isEqualTo(Bytes.of("b")));
  }

  @Test
  void whereEverybodyIsSlowEverybodyIsTimed() {
    engine.dispatcher().services().observers().slowLog().thresholdMicros(0);
    engine.dispatcher().services().observers().slowLog().entriesMax(10);
    engine.dispatcher().beginRun();
    execute("SET a 1");
    execute("SET b 1");
    assertThat(engine.dispatcher().services().observers().slowLog().size()).isEqualTo(2);
  }

  @Test
  void withoutARunEachCommandIsTimed() {
    engine.dispatcher().endRun(session);
    execute("SET a 1");
    execute("SET b 1");
    expect("set", 2, 2 * LOOK_NANOS);
  }
}
