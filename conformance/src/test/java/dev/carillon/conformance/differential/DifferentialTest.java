package dev.carillon.conformance.differential;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.carillon.conformance.ReferenceTarget;
import dev.carillon.conformance.differential.Campaign.Reproducer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/**
 * Random conversations mean the same to Carillon's engine and to an installed redis-server; skipped
 * where none is installed. A failure shows the shortest script that differs. To see it again:
 *
 * <pre>
 * -Dcarillon.seed=N                    the script of that seed, then those after it
 * -Dcarillon.differential.seconds=600  go on for longer
 * -Dcarillon.differential.script=FILE  a script as failures show it
 * -Dcarillon.reference=PROGRAM         another server than the redis-server on the PATH
 * </pre>
 */
@Tag("reference")
class DifferentialTest {

  private static final int FIXED_SEEDS = 40;
  private static final long SECONDS = Long.getLong("carillon.differential.seconds", 0);

  /** In so many steps nearly each explanation is needed; one that is not may be superfluous. */
  private static final long LONG_RUN_STEPS = 1_000_000;

  private static @Nullable Side theirs;
  private static @Nullable Campaign campaign;
  private static Explanations explanations = Explanations.none();

  @BeforeAll
  static void start() throws Exception {
    assumeTrue(ReferenceTarget.isInstalled(), "no " + ReferenceTarget.program());
    theirs = ReferenceSide.start(Vocabulary.settable());
    explanations = Explanations.read(theirs.version());
    campaign = new Campaign(new EngineSide(theirs.version()), theirs, explanations);
  }

  @AfterAll
  static void stop() {
    if (theirs != null) {
      theirs.close();
    }
  }

  private static Campaign campaign() {
    if (campaign == null) {
      throw new IllegalStateException("not started");
    }
    return campaign;
  }

  private static void run(long seed) {
    campaign().run(seed).map(Reproducer::report).ifPresent(report -> fail(report));
  }

  @Test
  void scriptsOfFixedSeedsMeanTheSame() {
    for (long seed = 1; seed <= FIXED_SEEDS; seed++) {
      run(seed);
    }
  }

  @Test
  void scriptsOfFreshSeedsMeanTheSame() {
    long seed = Long.getLong("carillon.seed", System.nanoTime());
    System.out.println("DifferentialTest: " + SECONDS + " s, -Dcarillon.seed=" + seed);
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(SECONDS);
    long before = campaign().steps();
    while (System.nanoTime() < end) {
      run(seed++);
    }
    long steps = campaign().steps() - before;
    System.out.println("DifferentialTest: " + steps + " requests compared");
    if (steps >= LONG_RUN_STEPS) {
      System.out.println("DifferentialTest: how often each explanation was needed");
      explanations.met().forEach((title, times) -> System.out.println("  " + times + " " + title));
    }
  }

  /**
   * B waits for two keys, of which the first turns out to hold a number: 8.x refuses B, and 7.0
   * serves it from the other one. What B said meanwhile serves A, who therefore finds another
   * number of elements; the explanation of the first is one of the second.
   */
  @Test
  void whatFollowsFromAnExplainedDifferenceIsExplained() {
    Script script =
        Script.parse(
            """
            A> BRPOPLPUSH a "" 0
            B> BLPOP b k1 0
            B> RPUSH a ""
            A> RPUSH k1 ""
            C> INCRBYFLOAT b 0
            C> RPUSH k1 ""
            """);
    assertThat(campaign().run(0, script).map(Reproducer::report)).isEmpty();
  }

  @Test
  @EnabledIfSystemProperty(named = "carillon.differential.script", matches = ".+")
  void theScriptOfAFileMeansTheSame() throws IOException {
    Path file = Path.of(System.getProperty("carillon.differential.script", ""));
    campaign()
        .run(0, Script.parse(Files.readString(file)))
        .map(Reproducer::report)
        .ifPresent(report -> fail(report));
  }
}
