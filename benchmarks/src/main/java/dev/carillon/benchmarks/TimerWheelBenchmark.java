package dev.carillon.benchmarks;

import dev.carillon.engine.time.TimerNodes;
import dev.carillon.engine.time.TimerWheel;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * What does a deadline cost among 1,000 and 1,000,000 others: to set anew, and to meet?
 *
 * <p>The links lie in arrays here; in a database they lie in the slots, which are further apart.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(
    value = 1,
    jvmArgsAppend = {Launch.SERIAL, Launch.PRETENURE, Launch.HEADERS, Launch.HEAP, Launch.YOUNG})
public class TimerWheelBenchmark {

  private static final long START_MILLIS = 1_700_000_000_000L;

  /** How many deadlines there are. */
  @Param({"1000", "1000000"})
  public int scheduled;

  /** How far ahead the farthest of them is. */
  @Param({"10000", "3600000"})
  public int aheadMillis;

  private ArrayNodes nodes = new ArrayNodes(0);
  private TimerWheel wheel = new TimerWheel(nodes, START_MILLIS);
  private long nowMillis = START_MILLIS;
  private long state = 88172645463325252L;
  private int met;

  /** Schedules all. */
  @Setup
  public void schedule() {
    nodes = new ArrayNodes(scheduled + 1);
    wheel = new TimerWheel(nodes, START_MILLIS);
    for (int id = 1; id <= scheduled; id++) {
      scheduleAnew(id);
    }
  }

  private int random(int bound) {
    state ^= state << 13;
    state ^= state >>> 7;
    state ^= state << 17;
    return (int) ((state >>> 32) * bound >>> 32);
  }

  private void scheduleAnew(int id) {
    nodes.deadlines[id] = nowMillis + 1 + random(aheadMillis);
    wheel.schedule(id);
  }

  /** Moves one deadline, as SET with EX on a key that has one does. */
  @Benchmark
  public void reschedule() {
    int id = 1 + random(scheduled);
    wheel.cancel(id);
    scheduleAnew(id);
  }

  /** Lets time pass until one or a few deadlines are met, and sets these anew. */
  @Benchmark
  public int meetNext() {
    nowMillis = Math.max(nowMillis, wheel.nextDeadlineMillis());
    int before = met;
    wheel.advance(
        nowMillis,
        1,
        id -> {
          met++;
          scheduleAnew(id);
        });
    return met - before;
  }

  private static final class ArrayNodes implements TimerNodes {
    private final long[] deadlines;
    private final int[] next;
    private final int[] previous;

    ArrayNodes(int size) {
      deadlines = new long[size];
      next = new int[size];
      previous = new int[size];
    }

    @Override
    public long deadline(int id) {
      return deadlines[id];
    }

    @Override
    public int next(int id) {
      return next[id];
    }

    @Override
    public int previous(int id) {
      return previous[id];
    }

    @Override
    public void next(int id, int other) {
      next[id] = other;
    }

    @Override
    public void previous(int id, int other) {
      previous[id] = other;
    }
  }
}
