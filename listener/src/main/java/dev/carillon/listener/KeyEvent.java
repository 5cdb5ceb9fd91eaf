package dev.carillon.listener;

import dev.carillon.protocol.bytes.Bytes;
import dev.carillon.protocol.event.EventType;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Something that happened to a key.
 *
 * @param id names this event and stays the same when it is delivered again: a handler that notes it
 *     knows what it has done already. What was heard on a channel is named by the subscription that
 *     heard it; two subscriptions name it differently
 * @param name the event's name on the wire, such as {@code expired}
 * @param database the number of the database
 * @param key the key, as bytes
 * @param template the shape by which the key was chosen
 * @param at when it was heard, by this machine's clock; where a feed tells it, when it happened, by
 *     the server's
 * @param attempt 1 when it is handled for the first time, and one more with each try
 * @param fields the fields of a hash that it is about, where the source tells them; else empty
 * @param oldValue what the event removed or replaced, where a feed carries it; else null
 * @param deadline when the key was to expire, where a feed tells it; else null
 */
public record KeyEvent(
    String id,
    String name,
    int database,
    Bytes key,
    KeyTemplate template,
    Instant at,
    int attempt,
    List<Bytes> fields,
    @Nullable OldValue oldValue,
    @Nullable Instant deadline)
    implements Signal {

  /** An event with a list of fields of its own. */
  public KeyEvent {
    fields = List.copyOf(fields);
  }

  /** An event without what only feeds tell. */
  public KeyEvent(
      String id,
      String name,
      int database,
      Bytes key,
      KeyTemplate template,
      Instant at,
      int attempt,
      List<Bytes> fields) {
    this(id, name, database, key, template, at, attempt, fields, null, null);
  }

  /** An event as tests of handlers need it: of a key that a template chose, in database 0. */
  public static KeyEvent of(EventType type, String template, String key) {
    return new KeyEvent(
        type.wireName() + "-" + key,
        type.wireName(),
        0,
        Bytes.of(key),
        KeyTemplate.of(template),
        Instant.now(),
        1,
        List.of());
  }

  /** The row of the catalogue, or null for an event that this version does not know. */
  public @Nullable EventType type() {
    return EventType.ofWireName(Bytes.of(name));
  }

  /** The key read as UTF-8; not reversible for binary keys. */
  public String keyText() {
    return key.toString();
  }

  /**
   * The part of the key that the template names so, read as UTF-8.
   *
   * @throws IllegalArgumentException if the template has no such part
   */
  public String variable(String variable) {
    return variableBytes(variable).toString();
  }

  /** As {@link #variable}, as bytes. */
  public Bytes variableBytes(String variable) {
    Map<String, Bytes> variables = template.variables(key);
    Bytes value = variables == null ? null : variables.get(variable);
    if (value == null) {
      throw new IllegalArgumentException(
          "the key template \"" + template + "\" names no part \"" + variable + "\"");
    }
    return value;
  }

  /** All named parts of the key, read as UTF-8, in the order of the template. */
  public Map<String, String> variables() {
    Map<String, String> texts = new LinkedHashMap<>();
    Map<String, Bytes> variables = template.variables(key);
    if (variables != null) {
      variables.forEach((part, value) -> texts.put(part, value.toString()));
    }
    return texts;
  }

  /** The same event, delivered for the {@code number}-th time. */
  public KeyEvent attempt(int number) {
    return number == attempt
        ? this
        : new KeyEvent(id, name, database, key, template, at, number, fields, oldValue, deadline);
  }

  /** As a person would say it: {@code expired order:42}. */
  @Override
  public String toString() {
    return name + " " + key + (database == 0 ? "" : " in database " + database);
  }
}
