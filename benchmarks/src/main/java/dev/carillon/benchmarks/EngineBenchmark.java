package dev.carillon.benchmarks;

import dev.carillon.engine.Engine;
import dev.carillon.engine.EngineOptions;
import dev.carillon.engine.command.Host;
import dev.carillon.engine.config.Configuration;
import dev.carillon.engine.session.Peer;
import dev.carillon.engine.session.Session;
import dev.carillon.protocol.resp.ProtocolError;
import dev.carillon.protocol.resp.Request;
import dev.carillon.protocol.resp.RequestDecoder;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * What does a command cost in the engine alone, from the bytes of the request to those of the
 * reply?
 *
 * <p>A batch is decoded, looked ahead for, executed and drained as a connection does it; only
 * sockets are missing. Keys are random among those that are there. About 10 ns of each operation
 * are the making of the request's digits; the server's ticker is read as often as in a server.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@OperationsPerInvocation(EngineBenchmark.BATCH)
@Warmup(iterations = 4, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(
    value = 1,
    jvmArgsAppend = {Launch.SERIAL, Launch.PRETENURE, Launch.HEADERS, Launch.HEAP, Launch.YOUNG})
public class EngineBenchmark {

  static final int BATCH = 16;

  private static final int KEY_DIGITS = 12;

  /** Which command. */
  @Param({"GET", "SET", "INCR"})
  public String command = "GET";

  /** How many keys there are. */
  @Param({"1000", "100000", "1000000"})
  public int keys;

  /** How many requests arrive together. */
  @Param({"1", "16"})
  public int pipeline;

  /** Whether the keys of a pipeline are brought into the cache together. */
  @Param({"true", "false"})
  public boolean lookAhead;

  private final Engine engine =
      new Engine(
          new EngineOptions(new Configuration(), new Random(1), new TickingHost(), 1L << 40));
  private final RequestDecoder decoder = new RequestDecoder();
  private final Request[] requests = new Request[BATCH];
  private final byte[] output = new byte[64 * 1024];
  private Session session = engine.open(new Peer("127.0.0.1:1", "127.0.0.1:2", -1), 1);
  private byte[] input = {};
  private int requestBytes;
  private int digitsAt;
  private int outputEnd;
  private long state = 88172645463325252L;

  /** Fills the database. */
  @Setup
  public void fill() throws ProtocolError {
    for (int i = 0; i < BATCH; i++) {
      requests[i] = new Request();
    }
    String value = command.equals("INCR") ? "100000" : "x".repeat(32);
    prepare("SET", value, 1);
    for (int key = 0; key < keys; key++) {
      writeDigits(digitsAt, key);
      run(1);
    }
    prepare(command, command.equals("SET") ? value : null, BATCH);
  }

  private void prepare(String name, @Nullable String value, int count) {
    String head = "*" + (value == null ? 2 : 3) + "\r\n$" + name.length() + "\r\n" + name;
    String key = "\r\n$16\r\nkey:" + "0".repeat(KEY_DIGITS) + "\r\n";
    String tail = value == null ? "" : "$" + value.length() + "\r\n" + value + "\r\n";
    requestBytes = (head + key + tail).length();
    digitsAt = (head + key).length() - 2 - KEY_DIGITS;
    input = (head + key + tail).repeat(count).getBytes(StandardCharsets.US_ASCII);
  }

  private void writeDigits(int at, int key) {
    int rest = key;
    for (int i = at + KEY_DIGITS - 1; i >= at + KEY_DIGITS - 7; i--) {
      input[i] = (byte) ('0' + rest % 10);
      rest /= 10;
    }
  }

  private int randomKey() {
    state ^= state << 13;
    state ^= state >>> 7;
    state ^= state << 17;
    return (int) ((state >>> 32) * keys >>> 32);
  }

  /** A batch, as one pipeline or one request at a time. */
  @Benchmark
  public int batch() throws ProtocolError {
    for (int i = 0; i < BATCH; i++) {
      writeDigits(digitsAt + i * requestBytes, randomKey());
    }
    return run(pipeline);
  }

  private int run(int together) throws ProtocolError {
    int sum = 0;
    for (int from = 0; from < input.length; from += together * requestBytes) {
      decoder.feed(input, from, together * requestBytes);
      int count = 0;
      while (count < together && decoder.next(requests[count])) {
        count++;
      }
      if (lookAhead && count > 1) {
        engine.lookAhead(session, requests, count);
      }
      long now = System.currentTimeMillis();
      engine.dispatcher().startTicking();
      for (int i = 0; i < count; i++) {
        engine.execute(session, requests[i], now);
      }
      outputEnd = 0;
      engine.sessions().drainListed(this::drain);
      sum += outputEnd;
      decoder.hold();
    }
    return sum;
  }

  private void drain(Session from) {
    boolean more =
        from.outbox()
            .drain(
                Long.MAX_VALUE,
                output.length,
                (bytes, offset, length) -> {
                  System.arraycopy(bytes, offset, output, outputEnd, length);
                  outputEnd += length;
                });
    assert !more : "a batch's replies fit into the output";
  }

  /** A process that only has a ticker. */
  private static final class TickingHost implements Host {
    @Override
    public Map<String, String> facts() {
      return Map.of();
    }

    @Override
    public void shutdown() {}

    @Override
    public String rewriteConfig() {
      return "";
    }

    @Override
    public long ticker() {
      return System.nanoTime();
    }
  }
}
