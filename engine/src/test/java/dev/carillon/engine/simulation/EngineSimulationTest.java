package dev.carillon.engine.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/**
 * Runs of many seeds. A failure names the promise that was not kept and the seed; {@code
 * -Dcarillon.seed=…} runs that one alone, {@code -Dcarillon.seeds=…} as many fresh ones as wanted.
 */
class EngineSimulationTest {

  private static final int SEEDS = 800;
  private static final int STEPS = 500;

  /** Situations without which the runs would prove little. */
  private static final String[] REACHED = {
    "EXEC",
    "stale EXEC",
    "refused EXEC",
    "refused without memory",
    "expired by access",
    "missed although held",
    "watched what is over go with its database",
    "sweep within its budget",
    "sweep to its end",
    "snapshot",
    "replay",
    "notifications wait",
    "evicted by allkeys-lru",
    "evicted by allkeys-lfu",
    "evicted by allkeys-random",
    "evicted by volatile-lru",
    "evicted by volatile-lfu",
    "evicted by volatile-random",
    "evicted by volatile-ttl",
    "heard expired",
    "heard evicted",
    "heard keymiss",
    "heard overwritten",
    "heard rename_to",
    "heard move_from",
    "heard copy_to",
    "heard hexpired",
    "heard hexpire",
    "heard type_changed",
    "heard __subkeyspace",
    "heard __subkeyevent",
    "heard __subkeyspaceitem",
    "heard __subkeyspaceevent",
    "field expired by access",
    "field missed although held",
    "fields expired by a sweep",
    "the last field expired by a sweep",
    "a string replaced a hash"
  };

  @Test
  void theSameSeedsKeepEveryPromiseEachTime() {
    Long replayed = Long.getLong("carillon.seed");
    if (replayed != null) {
      new EngineSimulation(replayed).run(STEPS);
      return;
    }
    Map<String, Integer> tally = new TreeMap<>();
    for (long seed = 1; seed <= SEEDS; seed++) {
      new EngineSimulation(seed, new Saboteur(), tally).run(STEPS);
    }
    assertThat(tally).as("what the runs reach").containsKeys(REACHED);
    assertThat(tally).containsEntry("step", SEEDS * STEPS);
  }

  @Test
  void freshSeedsKeepEveryPromise() {
    long first = new Random().nextLong(1_000_000_000_000L);
    int count = Integer.getInteger("carillon.seeds", 60);
    System.out.println("simulation: seeds from " + first + ", " + count + " of them");
    for (int i = 0; i < count; i++) {
      new EngineSimulation(first + i).run(STEPS);
    }
  }
}
