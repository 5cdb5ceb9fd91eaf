package dev.carillon.engine.command.family;

import static dev.carillon.engine.command.CommandFlag.ADMIN;
import static dev.carillon.engine.command.CommandFlag.LOADING;
import static dev.carillon.engine.command.CommandFlag.NOSCRIPT;
import static dev.carillon.engine.command.CommandFlag.STALE;

import dev.carillon.engine.command.Command;
import dev.carillon.engine.command.CommandContext;
import dev.carillon.engine.command.CommandGroup;
import dev.carillon.engine.command.CommandTable;
import dev.carillon.engine.config.ConfigError;
import dev.carillon.engine.config.Configuration.Assignment;
import dev.carillon.engine.config.Parameter;
import dev.carillon.engine.config.Parameters;
import dev.carillon.engine.reply.Errors;
import dev.carillon.engine.reply.ReplyWriter;
import dev.carillon.protocol.bytes.Bytes;
import dev.carillon.protocol.resp.Request;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.IntConsumer;

/** CONFIG: reads and changes parameters while the server runs. */
final class ConfigCommands {

  private ConfigCommands() {}

  static void register(CommandTable.Builder table) {
    table.group(CommandGroup.SERVER);
    Command.Row config =
        table
            .container("config")
            .since("2.0.0")
            .summary("Reads and changes parameters.")
            .complexity("Depends on subcommand.");
    config
        .subcommand("get", -3, ConfigCommands::get)
        .flags(ADMIN, NOSCRIPT, LOADING, STALE)
        .since("2.0.0")
        .summary("Answers the values of the parameters that match.")
        .grammar("parameter:string*")
        .complexity("O(N) when N is the number of configuration parameters provided");
    config
        .subcommand("set", -4, ConfigCommands::set)
        .flags(ADMIN, NOSCRIPT, LOADING, STALE)
        .secrets(ConfigCommands::sensitiveValues)
        .since("2.0.0")
        .summary("Changes parameters, all or none.")
        .grammar(
            """
            ~request_policy:all_nodes ~response_policy:all_succeeded data:block*(
            parameter:string value:string )
            """)
        .complexity("O(N) when N is the number of configuration parameters provided");
    config
        .subcommand("resetstat", 2, ConfigCommands::resetstat)
        .flags(ADMIN, NOSCRIPT, LOADING, STALE)
        .since("2.0.0")
        .summary("Sets the counters of INFO to zero.")
        .grammar("~request_policy:all_nodes ~response_policy:all_succeeded")
        .complexity("O(1)");
    config
        .subcommand("rewrite", 2, ConfigCommands::rewrite)
        .flags(ADMIN, NOSCRIPT, LOADING, STALE)
        .since("2.8.0")
        .summary("Writes the values in force into the configuration file.")
        .grammar("~request_policy:all_nodes ~response_policy:all_succeeded")
        .complexity("O(1)");
    Help.subcommand(
        config,
        List.of(
            "GET <pattern> [<pattern> ...]",
            "    Answers names and values of the parameters that match a pattern.",
            "SET <name> <value> [<name> <value> ...]",
            "    Changes parameters; if one is refused, none is changed.",
            "RESETSTAT",
            "    Sets the counters of INFO to zero.",
            "REWRITE",
            "    Writes the values in force into the configuration file."),
        "5.0.0",
        LOADING,
        STALE);
  }

  private static void get(CommandContext ctx) {
    List<String> patterns = new ArrayList<>();
    for (int i = 2; i < ctx.count(); i++) {
      patterns.add(ctx.argument(i).toLatin1());
    }
    Map<String, String> matched = ctx.config().match(patterns);
    ReplyWriter reply = ctx.reply();
    reply.map(matched.size());
    matched.forEach(
        (name, value) -> {
          reply.bulk(latin1(name));
          reply.bulk(latin1(value));
        });
  }

  private static Bytes latin1(String text) {
    return Bytes.of(text.getBytes(StandardCharsets.ISO_8859_1));
  }

  private static void set(CommandContext ctx) {
    if (ctx.count() % 2 != 0) {
      throw Errors.SYNTAX.error();
    }
    List<Assignment> assignments = new ArrayList<>();
    for (int i = 2; i < ctx.count(); i += 2) {
      assignments.add(new Assignment(ctx.argument(i).toLatin1(), ctx.argument(i + 1).toLatin1()));
    }
    try {
      ctx.config().set(assignments, ctx.session().peer().isLocal());
    } catch (ConfigError refusal) {
      throw Errors.CONFIG.error(refusal.text());
    }
    ctx.reply().ok();
  }

  private static void sensitiveValues(Request request, IntConsumer index) {
    for (int i = 2; i + 1 < request.count(); i += 2) {
      Parameter<?> parameter = Parameters.find(request.argument(i).toLatin1());
      if (parameter != null && parameter.isSensitive()) {
        index.accept(i + 1);
      }
    }
  }

  private static void resetstat(CommandContext ctx) {
    ctx.stats().reset();
    ctx.keyspace().resetCounters();
    ctx.sessions().resetCounters();
    ctx.snapshots().resetCounters();
    ctx.rewrites().resetCounters();
    ctx.host().resetCounters();
    for (Command command : ctx.commands().commands()) {
      command.stats.reset();
      command.subcommands().values().forEach(sub -> sub.stats.reset());
    }
    ctx.reply().ok();
  }

  private static void rewrite(CommandContext ctx) {
    String refusal = ctx.host().rewriteConfig();
    if (!refusal.isEmpty()) {
      throw Errors.CONFIG.error(refusal);
    }
    ctx.reply().ok();
  }
}
