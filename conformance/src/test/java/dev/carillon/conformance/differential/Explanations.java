package dev.carillon.conformance.differential;

import dev.carillon.conformance.Version;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

/**
 * The differences that are meant, from {@code explained.txt}, and how often each was met. An
 * explanation is a paragraph about replies:
 *
 * <pre>
 * # what differs
 * why: the reason
 * command: a pattern for the whole request
 * carillon: a pattern for all of Carillon's reply
 * redis: a pattern for all of redis-server's reply
 * alike: elements, if both must have the same ones in any order; or count, if only as many
 * </pre>
 *
 * <p>or about what <em>other</em> clients hear during a request; there EXEC stands with all that it
 * executes behind it, and then {@code << A: BLPOP a 0} for each client that waits:
 *
 * <pre>
 * # what differs
 * why: the reason
 * hearing: a pattern that is found in the request
 * only-redis: a pattern for each message that redis-server alone sends; or only-carillon
 * </pre>
 *
 * <p>or about all that another client hears:
 *
 * <pre>
 * # what differs
 * why: the reason
 * hearing: a pattern that is found in the request
 * carillon: a pattern for all that Carillon sends
 * redis: a pattern for all that redis-server sends
 * </pre>
 *
 * <p>or about what INFO counts:
 *
 * <pre>
 * # what differs
 * why: the reason
 * counting: a pattern that is found in the request
 * counter: a pattern for the whole name of what is counted, such as `get calls`
 * more: carillon or redis, whichever counts more
 * </pre>
 *
 * <p>{@code until: 7.2} says that it is one with servers older than that, {@code since: 8.2} that
 * it is one with that and later ones.
 *
 * <p>{@code then: stop} says that the two sides hold different things afterwards, so that the rest
 * of the script tells nothing.
 */
final class Explanations {

  /** One paragraph. */
  record Explanation(
      String title, String why, Matter matter, boolean stops, Version since, Version until) {

    private boolean isAbout(Version version) {
      return version.isSince(since) && !(until != Version.NONE && version.isSince(until));
    }
  }

  /** What an explanation is about. */
  private sealed interface Matter {}

  private record Replies(Pattern command, Pattern carillon, Pattern redis, Likeness likeness)
      implements Matter {}

  /** What two replies must have in common beside what the patterns say. */
  private enum Likeness {
    NONE,
    COUNT,
    ELEMENTS;

    boolean holds(String ours, String theirs) {
      return switch (this) {
        case NONE -> true;
        case COUNT -> elements(ours).size() == elements(theirs).size();
        case ELEMENTS -> elements(ours).equals(elements(theirs));
      };
    }

    private static List<String> elements(String reply) {
      return ELEMENT.matcher(reply).results().map(MatchResult::group).sorted().toList();
    }
  }

  /** A word or a quoted text in a shown reply. */
  private static final Pattern ELEMENT = Pattern.compile("\"(\\\\.|[^\"\\\\]++)*+\"|[^\\[\\], ]+");

  private record Heard(Pattern command, Pattern carillon, Pattern redis) implements Matter {}

  private record Messages(Pattern command, Pattern surplus, boolean ofRedis) implements Matter {}

  private record Counts(Pattern command, Pattern counter, boolean moreInRedis) implements Matter {}

  private static final Set<String> FIELDS =
      Set.of(
          "why",
          "command",
          "hearing",
          "carillon",
          "redis",
          "only-carillon",
          "only-redis",
          "alike",
          "counting",
          "counter",
          "more",
          "then",
          "since",
          "until");

  /** What to call the order in which a client of RESP3 gets its own messages. */
  static final String OWN_MESSAGES = "a client's own messages";

  /** What to call the two spellings of nothing in an invalidation of everything. */
  static final String NULLS = "nothing in two protocols";

  /** What to call the order of invalidations and notifications of one request. */
  static final String INVALIDATIONS = "invalidations among notifications";

  private final List<Explanation> all = new ArrayList<>();
  private final Map<String, Long> met = new LinkedHashMap<>();

  private Explanations() {
    met.put(OWN_MESSAGES, 0L);
    met.put(INVALIDATIONS, 0L);
    met.put(NULLS, 0L);
  }

  /** None. */
  static Explanations none() {
    return new Explanations();
  }

  /** Those of the file that are about servers of this version. */
  static Explanations read(Version version) {
    try (InputStream file =
        Objects.requireNonNull(
            Explanations.class.getResourceAsStream("/differential/explained.txt"))) {
      return parse(new String(file.readAllBytes(), StandardCharsets.UTF_8), version);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Those of a text such as the file has that are about servers of this version. */
  static Explanations parse(String text, Version version) {
    Explanations explanations = new Explanations();
    for (String paragraph : text.split("\n\\s*\n", -1)) {
      List<String> lines =
          paragraph.lines().filter(line -> !line.isBlank() && !line.startsWith("##")).toList();
      if (!lines.isEmpty()) {
        Explanation explanation = paragraph(lines);
        if (explanation.isAbout(version)) {
          explanations.add(explanation);
        }
      }
    }
    return explanations;
  }

  private static Explanation paragraph(List<String> lines) {
    String title = lines.getFirst();
    if (!title.startsWith("# ")) {
      throw new IllegalStateException("a paragraph begins with `# title`: " + title);
    }
    Map<String, String> fields = new HashMap<>();
    for (String line : lines.subList(1, lines.size())) {
      int colon = line.indexOf(": ");
      if (colon < 0
          || !FIELDS.contains(line.substring(0, colon))
          || fields.put(line.substring(0, colon), line.substring(colon + 2)) != null) {
        throw new IllegalStateException("in `" + title + "`: " + line);
      }
    }
    Matter matter;
    if (fields.containsKey("counting")) {
      matter =
          new Counts(
              pattern(field(fields, title, "counting")),
              pattern(field(fields, title, "counter")),
              field(fields, title, "more").equals("redis"));
    } else if (fields.containsKey("hearing") && fields.containsKey("carillon")) {
      matter =
          new Heard(
              pattern(field(fields, title, "hearing")),
              pattern(field(fields, title, "carillon")),
              pattern(field(fields, title, "redis")));
    } else if (fields.containsKey("hearing")) {
      boolean ofRedis = fields.containsKey("only-redis");
      matter =
          new Messages(
              pattern(field(fields, title, "hearing")),
              pattern(field(fields, title, ofRedis ? "only-redis" : "only-carillon")),
              ofRedis);
    } else {
      matter =
          new Replies(
              pattern(field(fields, title, "command")),
              pattern(field(fields, title, "carillon")),
              pattern(field(fields, title, "redis")),
              Likeness.valueOf(fields.getOrDefault("alike", "none").toUpperCase(Locale.ROOT)));
    }
    return new Explanation(
        title.substring(2),
        field(fields, title, "why"),
        matter,
        "stop".equals(fields.get("then")),
        version(fields, "since"),
        version(fields, "until"));
  }

  private static Version version(Map<String, String> fields, String name) {
    String text = fields.get(name);
    return text == null ? Version.NONE : Version.parse(text);
  }

  private static String field(Map<String, String> fields, String title, String name) {
    String value = fields.get(name);
    if (value == null) {
      throw new IllegalStateException("`" + title + "` has no line `" + name + ": `");
    }
    return value;
  }

  private static Pattern pattern(String text) {
    return Pattern.compile(text, Pattern.DOTALL);
  }

  private void add(Explanation explanation) {
    if (met.put(explanation.title(), 0L) != null) {
      throw new IllegalStateException("two explanations are called " + explanation.title());
    }
    all.add(explanation);
  }

  /** Why the replies to a request differ, if that is known. */
  Optional<Explanation> explain(String request, String ours, String theirs) {
    return first(
        matter ->
            matter
                    instanceof
                    Replies(Pattern command, Pattern carillon, Pattern redis, Likeness likeness)
                && command.matcher(request).matches()
                && carillon.matcher(ours).matches()
                && redis.matcher(theirs).matches()
                && likeness.holds(ours, theirs));
  }

  /** Why a client hears different messages during a request, if that is known. */
  Optional<Explanation> explainHeard(String request, List<String> ours, List<String> theirs) {
    return first(
        matter ->
            switch (matter) {
              case Replies replies -> false;
              case Counts counts -> false;
              case Heard(Pattern command, Pattern carillon, Pattern redis) ->
                  command.matcher(request).find()
                      && carillon.matcher(String.join(" | ", ours)).matches()
                      && redis.matcher(String.join(" | ", theirs)).matches();
              case Messages(Pattern command, Pattern surplus, boolean ofRedis) ->
                  command.matcher(request).find()
                      && isSurplus(surplus, ofRedis ? ours : theirs, ofRedis ? theirs : ours);
            });
  }

  /** Why a request raises a counter by more on one side, if that is known. */
  Optional<Explanation> explainCount(String request, String counter, long ours, long theirs) {
    return first(
        matter ->
            matter instanceof Counts(Pattern command, Pattern name, boolean moreInRedis)
                && command.matcher(request).find()
                && name.matcher(counter).matches()
                && moreInRedis == theirs > ours);
  }

  private Optional<Explanation> first(Predicate<Matter> holds) {
    Optional<Explanation> first = all.stream().filter(one -> holds.test(one.matter())).findFirst();
    first.ifPresent(one -> met(one.title()));
    return first;
  }

  /** Whether {@code more} is {@code fewer} with messages in between that match. */
  private static boolean isSurplus(Pattern surplus, List<String> fewer, List<String> more) {
    int matched = 0;
    for (String message : more) {
      if (matched < fewer.size() && message.equals(fewer.get(matched))) {
        matched++;
      } else if (!surplus.matcher(message).matches()) {
        return false;
      }
    }
    return matched == fewer.size();
  }

  /** A difference with this explanation was met. */
  void met(String title) {
    met.merge(title, 1L, Long::sum);
  }

  /** How often each was met, in the order of the file. */
  Map<String, Long> met() {
    return met;
  }
}
