package dev.carillon.engine.command.family;

import dev.carillon.engine.command.CommandGroup;
import dev.carillon.engine.command.CommandTable;

/** The server as a whole: INFO, DBSIZE, FLUSHALL, SWAPDB, TIME and the like. */
final class ServerCommands {

  private ServerCommands() {}

  static void register(CommandTable.Builder table) {
    table.group(CommandGroup.SERVER);
  }
}
