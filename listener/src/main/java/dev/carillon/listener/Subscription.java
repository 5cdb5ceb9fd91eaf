package dev.carillon.listener;

import dev.carillon.listener.dispatch.Counters;
import dev.carillon.listener.dispatch.Dispatch;
import dev.carillon.listener.dispatch.Mailbox;
import dev.carillon.listener.dispatch.Outcome;
import dev.carillon.listener.dispatch.Source;
import dev.carillon.listener.dispatch.Workers;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;

/** Events that are handled as they come, until it is closed. Any thread. */
public final class Subscription implements AutoCloseable {

  private final String name;
  private final Mailbox mailbox;
  private final Source source;
  private final Dispatch dispatch;
  private final Counters counters;
  private final Duration patience;
  private final Consumer<Subscription> onClose;
  private final AtomicBoolean closed = new AtomicBoolean();

  Subscription(
      String name,
      Mailbox mailbox,
      Source source,
      Workers workers,
      Outcome outcome,
      Counters counters,
      Duration patience,
      Consumer<Subscription> onClose) {
    this.name = name;
    this.mailbox = mailbox;
    this.source = source;
    dispatch = new Dispatch(name, mailbox, workers, outcome);
    this.counters = counters;
    this.patience = patience;
    this.onClose = onClose;
  }

  void start() {
    dispatch.start();
  }

  /** What the subscription is called in logs and meters. */
  public String name() {
    return name;
  }

  /** What it has seen and done so far. */
  public SubscriptionStats stats() {
    return counters.stats(mailbox.size());
  }

  /** Whether it is closed, or closing. */
  public boolean isClosed() {
    return closed.get();
  }

  /** Whether nothing begins any more. */
  boolean isStopping() {
    return dispatch.isStopping();
  }

  /** Waits until nothing begins any more. */
  void awaitStop() throws InterruptedException {
    dispatch.awaitStop();
  }

  /**
   * Ends it: nothing more is heard, what waits in the queue is dropped, handlers that run may end
   * within the patience of the {@link Carillon}, and are interrupted then. In a group, what was
   * handled is acknowledged, and the rest is left to the other workers. A handler may call this;
   * then nobody waits for it. Idempotent.
   */
  @Override
  public void close() {
    if (closed.compareAndSet(false, true)) {
      source.close();
      mailbox.close();
      dispatch.close(patience);
      source.finish();
      onClose.accept(this);
    }
  }
}
