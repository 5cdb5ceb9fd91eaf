package dev.carillon.listener;

import dev.carillon.listener.dispatch.Counters;
import dev.carillon.listener.dispatch.Mailbox;
import dev.carillon.listener.pubsub.LiveSource;
import java.time.Duration;
import java.util.Iterator;
import java.util.NoSuchElementException;
import org.jspecify.annotations.Nullable;

/**
 * Events to be taken one by one, by whoever wants to be the one that asks. Gaps stand between them.
 *
 * <pre>{@code
 * try (Signals signals = carillon.on(EXPIRED).keys("order:{id}").open()) {
 *   for (Signal signal : signals) {
 *     switch (signal) {
 *       case KeyEvent event -> cancel(event.variable("id"));
 *       case Gap gap -> cancelWhatIsOverdue();
 *     }
 *   }
 * }
 * }</pre>
 *
 * <p>Any thread; each signal is given once. Whoever is slow finds a gap of the reason {@code
 * OVERLOADED}.
 */
public final class Signals implements Iterable<Signal>, AutoCloseable {

  private final Mailbox mailbox;
  private final LiveSource source;
  private final Counters counters;

  Signals(Mailbox mailbox, LiveSource source, Counters counters) {
    this.mailbox = mailbox;
    this.source = source;
    this.counters = counters;
  }

  /**
   * Waits for the next signal.
   *
   * @return null if this is closed
   */
  public @Nullable Signal next() throws InterruptedException {
    return mailbox.take();
  }

  /**
   * Waits for the next signal for a time.
   *
   * @return null if there is none in time, or this is closed
   */
  public @Nullable Signal next(Duration patience) throws InterruptedException {
    return mailbox.take(patience);
  }

  /** The signals from now on; each is given to one iterator. It ends when this is closed. */
  @Override
  public Iterator<Signal> iterator() {
    return new Iterator<>() {
      private @Nullable Signal ahead;

      @Override
      public boolean hasNext() {
        try {
          if (ahead == null) {
            ahead = mailbox.take();
          }
          return ahead != null;
        } catch (InterruptedException e) {
          Thread.currentThread().interrupt();
          return false;
        }
      }

      @Override
      public Signal next() {
        if (!hasNext() || ahead == null) {
          throw new NoSuchElementException("closed");
        }
        Signal signal = ahead;
        ahead = null;
        return signal;
      }
    };
  }

  /** What was heard so far; nothing is known here of what becomes of it. */
  public SubscriptionStats stats() {
    return counters.stats(mailbox.size());
  }

  boolean isClosed() {
    return mailbox.isClosed();
  }

  /** Ends it; whoever waits gets nothing. Idempotent. */
  @Override
  public void close() {
    source.close();
    mailbox.close();
  }
}
