package dev.carillon.engine.command.family;

import static org.assertj.core.api.Assertions.assertThat;

import dev.carillon.engine.keyspace.KeyspaceDigest;
import dev.carillon.engine.value.ArrayValue;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Arrays as clients see them: against a map, what is announced, what is repeated, what it costs.
 */
class ArrayCommandsTest {

  @RegisterExtension final EngineFixture engine = new EngineFixture();

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3})
  void repliesAndEventsFollowAMap(int seed) {
    Random random = new Random(seed);
    TreeMap<Long, String> model = new TreeMap<>(Long::compareUnsigned);
    for (int i = 0; i < 2000; i++) {
      long index =
          switch (random.nextInt(20)) {
            case 0 -> random.nextLong(1L << 60);
            case 1, 2, 3 -> Long.MAX_VALUE - 30 + random.nextLong(60);
            case 4, 5, 6 -> ArrayValue.INDEX_MAX - 25 - random.nextLong(60);
            default -> random.nextLong(60);
          };
      String shown = Long.toUnsignedString(index);
      String isNew = model.isEmpty() ? "new a, " : "";
      switch (random.nextInt(5)) {
        case 0 -> {
          String removed = model.remove(index);
          expect(
              "ARDEL a " + shown,
              removed == null ? ":0" : ":1",
              removed == null ? "" : model.isEmpty() ? "ardel a, del a" : "ardel a");
        }
        case 1 -> {
          long to = index + random.nextInt(20);
          int count = model.subMap(index, true, to, true).size();
          model.subMap(index, true, to, true).clear();
          expect(
              "ARDELRANGE a " + shown + " " + Long.toUnsignedString(to),
              ":" + count,
              count == 0 ? "" : model.isEmpty() ? "ardelrange a, del a" : "ardelrange a");
        }
        case 2 ->
            expect(
                "ARGET a " + shown,
                model.containsKey(index) ? '"' + model.get(index) + '"' : "nil",
                model.isEmpty() ? "keymiss a" : "");
        default -> {
          int before = model.size();
          model.put(index, "v" + i);
          model.put(index + 1, "w" + i);
          expect(
              "ARSET a " + shown + " v" + i + " w" + i,
              ":" + (model.size() - before),
              isNew + "arset a");
        }
      }
    }
    String all =
        model.entrySet().stream()
            .map(entry -> "[" + number(entry.getKey()) + ", \"" + entry.getValue() + "\"]")
            .collect(Collectors.joining(", ", "[", "]"));
    assertThat(engine.say("ARSCAN a 0 18446744073709551614")).isEqualTo(all);
  }

  /** A number of an array as RESP2 shows it. */
  private static String number(long number) {
    String digits = Long.toUnsignedString(number);
    return number >= 0 ? ":" + digits : '"' + digits + '"';
  }

  private void expect(String request, String reply, String events) {
    engine.expect(request, reply, events.isEmpty() ? new String[0] : events.split(", "));
  }

  @Test
  void theRequestItselfRepeatsAChange() {
    engine.run("ARINSERT a x y");
    engine.run("ARRING a 1 z");
    engine.run("ARSEEK a 7");
    engine.run("ARDEL a 9");
    assertThat(engine.effects()).containsExactly("ARINSERT a x y", "ARRING a 1 z", "ARSEEK a 7");
  }

  /** The cursor is a part of the value, which a digest without it would not show. */
  @Test
  void theCursorIsCopiedAndDigested() {
    engine.run("ARSET a 0 x");
    String before = KeyspaceDigest.of(engine.engine().keyspace());
    engine.run("ARSEEK a 5");
    assertThat(KeyspaceDigest.of(engine.engine().keyspace())).isNotEqualTo(before);
    engine.run("COPY a c");
    assertThat(engine.say("ARNEXT c")).isEqualTo(":5");
  }

  @Test
  void anArrayReplacesAndIsReplacedAsAWhole() {
    engine.flags("KEAoc");
    engine.run("ARSET a 0 x");
    engine.events();
    engine.expect("SET a 1", "+OK", "overwritten a", "type_changed a", "set a");
    engine.run("ARSET b 0 x");
    engine.run("EXPIRE b 100");
    engine.run("ARSET b 1 y");
    assertThat(engine.say("TTL b")).isEqualTo(":100");
  }

  @Test
  void memoryFollowsWhatIsSet() {
    long empty = engine.engine().keyspace().usedBytes();
    engine.run("ARSET a 18446744073709551614 x");
    assertThat(engine.engine().keyspace().usedBytes() - empty).isLessThan(2000);
    for (int i = 0; i < 1000; i++) {
      engine.run("ARSET a " + 1000 * i + " 0123456789");
    }
    long filled = engine.engine().keyspace().usedBytes() - empty;
    assertThat(filled).isBetween(10_000L, 40_000L);
    engine.run("ARDELRANGE a 0 18446744073709551614");
    assertThat(engine.engine().keyspace().usedBytes() - empty).isLessThan(2000);
  }
}
