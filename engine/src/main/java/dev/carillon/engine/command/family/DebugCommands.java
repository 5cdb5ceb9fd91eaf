package dev.carillon.engine.command.family;

import dev.carillon.engine.command.CommandGroup;
import dev.carillon.engine.command.CommandTable;

/** DEBUG: for tests and tools. */
final class DebugCommands {

  private DebugCommands() {}

  static void register(CommandTable.Builder table) {
    table.group(CommandGroup.SERVER);
  }
}
