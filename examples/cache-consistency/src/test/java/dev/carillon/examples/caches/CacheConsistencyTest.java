package dev.carillon.examples.caches;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.carillon.junit.CarillonTest;
import dev.carillon.junit.TestClient;
import dev.carillon.listener.Carillon;
import dev.carillon.server.CarillonServer;
import dev.carillon.server.ManualClock;
import io.lettuce.core.RedisClient;
import java.net.URI;
import java.time.Duration;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@CarillonTest(notifications = "Kg$xe")
@Timeout(60)
class CacheConsistencyTest {

  private final RedisClient client;
  private final Carillon other;
  private final BlockingQueue<String> log = new LinkedBlockingQueue<>();
  private final NearCache first;
  private final NearCache second;

  CacheConsistencyTest(URI uri, Carillon carillon) {
    client = RedisClient.create(uri.toString());
    other = Carillon.connect(uri);
    first = new NearCache(carillon, client.connect().sync(), log::add);
    second = new NearCache(other, client.connect().sync(), line -> {});
  }

  @BeforeEach
  void aPriceIsInBothCaches(TestClient office) throws InterruptedException {
    office.call("SET", "product:1", "10");
    assertThat(first.get("product:1")).isEqualTo("10");
    assertThat(second.get("product:1")).isEqualTo("10");
  }

  @AfterEach
  void close() {
    other.close();
    client.close();
  }

  @Test
  void aValueThatIsSetIsLoadedAgain(TestClient office) {
    office.call("SET", "product:1", "12");
    await().until(() -> log.contains("product:1 is loaded again: 12"));
    await().until(() -> "12".equals(second.get("product:1")));
    assertThat(first.get("product:1")).isEqualTo("12");
  }

  @Test
  void whatExpiresIsRemoved(TestClient office, ManualClock clock) {
    office.call("SET", "product:1", "9", "EX", "3600");
    await().until(() -> "9".equals(first.get("product:1")));
    clock.advance(Duration.ofHours(1));
    await().until(() -> first.get("product:1") == null && second.get("product:1") == null);
  }

  @Test
  void whatChangesWhileNobodyHearsIsNotMissed(TestClient office) {
    office.call("CLIENT", "KILL", "TYPE", "pubsub");
    office.call("SET", "product:1", "15");
    await().until(() -> log.contains("forgets everything: DISCONNECTED"));
    assertThat(first.get("product:1")).isEqualTo("15");
    await().until(() -> "15".equals(second.get("product:1")));
  }

  /** Writers, readers and lost connections in any order: in the end both agree with the server. */
  @Test
  void howeverItHappensBothCachesEndUpRight(TestClient office, CarillonServer server) {
    long seed = Long.getLong("carillon.seed", System.nanoTime());
    Random random = new Random(seed);
    for (int step = 0; step < 2000; step++) {
      String key = "product:" + random.nextInt(10);
      switch (random.nextInt(8)) {
        case 0, 1 -> office.call("SET", key, Integer.toString(step));
        case 2 -> office.call("DEL", key);
        case 3 -> {
          if (random.nextInt(100) == 0) {
            server.dropConnections();
          }
        }
        default -> (random.nextBoolean() ? first : second).get(key);
      }
    }
    for (int i = 0; i < 10; i++) {
      String key = "product:" + i;
      String value = office.call("GET", key);
      await("-Dcarillon.seed=" + seed + " " + key + " " + value)
          .until(
              () ->
                  Objects.equals(first.get(key), value) && Objects.equals(second.get(key), value));
    }
  }
}
