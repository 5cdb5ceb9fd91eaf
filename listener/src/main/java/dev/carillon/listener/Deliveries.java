package dev.carillon.listener;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Events of a group to be taken one by one and acknowledged one by one, by whoever wants to be the
 * one that asks.
 *
 * <pre>{@code
 * try (Deliveries deliveries = carillon.on(EXPIRED).keys("order:{id}").group("timeouts").deliveries()) {
 *   while (deliveries.next() instanceof Delivery delivery) {
 *     cancel(delivery.event().variable("id"));
 *     delivery.done();
 *   }
 * }
 * }</pre>
 *
 * <p>As many as the listening's {@code concurrency} may be taken and not done; then {@link #next}
 * waits. The next event of a key comes when the one before it is done. Gaps are told to the
 * listening's {@code onGap}. Any thread.
 */
public final class Deliveries implements AutoCloseable {

  /** How often who waits, for an event or for a taker, looks whether this is closed. */
  private static final Duration LOOK = Duration.ofMillis(100);

  private final SynchronousQueue<Delivery> offered = new SynchronousQueue<>();
  private final Subscription subscription;

  /** The same, for handlers that run before it is known here. */
  private final CompletableFuture<Subscription> opened = new CompletableFuture<>();

  Deliveries(Listening listening) {
    subscription =
        listening.subscribe(
            event -> {
              Delivery delivery = new Delivery(event);
              if (!isTaken(delivery) || !delivery.await()) {
                // It ends, and others may have the event; before it does, that would be a failure.
                stopping();
                throw new InterruptedException("closed");
              }
            });
    opened.complete(subscription);
  }

  /** Waits for a taker; what nobody has taken when this closes is left to other workers at once. */
  private boolean isTaken(Delivery delivery) throws InterruptedException {
    boolean taken = false;
    while (!taken && !isStopping()) {
      taken = offered.offer(delivery, LOOK.toNanos(), TimeUnit.NANOSECONDS);
    }
    return taken;
  }

  private boolean isStopping() {
    Subscription known = opened.getNow(null);
    return known != null && known.isStopping();
  }

  private void stopping() throws InterruptedException {
    try {
      opened.get().awaitStop();
    } catch (ExecutionException e) {
      throw new IllegalStateException(e);
    }
  }

  /**
   * Waits for the next event.
   *
   * @return null if this is closed
   */
  public @Nullable Delivery next() throws InterruptedException {
    Delivery next = null;
    while (next == null && !subscription.isClosed()) {
      next = next(LOOK);
    }
    return next;
  }

  /**
   * Waits for the next event for a time.
   *
   * @return null if there is none in time, or this is closed
   */
  public @Nullable Delivery next(Duration patience) throws InterruptedException {
    return offered.poll(patience.toNanos(), TimeUnit.NANOSECONDS);
  }

  /** What was seen and done so far. */
  public SubscriptionStats stats() {
    return subscription.stats();
  }

  /**
   * Ends it. What was taken may be done within the patience of the {@link Carillon}; the rest is
   * left to the other workers of the group. Idempotent.
   */
  @Override
  public void close() {
    subscription.close();
  }
}
