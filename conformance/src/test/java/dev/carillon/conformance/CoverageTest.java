package dev.carillon.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.carillon.engine.command.Command;
import dev.carillon.engine.command.family.Families;
import java.util.Collection;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/**
 * Each command of the table has a case that shows it at work. Exceptions are listed with their
 * reasons, and the list may only shrink.
 */
class CoverageTest {

  private static final String EXCEPTIONS = "/commands-without-cases.txt";

  /** Lower it when the list has become shorter; never raise it. */
  private static final int EXCEPTIONS_MAX = 0;

  private final Set<String> known = new TreeSet<>();
  private final Set<String> handled = new TreeSet<>();

  CoverageTest() {
    collect(Families.table().commands());
  }

  private void collect(Collection<Command> commands) {
    for (Command command : commands) {
      known.add(command.fullName());
      if (command.handler() != null) {
        handled.add(command.fullName());
      }
      collect(command.subcommands().values());
    }
  }

  @Test
  void eachCommandHasACaseOrAReason() {
    Set<String> shown = new TreeSet<>();
    CaseFile.all().forEach(one -> shown.addAll(Commands.shownBy(one, known)));
    Map<String, String> exceptions = Differences.read(EXCEPTIONS);

    Set<String> missing = new TreeSet<>(handled);
    missing.removeAll(shown);
    missing.removeAll(exceptions.keySet());
    assertThat(missing)
        .as("commands without a case: add one to a table in src/test/resources/cases")
        .isEmpty();

    Set<String> superfluous = new TreeSet<>(exceptions.keySet());
    superfluous.removeIf(name -> handled.contains(name) && !shown.contains(name));
    assertThat(superfluous)
        .as("lines of %s whose command has a case by now, or does not exist", EXCEPTIONS)
        .isEmpty();
    assertThat(exceptions)
        .as("the list of exceptions may only shrink, and its bound follows it")
        .hasSize(EXCEPTIONS_MAX);
  }
}
