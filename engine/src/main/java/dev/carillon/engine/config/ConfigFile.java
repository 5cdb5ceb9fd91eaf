package dev.carillon.engine.config;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What a configuration file, its included files and the command line say, line by line.
 *
 * <p>A line is a name and its words: {@code save 900 1}. Blank lines and lines that begin with
 * {@code #} say nothing. Names are known here, values are not looked at before {@link
 * Configuration#load}. Lines that set no parameter are kept aside for those who understand them.
 *
 * <p>Immutable and safe for any thread. Texts are characters 0 to 255 that each stand for a byte.
 */
public final class ConfigFile {

  /** How deep files may include each other; chosen as Redis chose it. */
  private static final int INCLUDE_DEPTH_MAX = 16;

  private static final String BAD = "Bad directive or wrong number of arguments";
  private static final String UNBALANCED = "Unbalanced quotes in configuration line";

  /** Lines that are no parameters, with the fewest and the most words behind their name. */
  private static final Map<String, WordCount> KEYWORDS =
      Map.of(
          "include", new WordCount(1, 1),
          "feed", new WordCount(1, Integer.MAX_VALUE),
          "user", new WordCount(1, Integer.MAX_VALUE),
          "loadmodule", new WordCount(1, Integer.MAX_VALUE),
          "rename-command", new WordCount(2, 2),
          "list-max-ziplist-entries", new WordCount(1, 1),
          "list-max-ziplist-value", new WordCount(1, 1),
          "lua-replicate-commands", new WordCount(1, 1),
          "io-threads-do-reads", new WordCount(1, 1));

  private static final Set<String> OBSOLETE =
      Set.of(
          "list-max-ziplist-entries",
          "list-max-ziplist-value",
          "lua-replicate-commands",
          "io-threads-do-reads");

  private record WordCount(int min, int max) {}

  /** Nothing configured. */
  public static final ConfigFile EMPTY = new ConfigFile(List.of());

  /**
   * One line.
   *
   * @param place where it stands, for messages: {@code carillon.conf, line 3}
   * @param text how it was written, without anything secret
   * @param name its first word in lower case
   * @param words the words behind the name, without their quotes
   */
  public record Line(String place, String text, String name, List<String> words) {
    /** A refusal of this line: one sentence with the place, the text and the reason. */
    public ConfigError error(String reason) {
      return new ConfigError(place + ", '" + text + "': " + reason);
    }
  }

  /**
   * A text that can be included.
   *
   * @param name what messages call it, mostly its path
   * @param text its characters 0 to 255
   */
  public record Source(String name, String text) {}

  /** Finds included files. */
  @FunctionalInterface
  public interface Includes {
    /** Refuses every {@code include}. */
    Includes NONE =
        path -> {
          throw new ConfigError("include is not possible here");
        };

    /**
     * The texts that an {@code include} names, in the order in which they are to be read.
     *
     * @param path what the line says, perhaps a pattern
     * @throws ConfigError with the reason alone if there is no such file
     */
    List<Source> find(String path) throws ConfigError;
  }

  private final List<Line> lines;

  private ConfigFile(List<Line> lines) {
    this.lines = List.copyOf(lines);
  }

  /**
   * Reads a file.
   *
   * @throws ConfigError with a sentence that names file, line and reason, for the first line that
   *     has an unknown name, the wrong number of words or an open quote
   */
  public static ConfigFile parse(Source source, Includes includes) throws ConfigError {
    List<Line> lines = new ArrayList<>();
    read(source, includes, 1, lines);
    return new ConfigFile(lines);
  }

  private static void read(Source source, Includes includes, int depth, List<Line> lines)
      throws ConfigError {
    String[] texts = source.text().split("\n", -1);
    for (int i = 0; i < texts.length; i++) {
      String text = texts[i].strip();
      if (text.isEmpty() || text.startsWith("#")) {
        continue;
      }
      String place = source.name() + ", line " + (i + 1);
      List<String> words = Words.split(text);
      if (words == null) {
        throw new ConfigError(place + ", '" + shown(text) + "': " + UNBALANCED);
      }
      add(line(place, text, words), includes, depth, lines);
    }
  }

  /**
   * Reads a command line of the form {@code --name value … --name value …}. A word that begins with
   * two minus signs is a value only where a value is due and no parameter has that name. As in
   * Redis, {@code "--name value"} in one argument is a whole line, and the first name may come
   * without its minus signs.
   *
   * @param arguments as the JVM gives them to a program
   * @throws ConfigError as {@link #parse}
   */
  public static ConfigFile arguments(List<String> arguments, Includes includes) throws ConfigError {
    List<Line> lines = new ArrayList<>();
    List<String> words = new ArrayList<>();
    int start = 0;
    for (int i = 0; i < arguments.size(); i++) {
      String argument = bytesOf(arguments.get(i));
      if (argument.startsWith("--") && !isValueOf(words, argument)) {
        addArguments(words, start, includes, lines);
        words = new ArrayList<>(wordsOfLine(argument, i + 1));
        start = i + 1;
      } else if (words.isEmpty() && Parameters.find(argument) != null) {
        words.add(argument);
        start = i + 1;
      } else if (words.isEmpty()) {
        throw new ConfigError(
            "command line, argument " + (i + 1) + ", '" + argument + "': expected --name first");
      } else {
        words.add(argument);
      }
    }
    addArguments(words, start, includes, lines);
    return new ConfigFile(lines);
  }

  /** The name behind two minus signs, and perhaps its value, in quotes or not. */
  private static List<String> wordsOfLine(String argument, int number) throws ConfigError {
    List<String> words = Words.split(argument.substring(2));
    if (words == null) {
      throw new ConfigError("command line, argument " + number + ": " + UNBALANCED);
    }
    return words.isEmpty() ? List.of("") : words;
  }

  private static void addArguments(
      List<String> words, int start, Includes includes, List<Line> lines) throws ConfigError {
    if (!words.isEmpty()) {
      String text = "--" + Words.join(words.get(0), words.subList(1, words.size()));
      add(line("command line, argument " + start, text, words), includes, 1, lines);
    }
  }

  private static boolean isValueOf(List<String> words, String argument) {
    Parameter<?> asked = words.size() == 1 ? Parameters.find(words.get(0)) : null;
    String name = argument.substring(2).toLowerCase(Locale.ROOT);
    return asked != null
        && !asked.type().takesSeveralWords()
        && Parameters.find(name) == null
        && !KEYWORDS.containsKey(name);
  }

  private static void add(Line line, Includes includes, int depth, List<Line> lines)
      throws ConfigError {
    Parameter<?> parameter = Parameters.find(line.name());
    if (parameter != null) {
      if (!parameter.type().takesSeveralWords() && line.words().size() != 1) {
        throw line.error("wrong number of arguments");
      }
      lines.add(line);
      return;
    }
    WordCount count = KEYWORDS.get(line.name());
    if (count == null) {
      String similar = similar(line.name());
      throw line.error(similar == null ? BAD : BAD + "; did you mean '" + similar + "'?");
    }
    if (line.words().size() < count.min() || line.words().size() > count.max()) {
      throw line.error(BAD);
    }
    if (!line.name().equals("include")) {
      lines.add(line);
      return;
    }
    if (depth == INCLUDE_DEPTH_MAX) {
      throw line.error("files include each other more than " + INCLUDE_DEPTH_MAX + " deep");
    }
    List<Source> included;
    try {
      included = includes.find(line.words().get(0));
    } catch (ConfigError reason) {
      throw line.error(reason.text());
    }
    for (Source source : included) {
      read(source, includes, depth + 1, lines);
    }
  }

  private static Line line(String place, String text, List<String> words) {
    String name = words.get(0).toLowerCase(Locale.ROOT);
    return new Line(place, shown(text), name, List.copyOf(words.subList(1, words.size())));
  }

  /** The text of a line for messages: of a line that may hold a secret only its name. */
  private static String shown(String text) {
    String first = text.split("\\s", 2)[0];
    String name = first.replaceFirst("^--", "").toLowerCase(Locale.ROOT);
    Parameter<?> parameter = Parameters.find(name);
    boolean secret = name.equals("user") || (parameter != null && parameter.isSensitive());
    return secret && !text.equals(first) ? first + " (not shown)" : text;
  }

  /** What was configured here, and then what {@code later} says. */
  public ConfigFile then(ConfigFile later) {
    List<Line> both = new ArrayList<>(lines);
    both.addAll(later.lines);
    return new ConfigFile(both);
  }

  /** The lines that set parameters, in order. */
  public List<Line> settings() {
    return lines.stream().filter(line -> Parameters.find(line.name()) != null).toList();
  }

  /** The {@code feed} lines, in order: arguments of FEED CREATE. */
  public List<Line> feeds() {
    return named("feed");
  }

  /** The {@code user} lines, in order: arguments of ACL SETUSER. */
  public List<Line> users() {
    return named("user");
  }

  /** The {@code rename-command} lines, in order: the old name and the new one, perhaps empty. */
  public List<Line> renames() {
    return named("rename-command");
  }

  /** The {@code loadmodule} lines, in order: a path and arguments. */
  public List<Line> modules() {
    return named("loadmodule");
  }

  /** The lines that older versions of Redis understood and that mean nothing any more. */
  public List<Line> obsolete() {
    return lines.stream().filter(line -> OBSOLETE.contains(line.name())).toList();
  }

  private List<Line> named(String name) {
    return lines.stream().filter(line -> line.name().equals(name)).toList();
  }

  /** The parameters that are set and have no effect in Carillon, each once, in order. */
  public List<Parameter<?>> withoutEffect() {
    Set<Parameter<?>> parameters = new LinkedHashSet<>();
    for (Line line : lines) {
      Parameter<?> parameter = Parameters.find(line.name());
      if (parameter != null && !parameter.hasEffect()) {
        parameters.add(parameter);
      }
    }
    return List.copyOf(parameters);
  }

  /** The characters 0 to 255 that stand for the UTF-8 form of a text. */
  private static String bytesOf(String text) {
    return new String(text.getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1);
  }

  /** The first name that is at most two letters away, or null. */
  private static @Nullable String similar(String name) {
    for (int distance = 1; distance <= 2; distance++) {
      for (String known : Parameters.names().keySet()) {
        if (distance(name, known) == distance) {
          return known;
        }
      }
    }
    return null;
  }

  /** How many letters must be added, dropped or replaced to make one word of another. */
  private static int distance(String from, String to) {
    if (Math.abs(from.length() - to.length()) > 2) {
      return Integer.MAX_VALUE;
    }
    int[] row = new int[to.length() + 1];
    for (int j = 0; j <= to.length(); j++) {
      row[j] = j;
    }
    for (int i = 1; i <= from.length(); i++) {
      int diagonal = row[0];
      row[0] = i;
      for (int j = 1; j <= to.length(); j++) {
        int replaced = diagonal + (from.charAt(i - 1) == to.charAt(j - 1) ? 0 : 1);
        diagonal = row[j];
        row[j] = Math.min(replaced, 1 + Math.min(row[j], row[j - 1]));
      }
    }
    return row[to.length()];
  }
}
