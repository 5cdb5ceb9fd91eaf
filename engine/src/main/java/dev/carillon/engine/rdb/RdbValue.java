package dev.carillon.engine.rdb;

import dev.carillon.engine.keyspace.Entry;
import dev.carillon.engine.value.ValueType;
import dev.carillon.protocol.bytes.Bytes;
import org.jspecify.annotations.Nullable;

/**
 * A value that is read apart from any key, so that nothing can fail any more when a key is made to
 * hold it. A large collection is read in slices. One thread at a time.
 */
public interface RdbValue {

  /** The kind of value. */
  ValueType type();

  /**
   * Reads on, element by element, until the value is complete or the reader has come to a position.
   * Must be called until it answers true, always with the same reader, which nobody else may move.
   *
   * @param untilPosition see {@link RdbReader#position}; an element that begins before it is read
   * @return whether the value is complete
   */
  default boolean readOn(RdbReader in, long untilPosition) throws RdbFormatException {
    return true;
  }

  /** The value if it is a string, else null; a view that nobody changes. */
  default @Nullable Bytes text() {
    return null;
  }

  /** Makes an entry of the same kind, whose change is open, hold the complete value. */
  void putInto(Entry entry);
}
