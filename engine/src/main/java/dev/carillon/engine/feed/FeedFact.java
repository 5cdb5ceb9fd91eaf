package dev.carillon.engine.feed;

import dev.carillon.engine.value.StreamId;
import dev.carillon.protocol.bytes.Bytes;
import dev.carillon.protocol.bytes.Numerals;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * What a snapshot says of a feed beside its streams. A text of words in hexadecimal digits, with
 * spaces between them:
 *
 * <pre>
 *   db | n | n x argument of FEED CREATE | trimmed | trimmed and not acknowledged
 *   for each partition: id of the last entry that was trimmed
 *   for each group that has lost something: name | how many
 * </pre>
 */
record FeedFact(
    FeedDefinition definition,
    long trimmed,
    long unacknowledged,
    List<StreamId> trimmedTo,
    Map<Bytes, Long> lost) {

  static String of(Feed feed) {
    List<Bytes> words = new ArrayList<>();
    List<Bytes> definition = feed.definition().words();
    words.add(Numerals.of(feed.definition().db()));
    words.add(Numerals.of(definition.size()));
    words.addAll(definition);
    words.add(Numerals.of(feed.trimmed()));
    words.add(Numerals.of(feed.trimmedUnacknowledged()));
    for (Feed.Partition partition : feed.partitions()) {
      words.add(partition.trimmedTo().text());
    }
    feed.lost()
        .forEach(
            (group, count) -> {
              words.add(group);
              words.add(Numerals.of(count));
            });
    StringBuilder text = new StringBuilder();
    for (Bytes word : words) {
      text.append(text.isEmpty() ? "" : " ")
          .append(
              HexFormat.of().formatHex(word.array(), word.offset(), word.offset() + word.length()));
    }
    return text.toString();
  }

  /**
   * Reads it.
   *
   * @param databaseCount how many databases there are
   */
  static FeedFact parse(Bytes text, int databaseCount) throws FeedDefinition.Unusable {
    Reader in = new Reader(text);
    long db = in.number();
    if (db < 0 || db >= databaseCount) {
      throw new FeedDefinition.Unusable(
          "it lives in database " + db + ", and there are " + databaseCount);
    }
    List<Bytes> words = new ArrayList<>();
    for (long left = in.number(); left > 0; left--) {
      words.add(in.word());
    }
    FeedDefinition definition = FeedDefinition.parse((int) db, words, databaseCount, 1);
    long trimmed = in.number();
    long unacknowledged = in.number();
    List<StreamId> trimmedTo = new ArrayList<>();
    for (int left = definition.streamKeys().size(); left > 0; left--) {
      StreamId id = FeedEffects.id(in.word());
      if (id == null) {
        throw new FeedDefinition.Unusable("what is said of it is damaged");
      }
      trimmedTo.add(id);
    }
    Map<Bytes, Long> lost = new TreeMap<>();
    while (!in.isAtEnd()) {
      lost.put(in.word(), in.number());
    }
    return new FeedFact(definition, trimmed, unacknowledged, trimmedTo, lost);
  }

  /** Gives a feed what it had lost. */
  void restore(Feed feed) {
    feed.counters(trimmed, unacknowledged);
    feed.lost().putAll(lost);
    for (int i = 0; i < trimmedTo.size(); i++) {
      feed.partitions().get(i).trimmedTo(trimmedTo.get(i));
    }
  }

  private static final class Reader {
    private final String[] words;
    private int at;

    Reader(Bytes text) {
      words = text.toLatin1().split(" ", -1);
    }

    boolean isAtEnd() {
      return at == words.length;
    }

    Bytes word() throws FeedDefinition.Unusable {
      if (isAtEnd()) {
        throw new FeedDefinition.Unusable("what is said of it ends too early");
      }
      try {
        return Bytes.of(HexFormat.of().parseHex(words[at++]));
      } catch (IllegalArgumentException damaged) {
        throw new FeedDefinition.Unusable("what is said of it is damaged");
      }
    }

    long number() throws FeedDefinition.Unusable {
      Bytes word = word();
      if (!Numerals.isLong(word)) {
        throw new FeedDefinition.Unusable("what is said of it is damaged");
      }
      return Numerals.toLong(word);
    }
  }
}
