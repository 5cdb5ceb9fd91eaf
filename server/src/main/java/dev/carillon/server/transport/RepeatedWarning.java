package dev.carillon.server.transport;

import io.netty.channel.EventLoop;
import java.util.concurrent.TimeUnit;
import java.util.function.LongConsumer;

/**
 * Keeps what many clients can cause at once from flooding the log: the first occasion is told,
 * those within the next {@value #PAUSE_SECONDS} seconds are counted and told together. Loop thread
 * only.
 */
final class RepeatedWarning {

  /** Chosen: a line now and then says as much as thousands. */
  static final int PAUSE_SECONDS = 10;

  private final EventLoop thread;
  private final LongConsumer summary;
  private boolean pausing;
  private long count;

  /**
   * A warning that was not given yet.
   *
   * @param summary tells how many further occasions there were
   */
  RepeatedWarning(EventLoop thread, LongConsumer summary) {
    this.thread = thread;
    this.summary = summary;
  }

  /** An occasion: whether to tell of this one. */
  boolean isDue() {
    if (pausing) {
      count++;
      return false;
    }
    pause();
    return true;
  }

  private void pause() {
    pausing = true;
    var unused = thread.schedule(this::endPause, PAUSE_SECONDS, TimeUnit.SECONDS);
  }

  private void endPause() {
    pausing = false;
    if (count > 0) {
      summary.accept(count);
      count = 0;
      pause();
    }
  }
}
