package dev.carillon.listener.pubsub;

import dev.carillon.listener.KeyTemplate;
import dev.carillon.protocol.bytes.Bytes;
import dev.carillon.protocol.event.EventType;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What a subscription wants to hear.
 *
 * @param types which events; all of them if empty
 * @param templates keys of which shapes; all keys if empty
 * @param database the number of a database, or {@link #ANY_DATABASE}
 */
public record Interest(Set<EventType> types, List<KeyTemplate> templates, int database) {

  /** Every database of the server. */
  public static final int ANY_DATABASE = -1;

  /** Where this library keeps what it needs itself; nobody listens to that. */
  public static final Bytes OWN_KEYS = Bytes.of("carillon:own:");

  private static final KeyTemplate EVERY_KEY = KeyTemplate.ofGlob("*");

  /** An interest with collections of its own. */
  public Interest {
    types = Set.copyOf(types);
    templates = List.copyOf(templates);
  }

  /** The first template that has the key's shape, or null if no such key is wanted. */
  @Nullable KeyTemplate templateOf(Bytes key) {
    if (key.startsWith(OWN_KEYS)) {
      return null;
    }
    if (templates.isEmpty()) {
      return EVERY_KEY;
    }
    for (KeyTemplate template : templates) {
      if (template.matches(key)) {
        return template;
      }
    }
    return null;
  }

  /** As {@link #templateOf}, for an event with this name; null if it is another event. */
  public @Nullable KeyTemplate wanted(Bytes name, Bytes key) {
    EventType type = EventType.ofWireName(name);
    boolean named = types.isEmpty() || (type != null && types.contains(type));
    return named ? templateOf(key) : null;
  }

  /** Whether the server may filter by key: all keys begin in some known way. */
  boolean isNarrow() {
    return !templates.isEmpty() && templates.stream().allMatch(KeyTemplate::isNarrow);
  }

  /** The shapes of keys, a single one if all keys are wanted. */
  List<KeyTemplate> shapes() {
    return templates.isEmpty() ? List.of(EVERY_KEY) : templates;
  }
}
