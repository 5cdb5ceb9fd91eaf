package dev.carillon.simulation.kills;

import dev.carillon.protocol.resp.Reply;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * One client whose steps are one turn of the server each. Nobody else writes to its keys, so that
 * what has to be there after a crash follows from the number of its last step alone:
 *
 * <ul>
 *   <li>step 5n: {@code SET} of a string to the number of the step;
 *   <li>5n + 1: {@code RPUSH} of the number;
 *   <li>5n + 2: a transaction that sets two strings to the number;
 *   <li>5n + 3: a key of its own with a deadline;
 *   <li>5n + 4: {@code XADD} with the number as the id.
 * </ul>
 */
final class Writer implements Sender.Steps {

  /** A broken promise. */
  static final class Lost extends Exception {
    private static final long serialVersionUID = 1;

    Lost(String message) {
      super(message);
    }
  }

  private static final int KINDS = 5;
  private static final int LIST_MAX = 1_000;

  /** About deadlines that are so near nothing is said. */
  private static final long NEAR_MILLIS = 250;

  private final String prefix;
  private final Random random;
  private final Sender sender;
  private final Map<Long, Long> deadlines = new TreeMap<>();

  Writer(int number, int port, long seed) {
    prefix = "w" + number + ":";
    random = new Random(seed);
    sender = new Sender(prefix, port, random, 0, this);
  }

  Sender sender() {
    return sender;
  }

  @Override
  public int add(Connection connection, long step) {
    String number = Long.toString(step);
    switch ((int) (step % KINDS)) {
      case 0 -> connection.add("SET", prefix + "s", number);
      case 1 -> connection.add("RPUSH", prefix + "l", number);
      case 2 -> {
        connection.add("MULTI");
        connection.add("SET", prefix + "a", number);
        connection.add("SET", prefix + "b", number);
        connection.add("LTRIM", prefix + "l", Integer.toString(-LIST_MAX), "-1");
        connection.add("EXEC");
        return 5;
      }
      case 3 -> {
        long deadline = System.currentTimeMillis() + 50 + random.nextInt(4_000);
        deadlines.put(step, deadline);
        connection.add(
            "SET",
            prefix + "e:" + step,
            "x".repeat(random.nextInt(200)),
            "PXAT",
            Long.toString(deadline));
      }
      default -> connection.add("XADD", prefix + "x", "MAXLEN", "100", number + "-0", "f", "v");
    }
    return 1;
  }

  // ------------------------------------------------------------------------------------ checking

  /** Compares what is there with what has to be, and goes on behind it. */
  void verify(Connection connection) throws IOException, Lost {
    long acknowledged = sender.acknowledged();
    long sent = sender.sent();
    long string = number(connection.text("GET", prefix + "s"));
    long list = number(connection.text("LINDEX", prefix + "l", "-1"));
    long first = number(connection.text("GET", prefix + "a"));
    long second = number(connection.text("GET", prefix + "b"));
    long stream = streamEnd(connection);
    long asked = System.currentTimeMillis();
    Set<Long> volatiles = volatiles(connection);
    long expiring = volatiles.isEmpty() ? 0 : ((TreeSet<Long>) volatiles).last();
    if (first != second) {
      throw new Lost(prefix + " half a transaction is there: " + first + " and " + second);
    }
    long last = Math.max(Math.max(string, list), Math.max(first, stream));
    // A step whose key has expired meanwhile shows in the next one only.
    last = Math.max(last, expiring);
    if (last < acknowledged && (last + 1 < acknowledged || acknowledged % KINDS != 3)) {
      throw new Lost(
          prefix + " step " + acknowledged + " was acknowledged, and " + last + " is the last");
    }
    if (last > sent) {
      throw new Lost(prefix + " step " + last + " is there, and " + sent + " was the last sent");
    }
    expect("string", string, 0, last);
    expect("list", list, 1, last);
    expect("transaction", first, 2, last);
    expect("stream", stream, 4, last);
    verifyList(connection, list);
    verifyDeadlines(connection, volatiles, last, asked);
    sender.goOnBehind(Math.max(last, acknowledged));
  }

  private void expect(String what, long found, int kind, long last) throws Lost {
    long wanted = last - Math.floorMod(last - kind, KINDS);
    if (found != Math.max(wanted, 0)) {
      throw new Lost(
          prefix
              + " the "
              + what
              + " is at step "
              + found
              + " and should be at "
              + wanted
              + ", since step "
              + last
              + " is there");
    }
  }

  private void verifyList(Connection connection, long last) throws IOException, Lost {
    if (last == 0) {
      return;
    }
    long step = 0;
    for (Reply element :
        ((Reply.Array) connection.ask("LRANGE", prefix + "l", "0", "-1")).elements()) {
      long number = number(Connection.text(element));
      if (step != 0 && number != step + KINDS) {
        throw new Lost(prefix + " the list goes from " + step + " to " + number);
      }
      step = number;
    }
  }

  private long streamEnd(Connection connection) throws IOException {
    Reply newest = connection.ask("XREVRANGE", prefix + "x", "+", "-", "COUNT", "1");
    List<Reply> entries = ((Reply.Array) newest).elements();
    if (entries.isEmpty()) {
      return 0;
    }
    String id = Connection.text(((Reply.Array) entries.getFirst()).elements().getFirst());
    return number(id.substring(0, id.indexOf('-')));
  }

  private TreeSet<Long> volatiles(Connection connection) throws IOException {
    TreeSet<Long> steps = new TreeSet<>();
    for (Reply key : ((Reply.Array) connection.ask("KEYS", prefix + "e:*")).elements()) {
      steps.add(number(Connection.text(key).substring(prefix.length() + 2)));
    }
    return steps;
  }

  /**
   * Compares keys with their deadlines.
   *
   * @param asked when {@code found} was asked for, or before
   */
  private void verifyDeadlines(Connection connection, Set<Long> found, long last, long asked)
      throws IOException, Lost {
    long now = System.currentTimeMillis();
    for (Map.Entry<Long, Long> entry : deadlines.entrySet()) {
      long step = entry.getKey();
      long deadline = entry.getValue();
      boolean isThere = found.contains(step);
      if (isThere && deadline < asked - NEAR_MILLIS) {
        throw new Lost(
            prefix
                + " the key of step "
                + step
                + " is there "
                + (asked - deadline)
                + " ms after its deadline");
      }
      if (!isThere && step <= last && deadline > now + NEAR_MILLIS) {
        throw new Lost(
            prefix
                + " the key of step "
                + step
                + " is gone "
                + (deadline - now)
                + " ms before its deadline");
      }
      if (isThere && deadline > now + NEAR_MILLIS) {
        long kept = number(connection.text("PEXPIRETIME", prefix + "e:" + step));
        if (kept != deadline && kept != -2) {
          throw new Lost(
              prefix + " the deadline of step " + step + " is " + kept + " and was " + deadline);
        }
      }
    }
    deadlines.entrySet().removeIf(entry -> entry.getValue() < now - 2 * NEAR_MILLIS);
    deadlines.keySet().removeIf(step -> step > last);
  }

  private static long number(String text) {
    return text.isEmpty() ? 0 : Long.parseLong(text);
  }
}
