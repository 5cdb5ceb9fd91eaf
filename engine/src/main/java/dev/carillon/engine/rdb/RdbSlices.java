package dev.carillon.engine.rdb;

/**
 * The rest of a large value, to be written in several goes with turns between them. Only one value
 * can be on its way into a stream of bytes at a time.
 */
public interface RdbSlices {

  /**
   * Writes on: about so many bytes, or to the end.
   *
   * @return whether all is written
   */
  boolean write(RdbWriter out, int bytes);

  /**
   * Whether the value may change, move to another key, or go before all is written, and yet is
   * written as it was at the beginning. Otherwise it must be written to the end before.
   */
  default boolean isIndependent() {
    return false;
  }

  /**
   * What has to be written because it changes goes there from now on: where this value is on its
   * way. Means something only for one that is independent.
   */
  default void redirect(RdbWriter out) {}

  /** Lets go of the value, all written or not. */
  default void close() {}
}
