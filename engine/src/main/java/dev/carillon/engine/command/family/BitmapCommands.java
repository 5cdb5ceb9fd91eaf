package dev.carillon.engine.command.family;

import dev.carillon.engine.command.CommandGroup;
import dev.carillon.engine.command.CommandTable;

/** Strings as arrays of bits. */
final class BitmapCommands {

  private BitmapCommands() {}

  static void register(CommandTable.Builder table) {
    table.group(CommandGroup.BITMAP);
  }
}
