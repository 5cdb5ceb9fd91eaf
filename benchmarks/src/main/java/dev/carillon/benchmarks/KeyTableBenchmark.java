package dev.carillon.benchmarks;

import dev.carillon.engine.store.KeyTable;
import dev.carillon.engine.store.PagePool;
import dev.carillon.engine.store.Slots;
import dev.carillon.protocol.bytes.Bytes;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
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
 * What does it cost to find a key, to miss one, and to remove and insert one, as the index grows
 * out of the caches? Slots included: a search compares the key where it lies.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(
    value = 1,
    jvmArgsAppend = {Launch.SERIAL, Launch.PRETENURE, Launch.HEADERS, Launch.HEAP, Launch.YOUNG})
public class KeyTableBenchmark {

  private static final int DIGITS = 12;

  /** How many keys there are. */
  @Param({"1000", "100000", "1000000"})
  public int keys;

  private final Slots slots = new Slots(new PagePool());
  private final KeyTable table = new KeyTable(slots, 1);
  private final byte[] value = new byte[32];
  private final byte[] text = "key:000000000000".getBytes(StandardCharsets.US_ASCII);
  private final Bytes key = Bytes.of(text);
  private long state = 88172645463325252L;

  /** Inserts the keys. */
  @Setup
  public void fill() {
    for (int i = 0; i < keys; i++) {
      Bytes name = Bytes.of(String.format(Locale.ROOT, "key:%012d", i));
      table.insert(name, slots.create(name, 0, Slots.NO_DEADLINE, value, 0, value.length));
    }
  }

  private Bytes randomKey(int first) {
    state ^= state << 13;
    state ^= state >>> 7;
    state ^= state << 17;
    int rest = first + (int) ((state >>> 32) * keys >>> 32);
    for (int i = text.length - 1; i > text.length - DIGITS + 4; i--) {
      text[i] = (byte) ('0' + rest % 10);
      rest /= 10;
    }
    return key;
  }

  /** Finds a key that is there. */
  @Benchmark
  public int hit() {
    return table.find(randomKey(0));
  }

  /** Looks for a key that is not there. */
  @Benchmark
  public int miss() {
    return table.find(randomKey(keys));
  }

  /** Removes a key and inserts it again. */
  @Benchmark
  public int removeAndInsert() {
    Bytes name = randomKey(0);
    slots.free(table.remove(name));
    int id = slots.create(name, 0, Slots.NO_DEADLINE, value, 0, value.length);
    table.insert(name, id);
    return id;
  }
}
