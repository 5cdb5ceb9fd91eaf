package dev.carillon.engine.feed;

import dev.carillon.engine.keyspace.Database;
import dev.carillon.engine.keyspace.Entry;
import dev.carillon.engine.rdb.DumpPayload;
import dev.carillon.engine.value.ValueType;
import dev.carillon.protocol.bytes.Bytes;
import dev.carillon.protocol.event.EventType;
import java.util.EnumSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What the key held whose value went last: kept from the door that removes or replaces it until the
 * event that says so. There is one at a time, because that event follows before another key's value
 * goes; but for RENAME, whose two keys differ.
 */
final class OldValues {

  /** The events that say that a value went, or that another one has taken its place. */
  private static final Set<EventType> TELLING =
      EnumSet.of(
          EventType.DEL,
          EventType.EXPIRED,
          EventType.EVICTED,
          EventType.SET,
          EventType.OVERWRITTEN,
          EventType.TYPE_CHANGED,
          EventType.RENAME_TO,
          EventType.MOVE_TO,
          EventType.COPY_TO,
          EventType.RESTORE,
          EventType.SORTSTORE,
          EventType.SINTERSTORE,
          EventType.SUNIONSTORE,
          EventType.SDIFFSTORE,
          EventType.ZINTERSTORE,
          EventType.ZUNIONSTORE,
          EventType.ZDIFFSTORE,
          EventType.ZRANGESTORE,
          EventType.GEORADIUSSTORE,
          EventType.GEOSEARCHSTORE);

  /**
   * A value.
   *
   * @param bytes the string, or the value as DUMP has it; null if it is too large for everybody
   * @param isString whether it is a string
   * @param sizeBytes how large it is: exact where there are bytes or it is a string, otherwise
   *     about what it takes in memory
   */
  record Value(@Nullable Bytes bytes, boolean isString, long sizeBytes) {}

  private final Bytes key = Bytes.view();
  private byte[] keyBytes = new byte[64];
  private int db;
  private long sequence = -1;
  private boolean present;
  private long deadlineMillis;
  private @Nullable Value value;

  /**
   * A value is about to go.
   *
   * @param bytesMax how large a value may be that somebody wants; {@link FeedDefinition#NONE} if
   *     nobody wants it
   * @param turnSequence tells turns apart that change something
   */
  void keep(Database database, Bytes leaving, Entry entry, long bytesMax, long turnSequence) {
    int length = leaving.length();
    if (keyBytes.length < length) {
      keyBytes = new byte[2 * length];
    }
    leaving.copyTo(keyBytes, 0);
    key.pointTo(keyBytes, 0, length);
    db = database.number();
    sequence = turnSequence;
    present = true;
    deadlineMillis = entry.deadlineMillis();
    value = bytesMax == FeedDefinition.NONE || entry.isEmpty() ? null : valueOf(entry, bytesMax);
  }

  private static Value valueOf(Entry entry, long bytesMax) {
    if (entry.type() == ValueType.STRING) {
      int length = entry.stringLength();
      return new Value(length <= bytesMax ? entry.string().copy() : null, true, length);
    }
    // Before anything is serialised: what is far too large costs nothing.
    long estimate = entry.sizeBytes();
    if (estimate > bytesMax) {
      return new Value(null, false, estimate);
    }
    Bytes dump = DumpPayload.of(entry, false).copy();
    return dump.length() <= bytesMax
        ? new Value(dump, false, dump.length())
        : new Value(null, false, dump.length());
  }

  /** The change of a key was announced: what follows is about something else. */
  void forget(int number, Bytes someKey) {
    if (present && db == number && key.equals(someKey)) {
      present = false;
      value = null;
    }
  }

  private boolean isOf(int number, Bytes someKey, long turnSequence) {
    return present && sequence == turnSequence && db == number && key.equals(someKey);
  }

  /** The value that an event of a key tells to be gone, or null. */
  @Nullable Value valueFor(EventType type, int number, Bytes someKey, long turnSequence) {
    return TELLING.contains(type) && isOf(number, someKey, turnSequence) ? value : null;
  }

  /** The deadline of a key that just expired, or {@link Entry#NO_DEADLINE}. */
  long deadlineFor(EventType type, int number, Bytes someKey, long turnSequence) {
    return type == EventType.EXPIRED && isOf(number, someKey, turnSequence)
        ? deadlineMillis
        : Entry.NO_DEADLINE;
  }
}
