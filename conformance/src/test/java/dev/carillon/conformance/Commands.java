package dev.carillon.conformance;

import dev.carillon.protocol.bytes.Bytes;
import dev.carillon.protocol.resp.Reply;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;

/** Which commands cases are about. */
final class Commands {

  private Commands() {}

  /**
   * The commands that a case sends, without those that are unknown on purpose.
   *
   * @param known names of commands, subcommands as {@code config|get}: what has subcommands
   */
  static Set<String> namedBy(Case one, Set<String> known) {
    Set<String> named = new TreeSet<>();
    for (Case.Step step : one.steps()) {
      if (step.action() instanceof Case.Ask ask && !isRefused(step, "ERR unknown ")) {
        name(ask, known, named);
      }
    }
    return named;
  }

  /** The commands that a case shows at work: not only how they refuse a wrong number of words. */
  static Set<String> shownBy(Case one, Set<String> known) {
    Set<String> shown = new TreeSet<>();
    for (Case.Step step : one.steps()) {
      if (step.action() instanceof Case.Ask ask
          && !isRefused(step, "ERR unknown ")
          && !isRefused(step, "ERR wrong number of arguments")) {
        name(ask, known, shown);
      }
    }
    return shown;
  }

  private static void name(Case.Ask ask, Set<String> known, Set<String> names) {
    List<Bytes> words = Notation.words(ask.request());
    String name = words.get(0).toLatin1().toLowerCase(Locale.ROOT);
    boolean isContainer = known.stream().anyMatch(other -> other.startsWith(name + "|"));
    names.add(
        isContainer && words.size() > 1
            ? name + "|" + words.get(1).toLatin1().toLowerCase(Locale.ROOT)
            : name);
  }

  private static boolean isRefused(Case.Step step, String beginning) {
    return step.replies().stream()
        .map(reply -> reply.expectation().shape())
        .anyMatch(
            shape ->
                switch (shape) {
                  case Expectation.Shape.Exactly(Reply reply) ->
                      reply instanceof Reply.Failure(Bytes text)
                          && text.toLatin1().startsWith(beginning);
                  case Expectation.Shape.FailurePrefix(Bytes text) ->
                      text.toLatin1().startsWith(beginning);
                  default -> false;
                });
  }
}
