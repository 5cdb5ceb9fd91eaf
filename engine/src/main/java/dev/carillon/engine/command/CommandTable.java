package dev.carillon.engine.command;

import dev.carillon.protocol.bytes.Bytes;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * THE table of commands: finds a row by name, whatever its case, without allocating. Immutable but
 * for the counters of its rows.
 */
public final class CommandTable {

  private final Map<String, Command> byName;
  private final @Nullable Command[] slots;
  private final int mask;

  private CommandTable(Map<String, Command> byName) {
    this.byName = Collections.unmodifiableMap(byName);
    this.slots = new Command[Integer.highestOneBit(byName.size() * 4)];
    this.mask = slots.length - 1;
    for (Command command : byName.values()) {
      Bytes name = Bytes.of(command.name());
      int slot = hash(name) & mask;
      while (slots[slot] != null) {
        slot = (slot + 1) & mask;
      }
      slots[slot] = command;
    }
  }

  /** The row of a name, or null. O(length of the name). */
  public @Nullable Command find(Bytes name) {
    int slot = hash(name) & mask;
    Command command = slots[slot];
    while (command != null && !sameName(command.name(), name)) {
      slot = (slot + 1) & mask;
      command = slots[slot];
    }
    return command;
  }

  /** The subcommand of a container by its word, or null. */
  public static @Nullable Command findSubcommand(Command container, Bytes word) {
    for (Command sub : container.subcommands().values()) {
      if (sameName(sub.name(), word)) {
        return sub;
      }
    }
    return null;
  }

  /** The row of a full name, {@code get} or {@code config|get}, or null. */
  public @Nullable Command findByFullName(Bytes fullName) {
    int bar = 0;
    while (bar < fullName.length() && fullName.at(bar) != '|') {
      bar++;
    }
    Command command = find(fullName.range(0, bar));
    if (command == null || bar == fullName.length()) {
      return command;
    }
    return findSubcommand(command, fullName.range(bar + 1, fullName.length()));
  }

  /** All rows, containers without their subcommands, in the order of the families. */
  public Collection<Command> commands() {
    return byName.values();
  }

  private static boolean sameName(String lowerCase, Bytes name) {
    int length = name.length();
    if (lowerCase.length() != length) {
      return false;
    }
    for (int i = 0; i < length; i++) {
      if (lower(name.at(i)) != lowerCase.charAt(i)) {
        return false;
      }
    }
    return true;
  }

  private static int hash(Bytes name) {
    int hash = 0;
    for (int i = 0; i < name.length(); i++) {
      hash = 31 * hash + lower(name.at(i));
    }
    return hash ^ hash >>> 15;
  }

  private static int lower(byte letter) {
    return letter >= 'A' && letter <= 'Z' ? letter + ('a' - 'A') : letter & 0xff;
  }

  /** Collects the rows of the families. */
  public static final class Builder {

    private final List<Command.Row> rows = new ArrayList<>();
    private CommandGroup group = CommandGroup.GENERIC;

    /** The rows that follow belong to this family. */
    public Builder group(CommandGroup newGroup) {
      group = newGroup;
      return this;
    }

    /** Adds a row. */
    public Command.Row command(String name, int arity, Handler handler) {
      return add(new Command.Row(null, name, arity, handler, group));
    }

    /** Adds a row that only has subcommands. */
    public Command.Row container(String name) {
      return add(new Command.Row(null, name, -2, null, group));
    }

    private Command.Row add(Command.Row row) {
      rows.add(row);
      return row;
    }

    /** The table of all rows added; two rows of one name are a programmer's error. */
    public CommandTable build() {
      Map<String, Command> byName = new LinkedHashMap<>();
      for (Command.Row row : rows) {
        Command previous = byName.put(row.name(), row.build());
        if (previous != null) {
          throw new IllegalStateException("two rows for the command " + row.name());
        }
      }
      return new CommandTable(byName);
    }
  }
}
