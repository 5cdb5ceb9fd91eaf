package dev.carillon.engine.keyspace;

import dev.carillon.engine.value.Packed;
import dev.carillon.engine.value.Value;
import dev.carillon.protocol.bytes.Bytes;

/**
 * Where a collection is kept: the entry of a key, or a draft that no key holds yet. Views of
 * collections work on either. Engine thread only.
 */
interface Holder {

  /** Whether the value is an object; otherwise it is packed bytes. */
  boolean holdsObject();

  /** The value as an object; only if {@link #holdsObject()}. */
  Value object();

  /** Replaces the value by an object. */
  void object(Value value);

  /** The bytes, to be changed where they lie; only while the value is no object. */
  Packed packed();

  /** Replaces the value by a copy of the bytes; the form is 0. */
  void packed(Bytes bytes);

  /** What the bytes are, where a type has several packed forms: 0 to 3. */
  int form();

  /** Says what the bytes are: 0 to 3. */
  void form(int form);
}
