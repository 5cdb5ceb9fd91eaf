package dev.carillon.simulation;

import dev.carillon.engine.storage.Background;
import dev.carillon.simulation.disk.Killed;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.Semaphore;
import org.jspecify.annotations.Nullable;

/**
 * Does jobs beside the engine without doing anything at the same time as it: a job runs on a thread
 * of its own, but only within {@link #step}, and stops before each operation on the disk. So turns
 * of the engine come between any two operations of a job, as the seed says, and the same each time.
 *
 * <p>Not for jobs that hold a lock while they use the disk if the engine takes the same lock.
 */
final class SimulatedBackground implements Background {

  /** The job whose thread this is; for {@link #pauseHere}. */
  private static final ThreadLocal<@Nullable Task> CURRENT = new ThreadLocal<>();

  private final Deque<Job> waiting = new ArrayDeque<>();
  private @Nullable Task running;
  private long steps;

  /** Called before each operation on the disk, on whatever thread wants it. */
  static void pauseHere() {
    Task task = CURRENT.get();
    if (task != null) {
      task.pause();
    }
  }

  @Override
  public void run(Job job) {
    waiting.add(job);
  }

  /** Whether no job waits or is half done. */
  boolean isIdle() {
    return running == null && waiting.isEmpty();
  }

  /** How many steps were done. */
  long steps() {
    return steps;
  }

  /**
   * Begins a job, does its next operation, or tells that it is done. Nothing happens if there is
   * none.
   *
   * @throws Killed if the process ended in the middle of the operation
   */
  void step() {
    if (running == null && waiting.isEmpty()) {
      return;
    }
    steps++;
    if (running == null) {
      running = new Task(waiting.remove());
      running.thread.start();
    } else if (running.isFinished) {
      Task finished = running;
      running = null;
      finished.job.done(finished.failure);
      return;
    } else {
      running.resume.release();
    }
    running.paused.acquireUninterruptibly();
    Throwable defect = running.defect;
    if (defect instanceof Error error) {
      running = null;
      throw error;
    } else if (defect instanceof RuntimeException exception) {
      running = null;
      throw exception;
    }
  }

  /**
   * The process is gone, and its jobs with it. Only after the disk throws {@link Killed} at whoever
   * asks.
   */
  void drop() {
    waiting.clear();
    while (running != null && !running.isFinished) {
      running.resume.release();
      running.paused.acquireUninterruptibly();
    }
    running = null;
  }

  private static final class Task implements Runnable {

    private final Job job;
    private final Thread thread = Thread.ofVirtual().unstarted(this);
    private final Semaphore resume = new Semaphore(0);
    private final Semaphore paused = new Semaphore(0);
    private boolean isFinished;
    private @Nullable IOException failure;
    private @Nullable Throwable defect;

    Task(Job job) {
      this.job = job;
    }

    @Override
    public void run() {
      CURRENT.set(this);
      try {
        job.work();
      } catch (IOException e) {
        failure = e;
      } catch (RuntimeException | Error e) {
        defect = e;
      }
      isFinished = true;
      paused.release();
    }

    void pause() {
      paused.release();
      resume.acquireUninterruptibly();
    }
  }
}
