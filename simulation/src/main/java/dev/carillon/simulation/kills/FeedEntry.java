package dev.carillon.simulation.kills;

import dev.carillon.protocol.resp.Reply;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.CRC32;

/**
 * An entry of a feed as a client gets it.
 *
 * @param all everything that it says, its id included, for comparing it with itself
 */
record FeedEntry(
    String id, String event, String key, String value, long at, long deadline, String all) {

  /** The entries of a reply to XRANGE, or of one stream of a reply to XREAD. */
  static List<FeedEntry> of(Reply reply) {
    List<FeedEntry> entries = new ArrayList<>();
    if (reply instanceof Reply.Array array) {
      for (Reply each : array.elements()) {
        entries.add(entry((Reply.Array) each));
      }
    }
    return entries;
  }

  private static FeedEntry entry(Reply.Array entry) {
    String id = Connection.text(entry.elements().get(0));
    StringBuilder all = new StringBuilder(id);
    Map<String, String> fields = new HashMap<>();
    List<Reply> words = ((Reply.Array) entry.elements().get(1)).elements();
    for (int i = 0; i < words.size(); i += 2) {
      String name = Connection.text(words.get(i));
      String value = Connection.text(words.get(i + 1));
      fields.put(name, value);
      all.append(' ').append(name).append('=').append(value);
    }
    return new FeedEntry(
        id,
        fields.getOrDefault("event", ""),
        fields.getOrDefault("key", ""),
        fields.getOrDefault("value", ""),
        Long.parseLong(fields.getOrDefault("at", "-1")),
        Long.parseLong(fields.getOrDefault("deadline", "-1")),
        all.toString());
  }

  /** What {@link FeedClient} says of it. */
  String text() {
    return FeedClient.text(event, key, value);
  }

  /** The same, and when; but not the value, which not every feed carries. */
  String textWithTime() {
    return event + " " + key + " " + at;
  }

  boolean isExpired() {
    return event.equals("expired");
  }

  /** Whether there is the key behind this entry. */
  boolean leavesKey() {
    return !isExpired() && !event.equals("del");
  }

  /** The partition that it belongs to. */
  int partition(int partitions) {
    CRC32 crc = new CRC32();
    crc.update(key.getBytes(StandardCharsets.ISO_8859_1));
    return (int) (crc.getValue() % partitions);
  }

  /** Whether an id is the higher one. */
  static boolean isBehind(String id, String other) {
    int dash = id.indexOf('-');
    int otherDash = other.indexOf('-');
    long millis = Long.parseLong(id.substring(0, dash));
    long otherMillis = Long.parseLong(other.substring(0, otherDash));
    return millis != otherMillis
        ? millis > otherMillis
        : Long.parseLong(id.substring(dash + 1)) > Long.parseLong(other.substring(otherDash + 1));
  }
}
