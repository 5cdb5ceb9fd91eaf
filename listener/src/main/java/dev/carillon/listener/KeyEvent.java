package dev.carillon.listener;

import dev.carillon.protocol.bytes.Bytes;
import dev.carillon.protocol.event.EventType;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Something that happened to a key. Immutable; any thread. Texts are made of the bytes when they
 * are asked for.
 */
public final class KeyEvent implements Signal {

  /** What {@link #idNumber} says where the id is {@link #idHead} alone. */
  private static final long WHOLE = -1;

  private final String idHead;
  private final long idNumber;
  private final String name;
  private final int database;
  private final Bytes key;
  private final KeyTemplate template;
  private final Instant at;
  private final int attempt;
  private final List<Bytes> fields;
  private final @Nullable OldValue oldValue;
  private final @Nullable Instant deadline;

  private KeyEvent(
      String idHead,
      long idNumber,
      String name,
      int database,
      Bytes key,
      KeyTemplate template,
      Instant at,
      int attempt,
      List<Bytes> fields,
      @Nullable OldValue oldValue,
      @Nullable Instant deadline) {
    this.idHead = idHead;
    this.idNumber = idNumber;
    this.name = name;
    this.database = database;
    this.key = key;
    this.template = template;
    this.at = at;
    this.attempt = attempt;
    this.fields = fields;
    this.oldValue = oldValue;
    this.deadline = deadline;
  }

  /**
   * An event; each of its methods says what one of these is.
   *
   * @param key not written to any more
   */
  public KeyEvent(
      String id,
      String name,
      int database,
      Bytes key,
      KeyTemplate template,
      Instant at,
      int attempt,
      List<Bytes> fields,
      @Nullable OldValue oldValue,
      @Nullable Instant deadline) {
    this(
        id,
        WHOLE,
        name,
        database,
        key,
        template,
        at,
        attempt,
        List.copyOf(fields),
        oldValue,
        deadline);
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

  /**
   * An event that was heard as the {@code number}-th of a source, at its first attempt. Its id is
   * {@code <source>-<number>}.
   */
  public KeyEvent(
      String source,
      long number,
      String name,
      int database,
      Bytes key,
      KeyTemplate template,
      Instant at) {
    this(source, number, name, database, key, template, at, 1, List.of(), null, null);
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

  /**
   * Names this event and stays the same when it is delivered again: a handler that notes it knows
   * what it has done already. What was heard on a channel is named by the subscription that heard
   * it; two subscriptions name it differently, unless they share a group.
   */
  public String id() {
    return idNumber == WHOLE ? idHead : idHead + "-" + idNumber;
  }

  /** The event's name on the wire, such as {@code expired}. */
  public String name() {
    return name;
  }

  /** The number of the database. */
  public int database() {
    return database;
  }

  /** The key, as bytes. */
  public Bytes key() {
    return key;
  }

  /** The shape by which the key was chosen. */
  public KeyTemplate template() {
    return template;
  }

  /**
   * When it was heard, by this machine's clock; events that came in together have one time. Where a
   * feed tells it, when it happened, by the server's.
   */
  public Instant at() {
    return at;
  }

  /** 1 when it is handled for the first time, and one more with each try. */
  public int attempt() {
    return attempt;
  }

  /** The fields of a hash that it is about, where the source tells them; else empty. */
  public List<Bytes> fields() {
    return fields;
  }

  /** What the event removed or replaced, where a feed carries it; else null. */
  public @Nullable OldValue oldValue() {
    return oldValue;
  }

  /** When the key was to expire, where a feed tells it; else null. */
  public @Nullable Instant deadline() {
    return deadline;
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
        : new KeyEvent(
            idHead, idNumber, name, database, key, template, at, number, fields, oldValue,
            deadline);
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof KeyEvent that
        && id().equals(that.id())
        && name.equals(that.name)
        && database == that.database
        && key.equals(that.key)
        && template.equals(that.template)
        && at.equals(that.at)
        && attempt == that.attempt
        && fields.equals(that.fields)
        && Objects.equals(oldValue, that.oldValue)
        && Objects.equals(deadline, that.deadline);
  }

  @Override
  public int hashCode() {
    return Objects.hash(id(), attempt);
  }

  /** As a person would say it: {@code expired order:42}. */
  @Override
  public String toString() {
    return name + " " + key + (database == 0 ? "" : " in database " + database);
  }
}
