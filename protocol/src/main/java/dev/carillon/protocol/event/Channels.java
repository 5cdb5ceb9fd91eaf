package dev.carillon.protocol.event;

import dev.carillon.protocol.bytes.Bytes;
import dev.carillon.protocol.bytes.Numerals;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The names of notification channels and the payloads of the subkey channels, in both directions.
 *
 * <pre>
 *   channel                                payload
 *   __keyspace@db__:key                    event
 *   __keyevent@db__:event                  key
 *   __subkeyspace@db__:key                 event|n:field,n:field…
 *   __subkeyevent@db__:event               n:key|n:field,n:field…
 *   __subkeyspaceitem@db__:key LF field    event                    (one message per field)
 *   __subkeyspaceevent@db__:event|key      n:field,n:field…
 * </pre>
 *
 * <p>{@code n} is a length in bytes, so fields may hold any byte. The item channel is left out for
 * keys that contain a line feed ({@link #canNameItems}), which keeps its name unambiguous.
 *
 * <p>Each {@code write} method takes room for what its {@code length} twin tells, writes from
 * {@code at}, returns the index after the last byte, and allocates nothing. Database numbers are
 * not negative. Any thread.
 */
public final class Channels {

  private static final byte[] KEYSPACE = ascii("__keyspace@");
  private static final byte[] KEYEVENT = ascii("__keyevent@");
  private static final byte[] SUBKEYSPACE = ascii("__subkeyspace@");
  private static final byte[] SUBKEYEVENT = ascii("__subkeyevent@");
  private static final byte[] SUBKEYSPACEITEM = ascii("__subkeyspaceitem@");
  private static final byte[] SUBKEYSPACEEVENT = ascii("__subkeyspaceevent@");
  private static final byte[] AFTER_DB = ascii("__:");

  private Channels() {}

  // The two channels of keys.

  /** The length of {@code __keyspace@<db>__:<key>} in bytes. */
  public static int keyspaceLength(int db, Bytes key) {
    return headLength(KEYSPACE, db) + key.length();
  }

  /** Writes {@code __keyspace@<db>__:<key>}. */
  public static int writeKeyspace(int db, Bytes key, byte[] target, int at) {
    return write(key, target, writeHead(KEYSPACE, db, target, at));
  }

  /** The length of {@code __keyevent@<db>__:<event>} in bytes. */
  public static int keyeventLength(int db, EventType event) {
    return headLength(KEYEVENT, db) + event.wireBytes().length();
  }

  /** Writes {@code __keyevent@<db>__:<event>}. */
  public static int writeKeyevent(int db, EventType event, byte[] target, int at) {
    return write(event.wireBytes(), target, writeHead(KEYEVENT, db, target, at));
  }

  // The four channels of subkeys.

  /** The length of {@code __subkeyspace@<db>__:<key>} in bytes. */
  public static int subkeyspaceLength(int db, Bytes key) {
    return headLength(SUBKEYSPACE, db) + key.length();
  }

  /** Writes {@code __subkeyspace@<db>__:<key>}. */
  public static int writeSubkeyspace(int db, Bytes key, byte[] target, int at) {
    return write(key, target, writeHead(SUBKEYSPACE, db, target, at));
  }

  /** The length of {@code __subkeyevent@<db>__:<event>} in bytes. */
  public static int subkeyeventLength(int db, EventType event) {
    return headLength(SUBKEYEVENT, db) + event.wireBytes().length();
  }

  /** Writes {@code __subkeyevent@<db>__:<event>}. */
  public static int writeSubkeyevent(int db, EventType event, byte[] target, int at) {
    return write(event.wireBytes(), target, writeHead(SUBKEYEVENT, db, target, at));
  }

  /** Whether the key has item channels: it has if it contains no line feed. O(length). */
  public static boolean canNameItems(Bytes key) {
    return indexOf((byte) '\n', key, 0) < 0;
  }

  /** The length of {@code __subkeyspaceitem@<db>__:<key> LF <field>} in bytes. */
  public static int subkeyspaceitemLength(int db, Bytes key, Bytes field) {
    return headLength(SUBKEYSPACEITEM, db) + key.length() + 1 + field.length();
  }

  /** Writes {@code __subkeyspaceitem@<db>__:<key> LF <field>}; the key contains no line feed. */
  public static int writeSubkeyspaceitem(int db, Bytes key, Bytes field, byte[] target, int at) {
    int next = write(key, target, writeHead(SUBKEYSPACEITEM, db, target, at));
    target[next++] = '\n';
    return write(field, target, next);
  }

  /** The length of {@code __subkeyspaceevent@<db>__:<event>|<key>} in bytes. */
  public static int subkeyspaceeventLength(int db, EventType event, Bytes key) {
    return headLength(SUBKEYSPACEEVENT, db) + event.wireBytes().length() + 1 + key.length();
  }

  /** Writes {@code __subkeyspaceevent@<db>__:<event>|<key>}. */
  public static int writeSubkeyspaceevent(
      int db, EventType event, Bytes key, byte[] target, int at) {
    int next = write(event.wireBytes(), target, writeHead(SUBKEYSPACEEVENT, db, target, at));
    target[next++] = '|';
    return write(key, target, next);
  }

  // Payloads. That of an item channel is the event's name.

  /** The length of the payload on {@code __subkeyspaceevent@}: all fields with their lengths. */
  public static int fieldsLength(List<Bytes> fields) {
    int length = Math.max(0, fields.size() - 1);
    for (int i = 0; i < fields.size(); i++) {
      length += countedLength(fields.get(i));
    }
    return length;
  }

  /** Writes {@code <n>:<field>[,<n>:<field>…]}, the payload on {@code __subkeyspaceevent@}. */
  public static int writeFields(List<Bytes> fields, byte[] target, int at) {
    int next = at;
    for (int i = 0; i < fields.size(); i++) {
      if (i > 0) {
        target[next++] = ',';
      }
      next = writeCounted(fields.get(i), target, next);
    }
    return next;
  }

  /** The length of the payload on {@code __subkeyspace@}. */
  public static int eventAndFieldsLength(EventType event, List<Bytes> fields) {
    return event.wireBytes().length() + 1 + fieldsLength(fields);
  }

  /** Writes {@code <event>|<n>:<field>…}, the payload on {@code __subkeyspace@}. */
  public static int writeEventAndFields(
      EventType event, List<Bytes> fields, byte[] target, int at) {
    int next = write(event.wireBytes(), target, at);
    target[next++] = '|';
    return writeFields(fields, target, next);
  }

  /** The length of the payload on {@code __subkeyevent@}. */
  public static int keyAndFieldsLength(Bytes key, List<Bytes> fields) {
    return countedLength(key) + 1 + fieldsLength(fields);
  }

  /** Writes {@code <n>:<key>|<n>:<field>…}, the payload on {@code __subkeyevent@}. */
  public static int writeKeyAndFields(Bytes key, List<Bytes> fields, byte[] target, int at) {
    int next = writeCounted(key, target, at);
    target[next++] = '|';
    return writeFields(fields, target, next);
  }

  // The other direction.

  /** A channel name taken apart. Its strings are views of the name that was parsed. */
  public sealed interface Parsed {

    /** The database in which the event happened. */
    int db();
  }

  /** {@code __keyspace@db__:key}. */
  public record Keyspace(int db, Bytes key) implements Parsed {}

  /** {@code __keyevent@db__:event}; the event may be one that {@link EventType} does not list. */
  public record Keyevent(int db, Bytes event) implements Parsed {}

  /** {@code __subkeyspace@db__:key}. */
  public record Subkeyspace(int db, Bytes key) implements Parsed {}

  /** {@code __subkeyevent@db__:event}. */
  public record Subkeyevent(int db, Bytes event) implements Parsed {}

  /** {@code __subkeyspaceitem@db__:key LF field}. */
  public record SubkeyspaceItem(int db, Bytes key, Bytes field) implements Parsed {}

  /** {@code __subkeyspaceevent@db__:event|key}. */
  public record SubkeyspaceEvent(int db, Bytes event, Bytes key) implements Parsed {}

  /**
   * Takes a channel name apart.
   *
   * @return null if it is not the name of a notification channel
   */
  public static @Nullable Parsed parse(Bytes channel) {
    int sign = indexOf((byte) '@', channel, 0);
    if (sign < 0) {
      return null;
    }
    Bytes head = channel.range(0, sign + 1);
    int digits = sign + 1;
    int afterDigits = digits;
    while (afterDigits < channel.length()
        && channel.at(afterDigits) >= '0'
        && channel.at(afterDigits) <= '9') {
      afterDigits++;
    }
    Bytes number = channel.range(digits, afterDigits);
    if (!Numerals.isLong(number) || Numerals.toLong(number) > Integer.MAX_VALUE) {
      return null;
    }
    Bytes tail = channel.range(afterDigits, channel.length());
    if (!tail.startsWith(Bytes.view(AFTER_DB, 0, AFTER_DB.length))) {
      return null;
    }
    return parsed(head, (int) Numerals.toLong(number), tail.range(3, tail.length()));
  }

  private static @Nullable Parsed parsed(Bytes head, int db, Bytes rest) {
    if (is(head, KEYSPACE)) {
      return new Keyspace(db, rest);
    }
    if (is(head, KEYEVENT)) {
      return new Keyevent(db, rest);
    }
    if (is(head, SUBKEYSPACE)) {
      return new Subkeyspace(db, rest);
    }
    if (is(head, SUBKEYEVENT)) {
      return new Subkeyevent(db, rest);
    }
    if (is(head, SUBKEYSPACEITEM)) {
      int lineFeed = indexOf((byte) '\n', rest, 0);
      return lineFeed < 0
          ? null
          : new SubkeyspaceItem(
              db, rest.range(0, lineFeed), rest.range(lineFeed + 1, rest.length()));
    }
    if (is(head, SUBKEYSPACEEVENT)) {
      int bar = indexOf((byte) '|', rest, 0);
      return bar < 0
          ? null
          : new SubkeyspaceEvent(db, rest.range(0, bar), rest.range(bar + 1, rest.length()));
    }
    return null;
  }

  // Pieces.

  private static int headLength(byte[] head, int db) {
    return head.length + Numerals.digits(db) + AFTER_DB.length;
  }

  private static int writeHead(byte[] head, int db, byte[] target, int at) {
    System.arraycopy(head, 0, target, at, head.length);
    int next = Numerals.writeLong(db, target, at + head.length);
    System.arraycopy(AFTER_DB, 0, target, next, AFTER_DB.length);
    return next + AFTER_DB.length;
  }

  private static int countedLength(Bytes text) {
    return Numerals.digits(text.length()) + 1 + text.length();
  }

  private static int writeCounted(Bytes text, byte[] target, int at) {
    int next = Numerals.writeLong(text.length(), target, at);
    target[next++] = ':';
    return write(text, target, next);
  }

  private static int write(Bytes text, byte[] target, int at) {
    text.copyTo(target, at);
    return at + text.length();
  }

  private static boolean is(Bytes text, byte[] word) {
    return text.equalTo(word, 0, word.length);
  }

  private static int indexOf(byte wanted, Bytes text, int from) {
    for (int i = from; i < text.length(); i++) {
      if (text.at(i) == wanted) {
        return i;
      }
    }
    return -1;
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }
}
