package dev.carillon.server.cli;

import dev.carillon.protocol.bytes.Bytes;
import dev.carillon.protocol.bytes.Glob;
import dev.carillon.protocol.event.EventClass;
import dev.carillon.protocol.event.EventType;
import dev.carillon.protocol.event.NotifyFlags;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/**
 * Which events somebody wants to see, and what that takes: flags to be set on the server, channels
 * to subscribe to. Immutable.
 *
 * @param classes of which every event is wanted
 * @param types that are wanted besides; if both are empty, every event is
 * @param globs of which a key has to match one; empty for all keys
 * @param db the database, or -1 for all
 */
record EventFilter(Set<EventClass> classes, Set<EventType> types, List<Bytes> globs, int db) {

  /** Chosen: up to so many events each get a pattern of their own, else the client sorts out. */
  private static final int PATTERNS_MAX = 16;

  /**
   * Reads what was typed.
   *
   * @param events event names and letters of {@code notify-keyspace-events}, separated by commas. A
   *     word that is both, such as {@code set}, is the name.
   * @throws IllegalArgumentException with a sentence if a word is neither
   */
  static EventFilter parse(List<String> events, List<String> globs, int db) {
    Set<EventClass> classes = EnumSet.noneOf(EventClass.class);
    Set<EventType> types = EnumSet.noneOf(EventType.class);
    for (String word : events) {
      EventType type = EventType.ofWireName(Bytes.of(word));
      NotifyFlags flags = type == null ? NotifyFlags.parse(word) : null;
      if (type != null) {
        types.add(type);
      } else if (flags != null) {
        for (EventClass eventClass : EventClass.values()) {
          if (flags.contains(eventClass)) {
            classes.add(eventClass);
          }
        }
      } else {
        throw new IllegalArgumentException(
            "--events "
                + word
                + ": this is neither the name of an event, such as expired, nor letters of"
                + " notify-keyspace-events, such as xg");
      }
    }
    return new EventFilter(
        Collections.unmodifiableSet(classes),
        Collections.unmodifiableSet(types),
        globs.stream().map(Bytes::of).toList(),
        db);
  }

  private boolean wantsAll() {
    return classes.isEmpty() && types.isEmpty();
  }

  /** Whether an event of a database and a key is wanted; it may be one that no table here lists. */
  boolean wants(int inDb, Bytes event, Bytes key) {
    return (db < 0 || db == inDb)
        && wantsEvent(event)
        && (globs.isEmpty() || globs.stream().anyMatch(glob -> Glob.matches(glob, key)));
  }

  private boolean wantsEvent(Bytes event) {
    if (wantsAll()) {
      return true;
    }
    EventType type = EventType.ofWireName(event);
    return type == null
        ? classes.contains(EventClass.MODULE)
        : types.contains(type) || classes.contains(type.eventClass());
  }

  // ----------------------------------------------------------------------- what the server must do

  private Set<EventClass> wantedClasses() {
    Set<EventClass> wanted = EnumSet.noneOf(EventClass.class);
    for (EventClass eventClass : EventClass.values()) {
      if (wantsAll() ? eventClass.isInsideAll() : classes.contains(eventClass)) {
        wanted.add(eventClass);
      }
    }
    types.forEach(type -> wanted.add(type.eventClass()));
    return wanted;
  }

  /** Whether at least some of what is wanted is announced with these flags. */
  boolean hearsAnything(NotifyFlags flags) {
    return hasChannel(flags) && wantedClasses().stream().anyMatch(flags::contains);
  }

  private static boolean hasChannel(NotifyFlags flags) {
    return flags.keyspaceChannel() || flags.keyeventChannel();
  }

  /** The letters that these flags lack for all that is wanted; empty if they lack none. */
  String missing(NotifyFlags flags) {
    StringBuilder letters = new StringBuilder();
    if (!hasChannel(flags)) {
      letters.append('E');
    }
    List<EventClass> lacking =
        wantedClasses().stream().filter(eventClass -> !flags.contains(eventClass)).toList();
    if (wantsAll() && !lacking.isEmpty()) {
      letters.append('A');
    } else {
      lacking.forEach(eventClass -> letters.append(eventClass.letter()));
    }
    return letters.toString();
  }

  /** What CONFIG SET has to say so that nothing is missing and nothing that is set gets lost. */
  String completed(NotifyFlags flags) {
    NotifyFlags all = NotifyFlags.parse(flags + missing(flags));
    return all == null ? missing(flags) : all.toString();
  }

  // ------------------------------------------------------------------------------------- channels

  /**
   * The patterns to subscribe to. Of the two kinds of channels one is taken, because an event is
   * announced on both: the one that is on and lets the server sort out more.
   */
  List<Bytes> patterns(NotifyFlags flags) {
    boolean oneGlob = globs.size() == 1 && wantsAll();
    boolean byKey = flags.keyspaceChannel() && (oneGlob || !flags.keyeventChannel());
    String database = db < 0 ? "*" : Integer.toString(db);
    if (byKey) {
      Bytes keys = globs.size() == 1 ? globs.get(0) : Bytes.of("*");
      return List.of(join("__keyspace@" + database + "__:", keys));
    }
    List<Bytes> patterns = new ArrayList<>();
    for (EventType type : EventType.values()) {
      if (types.contains(type) || classes.contains(type.eventClass())) {
        patterns.add(join("__keyevent@" + database + "__:", type.wireBytes()));
      }
    }
    return patterns.isEmpty()
            || patterns.size() > PATTERNS_MAX
            || classes.contains(EventClass.MODULE)
        ? List.of(Bytes.of("__keyevent@" + database + "__:*"))
        : patterns;
  }

  private static Bytes join(String head, Bytes tail) {
    Bytes start = Bytes.of(head);
    byte[] both = new byte[start.length() + tail.length()];
    start.copyTo(both, 0);
    tail.copyTo(both, start.length());
    return Bytes.of(both);
  }

  /** What is wanted, for people. */
  @Override
  public String toString() {
    StringBuilder text = new StringBuilder(wantsAll() ? "all events" : "events ");
    if (!wantsAll()) {
      List<String> words = new ArrayList<>();
      classes.forEach(eventClass -> words.add(String.valueOf(eventClass.letter())));
      types.forEach(type -> words.add(type.wireName()));
      text.append(String.join(", ", words));
    }
    text.append(db < 0 ? " of all databases" : " of database " + db);
    if (!globs.isEmpty()) {
      text.append(", keys ");
      text.append(String.join(" or ", globs.stream().map(KeyText::of).toList()));
    }
    return text.toString();
  }
}
