package dev.carillon.engine.store;

import dev.carillon.protocol.bytes.Bytes;

/**
 * A seeded 64-bit hash of keys.
 *
 * <p>Sixteen bytes at a time are folded into the state by one 64 × 64 → 128-bit multiplication
 * whose halves are combined by exclusive or; the last sixteen bytes are read with overlap, so that
 * no length needs a byte loop. Both factors are masked with words derived from the seed: who does
 * not know the seed can neither choose keys that collide nor keys that make a factor zero. Every
 * bit of the result depends on every bit of the key, which the index needs because it takes its
 * directory from the highest bits and its tags from the lowest.
 *
 * <p>The result is for memory only: it may change with a release and must never be stored.
 * Immutable, any thread.
 */
public class KeyHash {
  private static final long STEP = 0x9E3779B97F4A7C15L;

  private final long start;
  private final long maskLeft;
  private final long maskRight;
  private final long finish;

  /**
   * A hash for one index.
   *
   * @param seed drawn at random by the owner of the process, so that nobody outside knows it; tests
   *     pass a constant
   */
  public KeyHash(long seed) {
    long point = seed + STEP;
    start = spread(point);
    point += STEP;
    maskLeft = spread(point);
    point += STEP;
    maskRight = spread(point);
    point += STEP;
    finish = spread(point) | 1;
  }

  /** The hash of a key. O(length), allocates nothing. */
  public final long of(Bytes key) {
    return of(key.array(), key.offset(), key.length());
  }

  /** The hash of {@code length} bytes of {@code array} from {@code offset}. O(length). */
  public long of(byte[] array, int offset, int length) {
    long state = start;
    long left;
    long right;
    if (length > 16) {
      int last = offset + length - 16;
      for (int at = offset; at < last; at += 16) {
        state = fold(Words.int64(array, at) ^ maskLeft, Words.int64(array, at + 8) ^ state);
      }
      left = Words.int64(array, last);
      right = Words.int64(array, last + 8);
    } else if (length >= 8) {
      left = Words.int64(array, offset);
      right = Words.int64(array, offset + length - 8);
    } else if (length >= 4) {
      left = Words.int32(array, offset);
      right = Words.int32(array, offset + length - 4);
    } else if (length > 0) {
      left =
          (array[offset] & 0xFFL)
              | (array[offset + (length >> 1)] & 0xFFL) << 8
              | (array[offset + length - 1] & 0xFFL) << 16;
      right = 0;
    } else {
      left = 0;
      right = 0;
    }
    return fold(fold(left ^ maskLeft, right ^ state) ^ length, finish ^ maskRight);
  }

  private static long fold(long a, long b) {
    return a * b ^ Math.unsignedMultiplyHigh(a, b);
  }

  /** A bijection of 64-bit words that spreads neighbouring seeds over the whole range. */
  private static long spread(long word) {
    long mixed = word;
    mixed = (mixed ^ mixed >>> 32) * 0xD6E8FEB86659FD93L;
    mixed = (mixed ^ mixed >>> 32) * 0xD6E8FEB86659FD93L;
    return mixed ^ mixed >>> 32;
  }
}
