package dev.carillon.engine.command.family;

import static org.assertj.core.api.Assertions.assertThat;

import dev.carillon.engine.config.Parameters;
import dev.carillon.engine.keyspace.Entry;
import dev.carillon.engine.keyspace.ListView;
import dev.carillon.engine.session.Session;
import dev.carillon.protocol.bytes.Bytes;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Lists, as far as the recorded cases are silent: forms, effects, edges of options. */
class ListCommandsTest {

  @RegisterExtension final EngineFixture engine = new EngineFixture();

  private void push(String key, int count, String text) {
    for (int i = 0; i < count; i++) {
      engine.run("RPUSH " + key + " " + text);
    }
  }

  private String encoding(String key) {
    String shown = engine.say("OBJECT ENCODING " + key);
    return shown.substring(1, shown.length() - 1);
  }

  private Entry entry(String key) {
    Entry entry = engine.engine().keyspace().database(0).find(Bytes.of(key));
    assertThat(entry).isNotNull();
    return entry;
  }

  // --------------------------------------------------------------------------------------- forms

  @Test
  void aListIsAListpackUpToItsLimitAndAgainFromHalfOfItOn() {
    String text = "x".repeat(98);
    // An entry takes 101 bytes; the limit counts what there is and the bare text that is added.
    push("l", 80, text);
    assertThat(encoding("l")).isEqualTo("listpack");
    assertThat(entry("l").holdsObject()).isFalse();
    engine.run("RPUSH l " + text);
    assertThat(encoding("l")).as("7 + 80 × 101 + 98 = 8185").isEqualTo("listpack");
    engine.run("RPUSH l " + text);
    assertThat(encoding("l")).isEqualTo("quicklist");
    engine.run("RPOP l 41");
    assertThat(encoding("l")).as("7 + 41 × 101 = 4148").isEqualTo("quicklist");
    engine.run("RPOP l");
    assertThat(encoding("l")).as("7 + 40 × 101 = 4047").isEqualTo("listpack");
    assertThat(entry("l").holdsObject()).isFalse();
  }

  @Test
  void elementsThatAreManyInAnyCaseCountByTheirTexts() {
    StringBuilder line = new StringBuilder("RPUSH l");
    line.append(" 1".repeat(8000));
    engine.run(line.toString());
    assertThat(encoding("l")).as("8000 bytes of text in 16,007").isEqualTo("listpack");
    assertThat(entry("l").holdsObject()).as("more than a slot holds").isTrue();
    engine.run("RPUSH l 1");
    assertThat(encoding("l")).isEqualTo("quicklist");
    engine.run("LTRIM l 0 2100");
    assertThat(encoding("l")).as("4209 bytes in one node").isEqualTo("quicklist");
    engine.run("LTRIM l 0 2000");
    assertThat(encoding("l")).isEqualTo("listpack");
    assertThat(entry("l").holdsObject()).isFalse();
  }

  @Test
  void elementsMayBeCountedInstead() {
    engine.config(Parameters.LIST_MAX_LISTPACK_SIZE, "4");
    engine.run("RPUSH l 1 2 3 4");
    assertThat(encoding("l")).isEqualTo("listpack");
    engine.run("RPUSH l 5");
    assertThat(encoding("l")).isEqualTo("quicklist");
    engine.run("LPOP l 2");
    assertThat(encoding("l")).as("two nodes").isEqualTo("quicklist");
    engine.run("RPOP l");
    assertThat(encoding("l")).as("one node of 2").isEqualTo("listpack");
    engine.run("RPUSH l " + "x".repeat(8192));
    assertThat(encoding("l")).isEqualTo("quicklist");
  }

  @Test
  void aLargeElementStandsAlone() {
    String large = "x".repeat(10_000);
    engine.run("RPUSH l a b c");
    engine.run("LSET l 1 " + large);
    assertThat(encoding("l")).isEqualTo("quicklist");
    engine.expect("LLEN l", ":3", "new l", "rpush l", "lset l");
    engine.run("LINSERT l BEFORE c " + large + "2");
    engine.run("LREM l 0 " + large);
    assertThat(engine.say("LRANGE l 0 -1")).isEqualTo("[\"a\", \"" + large + "2\", \"c\"]");
    engine.run("LSET l 1 b");
    assertThat(engine.say("LRANGE l 0 -1")).isEqualTo("[\"a\", \"b\", \"c\"]");
    assertThat(encoding("l")).as("the element has a node of its own").isEqualTo("quicklist");
    engine.run("LPOP l");
    engine.run("RPOP l");
    assertThat(encoding("l")).isEqualTo("listpack");
  }

  @Test
  void aNodeDoesNotGrowWithoutLimit() {
    engine.run("RPUSH l" + " 1".repeat(1000) + " " + "x".repeat(8000));
    String text = "y".repeat(8000);
    for (int i = 0; i < 100; i++) {
      engine.run("LSET l " + i + " " + text);
    }
    ListView list = entry("l").list();
    for (int i = 0; i < list.nodes(); i++) {
      assertThat(list.node(i).length()).isLessThan(80 << 10);
    }
    assertThat(engine.say("LRANGE l 98 101")).isEqualTo(array(text + " " + text + " 1 1"));
  }

  @Test
  void memoryIsCountedInEitherForm() {
    long before = engine.engine().keyspace().usedBytes();
    push("l", 2000, "element");
    long full = engine.engine().keyspace().usedBytes() - before;
    assertThat(full).isBetween(2000L * 9, 2000L * 14);
    assertThat(entry("l").sizeBytes()).isBetween(full - 2000, full + 2000);
    engine.run("COPY l copy");
    assertThat(engine.engine().keyspace().usedBytes() - before).isBetween(full * 3 / 2, full * 2);
    engine.run("DEL copy");
    engine.run("LTRIM l 0 0");
    assertThat(engine.engine().keyspace().usedBytes() - before).isLessThan(1000);
    engine.run("DEL l");
    assertThat(engine.engine().keyspace().usedBytes()).isEqualTo(before);
  }

  @Test
  void aCopyIsIndependentInEitherForm() {
    for (int count : new int[] {3, 3000}) {
      engine.run("DEL l copy");
      push("l", count, "text");
      engine.run("COPY l copy");
      engine.run("LSET l 0 other");
      engine.run("RPOP copy 2");
      assertThat(engine.say("LINDEX copy 0")).isEqualTo("\"text\"");
      assertThat(engine.say("LLEN l")).isEqualTo(":" + count);
      assertThat(engine.say("LLEN copy")).isEqualTo(":" + (count - 2));
    }
  }

  /** Whatever the form, each command does the same as on a list of the JDK. */
  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4})
  void everyFormIsTheSameList(long givenSeed) {
    long seed = Long.getLong("carillon.seed", givenSeed);
    Random random = new Random(seed);
    engine.config(
        Parameters.LIST_MAX_LISTPACK_SIZE,
        new String[] {"-2", "-1", "6", "-5"}[(int) (givenSeed % 4)]);
    List<String> model = new ArrayList<>();
    for (int step = 0; step < 1500; step++) {
      boolean first = random.nextBoolean();
      String text = "t" + random.nextInt(6) + "y".repeat(random.nextInt(random.nextInt(400) + 1));
      int size = model.size();
      int index = random.nextInt(size + 1);
      switch (random.nextInt(step / 300 % 2 == 0 ? 8 : 12)) {
        case 0, 1, 2, 3 -> {
          engine.run((first ? "LPUSH l " : "RPUSH l ") + text + " z");
          model.add(first ? 0 : size, text);
          model.add(first ? 0 : size + 1, "z");
        }
        case 4 -> {
          String pivot = size == 0 ? "none" : model.get(random.nextInt(size));
          int at = model.indexOf(pivot);
          engine.run("LINSERT l " + (first ? "AFTER " : "BEFORE ") + pivot + " " + text);
          if (at >= 0) {
            model.add(first ? at + 1 : at, text);
          }
        }
        case 5 -> {
          engine.run("LSET l " + (first ? index : index - size) + " " + text);
          int at = first ? index : index == size ? 0 : index;
          if (at < size) {
            model.set(at, text);
          }
        }
        case 6 -> {
          int count = random.nextInt(5) - 2;
          String victim = size == 0 ? "none" : model.get(random.nextInt(size));
          engine.run("LREM l " + count + " " + victim);
          for (int i = count == 0 ? size : Math.abs(count); i > 0; i--) {
            int at = count >= 0 ? model.indexOf(victim) : model.lastIndexOf(victim);
            if (at >= 0) {
              model.remove(at);
            }
          }
        }
        case 7 -> {
          engine.run("LMOVE l l " + (first ? "LEFT RIGHT" : "RIGHT LEFT"));
          if (size > 0) {
            model.add(first ? size - 1 : 0, model.remove(first ? 0 : size - 1));
          }
        }
        case 8 -> {
          int last = index + random.nextInt(size + 1);
          engine.run("LTRIM l " + index + " " + last);
          model = new ArrayList<>(model.subList(Math.min(index, size), Math.min(last + 1, size)));
        }
        default -> {
          engine.run((first ? "LPOP l " : "RPOP l ") + index);
          (first ? model.subList(0, index) : model.subList(size - index, size)).clear();
        }
      }
      if (step % 7 == 0) {
        String expected = model.stream().map(one -> '"' + one + '"').toList().toString();
        assertThat(engine.say("LRANGE l 0 -1")).as("-Dcarillon.seed=%d", seed).isEqualTo(expected);
      }
    }
  }

  // --------------------------------------------------------------------------------- LPOS's
  // options

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "c | :2",
        "c RANK 2 | :3",
        "c RANK 4 | nil",
        "c RANK -1 | :7",
        "c RANK -3 | :2",
        "c RANK -4 | nil",
        "c COUNT 0 | [:2, :3, :7]",
        "c COUNT 2 | [:2, :3]",
        "c COUNT 2 RANK 2 | [:3, :7]",
        "c COUNT 0 RANK -1 | [:7, :3, :2]",
        "c COUNT 1 RANK -2 | [:3]",
        "c COUNT 0 MAXLEN 3 | [:2]",
        "c COUNT 0 MAXLEN 2 | []",
        "c COUNT 0 RANK -1 MAXLEN 5 | [:7, :3]",
        "c MAXLEN 2 | nil",
        "x COUNT 1 | []",
        "x COUNT 0 RANK 9223372036854775807 | []",
        "c COUNT 9223372036854775807 RANK -9223372036854775807 | []",
        "c RANK 1 RANK -1 | :7"
      })
  void positionsAreCountedFromEitherEnd(String options, String expected) {
    engine.run("RPUSH l a b c c 1 2 3 c");
    assertThat(engine.say("LPOS l " + options)).isEqualTo(expected);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "LPOS l a RANK | -ERR syntax error",
        "LPOS l a RANK 1 COUNT | -ERR syntax error",
        "LPOS l a RANK x | -ERR value is not an integer or out of range",
        "LPOS l a RANK -9223372036854775808 | -ERR value is out of range, value must between"
            + " -9223372036854775807 and 9223372036854775807",
        "LPOS l a COUNT x | -ERR COUNT can't be negative",
        "LPOS l a MAXLEN x | -ERR MAXLEN can't be negative",
        "LPOP l 1 2 | -ERR wrong number of arguments for 'lpop' command",
        "LPOP l 9223372036854775808 | -ERR value is out of range, must be positive",
        "LREM l -9223372036854775808 a | -ERR value is out of range, value must between"
            + " -9223372036854775807 and 9223372036854775807",
        "LSET l 5 x | -ERR index out of range",
        "LSET l -4 x | -ERR index out of range",
        "LMPOP 2 l LEFT | -ERR syntax error",
        "LMPOP 1 l LEFT COUNT | -ERR syntax error",
        "LMPOP 1 l LEFT COUNT 1 COUNT 1 | -ERR syntax error",
        "LMPOP 9223372036854775807 l LEFT | -ERR syntax error",
        "BLMPOP x 1 l UP | -ERR syntax error",
        "BLMPOP x 1 l LEFT | -ERR timeout is not a float or out of range",
        "BLPOP l 9223372036854775808 | -ERR timeout is out of range",
        "BLPOP l inf | -ERR timeout is out of range",
        "BLPOP l 1e309 | -ERR timeout is out of range",
        "BLPOP l 1e5000 | -ERR timeout is not a float or out of range",
        "BLMOVE l d UP LEFT x | -ERR syntax error"
      })
  void whatCannotBeMeantIsRefused(String line, String expected) {
    engine.run("RPUSH l a b c");
    engine.events();
    engine.expect(line, expected);
  }

  // -------------------------------------------------------------------------------- moving several

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "LEFT LEFT | a | a x",
        "LEFT RIGHT COUNT 2 OBO | a b | x a b",
        "LEFT LEFT COUNT 2 OBO | b a | b a x",
        "RIGHT RIGHT COUNT 2 OBO | d c | x d c",
        "RIGHT LEFT COUNT 2 OBO | c d | c d x",
        "LEFT RIGHT COUNT 2 BULK | a b | x a b",
        "LEFT LEFT COUNT 2 BULK | a b | a b x",
        "RIGHT RIGHT COUNT 2 BULK | c d | x c d",
        "RIGHT LEFT COUNT 2 BULK | c d | c d x",
        "LEFT RIGHT COUNT 9 BULK | a b c d | x a b c d",
        "LEFT RIGHT EXACTLY 4 BULK | a b c d | x a b c d",
        "LEFT RIGHT EXACTLY 5 BULK | | x"
      })
  void severalElementsMoveOneByOneOrInBulk(String how, String moved, String target) {
    engine.run("RPUSH s a b c d");
    engine.run("RPUSH d x");
    String expected = moved == null ? "nil-array" : array(moved);
    assertThat(engine.say("LMOVEM s d " + how)).isEqualTo(expected);
    assertThat(engine.say("LRANGE d 0 -1")).isEqualTo(array(target));
  }

  private static String array(String words) {
    return "[\"" + words.replace(" ", "\", \"") + "\"]";
  }

  @Test
  void severalElementsMoveWithOneEventAtEachEnd() {
    engine.run("RPUSH s a b c");
    engine.events();
    engine.expect(
        "LMOVEM s d LEFT RIGHT COUNT 2 BULK", "[\"a\", \"b\"]", "new d", "rpush d", "lpop s");
    engine.expect("LMOVEM s d RIGHT LEFT", "[\"c\"]", "lpush d", "rpop s", "del s");
    engine.expect("LMOVEM d d LEFT RIGHT COUNT 2 OBO", "[\"c\", \"a\"]", "rpush d", "lpop d");
    engine.expect("LRANGE d 0 -1", "[\"b\", \"c\", \"a\"]");
    engine.expect("LMOVEM s d LEFT RIGHT", "nil-array");
    engine.expect("LMOVEM d s LEFT RIGHT COUNT 0 BULK", "-ERR count should be greater than 0");
    engine.expect("LMOVEM d s LEFT RIGHT COUNT 1", "-ERR syntax error");
    engine.expect("LMOVEM d s LEFT RIGHT BULK COUNT 1", "-ERR syntax error");
  }

  @Test
  void whoWaitsForExactlySoManyWaitsUntilTheyAreThere() {
    Session waiting = engine.client();
    engine.tell(waiting, "BLMOVEM s d LEFT RIGHT 0 EXACTLY 3 BULK");
    engine.expect("RPUSH s a b", ":2", "new s", "rpush s");
    assertThat(engine.heard(waiting)).isEmpty();
    engine.effects();
    engine.expect("RPUSH s c e", ":4", "rpush s", "new d", "rpush d", "lpop s");
    assertThat(engine.heard(waiting)).containsExactly("[\"a\", \"b\", \"c\"]");
    assertThat(engine.effects())
        .containsExactly("RPUSH s c e", "LMOVEM s d LEFT RIGHT COUNT 3 BULK");
  }

  // -------------------------------------------------------------------------------------- waiting

  @Test
  void aListThatReplacesSomethingServesWhoWaits() {
    Session waiting = engine.client();
    engine.tell(waiting, "BLPOP d 0");
    engine.run("SET d x");
    engine.run("RPUSH l 2 1");
    engine.events();
    engine.expect("SORT l STORE d", ":2", "sortstore d", "lpop d");
    assertThat(engine.heard(waiting)).containsExactly("[\"d\", \"1\"]");
  }

  /** Redis from 7.2 on executes the whole request again. */
  @Test
  void whoWaitsForSeveralKeysIsRefusedWhereOneOfThemHoldsAnotherType() {
    Session waiting = engine.client();
    engine.tell(waiting, "BLPOP a b 0");
    engine.run("SET a x");
    assertThat(engine.heard(waiting)).isEmpty();
    engine.run("RPUSH b y");
    assertThat(engine.heard(waiting))
        .containsExactly("-WRONGTYPE Operation against a key holding the wrong kind of value");
    engine.events();
    engine.expect("LLEN b", ":1");
  }

  // -------------------------------------------------------------------------------------- effects

  @Test
  void whatWaitsIsRepeatedByWhatDoesNot() {
    engine.run("RPUSH l a b c d e f");
    engine.effects();
    engine.run("BLPOP x l 0");
    engine.run("BRPOP l 0");
    engine.run("BLMPOP 0 2 x l RIGHT COUNT 1");
    engine.run("BLMOVE l m LEFT RIGHT 0");
    engine.run("BRPOPLPUSH l m 0");
    engine.run("LMPOP 2 x l LEFT COUNT 9");
    assertThat(engine.effects())
        .containsExactly(
            "LPOP l",
            "RPOP l",
            "RPOP l 1",
            "LMOVE l m LEFT RIGHT",
            "LMOVE l m RIGHT LEFT",
            "LPOP l 9");
  }
}
