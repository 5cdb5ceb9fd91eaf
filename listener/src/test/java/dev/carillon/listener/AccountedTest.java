package dev.carillon.listener;

import static dev.carillon.listener.Patience.await;
import static dev.carillon.protocol.event.EventType.SET;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * The guarantee of listening without a group: every event is heard, once and in order, or there is
 * a gap where it is missing. Somebody writes while the network is cut, swallows what it carries,
 * subscribers are dropped, the server is told to be silent, and whoever takes the signals is slow.
 */
@Timeout(600)
class AccountedTest {

  private static final String SENTENCE =
      "every event is heard once and in order, or a gap covers it";

  /** When an event was caused: between the request and its reply. */
  private record Written(Instant before, Instant after) {}

  /** What was written and what came of it. */
  private static final class History {
    final Map<Integer, Written> written = new HashMap<>();
    final List<Signal> signals = new CopyOnWriteArrayList<>();

    void check() {
      Set<Integer> heard = new HashSet<>();
      Set<Integer> overloaded = new HashSet<>();
      List<Gap> gaps = new ArrayList<>();
      int last = 0;
      boolean overload = false;
      for (Signal signal : signals) {
        switch (signal) {
          case Gap gap -> {
            gaps.add(gap);
            overload |= gap.reason() == Gap.Reason.OVERLOADED || gap.missed() > 0;
          }
          case KeyEvent event -> {
            int number = Integer.parseInt(event.variable("n"));
            if (!heard.add(number) || number < last) {
              throw new AssertionError(SENTENCE + ": " + number + " came behind " + last);
            }
            for (int n = last + 1; n < number && overload; n++) {
              overloaded.add(n);
            }
            overload = false;
            last = number;
          }
        }
      }
      written.forEach(
          (number, when) -> {
            boolean covered =
                gaps.stream()
                    .anyMatch(
                        gap ->
                            !gap.from().isAfter(when.after())
                                && !gap.until().isBefore(when.before()));
            if (!heard.contains(number) && !covered && !overloaded.contains(number)) {
              throw new AssertionError(
                  SENTENCE + ": " + number + " of " + written.size() + " is missing; " + gaps);
            }
          });
    }
  }

  /** What goes wrong. */
  private enum Fault {
    CUT,
    DROP,
    SWALLOW,
    SILENCE,
    SLOW
  }

  @ParameterizedTest
  @EnumSource
  void everyEventIsAccountedFor(TestServer.Kind kind) throws Exception {
    for (int round = 0; round < 3; round++) {
      long seed = System.nanoTime();
      Random random = new Random(seed);
      List<Fault> faults = new ArrayList<>();
      for (int i = 0; i < 8; i++) {
        faults.add(Fault.values()[random.nextInt(Fault.values().length)]);
      }
      try {
        run(kind, random, faults, Duration.ofMillis(100), signal -> true).check();
      } catch (Throwable e) {
        throw new AssertionError("seed " + seed + ", " + faults, e);
      }
    }
  }

  /** Saboteurs: a source that says nothing of what it knows to be missing. */
  @ParameterizedTest
  @EnumSource
  void aGapThatIsNotToldIsNoticed(Fault fault) throws Exception {
    // Whatever its reason: on a busy machine a gap is told for another one, too.
    Predicate<Signal> told = signal -> !(signal instanceof Gap);
    // It may happen that nothing is missing, where this thread stood still until it was over.
    for (int attempt = 1; attempt <= 10; attempt++) {
      History history =
          run(
              TestServer.Kind.CARILLON,
              new Random(attempt),
              List.of(fault),
              Duration.ofMillis(100),
              told);
      try {
        history.check();
      } catch (AssertionError noticed) {
        assertThat(noticed).hasMessageStartingWith(SENTENCE);
        return;
      }
    }
    throw new AssertionError("nothing was noticed");
  }

  /** A saboteur: no canary sings, so a connection that is dead stays. */
  @Test
  void withoutACanaryADeafConnectionStays() {
    assertThatThrownBy(
            () ->
                run(
                    TestServer.Kind.CARILLON,
                    new Random(1),
                    List.of(Fault.SWALLOW),
                    Duration.ofHours(1),
                    signal -> true))
        .hasMessageContaining("did not hear again");
  }

  private static History run(
      TestServer.Kind kind,
      Random random,
      List<Fault> faults,
      Duration canary,
      Predicate<Signal> told)
      throws Exception {
    History history = new History();
    int written = 0;
    // A saboteur that is deaf for ever shall not take for ever.
    Duration patience = canary.toSeconds() > 0 ? Duration.ofSeconds(2) : Patience.LONG;
    try (TestServer server = kind.start("E$");
        Wire wire = new Wire(server.port());
        Carillon carillon =
            Carillon.builder(wire.uri()).canary(canary).patience(Duration.ofSeconds(2)).open();
        Signals signals = carillon.on(SET).keys("event:{n}").queue(50).open()) {
      boolean[] slow = {false};
      Thread taker =
          Thread.ofVirtual()
              .start(
                  () ->
                      take(
                          signals,
                          slow,
                          signal -> {
                            if (told.test(signal)) {
                              history.signals.add(signal);
                            }
                          }));
      for (Fault fault : faults) {
        long silences = 0;
        written = write(server, history, written, random.nextInt(100));
        switch (fault) {
          case CUT -> wire.cut();
          case DROP -> server.dropSubscribers();
          case SWALLOW -> wire.swallow();
          case SILENCE -> {
            written = heardAgain(server, history, written, patience);
            silences = gaps(history);
            server.call("CONFIG", "SET", "notify-keyspace-events", "");
            awaitSilences(history, silences + 1, told, patience);
          }
          case SLOW -> {
            written = heardAgain(server, history, written, patience);
            slow(slow, true);
          }
        }
        written = write(server, history, written, 300);
        slow(slow, false);
        server.call("CONFIG", "SET", "notify-keyspace-events", "E$");
        if (fault == Fault.SILENCE) {
          awaitSilences(history, silences + 2, told, patience);
        }
        if (faults.size() == 1 || random.nextBoolean()) {
          written = heardAgain(server, history, written, patience);
        }
      }
      written = heardAgain(server, history, written, patience);
      signals.close();
      taker.join();
    }
    assertThat(written).isEqualTo(history.written.size());
    // What was on its way when the signals were closed was not promised.
    int last = last(history);
    history.written.keySet().removeIf(number -> number > last);
    return history;
  }

  private static void take(Signals signals, boolean[] slow, Consumer<Signal> target) {
    try {
      for (Signal signal : signals) {
        synchronized (slow) {
          while (slow[0]) {
            slow.wait();
          }
        }
        target.accept(signal);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static int write(TestServer server, History history, int from, int count) {
    for (int n = from + 1; n <= from + count; n++) {
      writeOne(server, history, n);
    }
    return from + count;
  }

  private static void writeOne(TestServer server, History history, int number) {
    Instant before = Instant.now();
    server.call("SET", "event:" + number, "");
    history.written.put(number, new Written(before, Instant.now()));
  }

  /** It is told when the silence is noticed, and again when it is over. */
  private static void awaitSilences(
      History history, long count, Predicate<Signal> told, Duration patience) {
    if (told.test(new Gap(Gap.Reason.SILENCED, Instant.now(), Instant.now(), Gap.UNKNOWN))) {
      await().atMost(patience).until(() -> gaps(history) >= count);
    }
  }

  private static long gaps(History history) {
    return history.signals.stream()
        .filter(signal -> signal instanceof Gap gap && gap.reason() == Gap.Reason.SILENCED)
        .count();
  }

  /** Writes events until one of them is heard; answers the last number. */
  private static int heardAgain(
      TestServer server, History history, int written, Duration patience) {
    int[] number = {written};
    await("the subscription did not hear again")
        .atMost(patience)
        .pollInterval(Duration.ofMillis(10))
        .until(
            () -> {
              writeOne(server, history, ++number[0]);
              return last(history) > written;
            });
    return number[0];
  }

  private static int last(History history) {
    for (Signal signal : history.signals.reversed()) {
      if (signal instanceof KeyEvent event) {
        return Integer.parseInt(event.variable("n"));
      }
    }
    return 0;
  }

  private static void slow(boolean[] slow, boolean now) {
    synchronized (slow) {
      slow[0] = now;
      slow.notifyAll();
    }
  }
}
