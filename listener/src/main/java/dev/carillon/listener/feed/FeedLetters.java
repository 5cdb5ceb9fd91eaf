package dev.carillon.listener.feed;

import dev.carillon.listener.DeadLetter;
import dev.carillon.listener.DeadLetters;
import dev.carillon.listener.KeyEvent;
import dev.carillon.listener.KeyTemplate;
import dev.carillon.listener.connect.Connections;
import dev.carillon.listener.pubsub.Interest;
import dev.carillon.protocol.bytes.Bytes;
import io.lettuce.core.Limit;
import io.lettuce.core.Range;
import io.lettuce.core.StreamMessage;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Events that a group has given up, in a stream of its own. A letter is the entry as it was in the
 * feed with three more fields: {@code id}, the event's; {@code attempts}; {@code error}.
 */
public final class FeedLetters implements DeadLetters {

  /** The fields that a letter has beside those of its entry. */
  static final Set<String> OWN_FIELDS = Set.of("id", "attempts", "error");

  private final Connections connections;
  private final byte[] deadKey;
  private final byte[] redriveKey;

  /** Those of a group of a feed. */
  public FeedLetters(Connections connections, String feed, String group) {
    this.connections = connections;
    deadKey = FeedSource.deadKey(feed, group);
    redriveKey = FeedSource.redriveKey(feed, group);
  }

  /** Keeps an event that came by no feed; it is an entry as a feed would have it. */
  public static void keep(
      Connections connections, String feed, String group, KeyEvent event, Throwable cause) {
    Map<byte[], byte[]> letter = new LinkedHashMap<>();
    letter.put(FeedSource.bytes("event"), FeedSource.bytes(event.name()));
    letter.put(FeedSource.bytes("key"), event.key().toByteArray());
    letter.put(FeedSource.bytes("db"), FeedSource.bytes(Integer.toString(event.database())));
    letter.put(FeedSource.bytes("at"), FeedSource.bytes(Long.toString(event.at().toEpochMilli())));
    letter.put(FeedSource.bytes("id"), FeedSource.bytes(event.id()));
    letter.put(FeedSource.bytes("attempts"), FeedSource.bytes(Integer.toString(event.attempt())));
    letter.put(FeedSource.bytes("error"), FeedSource.bytes(String.valueOf(cause)));
    connections.ask(redis -> redis.xadd(FeedSource.deadKey(feed, group), letter));
  }

  /**
   * A dead letter that was handed to the group again.
   *
   * @param entry its place in the stream of those
   * @param event the event, as if it had not been tried
   */
  public record Redriven(String entry, KeyEvent event) {}

  /** The oldest ones that were handed to the group again and are wanted by {@code interest}. */
  public static List<Redriven> redriven(
      Connections connections, String feed, String group, Interest interest, int max) {
    byte[] key = FeedSource.redriveKey(feed, group);
    List<Redriven> some = new ArrayList<>();
    for (StreamMessage<byte[], byte[]> message :
        connections.ask(redis -> redis.xrange(key, Range.unbounded(), Limit.from(max)))) {
      Map<String, Bytes> fields = fields(message);
      Bytes name = fields.getOrDefault("event", Bytes.EMPTY);
      Bytes of = fields.getOrDefault("key", Bytes.EMPTY);
      KeyTemplate template = interest.wanted(name, of);
      if (template != null) {
        some.add(
            new Redriven(
                message.getId(),
                new KeyEvent(
                    text(fields, "id"),
                    name.toString(),
                    Integer.parseInt(text(fields, "db")),
                    of,
                    template,
                    Instant.ofEpochMilli(Long.parseLong(text(fields, "at"))),
                    1,
                    List.of())));
      }
    }
    return some;
  }

  /** What was handed to the group again is done. */
  public static void endRedriven(Connections connections, String feed, String group, String entry) {
    connections.ask(redis -> redis.xdel(FeedSource.redriveKey(feed, group), entry));
  }

  @Override
  public long count() {
    return connections.ask(redis -> redis.xlen(deadKey));
  }

  @Override
  public List<DeadLetter> list(int max) {
    List<DeadLetter> letters = new ArrayList<>();
    for (StreamMessage<byte[], byte[]> message : read(max)) {
      Map<String, Bytes> fields = fields(message);
      letters.add(
          new DeadLetter(
              text(fields, "id"),
              text(fields, "event"),
              fields.getOrDefault("key", Bytes.EMPTY),
              Integer.parseInt(text(fields, "attempts")),
              text(fields, "error")));
    }
    return letters;
  }

  private static Map<String, Bytes> fields(StreamMessage<byte[], byte[]> message) {
    Map<String, Bytes> fields = new HashMap<>();
    message
        .getBody()
        .forEach((field, value) -> fields.put(FeedSource.text(field), Bytes.of(value)));
    return fields;
  }

  private static String text(Map<String, Bytes> fields, String field) {
    return fields.getOrDefault(field, Bytes.EMPTY).toString();
  }

  @Override
  public int redrive(int max) {
    List<StreamMessage<byte[], byte[]>> messages = read(max);
    for (StreamMessage<byte[], byte[]> message : messages) {
      Map<byte[], byte[]> entry = new LinkedHashMap<>();
      message
          .getBody()
          .forEach(
              (field, value) -> {
                String name = FeedSource.text(field);
                if (name.equals("id") || !OWN_FIELDS.contains(name)) {
                  entry.put(field, value);
                }
              });
      // In this order: twice is better than never, and the id tells.
      connections.ask(redis -> redis.xadd(redriveKey, entry));
      connections.ask(redis -> redis.xdel(deadKey, message.getId()));
    }
    return messages.size();
  }

  private List<StreamMessage<byte[], byte[]>> read(int max) {
    return connections.ask(redis -> redis.xrange(deadKey, Range.unbounded(), Limit.from(max)));
  }
}
