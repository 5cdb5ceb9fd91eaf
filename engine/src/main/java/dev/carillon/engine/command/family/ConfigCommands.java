package dev.carillon.engine.command.family;

import dev.carillon.engine.command.CommandGroup;
import dev.carillon.engine.command.CommandTable;

/** CONFIG: reads and changes parameters. */
final class ConfigCommands {

  private ConfigCommands() {}

  static void register(CommandTable.Builder table) {
    table.group(CommandGroup.SERVER);
  }
}
