package dev.carillon.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.carillon.engine.storage.AppendFile;
import dev.carillon.engine.storage.Background.Job;
import dev.carillon.simulation.disk.FaultyDisk;
import dev.carillon.simulation.disk.FaultyStorage;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class SimulatedBackgroundTest {

  private final FaultyDisk disk = new FaultyDisk(new Random(1));
  private final FaultyStorage storage = disk.mount(SimulatedBackground::pauseHere);
  private final SimulatedBackground background = new SimulatedBackground();
  private final List<String> heard = new ArrayList<>();

  /** Writes its name letter by letter, and fails at a letter that is no letter. */
  private final class Writing implements Job {

    private final String name;

    Writing(String name) {
      this.name = name;
    }

    @Override
    public void work() throws IOException {
      try (AppendFile file = storage.create(name)) {
        for (byte letter : name.getBytes()) {
          if (letter == '!') {
            throw new IOException("no letter");
          }
          file.append(new byte[] {letter}, 0, 1);
        }
      }
    }

    @Override
    public void done(@Nullable IOException failure) {
      heard.add(name + (failure == null ? "" : ": " + failure.getMessage()));
    }
  }

  @Test
  void aStepIsOneOperationAndTheEndIsToldInAStepOfItsOwn() {
    background.run(new Writing("ab"));
    assertThat(disk.files()).isEmpty();
    List<Long> sizes = new ArrayList<>();
    while (!background.isIdle()) {
      background.step();
      sizes.add(disk.files().isEmpty() ? -1 : disk.size("ab"));
    }
    assertThat(sizes).containsExactly(-1L, 0L, 1L, 2L, 2L, 2L);
    assertThat(heard).containsExactly("ab");
  }

  @Test
  void jobsFollowEachOtherAndFailuresAreTold() {
    background.run(new Writing("a!b"));
    background.run(new Writing("c"));
    while (!background.isIdle()) {
      background.step();
    }
    assertThat(heard).containsExactly("a!b: no letter", "c");
    assertThat(disk.files()).containsExactly("a!b", "c");
  }

  @Test
  void jobsEndWithTheirProcessWhereverTheyAre() {
    background.run(new Writing("ab"));
    background.run(new Writing("c"));
    for (int i = 0; i < 3; i++) {
      background.step();
    }
    disk.kill();
    background.drop();
    assertThat(background.isIdle()).isTrue();
    assertThat(disk.files()).containsExactly("ab");
    assertThat(disk.size("ab")).isEqualTo(1);
    assertThat(heard).isEmpty();
  }
}
