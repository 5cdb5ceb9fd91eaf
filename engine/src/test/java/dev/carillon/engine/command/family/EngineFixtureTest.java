package dev.carillon.engine.command.family;

import static org.assertj.core.api.Assertions.assertThat;

import dev.carillon.protocol.bytes.Bytes;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What other tests lean on. */
class EngineFixtureTest {

  @RegisterExtension final EngineFixture engine = new EngineFixture();

  @Test
  void linesAreSplitLikeRedisCliDoesIt() {
    assertThat(EngineFixture.words(" SET a  \"x \\x00\\\"\\n\" 'b\\n c' \"\""))
        .containsExactly(
            Bytes.of("SET"),
            Bytes.of("a"),
            Bytes.of(new byte[] {'x', ' ', 0, '"', '\n'}),
            Bytes.of("b\\n c"),
            Bytes.EMPTY);
  }

  @Test
  void quotingIsWhatSplittingUndoes() {
    byte[] all = new byte[256];
    for (int i = 0; i < all.length; i++) {
      all[i] = (byte) i;
    }
    assertThat(EngineFixture.words(EngineFixture.quote(Bytes.of(all))))
        .isEqualTo(List.of(Bytes.of(all)));
  }

  @Test
  void repliesAndTransactionsAreShownInTheNotationOfTheCases() {
    engine.expect("MULTI", "+OK");
    engine.expect("EXEC", "[]");
    engine.expect("EXEC", "-ERR EXEC without MULTI");
    engine.expect("PUBSUB NUMPAT", ":1");
    engine.run("MULTI");
    engine.run("INCR \"a b\"");
    engine.run("INCR a x");
    engine.expect("EXEC", "-EXECABORT Transaction discarded because of previous errors.");
    engine.run("MULTI");
    engine.run("SET \"a b\" x");
    engine.run("INCR \"a b\"");
    engine.expect(
        "EXEC",
        "[+OK, -\"ERR value is not an integer or out of range\"]",
        "new \"a b\"",
        "set \"a b\"");
  }
}
