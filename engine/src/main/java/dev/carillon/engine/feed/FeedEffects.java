package dev.carillon.engine.feed;

import dev.carillon.engine.value.StreamId;
import dev.carillon.protocol.bytes.Bytes;
import dev.carillon.protocol.resp.Request;
import org.jspecify.annotations.Nullable;

/**
 * What repeats the appends and trims of feeds, in the form of commands that no client may use.
 *
 * <pre>
 *   FEED APPEND stream-key id field value [field value ...]     in the feed's database
 *   FEED TRIM   stream-key id                                   all below the id went
 * </pre>
 */
public final class FeedEffects {

  static final Bytes FEED = Bytes.of("FEED");
  static final Bytes APPEND = Bytes.of("APPEND");
  static final Bytes TRIM = Bytes.of("TRIM");

  private static final int ID_AT = 3;

  private FeedEffects() {}

  static Bytes[] append(Bytes key, StreamId id, Bytes[] pairs) {
    Bytes[] words = new Bytes[ID_AT + 1 + pairs.length];
    words[0] = FEED;
    words[1] = APPEND;
    words[2] = key;
    words[ID_AT] = id.text();
    System.arraycopy(pairs, 0, words, ID_AT + 1, pairs.length);
    return words;
  }

  /** Whether a request is one of these. */
  public static boolean isOne(Request request) {
    return request.count() > ID_AT
        && request.argument(0).isWord("FEED")
        && (request.argument(1).isWord("APPEND") || request.argument(1).isWord("TRIM"));
  }

  /**
   * Repeats it.
   *
   * @param db the number of the database in which the feed lives
   * @return whether that was possible: the feed is there, and the id follows its last one
   */
  public static boolean repeat(Feeds feeds, int db, Request request) {
    Bytes key = request.argument(2);
    StreamId id = id(request.argument(ID_AT));
    if (id == null) {
      return false;
    }
    if (request.argument(1).isWord("TRIM")) {
      return feeds.repeatTrim(db, key, id);
    }
    Bytes[] pairs = new Bytes[request.count() - ID_AT - 1];
    for (int i = 0; i < pairs.length; i++) {
      pairs[i] = request.argument(ID_AT + 1 + i);
    }
    return pairs.length % 2 == 0 && feeds.repeatAppend(db, key, id, pairs);
  }

  /** An id as {@link StreamId#text} writes it, or null. */
  static @Nullable StreamId id(Bytes text) {
    String characters = text.toLatin1();
    int dash = characters.indexOf('-');
    try {
      return dash < 0
          ? null
          : new StreamId(
              Long.parseUnsignedLong(characters, 0, dash, 10),
              Long.parseUnsignedLong(characters, dash + 1, characters.length(), 10));
    } catch (NumberFormatException malformed) {
      return null;
    }
  }
}
