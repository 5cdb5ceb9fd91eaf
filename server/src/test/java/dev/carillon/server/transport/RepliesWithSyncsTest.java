package dev.carillon.server.transport;

import static org.assertj.core.api.Assertions.assertThat;

import dev.carillon.server.CarillonServer;
import dev.carillon.server.RawClient;
import dev.carillon.server.ServerOptions;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Where each reply waits for a sync, and leaves from the thread that syncs or from the loop's:
 * clients that come and go at any moment hear each reply once, in order, and no other's.
 */
class RepliesWithSyncsTest {

  private static final int ROUNDS = 400;
  private static final int PIPELINE_MAX = 20;

  private final long seed = Long.getLong("carillon.seed", System.nanoTime());
  private final Random random = new Random(seed);
  private final String note = "-Dcarillon.seed=" + seed;

  /** What the counter of this client says next. */
  private long own = 1;

  /** A client that counts in a key of its own, and so knows each of its replies. */
  private void count(RawClient client) throws IOException {
    int requests = 1 + random.nextInt(PIPELINE_MAX);
    for (int i = 0; i < requests; i++) {
      client.send(RawClient.request("INCR", "own"));
    }
    for (int i = 0; i < requests; i++) {
      assertThat(client.next()).as(note).isEqualTo(Long.toString(own++));
    }
  }

  /** One that is gone before its replies come, in one way or another. */
  private void vanish(CarillonServer server) throws IOException {
    try (RawClient rude = new RawClient(server)) {
      int requests = 1 + random.nextInt(PIPELINE_MAX);
      for (int i = 0; i < requests; i++) {
        rude.send(RawClient.request("APPEND", "others", "x"));
      }
      if (random.nextBoolean()) {
        spin(random.nextInt(40_000));
      }
      if (random.nextBoolean()) {
        rude.reset();
      }
    }
  }

  /** One reads what the other writes: both wait for the same sync, or one for the next. */
  private void meet(RawClient one, RawClient two) throws IOException {
    one.send(RawClient.request("INCR", "own"));
    spin(random.nextInt(40_000));
    two.send(RawClient.request("GET", "own"));
    String seen = two.next();
    assertThat(one.next()).as(note).isEqualTo(Long.toString(own));
    assertThat(seen).as(note).isIn(own == 1 ? "(nil)" : Long.toString(own - 1), "" + own);
    own++;
  }

  /** Long replies, which no socket takes at once, among short ones. */
  private void read(RawClient client) throws IOException {
    client.send(RawClient.request("SETRANGE", "long", "200000", "x"));
    client.send(RawClient.request("GET", "long"));
    client.send(RawClient.request("INCR", "own"));
    assertThat(client.next()).as(note).isEqualTo("200001");
    assertThat(client.next()).as(note).hasSize(200_001);
    assertThat(client.next()).as(note).isEqualTo(Long.toString(own++));
  }

  private static void spin(int times) {
    for (int i = 0; i < times; i++) {
      Thread.onSpinWait();
    }
  }

  @Test
  void everyClientHearsItsOwnReplies(@TempDir Path directory) throws IOException {
    ServerOptions options =
        ServerOptions.embedded().durable(directory).configure("appendfsync always");
    try (CarillonServer server = CarillonServer.start(options);
        RawClient one = new RawClient(server);
        RawClient two = new RawClient(server)) {
      for (int i = 0; i < ROUNDS; i++) {
        switch (random.nextInt(5)) {
          case 0, 1 -> count(random.nextBoolean() ? one : two);
          case 2 -> vanish(server);
          case 3 -> meet(one, two);
          default -> read(one);
        }
      }
      assertThat(one.ask("GET", "own")).as(note).isEqualTo(Long.toString(own - 1));
    }
  }
}
