package dev.carillon.engine.command.family;

import static org.assertj.core.api.Assertions.assertThat;

import dev.carillon.engine.config.Parameters;
import dev.carillon.engine.session.Session;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ConnectionCommandsTest {

  @RegisterExtension final EngineFixture engine = new EngineFixture();

  /** Observed on redis-server 7.0.15. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "PING                    | +PONG",
        "PING x                  | \"x\"",
        "PING a b                | -ERR wrong number of arguments for 'ping' command",
        "ECHO hi                 | \"hi\"",
        "SELECT 15               | +OK",
        "SELECT 16               | -ERR DB index is out of range",
        "SELECT -1               | -ERR DB index is out of range",
        "SELECT abc              | -ERR value is not an integer or out of range",
        "AUTH a b c              | -ERR syntax error",
        "AUTH a b                | -WRONGPASS invalid username-password pair or user is disabled.",
        "AUTH default anything   | +OK",
        "HELLO 4                 | -NOPROTO unsupported protocol version",
        "HELLO abc               | -ERR Protocol version is not an integer or out of range",
        "HELLO 3 foo             | -ERR Syntax error in HELLO option 'foo'",
        "HELLO 3 SETNAME         | -ERR Syntax error in HELLO option 'SETNAME'",
        "HELLO 2 SETNAME 'a b'   | -ERR Client names cannot contain spaces, newlines or special"
            + " characters.",
        "QUIT                    | +OK",
      })
  void answersAsRedis(String request, String reply) {
    engine.expect(request, reply);
  }

  @Test
  void helloIntroducesTheServerAsRedisInTheProtocolAskedFor() {
    Session client = engine.client();
    engine.expect(
        client,
        "HELLO 3 SETNAME me",
        "{\"server\" => \"redis\", \"version\" => \"8.8.0\", \"proto\" => :3, \"id\" => :"
            + client.id()
            + ", \"mode\" => \"standalone\", \"role\" => \"master\", \"modules\" => []}");
    engine.expect(client, "CLIENT GETNAME", "\"me\"");
    engine.run(client, "HELLO 2");
    engine.expect(client, "CONFIG GET nothing-like-this", "[]");
  }

  @Test
  void aWrongPasswordIsAnsweredAlsoInATransaction() {
    engine.config(Parameters.REQUIREPASS, "secret");
    Session client = engine.client();
    engine.expect(client, "AUTH secret", "+OK");
    engine.expect(client, "MULTI", "+OK");
    engine.expect(client, "AUTH wrong", "+QUEUED");
    engine.expect(
        client, "EXEC", "[-\"WRONGPASS invalid username-password pair or user is disabled.\"]");
  }

  @Test
  void withAPasswordNothingIsAllowedBeforeIt() {
    engine.config(Parameters.REQUIREPASS, "secret");
    Session client = engine.client();
    engine.expect(client, "DBSIZE", "-NOAUTH Authentication required.");
    assertThat(EngineFixture.show(engine.run(client, "HELLO 3"))).startsWith("-NOAUTH HELLO");
    engine.expect(
        client, "AUTH wrong", "-WRONGPASS invalid username-password pair or user is disabled.");
    engine.expect(client, "AUTH secret", "+OK");
    engine.expect(client, "DBSIZE", ":0");
    engine.expect(client, "RESET", "+RESET");
    engine.expect(client, "DBSIZE", "-NOAUTH Authentication required.");
    assertThat(EngineFixture.show(engine.run(client, "HELLO 2 AUTH default secret")))
        .startsWith("[\"server\"");
    engine.expect(client, "DBSIZE", ":0");
  }

  /** Observed on redis-server 7.0.15. */
  @Test
  void whenThePasswordGoesEverybodyIsWelcome() {
    engine.config(Parameters.REQUIREPASS, "secret");
    Session client = engine.client();
    engine.expect(client, "DBSIZE", "-NOAUTH Authentication required.");
    engine.expect("CLIENT KILL USER default ID " + engine.client().id(), ":1");
    engine.config(Parameters.REQUIREPASS, "");
    engine.expect(client, "DBSIZE", ":0");
  }

  @Test
  void pingOfASubscribedClientOfProtocol2LooksLikeAMessage() {
    Session client = engine.client();
    engine.run(client, "SUBSCRIBE c");
    engine.expect(client, "PING", "[\"pong\", \"\"]");
    engine.expect(client, "PING x", "[\"pong\", \"x\"]");
    engine.expect(client, "RESET", "+RESET");
    engine.expect(client, "PING", "+PONG");
  }

  @Test
  void resetForgetsWhatTheClientChose() {
    Session client = engine.client();
    engine.run(client, "HELLO 3 SETNAME me");
    engine.run(client, "SELECT 5");
    engine.run(client, "CLIENT TRACKING ON");
    engine.run(client, "MULTI");
    engine.expect(client, "RESET", "+RESET");
    assertThat(client.protocol()).isEqualTo(2);
    assertThat(client.db()).isZero();
    assertThat(client.name().isEmpty()).isTrue();
    assertThat(client.transaction().isOpen()).isFalse();
    assertThat(client.tracking()).isNull();
  }

  @Test
  void quitEndsTheConnectionAfterItsAnswer() {
    Session client = engine.client();
    engine.expect(client, "QUIT", "+OK");
    assertThat(client.isClosingAfterReplies()).isTrue();
  }
}
