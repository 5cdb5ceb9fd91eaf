package dev.carillon.engine.value;

import dev.carillon.protocol.bytes.Bytes;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * MurmurHash64A by Austin Appleby: 64 bits of any bytes, the same on every machine. No defence
 * against keys that are chosen to collide; {@link HyperLogLog} uses it because its strings are
 * exchanged with servers that do.
 */
final class MurmurHash {

  private static final VarHandle INT64 =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

  private static final long FACTOR = 0xc6a4a7935bd1e995L;
  private static final int SHIFT = 47;

  private MurmurHash() {}

  /** The hash of all bytes. O(length), allocates nothing. */
  static long hash(Bytes text, long seed) {
    byte[] array = text.array();
    int at = text.offset();
    int end = at + text.length();
    long hash = seed ^ text.length() * FACTOR;
    for (; at + 8 <= end; at += 8) {
      long word = (long) INT64.get(array, at) * FACTOR;
      word = (word ^ word >>> SHIFT) * FACTOR;
      hash = (hash ^ word) * FACTOR;
    }
    if (at < end) {
      for (int shift = 0; at < end; at++, shift += 8) {
        hash ^= (array[at] & 0xffL) << shift;
      }
      hash *= FACTOR;
    }
    hash = (hash ^ hash >>> SHIFT) * FACTOR;
    return hash ^ hash >>> SHIFT;
  }
}
