package dev.carillon.engine.command.family;

import static org.assertj.core.api.Assertions.assertThat;

import dev.carillon.engine.config.Parameters;
import dev.carillon.engine.keyspace.Entry;
import dev.carillon.engine.store.Slots;
import dev.carillon.protocol.bytes.Bytes;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What the recorded cases of strings do not say: effects, deadlines to the millisecond, limits. */
class StringCommandsTest {

  private static final long NOW = EngineFixture.START_MILLIS;

  @RegisterExtension final EngineFixture engine = new EngineFixture();

  // ----------------------------------------------------------------------------------- deadlines

  @ParameterizedTest
  @CsvSource({
    "SET a v EX 10, 1700000010000",
    "SET a v PX 10, 1700000000010",
    "SET a v px 10 EXAT, ",
    "SETEX a 10 v, 1700000010000",
    "PSETEX a 10 v, 1700000000010",
    "SET a v EX 10 GET, 1700000010000",
    "SET a v EX 5 NX EX 10, 1700000010000",
    "MSETEX 1 a v EX 10, 1700000010000",
  })
  void relativeDeadlinesAreJournaledAsAbsoluteOnes(String line, String deadline) {
    engine.run(line);
    if (deadline == null) {
      assertThat(engine.effects()).isEmpty();
    } else {
      assertThat(engine.effects()).containsExactly("SET a v PXAT " + deadline);
      assertThat(entry("a").deadlineMillis()).isEqualTo(Long.parseLong(deadline));
    }
  }

  @Test
  void aDeadlineIsOverAtItsMillisecond() {
    engine.expect("SET a v PX 10", "+OK", "new a", "set a", "expire a");
    engine.advance(9);
    engine.expect("GET a", "\"v\"");
    engine.advance(1);
    engine.expect("GET a", "nil", "expired a", "keymiss a");
  }

  @Test
  void theSweepFindsTheDeadlinesOfSet() {
    engine.run("SET a v PX 10");
    engine.run("SET b v PX 5");
    engine.run("SET b v PX 20");
    engine.run("MSETEX 2 c 1 d 2 PX 10");
    engine.events();
    engine.advance(10);
    engine.sweep();
    assertThat(engine.events()).containsExactlyInAnyOrder("expired a", "expired c", "expired d");
    engine.advance(10);
    engine.sweep();
    assertThat(engine.events()).containsExactly("expired b");
  }

  @ParameterizedTest
  @CsvSource({
    "SET a v, -1",
    "SET a v KEEPTTL, 1700000100000",
    "SET a v EX 10, 1700000010000",
    "GETSET a v, -1",
    "MSET a v, -1",
    "MSETEX 1 a v KEEPTTL, 1700000100000",
    "APPEND a v, 1700000100000",
    "SETRANGE a 0 v, 1700000100000",
    "GETEX a, 1700000100000",
    "GETEX a PXAT 1700000000001, 1700000000001",
  })
  void whatBecomesOfAnEarlierDeadline(String line, long deadline) {
    engine.run("SET a 1 EX 100");
    engine.run(line);
    assertThat(entry("a").deadlineMillis()).isEqualTo(deadline);
  }

  @Test
  void theLatestDeadlineThatRedisTakesIsTaken() {
    engine.expect("SET a v EXAT 9223372036854775", "+OK", "new a", "set a", "expire a");
    assertThat(entry("a").deadlineMillis()).isEqualTo(9_223_372_036_854_775_000L);
    long farthest = Long.MAX_VALUE - NOW;
    engine.expect("SET b v PX " + farthest, "+OK", "new b", "set b", "expire b");
    assertThat(entry("b").deadlineMillis()).isEqualTo(Long.MAX_VALUE - 1);
    String refusal = "-ERR invalid expire time in 'set' command";
    engine.expect("SET c v PX " + (farthest + 1), refusal);
    engine.expect("SET c v EXAT 9223372036854776", refusal);
    engine.expect("SET c v EX 1.5", "-ERR value is not an integer or out of range");
  }

  @Test
  void getexSaysWhatItDidInAbsoluteTerms() {
    engine.run("SET a v");
    engine.effects();
    engine.run("GETEX a EX 10");
    assertThat(engine.effects()).containsExactly("PEXPIREAT a 1700000010000");
    engine.run("GETEX a PERSIST");
    assertThat(engine.effects()).containsExactly("PERSIST a");
    engine.run("GETEX a PERSIST");
    engine.run("GETEX a");
    assertThat(engine.effects()).isEmpty();
    engine.events();
    engine.expect("GETEX a PXAT " + NOW, "\"v\"", "del a");
    assertThat(engine.effects()).containsExactly("DEL a");
  }

  @Test
  void getexOfAMissingKeyDoesNotLookAtItsNumber() {
    engine.expect("GETEX a EX 0", "nil", "keymiss a");
    engine.expect("GETEX a KEEPTTL", "-ERR syntax error");
  }

  // ------------------------------------------------------------------------------------- options

  @ParameterizedTest
  @ValueSource(
      strings = {
        "SET a v EX 1 PX 1",
        "SET a v KEEPTTL EX 1",
        "SET a v EX",
        "SET a v PERSIST",
        "SET a v NX IFEQ x",
        "SET a v IFEQ x IFNE x",
        "SET a v IFEQ",
        "SET a v GETS",
        "GETEX a EX 1 PERSIST",
        "GETEX a NX",
        "MSETEX 1 a v NX XX",
        "MSETEX 1 a v IFEQ x",
        "MSETEX 1 a v PERSIST",
        "MSETEX 1 a v EX 1 PX 1",
        "MSETEX 1 a v w",
        "LCS a b MINMATCHLEN",
      })
  void optionsThatContradictEachOtherAreRefused(String line) {
    engine.run("SET a x");
    engine.events();
    assertThat(engine.say(line)).isEqualTo("-ERR syntax error");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "SET a v XX XX",
        "SET a v EX 1 EX 100",
        "SET a v KEEPTTL KEEPTTL",
        "SET a v IFEQ y" + " IFEQ x"
      })
  void theSameOptionTwiceIsNoContradiction(String line) {
    engine.run("SET a x");
    assertThat(engine.say(line)).isEqualTo("+OK");
  }

  @Test
  void comparingConditionsOfSet() {
    engine.expect("SET a v IFEQ x", "nil");
    engine.expect("SET a v IFDEQ short", "nil");
    engine.expect("SET a hello IFNE x", "+OK", "new a", "set a");
    engine.expect("SET a v IFDNE 9555e8555c62dcfd", "nil");
    engine.expect("SET a v IFDEQ 9555E8555C62DCFD GET", "\"hello\"", "set a");
    engine.expect("SET a w IFEQ x GET", "\"v\"");
    engine.expect(
        "SET a w IFDEQ 9555e8555c62dcf", "-ERR must be exactly 16 hexadecimal characters");
    engine.expect("SET b w IFDNE short GET", "nil", "keymiss b", "new b", "set b");
  }

  @Test
  void delexComparesStringsOnly() {
    engine.expect("DELEX a IFEQ", "-ERR wrong number of arguments for 'delex' command");
    engine.expect("DELEX a FOO x", ":0", "keymiss a");
    engine.run("MSET a hello b hello c x");
    engine.events();
    engine.expect("DELEX a FOO x", "-ERR Invalid condition. Use IFEQ, IFNE, IFDEQ, or IFDNE");
    engine.expect("DELEX a NX x", "-ERR Invalid condition. Use IFEQ, IFNE, IFDEQ, or IFDNE");
    engine.expect("DELEX a IFDNE 9555e8555c62dcfd", ":0");
    engine.expect("DELEX a IFDEQ 9555e8555c62dcfd", ":1", "del a");
    engine.effects();
    engine.expect("DELEX b IFNE x", ":1", "del b");
    engine.expect("DELEX c", ":1", "del c");
    assertThat(engine.effects()).containsExactly("DEL b", "DEL c");
  }

  @Test
  void setThatComparesReads() {
    engine.run("SET a 1");
    engine.run("SET a 2 IFEQ 5");
    engine.run("SET a 2 IFEQ 1 NX");
    engine.run("SET a 2 IFEQ 1 GET");
    engine.run("SET b 2 IFEQ 1");
    assertThat(engine.say("INFO stats"))
        .contains("\\r\\nkeyspace_hits:3\\r\\n", "\\r\\nkeyspace_misses:0\\r\\n");
  }

  @Test
  void digestIsSixteenDigits() {
    engine.run("SET a hello");
    engine.events();
    engine.expect("DIGEST a", "\"9555e8555c62dcfd\"");
    engine.expect("DIGEST b", "nil", "keymiss b");
  }

  @Test
  void msetexCountsItsPairs() {
    engine.expect("MSETEX x a 1", "-ERR invalid numkeys value");
    engine.expect("MSETEX 0 a 1", "-ERR invalid numkeys value");
    engine.expect("MSETEX 2147483648 a 1", "-ERR invalid numkeys value");
    engine.expect("MSETEX 2147483647 a 1", "-ERR wrong number of key-value pairs");
    engine.expect("MSETEX 2 a 1 b", "-ERR wrong number of key-value pairs");
    engine.expect("MSETEX 1 a 1 EX 0", "-ERR invalid expire time in 'msetex' command");
    engine.expect("MSETEX 2 a 1 a 2 XX", ":0");
    engine.expect(
        "MSETEX 2 a 1 a 2 EX 9 NX", ":1", "new a", "expire a", "set a", "expire a", "set a");
    engine.expect("GET a", "\"2\"");
  }

  // ------------------------------------------------------------------------------------ encoding

  @ParameterizedTest
  @CsvSource({
    "SET a 12, int",
    "SET a -9223372036854775808, int",
    "SET a 9223372036854775808, embstr",
    "SET a 012, embstr",
    "APPEND a 12, int",
    "INCR a, int",
    "INCREX a, int",
    "INCRBYFLOAT a 3, embstr",
    "SETRANGE a 0 12, raw",
    "SETBIT a 1 1, raw",
    "BITFIELD a SET u8 0 55, raw",
    "SET a 1234567890123456789012345678901234567890, embstr",
    "SET a 12345678901234567890123456789012345678901, raw",
  })
  void whatObjectEncodingSays(String line, String encoding) {
    engine.run(line);
    assertThat(entry("a").stringEncoding()).isEqualTo(encoding);
  }

  @Test
  void aKeyAndItsValueAreEmbeddedTogether() {
    engine.run("SET longer 123456789012345678901234567890123456");
    assertThat(entry("longer").stringEncoding()).isEqualTo("raw");
    engine.run("COPY longer a");
    assertThat(entry("a").stringEncoding()).isEqualTo("raw");
    engine.run("SET a 123456789012345678901234567890123456");
    assertThat(entry("a").stringEncoding()).isEqualTo("embstr");
    engine.run("RENAME a longer");
    assertThat(entry("longer").stringEncoding()).isEqualTo("raw");
    engine.run("RENAME longer a");
    assertThat(entry("a").stringEncoding()).isEqualTo("raw");
  }

  @Test
  void settingOrCountingMakesARawStringAnIntegerAgain() {
    engine.run("APPEND a 1");
    engine.run("APPEND a 2");
    assertThat(entry("a").stringEncoding()).isEqualTo("raw");
    engine.run("INCR a");
    assertThat(entry("a").stringEncoding()).isEqualTo("int");
    engine.run("APPEND a \"\"");
    assertThat(entry("a").stringEncoding()).isEqualTo("raw");
    engine.run("GETSET a 5");
    assertThat(entry("a").stringEncoding()).isEqualTo("int");
  }

  // ---------------------------------------------------------------------------------- lengths

  @Test
  void stringsGrowFromTheSlotIntoAnArrayAndBack() {
    Bytes large = Bytes.of(new byte[3 * Slots.MAX_INLINE]);
    engine.run(Bytes.of("SET"), Bytes.of("a"), large);
    assertThat(engine.say("APPEND a xyz")).isEqualTo(":" + (large.length() + 3));
    assertThat(engine.say("GETRANGE a -4 -1")).isEqualTo("\"\\x00xyz\"");
    assertThat(engine.say("SET a small GET")).endsWith("xyz\"");
    assertThat(engine.say("SETRANGE a 20000 end")).isEqualTo(":20003");
    assertThat(engine.say("GETRANGE a 0 5")).isEqualTo("\"small\\x00\"");
    engine.run("SET a \"\" PX 10");
    assertThat(engine.say("STRLEN a")).isEqualTo(":0");
    engine.run(Bytes.of("SET"), Bytes.of("b"), large, Bytes.of("PX"), Bytes.of("10"));
    assertThat(entry("b").deadlineMillis()).isEqualTo(NOW + 10);
  }

  @Test
  void noStringGrowsBeyondTheParameter() {
    engine.config(Parameters.PROTO_MAX_BULK_LEN, "1mb");
    String refusal = "-ERR string exceeds maximum allowed size (proto-max-bulk-len)";
    engine.expect("SETRANGE a 1048576 x", refusal);
    engine.expect("SETRANGE a 9223372036854775807 x", refusal);
    engine.expect("SETRANGE a 1048575 x", ":1048576", "new a", "setrange a");
    engine.expect("APPEND a x", refusal);
    engine.expect("APPEND a \"\"", ":1048576", "append a");
    engine.expect("SETBIT a 8388608 1", "-ERR bit offset is not an integer or out of range");
  }

  @Test
  void whatWasStoredUnderALargerLimitIsReplayed() {
    engine.run("SETRANGE a 2000000 x");
    engine.config(Parameters.PROTO_MAX_BULK_LEN, "1mb");
    engine.verifyReplay();
  }

  @ParameterizedTest
  @CsvSource({
    "0, -100, H",
    "-1, -100, ''",
    "-100, -99, H",
    "-100, -101, ''",
    "5, 5000, ' World'",
    "11, 20, ''",
    "-9223372036854775808, 9223372036854775807, Hello World",
  })
  void rangesAreCutOffAtTheFirstByteAndTheLast(String start, String end, String expected) {
    engine.run("SET a \"Hello World\"");
    assertThat(engine.say("GETRANGE a " + start + " " + end)).isEqualTo('"' + expected + '"');
  }

  // -------------------------------------------------------------------------------------- others

  @Test
  void watchedKeysAreTouchedByEverySetter() {
    for (String line : new String[] {"SET a 1", "APPEND a 1", "SETRANGE a 0 1", "INCR a"}) {
      engine.run("WATCH a");
      engine.run(engine.client(), line);
      engine.run("MULTI");
      assertThat(engine.say("EXEC")).as(line).isEqualTo("nil-array");
    }
  }

  @Test
  void lcsWalksBackLikeRedis() {
    engine.run("MSET a ABCBDAB b BDCABA");
    engine.events();
    engine.expect("LCS a b", "\"BDAB\"");
    engine.expect("LCS a b LEN", ":4");
    engine.expect(
        "LCS a b IDX WITHMATCHLEN",
        "[\"matches\", [[[:5, :6], [:3, :4], :2], [[:3, :4], [:0, :1], :2]], \"len\", :4]");
    engine.session().protocol(3);
    engine.expect("LCS a b IDX MINMATCHLEN 3", "{\"matches\" => [], \"len\" => :4}");
  }

  @Test
  void lcsIsRefusedWhereRedisWouldNotGiveItTheMemory() {
    engine.config(Parameters.PROTO_MAX_BULK_LEN, "1mb");
    engine.run("SETRANGE a 509 x");
    engine.run("SETRANGE b 510 x");
    assertThat(engine.say("LCS a b LEN")).isEqualTo(":510");
    engine.run("SETRANGE c 600 x");
    assertThat(engine.say("LCS b c LEN"))
        .startsWith("-ERR Insufficient memory, transient memory for LCS");
  }

  private Entry entry(String key) {
    return Objects.requireNonNull(engine.engine().keyspace().database(0).find(Bytes.of(key)));
  }
}
