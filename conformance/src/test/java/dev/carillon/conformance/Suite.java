package dev.carillon.conformance;

import static org.junit.jupiter.api.Assertions.fail;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicContainer;
import org.junit.jupiter.api.DynamicNode;
import org.junit.jupiter.api.DynamicTest;

/** All cases as tests, file by file, for whichever target. */
final class Suite {

  private Suite() {}

  /**
   * The cases that {@code chosen} takes.
   *
   * @param known why some cases, by title, are known to fail; such a case fails the build when it
   *     does not fail any more
   * @param attempts how often a case is tried; more than once only where time is real
   */
  static Stream<DynamicNode> tests(
      Runner runner, Predicate<Case> chosen, Map<String, String> known, int attempts) {
    Map<String, List<DynamicTest>> files = new LinkedHashMap<>();
    for (Case one : CaseFile.all()) {
      if (chosen.test(one)) {
        files
            .computeIfAbsent(one.file(), unused -> new ArrayList<>())
            .add(
                DynamicTest.dynamicTest(
                    one.title(), () -> run(runner, one, known.get(one.title()), attempts)));
      }
    }
    return files.entrySet().stream()
        .map(file -> DynamicContainer.dynamicContainer(file.getKey(), file.getValue()));
  }

  private static void run(
      Runner runner, Case one, @org.jspecify.annotations.Nullable String known, int attempts) {
    Optional<String> difference = runner.run(one);
    if (known != null) {
      if (difference.isEmpty()) {
        fail(one.place() + "\n  holds now; remove it from the list of differences (" + known + ")");
      }
      return;
    }
    for (int i = 1; i < attempts && difference.isPresent(); i++) {
      difference = runner.run(one);
    }
    difference.ifPresent(text -> fail(text));
  }
}
