package dev.carillon.server.cli;

import dev.carillon.server.Version;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;

/** {@code carillon version}: which Carillon, on which Java. */
@Command(name = "version", description = "Print the version.", mixinStandardHelpOptions = false)
final class ShowVersion implements Callable<Integer> {

  private final Streams streams;

  ShowVersion(Streams streams) {
    this.streams = streams;
  }

  @Override
  public Integer call() {
    String commit = Version.commit().isEmpty() ? "" : ", commit " + Version.commit();
    streams
        .out()
        .println(
            "carillon " + Version.text() + " (Java " + Runtime.version().feature() + commit + ")");
    return Main.OK;
  }
}
