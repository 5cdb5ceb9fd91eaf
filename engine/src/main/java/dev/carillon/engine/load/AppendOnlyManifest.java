package dev.carillon.engine.load;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The list of the files of an append-only directory of Redis 7: at most one base, then what was
 * appended later, in ascending order. A line names a file with its number and its type, b for the
 * base, i for what was appended, h for what is no longer needed:
 *
 * <pre>
 *   file appendonly.aof.1.base.rdb seq 1 type b
 *   file appendonly.aof.1.incr.aof seq 1 type i
 * </pre>
 *
 * @param base the name of the base, or null
 * @param increments the names of the others
 */
record AppendOnlyManifest(@Nullable String base, List<String> increments) {

  private record Increment(long sequence, String name) {}

  /**
   * Reads the text of a manifest.
   *
   * @param file what to call it
   * @throws LoadException if it is none, or names a file elsewhere
   */
  static AppendOnlyManifest parse(String file, String text) throws LoadException {
    String base = null;
    List<Increment> increments = new ArrayList<>();
    int number = 0;
    for (String line : text.split("\n", -1)) {
      number++;
      if (line.isBlank() || line.startsWith("#")) {
        continue;
      }
      List<String> words = words(line);
      if (words == null || words.size() < 6 || words.size() % 2 != 0) {
        throw refused(file, number, "it is no list of words and values");
      }
      String name = value(words, "file");
      String type = value(words, "type");
      if (name == null || type == null || name.isEmpty()) {
        throw refused(file, number, "it names no file or no type");
      }
      if (name.contains("/") || name.contains("\\")) {
        throw refused(file, number, "it names a file in another directory");
      }
      switch (type) {
        case "b" -> {
          if (base != null) {
            throw refused(file, number, "it names a second base");
          }
          base = name;
        }
        case "i" -> increments.add(new Increment(sequence(file, number, words), name));
        case "h" -> {}
        default -> throw refused(file, number, "no file is of the type " + type);
      }
    }
    increments.sort(Comparator.comparingLong(Increment::sequence));
    return new AppendOnlyManifest(base, increments.stream().map(Increment::name).toList());
  }

  private static long sequence(String file, int number, List<String> words) throws LoadException {
    String text = value(words, "seq");
    if (text == null || !text.matches("\\d{1,18}")) {
      throw refused(file, number, "it gives no number to its file");
    }
    return Long.parseLong(text);
  }

  private static @Nullable String value(List<String> words, String key) {
    for (int i = 0; i + 1 < words.size(); i += 2) {
      if (words.get(i).equals(key)) {
        return words.get(i + 1);
      }
    }
    return null;
  }

  /** The words of a line, of which one with spaces stands in quotes; null if a quote is open. */
  private static @Nullable List<String> words(String line) {
    List<String> words = new ArrayList<>();
    StringBuilder word = new StringBuilder();
    boolean quoted = false;
    boolean began = false;
    String whole = line.strip() + " ";
    for (int i = 0; i < whole.length(); i++) {
      char c = whole.charAt(i);
      if (c == '"') {
        quoted = !quoted;
        began = true;
      } else if (c == ' ' && !quoted) {
        if (began) {
          words.add(word.toString());
          word.setLength(0);
        }
        began = false;
      } else {
        word.append(c);
        began = true;
      }
    }
    return quoted ? null : words;
  }

  private static LoadException refused(String file, int line, String reason) {
    return new LoadException(
        file
            + " cannot be understood: line "
            + line
            + ": "
            + reason
            + "; put an intact copy in its place",
        null);
  }
}
