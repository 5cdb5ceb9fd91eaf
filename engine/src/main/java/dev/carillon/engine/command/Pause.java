package dev.carillon.engine.command;

/**
 * CLIENT PAUSE: until when requests wait, and which ones. While it lasts nothing expires or is
 * evicted either, so that the data stands still. Engine thread only.
 */
public final class Pause {

  /** Which requests wait. */
  public enum Mode {
    /** Those that may change or publish something. */
    WRITE,
    /** All. */
    ALL
  }

  private Mode mode = Mode.WRITE;
  private long untilMillis;

  /** Nothing waits. */
  public Pause() {}

  /** Starts a pause; one that lasts longer or is stricter stays so. */
  void extend(Mode newMode, long newUntilMillis, long nowMillis) {
    if (!isActive(nowMillis) || newMode == Mode.ALL) {
      mode = newMode;
    }
    untilMillis = Math.max(isActive(nowMillis) ? untilMillis : 0, newUntilMillis);
  }

  /** CLIENT UNPAUSE. */
  void end() {
    untilMillis = 0;
  }

  /** When the pause ends, in epoch milliseconds; in the past if there is none. */
  public long untilMillis() {
    return untilMillis;
  }

  /** Whether some requests have to wait. */
  public boolean isActive(long nowMillis) {
    return nowMillis < untilMillis;
  }

  /**
   * Whether a request has to wait.
   *
   * @param maySpread whether it may change or publish something
   */
  boolean holds(boolean maySpread, long nowMillis) {
    return isActive(nowMillis) && (maySpread || mode == Mode.ALL);
  }
}
