package dev.carillon.engine.command.family;

import static dev.carillon.engine.command.CommandFlag.ADMIN;
import static dev.carillon.engine.command.CommandFlag.LOADING;
import static dev.carillon.engine.command.CommandFlag.NOSCRIPT;
import static dev.carillon.engine.command.CommandFlag.STALE;
import static dev.carillon.protocol.event.EventType.NEW;

import dev.carillon.engine.command.CommandContext;
import dev.carillon.engine.command.CommandGroup;
import dev.carillon.engine.command.CommandTable;
import dev.carillon.engine.config.Parameters;
import dev.carillon.engine.journal.Journal;
import dev.carillon.engine.keyspace.Entry;
import dev.carillon.engine.keyspace.KeyspaceDigest;
import dev.carillon.engine.keyspace.ListView;
import dev.carillon.engine.keyspace.Recency;
import dev.carillon.engine.load.RdbLoad;
import dev.carillon.engine.rdb.RdbValues;
import dev.carillon.engine.rdb.RdbWriter;
import dev.carillon.engine.reply.CommandError;
import dev.carillon.engine.reply.Errors;
import dev.carillon.engine.reply.ReplyWriter;
import dev.carillon.engine.snapshot.Snapshots;
import dev.carillon.engine.storage.Storage;
import dev.carillon.engine.turn.Turn;
import dev.carillon.engine.value.ValueType;
import dev.carillon.protocol.bytes.Bytes;
import dev.carillon.protocol.bytes.Glob;
import dev.carillon.protocol.bytes.Numerals;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * DEBUG: what tests and tools ask of a server. Subcommands that only make sense for the insides of
 * Redis are unknown here; those that set something that does not exist here are accepted, because
 * test suites begin with them.
 */
final class DebugCommands {

  private static final int RELOAD_SLICE_BYTES = 1 << 20;

  /**
   * One subcommand.
   *
   * @param min the fewest arguments, the two names included
   * @param max the most
   */
  private record Subcommand(int min, int max, List<String> help, Action action) {}

  @FunctionalInterface
  private interface Action {
    void run(CommandContext ctx);
  }

  private static final Map<String, Subcommand> SUBCOMMANDS = new LinkedHashMap<>();

  static {
    add("ALLOCSIZE-SLOTS-ASSERT", 3, 3, "<0|1>", "Accepted.", DebugCommands::ok);
    add("CHANGE-REPL-ID", 2, 2, "", "Accepted; nothing replicates.", DebugCommands::ok);
    add("DICT-RESIZING", 3, 3, "<0|1>", "Accepted; tables grow in steps.", DebugCommands::ok);
    add("DIGEST", 2, 2, "", "A fingerprint of all databases.", DebugCommands::digest);
    add(
        "DIGEST-VALUE",
        2,
        Integer.MAX_VALUE,
        "<key> [<key> ...]",
        "A fingerprint of each key's value.",
        DebugCommands::digestValue);
    add("ERROR", 3, 3, "<text>", "Answers an error with this text.", DebugCommands::error);
    add("JMAP", 2, 2, "", "Refused: ask the JVM's own tools.", DebugCommands::unsupported);
    add(
        "KEYSIZES-HIST-ASSERT",
        3,
        3,
        "<0|1>",
        "Accepted; DIGEST compares, where assertions are on.",
        DebugCommands::ok);
    add(
        "LISTPACK",
        3,
        3,
        "<key>",
        "Says whether a key's value is a listpack; nothing is printed.",
        ctx -> structure(ctx, "Listpack", Errors.NOT_A_LISTPACK));
    add(
        "LOADAOF",
        2,
        2,
        "",
        "Empties the server and repeats what its journal says.",
        DebugCommands::loadaof);
    add("LOG", 3, 3, "<message>", "Accepted and forgotten.", DebugCommands::ok);
    add("OBJECT", 3, 3, "<key>", "Describes a key's value.", DebugCommands::object);
    add("PAUSE-CRON", 3, 3, "<0|1>", "Accepted; there is no cron.", DebugCommands::ok);
    add(
        "POPULATE",
        3,
        5,
        "<count> [<prefix>] [<size>]",
        "Creates strings <prefix>:0 and so on, where there are none.",
        DebugCommands::populate);
    add("PROTOCOL", 3, 3, "<type>", "Answers an example of a reply.", DebugCommands::protocol);
    add(
        "QUICKLIST",
        3,
        4,
        "<key> [<0|1>]",
        "Says whether a key's value is a quicklist; nothing is printed.",
        ctx -> structure(ctx, "Quicklist", Errors.NOT_A_QUICKLIST));
    add(
        "QUICKLIST-PACKED-THRESHOLD",
        3,
        3,
        "<size>",
        "Accepted; lists have no such nodes.",
        DebugCommands::packedThreshold);
    add(
        "RELOAD",
        2,
        5,
        "[MERGE] [NOFLUSH] [NOSAVE]",
        "Saves a snapshot, drops everything and loads it.",
        DebugCommands::reload);
    add("REPLY-COPY-AVOIDANCE", 3, 3, "<0|1>", "Accepted.", DebugCommands::ok);
    add("REPLYBUFFER", 4, 4, "<option> <value>", "Accepted.", DebugCommands::ok);
    add(
        "SET-ACTIVE-EXPIRE",
        3,
        3,
        "<0|1>",
        "With 0 keys only expire when they are touched.",
        DebugCommands::setActiveExpire);
    add(
        "SET-ALLOW-ACCESS-EXPIRED",
        3,
        3,
        "<0|1>",
        "With 1 what is over is found until it is removed.",
        DebugCommands::showExpired);
    add(
        "SET-DISABLE-DENY-SCRIPTS",
        3,
        3,
        "<0|1>",
        "Accepted; scripts may do what rows allow.",
        DebugCommands::ok);
    add(
        "SET-SKIP-CHECKSUM-VALIDATION",
        3,
        3,
        "<0|1>",
        "With 1 RESTORE does not look at checksums.",
        DebugCommands::skipChecksums);
    add("SLEEP", 3, 3, "<seconds>", "Stops the server for so long.", DebugCommands::sleep);
    add(
        "STRINGMATCH-LEN",
        4,
        4,
        "<length> <pattern>",
        "Matches a pattern against so many letters.",
        DebugCommands::stringmatch);
    add("HELP", 2, 2, "", "Prints this help.", DebugCommands::help);
  }

  private DebugCommands() {}

  private static void add(
      String name, int min, int max, String grammar, String doc, Action action) {
    List<String> help = List.of((name + " " + grammar).strip(), "    " + doc);
    SUBCOMMANDS.put(name, new Subcommand(min, max, help, action));
  }

  static void register(CommandTable.Builder table) {
    table.group(CommandGroup.SERVER);
    table
        .command("debug", -2, DebugCommands::debug)
        .internal()
        .flags(ADMIN, NOSCRIPT, LOADING, STALE)
        .emits(NEW)
        .silent()
        .since("1.0.0")
        .summary("Helps tests and tools.")
        .complexity("Depends on subcommand.");
  }

  private static void debug(CommandContext ctx) {
    boolean local = ctx.session().peer().isLocal();
    if (!ctx.turn().isReplaying()
        && !ctx.config().get(Parameters.ENABLE_DEBUG_COMMAND).permits(local)) {
      throw Errors.DEBUG_NOT_ALLOWED.error();
    }
    Subcommand sub = SUBCOMMANDS.get(ctx.argument(1).toLatin1().toUpperCase(Locale.ROOT));
    if (sub == null || ctx.count() < sub.min() || ctx.count() > sub.max()) {
      throw Errors.SUBCOMMAND_ARITY.error(ctx.argument(1), "DEBUG");
    }
    sub.action().run(ctx);
  }

  private static void help(CommandContext ctx) {
    ReplyWriter reply = ctx.reply();
    reply.array(1 + 2L * SUBCOMMANDS.size());
    reply.simple("DEBUG <subcommand> [<arg> [value] [opt] ...]. Subcommands are:");
    SUBCOMMANDS.values().forEach(sub -> sub.help().forEach(reply::simple));
  }

  private static void ok(CommandContext ctx) {
    ctx.reply().ok();
  }

  /** The engine stands still meanwhile; nothing is announced, and nothing recorded. */
  private static void reload(CommandContext ctx) {
    boolean saving = true;
    boolean emptying = true;
    boolean overwriting = false;
    for (int i = 2; i < ctx.count(); i++) {
      if (ctx.isWord(i, "NOSAVE")) {
        saving = false;
      } else if (ctx.isWord(i, "NOFLUSH")) {
        emptying = false;
      } else if (ctx.isWord(i, "MERGE")) {
        overwriting = true;
      } else {
        throw Errors.RELOAD_OPTIONS.error();
      }
    }
    Snapshots snapshots = ctx.snapshots();
    Storage storage = snapshots.storage();
    if (storage == null) {
      throw Errors.DEBUG_UNSUPPORTED.error(ctx.argument(1));
    }
    if (ctx.turn().isRecording() && !(saving && emptying)) {
      throw Errors.RELOAD_BEHIND_JOURNAL.error();
    }
    if (saving) {
      ctx.rewrites().postpone();
    }
    if (saving && (snapshots.isRunning() || !snapshots.save(ctx.nowMillis()))) {
      throw Errors.RELOAD_NOT_SAVED.error();
    }

    Turn turn = ctx.turn();
    boolean replaying = turn.isReplaying();
    turn.replaying(true);
    try {
      Reload reload = new Reload(ctx.keyspace(), ctx.feeds());
      if (emptying) {
        reload.replace(() -> load(ctx, storage));
      } else {
        reload.add(() -> load(ctx, storage), overwriting);
      }
    } catch (IOException e) {
      throw Errors.RELOAD_NOT_LOADED.error(String.valueOf(e.getMessage()));
    } finally {
      turn.replaying(replaying);
    }
    snapshots.onLoaded(ctx.nowMillis());
    ctx.reply().ok();
  }

  private static void load(CommandContext ctx, Storage storage) throws IOException {
    String characters = ctx.config().get(Parameters.DBFILENAME);
    String name =
        new String(characters.getBytes(StandardCharsets.ISO_8859_1), StandardCharsets.UTF_8);
    boolean checking = ctx.config().get(Parameters.RDBCHECKSUM);
    try (RdbLoad load =
        new RdbLoad(name, storage.read(name), checking, ctx.keyspace(), ctx.feeds()::onFact)) {
      boolean more = true;
      while (more) {
        more = load.step(RELOAD_SLICE_BYTES);
      }
    }
  }

  /** As {@link #reload}; what the journal has is what there is, so that nothing is to be saved. */
  private static void loadaof(CommandContext ctx) {
    Journal journal = ctx.journal();
    if (journal == null || !journal.isInForce()) {
      throw Errors.LOADAOF_WITHOUT_JOURNAL.error();
    }
    if (ctx.isQueued()) {
      // What the transaction changed so far is not in the journal.
      throw Errors.LOADAOF_IN_TRANSACTION.error();
    }
    journal.flush(ctx.nowMillis());
    String failure = journal.failure();
    if (failure != null) {
      throw Errors.JOURNAL_FAILING.error(failure);
    }

    Turn turn = ctx.turn();
    long nowMillis = turn.nowMillis();
    long sequence = turn.sequence();
    turn.replaying(true);
    try {
      new Reload(ctx.keyspace(), ctx.feeds()).replace(() -> repeat(ctx, sequence));
    } catch (IOException e) {
      throw Errors.LOADAOF_NOT_LOADED.error(String.valueOf(e.getMessage()));
    } finally {
      turn.replaying(false);
      // What is there is what was there: this turn has changed nothing.
      turn.begin(nowMillis);
      turn.sequence(sequence);
    }
    ctx.reply().ok();
  }

  private static void repeat(CommandContext ctx, long sequence) throws IOException {
    long repeated = ctx.repeatJournal();
    if (repeated != sequence) {
      throw new IOException("it ends with turn " + repeated + " of " + sequence);
    }
    ctx.turn().replaying(true);
  }

  private static void unsupported(CommandContext ctx) {
    throw Errors.DEBUG_UNSUPPORTED.error(ctx.argument(1));
  }

  // -------------------------------------------------------------------------------------- keys

  private static void digest(CommandContext ctx) {
    ctx.reply().simple(KeyspaceDigest.of(ctx.keyspace()));
  }

  private static void digestValue(CommandContext ctx) {
    ctx.reply().array(ctx.count() - 2L);
    for (int i = 2; i < ctx.count(); i++) {
      Entry entry = ctx.peek(ctx.argument(i));
      ctx.reply().simple(entry == null ? "0".repeat(40) : KeyspaceDigest.ofValue(entry));
    }
  }

  private static void object(CommandContext ctx) {
    Entry entry = ctx.peek(ctx.argument(2));
    if (entry == null) {
      throw Errors.NO_SUCH_KEY.error();
    }
    Recency recency = ctx.keyspace().recency();
    long idleSeconds = recency.isFrequency() ? 0 : recency.idleSeconds(entry.access());
    ctx.reply()
        .simple(
            "Value at:0x0 refcount:1 encoding:"
                + entry.encoding()
                + " serializedlength:"
                + serializedLength(ctx, entry)
                + " lru:"
                + entry.access()
                + " lru_seconds_idle:"
                + idleSeconds
                + nodes(ctx, entry));
  }

  /** What Redis says of the nodes of a list that has several. */
  private static String nodes(CommandContext ctx, Entry entry) {
    if (!entry.encoding().equals("quicklist")) {
      return "";
    }
    ListView list = entry.list();
    long bytes = 0;
    for (int i = 0; i < list.nodes(); i++) {
      bytes += list.node(i).length();
    }
    return String.format(
        Locale.ROOT,
        " ql_nodes:%d ql_avg_node:%.2f ql_listpack_max:%d ql_compressed:0 ql_uncompressed_size:%d",
        list.nodes(),
        (double) list.size() / list.nodes(),
        ctx.config().get(Parameters.LIST_MAX_LISTPACK_SIZE),
        bytes);
  }

  /** How many bytes the value has in a file of Redis, without its kind. O(size), as there. */
  private static int serializedLength(CommandContext ctx, Entry entry) {
    RdbWriter out = new RdbWriter(ctx.config().get(Parameters.RDBCOMPRESSION), 64);
    RdbValues.write(entry, out);
    return out.written().length() - 1;
  }

  /** Redis prints how a value is kept; tools look whether it can. */
  private static void structure(CommandContext ctx, String name, Errors refusal) {
    Entry entry = ctx.peek(ctx.argument(2));
    if (entry == null) {
      throw Errors.NO_SUCH_KEY.error();
    }
    String encoding = entry.encoding();
    // One with deadlines of fields is a listpack too.
    if (!encoding.equalsIgnoreCase(name) && !encoding.equalsIgnoreCase(name + "ex")) {
      throw refusal.error();
    }
    ctx.reply().simple(name + " structure printed on stdout");
  }

  private static void populate(CommandContext ctx) {
    long count = ctx.longArgument(2, Errors.MUST_BE_POSITIVE.error());
    Bytes prefix = ctx.count() > 3 ? ctx.argument(3) : Bytes.of("key");
    long size = ctx.count() > 4 ? ctx.longArgument(4, Errors.MUST_BE_POSITIVE.error()) : 0;
    if (count < 0 || size < 0 || size > Integer.MAX_VALUE / 2) {
      throw Errors.MUST_BE_POSITIVE.error();
    }
    for (long i = 0; i < count; i++) {
      Bytes key = numbered(prefix, i);
      if (ctx.peek(key) == null) {
        byte[] value = numbered(Bytes.of("value"), i).toByteArray();
        int length = size == 0 ? value.length : (int) size;
        ctx.create(key, ValueType.STRING).string(Arrays.copyOf(value, length), 0, length);
        ctx.changedSilently(ctx.db(), key);
        if (ctx.isRecording()) {
          ctx.effect(SET, key, Bytes.of(Arrays.copyOf(value, length)));
        }
      }
    }
    ctx.reply().ok();
  }

  private static final Bytes SET = Bytes.of("SET");

  private static Bytes numbered(Bytes prefix, long number) {
    byte[] text = new byte[prefix.length() + 1 + Numerals.digits(number)];
    prefix.copyTo(text, 0);
    text[prefix.length()] = ':';
    Numerals.writeLong(number, text, prefix.length() + 1);
    return Bytes.of(text);
  }

  // ------------------------------------------------------------------------------------- server

  private static void setActiveExpire(CommandContext ctx) {
    ctx.keyspace().sweeping(isOn(ctx));
    ctx.reply().ok();
  }

  private static void skipChecksums(CommandContext ctx) {
    ctx.keyspace().sumUpDumps(!isOn(ctx));
    ctx.reply().ok();
  }

  private static void showExpired(CommandContext ctx) {
    ctx.keyspace().showExpired(isOn(ctx));
    ctx.reply().ok();
  }

  /** Anything that is no number is 0, as with atoi. */
  private static boolean isOn(CommandContext ctx) {
    return Numerals.isLong(ctx.argument(2)) && Numerals.toLong(ctx.argument(2)) != 0;
  }

  private static void sleep(CommandContext ctx) {
    double seconds = Numerals.parseDouble(ctx.argument(2));
    if (seconds > 0) {
      ctx.turn().slept(ctx.host().sleep((long) (seconds * 1e6)));
    }
    ctx.reply().ok();
  }

  private static void packedThreshold(CommandContext ctx) {
    long bytes = Numerals.parseMemory(ctx.argument(2));
    if (bytes == Numerals.NO_SIZE || bytes >= 1L << 32) {
      throw Errors.PACKED_THRESHOLD.error();
    }
    ctx.reply().ok();
  }

  private static void stringmatch(CommandContext ctx) {
    long length = ctx.longArgument(2);
    if (length < 0 || length > 1 << 20) {
      throw Errors.OUT_OF_RANGE.error();
    }
    byte[] letters = new byte[(int) length];
    Arrays.fill(letters, (byte) 'a');
    ctx.reply().integer(Glob.matches(ctx.argument(3), Bytes.of(letters)) ? 1 : 0);
  }

  // -------------------------------------------------------------------------------------- replies

  private static void error(CommandContext ctx) {
    // It is what was asked for, and so counts as no failure.
    ctx.reply()
        .error(new CommandError(ctx.argument(2).toLatin1().replace('\r', ' ').replace('\n', ' ')));
  }

  private static void protocol(CommandContext ctx) {
    ReplyWriter reply = ctx.reply();
    switch (ctx.argument(2).toLatin1().toLowerCase(Locale.ROOT)) {
      case "string" -> reply.bulk("Hello World");
      case "integer" -> reply.integer(12345);
      case "double" -> reply.real(3.141);
      case "null" -> reply.nil();
      case "array" -> {
        reply.array(3);
        countTo3(reply);
      }
      case "set" -> {
        reply.set(3);
        countTo3(reply);
      }
      case "map" -> {
        reply.map(3);
        for (int i = 0; i < 3; i++) {
          reply.integer(i);
          reply.bool(i == 1);
        }
      }
      case "attrib" -> {
        if (reply.version() == 3) {
          reply.out().line('|', 1);
          reply.bulk("key-popularity");
          reply.array(2);
          reply.bulk("key:123");
          reply.integer(90);
        }
        reply.bulk("Some real reply following the attribute");
      }
      case "push" -> {
        if (reply.version() == 2) {
          throw Errors.RESP2_UNSUPPORTED.error();
        }
        // As all that is pushed while a command is executed, it follows the reply.
        reply.bulk("Some real reply following the push reply");
        reply.push(2);
        reply.bulk("server-cpu-usage");
        reply.integer(42);
      }
      case "true" -> reply.bool(true);
      case "false" -> reply.bool(false);
      case "verbatim" -> reply.verbatim("txt", "This is a verbatim\nstring");
      case "bignum" -> reply.bigNumber("1234567999999999999999999999999999999");
      default -> throw Errors.PROTOCOL_TYPE.error();
    }
  }

  private static void countTo3(ReplyWriter reply) {
    for (int i = 0; i < 3; i++) {
      reply.integer(i);
    }
  }
}
