package dev.carillon.conformance.differential;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import dev.carillon.conformance.Version;
import dev.carillon.conformance.differential.Grammar.Row;
import dev.carillon.conformance.differential.Script.Step;
import dev.carillon.engine.command.Command;
import dev.carillon.engine.command.CommandGroup;
import dev.carillon.engine.command.CommandTable;
import dev.carillon.engine.command.family.Families;
import dev.carillon.protocol.bytes.Bytes;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class GrammarTest {

  private static final Grammar GRAMMAR = Grammar.read();
  private static final Version OLD = new Version(7, 0);
  private static final Version NEW = new Version(8, 8);

  private static Stream<Row> rows() {
    return GRAMMAR.sections().stream().flatMap(section -> section.rows().stream());
  }

  @Test
  void eachRowIsAboutACommand() {
    CommandTable commands = Families.table();
    Random random = new Random(1);
    Vocabulary vocabulary = new Vocabulary(random, NEW, true);
    Set<Bytes> unknown = new TreeSet<>();
    rows()
        .forEach(
            row -> {
              Bytes name = row.words(vocabulary, random).getFirst();
              boolean isFixed =
                  IntStream.range(0, 20)
                      .allMatch(i -> row.words(vocabulary, random).getFirst().equals(name));
              if (isFixed && commands.find(name) == null) {
                unknown.add(name);
              }
            });
    assertThat(unknown).as("names of which the engine has no row").isEmpty();
  }

  /** Arrays, and clusters, are not in the server that conversations are compared with. */
  @Test
  void conversationsAreAboutEveryFamily() {
    CommandTable commands = Families.table();
    Map<CommandGroup, Integer> steps = new EnumMap<>(CommandGroup.class);
    int total = 0;
    for (long seed = 1; seed <= SCRIPTS; seed++) {
      for (Step step : Script.compose(GRAMMAR, OLD, seed).steps()) {
        Command command = commands.find(step.words().getFirst());
        if (command != null) {
          steps.merge(command.group(), 1, Integer::sum);
        }
        total++;
      }
    }
    for (CommandGroup group : CommandGroup.values()) {
      if (group != CommandGroup.ARRAY && group != CommandGroup.CLUSTER) {
        assertThat(100.0 * steps.getOrDefault(group, 0) / total)
            .as("percent of all requests that are about %s, of %s", group, steps)
            .isGreaterThan(SHARE_PERCENT_MIN);
      }
    }
  }

  private static final int SCRIPTS = 1000;

  /** Chosen: a third of what each family would have if all had the same, or a little less. */
  private static final double SHARE_PERCENT_MIN = 2;

  @Test
  void aSeedAlwaysMakesTheSameScript() {
    Script script = Script.compose(GRAMMAR, NEW, 7);
    assertThat(Script.compose(GRAMMAR, NEW, 7)).isEqualTo(script);
    assertThat(Script.parse(script.toString())).isEqualTo(script);
    assertThat(script.steps()).hasSizeGreaterThan(5);
  }

  @Test
  void aRowMayBeForNewerServersOnly() {
    Grammar grammar = Grammar.parse("== s\n1@8.2 NEW\n1!@7.2 MIDDLE\n1 OLD");
    assertThat(grammar.sections().getFirst().rows())
        .extracting(Row::since)
        .containsExactly(Version.parse("8.2"), Version.parse("7.2"), Version.NONE);
    assertThat(grammar.sections().getFirst().rows().get(1).exact()).isTrue();
    StringBuilder said = new StringBuilder();
    for (long seed = 1; seed <= 20; seed++) {
      said.append(Script.compose(grammar, Version.parse("8.0"), seed));
    }
    assertThat(said.toString().toUpperCase(Locale.ROOT))
        .contains("MIDDLE", "OLD")
        .doesNotContain("NEW");
  }

  @Test
  void groupsAreChoicesOptionsSetsAndRepetitions() {
    Row row =
        Grammar.parse("== s\n1 X ( a | b c ) [ d ] { e | f } g ...")
            .sections()
            .getFirst()
            .rows()
            .getFirst();
    Random random = new Random(1);
    for (int i = 0; i < 200; i++) {
      List<Bytes> words = row.words(new Vocabulary(random, NEW, false), random);
      assertThat(Script.show(words)).matches("X (a|b c)( d)?( e| f| e f| f e)?( g){1,4}");
    }
  }

  @Test
  void whatIsNoGrammarIsRefused() {
    assertThatIllegalStateException().isThrownBy(() -> Grammar.parse("1 X"));
    assertThatIllegalStateException().isThrownBy(() -> Grammar.parse("== s\n1 X ( a"));
    assertThatIllegalStateException().isThrownBy(() -> Grammar.parse("== s\n1 X )"));
    Random random = new Random(1);
    assertThatIllegalStateException()
        .isThrownBy(() -> new Vocabulary(random, NEW, false).word("no such place"));
  }
}
