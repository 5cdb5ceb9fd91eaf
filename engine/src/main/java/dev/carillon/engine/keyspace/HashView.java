package dev.carillon.engine.keyspace;

import dev.carillon.engine.store.Slots;
import dev.carillon.engine.store.Words;
import dev.carillon.engine.value.HashValue;
import dev.carillon.engine.value.HashValue.Encoding;
import dev.carillon.engine.value.Listpack;
import dev.carillon.engine.value.MemberTable;
import dev.carillon.engine.value.Packed;
import dev.carillon.engine.value.PackedArray;
import dev.carillon.protocol.bytes.Bytes;
import java.util.List;
import java.util.Objects;
import java.util.function.IntConsumer;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * The hash that an entry holds: fields with values, each perhaps with a deadline. It is kept in one
 * of three ways, and nobody but this class has to know in which:
 *
 * <pre>
 *   pairs   in the slot: a listpack of field, value, field, value …
 *   timed   in the slot: the number of a timer (4 bytes, 0 for none), then a listpack of
 *           field, value, deadline …, earliest deadline first, those without (0) at the end
 *   large   an object: {@link HashValue}
 * </pre>
 *
 * <p>The listpacks are those of Redis, so that a small hash is dumped by copying it. A hash becomes
 * timed with the first deadline, and large where Redis would no longer keep it in a listpack or
 * where it does not fit into a slot; it never goes back.
 *
 * <p>A field is known by its place, a number above 0 that is good until the next change of the
 * hash; 0 is no place. What {@link #field} and {@link #value} answer is good until they are asked
 * again, of any hash of the database, or the database changes.
 *
 * <p>Whoever changes a hash has opened the change of its entry. The timer that wakes the database
 * when the earliest field is over follows each change by itself. Fields that are over are fields
 * like others until somebody removes them ({@link #isOver}). Engine thread only.
 */
public final class HashView {

  /** What {@link #deadlineMillis(int)} says of a field that has none, and what takes one away. */
  public static final long NO_DEADLINE = MemberTable.NO_DEADLINE;

  private static final int PAIRS = 0;
  private static final int TIMED = 1;

  /** In front of a timed listpack: the number of the timer. */
  private static final int TIMER_BYTES = 4;

  /** How Redis says in a listpack that a field has no deadline. */
  private static final long NEVER = 0;

  /** Derived: the entry of an integer of 64 bits. */
  private static final int DEADLINE_BYTES_MAX = 10;

  private final Entry entry;
  private final Database database;
  private @Nullable Behind packed;
  private @Nullable HashValue large;
  private int form;
  private boolean gone;

  HashView(Entry entry) {
    this.entry = entry;
    this.database = entry.database();
    if (entry.holdsObject()) {
      large = (HashValue) entry.object();
    } else {
      form = entry.form();
    }
  }

  /** The listpack of a hash in a slot, which lies behind the timer if there is one. */
  private final class Behind implements Packed {
    private final Packed slot = entry.packed();
    private final Bytes view = Bytes.view();

    @Override
    public Bytes bytes() {
      return behind(slot.bytes());
    }

    @Override
    public Bytes resize(int newLength) {
      return behind(slot.resize(header() + newLength));
    }

    private Bytes behind(Bytes all) {
      int header = header();
      return view.pointTo(all.array(), all.offset() + header, all.length() - header);
    }
  }

  /** The listpack of a small hash. */
  private Behind pack() {
    Behind behind = packed;
    if (behind == null) {
      behind = new Behind();
      packed = behind;
    }
    return behind;
  }

  private int header() {
    return form == TIMED ? TIMER_BYTES : 0;
  }

  /** How many entries of the listpack a field takes. */
  private int stride() {
    return form == TIMED ? 3 : 2;
  }

  // ------------------------------------------------------------------------------------- reading

  /** How many fields there are, those included that are over but not removed. O(1). */
  public int size() {
    HashValue value = large;
    return value == null ? Listpack.count(pack().bytes()) / stride() : value.fields().size();
  }

  /**
   * How many fields there are in the bytes of a hash in a slot.
   *
   * @param bytes a view, which points elsewhere afterwards
   * @param form of the slot
   */
  static int packedSize(Bytes bytes, int form) {
    if (form != TIMED) {
      return Listpack.count(bytes) / 2;
    }
    bytes.pointTo(
        bytes.array(), bytes.offset() + TIMER_BYTES, Math.max(0, bytes.length() - TIMER_BYTES));
    return Listpack.count(bytes) / 3;
  }

  /** The place of a field, over or not, or 0 if it is not there. */
  public int find(Bytes field) {
    HashValue value = large;
    if (value != null) {
      return value.fields().find(field);
    }
    Bytes pack = pack().bytes();
    return Listpack.find(pack, Listpack.first(pack), field, stride());
  }

  /** The field at a place. */
  public Bytes field(int place) {
    HashValue value = large;
    return value == null
        ? Listpack.text(pack().bytes(), place, database.fieldView, database.fieldDigits)
        : value.fields().member(place, database.fieldView);
  }

  /** The value of the field at a place. */
  public Bytes value(int place) {
    HashValue value = large;
    if (value != null) {
      return value.fields().value(place, database.valueView);
    }
    Bytes pack = pack().bytes();
    return Listpack.text(pack, Listpack.next(pack, place), database.valueView, database.digits);
  }

  /** The deadline of the field at a place, in epoch milliseconds, or {@link #NO_DEADLINE}. */
  public long deadlineMillis(int place) {
    HashValue value = large;
    if (value != null) {
      return value.fields().deadline(place);
    }
    if (form == PAIRS) {
      return NO_DEADLINE;
    }
    Bytes pack = pack().bytes();
    long millis = packedDeadline(pack, place);
    return millis == NEVER ? NO_DEADLINE : millis;
  }

  private static long packedDeadline(Bytes pack, int place) {
    return Listpack.integer(pack, Listpack.next(pack, Listpack.next(pack, place)));
  }

  /** The earliest deadline of all fields, {@link Long#MAX_VALUE} if none has one. O(1). */
  public long earliestDeadlineMillis() {
    HashValue value = large;
    if (value != null) {
      return value.fields().earliestDeadline();
    }
    Bytes pack = pack().bytes();
    int first = Listpack.first(pack);
    if (form == PAIRS || first == Listpack.NONE) {
      return Long.MAX_VALUE;
    }
    long millis = packedDeadline(pack, first);
    return millis == NEVER ? Long.MAX_VALUE : millis;
  }

  /** Redis' word for how it would keep the hash, as OBJECT ENCODING says it. */
  public String encoding() {
    return encodingNow().wireName();
  }

  private Encoding encodingNow() {
    HashValue value = large;
    return value != null
        ? value.encoding()
        : form == PAIRS ? Encoding.LISTPACK : Encoding.LISTPACK_EX;
  }

  // ------------------------------------------------------------------------------------ being over

  /**
   * Whether the field at a place is past its deadline. While effects are replayed nothing is: what
   * was removed then is an effect of its own.
   */
  public boolean isOver(int place) {
    if (large == null && form == PAIRS) {
      return false;
    }
    long millis = deadlineMillis(place);
    return millis != NO_DEADLINE && millis <= now() && database.keyspace().mayExpire();
  }

  /** Whether any field is past its deadline. O(1). */
  public boolean hasOver() {
    return earliestDeadlineMillis() <= now() && database.keyspace().mayExpire();
  }

  private long now() {
    return database.keyspace().turn().nowMillis();
  }

  /**
   * The place of a field that is there and not over, or 0, for a command that meets expired fields:
   * such a one is removed here, with its event, unless removals are held back. It may have been the
   * last one: see {@link #isGone}.
   */
  public int meet(Bytes field) {
    return meet(field, false);
  }

  /** As {@link #meet} for a command that is about to write the field: it goes even if held back. */
  public int meetToWrite(Bytes field) {
    return meet(field, true);
  }

  private int meet(Bytes field, boolean toWrite) {
    int place = find(field);
    if (place == 0 || !isOver(place)) {
      return place;
    }
    expire(List.of(field), toWrite);
    return 0;
  }

  /**
   * Removes fields that are over, with one event for all, unless removals are held back.
   *
   * @param fields one that is named twice counts once
   * @param toWrite whether they are about to be written: then they go even if held back
   */
  public void expire(List<Bytes> fields, boolean toWrite) {
    if (database.expireFields(entry, this, fields, toWrite)) {
      gone = true;
    }
  }

  /**
   * Removes fields that are over and that the same request sets anew, with one event for all. The
   * entry stays, perhaps empty until then, and nothing is recorded: what sets the fields has to
   * repeat their removal.
   *
   * @param fields one that is named twice counts once
   */
  public void expireToReplace(List<Bytes> fields) {
    database.expireFieldsToReplace(entry, this, fields);
  }

  /**
   * Removes fields that are over, with one event for all, unless removals are held back: many, but
   * not more than take a moment.
   */
  public void expireDue() {
    if (hasOver() && database.expireDueFields(entry, this)) {
      gone = true;
    }
  }

  /** Whether the entry is gone because fields that were met were over, and they were the last. */
  public boolean isGone() {
    return gone;
  }

  // ------------------------------------------------------------------------------------- walking

  /** Tells the visitor the place of every field, in no order that means anything. */
  public void forEach(IntConsumer visitor) {
    HashValue value = large;
    if (value != null) {
      value.fields().forEach(visitor);
      return;
    }
    Bytes pack = pack().bytes();
    int stride = stride();
    for (int at = Listpack.first(pack); at != Listpack.NONE; at = skip(pack, at, stride)) {
      visitor.accept(at);
    }
  }

  private static int skip(Bytes pack, int place, int entries) {
    int at = place;
    for (int i = 0; i < entries && at != Listpack.NONE; i++) {
      at = Listpack.next(pack, at);
    }
    return at;
  }

  /**
   * Visits places of fields from a cursor on: each field that is there from the call with cursor 0
   * to the one that answers 0 is visited, most of them once. A small hash is visited at once.
   *
   * @param cursor 0, or what the last call answered
   * @param count about how many fields
   * @return where to go on, or 0 at the end
   */
  public long scan(long cursor, int count, IntConsumer visitor) {
    HashValue value = large;
    if (value != null) {
      return value.fields().scan(cursor, count, visitor);
    }
    forEach(visitor);
    return 0;
  }

  /** The place of some field, each with the same chance, of a hash that is not empty. */
  public int random(RandomGenerator random) {
    HashValue value = large;
    if (value != null) {
      return value.fields().random(random);
    }
    return Listpack.seek(pack().bytes(), stride() * random.nextInt(size()));
  }

  /** The listpack of a small hash, or null if it is large; see {@link #isTimed}. */
  public @Nullable Bytes listpack() {
    return large == null ? pack().bytes() : null;
  }

  /** Whether the listpack has a deadline behind each value. */
  public boolean isTimed() {
    return form == TIMED;
  }

  // ------------------------------------------------------------------------------------ changing

  /**
   * As many fields are about to be put, which may not all be new: where Redis would make a table of
   * them beforehand, so do we.
   */
  public void expect(int fields) {
    if (fields > limits().hashEntries) {
      becomeTable();
    }
  }

  /**
   * Sets the value of a field; a deadline that it had is gone.
   *
   * @param field copied, and so is the value; no views into this database
   * @return whether the field is new
   */
  public boolean put(Bytes field, Bytes value) {
    return put(field, value, false);
  }

  /** As {@link #put(Bytes, Bytes)}, but a deadline stays. */
  public boolean putKeepingDeadline(Bytes field, Bytes value) {
    return put(field, value, true);
  }

  private boolean put(Bytes field, Bytes value, boolean keepsDeadline) {
    PackingLimits limits = limits();
    if (field.length() > limits.hashValue || value.length() > limits.hashValue) {
      becomeTable();
    }
    boolean isNew =
        large == null
            ? putPacked(field, value, keepsDeadline)
            : putLarge(field, value, keepsDeadline);
    if (size() > limits.hashEntries) {
      becomeTable();
    }
    return isNew;
  }

  private boolean putLarge(Bytes field, Bytes value, boolean keepsDeadline) {
    MemberTable fields = table().fields();
    int id = fields.find(field);
    if (id == 0) {
      fields.add(field, value);
      return true;
    }
    fields.put(id, value);
    if (!keepsDeadline && fields.hasDeadline(id)) {
      fields.deadline(id, NO_DEADLINE);
      followEarliest();
    }
    return false;
  }

  private boolean putPacked(Bytes field, Bytes value, boolean keepsDeadline) {
    Bytes pack = pack().bytes();
    int place = find(field);
    if (place == 0) {
      int more = Listpack.entryBytes(field) + Listpack.entryBytes(value);
      if (!fits(Listpack.lengthWith(pack, more) + DEADLINE_BYTES_MAX)) {
        enlarge(encodingNow());
        return putLarge(field, value, keepsDeadline);
      }
      Listpack.insert(pack(), Listpack.NONE, field, value);
      if (form == TIMED) {
        Listpack.append(pack(), NEVER);
      }
      return true;
    }
    int valueAt = Listpack.next(pack, place);
    int more = Listpack.entryBytes(value) - Listpack.entryBytes(pack, valueAt);
    if (!fits(pack.length() + more)) {
      enlarge(encodingNow());
      return putLarge(field, value, keepsDeadline);
    }
    Listpack.replace(pack(), valueAt, value);
    if (!keepsDeadline && form == TIMED && deadlineMillis(place) != NO_DEADLINE) {
      packedDeadline(place, NO_DEADLINE);
      followEarliest();
    }
    return false;
  }

  private boolean fits(int listpackBytes) {
    return listpackBytes + TIMER_BYTES <= Slots.MAX_INLINE;
  }

  /**
   * Sets or removes the deadline of the field at a place, which is another one afterwards.
   *
   * @param millis epoch milliseconds above 0, or {@link #NO_DEADLINE}
   */
  public void deadlineMillis(int place, long millis) {
    if (deadlineMillis(place) == millis) {
      return;
    }
    int at = place;
    if (large == null && form == PAIRS) {
      at = becomeTimed(place);
    } else if (large == null && !fits(pack().bytes().length() + DEADLINE_BYTES_MAX)) {
      Bytes field = field(place).copy();
      enlarge(Encoding.LISTPACK_EX);
      at = find(field);
    }
    HashValue value = large;
    if (value == null) {
      packedDeadline(at, millis);
    } else {
      if (value.encoding() == Encoding.LISTPACK) {
        value.encoding(Encoding.LISTPACK_EX);
      }
      value.fields().deadline(at, millis);
    }
    followEarliest();
  }

  /** Moves a field of a timed listpack to where its deadline belongs. */
  private void packedDeadline(int place, long millis) {
    Bytes field = field(place).copy();
    Bytes value = value(place).copy();
    Listpack.delete(pack(), place, stride());
    Bytes pack = pack().bytes();
    int before = Listpack.end(pack);
    if (millis != NO_DEADLINE) {
      for (int at = Listpack.first(pack); at != Listpack.NONE; at = skip(pack, at, stride())) {
        long other = packedDeadline(pack, at);
        if (other == NEVER || other > millis) {
          before = at;
          break;
        }
      }
    }
    int at = Listpack.insert(pack(), before, field, value);
    at += Listpack.entryBytes(pack().bytes(), at);
    at += Listpack.entryBytes(pack().bytes(), at);
    Listpack.insert(pack(), at, millis == NO_DEADLINE ? NEVER : millis);
  }

  /** Removes the field at a place. */
  public void remove(int place) {
    HashValue value = large;
    if (value != null) {
      value.fields().remove(place);
    } else {
      Listpack.delete(pack(), place, stride());
    }
    followEarliest();
    emptyIfEmpty();
  }

  /** A slot without fields holds no bytes at all. */
  private void emptyIfEmpty() {
    if (large == null && form == TIMED && pack().bytes().isEmpty()) {
      entry.packed(Bytes.EMPTY);
      form = PAIRS;
    }
  }

  /** Told of each field that is removed because it is over. */
  @FunctionalInterface
  interface Removed {
    /**
     * @param field good until the method returns
     */
    void onRemoved(Bytes field, long deadlineMillis);
  }

  /**
   * Removes the fields that are due, earliest first.
   *
   * @param max how many at most
   * @return how many there were
   */
  int removeDue(long nowMillis, int max, Removed consumer) {
    HashValue value = large;
    int count = value == null ? removeDuePacked(nowMillis, max, consumer) : 0;
    if (value != null) {
      MemberTable fields = value.fields();
      for (int id = fields.due(nowMillis); id != 0 && count < max; id = fields.due(nowMillis)) {
        consumer.onRemoved(fields.member(id, database.fieldView), fields.deadline(id));
        fields.remove(id);
        count++;
      }
    }
    followEarliest();
    emptyIfEmpty();
    return count;
  }

  private int removeDuePacked(long nowMillis, int max, Removed consumer) {
    Bytes pack = pack().bytes();
    int count = 0;
    int first = Listpack.first(pack);
    int at = first;
    while (form == TIMED && at != Listpack.NONE && count < max) {
      long millis = packedDeadline(pack, at);
      if (millis == NEVER || millis > nowMillis) {
        break;
      }
      consumer.onRemoved(field(at), millis);
      count++;
      at = skip(pack, at, stride());
    }
    if (count > 0) {
      Listpack.delete(pack(), first, count * stride());
    }
    return count;
  }

  /**
   * Makes an entry that holds nothing yet hold a listpack of Redis.
   *
   * @param pack intact, without fields that occur twice; no view into this database
   * @param timed whether there is a deadline behind each value, in order
   */
  public void load(Bytes pack, boolean timed) {
    int entries = Listpack.count(pack) / (timed ? 3 : 2);
    if (entries <= limits().hashEntries && fits(pack.length())) {
      form = timed ? TIMED : PAIRS;
      entry.form(form);
      Bytes room = pack().resize(pack.length());
      pack.copyTo(room.array(), room.offset());
      timer(0);
    } else {
      enlarge(
          entries > limits().hashEntries
              ? Encoding.HASHTABLE
              : timed ? Encoding.LISTPACK_EX : Encoding.LISTPACK);
      unpack(pack, timed, table().fields());
    }
    followEarliest();
  }

  // --------------------------------------------------------------------------------- other shapes

  private HashValue table() {
    return Objects.requireNonNull(large);
  }

  /** Puts a deadline behind each value; answers where the field of a place lies then. */
  private int becomeTimed(int place) {
    Bytes pack = pack().bytes();
    int fields = size();
    if (!fits(pack.length() + 2 * fields + DEADLINE_BYTES_MAX)) {
      Bytes field = field(place).copy();
      enlarge(Encoding.LISTPACK_EX);
      return find(field);
    }
    PackedArray timed = new PackedArray(pack.length() + 2 * fields);
    int moved = 0;
    for (int at = Listpack.first(pack); at != Listpack.NONE; at = skip(pack, at, 2)) {
      int there = Listpack.insert(timed, Listpack.NONE, field(at), value(at));
      Listpack.append(timed, NEVER);
      moved = at == place ? there : moved;
    }
    form = TIMED;
    entry.form(TIMED);
    Bytes bytes = timed.bytes();
    Bytes room = pack().resize(bytes.length());
    bytes.copyTo(room.array(), room.offset());
    timer(0);
    return moved;
  }

  /** From now on Redis would keep the hash as a table, and so do we. */
  private void becomeTable() {
    if (large == null) {
      enlarge(Encoding.HASHTABLE);
    } else {
      table().encoding(Encoding.HASHTABLE);
    }
  }

  private void enlarge(Encoding encoding) {
    Keyspace keyspace = database.keyspace();
    HashValue value = new HashValue(keyspace.pages(), keyspace.seed(), encoding);
    unpack(pack().bytes(), form == TIMED, value.fields());
    value.timer(timer());
    entry.object(value);
    entry.form(0);
    form = PAIRS;
    large = value;
  }

  /** Adds the fields of a listpack to a table that has none of them. */
  private void unpack(Bytes pack, boolean timed, MemberTable fields) {
    int stride = timed ? 3 : 2;
    for (int at = Listpack.first(pack); at != Listpack.NONE; at = skip(pack, at, stride)) {
      Bytes field = Listpack.text(pack, at, database.fieldView, database.fieldDigits);
      Bytes value =
          Listpack.text(pack, Listpack.next(pack, at), database.valueView, database.digits);
      int id = fields.add(field, value);
      long millis = timed ? packedDeadline(pack, at) : NEVER;
      if (millis != NEVER) {
        fields.deadline(id, millis);
      }
    }
  }

  private PackingLimits limits() {
    return database.keyspace().limits();
  }

  // --------------------------------------------------------------------------------------- timer

  private int timer() {
    HashValue value = large;
    if (value != null) {
      return value.timer();
    }
    if (form == PAIRS) {
      return 0;
    }
    Bytes all = pack().slot.bytes();
    return Words.int32(all.array(), all.offset());
  }

  private void timer(int node) {
    HashValue value = large;
    if (value != null) {
      value.timer(node);
    } else if (form == TIMED) {
      Bytes all = pack().slot.bytes();
      Words.int32(all.array(), all.offset(), node);
    }
  }

  /** Lets the timer go off at the earliest deadline as it is now. */
  private void followEarliest() {
    if (large == null && form == PAIRS) {
      return;
    }
    int node = timer();
    long earliest = earliestDeadlineMillis();
    if (earliest == Long.MAX_VALUE) {
      forgetTimer();
    } else if (node == 0) {
      timer(database.scheduleFields(entry.id(), earliest));
    } else {
      database.rescheduleFields(node, earliest);
    }
  }

  /** The entry goes, or is about to hold something else. */
  void forgetTimer() {
    int node = timer();
    if (node != 0) {
      timer(0);
      database.cancelFields(node);
    }
  }

  /** The timer went off and is free already. */
  void timerIsOver() {
    timer(0);
  }

  /** The entry holds what another one held, whose timer is its own business. */
  void renewTimer() {
    timer(0);
    followEarliest();
  }
}
