package dev.carillon.server.loop;

import dev.carillon.engine.Engine;
import dev.carillon.engine.load.LoadSource;
import dev.carillon.server.Clock;
import java.io.IOException;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Fills the engine at the start, on the thread that owns it, and lets the sockets have their turn
 * after each slice: whoever asks meanwhile is told that data is being loaded. Says in the log how
 * far it is.
 */
public final class Loader {

  private static final Logger LOG = LoggerFactory.getLogger(Loader.class);

  /** Chosen: takes about a millisecond. */
  private static final int SLICE_BYTES = 128 << 10;

  private static final long REPORT_NANOS = TimeUnit.SECONDS.toNanos(1);

  private final EngineLoop loop;
  private final Clock clock;
  private final String name;
  private final LoadSource source;
  private final CompletableFuture<Void> end = new CompletableFuture<>();
  private long startedNanos;
  private long reportedNanos;

  /**
   * Lets the engine wait for data from now on; {@link #start} loads it. To be made before the loop
   * starts and anybody can come.
   *
   * @param name what to call the source in the log
   * @param source closed at the end
   */
  public Loader(EngineLoop loop, Clock clock, String name, LoadSource source) {
    this.loop = loop;
    this.clock = clock;
    this.name = name;
    this.source = source;
    loop.engine().beginLoading(source, clock.millis());
  }

  /**
   * Begins to load. Any thread, once.
   *
   * @return completes when everything is loaded, or with the {@link IOException} that says why not
   */
  public CompletableFuture<Void> start() {
    startedNanos = System.nanoTime();
    reportedNanos = startedNanos;
    loop.thread().execute(this::slice);
    return end;
  }

  private void slice() {
    Engine engine = loop.engine();
    try {
      if (engine.load(clock.millis(), SLICE_BYTES)) {
        report();
        // Scheduled, not executed: the sockets get their turn before the next slice.
        var unused = loop.thread().schedule(this::slice, 1, TimeUnit.NANOSECONDS);
        return;
      }
      source.close();
    } catch (IOException | RuntimeException | Error e) {
      end.completeExceptionally(e);
      return;
    }
    for (String remark : source.remarks()) {
      LOG.warn(remark);
    }
    LOG.info(
        "loaded {}: {} in {} s",
        name,
        source.loaded(),
        String.format(Locale.ROOT, "%.3f", (System.nanoTime() - startedNanos) / 1e9));
    // What expired meanwhile is due now.
    loop.endBatch();
    end.complete(null);
  }

  private void report() {
    long now = System.nanoTime();
    if (now - reportedNanos < REPORT_NANOS) {
      return;
    }
    reportedNanos = now;
    long total = source.totalBytes();
    LOG.info(
        "loading {}: {} % of {} MB, {} so far",
        name, total == 0 ? 100 : 100 * source.loadedBytes() / total, total >>> 20, source.loaded());
  }
}
