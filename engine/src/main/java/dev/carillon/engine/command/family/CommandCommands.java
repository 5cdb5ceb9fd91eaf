package dev.carillon.engine.command.family;

import dev.carillon.engine.command.CommandGroup;
import dev.carillon.engine.command.CommandTable;

/** COMMAND: what the table of commands says of itself. */
final class CommandCommands {

  private CommandCommands() {}

  static void register(CommandTable.Builder table) {
    table.group(CommandGroup.SERVER);
  }
}
