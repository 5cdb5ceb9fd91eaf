package dev.carillon.listener.feed;

import dev.carillon.listener.connect.Connections;
import io.lettuce.core.codec.ByteArrayCodec;
import io.lettuce.core.protocol.CommandArgs;
import io.lettuce.core.protocol.ProtocolKeyword;
import java.nio.charset.StandardCharsets;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The command FEED, which no client library knows yet. */
final class FeedCommand {

  private static final ProtocolKeyword FEED =
      new ProtocolKeyword() {
        @Override
        public byte[] getBytes() {
          return "FEED".getBytes(StandardCharsets.US_ASCII);
        }

        @Override
        public String toString() {
          return "FEED";
        }
      };

  private FeedCommand() {}

  /**
   * Sends it and answers the reply in Java's types.
   *
   * @throws io.lettuce.core.RedisCommandExecutionException if the server refuses, or knows no feeds
   */
  static Object ask(Connections connections, List<byte[]> words) {
    CommandArgs<byte[], byte[]> arguments = new CommandArgs<>(ByteArrayCodec.INSTANCE);
    words.forEach(arguments::add);
    List<Object> reply =
        connections.ask(redis -> redis.dispatch(FEED, new ReplyOutput(), arguments));
    return reply.getFirst();
  }

  /** A map of a reply by its keys, whether it came as a map or as an array of keys and values. */
  static Map<String, Object> map(Object reply) {
    Map<String, Object> map = new LinkedHashMap<>();
    if (reply instanceof Map<?, ?> pairs) {
      pairs.forEach((key, value) -> map.put(text(key), value));
    } else if (reply instanceof List<?> list) {
      for (Iterator<?> at = list.iterator(); at.hasNext(); ) {
        String key = text(at.next());
        map.put(key, at.next());
      }
    }
    return map;
  }

  /** A string of a reply. */
  static String text(@Nullable Object reply) {
    return reply instanceof byte[] bytes
        ? new String(bytes, StandardCharsets.UTF_8)
        : String.valueOf(reply);
  }
}
