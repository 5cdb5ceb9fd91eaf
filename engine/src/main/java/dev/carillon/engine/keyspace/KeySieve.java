package dev.carillon.engine.keyspace;

import dev.carillon.protocol.bytes.Bytes;
import java.util.Arrays;

/**
 * Tells most keys at a glance that are not in a small set: one bit for each of some thousand kinds
 * of keys, where a key's kind is made of its length and three of its bytes. Whoever passes may be
 * in the set. Engine thread only.
 */
final class KeySieve {

  /** Chosen: a few hundred keys leave most kinds without one, and the bits stay in the cache. */
  private static final int KIND_BITS = 12;

  private final long[] kinds = new long[1 << KIND_BITS >> 6];

  /**
   * A bit for each length, modulo 64: most keys and values fail here, and their bytes stay cold.
   */
  private long lengths;

  void add(Bytes key) {
    int kind = kind(key);
    kinds[kind >> 6] |= 1L << kind;
    lengths |= 1L << key.length();
  }

  void clear() {
    Arrays.fill(kinds, 0);
    lengths = 0;
  }

  /** Whether a key may have been added; false is certain. */
  boolean passes(Bytes key) {
    if ((lengths >>> key.length() & 1) == 0) {
      return false;
    }
    int kind = kind(key);
    return (kinds[kind >> 6] >>> kind & 1) != 0;
  }

  private static int kind(Bytes key) {
    int length = key.length();
    int mixed = length;
    if (length > 0) {
      // Names that differ in a number mostly do so at their end.
      mixed = 31 * mixed + key.at(0);
      mixed = 31 * mixed + key.at(length >> 1);
      mixed = 31 * mixed + key.at(length - 1);
    }
    return mixed * 0x9E3779B1 >>> Integer.SIZE - KIND_BITS;
  }
}
