package dev.carillon.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.carillon.engine.command.Host;
import dev.carillon.engine.command.family.EngineFixture;
import dev.carillon.engine.config.Configuration;
import dev.carillon.engine.config.Parameters;
import dev.carillon.engine.rdb.Crc64;
import dev.carillon.engine.session.Peer;
import dev.carillon.engine.session.Session;
import dev.carillon.protocol.bytes.Bytes;
import dev.carillon.protocol.bytes.Numerals;
import dev.carillon.protocol.resp.ProtocolError;
import dev.carillon.protocol.resp.ReplyDecoder;
import dev.carillon.protocol.resp.Request;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Pins rows of docs/compatibility.md that no other test pins. */
class KnownDifferencesTest {

  @RegisterExtension final EngineFixture engine = new EngineFixture();

  // -------------------------------------------------------------------------- not in this version

  @ParameterizedTest
  @ValueSource(strings = {"EVAL", "FCALL", "SCRIPT", "FUNCTION"})
  void whatIsNotInThisVersionIsAnUnknownCommand(String name) {
    assertThat(engine.say(name + " a")).contains("ERR unknown command '" + name + "'");
  }

  @Test
  void appendonlyNeedsADirectory() {
    assertThat(engine.say("CONFIG SET appendonly yes"))
        .endsWith("this server was given no directory to keep a journal in");
    engine.expect("CONFIG SET appendonly no", "+OK");
    assertThat(engine.say("INFO persistence")).contains("aof_enabled:0");
    engine.expect(
        "BGREWRITEAOF",
        "-ERR Can't execute an AOF background rewriting. Please check the server logs for more"
            + " information.");
  }

  @Test
  void modulesAreRefused() {
    engine.expect("MODULE LOAD /tmp/some.so", "-ERR Carillon loads no modules");
  }

  // --------------------------------------------------------------------------------------- strings

  @ParameterizedTest
  @CsvSource({
    "BITCOUNT no a b, -ERR value is not an integer or out of range",
    "BITCOUNT no 0, -ERR syntax error",
    "BITCOUNT no 0 1 FOO, -ERR syntax error",
    "BITPOS no 0 a, -ERR value is not an integer or out of range",
    "BITPOS no 1 0 1 FOO, -ERR syntax error",
  })
  void argumentsAreCheckedAlsoWhereTheKeyIsMissing(String line, String reply) {
    engine.expect(line, reply);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "SET u8 #2305843009213693952 1",
        "GET u63 #922337203685477580",
        "INCRBY i8 #9223372036854775807 1"
      })
  void anOffsetOfFieldsThatOverflowsIsRefused(String operation) {
    engine.expect("BITFIELD a " + operation, "-ERR bit offset is not an integer or out of range");
  }

  @Test
  void parametersWithoutEffectTakeValuesThatRedisRefuses() {
    engine.expect("CONFIG SET locale-collate nosuch", "+OK");
    engine.expect("CONFIG SET tls-cluster yes", "+OK");
    engine.expect("CONFIG SET tls-replication yes", "+OK");
  }

  @Test
  void aZeroByteOfASettingOrAKeyIsAByte() {
    assertThat(engine.say("CONFIG SET hll-sparse-max-bytes \"1\\x00\""))
        .startsWith("-ERR CONFIG SET failed");
    assertThat(engine.say("CONFIG SET \"hz\\x00\" 1")).contains("ERR Unknown option");
    engine.run("ACL SETUSER bob on nopass +@all");
    assertThat(engine.say("ACL DRYRUN bob GET \"a\\x00b\"")).contains("'a\\x00b' key");
    assertThat(engine.say("BITFIELD a GET \"u8\\x00\" 0")).startsWith("-ERR Invalid bitfield type");
    assertThat(engine.say("CLIENT SETNAME \"a\\x00\"")).startsWith("-ERR Client names cannot");
    assertThat(engine.say("\"GET\\x00\" a")).startsWith("-\"ERR unknown command 'GET'");
  }

  @Test
  void sortRefusesNoNumberForAnother() {
    engine.run("RPUSH l 2.5 1.5");
    engine.run("MULTI");
    engine.run("INCRBYFLOAT a 1e5000");
    engine.run("SORT l");
    assertThat(engine.say("EXEC"))
        .isEqualTo("[-\"ERR value is not a valid float\", [\"1.5\", \"2.5\"]]");
    engine.events();
  }

  @Test
  void pfmergeOfOneKeyIsAboutThatKey() {
    engine.run("ACL SETUSER bob on nopass +@all ~a");
    assertThat(engine.say("ACL DRYRUN bob PFMERGE b")).contains("access the 'b' key");
    engine.expect("COMMAND GETKEYS PFMERGE b", "[\"b\"]");
  }

  @Test
  void stringsEndBelowTwoGigabytes() {
    engine.config(Parameters.PROTO_MAX_BULK_LEN, "4gb");
    engine.expect(
        "SETRANGE a 2147483600 x", "-ERR string exceeds maximum allowed size (proto-max-bulk-len)");
  }

  @Test
  void lcsComparesAtMostTwoToTheThirtyOnePairs() {
    engine.config(Parameters.PROTO_MAX_BULK_LEN, "64gb");
    engine.run("SETRANGE a 46340 x");
    assertThat(engine.say("LCS a a LEN")).startsWith("-ERR Insufficient memory");
  }

  // ----------------------------------------------------------------------------------------- texts

  @Test
  void doublesEndAfter5119Bytes() {
    assertThat(Numerals.parseDouble(Bytes.of("0".repeat(5118) + "1"))).isEqualTo(1);
    assertThat(Numerals.parseDouble(Bytes.of("0".repeat(5119) + "1"))).isNaN();
  }

  // --------------------------------------------------------------------------------------- dumping

  @Test
  void restoreRefusesBytesBehindTheValue() {
    assertThat(restore("a", "0", "\0\1b", 10)).isEqualTo("+OK");
    assertThat(restore("b", "0", "\0\1bXYZ", 10)).isEqualTo("-ERR Bad data format");
  }

  @Test
  void restoreTakesVersionsUpToFourteenAndDumpTheLowestThatHoldsTheValue() {
    assertThat(restore("a", "0", "\0\1b", 14)).isEqualTo("+OK");
    assertThat(restore("b", "0", "\0\1b", 15))
        .isEqualTo("-ERR DUMP payload version or checksum are wrong");
    assertThat(engine.say("DUMP a")).startsWith("\"\\x00\\x01b\\n\\x00");
    engine.run("ARSET array 5 text 7");
    engine.events();
    // Kind, two elements, no cursor; 5, short text; 6, integer; version 14.
    assertThat(engine.say("DUMP array"))
        .startsWith(
            "\"\\x1c\\x02\\x00\\x05\\x03\\x04text\\x06\\x01\\x07"
                + "\\x00".repeat(7)
                + "\\x0e\\x00");
    engine.run("XADD stream IDMP producer id * f v");
    engine.events();
    assertThat(engine.say("DUMP stream")).startsWith("\"\\x1a").contains("\\r\\x00");
  }

  @Test
  void restoreTakesHashesWithDeadlinesOfValkey() {
    // One field, its value, the deadline 4102444800000, and one without a deadline.
    String fields = "\026\2\1f\1v\0\u00d8\u00c3,\u00bb\3\0\0\1g\1w" + "\u00ff".repeat(8);
    assertThat(restore("h", "0", fields, 80)).isEqualTo("+OK");
    engine.events();
    engine.expect("HPEXPIRETIME h FIELDS 2 f g", "[:4102444800000, :-1]");
    assertThat(restore("other", "0", "\0\1b", 81))
        .isEqualTo("-ERR DUMP payload version or checksum are wrong");
  }

  @Test
  void aRemainingTimeThatOverflowsIsForEver() {
    assertThat(restore("a", "9223372036854775807", "\0\1b", 10)).isEqualTo("+OK");
    engine.events();
    engine.expect("PEXPIRETIME a", ":9223372036854775806");
  }

  private String restore(String key, String ttl, String value, int version) {
    byte[] body = value.getBytes(StandardCharsets.ISO_8859_1);
    byte[] payload = new byte[body.length + 10];
    System.arraycopy(body, 0, payload, 0, body.length);
    payload[body.length] = (byte) version;
    long sum = Crc64.of(payload, 0, body.length + 2);
    for (int i = 0; i < 8; i++) {
      payload[body.length + 2 + i] = (byte) (sum >>> 8 * i);
    }
    return EngineFixture.show(
        engine.run(Bytes.of("RESTORE"), Bytes.of(key), Bytes.of(ttl), Bytes.of(payload)));
  }

  // ------------------------------------------------------------------------------------- the
  // server

  @Test
  void writesAreRefusedAboveWhatFitsIntoTheProcess() {
    Engine small =
        new Engine(new EngineOptions(new Configuration(), new Random(1), Host.NONE, 4 << 20));
    Session session = small.open(new Peer("127.0.0.1:50000", "127.0.0.1:6379", -1), 1);
    assertThat(ask(small, session, "SET", "a", "x")).isEqualTo("+OK");
    assertThat(ask(small, session, "SET", "b", "x".repeat(4 << 20)))
        .isEqualTo("-OOM command not allowed when used memory > 'maxmemory'.");
    assertThat(ask(small, session, "GET", "a")).isEqualTo("\"x\"");
  }

  private static String ask(Engine engine, Session session, String... words) {
    Bytes[] arguments = Stream.of(words).map(Bytes::of).toArray(Bytes[]::new);
    engine.execute(session, Request.of(arguments), 1);
    ReplyDecoder decoder = new ReplyDecoder();
    session.outbox().drain(Long.MAX_VALUE, Integer.MAX_VALUE, decoder::feed);
    try {
      return EngineFixture.show(Objects.requireNonNull(decoder.next()));
    } catch (ProtocolError e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void theNullOfARedirectedFlushIsInTheProtocolOfItsReceiver() {
    Session receiver = engine.client();
    engine.run(receiver, "SUBSCRIBE __redis__:invalidate");
    Session reader = engine.client();
    reader.protocol(3);
    engine.run(reader, "CLIENT TRACKING ON REDIRECT " + receiver.id());
    engine.run("FLUSHALL");
    engine.run("SET a 1");
    engine.run("FLUSHALL");
    assertThat(engine.receive(receiver).stream().map(EngineFixture::show))
        .isNotEmpty()
        .allMatch("[\"message\", \"__redis__:invalidate\", nil]"::equals);
  }

  @Test
  void whatRedisAloneHasIsZeroInInfo() {
    assertThat(engine.say("INFO all"))
        .contains("redis_version:8.8.0", "server_name:carillon", "total_forks:0");
  }

  @Test
  void clientsHaveNoBuffersOfTheirOwn() {
    assertThat(engine.say("CLIENT INFO")).contains(" qbuf-free=0 ", " rbs=0 rbp=0 obl=0 ");
  }

  @Test
  void whatIsTooLargeToStayPackedLosesItsOrder() {
    engine.config(Parameters.HASH_MAX_LISTPACK_ENTRIES, "1000000");
    engine.config(Parameters.HASH_MAX_LISTPACK_VALUE, "1000000");
    for (int i = 0; i < 8; i++) {
      engine.run("HSET h field" + i + " " + "x".repeat(100));
    }
    String fields = engine.say("HKEYS h");
    assertThat(fields).startsWith("[\"field0\", \"field1\", \"field2\"");
    engine.run("HSET h large " + "x".repeat(100_000));
    assertThat(engine.say("OBJECT ENCODING h")).isEqualTo("\"listpack\"");
    assertThat(engine.say("HKEYS h")).doesNotStartWith(fields.substring(0, fields.length() - 1));
  }

  /** Seven keys lie in two groups, whatever their hashes are. */
  @Test
  void aStepOfScanEndsWithAGroupOfKeys() {
    for (char key = 'a'; key <= 'g'; key++) {
      engine.run("SET " + key + " 1");
    }
    String second = engine.say("SCAN 0 COUNT 1").split("\"")[1];
    if (!second.equals("0")) {
      assertThat(engine.say("SCAN " + second + " COUNT 1")).startsWith("[\"0\", ");
    }
  }

  @Test
  void whoSubscribesIsNotRefusedForWantOfMemory() {
    engine.config(Parameters.MAXMEMORY, "1");
    assertThat(engine.say("SET a 1")).startsWith("-OOM ");
    assertThat(engine.say("SUBSCRIBE c")).contains("subscribe");
  }

  @Test
  void commandsAreDescribedWithoutTheirHistory() {
    assertThat(engine.say("COMMAND DOCS zadd")).doesNotContain("history");
  }
}
