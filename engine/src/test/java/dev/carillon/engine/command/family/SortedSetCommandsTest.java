package dev.carillon.engine.command.family;

import static org.assertj.core.api.Assertions.assertThat;

import dev.carillon.protocol.bytes.Bytes;
import dev.carillon.protocol.resp.Reply;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Sorted sets: what the tables of cases cannot say. */
class SortedSetCommandsTest {

  @RegisterExtension final EngineFixture engine = new EngineFixture();

  @Test
  void aDrawWithRepetitionIsBounded() {
    engine.run("ZADD z 1 a");
    assertThat(engine.say("ZRANDMEMBER z -9223372036854775807"))
        .isEqualTo("-ERR value is out of range");
    assertThat(((Reply.Array) engine.run("ZRANDMEMBER z -1000")).elements()).hasSize(1000);
    assertThat(((Reply.Array) engine.run("ZRANDMEMBER z -1000 WITHSCORES")).elements())
        .hasSize(2000);
  }

  @Test
  void sortLeavesTheEncodingAsItIs() {
    engine.run("ZADD z 1 1 2 2");
    engine.run("SORT z");
    engine.events();
    engine.expect("OBJECT ENCODING z", "\"listpack\"");
  }

  @Test
  void aServedClientIsRecordedAsWhatItTook() {
    engine.run("ZADD z 1 a 2 b 3 c");
    engine.effects();
    engine.run("BZPOPMAX x z 0");
    assertThat(engine.effects()).containsExactly("ZPOPMAX z");
    engine.run("BZMPOP 0 2 x z MIN COUNT 9");
    assertThat(engine.effects()).containsExactly("ZPOPMIN z 2");
  }

  @Test
  void anOffsetNearTheEndOfNumbersIsBeyondEverything() {
    engine.run("ZADD z 1 a 2 b");
    engine.events();
    engine.expect("ZRANGE z -inf +inf BYSCORE LIMIT 9223372036854775807 1", "[]");
    engine.expect("ZRANGE z -inf +inf BYSCORE LIMIT 1 9223372036854775807", "[\"b\"]");
    engine.expect("ZRANGE z +inf -inf BYSCORE REV LIMIT 1 9223372036854775807", "[\"a\"]");
    engine.expect("ZRANGE z -9223372036854775808 9223372036854775807", "[\"a\", \"b\"]");
    engine.expect("ZREVRANGE z -9223372036854775808 -9223372036854775808", "[]");
  }

  @Test
  void aStoreReadsItsDestinationBeforeItReplacesIt() {
    for (int i = 0; i < 300; i++) {
      engine.run("ZADD z " + i + " m" + i);
    }
    engine.events();
    engine.expect("ZRANGESTORE z z 10 19 REV", ":10", "zrangestore z");
    engine.expect("ZUNIONSTORE z 2 z z WEIGHTS 1 -1", ":10", "zunionstore z");
    engine.expect("ZCOUNT z 0 0", ":10");
    engine.expect("OBJECT ENCODING z", "\"listpack\"");
  }

  @ParameterizedTest
  @CsvSource({
    "0.1, 0.10000000000000001",
    "3, 3",
    "-2.5, -2.5",
    "1e15, 1000000000000000",
    "12345678901234567, 12345678901234568",
    "1e17, 1e+17",
    "-1e20, -1e+20",
    "1.5e300, 1.5000000000000001e+300",
    "0.0001, 0.0001",
    "0.00001, 1.0000000000000001e-05",
    "5e-324, 4.9406564584124654e-324",
    "1.7976931348623157e308, 1.7976931348623157e+308",
    "Infinity, inf",
    "-0.0, -0"
  })
  void seventeenDigitsAreThoseOfC(double score, String text) {
    assertThat(SortedSetCommands.with17Digits(score)).isEqualTo(Bytes.of(text));
  }
}
