package dev.carillon.engine.keyspace;

import dev.carillon.engine.store.KeyTable;
import dev.carillon.engine.store.SlotMarks;
import dev.carillon.engine.store.Slots;
import dev.carillon.engine.time.TimerWheel;
import dev.carillon.engine.turn.Subkeys;
import dev.carillon.engine.turn.Turn;
import dev.carillon.engine.value.StreamValue;
import dev.carillon.engine.value.Value;
import dev.carillon.engine.value.ValueType;
import dev.carillon.protocol.bytes.Bytes;
import dev.carillon.protocol.bytes.Numerals;
import dev.carillon.protocol.event.EventType;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/**
 * One numbered database: its entries, their index and their deadlines, and the doors through which
 * every read and every change of an entry passes.
 *
 * <p>Reading: {@link #find}. Changing: {@link #edit}, {@link #create}, {@link #overwrite} or {@link
 * #remove} open a change, and {@link #changed} or {@link #changedSilently} closes it, once, with
 * the event that says what it was. The opening tells whoever needs the entry as it was before
 * ({@link PreImage}); the closing marks watchers and announces the event. There is no other way to
 * change anything. Assertions find changes that nobody closed.
 *
 * <p>Each database owns its arena, so that emptying it is one step and swapping two is two. Engine
 * thread only.
 */
public final class Database {

  /** How many classes of sizes {@link #keysOfSize} tells apart. */
  public static final int SIZE_CLASSES = KeySizes.CLASSES;

  /** The wheel keeps {@link Long#MAX_VALUE} for itself; a later deadline is moved here. */
  private static final long DEADLINE_MILLIS_MAX = Long.MAX_VALUE - 1;

  /** Derived: 5 bytes for each place at an average fill of 0.63, and 4 of the slot's address. */
  private static final int INDEX_BYTES_PER_KEY = 12;

  /**
   * Chosen: a hash that has more due fields than this waits for the next slice of the sweep. It is
   * half of what a slice may do, so that one such hash does not keep the others waiting.
   */
  private static final int FIELDS_PER_VISIT = 128;

  private static final byte[] NOTHING = {};

  private final Keyspace keyspace;
  private int number;
  Slots slots;
  KeyTable table;
  private @Nullable TimerWheel wheel;
  private @Nullable FieldTimers fieldTimers;
  private boolean fieldsFirst;
  private final Subkeys expiredFields = new Subkeys();
  private List<Bytes> removedFields = new ArrayList<>();
  private long objectBytes;
  private int deadlines;
  private @Nullable SlotMarks marks;

  /** How large the entries are. */
  final KeySizes sizes = new KeySizes(this);

  /** The keys of feeds, which only the server appends to; mostly none. */
  private final Set<Bytes> feedKeys = new LinkedHashSet<>();

  private byte[] keyScratch = new byte[64];
  private final Bytes scratchView = Bytes.view();

  /** Where {@link Entry#integer} writes before the digits go into the slot; a value's elsewhere. */
  final byte[] digits = new byte[Numerals.LONG_LENGTH_MAX];

  /** What {@link HashView} lends out. */
  final Bytes fieldView = Bytes.view();

  final Bytes valueView = Bytes.view();
  final byte[] fieldDigits = new byte[Numerals.LONG_LENGTH_MAX];

  Database(Keyspace keyspace, int number) {
    this.keyspace = keyspace;
    this.number = number;
    this.slots = new Slots(keyspace.pages());
    this.table = new KeyTable(slots, keyspace.seed());
    if (keyspace.countsMemory()) {
      sizes.countMemory(true);
    }
  }

  /** The number by which clients select this database now. */
  public int number() {
    return number;
  }

  void number(int newNumber) {
    number = newNumber;
  }

  /** All databases, of which this is one. */
  public Keyspace keyspace() {
    return keyspace;
  }

  /** How many keys there are, those past their deadline included until something removes them. */
  public int size() {
    return table.size();
  }

  /** How many keys have a deadline. */
  public int deadlines() {
    return deadlines;
  }

  /** How many hashes have fields with a deadline. */
  public int hashesWithDeadlines() {
    return fieldTimers == null ? 0 : fieldTimers.size();
  }

  /**
   * How many keys there are of a type whose number of elements, or of bytes of a string, is in a
   * class. O(1).
   *
   * @param sizeClass 0 for what is empty, n for what has from 2 to the power of n - 1 on, up to
   *     twice that; less than {@link #SIZE_CLASSES}
   * @return 0 for streams and arrays, which nobody counts
   */
  public int keysOfSize(ValueType type, int sizeClass) {
    return sizes.count(type, sizeClass);
  }

  /**
   * How many collections there are of a type that take as many bytes with their keys as a class
   * says, as in {@link #keysOfSize}; each as it was when it changed last. O(1).
   *
   * @return 0 for strings, streams and arrays, and where {@link Keyspace#countsMemory} says no
   */
  public int keysOfMemory(ValueType type, int sizeClass) {
    return sizes.memoryCount(type, sizeClass);
  }

  // -------------------------------------------------------------------------------------- reading

  /**
   * The entry of a key, or null. An entry past its deadline is removed here, with its event, as a
   * part of the turn that touched it.
   */
  public @Nullable Entry find(Bytes key) {
    int id = table.find(key);
    if (id == 0) {
      return null;
    }
    if (slots.hasDeadline(id)
        && slots.deadline(id) <= keyspace.turn().nowMillis()
        && keyspace.mayExpire()) {
      if (!keyspace.holdsRemovals()) {
        expire(id);
      }
      return null;
    }
    return new Entry(this, id);
  }

  /**
   * The entry of a key, past its deadline or not, or null; nothing is removed. For a STORE whose
   * result is empty: it deletes its destination without looking at the deadline first.
   */
  public @Nullable Entry findAsIs(Bytes key) {
    int id = table.find(key);
    return id == 0 ? null : new Entry(this, id);
  }

  /** Whether the key is there, whatever its deadline says; nothing is removed. */
  public boolean contains(Bytes key) {
    return table.find(key) != 0;
  }

  /** Whether the key is there and past its deadline; nothing is removed. */
  public boolean isExpired(Bytes key) {
    int id = table.find(key);
    return id != 0 && isOver(id);
  }

  private boolean isOver(int id) {
    return slots.hasDeadline(id)
        && slots.deadline(id) <= keyspace.turn().nowMillis()
        && !keyspace.showsExpired();
  }

  /** Whether an entry is past its deadline but not removed yet. */
  public boolean isExpired(Entry entry) {
    return isOver(entry.id());
  }

  /**
   * Visits keys from a cursor on, in an order that growth does not change: every key that is there
   * from the call with cursor 0 to the one that returns 0 is visited exactly once.
   *
   * @param cursor 0, or what the last call returned
   * @param count about how many keys to visit
   * @return where to go on, or 0 at the end
   */
  public long scan(long cursor, int count, Consumer<Entry> visitor) {
    return table.scan(cursor, count, id -> visitor.accept(new Entry(this, id)));
  }

  /** Some entry, past its deadline or not, or null if the database is empty. */
  public @Nullable Entry random() {
    int id = table.random(keyspace.random());
    return id == 0 ? null : new Entry(this, id);
  }

  /**
   * Whether an entry is past its deadline. Such an entry is removed here, with its event, unless
   * removals are held back.
   */
  public boolean expireIfOver(Entry entry) {
    boolean over = isOver(entry.id());
    if (over && !keyspace.holdsRemovals()) {
      expire(entry.id());
    }
    return over;
  }

  // ------------------------------------------------------------------------------------- changing

  /** Opens a change of an entry's value or deadline. */
  public Entry edit(Entry entry) {
    Bytes key = entry.key();
    keyspace.open(this, key, entry);
    return entry;
  }

  /**
   * Opens the creation of a key that is not there, and announces it as new. It holds an empty value
   * without deadline.
   */
  public Entry create(Bytes key, ValueType type) {
    Entry entry = insert(key, type);
    keyspace.turn().event(number, EventType.NEW, key);
    return entry;
  }

  private Entry insert(Bytes key, ValueType type) {
    keyspace.open(this, key, null);
    int id = slots.create(key, type.code());
    table.insert(key, id);
    sizes.created(id);
    slots.access(id, keyspace.recency().initial());
    if (marks != null) {
      marks.add(id);
    }
    return new Entry(this, id);
  }

  /**
   * As {@link #create(Bytes, ValueType)} for a string whose value and deadline are known: one
   * allocation in the arena instead of up to three.
   *
   * @param value copied; no view into this database
   * @param deadlineMillis epoch milliseconds above 0, or {@link Entry#NO_DEADLINE}
   */
  public Entry createString(Bytes key, Bytes value, long deadlineMillis) {
    if (value.length() > Slots.MAX_INLINE) {
      Entry entry = create(key, ValueType.STRING);
      entry.string(value);
      entry.deadlineMillis(deadlineMillis);
      return entry;
    }
    keyspace.open(this, key, null);
    int id =
        slots.create(
            key,
            ValueType.STRING.code(),
            Math.min(deadlineMillis, DEADLINE_MILLIS_MAX),
            value.array(),
            value.offset(),
            value.length());
    table.insert(key, id);
    sizes.created(id);
    slots.access(id, keyspace.recency().initial());
    if (marks != null) {
      marks.add(id);
    }
    if (deadlineMillis != Entry.NO_DEADLINE) {
      schedule(id);
    }
    keyspace.turn().event(number, EventType.NEW, key);
    return new Entry(this, id);
  }

  /**
   * Opens the replacement of whatever a key holds, if anything, by a value of {@code type} that the
   * caller sets next, and announces the key as new or overwritten.
   *
   * @param existing what {@link #find} said of the key
   * @param keepDeadline whether the deadline stays; otherwise it goes silently
   */
  public Entry overwrite(
      Bytes key, @Nullable Entry existing, ValueType type, boolean keepDeadline) {
    if (existing == null) {
      return create(key, type);
    }
    keyspace.open(this, key, existing);
    keyspace.leaving(this, key, existing);
    int id = existing.id();
    forgetFieldTimer(id);
    announceOverwritten(key, existing.type(), type);
    if (slots.type(id) != type.code()) {
      slots.type(id, type.code());
    }
    if (!keepDeadline && slots.hasDeadline(id)) {
      reschedule(id, Entry.NO_DEADLINE);
    }
    return existing;
  }

  /**
   * Opens the removal of an entry and the creation of a key that is not there, which takes over the
   * value, the deadline and the recency, and does both; announces the new key. Objects are handed
   * over, not copied, however large they are. Both changes must be closed.
   *
   * @param key of {@code source}, which is gone afterwards
   * @param target where the new key is to be; this database or another one
   */
  public Entry move(Bytes key, Entry source, Database target, Bytes targetKey) {
    keyspace.open(this, key, source);
    Entry moved = target.create(targetKey, source.type());
    moved.moveValueOf(source);
    if (source.hasDeadline()) {
      moved.deadlineMillis(source.deadlineMillis());
    }
    moved.access(source.access());
    discard(source.id());
    return moved;
  }

  /** Announces that a key's value was replaced as a whole, and that its type changed if so. */
  public void announceOverwritten(Bytes key, ValueType before, ValueType after) {
    keyspace.turn().event(number, EventType.OVERWRITTEN, key);
    if (before != after) {
      keyspace.turn().event(number, EventType.TYPE_CHANGED, key);
    }
  }

  /** Opens a removal and does it; {@code entry} is gone afterwards. */
  public void remove(Bytes key, Entry entry) {
    keyspace.open(this, key, entry);
    keyspace.leaving(this, key, entry);
    discard(entry.id());
  }

  /**
   * Closes a change: marks watchers and announces what happened.
   *
   * @param key as it was opened
   */
  public void changed(Bytes key, EventType type) {
    changedSilently(key);
    keyspace.turn().event(number, type, key);
    keyspace.announced(this, key);
  }

  /**
   * Closes a change of an entry in place as {@link #changed(Bytes, EventType)} does. A container
   * that is empty now goes, as a change of its own.
   *
   * @return whether the entry is gone
   */
  public boolean changed(Bytes key, Entry entry, EventType type) {
    return changed(key, entry, type, List.of());
  }

  /**
   * As {@link #changed(Bytes, Entry, EventType)} for an event that names fields.
   *
   * @param subkeys see {@link Turn#event(int, EventType, Bytes, List)}
   */
  public boolean changed(Bytes key, Entry entry, EventType type, List<Bytes> subkeys) {
    settle(entry.id());
    changedSilently(key);
    keyspace.turn().event(number, type, key, subkeys);
    keyspace.announced(this, key);
    return removeIfEmpty(key, entry);
  }

  /** As {@link #changed(Bytes, Entry, EventType)}, but Redis is silent about the change itself. */
  public boolean changedSilently(Bytes key, Entry entry) {
    settle(entry.id());
    changedSilently(key);
    return removeIfEmpty(key, entry);
  }

  /**
   * Closes a change of which those who watch, have cached or wait for the key hear nothing: mostly
   * of what a value notes about its readers and not of what they read, such as what a consumer
   * group has delivered.
   */
  public void noted(Bytes key, Entry entry) {
    settle(entry.id());
    keyspace.closeUnheard(this, key);
  }

  private boolean removeIfEmpty(Bytes key, Entry entry) {
    if (!entry.isEmpty()) {
      return false;
    }
    remove(key, entry);
    changed(key, EventType.DEL);
    keyspace.countedBefore();
    return true;
  }

  /** A further event of a change that {@link #changed} closed. */
  public void announce(Bytes key, EventType type) {
    keyspace.turn().event(number, type, key);
  }

  /** Closes a change about which Redis is silent: marks watchers, announces nothing. */
  public void changedSilently(Bytes key) {
    keyspace.close(this, key);
  }

  /**
   * Closes whatever was done to a key by somebody who failed half-way: whoever watches or waits for
   * it hears of a change, and a collection that is empty goes.
   *
   * @return what the key holds now, or null if it is not there
   */
  public @Nullable Entry mend(Bytes key) {
    Entry entry = findAsIs(key);
    keyspace.open(this, key, entry);
    if (entry == null) {
      changedSilently(key);
      return null;
    }
    return changedSilently(key, entry) ? null : entry;
  }

  /** Drops all entries but the feeds, silently. O(1) but for the collector, and the feeds. */
  public void clear() {
    if (size() > 0) {
      List<Kept> kept = takeFeeds();
      keyspace.clearing(this);
      slots.release();
      slots = new Slots(keyspace.pages());
      table = new KeyTable(slots, keyspace.seed());
      wheel = null;
      fieldTimers = null;
      objectBytes = 0;
      deadlines = 0;
      sizes.clear();
      putBack(kept);
    }
    keyspace.cleared(this);
  }

  // ---------------------------------------------------------------------------------------- feeds

  /** A feed that is for a moment in no database. */
  record Kept(Bytes key, Value value, int access) {}

  /** How many keys are feeds. */
  public int feeds() {
    return feedKeys.size();
  }

  /** Whether a key is a feed, which no client may write to. */
  public boolean isFeed(Bytes key) {
    return !feedKeys.isEmpty() && feedKeys.contains(key);
  }

  /**
   * Opens the creation of a key that is not there, as a feed without entries; announces nothing, as
   * {@link #changedSilently(Bytes, Entry)} which closes it.
   */
  public Entry createFeed(Bytes key) {
    Entry entry = insert(key, ValueType.STREAM);
    entry.object(new StreamValue());
    becomeFeed(key);
    return entry;
  }

  /** A stream that is there is a feed from now on; no change of what it holds. */
  public void becomeFeed(Bytes key) {
    feedKeys.add(key.copy());
    keyspace.onFeed(key);
  }

  /** A feed is an ordinary stream from now on; no change of what it holds. */
  public void endFeed(Bytes key) {
    feedKeys.remove(key);
    keyspace.onFeedEnded();
  }

  /** The keys that are feeds, in the order in which they became so. */
  Set<Bytes> feedKeys() {
    return feedKeys;
  }

  /** Whether this database has an ordinary key where the other one has a feed. */
  public boolean isInTheWayOfFeeds(Database other) {
    for (Bytes key : other.feedKeys) {
      if (!isFeed(key) && contains(key)) {
        return true;
      }
    }
    return false;
  }

  /** Removes the feeds, of which nobody hears: they come back before the turn goes on. */
  List<Kept> takeFeeds() {
    if (feedKeys.isEmpty()) {
      return List.of();
    }
    List<Kept> kept = new ArrayList<>();
    for (Bytes key : feedKeys) {
      Entry entry = new Entry(this, table.find(key));
      keyspace.open(this, key, entry);
      kept.add(new Kept(key, handOver(entry.id()), entry.access()));
      discard(entry.id());
      keyspace.closeUnheard(this, key);
    }
    feedKeys.clear();
    return kept;
  }

  void putBack(List<Kept> kept) {
    for (Kept feed : kept) {
      Entry entry = insert(feed.key(), ValueType.STREAM);
      attach(entry.id(), feed.value());
      entry.access(feed.access());
      feedKeys.add(feed.key());
      keyspace.closeUnheard(this, feed.key());
    }
  }

  // ---------------------------------------------------------------------------------------- marks

  /**
   * Begins to tell entries apart: those that are there now are not marked, those that come later
   * are from the start. O(1). One at a time.
   */
  public void beginMarking() {
    assert marks == null : "entries of database " + number + " are being marked";
    marks = new SlotMarks();
  }

  /** Forgets which entries are marked. */
  public void endMarking() {
    marks = null;
  }

  /** Whether entries are being marked. */
  public boolean isMarking() {
    return marks != null;
  }

  /**
   * Marks an entry that is there, or was there since {@link #beginMarking}: one that has gone since
   * must have been marked before it went.
   *
   * @return whether it was not marked; false as well while nothing is being marked
   */
  public boolean mark(Entry entry) {
    return marks != null && marks.add(entry.id());
  }

  /**
   * Hands all entries, and which of them are marked, over to a database that no client can select
   * and nobody changes, and is empty afterwards; about to be {@linkplain #clear cleared}, that is.
   * Nothing is announced, and the other one has no deadlines to look after. O(1).
   */
  public Database handOver() {
    Database other = new Database(keyspace, number);
    Slots otherSlots = other.slots;
    other.slots = slots;
    other.table = table;
    other.objectBytes = objectBytes;
    other.deadlines = deadlines;
    other.marks = marks;
    slots = otherSlots;
    table = new KeyTable(slots, keyspace.seed());
    wheel = null;
    fieldTimers = null;
    objectBytes = 0;
    deadlines = 0;
    marks = null;
    return other;
  }

  /** The entry that this database took over with {@link #handOver} from another one. */
  public Entry takenOver(Entry entry) {
    return new Entry(this, entry.id());
  }

  /** Gives the memory of a database back that nobody asks any more. O(pages). */
  public void drop() {
    slots.release();
    marks = null;
  }

  // ------------------------------------------------------------------------------------ deadlines

  /** The earliest time at which {@link #sweep} has something to do. */
  long nextDeadlineMillis() {
    long next = wheel == null ? Long.MAX_VALUE : wheel.nextDeadlineMillis();
    return fieldTimers == null ? next : Math.min(next, fieldTimers.nextDeadlineMillis());
  }

  /**
   * Removes entries, and fields of hashes, whose time is over; returns what is left of the budget.
   * Where it does not suffice for both, they take turns in being first.
   */
  int sweep(long nowMillis, int budget) {
    if (fieldTimers == null) {
      return sweepEntries(nowMillis, budget);
    }
    boolean first = fieldsFirst;
    int left = first ? sweepFields(nowMillis, budget) : sweepEntries(nowMillis, budget);
    if (left > 0) {
      left = first ? sweepEntries(nowMillis, left) : sweepFields(nowMillis, left);
    } else {
      fieldsFirst = !first;
    }
    return left;
  }

  private int sweepEntries(long nowMillis, int budget) {
    return wheel == null || wheel.nextDeadlineMillis() > nowMillis
        ? budget
        : wheel.advance(nowMillis, budget, this::onDue);
  }

  private int sweepFields(long nowMillis, int budget) {
    FieldTimers timers = fieldTimers;
    int left = budget;
    while (timers != null && left > 0 && timers.nextDeadlineMillis() <= nowMillis) {
      // A hash that was visited and has more due fields waits for the next advance.
      left = timers.advance(nowMillis, left, node -> onFieldsDue(timers, node));
    }
    return left;
  }

  private void onDue(int id) {
    keyspace.onSwept(slots.deadline(id));
    keyspace.onKeySwept();
    deadlines--;
    expireUnscheduled(id);
  }

  private void expire(int id) {
    if (wheel != null) {
      wheel.cancel(id);
    }
    deadlines--;
    expireUnscheduled(id);
  }

  private void expireUnscheduled(int id) {
    Bytes key = keepKey(id);
    Entry entry = new Entry(this, id);
    keyspace.open(this, key, entry);
    keyspace.expiring(this, key, entry);
    free(id);
    keyspace.removedByItself(this, key);
    changed(key, EventType.EXPIRED);
    keyspace.onExpired();
  }

  /** A key whose expiry was held back is about to be created: now it has to go. */
  void expireHeld(Bytes key) {
    int id = table.find(key);
    if (id != 0) {
      expire(id);
    }
  }

  /** Removes an entry to make room, with its event. */
  void evict(int id) {
    Bytes key = keepKey(id);
    Entry entry = new Entry(this, id);
    keyspace.open(this, key, entry);
    keyspace.leaving(this, key, entry);
    discard(id);
    keyspace.removedByItself(this, key);
    changed(key, EventType.EVICTED);
  }

  void reschedule(int id, long millis) {
    if (slots.hasDeadline(id)) {
      if (wheel != null) {
        wheel.cancel(id);
      }
      deadlines--;
    }
    slots.deadline(id, Math.min(millis, DEADLINE_MILLIS_MAX));
    if (millis != Entry.NO_DEADLINE) {
      schedule(id);
    }
  }

  private void schedule(int id) {
    if (wheel == null) {
      wheel = new TimerWheel(slots, keyspace.turn().nowMillis());
    }
    wheel.schedule(id);
    deadlines++;
  }

  // --------------------------------------------------------------------------- deadlines of fields

  /**
   * Removes fields that are over, with their event and then perhaps that of their key, as a part of
   * the turn that met them; nothing happens while removals are held back.
   *
   * @param fields all over; those that are not there any more do not matter
   * @param forced the fields are about to be written to: they go even though removals are held back
   * @return whether the entry is gone
   */
  boolean expireFields(Entry entry, HashView hash, List<Bytes> fields, boolean forced) {
    if (keyspace.holdsRemovals() && !forced) {
      return false;
    }
    Bytes key = keepKey(entry.id());
    keyspace.open(this, key, entry);
    removeAll(hash, fields);
    return fieldsExpired(key, entry, removedFields.size());
  }

  private void removeAll(HashView hash, List<Bytes> fields) {
    expiredFields.begin(keyspace.turn(), EventType.HEXPIRED);
    removedFields.clear();
    for (Bytes field : fields) {
      int place = hash.find(field);
      if (place != 0) {
        hash.remove(place);
        expiredFields.add(field);
        removedFields.add(field);
      }
    }
  }

  /**
   * As {@link #expireFields} for fields that the same request sets anew: they go even though
   * removals are held back, the entry stays though it may be empty now, and nothing is recorded.
   */
  void expireFieldsToReplace(Entry entry, HashView hash, List<Bytes> fields) {
    Bytes key = keepKey(entry.id());
    keyspace.open(this, key, entry);
    removeAll(hash, fields);
    keyspace.fieldsReplacedByThemselves(removedFields.size());
    settle(entry.id());
    changedSilently(key);
    keyspace.turn().event(number, EventType.HEXPIRED, key, expiredFields.list());
  }

  /** The earliest fields of a hash are due: as many go as a slice of the sweep may remove. */
  private void onFieldsDue(FieldTimers timers, int node) {
    int id = timers.slot(node);
    timers.release(node);
    Entry entry = new Entry(this, id);
    HashView hash = entry.hash();
    hash.timerIsOver();
    Bytes key = keepKey(id);
    keyspace.open(this, key, entry);
    int count = removeDue(hash, keyspace::onSwept);
    assert count > 0 : "the timer of " + key + " went off early";
    timers.charge(count - 1);
    keyspace.onFieldsSwept(count);
    fieldsExpired(key, entry, count);
  }

  /**
   * Removes fields that are over as {@link #expireFields} does, whichever they are: the earliest
   * ones first, and as many as a slice of the sweep may remove.
   */
  boolean expireDueFields(Entry entry, HashView hash) {
    if (keyspace.holdsRemovals()) {
      return false;
    }
    Bytes key = keepKey(entry.id());
    keyspace.open(this, key, entry);
    return fieldsExpired(key, entry, removeDue(hash, deadlineMillis -> {}));
  }

  private int removeDue(HashView hash, LongConsumer removedDeadlines) {
    expiredFields.begin(keyspace.turn(), EventType.HEXPIRED);
    removedFields.clear();
    boolean wanted = expiredFields.isHeard() || keyspace.turn().isRecording();
    return hash.removeDue(
        keyspace.turn().nowMillis(),
        FIELDS_PER_VISIT,
        (field, deadlineMillis) -> {
          removedDeadlines.accept(deadlineMillis);
          if (wanted) {
            Bytes copy = field.copy();
            expiredFields.add(copy);
            removedFields.add(copy);
          }
        });
  }

  private boolean fieldsExpired(Bytes key, Entry entry, int count) {
    keyspace.fieldsRemovedByThemselves(this, key, removedFields, count);
    if (count > FIELDS_PER_VISIT) {
      removedFields = new ArrayList<>();
    }
    settle(entry.id());
    changedSilently(key);
    keyspace.turn().event(number, EventType.HEXPIRED, key, expiredFields.list());
    if (!entry.isEmpty()) {
      return false;
    }
    remove(key, entry);
    keyspace.removesByItself();
    changed(key, EventType.DEL);
    return true;
  }

  /** A node for a hash that has fields with a deadline and no node yet. */
  int scheduleFields(int id, long earliestMillis) {
    FieldTimers timers = fieldTimers;
    if (timers == null) {
      timers = new FieldTimers(keyspace.turn().nowMillis());
      fieldTimers = timers;
    }
    return timers.schedule(id, earliestMillis);
  }

  /** The earliest deadline of the fields of a hash is another one now, perhaps. */
  void rescheduleFields(int node, long earliestMillis) {
    FieldTimers timers = fieldTimers;
    if (timers != null && timers.deadline(node) != earliestMillis) {
      timers.reschedule(node, earliestMillis);
    }
  }

  /** No field of the hash has a deadline any more. */
  void cancelFields(int node) {
    if (fieldTimers != null) {
      fieldTimers.cancel(node);
    }
  }

  /** An entry is about to go, to move or to hold something else. */
  void forgetFieldTimer(int id) {
    if (fieldTimers != null && slots.type(id) == ValueType.HASH.code()) {
      new Entry(this, id).hash().forgetTimer();
    }
  }

  /** An entry holds what another one held, or a copy of it. */
  void renewFieldTimer(int id) {
    if (slots.type(id) == ValueType.HASH.code()) {
      new Entry(this, id).hash().renewTimer();
    }
  }

  // -------------------------------------------------------------------------------------- values

  void attach(int id, Value value) {
    detach(id);
    slots.object(id, value);
    objectBytes += value.settle();
  }

  /** Gives up an object that is about to be replaced or removed, if there is one. */
  void detach(int id) {
    if (slots.holdsObject(id)) {
      handOver(id).release();
    }
  }

  /** The object that an entry holds, or null if its value is bytes in the slot. */
  @Nullable Value objectOf(int id) {
    return slots.holdsObject(id) ? (Value) slots.object(id) : null;
  }

  /** Takes an object out of a slot for another one, which keeps it as it is. */
  Value handOver(int id) {
    Value value = (Value) slots.object(id);
    objectBytes -= value.unsettle();
    slots.value(id, NOTHING, 0, 0);
    return value;
  }

  /** Counts what a change of an object in place has cost or saved. */
  void settle(int id) {
    if (slots.holdsObject(id)) {
      objectBytes += ((Value) slots.object(id)).settle();
    }
  }

  private void discard(int id) {
    if (slots.hasDeadline(id)) {
      if (wheel != null) {
        wheel.cancel(id);
      }
      deadlines--;
    }
    free(id);
  }

  private void free(int id) {
    sizes.freed(id);
    forgetFieldTimer(id);
    detach(id);
    table.remove(id);
    slots.free(id);
  }

  /** A copy of a slot's key that outlives the slot, good until the next call. */
  private Bytes keepKey(int id) {
    int length = slots.keyLength(id);
    if (keyScratch.length < length) {
      keyScratch = new byte[Math.max(length, 2 * keyScratch.length)];
    }
    slots.key(id, scratchView).copyTo(keyScratch, 0);
    return scratchView.pointTo(keyScratch, 0, length);
  }

  /** What values take that are objects, as it was counted with each change. */
  long objectBytes() {
    return objectBytes;
  }

  /** Live bytes: slots, tables, values; what {@code maxmemory} counts. O(1). */
  public long usedBytes() {
    long timers = fieldTimers == null ? 0 : fieldTimers.usedBytes();
    return slots.usedBytes() + table.usedBytes() + objectBytes + timers;
  }

  /** Bytes of the pages and tables that hold the live ones. */
  public long reservedBytes() {
    long timers = fieldTimers == null ? 0 : fieldTimers.reservedBytes();
    return slots.reservedBytes() + table.usedBytes() + objectBytes + timers;
  }

  long sizeBytes(int id) {
    long object = slots.holdsObject(id) ? ((Value) slots.object(id)).sizeBytes() : 0;
    return slots.blockBytes(id) + object + INDEX_BYTES_PER_KEY;
  }

  /** Moves entries together where much has been removed; returns whether there is more to do. */
  boolean compact(int budgetBytes) {
    return slots.compact(budgetBytes);
  }
}
