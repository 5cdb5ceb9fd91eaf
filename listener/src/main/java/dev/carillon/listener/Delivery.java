package dev.carillon.listener;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;

/**
 * An event that was taken and is not done yet. Whoever took it says what came of it, once and from
 * any thread; what is said later is ignored.
 */
public final class Delivery {

  private final KeyEvent event;
  private final CompletableFuture<Void> end = new CompletableFuture<>();

  Delivery(KeyEvent event) {
    this.event = event;
  }

  /** The event. */
  public KeyEvent event() {
    return event;
  }

  /** It is done: in a group it is acknowledged now. */
  public void done() {
    end.complete(null);
  }

  /**
   * Nothing came of it: it is delivered again as the retry of the listening says, or given up, as
   * if a handler had thrown {@code cause}.
   */
  public void failed(Throwable cause) {
    end.completeExceptionally(cause);
  }

  /** Waits for the end, as a handler. */
  void await() throws Exception {
    try {
      end.get();
    } catch (ExecutionException e) {
      switch (e.getCause()) {
        case Exception cause -> throw cause;
        case Error cause -> throw cause;
        case null, default -> throw e;
      }
    }
  }
}
