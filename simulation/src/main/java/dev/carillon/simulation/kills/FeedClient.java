package dev.carillon.simulation.kills;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;

/**
 * One client whose writes a feed tells of, and what the feed has to say of each of its steps.
 * Nobody else writes to its keys:
 *
 * <ul>
 *   <li>step 7n: {@code SET} of a string;
 *   <li>7n + 1: a key of its own with a deadline within some seconds;
 *   <li>7n + 2: a transaction that sets two strings, and one that no feed holds;
 *   <li>7n + 3: a key of its own;
 *   <li>7n + 4: {@code DEL} of that key;
 *   <li>7n + 5: a key of its own with a deadline within milliseconds;
 *   <li>7n + 6: a transaction that sets a key, deletes it, and sets the string.
 * </ul>
 *
 * <p>What is set tells the step, and which attempt it was: a step that a crash took back is sent
 * again with another value.
 */
final class FeedClient implements Sender.Steps {

  private static final int KINDS = 7;
  private static final int PAUSE_MILLIS_MAX = 3;
  private static final int TTL_MILLIS_MAX = 3_000;
  private static final int SHORT_TTL_MILLIS_MAX = 60;

  /** A key with a deadline. */
  static final class Deadline {
    final String value;
    final long ttlMillis;
    final long sentMillis;

    /** When the server had it at the latest. */
    long setMillis = Long.MAX_VALUE;

    Deadline(String value, long ttlMillis, long sentMillis) {
      this.value = value;
      this.ttlMillis = ttlMillis;
      this.sentMillis = sentMillis;
    }

    long earliestMillis() {
      return sentMillis + ttlMillis;
    }

    long latestMillis() {
      return setMillis == Long.MAX_VALUE ? Long.MAX_VALUE : setMillis + ttlMillis;
    }
  }

  private final String prefix;
  private final Random random;
  private final Sender sender;

  /** For each step what it set. */
  private final List<String> values = new ArrayList<>();

  /** For each step what the feed says of it, in this order and with nothing in between. */
  private final List<List<String>> told = new ArrayList<>();

  /** By step. */
  private final TreeMap<Long, Deadline> deadlines = new TreeMap<>();

  private int attempt;

  FeedClient(int number, int port, long seed) {
    prefix = "f" + number + ":";
    random = new Random(seed);
    sender = new Sender(prefix, port, random, PAUSE_MILLIS_MAX, this);
  }

  Sender sender() {
    return sender;
  }

  /** What all its keys begin with. */
  String prefix() {
    return prefix;
  }

  /** What the feed says of a step, from 1. */
  List<String> told(long step) {
    return told.get((int) step - 1);
  }

  /** By step, those with a deadline. */
  Map<Long, Deadline> deadlines() {
    return deadlines;
  }

  /** What a string holds, by what was done. */
  String last(String name) {
    return name.equals("s")
        ? before(values.size() + 1L, 0, KINDS - 1)
        : before(values.size() + 1L, 2);
  }

  /** The step that a key with a deadline is of. */
  static long stepOf(String key) {
    return Long.parseLong(key.substring(key.lastIndexOf(':') + 1));
  }

  static boolean hasDeadline(String key) {
    return key.contains(":e:");
  }

  /**
   * The server came back with what was done up to a step; what was sent later is forgotten.
   *
   * @param killedMillis when it ended
   */
  void goOnBehind(long step, long killedMillis) {
    values.subList((int) step, values.size()).clear();
    told.subList((int) step, told.size()).clear();
    deadlines.tailMap(step, false).clear();
    for (Deadline deadline : deadlines.values()) {
      deadline.setMillis = Math.min(deadline.setMillis, killedMillis);
    }
    sender.goOnBehind(step);
    attempt++;
  }

  // --------------------------------------------------------------------------------------- steps

  @Override
  public int add(Connection connection, long step) {
    String value = step + "." + attempt;
    values.add(value);
    switch ((int) (step % KINDS)) {
      case 0 -> {
        connection.add("SET", prefix + "s", value);
        tell(set("s", before(step, 0, KINDS - 1)));
      }
      case 1 -> volatileKey(connection, step, value, TTL_MILLIS_MAX);
      case 2 -> {
        connection.add("MULTI");
        connection.add("SET", prefix + "a", value);
        connection.add("SET", "untold:" + prefix + "a", value);
        connection.add("SET", prefix + "b", value);
        connection.add("EXEC");
        tell(set("a", before(step, 2)), set("b", before(step, 2)));
        return 5;
      }
      case 3 -> {
        connection.add("SET", prefix + "d:" + step, value);
        tell(set("d:" + step, ""));
      }
      case 4 -> {
        String key = "d:" + (step - 1);
        connection.add("DEL", prefix + key);
        tell(text("del", prefix + key, value(step - 1)));
      }
      case 5 -> volatileKey(connection, step, value, SHORT_TTL_MILLIS_MAX);
      default -> {
        String key = "d:" + step;
        connection.add("MULTI");
        connection.add("SET", prefix + key, value);
        connection.add("DEL", prefix + key);
        connection.add("SET", prefix + "s", value);
        connection.add("EXEC");
        tell(set(key, ""), text("del", prefix + key, value), set("s", before(step, 0, KINDS - 1)));
        return 5;
      }
    }
    return 1;
  }

  private void volatileKey(Connection connection, long step, String value, int ttlMillisMax) {
    int ttlMillis = 1 + random.nextInt(ttlMillisMax);
    String key = prefix + "e:" + step;
    connection.add("SET", key, value, "PX", Integer.toString(ttlMillis));
    deadlines.put(step, new Deadline(value, ttlMillis, System.currentTimeMillis()));
    tell(set("e:" + step, ""), text("expire", key, ""));
  }

  @Override
  public void onAcknowledged(long step) {
    Deadline deadline = deadlines.get(step);
    if (deadline != null) {
      deadline.setMillis = System.currentTimeMillis();
    }
  }

  private void tell(String... texts) {
    told.add(List.of(texts));
  }

  private String set(String key, String before) {
    return text("set", prefix + key, before);
  }

  private String value(long step) {
    return values.get((int) step - 1);
  }

  /** What the last step of some kinds before this one has set; empty if there was none. */
  private String before(long step, int... kinds) {
    for (long earlier = step - 1; earlier > 0; earlier--) {
      for (int kind : kinds) {
        if (earlier % KINDS == kind) {
          return value(earlier);
        }
      }
    }
    return "";
  }

  /** What an entry says. */
  static String text(String event, String key, String value) {
    return event + " " + key + (value.isEmpty() ? "" : " of " + value);
  }
}
