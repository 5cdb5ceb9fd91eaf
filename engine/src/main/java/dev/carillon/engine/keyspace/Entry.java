package dev.carillon.engine.keyspace;

import dev.carillon.engine.store.Slots;
import dev.carillon.engine.value.Packed;
import dev.carillon.engine.value.StringValue;
import dev.carillon.engine.value.Value;
import dev.carillon.engine.value.ValueType;
import dev.carillon.protocol.bytes.Bytes;
import dev.carillon.protocol.bytes.Numerals;
import org.jspecify.annotations.Nullable;

/**
 * A key, its value and its deadline: a view over one slot of a database. It stays good through
 * changes of this or other entries (a slot's number is stable) until the entry is removed. The
 * {@link Bytes} it hands out point into the arena: they are good until the next change of anything
 * in the same database.
 *
 * <p>The methods that change something may only be called between the door that opened the change
 * ({@link Database#edit}, {@link Database#create}, {@link Database#overwrite}) and its closing.
 */
public final class Entry implements Holder {

  /** What {@link #deadlineMillis()} says of an entry that has none, and what takes one away. */
  public static final long NO_DEADLINE = Slots.NO_DEADLINE;

  /**
   * How many bytes key and string have together at most where Redis says embstr: as many as fit
   * into 64 bytes beside an object's header of 16 and the headers of two short texts (observed on
   * 8.6.3; before 8.2 it was 44 for the string alone).
   */
  public static final int EMBEDDED_LENGTH_MAX = 41;

  /** The string was modified in place since it was set as a whole. */
  private static final int HINT_RAW = 1;

  /** The string is a computed text, which is no integer whatever it looks like. */
  private static final int HINT_TEXT = 2;

  private final Database database;
  private final int id;

  /** What {@link #string} hands out; most entries are only written to. */
  private @Nullable Bytes view;

  Entry(Database database, int id) {
    this.database = database;
    this.id = id;
  }

  /** The database the entry lives in. */
  public Database database() {
    return database;
  }

  int id() {
    return id;
  }

  /** How many things Redis would have to free one by one; see {@link Value#parts()}. */
  public long parts() {
    Value object = database.objectOf(id);
    return object == null ? 1 : object.parts();
  }

  /** The key; a view of its own. */
  public Bytes key() {
    return database.slots.key(id, Bytes.view());
  }

  /** What kind of value the key holds. */
  public ValueType type() {
    return ValueType.ofCode(database.slots.type(id));
  }

  // ----------------------------------------------------------------------------------- deadline

  /** Whether the entry has a deadline. */
  public boolean hasDeadline() {
    return database.slots.hasDeadline(id);
  }

  /** When the entry's time is over, in epoch milliseconds; {@link #NO_DEADLINE} if never. */
  public long deadlineMillis() {
    return database.slots.deadline(id);
  }

  /**
   * Sets or removes the deadline.
   *
   * @param millis epoch milliseconds above 0, or {@link #NO_DEADLINE}
   */
  public void deadlineMillis(long millis) {
    database.reschedule(id, millis);
  }

  // ------------------------------------------------------------------------------------- access

  /** The 24 bits of access clock or frequency that eviction goes by. */
  public int access() {
    return database.slots.access(id);
  }

  /** Sets the 24 bits of access clock or frequency. */
  public void access(int clock) {
    database.slots.access(id, clock);
  }

  // ------------------------------------------------------------------------------------- string

  /** How long the string is, in bytes. */
  public int stringLength() {
    return database.slots.holdsObject(id)
        ? ((StringValue) database.slots.object(id)).length()
        : database.slots.valueLength(id);
  }

  /** The string's bytes where they lie; the same view at each call on this instance. */
  public Bytes string() {
    Bytes lent = view();
    return database.slots.holdsObject(id)
        ? ((StringValue) database.slots.object(id)).view(lent)
        : database.slots.value(id, lent);
  }

  private Bytes view() {
    Bytes lent = view;
    if (lent == null) {
      lent = Bytes.view();
      view = lent;
    }
    return lent;
  }

  /** Replaces the string by a copy of the given bytes. */
  public void string(Bytes bytes) {
    string(bytes.array(), bytes.offset(), bytes.length());
  }

  /** Replaces the string by a copy of the given bytes. */
  public void string(byte[] source, int offset, int length) {
    database.detach(id);
    database.slots.hint(id, 0);
    if (length <= Slots.MAX_INLINE) {
      database.slots.value(id, source, offset, length);
    } else {
      database.attach(id, new StringValue(source, offset, length));
    }
  }

  /** Replaces the string by the digits of a number, which lie in the slot. */
  public void integer(long number) {
    byte[] digits = database.digits;
    string(digits, 0, Numerals.writeLong(number, digits, 0));
  }

  /**
   * Replaces the string by a computed text, such as a real number: OBJECT ENCODING does not say int
   * of it, even where it has no fraction.
   */
  public void textString(Bytes bytes) {
    string(bytes);
    database.slots.hint(id, HINT_TEXT);
  }

  /** Replaces the string by computed bytes of which OBJECT ENCODING says raw, however few. */
  public void rawString(byte[] source, int offset, int length) {
    string(source, offset, length);
    database.slots.hint(id, HINT_RAW);
  }

  /**
   * Changes the string's length, keeping the common prefix; new bytes are zero. The string is from
   * then on reported as modified in place (OBJECT ENCODING says raw).
   *
   * @return the bytes, writable until the next change of anything in the database
   */
  public Bytes resizeString(int newLength) {
    return resizeString(newLength, 0, newLength);
  }

  /**
   * As {@link #resizeString(int)} for who writes to a part only. A part of a long string is all
   * that a snapshot has to keep of it.
   *
   * @param from the first byte that will be written
   * @param to the one behind the last
   */
  public Bytes resizeString(int newLength, int from, int to) {
    Slots slots = database.slots;
    if (slots.holdsObject(id)) {
      StringValue value = (StringValue) slots.object(id);
      value.resize(newLength);
      value.changing(from, to);
      database.settle(id);
    } else if (newLength <= Slots.MAX_INLINE) {
      slots.resizeValue(id, newLength);
    } else {
      Bytes old = slots.value(id, view());
      StringValue value = new StringValue(old.array(), old.offset(), old.length());
      value.resize(newLength);
      database.attach(id, value);
    }
    slots.hint(id, HINT_RAW);
    return string();
  }

  /** Says that the string was about to be modified in place, even if it stays as it is. */
  public void markRaw() {
    database.slots.hint(id, HINT_RAW);
  }

  /**
   * What OBJECT ENCODING says of the string: {@code int} if it is the text of a long, {@code
   * embstr} if it has at most {@link #EMBEDDED_LENGTH_MAX} bytes together with its key, else {@code
   * raw}, as is whatever was modified in place. Here all three are bytes; Redis' words are kept
   * because clients and tests compare them.
   */
  public String stringEncoding() {
    int hint = database.slots.hint(id);
    if (hint == HINT_RAW) {
      return "raw";
    }
    if (hint != HINT_TEXT && Numerals.isLong(string())) {
      return "int";
    }
    return stringLength() + key().length() <= EMBEDDED_LENGTH_MAX ? "embstr" : "raw";
  }

  // --------------------------------------------------------------------------------- collections

  /** The value as a set. */
  public SetView set() {
    return new SetView(this, database.keyspace());
  }

  /** The value as a sorted set. */
  public SortedSetView sortedSet() {
    return new SortedSetView(this, database.keyspace());
  }

  /** Makes this entry hold a draft of its own type, which must not be used any more. */
  public void take(Draft draft) {
    draft.handTo(this);
    database.renewFieldTimer(id);
  }

  /** Whether the value is an object; otherwise it is bytes in the slot. */
  @Override
  public boolean holdsObject() {
    return database.slots.holdsObject(id);
  }

  /** The value as an object; only if {@link #holdsObject()}. */
  @Override
  public Value object() {
    return (Value) database.slots.object(id);
  }

  /** Replaces the value by an object of the entry's type. */
  @Override
  public void object(Value value) {
    database.attach(id, value);
  }

  /** The bytes in the slot; only while the value is no object. */
  @Override
  public Packed packed() {
    return new Packed() {
      private final Bytes lent = Bytes.view();

      @Override
      public Bytes bytes() {
        return database.slots.value(id, lent);
      }

      @Override
      public Bytes resize(int newLength) {
        database.slots.resizeValue(id, newLength);
        return bytes();
      }
    };
  }

  /** Replaces the value by bytes in the slot, at most {@link Slots#MAX_INLINE}; the form is 0. */
  @Override
  public void packed(Bytes bytes) {
    database.detach(id);
    database.slots.hint(id, 0);
    database.slots.value(id, bytes.array(), bytes.offset(), bytes.length());
  }

  /** What the bytes in the slot are, where a type has several packed forms: 0 to 3. */
  @Override
  public int form() {
    return database.slots.hint(id);
  }

  /** Says what the bytes in the slot are: 0 to 3. */
  @Override
  public void form(int form) {
    database.slots.hint(id, form);
  }

  /** The list that the entry holds. */
  public ListView list() {
    return new ListView(this);
  }

  /** The value as a hash; only of an entry of that type. */
  public HashView hash() {
    return new HashView(this);
  }

  /** Whether the value is a container without elements, which must not stay. */
  public boolean isEmpty() {
    if (database.slots.holdsObject(id)) {
      return ((Value) database.slots.object(id)).isEmpty();
    }
    return database.slots.valueLength(id) == 0 && type() != ValueType.STRING;
  }

  // ---------------------------------------------------------------------------------- any value

  /** Makes this entry hold a copy of what {@code source} holds; used by COPY. */
  public void takeValueOf(Entry source) {
    Slots from = source.database.slots;
    takeValueOf(
        source, from.holdsObject(source.id) ? ((Value) from.object(source.id)).copy() : null);
  }

  /** Makes this entry hold what {@code source} holds, which is about to be removed. */
  void moveValueOf(Entry source) {
    source.database.forgetFieldTimer(source.id);
    Slots from = source.database.slots;
    if (from.holdsObject(source.id)) {
      int hint = from.hint(source.id);
      Value value = source.database.handOver(source.id);
      from.hint(source.id, hint);
      takeValueOf(source, value);
    } else {
      takeValueOf(source, null);
    }
  }

  /**
   * @param object what this entry is to hold, or null where the bytes in the slot of {@code source}
   *     are the value
   */
  private void takeValueOf(Entry source, @Nullable Value object) {
    database.detach(id);
    Slots from = source.database.slots;
    database.slots.type(id, from.type(source.id));
    if (object != null) {
      database.attach(id, object);
    } else {
      Bytes bytes = from.value(source.id, Bytes.view());
      database.slots.value(id, bytes.array(), bytes.offset(), bytes.length());
    }
    database.slots.hint(id, source.isRaw() ? HINT_RAW : from.hint(source.id));
    database.renewFieldTimer(id);
  }

  /** Whether this is a string, and stays raw under a shorter key, too. */
  private boolean isRaw() {
    return type() == ValueType.STRING && stringEncoding().equals("raw");
  }

  /** Redis' word for how the value is kept, as OBJECT ENCODING says it. */
  public String encoding() {
    return switch (type()) {
      case STRING -> stringEncoding();
      case ARRAY -> "sliced-array";
      case HASH -> hash().encoding();
      case LIST -> list().encoding();
      case SET -> set().encoding().wireName();
      case SORTED_SET -> sortedSet().encoding();
      case STREAM -> "stream";
    };
  }

  /** About how many bytes the entry takes: its slot, its value, its share of the index. */
  public long sizeBytes() {
    return database.sizeBytes(id);
  }
}
