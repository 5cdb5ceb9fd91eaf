package dev.carillon.engine.command;

import dev.carillon.engine.acl.Abilities;
import dev.carillon.protocol.bytes.Bytes;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The commands of a table, numbered in its order, each subcommand behind its container. */
final class TableAbilities implements Abilities {

  private final CommandTable table;
  private final List<Command> numbered = new ArrayList<>();
  private final Map<String, BitSet> categories = new HashMap<>();

  TableAbilities(CommandTable table) {
    this.table = table;
    for (Command command : table.commands()) {
      add(command);
      command.subcommands().values().forEach(this::add);
    }
  }

  private void add(Command command) {
    command.number(numbered.size());
    for (String category : command.categories()) {
      categories.computeIfAbsent(category, it -> new BitSet()).set(command.number());
    }
    numbered.add(command);
  }

  @Override
  public int count() {
    return numbered.size();
  }

  @Override
  public int number(String name) {
    Command command = table.findByFullName(Bytes.of(name.getBytes(StandardCharsets.ISO_8859_1)));
    return command == null ? -1 : command.number();
  }

  @Override
  public boolean isSubcommand(int number) {
    Command command = numbered.get(number);
    return !command.name().equals(command.fullName());
  }

  @Override
  public int familyEnd(int number) {
    return number + 1 + numbered.get(number).subcommands().size();
  }

  @Override
  public @Nullable BitSet category(String name) {
    return categories.get("@" + name.toLowerCase(Locale.ROOT));
  }
}
