package dev.carillon.server.cli;

import dev.carillon.protocol.bytes.Bytes;
import dev.carillon.protocol.resp.Reply;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Reads a feed of Carillon, partition by partition, and knows how far it came: after a lost
 * connection it goes on behind the last entry that it handed out, or where its group is. One
 * thread.
 */
final class FeedReader {

  /** Chosen: shorter than what the connection takes for silence. */
  private static final String BLOCK_MILLIS = "5000";

  private static final String COUNT = "100";

  /** An entry of the feed. */
  record Entry(String stream, String id, Map<String, Bytes> fields) {}

  /** Gets the entries, one after the other. */
  interface Sink {
    /** Answers whether more are wanted. */
    boolean accept(Entry entry);
  }

  /** The server refuses something, and will do so again. */
  static final class Refused extends Exception {
    private static final long serialVersionUID = 1L;

    Refused(String sentence) {
      super(sentence);
    }
  }

  private final String feed;
  private final @Nullable String group;
  private final String consumer;
  private final String from;

  /** The streams of the feed, each with the id behind which to go on. */
  private final Map<String, String> places = new TreeMap<>();

  /**
   * A reader that has read nothing.
   *
   * @param group whose place in the feed counts, or null for a reader of its own
   * @param consumer its name in the group
   * @param from the id behind which it begins, or {@code $} for now
   */
  FeedReader(String feed, @Nullable String group, String consumer, String from) {
    this.feed = feed;
    this.group = group;
    this.consumer = consumer;
    this.from = from;
  }

  /** How to go on later, in the words of the command line. */
  String continuation() {
    if (group != null) {
      return "--group " + group;
    }
    String id = places.values().stream().max(FeedReader::compare).orElse(from);
    return places.size() == 1 && !id.equals("$") ? "--from " + id : "";
  }

  private static int compare(String id, String other) {
    String[] one = id.split("-", 2);
    String[] two = other.split("-", 2);
    int byTime = Long.compareUnsigned(number(one[0]), number(two[0]));
    return byTime != 0 || one.length < 2 || two.length < 2
        ? byTime
        : Long.compareUnsigned(number(one[1]), number(two[1]));
  }

  private static long number(String digits) {
    return digits.matches("\\d{1,20}") ? Long.parseUnsignedLong(digits) : 0;
  }

  /** Finds the streams of the feed, and makes the group if need be; after each connection. */
  void prepare(RedisConnection connection, int db) throws IOException, Refused {
    check(connection.ask("SELECT", Integer.toString(db)));
    List<String> streams = streams(check(connection.ask("FEED", "INFO", feed)));
    for (String stream : streams) {
      if (group != null) {
        Reply reply =
            connection.ask("XGROUP", "CREATE", stream, group, from.equals("$") ? "$" : from);
        if (!(reply instanceof Reply.Failure failure) || !failure.code().equals("BUSYGROUP")) {
          check(reply);
        }
        // First what this consumer was given before and has not acknowledged.
        places.put(stream, "0");
      } else if (!places.containsKey(stream)) {
        places.put(stream, from.equals("$") ? last(connection, stream) : from);
      }
    }
  }

  /** What now is: entries that come while another partition is read are not to be missed. */
  private String last(RedisConnection connection, String stream) throws IOException, Refused {
    Reply newest = check(connection.ask("XREVRANGE", stream, "+", "-", "COUNT", "1"));
    List<Reply> entries = elements(newest);
    return entries.isEmpty() ? "0-0" : text(elements(entries.getFirst()).getFirst());
  }

  private static List<String> streams(Reply info) {
    List<Reply> words = elements(info);
    List<String> streams = new ArrayList<>();
    for (int i = 0; i + 1 < words.size(); i += 2) {
      if (text(words.get(i)).equals("partitions")) {
        for (Reply partition : elements(words.get(i + 1))) {
          streams.add(text(elements(partition).get(1)));
        }
      }
    }
    return streams;
  }

  /**
   * Waits for entries and hands them out; returns after some seconds where none come.
   *
   * @return whether more are wanted
   */
  boolean read(RedisConnection connection, Sink sink) throws IOException, Refused {
    List<String> request = new ArrayList<>();
    boolean isHistory = group != null && places.containsValue("0");
    if (group == null) {
      request.add("XREAD");
    } else {
      request.addAll(List.of("XREADGROUP", "GROUP", group, consumer));
    }
    request.addAll(List.of("COUNT", COUNT));
    if (!isHistory) {
      request.addAll(List.of("BLOCK", BLOCK_MILLIS));
    }
    request.add("STREAMS");
    request.addAll(places.keySet());
    for (String place : places.values()) {
      request.add(group == null || isHistory ? place : ">");
    }
    Reply reply = check(connection.ask(request.toArray(String[]::new)));
    boolean isEmpty = true;
    for (Reply stream : elements(reply)) {
      String name = text(elements(stream).get(0));
      for (Reply entry : elements(elements(stream).get(1))) {
        isEmpty = false;
        Entry read = entry(name, elements(entry));
        boolean goesOn = read.fields().isEmpty() || sink.accept(read);
        if (group == null) {
          places.put(name, read.id());
        } else {
          check(connection.ask("XACK", name, group, read.id()));
        }
        if (!goesOn) {
          return false;
        }
      }
    }
    if (isHistory && isEmpty) {
      places.replaceAll((name, place) -> ">");
    }
    return true;
  }

  private static Entry entry(String stream, List<Reply> idAndFields) {
    List<Reply> words = elements(idAndFields.get(1));
    Map<String, Bytes> fields = new TreeMap<>();
    for (int i = 0; i + 1 < words.size(); i += 2) {
      Bytes value = RedisConnection.text(words.get(i + 1));
      fields.put(text(words.get(i)), value == null ? Bytes.EMPTY : value);
    }
    return new Entry(stream, text(idAndFields.get(0)), fields);
  }

  private Reply check(Reply reply) throws Refused {
    if (reply instanceof Reply.Failure failure) {
      throw new Refused("feed " + feed + ": the server answers: " + failure.text());
    }
    return reply;
  }

  private static List<Reply> elements(Reply reply) {
    return reply instanceof Reply.Array(List<Reply> elements) ? elements : List.of();
  }

  private static String text(Reply reply) {
    Bytes text = RedisConnection.text(reply);
    return text == null ? "" : text.toString();
  }
}
