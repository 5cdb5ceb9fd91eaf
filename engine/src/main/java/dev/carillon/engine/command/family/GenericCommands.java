package dev.carillon.engine.command.family;

import dev.carillon.engine.command.CommandGroup;
import dev.carillon.engine.command.CommandTable;

/** Commands for keys of any type. */
final class GenericCommands {

  private GenericCommands() {}

  static void register(CommandTable.Builder table) {
    table.group(CommandGroup.GENERIC);
  }
}
