package dev.carillon.engine.docs;

import static dev.carillon.engine.docs.Page.code;
import static org.assertj.core.api.Assertions.assertThat;

import dev.carillon.engine.Compatibility;
import dev.carillon.engine.EngineStats;
import dev.carillon.engine.command.Command;
import dev.carillon.engine.command.CommandFlag;
import dev.carillon.engine.command.CommandGroup;
import dev.carillon.engine.command.KeySpec;
import dev.carillon.engine.command.family.Families;
import dev.carillon.engine.config.Mutability;
import dev.carillon.engine.config.Parameter;
import dev.carillon.engine.config.Parameters;
import dev.carillon.protocol.event.EventClass;
import dev.carillon.protocol.event.EventType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * The pages of docs/ that say what the tables say. A page that is stale fails; with {@code
 * -Dcarillon.docs=write} it is written instead.
 */
class DocumentationTest {

  /** What any command may cause that creates, replaces, reads or meets a key. */
  private static final Set<EventType> BY_ANY =
      EnumSet.of(
          EventType.NEW,
          EventType.OVERWRITTEN,
          EventType.TYPE_CHANGED,
          EventType.KEYMISS,
          EventType.EXPIRED,
          EventType.EVICTED);

  private static final List<Command> COMMANDS = new ArrayList<>();

  static {
    collect(Families.table().commands());
  }

  private static void collect(Collection<Command> commands) {
    for (Command command : commands) {
      if (command.handler() != null) {
        COMMANDS.add(command);
      }
      collect(command.subcommands().values());
    }
  }

  private static void expect(String name, Page page) throws IOException {
    Path file = Repository.ROOT.resolve("docs").resolve(name);
    if ("write".equals(System.getProperty("carillon.docs"))) {
      Files.writeString(file, page.toString());
    }
    assertThat(Files.exists(file) ? Files.readString(file) : "")
        .as("docs/%s is stale; CONTRIBUTING.md has the command that writes it", name)
        .isEqualTo(page.toString());
  }

  // ---------------------------------------------------------------------------------- commands

  @Test
  void commands() throws IOException {
    Page page =
        new Page(
            "Commands",
            """
            Every command of this version, by family. *Arity* counts the name, and is negative where
            it is a minimum. *Keys* are the arguments that are keys, counted from 1. *Since* is the
            version of Redis that had the command first; Carillon behaves like %s.

            *Events* are those that a command may cause by itself. Besides, any command that creates a
            key causes `new`, one that replaces a value `overwritten` and `type_changed`, one that reads
            a missing key `keymiss`, and one that meets a key whose time is over `expired`; see
            [events.md](events.md). *Silent* marks changes about which Redis says nothing.\
            """
                .formatted(Compatibility.REDIS_VERSION));
    for (CommandGroup group : CommandGroup.values()) {
      List<Command> family =
          COMMANDS.stream()
              .filter(command -> command.group() == group)
              .sorted(Comparator.comparing(Command::fullName))
              .toList();
      page.heading(capitalized(group.wireName()));
      page.paragraph(family.size() + (family.size() == 1 ? " command." : " commands."));
      page.table(
          "command", "what it does", "arity", "keys", "events", "flags", "since", "complexity");
      for (Command command : family) {
        page.row(
            code(spelled(command)),
            command.summary(),
            Integer.toString(command.arity()),
            keys(command.keys()),
            events(command),
            command.flags().stream()
                .map(CommandFlag::wireName)
                .sorted()
                .collect(Collectors.joining(" ")),
            command.since(),
            command.complexity());
      }
    }
    expect("commands.md", page);
  }

  private static String spelled(Command command) {
    return command.fullName().replace('|', ' ').toUpperCase(Locale.ROOT);
  }

  private static String capitalized(String word) {
    return word.substring(0, 1).toUpperCase(Locale.ROOT) + word.substring(1);
  }

  private static String events(Command command) {
    Stream<String> own =
        command.emits().stream()
            .filter(type -> !BY_ANY.contains(type))
            .map(type -> code(type.wireName()));
    return Stream.concat(own, command.isSilent() ? Stream.of("silent") : Stream.empty())
        .collect(Collectors.joining(", "));
  }

  private static String keys(KeySpec keys) {
    return keys.parts().stream().map(DocumentationTest::keys).collect(Collectors.joining("; "));
  }

  private static String keys(KeySpec.Part part) {
    if (part.keys() == KeySpec.Keys.UNKNOWN) {
      return "named by options";
    }
    if (part.keys() == KeySpec.Keys.COUNTED) {
      return (part.step() == 1 ? "as many" : "as many pairs") + " as argument " + part.begin();
    }
    String from = part.keyword() == null ? "" + part.begin() : "behind " + part.keyword();
    if (part.last() == 0) {
      return from;
    }
    if (part.last() > 0) {
      return from + " to " + (part.begin() + part.last());
    }
    return from + (part.step() == 1 ? " and all behind" : " and every other behind");
  }

  // ------------------------------------------------------------------------------------ events

  @Test
  void events() throws IOException {
    Page page =
        new Page(
            "Events",
            """
            What `notify-keyspace-events` can announce. Its letters choose channels and classes:

            | letter | channel | says |
            |---|---|---|
            | `K` | `__keyspace@<db>__:<key>` | the event |
            | `E` | `__keyevent@<db>__:<event>` | the key |
            | `S` | `__subkeyspace@<db>__:<key>` | the event and the fields of a hash, `<event>\\|<length>:<field>,…` |
            | `T` | `__subkeyevent@<db>__:<event>` | the key and the fields, `<length>:<key>\\|<length>:<field>,…` |
            | `I` | `__subkeyspaceitem@<db>__:<key>`, a line feed, `<field>` | the event, one message for each field; none where the key has a line feed |
            | `V` | `__subkeyspaceevent@<db>__:<event>\\|<key>` | the fields, `<length>:<field>,…` |

            At least one channel and one class are needed: `Ex` announces expired keys on their
            keyevent channel. `carillon watch` says which letters are missing.\
            """);
    page.heading("Classes");
    page.table("letter", "class", "inside `A`", "since", "events");
    for (EventClass eventClass : EventClass.values()) {
      page.row(
          code("" + eventClass.letter()),
          eventClass.meaning(),
          eventClass.isInsideAll() ? "yes" : "no",
          eventClass.since(),
          Stream.of(EventType.values())
              .filter(type -> type.eventClass() == eventClass)
              .map(type -> code(type.wireName()))
              .collect(Collectors.joining(" ")));
    }
    page.heading("Events");
    page.paragraph(
        "*Caused by* names the commands of this version; a dash means that none causes it yet.");
    page.table("event", "class", "means that", "since", "caused by");
    for (EventType type : EventType.values()) {
      page.row(
          code(type.wireName()),
          code("" + type.eventClass().letter()),
          type.meaning(),
          type.since(),
          cause(type));
    }
    expect("events.md", page);
  }

  private static String cause(EventType type) {
    return switch (type) {
      case NEW -> "any command that creates a key";
      case OVERWRITTEN, TYPE_CHANGED -> "any command that replaces a value";
      case KEYMISS -> "any command that reads";
      case EXPIRED -> "its deadline, or a command that meets the key after it";
      case EVICTED -> "`maxmemory`";
      default ->
          COMMANDS.stream()
              .filter(command -> command.emits().contains(type))
              .map(DocumentationTest::spelled)
              .sorted()
              .collect(Collectors.joining(", "));
    };
  }

  // -------------------------------------------------------------------------------- parameters

  @Test
  void parameters() throws IOException {
    Page page =
        new Page(
            "Parameters",
            """
            Names, values and files are those of Redis. A parameter is set by a line of the
            configuration file, by `--name value` on the command line, and, if it is mutable, by CONFIG
            SET. *Protected* ones need `enable-protected-configs`.\
            """);
    page.heading("With effect");
    page.table("parameter", "what it does", "default", "values", "changes", "since");
    rows(true)
        .forEach(
            row ->
                page.row(
                    names(row),
                    row.doc(),
                    initially(row),
                    row.type().doc(),
                    changes(row.mutability()),
                    row.since()));
    page.heading("Accepted without effect");
    page.paragraph(
        """
        Existing files and tools may set them, and CONFIG GET answers what was set. Nothing happens; the
        server names at its start those that it was given. The sentences say what they are for in
        Redis, or in a later version.\
        """);
    page.table("parameter", "what it is for", "default", "values", "since");
    rows(false)
        .forEach(
            row -> page.row(names(row), row.doc(), initially(row), row.type().doc(), row.since()));
    expect("parameters.md", page);
  }

  private static Stream<Parameter<?>> rows(boolean effect) {
    return Parameters.all().stream()
        .filter(row -> row.hasEffect() == effect && !row.isHidden())
        .sorted(Comparator.comparing(Parameter::name));
  }

  private static String names(Parameter<?> row) {
    return Stream.concat(Stream.of(row.name()), row.aliases().stream())
        .map(Page::code)
        .collect(Collectors.joining(", "));
  }

  private static <T> String initially(Parameter<T> row) {
    String text = row.type().format(row.initially());
    return text.isEmpty() ? "" : code(text);
  }

  private static String changes(Mutability mutability) {
    return switch (mutability) {
      case MUTABLE -> "any time";
      case PROTECTED -> "protected";
      case IMMUTABLE -> "before the start";
    };
  }

  // ---------------------------------------------------------------------------------- counters

  @Test
  void counters() throws IOException {
    Page page =
        new Page(
            "Counters",
            """
            What the engine counts. `INFO stats` shows the counters by these names; CONFIG RESETSTAT sets
            them to zero.\
            """);
    page.table("counter", "unit", "counts");
    for (EngineStats.Counter counter : new EngineStats().counters()) {
      page.row(code(counter.name()), counter.unit().name().toLowerCase(Locale.ROOT), counter.doc());
    }
    expect("counters.md", page);
  }
}
