package dev.carillon.listener.dispatch;

import static dev.carillon.listener.Patience.await;
import static org.assertj.core.api.Assertions.assertThat;

import dev.carillon.listener.Gap;
import dev.carillon.listener.Handler;
import dev.carillon.listener.KeyEvent;
import dev.carillon.listener.KeyTemplate;
import dev.carillon.listener.Retry;
import dev.carillon.protocol.bytes.Bytes;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(300)
class DispatchTest {

  private final Counters counters = new Counters();
  private final Mailbox mailbox = new Mailbox(100_000, counters);
  private final List<String> done = new CopyOnWriteArrayList<>();
  private Dispatch dispatch;

  private void start(int concurrency, Retry retry, Handler handler) {
    Workers workers =
        new Workers(
            "test", handler, gap -> done.add(gap.reason().name()), retry, concurrency, 0, counters);
    dispatch = new Dispatch("test", mailbox, workers, Outcome.NONE);
    dispatch.start();
  }

  @AfterEach
  void close() {
    mailbox.close();
    dispatch.close(Duration.ofSeconds(5));
  }

  private static KeyEvent event(String key, int number) {
    return new KeyEvent(
        "test", number, "set", 0, Bytes.of(key), KeyTemplate.ofGlob("*"), Instant.now());
  }

  private static int number(KeyEvent event) {
    return Integer.parseInt(event.id().substring("test-".length()));
  }

  @Test
  void aHandlerThatBlocksHoldsUpItsKeyAndNothingElse() throws Exception {
    CountDownLatch release = new CountDownLatch(1);
    start(
        4,
        Retry.never(),
        event -> {
          if (event.keyText().equals("slow") && number(event) == 1) {
            release.await();
          }
          done.add(event.keyText() + number(event));
        });
    List<KeyEvent> together = new ArrayList<>();
    together.add(event("slow", 1));
    together.add(event("slow", 2));
    for (int i = 3; i <= 20; i++) {
      together.add(event("quick", i));
    }
    mailbox.offer(together);
    await().until(() -> done.size() == 18);
    assertThat(done).allMatch(one -> one.startsWith("quick")).doesNotHaveDuplicates();
    await().until(() -> counters.stats(0).running() == 1);
    release.countDown();
    await().until(() -> done.size() == 20);
    assertThat(done.subList(18, 20)).containsExactly("slow1", "slow2");
    await().until(() -> counters.stats(0).handled() == 20);
  }

  /** The watch looks less and less often while all goes well. */
  @Test
  void aHandlerThatBlocksIsNoticedAfterManyThatDidNot() throws Exception {
    CountDownLatch release = new CountDownLatch(1);
    start(
        4,
        Retry.never(),
        event -> {
          if (event.keyText().equals("slow")) {
            release.await();
          }
          done.add(event.keyText());
        });
    int sent = 0;
    while (sent < 100) {
      int before = sent;
      mailbox.offer(event("quick", sent++));
      await().pollInterval(Duration.ofMillis(1)).until(() -> done.size() > before);
    }
    mailbox.offer(List.of(event("slow", sent), event("behind", sent + 1)));
    await().until(() -> done.contains("behind"));
    await().until(() -> counters.stats(0).running() == 1);
    assertThat(counters.stats(0).handled()).isEqualTo(sent + 1);
    release.countDown();
    await().until(() -> counters.stats(0).handled() == 102);
    await().until(() -> counters.stats(0).running() == 0);
  }

  @Test
  void asManyBlockAsMayRunAndNoMore() throws Exception {
    Semaphore gate = new Semaphore(0);
    start(
        3,
        Retry.never(),
        event -> {
          gate.acquire();
          done.add(event.keyText());
        });
    for (int i = 0; i < 10; i++) {
      mailbox.offer(event("key" + i, i));
    }
    await().until(() -> counters.stats(0).running() == 3 && gate.getQueueLength() == 3);
    gate.release(10);
    await().until(() -> counters.stats(0).handled() == 10);
    assertThat(done).hasSize(10).doesNotHaveDuplicates();
  }

  @Test
  void nothingBehindAGapIsHandledBeforeIt() throws Exception {
    start(4, Retry.never(), event -> done.add(event.keyText()));
    mailbox.offer(event("a", 1));
    mailbox.offer(new Gap(Gap.Reason.DEAF, Instant.now(), Instant.now(), Gap.UNKNOWN));
    mailbox.offer(event("b", 2));
    await().until(() -> done.size() == 3);
    assertThat(done).containsExactly("a", "DEAF", "b");
  }

  @Test
  void aHandlerMayInterruptItsThreadAndOthersGoOn() {
    start(
        1,
        Retry.never(),
        event -> {
          done.add(event.keyText());
          Thread.currentThread().interrupt();
        });
    for (int i = 0; i < 5; i++) {
      mailbox.offer(event("k" + i, i));
    }
    await().until(() -> done.size() == 5);
  }

  @Test
  void aHandlerMayCloseWhatCallsIt() throws Exception {
    CountDownLatch ended = new CountDownLatch(1);
    AtomicReference<Boolean> interrupted = new AtomicReference<>();
    start(
        1,
        Retry.never(),
        event -> {
          mailbox.close();
          dispatch.close(Duration.ofSeconds(30));
          interrupted.set(Thread.currentThread().isInterrupted());
          ended.countDown();
        });
    mailbox.offer(event("k", 1));
    ended.await();
    assertThat(interrupted.get()).isFalse();
  }

  @Test
  void aCloseWaitsForTheHandlerOfALeaderAndInterruptsItThen() throws Exception {
    CountDownLatch begun = new CountDownLatch(1);
    CountDownLatch interrupted = new CountDownLatch(1);
    start(
        1,
        Retry.never(),
        event -> {
          begun.countDown();
          try {
            new CountDownLatch(1).await();
          } catch (InterruptedException e) {
            interrupted.countDown();
            throw e;
          }
        });
    mailbox.offer(event("k", 1));
    begun.await();
    mailbox.close();
    dispatch.close(Duration.ofMillis(10));
    interrupted.await();
    await().until(() -> counters.stats(0).running() == 0);
    assertThat(counters.stats(0).handled()).isZero();
    assertThat(counters.stats(0).failed()).isZero();
  }

  /** Some handlers are quick, some wait for others, some throw: once each, in order per key. */
  @Test
  void whateverHandlersDoEachKeyStaysInOrder() throws Exception {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    int count = 20_000;
    int[] kinds = random.ints(count, 0, 400).toArray();
    Map<Bytes, AtomicInteger> lasts = new ConcurrentHashMap<>();
    List<String> wrong = new CopyOnWriteArrayList<>();
    AtomicInteger handled = new AtomicInteger();
    start(
        4,
        Retry.fixed(Duration.ofNanos(1000), 3),
        event -> {
          int number = number(event);
          if (kinds[number] == 0) {
            Thread.sleep(Duration.ofMillis(20)); // It is slow, which is what this is about.
          } else if (kinds[number] < 4 && event.attempt() < kinds[number]) {
            throw new IllegalStateException("not yet");
          }
          int before =
              lasts.computeIfAbsent(event.key(), key -> new AtomicInteger(-1)).getAndSet(number);
          if (before >= number) {
            wrong.add(number + " behind " + before);
          }
          handled.incrementAndGet();
        });
    int sent = 0;
    while (sent < count) {
      List<KeyEvent> together = new ArrayList<>();
      for (int i = random.nextInt(200); i >= 0 && sent < count; i--) {
        together.add(event("key" + random.nextInt(50), sent++));
      }
      mailbox.offer(together);
      int behind = sent - 1000;
      await().pollInterval(Duration.ofMillis(1)).until(() -> handled.get() >= behind);
    }
    await().until(() -> counters.stats(0).handled() == count);
    assertThat(wrong).as("seed %d", seed).isEmpty();
    assertThat(handled).as("seed %d", seed).hasValue(count);
  }
}
