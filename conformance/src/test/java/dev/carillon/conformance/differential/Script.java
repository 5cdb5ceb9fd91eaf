package dev.carillon.conformance.differential;

import dev.carillon.conformance.Notation;
import dev.carillon.conformance.Version;
import dev.carillon.engine.command.Command;
import dev.carillon.engine.command.CommandTable;
import dev.carillon.engine.command.family.Families;
import dev.carillon.protocol.bytes.Bytes;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/**
 * What clients ask, in order, a line for each request:
 *
 * <pre>
 * A> SET a 1
 * B> HELLO 3
 * </pre>
 *
 * <p>A word such as <code>"${id B}"</code> stands for something that is not the same on both sides;
 * {@link Trial} has the list of them.
 */
record Script(List<Step> steps) {

  /** One request. */
  record Step(char client, List<Bytes> words) {

    Step {
      words = List.copyOf(words);
    }

    /** The command in lower case, {@code config|get} where it has subcommands. */
    String command() {
      return Script.command(words);
    }

    @Override
    public String toString() {
      return client + "> " + show(words);
    }
  }

  Script {
    steps = List.copyOf(steps);
  }

  /**
   * Reads lines such as {@link #toString} writes; empty lines and those with {@code #} say nothing.
   */
  static Script parse(String text) {
    List<Step> steps = new ArrayList<>();
    for (String line : text.lines().map(String::strip).toList()) {
      if (line.isEmpty() || line.startsWith("#")) {
        continue;
      }
      if (line.length() < 4 || line.charAt(1) != '>') {
        throw new IllegalArgumentException("expected `A> COMMAND`: " + line);
      }
      steps.add(new Step(line.charAt(0), Notation.words(line.substring(2))));
    }
    return new Script(steps);
  }

  /** The script of a seed for servers of a version; the same each time. */
  static Script compose(Grammar grammar, Version version, long seed) {
    return Composer.compose(grammar, version, seed);
  }

  private static final CommandTable COMMANDS = Families.table();

  /** The command of a request in lower case, {@code config|get} where it has subcommands. */
  static String command(List<Bytes> words) {
    String name = words.getFirst().toLatin1().toLowerCase(Locale.ROOT);
    Command command = COMMANDS.find(words.getFirst());
    boolean hasParts =
        command != null && (!command.subcommands().isEmpty() || name.equals("debug"));
    return words.size() > 1 && hasParts
        ? name + "|" + words.get(1).toLatin1().toLowerCase(Locale.ROOT)
        : name;
  }

  /** How a request is written. */
  static String show(List<Bytes> words) {
    return words.stream().map(Notation::word).collect(Collectors.joining(" "));
  }

  @Override
  public String toString() {
    return steps.stream().map(step -> step + "\n").collect(Collectors.joining());
  }
}
