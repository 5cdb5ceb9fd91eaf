package dev.carillon.engine.command.family;

import static org.assertj.core.api.Assertions.assertThat;

import dev.carillon.engine.config.Parameters;
import dev.carillon.engine.keyspace.Database;
import dev.carillon.engine.session.Session;
import dev.carillon.protocol.bytes.Bytes;
import dev.carillon.protocol.resp.Reply;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Hashes: what the tables of cases cannot say. */
class HashCommandsTest {

  private static final long START = EngineFixture.START_MILLIS;

  @RegisterExtension final EngineFixture engine = new EngineFixture();

  private void fill(String key, int fields) {
    List<Bytes> words = new ArrayList<>(List.of(Bytes.of("HSET"), Bytes.of(key)));
    for (int i = 0; i < fields; i++) {
      words.add(Bytes.of("f" + i));
      words.add(Bytes.of("v" + i));
    }
    engine.run(words.toArray(Bytes[]::new));
    engine.events();
  }

  private List<String> texts(String line) {
    Reply.Array array = (Reply.Array) engine.run(line);
    return array.elements().stream().map(each -> ((Reply.Bulk) each).text().toLatin1()).toList();
  }

  // ------------------------------------------------------------------------------------- walking

  @ParameterizedTest
  @ValueSource(ints = {1, 7, 100, 511, 513, 3000})
  void scansMeetEveryFieldOnceWhileOthersComeAndGo(int fields) {
    fill("h", fields);
    Map<String, Integer> met = new HashMap<>();
    String cursor = "0";
    int step = 0;
    do {
      Reply.Array answer = (Reply.Array) engine.run("HSCAN h " + cursor + " COUNT 7 NOVALUES");
      cursor = ((Reply.Bulk) answer.elements().get(0)).text().toLatin1();
      for (Reply field : ((Reply.Array) answer.elements().get(1)).elements()) {
        met.merge(((Reply.Bulk) field).text().toLatin1(), 1, Integer::sum);
      }
      engine.run("HSET h new" + step + " 1");
      engine.run("HDEL h new" + (step - 3));
      step++;
    } while (!cursor.equals("0"));
    for (int i = 0; i < fields; i++) {
      assertThat(met).containsEntry("f" + i, 1);
    }
  }

  @ParameterizedTest
  @CsvSource({"10, 3", "10, 9", "600, 5", "600, 250", "600, 599", "5000, 100"})
  void randomFieldsAreDifferentAndAllHaveAChance(int fields, int count) {
    fill("h", fields);
    Set<String> seen = new HashSet<>();
    for (int i = 0; i < 12 * fields / count + 20; i++) {
      List<String> drawn = texts("HRANDFIELD h " + count);
      assertThat(new HashSet<>(drawn)).hasSize(count);
      seen.addAll(drawn);
    }
    assertThat(seen).hasSizeGreaterThan(fields * 95 / 100);
    List<String> pairs = texts("HRANDFIELD h " + count + " WITHVALUES");
    for (int i = 0; i < pairs.size(); i += 2) {
      assertThat(pairs.get(i + 1)).isEqualTo("v" + pairs.get(i).substring(1));
    }
    assertThat(texts("HRANDFIELD h -" + 3 * fields)).hasSize(3 * fields);
  }

  @ParameterizedTest
  @ValueSource(ints = {20, 2000})
  void randomFieldsAreNeverOver(int fields) {
    fill("h", fields);
    engine.engine().keyspace().sweeping(false);
    for (int i = 0; i < fields - 2; i++) {
      engine.run("HPEXPIRE h 10 FIELDS 1 f" + i);
    }
    engine.advance(10);
    String a = "f" + (fields - 2);
    String b = "f" + (fields - 1);
    assertThat(texts("HRANDFIELD h 1")).isSubsetOf(a, b);
    assertThat(texts("HRANDFIELD h 50")).containsExactlyInAnyOrder(a, b);
    assertThat(texts("HRANDFIELD h -50")).containsOnly(a, b).hasSize(50);
    engine.run("HDEL h " + a + " " + b);
    assertThat(engine.say("HRANDFIELD h")).isEqualTo("nil");
    // Each draw removed as many as a slice of the sweep would.
    assertThat(engine.say("HLEN h")).isEqualTo(":" + Math.max(0, fields - 2 - 4 * 128));
  }

  /** Observed in October 2024. */
  @Test
  void aDrawRemovesFieldsThatAreOver() {
    engine.engine().keyspace().sweeping(false);
    engine.run("HSET h f1 v1 f2 v2 f3 v3");
    engine.run("HPEXPIRE h 10 FIELDS 2 f1 f2");
    engine.advance(10);
    engine.events();
    engine.expect("HRANDFIELD h 5", "[\"f3\"]", "hexpired h");
    assertThat(engine.say("INFO stats")).contains("expired_subkeys:2", "expired_subkeys_active:0");
    engine.expect("HLEN h", ":1");
    engine.run("HPEXPIRE h 10 FIELDS 1 f3");
    engine.advance(10);
    engine.events();
    engine.expect("HRANDFIELD h", "nil", "hexpired h", "del h");
    engine.expect("EXISTS h", ":0", "keymiss h");
  }

  @Test
  void aDrawWithRepetitionIsBounded() {
    engine.run("HSET h a 1");
    assertThat(engine.say("HRANDFIELD h -67108865")).isEqualTo("-ERR value is out of range");
    assertThat(engine.say("HRANDFIELD h -9223372036854775807"))
        .isEqualTo("-ERR value is out of range");
    assertThat(texts("HRANDFIELD h -1000")).hasSize(1000);
  }

  @Test
  void aDeadlineThatIsNotSetLeavesTheEncodingAlone() {
    engine.run("HSET h a 1");
    engine.run("HEXPIRE h 100 XX FIELDS 2 a x");
    assertThat(engine.say("OBJECT ENCODING h")).isEqualTo("\"listpack\"");
  }

  // ------------------------------------------------------------------------------------- effects

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "HSET h a 5 d 6           | HSET h a 5 d 6",
        "HSETNX h d 6             | HSETNX h d 6",
        "HINCRBY h a 6            | HINCRBY h a 6",
        "HINCRBYFLOAT h a 6       | HSET h a 7",
        "HINCRBYFLOAT h b 6       | HSETEX h KEEPTTL FIELDS 1 b 8",
        "HDEL h a x               | HDEL h a x",
        "HEXPIRE h 5 FIELDS 2 a x | HPEXPIREAT h 1700000005000 FIELDS 1 a",
        "HPEXPIRE h 5 NX FIELDS 2 a b | HPEXPIREAT h 1700000000005 FIELDS 1 a",
        "HEXPIREAT h 5 FIELDS 2 a x | HDEL h a",
        "HPERSIST h FIELDS 2 a b  | HPERSIST h FIELDS 1 b",
        "HGETDEL h FIELDS 2 a x   | HDEL h a",
        "HGETEX h EX 5 FIELDS 2 a x | HPEXPIREAT h 1700000005000 FIELDS 1 a",
        "HGETEX h EX 0 FIELDS 2 a x | HDEL h a",
        "HGETEX h PERSIST FIELDS 2 a b | HPERSIST h FIELDS 1 b",
        "HSETEX h FIELDS 1 a 5    | HSETEX h FIELDS 1 a 5",
        "HSETEX h FXX PX 5 FIELDS 1 a 5 | HSETEX h PXAT 1700000000005 FIELDS 1 a 5",
        "HSETEX h EX 0 FIELDS 2 a 5 d 6 | HDEL h a d"
      })
  void effectsSayWhatReallyHappened(String line, String effect) {
    engine.run("HSET h a 1 b 2 c 3");
    engine.run("HEXPIRE h 100 FIELDS 1 b");
    engine.effects();
    engine.run(line.strip());
    assertThat(engine.effects()).containsExactly(effect);
  }

  @Test
  void aHashThatWasImportedIsReplayedWithoutTheFieldset() {
    engine.run("HSET h old x");
    engine.run("HIMPORT PREPARE p a b");
    engine.effects();
    engine.run("HIMPORT SET h p 1 2");
    assertThat(engine.effects()).containsExactly("DEL h", "HSET h a 1 b 2");
  }

  @Test
  void fieldsThatExpireAreDeletedByAReplay() {
    engine.run("HSET h a 1 b 2 c 3");
    engine.run("HPEXPIRE h 10 FIELDS 2 b a");
    engine.effects();
    engine.advance(10);
    engine.run("HMGET h c a");
    assertThat(engine.effects()).containsExactly("HDEL h a");
    engine.sweep();
    assertThat(engine.effects()).containsExactly("HDEL h b");
  }

  @Test
  void whatIsOverNowIsAliveInAReplayUntilItIsDeleted() {
    engine.engine().keyspace().sweeping(false);
    engine.run("HSET h a 1 b 2 c 3 d 4");
    engine.run("HPEXPIRE h 10 FIELDS 4 a b c d");
    engine.events();
    engine.advance(10);
    engine.expect("HPERSIST h FIELDS 1 a", "[:-2]");
    engine.expect("HINCRBY h a 1", ":1", "hexpired h", "hincrby h");
    engine.expect("HSETNX h b 7", ":1", "hexpired h", "hset h");
    engine.expect("HSETEX h KEEPTTL FIELDS 1 c 8", ":1", "hexpired h", "hset h");
    engine.expect("HSET h d 9", ":0", "hset h");
    engine.expect("HPTTL h FIELDS 4 a b c d", "[:-1, :-1, :-1, :-1]");
  }

  // ------------------------------------------------------------------------------------- deadlines

  @Test
  void theEngineWakesForTheEarliestField() {
    engine.run("HSET h a 1 b 2");
    engine.run("HPEXPIREAT h " + (START + 5_000) + " FIELDS 1 a");
    engine.run("HPEXPIREAT h " + (START + 3_000) + " FIELDS 1 b");
    engine.run("SET k x PXAT " + (START + 4_000));
    assertThat(engine.engine().nextDeadlineMillis()).isEqualTo(START + 3_000);
    engine.run("HDEL h b");
    assertThat(engine.engine().nextDeadlineMillis()).isEqualTo(START + 4_000);
    engine.run("DEL k");
    assertThat(engine.engine().nextDeadlineMillis()).isEqualTo(START + 5_000);
    engine.run("HPERSIST h FIELDS 1 a");
    assertThat(engine.engine().nextDeadlineMillis()).isEqualTo(Long.MAX_VALUE);
  }

  @Test
  void theLatenessOfFieldsIsToldLikeThatOfKeys() {
    List<Long> deadlines = new ArrayList<>();
    engine.engine().keyspace().sweptDeadlines(deadlines::add);
    engine.run("HSET h a 1 b 2 c 3");
    engine.run("HPEXPIREAT h " + (START + 7) + " FIELDS 1 b");
    engine.run("HPEXPIREAT h " + (START + 5) + " FIELDS 1 a");
    engine.advance(20);
    engine.sweep();
    assertThat(deadlines).containsExactly(START + 5, START + 7);
  }

  @Test
  void hashesWithDeadlinesAndTheirExpiredFieldsAreCounted() {
    engine.run("HSET h a 1 b 2");
    engine.run("HSET i a 1");
    engine.run("HPEXPIRE h 10 FIELDS 2 a b");
    Database database = engine.engine().keyspace().database(0);
    assertThat(database.hashesWithDeadlines()).isEqualTo(1);
    assertThat(engine.say("INFO keyspace")).contains("subexpiry=1");
    engine.advance(10);
    engine.sweep();
    assertThat(database.hashesWithDeadlines()).isZero();
    assertThat(engine.say("INFO stats"))
        .contains("expired_subkeys:2", "expired_subkeys_active:2", "expired_keys:0");
    engine.run("CONFIG RESETSTAT");
    assertThat(engine.say("INFO stats")).contains("expired_subkeys:0", "expired_subkeys_active:0");
  }

  @Test
  void theLastFieldThatIsMetIsAnnouncedWithItsKey() {
    engine.engine().keyspace().sweeping(false);
    engine.run("HSET h a 1");
    engine.run("HPEXPIRE h 10 FIELDS 1 a");
    engine.events();
    engine.advance(10);
    engine.expect("HGET h a", "nil", "hexpired h", "del h");
  }

  @Test
  void aKeyThatIsOverTakesItsFieldsAlong() {
    engine.run("HSET h a 1 b 2");
    engine.run("HPEXPIRE h 20 FIELDS 1 a");
    engine.run("PEXPIRE h 10");
    engine.events();
    engine.advance(10);
    engine.sweep();
    assertThat(engine.events()).containsExactly("expired h");
    engine.advance(10);
    engine.sweep();
    assertThat(engine.events()).isEmpty();
    assertThat(engine.engine().nextDeadlineMillis()).isEqualTo(Long.MAX_VALUE);
  }

  @Test
  void evictionTakesTheTimerAlong() {
    fill("h", 10);
    engine.run("HEXPIRE h 100 FIELDS 1 f0");
    engine.run("CONFIG SET maxmemory-policy allkeys-random");
    engine.run("CONFIG SET maxmemory 1");
    engine.run("PING");
    engine.engine().maintain(engine.nowMillis());
    assertThat(engine.say("DBSIZE")).isEqualTo(":0");
    assertThat(engine.engine().nextDeadlineMillis()).isEqualTo(Long.MAX_VALUE);
  }

  @Test
  void whileRemovalsAreHeldFieldsAreMissingAndStay() {
    engine.run("HSET h a 1 b 2 c 3");
    engine.run("HPEXPIRE h 10 FIELDS 2 a b");
    engine.run("CLIENT PAUSE 1000 WRITE");
    engine.events();
    engine.advance(10);
    engine.sweep();
    engine.expect("HMGET h a b c", "[nil, nil, \"3\"]");
    engine.expect("HGETALL h", "[\"c\", \"3\"]");
    engine.expect("HLEN h", ":3");
    assertThat(engine.engine().nextDeadlineMillis()).isEqualTo(START + 1000);
    // Only what is written to has to go: a transaction may write in the pause that it began.
    engine.expect("HINCRBY h a 5", ":5", "hexpired h", "hincrby h");
    engine.expect("HGETDEL h FIELDS 2 b c", "[nil, \"3\"]", "hdel h");
    engine.expect("HLEN h", ":2");
    engine.advance(1000);
    engine.sweep();
    assertThat(engine.events()).containsExactly("hexpired h");
  }

  @Test
  void aHashThatIsReplacedForgetsItsDeadlines() {
    engine.run("HSET h a 1");
    engine.run("HPEXPIRE h 10 FIELDS 1 a");
    engine.run("HSET i b 2");
    engine.run("RENAME i h");
    engine.run("HSET j a 1");
    engine.run("HPEXPIRE j 10 FIELDS 1 a");
    engine.run("COPY h j REPLACE");
    assertThat(engine.engine().nextDeadlineMillis()).isEqualTo(Long.MAX_VALUE);
    engine.advance(20);
    engine.sweep();
    assertThat(engine.say("HGETALL j")).isEqualTo("[\"b\", \"2\"]");
  }

  @Test
  void aTrackingClientIsToldOfFieldsThatExpire() {
    engine.engine().keyspace().sweeping(false);
    Session reader = engine.client();
    engine.run(reader, "HELLO 3");
    engine.run(reader, "CLIENT TRACKING ON NOLOOP");
    engine.run("HSET h a 1 b 2");
    engine.run("HPEXPIRE h 10 FIELDS 1 a");
    engine.run(reader, "HGET h b");
    engine.advance(10);
    engine.run("HGET h a");
    assertThat(engine.receive(reader).stream().map(EngineFixture::show))
        .containsExactly(">[\"invalidate\", [\"h\"]]");
  }

  // ------------------------------------------------------------------------------------- sizes

  @Test
  void valuesOfAnySizeComeBack() {
    String large = "x".repeat(100_000);
    engine.run("HSET h a 1 b " + large + " " + large + " 2");
    assertThat(engine.say("HSTRLEN h b")).isEqualTo(":100000");
    assertThat(engine.say("HGET h " + large)).isEqualTo("\"2\"");
    engine.run("HSET h b small");
    assertThat(engine.say("HGET h b")).isEqualTo("\"small\"");
    engine.run("HDEL h " + large);
    assertThat(engine.say("HGETALL h").length()).isLessThan(60);
  }

  @Test
  void memoryIsCountedWhileAHashGrowsAndShrinks() {
    long before = engine.engine().keyspace().usedBytes();
    fill("h", 5_000);
    long full = engine.engine().keyspace().usedBytes();
    assertThat(full - before).isBetween(5_000L * 20, 5_000L * 120);
    for (int i = 0; i < 5_000; i++) {
      engine.run("HDEL h f" + i);
    }
    assertThat(engine.say("EXISTS h")).isEqualTo(":0");
    assertThat(engine.engine().keyspace().usedBytes()).isLessThan(before + 1_000);
  }

  @Test
  void limitsAreObeyedAtTheNextChange() {
    engine.run("HSET h a 1 b 2");
    engine.config(Parameters.HASH_MAX_LISTPACK_ENTRIES, "1");
    assertThat(engine.say("OBJECT ENCODING h")).isEqualTo("\"listpack\"");
    engine.run("HSET h a 2");
    assertThat(engine.say("OBJECT ENCODING h")).isEqualTo("\"hashtable\"");
  }
}
