package dev.carillon.engine.config;

import dev.carillon.protocol.bytes.Bytes;
import dev.carillon.protocol.event.NotifyFlags;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.LongUnaryOperator;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What the values of a parameter are and how they are written: in a command, in a file, in a reply.
 *
 * <p>Immutable and safe for any thread. The reasons of refusals are those of the reference server,
 * observed from version 7.0.15 unless the row says otherwise.
 *
 * @param <T> what a value is; never null
 */
public abstract class ParameterType<T> {

  /** The largest value of a parameter that Redis keeps in 32 bits with a sign. */
  static final long INT_MAX = Integer.MAX_VALUE;

  /** The smallest value of a parameter that Redis keeps in 32 bits with a sign. */
  static final long INT_MIN = Integer.MIN_VALUE;

  /** The largest value of a parameter that Redis keeps in 32 bits without a sign. */
  static final long UINT_MAX = 0xffff_ffffL;

  private final String doc;
  private final boolean severalWords;

  ParameterType(String doc, boolean severalWords) {
    this.doc = doc;
    this.severalWords = severalWords;
  }

  /** What may be written, in a few words for documentation: {@code integer, 0 to 65535}. */
  public final String doc() {
    return doc;
  }

  /** Whether a line of a file may give several words; other types take exactly one. */
  public final boolean takesSeveralWords() {
    return severalWords;
  }

  /**
   * Reads a value from the one string of a CONFIG SET.
   *
   * @param text characters 0 to 255
   * @param current the value before, of which some types only change a part
   * @throws ConfigError with the reason alone if the text is no value
   */
  public final T parse(String text, T current) throws ConfigError {
    return parse(severalWords ? wordsOf(text) : List.of(text), current);
  }

  /** Reads a value from the words of a file's line; see {@link #parse(String, Object)}. */
  final T parseLine(List<String> words, T current) throws ConfigError {
    return parse(normalized(words), current);
  }

  /** Reads a second or later line for the same parameter: most types forget what was before. */
  final T parseFurtherLine(List<String> words, T before) throws ConfigError {
    return append(normalized(words), before);
  }

  private List<String> normalized(List<String> words) throws ConfigError {
    if (!severalWords) {
      if (words.size() != 1) {
        throw new ConfigError("wrong number of arguments");
      }
      return words;
    }
    // One word in quotes that holds several: save "900 1".
    List<String> inside = words.size() == 1 ? Words.split(words.get(0)) : null;
    return inside == null ? words : inside;
  }

  /** Single blanks separate; two in a row have an empty word between them, as in Redis. */
  private static List<String> wordsOf(String text) {
    return text.isEmpty() ? List.of() : List.of(text.split(" ", -1));
  }

  abstract T parse(List<String> words, T current) throws ConfigError;

  T append(List<String> words, T before) throws ConfigError {
    return parse(words, before);
  }

  /** The canonical text of a value, as CONFIG GET replies it. */
  public abstract String format(T value);

  /** The lines of a file that stand for a value, each as the words after the name. */
  List<List<String>> lines(T value) {
    return List.of(List.of(format(value)));
  }

  // ----------------------------------------------------------------------------------- one word

  /** A check of a value that its type alone would accept; null means that it passes. */
  interface Check {
    @Nullable String refusal(String value);
  }

  /** {@code yes} or {@code no}, in letters of either case. */
  static ParameterType<Boolean> yesOrNo() {
    return word(
        "yes or no",
        text ->
            text.equalsIgnoreCase("yes")
                ? Boolean.TRUE
                : text.equalsIgnoreCase("no") ? Boolean.FALSE : null,
        "argument must be 'yes' or 'no'",
        value -> value ? "yes" : "no");
  }

  /** Any text. */
  static ParameterType<String> text() {
    return text(value -> null);
  }

  /** A text that passes a check. */
  static ParameterType<String> text(Check check) {
    return new ParameterType<>("text", false) {
      @Override
      String parse(List<String> words, String current) throws ConfigError {
        String refusal = check.refusal(words.get(0));
        if (refusal != null) {
          throw new ConfigError(refusal);
        }
        return words.get(0);
      }

      @Override
      public String format(String value) {
        return value;
      }
    };
  }

  /** The constants of an enum, in letters of either case. */
  static <E extends Enum<E> & Choice> ParameterType<E> choice(Class<E> constants) {
    List<E> choices = List.of(constants.getEnumConstants());
    return word(
        choices.stream().map(Choice::word).collect(Collectors.joining(", ")),
        text ->
            choices.stream()
                .filter(choice -> choice.word().equalsIgnoreCase(text))
                .findFirst()
                .orElse(null),
        mustBeOneOf(choices.stream().map(Choice::word).toList()),
        Choice::word);
  }

  /** One of some words, in letters of either case, for parameters that no code asks for. */
  static ParameterType<String> oneOf(String... words) {
    return oneOf(Map.of(), words);
  }

  /** As {@link #oneOf(String...)}, where some words mean another one, which reads back. */
  static ParameterType<String> oneOf(Map<String, String> synonyms, String... words) {
    return word(
        String.join(", ", words),
        text ->
            Arrays.stream(words)
                .filter(text::equalsIgnoreCase)
                .findFirst()
                .map(word -> synonyms.getOrDefault(word, word))
                .orElse(null),
        mustBeOneOf(List.of(words)),
        Function.identity());
  }

  /** The letters of {@code notify-keyspace-events}. */
  static ParameterType<NotifyFlags> notifyFlags() {
    return new ParameterType<>("letters of event classes and channels", false) {
      @Override
      NotifyFlags parse(List<String> words, NotifyFlags current) throws ConfigError {
        NotifyFlags flags =
            NotifyFlags.parse(Bytes.of(words.get(0).getBytes(StandardCharsets.ISO_8859_1)));
        if (flags == null) {
          // As 7.0.15 and 8.6.3 list them; the latter takes o and c without saying so.
          throw new ConfigError("Invalid event class character. Use 'Ag$lshzxeKEtmdn'.");
        }
        return flags;
      }

      @Override
      public String format(NotifyFlags value) {
        return value.toString();
      }

      // Behind an A the letters n, o and c are not shown, so a file must say them by itself.
      @Override
      List<List<String>> lines(NotifyFlags value) {
        String text = value.toString();
        for (String letter : List.of("n", "o", "c")) {
          NotifyFlags more = NotifyFlags.parse(text + letter);
          if (more != null && (more.bits() & ~value.bits()) == 0 && !text.contains(letter)) {
            text += letter;
          }
        }
        return List.of(List.of(text));
      }
    };
  }

  private static <T> ParameterType<T> word(
      String doc, Function<String, @Nullable T> parse, String refusal, Function<T, String> format) {
    return new ParameterType<>(doc, false) {
      @Override
      T parse(List<String> words, T current) throws ConfigError {
        T value = parse.apply(words.get(0));
        if (value == null) {
          throw new ConfigError(refusal);
        }
        return value;
      }

      @Override
      public String format(T value) {
        return format.apply(value);
      }
    };
  }

  static String mustBeOneOf(List<String> words) {
    return "argument(s) must be one of the following: " + String.join(", ", words);
  }

  // ------------------------------------------------------------------------------------ numbers

  /** A decimal integer. */
  static ParameterType<Long> integer(long min, long max) {
    return new NumberTypes.Decimal(min, max, value -> value);
  }

  /** A decimal integer that is kept as another one, mostly the nearest that makes sense. */
  static ParameterType<Long> integer(long min, long max, LongUnaryOperator kept) {
    return new NumberTypes.Decimal(min, max, kept);
  }

  /** An octal integer, as file modes are written. */
  static ParameterType<Long> octal(long min, long max) {
    return new NumberTypes.Octal(min, max);
  }

  /** A number of bytes, optionally with a unit: {@code 1k} is 1000 and {@code 1kb} is 1024. */
  static ParameterType<Long> bytes(long min, long max) {
    return new NumberTypes.Memory(min, max, value -> value, false);
  }

  /** A number of bytes that is kept as another one. */
  static ParameterType<Long> bytes(long min, long max, LongUnaryOperator kept) {
    return new NumberTypes.Memory(min, max, kept, false);
  }

  /**
   * A number of bytes that Redis keeps in 64 bits without a sign; more than 2^63 - 1 is accepted
   * and kept as 2^63 - 1, which no machine reaches either.
   */
  static ParameterType<Long> unsignedBytes() {
    return new NumberTypes.Memory(0, Long.MAX_VALUE, value -> value, true);
  }

  /** A number of bytes, or a percentage up to 100. */
  static ParameterType<MemoryLimit> bytesOrPercent() {
    return new NumberTypes.MemoryOrPercent();
  }

  // ---------------------------------------------------------------------------------- word lists

  /** Up to {@code countMax} words. */
  static ParameterType<List<String>> words(int countMax, String tooMany) {
    return new ListTypes.Words(countMax, tooMany);
  }

  /** A set of words, where one more word stands for the empty set. */
  static ParameterType<List<String>> wordSet(String none, String... words) {
    return new ListTypes.WordSet(none, null, List.of(words));
  }

  /** A set of words, where one more stands for the empty set and another for the full set. */
  static ParameterType<List<String>> wordSetOrAll(String none, String all, String... words) {
    return new ListTypes.WordSet(none, all, List.of(words));
  }

  /** Pairs of seconds and changes. */
  static ParameterType<List<SavePoint>> savePoints() {
    return new ListTypes.SavePoints();
  }

  /** Classes of clients, each with a hard limit, a soft limit and seconds. */
  static ParameterType<OutputBufferLimits> outputBufferLimits() {
    return new ListTypes.Limits();
  }

  /** Percentiles, 0 to 100 with up to six decimals. */
  static ParameterType<List<Double>> percentiles() {
    return new ListTypes.Percentiles();
  }

  /** The three adjustments for the kernel's out-of-memory killer. */
  static ParameterType<List<Long>> oomScores() {
    return new ListTypes.OomScores();
  }

  /** A host and a port, or nothing, also written {@code no one}. */
  static ParameterType<List<String>> replicationSource() {
    return new ListTypes.ReplicationSource();
  }
}
