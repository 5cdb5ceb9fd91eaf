package dev.carillon.junit;

import static dev.carillon.junit.EventPattern.expired;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;

import dev.carillon.server.ManualClock;
import dev.carillon.server.StartException;
import java.net.URI;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.platform.testkit.engine.EngineExecutionResults;
import org.junit.platform.testkit.engine.EngineTestKit;
import org.junit.platform.testkit.engine.EventConditions;
import org.junit.platform.testkit.engine.TestExecutionResultConditions;

/** Which tests share a server, and that the others share nothing. */
@Timeout(300)
class IsolationTest {

  @Test
  void testsThatRunAtTheSameTimeShareNothing() {
    run(Parallel.class).testEvents().assertStatistics(stats -> stats.started(2).succeeded(2));
    assertThat(Parallel.seen).hasSize(2);
  }

  @CarillonTest
  @Execution(ExecutionMode.CONCURRENT)
  static class Parallel {

    static final Set<URI> seen = ConcurrentHashMap.newKeySet();
    private static final CyclicBarrier together = new CyclicBarrier(2);

    @Test
    void one(URI uri, TestClient client, ManualClock clock, TestEvents events) throws Exception {
      movesItsClock(uri, client, clock, events);
    }

    @Test
    void other(URI uri, TestClient client, ManualClock clock, TestEvents events) throws Exception {
      movesItsClock(uri, client, clock, events);
    }

    private static void movesItsClock(
        URI uri, TestClient client, ManualClock clock, TestEvents events) throws Exception {
      seen.add(uri);
      client.call("SET", "order", "unpaid", "PX", "1000");
      events.skip();
      together.await(20, TimeUnit.SECONDS);
      clock.advance(Duration.ofSeconds(1));
      events.await(expired("order"));
      events.assertNone();
    }
  }

  @Test
  void aServerOfBeforeAllIsSharedByTheClass() {
    run(Shared.class).testEvents().assertStatistics(stats -> stats.started(2).succeeded(2));
  }

  @CarillonTest
  static class Shared {

    private static URI first;

    @BeforeAll
    static void start(URI uri, TestClient client) {
      first = uri;
      client.call("SET", "prepared", "once");
    }

    @RepeatedTest(2)
    void see(URI uri, TestClient client) {
      assertThat(uri).isEqualTo(first);
      assertThat(client.call("GET", "prepared")).isEqualTo("once");
    }
  }

  @Test
  void anInnerClassObeysTheAnnotationAroundIt() {
    run(Outer.class).testEvents().assertStatistics(stats -> stats.started(1).succeeded(1));
  }

  @CarillonTest(notifications = "Kx")
  static class Outer {

    @Nested
    class Inner {

      @Test
      void sees(TestClient client) {
        assertThat(client.call("CONFIG", "GET", "notify-keyspace-events")).endsWith(", xK]");
      }
    }
  }

  @Test
  void aConfigurationThatIsRefusedFailsTheTestWithOneSentence() {
    run(Misconfigured.class)
        .testEvents()
        .assertThatEvents()
        .haveExactly(
            1,
            EventConditions.finishedWithFailure(
                TestExecutionResultConditions.cause(
                    TestExecutionResultConditions.instanceOf(StartException.class),
                    TestExecutionResultConditions.message(
                        message -> message.startsWith("configuration, line 1, 'maxmemoree 1'")))));
  }

  @CarillonTest(configuration = "maxmemoree 1")
  static class Misconfigured {

    @Test
    void starts(URI uri) {
      throw new AssertionError("there is no server at " + uri);
    }
  }

  private static EngineExecutionResults run(Class<?> tests) {
    return EngineTestKit.engine("junit-jupiter")
        .configurationParameter("junit.jupiter.execution.parallel.enabled", "true")
        .configurationParameter("junit.jupiter.execution.parallel.config.strategy", "fixed")
        .configurationParameter("junit.jupiter.execution.parallel.config.fixed.parallelism", "4")
        .selectors(selectClass(tests))
        .execute();
  }
}
