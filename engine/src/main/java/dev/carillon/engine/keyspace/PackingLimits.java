package dev.carillon.engine.keyspace;

import dev.carillon.engine.value.ListLimit;

/**
 * Up to which sizes collections stay packed, as the parameters of the same names say. The defaults
 * are those of {@link dev.carillon.engine.config.Parameters}. Engine thread only.
 */
public final class PackingLimits {

  /** {@code hash-max-listpack-entries}: fields of a hash. */
  public long hashEntries = 512;

  /** {@code hash-max-listpack-value}: bytes of a field or value. */
  public long hashValue = 64;

  /** {@code list-max-listpack-size}: elements of a node, or, from -1 to -5, 4 to 64 kilobytes. */
  public long listSize = -2;

  /** {@code set-max-intset-entries}: members of a set of integers. */
  public long intsetEntries = 512;

  /** {@code set-max-listpack-entries}: members of a set of strings. */
  public long setEntries = 128;

  /** {@code set-max-listpack-value}: bytes of a member. */
  public long setValue = 64;

  /** {@code zset-max-listpack-entries}: members of a sorted set. */
  public long sortedSetEntries = 128;

  /** {@code zset-max-listpack-value}: bytes of a member. */
  public long sortedSetValue = 64;

  /** {@code stream-node-max-bytes}: bytes of a node of a stream; 0 means no limit. */
  public long streamNodeBytes = 4096;

  /** {@code stream-node-max-entries}: entries of a node of a stream; 0 means no limit. */
  public long streamNodeEntries = 100;

  PackingLimits() {}

  /** The limit of a list's nodes. */
  public ListLimit list() {
    return new ListLimit(Math.toIntExact(listSize));
  }
}
