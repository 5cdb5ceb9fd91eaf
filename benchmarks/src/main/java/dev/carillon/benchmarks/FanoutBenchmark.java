package dev.carillon.benchmarks;

import dev.carillon.engine.Engine;
import dev.carillon.engine.EngineOptions;
import dev.carillon.engine.command.Host;
import dev.carillon.engine.config.Configuration;
import dev.carillon.engine.config.Parameters;
import dev.carillon.engine.session.Peer;
import dev.carillon.engine.session.Session;
import dev.carillon.protocol.event.NotifyFlags;
import dev.carillon.protocol.resp.Request;
import java.util.Objects;
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
 * What does a SET cost when its event has 0, 1, 100 and 10,000 subscribers, or when notifications
 * are off?
 *
 * <p>Includes the copy into each subscriber's outbox and out of it again, but no socket. The column
 * {@code off} is the base; {@code AKE} with 0 subscribers shows what an event costs that nobody can
 * hear.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(
    value = 1,
    jvmArgsAppend = {Launch.SERIAL, Launch.PRETENURE, Launch.HEADERS, Launch.HEAP, Launch.YOUNG})
public class FanoutBenchmark {

  private static final Peer PEER = new Peer("127.0.0.1:1", "127.0.0.1:2", -1);
  private static final long NOW_MILLIS = 1_700_000_000_000L;

  /** How many clients are subscribed to the event's channel; -1: notifications are off. */
  @Param({"-1", "0", "1", "100", "10000"})
  public int subscribers;

  private final Configuration config = new Configuration();
  private Engine engine = new Engine(options());
  private Session writer = engine.open(PEER, NOW_MILLIS);
  private final Request set = Request.of("SET", "key:000000000001", "x".repeat(32));
  private final byte[] output = new byte[64 * 1024];
  private int sent;

  private EngineOptions options() {
    return new EngineOptions(config, new Random(1), Host.NONE, Long.MAX_VALUE);
  }

  /** Subscribes. */
  @Setup
  public void subscribe() {
    if (subscribers >= 0) {
      config.put(
          Parameters.NOTIFY_KEYSPACE_EVENTS, Objects.requireNonNull(NotifyFlags.parse("AKE")));
    }
    engine = new Engine(options());
    writer = engine.open(PEER, NOW_MILLIS);
    for (int i = 0; i < subscribers; i++) {
      Session session = engine.open(PEER, NOW_MILLIS);
      engine.execute(session, Request.of("SUBSCRIBE", "__keyevent@0__:set"), NOW_MILLIS);
    }
    engine.sessions().drainListed(this::drain);
  }

  /** One SET, its reply and its messages. */
  @Benchmark
  public int set() {
    engine.execute(writer, set, NOW_MILLIS);
    engine.sessions().drainListed(this::drain);
    return sent;
  }

  private void drain(Session session) {
    var unused =
        session
            .outbox()
            .drain(
                Long.MAX_VALUE,
                output.length,
                (bytes, offset, length) -> {
                  System.arraycopy(bytes, offset, output, 0, length);
                  sent += length;
                });
  }
}
