package dev.carillon.listener;

import static dev.carillon.listener.Patience.await;
import static dev.carillon.protocol.event.EventType.SET;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Flow;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * The events of a group as a publisher, by the rules of Reactive Streams, whose numbers the tests
 * name.
 */
@Timeout(300)
class DeliveryPublisherTest {

  @TempDir private Path directory;
  private TestServer server;
  private Listening listening;
  private final List<AutoCloseable> opened = new ArrayList<>();

  @BeforeEach
  void start() {
    server = TestServer.journaled(directory);
    opened.add(server);
    // Leases and patiences that nothing here may wait for.
    Carillon carillon =
        Carillon.builder(server.uri())
            .lease(Duration.ofHours(1))
            .closePatience(Duration.ofSeconds(2))
            .open();
    opened.add(carillon);
    listening = carillon.on(SET).keys("k:{n}").group("g");
  }

  @AfterEach
  void close() throws Exception {
    for (AutoCloseable one : opened.reversed()) {
      one.close();
    }
  }

  /** Notes all that it is told, and whether it is told one thing at a time. */
  private static class Noting implements Flow.Subscriber<Delivery> {

    final BlockingQueue<Flow.Subscription> subscriptions = new LinkedBlockingQueue<>();
    final BlockingQueue<Delivery> deliveries = new LinkedBlockingQueue<>();
    final BlockingQueue<String> ends = new LinkedBlockingQueue<>();
    final AtomicInteger inside = new AtomicInteger();
    final AtomicInteger beside = new AtomicInteger();

    private void alone(Runnable work) {
      if (inside.getAndIncrement() > 0) {
        beside.incrementAndGet();
      }
      try {
        work.run();
      } finally {
        inside.decrementAndGet();
      }
    }

    @Override
    public void onSubscribe(Flow.Subscription subscription) {
      alone(() -> subscriptions.add(subscription));
    }

    @Override
    public void onNext(Delivery delivery) {
      alone(() -> deliveries.add(delivery));
    }

    @Override
    public void onError(Throwable e) {
      alone(() -> ends.add(e.toString()));
    }

    @Override
    public void onComplete() {
      alone(() -> ends.add("complete"));
    }

    Flow.Subscription subscription() throws InterruptedException {
      return subscriptions.poll(60, TimeUnit.SECONDS);
    }

    Delivery delivery() throws InterruptedException {
      return deliveries.poll(60, TimeUnit.SECONDS);
    }

    String end() throws InterruptedException {
      return ends.poll(60, TimeUnit.SECONDS);
    }
  }

  /** A subscriber that is subscribed, whose worker reads. */
  private <T extends Noting> T subscribed(Listening how, T noting) {
    how.deliveryPublisher().subscribe(noting);
    await().until(() -> !server.call("KEYS", "carillon:own:*:bell:*").equals("[]"));
    return noting;
  }

  private void write(int from, int to) {
    for (int i = from; i < to; i++) {
      server.call("SET", "k:" + i, "");
    }
  }

  private long pending() {
    long pending = 0;
    for (int i = 0; i < Listening.PARTITIONS; i++) {
      String reply = server.call("XPENDING", "feed:g:" + i, "g");
      pending += Long.parseLong(reply.substring(1, reply.indexOf(',')));
    }
    return pending;
  }

  /** Rules 1.1, 1.3 and 3.17. */
  @Test
  void asMuchIsDeliveredAsIsRequestedAndOneAtATime() throws Exception {
    Noting noting = subscribed(listening.concurrency(100), new Noting());
    Flow.Subscription subscription = noting.subscription();
    write(0, 50);
    // Nothing is wanted yet: one that is requested now is the first that comes.
    for (int i = 0; i < 10; i++) {
      assertThat(noting.deliveries).isEmpty();
      subscription.request(1);
      noting.delivery().done();
    }
    subscription.request(5);
    subscription.request(5);
    for (int i = 0; i < 10; i++) {
      noting.delivery().done();
    }
    assertThat(noting.deliveries).isEmpty();
    subscription.request(Long.MAX_VALUE);
    subscription.request(Long.MAX_VALUE);
    for (int i = 0; i < 30; i++) {
      noting.delivery().done();
    }
    await().until(() -> pending() == 0);
    assertThat(noting.beside).hasValue(0);
    assertThat(noting.ends).isEmpty();
    subscription.cancel();
  }

  @Test
  void anEventIsAcknowledgedWhenItsDeliveryIsDone() throws Exception {
    Noting noting = subscribed(listening.retry(Retry.fixed(Duration.ofMillis(1), 3)), new Noting());
    noting.subscription().request(Long.MAX_VALUE);
    write(0, 1);
    Delivery first = noting.delivery();
    assertThat(pending()).isEqualTo(1);
    first.failed(new IllegalStateException("not yet"));
    Delivery again = noting.delivery();
    assertThat(again.event().id()).isEqualTo(first.event().id());
    assertThat(again.event().attempt()).isEqualTo(2);
    again.done();
    await().until(() -> pending() == 0);
  }

  /** Rules 1.8, 3.5 to 3.7 and 3.12: what is not taken is left to others, once and at once. */
  @Test
  void whatIsCancelledIsLeftToOthers() throws Exception {
    Noting noting = subscribed(listening, new Noting());
    Flow.Subscription subscription = noting.subscription();
    write(0, 20);
    subscription.request(1);
    noting.delivery().done();
    subscription.cancel();
    subscription.cancel();
    subscription.request(5);
    BlockingQueue<String> handled = new LinkedBlockingQueue<>();
    listening.subscribe(event -> handled.add(event.keyText()));
    await().until(() -> handled.size() >= 19);
    await().until(() -> pending() == 0);
    assertThat(handled).hasSize(19).doesNotHaveDuplicates();
    assertThat(noting.deliveries).isEmpty();
    assertThat(noting.ends).isEmpty();
  }

  @Test
  void aCancellationEndsAWaitForTheNextEvent() throws Exception {
    Noting noting = subscribed(listening, new Noting());
    Flow.Subscription subscription = noting.subscription();
    subscription.request(1);
    subscription.cancel();
    await().until(() -> server.call("KEYS", "carillon:own:*").equals("[]"));
    assertThat(noting.deliveries).isEmpty();
    assertThat(noting.ends).isEmpty();
  }

  /** Rule 3.9, also while an event is waited for. */
  @Test
  void aRequestForNothingIsAnError() throws Exception {
    for (int count : new int[] {0, -1}) {
      Noting noting = new Noting();
      listening.deliveryPublisher().subscribe(noting);
      Flow.Subscription subscription = noting.subscription();
      subscription.request(1);
      subscription.request(count);
      assertThat(noting.end())
          .isEqualTo("java.lang.IllegalArgumentException: a request is for one item or more");
      assertThat(noting.ends).isEmpty();
    }
  }

  /** Rules 1.4 and 1.9. */
  @Test
  void whatCannotBeginIsToldAsAnErrorBehindTheSubscription() throws Exception {
    Noting noting = new Noting();
    listening.feed("elsewhere").existingFeed().deliveryPublisher().subscribe(noting);
    noting.subscription().request(1);
    assertThat(noting.end()).contains("has no feed \"elsewhere\"");
    assertThat(noting.ends).isEmpty();
    assertThatThrownBy(() -> listening.deliveryPublisher().subscribe(null))
        .isInstanceOf(NullPointerException.class);
  }

  /** Rule 2.13: it is cancelled, and the event is not lost. */
  @Test
  void aSubscriberThatThrowsHasFailedAndIsCancelled() throws Exception {
    Noting noting =
        new Noting() {
          @Override
          public void onNext(Delivery delivery) {
            super.onNext(delivery);
            throw new IllegalStateException("a defect of the subscriber");
          }
        };
    subscribed(listening.retry(Retry.fixed(Duration.ofHours(1), 3)), noting);
    noting.subscription().request(Long.MAX_VALUE);
    write(0, 1);
    String id = noting.delivery().event().id();
    BlockingQueue<String> handled = new LinkedBlockingQueue<>();
    listening.subscribe(event -> handled.add(event.id()));
    assertThat(handled.poll(60, TimeUnit.SECONDS)).isEqualTo(id);
    assertThat(noting.ends).isEmpty();
  }

  @Test
  void theEndOfTheConnectionCompletesIt() throws Exception {
    Noting noting = subscribed(listening, new Noting());
    noting.subscription().request(1);
    opened.removeLast().close();
    assertThat(noting.end()).isEqualTo("complete");
  }

  /** Several subscribers are several workers of the group: each event reaches one of them. */
  @Test
  void subscribersShareTheEvents() throws Exception {
    BlockingQueue<String> handled = new LinkedBlockingQueue<>();
    CountDownLatch both = new CountDownLatch(2);
    List<Flow.Subscription> subscriptions = new ArrayList<>();
    for (int i = 0; i < 2; i++) {
      CountDownLatch first = new CountDownLatch(1);
      Noting noting =
          new Noting() {
            @Override
            public void onNext(Delivery delivery) {
              handled.add(delivery.event().id());
              delivery.done();
              if (first.getCount() > 0) {
                first.countDown();
                both.countDown();
              }
            }
          };
      subscribed(listening, noting);
      Flow.Subscription subscription = noting.subscription();
      subscription.request(Long.MAX_VALUE);
      subscriptions.add(subscription);
    }
    int written = 0;
    while (both.getCount() > 0) {
      write(0, 64);
      written += 64;
      int count = written;
      await().until(() -> handled.size() >= count);
    }
    assertThat(handled).hasSize(written).doesNotHaveDuplicates();
    subscriptions.forEach(Flow.Subscription::cancel);
  }

  @Test
  void withoutAGroupThereIsNothingToAcknowledge() {
    Consumer<Listening> asking = Listening::deliveryPublisher;
    try (Carillon carillon = Carillon.connect(server.uri())) {
      assertThatThrownBy(() -> asking.accept(carillon.on(SET)))
          .hasMessage("deliveryPublisher() is about a group: call group(\"…\") first");
    }
  }
}
