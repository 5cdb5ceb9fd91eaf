package dev.carillon.listener;

import static dev.carillon.protocol.event.EventType.SET;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * The guarantee of listening in a group on Carillon: every event is handled, in order for each key,
 * and twice only if the worker that handled it was killed before it could acknowledge. Somebody
 * writes while workers are killed (their network goes for good, and they do not know it), others
 * come, all connections break, and the server is stopped and started again.
 */
@Timeout(600)
class HandledTest {

  private static final String SENTENCE =
      "every event is handled, in order for each key, and again only if its worker was killed";

  private static final int KEYS = 12;

  @TempDir private Path directory;

  /** One handling: which event, by its key and number, and by whom. */
  private record Handling(String key, int number, int worker) {}

  /** What was written and what was done about it. */
  private static final class History {
    private final Map<String, Integer> written = new HashMap<>();
    private final List<Handling> handlings = new ArrayList<>();
    private final Set<Integer> killed = ConcurrentHashMap.newKeySet();

    synchronized void handled(Handling handling) {
      handlings.add(handling);
    }

    synchronized boolean isComplete() {
      if (handlings.isEmpty()) {
        return false;
      }
      Map<String, Integer> lasts = new HashMap<>();
      handlings.forEach(one -> lasts.merge(one.key(), one.number(), Math::max));
      return lasts.equals(written);
    }

    synchronized void check() {
      Map<String, List<Handling>> perKey = new HashMap<>();
      handlings.forEach(
          one -> perKey.computeIfAbsent(one.key(), key -> new ArrayList<>()).add(one));
      written.forEach(
          (key, count) -> {
            int last = 0;
            Map<Integer, Integer> by = new HashMap<>();
            for (Handling one : perKey.getOrDefault(key, List.of())) {
              Integer before = by.put(one.number(), one.worker());
              if (before == null ? one.number() != last + 1 : !killed.contains(before)) {
                throw new AssertionError(SENTENCE + ": " + one + " behind " + last + ", " + before);
              }
              last = Math.max(last, one.number());
            }
            if (last != count) {
              throw new AssertionError(
                  SENTENCE
                      + ": "
                      + key
                      + " was written "
                      + count
                      + " times, handled up to "
                      + last);
            }
          });
    }
  }

  /** A worker of the group, on a network of its own. */
  private static final class Worker implements AutoCloseable {
    private final int number;
    private final Wire wire;
    private final Carillon carillon;
    private final Subscription subscription;

    Worker(int number, int port, History history) {
      this.number = number;
      wire = new Wire(port);
      carillon =
          Carillon.builder(wire.uri())
              .lease(Duration.ofMillis(500))
              .patience(Duration.ofMillis(800))
              .closePatience(Duration.ofSeconds(2))
              .open();
      subscription =
          carillon
              .on(SET)
              .keys("k:{n}")
              .group("g")
              .values(20)
              .subscribe(
                  event -> {
                    OldValue old = event.oldValue();
                    int before = old == null ? 0 : Integer.parseInt(old.string());
                    history.handled(new Handling(event.keyText(), before + 1, number));
                  });
    }

    /** The network is gone for good. */
    void kill() throws Exception {
      wire.close();
      wire.cut();
    }

    @Override
    public void close() throws Exception {
      subscription.close();
      carillon.close();
      wire.close();
      wire.cut();
    }
  }

  @Test
  void everyEventIsHandled() throws Exception {
    for (int round = 0; round < Integer.getInteger("carillon.rounds", 1); round++) {
      long seed = System.nanoTime();
      try {
        run(new Random(seed), 10, server -> {}).check();
      } catch (Throwable e) {
        throw new AssertionError("seed " + seed, e);
      }
    }
  }

  /** A saboteur: nobody knows of the others, so that several workers read the same partition. */
  @Test
  void workersThatShareAPartitionAreNoticed() throws Exception {
    String own = "carillon:own:group:feed:g:g:";
    for (int attempt = 1; attempt <= 5; attempt++) {
      try {
        run(
                new Random(attempt),
                3,
                server -> {
                  server.call("DEL", own + "workers");
                  for (int i = 0; i < Listening.PARTITIONS; i++) {
                    server.call("DEL", own + "lease:feed:g:" + i);
                  }
                })
            .check();
      } catch (AssertionError noticed) {
        assertThat(noticed).hasMessageStartingWith(SENTENCE);
        return;
      }
    }
    throw new AssertionError("nothing was noticed");
  }

  /** A saboteur: what was pending is acknowledged by somebody who did not handle it. */
  @Test
  void eventsThatAreAcknowledgedUnhandledAreNoticed() {
    assertThatThrownBy(
            () ->
                run(
                        new Random(7),
                        4,
                        server -> {
                          for (int i = 0; i < Listening.PARTITIONS; i++) {
                            server.call("XGROUP", "SETID", "feed:g:" + i, "g", "$");
                          }
                        })
                    .check())
        .satisfiesAnyOf(
            e -> assertThat(e).hasMessageContaining(SENTENCE),
            e -> assertThat(e).hasMessageContaining("not handled"));
  }

  /** What a saboteur does to the server now and then. */
  private interface Sabotage {
    void on(TestServer server) throws Exception;
  }

  private History run(Random random, int steps, Sabotage sabotage) throws Exception {
    History history = new History();
    Path data = Files.createTempDirectory(directory, "round");
    TestServer server = TestServer.journaled(data);
    int port = server.port();
    List<Worker> workers = new ArrayList<>();
    List<Worker> dead = new ArrayList<>();
    int count = 0;
    try {
      for (; count < 3; count++) {
        workers.add(new Worker(count, port, history));
      }
      for (int step = 0; step < steps; step++) {
        for (int part = 0; part < 10; part++) {
          write(server, history, random, 20);
          sabotage.on(server);
        }
        switch (random.nextInt(4)) {
          case 0 -> {
            Worker victim = workers.remove(random.nextInt(workers.size()));
            history.killed.add(victim.number);
            victim.kill();
            dead.add(victim);
            workers.add(new Worker(count++, port, history));
          }
          case 1 -> server.dropAll();
          case 2 -> {
            server.close();
            server = TestServer.journaled(data, port);
          }
          default -> write(server, history, random, 300);
        }
        write(server, history, random, 100);
      }
      await("events were not handled").atMost(Duration.ofSeconds(15)).until(history::isComplete);
      return history;
    } finally {
      dead.addAll(workers);
      for (Worker worker : dead) {
        worker.close();
      }
      server.close();
    }
  }

  private static void write(TestServer server, History history, Random random, int count) {
    for (int i = 0; i < count; i++) {
      String key = "k:" + random.nextInt(KEYS);
      int number = history.written.getOrDefault(key, 0) + 1;
      server.call("SET", key, Integer.toString(number));
      history.written.put(key, number);
    }
  }
}
