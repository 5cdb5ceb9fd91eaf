package dev.carillon.server.cli;

import dev.carillon.engine.config.ConfigError;
import dev.carillon.engine.config.ConfigFile;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Configuration files on this machine. Bytes become characters 0 to 255, as their reader wants. */
final class ConfigFiles implements ConfigFile.Includes {

  /**
   * A file named by {@code include}, or those that a pattern in its last part matches, by name. As
   * in Redis a relative path starts where the server was started, and a pattern may match nothing.
   */
  @Override
  public List<ConfigFile.Source> find(String path) throws ConfigError {
    String name = new String(path.getBytes(StandardCharsets.ISO_8859_1), StandardCharsets.UTF_8);
    int slash = name.lastIndexOf('/');
    String last = name.substring(slash + 1);
    if (last.chars().noneMatch(c -> c == '*' || c == '?' || c == '[')) {
      return List.of(read(name));
    }
    String directory = slash < 0 ? "." : name.substring(0, slash + 1);
    List<Path> found = new ArrayList<>();
    try (DirectoryStream<Path> files = Files.newDirectoryStream(Path.of(directory), last)) {
      files.forEach(found::add);
    } catch (IOException | RuntimeException e) {
      throw new ConfigError("cannot look into " + directory + ": " + reason(e));
    }
    found.sort(null);
    List<ConfigFile.Source> sources = new ArrayList<>();
    for (Path file : found) {
      sources.add(read(file.toString()));
    }
    return sources;
  }

  /**
   * Reads one file.
   *
   * @throws ConfigError with a sentence if it cannot be read
   */
  static ConfigFile.Source read(String name) throws ConfigError {
    try {
      return source(name, Files.readAllBytes(Path.of(name)));
    } catch (IOException | InvalidPathException e) {
      throw new ConfigError("cannot read the configuration file " + name + ": " + reason(e));
    }
  }

  static ConfigFile.Source source(String name, byte[] bytes) {
    return new ConfigFile.Source(name, new String(bytes, StandardCharsets.ISO_8859_1));
  }

  /** Why a file cannot be used, without its name. */
  static String reason(Exception e) {
    if (e instanceof NoSuchFileException) {
      return "there is no such file or directory";
    }
    if (e instanceof AccessDeniedException) {
      return "permission denied";
    }
    String message = e.getMessage();
    if (message == null) {
      return e.getClass().getSimpleName();
    }
    // "path: reason" of the file system; the path is already in the sentence.
    return message.substring(message.lastIndexOf(": ") < 0 ? 0 : message.lastIndexOf(": ") + 2);
  }
}
