package dev.carillon.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.carillon.simulation.check.Answered;
import dev.carillon.simulation.check.Atomic;
import dev.carillon.simulation.check.Bounded;
import dev.carillon.simulation.check.Complete;
import dev.carillon.simulation.check.Concealed;
import dev.carillon.simulation.check.Exact;
import dev.carillon.simulation.check.Guarantee;
import dev.carillon.simulation.check.Kept;
import dev.carillon.simulation.check.Ordered;
import dev.carillon.simulation.check.Readable;
import dev.carillon.simulation.check.Recovered;
import dev.carillon.simulation.check.Refused;
import dev.carillon.simulation.check.Reported;
import dev.carillon.simulation.check.Restarted;
import dev.carillon.simulation.check.Resumable;
import dev.carillon.simulation.check.Resumed;
import dev.carillon.simulation.check.Saved;
import dev.carillon.simulation.check.Timely;
import dev.carillon.simulation.check.Unique;
import dev.carillon.simulation.check.Whole;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** docs/guarantees.md says what the checkers check. */
class GuaranteesTest {

  private static final List<Guarantee> GUARANTEES =
      List.of(
          new Kept(),
          new Concealed(),
          new Bounded(),
          new Whole(""),
          new Recovered(),
          new Restarted(),
          new Reported(),
          new Refused(),
          new Readable(),
          new Resumed(),
          new Answered(),
          new Exact(),
          new Saved(),
          new Complete(),
          new Unique(),
          new Ordered(),
          new Atomic(),
          new Timely(),
          new Resumable());

  private static String page() throws IOException {
    return Files.readString(Path.of("../docs/guarantees.md"));
  }

  @Test
  void eachHeadingIsACheckerWithItsSentence() throws IOException {
    String page = page();
    for (Guarantee guarantee : GUARANTEES) {
      assertThat(page)
          .contains(
              "\n## "
                  + guarantee.getClass().getSimpleName()
                  + "\n\n> "
                  + guarantee.sentence()
                  + "\n");
    }
    assertThat(Pattern.compile("^## ", Pattern.MULTILINE).matcher(page).results())
        .hasSameSizeAs(GUARANTEES);
  }

  @Test
  void eachCheckerIsOnThePage() throws IOException {
    try (var files = Files.list(Path.of("src/main/java/dev/carillon/simulation/check"))) {
      assertThat(
              files
                  .map(file -> file.getFileName().toString().replace(".java", ""))
                  .filter(name -> !List.of("Guarantee", "Broken", "package-info").contains(name)))
          .containsExactlyInAnyOrderElementsOf(
              GUARANTEES.stream().map(each -> each.getClass().getSimpleName()).toList());
    }
  }
}
