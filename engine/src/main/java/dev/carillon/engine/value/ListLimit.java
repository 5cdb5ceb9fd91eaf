package dev.carillon.engine.value;

/**
 * How much a listpack of a list may hold, as {@code list-max-listpack-size} says it: a positive
 * number counts elements, a negative one is a size, -1 for 4 KiB to -5 for 64 KiB.
 *
 * @param fill the value of the parameter
 */
public record ListLimit(int fill) {

  /** Where elements are counted, bytes are limited all the same. */
  private static final int COUNTED_BYTES_MAX = 8 << 10;

  private static final int SMALLEST_SIZE = 4 << 10;

  /** What an entry may take beside its text, by Redis' estimate. */
  private static final int ENTRY_OVERHEAD_BYTES = 8;

  private static final int COUNT_MAX = 32767;

  /** Values outside of -5 to 32767 mean the nearest of these. */
  public ListLimit {
    fill = Math.clamp(fill, -5, COUNT_MAX);
  }

  private int bytesMax() {
    return fill >= 0 ? COUNTED_BYTES_MAX : SMALLEST_SIZE << (-fill - 1);
  }

  private int countMax() {
    return fill >= 0 ? Math.max(1, fill) : Integer.MAX_VALUE;
  }

  /** Whether a listpack of so many bytes and elements is too large. */
  public boolean isExceeded(long bytes, long count) {
    return bytes > bytesMax() || count > countMax();
  }

  /** Whether a listpack has become so small that a list needs nothing else: half of the limit. */
  public boolean isHalfEmpty(long bytes, long count) {
    return fill >= 0 ? count <= countMax() / 2 : bytes <= bytesMax() / 2;
  }

  /** Whether a text is too long for any listpack: it stands alone. */
  public boolean isLarge(int textBytes) {
    return textBytes > bytesMax();
  }

  /** Whether a listpack has room for a text. */
  boolean hasRoom(int bytes, int count, int textBytes) {
    return !isLarge(textBytes)
        && !isExceeded((long) bytes + textBytes + ENTRY_OVERHEAD_BYTES, count + 1L);
  }
}
