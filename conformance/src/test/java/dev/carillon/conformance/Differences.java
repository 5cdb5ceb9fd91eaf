package dev.carillon.conformance;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;

/** Lists of what is known to be otherwise, each line a name, {@code ::} and the reason. */
final class Differences {

  private Differences() {}

  /** The reasons by name, in the order of the file; lines that begin with {@code #} say nothing. */
  static Map<String, String> read(String resource) {
    try (InputStream file =
        Objects.requireNonNull(Differences.class.getResourceAsStream(resource), resource)) {
      Map<String, String> reasons = new LinkedHashMap<>();
      for (String line : new String(file.readAllBytes(), StandardCharsets.UTF_8).split("\n", -1)) {
        if (line.isBlank() || line.startsWith("#")) {
          continue;
        }
        int colons = line.lastIndexOf(" :: ");
        if (colons < 0 || line.substring(colons + 4).isBlank()) {
          throw new IllegalStateException(resource + ": a line without a reason: " + line);
        }
        String name = line.substring(0, colons).strip();
        if (reasons.put(name, line.substring(colons + 4).strip()) != null) {
          throw new IllegalStateException(resource + ": named twice: " + name);
        }
      }
      return reasons;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
