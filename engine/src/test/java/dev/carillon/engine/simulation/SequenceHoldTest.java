package dev.carillon.engine.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.carillon.engine.Engine;
import dev.carillon.engine.EngineOptions;
import dev.carillon.engine.command.Host;
import dev.carillon.engine.config.Configuration;
import dev.carillon.engine.session.Peer;
import dev.carillon.engine.session.Session;
import dev.carillon.protocol.resp.Request;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * Nobody reads what a crash could take back: with a journal, output waits until the turn that it
 * reveals is durable. The journal's side is played by the test.
 */
class SequenceHoldTest {

  private static final Peer PEER = new Peer("127.0.0.1:50000", "127.0.0.1:6379", -1);

  private final Engine engine =
      new Engine(new EngineOptions(new Configuration(), new Random(1), Host.NONE, Long.MAX_VALUE));
  private final Session writer = engine.open(PEER, 1_000);
  private final Session reader = engine.open(PEER, 1_000);
  private final Map<Session, StringBuilder> received = new HashMap<>();
  private long durable;

  @BeforeEach
  void nothingIsDurableYet() {
    durable(0);
  }

  @Test
  void theReplyToAWriteWaitsForItsTurn() {
    ask(writer, "SET", "a", "1");
    assertThat(received(writer)).isEmpty();
    durable(1);
    assertThat(received(writer)).isEqualTo("+OK\r\n");
  }

  @Test
  void whoReadsAnothersWriteWaitsForItToo() {
    ask(writer, "SET", "a", "1");
    ask(reader, "GET", "a");
    assertThat(received(reader)).isEmpty();
    durable(1);
    assertThat(received(reader)).isEqualTo("$1\r\n1\r\n");
  }

  @Test
  void whatRevealsNoTurnLeavesAtOnce() {
    ask(reader, "GET", "a");
    assertThat(received(reader)).isEqualTo("$-1\r\n");
  }

  @Test
  void outputBehindAHeldReplyKeepsItsPlace() {
    ask(writer, "SET", "a", "1");
    ask(writer, "PING");
    ask(writer, "SET", "b", "1");
    ask(writer, "PING");
    assertThat(received(writer)).isEmpty();
    durable(1);
    assertThat(received(writer)).isEqualTo("+OK\r\n+PONG\r\n");
    durable(2);
    assertThat(received(writer)).isEqualTo("+OK\r\n+PONG\r\n+OK\r\n+PONG\r\n");
  }

  @Test
  void notificationsWaitForTheTurnThatCausedThem() {
    ask(reader, "CONFIG", "SET", "notify-keyspace-events", "E$");
    ask(reader, "SUBSCRIBE", "__keyevent@0__:set");
    received.clear();
    ask(writer, "SET", "a", "1");
    ask(writer, "SET", "b", "1");
    assertThat(received(reader)).isEmpty();
    durable(1);
    assertThat(received(reader)).contains("\r\na\r\n").doesNotContain("\r\nb\r\n");
    durable(2);
    assertThat(received(reader)).contains("\r\na\r\n").contains("\r\nb\r\n");
  }

  @Test
  void expiryIsATurnThatReadersMustNotRevealEarly() {
    ask(writer, "SET", "a", "1", "PXAT", "2000");
    durable(1);
    engine.sweep(2_000, 10);
    ask(reader, "EXISTS", "a");
    assertThat(received(reader)).isEmpty();
    durable(2);
    assertThat(received(reader)).isEqualTo(":0\r\n");
  }

  private void ask(Session session, String... words) {
    engine.execute(session, Request.of(words), 1_500);
    deliver();
  }

  private void durable(long sequence) {
    durable = sequence;
    engine.sessions().durableSequence(sequence);
    deliver();
  }

  private void deliver() {
    engine.sessions().listWaiting();
    engine
        .sessions()
        .drainListed(
            session ->
                session
                    .outbox()
                    .drain(
                        durable,
                        Integer.MAX_VALUE,
                        (bytes, from, length) ->
                            received
                                .computeIfAbsent(session, key -> new StringBuilder())
                                .append(
                                    new String(bytes, from, length, StandardCharsets.ISO_8859_1))));
  }

  private String received(Session session) {
    return received.getOrDefault(session, new StringBuilder()).toString();
  }
}
