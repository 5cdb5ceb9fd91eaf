package dev.carillon.engine.rdb;

import dev.carillon.engine.keyspace.Entry;
import dev.carillon.engine.value.ValueType;

/** A value that was read whole, so that nothing can fail any more when a key is made to hold it. */
public interface RdbValue {

  /** The kind of value. */
  ValueType type();

  /** Makes an entry of the same kind, whose change is open, hold the value. */
  void putInto(Entry entry);
}
