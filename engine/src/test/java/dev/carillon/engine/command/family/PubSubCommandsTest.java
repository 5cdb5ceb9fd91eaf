package dev.carillon.engine.command.family;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What the recorded cases do not show; observed on redis-server 7.0.15. */
class PubSubCommandsTest {

  @RegisterExtension final EngineFixture engine = new EngineFixture();

  @Test
  void shardChannelsAreNotSubscribedToInATransaction() {
    engine.expect("MULTI", "+OK");
    engine.expect("SSUBSCRIBE c", "+QUEUED");
    engine.expect("SUNSUBSCRIBE c", "+QUEUED");
    engine.expect(
        "EXEC",
        "[-\"ERR SSUBSCRIBE isn't allowed for a DENY BLOCKING client\","
            + " [\"sunsubscribe\", \"c\", :0]]");
  }
}
