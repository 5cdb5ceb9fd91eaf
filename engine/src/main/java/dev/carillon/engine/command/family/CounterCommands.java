package dev.carillon.engine.command.family;

import static dev.carillon.engine.command.CommandFlag.DENYOOM;
import static dev.carillon.engine.command.CommandFlag.FAST;
import static dev.carillon.engine.command.CommandFlag.WRITE;
import static dev.carillon.engine.keyspace.Entry.NO_DEADLINE;

import dev.carillon.engine.command.CommandContext;
import dev.carillon.engine.command.CommandTable;
import dev.carillon.engine.keyspace.Entry;
import dev.carillon.engine.reply.Errors;
import dev.carillon.engine.value.ValueType;
import dev.carillon.protocol.bytes.Bytes;
import dev.carillon.protocol.bytes.ExtendedReal;
import dev.carillon.protocol.bytes.Numerals;
import dev.carillon.protocol.event.EventType;
import java.math.BigDecimal;
import org.jspecify.annotations.Nullable;

/** Numbers in strings: what adds to them. A missing key counts as zero. */
final class CounterCommands {

  private static final Bytes SET = Bytes.of("SET");
  private static final Bytes DEL = Bytes.of("DEL");
  private static final Bytes KEEPTTL = Bytes.of("KEEPTTL");
  private static final Bytes PXAT = Bytes.of("PXAT");

  private CounterCommands() {}

  static void register(CommandTable.Builder table) {
    table
        .command("incr", 2, ctx -> add(ctx, 1))
        .flags(WRITE, DENYOOM, FAST)
        .key(1)
        .emits(EventType.INCRBY)
        .since("1.0.0")
        .summary("Adds one to the integer of a key and answers it.")
        .grammar("key:key@0")
        .complexity("O(1)");
    table
        .command("decr", 2, ctx -> add(ctx, -1))
        .flags(WRITE, DENYOOM, FAST)
        .key(1)
        .emits(EventType.INCRBY)
        .since("1.0.0")
        .summary("Takes one from the integer of a key and answers it.")
        .grammar("key:key@0")
        .complexity("O(1)");
    table
        .command("incrby", 3, ctx -> add(ctx, ctx.longArgument(2)))
        .flags(WRITE, DENYOOM, FAST)
        .key(1)
        .emits(EventType.INCRBY)
        .since("1.0.0")
        .summary("Adds to the integer of a key and answers it.")
        .grammar("key:key@0 increment:integer")
        .complexity("O(1)");
    table
        .command("decrby", 3, CounterCommands::decrby)
        .flags(WRITE, DENYOOM, FAST)
        .key(1)
        .emits(EventType.INCRBY)
        .since("1.0.0")
        .summary("Subtracts from the integer of a key and answers it.")
        .grammar("key:key@0 decrement:integer")
        .complexity("O(1)");
    table
        .command("incrbyfloat", 3, CounterCommands::incrbyfloat)
        .flags(WRITE, DENYOOM, FAST)
        .key(1)
        .emits(EventType.INCRBYFLOAT)
        .since("2.6.0")
        .summary("Adds to the real number of a key and answers it.")
        .grammar("key:key@0 increment:double")
        .complexity("O(1)");
    table
        .command("increx", -2, CounterCommands::increx)
        .flags(WRITE, DENYOOM, FAST)
        .key(1)
        .emits(
            EventType.INCRBY,
            EventType.INCRBYFLOAT,
            EventType.EXPIRE,
            EventType.PERSIST,
            EventType.DEL)
        .since("8.8.0")
        .summary("Adds to the number of a key within bounds, and sets or removes its deadline.")
        .grammar(
            """
            key:key@0 increment:oneof?( float:double=BYFLOAT integer:integer=BYINT )
            saturate:pure-token=SATURATE? lowerbound:string=LBOUND? upperbound:string=UBOUND?
            expiration:oneof?( seconds:integer=EX milliseconds:integer=PX
            unix-time-seconds:unix-time=EXAT unix-time-milliseconds:unix-time=PXAT
            persist:pure-token=PERSIST ) enx:pure-token=ENX?
            """)
        .complexity("O(1)");
  }

  private static void add(CommandContext ctx, long increment) {
    Bytes key = ctx.argument(1);
    Entry entry = ctx.lookup(key, ValueType.STRING);
    long before = integerOf(entry);
    long sum = before + increment;
    if (overflows(before, increment, sum)) {
      throw Errors.OVERFLOW.error();
    }
    ctx.editOrCreate(key, entry, ValueType.STRING).integer(sum);
    ctx.changed(key, EventType.INCRBY);
    ctx.reply().integer(sum);
  }

  private static void decrby(CommandContext ctx) {
    long decrement = ctx.longArgument(2);
    if (decrement == Long.MIN_VALUE) {
      throw Errors.DECREMENT_OVERFLOW.error();
    }
    add(ctx, -decrement);
  }

  private static long integerOf(@Nullable Entry entry) {
    if (entry == null) {
      return 0;
    }
    Bytes text = entry.string();
    if (!Numerals.isLong(text)) {
      throw Errors.NOT_AN_INTEGER.error();
    }
    return Numerals.toLong(text);
  }

  /** Whether a sum has another sign than both of its parts. */
  private static boolean overflows(long a, long b, long sum) {
    return ((a ^ sum) & (b ^ sum)) < 0;
  }

  private static void incrbyfloat(CommandContext ctx) {
    Bytes key = ctx.argument(1);
    Entry entry = ctx.lookup(key, ValueType.STRING);
    ExtendedReal before = realOf(entry);
    ExtendedReal increment = ExtendedReal.parse(ctx.argument(2));
    if (increment == null) {
      throw Errors.NOT_A_FLOAT.error();
    }
    ExtendedReal sum = before.plus(increment);
    if (sum.isInfinite()) {
      throw Errors.NAN_OR_INFINITY.error();
    }
    Bytes text = sum.toBytes();
    ctx.editOrCreate(key, entry, ValueType.STRING).textString(text);
    ctx.changed(key, EventType.INCRBYFLOAT);
    ctx.effect(SET, key, text, KEEPTTL);
    ctx.reply().bulk(text);
  }

  private static ExtendedReal realOf(@Nullable Entry entry) {
    if (entry == null) {
      return ExtendedReal.ZERO;
    }
    ExtendedReal value = ExtendedReal.parse(entry.string());
    if (value == null) {
      throw Errors.NOT_A_FLOAT.error();
    }
    return value;
  }

  // -------------------------------------------------------------------------------------- INCREX

  /** What a request of INCREX says; -1 stands for an option that it does not have. */
  private static final class IncrexOptions {
    private int increment = -1;
    private boolean real;
    private int lower = -1;
    private int upper = -1;
    private boolean saturates;
    private boolean onlyWithoutDeadline;
    private @Nullable ExpiryOption expiry;
    private int expiryIndex = -1;

    /** Unlike SET, INCREX takes no option twice. */
    IncrexOptions(CommandContext ctx) {
      for (int i = 2; i < ctx.count(); i++) {
        Bytes word = ctx.argument(i);
        ExpiryOption says = ExpiryOption.of(word);
        if (word.isWord("BYINT") || word.isWord("BYFLOAT")) {
          increment = onlyOnce(increment, ctx, ++i);
          real = word.isWord("BYFLOAT");
        } else if (word.isWord("LBOUND")) {
          lower = onlyOnce(lower, ctx, ++i);
        } else if (word.isWord("UBOUND")) {
          upper = onlyOnce(upper, ctx, ++i);
        } else if (word.isWord("SATURATE")) {
          StringCommands.refuseIf(saturates);
          saturates = true;
        } else if (word.isWord("ENX")) {
          StringCommands.refuseIf(onlyWithoutDeadline);
          onlyWithoutDeadline = true;
        } else {
          if (says == null || says == ExpiryOption.KEEPTTL || expiry != null) {
            throw Errors.SYNTAX.error();
          }
          expiry = says;
          if (says.isTimed()) {
            expiryIndex = StringCommands.operandIndex(ctx, ++i);
          }
        }
      }
      StringCommands.refuseIf(onlyWithoutDeadline && expiry == ExpiryOption.PERSIST);
      if (onlyWithoutDeadline && expiry == null) {
        throw Errors.ENX_WITHOUT_EXPIRATION.error();
      }
    }

    private static int onlyOnce(int before, CommandContext ctx, int index) {
      StringCommands.refuseIf(before >= 0);
      return StringCommands.operandIndex(ctx, index);
    }

    long deadlineMillis(CommandContext ctx) {
      return ExpiryOption.deadlineMillis(ctx, expiry, expiryIndex);
    }
  }

  private static void increx(CommandContext ctx) {
    IncrexOptions options = new IncrexOptions(ctx);
    if (options.real) {
      increxReal(ctx, options);
    } else {
      increxInteger(ctx, options);
    }
  }

  private static void increxInteger(CommandContext ctx, IncrexOptions options) {
    long increment =
        options.increment < 0
            ? 1
            : ctx.longArgument(options.increment, Errors.INCREMENT_NOT_AN_INTEGER.error());
    long lower = integerBound(ctx, options.lower, "LBOUND", Long.MIN_VALUE);
    long upper = integerBound(ctx, options.upper, "UBOUND", Long.MAX_VALUE);
    if (lower > upper) {
      throw Errors.BOUNDS_CROSSED.error();
    }
    long deadline = options.deadlineMillis(ctx);
    Bytes key = ctx.argument(1);
    Entry entry = ctx.lookup(key, ValueType.STRING);
    long before = integerOf(entry);
    long sum = before + increment;
    boolean overflows = overflows(before, increment, sum);
    if (overflows) {
      sum = increment < 0 ? Long.MIN_VALUE : Long.MAX_VALUE;
    }
    boolean inBounds = !overflows && sum >= lower && sum <= upper;
    long after = Math.clamp(sum, lower, upper);
    long applied = after - before;
    boolean changes = inBounds || options.saturates;
    if (changes && overflows(before, applied, after)) {
      throw Errors.APPLIED_OVERFLOW.error();
    }

    if (changes) {
      storeCounted(ctx, key, entry, Numerals.of(after), options, deadline);
    }
    ctx.reply().array(2);
    ctx.reply().integer(changes ? after : before);
    ctx.reply().integer(changes ? applied : 0);
  }

  private static long integerBound(CommandContext ctx, int index, String name, long unbounded) {
    if (index < 0) {
      return unbounded;
    }
    if (!Numerals.isLong(ctx.argument(index))) {
      throw Errors.BOUND_NOT_AN_INTEGER.error(name);
    }
    return Numerals.toLong(ctx.argument(index));
  }

  private static void increxReal(CommandContext ctx, IncrexOptions options) {
    ExtendedReal increment = ExtendedReal.parse(ctx.argument(options.increment));
    if (increment == null) {
      throw Errors.INCREMENT_NOT_A_FLOAT.error();
    }
    if (increment.isInfinite()) {
      throw Errors.INCREMENT_INFINITE.error();
    }
    BigDecimal lower = realBound(ctx, options.lower, "LBOUND", ExtendedReal.LARGEST.negate());
    BigDecimal upper = realBound(ctx, options.upper, "UBOUND", ExtendedReal.LARGEST);
    if (lower.compareTo(upper) > 0) {
      throw Errors.BOUNDS_CROSSED.error();
    }
    long deadline = options.deadlineMillis(ctx);
    Bytes key = ctx.argument(1);
    Entry entry = ctx.lookup(key, ValueType.STRING);
    ExtendedReal before = realOf(entry);
    if (before.isInfinite()) {
      throw Errors.VALUE_INFINITE.error();
    }
    ExtendedReal after = before.plus(increment);
    boolean tooLarge =
        after.isInfinite() ? increment.value().signum() > 0 : after.value().compareTo(upper) > 0;
    boolean tooSmall =
        after.isInfinite() ? increment.value().signum() < 0 : after.value().compareTo(lower) < 0;
    if (tooLarge || tooSmall) {
      after = ExtendedReal.of(tooLarge ? upper : lower);
    }
    ExtendedReal applied = after.plus(ExtendedReal.of(before.value().negate()));
    boolean changes = !tooLarge && !tooSmall || options.saturates;
    if (changes && applied.isInfinite()) {
      throw Errors.APPLIED_INFINITE.error();
    }

    if (changes) {
      storeCounted(ctx, key, entry, after.toBytes(), options, deadline);
    }
    ctx.reply().array(2);
    ctx.reply().real((changes ? after : before).toBytes());
    ctx.reply().real((changes ? applied : ExtendedReal.ZERO).toBytes());
  }

  private static BigDecimal realBound(
      CommandContext ctx, int index, String name, BigDecimal unbounded) {
    if (index < 0) {
      return unbounded;
    }
    ExtendedReal bound = ExtendedReal.parse(ctx.argument(index));
    if (bound == null) {
      throw Errors.BOUND_NOT_A_FLOAT.error(name);
    }
    if (bound.isInfinite()) {
      throw Errors.BOUND_INFINITE.error(name);
    }
    return bound.value();
  }

  /** Stores the sum and does what the request says of the deadline. */
  private static void storeCounted(
      CommandContext ctx,
      Bytes key,
      @Nullable Entry entry,
      Bytes text,
      IncrexOptions options,
      long deadline) {
    boolean hadDeadline = entry != null && entry.hasDeadline();
    boolean timed = deadline != NO_DEADLINE && !(options.onlyWithoutDeadline && hadDeadline);
    if (timed && deadline <= ctx.nowMillis()) {
      if (entry != null) {
        ctx.delete(key, entry);
        ctx.effect(DEL, key);
      }
      return;
    }
    boolean persists = hadDeadline && options.expiry == ExpiryOption.PERSIST;
    Entry changed = ctx.editOrCreate(key, entry, ValueType.STRING);
    if (options.real) {
      changed.textString(text);
    } else {
      changed.string(text);
    }
    if (timed || persists) {
      changed.deadlineMillis(persists ? NO_DEADLINE : deadline);
    }
    ctx.changed(key, options.real ? EventType.INCRBYFLOAT : EventType.INCRBY);
    if (timed) {
      ctx.announce(key, EventType.EXPIRE);
      ctx.effect(SET, key, text, PXAT, Numerals.of(deadline));
    } else if (persists) {
      ctx.announce(key, EventType.PERSIST);
      ctx.effect(SET, key, text);
    } else {
      ctx.effect(SET, key, text, KEEPTTL);
    }
  }
}
