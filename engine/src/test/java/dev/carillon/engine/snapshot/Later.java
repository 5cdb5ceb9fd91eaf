package dev.carillon.engine.snapshot;

import dev.carillon.engine.storage.Background;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;

/** Does jobs when the test says so. */
final class Later implements Background {

  private final Deque<Job> jobs = new ArrayDeque<>();

  @Override
  public void run(Job job) {
    jobs.add(job);
  }

  /** Does so many jobs, or as many as there are. */
  void work(int count) {
    for (int i = 0; i < count && !jobs.isEmpty(); i++) {
      Job job = jobs.remove();
      @Nullable IOException failure = null;
      try {
        job.work();
      } catch (IOException e) {
        failure = e;
      }
      job.done(failure);
    }
  }

  /** Does all there is to do. */
  void work() {
    while (!jobs.isEmpty()) {
      work(1);
    }
  }
}
