package dev.carillon.engine.command.family;

import dev.carillon.engine.command.CommandGroup;
import dev.carillon.engine.command.CommandTable;

/** Who a client is and how it is spoken to: HELLO, AUTH, SELECT, PING, RESET, QUIT. */
final class ConnectionCommands {

  private ConnectionCommands() {}

  static void register(CommandTable.Builder table) {
    table.group(CommandGroup.CONNECTION);
  }
}
