package dev.carillon.listener;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Pattern;

/**
 * The server beside Carillon that the suites run on: the program that {@code -Dcarillon.reference}
 * names, a path or a name on the PATH, for example {@code valkey-server}; else redis-server. It
 * takes the words of the command line that redis-server takes.
 */
public final class Peer {

  /** What is started. */
  public static final String PROGRAM = System.getProperty("carillon.reference", "redis-server");

  private Peer() {}

  /** Whether it is there: tests that need it are skipped where it is not. */
  static boolean isInstalled() {
    if (PROGRAM.contains(File.separator)) {
      return Files.isExecutable(Path.of(PROGRAM));
    }
    return Pattern.compile(File.pathSeparator, Pattern.LITERAL)
        .splitAsStream(System.getenv().getOrDefault("PATH", ""))
        .anyMatch(path -> Files.isExecutable(Path.of(path, PROGRAM)));
  }
}
