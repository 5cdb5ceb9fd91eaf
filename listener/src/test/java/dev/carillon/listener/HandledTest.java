package dev.carillon.listener;

import static dev.carillon.listener.Patience.await;
import static dev.carillon.protocol.event.EventType.SET;
import static org.assertj.core.api.Assertions.assertThat;

import dev.carillon.listener.feed.HandOver;
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
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.awaitility.core.ConditionTimeoutException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * The guarantee of listening in a group on Carillon: every event is handled, in order for each key,
 * and twice only if the worker that handled it was killed before it could acknowledge. Somebody
 * writes while workers are killed (their network goes for good, and they do not know it), others
 * come, some are closed in order, all connections break, the server is stopped and started again,
 * and its clock is set forward.
 */
@Timeout(600)
class HandledTest {

  private static final String SENTENCE =
      "every event is handled, in order for each key, and again only if its worker was killed";

  private static final int KEYS = 12;

  /**
   * Longer than threads stand still on a busy machine: a worker that lost its lease by that may
   * handle an event that the next one handles again, and nobody had killed it.
   */
  private static final Duration LEASE = Duration.ofSeconds(4);

  @TempDir private Path directory;

  /** How long what a saboteur hides may take to show. */
  private static final Duration PATIENCE_SABOTAGED = Duration.ofSeconds(10);

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
              .lease(LEASE)
              .patience(Duration.ofSeconds(5))
              .closePatience(Duration.ofSeconds(10))
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
                    // Handlers take their time, so that partitions are moved while some run.
                    LockSupport.parkNanos(nanos(ThreadLocalRandom.current()));
                    history.handled(new Handling(event.keyText(), before + 1, number));
                  });
    }

    /** Most handlers are quick; one of fifty takes longer than a hand-over. */
    private static long nanos(ThreadLocalRandom random) {
      int microsMax = random.nextInt(50) == 0 ? 60_000 : 1_000;
      return TimeUnit.MICROSECONDS.toNanos(random.nextInt(microsMax));
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
        run(new Random(seed), List.of(Fault.values()), 12, Patience.LONG, server -> {}).check();
      } catch (Throwable e) {
        throw new AssertionError("seed " + seed, e);
      }
    }
  }

  /** Leases do not end by it, so nothing is handled twice: nobody is killed here. */
  @Test
  void aClockThatIsSetForwardTakesNothingFromWorkersThatLive() throws Exception {
    List<Fault> faults = List.of(Fault.CLOCK, Fault.CLOCK, Fault.JOIN, Fault.LEAVE);
    for (int round = 0; round < Integer.getInteger("carillon.rounds", 1); round++) {
      long seed = System.nanoTime();
      try {
        run(new Random(seed), faults, 20, Patience.LONG, server -> {}).check();
      } catch (Throwable e) {
        throw new AssertionError("seed " + seed, e);
      }
    }
  }

  /** A saboteur: others take a lease without having looked on for as long as it is. */
  @Test
  void leasesThatAreTakenTooSoonAreNoticed() throws Exception {
    HandOver.tooSoon(true);
    try {
      assertNoticed(List.of(Fault.JOIN, Fault.LEAVE), server -> {});
    } finally {
      HandOver.tooSoon(false);
    }
  }

  /** A saboteur: one worker is alone all of a sudden, and takes what the others read. */
  @Test
  void workersThatShareAPartitionAreNoticed() throws Exception {
    String own = "carillon:own:group:feed:g:g:";
    assertNoticed(
        List.of(Fault.values()),
        server -> {
          String reply = server.call("ZRANGE", own + "workers", "0", "-1");
          List<String> members = List.of(reply.substring(1, reply.length() - 1).split(", "));
          members.stream().skip(1).forEach(one -> server.call("ZREM", own + "workers", one));
          for (int i = 0; i < Listening.PARTITIONS; i++) {
            server.call("DEL", own + "lease:feed:g:" + i);
          }
          server.call("XADD", own + "bell:" + members.getFirst(), "NOMKSTREAM", "*", "rung", "");
        });
  }

  private void assertNoticed(List<Fault> faults, Sabotage sabotage) throws Exception {
    for (int attempt = 1; attempt <= 10; attempt++) {
      try {
        run(new Random(attempt), faults, 4, PATIENCE_SABOTAGED, sabotage).check();
      } catch (AssertionError noticed) {
        assertThat(noticed).hasMessageStartingWith(SENTENCE);
        return;
      }
    }
    throw new AssertionError("nothing was noticed");
  }

  /** A saboteur: whoever leaves a partition hands it over while handlers run. */
  @Test
  void handingOverTooEarlyIsNoticed() throws Exception {
    HandOver.tooEarly(true);
    try {
      assertNoticed(List.of(Fault.JOIN, Fault.LEAVE), server -> {});
    } finally {
      HandOver.tooEarly(false);
    }
  }

  /** A saboteur: what was pending is acknowledged by somebody who did not handle it. */
  @Test
  void eventsThatAreAcknowledgedUnhandledAreNoticed() throws Exception {
    assertNoticed(
        List.of(Fault.values()),
        server -> {
          for (int i = 0; i < Listening.PARTITIONS; i++) {
            server.call("XGROUP", "SETID", "feed:g:" + i, "g", "$");
          }
        });
  }

  /** What a saboteur does to the server now and then. */
  private interface Sabotage {
    void on(TestServer server) throws Exception;
  }

  /** What goes wrong, or is done in order. */
  private enum Fault {
    KILL,
    DROP,
    RESTART,
    JOIN,
    LEAVE,
    CLOCK,
    NONE
  }

  private History run(
      Random random, List<Fault> faults, int steps, Duration patience, Sabotage sabotage)
      throws Exception {
    History history = new History();
    Path data = Files.createTempDirectory(directory, "round");
    int port = FreePort.next();
    SetClock clock = new SetClock();
    TestServer server = TestServer.journaled(data, port, clock);
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
        switch (faults.get(random.nextInt(faults.size()))) {
          case KILL -> {
            Worker victim = workers.remove(random.nextInt(workers.size()));
            history.killed.add(victim.number);
            victim.kill();
            dead.add(victim);
            workers.add(new Worker(count++, port, history));
          }
          case DROP -> server.dropAll();
          case RESTART -> {
            server.close();
            clock = clock.forNext();
            server = TestServer.journaled(data, port, clock);
          }
          case JOIN -> workers.add(new Worker(count++, port, history));
          case LEAVE -> {
            if (workers.size() > 1) {
              workers.remove(random.nextInt(workers.size())).close();
            }
          }
          case CLOCK -> clock.set(Duration.ofMillis(random.nextLong(LEASE.toMillis() * 100)));
          case NONE -> write(server, history, random, 300);
        }
        write(server, history, random, 100);
      }
      try {
        await("events were not handled").atMost(patience).until(history::isComplete);
      } catch (ConditionTimeoutException e) {
        // The check says which.
      }
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
