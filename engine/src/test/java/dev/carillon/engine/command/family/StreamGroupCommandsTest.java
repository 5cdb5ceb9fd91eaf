package dev.carillon.engine.command.family;

import static org.assertj.core.api.Assertions.assertThat;

import dev.carillon.engine.session.Session;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * What the cases of conformance cannot see of groups: the effects of deliveries, and times. Each
 * test ends by replaying the effects, which must give the same groups.
 */
class StreamGroupCommandsTest {

  @RegisterExtension final EngineFixture engine = new EngineFixture();

  @BeforeEach
  void threeEntriesAndAGroup() {
    engine.run("XADD x 1 f 1");
    engine.run("XADD x 2 f 2");
    engine.run("XADD x 3 f 3");
    engine.run("XGROUP CREATE x g 0");
    engine.effects();
    engine.events();
  }

  @Test
  void aGroupHasReadNoMoreThanWasAdded() {
    engine.run("XGROUP CREATE x h 0 ENTRIESREAD 7");
    engine.run("XGROUP SETID x g 2 ENTRIESREAD 3");
    engine.run("XGROUP SETID x g 2 ENTRIESREAD 4");
    assertThat(engine.effects())
        .containsExactly(
            "XGROUP CREATE x h 0 ENTRIESREAD 3",
            "XGROUP SETID x g 2 ENTRIESREAD 3",
            "XGROUP SETID x g 2 ENTRIESREAD 3");
    assertThat(engine.say("XINFO GROUPS x"))
        .contains("\"last-delivered-id\", \"0-0\", \"entries-read\", :3, \"lag\", :3]")
        .contains("\"last-delivered-id\", \"2-0\", \"entries-read\", :3, \"lag\", :0]");
  }

  @Test
  void aDeliveryStatesWhatIsPendingAndHowFarTheGroupIs() {
    engine.run("XREADGROUP GROUP g c COUNT 2 STREAMS x >");
    assertThat(engine.effects())
        .containsExactly(
            "XCLAIM x g c 0 1-0 2-0 TIME 1700000000000 RETRYCOUNT 1 FORCE JUSTID",
            "XGROUP SETID x g 2-0 ENTRIESREAD 2");
  }

  @Test
  void aDeliveryWithoutPendingStatesHowFarTheGroupIs() {
    engine.run("XREADGROUP GROUP g c NOACK COUNT 2 STREAMS x >");
    engine.run("XREADGROUP GROUP g c NOACK STREAMS x >");
    engine.run("XREADGROUP GROUP g c NOACK STREAMS x >");
    assertThat(engine.effects())
        .containsExactly(
            "XGROUP CREATECONSUMER x g c",
            "XGROUP SETID x g 2-0 ENTRIESREAD 2",
            "XGROUP SETID x g 3-0 ENTRIESREAD 3");
  }

  @Test
  void aConsumerThatGetsNothingIsStated() {
    engine.run("XGROUP SETID x g $");
    engine.effects();
    engine.run("XREADGROUP GROUP g c STREAMS x >");
    engine.run("XREADGROUP GROUP g c STREAMS x >");
    engine.run("XREADGROUP GROUP g d STREAMS x 0");
    assertThat(engine.effects())
        .containsExactly("XGROUP CREATECONSUMER x g c", "XGROUP CREATECONSUMER x g d");
  }

  @Test
  void readingTheHistoryCountsAsADelivery() {
    engine.run("XREADGROUP GROUP g c COUNT 2 STREAMS x >");
    engine.advance(5);
    engine.run("XREADGROUP GROUP g c COUNT 1 STREAMS x 0");
    engine.run("XDEL x 2");
    engine.effects();
    engine.advance(5);
    engine.run("XREADGROUP GROUP g c STREAMS x 0");
    assertThat(engine.effects())
        .containsExactly("XCLAIM x g c 0 1-0 TIME 1700000000010 RETRYCOUNT 3 FORCE JUSTID");
    assertThat(engine.say("XPENDING x g - + 10"))
        .isEqualTo("[[\"1-0\", \"c\", :0, :3], [\"2-0\", \"c\", :10, :1]]");
  }

  @Test
  void claimsStateTheirOutcome() {
    engine.run("XREADGROUP GROUP g b STREAMS x >");
    engine.run("XCLAIM x g b 0 2");
    engine.run("XDEL x 3");
    engine.advance(100);
    engine.effects();
    engine.run("XCLAIM x g c 50 1 2 3 IDLE 10 LASTID 7");
    assertThat(engine.effects())
        .containsExactly(
            "XCLAIM x g c 0 1-0 TIME 1700000000090 RETRYCOUNT 2 FORCE JUSTID",
            "XCLAIM x g c 0 2-0 TIME 1700000000090 RETRYCOUNT 3 FORCE JUSTID",
            "XACK x g 3-0",
            "XGROUP SETID x g 7-0 ENTRIESREAD 3");
    engine.run("XAUTOCLAIM x g d 10 0 COUNT 1");
    engine.run("XAUTOCLAIM x g d 10 0 COUNT 1 JUSTID");
    assertThat(engine.effects())
        .containsExactly(
            "XCLAIM x g d 0 1-0 TIME 1700000000100 RETRYCOUNT 3 FORCE JUSTID",
            "XCLAIM x g d 0 2-0 TIME 1700000000100 RETRYCOUNT 3 FORCE JUSTID");
  }

  @Test
  void anEntryMayBeClaimedTwiceInOneRequest() {
    assertThat(engine.say("XCLAIM x g c 0 1 1 FORCE"))
        .isEqualTo("[[\"1-0\", [\"f\", \"1\"]], [\"1-0\", [\"f\", \"1\"]]]");
    assertThat(engine.say("XPENDING x g - + 10")).isEqualTo("[[\"1-0\", \"c\", :0, :3]]");
  }

  @Test
  void theHighestNumberOfDeliveriesStays() {
    engine.run("XREADGROUP GROUP g c COUNT 1 STREAMS x >");
    engine.run("XNACK x g FATAL IDS 1 1");
    engine.run("XCLAIM x g c 0 1");
    engine.run("XREADGROUP GROUP g c STREAMS x 0");
    assertThat(engine.say("XPENDING x g - + 10"))
        .isEqualTo("[[\"1-0\", \"c\", :0, :9223372036854775807]]");
  }

  @Test
  void askingIsSeenAndGettingIsActive() {
    engine.run("XREADGROUP GROUP g c COUNT 1 STREAMS x >");
    engine.advance(10);
    engine.run("XREADGROUP GROUP g c STREAMS x 0");
    engine.advance(1);
    assertThat(engine.say("XINFO CONSUMERS x g"))
        .isEqualTo("[[\"name\", \"c\", \"pending\", :1, \"idle\", :1, \"inactive\", :11]]");
    engine.run("XCLAIM x g c 0 2");
    engine.advance(1);
    assertThat(engine.say("XINFO CONSUMERS x g"))
        .isEqualTo("[[\"name\", \"c\", \"pending\", :1, \"idle\", :1, \"inactive\", :12]]");
    engine.run("XCLAIM x g c 0 2 FORCE");
    engine.advance(1);
    assertThat(engine.say("XINFO CONSUMERS x g"))
        .isEqualTo("[[\"name\", \"c\", \"pending\", :2, \"idle\", :1, \"inactive\", :1]]");
  }

  @Test
  void theLagIsRightBehindATrim() {
    engine.run("XREADGROUP GROUP g c COUNT 1 STREAMS x >");
    engine.run("XTRIM x MAXLEN 1");
    assertThat(engine.say("XINFO GROUPS x")).endsWith("\"entries-read\", :1, \"lag\", :1]]");
    engine.run("XREADGROUP GROUP g c COUNT 1 STREAMS x >");
    assertThat(engine.say("XINFO GROUPS x")).endsWith("\"entries-read\", :3, \"lag\", :0]]");
  }

  @Test
  void theLagIsUnknownWhereEntriesAheadWereDeleted() {
    engine.run("XREADGROUP GROUP g c COUNT 1 STREAMS x >");
    engine.run("XDEL x 2");
    assertThat(engine.say("XINFO GROUPS x")).endsWith("\"entries-read\", :1, \"lag\", nil]]");
    engine.run("XREADGROUP GROUP g c COUNT 1 STREAMS x >");
    assertThat(engine.say("XINFO GROUPS x")).endsWith("\"entries-read\", :3, \"lag\", :0]]");
  }

  @Test
  void newEntriesAreSkippedWhereTheyWereDeleted() {
    engine.run("XDEL x 1 3");
    assertThat(engine.say("XREADGROUP GROUP g c STREAMS x >"))
        .isEqualTo("[[\"x\", [[\"2-0\", [\"f\", \"2\"]]]]]");
    assertThat(engine.say("XREADGROUP GROUP g c STREAMS x >")).isEqualTo("nil-array");
  }

  // ------------------------------------------------------------------------------------- waiting

  @Test
  void whoWaitsInAGroupIsNotDisturbedByAcknowledgements() {
    Session waiting = engine.client();
    engine.run("XREADGROUP GROUP g c STREAMS x >");
    engine.tell(waiting, "XREADGROUP GROUP g d BLOCK 0 STREAMS x >");
    engine.advance(50);
    engine.run("XACK x g 1");
    engine.run("XCLAIM x g c 0 2");
    assertThat(engine.say("XINFO CONSUMERS x g")).contains("\"d\", \"pending\", :0, \"idle\", :50");
    engine.run("XADD x 4 f 4");
    assertThat(engine.heard(waiting)).containsExactly("[[\"x\", [[\"4-0\", [\"f\", \"4\"]]]]]");
  }

  @Test
  void whoWaitsInAGroupIsToldWhenTheKeyHoldsSomethingElse() {
    Session waiting = engine.client();
    engine.tell(waiting, "XREADGROUP GROUP g c BLOCK 0 STREAMS x 9999999");
    assertThat(engine.heard(waiting)).containsExactly("[[\"x\", []]]");
    engine.run("XGROUP SETID x g $");
    engine.tell(waiting, "XREADGROUP GROUP g c BLOCK 0 STREAMS x >");
    engine.run("SET x 1");
    assertThat(engine.heard(waiting))
        .containsExactly("-WRONGTYPE Operation against a key holding the wrong kind of value");
  }

  @Test
  void servedWaitersStateTheirDeliveries() {
    Session waiting = engine.client();
    engine.run("XGROUP SETID x g $");
    engine.tell(waiting, "XREADGROUP GROUP g c BLOCK 0 STREAMS x >");
    engine.effects();
    engine.run("XADD x 4 f 4");
    assertThat(engine.effects())
        .containsExactly(
            "XADD x 4-0 f 4",
            "XCLAIM x g c 0 4-0 TIME 1700000000000 RETRYCOUNT 1 FORCE JUSTID",
            "XGROUP SETID x g 4-0 ENTRIESREAD 4");
  }

  @Test
  void whoWaitsFromNowOnWaitsForWhatComesBehindTheIdOfThen() {
    Session waiting = engine.client();
    engine.tell(waiting, "XREAD BLOCK 0 STREAMS x $");
    engine.run("DEL x");
    engine.run("XADD x 2-5 f 5");
    assertThat(engine.heard(waiting)).isEmpty();
    engine.run("XADD x 3-1 f 6");
    assertThat(engine.heard(waiting)).containsExactly("[[\"x\", [[\"3-1\", [\"f\", \"6\"]]]]]");
  }

  @Test
  void whatTimesOutIsAnsweredWithNil() {
    Session waiting = engine.client();
    engine.tell(waiting, "XREAD BLOCK 100 STREAMS x $");
    assertThat(engine.engine().nextDeadlineMillis()).isEqualTo(engine.nowMillis() + 100);
    engine.advance(100);
    engine.sweep();
    assertThat(engine.heard(waiting)).containsExactly("nil-array");
  }

  // ------------------------------------------------------------------------------------ claiming

  @Test
  void whoWaitsToClaimIsServedWhenSomethingHasBeenIdleLongEnough() {
    Session waiting = engine.client();
    engine.run("XREADGROUP GROUP g b COUNT 2 STREAMS x >");
    engine.run("XGROUP SETID x g $");
    engine.advance(30);
    engine.run("XCLAIM x g b 0 1");
    engine.tell(waiting, "XREADGROUP GROUP g c BLOCK 1000 CLAIM 100 STREAMS x >");
    assertThat(engine.engine().nextDeadlineMillis()).isEqualTo(EngineFixture.START_MILLIS + 100);
    engine.advance(69);
    engine.sweep();
    assertThat(engine.heard(waiting)).isEmpty();
    // What it waited for goes: it waits for the next one.
    engine.run("XACK x g 2");
    engine.advance(1);
    engine.sweep();
    assertThat(engine.heard(waiting)).isEmpty();
    assertThat(engine.engine().nextDeadlineMillis()).isEqualTo(EngineFixture.START_MILLIS + 130);
    engine.advance(30);
    engine.sweep();
    assertThat(engine.heard(waiting))
        .containsExactly("[[\"x\", [[\"1-0\", [\"f\", \"1\"], :100, :2]]]]");
  }

  @Test
  void whoWaitsToClaimIsServedWithNewEntriesToo() {
    Session waiting = engine.client();
    engine.run("XREADGROUP GROUP g b STREAMS x >");
    engine.tell(waiting, "XREADGROUP GROUP g c BLOCK 0 CLAIM 100 STREAMS x >");
    engine.run("XADD x 4 f 4");
    assertThat(engine.heard(waiting))
        .containsExactly("[[\"x\", [[\"4-0\", [\"f\", \"4\"], :0, :0]]]]");
  }

  @Test
  void whoWaitsToClaimIsServedWithWhatIsGivenBack() {
    Session waiting = engine.client();
    engine.run("XREADGROUP GROUP g b STREAMS x >");
    engine.tell(waiting, "XREADGROUP GROUP g c COUNT 1 BLOCK 0 CLAIM 100 STREAMS x >");
    engine.run("XNACK x g FAIL IDS 1 2");
    assertThat(engine.heard(waiting))
        .containsExactly("[[\"x\", [[\"2-0\", [\"f\", \"2\"], :1700000000000, :1]]]]");
  }

  @Test
  void claimingToWaitEndsWithTime() {
    Session waiting = engine.client();
    engine.run("XREADGROUP GROUP g b STREAMS x >");
    engine.tell(waiting, "XREADGROUP GROUP g c BLOCK 50 CLAIM 100 STREAMS x >");
    engine.advance(50);
    engine.sweep();
    assertThat(engine.heard(waiting)).containsExactly("nil-array");
    engine.advance(1000);
    engine.sweep();
    assertThat(engine.heard(waiting)).isEmpty();
  }

  @Test
  void whatWasDeletedIsNotClaimedAndStaysPending() {
    engine.run("XREADGROUP GROUP g b STREAMS x >");
    engine.run("XDEL x 1");
    engine.advance(100);
    assertThat(engine.say("XREADGROUP GROUP g c CLAIM 100 COUNT 1 STREAMS x >"))
        .isEqualTo("[[\"x\", [[\"2-0\", [\"f\", \"2\"], :100, :1]]]]");
    assertThat(engine.say("XPENDING x g"))
        .isEqualTo("[:3, \"1-0\", \"3-0\", [[\"b\", \"2\"], [\"c\", \"1\"]]]");
  }

  @Test
  void whatHasBeenIdleLongestIsClaimedFirst() {
    engine.run("XREADGROUP GROUP g b COUNT 1 STREAMS x >");
    engine.advance(10);
    engine.run("XREADGROUP GROUP g b STREAMS x >");
    engine.advance(10);
    engine.run("XCLAIM x g b 0 1 JUSTID");
    engine.advance(100);
    assertThat(engine.say("XREADGROUP GROUP g c CLAIM 100 STREAMS x >"))
        .isEqualTo(
            "[[\"x\", [[\"2-0\", [\"f\", \"2\"], :110, :1], [\"3-0\", [\"f\", \"3\"], :110, :1],"
                + " [\"1-0\", [\"f\", \"1\"], :100, :1]]]]");
  }

  @Test
  void whatHasBeenIdleEquallyLongIsClaimedInTheOrderOfIds() {
    engine.run("XREADGROUP GROUP g b STREAMS x >");
    engine.run("XCLAIM x g b 0 3 JUSTID");
    engine.run("XCLAIM x g b 0 1 JUSTID");
    assertThat(engine.say("XREADGROUP GROUP g c CLAIM 0 STREAMS x >"))
        .isEqualTo(
            "[[\"x\", [[\"1-0\", [\"f\", \"1\"], :0, :1], [\"2-0\", [\"f\", \"2\"], :0, :1],"
                + " [\"3-0\", [\"f\", \"3\"], :0, :1]]]]");
  }

  /** What was deleted is over long ago, and must not let who waits for the rest try in vain. */
  @Test
  void whoWaitsToClaimWaitsForWhatIsStillThere() {
    engine.run("XREADGROUP GROUP g b COUNT 1 STREAMS x >");
    engine.advance(50);
    engine.run("XREADGROUP GROUP g b STREAMS x >");
    engine.run("XDEL x 1 2");
    engine.advance(70);
    Session waiting = engine.client();
    engine.tell(waiting, "XREADGROUP GROUP g c BLOCK 0 CLAIM 100 STREAMS x >");
    assertThat(engine.engine().nextDeadlineMillis()).isEqualTo(EngineFixture.START_MILLIS + 150);
    engine.advance(30);
    engine.sweep();
    assertThat(engine.heard(waiting))
        .containsExactly("[[\"x\", [[\"3-0\", [\"f\", \"3\"], :100, :1]]]]");
    engine.run("XDEL x 3");
    engine.tell(waiting, "XREADGROUP GROUP g c BLOCK 0 CLAIM 0 STREAMS x >");
    assertThat(engine.engine().nextDeadlineMillis()).isEqualTo(Long.MAX_VALUE);
    assertThat(engine.say("XPENDING x g")).startsWith("[:3, \"1-0\"");
  }
}
