package dev.carillon.examples.coupons;

import static dev.carillon.examples.coupons.Activity.Claim.A_COUPON;
import static dev.carillon.examples.coupons.Activity.Claim.NO_SECOND_ONE;
import static dev.carillon.examples.coupons.Activity.Claim.TOO_LATE;
import static dev.carillon.junit.EventPattern.set;
import static org.assertj.core.api.Assertions.assertThat;

import dev.carillon.junit.CarillonTest;
import dev.carillon.junit.TestEvents;
import dev.carillon.listener.Carillon;
import dev.carillon.server.CarillonServer;
import dev.carillon.server.ManualClock;
import io.lettuce.core.RedisClient;
import io.lettuce.core.api.sync.RedisCommands;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@CarillonTest(durable = true, notifications = "Ex")
@Timeout(60)
class CouponExpiryTest {

  private final RedisClient client;
  private final List<Carillon> carillons;
  private final RedisCommands<String, String> redis;
  private final Activity activity;
  private final Instance first;
  private final Instance second;
  private final BlockingQueue<String> log = new LinkedBlockingQueue<>();

  CouponExpiryTest(URI uri) {
    client = RedisClient.create(uri.toString());
    redis = client.connect().sync();
    carillons = Stream.generate(() -> connect(uri)).limit(2).toList();
    activity = new Activity(client.connect().sync()); // Its transactions are its own.
    first = new Instance("1", carillons.getFirst(), activity, log::add);
    second = new Instance("2", carillons.getLast(), activity, log::add);
  }

  private static Carillon connect(URI uri) {
    return Carillon.builder(uri.toString()).lease(Duration.ofMillis(500)).open();
  }

  @BeforeEach
  void open() {
    activity.open("spring", Duration.ofHours(1));
    first.show("spring");
    second.show("spring");
  }

  @AfterEach
  void close() {
    carillons.forEach(Carillon::close);
    client.close();
  }

  @Test
  void everyEntranceClosesAndTheSettlementRunsOnce(ManualClock clock, TestEvents events)
      throws InterruptedException {
    assertThat(first.claim("spring", "ann")).isEqualTo(A_COUPON);
    assertThat(second.claim("spring", "ben")).isEqualTo(A_COUPON);
    assertThat(second.claim("spring", "ann")).isEqualTo(NO_SECOND_ONE);
    clock.advance(Duration.ofHours(1));
    assertThat(List.of(log.take(), log.take(), log.take()))
        .containsExactlyInAnyOrder(
            "1: the entrance of spring is closed",
            "2: the entrance of spring is closed",
            "settled spring: 2 coupons, 10 to pay");
    assertThat(first.claim("spring", "cem")).isEqualTo(TOO_LATE);
    assertThat(redis.get("settlement:spring")).isEqualTo("2 coupons, 10 to pay");
    events.await(set("settlement:spring"));
    events.assertNone(set("settlement:spring"));
  }

  @Test
  void whoIsToldOfAnEndTwiceSettlesOnce(ManualClock clock) {
    first.claim("spring", "ann");
    clock.advance(Duration.ofHours(1));
    activity.settle("spring");
    assertThat(activity.settle("spring")).isNull();
    assertThat(activity.overdue()).isEmpty();
  }

  @Test
  void nobodyGetsInWhoseInstanceHasNotHeardOfTheEnd(ManualClock clock) {
    clock.advance(Duration.ofHours(1));
    assertThat(activity.claim("spring", "cem")).isEqualTo(TOO_LATE);
  }

  @Test
  void anEndThatWasMissedIsFoundAfterwards(CarillonServer server, ManualClock clock)
      throws InterruptedException {
    server.dropConnections();
    clock.advance(Duration.ofHours(1));
    assertThat(List.of(log.take(), log.take(), log.take()))
        .containsExactlyInAnyOrder(
            "1: the entrance of spring is closed",
            "2: the entrance of spring is closed",
            "settled spring: 0 coupons, 0 to pay");
  }
}
