package dev.carillon.engine.config;

import dev.carillon.protocol.bytes.Bytes;
import dev.carillon.protocol.bytes.Glob;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.SequencedMap;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The current values of all parameters.
 *
 * <p>A life in three steps: {@link #load} what the file and the command line say; wire the
 * listeners, who read what they start with; then {@link #set} as clients ask. A change is all or
 * nothing: either every value of a CONFIG SET is in force and every listener has agreed, or all is
 * as before.
 *
 * <p>Owned by the engine thread. Another thread learns of values by a listener that tells it.
 */
public final class Configuration {

  /**
   * One pair of a CONFIG SET.
   *
   * @param name of a parameter, in letters of either case
   * @param value characters 0 to 255
   */
  public record Assignment(String name, String value) {}

  /**
   * Hears of changes of one parameter.
   *
   * @param <T> what a value is
   */
  @FunctionalInterface
  public interface Listener<T> {
    /**
     * Puts a new value into force. {@link Configuration#get} already answers it.
     *
     * <p>When this or a later parameter of the same command is refused, the listener is called once
     * more, with the value before; a refusal then has no consequence.
     *
     * @throws ConfigError with the reason alone if the value cannot be; the listener must have left
     *     everything as it was
     */
    void onChange(T value) throws ConfigError;
  }

  /** The line that {@link #rewrite} puts before the lines that it adds. */
  private static final String SIGNATURE = "# Added by CONFIG REWRITE";

  private Object[] values;

  /** What counts as not set by anybody. */
  private final Object[] initials;

  private final List<List<Listener<?>>> listeners = new ArrayList<>();

  /** Every parameter has the value of its row. */
  public Configuration() {
    List<Parameter<?>> rows = Parameters.all();
    values = new Object[rows.size()];
    for (Parameter<?> row : rows) {
      values[row.index()] = row.initially();
      listeners.add(new ArrayList<>(1));
    }
    initials = values.clone();
  }

  /**
   * Gives a parameter another value to begin with than its row says, as the kind of server wants
   * it. To be called before {@link #load}, which may say otherwise, and before anybody listens;
   * {@link #rewrite} then writes what differs from this.
   */
  public <T> void initially(Parameter<T> parameter, T value) {
    put(parameter, value);
    initials[parameter.index()] = value;
  }

  // ------------------------------------------------------------------------------------- reading

  /** The value in force. O(1), allocates nothing. */
  @SuppressWarnings("unchecked") // Every value was made by the type of its row.
  public <T> T get(Parameter<T> parameter) {
    return (T) values[parameter.index()];
  }

  /** The value in force as CONFIG GET replies it: characters 0 to 255. */
  public <T> String format(Parameter<T> parameter) {
    return parameter.type().format(get(parameter));
  }

  /** Whether the value in force is that of the row, or what {@link #initially} said instead. */
  public boolean isInitial(Parameter<?> parameter) {
    return get(parameter).equals(initials[parameter.index()]);
  }

  /**
   * The answer to a CONFIG GET: names with values, each name once, in the order of the table.
   *
   * <p>A pattern with {@code *}, {@code ?} or {@code [} matches names and aliases that are not
   * hidden, in letters of either case, and gives them in lower case. Anything else is a name, which
   * comes back as it was written. The first of two spellings of a name wins.
   *
   * @param patterns characters 0 to 255
   */
  public SequencedMap<String, String> match(List<String> patterns) {
    Map<String, String> spellings = new HashMap<>();
    for (String pattern : patterns) {
      if (pattern.chars().noneMatch(c -> c == '*' || c == '?' || c == '[')) {
        spellings.putIfAbsent(pattern.toLowerCase(Locale.ROOT), pattern);
        continue;
      }
      Bytes glob = Bytes.of(pattern.getBytes(StandardCharsets.ISO_8859_1));
      Parameters.names()
          .forEach(
              (name, parameter) -> {
                if (!parameter.isHidden() && Glob.matchesIgnoringCase(glob, Bytes.of(name))) {
                  spellings.putIfAbsent(name, name);
                }
              });
    }
    SequencedMap<String, String> matched = new LinkedHashMap<>();
    Parameters.names()
        .forEach(
            (name, parameter) -> {
              String spelling = spellings.get(name);
              if (spelling != null) {
                matched.put(spelling, format(parameter));
              }
            });
    return matched;
  }

  // ----------------------------------------------------------------------------------- listening

  /**
   * Calls a listener whenever the parameter gets another value. It is not called for the value that
   * is in force now.
   *
   * @throws IllegalArgumentException if the parameter is immutable and can never change
   */
  public <T> void onChange(Parameter<T> parameter, Listener<? super T> listener) {
    if (parameter.mutability() == Mutability.IMMUTABLE) {
      throw new IllegalArgumentException(parameter + " never changes");
    }
    listeners.get(parameter.index()).add(listener);
  }

  /** How many listeners a parameter has, for tests of the wiring. */
  public int listeners(Parameter<?> parameter) {
    return listeners.get(parameter.index()).size();
  }

  // ------------------------------------------------------------------------------------ changing

  /**
   * Puts what a file and a command line say into force, immutable parameters included. No listener
   * is called. Values are those before this call where the file is silent.
   *
   * @throws ConfigError with a sentence that names the place, the line and the reason of the first
   *     line that is refused; then nothing has changed
   */
  public void load(ConfigFile file) throws ConfigError {
    Object[] before = values.clone();
    Set<Parameter<?>> seen = new HashSet<>();
    for (ConfigFile.Line line : file.settings()) {
      Parameter<?> parameter = known(line.name());
      try {
        read(parameter, line.words(), seen.add(parameter));
      } catch (ConfigError reason) {
        values = before;
        throw line.error(reason.text());
      }
    }
  }

  private <T> void read(Parameter<T> parameter, List<String> words, boolean first)
      throws ConfigError {
    ParameterType<T> type = parameter.type();
    T before = get(parameter);
    values[parameter.index()] =
        first ? type.parseLine(words, before) : type.parseFurtherLine(words, before);
  }

  /**
   * Puts a value into force before the server runs, for whoever embeds it. No listener is called.
   */
  public <T> void put(Parameter<T> parameter, T value) {
    values[parameter.index()] = value;
  }

  /**
   * Does a CONFIG SET.
   *
   * <p>First every name is looked at, then every value, then the listeners of what is different are
   * called, in the order of the pairs; the first refusal is the answer, and everything is as
   * before.
   *
   * @param assignments at least one
   * @param local whether the client came over the loopback interface or a Unix socket, which
   *     matters for {@link Mutability#PROTECTED} parameters
   * @throws ConfigError with the whole text of the error reply behind its code {@code ERR}
   */
  public void set(List<Assignment> assignments, boolean local) throws ConfigError {
    checkNames(assignments, local);
    Object[] before = values.clone();
    List<Parameter<?>> told = new ArrayList<>();
    String name = "";
    try {
      for (Assignment assignment : assignments) {
        name = assignment.name().toLowerCase(Locale.ROOT);
        assign(known(name), assignment.value());
      }
      Set<Parameter<?>> done = new HashSet<>();
      for (Assignment assignment : assignments) {
        name = assignment.name().toLowerCase(Locale.ROOT);
        Parameter<?> parameter = known(name);
        boolean changed = !values[parameter.index()].equals(before[parameter.index()]);
        if (done.add(parameter) && changed) {
          told.add(parameter);
          tell(parameter);
        }
      }
    } catch (ConfigError reason) {
      values = before;
      told.reversed().forEach(this::tellAgain);
      throw failed(name, reason.text());
    }
  }

  private void checkNames(List<Assignment> assignments, boolean local) throws ConfigError {
    Set<String> seen = new HashSet<>();
    for (Assignment assignment : assignments) {
      String name = assignment.name();
      Parameter<?> parameter = Parameters.find(name);
      if (parameter == null) {
        throw new ConfigError(
            "Unknown option or number of arguments for CONFIG SET - '" + name + "'");
      }
      if (parameter.mutability() == Mutability.IMMUTABLE) {
        throw failed(name, "can't set immutable config");
      }
      if (parameter.mutability() == Mutability.PROTECTED
          && !get(Parameters.ENABLE_PROTECTED_CONFIGS).permits(local)) {
        throw failed(name, "can't set protected config");
      }
      if (!seen.add(name.toLowerCase(Locale.ROOT))) {
        throw failed(name, "duplicate parameter");
      }
    }
  }

  private static ConfigError failed(String name, String reason) {
    return new ConfigError(
        "CONFIG SET failed (possibly related to argument '" + name + "') - " + reason);
  }

  private <T> void assign(Parameter<T> parameter, String text) throws ConfigError {
    values[parameter.index()] = parameter.type().parse(text, get(parameter));
  }

  @SuppressWarnings("unchecked") // Listeners were added with the type of the row.
  private <T> void tell(Parameter<T> parameter) throws ConfigError {
    for (Listener<?> listener : listeners.get(parameter.index())) {
      ((Listener<T>) listener).onChange(get(parameter));
    }
  }

  /** Tells the value of before. Each listener is told, also those that were not reached. */
  @SuppressWarnings("unchecked") // Listeners were added with the type of the row.
  private <T> void tellAgain(Parameter<T> parameter) {
    for (Listener<?> listener : listeners.get(parameter.index())) {
      try {
        ((Listener<T>) listener).onChange(get(parameter));
      } catch (ConfigError ignored) {
        // The answer to the client is the first refusal; there is nothing else to go back to.
      }
    }
  }

  private static Parameter<?> known(String name) {
    Parameter<?> parameter = Parameters.find(name);
    if (parameter == null) {
      throw new IllegalStateException(name + " was checked to be a parameter");
    }
    return parameter;
  }

  // ----------------------------------------------------------------------------------- rewriting

  /**
   * A configuration file that says the values in force. Comments, order and lines that set no
   * parameter stay as they are, and so do the lines of each parameter whose value they already say.
   * Other lines of parameters make room for new ones at the first of them; what is neither initial
   * nor in the file is added at the end. Rewriting the result again changes nothing.
   *
   * @param originalText the file as it is, characters 0 to 255, empty if there is none
   * @param users what the {@code user} lines of the new text say behind that word; they take the
   *     place of those that are there
   * @param feeds what a {@code feed} line is to say, by what it says behind that word: the same
   *     words, others, or none where it is to go; none are added
   * @return the whole new text; the same text if nothing is different
   */
  public String rewrite(
      String originalText, List<String> users, UnaryOperator<List<String>> feeds) {
    List<@Nullable String> lines = new ArrayList<>(Arrays.asList(originalText.split("\n", -1)));
    Map<Parameter<?>, List<Integer>> places = places(lines);
    places.forEach((parameter, at) -> replace(parameter, at, lines));
    replaceFeeds(lines, feeds);
    List<String> added = new ArrayList<>(replaceUsers(lines, users));
    StringBuilder text = new StringBuilder();
    text.append(lines.stream().filter(Objects::nonNull).collect(Collectors.joining("\n")));
    for (Parameter<?> parameter : Parameters.all()) {
      if (!places.containsKey(parameter) && !isInitial(parameter)) {
        added.addAll(linesOf(parameter, parameter.name()));
      }
    }
    if (!added.isEmpty()) {
      if (!text.isEmpty() && text.charAt(text.length() - 1) != '\n') {
        text.append('\n');
      }
      if (!originalText.contains(SIGNATURE)) {
        text.append(SIGNATURE).append('\n');
      }
      added.forEach(line -> text.append(line).append('\n'));
    }
    return text.toString();
  }

  /** Puts lines of users where the first one is; answers those for which there is no place yet. */
  private static List<String> replaceUsers(List<@Nullable String> lines, List<String> users) {
    List<String> left =
        users.stream().map(user -> Words.join("user", List.of(user.split(" ", -1)))).toList();
    for (int i = 0; i < lines.size(); i++) {
      List<String> words = wordsOf(lines.get(i));
      if (!words.isEmpty() && words.get(0).equalsIgnoreCase("user")) {
        lines.set(i, left.isEmpty() ? null : String.join("\n", left));
        left = List.of();
      }
    }
    return left;
  }

  private static void replaceFeeds(
      List<@Nullable String> lines, UnaryOperator<List<String>> feeds) {
    for (int i = 0; i < lines.size(); i++) {
      List<String> words = wordsOf(lines.get(i));
      if (words.size() > 1 && words.get(0).equalsIgnoreCase("feed")) {
        List<String> said = words.subList(1, words.size());
        List<String> wanted = feeds.apply(said);
        if (wanted.isEmpty()) {
          lines.set(i, null);
        } else if (!wanted.equals(said)) {
          String end = String.valueOf(lines.get(i)).endsWith("\r") ? "\r" : "";
          lines.set(i, Words.join(words.get(0), wanted) + end);
        }
      }
    }
  }

  private static Map<Parameter<?>, List<Integer>> places(List<@Nullable String> lines) {
    Map<Parameter<?>, List<Integer>> places = new LinkedHashMap<>();
    for (int i = 0; i < lines.size(); i++) {
      List<String> words = wordsOf(lines.get(i));
      Parameter<?> parameter = words.isEmpty() ? null : Parameters.find(words.get(0));
      if (parameter != null) {
        places.computeIfAbsent(parameter, key -> new ArrayList<>()).add(i);
      }
    }
    return places;
  }

  private static List<String> wordsOf(@Nullable String line) {
    String text = line == null ? "" : line.strip();
    List<String> words = text.startsWith("#") ? null : Words.split(text);
    return words == null ? List.of() : words;
  }

  private <T> void replace(Parameter<T> parameter, List<Integer> at, List<@Nullable String> lines) {
    if (get(parameter).equals(said(parameter, at, lines))) {
      return;
    }
    String name = wordsOf(lines.get(at.getFirst())).get(0);
    String end = String.valueOf(lines.get(at.getFirst())).endsWith("\r") ? "\r" : "";
    at.forEach(i -> lines.set(i, null));
    lines.set(at.getFirst(), String.join(end + "\n", linesOf(parameter, name)) + end);
  }

  /** The value that some lines of a file say together, or null if they say none. */
  private static <T> @Nullable T said(
      Parameter<T> parameter, List<Integer> at, List<@Nullable String> lines) {
    ParameterType<T> type = parameter.type();
    T value = parameter.initially();
    try {
      for (int i : at) {
        List<String> words = wordsOf(lines.get(i));
        List<String> said = words.subList(1, words.size());
        value =
            i == at.getFirst() ? type.parseLine(said, value) : type.parseFurtherLine(said, value);
      }
      return value;
    } catch (ConfigError noValue) {
      return null;
    }
  }

  private <T> List<String> linesOf(Parameter<T> parameter, String name) {
    return parameter.type().lines(get(parameter)).stream()
        .map(words -> Words.join(name, words))
        .toList();
  }
}
