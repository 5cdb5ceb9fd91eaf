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
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(300)
class WorkersTest {

  private final Counters counters = new Counters();
  private final List<String> done = new CopyOnWriteArrayList<>();

  private Workers workers(int concurrency, Retry retry, Handler handler) {
    return new Workers(
        "test", handler, gap -> done.add(gap.reason().name()), retry, concurrency, 0, counters);
  }

  private static KeyEvent event(String key, int number) {
    return new KeyEvent(
        Integer.toString(number),
        "set",
        0,
        Bytes.of(key),
        KeyTemplate.ofGlob("*"),
        Instant.now(),
        1,
        List.of());
  }

  /** Random keys, random failures: order per key, each once done, never too many at a time. */
  @Test
  void eventsOfOneKeyAreHandledOneAfterTheOther() throws Exception {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    Map<Bytes, AtomicInteger> lasts = new ConcurrentHashMap<>();
    Map<String, AtomicInteger> failures = new ConcurrentHashMap<>();
    Map<Bytes, AtomicBoolean> busy = new ConcurrentHashMap<>();
    AtomicInteger running = new AtomicInteger();
    AtomicInteger runningMax = new AtomicInteger();
    List<String> wrong = new CopyOnWriteArrayList<>();
    Workers workers =
        workers(
            3,
            Retry.fixed(Duration.ofNanos(1000), 4),
            event -> {
              int now = running.incrementAndGet();
              runningMax.accumulateAndGet(now, Math::max);
              AtomicBoolean mine = busy.computeIfAbsent(event.key(), key -> new AtomicBoolean());
              if (!mine.compareAndSet(false, true)) {
                wrong.add(event + " beside another of its key");
              }
              try {
                AtomicInteger left = failures.get(event.id());
                if (event.attempt() <= left.get()) {
                  throw new IllegalStateException("not yet");
                }
                int before =
                    lasts
                        .computeIfAbsent(event.key(), key -> new AtomicInteger(-1))
                        .getAndSet(Integer.parseInt(event.id()));
                if (before >= Integer.parseInt(event.id())) {
                  wrong.add(event.id() + " behind " + before);
                }
              } finally {
                mine.set(false);
                running.decrementAndGet();
              }
            });
    for (int i = 0; i < 5000; i++) {
      failures.put(Integer.toString(i), new AtomicInteger(random.nextInt(4)));
      workers.submit(event("key" + random.nextInt(10), i), Outcome.NONE);
    }
    await().until(() -> counters.stats(0).handled() == 5000);
    assertThat(wrong).as("seed %d", seed).isEmpty();
    assertThat(runningMax.get()).as("seed %d", seed).isBetween(1, 3);
    workers.close(Duration.ofSeconds(5));
    assertThat(counters.stats(0).running()).isZero();
  }

  @Test
  void theLastFailureIsTold() throws Exception {
    List<String> told = new CopyOnWriteArrayList<>();
    Workers workers =
        workers(
            1,
            Retry.fixed(Duration.ZERO, 3),
            event -> {
              done.add(event.id() + "/" + event.attempt());
              throw new IllegalStateException("always");
            });
    workers.submit(
        event("k", 7),
        new Outcome() {
          @Override
          public void onGivenUp(KeyEvent event, Throwable cause) {
            told.add(event.id() + "/" + event.attempt() + " " + cause.getMessage());
          }
        });
    await().until(() -> !told.isEmpty());
    assertThat(done).containsExactly("7/1", "7/2", "7/3");
    assertThat(told).containsExactly("7/3 always");
    assertThat(counters.stats(0).failed()).isEqualTo(1);
    assertThat(counters.stats(0).retried()).isEqualTo(2);
  }

  @Test
  void submittingWaitsWhileTooManyAreUnderWay() throws Exception {
    Semaphore gate = new Semaphore(0);
    Workers workers = workers(1, Retry.never(), event -> gate.acquire());
    AtomicInteger submitted = new AtomicInteger();
    Thread submitter =
        Thread.ofVirtual()
            .start(
                () -> {
                  try {
                    for (int i = 0; i < 1000; i++) {
                      workers.submit(event("key" + i, i), Outcome.NONE);
                      submitted.incrementAndGet();
                    }
                  } catch (InterruptedException e) {
                    // The test is over.
                  }
                });
    // It waits now and then for the lock, too.
    await().until(() -> submitted.get() >= 64 && submitter.getState() == Thread.State.WAITING);
    assertThat(submitted.get()).isEqualTo(64);
    gate.release(1000);
    submitter.join();
    await().until(() -> counters.stats(0).handled() == 1000);
  }

  @Test
  void aCloseWaitsForWhatRunsAndInterruptsItThen() throws Exception {
    CountDownLatch begun = new CountDownLatch(1);
    CountDownLatch interrupted = new CountDownLatch(1);
    Workers workers =
        workers(
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
    workers.submit(event("k", 1), Outcome.NONE);
    begun.await();
    workers.close(Duration.ofMillis(10));
    interrupted.await();
    await().until(() -> counters.stats(0).running() == 0);
    assertThat(counters.stats(0).handled()).isZero();
    assertThat(counters.stats(0).failed()).isZero();
  }

  @Test
  void aGapIsToldAgainWhenItsHandlerThrows() throws Exception {
    AtomicInteger attempts = new AtomicInteger();
    Workers workers =
        new Workers(
            "test",
            event -> {},
            gap -> {
              if (attempts.incrementAndGet() < 3) {
                throw new IllegalStateException("not yet");
              }
              done.add(gap.reason().name());
            },
            Retry.fixed(Duration.ZERO, 5),
            1,
            0,
            counters);
    workers.tell(new Gap(Gap.Reason.DEAF, Instant.now(), Instant.now(), Gap.UNKNOWN));
    assertThat(done).containsExactly("DEAF");
    assertThat(attempts.get()).isEqualTo(3);
  }

  @Test
  void delaysGrowAsTheRetrySays() {
    Retry retry = Retry.exponential(Duration.ofSeconds(1), 5).atMost(Duration.ofSeconds(5));
    assertThat(retry.delayAfter(1)).hasSeconds(1);
    assertThat(retry.delayAfter(2)).hasSeconds(2);
    assertThat(retry.delayAfter(3)).hasSeconds(4);
    assertThat(retry.delayAfter(4)).hasSeconds(5);
    assertThat(retry.delayAfter(5)).isNull();
    assertThat(Retry.never().delayAfter(1)).isNull();
    assertThat(Retry.exponential(Duration.ofSeconds(1), Integer.MAX_VALUE).delayAfter(1_000_000))
        .hasMinutes(5);
  }
}
