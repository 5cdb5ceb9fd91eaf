package dev.carillon.server.disk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DirectoryLockTest {

  @TempDir private Path directory;

  @Test
  void oneProcessAtATime() throws IOException {
    long pid = ProcessHandle.current().pid();
    try (DirectoryLock lock = DirectoryLock.take(directory)) {
      assertThat(lock).isNotNull();
      assertThatThrownBy(() -> DirectoryLock.take(directory))
          .hasMessage(
              "the data in %s is in use by process %d; stop it, or name another directory with"
                  + " --dir",
              directory, pid);
    }
    DirectoryLock.take(directory).close();
    assertThat(directory.resolve(DirectoryLock.NAME)).hasContent(pid + "\n");
  }
}
