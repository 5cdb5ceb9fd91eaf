package dev.carillon.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/**
 * Runs of many seeds. A failure names the promise that was broken, the seed, and the command that
 * runs that seed alone; {@code -Dcarillon.simulation.seconds=…} runs fresh seeds for so long.
 */
class SimulationTest {

  private static final int SEEDS = 150;
  private static final int FRESH_SECONDS = 10;

  /** Situations without which the runs would prove little. */
  private static final String[] REACHED = {
    "POWER_CUT",
    "KILLED",
    "STOPPED",
    "killed in an operation",
    "killed while it started",
    "lost the last turns",
    "cut a torn tail",
    "expired while down",
    "acknowledged",
    "quiet",
    "damage was refused",
    "the disk is nearly full",
    "syncs fail",
    "appends fail",
    "directories fail",
    "writes are refused",
    "writes are accepted again",
    "the journal was rewritten",
    "a journal came into force",
    "a snapshot began",
    "a snapshot was done",
    "a snapshot failed",
    "a snapshot was loaded",
    "a value was written in slices",
    "damage of a snapshot was refused",
    "writes are refused after a snapshot that failed",
  };

  @Test
  void theSameSeedsKeepEveryPromiseEachTime() {
    Long replayed = Long.getLong("carillon.seed");
    if (replayed != null) {
      new Simulation(replayed).run();
      return;
    }
    Map<String, Integer> tally = new TreeMap<>();
    for (long seed = 1; seed <= SEEDS; seed++) {
      new Simulation(seed, new Saboteur(), tally).run();
    }
    System.out.println("simulation: " + tally);
    assertThat(tally).as("what the runs reach").containsKeys(REACHED);
  }

  @Test
  void freshSeedsKeepEveryPromise() {
    if (Long.getLong("carillon.seed") != null) {
      return;
    }
    long first = new Random().nextLong(1_000_000_000L);
    int seconds = Integer.getInteger("carillon.simulation.seconds", FRESH_SECONDS);
    long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds);
    long seed = first;
    while (System.nanoTime() < until) {
      new Simulation(seed++).run();
    }
    System.out.println("simulation: " + (seed - first) + " fresh seeds from " + first);
  }
}
