package dev.carillon.conformance;

import dev.carillon.conformance.Runner.Speech;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicNode;
import org.junit.jupiter.api.TestFactory;

/** The server does over sockets what the cases say. */
class ServerCasesTest {

  @TestFactory
  Stream<DynamicNode> theServerHoldsTheCasesInResp2() {
    return tests(Speech.AS_WRITTEN);
  }

  @TestFactory
  Stream<DynamicNode> theServerHoldsTheCasesInResp3() {
    return tests(Speech.ALL_RESP3);
  }

  private static Stream<DynamicNode> tests(Speech speech) {
    Runner runner = new Runner(new ServerTarget(), speech);
    return Suite.tests(runner, runner::isFor, Differences.read("/open.txt"), 1);
  }
}
