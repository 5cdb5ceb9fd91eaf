package dev.carillon.engine.command.family;

import dev.carillon.engine.command.Command;
import dev.carillon.engine.command.CommandFlag;
import dev.carillon.engine.reply.ReplyWriter;
import java.util.List;
import java.util.Locale;

/** The HELP subcommand of containers: usage lines as Redis lays them out. */
final class Help {

  private Help() {}

  /**
   * Adds {@code HELP} to a container.
   *
   * @param lines for each subcommand its grammar, then what it does, indented by four spaces
   */
  static Command.Row subcommand(
      Command.Row container, List<String> lines, String since, CommandFlag... flags) {
    String name = container.name().toUpperCase(Locale.ROOT);
    return container
        .subcommand(
            "help",
            2,
            ctx -> {
              ReplyWriter reply = ctx.reply();
              reply.array(lines.size() + 3L);
              reply.simple(name + " <subcommand> [<arg> [value] [opt] ...]. Subcommands are:");
              lines.forEach(reply::simple);
              reply.simple("HELP");
              reply.simple("    Prints this help.");
            })
        .flags(flags)
        .since(since)
        .summary("Lists the subcommands.")
        .complexity("O(1)");
  }
}
