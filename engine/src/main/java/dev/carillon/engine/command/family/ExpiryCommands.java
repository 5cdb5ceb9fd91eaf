package dev.carillon.engine.command.family;

import dev.carillon.engine.command.CommandGroup;
import dev.carillon.engine.command.CommandTable;

/** Deadlines of keys: the EXPIRE and TTL families. */
final class ExpiryCommands {

  private ExpiryCommands() {}

  static void register(CommandTable.Builder table) {
    table.group(CommandGroup.GENERIC);
  }
}
