package dev.carillon.server.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The load for the start-up cache, in a process of its own, as the launcher starts it. */
class TrainTest {

  /** What lies there may be the user's only copy, and the load says FLUSHALL. */
  @Test
  void theDirectoryInWhichItIsStartedStaysAsItIs(@TempDir Path directory) throws Exception {
    Path snapshot = directory.resolve("dump.rdb");
    byte[] before = "not even readable".getBytes(StandardCharsets.UTF_8);
    Files.write(snapshot, before);
    Path log = Files.createTempFile("carillon-train", ".log");
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path")
                    + System.getProperty("path.separator")
                    + System.getProperty("jdk.module.path", ""),
                Main.class.getName(),
                "train")
            .directory(directory.toFile())
            .redirectErrorStream(true)
            .redirectOutput(log.toFile())
            .start();
    try {
      assertThat(process.waitFor(240, TimeUnit.SECONDS)).isTrue();
      assertThat(process.exitValue()).as(Files.readString(log)).isZero();
      try (var files = Files.list(directory)) {
        assertThat(files).containsExactly(snapshot);
      }
      assertThat(snapshot).hasBinaryContent(before);
    } finally {
      process.destroyForcibly();
      Files.delete(log);
    }
  }
}
