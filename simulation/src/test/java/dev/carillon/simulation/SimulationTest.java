package dev.carillon.simulation;

import java.util.Map;
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

  private static void run(long seed, Map<String, Integer> tally) {
    new Simulation(seed, new Saboteur(), tally).run();
  }

  @Test
  void theSameSeedsKeepEveryPromiseEachTime() {
    Seeds.same("simulation", SEEDS, REACHED, SimulationTest::run);
  }

  @Test
  void freshSeedsKeepEveryPromise() {
    Seeds.fresh("simulation", FRESH_SECONDS, SimulationTest::run);
  }
}
