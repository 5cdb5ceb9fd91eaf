package dev.carillon.engine.command.family;

import static org.assertj.core.api.Assertions.assertThat;

import dev.carillon.engine.config.Parameters;
import dev.carillon.engine.value.StreamProducers;
import dev.carillon.protocol.bytes.Bytes;
import dev.carillon.protocol.resp.Reply;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * What the cases of conformance cannot see of adding and deleting entries of streams: effects,
 * memory, parameters.
 */
class StreamCommandsTest {

  @RegisterExtension final EngineFixture engine = new EngineFixture();

  @Test
  void additionsStateTheIdThatWasChosen() {
    engine.run("XADD x * f v");
    engine.run("XADD x 1700000000000-* f v");
    engine.run("XADD x * f v");
    assertThat(engine.effects())
        .containsExactly(
            "XADD x 1700000000000-0 f v",
            "XADD x 1700000000000-1 f v",
            "XADD x 1700000000000-2 f v");
  }

  @Test
  void trimsStateHowManyEntriesAreLeft() {
    engine.config(Parameters.STREAM_NODE_MAX_ENTRIES, "2");
    for (int i = 1; i <= 5; i++) {
      engine.run("XADD x " + i + " f v");
    }
    engine.effects();
    engine.run("XADD x MAXLEN ~ 3 6 f v");
    engine.run("XADD x MAXLEN ~ 3 7 f v");
    engine.run("XTRIM x MINID ~ 7");
    engine.run("XADD x 8 f v");
    engine.run("XTRIM x MAXLEN 1");
    engine.run("XADD x MAXLEN ~ 50 9 f v");
    engine.run("XADD x MINID 10 * f v");
    assertThat(engine.effects())
        .containsExactly(
            "XADD x MAXLEN \"=\" 4 6-0 f v",
            "XADD x MAXLEN \"=\" 3 7-0 f v",
            "XTRIM x MAXLEN \"=\" 1",
            "XADD x 8-0 f v",
            "XTRIM x MAXLEN 1",
            "XADD x 9-0 f v",
            "XADD x MAXLEN \"=\" 1 1700000000000-0 f v");
  }

  @Test
  void trimsOfWhatIsAcknowledgedAreRepeatedByWhatTheyLeft() {
    for (int i = 1; i <= 9; i++) {
      engine.run("XADD x " + i + " f v");
    }
    engine.run("XGROUP CREATE x g 0");
    engine.run("XREADGROUP GROUP g c COUNT 7 STREAMS x >");
    engine.run("XACK x g 1 3 4 6 7");
    engine.effects();
    engine.events();
    engine.expect("XTRIM x MINID ~ 7 LIMIT 3 ACKED", ":0");
    engine.expect("XTRIM x MINID 5 ACKED", ":3", "xtrim x");
    engine.expect("XTRIM x MINID ~ 100 ACKED", ":2", "xtrim x");
    assertThat(engine.effects())
        .containsExactly("XTRIM x MAXLEN \"=\" 6 ACKED", "XTRIM x MAXLEN \"=\" 4 ACKED");
    engine.expect("XRANGE x - + COUNT 2", "[[\"2-0\", [\"f\", \"v\"]], [\"5-0\", [\"f\", \"v\"]]]");
  }

  @Test
  void whatIsInVainStatesNothing() {
    engine.run("XADD x 1 f v");
    engine.effects();
    engine.run("XDEL x 2");
    engine.run("XTRIM x MAXLEN 1");
    engine.run("XADD x NOMKSTREAM 1 f v");
    engine.run("XADD y NOMKSTREAM 1 f v");
    engine.run("XDELEX x IDS 1 5");
    assertThat(engine.effects()).isEmpty();
  }

  @Test
  void aRefusedAdditionMakesNoKey() {
    engine.expect("XADD x 0-0 f v", "-ERR The ID specified in XADD must be greater than 0-0");
    engine.expect("EXISTS x", ":0", "keymiss x");
  }

  @Test
  void additionsOfProducersStateTheIdOfTheProducer() {
    engine.run("XADD x IDMP p 1 * f v");
    engine.run("XADD x IDMP p 1 * f v");
    engine.run("XADD x IDMPAUTO p * f v");
    engine.run("XADD x IDMPAUTO p * f v");
    assertThat(engine.effects())
        .hasSize(4)
        .startsWith(
            "XADD x 1700000000000-0 f v",
            "XIDMPRECORD x p 1 1700000000000-0",
            "XADD x 1700000000000-1 f v");
    engine.expect("XADD x IDMP p 1 * f v", "\"1700000000000-0\"", "new x", "xadd x", "xadd x");
  }

  @Test
  void theUsualLimitsAreThoseOfTheParameters() {
    assertThat(Parameters.STREAM_IDMP_DURATION.initially())
        .isEqualTo(StreamProducers.SECONDS_USUAL);
    assertThat(Parameters.STREAM_IDMP_MAXSIZE.initially()).isEqualTo(StreamProducers.IDS_USUAL);
  }

  @Test
  void idsOfProducersAreKnownAsLongAsTheParameterSays() {
    engine.config(Parameters.STREAM_IDMP_DURATION, "2");
    engine.config(Parameters.STREAM_IDMP_MAXSIZE, "2");
    engine.run("XADD x IDMP p 1 * f v");
    engine.advance(1_999);
    engine.run("XADD x IDMP p 1 * f v");
    engine.expect("XLEN x", ":1", "new x", "xadd x");
    engine.advance(1);
    engine.run("XADD x IDMP p 1 * f v");
    engine.expect("XLEN x", ":2", "xadd x");
    engine.run("XADD x IDMP p 2 * f v");
    engine.run("XADD x IDMP p 3 * f v");
    engine.run("XADD x IDMP p 1 * f v");
    engine.expect("XLEN x", ":5", "xadd x", "xadd x", "xadd x");
    assertThat(engine.effects())
        .startsWith("XADD x 1700000000000-0 f v", "XCFGSET x IDMP-DURATION 2 IDMP-MAXSIZE 2");
  }

  @Test
  void anIdThatIsRecordedIsKnownFromThenOn() {
    engine.run("XADD x 1 f v");
    engine.run("XIDMPRECORD x p 1 1");
    engine.advance(99_999);
    engine.expect("XADD x IDMP p 1 * f v", "\"1-0\"", "new x", "xadd x");
    engine.advance(1);
    engine.run("XADD x IDMP p 1 * f v");
    engine.expect("XLEN x", ":2", "xadd x");
  }

  @Test
  void thePairsOfAnEntryAreTheSameInAnyOrder() {
    engine.run("XADD x IDMPAUTO p * a 1 b 2");
    engine.run("XADD x IDMPAUTO p * b 2 a 1");
    engine.run("XADD x IDMPAUTO p * a 2 b 1");
    engine.run("XADD x IDMPAUTO p * a 1b 2 \"\"");
    engine.expect("XLEN x", ":3", "new x", "xadd x", "xadd x", "xadd x");
  }

  @Test
  void aStreamCountsItsMemory() {
    engine.run("XADD x 1 f v");
    long small = number("MEMORY USAGE x");
    for (int i = 2; i < 2_000; i++) {
      engine.run("XADD x " + i + " f v");
    }
    long large = number("MEMORY USAGE x");
    assertThat(large).isBetween(small + 2_000 * 11, small + 2_000 * 24);
    engine.run("XGROUP CREATE x g 0");
    engine.run("XREADGROUP GROUP g c STREAMS x >");
    assertThat(number("MEMORY USAGE x")).isBetween(large + 2_000 * 56, large + 2_000 * 64);
    engine.run("XGROUP DESTROY x g");
    assertThat(number("MEMORY USAGE x")).isEqualTo(large);
    long before = engine.engine().keyspace().usedBytes();
    engine.run("COPY x y");
    assertThat(engine.engine().keyspace().usedBytes() - before).isBetween(large / 2, large);
    engine.run("XTRIM x MAXLEN 0");
    assertThat(number("MEMORY USAGE x")).isLessThan(small);
    engine.run("FLUSHALL");
    engine.run("XADD x 1 f v");
    assertThat(number("MEMORY USAGE x")).isEqualTo(small);
  }

  private long number(String line) {
    return ((Reply.Int) engine.run(line)).value();
  }

  @Test
  void entriesMayBeLargerThanANode() {
    String large = "x".repeat(100_000);
    engine.run(Bytes.of("XADD"), Bytes.of("x"), Bytes.of("1"), Bytes.of("f"), Bytes.of(large));
    engine.run("XADD x 2 f v");
    engine.run(Bytes.of("XADD"), Bytes.of("x"), Bytes.of("3"), Bytes.of(large), Bytes.of("v"));
    engine.run(Bytes.of("XADD"), Bytes.of("x"), Bytes.of("4"), Bytes.of(large), Bytes.of("v"));
    assertThat(engine.say("XRANGE x 1 1")).isEqualTo("[[\"1-0\", [\"f\", \"" + large + "\"]]]");
    assertThat(engine.say("XREVRANGE x 4 4")).isEqualTo("[[\"4-0\", [\"" + large + "\", \"v\"]]]");
  }

  @Test
  void idsMayBeAsHighAsUnsignedNumbersGo() {
    engine.expect(
        "XADD x 9223372036854775807-18446744073709551615 f v",
        "\"9223372036854775807-18446744073709551615\"",
        "new x",
        "xadd x");
    engine.expect("XADD x * f v", "\"9223372036854775808-0\"", "xadd x");
    engine.expect(
        "XRANGE x 9223372036854775808 +", "[[\"9223372036854775808-0\", [\"f\", \"v\"]]]");
    engine.expect("XDEL x 9223372036854775808", ":1", "xdel x");
    engine.expect("XLEN x", ":1");
  }

  @Test
  void thereIsNoTreeWhoseNodesCouldBeCounted() {
    engine.config(Parameters.STREAM_NODE_MAX_ENTRIES, "2");
    engine.run("XGROUP CREATE x g 0 MKSTREAM");
    assertThat(engine.say("XINFO STREAM x"))
        .contains("\"radix-tree-keys\", :0, \"radix-tree-nodes\", :1");
    for (int i = 1; i <= 5; i++) {
      engine.run("XADD x " + i + " f v");
    }
    assertThat(engine.say("XINFO STREAM x"))
        .contains("\"radix-tree-keys\", :3, \"radix-tree-nodes\", :4");
  }
}
