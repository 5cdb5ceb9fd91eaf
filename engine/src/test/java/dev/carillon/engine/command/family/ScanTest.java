package dev.carillon.engine.command.family;

import static org.assertj.core.api.Assertions.assertThat;

import dev.carillon.protocol.resp.Reply;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** SCAN: what an iteration lists, what it removes, and what it refuses. */
class ScanTest {

  @RegisterExtension final EngineFixture engine = new EngineFixture();

  private String cursor = "0";

  /** The keys that one step lists; moves the cursor on. */
  private List<String> step(String options) {
    List<Reply> reply = ((Reply.Array) engine.run("SCAN " + cursor + options)).elements();
    cursor = ((Reply.Bulk) reply.get(0)).text().toLatin1();
    List<String> keys = new ArrayList<>();
    for (Reply key : ((Reply.Array) reply.get(1)).elements()) {
      keys.add(((Reply.Bulk) key).text().toLatin1());
    }
    return keys;
  }

  private List<String> all(String options) {
    List<String> keys = new ArrayList<>();
    do {
      keys.addAll(step(options));
    } while (!cursor.equals("0"));
    return keys;
  }

  private void set(int from, int to) {
    for (int i = from; i < to; i++) {
      engine.run("SET key:" + i + " " + i);
    }
    engine.events();
  }

  private static Set<String> keys(int from, int to) {
    return IntStream.range(from, to).mapToObj(i -> "key:" + i).collect(Collectors.toSet());
  }

  @Test
  void anEmptyDatabaseIsOneStep() {
    engine.expect("SCAN 0", "[\"0\", []]");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", " COUNT 1", " COUNT 7", " COUNT 100000", " MATCH *", " TYPE STRING"})
  void anIterationListsEachKeyOnce(String options) {
    set(0, 1000);
    List<String> seen = all(options);
    assertThat(seen).doesNotHaveDuplicates().containsExactlyInAnyOrderElementsOf(keys(0, 1000));
    assertThat(engine.events()).isEmpty();
  }

  @Test
  void whatStaysIsListedOnceWhateverComesAndGoes() {
    Random random = new Random(4711);
    set(0, 500);
    List<String> seen = new ArrayList<>();
    int next = 500;
    do {
      seen.addAll(step(" COUNT 20"));
      for (int i = 0; i < 100; i++) {
        engine.run("SET key:" + next++ + " x");
      }
      for (int i = 0; i < 50; i++) {
        engine.run("DEL key:" + (500 + random.nextInt(next - 500)));
      }
    } while (!cursor.equals("0"));
    assertThat(seen).doesNotHaveDuplicates().containsAll(keys(0, 500));
  }

  @Test
  void matchAndTypeSelect() {
    set(0, 100);
    engine.run("SET other 1");
    assertThat(all(" MATCH oth*")).containsExactly("other");
    assertThat(all(" MATCH key:1?")).hasSize(10);
    assertThat(all(" MATCH key:1? TYPE string")).hasSize(10);
    assertThat(all(" TYPE list")).isEmpty();
  }

  @Test
  void anExpiredKeyIsRemovedWhereItIsMet() {
    set(0, 20);
    for (int i = 0; i < 20; i += 2) {
      engine.run("PEXPIRE key:" + i + " 10");
    }
    engine.events();
    engine.effects();
    engine.advance(10);
    List<String> seen = all("");
    assertThat(seen).hasSize(10);
    List<String> removed = new ArrayList<>();
    List<String> effects = new ArrayList<>();
    for (int i = 0; i < 20; i += 2) {
      removed.add("expired key:" + i);
      effects.add("DEL key:" + i);
    }
    assertThat(engine.events()).containsExactlyInAnyOrderElementsOf(removed);
    assertThat(engine.effects()).containsExactlyInAnyOrderElementsOf(effects);
  }

  /** Observed in the tests of 8.6.3. */
  @Test
  void anExpiredKeyOfAnotherTypeIsRemovedToo() {
    engine.run("SET a 1 PX 10");
    engine.run("SET b 1 PX 10");
    engine.events();
    engine.advance(10);
    engine.expect("SCAN 0 TYPE hash MATCH a*", "[\"0\", []]", "expired a");
    engine.expect("SCAN 0 TYPE nosuch", "[\"0\", []]", "expired b");
  }

  @Test
  void anExpiredKeyThatIsNotSelectedStays() {
    engine.run("SET a 1 PX 10");
    engine.events();
    engine.advance(10);
    assertThat(all(" MATCH b*")).isEmpty();
    assertThat(engine.events()).isEmpty();
    engine.withoutReplay();
  }

  @ParameterizedTest
  @CsvSource({
    "SCAN abc, invalid cursor",
    "SCAN -1, invalid cursor",
    "SCAN 1x, invalid cursor",
    "SCAN 18446744073709551616, invalid cursor",
    "SCAN 99999999999999999999, invalid cursor",
    "SCAN x FOO, invalid cursor",
    "'SCAN \"\"', invalid cursor",
    "SCAN -, invalid cursor",
    "'SCAN \"1 \"', invalid cursor",
    "'SCAN \" \"', invalid cursor",
    "SCAN 0 COUNT 0, syntax error",
    "SCAN 0 COUNT -5, syntax error",
    "SCAN 0 COUNT, syntax error",
    "SCAN 0 MATCH, syntax error",
    "SCAN 0 TYPE, syntax error",
    "SCAN 0 FOO 1, syntax error",
    "SCAN 0 COUNT abc, value is not an integer or out of range",
    "SCAN 0 NOVALUES, NOVALUES option can only be used in HSCAN"
  })
  void whatIsNoStepIsRefused(String line, String error) {
    engine.expect(line, "-ERR " + error);
  }

  @Test
  void nothingIsOfATypeThatNobodyKnows() {
    engine.run("SET a 1");
    engine.events();
    engine.expect("SCAN 0 TYPE tree", "[\"0\", []]");
    engine.expect("SCAN 0 TYPE tree TYPE string", "[\"0\", [\"a\"]]");
    engine.run("DEL a");
    engine.events();
    engine.expect("SCAN 0 TYPE ZSET", "[\"0\", []]");
  }

  @ParameterizedTest
  @ValueSource(strings = {"18446744073709551615", "+1", "00", "281474976710656", "\" 1\"", "-0"})
  void anyNumberIsACursor(String number) {
    engine.run("SET a 1");
    assertThat(engine.say("SCAN " + number)).startsWith("[\"0\", [");
  }

  @Test
  void aStepInATransactionKeepsItsPlaceAmongReplies() {
    engine.run("SET a 1");
    engine.events();
    engine.expect("MULTI", "+OK");
    engine.expect("SCAN 0", "+QUEUED");
    engine.expect("KEYS *", "+QUEUED");
    engine.expect("SCAN 0 TYPE list", "+QUEUED");
    engine.expect("EXEC", "[[\"0\", [\"a\"]], [\"a\"], [\"0\", []]]");
  }

  @Test
  void aLargeStepListsEverythingAtOnce() {
    set(0, 3000);
    Set<String> seen = new TreeSet<>(step(" COUNT 10000000000"));
    assertThat(cursor).isEqualTo("0");
    assertThat(seen).hasSize(3000);
  }
}
