package dev.carillon.engine.command.family;

import static org.assertj.core.api.Assertions.assertThat;

import dev.carillon.engine.config.Parameters;
import dev.carillon.protocol.bytes.Bytes;
import dev.carillon.protocol.resp.Reply;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Sets: what repeats a random choice, how sets are kept, and the ways through several of them. */
class SetCommandsTest {

  @RegisterExtension final EngineFixture engine = new EngineFixture();

  private void add(String key, int from, int to) {
    add(key, "", from, to);
  }

  private void add(String key, String prefix, int from, int to) {
    for (int i = from; i < to; i++) {
      engine.run("SADD " + key + " " + prefix + i);
    }
    engine.events();
    engine.effects();
  }

  private static Set<String> texts(Reply reply) {
    List<Reply> elements =
        reply instanceof Reply.Set(List<Reply> all) ? all : ((Reply.Array) reply).elements();
    Set<String> texts = new TreeSet<>();
    for (Reply element : elements) {
      assertThat(texts.add(((Reply.Bulk) element).text().toLatin1())).isTrue();
    }
    return texts;
  }

  private Set<String> members(String key) {
    return texts(engine.run("SMEMBERS " + key));
  }

  private static Set<String> numbers(String prefix, int from, int to) {
    return IntStream.range(from, to).mapToObj(i -> prefix + i).collect(Collectors.toSet());
  }

  // ------------------------------------------------------------------------------- random choices

  @Test
  void aPoppedMemberIsRecordedAsItsRemoval() {
    engine.run("SADD s a b c");
    engine.effects();
    String popped = engine.say("SPOP s").replace("\"", "");
    assertThat(engine.effects()).containsExactly("SREM s " + popped);
  }

  @Test
  void poppedMembersAreRecordedInPortions() {
    add("s", 0, 5000);
    Set<String> popped = texts(engine.run("SPOP s 2500"));
    List<String> effects = engine.effects();
    assertThat(effects).hasSize(3).allMatch(effect -> effect.startsWith("SREM s "));
    Set<String> recorded = new TreeSet<>();
    for (String effect : effects) {
      recorded.addAll(List.of(effect.substring("SREM s ".length()).split(" ")));
    }
    assertThat(recorded).isEqualTo(popped).hasSize(2500);
    assertThat(engine.events()).contains("spop s");
  }

  @ParameterizedTest
  @ValueSource(strings = {"SPOP s", "SPOP s 1", "SPOP s 100"})
  void aSetThatIsPoppedEmptyGoes(String request) {
    engine.run("SADD s a");
    engine.events();
    engine.effects();
    assertThat(engine.say(request)).isIn("\"a\"", "[\"a\"]");
    assertThat(engine.events()).containsExactly("spop s", "del s");
    assertThat(engine.effects()).containsExactly("DEL s");
    engine.expect("EXISTS s", ":0", "keymiss s");
  }

  @ParameterizedTest
  @CsvSource({"100, 30", "100, 99", "3000, 3", "3000, 2000", "3000, 2990", "3000, 3000"})
  void whatIsPoppedIsNotThereAnyMore(int size, int count) {
    for (String prefix : List.of("", "m")) {
      add("s", prefix, 0, size);
      Set<String> popped = texts(engine.run("SPOP s " + count));
      assertThat(popped).hasSize(count);
      Set<String> left = numbers(prefix, 0, size);
      left.removeAll(popped);
      assertThat(members("s")).isEqualTo(left);
      engine.run("DEL s");
    }
  }

  @Test
  void aDrawWithRepetitionIsBounded() {
    engine.run("SADD s a");
    assertThat(engine.say("SRANDMEMBER s -9223372036854775807"))
        .isEqualTo("-ERR value is out of range");
    assertThat(((Reply.Array) engine.run("SRANDMEMBER s -1000")).elements()).hasSize(1000);
  }

  // ------------------------------------------------------------------------------------ encodings

  @Test
  void encodingsFollowTheRulesOfRedis() {
    add("s", 0, 512);
    engine.expect("OBJECT ENCODING s", "\"intset\"");
    add("s", 512, 513);
    engine.expect("OBJECT ENCODING s", "\"hashtable\"");

    add("t", 0, 127);
    engine.run("SADD t a");
    engine.expect("OBJECT ENCODING t", "\"listpack\"", "sadd t");
    engine.run("SADD t b");
    engine.expect("OBJECT ENCODING t", "\"hashtable\"", "sadd t");

    add("u", 0, 128);
    engine.run("SADD u a");
    engine.expect("OBJECT ENCODING u", "\"hashtable\"", "sadd u");

    engine.run("SADD v a " + "x".repeat(64));
    engine.expect("OBJECT ENCODING v", "\"listpack\"", "new v", "sadd v");
    engine.run("SADD v " + "x".repeat(65));
    engine.expect("OBJECT ENCODING v", "\"hashtable\"", "sadd v");
    engine.run("SREM v " + "x".repeat(65));
    engine.expect("OBJECT ENCODING v", "\"hashtable\"", "srem v");
  }

  @Test
  void manyMembersAtOnceMakeALargeSetAtOnce() {
    engine.run("SADD s " + "a ".repeat(128).trim());
    engine.expect("OBJECT ENCODING s", "\"listpack\"", "new s", "sadd s");
    engine.run("SADD t " + "a ".repeat(129).trim());
    engine.expect("OBJECT ENCODING t", "\"hashtable\"", "new t", "sadd t");
    engine.run("SADD u " + "1 ".repeat(513).trim());
    engine.expect("OBJECT ENCODING u", "\"hashtable\"", "new u", "sadd u");
  }

  @Test
  void aSetThatNoSlotCanHoldKeepsTheWordOfRedis() {
    engine.config(Parameters.SET_MAX_INTSET_ENTRIES, "100000");
    engine.config(Parameters.SET_MAX_LISTPACK_ENTRIES, "5000");
    for (int i = 0; i < 4000; i++) {
      engine.run("SADD s " + (1L << 40 | i));
    }
    engine.events();
    engine.expect("OBJECT ENCODING s", "\"intset\"");
    engine.expect("SADD s a", ":1", "sadd s");
    engine.expect("OBJECT ENCODING s", "\"listpack\"");
    engine.expect("COPY s t", ":1", "new t", "copy_to t");
    engine.expect("OBJECT ENCODING t", "\"listpack\"");
    add("s", "m", 0, 1000);
    engine.expect("OBJECT ENCODING s", "\"hashtable\"");
    engine.expect("SCARD s", ":5001");
  }

  @Test
  void integersAreMembersByTheirCanonicalTextOnly() {
    engine.run("SADD s 1 2 3");
    engine.events();
    engine.expect("SISMEMBER s 01", ":0");
    engine.expect("SREM s +1", ":0");
    engine.expect("SADD s 01", ":1", "sadd s");
    engine.expect("SMISMEMBER s 1 01 001 -0", "[:1, :1, :0, :0]");
  }

  // --------------------------------------------------------------------------------- several sets

  @Test
  void setsAreCombinedWhicheverWayTheyAreKept() {
    add("ints", 0, 100);
    add("words", 50, 120);
    engine.run("SADD words x");
    add("large", 90, 2000);
    engine.run("SADD large x");
    engine.events();
    assertThat(texts(engine.run("SINTER ints words large"))).isEqualTo(numbers("", 90, 100));
    assertThat(texts(engine.run("SDIFF ints words large"))).isEqualTo(numbers("", 0, 50));
    assertThat(texts(engine.run("SDIFF large ints"))).hasSize(1901).contains("x");
    assertThat(texts(engine.run("SUNION ints words large"))).hasSize(2001);
    engine.expect("SINTERCARD 3 ints words large", ":10");
    engine.expect("SINTERCARD 3 ints words large LIMIT 3", ":3");
    engine.expect("SINTERCARD 3 ints words large LIMIT 0", ":10");
    engine.expect("SUNIONCARD 3 ints words large", ":2001");
    engine.expect("SUNIONCARD 3 ints words large APPROX", ":2001");
    engine.expect("SUNIONCARD 3 ints words large LIMIT 5 APPROX", ":5");
    engine.expect("SDIFFCARD 2 large ints", ":1901");
    engine.expect("SDIFFCARD 2 large ints LIMIT 7", ":7");
    engine.expect("SDIFFCARD 2 none ints", ":0", "keymiss none");
  }

  @Test
  void manySetsTakeAnotherWayToTheSameResult() {
    List<String> keys = new ArrayList<>();
    for (int i = 0; i < 40; i++) {
      add("s" + i, "m", 10 * i, 10 * i + 20);
      keys.add("s" + i);
    }
    add("first", "m", 0, 500);
    String all = String.join(" ", keys);
    assertThat(texts(engine.run("SUNION " + all))).isEqualTo(numbers("m", 0, 410));
    engine.expect("SUNIONCARD 40 " + all, ":410");
    engine.expect("SUNIONCARD 40 " + all + " LIMIT 400", ":400");
    assertThat(texts(engine.run("SDIFF first " + all))).isEqualTo(numbers("m", 410, 500));
    engine.expect("SDIFFSTORE d first " + all, ":90", "new d", "sdiffstore d");
    engine.expect("SUNIONSTORE d " + all, ":410", "sunionstore d");
    assertThat(members("d")).isEqualTo(numbers("m", 0, 410));
  }

  @ParameterizedTest
  @ValueSource(strings = {"SINTER", "SUNION", "SDIFF"})
  void aSetMayBeNamedTwiceAndBeItsOwnDestination(String operation) {
    add("s", "m", 0, 1000);
    int size = operation.equals("SDIFF") ? 0 : 1000;
    assertThat(texts(engine.run(operation + " s s s"))).hasSize(size);
    assertThat(engine.run(operation + "STORE s s s")).isEqualTo(new Reply.Int(size));
    assertThat(engine.events())
        .containsExactly(size == 0 ? "del s" : operation.toLowerCase(Locale.ROOT) + "store s");
    assertThat(members("s")).hasSize(size);
  }

  @Test
  void aStoreDropsTheDeadlineAndChangesTheType() {
    engine.flags("KEAmnoc");
    engine.run("SET d x EX 100");
    engine.run("SADD s a b");
    engine.events();
    engine.expect("SUNIONSTORE d s", ":2", "overwritten d", "type_changed d", "sunionstore d");
    engine.expect("TTL d", ":-1");
    engine.expect("SINTERSTORE d s none", ":0", "keymiss none", "del d");
  }

  @Test
  void anEmptyResultDeletesADestinationThatIsOverWithoutItsExpiry() {
    engine.run("SET d x PX 10");
    engine.events();
    engine.advance(20);
    engine.expect("SINTERSTORE d none", ":0", "keymiss none", "del d");
  }

  @Test
  void aResultOverADestinationThatIsOverIsANewKey() {
    engine.run("SET d x PX 10");
    engine.run("SADD s a");
    engine.events();
    engine.advance(20);
    engine.expect("SINTERSTORE d s", ":1", "expired d", "new d", "sinterstore d");
  }

  // -------------------------------------------------------------------------------------- walking

  @Test
  void sscanListsASmallSetAtOnceAndALargeOneInSteps() {
    add("small", "m", 0, 100);
    engine.run("SADD small other");
    List<Reply> step = ((Reply.Array) engine.run("SSCAN small 0 COUNT 5 MATCH m*")).elements();
    assertThat(step.get(0)).isEqualTo(new Reply.Bulk(Bytes.of("0")));
    assertThat(texts(step.get(1))).hasSize(100);

    add("large", "m", 0, 3000);
    Set<String> seen = new TreeSet<>();
    int steps = 0;
    Bytes cursor = Bytes.of("0");
    do {
      step = ((Reply.Array) engine.run(Bytes.of("SSCAN"), Bytes.of("large"), cursor)).elements();
      cursor = ((Reply.Bulk) step.get(0)).text();
      texts(step.get(1)).forEach(one -> assertThat(seen.add(one)).isTrue());
      steps++;
    } while (!cursor.equals(Bytes.of("0")));
    assertThat(seen).isEqualTo(numbers("m", 0, 3000));
    assertThat(steps).isGreaterThan(100);
  }

  @Test
  void sortReadsSets() {
    engine.run("SADD s 3 1 2");
    engine.run("SADD w b c a");
    engine.events();
    engine.expect("SORT s", "[\"1\", \"2\", \"3\"]");
    engine.expect("SORT s DESC LIMIT 0 2", "[\"3\", \"2\"]");
    engine.expect("SORT w ALPHA", "[\"a\", \"b\", \"c\"]");
    engine.expect("SORT_RO w", "-ERR One or more scores can't be converted into double");
  }

  @Test
  void whatSortStoresDoesNotDependOnWhereMembersLie() {
    add("s", "m", 0, 300);
    engine.run("SORT s BY weight:* ALPHA STORE d");
    List<Reply> stored = ((Reply.Array) engine.run("LRANGE d 0 -1")).elements();
    assertThat(stored.stream().map(one -> ((Reply.Bulk) one).text()).toList())
        .hasSize(300)
        .isSorted();
  }

  @Test
  void memoryIsCountedWhileASetGrowsAndWhenItGoes() {
    long before = engine.engine().keyspace().usedBytes();
    add("s", "member:", 0, 20_000);
    long full = engine.engine().keyspace().usedBytes();
    assertThat(full - before).isBetween(20_000L * 20, 20_000L * 120);
    Reply.Int usage = (Reply.Int) engine.run("MEMORY USAGE s");
    assertThat((double) usage.value()).isBetween(0.9 * (full - before), 1.1 * (full - before));
    engine.run("DEL s");
    assertThat(engine.engine().keyspace().usedBytes()).isLessThan(before + 1000);
  }
}
