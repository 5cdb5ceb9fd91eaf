package dev.carillon.engine.command.family;

import static org.assertj.core.api.Assertions.assertThat;

import dev.carillon.engine.Engine;
import dev.carillon.engine.EngineOptions;
import dev.carillon.engine.command.Host;
import dev.carillon.engine.config.Access;
import dev.carillon.engine.config.Configuration;
import dev.carillon.engine.config.Parameters;
import dev.carillon.engine.session.Peer;
import dev.carillon.engine.session.Session;
import dev.carillon.protocol.bytes.Bytes;
import dev.carillon.protocol.resp.Request;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DebugCommandsTest {

  @RegisterExtension final EngineFixture engine = new EngineFixture();

  @BeforeEach
  void allowDebug() {
    engine.engine().config().put(Parameters.ENABLE_DEBUG_COMMAND, Access.LOCAL);
  }

  /** Observed on redis-server 7.0.15 in both protocols. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "string   | \"Hello World\"     | \"Hello World\"",
        "integer  | :12345              | :12345",
        "double   | \"3.141\"           | ,3.141",
        "null     | nil                 | null",
        "array    | [:0, :1, :2]        | [:0, :1, :2]",
        "set      | [:0, :1, :2]        | ~[:0, :1, :2]",
        "map      | [:0, :0, :1, :1, :2, :0] | {:0 => #f, :1 => #t, :2 => #f}",
        "verbatim | \"This is a verbatim\\nstring\" | =\"txt:This is a verbatim\\nstring\"",
        "true     | :1                  | #t",
        "false    | :0                  | #f",
        "bignum   | \"1234567999999999999999999999999999999\""
            + " | (1234567999999999999999999999999999999",
      })
  void protocolShowsEachKindOfReply(String type, String resp2, String resp3) {
    engine.expect("DEBUG PROTOCOL " + type, resp2);
    engine.run("HELLO 3");
    engine.expect("DEBUG PROTOCOL " + type, resp3);
  }

  @Test
  void withoutLeaveItIsRefused() {
    engine.engine().config().put(Parameters.ENABLE_DEBUG_COMMAND, Access.NO);
    assertThat(engine.say("DEBUG SLEEP 0")).startsWith("-ERR DEBUG command not allowed.");
  }

  @Test
  void withoutActiveExpiryKeysGoWhenTheyAreTouched() {
    engine.run("SET a 1 PX 10");
    engine.events();
    engine.expect("DEBUG SET-ACTIVE-EXPIRE 0", "+OK");
    engine.advance(10);
    engine.sweep();
    engine.expect("DBSIZE", ":1");
    engine.expect("GET a", "nil", "expired a", "keymiss a");
    engine.expect("DEBUG SET-ACTIVE-EXPIRE 1", "+OK");
  }

  /** Observed in the tests of 8.6.3. */
  @Test
  void whatIsOverCanBeShown() {
    engine.run("DEBUG SET-ACTIVE-EXPIRE 0");
    engine.run("SET a 1 PX 10");
    engine.run("HSET h f v g w");
    engine.run("HPEXPIRE h 10 FIELDS 1 f");
    engine.events();
    engine.advance(10);
    engine.expect("DEBUG SET-ALLOW-ACCESS-EXPIRED 1", "+OK");
    engine.expect("KEYS a", "[\"a\"]");
    engine.expect("GET a", "\"1\"");
    engine.expect("HGET h f", "\"v\"");
    engine.expect("HGETALL h", "[\"f\", \"v\", \"g\", \"w\"]");
    engine.expect("DEBUG SET-ALLOW-ACCESS-EXPIRED 0", "+OK");
    engine.expect("HGET h f", "nil", "hexpired h");
    engine.expect("KEYS a", "[]");
    engine.expect("GET a", "nil", "expired a", "keymiss a");
  }

  /** Observed in the tests of October 2024: what is over by then is not taken any more. */
  @ParameterizedTest
  @CsvSource({"100, false", "300, true"})
  void whoIsServedBehindASleepSeesTheTimeThatPassed(int ttlMillis, boolean served) {
    Configuration config = new Configuration();
    config.put(Parameters.ENABLE_DEBUG_COMMAND, Access.LOCAL);
    Engine sleepy = new Engine(new EngineOptions(config, new Random(7), SLEEPING, Long.MAX_VALUE));
    Peer peer = new Peer("127.0.0.1:50000", "127.0.0.1:6379", -1);
    Session waiting = sleepy.open(peer, 1_000_000);
    Session pushing = sleepy.open(peer, 1_000_000);
    sleepy.execute(waiting, request("BLPOP list 10"), 1_000_000);
    List.of(
            "DEBUG SET-ACTIVE-EXPIRE 0",
            "MULTI",
            "RPUSH list a",
            "PEXPIRE list " + ttlMillis,
            "DEBUG SLEEP 0.2",
            "EXEC")
        .forEach(line -> sleepy.execute(pushing, request(line), 1_000_000));
    assertThat(waiting.blocked() == null).isEqualTo(served);
  }

  private static Request request(String line) {
    return Request.of(Arrays.stream(line.split(" ")).map(Bytes::of).toArray(Bytes[]::new));
  }

  /** A process whose clock goes on while it sleeps. */
  private static final Host SLEEPING =
      new Host() {
        @Override
        public Map<String, String> facts() {
          return Map.of();
        }

        @Override
        public void shutdown() {}

        @Override
        public String rewriteConfig() {
          return "";
        }

        @Override
        public long sleep(long micros) {
          return micros / 1000;
        }
      };

  @Test
  void digestsTellValuesApart() {
    engine.expect("DEBUG DIGEST", "+" + "0".repeat(40));
    engine.run("MSET a 1 b 1 c 2");
    String values = engine.say("DEBUG DIGEST-VALUE a b c nosuch");
    String[] digests = values.substring(1, values.length() - 1).split(", ");
    assertThat(digests[0]).isEqualTo(digests[1]).isNotEqualTo(digests[2]);
    assertThat(digests[3]).isEqualTo("+" + "0".repeat(40));
    engine.events();
  }

  @Test
  void populateMakesWhatIsNotThereAndIsRepeatedAsSets() {
    engine.run("SET k:1 mine");
    engine.events();
    engine.effects();
    engine.expect("DEBUG POPULATE 3 k 4", "+OK", "new k:0", "new k:2");
    engine.expect("MGET k:0 k:1 k:2", "[\"valu\", \"mine\", \"valu\"]");
    assertThat(engine.effects()).containsExactly("SET k:0 valu", "SET k:2 valu");
  }

  @Test
  void objectDescribesAValue() {
    engine.run("SET a 1");
    engine.events();
    assertThat(engine.say("DEBUG OBJECT a").replace("\"", ""))
        .matches("\\+Value at:0x0 refcount:1 encoding:int serializedlength:\\d+ lru:\\d+ .*");
    engine.run("SADD s 1 2 3");
    engine.events();
    assertThat(engine.say("DEBUG OBJECT s")).contains(" encoding:intset serializedlength:15 ");
    engine.expect("DEBUG OBJECT nosuch", "-ERR no such key");
    engine.expect(
        "DEBUG OBJECT s FAST",
        "-ERR unknown subcommand or wrong number of arguments for 'OBJECT'. Try DEBUG HELP.");
  }

  @Test
  void structuresAreNamedButNotPrinted() {
    engine.run("SADD s a");
    engine.run("RPUSH l a");
    engine.events();
    engine.expect("DEBUG LISTPACK s", "+\"Listpack structure printed on stdout\"");
    engine.expect("DEBUG QUICKLIST s", "-ERR Not a quicklist encoded object.");
    engine.expect("DEBUG LISTPACK none", "-ERR no such key");
    engine.run("SADD s " + "x".repeat(65));
    engine.events();
    engine.expect("DEBUG LISTPACK s", "-ERR Not a listpack encoded object.");
  }

  @Test
  void whatCannotBeDoneHereIsRefused() {
    engine.expect("DEBUG RELOAD", "-ERR DEBUG RELOAD is not supported by Carillon");
    engine.expect(
        "DEBUG SEGFAULT",
        "-ERR unknown subcommand or wrong number of arguments for 'SEGFAULT'. Try DEBUG HELP.");
    engine.expect(
        "DEBUG " + "n".repeat(200),
        "-ERR unknown subcommand or wrong number of arguments for '"
            + "n".repeat(128)
            + "'. Try DEBUG HELP.");
    engine.expect("DEBUG ERROR 'OOPS I did it'", "-OOPS I did it");
    engine.expect("DEBUG ERROR \"a\\r\\n\"", "-\"a  \"");
    assertThat(engine.say("INFO commandstats")).containsPattern("debug:calls=5,.*failed_calls=3");
    engine.expect("DEBUG STRINGMATCH-LEN 20 a*b", ":0");
    engine.expect("DEBUG QUICKLIST-PACKED-THRESHOLD 100b", "+OK");
  }
}
