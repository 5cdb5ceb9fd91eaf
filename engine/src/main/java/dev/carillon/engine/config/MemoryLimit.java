package dev.carillon.engine.config;

/**
 * An amount of memory that is either fixed or a share of {@code maxmemory}.
 *
 * @param amount bytes, or hundredths (0 to 100) if {@code percent}; 0 means no limit
 * @param percent whether the amount is a share
 */
public record MemoryLimit(long amount, boolean percent) {

  /** No limit. */
  public static final MemoryLimit NONE = new MemoryLimit(0, false);

  /**
   * The limit in bytes; 0 means no limit.
   *
   * @param maxmemoryBytes what a share is a share of; of 0 (unlimited) every share is 0
   */
  public long bytes(long maxmemoryBytes) {
    return percent ? maxmemoryBytes / 100 * amount + maxmemoryBytes % 100 * amount / 100 : amount;
  }
}
