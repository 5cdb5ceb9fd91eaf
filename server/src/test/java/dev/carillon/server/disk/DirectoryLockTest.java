package dev.carillon.server.disk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DirectoryLockTest {

  @TempDir private Path directory;

  @Test
  void oneServerAtATime() throws IOException {
    long pid = ProcessHandle.current().pid();
    assertThat(DirectoryLock.holder(directory)).isNull();
    try (DirectoryLock lock = DirectoryLock.take(directory)) {
      assertThat(lock).isNotNull();
      assertThatThrownBy(() -> DirectoryLock.take(directory))
          .hasMessage(
              "the data in %s is in use by another server of this process; stop it, or name another"
                  + " directory with --dir",
              directory);
      assertThat(DirectoryLock.holder(directory)).isEqualTo("another server of this process");
    }
    assertThat(DirectoryLock.holder(directory)).isNull();
    DirectoryLock.take(directory).close();
    assertThat(directory.resolve(DirectoryLock.NAME)).hasContent(pid + "\n");
  }

  @Test
  void otherProcessesAreStillKeptOutAfterWeWereRefused() throws Exception {
    try (DirectoryLock lock = DirectoryLock.take(directory)) {
      assertThat(lock).isNotNull();
      assertThatThrownBy(() -> DirectoryLock.take(directory)).isInstanceOf(IOException.class);
      assertThat(DirectoryLock.holder(directory)).isNotNull();
      assertThat(askedByAnotherProcess())
          .isEqualTo("process " + ProcessHandle.current().pid() + "\n");
    }
    assertThat(askedByAnotherProcess()).isEqualTo("null\n");
  }

  private String askedByAnotherProcess() throws Exception {
    Process process =
        new ProcessBuilder(
                ProcessHandle.current().info().command().orElseThrow(),
                "-XX:TieredStopAtLevel=1",
                "-cp",
                place(DirectoryLock.class) + File.pathSeparator + place(Asking.class),
                Asking.class.getName(),
                directory.toString())
            .redirectErrorStream(true)
            .start();
    try (InputStream said = process.getInputStream()) {
      return new String(said.readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  private static Path place(Class<?> type) throws URISyntaxException {
    return Path.of(type.getProtectionDomain().getCodeSource().getLocation().toURI());
  }

  /** Says who has the directory, in a process of its own. */
  static final class Asking {
    private Asking() {}

    public static void main(String[] words) throws IOException {
      System.out.println(DirectoryLock.holder(Path.of(words[0])));
    }
  }
}
