package dev.carillon.junit;

import dev.carillon.protocol.bytes.Bytes;
import dev.carillon.protocol.bytes.Glob;
import dev.carillon.protocol.event.EventType;
import org.jspecify.annotations.Nullable;

/**
 * Which events a test means: a type, keys, and a database.
 *
 * @param type the event, or null for any
 * @param keys a glob as {@code PSUBSCRIBE} reads it; a backslash before {@code * ? [} takes their
 *     meaning away
 * @param database the number of a database, or -1 for any
 */
public record EventPattern(@Nullable EventType type, String keys, int database) {

  private static final int ANY_DATABASE = -1;

  /** The time of a key was over. */
  public static EventPattern expired(String keys) {
    return event(EventType.EXPIRED, keys);
  }

  /** A key was deleted, or emptied. */
  public static EventPattern deleted(String keys) {
    return event(EventType.DEL, keys);
  }

  /** A string was set. */
  public static EventPattern set(String keys) {
    return event(EventType.SET, keys);
  }

  /** A key was removed to free memory. */
  public static EventPattern evicted(String keys) {
    return event(EventType.EVICTED, keys);
  }

  /** An event of some type, in any database. */
  public static EventPattern event(EventType type, String keys) {
    return new EventPattern(type, keys, ANY_DATABASE);
  }

  /** Whatever happens to such keys, in any database. */
  public static EventPattern anything(String keys) {
    return new EventPattern(null, keys, ANY_DATABASE);
  }

  /** The same in one database only. */
  public EventPattern inDatabase(int number) {
    return new EventPattern(type, keys, number);
  }

  /** Whether an event is one of those. */
  public boolean matches(TestEvent event) {
    return (type == null || type == event.type())
        && (database == ANY_DATABASE || database == event.database())
        && (keys.equals("*") || Glob.matches(Bytes.of(keys), event.key()));
  }

  /** As a person would say it: {@code expired order:*}. */
  @Override
  public String toString() {
    return (type == null ? "anything with" : type.wireName())
        + " "
        + keys
        + (database == ANY_DATABASE ? "" : " in database " + database);
  }
}
