package dev.carillon.engine.command;

/**
 * How far the loading of data at the start has come; commands that need the data are refused
 * meanwhile. Engine thread only.
 */
public final class Loading {

  private boolean active;
  private long startedMillis;
  private long totalBytes;
  private long loadedBytes;
  private long keysLoaded;

  /** Nothing is being loaded. */
  public Loading() {}

  /** Loading begins. */
  public void begin(long nowMillis, long bytes) {
    active = true;
    startedMillis = nowMillis;
    totalBytes = bytes;
    loadedBytes = 0;
  }

  /** So much of the files has been loaded. */
  public void progress(long bytes) {
    loadedBytes = bytes;
  }

  /**
   * Loading has ended, well or not.
   *
   * @param keys how many keys there are now
   */
  public void end(long keys) {
    active = false;
    keysLoaded = keys;
  }

  /** Whether something is being loaded. */
  public boolean isActive() {
    return active;
  }

  /** When loading began, in epoch milliseconds. */
  public long startedMillis() {
    return startedMillis;
  }

  /** How many bytes the files have. */
  public long totalBytes() {
    return totalBytes;
  }

  /** How many bytes of the files have been loaded. */
  public long loadedBytes() {
    return loadedBytes;
  }

  /** How many keys there were after the last loading. */
  public long keysLoaded() {
    return keysLoaded;
  }

  /** In how many seconds the end is to be expected, as far as the past tells. */
  public long secondsLeft(long nowMillis) {
    long left = Math.max(0, totalBytes - loadedBytes);
    return loadedBytes == 0
        ? 1
        : (long) ((double) left * (nowMillis - startedMillis) / loadedBytes / 1000);
  }
}
