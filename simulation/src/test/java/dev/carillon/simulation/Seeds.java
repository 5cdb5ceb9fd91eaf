package dev.carillon.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;

/**
 * Runs of many seeds. {@code -Dcarillon.seed=…} runs that one and no other; {@code
 * -Dcarillon.simulation.seconds=…} runs fresh ones for so long.
 */
final class Seeds {

  /** One run. */
  @FunctionalInterface
  interface Run {

    /**
     * Fails where a promise is broken, and names the seed.
     *
     * @param tally counts what came about
     */
    void run(long seed, Map<String, Integer> tally);
  }

  private static final String SEED = "carillon.seed";

  private Seeds() {}

  /**
   * The same ones each time.
   *
   * @param what is run, for people
   * @param count seeds from 1 on
   * @param reached situations without which the runs would prove little
   */
  static void same(String what, int count, String[] reached, Run run) {
    Map<String, Integer> tally = new TreeMap<>();
    Long replayed = Long.getLong(SEED);
    if (replayed != null) {
      run.run(replayed, tally);
      return;
    }
    for (long seed = 1; seed <= count; seed++) {
      run.run(seed, tally);
    }
    System.out.println(what + ": " + tally);
    assertThat(tally).as("what the runs reach").containsKeys(reached);
  }

  /**
   * Others each time, for so long.
   *
   * @param what is run, for people
   * @param seconds unless the command says otherwise
   */
  static void fresh(String what, int seconds, Run run) {
    if (Long.getLong(SEED) != null) {
      return;
    }
    long first = new Random().nextLong(1_000_000_000L);
    long until =
        System.nanoTime()
            + TimeUnit.SECONDS.toNanos(Integer.getInteger("carillon.simulation.seconds", seconds));
    long seed = first;
    while (System.nanoTime() < until) {
      run.run(seed++, new TreeMap<>());
    }
    System.out.println(what + ": " + (seed - first) + " fresh seeds from " + first);
  }
}
