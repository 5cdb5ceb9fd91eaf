package dev.carillon.listener;

import java.time.Duration;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionFactory;

/**
 * How long a test waits for what other threads do: far longer than that takes on any machine, since
 * only a test that fails waits so long.
 */
public final class Patience {

  /** For one thing. */
  public static final Duration LONG = Duration.ofSeconds(60);

  private Patience() {}

  /** Begins to wait. */
  public static ConditionFactory await() {
    return Awaitility.await().atMost(LONG).pollInterval(Duration.ofMillis(10));
  }

  /** Begins to wait for something with a name. */
  public static ConditionFactory await(String alias) {
    return Awaitility.await(alias).atMost(LONG).pollInterval(Duration.ofMillis(10));
  }
}
