package dev.carillon.examples.sessions;

import static dev.carillon.junit.EventPattern.deleted;
import static dev.carillon.junit.EventPattern.expired;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.carillon.junit.CarillonTest;
import dev.carillon.junit.TestEvents;
import dev.carillon.listener.Carillon;
import dev.carillon.server.ManualClock;
import io.lettuce.core.RedisClient;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@CarillonTest(durable = true)
@Timeout(60)
class SessionCleanupTest {

  private static final Duration IDLE = Duration.ofMinutes(20);

  private final RedisClient client;
  private final List<Carillon> instances;
  private final Seats seats;
  private final List<String> log = new CopyOnWriteArrayList<>();

  SessionCleanupTest(URI uri) {
    client = RedisClient.create(uri.toString());
    seats = new Seats(client.connect().sync());
    seats.open(1000);
    instances = Stream.generate(() -> connect(uri)).limit(3).toList();
    instances.forEach(instance -> Cleaner.listen(instance, seats, log::add));
  }

  private static Carillon connect(URI uri) {
    return Carillon.builder(uri.toString()).lease(Duration.ofMillis(500)).open();
  }

  @AfterEach
  void close() {
    instances.forEach(Carillon::close);
    client.close();
  }

  @Test
  void whatExpiredSessionsHeldIsReleasedOnce(ManualClock clock, TestEvents events) {
    for (int i = 0; i < 100; i++) {
      seats.begin("user-" + i, IDLE);
      assertThat(seats.take("user-" + i, 2 * i)).isTrue();
      assertThat(seats.take("user-" + i, 2 * i + 1)).isTrue();
    }
    assertThat(seats.free()).isEqualTo(800);
    clock.advance(IDLE);
    await().until(() -> log.size() == 100);
    events.await(deleted("seat:199"));
    assertThat(seats.free()).isEqualTo(1000);
    assertThat(log).doesNotHaveDuplicates().contains("user-7 is gone, seats released: 2");
  }

  @Test
  void whoDoesSomethingKeepsWhatIsHeld(ManualClock clock, TestEvents events) {
    seats.begin("ann", IDLE);
    seats.take("ann", 1);
    for (int i = 0; i < 5; i++) {
      clock.advance(IDLE.minusSeconds(1));
      seats.touch("ann", IDLE);
    }
    events.assertNone(expired("*"));
    assertThat(seats.free()).isEqualTo(999);
  }

  @Test
  void whoLogsOutReleasesAtOnce() {
    seats.begin("ann", IDLE);
    seats.take("ann", 1);
    seats.end("ann");
    await().until(() -> log.contains("ann is gone, seats released: 1"));
    assertThat(seats.free()).isEqualTo(1000);
  }

  @Test
  void aSessionThatIsOverGetsNothingAndReleasesNothingAgain(ManualClock clock) {
    seats.begin("ann", IDLE);
    seats.take("ann", 1);
    clock.advance(IDLE);
    assertThat(seats.take("ann", 2)).isFalse();
    await().until(() -> seats.free() == 1000);
    assertThat(seats.release("ann")).isZero();
    assertThat(seats.free()).isEqualTo(1000);
    assertThat(seats.orphans()).isEmpty();
  }
}
