package dev.carillon.engine.value;

import dev.carillon.protocol.bytes.Bytes;

/**
 * Bytes of a small value where they lie, which may grow and shrink: a slot of the arena, or an
 * array of its own. Engine thread only.
 */
public interface Packed {

  /**
   * The bytes, writable in place.
   *
   * @return a view that is good until the next {@link #resize}, or change of anything else that
   *     lies in the same place
   */
  Bytes bytes();

  /**
   * Changes the length; the common prefix stays, what is behind it is undefined.
   *
   * @return the bytes, as {@link #bytes()} gives them from now on
   */
  Bytes resize(int newLength);
}
