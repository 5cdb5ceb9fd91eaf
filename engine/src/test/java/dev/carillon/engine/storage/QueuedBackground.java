package dev.carillon.engine.storage;

import java.io.IOException;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/**
 * Work beside the engine's thread that is done when a test says so, on the test's thread. A job has
 * two halves, its work and telling the engine that it is done, so that a test can do something in
 * between. One thread at a time.
 */
public final class QueuedBackground implements Background {

  private final ArrayDeque<Job> jobs = new ArrayDeque<>();
  private @Nullable Job worked;
  private @Nullable IOException failure;

  @Override
  public void run(Job job) {
    jobs.add(job);
  }

  /** Whether there is nothing to do. */
  public boolean isIdle() {
    return jobs.isEmpty() && worked == null;
  }

  /** Does half of what the first job needs: its work, or telling that it is done. */
  public void halfStep() {
    Job told = worked;
    if (told != null) {
      worked = null;
      told.done(failure);
    } else if (!jobs.isEmpty()) {
      worked = jobs.remove();
      failure = null;
      try {
        worked.work();
      } catch (IOException e) {
        failure = e;
      }
    }
  }

  /** Whether the job whose work is done asks for the engine's thread. */
  public boolean isAwaited() {
    return worked != null && worked.isAwaited();
  }

  /** Does so many jobs, or as many as there are. */
  public void run(int count) {
    for (int i = 0; i < count && !isIdle(); i++) {
      if (worked == null) {
        halfStep();
      }
      halfStep();
    }
  }

  /** Does what was handed in so far, and what that hands in. */
  public void runAll() {
    while (!isIdle()) {
      halfStep();
    }
  }

  /** The process is gone. */
  public void forget() {
    jobs.clear();
    worked = null;
  }
}
