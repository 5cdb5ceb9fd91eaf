package dev.carillon.engine.journal;

import dev.carillon.engine.storage.Background;
import java.io.IOException;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/** Work beside the engine's thread that is done when a test says so. */
final class QueuedBackground implements Background {

  private final ArrayDeque<Job> jobs = new ArrayDeque<>();
  private @Nullable Job worked;
  private @Nullable IOException failure;

  @Override
  public void run(Job job) {
    jobs.add(job);
  }

  boolean isIdle() {
    return jobs.isEmpty() && worked == null;
  }

  /** Does half of what the first job needs: its work, or telling that it is done. */
  void halfStep() {
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

  /** Does what was handed in so far, and what that hands in. */
  void runAll() {
    while (!isIdle()) {
      halfStep();
    }
  }

  /** The process is gone. */
  void forget() {
    jobs.clear();
    worked = null;
  }
}
