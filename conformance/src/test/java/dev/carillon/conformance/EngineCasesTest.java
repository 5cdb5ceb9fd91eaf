package dev.carillon.conformance;

import dev.carillon.conformance.Runner.Speech;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicNode;
import org.junit.jupiter.api.TestFactory;

/** The engine alone does what the cases say, and its effects repeat what it did. */
class EngineCasesTest {

  @TestFactory
  Stream<DynamicNode> theEngineHoldsTheCases() {
    Runner runner = new Runner(new EngineTarget(), Speech.AS_WRITTEN);
    return Suite.tests(runner, runner::isFor, Differences.read("/open.txt"), 1);
  }
}
