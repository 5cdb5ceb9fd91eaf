package dev.carillon.protocol.event;

import dev.carillon.protocol.bytes.Bytes;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The catalogue of key events: one row per event that a key can meet, with its name on the wire,
 * the class that gates it, the Redis version that introduced it and its meaning. What causes each
 * event, and under which condition, is recorded in the conformance cases.
 *
 * <p>Journals and feeds store {@link #id()}, which is the row's position. Therefore rows are only
 * ever appended at the end, never moved, renamed or removed; {@code EventTypeTest} holds the frozen
 * list. Events of one family may stand apart for that reason.
 */
public enum EventType {
  // Generic

  /** A key was deleted, or emptied by a removal. */
  DEL("del", EventClass.GENERIC, "2.8.0", "a key was deleted, or emptied by a removal"),
  /** A key got a deadline. */
  EXPIRE("expire", EventClass.GENERIC, "2.8.0", "a key got a deadline"),
  /** A key lost its deadline. */
  PERSIST("persist", EventClass.GENERIC, "2.8.0", "a key lost its deadline"),
  /** A key was renamed; this is its old name. */
  RENAME_FROM(
      "rename_from", EventClass.GENERIC, "2.8.0", "a key was renamed; this is its old name"),
  /** A key was renamed; this is its new name. */
  RENAME_TO("rename_to", EventClass.GENERIC, "2.8.0", "a key was renamed; this is its new name"),
  /** A key left this database for another one. */
  MOVE_FROM("move_from", EventClass.GENERIC, "2.8.0", "a key left this database for another one"),
  /** A key came to this database from another one. */
  MOVE_TO("move_to", EventClass.GENERIC, "2.8.0", "a key came to this database from another one"),
  /** A key was written as the copy of another one. */
  COPY_TO("copy_to", EventClass.GENERIC, "6.2.0", "a key was written as the copy of another one"),
  /** A key was restored from a serialized value. */
  RESTORE("restore", EventClass.GENERIC, "2.8.0", "a key was restored from a serialized value"),

  // Strings

  /** A string was set. */
  SET("set", EventClass.STRING, "2.8.0", "a string was set"),
  /** A part of a string was overwritten. */
  SETRANGE("setrange", EventClass.STRING, "2.8.0", "a part of a string was overwritten"),
  /** A string was appended to. */
  APPEND("append", EventClass.STRING, "2.8.0", "a string was appended to"),
  /** An integer was incremented or decremented. */
  INCRBY("incrby", EventClass.STRING, "2.8.0", "an integer was incremented or decremented"),
  /** A number was incremented by a fraction. */
  INCRBYFLOAT("incrbyfloat", EventClass.STRING, "2.8.0", "a number was incremented by a fraction"),
  /** Bits of a string were set or cleared. */
  SETBIT("setbit", EventClass.STRING, "2.8.0", "bits of a string were set or cleared"),
  /** A HyperLogLog counted elements or was merged into. */
  PFADD("pfadd", EventClass.STRING, "2.8.9", "a HyperLogLog counted elements or was merged into"),

  // Lists

  /** Elements were pushed to the head of a list. */
  LPUSH("lpush", EventClass.LIST, "2.8.0", "elements were pushed to the head of a list"),
  /** Elements were pushed to the tail of a list. */
  RPUSH("rpush", EventClass.LIST, "2.8.0", "elements were pushed to the tail of a list"),
  /** Elements were taken from the head of a list. */
  LPOP("lpop", EventClass.LIST, "2.8.0", "elements were taken from the head of a list"),
  /** Elements were taken from the tail of a list. */
  RPOP("rpop", EventClass.LIST, "2.8.0", "elements were taken from the tail of a list"),
  /** An element was inserted beside another one. */
  LINSERT("linsert", EventClass.LIST, "2.8.0", "an element was inserted beside another one"),
  /** An element was replaced. */
  LSET("lset", EventClass.LIST, "2.8.0", "an element was replaced"),
  /** Equal elements were removed. */
  LREM("lrem", EventClass.LIST, "2.8.0", "equal elements were removed"),
  /** A list was trimmed to a range. */
  LTRIM("ltrim", EventClass.LIST, "2.8.0", "a list was trimmed to a range"),
  /** The result of SORT was stored. */
  SORTSTORE("sortstore", EventClass.LIST, "2.8.0", "the result of SORT was stored"),

  // Sets

  /** Members were added to a set. */
  SADD("sadd", EventClass.SET, "2.8.0", "members were added to a set"),
  /** Members were removed from a set. */
  SREM("srem", EventClass.SET, "2.8.0", "members were removed from a set"),
  /** Random members were taken from a set. */
  SPOP("spop", EventClass.SET, "2.8.0", "random members were taken from a set"),
  /** An intersection of sets was stored. */
  SINTERSTORE("sinterstore", EventClass.SET, "2.8.0", "an intersection of sets was stored"),
  /** A union of sets was stored. */
  SUNIONSTORE("sunionstore", EventClass.SET, "2.8.0", "a union of sets was stored"),
  /** A difference of sets was stored. */
  SDIFFSTORE("sdiffstore", EventClass.SET, "2.8.0", "a difference of sets was stored"),

  // Hashes

  /** Fields were set. */
  HSET("hset", EventClass.HASH, "2.8.0", "fields were set"),
  /** A field was incremented by an integer. */
  HINCRBY("hincrby", EventClass.HASH, "2.8.0", "a field was incremented by an integer"),
  /** A field was incremented by a fraction. */
  HINCRBYFLOAT("hincrbyfloat", EventClass.HASH, "2.8.0", "a field was incremented by a fraction"),
  /** Fields were deleted. */
  HDEL("hdel", EventClass.HASH, "2.8.0", "fields were deleted"),
  /** Fields got a deadline. */
  HEXPIRE("hexpire", EventClass.HASH, "7.4.0", "fields got a deadline"),
  /** Fields lost their deadline. */
  HPERSIST("hpersist", EventClass.HASH, "7.4.0", "fields lost their deadline"),
  /** Fields were removed because their time was over. */
  HEXPIRED("hexpired", EventClass.HASH, "7.4.0", "fields were removed because their time was over"),

  // Sorted sets

  /** Members were added or got another score. */
  ZADD("zadd", EventClass.SORTED_SET, "2.8.0", "members were added or got another score"),
  /** A score was incremented. */
  ZINCR("zincr", EventClass.SORTED_SET, "2.8.0", "a score was incremented"),
  /** Members were removed. */
  ZREM("zrem", EventClass.SORTED_SET, "2.8.0", "members were removed"),
  /** Members were removed by a range of scores. */
  ZREMRANGEBYSCORE(
      "zremrangebyscore",
      EventClass.SORTED_SET,
      "2.8.0",
      "members were removed by a range of scores"),
  /** Members were removed by a range of ranks. */
  ZREMRANGEBYRANK(
      "zremrangebyrank",
      EventClass.SORTED_SET,
      "2.8.0",
      "members were removed by a range of ranks"),
  /** Members were removed by a range of names. */
  ZREMRANGEBYLEX(
      "zremrangebylex", EventClass.SORTED_SET, "2.8.9", "members were removed by a range of names"),
  /** Members with the lowest scores were taken. */
  ZPOPMIN("zpopmin", EventClass.SORTED_SET, "5.0.0", "members with the lowest scores were taken"),
  /** Members with the highest scores were taken. */
  ZPOPMAX("zpopmax", EventClass.SORTED_SET, "5.0.0", "members with the highest scores were taken"),
  /** A union of sorted sets was stored. */
  ZUNIONSTORE("zunionstore", EventClass.SORTED_SET, "2.8.0", "a union of sorted sets was stored"),
  /** An intersection of sorted sets was stored. */
  ZINTERSTORE(
      "zinterstore", EventClass.SORTED_SET, "2.8.0", "an intersection of sorted sets was stored"),
  /** A difference of sorted sets was stored. */
  ZDIFFSTORE(
      "zdiffstore", EventClass.SORTED_SET, "6.2.0", "a difference of sorted sets was stored"),
  /** A range of a sorted set was stored. */
  ZRANGESTORE("zrangestore", EventClass.SORTED_SET, "6.2.0", "a range of a sorted set was stored"),
  /** The result of GEOSEARCHSTORE was stored. */
  GEOSEARCHSTORE(
      "geosearchstore", EventClass.SORTED_SET, "6.2.0", "the result of GEOSEARCHSTORE was stored"),
  /** The result of GEORADIUS or GEORADIUSBYMEMBER was stored. */
  GEORADIUSSTORE(
      "georadiusstore",
      EventClass.SORTED_SET,
      "3.2.0",
      "the result of GEORADIUS or GEORADIUSBYMEMBER was stored"),

  // Streams

  /** An entry was added. */
  XADD("xadd", EventClass.STREAM, "5.0.0", "an entry was added"),
  /** Old entries were trimmed away. */
  XTRIM("xtrim", EventClass.STREAM, "5.0.0", "old entries were trimmed away"),
  /** Entries were deleted. */
  XDEL("xdel", EventClass.STREAM, "5.0.0", "entries were deleted"),
  /** The last id of a stream was set. */
  XSETID("xsetid", EventClass.STREAM, "5.0.0", "the last id of a stream was set"),
  /** A consumer group was created. */
  XGROUP_CREATE("xgroup-create", EventClass.STREAM, "5.0.0", "a consumer group was created"),
  /** The position of a consumer group was set. */
  XGROUP_SETID(
      "xgroup-setid", EventClass.STREAM, "5.0.0", "the position of a consumer group was set"),
  /** A consumer group was destroyed. */
  XGROUP_DESTROY("xgroup-destroy", EventClass.STREAM, "5.0.0", "a consumer group was destroyed"),
  /** A consumer was created. */
  XGROUP_CREATECONSUMER(
      "xgroup-createconsumer", EventClass.STREAM, "5.0.0", "a consumer was created"),
  /** A consumer was deleted. */
  XGROUP_DELCONSUMER("xgroup-delconsumer", EventClass.STREAM, "5.0.0", "a consumer was deleted"),

  // Arrays

  /** An element was set. */
  ARSET("arset", EventClass.ARRAY, "8.8.0", "an element was set"),
  /** Elements were set. */
  ARMSET("armset", EventClass.ARRAY, "8.8.0", "elements were set"),
  /** Elements were inserted at the cursor. */
  ARINSERT("arinsert", EventClass.ARRAY, "8.8.0", "elements were inserted at the cursor"),
  /** Elements were inserted into a ring. */
  ARRING("arring", EventClass.ARRAY, "8.8.0", "elements were inserted into a ring"),
  /** The insertion cursor was moved. */
  ARSEEK("arseek", EventClass.ARRAY, "8.8.0", "the insertion cursor was moved"),
  /** Elements were deleted. */
  ARDEL("ardel", EventClass.ARRAY, "8.8.0", "elements were deleted"),
  /** Ranges of elements were deleted. */
  ARDELRANGE("ardelrange", EventClass.ARRAY, "8.8.0", "ranges of elements were deleted"),

  // Events without a data type

  /** A key was removed because its time was over. */
  EXPIRED("expired", EventClass.EXPIRED, "2.8.0", "a key was removed because its time was over"),
  /** A key was removed to free memory. */
  EVICTED("evicted", EventClass.EVICTED, "2.8.0", "a key was removed to free memory"),
  /** A read looked for a key that does not exist. */
  KEYMISS("keymiss", EventClass.KEY_MISS, "6.0.0", "a read looked for a key that does not exist"),
  /** A key was added to a database. */
  NEW("new", EventClass.NEW, "7.0.0", "a key was added to a database"),
  /** A value was replaced as a whole. */
  OVERWRITTEN("overwritten", EventClass.OVERWRITTEN, "8.2.0", "a value was replaced as a whole"),
  /** A value was replaced by one of another type. */
  TYPE_CHANGED(
      "type_changed",
      EventClass.TYPE_CHANGED,
      "8.2.0",
      "a value was replaced by one of another type");

  private static final List<EventType> BY_ID = List.of(values());
  private static final Map<Bytes, EventType> BY_NAME = new HashMap<>();

  static {
    for (EventType type : values()) {
      BY_NAME.put(type.wireBytes, type);
    }
  }

  private final String wireName;

  @SuppressWarnings("ImmutableEnumChecker") // Its array is never written to.
  private final Bytes wireBytes;

  private final EventClass eventClass;
  private final String since;
  private final String meaning;

  EventType(String wireName, EventClass eventClass, String since, String meaning) {
    this.wireName = wireName;
    this.wireBytes = Bytes.of(wireName);
    this.eventClass = eventClass;
    this.since = since;
    this.meaning = meaning;
  }

  /** The name in channels and payloads, such as {@code xgroup-create}. */
  public String wireName() {
    return wireName;
  }

  /** The wire name as bytes, rendered once; read only. */
  public Bytes wireBytes() {
    return wireBytes;
  }

  /** The class whose letter switches the event on. */
  public EventClass eventClass() {
    return eventClass;
  }

  /** The version of Redis that first sent the event. */
  public String since() {
    return since;
  }

  /** What the event tells, for people. */
  public String meaning() {
    return meaning;
  }

  /** The number by which files name this event; it never changes. From 0, without gaps. */
  @SuppressWarnings("EnumOrdinal") // Rows are frozen in their order: see the class comment.
  public int id() {
    return ordinal();
  }

  /** The event with this number, or null if this version knows none. O(1). */
  public static @Nullable EventType ofId(int id) {
    return id >= 0 && id < BY_ID.size() ? BY_ID.get(id) : null;
  }

  /** The event with this wire name (case matters), or null. O(length), allocates nothing. */
  public static @Nullable EventType ofWireName(Bytes name) {
    return BY_NAME.get(name);
  }
}
