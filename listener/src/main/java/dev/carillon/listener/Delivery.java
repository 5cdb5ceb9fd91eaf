package dev.carillon.listener;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;

/**
 * An event that was taken and is not done yet. Whoever took it says what came of it, once and from
 * any thread; what is said later is ignored.
 */
public final class Delivery {

  private final KeyEvent event;

  /** Whether something came of it, or an exception. */
  private final CompletableFuture<Boolean> end = new CompletableFuture<>();

  Delivery(KeyEvent event) {
    this.event = event;
  }

  /** The event. */
  public KeyEvent event() {
    return event;
  }

  /** It is done: in a group it is acknowledged now. */
  public void done() {
    end.complete(true);
  }

  /**
   * Nothing came of it: it is delivered again as the retry of the listening says, or given up, as
   * if a handler had thrown {@code cause}.
   */
  public void failed(Throwable cause) {
    end.completeExceptionally(cause);
  }

  /** Nobody has got it, and nobody will: others may have it when this worker ends. */
  void leave() {
    end.complete(false);
  }

  /** Waits for the end, as a handler; answers whether it is done, and not left. */
  boolean await() throws Exception {
    try {
      return end.get();
    } catch (ExecutionException e) {
      switch (e.getCause()) {
        case Exception cause -> throw cause;
        case Error cause -> throw cause;
        case null, default -> throw e;
      }
    }
  }
}
