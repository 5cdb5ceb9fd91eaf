package dev.carillon.listener.feed;

import dev.carillon.listener.KeyTemplate;
import dev.carillon.listener.pubsub.Interest;
import dev.carillon.protocol.bytes.Bytes;
import dev.carillon.protocol.bytes.Glob;
import dev.carillon.protocol.event.EventClass;
import dev.carillon.protocol.event.EventType;
import dev.carillon.protocol.event.NotifyFlags;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * The feed that a listening needs: how it is made, and in what one that is there differs from it.
 */
final class WantedFeed {

  private final Interest interest;
  private final FeedSource.Options options;

  WantedFeed(Interest interest, FeedSource.Options options) {
    this.interest = interest;
    this.options = options;
  }

  // ---------------------------------------------------------------------------------- how to make

  /** The words of FEED CREATE, without FEED. */
  List<byte[]> creation() {
    List<byte[]> words = new ArrayList<>();
    words.add(FeedSource.bytes("CREATE"));
    words.add(FeedSource.bytes(options.feed()));
    add(words, "EVENTS", letters());
    for (KeyTemplate template : interest.templates()) {
      words.add(FeedSource.bytes("MATCH"));
      words.add(template.glob().toByteArray());
    }
    add(words, "DB", database());
    if (options.valueBytesMax() >= 0) {
      add(words, "VALUES", Long.toString(options.valueBytesMax()));
    }
    add(words, "PARTITIONS", Integer.toString(options.partitions()));
    if (options.isVolatile()) {
      words.add(FeedSource.bytes("VOLATILE"));
    }
    return words;
  }

  private static void add(List<byte[]> words, String option, String value) {
    words.add(FeedSource.bytes(option));
    words.add(FeedSource.bytes(value));
  }

  /** The same as a line that somebody may send. */
  String line() {
    return creation().stream()
        .map(FeedSource::text)
        .map(word -> word.matches("[\\w:.*$-]+") ? word : "'" + word.replace("'", "\\'") + "'")
        .collect(Collectors.joining(" ", "FEED ", ""));
  }

  private String database() {
    return interest.database() == Interest.ANY_DATABASE
        ? "*"
        : Integer.toString(interest.database());
  }

  private String letters() {
    Set<EventClass> classes = EnumSet.noneOf(EventClass.class);
    interest.types().forEach(type -> classes.add(type.eventClass()));
    StringBuilder letters = new StringBuilder();
    classes.forEach(one -> letters.append(one.letter()));
    return letters.isEmpty() ? "A" : letters.toString();
  }

  // ---------------------------------------------------------------------------- what is different

  /**
   * Which wanted events will never be in a feed, for people.
   *
   * @param info what FEED INFO says of it
   */
  List<String> missing(Map<String, Object> info) {
    List<String> missing = new ArrayList<>();
    String letters = FeedCommand.text(info.get("events"));
    NotifyFlags kept = NotifyFlags.parse(letters);
    if (kept != null) {
      Set<String> names = new TreeSet<>();
      if (interest.types().isEmpty() && !letters.contains("A")) {
        names.add("all events");
      }
      for (EventType type : interest.types()) {
        if (!kept.contains(type.eventClass())) {
          names.add(type.wireName());
        }
      }
      if (!names.isEmpty()) {
        missing.add(String.join(", ", names) + " (it keeps EVENTS " + letters + ")");
      }
    }
    List<Bytes> globs = globs(info);
    if (!globs.isEmpty()) {
      String match =
          globs.stream().map(Bytes::toString).collect(Collectors.joining(" MATCH ", "MATCH ", ""));
      if (interest.templates().isEmpty() && globs.stream().noneMatch(WantedFeed::isEveryKey)) {
        missing.add("keys of all shapes (it keeps " + match + ")");
      }
      for (KeyTemplate template : interest.templates()) {
        if (globs.stream().noneMatch(glob -> isInside(template.glob(), glob))) {
          missing.add("keys " + template + " (it keeps " + match + ")");
        }
      }
    }
    String database = FeedCommand.text(info.get("db"));
    if (!database.equals("*") && !database.equals(database())) {
      missing.add(
          (interest.database() == Interest.ANY_DATABASE
                  ? "all databases"
                  : "database " + database())
              + " (it keeps DB "
              + database
              + ")");
    }
    return missing;
  }

  private static List<Bytes> globs(Map<String, Object> info) {
    List<Bytes> globs = new ArrayList<>();
    if (info.get("match") instanceof List<?> list) {
      list.forEach(one -> globs.add(Bytes.of(FeedCommand.text(one))));
    }
    return globs;
  }

  private static boolean isEveryKey(Bytes glob) {
    return glob.length() == 1 && glob.at(0) == '*';
  }

  /**
   * Whether all that {@code narrow} matches is certainly matched by {@code wide}: the same glob, or
   * a beginning and a star.
   */
  private static boolean isInside(Bytes narrow, Bytes wide) {
    int length = Glob.literalPrefixLength(wide);
    boolean isBeginning = length == wide.length() - 1 && wide.at(length) == '*';
    return narrow.equals(wide)
        || isBeginning
            && Glob.literalPrefixLength(narrow) >= length
            && narrow.range(0, length).equals(wide.range(0, length));
  }

  /** In what else a feed is not as asked for; nothing is lost by that. */
  List<String> different(Map<String, Object> info) {
    List<String> different = new ArrayList<>();
    long values = Long.parseLong(FeedCommand.text(info.get("values")));
    if (values < options.valueBytesMax()) {
      different.add(
          values < 0
              ? "it carries no values"
              : "it carries values up to " + values + " bytes, not " + options.valueBytesMax());
    }
    int partitions = info.get("partitions") instanceof List<?> list ? list.size() : 1;
    if (partitions != options.partitions()) {
      different.add("it has " + partitions + " partitions, not " + options.partitions());
    }
    if (!options.isVolatile() && FeedCommand.text(info.get("durable")).equals("no")) {
      different.add("its entries do not outlive the server");
    }
    return different;
  }
}
