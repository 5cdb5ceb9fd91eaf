package dev.carillon.engine.session;

import static org.assertj.core.api.Assertions.assertThat;

import dev.carillon.engine.Engine;
import dev.carillon.engine.EngineOptions;
import dev.carillon.engine.command.Host;
import dev.carillon.engine.config.Configuration;
import dev.carillon.protocol.resp.Request;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * Messages to subscribers may wait a little for more, replies may not. A session whose message was
 * waiting counted as one that the transport knows of already: its next reply waited with the
 * message, and so did the end of its connection.
 */
class WaitingMessagesTest {

  private static final Peer PEER = new Peer("127.0.0.1:50000", "127.0.0.1:6379", -1);

  private final Engine engine =
      new Engine(new EngineOptions(new Configuration(), new Random(1), Host.NONE, Long.MAX_VALUE));
  private final Session publisher = engine.open(PEER, 1_000);
  private final Session subscriber = engine.open(PEER, 1_000);

  @BeforeEach
  void aMessageWaits() {
    ask(subscriber, "HELLO", "3");
    ask(subscriber, "SUBSCRIBE", "c");
    named();
    ask(publisher, "PUBLISH", "c", "x");
    named();
  }

  @Test
  void aMessageWaitsUntilItIsAskedFor() {
    assertThat(engine.sessions().hasLater()).isTrue();
    assertThat(named()).isEmpty();
    engine.sessions().listWaiting();
    assertThat(named()).containsExactly(subscriber);
    assertThat(engine.sessions().hasLater()).isFalse();
  }

  @Test
  void aReplyDoesNotWaitWithIt() {
    ask(subscriber, "PING");
    assertThat(named()).containsExactly(subscriber);
  }

  @Test
  void theEndOfTheConnectionDoesNotWaitWithIt() {
    subscriber.kill();
    assertThat(named()).containsExactly(subscriber);
  }

  @Test
  void whatLeftWithAReplyIsNotNamedAgain() {
    ask(subscriber, "PING");
    named();
    engine.sessions().listWaiting();
    assertThat(named()).isEmpty();
  }

  @Test
  void severalMessagesNameASessionOnce() {
    ask(publisher, "PUBLISH", "c", "y");
    named();
    engine.sessions().listWaiting();
    assertThat(named()).containsExactly(subscriber);
  }

  private void ask(Session session, String... words) {
    engine.execute(session, Request.of(words), 1_000);
  }

  /** Whom the transport is told of; all they have leaves. */
  private List<Session> named() {
    List<Session> named = new ArrayList<>();
    engine
        .sessions()
        .drainListed(
            session -> {
              named.add(session);
              session.outbox().clear();
            });
    return named;
  }
}
