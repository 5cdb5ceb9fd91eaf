package dev.carillon.engine.command.family;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Counting: overflow at both ends, what is journaled, and the options of INCREX as Redis' own tests
 * of 8.8 state them.
 */
class CounterCommandsTest {

  private static final String MAX = "9223372036854775807";
  private static final String MIN = "-9223372036854775808";

  @RegisterExtension final EngineFixture engine = new EngineFixture();

  @ParameterizedTest
  @CsvSource({
    MAX + ", INCRBY a 0, :" + MAX,
    MAX + ", INCRBY a 1, -ERR increment or decrement would overflow",
    MAX + ", DECRBY a -1, -ERR increment or decrement would overflow",
    MAX + ", INCRBY a " + MIN + ", :-1",
    MIN + ", INCRBY a " + MAX + ", :-1",
    MIN + ", DECR a, -ERR increment or decrement would overflow",
    "0, INCRBY a " + MIN + ", :" + MIN,
    "0, DECRBY a " + MIN + ", -ERR decrement would overflow",
    "-1, DECRBY a " + MAX + ", :" + MIN,
    "1e3, INCR a, -ERR value is not an integer or out of range",
    "'\" 1\"', INCR a, -ERR value is not an integer or out of range",
  })
  void integersStopAtTheEndsOfTheirRange(String before, String line, String reply) {
    engine.run("SET a " + before);
    assertThat(engine.say(line)).isEqualTo(reply);
  }

  @Test
  void countingIsJournaledAsItIsAndRealsAsTheirResult() {
    engine.run("INCR a");
    engine.run("INCRBYFLOAT a 0.1");
    engine.run("INCRBYFLOAT a 0.2");
    assertThat(engine.effects())
        .containsExactly("INCR a", "SET a 1.1 KEEPTTL", "SET a 1.3 KEEPTTL");
    engine.events();
    engine.expect("INCRBYFLOAT a inf", "-ERR increment would produce NaN or Infinity");
    engine.expect("INCRBYFLOAT a x", "-ERR value is not a valid float");
  }

  @ParameterizedTest
  @CsvSource({
    "INCREX a, SET a 6 KEEPTTL",
    "INCREX a EX 10, SET a 6 PXAT 1700000010000",
    "INCREX a PXAT 1700000000001, SET a 6 PXAT 1700000000001",
    "INCREX a EX 10 ENX, SET a 6 PXAT 1700000010000",
    "INCREX a PERSIST, SET a 6 KEEPTTL",
    "INCREX a BYFLOAT 0.5, SET a 5.5 KEEPTTL",
    "INCREX a BYINT 9 UBOUND 8 SATURATE, SET a 8 KEEPTTL",
    "INCREX a EXAT 1, DEL a",
  })
  void increxIsJournaledAsItsResult(String line, String effect) {
    engine.run("SET a 5");
    engine.effects();
    engine.run(line);
    assertThat(engine.effects()).containsExactly(effect);
  }

  @Test
  void increxOfAKeyWithDeadline() {
    engine.run("SET a 5 PXAT 1700000500000");
    engine.effects();
    engine.events();
    engine.expect("INCREX a EX 10 ENX", "[:6, :1]", "incrby a");
    engine.expect("INCREX a EXAT 1 ENX", "[:7, :1]", "incrby a");
    engine.expect("INCREX a PERSIST", "[:8, :1]", "incrby a", "persist a");
    assertThat(engine.effects()).containsExactly("SET a 6 KEEPTTL", "SET a 7 KEEPTTL", "SET a 8");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "50 | BYINT 5 UBOUND 30 | [:50, :0]",
        "50 | BYINT 5 UBOUND 30 SATURATE | [:30, :-20]",
        "-50 | BYINT -5 LBOUND -30 SATURATE | [:-30, :20]",
        "50 | BYINT -25 UBOUND 30 | [:25, :-25]",
        "10 | BYINT 5 UBOUND 15 | [:15, :5]",
        "10 | BYINT 100 UBOUND 15 EX 100 | [:10, :0]",
        "5 | LBOUND 0 BYINT 100 UBOUND 10 SATURATE | [:10, :5]",
        MAX + " | SATURATE | [:" + MAX + ", :0]",
        "-9223372036854775800 | BYINT -9223372036854775800 SATURATE | [:" + MIN + ", :-8]",
        MAX + " | UBOUND -1 SATURATE BYINT 0 | [:-1, :" + MIN + "]",
        MAX + " | UBOUND -2 SATURATE | -ERR applied increment would overflow",
        "10.0 | BYFLOAT 10.0 UBOUND 15.5 | [\"10\", \"0\"]",
        "10.0 | BYFLOAT 10.0 UBOUND 15.5 SATURATE | [\"15.5\", \"5.5\"]",
        "50.5 | BYFLOAT 5.5 UBOUND 30 SATURATE | [\"30\", \"-20.5\"]",
        "0.1 | BYFLOAT 0.2 | [\"0.3\", \"0.2\"]",
        "1e4932 | BYFLOAT 1e4932 | ?",
        "inf | BYFLOAT 1 | -ERR value cannot be Infinity",
        "1 | BYFLOAT -inf | -ERR BYFLOAT increment cannot be Infinity",
        "1.5 | BYINT 1 | -ERR value is not an integer or out of range",
        "x | BYFLOAT 1 | -ERR value is not a valid float",
        "1 | BYINT 1.5 | -ERR Increment is not an integer or out of range",
        "1 | BYFLOAT x | -ERR Increment is not a valid float",
        "1 | UBOUND 12.5 | -ERR UBOUND is not an integer or out of range",
        "1 | BYFLOAT 1 LBOUND x | -ERR LBOUND is not a valid float",
        "1 | LBOUND 10 UBOUND 5 | -ERR LBOUND can't be greater than UBOUND",
        "1 | ENX | -ERR ENX flag requires an expiration",
        "1 | EX 0 | -ERR invalid expire time in 'increx' command",
        "1 | PERSIST ENX | -ERR syntax error",
        "1 | BYINT 1 BYINT 2 | -ERR syntax error",
        "1 | BYINT 1 BYFLOAT 2 | -ERR syntax error",
        "1 | SATURATE SATURATE | -ERR syntax error",
        "1 | EX 10 EX 20 | -ERR syntax error",
        "1 | UBOUND | -ERR syntax error",
        "1 | KEEPTTL | -ERR syntax error",
      })
  void increxWithinBounds(String before, String options, String reply) {
    engine.run("SET a " + before);
    String said = engine.say("INCREX a " + options);
    if (reply.equals("?")) {
      assertThat(said).as("an infinite sum is out of bounds").endsWith("\"0\"]");
    } else {
      assertThat(said).isEqualTo(reply);
    }
  }

  @Test
  void anIncrementThatIsSkippedCreatesNoKey() {
    engine.expect("INCREX a BYINT 5 LBOUND 10 EX 10", "[:0, :0]");
    engine.expect("INCREX a BYFLOAT -0.5 UBOUND -1.5", "[\"0\", \"0\"]");
    engine.expect("INCREX a EXAT 1", "[:1, :1]");
    engine.expect("GET a", "nil", "keymiss a");
  }

  @Test
  void realsAreDoublesInProtocolThree() {
    engine.session().protocol(3);
    engine.expect("INCREX a BYFLOAT 1.5", "[,1.5, ,1.5]", "new a", "incrbyfloat a");
    engine.expect("INCRBYFLOAT a 1", "\"2.5\"", "incrbyfloat a");
  }
}
