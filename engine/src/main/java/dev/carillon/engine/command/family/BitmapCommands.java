package dev.carillon.engine.command.family;

import static dev.carillon.engine.command.CommandFlag.DENYOOM;
import static dev.carillon.engine.command.CommandFlag.FAST;
import static dev.carillon.engine.command.CommandFlag.READONLY;
import static dev.carillon.engine.command.CommandFlag.WRITE;

import dev.carillon.engine.command.CommandContext;
import dev.carillon.engine.command.CommandGroup;
import dev.carillon.engine.command.CommandTable;
import dev.carillon.engine.command.KeySpec;
import dev.carillon.engine.keyspace.Entry;
import dev.carillon.engine.reply.Errors;
import dev.carillon.engine.value.ValueType;
import dev.carillon.protocol.bytes.Bytes;
import dev.carillon.protocol.bytes.Numerals;
import dev.carillon.protocol.event.EventType;
import org.jspecify.annotations.Nullable;

/**
 * Strings as arrays of bits, of which bit 0 is the highest one of the first byte. Beyond its end a
 * string, and all of a missing key, is zeros. BITFIELD is in {@link BitfieldCommands}.
 */
final class BitmapCommands {

  private BitmapCommands() {}

  static void register(CommandTable.Builder table) {
    table.group(CommandGroup.BITMAP);
    table
        .command("setbit", 4, BitmapCommands::setbit)
        .flags(WRITE, DENYOOM)
        .key(1)
        .emits(EventType.SETBIT)
        .since("2.2.0")
        .summary("Sets or clears a bit and answers what it was.")
        .grammar("key:key@0 offset:integer value:integer")
        .complexity("O(1)");
    table
        .command("getbit", 3, BitmapCommands::getbit)
        .flags(READONLY, FAST)
        .key(1)
        .since("2.2.0")
        .summary("Answers a bit.")
        .grammar("key:key@0 offset:integer")
        .complexity("O(1)");
    table
        .command("bitcount", -2, BitmapCommands::bitcount)
        .flags(READONLY)
        .key(1)
        .since("2.6.0")
        .summary("Counts the bits that are set, in all of a string or in a range.")
        .grammar(
            """
            key:key@0 range:block?( start:integer end:integer unit:oneof<7.0.0>?(
            byte:pure-token=BYTE bit:pure-token=BIT ) )
            """)
        .complexity("O(N)");
    table
        .command("bitpos", -3, BitmapCommands::bitpos)
        .flags(READONLY)
        .key(1)
        .since("2.8.7")
        .summary("Finds the first bit that is set or clear, in all of a string or in a range.")
        .grammar(
            """
            key:key@0 bit:integer range:block?( start:integer end-unit-block:block?( end:integer
            unit:oneof<7.0.0>?( byte:pure-token=BYTE bit:pure-token=BIT ) ) )
            """)
        .complexity("O(N)");
    table
        .command("bitop", -4, BitmapCommands::bitop)
        .flags(WRITE, DENYOOM)
        .keys(KeySpec.one(2).access("OW update").and(KeySpec.range(3, -1, 1).access("RO access")))
        .emits(EventType.SET, EventType.DEL)
        .since("2.6.0")
        .summary("Combines strings bit by bit and stores the result.")
        .grammar(
            """
            operation:oneof( and:pure-token=AND or:pure-token=OR xor:pure-token=XOR
            not:pure-token=NOT ) destkey:key@0 key:key@1*
            """)
        .complexity("O(N)");
    BitfieldCommands.register(table);
  }

  // -------------------------------------------------------------------------------- single bits

  /**
   * Reads the offset of a bit; refuses one beyond the longest string allowed.
   *
   * @param fieldBits if above 0, {@code #n} stands for the n-th field of this width
   */
  static long bitOffset(CommandContext ctx, int index, int fieldBits) {
    Bytes text = ctx.argument(index);
    boolean counted = fieldBits > 0 && !text.isEmpty() && text.at(0) == '#';
    Bytes digits = counted ? text.range(1, text.length()) : text;
    if (!Numerals.isLong(digits)) {
      throw Errors.BIT_OFFSET.error();
    }
    long number = Numerals.toLong(digits);
    int unit = counted ? fieldBits : 1;
    if (number < 0
        || number > Long.MAX_VALUE / unit
        || number * unit >>> 3 >= StringCommands.lengthMax(ctx)) {
      throw Errors.BIT_OFFSET.error();
    }
    return number * unit;
  }

  private static void setbit(CommandContext ctx) {
    long offset = bitOffset(ctx, 2, 0);
    long bit = ctx.longArgument(3, Errors.BIT_VALUE.error());
    if (bit != 0 && bit != 1) {
      throw Errors.BIT_VALUE.error();
    }
    Bytes key = ctx.argument(1);
    Entry entry = ctx.lookup(key, ValueType.STRING);
    int index = (int) (offset >>> 3);
    int length = entry == null ? 0 : entry.stringLength();
    int before = entry == null ? 0 : bit(entry.string(), offset);

    if (entry == null || index >= length || before != bit) {
      Entry target = ctx.editOrCreate(key, entry, ValueType.STRING);
      Bytes text = target.resizeString(Math.max(length, index + 1), index, index + 1);
      text.array()[text.offset() + index] ^= (byte) ((before ^ bit) << (7 - (offset & 7)));
      ctx.changed(key, EventType.SETBIT);
    } else {
      entry.markRaw();
    }
    ctx.reply().integer(before);
  }

  private static void getbit(CommandContext ctx) {
    long offset = bitOffset(ctx, 2, 0);
    Entry entry = ctx.find(ctx.argument(1), ValueType.STRING);
    ctx.reply().integer(entry == null ? 0 : bit(entry.string(), offset));
  }

  private static int bit(Bytes text, long offset) {
    long index = offset >>> 3;
    return index >= text.length() ? 0 : text.at((int) index) >>> (7 - (offset & 7)) & 1;
  }

  // -------------------------------------------------------------------------------------- ranges

  private static void bitcount(CommandContext ctx) {
    if (ctx.count() == 3 || ctx.count() > 5) {
      throw Errors.SYNTAX.error();
    }
    boolean ranged = ctx.count() > 2;
    long start = ranged ? ctx.longArgument(2) : 0;
    long end = ranged ? ctx.longArgument(3) : -1;
    boolean inBits = countsBits(ctx, 4);
    Entry entry = ctx.find(ctx.argument(1), ValueType.STRING);
    if (entry == null || IndexRange.isBackwards(start, end)) {
      ctx.reply().integer(0);
      return;
    }
    Bytes text = entry.string();
    long size = inBits ? 8L * text.length() : text.length();
    long first = IndexRange.first(start, size);
    long last = IndexRange.last(end, size);
    if (first > last) {
      ctx.reply().integer(0);
      return;
    }
    if (!inBits) {
      first *= 8;
      last = last * 8 + 7;
    }
    ctx.reply().integer(Bits.count(text, first, last));
  }

  private static void bitpos(CommandContext ctx) {
    long bit = ctx.longArgument(2);
    if (bit != 0 && bit != 1) {
      throw Errors.BIT_ARGUMENT.error();
    }
    if (ctx.count() > 6) {
      throw Errors.SYNTAX.error();
    }
    long start = ctx.count() > 3 ? ctx.longArgument(3) : 0;
    boolean inBits = countsBits(ctx, 5);
    boolean bounded = ctx.count() > 4;
    long end = bounded ? ctx.longArgument(4) : -1;
    Entry entry = ctx.find(ctx.argument(1), ValueType.STRING);
    if (entry == null) {
      ctx.reply().integer(bit == 1 ? -1 : 0);
      return;
    }
    Bytes text = entry.string();
    long size = inBits ? 8L * text.length() : text.length();
    long first = IndexRange.first(start, size);
    long last = IndexRange.last(end, size);
    if (first > last) {
      ctx.reply().integer(-1);
      return;
    }
    if (!inBits) {
      first *= 8;
      last = last * 8 + 7;
    }
    long found = Bits.find(text, first, last, bit == 1);
    // A string without an end is followed by zeros for ever; one with an end was looked through.
    ctx.reply().integer(found < 0 && bit == 0 && !bounded ? 8L * text.length() : found);
  }

  private static boolean countsBits(CommandContext ctx, int index) {
    if (index >= ctx.count() || ctx.isWord(index, "BYTE")) {
      return false;
    }
    if (!ctx.isWord(index, "BIT")) {
      throw Errors.SYNTAX.error();
    }
    return true;
  }

  // --------------------------------------------------------------------------------------- BITOP

  private static void bitop(CommandContext ctx) {
    BitOperation operation = BitOperation.of(ctx.argument(1));
    if (operation == null) {
      throw Errors.SYNTAX.error();
    }
    operation.refuseSources(ctx.count() - 3);
    // All entries first: finding one may remove another that expired, and that ends all views.
    @Nullable Entry[] entries = new Entry[ctx.count() - 3];
    for (int i = 0; i < entries.length; i++) {
      entries[i] = ctx.find(ctx.argument(3 + i), ValueType.STRING);
    }
    Bytes[] sources = new Bytes[entries.length];
    int length = 0;
    for (int i = 0; i < sources.length; i++) {
      sources[i] = entries[i] == null ? Bytes.EMPTY : entries[i].string();
      length = Math.max(length, sources[i].length());
    }
    byte[] result = operation.combine(sources, length);

    Bytes target = ctx.argument(2);
    // Redis deletes the destination without asking whether its time is over.
    Entry existing = length > 0 ? ctx.lookup(target) : ctx.db().findAsIs(target);
    if (length > 0) {
      Entry entry = ctx.overwrite(target, existing, ValueType.STRING, false);
      entry.rawString(result, 0, length);
      ctx.changed(target, EventType.SET);
    } else if (existing != null) {
      ctx.delete(target, existing);
    }
    ctx.reply().integer(length);
  }
}
