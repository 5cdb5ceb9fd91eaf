package dev.carillon.junit;

import dev.carillon.protocol.bytes.Bytes;
import dev.carillon.protocol.event.EventType;
import java.util.List;

/**
 * Something that happened to a key of the server under test.
 *
 * @param type what
 * @param database in which database
 * @param key to which key
 * @param fields to which fields of a hash, where the event is about fields; else empty
 * @param atMillis when, by the test's clock, in epoch milliseconds
 */
public record TestEvent(
    EventType type, int database, Bytes key, List<Bytes> fields, long atMillis) {

  /** An event with a list of fields of its own. */
  public TestEvent {
    fields = List.copyOf(fields);
  }

  /** The key read as UTF-8. */
  public String keyText() {
    return key.toString();
  }

  /** As a person would say it: {@code expired order:42}. */
  @Override
  public String toString() {
    return type.wireName()
        + " "
        + key
        + (database == 0 ? "" : " in database " + database)
        + (fields.isEmpty() ? "" : " " + fields);
  }
}
