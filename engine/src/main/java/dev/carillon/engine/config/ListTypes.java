package dev.carillon.engine.config;

import static java.util.stream.Collectors.joining;

import dev.carillon.engine.config.OutputBufferLimits.Limit;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The types whose values take several words. */
final class ListTypes {

  private ListTypes() {}

  static final class Words extends ParameterType<List<String>> {
    private final int countMax;
    private final String tooMany;

    Words(int countMax, String tooMany) {
      super("up to " + countMax + " words", true);
      this.countMax = countMax;
      this.tooMany = tooMany;
    }

    @Override
    List<String> parse(List<String> words, List<String> current) throws ConfigError {
      if (words.size() > countMax) {
        throw new ConfigError(tooMany);
      }
      return List.copyOf(words);
    }

    @Override
    public String format(List<String> value) {
      return String.join(" ", value);
    }

    @Override
    List<List<String>> lines(List<String> value) {
      return List.of(value.isEmpty() ? List.of("") : value);
    }
  }

  static final class WordSet extends ParameterType<List<String>> {
    private final String none;
    private final @Nullable String all;
    private final List<String> words;
    private final String refusal;

    WordSet(String none, @Nullable String all, List<String> words) {
      super(none + ", or some of: " + String.join(", ", words), true);
      this.none = none;
      this.all = all;
      this.words = words;
      List<String> known = new ArrayList<>();
      known.add(none);
      if (all != null) {
        known.add(all);
      }
      known.addAll(words);
      this.refusal = mustBeOneOf(known);
    }

    @Override
    List<String> parse(List<String> given, List<String> current) throws ConfigError {
      List<String> chosen = new ArrayList<>();
      for (String word : given) {
        if (word.equalsIgnoreCase(all)) {
          chosen.addAll(words);
        } else if (!word.equalsIgnoreCase(none)) {
          chosen.add(word.toLowerCase(Locale.ROOT));
        }
      }
      if (given.isEmpty() || !words.containsAll(chosen)) {
        throw new ConfigError(refusal);
      }
      if (chosen.contains("save") && chosen.contains("nosave")) {
        throw new ConfigError("shutdown options SAVE and NOSAVE can't be used simultaneously");
      }
      return words.stream().filter(chosen::contains).toList();
    }

    @Override
    public String format(List<String> value) {
      if (value.isEmpty()) {
        return none;
      }
      return all != null && value.equals(words) ? all : String.join(" ", value);
    }

    @Override
    List<List<String>> lines(List<String> value) {
      return List.of(List.of(format(value).split(" ")));
    }
  }

  static final class SavePoints extends ParameterType<List<SavePoint>> {

    SavePoints() {
      super("pairs of seconds and changes", true);
    }

    @Override
    List<SavePoint> parse(List<String> words, List<SavePoint> current) throws ConfigError {
      if (words.size() % 2 != 0) {
        throw refusal();
      }
      List<SavePoint> points = new ArrayList<>();
      for (int i = 0; i < words.size(); i += 2) {
        Long seconds = NumberTypes.lenientDecimal(words.get(i));
        Long changes = NumberTypes.lenientDecimal(words.get(i + 1));
        if (seconds == null
            || changes == null
            || seconds < 1
            || changes < 0
            || changes > Integer.MAX_VALUE) {
          throw refusal();
        }
        points.add(new SavePoint(seconds, changes.intValue()));
      }
      return List.copyOf(points);
    }

    /** A further line adds its pairs; one without any forgets those before it. */
    @Override
    List<SavePoint> append(List<String> words, List<SavePoint> before) throws ConfigError {
      List<SavePoint> more = parse(words, before);
      if (more.isEmpty()) {
        return more;
      }
      List<SavePoint> points = new ArrayList<>(before);
      points.addAll(more);
      return List.copyOf(points);
    }

    private static ConfigError refusal() {
      return new ConfigError("Invalid save parameters");
    }

    @Override
    public String format(List<SavePoint> value) {
      return value.stream()
          .map(point -> point.seconds() + " " + point.changes())
          .collect(joining(" "));
    }

    @Override
    List<List<String>> lines(List<SavePoint> value) {
      if (value.isEmpty()) {
        return List.of(List.of(""));
      }
      return value.stream()
          .map(point -> List.of(Long.toString(point.seconds()), Integer.toString(point.changes())))
          .toList();
    }
  }

  static final class Limits extends ParameterType<OutputBufferLimits> {

    Limits() {
      super("classes of clients with hard bytes, soft bytes and soft seconds each", true);
    }

    @Override
    OutputBufferLimits parse(List<String> words, OutputBufferLimits current) throws ConfigError {
      if (words.size() % 4 != 0) {
        throw new ConfigError("Wrong number of arguments in buffer limit configuration.");
      }
      OutputBufferLimits limits = current;
      for (int i = 0; i < words.size(); i += 4) {
        String clients = words.get(i).toLowerCase(Locale.ROOT);
        List<String> amounts = words.subList(i + 1, i + 4);
        limits =
            switch (clients) {
              case "normal" ->
                  new OutputBufferLimits(limit(amounts), limits.replica(), limits.pubsub());
              case "replica", "slave" ->
                  new OutputBufferLimits(limits.normal(), limit(amounts), limits.pubsub());
              case "pubsub" ->
                  new OutputBufferLimits(limits.normal(), limits.replica(), limit(amounts));
              default ->
                  throw new ConfigError(
                      "Invalid client class specified in buffer limit configuration.");
            };
      }
      return limits;
    }

    private static Limit limit(List<String> amounts) throws ConfigError {
      BigInteger hard = NumberTypes.memory(amounts.get(0));
      BigInteger soft = NumberTypes.memory(amounts.get(1));
      Long seconds = NumberTypes.lenientDecimal(amounts.get(2));
      if (hard == null
          || soft == null
          || hard.bitLength() >= Long.SIZE
          || soft.bitLength() >= Long.SIZE
          || seconds == null
          || seconds < 0
          || seconds > Integer.MAX_VALUE) {
        throw new ConfigError(
            "Error in hard, soft or soft_seconds setting in buffer limit configuration.");
      }
      return new Limit(hard.longValue(), soft.longValue(), seconds.intValue());
    }

    @Override
    public String format(OutputBufferLimits value) {
      return "normal %s slave %s pubsub %s"
          .formatted(amounts(value.normal()), amounts(value.replica()), amounts(value.pubsub()));
    }

    private static String amounts(Limit limit) {
      return limit.hardBytes() + " " + limit.softBytes() + " " + limit.softSeconds();
    }

    @Override
    List<List<String>> lines(OutputBufferLimits value) {
      return List.of(
          line("normal", value.normal()),
          line("replica", value.replica()),
          line("pubsub", value.pubsub()));
    }

    private static List<String> line(String clients, Limit limit) {
      return List.of(
          clients,
          NumberTypes.withUnit(limit.hardBytes()),
          NumberTypes.withUnit(limit.softBytes()),
          Integer.toString(limit.softSeconds()));
    }
  }

  static final class Percentiles extends ParameterType<List<Double>> {
    private static final Pattern NUMBER =
        Pattern.compile(
            "[+-]?([0-9]{1,100}\\.?[0-9]{0,100}|\\.[0-9]{1,100})([eE][+-]?[0-9]{1,3})?");
    private static final Pattern INFINITE = Pattern.compile("[+-]?inf(inity)?");

    Percentiles() {
      super("percentiles, 0 to 100", true);
    }

    @Override
    List<Double> parse(List<String> words, List<Double> current) throws ConfigError {
      List<Double> percentiles = new ArrayList<>();
      for (String word : words) {
        boolean infinite = INFINITE.matcher(word.toLowerCase(Locale.ROOT)).matches();
        if (!infinite && !NUMBER.matcher(word).matches()) {
          throw new ConfigError("Invalid latency-tracking-info-percentiles parameters");
        }
        double percentile = infinite ? Double.POSITIVE_INFINITY : Double.parseDouble(word);
        if (percentile < 0 || percentile > 100) {
          throw new ConfigError(
              "latency-tracking-info-percentiles parameters should sit between [0.0,100.0]");
        }
        percentiles.add(percentile + 0.0); // Of the two zeros, the one without a sign.
      }
      return List.copyOf(percentiles);
    }

    @Override
    public String format(List<Double> value) {
      return String.join(" ", texts(value));
    }

    private static List<String> texts(List<Double> value) {
      return value.stream()
          .map(
              percentile ->
                  new BigDecimal(percentile)
                      .setScale(6, RoundingMode.HALF_EVEN)
                      .stripTrailingZeros()
                      .toPlainString())
          .toList();
    }

    @Override
    List<List<String>> lines(List<Double> value) {
      return List.of(value.isEmpty() ? List.of("") : texts(value));
    }
  }

  static final class OomScores extends ParameterType<List<Long>> {

    OomScores() {
      super("three integers, -2000 to 2000", true);
    }

    @Override
    List<Long> parse(List<String> words, List<Long> current) throws ConfigError {
      if (words.size() != 3) {
        throw new ConfigError("wrong number of arguments");
      }
      List<Long> scores = new ArrayList<>();
      for (String word : words) {
        Long score = NumberTypes.lenientDecimal(word);
        if (score == null || score < -2000 || score > 2000) {
          throw new ConfigError(
              "Invalid oom-score-adj-values, elements must be between -2000 and 2000.");
        }
        scores.add(score);
      }
      return List.copyOf(scores);
    }

    @Override
    public String format(List<Long> value) {
      return value.stream().map(String::valueOf).collect(joining(" "));
    }

    @Override
    List<List<String>> lines(List<Long> value) {
      return List.of(value.stream().map(String::valueOf).toList());
    }
  }

  static final class ReplicationSource extends ParameterType<List<String>> {

    ReplicationSource() {
      super("host and port", true);
    }

    @Override
    List<String> parse(List<String> words, List<String> current) throws ConfigError {
      if (words.isEmpty()) {
        return List.of();
      }
      if (words.size() != 2) {
        throw new ConfigError("wrong number of arguments");
      }
      if (words.get(0).equalsIgnoreCase("no") && words.get(1).equalsIgnoreCase("one")) {
        return List.of();
      }
      Long port = NumberTypes.decimal(words.get(1));
      if (port == null || port < 0 || port > 65535) {
        throw new ConfigError("Invalid master port");
      }
      return List.copyOf(words);
    }

    @Override
    public String format(List<String> value) {
      return String.join(" ", value);
    }

    @Override
    List<List<String>> lines(List<String> value) {
      return List.of(value.isEmpty() ? List.of("no", "one") : value);
    }
  }
}
