package dev.carillon.examples.tasks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.carillon.junit.CarillonTest;
import dev.carillon.junit.TestClient;
import dev.carillon.junit.TestEvents;
import dev.carillon.listener.Carillon;
import dev.carillon.listener.DeadLetter;
import dev.carillon.listener.DeadLetters;
import dev.carillon.listener.Retry;
import dev.carillon.server.ManualClock;
import io.lettuce.core.RedisClient;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@CarillonTest(durable = true)
@Timeout(60)
class DelayedTasksTest {

  private final RedisClient client;
  private final Carillon carillon;
  private final ManualClock clock;
  private final Tasks tasks;
  private final AtomicInteger failures = new AtomicInteger();
  private final BlockingQueue<String> sent = new LinkedBlockingQueue<>();

  DelayedTasksTest(URI uri, Carillon carillon, ManualClock clock) {
    client = RedisClient.create(uri.toString());
    this.carillon = carillon;
    this.clock = clock;
    tasks = new Tasks(client.connect().sync(), this::send);
    tasks.listen(carillon, Retry.fixed(Duration.ofMillis(1), 3));
  }

  private void send(String id, String to, String text) throws IOException {
    if (failures.getAndDecrement() > 0) {
      throw new IOException("mailbox full");
    }
    sent.add(id + " " + to + " " + text);
  }

  private Instant in(Duration delay) {
    return Instant.ofEpochMilli(clock.millis()).plus(delay);
  }

  @AfterEach
  void close() {
    carillon.close();
    client.close();
  }

  @Test
  void aReminderComesAtItsTimeAndNotBefore(TestClient redis, TestEvents events)
      throws InterruptedException {
    tasks.schedule("1", "ann", "dentist", in(Duration.ofDays(3)));
    events.skip();
    clock.advance(Duration.ofDays(3).minusMillis(1));
    events.assertNone();
    clock.advance(Duration.ofMillis(1));
    assertThat(sent.take()).isEqualTo("1 ann dentist");
    await().until(() -> redis.call("EXISTS", "task:1", "tasks").equals("0"));
  }

  @Test
  void whatFailsIsTriedAgain() throws InterruptedException {
    failures.set(2);
    tasks.schedule("1", "ben", "parcel", in(Duration.ofMinutes(1)));
    clock.advance(Duration.ofMinutes(1));
    assertThat(sent.take()).isEqualTo("1 ben parcel");
    assertThat(carillon.deadLetters(Tasks.GROUP).count()).isZero();
  }

  @Test
  void whatFailsTooOftenIsADeadLetterAndMayBeSentLater() throws InterruptedException {
    failures.set(3);
    tasks.schedule("1", "cem", "parcel", in(Duration.ofMinutes(1)));
    clock.advance(Duration.ofMinutes(1));
    DeadLetters letters = carillon.deadLetters(Tasks.GROUP);
    await().until(() -> letters.count() == 1);
    DeadLetter letter = letters.list(10).getFirst();
    assertThat(letter.key()).hasToString("due:1");
    assertThat(letter.attempts()).isEqualTo(3);
    assertThat(letter.error()).isEqualTo("java.io.IOException: mailbox full");
    assertThat(letters.redrive(10)).isEqualTo(1);
    assertThat(sent.take()).isEqualTo("1 cem parcel");
  }

  @Test
  void whatIsCancelledIsNotSent() throws InterruptedException {
    tasks.schedule("1", "dora", "never mind", in(Duration.ofMinutes(1)));
    tasks.schedule("2", "eli", "hello", in(Duration.ofMinutes(2)));
    tasks.cancel("1");
    clock.advance(Duration.ofMinutes(2));
    assertThat(sent.take()).isEqualTo("2 eli hello");
    assertThat(sent).isEmpty();
  }
}
