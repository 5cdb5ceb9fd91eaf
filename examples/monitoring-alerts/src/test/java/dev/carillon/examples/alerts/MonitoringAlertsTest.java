package dev.carillon.examples.alerts;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.carillon.junit.CarillonTest;
import dev.carillon.junit.TestClient;
import dev.carillon.listener.Carillon;
import dev.carillon.server.ManualClock;
import io.lettuce.core.RedisClient;
import java.net.URI;
import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@CarillonTest(durable = true)
@Timeout(60)
class MonitoringAlertsTest {

  private final RedisClient client;
  private final Carillon carillon;
  private final TestClient redis;
  private final Monitor monitor;
  private final BlockingQueue<String> alerts = new LinkedBlockingQueue<>();

  MonitoringAlertsTest(URI uri, Carillon carillon, TestClient redis) {
    client = RedisClient.create(uri.toString());
    this.carillon = carillon;
    this.redis = redis;
    monitor = new Monitor(client.connect().sync(), alerts::add);
    monitor.listen(carillon);
  }

  @AfterEach
  void close() {
    carillon.close();
    client.close();
  }

  @Test
  void aFieldBelowItsThresholdIsToldOnce() throws InterruptedException {
    redis.call("HSET", "stock:mug", "red", "6", "blue", "9");
    redis.call("HINCRBY", "stock:mug", "red", "-3");
    assertThat(alerts.take()).isEqualTo("stock:mug red is low: 3");
    redis.call("HINCRBY", "stock:mug", "red", "-1");
    redis.call("HINCRBY", "stock:mug", "red", "8");
    assertThat(alerts.take()).isEqualTo("stock:mug red is well again: 10");
    // What the look at everything finds at the start has the time of this machine, which moves.
    assertThat(monitor.log())
        .containsExactlyInAnyOrder("stock:mug red is low: 3", "stock:mug red is well again: 10");
  }

  @Test
  void aChangeOfTheConfigurationIsToldAndNotItsFirstValue() throws InterruptedException {
    redis.call("HSET", "config:checkout", "timeout-ms", "500", "currency", "EUR");
    // A handler reads the value that there is: it has to have been here before the next one is.
    await().until(() -> "500".equals(redis.call("HGET", "seen:config:checkout", "timeout-ms")));
    redis.call("HSET", "config:checkout", "timeout-ms", "50", "currency", "EUR");
    assertThat(alerts.take()).isEqualTo("config:checkout timeout-ms was 500, is 50");
    assertThat(alerts).isEmpty();
  }

  @Test
  void fiveErrorsInASecondAreFineAndSixAreNot(ManualClock clock) throws InterruptedException {
    for (int i = 0; i < 20; i++) {
      redis.call("INCR", "errors:checkout");
      clock.advance(Duration.ofMillis(200));
    }
    for (int i = 0; i < 6; i++) {
      redis.call("INCR", "errors:search");
    }
    assertThat(alerts.take()).isEqualTo("errors:search counts more than 5 in a second");
    clock.advance(Duration.ofSeconds(1));
    redis.call("INCR", "errors:search");
    assertThat(alerts.take()).isEqualTo("errors:search is well again");
    assertThat(alerts).isEmpty();
  }
}
