package dev.carillon.engine.rdb;

/**
 * The rest of a large value, to be written in several goes with turns between them. The value may
 * change, move to another key, or go before all is written, and yet is written as it was at the
 * beginning. Only one value can be on its way into a stream of bytes at a time.
 */
public interface RdbSlices {

  /**
   * Writes on: about so many bytes, or to the end.
   *
   * @return whether all is written
   */
  boolean write(RdbWriter out, int bytes);

  /**
   * What has to be written because it changes goes there from now on: where this value is on its
   * way. Means something only for one whose parts are in no order.
   */
  default void redirect(RdbWriter out) {}

  /** How many bytes of what has changed are in memory because they are still to be written. */
  default long heldBytes() {
    return 0;
  }

  /** Lets go of the value, all written or not. */
  default void close() {}
}
