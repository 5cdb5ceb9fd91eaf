package dev.carillon.engine.command.family;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.carillon.engine.command.family.SortCommand.Options;
import dev.carillon.protocol.bytes.Bytes;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** SORT; the expected orders were observed on redis-server 7.0.15. */
class SortCommandTest {

  @RegisterExtension final EngineFixture engine = new EngineFixture();

  private static List<Bytes> bytes(String words) {
    return words.isEmpty() ? List.of() : Arrays.stream(words.split(" ")).map(Bytes::of).toList();
  }

  private static Options options(
      boolean descending, boolean alphabetic, @Nullable String by, long start, long count) {
    return new Options(
        descending, alphabetic, by == null ? null : Bytes.of(by), start, count, List.of(), null);
  }

  private static String arranged(Options options, String elements, Map<String, String> keys) {
    List<Bytes> arranged =
        SortCommand.arranged(
            options,
            bytes(elements),
            true,
            (pattern, element) -> {
              String value = keys.get(pattern.toString().replace("*", element.toString()));
              return value == null ? null : Bytes.of(value);
            });
    return String.join(" ", arranged.stream().map(Bytes::toString).toList());
  }

  @Test
  void numbersAreSortedByValueAndEqualOnesByText() {
    Options ascending = options(false, false, null, 0, -1);
    assertThat(arranged(ascending, "3 1 2", Map.of())).isEqualTo("1 2 3");
    assertThat(arranged(ascending, "10 9 0x10 inf -inf 1e1", Map.of()))
        .isEqualTo("-inf 9 10 1e1 0x10 inf");
    assertThat(arranged(ascending, "0 -0 0.0", Map.of())).isEqualTo("-0 0 0.0");
    assertThat(arranged(options(true, false, null, 0, -1), "3 1 2", Map.of())).isEqualTo("3 2 1");
    assertThatThrownBy(() -> arranged(ascending, "3 x", Map.of()))
        .hasMessageContaining("One or more scores can't be converted into double");
  }

  @Test
  void wordsAreSortedByBytes() {
    assertThat(arranged(options(false, true, null, 0, -1), "b a C 10 9", Map.of()))
        .isEqualTo("10 9 C a b");
    assertThat(arranged(options(true, true, null, 0, -1), "b a c", Map.of())).isEqualTo("c b a");
    assertThat(arranged(options(false, true, null, 0, -1), "1\u0000b 1\u0000a 1", Map.of()))
        .isEqualTo("1 1\u0000a 1\u0000b");
  }

  @ParameterizedTest
  @CsvSource({
    "0, -1, a b c d",
    "0, 2, a b",
    "1, 2, b c",
    "-5, 2, a b",
    "3, 100, d",
    "4, 1, ''",
    "9, 1, ''",
    "1, -7, b c d",
    "0, 0, ''",
    "9223372036854775807, 9223372036854775807, ''",
    "-9223372036854775808, 9223372036854775807, a b c d"
  })
  void limitCutsARangeOut(long start, long count, String expected) {
    assertThat(arranged(options(false, true, null, start, count), "d b a c", Map.of()))
        .isEqualTo(expected);
  }

  @Test
  void weightsComeFromOtherKeys() {
    Map<String, String> weights = Map.of("w_a", "3", "w_b", "1", "w_c", "2");
    assertThat(arranged(options(false, false, "w_*", 0, -1), "a b c", weights)).isEqualTo("b c a");
    assertThat(arranged(options(false, false, "w_*", 0, -1), "c d b e a", weights))
        .as("a missing weight is 0, equal weights go by the elements")
        .isEqualTo("d e b c a");
    assertThat(arranged(options(false, true, "w_*", 0, -1), "a d b", weights))
        .as("a missing word comes first")
        .isEqualTo("d b a");
  }

  @Test
  void aPatternWithoutAStarKeepsTheOrderOfTheSource() {
    assertThat(arranged(options(false, false, "nosort", 0, -1), "x c b a", Map.of()))
        .isEqualTo("x c b a");
    assertThat(arranged(options(true, false, "nosort", 0, 2), "x c b a", Map.of()))
        .isEqualTo("a b");
  }

  @Test
  void aMissingKeyHasNothingToSort() {
    engine.expect("SORT a", "[]", "keymiss a");
    engine.expect("SORT a BY w_* GET # GET v_* LIMIT 0 5 DESC ALPHA", "[]", "keymiss a");
    engine.expect("SORT_RO a", "[]", "keymiss a");
  }

  @Test
  void anEmptyResultDeletesTheDestinationEvenIfItsTimeIsOver() {
    engine.expect("SORT a STORE d", ":0", "keymiss a");
    engine.run("SET d x");
    engine.events();
    engine.expect("SORT a STORE d", ":0", "keymiss a", "del d");
    engine.run("SET d x PX 10");
    engine.events();
    engine.advance(10);
    engine.expect("SORT a STORE d", ":0", "keymiss a", "del d");
  }

  @Test
  void aStringCannotBeSorted() {
    engine.run("SET a 1");
    engine.events();
    String wrong = "-WRONGTYPE Operation against a key holding the wrong kind of value";
    engine.expect("SORT a", wrong);
    engine.expect("SORT a BY nosort STORE d", wrong);
    engine.expect("SORT a LIMIT x 1", "-ERR value is not an integer or out of range");
  }

  @ParameterizedTest
  @CsvSource({
    "SORT a FOO",
    "SORT a LIMIT 1",
    "SORT a BY",
    "SORT a GET",
    "SORT a STORE",
    "SORT_RO a STORE d"
  })
  void whatIsNoOptionIsRefused(String line) {
    engine.expect(line, "-ERR syntax error");
  }
}
