package dev.carillon.engine.command;

import dev.carillon.engine.acl.Abilities;
import dev.carillon.protocol.bytes.Bytes;
import dev.carillon.protocol.resp.Request;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
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
 *
 * <p>Names are hashed and compared by their first eight bytes in one word, which for most commands
 * is all of the name.
 */
public final class CommandTable {

  private static final VarHandle INT64 =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN)
          .withInvokeExactBehavior();

  private static final long ONES = 0x0101010101010101L;
  private static final long HIGHS = 0x8080808080808080L;

  private final Map<String, Command> byName;
  private final @Nullable Command[] slots;

  /** The {@link #head} of the name in each slot. */
  private final long[] heads;

  private final int mask;

  private final Abilities abilities;

  private CommandTable(Map<String, Command> byName) {
    this.byName = Collections.unmodifiableMap(byName);
    this.abilities = new TableAbilities(this);
    this.slots = new Command[Integer.highestOneBit(byName.size() * 4)];
    this.heads = new long[slots.length];
    this.mask = slots.length - 1;
    for (Command command : byName.values()) {
      long head = head(Bytes.of(command.name()));
      int slot = slot(head);
      while (slots[slot] != null) {
        slot = (slot + 1) & mask;
      }
      slots[slot] = command;
      heads[slot] = head;
    }
  }

  /** The row of a name, or null. O(length of the name). */
  public @Nullable Command find(Bytes name) {
    long head = head(name);
    int slot = slot(head);
    Command command = slots[slot];
    while (command != null && (heads[slot] != head || !sameRest(command.name(), name))) {
      slot = (slot + 1) & mask;
      command = slots[slot];
    }
    return command;
  }

  private int slot(long head) {
    return (int) ((head * 0x9E3779B97F4A7C15L) >>> 40) & mask;
  }

  /**
   * The first eight bytes of a name with its letters in lower case, the first one lowest, and zeros
   * behind a shorter name.
   */
  private static long head(Bytes name) {
    byte[] array = name.array();
    int offset = name.offset();
    int length = Math.min(name.length(), 8);
    long word = 0;
    if (offset + 8 <= array.length) {
      // The bytes behind a shorter name belong to somebody else.
      word = length == 0 ? 0 : (long) INT64.get(array, offset) & -1L >>> 64 - 8 * length;
    } else {
      for (int i = length - 1; i >= 0; i--) {
        word = word << 8 | array[offset + i] & 0xff;
      }
    }
    // The high bit of each byte that is one of A to Z, moved to where it makes a small letter.
    long low = word & ~HIGHS;
    long fromA = low + (0x80 - 'A') * ONES;
    long aboveZ = low + (0x7f - 'Z') * ONES;
    return word | (fromA & ~aboveZ & ~word & HIGHS) >>> 2;
  }

  /** Whether two names are the same whose heads are. */
  private static boolean sameRest(String lowerCase, Bytes name) {
    return name.length() <= 8 ? lowerCase.length() == name.length() : sameName(lowerCase, name);
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

  /**
   * The row that a request asks for, a subcommand's where its container is named; null if there is
   * none.
   */
  public @Nullable Command findRow(Request request) {
    Command command = find(request.argument(0));
    return command != null && command.container && request.count() > 1
        ? findSubcommand(command, request.argument(1))
        : command;
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

  /** The commands as users' rules know them. */
  public Abilities abilities() {
    return abilities;
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
