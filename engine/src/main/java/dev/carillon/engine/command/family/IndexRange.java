package dev.carillon.engine.command.family;

/**
 * The arithmetic of ranges as GETRANGE, BITCOUNT and BITPOS say them: both ends are included,
 * negative ones count from the end, and what lies outside is cut off.
 */
final class IndexRange {

  private IndexRange() {}

  /** The first index that {@code start} means in something of {@code size}; at least 0. */
  static long first(long start, long size) {
    return Math.max(0, start < 0 ? start + size : start);
  }

  /** The last index that {@code end} means; less than {@code size}, and -1 if that is 0. */
  static long last(long end, long size) {
    long last = Math.max(0, end < 0 ? end + size : end);
    return Math.min(last, size - 1);
  }

  /**
   * Whether both ends count from the end and are in the wrong order: then nothing is meant, even
   * where cutting off would leave the first element.
   */
  static boolean isBackwards(long start, long end) {
    return start < 0 && end < 0 && start > end;
  }
}
