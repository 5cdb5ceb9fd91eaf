package dev.carillon.engine.command;

import dev.carillon.engine.command.family.EngineFixture;
import dev.carillon.engine.session.Session;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What is checked before a handler runs; all of it was observed on redis-server 7.0.15. */
class DispatcherTest {

  @RegisterExtension final EngineFixture engine = new EngineFixture();

  @Test
  void subcommandsCalledResetAreNotTheCommandOfThatName() {
    Session client = engine.client();
    engine.expect(client, "SUBSCRIBE c", "[\"subscribe\", \"c\", :1]");
    engine.expect(
        client,
        "SLOWLOG RESET",
        "-ERR Can't execute 'slowlog|reset': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / QUIT /"
            + " RESET are allowed in this context");
    engine.expect("MULTI", "+OK");
    engine.expect("SLOWLOG RESET", "+QUEUED");
    engine.expect("EXEC", "[+OK]");
  }

  @Test
  void aRefusedExecEndsTheTransactionAndSaysWhy() {
    String reply =
        "-EXECABORT Transaction discarded because of: wrong number of arguments for 'exec' command";
    engine.expect("EXEC now", reply);
    engine.expect("WATCH a", "+OK");
    engine.expect("MULTI", "+OK");
    engine.expect("SET a 1", "+QUEUED");
    engine.expect("EXEC now", reply);
    engine.expect("EXEC", "-ERR EXEC without MULTI");
  }

  @Test
  void refusalsRepeatTextsUpToTheFirstZero() {
    engine.expect(
        "\"GET\\x00x\" \"a\\x00b\"",
        "-\"ERR unknown command 'GET', with args beginning with: 'a' \"");
    engine.expect("OBJECT \"no\\x00such\"", "-ERR unknown subcommand 'no'. Try OBJECT HELP.");
  }

  @Test
  void refusalsRepeatTheFirst128BytesOfAName() {
    String name = "n".repeat(200);
    String shown = "n".repeat(128);
    engine.expect("OBJECT " + name, "-ERR unknown subcommand '" + shown + "'. Try OBJECT HELP.");
    engine.expect(name, "-ERR unknown command '" + shown + "'");
    engine.expect(
        name + " a", "-\"ERR unknown command '" + shown + "', with args beginning with: 'a' \"");
  }

  @Test
  void refusalsEndBeforeALineEndThatTheyRepeat() {
    engine.expect("EXPIRE a 1 \"b\\nc\\r\\n\"", "-ERR Unsupported option b c");
  }
}
