package dev.carillon.engine.command;

import dev.carillon.protocol.bytes.Bytes;
import dev.carillon.protocol.event.EventType;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * One row of the table of commands: everything that is known of a command, and its handler.
 * COMMAND, its documentation pages and the dispatcher read rows; nothing about a command is written
 * anywhere else.
 */
public final class Command {

  private static final Set<String> CONFIRMED_ALWAYS =
      Set.of(
          "subscribe", "unsubscribe", "psubscribe", "punsubscribe", "ssubscribe", "sunsubscribe");

  private final String name;
  private final String fullName;
  private final int arity;
  private final @Nullable Handler handler;
  private final CommandGroup group;
  private final Set<CommandFlag> flags;
  private final Set<EventType> emits;
  private final boolean silent;
  private final KeySpec keys;
  private final @Nullable ChannelSpec channels;
  private final KeySpec.@Nullable Finder secrets;
  private final String since;
  private final String summary;
  private final String complexity;
  private final String grammar;
  private final @Nullable String deprecatedSince;
  private final String replacement;
  private final boolean internal;
  private final Set<String> categories;
  private final Map<Bytes, Command> subcommands;
  private int number = -1;

  // What the dispatcher asks of every request, taken out of the sets.
  final boolean write;
  final boolean denyOom;

  /** Whether it is served while data is being loaded. */
  final boolean whileLoading;

  final boolean noAuth;
  final boolean noMulti;
  final boolean maySpread;
  final boolean readonly;
  final boolean container;
  final boolean exec;

  /**
   * Whether it takes the same short time each time, as far as its request and reply are short, so
   * that several of them may be timed together.
   */
  final boolean steady;

  /** Whether its replies are messages, which a client gets that has switched replies off, too. */
  final boolean confirmedAlways;

  /** Whether it may write to feeds: to what groups know of them. */
  final boolean readsFeeds;

  /** Whether keys that it reads may be cached by clients. */
  final boolean readsKeys;

  /** Calls, failures and time of the command, for INFO commandstats. */
  public final CommandStats stats = new CommandStats();

  private Command(Row row) {
    this.name = row.name;
    this.fullName = row.parent == null ? row.name : row.parent + "|" + row.name;
    this.arity = row.arity;
    this.handler = row.handler;
    this.group = row.group;
    this.flags = Collections.unmodifiableSet(row.flags);
    this.emits = Collections.unmodifiableSet(row.emits);
    this.silent = row.silent;
    this.keys = row.keys;
    this.channels = row.channels;
    this.secrets = row.secrets;
    this.since = row.since;
    this.summary = row.summary;
    this.complexity = row.complexity;
    this.grammar = row.grammar;
    this.deprecatedSince = row.deprecatedSince;
    this.replacement = row.replacement;
    this.internal = row.internal;
    this.categories = Collections.unmodifiableSet(row.allCategories());
    Map<Bytes, Command> children = new LinkedHashMap<>();
    for (Row child : row.children) {
      children.put(Bytes.of(child.name), child.build());
    }
    this.subcommands = Collections.unmodifiableMap(children);
    this.write = flags.contains(CommandFlag.WRITE);
    this.whileLoading = flags.contains(CommandFlag.LOADING);
    this.denyOom = flags.contains(CommandFlag.DENYOOM);
    this.noAuth = flags.contains(CommandFlag.NO_AUTH);
    this.noMulti = flags.contains(CommandFlag.NO_MULTI);
    this.readonly = flags.contains(CommandFlag.READONLY);
    this.container = !subcommands.isEmpty();
    this.exec = fullName.equals("exec");
    this.readsFeeds = FeedGuard.isReader(fullName);
    this.steady =
        !flags.contains(CommandFlag.BLOCKING)
            && (flags.contains(CommandFlag.FAST)
                || keys != KeySpec.NONE && complexity.equals("O(1)"));
    this.confirmedAlways = CONFIRMED_ALWAYS.contains(fullName);
    this.readsKeys = readonly && !flags.contains(CommandFlag.PUBSUB) && keys != KeySpec.NONE;
    this.maySpread = write || flags.contains(CommandFlag.MAY_REPLICATE);
  }

  /** The name in lower case; a subcommand's own word. */
  public String name() {
    return name;
  }

  /** The name with its container in front: {@code config|get}. */
  public String fullName() {
    return fullName;
  }

  /**
   * The number of arguments with the name, negative if it is a minimum; as COMMAND INFO says it.
   */
  public int arity() {
    return arity;
  }

  /** Whether a request of {@code count} arguments has enough and not too many. */
  public boolean accepts(int count) {
    return arity >= 0 ? count == arity : count >= -arity;
  }

  /** What the command does; null for a container, which only has subcommands. */
  public @Nullable Handler handler() {
    return handler;
  }

  /** The family in COMMAND DOCS. */
  public CommandGroup group() {
    return group;
  }

  /** What the dispatcher and clients have to know. */
  public Set<CommandFlag> flags() {
    return flags;
  }

  /** The events that the command may cause; causing another one fails an assertion. */
  public Set<EventType> emits() {
    return emits;
  }

  /** Whether the command changes something about which Redis is silent. */
  public boolean isSilent() {
    return silent;
  }

  /** Which arguments are keys. */
  public KeySpec keys() {
    return keys;
  }

  /** Which arguments are channels that a user must be allowed to use, or null if there are none. */
  public @Nullable ChannelSpec channels() {
    return channels;
  }

  /** Names the arguments that nobody else may see (passwords), or null if there are none. */
  public KeySpec.@Nullable Finder secrets() {
    return secrets;
  }

  /** The version of Redis that had the command first. */
  public String since() {
    return since;
  }

  /** Since which version of Redis the command is not to be used any more, or null. */
  public @Nullable String deprecatedSince() {
    return deprecatedSince;
  }

  /** What is to be used instead of a deprecated command; empty of others. */
  public String replacement() {
    return replacement;
  }

  /** Whether the command is for servers and tests, and not for applications. */
  public boolean isInternal() {
    return internal;
  }

  /** What the command does, in one sentence. */
  public String summary() {
    return summary;
  }

  /** What the command costs. */
  public String complexity() {
    return complexity;
  }

  /**
   * The arguments and tips that Redis publishes, as {@link Grammar} reads them; empty if there are
   * none. Only COMMAND DOCS and COMMAND INFO ask: nothing here decides how a request is read.
   */
  public String grammar() {
    return grammar;
  }

  /** The categories of access control, with their at signs, sorted. */
  public Set<String> categories() {
    return categories;
  }

  /** The subcommands of a container by their names in lower case; empty for others. */
  public Map<Bytes, Command> subcommands() {
    return subcommands;
  }

  /** The place among all commands and subcommands of its table; users' rules know it by that. */
  public int number() {
    return number;
  }

  void number(int newNumber) {
    number = newNumber;
  }

  @Override
  public String toString() {
    return fullName;
  }

  /** Counters of one command since the start or CONFIG RESETSTAT. Engine thread only. */
  public static final class CommandStats {
    /** Executions. */
    public long calls;

    /** Executions that ended in an error reply. */
    public long failed;

    /** Requests that were refused before execution. */
    public long rejected;

    /** Time of all executions, in nanoseconds of the injected ticker. */
    public long nanos;

    private @Nullable DurationHistogram durations;

    /** Times of executions, or null if none were measured. */
    public @Nullable DurationHistogram durations() {
      return durations;
    }

    void record(long nanosOfOne, int times) {
      if (durations == null) {
        durations = new DurationHistogram();
      }
      durations.record(nanosOfOne, times);
    }

    /** Sets everything to zero. */
    public void reset() {
      calls = 0;
      failed = 0;
      rejected = 0;
      nanos = 0;
      durations = null;
    }
  }

  /**
   * A row being written. The families use it like this:
   *
   * <pre>{@code
   * table.command("getdel", 2, StringCommands::getdel)
   *     .flags(WRITE, FAST).key(1).emits(DEL).since("6.2.0")
   *     .summary("Answers the string of a key and deletes the key.")
   *     .grammar("key:key@0").complexity("O(1)");
   * }</pre>
   */
  public static final class Row {
    private final @Nullable String parent;
    private final String name;
    private final int arity;
    private final @Nullable Handler handler;
    private final CommandGroup group;
    private final EnumSet<CommandFlag> flags = EnumSet.noneOf(CommandFlag.class);
    private final EnumSet<EventType> emits = EnumSet.noneOf(EventType.class);
    private final Set<String> extraCategories = new TreeSet<>();
    private final List<Row> children = new ArrayList<>();
    private boolean silent;
    private boolean outsideFamily;
    private KeySpec keys = KeySpec.NONE;
    private @Nullable ChannelSpec channels;
    private KeySpec.@Nullable Finder secrets;
    private String since = "";
    private String summary = "";
    private String complexity = "";
    private String grammar = "";
    private @Nullable String deprecatedSince;
    private String replacement = "";
    private boolean internal;

    Row(
        @Nullable String parent,
        String name,
        int arity,
        @Nullable Handler handler,
        CommandGroup group) {
      this.parent = parent;
      this.name = name;
      this.arity = arity;
      this.handler = handler;
      this.group = group;
    }

    /** Adds flags. */
    public Row flags(CommandFlag... some) {
      flags.addAll(List.of(some));
      return this;
    }

    /** The argument at {@code index} is a key. */
    public Row key(int index) {
      keys = KeySpec.one(index);
      return this;
    }

    /** The argument at {@code index} is a key; {@code access} as in {@link KeySpec.Part#access}. */
    public Row key(int index, String access) {
      keys = KeySpec.one(index).access(access);
      return this;
    }

    /** Says which arguments are keys. */
    public Row keys(KeySpec spec) {
      keys = spec;
      if (spec.isMovable()) {
        flags.add(CommandFlag.MOVABLE_KEYS);
      }
      return this;
    }

    /** The arguments from {@code first} to {@code last}, -1 for the last one, are channels. */
    public Row channels(int first, int last) {
      channels = new ChannelSpec(first, last, false);
      return this;
    }

    /** The arguments from {@code first} on are patterns of channels. */
    public Row channelPatterns(int first) {
      channels = new ChannelSpec(first, -1, true);
      return this;
    }

    /** Says which arguments logs and monitors must not show. */
    public Row secrets(KeySpec.Finder finder) {
      secrets = finder;
      return this;
    }

    /** The events that the command may cause. */
    public Row emits(EventType... types) {
      emits.addAll(List.of(types));
      return this;
    }

    /** The command changes something about which Redis says nothing. */
    public Row silent() {
      silent = true;
      return this;
    }

    /** The version of Redis that had the command first. */
    public Row since(String version) {
      since = version;
      return this;
    }

    /** What the command does, in one sentence. */
    public Row summary(String sentence) {
      summary = sentence;
      return this;
    }

    /**
     * Redis advises against the command.
     *
     * @param version since when
     * @param instead what COMMAND DOCS says is to be used instead
     */
    public Row deprecated(String version, String instead) {
      deprecatedSince = version;
      replacement = instead;
      return this;
    }

    /** The command is for servers and tests, and not for applications. */
    public Row internal() {
      internal = true;
      return this;
    }

    /**
     * What Redis publishes of the arguments, and its tips for clients of clusters, in the notation
     * of {@link Grammar}, for COMMAND DOCS and COMMAND INFO. Kept as text and parsed when they ask.
     */
    public Row grammar(String text) {
      grammar = text;
      return this;
    }

    /** What the command costs. */
    public Row complexity(String text) {
      complexity = text;
      return this;
    }

    /** Categories of access control that do not follow from flags and family, without at signs. */
    public Row categories(String... names) {
      for (String category : names) {
        extraCategories.add("@" + category);
      }
      return this;
    }

    /** The command is not in the category of its family (SORT, WAIT). */
    public Row outsideFamilyCategory() {
      outsideFamily = true;
      return this;
    }

    /** Adds a subcommand; {@code arity} counts the container's name too. */
    public Row subcommand(String word, int subArity, Handler subHandler) {
      Row child = new Row(name, word, subArity, subHandler, group);
      children.add(child);
      return child;
    }

    private Set<String> allCategories() {
      Set<String> all = new TreeSet<>(extraCategories);
      if (flags.contains(CommandFlag.WRITE)) {
        all.add("@write");
      }
      if (flags.contains(CommandFlag.READONLY)) {
        all.add("@read");
      }
      if (flags.contains(CommandFlag.ADMIN)) {
        all.add("@admin");
        all.add("@dangerous");
      }
      if (flags.contains(CommandFlag.PUBSUB)) {
        all.add("@pubsub");
      }
      if (flags.contains(CommandFlag.BLOCKING)) {
        all.add("@blocking");
      }
      all.add(flags.contains(CommandFlag.FAST) ? "@fast" : "@slow");
      if (handler == null || outsideFamily) {
        // A container is in no family's category, only its subcommands are.
        return all;
      }
      switch (group) {
        case ARRAY -> all.add("@array");
        case BITMAP -> all.add("@bitmap");
        case CONNECTION -> all.add("@connection");
        case GENERIC -> all.add("@keyspace");
        case GEO -> all.add("@geo");
        case HASH -> all.add("@hash");
        case HYPERLOGLOG -> all.add("@hyperloglog");
        case LIST -> all.add("@list");
        case PUBSUB -> all.add("@pubsub");
        case SET -> all.add("@set");
        case SORTED_SET -> all.add("@sortedset");
        case STREAM -> all.add("@stream");
        case STRING -> all.add("@string");
        case TRANSACTIONS -> all.add("@transaction");
        case SERVER -> {}
      }
      return all;
    }

    Command build() {
      return new Command(this);
    }

    /** The name in lower case. */
    public String name() {
      return name;
    }
  }
}
