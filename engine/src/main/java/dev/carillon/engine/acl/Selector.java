package dev.carillon.engine.acl;

import dev.carillon.engine.acl.RuleError.Reason;
import dev.carillon.protocol.bytes.Bytes;
import dev.carillon.protocol.bytes.Glob;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Supplier;

/**
 * One set of rules: the commands, keys and channels that it allows together. A request is allowed
 * if one selector of its user allows all of it. Engine thread only.
 *
 * <p>Rules are applied one after the other and later ones win. What was said about commands is kept
 * as it was said, so that it reads back in the same order; what a later rule made void is dropped.
 */
public final class Selector {

  /** A key may be read. */
  public static final int READ = 1;

  /** A key may be written. */
  public static final int WRITE = 2;

  private static final int ALL = READ | WRITE;

  private record KeyPattern(Bytes glob, int access) {
    String text() {
      String name = glob.toLatin1();
      return switch (access) {
        case READ -> "%R~" + name;
        case WRITE -> "%W~" + name;
        default -> "~" + name;
      };
    }
  }

  private final Abilities abilities;
  private BitSet commands = new BitSet();

  /** Whether the rules about commands begin with all of them; else with none. */
  private boolean fromAll;

  /** Words that a command, forbidden otherwise, may have as its first argument. */
  private final Map<Integer, List<String>> firstArguments = new HashMap<>();

  private final List<String> commandRules = new ArrayList<>();
  private final List<KeyPattern> keys = new ArrayList<>();
  private boolean allKeys;
  private final List<Bytes> channels = new ArrayList<>();
  private boolean allChannels;

  /**
   * Allows nothing, but perhaps all channels.
   *
   * @param allChannels whether all channels are allowed at first
   */
  Selector(Abilities abilities, boolean allChannels) {
    this.abilities = abilities;
    this.allChannels = allChannels;
  }

  Selector copy() {
    Selector copy = new Selector(abilities, allChannels);
    copy.commands = (BitSet) commands.clone();
    copy.fromAll = fromAll;
    firstArguments.forEach(
        (number, words) -> copy.firstArguments.put(number, new ArrayList<>(words)));
    copy.commandRules.addAll(commandRules);
    copy.keys.addAll(keys);
    copy.allKeys = allKeys;
    copy.channels.addAll(channels);
    return copy;
  }

  // -------------------------------------------------------------------------------------- asking

  /** Whether everything is allowed. */
  boolean isUnlimited() {
    return allKeys && allChannels && commands.cardinality() == abilities.count();
  }

  /**
   * Whether a command may be used.
   *
   * @param firstArgument what stands behind its name, asked for only where it matters; {@link
   *     Bytes#EMPTY} if nothing does
   */
  public boolean allowsCommand(int number, Supplier<Bytes> firstArgument) {
    if (commands.get(number)) {
      return true;
    }
    List<String> words = firstArguments.get(number);
    return words != null
        && words.stream().anyMatch(word -> word.equalsIgnoreCase(firstArgument.get().toLatin1()));
  }

  /**
   * Whether a key may be used so.
   *
   * @param access what is done to it: {@link #READ}, {@link #WRITE}, both or neither
   */
  public boolean allowsKey(Bytes key, int access) {
    if (allKeys) {
      return true;
    }
    for (KeyPattern pattern : keys) {
      if ((pattern.access & access) == access && Glob.matches(pattern.glob, key)) {
        return true;
      }
    }
    return false;
  }

  /** Whether every key may be read. */
  boolean readsAllKeys() {
    return allKeys
        || keys.stream()
            .anyMatch(key -> (key.access & READ) != 0 && key.glob.toLatin1().equals("*"));
  }

  /** Whether messages may be sent to a channel or received from it. */
  public boolean allowsChannel(Bytes channel) {
    return allChannels || channels.stream().anyMatch(glob -> Glob.matches(glob, channel));
  }

  /** Whether channels may be received by a pattern, which must be one of the rules' own. */
  public boolean allowsPattern(Bytes pattern) {
    return allChannels || channels.contains(pattern);
  }

  // ------------------------------------------------------------------------------------- changing

  /** Applies one rule. */
  void apply(String rule) throws RuleError {
    switch (rule.toLowerCase(Locale.ROOT)) {
      case "" -> {
        // Says nothing.
      }
      case "allkeys", "~*" -> allKeys(true);
      case "resetkeys" -> allKeys(false);
      case "allchannels", "&*" -> allChannels(true);
      case "resetchannels" -> allChannels(false);
      case "allcommands", "+@all" -> allCommands(true);
      case "nocommands", "-@all" -> allCommands(false);
      default -> {
        switch (rule.charAt(0)) {
          case '~', '%' -> addKeys(rule);
          case '&' -> addChannels(rule);
          case '+', '-' -> {
            if (rule.startsWith("@", 1)) {
              addCategory(rule);
            } else if (rule.charAt(0) == '+') {
              allow(rule);
            } else {
              forbid(rule);
            }
          }
          default -> throw new RuleError(rule, Reason.SYNTAX);
        }
      }
    }
  }

  private void allKeys(boolean all) {
    allKeys = all;
    keys.clear();
  }

  private void addKeys(String rule) throws RuleError {
    if (allKeys) {
      throw new RuleError(rule, Reason.ALL_KEYS);
    }
    int access = ALL;
    int from = 1;
    if (rule.charAt(0) == '%') {
      access = 0;
      for (; from < rule.length() && rule.charAt(from) != '~'; from++) {
        int more =
            switch (rule.charAt(from)) {
              case 'R', 'r' -> READ;
              case 'W', 'w' -> WRITE;
              default -> 0;
            };
        if (more == 0 || (access & more) != 0) {
          throw new RuleError(rule, Reason.SYNTAX);
        }
        access |= more;
      }
      from = Math.min(from + 1, rule.length());
      if (access == 0) {
        throw new RuleError(rule, Reason.SYNTAX);
      }
    }
    Bytes glob = glob(rule, from);
    for (int i = 0; i < keys.size(); i++) {
      if (keys.get(i).glob.equals(glob)) {
        keys.set(i, new KeyPattern(glob, keys.get(i).access | access));
        return;
      }
    }
    keys.add(new KeyPattern(glob, access));
  }

  private void allChannels(boolean all) {
    allChannels = all;
    channels.clear();
  }

  private void addChannels(String rule) throws RuleError {
    if (allChannels) {
      throw new RuleError(rule, Reason.ALL_CHANNELS);
    }
    Bytes glob = glob(rule, 1);
    if (!channels.contains(glob)) {
      channels.add(glob);
    }
  }

  /** A glob without spaces, which could not be written in a line of a file. */
  private static Bytes glob(String rule, int from) throws RuleError {
    if (Users.hasSpaceOrZero(rule)) {
      throw new RuleError(rule, Reason.SYNTAX);
    }
    return Bytes.of(rule.substring(from).getBytes(StandardCharsets.ISO_8859_1));
  }

  private void allCommands(boolean all) {
    fromAll = all;
    commands.clear();
    if (all) {
      commands.set(0, abilities.count());
    }
    firstArguments.clear();
    commandRules.clear();
  }

  private void addCategory(String rule) throws RuleError {
    BitSet members = abilities.category(rule.substring(2));
    if (members == null) {
      throw new RuleError(rule, Reason.UNKNOWN);
    }
    for (int i = members.nextSetBit(0); i >= 0; i = members.nextSetBit(i + 1)) {
      set(i, rule.charAt(0) == '+');
    }
    note(rule.charAt(0), rule.substring(1));
  }

  private void allow(String rule) throws RuleError {
    String name = rule.substring(1);
    int bar = name.lastIndexOf('|');
    int command = abilities.number(bar < 0 ? name : name.substring(0, bar));
    if (command < 0) {
      throw new RuleError(rule, Reason.UNKNOWN);
    }
    if (bar < 0) {
      set(command, true);
    } else if (abilities.isSubcommand(command)) {
      throw new RuleError(rule, Reason.ARGUMENT_OF_SUBCOMMAND);
    } else if (bar == name.length() - 1) {
      throw new RuleError(rule, Reason.SYNTAX);
    } else if (abilities.familyEnd(command) == command + 1) {
      firstArguments.computeIfAbsent(command, it -> new ArrayList<>()).add(name.substring(bar + 1));
    } else {
      int subcommand = abilities.number(name);
      if (subcommand < 0) {
        throw new RuleError(rule, Reason.UNKNOWN);
      }
      set(subcommand, true);
    }
    note('+', name);
  }

  private void forbid(String rule) throws RuleError {
    int command = abilities.number(rule.substring(1));
    if (command < 0) {
      throw new RuleError(rule, Reason.UNKNOWN);
    }
    set(command, false);
    note('-', rule.substring(1));
  }

  private void set(int command, boolean allowed) {
    commands.set(command, abilities.familyEnd(command), allowed);
    firstArguments.remove(command);
  }

  /** Keeps what was said, in place of what was said before about the same. */
  private void note(char sign, String about) {
    String name = about.toLowerCase(Locale.ROOT);
    commandRules.removeIf(
        rule ->
            rule.startsWith(name, 1)
                && (rule.length() == name.length() + 1 || rule.charAt(name.length() + 1) == '|'));
    commandRules.add(sign + name);
  }

  // -------------------------------------------------------------------------------------- telling

  /** The rules about commands, as they would have to be said. */
  public String commandsText() {
    String first = fromAll ? "+@all" : "-@all";
    return commandRules.isEmpty() ? first : first + " " + String.join(" ", commandRules);
  }

  /** The rules about keys, empty if there are none. */
  public String keysText() {
    return allKeys ? "~*" : String.join(" ", keys.stream().map(KeyPattern::text).toList());
  }

  /** Whether any channel is allowed. */
  boolean allowsSomeChannel() {
    return allChannels || !channels.isEmpty();
  }

  /** The rules about channels, empty if there are none. */
  public String channelsText() {
    return allChannels
        ? "&*"
        : String.join(" ", channels.stream().map(glob -> "&" + glob.toLatin1()).toList());
  }

  /** All rules as they stand in a line of a file. */
  String text() {
    StringBuilder text = new StringBuilder();
    if (!keysText().isEmpty()) {
      text.append(keysText()).append(' ');
    }
    if (!allChannels) {
      text.append("resetchannels ");
    }
    if (!channelsText().isEmpty()) {
      text.append(channelsText()).append(' ');
    }
    return text.append(commandsText()).toString();
  }
}
