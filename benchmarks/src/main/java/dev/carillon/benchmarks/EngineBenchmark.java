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
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
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
 * are the making of each of the request's numbers; the server's ticker is read as often as in a
 * server. {@code SPOP}, {@code ZPOPMIN} and {@code small-LPUSH} are what a request costs of a pair
 * that adds an element and takes one.
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

  private static final int DIGITS = 12;

  /** What is executed: on one large collection, or on a small one of {@link #keys}. */
  @Param({
    "GET",
    "SET",
    "INCR",
    "LPUSH",
    "HSET",
    "SADD",
    "ZADD",
    "SPOP",
    "ZPOPMIN",
    "small-LPUSH",
    "small-HSET",
    "small-SADD",
    "small-ZADD"
  })
  public String command = "GET";

  /** How many keys there are, or elements. */
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
  private Batch batch = new Batch(List.of("PING"), 1);
  private int outputEnd;
  private long state = 88172645463325252L;
  private long next;

  /**
   * What fills the database, and the requests that are measured, which take turns.
   *
   * @param fill once for each of as many numbers as there are keys; empty where what is filled
   *     would grow without end: then the database is emptied before each iteration
   */
  private record Work(String fill, List<String> requests) {

    /** In the texts, {r} and {s} are random numbers, {n} is the next number, {v} a value. */
    static Work of(String command) {
      String small = "element:0 1 element:1 2 element:2 3 element:3 4";
      return switch (command) {
        case "GET" -> new Work("SET key:{n} {v}", List.of("GET key:{r}"));
        case "SET" -> new Work("SET key:{n} {v}", List.of("SET key:{r} {v}"));
        case "INCR" -> new Work("SET key:{n} 100000", List.of("INCR key:{r}"));
        case "LPUSH" -> new Work("", List.of("LPUSH list {v}"));
        case "HSET" -> new Work("HSET hash element:{n} {v}", List.of("HSET hash element:{r} {v}"));
        case "SADD" -> new Work("SADD set element:{n}", List.of("SADD set element:{r}"));
        case "ZADD" ->
            new Work("ZADD sorted {n} element:{n}", List.of("ZADD sorted {s} element:{r}"));
        case "SPOP" ->
            new Work("SADD set element:{n}", List.of("SADD set element:{n}", "SPOP set"));
        case "ZPOPMIN" ->
            new Work(
                "ZADD sorted {s} element:{n}",
                List.of("ZADD sorted {s} element:{n}", "ZPOPMIN sorted"));
        case "small-LPUSH" ->
            new Work("RPUSH key:{n} " + small, List.of("LPUSH key:{r} {v}", "RPOP key:{r}"));
        case "small-HSET" -> new Work("HSET key:{n} " + small, List.of("HSET key:{r} 2 {r}"));
        case "small-SADD" -> new Work("SADD key:{n} " + small, List.of("SADD key:{r} element:2"));
        case "small-ZADD" ->
            new Work("ZADD key:{n} 1 a 2 b 3 c 4 d 5 e", List.of("ZADD key:{r} {s} c"));
        default -> throw new IllegalArgumentException("what is " + command + "?");
      };
    }
  }

  /** Requests, and where in their bytes the numbers belong. */
  private final class Batch {
    private final byte[] bytes;
    private final int[] ends;
    private final int[] places;
    private final char[] kinds;
    private final int[] numbers;

    Batch(List<String> texts, int count) {
      StringBuilder all = new StringBuilder();
      List<int[]> found = new ArrayList<>();
      ends = new int[count];
      for (int i = 0; i < count; i++) {
        String[] words = texts.get(i % texts.size()).split(" ");
        all.append('*').append(words.length).append("\r\n");
        for (String word : words) {
          String text = word.replace("{v}", "x".repeat(32));
          int brace = text.indexOf('{');
          if (brace >= 0) {
            text = text.substring(0, brace) + "0".repeat(DIGITS);
          }
          all.append('$').append(text.length()).append("\r\n");
          if (brace >= 0) {
            found.add(new int[] {all.length() + brace, word.charAt(brace + 1), i});
          }
          all.append(text).append("\r\n");
        }
        ends[i] = all.length();
      }
      bytes = all.toString().getBytes(StandardCharsets.US_ASCII);
      places = found.stream().mapToInt(place -> place[0]).toArray();
      numbers = found.stream().mapToInt(place -> place[2]).toArray();
      kinds = new char[places.length];
      for (int i = 0; i < kinds.length; i++) {
        kinds[i] = (char) found.get(i)[1];
      }
    }

    void number() {
      for (int i = 0; i < places.length; i++) {
        write(places[i], kinds[i] == 'n' ? next + numbers[i] : random());
      }
      next += ends.length;
    }

    private void write(int at, long number) {
      long rest = number;
      for (int i = at + DIGITS - 1; i >= at + DIGITS - 9; i--) {
        bytes[i] = (byte) ('0' + rest % 10);
        rest /= 10;
      }
    }
  }

  /** Fills the database. */
  @Setup
  public void fill() throws ProtocolError {
    for (int i = 0; i < BATCH; i++) {
      requests[i] = new Request();
    }
    Work work = Work.of(command);
    if (!work.fill.isEmpty()) {
      batch = new Batch(List.of(work.fill), 1);
      for (int key = 0; key < keys; key++) {
        batch.number();
        run(1);
      }
    }
    batch = new Batch(work.requests, BATCH);
  }

  /** Empties what grows. */
  @Setup(Level.Iteration)
  public void empty() throws ProtocolError {
    if (Work.of(command).fill.isEmpty()) {
      Batch measured = batch;
      batch = new Batch(List.of("FLUSHALL"), 1);
      run(1);
      batch = measured;
    }
  }

  private int random() {
    state ^= state << 13;
    state ^= state >>> 7;
    state ^= state << 17;
    return (int) ((state >>> 32) * keys >>> 32);
  }

  /** A batch, as one pipeline or one request at a time. */
  @Benchmark
  public int batch() throws ProtocolError {
    batch.number();
    return run(pipeline);
  }

  private int run(int together) throws ProtocolError {
    int sum = 0;
    int from = 0;
    for (int last = together - 1; last < batch.ends.length; last += together) {
      decoder.feed(batch.bytes, from, batch.ends[last] - from);
      from = batch.ends[last];
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
