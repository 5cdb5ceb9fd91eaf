package dev.carillon.server.disk;

import dev.carillon.engine.storage.Background;
import java.io.IOException;
import java.lang.invoke.VarHandle;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A thread that does jobs one after the other, and tells the engine's thread when one is done,
 * which it wakes if somebody waits for that. The thread is made with the first job.
 */
public final class Worker implements Background, AutoCloseable {

  /** Chosen: a server that stops waits no longer for what it writes. */
  private static final long STOP_SECONDS = 10;

  private static final Runnable AWAKE = () -> {};

  private final ExecutorService thread;
  private final Executor engine;
  private final Executor later;
  private final Runnable afterDone;

  /**
   * A worker.
   *
   * @param name of its thread
   * @param engine runs what it is given on the engine's thread, between two turns
   * @param later as {@code engine}, but does not wake the thread: it comes to what it is given with
   *     the next thing that it has to do
   * @param afterDone run there after each job was said to be done
   */
  public Worker(String name, Executor engine, Executor later, Runnable afterDone) {
    this.thread =
        Executors.newSingleThreadExecutor(
            work -> {
              Thread made = new Thread(work, name);
              made.setDaemon(true);
              return made;
            });
    this.engine = engine;
    this.later = later;
    this.afterDone = afterDone;
  }

  @Override
  public void run(Job job) {
    try {
      thread.execute(() -> work(job));
    } catch (RejectedExecutionException closed) {
      // Whoever closes a worker does what is left himself.
    }
  }

  private void work(Job job) {
    IOException failure = failureOf(job);
    try {
      later.execute(
          () -> {
            job.done(failure);
            afterDone.run();
          });
      // Whoever begins to wait looks for what was handed in before it sleeps: not both can miss
      // each other.
      VarHandle.fullFence();
      if (job.isAwaited()) {
        engine.execute(AWAKE);
      }
    } catch (RejectedExecutionException stopped) {
      // Nobody is left to be told.
    }
  }

  private static @Nullable IOException failureOf(Job job) {
    try {
      job.work();
      return null;
    } catch (IOException e) {
      return e;
    } catch (RuntimeException | OutOfMemoryError e) {
      return new IOException("cannot go on: " + e, e);
    }
  }

  /** Does what was handed in, and no more. Any thread but the engine's and its own. */
  @Override
  public void close() {
    thread.shutdown();
    try {
      if (!thread.awaitTermination(STOP_SECONDS, TimeUnit.SECONDS)) {
        thread.shutdownNow();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
