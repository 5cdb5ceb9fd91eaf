package dev.carillon.engine.command.family;

import dev.carillon.engine.command.CommandGroup;
import dev.carillon.engine.command.CommandTable;

/** Strings and numbers in them. */
final class StringCommands {

  private StringCommands() {}

  static void register(CommandTable.Builder table) {
    table.group(CommandGroup.STRING);
  }
}
