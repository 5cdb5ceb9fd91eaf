package dev.carillon.engine.value;

import dev.carillon.engine.store.KeyTable;
import org.jspecify.annotations.Nullable;

/**
 * A value that is too large to lie in the arena beside its key, or whose kind never does. Small
 * values are bytes in the slot and have no object.
 */
public abstract sealed class Value
    permits ArrayValue, HashValue, ListValue, SetValue, SortedSetValue, StreamValue, StringValue {

  private long settledBytes;

  /** The kind of value. */
  public abstract ValueType type();

  /** An estimate of the memory it takes, in bytes; what {@code maxmemory} counts. O(1). */
  public abstract long sizeBytes();

  /**
   * Whether it is a container without elements, which does not stay: its key goes with the last of
   * them. Strings and streams stay, however empty.
   */
  public abstract boolean isEmpty();

  /**
   * How many things Redis would have to free one by one if it kept the value: nodes of a list or a
   * stream, members, fields. 1 where it would free it as a whole. O(1), but O(groups) of a stream.
   */
  public long parts() {
    return 1;
  }

  /** An independent copy, for COPY. O(size). */
  public abstract Value copy();

  /**
   * The index of its members, for looking ahead only; null where it has none that would be searched
   * for one of them.
   */
  public @Nullable KeyTable index() {
    return null;
  }

  /**
   * Gives memory back that other values can use; nothing may be asked of this one any more. O(1),
   * or O(megabytes).
   */
  public void release() {}

  /**
   * By how many bytes {@link #sizeBytes()} has changed since this was last asked; at first its
   * whole size. Whoever counts the memory of many values adds this up, and need not know what was
   * done to each of them in between.
   */
  public final long settle() {
    long before = settledBytes;
    settledBytes = sizeBytes();
    return settledBytes - before;
  }

  /** Leaves the count of its owner: {@link #settle()} begins anew. Answers what it counted. */
  public final long unsettle() {
    long before = settledBytes;
    settledBytes = 0;
    return before;
  }
}
