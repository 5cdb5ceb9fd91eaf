package dev.carillon.engine.command;

import dev.carillon.engine.turn.Turn;
import java.util.ArrayDeque;
import java.util.Collections;
import java.util.Deque;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Delays that were long enough to be kept (LATENCY), by what caused them. The worst one of each
 * second counts, and the last 160 of each cause are kept. Redis calls the causes events; here an
 * event is what happened to a key. Engine thread only.
 */
public final class LatencyMonitor {

  /** As many as Redis keeps. */
  private static final int SAMPLES_MAX = 160;

  /**
   * A delay.
   *
   * @param timeSeconds when it was over, in epoch seconds
   * @param millis how long it lasted
   */
  public record Sample(long timeSeconds, long millis) {}

  /** The delays of one cause. */
  public static final class Series {
    private final Deque<Sample> samples = new ArrayDeque<>();
    private long millisMax;

    /** The delays kept, the oldest first. */
    public Deque<Sample> samples() {
      return samples;
    }

    /** The worst delay since the start or the last reset, in milliseconds. */
    public long millisMax() {
      return millisMax;
    }

    private void add(long timeSeconds, long millis) {
      millisMax = Math.max(millisMax, millis);
      Sample last = samples.peekLast();
      if (last != null && last.timeSeconds() == timeSeconds) {
        samples.removeLast();
        samples.addLast(new Sample(timeSeconds, Math.max(millis, last.millis())));
        return;
      }
      if (samples.size() == SAMPLES_MAX) {
        samples.removeFirst();
      }
      samples.addLast(new Sample(timeSeconds, millis));
    }
  }

  private final Turn turn;
  private final Map<String, Series> byCause = new TreeMap<>();
  private long thresholdMillis;

  LatencyMonitor(Turn turn) {
    this.turn = turn;
  }

  /** From how many milliseconds on a delay is kept; 0 keeps none. */
  public void thresholdMillis(long millis) {
    thresholdMillis = millis;
  }

  /** Whether delays are kept at all. */
  public boolean isEnabled() {
    return thresholdMillis > 0;
  }

  void onExecuted(Command command, long nanos) {
    if (thresholdMillis > 0 && nanos / 1_000_000 >= thresholdMillis) {
      boolean fast = command.flags().contains(CommandFlag.FAST);
      byCause
          .computeIfAbsent(fast ? "fast-command" : "command", cause -> new Series())
          .add(turn.nowMillis() / 1000, nanos / 1_000_000);
    }
  }

  /** All causes by name, sorted. */
  public Map<String, Series> causes() {
    return Collections.unmodifiableMap(byCause);
  }

  /** The delays of one cause, or null if there were none. */
  public @Nullable Series series(String cause) {
    return byCause.get(cause);
  }

  /** Forgets the delays of one cause; says whether there were any. */
  public boolean reset(String cause) {
    return byCause.remove(cause) != null;
  }

  /** Forgets all delays; says of how many causes. */
  public int reset() {
    int count = byCause.size();
    byCause.clear();
    return count;
  }
}
