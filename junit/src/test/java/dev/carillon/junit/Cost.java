package dev.carillon.junit;

import static dev.carillon.junit.EventPattern.expired;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;

import dev.carillon.server.ManualClock;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.platform.engine.UniqueId;
import org.junit.platform.testkit.engine.EngineTestKit;
import org.junit.platform.testkit.engine.Event;
import org.junit.platform.testkit.engine.EventType;

/**
 * Prints how long the first test and later ones take, in milliseconds, in a process that has run
 * tests before: without a server, with one that a test asks for, and with one that a story is told
 * to. {@code benchmarks/run junit} starts it.
 */
public final class Cost {

  private static final int TESTS = 51;

  private Cost() {}

  /** No arguments. */
  public static void main(String[] arguments) {
    for (Class<?> tests : List.of(Without.class, Without.class, With.class)) {
      StringBuilder line = new StringBuilder(tests.getSimpleName());
      for (double millis : millis(tests)) {
        line.append(' ').append(millis);
      }
      System.out.println(line);
    }
    System.exit(0);
  }

  /** From the start of each test to its end, what stands before and behind it included. */
  private static List<Double> millis(Class<?> tests) {
    Map<UniqueId, Instant> started = new HashMap<>();
    return EngineTestKit.engine("junit-jupiter")
        .selectors(selectClass(tests))
        .execute()
        .testEvents()
        .filter(event -> isEnd(event, started))
        .map(
            event -> {
              Instant from = started.get(event.getTestDescriptor().getUniqueId());
              return Duration.between(from, event.getTimestamp()).toNanos() / 1e6;
            })
        .toList();
  }

  private static boolean isEnd(Event event, Map<UniqueId, Instant> started) {
    if (event.getType() == EventType.STARTED) {
      started.put(event.getTestDescriptor().getUniqueId(), event.getTimestamp());
    }
    return event.getType() == EventType.FINISHED;
  }

  static class Without {
    @RepeatedTest(TESTS)
    void nothing() {}
  }

  @CarillonTest
  static class With {
    @RepeatedTest(TESTS)
    void story(TestClient client, ManualClock clock, TestEvents events) {
      client.call("SET", "order:42", "unpaid", "EX", "1800");
      clock.advance(Duration.ofMinutes(30));
      events.await(expired("order:42"));
    }
  }
}
