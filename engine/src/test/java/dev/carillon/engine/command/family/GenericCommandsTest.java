package dev.carillon.engine.command.family;

import static org.assertj.core.api.Assertions.assertThat;

import dev.carillon.engine.config.Parameters;
import dev.carillon.engine.keyspace.Database;
import dev.carillon.protocol.bytes.Bytes;
import dev.carillon.protocol.resp.Reply;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Commands for keys of any type, told with strings. */
class GenericCommandsTest {

  @RegisterExtension final EngineFixture engine = new EngineFixture();

  @BeforeEach
  void announceReplacements() {
    engine.flags("KEAmnoc");
  }

  private void given(String... lines) {
    for (String line : lines) {
      engine.run(line);
    }
    engine.events();
    engine.effects();
  }

  private Database db(int number) {
    return engine.engine().keyspace().database(number);
  }

  // -------------------------------------------------------------------------------- being there

  @ParameterizedTest
  @ValueSource(strings = {"DEL", "UNLINK"})
  void deletingAnnouncesEachKeyThatWasThereInTheOrderOfTheArguments(String command) {
    given("MSET a 1 b 2 c 3", "SET d 4 PX 10");
    engine.advance(10);
    engine.expect(command + " c x a b a d", ":3", "del c", "del a", "del b", "expired d");
    engine.expect(command + " a", ":0");
    assertThat(engine.effects()).containsExactly("DEL d", command + " c x a b a d");
  }

  @Test
  void existsCountsAKeyAsOftenAsItIsNamed() {
    given("SET a 1");
    engine.expect("EXISTS a b a", ":2", "keymiss b");
    engine.expect("TOUCH a b a", ":2", "keymiss b");
  }

  @Test
  void touchCountsAsAUseAndLookingDoesNot() {
    given("SET a 1");
    engine.advance(5_000);
    engine.run("EXISTS a");
    engine.run("TYPE a");
    engine.expect("OBJECT IDLETIME a", ":5");
    engine.run("TOUCH a");
    engine.expect("OBJECT IDLETIME a", ":0");
  }

  @Test
  void typeNamesTheKindOfValue() {
    given("SET a 1");
    engine.expect("TYPE a", "+string");
    engine.expect("TYPE b", "+none", "keymiss b");
  }

  @Test
  void keysHidesExpiredKeysAndLeavesThem() {
    given("MSET hello 1 hallo 2 hillo 3", "SET hxllo 1 PX 10", "SET \"a\\x00b\" 1");
    engine.advance(10);
    assertThat(names("KEYS *")).containsExactly("a\0b", "hallo", "hello", "hillo");
    assertThat(names("KEYS h?llo")).containsExactly("hallo", "hello", "hillo");
    assertThat(names("KEYS h[ae]llo")).containsExactly("hallo", "hello");
    assertThat(names("KEYS hello")).containsExactly("hello");
    assertThat(names("KEYS x*")).isEmpty();
    assertThat(engine.events()).isEmpty();
    assertThat(db(0).size()).isEqualTo(5);
    engine.withoutReplay();
  }

  private Set<String> names(String line) {
    Set<String> names = new TreeSet<>();
    for (Reply name : ((Reply.Array) engine.run(line)).elements()) {
      names.add(((Reply.Bulk) name).text().toLatin1());
    }
    return names;
  }

  @Test
  void randomKeyRemovesExpiredKeysThatItMeets() {
    engine.expect("RANDOMKEY", "nil");
    given("SET a 1 PX 10", "SET b 1 PX 10");
    engine.advance(10);
    engine.run("RANDOMKEY");
    assertThat(engine.events()).containsExactlyInAnyOrder("expired a", "expired b");
    given("SET c 1");
    engine.expect("RANDOMKEY", "\"c\"");
  }

  // -------------------------------------------------------------------------- copying and moving

  @Test
  void copyTakesValueAndDeadline() {
    given("SET a 1 EX 100");
    engine.expect("COPY a b", ":1", "new b", "copy_to b");
    engine.expect("GET b", "\"1\"");
    engine.expect("TTL b", ":100");
    engine.expect("APPEND b 2", ":2", "append b");
    engine.expect("GET a", "\"1\"");
    engine.expect("COPY a b", ":0");
  }

  @Test
  void copyReplacesOnlyOnRequest() {
    given("SET a 1", "SET b 2 EX 100");
    engine.expect("COPY a b", ":0");
    engine.expect("COPY a b REPLACE", ":1", "new b", "copy_to b", "overwritten b");
    engine.expect("TTL b", ":-1");
    assertThat(engine.effects()).containsExactly("COPY a b REPLACE");
  }

  @Test
  void copyReachesOtherDatabases() {
    given("SET a 1");
    engine.expect("COPY a a DB 2", ":1", "new a @2", "copy_to a @2");
    engine.expect("COPY a a DB 2", ":0");
    engine.expect("COPY a a DB 2 replace", ":1", "new a @2", "copy_to a @2", "overwritten a @2");
    assertThat(db(2).size()).isEqualTo(1);
  }

  @Test
  void copyOverAnExpiredKeyOverwritesNothing() {
    given("SET a 1", "SET b 2 PX 10");
    engine.advance(10);
    engine.expect("COPY a b", ":1", "expired b", "new b", "copy_to b");
  }

  @ParameterizedTest
  @CsvSource({
    "COPY a a, ERR source and destination objects are the same",
    "COPY a b DB 99, ERR DB index is out of range",
    "COPY a b DB -1, ERR DB index is out of range",
    "COPY a b DB x, ERR value is not an integer or out of range",
    "COPY a b DB 3000000000, 'ERR value is out of range, value must between -2147483648 and"
        + " 2147483647'",
    "COPY a b DB, ERR syntax error",
    "COPY a b FOO, ERR syntax error",
    "MOVE a 0, ERR source and destination objects are the same",
    "MOVE a 16, ERR DB index is out of range",
    "MOVE a x, ERR value is not an integer or out of range",
    "RENAME x b, ERR no such key",
    "RENAME x x, ERR no such key",
    "RENAMENX x b, ERR no such key"
  })
  void whatCannotBeCopiedOrMovedIsRefused(String line, String error) {
    given("SET a 1");
    engine.expect(line, "-" + error);
    assertThat(engine.effects()).isEmpty();
  }

  @Test
  void copyOfAMissingKeyIsAMiss() {
    given("SET b 1");
    engine.expect("COPY a b", ":0", "keymiss a");
    engine.expect("MOVE a 1", ":0");
  }

  @Test
  void moveTakesValueAndDeadlineToAnotherDatabase() {
    given("SET a 1 PX 100");
    engine.expect("MOVE a 1", ":1", "new a @1", "move_from a", "move_to a @1");
    assertThat(db(0).size()).isZero();
    engine.advance(99);
    engine.sweep();
    assertThat(db(1).size()).isEqualTo(1);
    engine.advance(1);
    engine.sweep();
    assertThat(engine.events()).containsExactly("expired a @1");
  }

  @Test
  void moveLeavesAKeyThatTheOtherDatabaseHas() {
    given("SET a 1", "COPY a a DB 1");
    engine.expect("MOVE a 1", ":0");
    assertThat(db(0).size() + db(1).size()).isEqualTo(2);
  }

  @Test
  void moveReplacesAnExpiredKey() {
    given("SET a 1 PX 10", "COPY a a DB 1", "SET a 2");
    engine.advance(10);
    engine.expect("MOVE a 1", ":1", "expired a @1", "new a @1", "move_from a", "move_to a @1");
  }

  @Test
  void renameReplacesTheOldKeySilentlyAndSaysSoLast() {
    given("SET a 1 PX 100", "SET b 2");
    engine.expect("RENAME a b", "+OK", "new b", "rename_from a", "rename_to b", "overwritten b");
    engine.expect("GET b", "\"1\"");
    engine.expect("PTTL b", ":100");
    engine.expect("EXISTS a", ":0", "keymiss a");
    engine.advance(100);
    engine.sweep();
    assertThat(engine.events()).containsExactly("expired b");
  }

  @Test
  void renameToAFreeName() {
    given("SET a 1");
    engine.expect("RENAME a b", "+OK", "new b", "rename_from a", "rename_to b");
    engine.expect("RENAMENX b c", ":1", "new c", "rename_from b", "rename_to c");
    assertThat(engine.effects()).containsExactly("RENAME a b", "RENAMENX b c");
  }

  @Test
  void renameToItselfChangesNothing() {
    given("SET a 1 EX 100");
    engine.expect("RENAME a a", "+OK");
    engine.expect("RENAMENX a a", ":0");
    assertThat(engine.effects()).isEmpty();
  }

  @Test
  void renameNxLeavesATakenName() {
    given("SET a 1", "SET b 2");
    engine.expect("RENAMENX a b", ":0");
    engine.expect("GET b", "\"2\"");
  }

  @Test
  void renameOfAnExpiredKeyOrOverOne() {
    given("SET a 1 PX 10");
    engine.advance(10);
    engine.expect("RENAME a b", "-ERR no such key", "expired a");
    given("SET a 1", "SET b 1 PX 10");
    engine.advance(10);
    engine.expect("RENAMENX a b", ":1", "expired b", "new b", "rename_from a", "rename_to b");
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 100, 8 << 10, (8 << 10) + 1, 3 << 20})
  void valuesOfAnySizeAreMovedAndCopied(int size) {
    byte[] value = new byte[size];
    Arrays.fill(value, (byte) 'x');
    engine.run(Bytes.of("SET"), Bytes.of("a"), Bytes.of(value));
    long before = engine.engine().keyspace().usedBytes();
    engine.run("RENAME a bb");
    engine.run("MOVE bb 1");
    assertThat(engine.engine().keyspace().usedBytes() - before).isBetween(-64L, 64L);
    assertThat(db(0).usedBytes()).isLessThan(1024);
    engine.run("SELECT 1");
    engine.run("COPY bb c");
    engine.run("DEL bb");
    assertThat(engine.run("GET c")).isEqualTo(new Reply.Bulk(Bytes.of(value)));
    engine.run("DEL c");
    assertThat(engine.engine().keyspace().usedBytes()).isLessThan(2048);
  }

  @Test
  void watchersOfBothNamesAreTouched() {
    given("SET a 1", "SET b 2");
    var other = engine.client();
    engine.run(other, "WATCH b");
    engine.run(other, "MULTI");
    engine.run("RENAME a b");
    assertThat(EngineFixture.show(engine.run(other, "EXEC"))).isEqualTo("nil-array");
  }

  // ------------------------------------------------------------------------------------- OBJECT

  @Test
  void objectLooksWithoutAMiss() {
    engine.expect("OBJECT ENCODING a", "nil");
    engine.expect("OBJECT FREQ a", "nil");
    given("SET a 12345");
    engine.expect("OBJECT ENCODING a", "\"int\"");
    engine.expect("OBJECT REFCOUNT a", ":1");
    given("SET a hello PX 10");
    engine.expect("OBJECT ENCODING a", "\"embstr\"");
    engine.advance(10);
    engine.expect("OBJECT ENCODING a", "nil", "expired a");
    engine.expect("OBJECT FOO a", "-ERR unknown subcommand 'FOO'. Try OBJECT HELP.");
    assertThat(engine.say("INFO stats"))
        .contains("\\r\\nkeyspace_hits:3\\r\\n", "\\r\\nkeyspace_misses:3\\r\\n");
  }

  @Test
  void whatThePolicyDoesNotTrackCannotBeAskedFor() {
    given("SET a 1");
    assertThat(engine.say("OBJECT FREQ a")).startsWith("-ERR An LFU maxmemory policy is not");
    engine.config(Parameters.MAXMEMORY_POLICY, "allkeys-lfu");
    given("SET b 1");
    engine.expect("OBJECT FREQ b", ":5");
    assertThat(engine.say("OBJECT IDLETIME a")).startsWith("-ERR An LFU maxmemory policy is sel");
  }

  // -------------------------------------------------------------------------- DUMP and RESTORE

  private Bytes dump(String key) {
    return ((Reply.Bulk) engine.run("DUMP " + key)).text();
  }

  private String restore(String key, String ttl, Bytes payload, String... options) {
    Bytes[] words = new Bytes[4 + options.length];
    words[0] = Bytes.of("RESTORE");
    words[1] = Bytes.of(key);
    words[2] = Bytes.of(ttl);
    words[3] = payload;
    for (int i = 0; i < options.length; i++) {
      words[4 + i] = Bytes.of(options[i]);
    }
    return EngineFixture.show(engine.run(words));
  }

  @Test
  void restoreMakesAKeyOfWhatDumpAnswered() {
    given("SET a hello EX 100");
    assertThat(restore("b", "0", dump("a"))).isEqualTo("+OK");
    assertThat(engine.events()).containsExactly("new b", "restore b");
    engine.expect("GET b", "\"hello\"");
    engine.expect("TTL b", ":-1");
    engine.expect("DUMP x", "nil", "keymiss x");
  }

  /** Observed on redis-server 7.0.15. */
  @Test
  void restoreReplacesWithoutAskingWhetherTheOldKeyIsOver() {
    given("SET a hello", "SET b x PX 10");
    engine.advance(10);
    Bytes payload = dump("a");
    assertThat(restore("b", "0", Bytes.of("no payload"), "REPLACE"))
        .isEqualTo("-ERR DUMP payload version or checksum are wrong");
    assertThat(engine.events()).isEmpty();
    assertThat(restore("b", "0", payload, "REPLACE")).isEqualTo("+OK");
    assertThat(engine.events()).containsExactly("new b", "restore b");
    given("SET b x PX 10");
    engine.advance(10);
    assertThat(restore("b", "0", payload)).isEqualTo("+OK");
    assertThat(engine.events()).containsExactly("expired b", "new b", "restore b");
  }

  @Test
  void restoreRecordsTheDeadlineAsATime() {
    given("SET a 7");
    Bytes payload = dump("a");
    assertThat(restore("b", "5000", payload)).isEqualTo("+OK");
    assertThat(engine.events()).containsExactly("new b", "restore b");
    engine.expect("PTTL b", ":5000");
    assertThat(engine.effects().getFirst())
        .startsWith("RESTORE b " + (EngineFixture.START_MILLIS + 5000))
        .endsWith(" ABSTTL");
    assertThat(restore("c", "" + (engine.nowMillis() + 70), payload, "absttl")).isEqualTo("+OK");
    engine.expect("PTTL c", ":70", "new c", "restore c");
    assertThat(restore("d", "9223372036854775807", payload)).isEqualTo("+OK");
    engine.expect("PEXPIRETIME d", ":9223372036854775806", "new d", "restore d");
  }

  @Test
  void restoreReplacesOnRequest() {
    given("SET a 7", "SET b x EX 100");
    Bytes payload = dump("a");
    assertThat(restore("b", "0", payload)).isEqualTo("-BUSYKEY Target key name already exists.");
    assertThat(restore("b", "0", payload, "REPLACE")).isEqualTo("+OK");
    assertThat(engine.events()).containsExactly("new b", "restore b", "overwritten b");
    engine.expect("TTL b", ":-1");
  }

  @Test
  void restoreOfWhatIsOverDeletesWhatItReplaces() {
    given("SET a 7", "SET b x");
    Bytes payload = dump("a");
    assertThat(restore("b", "1000", payload, "ABSTTL", "REPLACE")).isEqualTo("+OK");
    assertThat(engine.events()).containsExactly("del b");
    assertThat(restore("c", "1000", payload, "ABSTTL")).isEqualTo("+OK");
    assertThat(engine.say("INFO stats")).contains("\\r\\nexpired_keys:2\\r\\n");
    assertThat(engine.events()).isEmpty();
    assertThat(engine.effects()).containsExactly("DEL b");
    // Observed on 8.6.3: a key that was over before it came has expired.
    assertThat(engine.say("INFO stats")).contains("expired_keys:2", "expired_keys_active:0");
  }

  private static Bytes latin1(String text) {
    return Bytes.of(text.getBytes(StandardCharsets.ISO_8859_1));
  }

  /** Observed on 8.6.3. */
  @Test
  void aPayloadWhoseChecksumIsZeroWasNotSummedUp() {
    Bytes payload = latin1("\0\1a\12\0" + "\0".repeat(8));
    assertThat(restore("b", "0", payload)).isEqualTo("+OK");
    engine.expect("GET b", "\"a\"", "new b", "restore b");
    Bytes tooLong = latin1("\0\u0081" + "\u00ff".repeat(8) + "\12\0" + "\0".repeat(8));
    assertThat(restore("c", "0", tooLong)).isEqualTo("-ERR Bad data format");
    Bytes wrongSum = latin1("\0\1a\12\0" + "x".repeat(8));
    assertThat(restore("c", "0", wrongSum))
        .isEqualTo("-ERR DUMP payload version or checksum are wrong");
    engine.engine().keyspace().sumUpDumps(false);
    assertThat(restore("d", "0", wrongSum)).isEqualTo("+OK");
    engine.engine().keyspace().sumUpDumps(true);
    Bytes emptyNode = latin1("\22\1\1\0\12\0" + "\0".repeat(8));
    assertThat(restore("c", "0", emptyNode)).isEqualTo("-ERR Bad data format");
  }

  @Test
  void restoreRefusesInTheOrderOfRedis() {
    given("SET a 7");
    Bytes payload = dump("a");
    Bytes broken = Bytes.of("x");
    assertThat(restore("a", "x", broken)).startsWith("-BUSYKEY");
    assertThat(restore("b", "x", broken)).isEqualTo("-ERR value is not an integer or out of range");
    assertThat(restore("b", "-1", broken)).isEqualTo("-ERR Invalid TTL value, must be >= 0");
    assertThat(restore("b", "0", broken))
        .isEqualTo("-ERR DUMP payload version or checksum are wrong");
    assertThat(restore("b", "0", payload, "FREQ", "256"))
        .isEqualTo("-ERR Invalid FREQ value, must be >= 0 and <= 255");
    assertThat(restore("b", "0", payload, "IDLETIME", "-1"))
        .isEqualTo("-ERR Invalid IDLETIME value, must be >= 0");
    assertThat(restore("b", "0", payload, "FREQ", "1", "IDLETIME", "1"))
        .isEqualTo("-ERR syntax error");
    assertThat(restore("b", "0", payload, "FREQ")).isEqualTo("-ERR syntax error");
    assertThat(engine.effects()).isEmpty();
  }

  @Test
  void restoreMakesAKeyLookUnused() {
    given("SET a 7");
    restore("b", "0", dump("a"), "IDLETIME", "30");
    engine.expect("OBJECT IDLETIME b", ":30", "new b", "restore b");
    engine.config(Parameters.MAXMEMORY_POLICY, "allkeys-lfu");
    restore("c", "0", dump("a"), "FREQ", "77");
    engine.expect("OBJECT FREQ c", ":77", "new c", "restore c");
  }

  // ------------------------------------------------------------------------------------- waiting

  @Test
  void nobodyWaitsForReplicasThatAreNotThere() {
    engine.expect("WAIT 2 1000", ":0");
    engine.expect("WAIT x 0", "-ERR value is not an integer or out of range");
    engine.expect("WAIT 0 x", "-ERR timeout is not an integer or out of range");
    engine.expect("WAIT 0 -1", "-ERR timeout is negative");
    engine.config(Parameters.APPENDONLY, "no");
    engine.expect("WAITAOF 0 1 1000", "[:0, :0]");
    engine.expect(
        "WAITAOF 1 0 0",
        "-ERR WAITAOF cannot be used when numlocal is set but appendonly is disabled.");
    engine.expect("WAITAOF 2 0 0", "-ERR value is out of range, value must between 0 and 1");
    engine.expect("WAITAOF 0 -1 0", "-ERR value is out of range, must be positive");
  }
}
