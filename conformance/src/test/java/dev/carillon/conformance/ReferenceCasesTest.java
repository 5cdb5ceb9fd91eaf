package dev.carillon.conformance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.carillon.conformance.Runner.Speech;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicNode;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/**
 * What the cases expect is what a reference server does, but for the listed differences of its
 * version. Skipped where no redis-server is installed. Its time is real, so a case is tried again
 * before it counts as failed.
 */
@Tag("reference")
class ReferenceCasesTest {

  private static final String DIFFERENCES = "/known-differences.txt";
  private static final int ATTEMPTS = 3;

  private static @Nullable ReferenceTarget target;

  @BeforeAll
  static void start() throws Exception {
    assumeTrue(ReferenceTarget.isInstalled(), "no redis-server on the PATH");
    target = ReferenceTarget.start();
  }

  @AfterAll
  static void stop() {
    if (target != null) {
      target.close();
    }
  }

  @TestFactory
  Stream<DynamicNode> theReferenceHoldsTheCasesThatItKnows() {
    Runner runner = new Runner(target, Speech.AS_WRITTEN);
    return Suite.tests(runner, target::isFor, Differences.read(DIFFERENCES), ATTEMPTS);
  }

  @Test
  void eachKnownDifferenceNamesACaseThatTheReferenceRuns() {
    Set<String> titles =
        CaseFile.all().stream().filter(target::isFor).map(Case::title).collect(Collectors.toSet());
    assertThat(titles).containsAll(Differences.read(DIFFERENCES).keySet());
  }
}
