package dev.carillon.engine.command.family;

import static dev.carillon.engine.command.CommandFlag.DENYOOM;
import static dev.carillon.engine.command.CommandFlag.FAST;
import static dev.carillon.engine.command.CommandFlag.READONLY;
import static dev.carillon.engine.command.CommandFlag.WRITE;

import dev.carillon.engine.command.CommandContext;
import dev.carillon.engine.command.CommandTable;
import dev.carillon.engine.keyspace.Entry;
import dev.carillon.engine.reply.Errors;
import dev.carillon.engine.reply.ReplyWriter;
import dev.carillon.engine.value.ValueType;
import dev.carillon.protocol.bytes.Bytes;
import dev.carillon.protocol.bytes.Numerals;
import dev.carillon.protocol.event.EventType;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** BITFIELD: strings as arrays of integers of any width up to 64 bits, at any bit. */
final class BitfieldCommands {

  /** What becomes of a number that does not fit into its field. */
  private enum Overflow {
    /** The highest bits are lost. */
    WRAP,
    /** The field gets its largest or smallest number. */
    SAT,
    /** The field stays as it is, and the answer is nil. */
    FAIL
  }

  private enum Verb {
    GET,
    SET,
    INCRBY
  }

  /**
   * One operation of a request.
   *
   * @param offset of the field's first bit
   * @param operand of SET and INCRBY
   */
  private record Operation(
      Verb verb, boolean signed, int bits, long offset, long operand, Overflow overflow) {

    /** The largest number of the field; as unsigned ones have 63 bits at most, it is a long. */
    long max() {
      return signed ? Long.MAX_VALUE >>> 64 - bits : (1L << bits) - 1;
    }

    /** The smallest number of the field. */
    long min() {
      return signed ? ~max() : 0;
    }

    /** The number that the lowest bits of {@code value} stand for. */
    long wrap(long value) {
      return signed ? value << 64 - bits >> 64 - bits : value & max();
    }

    long read(Bytes text) {
      return wrap(Bits.read(text, offset, bits));
    }

    /** Whether the result is above (1) or below (-1) what the field can hold, or neither (0). */
    int overflowOf(long old) {
      if (verb == Verb.INCRBY) {
        if (operand > 0) {
          return old > max() - operand ? 1 : 0;
        }
        // Each kind has one way of asking that cannot overflow itself.
        return operand < 0 && (signed ? old < min() - operand : operand < -old) ? -1 : 0;
      }
      if (operand > max() || !signed && operand < 0) {
        // SET reads its operand as unsigned for an unsigned field, so -1 is too large.
        return 1;
      }
      return operand < min() ? -1 : 0;
    }

    /** What the field becomes, if it may overflow. */
    long result(long old, int overflows) {
      if (overflows != 0 && overflow == Overflow.SAT) {
        return overflows > 0 ? max() : min();
      }
      return wrap(verb == Verb.INCRBY ? old + operand : operand);
    }
  }

  private BitfieldCommands() {}

  static void register(CommandTable.Builder table) {
    table
        .command("bitfield", -2, ctx -> bitfield(ctx, false))
        .flags(WRITE, DENYOOM)
        .key(1, "RW access update variable_flags")
        .emits(EventType.SETBIT)
        .silent()
        .since("3.2.0")
        .summary("Reads, sets and increments integers of any width in a string.")
        .grammar(
            """
            key:key@0 operation:oneof?*( get-block:block=GET( encoding:string offset:integer )
            write:block( overflow-block:oneof=OVERFLOW?( wrap:pure-token=WRAP sat:pure-token=SAT
            fail:pure-token=FAIL ) write-operation:oneof( set-block:block=SET( encoding:string
            offset:integer value:integer ) incrby-block:block=INCRBY( encoding:string
            offset:integer increment:integer ) ) ) )
            """)
        .complexity("O(1) for each subcommand specified");
    table
        .command("bitfield_ro", -2, ctx -> bitfield(ctx, true))
        .flags(READONLY, FAST)
        .key(1)
        .since("6.0.0")
        .summary("Reads integers of any width in a string.")
        .grammar("key:key@0 get-block:block=GET?*+( encoding:string offset:integer )")
        .complexity("O(1) for each subcommand specified");
  }

  private static void bitfield(CommandContext ctx, boolean readOnly) {
    List<Operation> operations = parse(ctx);
    long lastBitWritten = -1;
    for (Operation operation : operations) {
      if (operation.verb() != Verb.GET) {
        long last = operation.offset() + operation.bits() - 1;
        lastBitWritten = Math.max(lastBitWritten, last);
      }
    }
    if (lastBitWritten < 0) {
      get(ctx, operations);
    } else if (readOnly) {
      throw Errors.BITFIELD_READ_ONLY.error();
    } else {
      change(ctx, operations, (lastBitWritten >>> 3) + 1);
    }
  }

  private static void get(CommandContext ctx, List<Operation> operations) {
    Entry entry = ctx.find(ctx.argument(1), ValueType.STRING);
    Bytes text = entry == null ? Bytes.EMPTY : entry.string();
    ctx.reply().array(operations.size());
    for (Operation operation : operations) {
      ctx.reply().integer(operation.read(text));
    }
  }

  /**
   * Executes operations of which at least one writes.
   *
   * <p>As in Redis the string first grows to hold all fields, and then each operation may still
   * fail. So a request of which all operations fail can create or lengthen a string: the key is
   * announced as new, but nothing else is, and who watches or has cached the key hears nothing.
   */
  private static void change(CommandContext ctx, List<Operation> operations, long lengthMin) {
    Bytes key = ctx.argument(1);
    Entry entry = ctx.lookup(key, ValueType.STRING);
    int length = entry == null ? 0 : entry.stringLength();
    boolean grows = length < lengthMin;
    ReplyWriter reply = ctx.reply();
    if (!grows && entry != null && !changesAnything(operations, entry.string())) {
      entry.markRaw();
      answerUnchanged(reply, operations, entry.string());
      return;
    }
    Entry edited = ctx.editOrCreate(key, entry, ValueType.STRING);
    int newLength = (int) Math.max(length, lengthMin);
    Bytes text = edited.resizeString(newLength, 0, 0);
    boolean written = false;
    reply.array(operations.size());
    for (Operation operation : operations) {
      long old = operation.read(text);
      int overflows = operation.verb() == Verb.GET ? 0 : operation.overflowOf(old);
      if (operation.verb() == Verb.GET) {
        reply.integer(old);
      } else if (overflows != 0 && operation.overflow() == Overflow.FAIL) {
        reply.nil();
      } else {
        long result = operation.result(old, overflows);
        int from = (int) (operation.offset() >>> 3);
        int to = (int) (operation.offset() + operation.bits() - 1 >>> 3) + 1;
        text = edited.resizeString(newLength, from, to);
        Bits.write(text, operation.offset(), operation.bits(), result);
        written |= grows || old != result;
        reply.integer(operation.verb() == Verb.SET ? old : result);
      }
    }
    if (written) {
      ctx.changed(key, EventType.SETBIT);
    } else {
      ctx.noted(key, edited);
    }
  }

  /**
   * Whether one of the operations would write another number than there is. Nothing else can be
   * different before the first one that does, so each is judged by the text as it is.
   */
  private static boolean changesAnything(List<Operation> operations, Bytes text) {
    for (Operation operation : operations) {
      if (operation.verb() != Verb.GET) {
        long old = operation.read(text);
        int overflows = operation.overflowOf(old);
        boolean fails = overflows != 0 && operation.overflow() == Overflow.FAIL;
        if (!fails && operation.result(old, overflows) != old) {
          return true;
        }
      }
    }
    return false;
  }

  private static void answerUnchanged(ReplyWriter reply, List<Operation> operations, Bytes text) {
    reply.array(operations.size());
    for (Operation operation : operations) {
      long old = operation.read(text);
      boolean fails =
          operation.verb() != Verb.GET
              && operation.overflow() == Overflow.FAIL
              && operation.overflowOf(old) != 0;
      if (fails) {
        reply.nil();
      } else {
        reply.integer(old);
      }
    }
  }

  // ------------------------------------------------------------------------------------- reading

  private static List<Operation> parse(CommandContext ctx) {
    List<Operation> operations = new ArrayList<>();
    Overflow overflow = Overflow.WRAP;
    int i = 2;
    while (i < ctx.count()) {
      int left = ctx.count() - i - 1;
      if (left >= 1 && ctx.isWord(i, "OVERFLOW")) {
        overflow = overflow(ctx, i + 1);
        i += 2;
        continue;
      }
      Verb verb = verb(ctx, i);
      if (verb == null || left < (verb == Verb.GET ? 2 : 3)) {
        throw Errors.SYNTAX.error();
      }
      Bytes type = ctx.argument(i + 1);
      int bits = bits(type);
      long offset = BitmapCommands.bitOffset(ctx, i + 2, bits);
      long operand = verb == Verb.GET ? 0 : ctx.longArgument(i + 3);
      operations.add(new Operation(verb, isSigned(type), bits, offset, operand, overflow));
      i += verb == Verb.GET ? 3 : 4;
    }
    return operations;
  }

  private static @Nullable Verb verb(CommandContext ctx, int index) {
    if (ctx.isWord(index, "GET")) {
      return Verb.GET;
    }
    if (ctx.isWord(index, "SET")) {
      return Verb.SET;
    }
    return ctx.isWord(index, "INCRBY") ? Verb.INCRBY : null;
  }

  private static Overflow overflow(CommandContext ctx, int index) {
    for (Overflow overflow : Overflow.values()) {
      if (ctx.isWord(index, overflow.name())) {
        return overflow;
      }
    }
    throw Errors.BITFIELD_OVERFLOW.error();
  }

  private static boolean isSigned(Bytes type) {
    return type.at(0) == 'i';
  }

  /** The width of {@code i1} to {@code i64} and {@code u1} to {@code u63}; refuses other types. */
  private static int bits(Bytes type) {
    if (type.length() > 1 && (type.at(0) == 'i' || type.at(0) == 'u')) {
      Bytes digits = type.range(1, type.length());
      if (Numerals.isLong(digits)) {
        long bits = Numerals.toLong(digits);
        if (bits >= 1 && bits <= (isSigned(type) ? 64 : 63)) {
          return (int) bits;
        }
      }
    }
    throw Errors.BITFIELD_TYPE.error();
  }
}
