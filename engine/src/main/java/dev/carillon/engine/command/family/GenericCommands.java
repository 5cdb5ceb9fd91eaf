package dev.carillon.engine.command.family;

import static dev.carillon.engine.command.CommandFlag.ASKING;
import static dev.carillon.engine.command.CommandFlag.BLOCKING;
import static dev.carillon.engine.command.CommandFlag.DENYOOM;
import static dev.carillon.engine.command.CommandFlag.FAST;
import static dev.carillon.engine.command.CommandFlag.LOADING;
import static dev.carillon.engine.command.CommandFlag.READONLY;
import static dev.carillon.engine.command.CommandFlag.STALE;
import static dev.carillon.engine.command.CommandFlag.WRITE;
import static dev.carillon.protocol.event.EventType.COPY_TO;
import static dev.carillon.protocol.event.EventType.DEL;
import static dev.carillon.protocol.event.EventType.MOVE_FROM;
import static dev.carillon.protocol.event.EventType.MOVE_TO;
import static dev.carillon.protocol.event.EventType.NEW;
import static dev.carillon.protocol.event.EventType.OVERWRITTEN;
import static dev.carillon.protocol.event.EventType.RENAME_FROM;
import static dev.carillon.protocol.event.EventType.RENAME_TO;
import static dev.carillon.protocol.event.EventType.RESTORE;
import static dev.carillon.protocol.event.EventType.TYPE_CHANGED;

import dev.carillon.engine.command.Command;
import dev.carillon.engine.command.CommandContext;
import dev.carillon.engine.command.CommandGroup;
import dev.carillon.engine.command.CommandTable;
import dev.carillon.engine.command.KeySpec;
import dev.carillon.engine.command.Wait;
import dev.carillon.engine.config.Parameters;
import dev.carillon.engine.journal.Journal;
import dev.carillon.engine.keyspace.Database;
import dev.carillon.engine.keyspace.Entry;
import dev.carillon.engine.keyspace.Recency;
import dev.carillon.engine.rdb.DumpPayload;
import dev.carillon.engine.rdb.RdbFormatException;
import dev.carillon.engine.rdb.RdbValue;
import dev.carillon.engine.reply.Errors;
import dev.carillon.engine.reply.Outbox;
import dev.carillon.engine.reply.ReplyWriter;
import dev.carillon.engine.value.ValueType;
import dev.carillon.protocol.bytes.Bytes;
import dev.carillon.protocol.bytes.Glob;
import dev.carillon.protocol.bytes.Numerals;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** Commands for keys of any type; SORT has a file of its own. */
final class GenericCommands {

  private static final Bytes ANYTHING = Bytes.of("*");
  private static final Bytes DEL_WORD = Bytes.of("DEL");
  private static final Bytes ABSTTL_WORD = Bytes.of("ABSTTL");

  /** How often RANDOMKEY draws while expired keys stay; chosen as Redis chose it. */
  private static final int RANDOM_TRIES = 100;

  /** How many keys a step of SCAN visits where the client does not say. */
  private static final int SCAN_COUNT = 10;

  private GenericCommands() {}

  static void register(CommandTable.Builder table) {
    table.group(CommandGroup.GENERIC);
    table
        .command("copy", -3, GenericCommands::copy)
        .flags(WRITE, DENYOOM)
        .keys(KeySpec.one(1).access("RO access").and(KeySpec.one(2).access("OW update")))
        .emits(NEW, COPY_TO, OVERWRITTEN, TYPE_CHANGED)
        .silent()
        .since("6.2.0")
        .summary("Copies the value and the deadline of a key to another key.")
        .grammar(
            """
            source:key@0 destination:key@1 destination-db:integer=DB?
            replace:pure-token=REPLACE?
            """)
        .complexity("O(N) where N is the size of the value.");
    table
        .command("del", -2, GenericCommands::del)
        .flags(WRITE)
        .keys(KeySpec.range(1, -1, 1).access("RM delete"))
        .emits(DEL)
        .since("1.0.0")
        .summary("Deletes keys and says how many there were.")
        .grammar("~request_policy:multi_shard ~response_policy:agg_sum key:key@0*")
        .complexity("O(N) where N is the number of keys; the collector frees the values.");
    table
        .command("dump", 2, GenericCommands::dump)
        .flags(READONLY)
        .key(1, "RO access")
        .since("2.6.0")
        .summary("Answers the value of a key in the form that RESTORE takes.")
        .grammar("~nondeterministic_output key:key@0")
        .complexity("O(N) where N is the size of the value.");
    table
        .command("exists", -2, GenericCommands::exists)
        .flags(READONLY, FAST)
        .keys(KeySpec.range(1, -1, 1).access("RO"))
        .since("1.0.0")
        .summary("Counts the keys that are there; one that is named twice counts twice.")
        .grammar("~request_policy:multi_shard ~response_policy:agg_sum key:key@0*")
        .complexity("O(N) where N is the number of keys.");
    table
        .command("keys", 2, GenericCommands::keys)
        .flags(READONLY)
        .categories("dangerous")
        .since("1.0.0")
        .summary("Lists all keys whose names match a glob.")
        .grammar("~request_policy:all_shards ~nondeterministic_output_order pattern:pattern")
        .complexity("O(N) where N is the number of keys in the database.");
    table
        .command("move", 3, GenericCommands::move)
        .flags(WRITE, FAST)
        .key(1, "RW access update")
        .emits(NEW, MOVE_FROM, MOVE_TO)
        .since("1.0.0")
        .summary("Moves a key to another database, unless that has the key already.")
        .grammar("key:key@0 db:integer")
        .complexity("O(1)");
    registerObject(table);
    table
        .command("randomkey", 1, GenericCommands::randomKey)
        .flags(READONLY)
        .since("1.0.0")
        .summary("Answers some key of the database.")
        .grammar("~request_policy:all_shards ~response_policy:special ~nondeterministic_output")
        .complexity("O(1)");
    table
        .command("rename", 3, ctx -> rename(ctx, false))
        .flags(WRITE)
        .keys(KeySpec.one(1).access("RW access delete").and(KeySpec.one(2).access("OW update")))
        .emits(NEW, RENAME_FROM, RENAME_TO, OVERWRITTEN, TYPE_CHANGED)
        .silent()
        .since("1.0.0")
        .summary("Gives a key another name; a key of that name is replaced.")
        .grammar("key:key@0 newkey:key@1")
        .complexity("O(1)");
    table
        .command("renamenx", 3, ctx -> rename(ctx, true))
        .flags(WRITE, FAST)
        .keys(KeySpec.one(1).access("RW access delete").and(KeySpec.one(2).access("OW insert")))
        .emits(NEW, RENAME_FROM, RENAME_TO)
        .since("1.0.0")
        .summary("Gives a key another name, unless there is a key of that name.")
        .grammar("key:key@0 newkey:key@1")
        .complexity("O(1)");
    table
        .command("restore", -4, GenericCommands::restore)
        .flags(WRITE, DENYOOM)
        .key(1, "OW update")
        .categories("dangerous")
        .emits(NEW, RESTORE, OVERWRITTEN, TYPE_CHANGED, DEL)
        .silent()
        .since("2.6.0")
        .summary("Makes a key of what DUMP answered.")
        .grammar(
            """
            key:key@0 ttl:integer serialized-value:string replace:pure-token=REPLACE<3.0.0>?
            absttl:pure-token=ABSTTL<5.0.0>? seconds:integer=IDLETIME<5.0.0>?
            frequency:integer=FREQ<5.0.0>?
            """)
        .complexity("O(N) where N is the size of the value.");
    table.group(CommandGroup.SERVER);
    table
        .command("restore-asking", -4, GenericCommands::restore)
        .internal()
        .flags(WRITE, DENYOOM, ASKING)
        .key(1, "OW update")
        .categories("keyspace", "dangerous")
        .emits(NEW, RESTORE, OVERWRITTEN, TYPE_CHANGED, DEL)
        .silent()
        .since("3.0.0")
        .summary("Does what RESTORE does; nodes of a cluster say it to each other.")
        .grammar(
            """
            key:key@0 ttl:integer serialized-value:string replace:pure-token=REPLACE<3.0.0>?
            absttl:pure-token=ABSTTL<5.0.0>? seconds:integer=IDLETIME<5.0.0>?
            frequency:integer=FREQ<5.0.0>?
            """)
        .complexity("O(N) where N is the size of the value.");
    table.group(CommandGroup.GENERIC);
    table
        .command("scan", -2, GenericCommands::scan)
        .flags(READONLY)
        .since("2.8.0")
        .summary("Lists keys in steps; what is there from the first to the last is listed once.")
        .grammar(
            """
            ~nondeterministic_output ~request_policy:special ~response_policy:special
            cursor:integer pattern:pattern=MATCH? count:integer=COUNT? type:string=TYPE<6.0.0>?
            """)
        .complexity("O(1) for each step, O(N) for all.");
    MigrateCommand.register(table);
    SortCommand.register(table);
    table
        .command("touch", -2, GenericCommands::touch)
        .flags(READONLY, FAST)
        .keys(KeySpec.range(1, -1, 1).access("RO"))
        .since("3.2.1")
        .summary("Counts as a use of keys, and says how many there are.")
        .grammar("~request_policy:multi_shard ~response_policy:agg_sum key:key@0*")
        .complexity("O(N) where N is the number of keys.");
    table
        .command("type", 2, GenericCommands::type)
        .flags(READONLY, FAST)
        .key(1, "RO")
        .since("1.0.0")
        .summary("Answers what kind of value a key holds.")
        .grammar("key:key@0")
        .complexity("O(1)");
    table
        .command("unlink", -2, GenericCommands::unlink)
        .flags(WRITE, FAST)
        .keys(KeySpec.range(1, -1, 1).access("RM delete"))
        .emits(DEL)
        .since("4.0.0")
        .summary("Deletes keys and says how many there were, as DEL does.")
        .grammar("~request_policy:multi_shard ~response_policy:agg_sum key:key@0*")
        .complexity("O(N) where N is the number of keys; the collector frees the values.");
    wait(table.command("wait", 3, GenericCommands::wait), "3.0.0")
        .summary("Answers how many replicas have all writes: none, since there are no replicas.")
        .grammar(
            """
            ~request_policy:all_shards ~response_policy:agg_min numreplicas:integer
            timeout:integer
            """);
    wait(table.command("waitaof", 4, GenericCommands::waitAof), "7.2.0")
        .summary("Waits until the journal has what the client has written, on the disk.")
        .grammar(
            """
            ~request_policy:all_shards ~response_policy:agg_min numlocal:integer
            numreplicas:integer timeout:integer
            """);
  }

  private static void registerObject(CommandTable.Builder table) {
    Command.Row object =
        table
            .container("object")
            .since("2.2.3")
            .summary("Looks at how a value is kept.")
            .complexity("Depends on subcommand.");
    object(object, "encoding", "2.2.3", GenericCommands::objectEncoding)
        .summary("Answers Redis' word for how a value is kept.");
    object(object, "freq", "4.0.0", GenericCommands::objectFreq)
        .summary("Answers the logarithmic counter of uses of a key.");
    object(object, "idletime", "2.2.3", GenericCommands::objectIdleTime)
        .summary("Answers for how many seconds a key was not used.");
    object(object, "refcount", "2.2.3", (ctx, entry) -> ctx.reply().integer(1))
        .summary("Answers 1: values are not shared.");
    Help.subcommand(
        object,
        List.of(
            "ENCODING <key>",
            "    Says how the value is kept, in the words of Redis.",
            "FREQ <key>",
            "    Says how often the key is used: a counter that grows logarithmically and decays.",
            "IDLETIME <key>",
            "    Says for how many seconds the key was not used.",
            "REFCOUNT <key>",
            "    Says how many references the value has, which is always 1."),
        "6.2.0",
        LOADING,
        STALE);
  }

  // -------------------------------------------------------------------------------- being there

  private static void del(CommandContext ctx) {
    delete(ctx, entry -> {});
  }

  /** Nobody waits for memory here; but Redis counts the values for which it does not. */
  private static void unlink(CommandContext ctx) {
    delete(ctx, ctx.keyspace()::freesLazily);
  }

  private static void delete(CommandContext ctx, Consumer<Entry> leaving) {
    int deleted = 0;
    for (int i = 1; i < ctx.count(); i++) {
      Bytes key = ctx.argument(i);
      Entry entry = ctx.lookup(key);
      if (entry != null) {
        leaving.accept(entry);
        ctx.delete(key, entry);
        deleted++;
      }
    }
    ctx.reply().integer(deleted);
  }

  private static void exists(CommandContext ctx) {
    int found = 0;
    for (int i = 1; i < ctx.count(); i++) {
      if (ctx.inspect(ctx.argument(i)) != null) {
        found++;
      }
    }
    ctx.reply().integer(found);
  }

  private static void touch(CommandContext ctx) {
    int found = 0;
    for (int i = 1; i < ctx.count(); i++) {
      if (ctx.find(ctx.argument(i)) != null) {
        found++;
      }
    }
    ctx.reply().integer(found);
  }

  private static void type(CommandContext ctx) {
    Entry entry = ctx.inspect(ctx.argument(1));
    ctx.reply().simple(entry == null ? "none" : entry.type().wireName());
  }

  // ---------------------------------------------------------------------------- listing the keys

  private static void keys(CommandContext ctx) {
    Bytes pattern = ctx.argument(1);
    boolean all = pattern.equals(ANYTHING);
    Database db = ctx.db();
    ReplyWriter reply = ctx.reply();
    Outbox.Place place = reply.arrayLater();
    KeyWriter writer =
        new KeyWriter(
            reply, entry -> (all || Glob.matches(pattern, entry.key())) && !db.isExpired(entry));
    db.scan(0, Integer.MAX_VALUE, writer);
    reply.endArray(place, writer.written);
  }

  /** Which entries a listing names; the test may remove an entry that it turns down. */
  @FunctionalInterface
  private interface Selection {
    boolean admits(Entry entry);
  }

  /** Writes the keys of the entries that are selected. */
  private static final class KeyWriter implements Consumer<Entry> {
    private final ReplyWriter reply;
    private final Selection selection;
    private long written;

    KeyWriter(ReplyWriter reply, Selection selection) {
      this.reply = reply;
      this.selection = selection;
    }

    @Override
    public void accept(Entry entry) {
      if (selection.admits(entry)) {
        reply.bulk(entry.key());
        written++;
      }
    }
  }

  private static void randomKey(CommandContext ctx) {
    Database db = ctx.db();
    boolean held = ctx.keyspace().holdsRemovals();
    Entry entry = db.random();
    // Expired keys that have to stay for now would be drawn again and again; then one is named.
    for (int tries = 1;
        entry != null && !(held && tries == RANDOM_TRIES) && db.expireIfOver(entry);
        tries++) {
      entry = db.random();
    }
    if (entry == null) {
      ctx.reply().nil();
    } else {
      ctx.reply().bulk(entry.key());
    }
  }

  private static void scan(CommandContext ctx) {
    long cursor = cursor(ctx.argument(1));
    int count = SCAN_COUNT;
    Bytes pattern = ANYTHING;
    Predicate<ValueType> isWanted = type -> true;
    for (int i = 2; i < ctx.count(); i++) {
      boolean hasValue = i + 1 < ctx.count();
      if (hasValue && ctx.isWord(i, "COUNT")) {
        long wanted = ctx.longArgument(++i);
        if (wanted < 1) {
          throw Errors.SYNTAX.error();
        }
        count = (int) Math.min(wanted, Integer.MAX_VALUE);
      } else if (hasValue && ctx.isWord(i, "MATCH")) {
        pattern = ctx.argument(++i);
      } else if (hasValue && ctx.isWord(i, "TYPE")) {
        isWanted = typeNamed(ctx.argument(++i));
      } else if (ctx.isWord(i, "NOVALUES")) {
        throw Errors.NOVALUES_OUTSIDE_HSCAN.error();
      } else {
        throw Errors.SYNTAX.error();
      }
    }

    Database db = ctx.db();
    ReplyWriter reply = ctx.reply();
    Outbox.Place place = reply.arrayLater();
    KeyWriter writer = new KeyWriter(reply, scanned(db, pattern, isWanted));
    long next = db.scan(cursor, count, writer);
    reply.endScan(place, next, writer.written);
  }

  private static Selection scanned(Database db, Bytes pattern, Predicate<ValueType> isWanted) {
    boolean all = pattern.equals(ANYTHING);
    return entry ->
        (all || Glob.matches(pattern, entry.key()))
            && !db.expireIfOver(entry)
            && isWanted.test(entry.type());
  }

  /** A name that is no type's is nobody's type (observed on 8.6.3). */
  private static Predicate<ValueType> typeNamed(Bytes name) {
    return type -> name.isWord(type.wireName().toUpperCase(Locale.ROOT));
  }

  /**
   * A cursor of any of the SCAN commands: what Redis takes for an unsigned number of 64 bits, white
   * space and a sign before it included. Only a number below 0 that is written as one writes it is
   * refused; another one wraps (observed on 8.6.3).
   */
  static long cursor(Bytes text) {
    if (Numerals.isLong(text) && Numerals.toLong(text) < 0) {
      throw Errors.INVALID_CURSOR.error();
    }
    int at = 0;
    while (at < text.length() && isSpace(text.at(at))) {
      at++;
    }
    boolean isNegative = at < text.length() && text.at(at) == '-';
    if (isNegative || (at < text.length() && text.at(at) == '+')) {
      at++;
    }
    if (at == text.length()) {
      throw Errors.INVALID_CURSOR.error();
    }
    long value = 0;
    for (; at < text.length(); at++) {
      int digit = text.at(at) - '0';
      if (digit < 0
          || digit > 9
          || Long.compareUnsigned(value, CURSOR_TENTH) > 0
          || (value == CURSOR_TENTH && digit > CURSOR_LAST_DIGIT)) {
        throw Errors.INVALID_CURSOR.error();
      }
      value = value * 10 + digit;
    }
    return isNegative ? -value : value;
  }

  private static boolean isSpace(byte c) {
    return c == ' ' || (c >= '\t' && c <= '\r');
  }

  private static final long CURSOR_TENTH = Long.divideUnsigned(-1L, 10);
  private static final int CURSOR_LAST_DIGIT = (int) Long.remainderUnsigned(-1L, 10);

  // -------------------------------------------------------------------------- copying and moving

  private static void copy(CommandContext ctx) {
    boolean replace = false;
    Database target = ctx.db();
    for (int i = 3; i < ctx.count(); i++) {
      if (ctx.isWord(i, "REPLACE")) {
        replace = true;
      } else if (ctx.isWord(i, "DB") && i + 1 < ctx.count()) {
        target = database(ctx, ++i);
      } else {
        throw Errors.SYNTAX.error();
      }
    }
    Bytes key = ctx.argument(1);
    Bytes targetKey = ctx.argument(2);
    if (target == ctx.db() && key.equals(targetKey)) {
      throw Errors.SAME_OBJECT.error();
    }
    Entry source = ctx.find(key);
    Entry existing = source == null ? null : target.find(targetKey);
    if (source == null || (existing != null && !replace)) {
      ctx.reply().integer(0);
      return;
    }

    ValueType replaced = existing == null ? null : existing.type();
    if (existing != null) {
      ctx.deleteSilently(targetKey, existing);
    }
    Entry created = ctx.create(target, targetKey, source.type());
    created.takeValueOf(source);
    if (source.hasDeadline()) {
      created.deadlineMillis(source.deadlineMillis());
    }
    ctx.changed(target, targetKey, COPY_TO);
    announceReplaced(target, targetKey, replaced, created.type());
    ctx.reply().integer(1);
  }

  /** Announces that a new key took the place of one that was deleted silently, if there was one. */
  private static void announceReplaced(
      Database db, Bytes key, @Nullable ValueType before, ValueType after) {
    if (before != null) {
      db.announceOverwritten(key, before, after);
    }
  }

  private static void move(CommandContext ctx) {
    Database source = ctx.db();
    Database target = database(ctx, 2);
    if (source == target) {
      throw Errors.SAME_OBJECT.error();
    }
    Bytes key = ctx.argument(1);
    Entry entry = ctx.lookup(key);
    if (entry == null || target.find(key) != null) {
      ctx.reply().integer(0);
      return;
    }
    ctx.move(key, entry, target, key);
    ctx.changed(source, key, MOVE_FROM);
    ctx.changed(target, key, MOVE_TO);
    ctx.reply().integer(1);
  }

  /** The database that an argument names. */
  private static Database database(CommandContext ctx, int index) {
    long number = ctx.longArgument(index);
    if (number != (int) number) {
      throw Errors.OUT_OF_RANGE_BETWEEN.error(Integer.MIN_VALUE, Integer.MAX_VALUE);
    }
    if (number < 0 || number >= ctx.keyspace().count()) {
      throw Errors.DB_OUT_OF_RANGE.error();
    }
    return ctx.keyspace().database((int) number);
  }

  private static void rename(CommandContext ctx, boolean onlyIfFree) {
    Bytes key = ctx.argument(1);
    Bytes targetKey = ctx.argument(2);
    Entry source = ctx.lookup(key);
    if (source == null) {
      throw Errors.NO_SUCH_KEY.error();
    }
    boolean same = key.equals(targetKey);
    Entry existing = same ? source : ctx.lookup(targetKey);
    if (existing != null && onlyIfFree) {
      ctx.reply().integer(0);
      return;
    }
    if (same) {
      ctx.reply().ok();
      return;
    }

    Database db = ctx.db();
    ValueType replaced = existing == null ? null : existing.type();
    if (existing != null) {
      ctx.deleteSilently(targetKey, existing);
    }
    Entry renamed = ctx.move(key, source, db, targetKey);
    ctx.changed(key, RENAME_FROM);
    ctx.changed(targetKey, RENAME_TO);
    announceReplaced(db, targetKey, replaced, renamed.type());
    if (onlyIfFree) {
      ctx.reply().integer(1);
    } else {
      ctx.reply().ok();
    }
  }

  // -------------------------------------------------------------------------- values as messages

  private static void dump(CommandContext ctx) {
    Entry entry = ctx.find(ctx.argument(1));
    if (entry == null) {
      ctx.reply().nil();
    } else {
      ctx.reply().bulk(DumpPayload.of(entry, ctx.config().get(Parameters.RDBCOMPRESSION)));
    }
  }

  /**
   * The options of RESTORE.
   *
   * @param idleSeconds for how long the key shall look unused, or -1
   * @param frequency how many uses the key shall look to have had, or -1
   */
  private record RestoreOptions(
      boolean replace, boolean absolute, long idleSeconds, long frequency) {

    static RestoreOptions of(CommandContext ctx) {
      boolean replace = false;
      boolean absolute = false;
      long idleSeconds = -1;
      long frequency = -1;
      for (int i = 4; i < ctx.count(); i++) {
        boolean hasValue = i + 1 < ctx.count();
        if (ctx.isWord(i, "REPLACE")) {
          replace = true;
        } else if (ctx.isWord(i, "ABSTTL")) {
          absolute = true;
        } else if (ctx.isWord(i, "IDLETIME") && hasValue && frequency < 0) {
          idleSeconds = ctx.longArgument(++i);
          if (idleSeconds < 0) {
            throw Errors.INVALID_IDLETIME.error();
          }
        } else if (ctx.isWord(i, "FREQ") && hasValue && idleSeconds < 0) {
          frequency = ctx.longArgument(++i);
          if (frequency < 0 || frequency > 255) {
            throw Errors.INVALID_FREQ.error();
          }
        } else {
          throw Errors.SYNTAX.error();
        }
      }
      return new RestoreOptions(replace, absolute, idleSeconds, frequency);
    }

    /** Makes an entry look as used as was asked for, if the policy keeps that. */
    void applyUse(Entry entry, Recency recency) {
      if (frequency >= 0 && recency.isFrequency()) {
        entry.access(recency.accessOfFrequency((int) frequency));
      } else if (idleSeconds >= 0 && !recency.isFrequency()) {
        entry.access(recency.accessIdleFor(idleSeconds));
      }
    }
  }

  private static void restore(CommandContext ctx) {
    RestoreOptions options = RestoreOptions.of(ctx);
    Bytes key = ctx.argument(1);
    // Redis replaces a key without asking whether its time is over.
    Entry existing = options.replace ? ctx.db().findAsIs(key) : ctx.lookup(key);
    if (existing != null && !options.replace) {
      throw Errors.BUSY_KEY.error();
    }
    long deadline = restoredDeadline(ctx, options.absolute);
    RdbValue value = restoredValue(ctx, ctx.argument(3));

    if (deadline > 0 && deadline <= ctx.nowMillis() && !ctx.turn().isReplaying()) {
      if (existing != null) {
        ctx.delete(key, existing);
        ctx.effect(DEL_WORD, key);
      }
      ctx.keyspace().onExpired();
      ctx.reply().ok();
      return;
    }
    ValueType replaced = existing == null || ctx.db().isExpired(existing) ? null : existing.type();
    if (existing != null) {
      ctx.deleteSilently(key, existing);
    }
    Entry created = ctx.create(key, value.type());
    value.putInto(created);
    if (deadline > 0) {
      created.deadlineMillis(deadline);
    }
    options.applyUse(created, ctx.keyspace().recency());
    ctx.changed(key, created, RESTORE);
    announceReplaced(ctx.db(), key, replaced, value.type());
    if (deadline > 0 && !options.absolute && ctx.isRecording()) {
      recordRestore(ctx, deadline);
    }
    ctx.reply().ok();
  }

  /** The deadline that the second argument asks for, or 0 if it asks for none. */
  private static long restoredDeadline(CommandContext ctx, boolean absolute) {
    long ttl = ctx.longArgument(2);
    if (ttl < 0) {
      throw Errors.INVALID_TTL.error();
    }
    if (ttl == 0 || absolute) {
      return ttl;
    }
    // A sum that overflows is as good as for ever.
    return ttl > Long.MAX_VALUE - ctx.nowMillis() ? Long.MAX_VALUE : ttl + ctx.nowMillis();
  }

  private static RdbValue restoredValue(CommandContext ctx, Bytes payload) {
    // What is repeated was intact, or taken for it, when it was recorded.
    boolean summing = ctx.keyspace().sumsUpDumps() && !ctx.turn().isReplaying();
    if (!DumpPayload.isIntact(payload, summing)) {
      throw Errors.BAD_PAYLOAD.error();
    }
    try {
      return DumpPayload.read(payload, ctx.keyspace());
    } catch (RdbFormatException reason) {
      throw Errors.BAD_DATA_FORMAT.error();
    }
  }

  /** The request with the deadline in the place of the remaining time. */
  private static void recordRestore(CommandContext ctx, long deadline) {
    Bytes[] words = new Bytes[ctx.count() + 1];
    for (int i = 0; i < ctx.count(); i++) {
      words[i] = ctx.argument(i);
    }
    words[2] = Numerals.of(deadline);
    words[ctx.count()] = ABSTTL_WORD;
    ctx.effect(words);
  }

  // ------------------------------------------------------------------------------------- OBJECT

  /** What a subcommand of OBJECT answers about an entry. */
  @FunctionalInterface
  private interface Inspection {
    void answer(CommandContext ctx, Entry entry);
  }

  private static Command.Row object(
      Command.Row container, String word, String since, Inspection inspection) {
    return container
        .subcommand(
            word,
            3,
            ctx -> {
              Entry entry = ctx.peekCounted(ctx.argument(2));
              if (entry == null) {
                ctx.reply().nil();
              } else {
                inspection.answer(ctx, entry);
              }
            })
        .flags(READONLY)
        .key(2, "RO")
        .since(since)
        .grammar("~nondeterministic_output key:key@0")
        .complexity("O(1)");
  }

  private static void objectEncoding(CommandContext ctx, Entry entry) {
    ctx.reply().bulk(entry.encoding());
  }

  private static void objectFreq(CommandContext ctx, Entry entry) {
    Recency recency = ctx.keyspace().recency();
    if (!recency.isFrequency()) {
      throw Errors.FREQUENCY_NOT_TRACKED.error();
    }
    ctx.reply().integer(recency.decayed(entry.access()));
  }

  private static void objectIdleTime(CommandContext ctx, Entry entry) {
    Recency recency = ctx.keyspace().recency();
    if (recency.isFrequency()) {
      throw Errors.IDLE_TIME_NOT_TRACKED.error();
    }
    ctx.reply().integer(recency.idleSeconds(entry.access()));
  }

  // --------------------------------------------------------------------------- waiting for others

  private static Command.Row wait(Command.Row row, String since) {
    return row.flags(BLOCKING)
        .categories("connection")
        .outsideFamilyCategory()
        .since(since)
        .complexity("O(1)");
  }

  /** There are no replicas, and there will be none before the timeout: nobody is kept waiting. */
  private static void wait(CommandContext ctx) {
    ctx.longArgument(1);
    Timeout.deadlineOfMillis(ctx, 2);
    ctx.reply().integer(0);
  }

  /** Waits until what this client has changed is on the disk here; nobody waits for replicas. */
  private static void waitAof(CommandContext ctx) {
    long local = ctx.longArgument(1);
    if (local < 0 || local > 1) {
      throw Errors.OUT_OF_RANGE_BETWEEN.error(0, 1);
    }
    if (ctx.longArgument(2, Errors.MUST_BE_POSITIVE.error()) < 0) {
      throw Errors.MUST_BE_POSITIVE.error();
    }
    long untilMillis = Timeout.deadlineOfMillis(ctx, 3);
    if (local > 0 && !ctx.config().get(Parameters.APPENDONLY)) {
      throw Errors.WAITAOF_WITHOUT_APPENDONLY.error();
    }
    long sequence = ctx.session().lastChange();
    if (local > 0 && !isDurable(ctx, sequence)) {
      ctx.block(
          Wait.forDurable(sequence, reply -> durable(reply, isDurable(ctx, sequence)))
              .until(untilMillis));
    } else {
      durable(ctx.reply(), isDurable(ctx, sequence));
    }
  }

  private static boolean isDurable(CommandContext ctx, long sequence) {
    Journal journal = ctx.journal();
    return journal != null && journal.durableSequence() >= sequence;
  }

  /** Of how many journals it is known that they have it: here, and on replicas. */
  private static void durable(ReplyWriter reply, boolean here) {
    reply.array(2);
    reply.integer(here ? 1 : 0);
    reply.integer(0);
  }
}
