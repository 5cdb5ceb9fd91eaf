package dev.carillon.engine.command.family;

import static dev.carillon.engine.command.CommandFlag.DENYOOM;
import static dev.carillon.engine.command.CommandFlag.FAST;
import static dev.carillon.engine.command.CommandFlag.READONLY;
import static dev.carillon.engine.command.CommandFlag.WRITE;

import dev.carillon.engine.command.CommandContext;
import dev.carillon.engine.command.CommandGroup;
import dev.carillon.engine.command.CommandTable;
import dev.carillon.engine.config.Parameters;
import dev.carillon.engine.keyspace.Entry;
import dev.carillon.engine.reply.Errors;
import dev.carillon.engine.reply.Outbox;
import dev.carillon.engine.reply.ReplyWriter;
import dev.carillon.engine.value.ArrayValue;
import dev.carillon.engine.value.ValueType;
import dev.carillon.protocol.bytes.Bytes;
import dev.carillon.protocol.bytes.Numerals;
import dev.carillon.protocol.event.EventType;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/**
 * Sparse arrays of strings, of Redis 8.8. Searching is in {@link ArraySearch}, calculating in
 * {@link ArrayOperation}.
 */
final class ArrayCommands {

  /** As in Redis: a range answers its gaps too, so that a few bytes must not ask for 2^63. */
  private static final long RANGE_MAX = 1_000_000;

  private static final String O_1 = "O(1)";
  private static final String O_POSITIONS =
      "O(P) where P is visited positions in touched slices (dense scanned slots + sparse entries),"
          + " with worst-case O(|end-start|+1) and typical case close to O(N), where N is the"
          + " number of existing elements in range.";

  private ArrayCommands() {}

  static void register(CommandTable.Builder table) {
    table.group(CommandGroup.ARRAY);
    registerWrites(table);
    registerReads(table);
    registerSearches(table);
  }

  private static void registerWrites(CommandTable.Builder table) {
    table
        .command("arset", -4, ArrayCommands::arset)
        .flags(WRITE, DENYOOM, FAST)
        .key(1, "RW update")
        .emits(EventType.ARSET)
        .since("8.8.0")
        .summary("Sets elements from an index on and answers how many of them are new.")
        .grammar("key:key@0 index:integer value:string*")
        .complexity("O(N) where N is the number of values");
    table
        .command("armset", -4, ArrayCommands::armset)
        .flags(WRITE, DENYOOM, FAST)
        .key(1, "RW update")
        .emits(EventType.ARMSET)
        .since("8.8.0")
        .summary("Sets elements, each at its index, and answers how many of them are new.")
        .grammar("key:key@0 data:block*( index:integer value:string )")
        .complexity("O(N) where N is the number of pairs");
    table
        .command("arinsert", -3, ArrayCommands::arinsert)
        .flags(WRITE, DENYOOM, FAST)
        .key(1, "RW update")
        .emits(EventType.ARINSERT)
        .since("8.8.0")
        .summary("Sets elements from the cursor on and moves it behind them.")
        .grammar("key:key@0 value:string*")
        .complexity("O(N) where N is the number of values");
    table
        .command("arring", -4, ArrayCommands::arring)
        .flags(WRITE, DENYOOM)
        .key(1, "RW update")
        .emits(EventType.ARRING)
        .since("8.8.0")
        .summary("Sets elements at the cursor, which begins again at 0 after so many.")
        .grammar("key:key@0 size:integer value:string*")
        .complexity(
            "O(M) normally, O(N+M) on ring resize, where N is the maximum of the old and new ring"
                + " size and M is the number of inserted values");
    table
        .command("arseek", 3, ArrayCommands::arseek)
        .flags(WRITE, FAST)
        .key(1, "RW update")
        .emits(EventType.ARSEEK)
        .since("8.8.0")
        .summary("Moves the cursor of an array.")
        .grammar("key:key@0 index:integer")
        .complexity(O_1);
    table
        .command("ardel", -3, ArrayCommands::ardel)
        .flags(WRITE, FAST)
        .key(1, "RW delete")
        .emits(EventType.ARDEL, EventType.DEL)
        .since("8.8.0")
        .summary("Removes elements and answers how many there were.")
        .grammar("key:key@0 index:integer*")
        .complexity("O(N) where N is the number of indices to delete");
    table
        .command("ardelrange", -4, ArrayCommands::ardelrange)
        .flags(WRITE)
        .key(1, "RW delete")
        .emits(EventType.ARDELRANGE, EventType.DEL)
        .since("8.8.0")
        .summary("Removes the elements of ranges and answers how many there were.")
        .grammar("key:key@0 range:block*( start:integer end:integer )")
        .complexity(
            "Proportional to the number of existing elements / slices touched, not to the numeric"
                + " span of the requested ranges");
  }

  private static void registerReads(CommandTable.Builder table) {
    table
        .command("arget", 3, ArrayCommands::arget)
        .flags(READONLY, FAST)
        .key(1, "RO access")
        .since("8.8.0")
        .summary("Answers an element.")
        .grammar("key:key@0 index:integer")
        .complexity(O_1);
    table
        .command("armget", -3, ArrayCommands::armget)
        .flags(READONLY, FAST)
        .key(1, "RO access")
        .since("8.8.0")
        .summary("Answers several elements; nil where one is not set.")
        .grammar("key:key@0 index:integer*")
        .complexity("O(N) where N is the number of indices");
    table
        .command("argetrange", 4, ArrayCommands::argetrange)
        .flags(READONLY)
        .key(1, "RO access")
        .since("8.8.0")
        .summary("Answers the elements from one index to another; nil where one is not set.")
        .grammar("key:key@0 start:integer end:integer")
        .complexity("O(N) where N is the range length");
    table
        .command("arlen", 2, ctx -> answer(ctx, ArrayValue::length))
        .flags(READONLY, FAST)
        .key(1, "RO access")
        .since("8.8.0")
        .summary("Answers the highest index that is set, plus one.")
        .grammar("key:key@0")
        .complexity(O_1);
    table
        .command("arcount", 2, ctx -> answer(ctx, ArrayValue::count))
        .flags(READONLY, FAST)
        .key(1, "RO access")
        .since("8.8.0")
        .summary("Answers how many elements are set.")
        .grammar("key:key@0")
        .complexity(O_1);
    table
        .command("arnext", 2, ArrayCommands::arnext)
        .flags(READONLY, FAST)
        .key(1, "RO access")
        .since("8.8.0")
        .summary("Answers where the cursor is; nil where no index is left.")
        .grammar("key:key@0")
        .complexity(O_1);
    table
        .command("arlastitems", -3, ArrayCommands::arlastitems)
        .flags(READONLY)
        .key(1, "RO access")
        .since("8.8.0")
        .summary("Answers the elements that lie last before the cursor, through the ring.")
        .grammar("key:key@0 count:integer rev:pure-token=REV?")
        .complexity("O(N) where N is the count");
    table
        .command("arinfo", -2, ArrayCommands::arinfo)
        .flags(READONLY)
        .key(1, "RO access")
        .since("8.8.0")
        .summary("Describes how an array is kept.")
        .grammar("key:key@0 full:pure-token=FULL?")
        .complexity("O(1), or O(N) with FULL option where N is the number of slices.");
  }

  private static void registerSearches(CommandTable.Builder table) {
    table
        .command("arscan", -4, ArrayCommands::arscan)
        .flags(READONLY)
        .key(1, "RO access")
        .since("8.8.0")
        .summary("Answers the elements of a range that are set, with their indexes.")
        .grammar("key:key@0 start:integer end:integer limit:integer=LIMIT?")
        .complexity(O_POSITIONS);
    table
        .command("argrep", -6, ArraySearch::argrep)
        .flags(READONLY)
        .key(1, "RO access")
        .since("8.8.0")
        .summary("Answers which elements of a range fit a description.")
        .grammar(
            """
            key:key@0 start:string end:string predicate:oneof*( exact:block(
            exact:pure-token=EXACT string:string ) match:block( match:pure-token=MATCH
            string:string ) glob:block( glob:pure-token=GLOB pattern:string ) re:block(
            re:pure-token=RE pattern:string ) ) options:oneof?*( and:pure-token=AND
            or:pure-token=OR limit:integer=LIMIT withvalues:pure-token=WITHVALUES
            nocase:pure-token=NOCASE )
            """)
        .complexity(
            "O(P * C) where P is the number of visited positions in touched slices and C is the"
                + " cost of evaluating the predicates on one existing element.");
    table
        .command("arop", -5, ArrayOperation::arop)
        .flags(READONLY)
        .key(1, "RO access")
        .since("8.8.0")
        .summary("Combines the elements of a range into one number.")
        .grammar(
            """
            key:key@0 start:integer end:integer operation:oneof( sum:pure-token=SUM
            min:pure-token=MIN max:pure-token=MAX and:pure-token=AND or:pure-token=OR
            xor:pure-token=XOR match:block( match:pure-token=MATCH value:string )
            used:pure-token=USED )
            """)
        .complexity(O_POSITIONS);
  }

  // ----------------------------------------------------------------------------------- arguments

  /** Reads an index, which is unsigned; refuses what lies outside of every array. */
  static long index(CommandContext ctx, int argument) {
    long index = cursor(ctx, argument);
    if (index == ArrayValue.CURSOR_EXHAUSTED) {
      throw Errors.ARRAY_INDEX.error();
    }
    return index;
  }

  /** Reads where a cursor may be: at an index or behind all of them. */
  private static long cursor(CommandContext ctx, int argument) {
    Bytes text = ctx.argument(argument);
    if (!Numerals.isUnsigned(text)) {
      throw Errors.ARRAY_INDEX.error();
    }
    return Numerals.toUnsigned(text);
  }

  /** Whether so many elements from an index on do not all have one. */
  private static boolean overflows(long first, int elements) {
    return Long.compareUnsigned(first, ArrayValue.INDEX_MAX - (elements - 1)) > 0;
  }

  /** The array that a command reads, or null. */
  static @Nullable ArrayValue read(CommandContext ctx) {
    Entry entry = ctx.find(ctx.argument(1), ValueType.ARRAY);
    return entry == null ? null : array(entry);
  }

  private static ArrayValue array(Entry entry) {
    return (ArrayValue) entry.object();
  }

  /** Opens a change of the array of the first argument, which is made where it is missing. */
  private static Entry edit(CommandContext ctx, @Nullable Entry existing) {
    Entry entry = ctx.editOrCreate(ctx.argument(1), existing, ValueType.ARRAY);
    if (existing == null) {
      entry.object(new ArrayValue());
    }
    return entry;
  }

  private static @Nullable Entry lookup(CommandContext ctx) {
    return ctx.lookup(ctx.argument(1), ValueType.ARRAY);
  }

  // ------------------------------------------------------------------------------------- setting

  private static void arset(CommandContext ctx) {
    long first = index(ctx, 2);
    int values = ctx.count() - 3;
    if (overflows(first, values)) {
      throw Errors.ARRAY_INDEX_OVERFLOW.error();
    }
    Entry entry = edit(ctx, lookup(ctx));
    ArrayValue array = array(entry);
    int added = 0;
    for (int i = 0; i < values; i++) {
      added += array.set(first + i, ctx.argument(3 + i)) ? 1 : 0;
    }
    ctx.changed(ctx.argument(1), entry, EventType.ARSET);
    ctx.reply().integer(added);
  }

  private static void armset(CommandContext ctx) {
    refuseOddPairs(ctx);
    for (int i = 2; i < ctx.count(); i += 2) {
      index(ctx, i);
    }
    Entry entry = edit(ctx, lookup(ctx));
    ArrayValue array = array(entry);
    int added = 0;
    for (int i = 2; i < ctx.count(); i += 2) {
      added += array.set(index(ctx, i), ctx.argument(i + 1)) ? 1 : 0;
    }
    ctx.changed(ctx.argument(1), entry, EventType.ARMSET);
    ctx.reply().integer(added);
  }

  private static void refuseOddPairs(CommandContext ctx) {
    if (ctx.count() % 2 != 0) {
      throw Errors.WRONG_ARITY.error(ctx.command().name());
    }
  }

  private static void arinsert(CommandContext ctx) {
    Entry existing = lookup(ctx);
    long cursor = existing == null ? 0 : array(existing).cursor();
    int values = ctx.count() - 2;
    if (overflows(cursor, values)) {
      throw Errors.ARRAY_CURSOR_OVERFLOW.error();
    }
    Entry entry = edit(ctx, existing);
    ArrayValue array = array(entry);
    for (int i = 0; i < values; i++) {
      array.set(cursor + i, ctx.argument(2 + i));
    }
    array.cursor(cursor + values);
    ctx.changed(ctx.argument(1), entry, EventType.ARINSERT);
    ctx.reply().unsigned(cursor + values - 1);
  }

  private static void arring(CommandContext ctx) {
    long size = ctx.longArgument(2, Errors.ARRAY_RING_SIZE_INVALID.error());
    if (size <= 0) {
      throw Errors.ARRAY_RING_SIZE.error();
    }
    Entry entry = edit(ctx, lookup(ctx));
    ArrayValue array = array(entry);
    array.ring(size);
    long index = 0;
    for (int i = 3; i < ctx.count(); i++) {
      index = Long.remainderUnsigned(array.cursor(), size);
      array.set(index, ctx.argument(i));
      array.cursor(index + 1);
    }
    ctx.changed(ctx.argument(1), entry, EventType.ARRING);
    ctx.reply().integer(index);
  }

  private static void arseek(CommandContext ctx) {
    long index = cursor(ctx, 2);
    Entry entry = lookup(ctx);
    if (entry != null) {
      ctx.edit(entry);
      array(entry).cursor(index);
      ctx.changed(ctx.argument(1), entry, EventType.ARSEEK);
    }
    ctx.reply().integer(entry == null ? 0 : 1);
  }

  // ------------------------------------------------------------------------------------ removing

  private static void ardel(CommandContext ctx) {
    for (int i = 2; i < ctx.count(); i++) {
      index(ctx, i);
    }
    Entry entry = lookup(ctx);
    if (entry == null || !hasOne(ctx, array(entry))) {
      ctx.reply().integer(0);
      return;
    }
    ctx.edit(entry);
    int removed = 0;
    for (int i = 2; i < ctx.count(); i++) {
      removed += array(entry).remove(index(ctx, i)) ? 1 : 0;
    }
    ctx.changed(ctx.argument(1), entry, EventType.ARDEL);
    ctx.reply().integer(removed);
  }

  private static boolean hasOne(CommandContext ctx, ArrayValue array) {
    Bytes view = Bytes.view();
    for (int i = 2; i < ctx.count(); i++) {
      if (array.get(index(ctx, i), view) != null) {
        return true;
      }
    }
    return false;
  }

  private static void ardelrange(CommandContext ctx) {
    refuseOddPairs(ctx);
    for (int i = 2; i < ctx.count(); i++) {
      index(ctx, i);
    }
    Entry entry = lookup(ctx);
    if (entry == null || !hasOneInRanges(ctx, array(entry))) {
      ctx.reply().integer(0);
      return;
    }
    ctx.edit(entry);
    long removed = 0;
    for (int i = 2; i < ctx.count(); i += 2) {
      removed += array(entry).removeRange(index(ctx, i), index(ctx, i + 1));
    }
    ctx.changed(ctx.argument(1), entry, EventType.ARDELRANGE);
    ctx.reply().integer(removed);
  }

  private static boolean hasOneInRanges(CommandContext ctx, ArrayValue array) {
    boolean[] found = new boolean[1];
    for (int i = 2; i < ctx.count() && !found[0]; i += 2) {
      array.visit(
          index(ctx, i),
          index(ctx, i + 1),
          (index, value) -> {
            found[0] = true;
            return false;
          });
    }
    return found[0];
  }

  // ------------------------------------------------------------------------------------- reading

  private static void arget(CommandContext ctx) {
    // Here and in ARMGET the key is looked up, and missed, before its indexes are read.
    ArrayValue array = read(ctx);
    long index = index(ctx, 2);
    answer(ctx.reply(), array == null ? null : array.get(index, Bytes.view()));
  }

  private static void answer(ReplyWriter reply, @Nullable Bytes element) {
    if (element == null) {
      reply.nil();
    } else {
      reply.bulk(element);
    }
  }

  private static void armget(CommandContext ctx) {
    ArrayValue array = read(ctx);
    for (int i = 2; i < ctx.count(); i++) {
      index(ctx, i);
    }
    Bytes view = Bytes.view();
    ctx.reply().array(ctx.count() - 2L);
    for (int i = 2; i < ctx.count(); i++) {
      answer(ctx.reply(), array == null ? null : array.get(index(ctx, i), view));
    }
  }

  private static void argetrange(CommandContext ctx) {
    long from = index(ctx, 2);
    long to = index(ctx, 3);
    ArrayValue array = read(ctx);
    long span = (Long.compareUnsigned(from, to) <= 0 ? to - from : from - to) + 1;
    if (Long.compareUnsigned(span, RANGE_MAX) > 0) {
      throw Errors.ARRAY_RANGE.error(RANGE_MAX);
    }
    ctx.reply().array(span);
    range(ctx.reply(), array, from, to);
  }

  /** Answers the elements from one index to another, in either direction, and nil for gaps. */
  private static void range(ReplyWriter reply, @Nullable ArrayValue array, long from, long to) {
    int step = Long.compareUnsigned(from, to) <= 0 ? 1 : -1;
    long[] answered = {from};
    if (array != null) {
      array.visit(
          from,
          to,
          (index, value) -> {
            for (; answered[0] != index; answered[0] += step) {
              reply.nil();
            }
            reply.bulk(value);
            answered[0] += step;
            return true;
          });
    }
    for (; answered[0] != to + step; answered[0] += step) {
      reply.nil();
    }
  }

  /** Answers a number of an array, which is 0 of a missing one. */
  private static void answer(CommandContext ctx, ToLongFunction<ArrayValue> of) {
    ArrayValue array = read(ctx);
    ctx.reply().unsigned(array == null ? 0 : of.applyAsLong(array));
  }

  private static void arnext(CommandContext ctx) {
    ArrayValue array = read(ctx);
    if (array != null && array.cursor() == ArrayValue.CURSOR_EXHAUSTED) {
      ctx.reply().nil();
    } else {
      ctx.reply().unsigned(array == null ? 0 : array.cursor());
    }
  }

  /**
   * Goes from the cursor down, and from index 0 on to the highest one: as many indexes as are
   * wanted, but no more than there are elements. What is not set among them is nil.
   */
  private static void arlastitems(CommandContext ctx) {
    long count = ctx.longArgument(2, Errors.ARRAY_COUNT.error());
    if (count <= 0) {
      ctx.reply().array(0);
      return;
    }
    boolean newestFirst = ctx.count() == 4;
    if (newestFirst && !ctx.isWord(3, "REV")) {
      throw Errors.SYNTAX.error();
    } else if (ctx.count() > 4) {
      throw Errors.WRONG_ARITY.error(ctx.command().name());
    }
    ArrayValue array = read(ctx);
    long wanted = array == null ? 0 : Math.min(count, array.count());
    ctx.reply().array(wanted);
    if (array == null) {
      return;
    }
    long highest = array.length() - 1;
    boolean isInside = Long.compareUnsigned(array.cursor(), highest) <= 0;
    long newest = array.cursor() != 0 && isInside ? array.cursor() - 1 : highest;
    // One more step goes through the end where the indexes below do not suffice.
    long below = Long.compareUnsigned(newest, wanted) < 0 ? newest + 1 : wanted;
    long oldestBelow = newest - below + 1;
    long oldestAbove = highest - (wanted - below) + 1;
    if (newestFirst) {
      range(ctx.reply(), array, newest, oldestBelow);
      if (wanted > below) {
        range(ctx.reply(), array, highest, oldestAbove);
      }
    } else {
      if (wanted > below) {
        range(ctx.reply(), array, oldestAbove, highest);
      }
      range(ctx.reply(), array, oldestBelow, newest);
    }
  }

  private static void arinfo(CommandContext ctx) {
    boolean full = ctx.count() > 2;
    if (full && (ctx.count() > 3 || !ctx.isWord(2, "FULL"))) {
      throw Errors.SYNTAX.error();
    }
    ArrayValue array = read(ctx);
    if (array == null) {
      throw Errors.NO_SUCH_KEY.error();
    }
    ReplyWriter reply = ctx.reply();
    reply.map(full ? 12 : 7);
    pair(reply, "count", array.count());
    pair(reply, "len", array.length());
    boolean isExhausted = array.cursor() == ArrayValue.CURSOR_EXHAUSTED;
    pair(reply, "next-insert-index", isExhausted ? 0 : array.cursor());
    pair(reply, "slices", array.chunkCount());
    pair(reply, "directory-size", array.chunkCount());
    pair(reply, "super-dir-entries", 0);
    pair(reply, "slice-size", ctx.config().get(Parameters.ARRAY_SLICE_SIZE));
    if (full) {
      int dense = array.denseChunkCount();
      int sparse = array.chunkCount() - dense;
      long inDense = array.denseCount();
      pair(reply, "dense-slices", dense);
      pair(reply, "sparse-slices", sparse);
      average(reply, "avg-dense-size", inDense, dense);
      average(reply, "avg-dense-fill", inDense, inDense);
      average(reply, "avg-sparse-size", array.count() - inDense, sparse);
    }
  }

  private static void average(ReplyWriter reply, String name, long sum, long count) {
    reply.bulk(name);
    reply.real(count == 0 ? 0 : (double) sum / count);
  }

  private static void pair(ReplyWriter reply, String name, long value) {
    reply.bulk(name);
    reply.unsigned(value);
  }

  private static void arscan(CommandContext ctx) {
    long from = index(ctx, 2);
    long to = index(ctx, 3);
    long limit = Long.MAX_VALUE;
    if (ctx.count() == 6) {
      if (!ctx.isWord(4, "LIMIT")) {
        throw Errors.SYNTAX.error();
      }
      limit = limit(ctx, 5);
    } else if (ctx.count() != 4) {
      throw Errors.WRONG_ARITY.error(ctx.command().name());
    }
    ArrayValue array = read(ctx);
    Found found = new Found(ctx.reply(), limit, true);
    if (array != null) {
      array.visit(from, to, found::add);
    }
    found.end();
  }

  /** Reads how many elements are wanted at most. */
  static long limit(CommandContext ctx, int argument) {
    long limit = ctx.longArgument(argument);
    if (limit <= 0) {
      throw Errors.ARRAY_LIMIT.error();
    }
    return limit;
  }

  /** An array of elements that were found, written while they are found. */
  static final class Found {
    private final ReplyWriter reply;
    private final Outbox.Place place;
    private final long limit;
    private final boolean withValues;
    private long count;

    Found(ReplyWriter reply, long limit, boolean withValues) {
      this.reply = reply;
      this.place = reply.arrayLater();
      this.limit = limit;
      this.withValues = withValues;
    }

    /** Writes an element; answers whether more are wanted. */
    boolean add(long index, Bytes value) {
      if (withValues) {
        reply.array(2);
        reply.unsigned(index);
        reply.bulk(value);
      } else {
        reply.unsigned(index);
      }
      count++;
      return count < limit;
    }

    void end() {
      reply.endArray(place, count);
    }
  }
}
