package dev.carillon.simulation.kills;

import dev.carillon.simulation.kills.Writer.Lost;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** The process of a server. */
final class Server {

  private static final int START_MILLIS_MAX = 120_000;
  private static final int LOG_SHOWN = 4_000;

  private final Path launcher;
  private final Path directory;
  private final Path log;
  private final int port;
  private final String policy;
  private final Process process;

  /**
   * Starts it.
   *
   * @param program the words that a server is started with, up to its command
   * @param launcher for looking at what it left
   */
  Server(List<String> program, Path launcher, Path directory, int port, String policy)
      throws IOException {
    this.launcher = launcher;
    this.directory = directory;
    this.port = port;
    this.policy = policy;
    log = directory.resolveSibling(directory.getFileName() + ".log");
    process = launch(program);
  }

  private Process launch(List<String> program) throws IOException {
    List<String> command = new ArrayList<>(program);
    command.addAll(
        List.of(
            "serve",
            "--port",
            Integer.toString(port),
            "--dir",
            directory.toString(),
            "--appendonly",
            "yes",
            "--appendfsync",
            policy,
            "--save",
            ""));
    ProcessBuilder builder = new ProcessBuilder(command);
    builder.redirectErrorStream(true);
    builder.redirectOutput(ProcessBuilder.Redirect.appendTo(new File(log.toString())));
    return builder.start();
  }

  /** Waits until it answers. */
  void await() throws IOException, InterruptedException {
    long until = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(START_MILLIS_MAX);
    while (System.nanoTime() < until) {
      if (!process.isAlive()) {
        throw new IOException(
            "the server ended with status " + process.exitValue() + " and said\n" + lastWords());
      }
      try (Connection connection = new Connection(port)) {
        if (connection.text("PING").equals("PONG")) {
          return;
        }
      } catch (IOException notYet) {
        // It does not listen yet.
      }
      Thread.sleep(10);
    }
    throw new IOException("the server does not answer; it said\n" + lastWords());
  }

  /**
   * Lets the launcher look whether what the process left is whole; the process must have ended.
   *
   * @throws Lost with what it said, where it is not
   */
  void check() throws IOException, InterruptedException, Lost {
    Process check =
        new ProcessBuilder(launcher.toString(), "check", directory.toString())
            .redirectErrorStream(true)
            .start();
    String said = new String(check.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    if (check.waitFor() != 0 || !said.contains("dump.rdb")) {
      throw new Lost("the snapshot that was done is not there, or not whole:\n" + said);
    }
  }

  /** SIGKILL. */
  void kill() throws InterruptedException {
    process.destroyForcibly();
    process.waitFor();
  }

  /** SIGTERM: an orderly stop. */
  void stop() throws InterruptedException {
    process.destroy();
    process.waitFor();
  }

  boolean isAlive() {
    return process.isAlive();
  }

  /** The end of what it wrote to its output. */
  String lastWords() throws IOException {
    String all = Files.readString(log, StandardCharsets.ISO_8859_1);
    return all.substring(Math.max(0, all.length() - LOG_SHOWN));
  }
}
