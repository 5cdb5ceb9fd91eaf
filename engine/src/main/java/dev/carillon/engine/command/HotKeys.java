package dev.carillon.engine.command;

import dev.carillon.engine.turn.Turn;
import dev.carillon.protocol.bytes.Bytes;
import dev.carillon.protocol.resp.Request;
import java.util.List;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Which keys take most of the time of commands, or of the bytes of requests and replies (HOTKEYS).
 *
 * <p>Somebody starts a session; it ends when its duration is over or somebody stops it, and what it
 * found stays until the next one or until it is dropped. Without a session that is active it costs
 * a test for each batch of requests. Engine thread only.
 */
public final class HotKeys {

  /**
   * Chosen: so many counters for each key that is asked for make the order of the first ones sure.
   */
  private static final int COUNTERS_PER_KEY = 10;

  /** Chosen: bounds what a session keeps, 2 × 640 keys, to 5 MB; longer ones are not named. */
  private static final int KEY_BYTES_MAX = 4096;

  /**
   * What a session is to look at.
   *
   * @param isTimed whether time is counted
   * @param isWeighed whether bytes are counted
   * @param count how many keys are answered at most
   * @param durationMillis how long it lasts, 0 until it is stopped
   * @param sampleRatio one in so many commands is counted, at random
   */
  public record Plan(
      boolean isTimed, boolean isWeighed, int count, long durationMillis, int sampleRatio) {}

  /** What a session found. */
  public static final class Findings {
    private final Plan plan;
    private final long startMillis;
    private final long processNanos;
    private final @Nullable HeavyHitters byNanos;
    private final @Nullable HeavyHitters byBytes;
    private long endMillis = Long.MAX_VALUE;
    private long nanos;
    private long bytes;

    private Findings(Plan plan, long startMillis, long processNanos) {
      this.plan = plan;
      this.startMillis = startMillis;
      this.processNanos = processNanos;
      int counters = plan.count() * COUNTERS_PER_KEY;
      byNanos = plan.isTimed() ? new HeavyHitters(counters) : null;
      byBytes = plan.isWeighed() ? new HeavyHitters(counters) : null;
      if (plan.durationMillis() > 0) {
        endMillis = startMillis + plan.durationMillis();
      }
    }

    /** What it was to look at. */
    public Plan plan() {
      return plan;
    }

    /** When it began, in epoch milliseconds. */
    public long startMillis() {
      return startMillis;
    }

    /** Whether it counts at a time, in epoch milliseconds. */
    public boolean isActive(long nowMillis) {
      return nowMillis < endMillis;
    }

    /** How long it lasted, or has lasted until now. */
    public long durationMillis(long nowMillis) {
      return Math.min(nowMillis, endMillis) - startMillis;
    }

    /** The processor time of the process when it began, in nanoseconds. */
    public long processNanos() {
      return processNanos;
    }

    /** How long all commands with keys took, in microseconds. */
    public long micros() {
      return nanos / 1000;
    }

    /** The bytes of all requests with keys and of their replies. */
    public long bytes() {
      return bytes;
    }

    /** The bytes that were counted for keys. */
    public long countedBytes() {
      return byBytes == null ? 0 : byBytes.total();
    }

    /** The keys whose commands took longest, in microseconds rounded up. */
    public List<KeyShare> byMicros() {
      return shares(byNanos, 1000);
    }

    /** The keys of whose commands most bytes came and went. */
    public List<KeyShare> byBytes() {
      return shares(byBytes, 1);
    }

    private List<KeyShare> shares(@Nullable HeavyHitters hitters, long unit) {
      return hitters == null
          ? List.of()
          : hitters.heaviest(plan.count()).stream()
              .map(hitter -> new KeyShare(hitter.key(), Math.ceilDiv(hitter.sum(), unit)))
              .toList();
    }
  }

  /**
   * A key and its part of the whole.
   *
   * @param key of whatever database
   * @param share microseconds, or bytes
   */
  public record KeyShare(Bytes key, long share) {}

  private final Turn turn;
  private final RandomGenerator random;
  private @Nullable Findings findings;

  HotKeys(Turn turn, RandomGenerator random) {
    this.turn = turn;
    this.random = random;
  }

  /** Whether a session counts now. */
  public boolean isActive() {
    Findings current = findings;
    return current != null && current.isActive(turn.nowMillis());
  }

  /** The session that counts, or the last one; null if there is none. */
  public @Nullable Findings findings() {
    return findings;
  }

  /**
   * Begins a session in place of the last one.
   *
   * @param processNanos the processor time of the process so far
   */
  public void start(Plan plan, long processNanos) {
    findings = new Findings(plan, turn.nowMillis(), processNanos);
  }

  /** Ends the session; says whether one was active. */
  public boolean stop() {
    Findings current = findings;
    if (current == null || !current.isActive(turn.nowMillis())) {
      return false;
    }
    current.endMillis = turn.nowMillis();
    return true;
  }

  /** Forgets the last session. */
  public void reset() {
    findings = null;
  }

  /**
   * Counts a command for each of its keys alike, as Redis does. To be called while {@link
   * #isActive()}.
   */
  void onExecuted(Command command, Request request, long nanos, long replyBytes) {
    Findings current = findings;
    if (current == null) {
      return;
    }
    int[] keys = new int[1];
    command.keys().forEachKey(request, index -> keys[0]++);
    if (keys[0] == 0) {
      return;
    }
    long bytes = request.wireBytes() + replyBytes;
    current.nanos += nanos;
    current.bytes += bytes;
    int ratio = current.plan.sampleRatio();
    if (ratio > 1 && random.nextInt(ratio) != 0) {
      return;
    }
    command
        .keys()
        .forEachKey(
            request,
            index -> {
              Bytes key = request.argument(index);
              if (key.length() > KEY_BYTES_MAX) {
                return;
              }
              if (current.byNanos != null) {
                current.byNanos.add(key, nanos / keys[0]);
              }
              if (current.byBytes != null) {
                current.byBytes.add(key, bytes / keys[0]);
              }
            });
  }
}
