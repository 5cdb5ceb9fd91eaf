package dev.carillon.engine.command.family;

import dev.carillon.engine.command.CommandGroup;
import dev.carillon.engine.command.CommandTable;

/** CLIENT: names, lists, kills, pauses and tracks clients. */
final class ClientCommands {

  private ClientCommands() {}

  static void register(CommandTable.Builder table) {
    table.group(CommandGroup.CONNECTION);
  }
}
