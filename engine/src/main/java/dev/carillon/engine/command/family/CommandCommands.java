package dev.carillon.engine.command.family;

import static dev.carillon.engine.command.CommandFlag.LOADING;
import static dev.carillon.engine.command.CommandFlag.STALE;

import dev.carillon.engine.command.Command;
import dev.carillon.engine.command.CommandContext;
import dev.carillon.engine.command.CommandFlag;
import dev.carillon.engine.command.CommandGroup;
import dev.carillon.engine.command.CommandTable;
import dev.carillon.engine.command.Grammar;
import dev.carillon.engine.command.Handler;
import dev.carillon.engine.command.KeyAccess;
import dev.carillon.engine.command.KeySpec;
import dev.carillon.engine.reply.Errors;
import dev.carillon.engine.reply.Outbox;
import dev.carillon.engine.reply.ReplyWriter;
import dev.carillon.protocol.bytes.Bytes;
import dev.carillon.protocol.bytes.Glob;
import dev.carillon.protocol.resp.Request;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** COMMAND: what the table of commands says of them. */
final class CommandCommands {

  private CommandCommands() {}

  static void register(CommandTable.Builder table) {
    table.group(CommandGroup.SERVER);
    Command.Row command =
        table
            .command("command", -1, CommandCommands::all)
            .flags(LOADING, STALE)
            .categories("connection")
            .since("2.8.13")
            .summary("Describes all commands.")
            .grammar("~nondeterministic_output_order")
            .complexity("O(N) where N is the total number of Redis commands");
    sub(command, "count", 2, ctx -> ctx.reply().integer(ctx.commands().commands().size()))
        .since("2.8.13")
        .summary("Counts the commands.")
        .complexity("O(1)");
    sub(command, "docs", -2, CommandCommands::docs)
        .since("7.0.0")
        .summary("Documents commands.")
        .grammar("~nondeterministic_output_order command-name:string?*")
        .complexity("O(N) where N is the number of commands to look up");
    sub(command, "getkeys", -3, CommandCommands::getkeys)
        .since("2.8.13")
        .summary("Answers the arguments of a request that are keys.")
        .grammar("command:string arg:string?*")
        .complexity("O(N) where N is the number of arguments to the command");
    sub(command, "getkeysandflags", -3, CommandCommands::getkeysandflags)
        .since("7.0.0")
        .summary("Answers the keys of a request and what happens to them.")
        .grammar("command:string arg:string?*")
        .complexity("O(N) where N is the number of arguments to the command");
    sub(command, "info", -2, CommandCommands::info)
        .since("2.8.13")
        .summary("Describes commands.")
        .grammar("~nondeterministic_output_order command-name:string?*")
        .complexity("O(N) where N is the number of commands to look up");
    sub(command, "list", -2, CommandCommands::list)
        .since("7.0.0")
        .summary("Lists the names of commands.")
        .grammar(
            """
            ~nondeterministic_output_order filterby:oneof=FILTERBY?( module-name:string=MODULE
            category:string=ACLCAT pattern:pattern=PATTERN )
            """)
        .complexity("O(N) where N is the total number of Redis commands");
    Help.subcommand(
            command,
            List.of(
                "(no subcommand)",
                "    Describes all commands.",
                "COUNT",
                "    Counts the commands.",
                "DOCS [<command-name> ...]",
                "    Documents commands, or all.",
                "GETKEYS <full-command>",
                "    Answers the arguments of a request that are keys.",
                "GETKEYSANDFLAGS <full-command>",
                "    Answers the keys of a request and what happens to them.",
                "INFO [<command-name> ...]",
                "    Describes commands, or all.",
                "LIST [FILTERBY (MODULE <module>|ACLCAT <category>|PATTERN <pattern>)]",
                "    Lists the names of commands."),
            "5.0.0",
            LOADING,
            STALE)
        .categories("connection");
  }

  private static Command.Row sub(Command.Row command, String name, int arity, Handler handler) {
    return command.subcommand(name, arity, handler).flags(LOADING, STALE).categories("connection");
  }

  // -------------------------------------------------------------------------------- describing

  private static void all(CommandContext ctx) {
    Collection<Command> commands = ctx.commands().commands();
    ctx.reply().array(commands.size());
    commands.forEach(command -> describe(ctx.reply(), command));
  }

  private static void info(CommandContext ctx) {
    if (ctx.count() == 2) {
      all(ctx);
      return;
    }
    ReplyWriter reply = ctx.reply();
    reply.array(ctx.count() - 2L);
    for (int i = 2; i < ctx.count(); i++) {
      Command command = ctx.commands().findByFullName(ctx.argument(i));
      if (command == null) {
        reply.nil();
      } else {
        describe(reply, command);
      }
    }
  }

  private static void describe(ReplyWriter reply, Command command) {
    reply.array(10);
    reply.bulk(command.fullName());
    reply.integer(command.arity());
    Set<CommandFlag> flags = EnumSet.noneOf(CommandFlag.class);
    flags.addAll(command.flags());
    // Redis knows this flag and does not show it.
    flags.remove(CommandFlag.MAY_REPLICATE);
    reply.set(flags.size());
    flags.forEach(flag -> reply.simple(flag.wireName()));
    KeySpec keys = command.keys();
    reply.integer(keys.first());
    // Old clients expect the last key as an index, or as one from the end.
    reply.integer(keys.last());
    reply.integer(keys.step());
    reply.set(command.categories().size());
    command.categories().forEach(reply::simple);
    List<String> tips = Grammar.tips(command.grammar());
    reply.set(tips.size());
    tips.forEach(reply::bulk);
    reply.set(keys.parts().size());
    for (KeySpec.Part part : keys.parts()) {
      describe(reply, command, part);
    }
    Collection<Command> subcommands = command.subcommands().values();
    if (subcommands.isEmpty()) {
      reply.set(0);
    } else {
      reply.array(subcommands.size());
      subcommands.forEach(sub -> describe(reply, sub));
    }
  }

  private static void describe(ReplyWriter reply, Command command, KeySpec.Part part) {
    reply.map(3);
    reply.bulk("flags");
    access(reply, KeyAccess.of(command, part));
    reply.bulk("begin_search");
    String keyword = part.keyword();
    if (keyword != null) {
      typed(reply, "keyword", 2);
      reply.bulk("keyword");
      reply.bulk(keyword);
      number(reply, "startfrom", part.begin());
    } else if (part.keys() == KeySpec.Keys.UNKNOWN) {
      typed(reply, "unknown", 0);
    } else {
      typed(reply, "index", 1);
      number(reply, "index", part.begin());
    }
    reply.bulk("find_keys");
    switch (part.keys()) {
      case RANGE -> {
        typed(reply, "range", 3);
        number(reply, "lastkey", part.last());
        number(reply, "keystep", part.step());
        number(reply, "limit", part.limit());
      }
      case COUNTED -> {
        typed(reply, "keynum", 3);
        number(reply, "keynumidx", 0);
        number(reply, "firstkey", 1);
        number(reply, "keystep", part.step());
      }
      case UNKNOWN -> typed(reply, "unknown", 0);
    }
  }

  private static void typed(ReplyWriter reply, String type, int size) {
    reply.map(2);
    reply.bulk("type");
    reply.bulk(type);
    reply.bulk("spec");
    reply.map(size);
  }

  private static void number(ReplyWriter reply, String name, int number) {
    reply.bulk(name);
    reply.integer(number);
  }

  private static final String[] NONE = {};

  private static void access(ReplyWriter reply, String access) {
    String[] words = access.isEmpty() ? NONE : access.split(" ");
    reply.set(words.length);
    for (String word : words) {
      reply.simple(word);
    }
  }

  // ------------------------------------------------------------------------------- documenting

  private static void docs(CommandContext ctx) {
    Collection<Command> commands = ctx.commands().commands();
    if (ctx.count() > 2) {
      commands = new ArrayList<>();
      for (int i = 2; i < ctx.count(); i++) {
        Command command = ctx.commands().findByFullName(ctx.argument(i));
        if (command != null) {
          commands.add(command);
        }
      }
    }
    document(ctx.reply(), commands);
  }

  private static void document(ReplyWriter reply, Collection<Command> commands) {
    reply.map(commands.size());
    for (Command command : commands) {
      boolean hasComplexity = !command.complexity().isEmpty();
      boolean isContainer = !command.subcommands().isEmpty();
      reply.bulk(command.fullName());
      List<Grammar.Argument> arguments = Grammar.arguments(command.grammar());
      boolean hasArguments = !arguments.isEmpty();
      boolean isDeprecated = command.deprecatedSince() != null;
      reply.map(
          3
              + (hasComplexity ? 1 : 0)
              + (command.isInternal() ? 1 : 0)
              + (isDeprecated ? 3 : 0)
              + (hasArguments ? 1 : 0)
              + (isContainer ? 1 : 0));
      text(reply, "summary", command.summary());
      text(reply, "since", command.since());
      text(reply, "group", command.group().wireName());
      if (hasComplexity) {
        text(reply, "complexity", command.complexity());
      }
      if (isDeprecated || command.isInternal()) {
        reply.bulk("doc_flags");
        reply.set(1);
        reply.simple(isDeprecated ? "deprecated" : "syscmd");
      }
      if (isDeprecated) {
        textIfAny(reply, "deprecated_since", command.deprecatedSince());
        text(reply, "replaced_by", command.replacement());
      }
      if (hasArguments) {
        reply.bulk("arguments");
        documentArguments(reply, arguments);
      }
      if (isContainer) {
        reply.bulk("subcommands");
        document(reply, command.subcommands().values());
      }
    }
  }

  private static void documentArguments(ReplyWriter reply, List<Grammar.Argument> arguments) {
    reply.array(arguments.size());
    for (Grammar.Argument argument : arguments) {
      Outbox.Place place = reply.mapLater();
      int pairs = 3;
      text(reply, "name", argument.name());
      text(reply, "type", argument.type());
      if (!argument.isGroup()) {
        text(reply, "display_text", argument.displayText());
      }
      if (argument.keySpec() >= 0) {
        number(reply, "key_spec_index", argument.keySpec());
        pairs++;
      }
      pairs += textIfAny(reply, "token", argument.token());
      pairs += textIfAny(reply, "since", argument.since());
      pairs += textIfAny(reply, "deprecated_since", argument.deprecatedSince());
      if (!argument.flags().isEmpty()) {
        reply.bulk("flags");
        reply.set(argument.flags().size());
        argument.flags().forEach(reply::simple);
        pairs++;
      }
      if (argument.isGroup()) {
        reply.bulk("arguments");
        documentArguments(reply, argument.parts());
      }
      reply.endMap(place, pairs);
    }
  }

  private static int textIfAny(ReplyWriter reply, String name, @Nullable String text) {
    if (text == null) {
      return 0;
    }
    text(reply, name, text);
    return 1;
  }

  private static void text(ReplyWriter reply, String name, String text) {
    reply.bulk(name);
    reply.bulk(text);
  }

  // ------------------------------------------------------------------------------------ listing

  private static void list(CommandContext ctx) {
    Predicate<Command> wanted = command -> true;
    if (ctx.count() == 5 && ctx.isWord(2, "FILTERBY")) {
      wanted = filter(ctx, ctx.argument(4));
    } else if (ctx.count() != 2) {
      throw Errors.SYNTAX.error();
    }
    List<Command> found = new ArrayList<>();
    for (Command command : ctx.commands().commands()) {
      add(found, command, wanted);
      for (Command sub : command.subcommands().values()) {
        add(found, sub, wanted);
      }
    }
    ctx.reply().array(found.size());
    found.forEach(command -> ctx.reply().bulk(command.fullName()));
  }

  private static void add(List<Command> found, Command command, Predicate<Command> wanted) {
    if (wanted.test(command)) {
      found.add(command);
    }
  }

  private static Predicate<Command> filter(CommandContext ctx, Bytes value) {
    if (ctx.isWord(3, "MODULE")) {
      return command -> false;
    } else if (ctx.isWord(3, "ACLCAT")) {
      String category = "@" + value.toLatin1().toLowerCase(Locale.ROOT);
      return command -> command.categories().contains(category);
    } else if (ctx.isWord(3, "PATTERN")) {
      return command -> Glob.matchesIgnoringCase(value, Bytes.of(command.fullName()));
    }
    throw Errors.SYNTAX.error();
  }

  // --------------------------------------------------------------------------------------- keys

  private static void getkeys(CommandContext ctx) {
    Request asked = asked(ctx);
    keys(ctx, asked, requireCommand(ctx, asked), false);
  }

  private static void getkeysandflags(CommandContext ctx) {
    Request asked = asked(ctx);
    keys(ctx, asked, requireCommand(ctx, asked), true);
  }

  private static Request asked(CommandContext ctx) {
    Bytes[] arguments = new Bytes[ctx.count() - 2];
    for (int i = 0; i < arguments.length; i++) {
      arguments[i] = ctx.argument(i + 2);
    }
    return Request.of(arguments);
  }

  private static Command requireCommand(CommandContext ctx, Request asked) {
    Command command = ctx.commands().find(asked.argument(0));
    if (command != null && !command.subcommands().isEmpty() && asked.count() > 1) {
      command = CommandTable.findSubcommand(command, asked.argument(1));
    }
    if (command == null) {
      throw Errors.NOT_A_COMMAND.error();
    }
    if (!namesKeys(command)) {
      throw Errors.COMMAND_WITHOUT_KEYS.error();
    }
    if (!command.accepts(asked.count())) {
      throw Errors.COMMAND_ARITY.error();
    }
    return command;
  }

  /** Shard channels are found like keys, and are none. */
  private static boolean namesKeys(Command command) {
    List<KeySpec.Part> parts = command.keys().parts();
    return command.keys() != KeySpec.NONE
        && (parts.isEmpty()
            || parts.stream().anyMatch(part -> KeyAccess.isKey(KeyAccess.of(command, part))));
  }

  private static void keys(CommandContext ctx, Request asked, Command command, boolean flags) {
    List<Integer> indexes = new ArrayList<>();
    KeySpec spec = command.keys();
    boolean fits = spec.fits(asked);
    if (!spec.isIncomplete() && spec.describes(asked)) {
      spec.forEachDescribed(asked, indexes::add);
    } else {
      spec.forEachKey(asked, indexes::add);
    }
    if (indexes.isEmpty() && !command.flags().contains(CommandFlag.NO_MANDATORY_KEYS)) {
      throw Errors.COMMAND_ARGUMENTS.error();
    }
    ReplyWriter reply = ctx.reply();
    reply.array(indexes.size());
    for (int index : indexes) {
      if (flags) {
        reply.array(2);
      }
      reply.bulk(asked.argument(index));
      if (flags) {
        // What happens to keys that are only guessed is not said.
        access(reply, fits ? KeyAccess.of(command, spec.partOf(asked, index), asked) : "");
      }
    }
  }
}
