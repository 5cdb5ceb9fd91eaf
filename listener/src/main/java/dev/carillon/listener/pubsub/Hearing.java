package dev.carillon.listener.pubsub;

import dev.carillon.listener.KeyTemplate;
import dev.carillon.protocol.bytes.Bytes;
import dev.carillon.protocol.event.Channels;
import dev.carillon.protocol.event.EventClass;
import dev.carillon.protocol.event.EventType;
import dev.carillon.protocol.event.NotifyFlags;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * How an interest is heard: which channels to subscribe to, and which message means what.
 *
 * <p>There are two kinds of channels. Those of events ({@code __keyevent@0__:expired}) carry every
 * key, and this side picks; those of keys ({@code __keyspace@0__:order:*}) let the server pick, but
 * carry every event. Which ones there are depends on {@code notify-keyspace-events}: where both
 * are, the channels of keys are taken if the keys are narrowed, since what the server leaves out
 * crosses no network. One kind is used, so nothing is heard twice.
 *
 * <p>Messages are heard on one thread, that of the connection; all else is immutable.
 */
final class Hearing {

  /** What a message means. The bytes are views of those that came in. */
  record Heard(String name, int database, Bytes key, KeyTemplate template) {}

  private final Interest interest;
  private final Set<Bytes> names = new HashSet<>();
  private final boolean byKey;

  // The last channel of events and what it means, since most messages come by the same.

  private byte[] lastChannel = {};
  private Channels.@Nullable Keyevent lastEvent;
  private String lastName = "";

  private Hearing(Interest interest, boolean byKey) {
    this.interest = interest;
    this.byKey = byKey;
    interest.types().forEach(type -> names.add(type.wireBytes()));
  }

  /**
   * How to hear an interest from a server that announces as {@code flags} say.
   *
   * @param flags null if nobody knows; then channels of events are hoped for, as most people have
   *     them
   */
  static Hearing of(Interest interest, @Nullable NotifyFlags flags) {
    boolean keys = flags != null && flags.keyspaceChannel();
    boolean events = flags == null || flags.keyeventChannel();
    return new Hearing(interest, keys && (interest.isNarrow() || !events));
  }

  /** Whether the channels of keys are used. */
  boolean isByKey() {
    return byKey;
  }

  /**
   * What {@code notify-keyspace-events} has to be so that the interest is heard: what it is and
   * what is missing.
   *
   * @return null if nothing is missing
   */
  static @Nullable NotifyFlags needed(Interest interest, NotifyFlags flags) {
    StringBuilder missing = new StringBuilder();
    for (EventClass one : classes(interest)) {
      if (!flags.contains(one)) {
        missing.append(one.letter());
      }
    }
    if (!flags.keyeventChannel() && !flags.keyspaceChannel()) {
      missing.append('E');
    }
    return missing.isEmpty() ? null : NotifyFlags.parse(flags + missing.toString());
  }

  private static Set<EventClass> classes(Interest interest) {
    Set<EventClass> classes = EnumSet.noneOf(EventClass.class);
    if (interest.types().isEmpty()) {
      for (EventClass one : EventClass.values()) {
        // What older servers have no letter for cannot be asked of them.
        if (one.isInsideAll() && one.since().compareTo("7") < 0) {
          classes.add(one);
        }
      }
    }
    for (EventType type : interest.types()) {
      classes.add(type.eventClass());
    }
    return classes;
  }

  // ------------------------------------------------------------------------------------ channels

  /** The channels to subscribe to by name. */
  List<byte[]> channels() {
    List<byte[]> channels = new ArrayList<>();
    if (!byKey && interest.database() != Interest.ANY_DATABASE) {
      for (EventType type : interest.types()) {
        byte[] channel = new byte[Channels.keyeventLength(interest.database(), type)];
        Channels.writeKeyevent(interest.database(), type, channel, 0);
        channels.add(channel);
      }
    }
    return channels;
  }

  /** The patterns to subscribe to. */
  List<byte[]> patterns() {
    if (byKey) {
      Set<Bytes> patterns = new LinkedHashSet<>();
      interest.shapes().forEach(shape -> patterns.add(pattern("__keyspace@", shape.glob())));
      return patterns.stream().map(Bytes::toByteArray).toList();
    }
    if (interest.types().isEmpty()) {
      return List.of(pattern("__keyevent@", Bytes.of("*")).toByteArray());
    }
    if (interest.database() == Interest.ANY_DATABASE) {
      return interest.types().stream()
          .map(type -> pattern("__keyevent@", type.wireBytes()).toByteArray())
          .toList();
    }
    return List.of();
  }

  private Bytes pattern(String head, Bytes tail) {
    ByteArrayOutputStream pattern = new ByteArrayOutputStream();
    String database =
        interest.database() == Interest.ANY_DATABASE ? "*" : Integer.toString(interest.database());
    pattern.writeBytes(Bytes.of(head + database + "__:").toByteArray());
    pattern.writeBytes(tail.toByteArray());
    return Bytes.of(pattern.toByteArray());
  }

  // ------------------------------------------------------------------------------------ messages

  /**
   * What a message means.
   *
   * @param pattern the pattern by which it came, or null if it came by the channel's name
   * @return null if it is not wanted, or came by more than one pattern and this is not the first
   */
  @Nullable Heard heard(byte @Nullable [] pattern, byte[] channel, byte[] payload) {
    if (!byKey) {
      return heardByEvent(channel, Bytes.of(payload));
    }
    if (Channels.parse(Bytes.of(channel)) instanceof Channels.Keyspace(int db, Bytes key)) {
      Bytes name = Bytes.of(payload);
      KeyTemplate template = isNamed(name) ? interest.templateOf(key) : null;
      return template == null || (pattern != null && !isPatternOf(template, pattern))
          ? null
          : new Heard(text(name), db, key, template);
    }
    return null;
  }

  private @Nullable Heard heardByEvent(byte[] channel, Bytes key) {
    if (!Arrays.equals(lastChannel, channel)) {
      lastChannel = channel;
      lastEvent =
          Channels.parse(Bytes.of(channel)) instanceof Channels.Keyevent event
                  && isNamed(event.event())
              ? event
              : null;
      lastName = lastEvent == null ? "" : text(lastEvent.event());
    }
    KeyTemplate template = lastEvent == null ? null : interest.templateOf(key);
    return lastEvent == null || template == null
        ? null
        : new Heard(lastName, lastEvent.db(), key, template);
  }

  private boolean isNamed(Bytes name) {
    return names.isEmpty() || names.contains(name);
  }

  private static String text(Bytes name) {
    EventType type = EventType.ofWireName(name);
    return type == null ? name.toString() : type.wireName();
  }

  private boolean isPatternOf(KeyTemplate template, byte[] pattern) {
    return interest.templates().size() <= 1
        || Arrays.equals(pattern("__keyspace@", template.glob()).toByteArray(), pattern);
  }
}
