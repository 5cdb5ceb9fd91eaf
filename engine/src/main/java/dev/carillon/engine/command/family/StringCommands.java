package dev.carillon.engine.command.family;

import static dev.carillon.engine.command.CommandFlag.DENYOOM;
import static dev.carillon.engine.command.CommandFlag.FAST;
import static dev.carillon.engine.command.CommandFlag.READONLY;
import static dev.carillon.engine.command.CommandFlag.WRITE;
import static dev.carillon.engine.keyspace.Entry.NO_DEADLINE;

import dev.carillon.engine.command.Command;
import dev.carillon.engine.command.CommandContext;
import dev.carillon.engine.command.CommandGroup;
import dev.carillon.engine.command.CommandTable;
import dev.carillon.engine.command.KeySpec;
import dev.carillon.engine.config.Parameters;
import dev.carillon.engine.keyspace.Entry;
import dev.carillon.engine.reply.Errors;
import dev.carillon.engine.reply.ReplyWriter;
import dev.carillon.engine.value.ValueType;
import dev.carillon.protocol.bytes.Bytes;
import dev.carillon.protocol.bytes.Numerals;
import dev.carillon.protocol.bytes.Xxh3;
import dev.carillon.protocol.event.EventType;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/**
 * Strings: setting, reading, replacing and cutting them. Numbers in strings are in {@link
 * CounterCommands}, the longest common subsequence in {@link LcsCommand}, bits in {@link
 * BitmapCommands}.
 */
final class StringCommands {

  private static final Bytes SET = Bytes.of("SET");
  private static final Bytes DEL = Bytes.of("DEL");
  private static final Bytes PXAT = Bytes.of("PXAT");
  private static final Bytes PERSIST = Bytes.of("PERSIST");
  private static final Bytes PEXPIREAT = Bytes.of("PEXPIREAT");

  /** Java's arrays end a little below 2 GB; the parameter can be set higher. */
  private static final int LENGTH_MAX = Integer.MAX_VALUE - 64;

  private static final String O_1 = "O(1)";
  private static final String O_KEYS = "O(N) where N is the number of keys to set.";

  private StringCommands() {}

  static void register(CommandTable.Builder table) {
    table.group(CommandGroup.STRING);
    registerReads(table);
    registerWrites(table);
    registerPartWrites(table);
    CounterCommands.register(table);
    LcsCommand.register(table);
  }

  private static void registerReads(CommandTable.Builder table) {
    table
        .command("get", 2, StringCommands::get)
        .flags(READONLY, FAST)
        .key(1)
        .since("1.0.0")
        .summary("Answers the string of a key.")
        .grammar("key:key@0")
        .complexity(O_1);
    table
        .command("mget", -2, StringCommands::mget)
        .flags(READONLY, FAST)
        .keys(KeySpec.range(1, -1, 1))
        .since("1.0.0")
        .summary("Answers the strings of several keys; nil where there is none.")
        .grammar("~request_policy:multi_shard key:key@0*")
        .complexity("O(N) where N is the number of keys to retrieve.");
    table
        .command("strlen", 2, StringCommands::strlen)
        .flags(READONLY, FAST)
        .key(1, "RO")
        .since("2.2.0")
        .summary("Answers how many bytes the string of a key has.")
        .grammar("key:key@0")
        .complexity(O_1);
    range(table, "getrange").since("2.4.0");
    range(table, "substr").since("1.0.0").deprecated("2.0.0", "`GETRANGE`");
    table
        .command("digest", 2, StringCommands::digest)
        .flags(READONLY, FAST)
        .key(1)
        .since("8.4.0")
        .summary("Answers the XXH3 hash of a string in hexadecimal digits.")
        .grammar("key:key@0")
        .complexity("O(N) where N is the length of the string value.");
  }

  private static Command.Row range(CommandTable.Builder table, String name) {
    return table
        .command(name, 4, StringCommands::getrange)
        .flags(READONLY)
        .key(1)
        .summary("Answers the bytes of a string from one index to another.")
        .grammar("key:key@0 start:integer end:integer")
        .complexity(
            "O(N) where N is the length of the returned string. The complexity is ultimately"
                + " determined by the returned length, but because creating a substring from an"
                + " existing string is very cheap, it can be considered O(1) for small strings.");
  }

  private static void registerWrites(CommandTable.Builder table) {
    table
        .command("set", -3, StringCommands::set)
        .flags(WRITE, DENYOOM)
        .key(1, "RW access update variable_flags")
        .emits(EventType.SET, EventType.EXPIRE)
        .since("1.0.0")
        .summary("Sets a key to a string, whatever it held, if a condition holds.")
        .grammar(
            """
            key:key@0 value:string condition:oneof<2.6.12>?( nx:pure-token=NX xx:pure-token=XX
            ifeq-value:string=IFEQ<8.4.0> ifne-value:string=IFNE<8.4.0>
            ifdeq-digest:string=IFDEQ<8.4.0> ifdne-digest:string=IFDNE<8.4.0> )
            get:pure-token=GET<6.2.0>? expiration:oneof?( seconds:integer=EX<2.6.12>
            milliseconds:integer=PX<2.6.12> unix-time-seconds:unix-time=EXAT<6.2.0>
            unix-time-milliseconds:unix-time=PXAT<6.2.0> keepttl:pure-token=KEEPTTL<6.0.0> )
            """)
        .complexity(O_1);
    table
        .command("setnx", 3, StringCommands::setnx)
        .flags(WRITE, DENYOOM, FAST)
        .key(1, "OW insert")
        .emits(EventType.SET)
        .since("1.0.0")
        .deprecated("2.6.12", "`SET` with the `NX` argument")
        .summary("Sets a key to a string if the key is missing.")
        .grammar("key:key@0 value:string")
        .complexity(O_1);
    table
        .command("setex", 4, ctx -> setUntil(ctx, ExpiryOption.EX))
        .flags(WRITE, DENYOOM)
        .key(1, "OW update")
        .emits(EventType.SET, EventType.EXPIRE)
        .since("2.0.0")
        .deprecated("2.6.12", "`SET` with the `EX` argument")
        .summary("Sets a key to a string that expires after some seconds.")
        .grammar("key:key@0 seconds:integer value:string")
        .complexity(O_1);
    table
        .command("psetex", 4, ctx -> setUntil(ctx, ExpiryOption.PX))
        .flags(WRITE, DENYOOM)
        .key(1, "OW update")
        .emits(EventType.SET, EventType.EXPIRE)
        .since("2.6.0")
        .deprecated("2.6.12", "`SET` with the `PX` argument")
        .summary("Sets a key to a string that expires after some milliseconds.")
        .grammar("key:key@0 milliseconds:integer value:string")
        .complexity(O_1);
    table
        .command("getset", 3, StringCommands::getset)
        .flags(WRITE, DENYOOM, FAST)
        .key(1)
        .emits(EventType.SET)
        .since("1.0.0")
        .deprecated("6.2.0", "`SET` with the `!GET` argument")
        .summary("Sets a key to a string and answers the one before.")
        .grammar("key:key@0 value:string")
        .complexity(O_1);
    table
        .command("getdel", 2, StringCommands::getdel)
        .flags(WRITE, FAST)
        .key(1, "RW access delete")
        .emits(EventType.DEL)
        .since("6.2.0")
        .summary("Answers the string of a key and deletes the key.")
        .grammar("key:key@0")
        .complexity(O_1);
    table
        .command("getex", -2, StringCommands::getex)
        .flags(WRITE, FAST)
        .key(1)
        .emits(EventType.EXPIRE, EventType.PERSIST, EventType.DEL)
        .since("6.2.0")
        .summary("Answers the string of a key and sets or removes the key's deadline.")
        .grammar(
            """
            key:key@0 expiration:oneof?( seconds:integer=EX milliseconds:integer=PX
            unix-time-seconds:unix-time=EXAT unix-time-milliseconds:unix-time=PXAT
            persist:pure-token=PERSIST )
            """)
        .complexity(O_1);
    table
        .command("delex", -2, StringCommands::delex)
        .flags(WRITE, FAST)
        .key(1, "RW delete")
        .emits(EventType.DEL)
        .since("8.4.0")
        .summary("Deletes a key if its string, or the digest of it, is or is not a given one.")
        .grammar(
            """
            key:key@0 condition:oneof?( ifeq-value:string=IFEQ ifne-value:string=IFNE
            ifdeq-digest:string=IFDEQ ifdne-digest:string=IFDNE )
            """)
        .complexity(
            "O(1) for IFEQ/IFNE, O(N) for IFDEQ/IFDNE where N is the length of the string value.");
    table
        .command("mset", -3, StringCommands::mset)
        .flags(WRITE, DENYOOM)
        .keys(KeySpec.range(1, -1, 2).access("OW update"))
        .emits(EventType.SET)
        .since("1.0.1")
        .summary("Sets several keys to a string each.")
        .grammar(
            """
            ~request_policy:multi_shard ~response_policy:all_succeeded data:block*( key:key@0
            value:string )
            """)
        .complexity(O_KEYS);
    table
        .command("msetnx", -3, StringCommands::msetnx)
        .flags(WRITE, DENYOOM)
        .keys(KeySpec.range(1, -1, 2).access("OW insert"))
        .emits(EventType.SET)
        .since("1.0.1")
        .summary("Sets several keys to a string each if all of them are missing.")
        .grammar("data:block*( key:key@0 value:string )")
        .complexity(O_KEYS);
    table
        .command("msetex", -4, StringCommands::msetex)
        .flags(WRITE, DENYOOM)
        .keys(KeySpec.countedExactly(1, 2).access("OW update"))
        .emits(EventType.SET, EventType.EXPIRE)
        .since("8.4.0")
        .summary("Sets several keys to a string each, with one deadline, if a condition holds.")
        .grammar(
            """
            ~request_policy:multi_shard ~response_policy:all_succeeded
            numkeys:integer data:block*( key:key@0 value:string ) condition:oneof?(
            nx:pure-token=NX xx:pure-token=XX ) expiration:oneof?( seconds:integer=EX
            milliseconds:integer=PX unix-time-seconds:unix-time=EXAT
            unix-time-milliseconds:unix-time=PXAT keepttl:pure-token=KEEPTTL )
            """)
        .complexity(O_KEYS);
  }

  private static void registerPartWrites(CommandTable.Builder table) {
    table
        .command("append", 3, StringCommands::append)
        .flags(WRITE, DENYOOM, FAST)
        .key(1, "RW insert")
        .emits(EventType.APPEND)
        .since("2.0.0")
        .summary("Adds bytes to the end of a string and answers its length.")
        .grammar("key:key@0 value:string")
        .complexity(
            "O(1). The amortized time complexity is O(1) assuming the appended value is small and"
                + " the already present value is of any size, since the dynamic string library"
                + " used by Redis will double the free space available on every reallocation.");
    table
        .command("setrange", 4, StringCommands::setrange)
        .flags(WRITE, DENYOOM)
        .key(1, "RW update")
        .emits(EventType.SETRANGE)
        .since("2.2.0")
        .summary("Overwrites bytes of a string from an index on and answers its length.")
        .grammar("key:key@0 offset:integer value:string")
        .complexity(
            "O(1), not counting the time taken to copy the new string in place. Usually, this"
                + " string is very small so the amortized complexity is O(1). Otherwise,"
                + " complexity is O(M) with M being the length of the value argument.");
  }

  // ------------------------------------------------------------------------------------- reading

  private static void get(CommandContext ctx) {
    Entry entry = ctx.find(ctx.argument(1), ValueType.STRING);
    if (entry == null) {
      ctx.reply().nil();
    } else {
      ctx.reply().bulk(entry.string());
    }
  }

  private static void mget(CommandContext ctx) {
    ReplyWriter reply = ctx.reply();
    reply.array(ctx.count() - 1L);
    for (int i = 1; i < ctx.count(); i++) {
      Entry entry = ctx.find(ctx.argument(i));
      if (entry == null || entry.type() != ValueType.STRING) {
        reply.nil();
      } else {
        reply.bulk(entry.string());
      }
    }
  }

  private static void strlen(CommandContext ctx) {
    Entry entry = ctx.find(ctx.argument(1), ValueType.STRING);
    ctx.reply().integer(entry == null ? 0 : entry.stringLength());
  }

  private static void getrange(CommandContext ctx) {
    long start = ctx.longArgument(2);
    long end = ctx.longArgument(3);
    Entry entry = ctx.find(ctx.argument(1), ValueType.STRING);
    if (entry == null) {
      ctx.reply().bulk(Bytes.EMPTY);
      return;
    }
    Bytes text = entry.string();
    long first = IndexRange.first(start, text.length());
    long last = IndexRange.last(end, text.length());
    if (first > last || IndexRange.isBackwards(start, end)) {
      ctx.reply().bulk(Bytes.EMPTY);
    } else {
      ctx.reply().bulk(text.array(), text.offset() + (int) first, (int) (last - first + 1));
    }
  }

  private static void digest(CommandContext ctx) {
    Entry entry = ctx.find(ctx.argument(1), ValueType.STRING);
    if (entry == null) {
      ctx.reply().nil();
    } else {
      String digits = HexFormat.of().toHexDigits(Xxh3.hash(entry.string()));
      byte[] text = digits.getBytes(StandardCharsets.US_ASCII);
      ctx.reply().bulk(text, 0, text.length);
    }
  }

  // ------------------------------------------------------------------------------------- setting

  private static void set(CommandContext ctx) {
    if (ctx.count() > 3) {
      setWithOptions(ctx);
      return;
    }
    Bytes key = ctx.argument(1);
    store(ctx, key, ctx.lookup(key), ctx.argument(2), NO_DEADLINE, false);
    ctx.reply().ok();
  }

  private static void setWithOptions(CommandContext ctx) {
    WriteCondition presence = WriteCondition.ALWAYS;
    WriteCondition comparison = WriteCondition.ALWAYS;
    Bytes operand = Bytes.EMPTY;
    ExpiryOption expiry = null;
    int expiryIndex = 0;
    boolean answersOld = false;
    for (int i = 3; i < ctx.count(); i++) {
      Bytes word = ctx.argument(i);
      ExpiryOption saysExpiry = ExpiryOption.of(word);
      WriteCondition saysCondition = WriteCondition.of(word);
      if (saysExpiry != null && saysExpiry != ExpiryOption.PERSIST) {
        refuseIf(saysExpiry.contradicts(expiry));
        expiry = saysExpiry;
        if (expiry.isTimed()) {
          expiryIndex = operandIndex(ctx, ++i);
        }
      } else if (saysCondition != null && saysCondition.compares()) {
        // NX and XX may follow a comparison, and do not go before one (observed on 8.6.3).
        refuseIf(saysCondition.contradicts(presence) || saysCondition.contradicts(comparison));
        comparison = saysCondition;
        operand = ctx.argument(operandIndex(ctx, ++i));
      } else if (saysCondition != null) {
        refuseIf(saysCondition.contradicts(presence));
        presence = saysCondition;
      } else {
        refuseIf(!word.isWord("GET"));
        answersOld = true;
      }
    }
    long deadline = ExpiryOption.deadlineMillis(ctx, expiry, expiryIndex);

    Bytes key = ctx.argument(1);
    Entry existing = answersOld ? ctx.find(key, ValueType.STRING) : ctx.lookup(key);
    boolean holds = presence.holdsOf(existing, Bytes.EMPTY);
    if (holds && comparison.compares()) {
      if (existing != null) {
        // Who compares reads, which is counted.
        existing = ctx.find(key);
      }
      holds = comparison.holdsOf(existing, operand);
    }
    if (answersOld) {
      // Before the change, because the view of the old value ends with it.
      answer(ctx, existing);
    }
    if (holds) {
      Bytes value = ctx.argument(2);
      store(ctx, key, existing, value, deadline, expiry == ExpiryOption.KEEPTTL);
      if (expiry != null && expiry.isRelative()) {
        setEffect(ctx, key, value, deadline);
      }
    }
    if (!answersOld) {
      if (holds) {
        ctx.reply().ok();
      } else {
        ctx.reply().nil();
      }
    }
  }

  private static void setnx(CommandContext ctx) {
    Bytes key = ctx.argument(1);
    Entry existing = ctx.lookup(key);
    if (existing == null) {
      store(ctx, key, null, ctx.argument(2), NO_DEADLINE, false);
    }
    ctx.reply().integer(existing == null ? 1 : 0);
  }

  private static void setUntil(CommandContext ctx, ExpiryOption unit) {
    Bytes key = ctx.argument(1);
    Bytes value = ctx.argument(3);
    long deadline = ExpiryOption.deadlineMillis(ctx, unit, 2);
    store(ctx, key, ctx.lookup(key), value, deadline, false);
    setEffect(ctx, key, value, deadline);
    ctx.reply().ok();
  }

  private static void getset(CommandContext ctx) {
    Bytes key = ctx.argument(1);
    Entry existing = ctx.find(key, ValueType.STRING);
    answer(ctx, existing);
    store(ctx, key, existing, ctx.argument(2), NO_DEADLINE, false);
  }

  private static void mset(CommandContext ctx) {
    refuseOddPairs(ctx);
    storeAll(ctx);
    ctx.reply().ok();
  }

  private static void msetnx(CommandContext ctx) {
    refuseOddPairs(ctx);
    boolean free = allHold(ctx, WriteCondition.NX, 1, ctx.count());
    if (free) {
      storeAll(ctx);
    }
    ctx.reply().integer(free ? 1 : 0);
  }

  private static void refuseOddPairs(CommandContext ctx) {
    if (ctx.count() % 2 == 0) {
      throw Errors.WRONG_ARITY.error(ctx.command().name());
    }
  }

  private static void msetex(CommandContext ctx) {
    long pairs = ctx.longArgument(1, Errors.MSETEX_COUNT.error());
    if (pairs <= 0 || pairs > Integer.MAX_VALUE) {
      throw Errors.MSETEX_COUNT.error();
    }
    if (2 + 2 * pairs > ctx.count()) {
      throw Errors.MSETEX_PAIRS.error();
    }
    int end = (int) (2 + 2 * pairs);
    WriteCondition condition = WriteCondition.ALWAYS;
    ExpiryOption expiry = null;
    int expiryIndex = 0;
    for (int i = end; i < ctx.count(); i++) {
      Bytes word = ctx.argument(i);
      ExpiryOption saysExpiry = ExpiryOption.of(word);
      if (saysExpiry != null && saysExpiry != ExpiryOption.PERSIST) {
        refuseIf(saysExpiry.contradicts(expiry));
        expiry = saysExpiry;
        if (expiry.isTimed()) {
          expiryIndex = operandIndex(ctx, ++i);
        }
      } else {
        WriteCondition says = WriteCondition.of(word);
        if (says == null || says.compares() || says.contradicts(condition)) {
          throw Errors.SYNTAX.error();
        }
        condition = says;
      }
    }
    long deadline = ExpiryOption.deadlineMillis(ctx, expiry, expiryIndex);
    boolean holds = allHold(ctx, condition, 2, end);

    if (holds) {
      for (int i = 2; i < end; i += 2) {
        Bytes key = ctx.argument(i);
        Bytes value = ctx.argument(i + 1);
        put(ctx, key, ctx.lookup(key), value, deadline, expiry == ExpiryOption.KEEPTTL);
        // The other way round than SET (observed on 8.6.3).
        if (deadline == NO_DEADLINE) {
          ctx.changed(key, EventType.SET);
        } else {
          ctx.changed(key, EventType.EXPIRE);
          ctx.announce(key, EventType.SET);
        }
      }
      if (expiry != null && expiry.isRelative()) {
        for (int i = 2; i < end; i += 2) {
          setEffect(ctx, ctx.argument(i), ctx.argument(i + 1), deadline);
        }
      }
    }
    ctx.reply().integer(holds ? 1 : 0);
  }

  /** Whether a condition that compares nothing holds of each key of the pairs. */
  private static boolean allHold(CommandContext ctx, WriteCondition condition, int from, int end) {
    if (condition != WriteCondition.ALWAYS) {
      for (int i = from; i < end; i += 2) {
        if (!condition.holdsOf(ctx.lookup(ctx.argument(i)), Bytes.EMPTY)) {
          return false;
        }
      }
    }
    return true;
  }

  private static void storeAll(CommandContext ctx) {
    for (int i = 1; i < ctx.count(); i += 2) {
      Bytes key = ctx.argument(i);
      store(ctx, key, ctx.lookup(key), ctx.argument(i + 1), NO_DEADLINE, false);
    }
  }

  /**
   * Sets a key to a string, with all events.
   *
   * @param existing what the key holds so far, of any type
   * @param deadline the new deadline, or {@code NO_DEADLINE}
   * @param keepDeadline whether the old one stays where there is no new one
   */
  private static void store(
      CommandContext ctx,
      Bytes key,
      @Nullable Entry existing,
      Bytes value,
      long deadline,
      boolean keepDeadline) {
    put(ctx, key, existing, value, deadline, keepDeadline);
    ctx.changed(key, EventType.SET);
    if (deadline != NO_DEADLINE) {
      ctx.announce(key, EventType.EXPIRE);
    }
  }

  /** The change of {@link #store}, which the caller closes. */
  private static void put(
      CommandContext ctx,
      Bytes key,
      @Nullable Entry existing,
      Bytes value,
      long deadline,
      boolean keepDeadline) {
    boolean timed = deadline != NO_DEADLINE;
    if (existing == null) {
      ctx.createString(key, value, deadline);
    } else {
      // A slot that has a deadline keeps its shape when it gets another one.
      Entry entry = ctx.overwrite(key, existing, ValueType.STRING, keepDeadline || timed);
      entry.string(value);
      if (timed) {
        entry.deadlineMillis(deadline);
      }
    }
  }

  private static void setEffect(CommandContext ctx, Bytes key, Bytes value, long deadline) {
    if (ctx.isRecording()) {
      ctx.effect(SET, key, value, PXAT, Numerals.of(deadline));
    }
  }

  private static void answer(CommandContext ctx, @Nullable Entry entry) {
    if (entry == null) {
      ctx.reply().nil();
    } else {
      ctx.reply().bulk(entry.string());
    }
  }

  // ------------------------------------------------------------------- reading and then changing

  private static void getdel(CommandContext ctx) {
    Bytes key = ctx.argument(1);
    Entry entry = ctx.find(key, ValueType.STRING);
    answer(ctx, entry);
    if (entry != null) {
      ctx.delete(key, entry);
    }
  }

  private static void getex(CommandContext ctx) {
    ExpiryOption expiry = null;
    int expiryIndex = 0;
    for (int i = 2; i < ctx.count(); i++) {
      ExpiryOption says = ExpiryOption.of(ctx.argument(i));
      if (says == null || says == ExpiryOption.KEEPTTL || says.contradicts(expiry)) {
        throw Errors.SYNTAX.error();
      }
      expiry = says;
      if (expiry.isTimed()) {
        expiryIndex = operandIndex(ctx, ++i);
      }
    }
    Bytes key = ctx.argument(1);
    Entry entry = ctx.find(key, ValueType.STRING);
    if (entry == null) {
      ctx.reply().nil();
      return;
    }
    long deadline = ExpiryOption.deadlineMillis(ctx, expiry, expiryIndex);

    ctx.reply().bulk(entry.string());
    if (deadline != NO_DEADLINE) {
      expireAt(ctx, key, entry, deadline);
    } else if (expiry == ExpiryOption.PERSIST && entry.hasDeadline()) {
      ctx.edit(entry).deadlineMillis(NO_DEADLINE);
      ctx.changed(key, EventType.PERSIST);
      ctx.effect(PERSIST, key);
    }
  }

  private static void expireAt(CommandContext ctx, Bytes key, Entry entry, long deadline) {
    if (deadline <= ctx.nowMillis()) {
      ctx.delete(key, entry);
      ctx.effect(DEL, key);
      return;
    }
    ctx.edit(entry).deadlineMillis(deadline);
    ctx.changed(key, EventType.EXPIRE);
    if (ctx.isRecording()) {
      ctx.effect(PEXPIREAT, key, Numerals.of(deadline));
    }
  }

  private static void delex(CommandContext ctx) {
    if (ctx.count() != 2 && ctx.count() != 4) {
      throw Errors.WRONG_ARITY.error(ctx.command().name());
    }
    Bytes key = ctx.argument(1);
    // Only who compares reads: a missing key is then a miss.
    Entry entry = ctx.count() == 2 ? ctx.lookup(key) : ctx.find(key);
    boolean deletes = entry != null;
    if (entry != null && ctx.count() == 4) {
      if (entry.type() != ValueType.STRING) {
        throw Errors.DELEX_NOT_A_STRING.error();
      }
      WriteCondition condition = WriteCondition.of(ctx.argument(2));
      if (condition == null || !condition.compares()) {
        throw Errors.DELEX_CONDITION.error();
      }
      deletes = condition.holdsOf(entry, ctx.argument(3));
    }

    if (entry != null && deletes) {
      ctx.delete(key, entry);
      ctx.effect(DEL, key);
    }
    ctx.reply().integer(deletes ? 1 : 0);
  }

  // --------------------------------------------------------------------------- parts of a string

  private static void append(CommandContext ctx) {
    Bytes key = ctx.argument(1);
    Bytes value = ctx.argument(2);
    Entry entry = ctx.lookup(key, ValueType.STRING);
    int length = value.length();
    if (entry == null) {
      ctx.createString(key, value, NO_DEADLINE);
    } else {
      int before = entry.stringLength();
      length = length(ctx, before, value.length());
      Bytes text = ctx.edit(entry).resizeString(length, before, length);
      value.copyTo(text.array(), text.offset() + before);
    }
    ctx.changed(key, EventType.APPEND);
    ctx.reply().integer(length);
  }

  private static void setrange(CommandContext ctx) {
    long offset = ctx.longArgument(2);
    if (offset < 0) {
      throw Errors.OFFSET_OUT_OF_RANGE.error();
    }
    Bytes key = ctx.argument(1);
    Bytes value = ctx.argument(3);
    Entry entry = ctx.lookup(key, ValueType.STRING);
    int before = entry == null ? 0 : entry.stringLength();
    if (value.isEmpty()) {
      ctx.reply().integer(before);
      return;
    }
    int end = length(ctx, offset, value.length());

    int length = Math.max(before, end);
    Entry target = ctx.editOrCreate(key, entry, ValueType.STRING);
    Bytes text = target.resizeString(length, (int) offset, end);
    value.copyTo(text.array(), text.offset() + (int) offset);
    ctx.changed(key, EventType.SETRANGE);
    ctx.reply().integer(length);
  }

  /**
   * The length of a string that {@code added} bytes behind the first {@code before} make; refuses
   * what the server does not want to store.
   */
  private static int length(CommandContext ctx, long before, int added) {
    if (before > lengthMax(ctx) - added) {
      throw Errors.STRING_TOO_LONG.error();
    }
    return (int) before + added;
  }

  /**
   * How many bytes a string may have. What was stored once is replayed whatever the parameter says
   * by then.
   */
  static long lengthMax(CommandContext ctx) {
    return ctx.turn().isReplaying()
        ? LENGTH_MAX
        : Math.min(LENGTH_MAX, ctx.config().get(Parameters.PROTO_MAX_BULK_LEN));
  }

  // ------------------------------------------------------------------------------------- options

  /** The index behind a word that needs an operand; refuses a request that ends there. */
  static int operandIndex(CommandContext ctx, int index) {
    refuseIf(index >= ctx.count());
    return index;
  }

  /** Refuses the request's options. */
  static void refuseIf(boolean wrong) {
    if (wrong) {
      throw Errors.SYNTAX.error();
    }
  }
}
