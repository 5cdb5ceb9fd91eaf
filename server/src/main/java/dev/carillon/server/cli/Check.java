package dev.carillon.server.cli;

import dev.carillon.engine.load.DirectoryCheck;
import dev.carillon.server.disk.DirectoryLock;
import dev.carillon.server.disk.FileStorage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code carillon check}: says what the files in a directory are, and whether they are intact. */
@Command(
    name = "check",
    header = "Verify and explain the files of a data directory.",
    description = {
      "%nReads the journal of Carillon, and snapshots (RDB) and append-only files of Redis, Valkey"
          + " and Carillon, to their ends, and says of each what it is, what it holds, and what a"
          + " start would do with it; of a damaged one where the damage is and what can be done."
          + " Changes nothing. A server may be at work in the directory: what it writes meanwhile"
          + " may or may not be seen. Commands of a journal are read, not executed.%n",
      "Examples%n" + "  carillon check .%n" + "  carillon check /var/lib/redis%n",
      "The exit code is 0 if a server could begin with each of them, 1 if not."
    })
final class Check implements Callable<Integer> {

  private final Streams streams;

  @Parameters(paramLabel = "<dir>", description = "The directory.")
  Path directory = Path.of(".");

  @Option(names = "--help", usageHelp = true, description = "Show this text.")
  boolean help;

  Check(Streams streams) {
    this.streams = streams;
  }

  @Override
  public Integer call() {
    Path absolute = directory.toAbsolutePath().normalize();
    if (!Files.isDirectory(absolute)) {
      streams.complain(absolute + (Files.exists(absolute) ? " is no directory" : " is not there"));
      return Main.FAILED;
    }
    try {
      String holder = DirectoryLock.holder(absolute);
      if (holder != null) {
        streams.out().println(absolute + " is in use by " + holder);
      }
      DirectoryCheck check =
          new DirectoryCheck(
              new FileStorage(absolute),
              System.currentTimeMillis(),
              seconds -> Instant.ofEpochSecond(seconds).toString(),
              holder != null,
              new Random());
      return report(absolute, check.run());
    } catch (IOException e) {
      streams.complain(String.valueOf(e.getMessage()));
      return Main.FAILED;
    }
  }

  private int report(Path absolute, List<DirectoryCheck.Report> reports) {
    if (reports.isEmpty()) {
      streams.out().println("nothing in " + absolute + " is a file that a server begins with");
      return Main.OK;
    }
    int damaged = 0;
    for (DirectoryCheck.Report report : reports) {
      streams.out().println(report.name());
      report.lines().forEach(line -> streams.out().println("  " + line));
      if (report.damage() != null) {
        damaged++;
        streams.out().println("  REFUSED: " + report.damage());
      } else if (!report.isLeftOver()) {
        streams.out().println("  intact");
      }
    }
    return damaged == 0 ? Main.OK : Main.FAILED;
  }
}
