package dev.carillon.engine.value;

/**
 * A value that is too large to lie in the arena beside its key. Small values are bytes in the slot
 * and have no object.
 */
public sealed interface Value permits StringValue {

  /** The kind of value. */
  ValueType type();

  /** An estimate of the memory it takes, in bytes; what {@code maxmemory} counts. O(1). */
  long sizeBytes();

  /** An independent copy, for COPY. O(size). */
  Value copy();
}
