package dev.carillon.benchmarks;

import dev.carillon.engine.pattern.PatternIndex;
import dev.carillon.protocol.bytes.Bytes;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Random;
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
 * What does an event cost among 0, 100, 10,000 and 100,000 patterns, one of which matches?
 *
 * <p>Asked for patterns that differ in their beginning, in their end, and in the middle, because
 * each kind is found by another way.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(
    value = 1,
    jvmArgsAppend = {Launch.SERIAL, Launch.PRETENURE, Launch.HEADERS, Launch.HEAP, Launch.YOUNG})
public class PatternIndexBenchmark {

  private static final int CHANNELS = 1024;

  /** How many patterns there are. */
  @Param({"0", "100", "10000", "100000"})
  public int patterns;

  /** Where the patterns differ. */
  @Param({"beginning", "end", "middle"})
  public String differing = "beginning";

  private final PatternIndex<Integer> index = new PatternIndex<>();
  private final byte[][] channels = new byte[CHANNELS][];
  private int next;
  private int matches;

  /** Subscribes. */
  @Setup
  public void subscribe() {
    for (int i = 0; i < patterns; i++) {
      index.add(Bytes.of(pattern(i)), i);
    }
    Random random = new Random(1);
    for (int i = 0; i < CHANNELS; i++) {
      int chosen = patterns == 0 ? i : random.nextInt(patterns);
      String id = String.format(Locale.ROOT, "%06d", chosen);
      channels[i] = ("__keyspace@0__:user:" + id + ":cart").getBytes(StandardCharsets.US_ASCII);
    }
  }

  private String pattern(int number) {
    String id = String.format(Locale.ROOT, "%06d", number);
    return switch (differing) {
      case "beginning" -> "__keyspace@0__:user:" + id + ":*";
      case "end" -> "*:" + id + ":cart";
      case "middle" -> "*:" + id + ":*";
      default -> throw new IllegalArgumentException(differing);
    };
  }

  /** Finds the pattern of one channel. */
  @Benchmark
  public int match() {
    byte[] channel = channels[next++ & (CHANNELS - 1)];
    index.match(channel, 0, channel.length, (pattern, subscriber) -> matches += subscriber);
    return matches;
  }
}
