package dev.carillon.engine.command.family;

import static org.assertj.core.api.Assertions.assertThat;

import dev.carillon.engine.session.Session;
import dev.carillon.protocol.bytes.Bytes;
import dev.carillon.protocol.resp.Request;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * Waiting inside a command, with lists: who is served, in which order, and what ends it. What the
 * recorded cases and 7.0.15 say of single commands stands in the cases of conformance.
 */
class BlockingTest {

  @RegisterExtension final EngineFixture engine = new EngineFixture();

  private Session first;
  private Session second;
  private Session third;

  @BeforeEach
  void clients() {
    first = engine.client();
    second = engine.client();
    third = engine.client();
  }

  private boolean waits(Session session) {
    return session.blocked() != null;
  }

  @Test
  void whoCameFirstIsServedFirst() {
    engine.tell(first, "BLPOP q 0");
    engine.tell(second, "BRPOP q 0");
    engine.tell(third, "BLPOP q 0");

    engine.expect("RPUSH q a b c d", ":4", "new q", "rpush q", "lpop q", "rpop q", "lpop q");

    assertThat(engine.heard(first)).containsExactly("[\"q\", \"a\"]");
    assertThat(engine.heard(second)).containsExactly("[\"q\", \"d\"]");
    assertThat(engine.heard(third)).containsExactly("[\"q\", \"b\"]");
    engine.expect("LRANGE q 0 -1", "[\"c\"]");
  }

  @Test
  void whoFindsNothingKeepsItsPlace() {
    engine.tell(first, "BLPOP q 0");
    engine.tell(second, "BLPOP q 0");

    engine.expect("RPUSH q a", ":1", "new q", "rpush q", "lpop q", "del q");
    assertThat(engine.heard(first)).containsExactly("[\"q\", \"a\"]");
    assertThat(waits(second)).isTrue();
    engine.tell(first, "BLPOP q 0");
    engine.expect("RPUSH q b", ":1", "new q", "rpush q", "lpop q", "del q");

    assertThat(engine.heard(second)).containsExactly("[\"q\", \"b\"]");
    assertThat(waits(first)).isTrue();
  }

  /** From the tests and the source of October 2024. */
  @Test
  void whoWaitsIsShownOnceAndCountedWhenItEnds() {
    Session watcher = engine.client();
    engine.tell(watcher, "MONITOR");
    engine.tell(first, "BLPOP q 0");
    assertThat(engine.heard(watcher)).element(1).asString().contains("BLPOP");
    assertThat(engine.say("INFO commandstats")).doesNotContain("blpop");

    engine.run("RPUSH q a");
    assertThat(engine.heard(watcher)).last().asString().contains("RPUSH");
    assertThat(engine.say("INFO commandstats")).containsPattern("blpop:calls=1,.*failed_calls=0");

    engine.tell(first, "BLPOP q 0");
    engine.run("CLIENT UNBLOCK " + first.id() + " TIMEOUT");
    assertThat(engine.say("INFO commandstats")).containsPattern("blpop:calls=2,.*failed_calls=0");
    engine.tell(first, "BLPOP q 0");
    engine.run("CLIENT UNBLOCK " + first.id() + " ERROR");
    assertThat(engine.say("INFO commandstats"))
        .containsPattern("blpop:calls=3,[^:]*failed_calls=1")
        .containsPattern("client\\|unblock:calls=2,[^:]*failed_calls=1");
    assertThat(engine.say("INFO errorstats")).contains("errorstat_UNBLOCKED:count=1");
    engine.events();
  }

  /** From the tests of October 2024. */
  @Test
  void whoMayNoLongerIsRefusedWhenItsTurnComes() {
    engine.run("ACL SETUSER u on nopass +@all allkeys");
    engine.tell(first, "AUTH u x");
    engine.tell(first, "BLPOP q 0");
    engine.run("ACL SETUSER u resetkeys");
    engine.expect("RPUSH q a", ":1", "new q", "rpush q");
    assertThat(engine.heard(first)).last().isEqualTo("-NOPERM No permissions to access a key");
    assertThat(waits(first)).isFalse();
    assertThat(engine.say("INFO commandstats"))
        .contains("blpop:calls=0,usec=0,usec_per_call=0.00,rejected_calls=1,failed_calls=0");
  }

  @Test
  void whatATransactionPushesIsServedWhenItHasEnded() {
    engine.tell(first, "BLPOP q 0");
    engine.run("MULTI");
    engine.run("RPUSH q a b");
    engine.run("LPOP q");

    engine.expect("EXEC", "[:2, \"a\"]", "new q", "rpush q", "lpop q", "lpop q", "del q");

    assertThat(engine.heard(first)).containsExactly("[\"q\", \"b\"]");
  }

  @Test
  void aTransactionThatLeavesNothingServesNobody() {
    engine.tell(first, "BLPOP q 0");
    engine.run("MULTI");
    engine.run("RPUSH q a");
    engine.run("DEL q");

    engine.expect("EXEC", "[:1, :1]", "new q", "rpush q", "del q");

    assertThat(waits(first)).isTrue();
    assertThat(engine.heard(first)).isEmpty();
  }

  @Test
  void servingOneClientMayServeAnother() {
    engine.tell(first, "BLMOVE a b LEFT LEFT 0");
    engine.tell(second, "BLMOVE b c LEFT LEFT 0");
    engine.tell(third, "BLPOP c 0");

    engine.run("RPUSH a x");

    assertThat(engine.heard(first)).containsExactly("\"x\"");
    assertThat(engine.heard(second)).containsExactly("\"x\"");
    assertThat(engine.heard(third)).containsExactly("[\"c\", \"x\"]");
    engine.expect(
        "DBSIZE", ":0", "new a", "rpush a", "new b", "lpush b", "lpop a", "del a", "new c",
        "lpush c", "lpop b", "del b", "lpop c", "del c");
  }

  @Test
  void anotherTypeIsNotWaitedFor() {
    engine.tell(first, "BLPOP q 0");

    engine.run("SET q text");
    assertThat(waits(first)).isTrue();
    engine.run("DEL q");
    engine.run("RPUSH q a");

    assertThat(engine.heard(first)).containsExactly("[\"q\", \"a\"]");
  }

  @Test
  void timeEndsTheWaitingOfEachByItself() {
    engine.tell(first, "BLPOP q 0.5");
    engine.tell(second, "BLMOVE q r LEFT LEFT 1");
    engine.tell(third, "BLPOP q 0");

    assertThat(engine.engine().nextDeadlineMillis()).isEqualTo(engine.nowMillis() + 500);
    engine.advance(499);
    engine.sweep();
    assertThat(engine.heard(first)).isEmpty();
    engine.advance(1);
    engine.sweep();
    assertThat(engine.heard(first)).containsExactly("nil-array");
    engine.advance(10_000);
    engine.sweep();

    assertThat(waits(first)).isFalse();
    assertThat(waits(second)).isFalse();
    assertThat(waits(third)).isTrue();
    assertThat(engine.engine().unblocked()).containsExactly(first, second);
  }

  @Test
  void unblockingAnswersAsATimeoutOrWithAnError() {
    engine.tell(first, "BLPOP q 0");
    engine.tell(second, "BLPOP q 0");

    engine.expect("CLIENT UNBLOCK " + first.id(), ":1");
    engine.expect("CLIENT UNBLOCK " + second.id() + " ERROR", ":1");
    engine.expect("CLIENT UNBLOCK " + third.id(), ":0");

    assertThat(engine.heard(first)).containsExactly("nil-array");
    assertThat(engine.heard(second))
        .containsExactly("-UNBLOCKED client unblocked via CLIENT UNBLOCK");
    engine.expect("RPUSH q a", ":1", "new q", "rpush q");
  }

  @Test
  void aClientThatWentIsNotServed() {
    engine.tell(first, "BLPOP q 0");
    engine.tell(second, "BLPOP q 0");

    engine.engine().close(first);
    engine.run("RPUSH q a");

    assertThat(engine.heard(second)).containsExactly("[\"q\", \"a\"]");
    assertThat(engine.engine().unblocked()).containsExactly(second);
  }

  @Test
  void aDatabaseThatComesInBySwappingIsLookedAt() {
    engine.tell(first, "SELECT 1");
    engine.tell(first, "RPUSH q a");
    engine.heard(first);
    engine.tell(second, "BLPOP q 0");

    engine.run("SWAPDB 0 1");

    assertThat(engine.heard(second)).containsExactly("[\"q\", \"a\"]");
  }

  @Test
  void requestsBehindAWaitingOneWait() {
    engine.tell(first, "BLPOP q 0");
    Request ping = Request.of(Bytes.of("PING"));

    assertThat(engine.engine().isPaused(first, ping, engine.nowMillis())).isTrue();
    engine.run("RPUSH q a");
    assertThat(engine.engine().isPaused(first, ping, engine.nowMillis())).isFalse();
    assertThat(engine.engine().unblocked()).containsExactly(first);
    assertThat(engine.engine().unblocked()).isEmpty();
  }

  @Test
  void aReplyThatIsNotWantedIsLeftOutWhenItComes() {
    engine.tell(first, "CLIENT REPLY SKIP");
    engine.tell(first, "BLPOP q 0");

    engine.run("RPUSH q a b");
    assertThat(engine.heard(first)).isEmpty();
    engine.tell(first, "LLEN q");

    assertThat(engine.heard(first)).containsExactly(":1");
  }

  @Test
  void whatWasServedIsRepeatedByItsEffects() {
    engine.tell(first, "BLPOP empty q 0");
    engine.tell(second, "BLMPOP 0 2 empty q RIGHT COUNT 2");

    engine.run("RPUSH q a b c");

    assertThat(engine.effects()).isEqualTo(List.of("RPUSH q a b c", "LPOP q", "RPOP q 2"));
  }

  /** In the order of redis-server 7.0.15: the number of keys, the end of a list, the timeout. */
  @Test
  void whatIsWrongWithTheListsIsSaidBeforeWhatIsWrongWithTheTimeout() {
    engine.expect("BLMPOP abc 0 q LEFT", "-ERR numkeys should be greater than 0");
    engine.expect("BLMPOP abc 1 q MIDDLE", "-ERR syntax error");
    engine.expect("BLMPOP abc 1 q LEFT", "-ERR timeout is not a float or out of range");
  }
}
