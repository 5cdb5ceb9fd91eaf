package dev.carillon.engine.command.family;

import static org.assertj.core.api.Assertions.assertThat;

import dev.carillon.engine.Engine;
import dev.carillon.engine.EngineOptions;
import dev.carillon.engine.command.Host;
import dev.carillon.engine.config.Configuration;
import dev.carillon.engine.session.Peer;
import dev.carillon.engine.session.Session;
import dev.carillon.protocol.bytes.Bytes;
import dev.carillon.protocol.resp.Request;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Looking for the keys that take most. */
class HotKeysCommandsTest {

  @RegisterExtension final EngineFixture engine = new EngineFixture();

  @Test
  void aSessionBeginsEndsAndIsForgotten() {
    engine.expect("HOTKEYS GET", "nil");
    engine.expect("HOTKEYS STOP", "nil");
    engine.expect("HOTKEYS RESET", "+OK");
    assertThat(engine.say("INFO")).contains("# Hotkeys").doesNotContain("hotkeys-tracking");
    engine.expect("HOTKEYS START METRICS 1 NET", "+OK");
    engine.expect("HOTKEYS RESET", "-ERR hotkey tracking session in progress, stop tracking first");
    engine.expect(
        "HOTKEYS START METRICS 1 CPU", "-ERR hotkey tracking session already in progress");
    assertThat(engine.say("INFO hotkeys")).contains("hotkeys-tracking-active:1");
    engine.expect("HOTKEYS STOP", "+OK");
    engine.expect("HOTKEYS STOP", "nil");
    assertThat(engine.say("INFO hotkeys")).contains("hotkeys-tracking-active:0");
    assertThat(engine.say("HOTKEYS GET")).startsWith("[[\"tracking-active\", :0,");
    engine.expect("HOTKEYS START METRICS 1 CPU", "+OK");
    engine.expect("HOTKEYS STOP", "+OK");
    engine.expect("HOTKEYS RESET", "+OK");
    engine.expect("HOTKEYS GET", "nil");
  }

  @Test
  void bytesOfRequestsAndRepliesAreCountedForTheirKeys() {
    engine.run("SET before 1");
    engine.run("HOTKEYS START METRICS 2 NET NEWER");
    engine.run("SET a 12345"); // 31 bytes ask, 5 answer
    engine.run("GET a"); // 20 bytes ask, 11 answer
    engine.run("MSET b 1 c 2"); // 42 bytes ask, 5 answer: 23 for each key
    engine.run("GET c"); // 20 bytes ask, 7 answer
    engine.run("PING");
    engine.advance(250);
    engine.events();
    engine.expect(
        "HOTKEYS GET",
        "[[\"tracking-active\", :1, \"sample-ratio\", :1, \"selected-slots\", [[:0, :16383]],"
            + " \"all-commands-all-slots-us\", :0, \"net-bytes-all-commands-all-slots\", :141,"
            + " \"collection-start-time-unix-ms\", :1700000000000,"
            + " \"collection-duration-ms\", :250, \"total-net-bytes\", :140,"
            + " \"by-net-bytes\", [\"a\", :67, \"c\", :50, \"b\", :23]]]");
  }

  @Test
  void whatATransactionExecutesIsCountedToo() {
    engine.run("HOTKEYS START METRICS 1 NET");
    engine.run("MULTI");
    engine.run("SET a 1");
    engine.run("SET b 1");
    engine.run("SET a 2");
    engine.expect("EXEC", "[+OK, +OK, +OK]", "new a", "set a", "new b", "set b", "set a");
    assertThat(engine.say("HOTKEYS GET")).endsWith("\"by-net-bytes\", [\"a\", :64, \"b\", :32]]]");
  }

  @Test
  void asManyKeysAreAnsweredAsWereAskedFor() {
    engine.run("HOTKEYS START METRICS 1 NET COUNT 2");
    engine.run("SET a 1");
    engine.run("SET b 22");
    engine.run("SET c 333");
    engine.run("SET " + "k".repeat(5000) + " 1");
    engine.run("HOTKEYS STOP");
    engine.run("SET a 4444444");
    assertThat(engine.say("HOTKEYS GET")).endsWith("\"by-net-bytes\", [\"c\", :34, \"b\", :33]]]");
  }

  @Test
  void aSessionEndsWhenItsTimeIsOver() {
    engine.run("HOTKEYS START METRICS 1 NET DURATION 2");
    engine.advance(1999);
    engine.run("SET a 1");
    engine.advance(1);
    engine.run("SET b 1");
    engine.advance(5000);
    assertThat(engine.say("HOTKEYS GET"))
        .contains("\"tracking-active\", :0", "\"collection-duration-ms\", :2000")
        .endsWith("\"by-net-bytes\", [\"a\", :32]]]");
    engine.events();
    engine.expect("HOTKEYS STOP", "nil");
    engine.expect("HOTKEYS RESET", "+OK");
  }

  @Test
  void aSampleCountsOneCommandInSoMany() {
    engine.run("HOTKEYS START METRICS 1 NET SAMPLE 4");
    for (int i = 0; i < 1000; i++) {
      engine.run("SET a 1");
    }
    String found = engine.say("HOTKEYS GET");
    assertThat(found).contains("\"sample-ratio\", :4", "all-slots\", :32000,");
    int bytes = Integer.parseInt(found.replaceAll(".*\"total-net-bytes\", :(\\d+),.*", "$1"));
    assertThat(bytes).isBetween(32 * 150, 32 * 350);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "HOTKEYS START ; METRICS parameter is required",
        "HOTKEYS START METRICS ; METRICS parameter is required",
        "HOTKEYS START COUNT 2 METRICS 1 CPU ; METRICS parameter is required",
        "HOTKEYS START METRICS 0 ; METRICS count must be > 0 and <= 2",
        "HOTKEYS START METRICS 3 CPU NET ; METRICS count must be > 0 and <= 2",
        "HOTKEYS START METRICS x CPU ; METRICS count must be > 0 and <= 2",
        "HOTKEYS START METRICS 2 CPU ; METRICS count does not match number of metric types"
            + " provided",
        "HOTKEYS START METRICS 2 CPU CPU ; METRICS CPU defined more than once!",
        "HOTKEYS START METRICS 2 NET NET ; METRICS NET defined more than once!",
        "HOTKEYS START METRICS 1 GPU ; METRICS no valid metrics passed. Supported: CPU|NET",
        "HOTKEYS START METRICS 1 CPU NET ; syntax error",
        "HOTKEYS START METRICS 1 CPU COUNT ; syntax error",
        "HOTKEYS START METRICS 1 CPU COUNT 0 ; COUNT must be between 1 and 64",
        "HOTKEYS START METRICS 1 CPU COUNT 65 ; COUNT must be between 1 and 64",
        "HOTKEYS START METRICS 1 CPU DURATION 0 ; DURATION must be between 1 and 1000000",
        "HOTKEYS START METRICS 1 CPU DURATION 1000001 ; DURATION must be between 1 and 1000000",
        "HOTKEYS START METRICS 1 CPU SAMPLE 0 ; SAMPLE ratio must be positive",
        "HOTKEYS START METRICS 1 CPU SLOTS 1 0 ; SLOTS parameter cannot be used in non-cluster"
            + " mode",
      })
  void whatNobodyCanLookForIsRefused(String request, String refusal) {
    engine.expect(request, "-ERR " + refusal);
    engine.expect("HOTKEYS GET", "nil");
  }

  // ------------------------------------------------------------------------------------------ time

  /** A clock on which each look takes a while, of a process that works twice as long. */
  private static final class Clock implements Host {
    private long nanos;

    @Override
    public long ticker() {
      nanos += 1_500_000;
      return nanos;
    }

    @Override
    public Map<String, String> facts() {
      return Map.of("used_cpu_nanos", Long.toString(2 * nanos));
    }

    @Override
    public void shutdown() {}

    @Override
    public String rewriteConfig() {
      return "";
    }
  }

  @Test
  void commandsOfABatchAreTimedEachForItselfFromTheRequestOnThatAsksForIt() {
    Clock clock = new Clock();
    Engine timed =
        new Engine(new EngineOptions(new Configuration(), new Random(1), clock, Long.MAX_VALUE));
    Session session = timed.open(new Peer("client", "server", -1), 1);
    timed.dispatcher().startTicking();
    timed.dispatcher().beginRun();
    for (String line :
        new String[] {"SET z 1", "HOTKEYS START METRICS 1 CPU", "SET a 1", "SET b 1", "SET a 1"}) {
      timed.execute(
          session, Request.of(EngineFixture.words(line).toArray(Bytes[]::new)), 1_700_000_000_000L);
    }
    timed.dispatcher().endRun(session);
    session.outbox().clear();
    timed.execute(session, Request.of(Bytes.of("HOTKEYS"), Bytes.of("GET")), 1_700_000_000_000L);
    StringBuilder text = new StringBuilder();
    session
        .outbox()
        .drain(
            Long.MAX_VALUE,
            Long.MAX_VALUE,
            (bytes, offset, length) -> text.append(Bytes.view(bytes, offset, length).toLatin1()));
    assertThat(text.toString().replace("\r\n", " "))
        .contains("$25 all-commands-all-slots-us :4500 ")
        .containsPattern("total-cpu-time-user-ms :\\d+ \\$21 total-cpu-time-sys-ms :0 ")
        .endsWith("$14 by-cpu-time-us *4 $1 a :3000 $1 b :1500 ");
  }
}
