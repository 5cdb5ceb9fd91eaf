package dev.carillon.listener;

import static dev.carillon.listener.Patience.await;
import static dev.carillon.protocol.event.EventType.SET;
import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * What may be relied on in a group where there are no feeds, as far as a server does not die: every
 * event is handled by one worker, or a gap covers it; and a second time only if its worker was cut
 * off. Somebody writes while workers are cut off for good, others come, and all that subscribe are
 * dropped.
 */
@Timeout(900)
class ClaimedTest {

  private static final String SENTENCE =
      "every event is handled once or covered by a gap, and again only if its worker was cut off";

  private record Written(Instant before, Instant after) {}

  private record Handling(int number, int worker) {}

  private static final class History {
    final Map<Integer, Written> written = new HashMap<>();
    final List<Handling> handlings = new CopyOnWriteArrayList<>();
    final List<Gap> gaps = new CopyOnWriteArrayList<>();
    final Set<Integer> cut = ConcurrentHashMap.newKeySet();

    List<Integer> missing() {
      Set<Integer> handled = ConcurrentHashMap.newKeySet();
      handlings.forEach(one -> handled.add(one.number()));
      return written.keySet().stream().filter(number -> !handled.contains(number)).toList();
    }

    boolean isCovered(int number) {
      Written when = written.get(number);
      return gaps.stream()
          .anyMatch(
              gap -> !gap.from().isAfter(when.after()) && !gap.until().isBefore(when.before()));
    }

    void check() {
      Map<Integer, Integer> by = new HashMap<>();
      for (Handling one : handlings) {
        Integer before = by.put(one.number(), one.worker());
        if (before != null && !cut.contains(before) && !cut.contains(one.worker())) {
          throw new AssertionError(SENTENCE + ": " + one + " and before by " + before);
        }
      }
      for (int number : missing()) {
        if (!isCovered(number)) {
          throw new AssertionError(
              SENTENCE + ": " + number + " of " + written.size() + " was not; gaps: " + gaps);
        }
      }
    }
  }

  private static final class Worker implements AutoCloseable {
    private final int number;
    private final Wire wire;
    private final Carillon carillon;

    Worker(int number, int port, History history) {
      this.number = number;
      wire = new Wire(port);
      carillon =
          Carillon.builder(wire.uri())
              .lease(Duration.ofSeconds(3))
              .canary(Duration.ofMillis(100))
              .patience(Duration.ofSeconds(2))
              .closePatience(Duration.ofSeconds(2))
              .open();
      carillon
          .on(SET)
          .keys("event:{n}")
          .group("g")
          .onGap(history.gaps::add)
          .subscribe(
              event ->
                  history.handlings.add(
                      new Handling(Integer.parseInt(event.variable("n")), number)));
    }

    @Override
    public void close() throws Exception {
      wire.close();
      wire.cut();
      carillon.close();
    }
  }

  /** What somebody does to the server in the meantime. */
  private interface Sabotage {
    void on(TestServer server, int number);
  }

  @Test
  void everyEventIsHandledOnceOrCovered() throws Exception {
    for (int round = 0; round < Integer.getInteger("carillon.rounds", 2); round++) {
      long seed = System.nanoTime();
      try {
        run(new Random(seed), 6, (server, number) -> {}).check();
      } catch (Throwable e) {
        throw new AssertionError("seed " + seed, e);
      }
    }
  }

  /** A saboteur: claims vanish, so that nobody knows of the others. */
  @Test
  void claimsThatVanishAreNoticed() throws Exception {
    assertNoticed(
        (server, number) -> {
          for (String key : keys(server)) {
            server.call("DEL", key);
          }
        },
        history -> {});
  }

  /** A saboteur may have no luck, when threads stand still at the wrong moment for it. */
  private static void assertNoticed(Sabotage sabotage, Consumer<History> hiding) throws Exception {
    for (int attempt = 1; attempt <= 10; attempt++) {
      History history = run(new Random(attempt), 0, sabotage);
      hiding.accept(history);
      try {
        history.check();
      } catch (AssertionError noticed) {
        assertThat(noticed).hasMessageStartingWith(SENTENCE);
        return;
      }
    }
    throw new AssertionError("nothing was noticed");
  }

  /** A saboteur: nobody tells of the gap. */
  @Test
  void aGapThatIsNotToldIsNoticed() throws Exception {
    assertNoticed(
        (server, number) -> {
          if (number == 75) {
            server.dropSubscribers();
          }
        },
        history -> history.gaps.clear());
  }

  private static List<String> keys(TestServer server) {
    String reply = server.call("KEYS", "carillon:own:claim:*");
    String inner = reply.substring(1, reply.length() - 1);
    return inner.isEmpty() ? List.of() : List.of(inner.split(", "));
  }

  private static History run(Random random, int steps, Sabotage sabotage) throws Exception {
    History history = new History();
    List<Worker> workers = new ArrayList<>();
    int count = 0;
    int written = 0;
    try (TestServer server = TestServer.Kind.REDIS.start("E$")) {
      try {
        for (; count < 3; count++) {
          workers.add(new Worker(count, server.port(), history));
        }
        for (int step = 0; step <= steps; step++) {
          written = write(server, history, written, 150, sabotage);
          switch (step == steps ? 3 : random.nextInt(4)) {
            case 0 -> {
              Worker victim = workers.remove(random.nextInt(workers.size()));
              history.cut.add(victim.number);
              victim.wire.close();
              victim.wire.cut();
              written = write(server, history, written, 20, sabotage);
              victim.close();
              workers.add(new Worker(count, server.port(), history));
              count++;
            }
            case 1 -> server.dropSubscribers();
            case 2 -> {
              Worker other = workers.get(random.nextInt(workers.size()));
              history.cut.add(other.number);
              other.wire.cut();
            }
            default -> {
              // Nothing goes wrong.
            }
          }
        }
        written = write(server, history, written, 50, sabotage);
        await("events were not handled")
            .atMost(steps == 0 ? Duration.ofSeconds(3) : Patience.LONG)
            .until(() -> history.missing().stream().allMatch(history::isCovered));
      } catch (org.awaitility.core.ConditionTimeoutException e) {
        // The check says which.
      } finally {
        for (Worker worker : workers) {
          worker.close();
        }
      }
    }
    return history;
  }

  private static int write(
      TestServer server, History history, int from, int count, Sabotage sabotage) {
    for (int n = from + 1; n <= from + count; n++) {
      Instant before = Instant.now();
      server.call("SET", "event:" + n, "");
      history.written.put(n, new Written(before, Instant.now()));
      sabotage.on(server, n);
    }
    return from + count;
  }
}
