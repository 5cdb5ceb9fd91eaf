package dev.carillon.engine.rdb;

import java.util.Arrays;

/**
 * The compression of long strings in RDB: LZF, a Lempel-Ziv format of single bytes.
 *
 * <p>Compressed data is a sequence of two kinds of items, told apart by the first byte {@code c}:
 *
 * <pre>
 *   c &lt; 32    c + 1 bytes follow that stand for themselves
 *   c &gt;= 32   a repetition of (c &gt;&gt; 5) + 2 bytes; where c &gt;&gt; 5 is 7 the next byte is added to that.
 *             The byte behind it and the 5 lowest bits of c, as its higher part, say how many bytes
 *             lie between the end of what is there and the first byte repeated, less one.
 * </pre>
 *
 * <p>A repetition may reach into itself. What {@link #compress} writes differs from what Redis
 * writes, since the choice of repetitions is free; either reads the other's. Any thread.
 */
final class Lzf {

  private static final int LITERALS_MAX = 32;
  private static final int DISTANCE_MAX = 1 << 13;
  private static final int REPEATED_MIN = 3;
  private static final int REPEATED_MAX = 7 + 255 + 2;

  /** The largest gain: one item of three bytes stands for this many. */
  private static final int EXPANSION_MAX = REPEATED_MAX / 3;

  private static final int HASH_BITS_MIN = 8;
  private static final int HASH_BITS_MAX = 14;

  private Lzf() {}

  /**
   * Compresses a range.
   *
   * @param target where the result is written; it fits in {@code targetLength} bytes
   * @return how many bytes were written, or 0 if the result has no room
   */
  static int compress(
      byte[] source, int offset, int length, byte[] target, int targetOffset, int targetLength) {
    return compress(
        source, offset, length, target, targetOffset, targetLength, new int[hashes(length)]);
  }

  /** How many places a table needs for a string of a length. */
  static int hashes(int length) {
    return 1 << Math.clamp(32 - Integer.numberOfLeadingZeros(length), HASH_BITS_MIN, HASH_BITS_MAX);
  }

  /**
   * As the other one for those who compress much, and spare the collector the tables.
   *
   * @param seen what is in it does not matter; at least as long as {@link #hashes} says
   */
  static int compress(
      byte[] source,
      int offset,
      int length,
      byte[] target,
      int targetOffset,
      int targetLength,
      int[] seen) {
    int hashes = hashes(length);
    int bits = Integer.numberOfTrailingZeros(hashes);
    // Where three bytes with this hash were seen last, less offset, plus one.
    Arrays.fill(seen, 0, hashes, 0);
    int end = offset + length;
    int out = targetOffset;
    int outEnd = targetOffset + targetLength;
    int literal = offset;
    int at = offset;
    while (at + REPEATED_MIN <= end) {
      int hash = hash(source, at, bits);
      int candidate = seen[hash] - 1 + offset;
      seen[hash] = at - offset + 1;
      if (candidate < offset
          || at - candidate > DISTANCE_MAX
          || source[candidate] != source[at]
          || source[candidate + 1] != source[at + 1]
          || source[candidate + 2] != source[at + 2]) {
        at++;
        continue;
      }
      int repeated = repeated(source, candidate, at, end);
      out = literals(source, literal, at, target, out, outEnd);
      if (out == NO_ROOM || out + 3 > outEnd) {
        return 0;
      }
      int distance = at - candidate - 1;
      int code = repeated - 2;
      target[out++] = (byte) (Math.min(code, 7) << 5 | distance >>> 8);
      if (code >= 7) {
        target[out++] = (byte) (code - 7);
      }
      target[out++] = (byte) distance;
      at += repeated;
      literal = at;
    }
    out = literals(source, literal, end, target, out, outEnd);
    return out == NO_ROOM ? 0 : out - targetOffset;
  }

  private static final int NO_ROOM = -1;

  /** Writes bytes that stand for themselves; answers the index behind them. */
  private static int literals(byte[] source, int from, int to, byte[] target, int out, int outEnd) {
    int at = from;
    int next = out;
    while (at < to) {
      int run = Math.min(to - at, LITERALS_MAX);
      if (next + 1 + run > outEnd) {
        return NO_ROOM;
      }
      target[next++] = (byte) (run - 1);
      System.arraycopy(source, at, target, next, run);
      next += run;
      at += run;
    }
    return next;
  }

  private static int repeated(byte[] source, int candidate, int at, int end) {
    int most = Math.min(end - at, REPEATED_MAX);
    int count = REPEATED_MIN;
    while (count < most && source[candidate + count] == source[at + count]) {
      count++;
    }
    return count;
  }

  private static int hash(byte[] source, int at, int bits) {
    int three = (source[at] & 0xff) << 16 | (source[at + 1] & 0xff) << 8 | (source[at + 2] & 0xff);
    // A multiplicative hash with the golden ratio.
    return (three * 0x9E3779B1) >>> (32 - bits);
  }

  /**
   * Decompresses a range.
   *
   * @param expandedLength how many bytes come out, as the format says it in front
   * @throws RdbFormatException if the range does not stand for exactly that many bytes
   */
  static byte[] decompress(byte[] source, int offset, int length, long expandedLength)
      throws RdbFormatException {
    // Asked before anything is allocated: a few bytes must not claim gigabytes.
    if (expandedLength > (long) length * EXPANSION_MAX) {
      throw new RdbFormatException(length + " compressed bytes claim to be " + expandedLength);
    }
    byte[] target = new byte[(int) expandedLength];
    int end = offset + length;
    int at = offset;
    int out = 0;
    while (at < end) {
      int control = source[at++] & 0xff;
      if (control < LITERALS_MAX) {
        int run = control + 1;
        if (run > end - at || run > target.length - out) {
          throw broken();
        }
        System.arraycopy(source, at, target, out, run);
        at += run;
        out += run;
        continue;
      }
      int repeated = (control >>> 5) + 2;
      if (repeated == 9 && at < end) {
        repeated += source[at++] & 0xff;
      }
      if (at == end) {
        throw broken();
      }
      int distance = (control & 0x1f) << 8 | (source[at++] & 0xff);
      int from = out - distance - 1;
      if (from < 0 || repeated > target.length - out) {
        throw broken();
      }
      repeat(target, from, out, repeated);
      out += repeated;
    }
    if (out != target.length) {
      throw broken();
    }
    return target;
  }

  /** Copies forward byte by byte in effect: what is repeated may reach into the copy. */
  private static void repeat(byte[] target, int from, int to, int count) {
    if (to - from >= count) {
      System.arraycopy(target, from, target, to, count);
    } else {
      for (int i = 0; i < count; i++) {
        target[to + i] = target[from + i];
      }
    }
  }

  private static RdbFormatException broken() {
    return new RdbFormatException("the compressed data does not fit its length");
  }
}
