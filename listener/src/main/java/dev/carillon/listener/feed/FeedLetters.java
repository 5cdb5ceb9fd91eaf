package dev.carillon.listener.feed;

import dev.carillon.listener.DeadLetter;
import dev.carillon.listener.DeadLetters;
import dev.carillon.listener.connect.Connections;
import dev.carillon.protocol.bytes.Bytes;
import io.lettuce.core.Limit;
import io.lettuce.core.Range;
import io.lettuce.core.StreamMessage;
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

  @Override
  public long count() {
    return connections.ask(redis -> redis.xlen(deadKey));
  }

  @Override
  public List<DeadLetter> list(int max) {
    List<DeadLetter> letters = new ArrayList<>();
    for (StreamMessage<byte[], byte[]> message : read(max)) {
      Map<String, Bytes> fields = new HashMap<>();
      message
          .getBody()
          .forEach((field, value) -> fields.put(FeedSource.text(field), Bytes.of(value)));
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
