package dev.carillon.engine.command.family;

import dev.carillon.engine.reply.Errors;
import dev.carillon.protocol.bytes.Bytes;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import org.jspecify.annotations.Nullable;

/** How BITOP combines strings. All are padded with zeros to the length of the longest. */
enum BitOperation {
  AND,
  OR,
  XOR,
  /** The inverse of the only source. */
  NOT,
  /** In the first source, and in none of the others. */
  DIFF,
  /** In one of the others, and not in the first source. */
  DIFF1,
  /** In the first source and in one of the others. */
  ANDOR,
  /** In exactly one source. */
  ONE;

  private static final VarHandle WORD =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.nativeOrder());

  private static final BitOperation[] ALL = values();

  /** The operation that {@code word} spells in letters of either case, or null. */
  static @Nullable BitOperation of(Bytes word) {
    for (BitOperation operation : ALL) {
      if (word.isWord(operation.name())) {
        return operation;
      }
    }
    return null;
  }

  /** Refuses a number of sources that makes no sense. */
  void refuseSources(int count) {
    if (this == NOT && count != 1) {
      throw Errors.BITOP_SINGLE_SOURCE.error();
    }
    if ((this == DIFF || this == DIFF1 || this == ANDOR) && count < 2) {
      throw Errors.BITOP_TWO_SOURCES.error(name());
    }
  }

  /**
   * The combination of the sources, {@code length} bytes long. O(length times sources).
   *
   * @param length that of the longest source
   */
  byte[] combine(Bytes[] sources, int length) {
    byte[] result = new byte[length];
    int at = 0;
    for (; at + 8 <= length; at += 8) {
      WORD.set(result, at, combineAt(sources, at, 8));
    }
    if (at < length) {
      long word = combineAt(sources, at, length - at);
      byte[] last = new byte[8];
      WORD.set(last, 0, word);
      System.arraycopy(last, 0, result, at, length - at);
    }
    return result;
  }

  private long combineAt(Bytes[] sources, int at, int bytes) {
    long first = word(sources[0], at, bytes);
    if (this == NOT) {
      return ~first;
    }
    long all = first;
    long odd = first;
    long others = 0;
    long many = 0;
    long some = first;
    for (int i = 1; i < sources.length; i++) {
      long next = word(sources[i], at, bytes);
      all &= next;
      odd ^= next;
      others |= next;
      many |= some & next;
      some |= next;
    }
    return switch (this) {
      case AND -> all;
      case OR -> some;
      case XOR -> odd;
      case DIFF -> first & ~others;
      case DIFF1 -> others & ~first;
      case ANDOR -> first & others;
      case ONE -> some & ~many;
      case NOT -> ~first;
    };
  }

  /** Up to eight bytes of a source, zeros behind its end. */
  private static long word(Bytes source, int at, int bytes) {
    int there = Math.min(bytes, source.length() - at);
    if (there == 8) {
      return (long) WORD.get(source.array(), source.offset() + at);
    }
    if (there <= 0) {
      return 0;
    }
    byte[] padded = new byte[8];
    System.arraycopy(source.array(), source.offset() + at, padded, 0, there);
    return (long) WORD.get(padded, 0);
  }
}
