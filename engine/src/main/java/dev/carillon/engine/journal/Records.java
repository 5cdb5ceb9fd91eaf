package dev.carillon.engine.journal;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * The layout of a record, shared by those who write and those who read. All numbers of fixed size
 * are little endian; a varint has seven bits in each byte, lowest first, and the highest bit set in
 * all but its last byte.
 *
 * <pre>
 *   offset size
 *        0    4  checksum: CRC-32C of all that follows, xor the low half of the segment's salt
 *        4    4  n: how many bytes follow the guard
 *        8    2  guard: sixteen bits of a hash of n and the salt
 *       10    1  kind
 *       11    v  sequence - base sequence
 *        .    v  sequence - the last turn that was known to be durable when this was written
 *        .    v  time - base time, zigzag
 *        .       items to the end, each a tag and what belongs to it
 *
 *   kind 1  TURN   a turn, or what is left of one that began in parts
 *        2  PART   a part of a turn; the next record goes on with it
 *        3  MARK   no turn: only says what is durable
 *        4  END    the journal was closed in an orderly way behind this turn
 *
 *   item 1  EFFECT   v db, v count, count x (v length, bytes): a command that repeats a change
 * </pre>
 *
 * <p>The salt keeps bytes that a client chose (a value may hold the copy of a record) from being
 * taken for a record where the journal is searched for one; the guard keeps that search from
 * computing checksums over lengths that are none.
 *
 * <p>docs/journal-format.md draws it too; the two and {@link SegmentHeader} change together.
 */
final class Records {

  static final int LENGTH_OFFSET = 4;
  static final int GUARD_OFFSET = 8;
  static final int BODY_OFFSET = 10;

  /** Derived: a kind and three varints of one byte. */
  static final int BODY_MIN = 4;

  /** Derived: a kind and three varints of ten bytes. */
  static final int BODY_HEAD_MAX = 31;

  /** Chosen: larger lengths do not fit into an array. */
  static final int BODY_MAX = Integer.MAX_VALUE - 64;

  static final int TURN = 1;
  static final int PART = 2;
  static final int MARK = 3;
  static final int END = 4;

  static final int EFFECT = 1;

  static final VarHandle INTS =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
  static final VarHandle SHORTS =
      MethodHandles.byteArrayViewVarHandle(short[].class, ByteOrder.LITTLE_ENDIAN);

  private static final long MIX = 0x9e3779b97f4a7c15L;

  private Records() {}

  /** The guard of a length. */
  static short guard(int length, long salt) {
    return (short) (((length ^ salt) * MIX) >>> 48);
  }

  /** Writes a varint and answers the place behind it. */
  static int putVarint(byte[] bytes, int at, long value) {
    long rest = value;
    int place = at;
    while ((rest & ~0x7fL) != 0) {
      bytes[place++] = (byte) (rest | 0x80);
      rest >>>= 7;
    }
    bytes[place++] = (byte) rest;
    return place;
  }

  static long zigzag(long value) {
    return (value << 1) ^ (value >> 63);
  }

  static long unzigzag(long value) {
    return (value >>> 1) ^ -(value & 1);
  }
}
