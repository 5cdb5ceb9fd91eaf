package dev.carillon.engine.command;

import static org.assertj.core.api.Assertions.assertThat;

import dev.carillon.engine.command.family.EngineFixture;
import dev.carillon.engine.config.ConfigError;
import dev.carillon.protocol.bytes.Bytes;
import dev.carillon.protocol.resp.Request;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** {@code rename-command}; what was done under other names is replayed without them. */
class RenamesTest {

  @RegisterExtension final EngineFixture engine = new EngineFixture();

  private boolean rename(String from, String to) {
    return engine.engine().dispatcher().renames().rename(Bytes.of(from), Bytes.of(to));
  }

  @Test
  void aCommandIsKnownByItsNewNameOnly() {
    assertThat(rename("SET", "Badger")).isTrue();
    engine.expect("set a 1", "-\"ERR unknown command 'set', with args beginning with: 'a' '1' \"");
    assertThat(engine.say("bADGER a 1")).isEqualTo("+OK");
    engine.events();
    assertThat(engine.effects()).containsExactly("set a 1");
    engine.expect("GET a", "\"1\"");
    assertThat(engine.say("BADGER a")).contains("wrong number of arguments for 'set' command");
    assertThat(engine.say("INFO commandstats")).contains("cmdstat_set:calls=1,");
    engine.expect("ACL DRYRUN default SET a 1", "+OK");
  }

  @Test
  void aCommandWithoutANameIsUnknown() {
    assertThat(rename("flushall", "")).isTrue();
    engine.expect("FLUSHALL", "-ERR unknown command 'FLUSHALL'");
    engine.expect("MULTI", "+OK");
    engine.expect("FLUSHALL", "-ERR unknown command 'FLUSHALL'");
    assertThat(engine.say("EXEC")).startsWith("-EXECABORT");
    Renames renames = engine.engine().dispatcher().renames();
    assertThat(renames.isKnown(Bytes.of("flushall"))).isFalse();
    assertThat(renames.isKnown(Bytes.of("FlushDB"))).isTrue();
    assertThat(renames.isKnown(Bytes.of("nosuch"))).isFalse();
  }

  @Test
  void namesMayBeExchangedAndGivenAgain() {
    assertThat(rename("INCR", "DECR")).isFalse();
    assertThat(rename("INCR", "x")).isTrue();
    assertThat(rename("DECR", "INCR")).isTrue();
    assertThat(rename("X", "DECR")).isTrue();
    engine.run("DECR a");
    engine.run("DECR a");
    engine.run("INCR a");
    engine.events();
    engine.expect("GET a", "\"1\"");
    engine.expect("x a", "-\"ERR unknown command 'x', with args beginning with: 'a' \"");
    assertThat(rename("GET", "get")).isTrue();
    engine.expect("GET a", "\"1\"");
  }

  @Test
  void transactionsAndPausesKnowWhatIsMeant() {
    assertThat(rename("SET", "put")).isTrue();
    engine.run("MULTI");
    engine.expect("PUT a 1", "+QUEUED");
    engine.run("EXEC");
    engine.events();
    engine.expect("GET a", "\"1\"");
    engine.run("CLIENT PAUSE 1000 WRITE");
    assertThat(isPaused("put", "a", "2")).isTrue();
    assertThat(isPaused("set", "a", "2")).isFalse();
    engine.run("CLIENT UNPAUSE");
  }

  @Test
  void theServerItselfSaysOwnNames() throws ConfigError {
    engine.withoutReplay(); // Of a volatile feed nothing is recorded.
    assertThat(rename("FEED", "")).isTrue();
    engine
        .engine()
        .configureFeed(List.of(Bytes.of("news"), Bytes.of("VOLATILE")), engine.nowMillis());
    assertThat(engine.say("XGROUP CREATE news g 0")).isEqualTo("+OK");
  }

  private boolean isPaused(String... words) {
    return engine.engine().isPaused(engine.client(), Request.of(words), engine.nowMillis());
  }
}
