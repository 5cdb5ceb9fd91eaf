package dev.carillon.engine.command.family;

import static org.assertj.core.api.Assertions.assertThat;

import dev.carillon.engine.config.Parameters;
import dev.carillon.engine.session.Session;
import dev.carillon.protocol.resp.Reply;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Time stands still in an engine of its own: every command takes no time at all. */
class MonitoringCommandsTest {

  @RegisterExtension final EngineFixture engine = new EngineFixture();

  // ------------------------------------------------------------------------------------ slow log

  @Test
  void theSlowLogKeepsWhatTookLongTheNewestFirst() {
    engine.config(Parameters.SLOWLOG_LOG_SLOWER_THAN, "0");
    engine.run("CLIENT SETNAME me");
    engine.run("PING");
    String expected = ", :1700000000, :0, [\"PING\"], \"127.0.0.1:50000\", \"me\"]]";
    assertThat(engine.say("SLOWLOG GET 1")).startsWith("[[:").endsWith(expected);
    engine.run("SLOWLOG RESET");
    engine.config(Parameters.SLOWLOG_LOG_SLOWER_THAN, "-1");
    engine.run("PING");
    engine.expect("SLOWLOG LEN", ":1");
    engine.expect("SLOWLOG GET -2", "-ERR count should be greater than or equal to -1");
  }

  @Test
  void aSlowLogOfNoLengthGivesNoNumbersAway() {
    engine.config(Parameters.SLOWLOG_LOG_SLOWER_THAN, "0");
    engine.config(Parameters.SLOWLOG_MAX_LEN, "0");
    engine.run("PING");
    engine.config(Parameters.SLOWLOG_MAX_LEN, "1");
    engine.run("ECHO hi");
    assertThat(engine.say("SLOWLOG GET 1")).startsWith("[[:0, ");
  }

  @Test
  void theSlowLogShortensAndHides() {
    engine.config(Parameters.SLOWLOG_LOG_SLOWER_THAN, "0");
    engine.run("AUTH default secret");
    assertThat(engine.say("SLOWLOG GET 1")).contains("[\"AUTH\", \"(redacted)\", \"(redacted)\"]");
    engine.run("ECHO " + "x".repeat(200));
    assertThat(engine.say("SLOWLOG GET 1")).contains("x... (72 more bytes)");
    engine.run("WATCH" + " k".repeat(40));
    assertThat(engine.say("SLOWLOG GET 1")).contains("\"... (10 more arguments)\"]");
    engine.config(Parameters.SLOWLOG_MAX_LEN, "2");
    engine.expect("SLOWLOG LEN", ":2");
  }

  // ------------------------------------------------------------------------------------- latency

  @Test
  void nothingSlowLeavesNoLatencyEvents() {
    engine.expect("LATENCY LATEST", "[]");
    engine.expect("LATENCY HISTORY command", "[]");
    engine.expect("LATENCY RESET", ":0");
    engine.expect("LATENCY GRAPH command", "-ERR No samples available for event 'command'");
    assertThat(engine.say("LATENCY DOCTOR")).contains("latency-monitor-threshold");
  }

  @Test
  void histogramsCountCalls() {
    engine.run("PING");
    engine.run("PING");
    engine.expect(
        "LATENCY HISTOGRAM ping nosuch",
        "[\"ping\", [\"calls\", :2, \"histogram_usec\", [:1, :2]]]");
    engine.expect(
        "LATENCY HISTOGRAM ping ping",
        "[\"ping\", [\"calls\", :2, \"histogram_usec\", [:1, :2]],"
            + " \"ping\", [\"calls\", :2, \"histogram_usec\", [:1, :2]]]");
    assertThat(engine.say("INFO latencystats"))
        .contains("latency_percentiles_usec_ping:p50=0.000,p99=0.000,p99.9=0.000");
    engine.run("CONFIG RESETSTAT");
    engine.expect("LATENCY HISTOGRAM ping", "[]");
  }

  // ------------------------------------------------------------------------------------- monitor

  private List<String> lines(Session session) {
    return engine.receive(session).stream()
        .map(reply -> ((Reply.Simple) reply).text().toLatin1())
        .toList();
  }

  @Test
  void monitorShowsWhatIsExecuted() {
    Session watcher = engine.client();
    engine.expect(watcher, "MONITOR", "+OK");
    engine.advance(42);
    engine.run("ECHO \"a\\x00\\n\\\"\"");
    engine.run("SELECT 2");
    engine.run("CONFIG GET hz");
    engine.run("NOSUCH");
    engine.run("AUTH default secret");
    engine.run("MULTI");
    engine.run("PING");
    engine.run("EXEC");
    assertThat(lines(watcher))
        .containsExactly(
            "1700000000.042000 [0 127.0.0.1:50000] \"ECHO\" \"a\\x00\\n\\\"\"",
            "1700000000.042000 [2 127.0.0.1:50000] \"SELECT\" \"2\"",
            "1700000000.042000 [2 127.0.0.1:50000] \"AUTH\" \"(redacted)\" \"(redacted)\"",
            "1700000000.042000 [2 127.0.0.1:50000] \"MULTI\"",
            "1700000000.042000 [2 127.0.0.1:50000] \"PING\"",
            "1700000000.042000 [2 127.0.0.1:50000] \"EXEC\"");
  }

  @Test
  void aMonitorMayNotTouchKeysUntilItResets() {
    Session watcher = engine.client();
    engine.run(watcher, "MONITOR");
    engine.expect(watcher, "DBSIZE", "-ERR Replica can't interact with the keyspace");
    assertThat(engine.say("CLIENT LIST ID " + watcher.id())).contains(" flags=O ");
    lines(watcher);
    engine.expect(watcher, "RESET", "+RESET");
    engine.run("PING");
    assertThat(lines(watcher)).isEmpty();
    engine.expect(watcher, "DBSIZE", ":0");
  }

  @Test
  void monitorIsRefusedInsideATransaction() {
    engine.run("MULTI");
    engine.run("MONITOR");
    assertThat(engine.say("EXEC")).contains("ERR MONITOR isn't allowed for DENY BLOCKING client");
  }
}
