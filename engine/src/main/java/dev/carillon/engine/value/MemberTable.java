package dev.carillon.engine.value;

import dev.carillon.engine.store.KeyTable;
import dev.carillon.engine.store.PagePool;
import dev.carillon.engine.store.Slots;
import dev.carillon.engine.store.Words;
import dev.carillon.protocol.bytes.Bytes;
import java.util.function.IntConsumer;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * The members of a large hash, set or sorted set: different strings, each of which may have a value
 * or a score, and a deadline. An arena and an index of its own, like those of a database.
 *
 * <p>A member is known by an id of at least 1 that stays the same until the member is removed; 0
 * means none. No operation takes longer because there are many members, but for {@link #forEach}
 * and {@link #copy}; those that have to do with deadlines are O(log deadlines).
 *
 * <p>Removing a member, or replacing its value, also moves a few others together where much has
 * been removed. So the views that {@link #member} and {@link #value} point are good until the next
 * change of anything in the same table.
 *
 * <pre>{@code
 * int id = table.find(field);
 * if (id == 0) {
 *   id = table.add(field);
 * }
 * table.put(id, text);
 * }</pre>
 *
 * <p>Engine thread only.
 */
public final class MemberTable {

  /** What {@link #deadline(int)} says of a member without one. */
  public static final long NO_DEADLINE = Slots.NO_DEADLINE;

  /** Chosen: 600 short members fit into a handful of such pages. */
  private static final int SMALLEST_PAGE = 4 << 10;

  /**
   * Derived from the fields of the objects that every table has, with a little for their arrays.
   */
  private static final int OVERHEAD_BYTES = 640;

  /**
   * How many bytes a removal moves for each byte that it frees. Compaction begins where a fifth is
   * dead, so four are enough for it to keep up.
   */
  private static final int MOVED_PER_FREED = 4;

  /** What is moved besides, so that small blocks are looked at faster than they come. */
  private static final int MOVED_MIN = 256;

  private static final byte[] NOTHING = {};

  private final PagePool pages;
  private final long seed;
  private final Slots slots;
  private final KeyTable table;
  private final DeadlineHeap deadlines;
  private final byte[] scoreScratch = new byte[Double.BYTES];
  private final Bytes scoreView = Bytes.view();
  private long objectBytes;
  private @Nullable Witness witness;
  private boolean released;

  /**
   * Somebody who has to see members as they were at some time, without stopping the table: a
   * snapshot that writes many of them. Engine thread only.
   */
  public interface Witness {

    /** A member is about to be changed or removed; it is still as it was. */
    void beforeChange(int id);

    /** A member was added, perhaps with the id of one that was removed. */
    void onAdded(int id);
  }

  /**
   * An empty table.
   *
   * @param pages where its pages come from
   * @param seed of the hash of members; nobody outside may know it
   */
  public MemberTable(PagePool pages, long seed) {
    this.pages = pages;
    this.seed = seed;
    this.slots = new Slots(pages, SMALLEST_PAGE);
    this.table = new KeyTable(slots, seed);
    this.deadlines = new DeadlineHeap(slots);
  }

  /** How many members there are. */
  public int size() {
    return slots.size();
  }

  /** Where members are searched, for looking ahead only. */
  KeyTable index() {
    return table;
  }

  // ------------------------------------------------------------------------------------- members

  /** The id of a member, or 0 if there is no such member. */
  public int find(Bytes member) {
    return table.find(member);
  }

  /** Points {@code view} at the bytes of a member. */
  public Bytes member(int id, Bytes view) {
    return slots.key(id, view);
  }

  /** How long a member is. */
  public int memberLength(int id) {
    return slots.keyLength(id);
  }

  /**
   * Adds a member that is not there, with an empty value and without a deadline.
   *
   * @param member copied
   */
  public int add(Bytes member) {
    return insert(member, NOTHING, 0, 0);
  }

  /** As {@link #add(Bytes)}, with a value, which is copied. */
  public int add(Bytes member, Bytes value) {
    if (value.length() > Slots.MAX_INLINE) {
      int id = insert(member, NOTHING, 0, 0);
      attach(id, value);
      return id;
    }
    return insert(member, value.array(), value.offset(), value.length());
  }

  /** As {@link #add(Bytes)}, with a score in place of a value. */
  public int add(Bytes member, double score) {
    Words.int64(scoreScratch, 0, Double.doubleToRawLongBits(score));
    return insert(member, scoreScratch, 0, Double.BYTES);
  }

  private int insert(Bytes member, byte[] source, int offset, int length) {
    int id = slots.create(member, 0, Slots.NO_DEADLINE, source, offset, length);
    table.insert(member, id);
    if (witness != null) {
      witness.onAdded(id);
    }
    return id;
  }

  /** Removes a member; its id may be given to the next one. */
  public void remove(int id) {
    show(id);
    int freed = slots.blockBytes(id);
    if (slots.hasDeadline(id)) {
      deadlines.remove(id);
    }
    detach(id);
    table.remove(id);
    slots.free(id);
    compact(freed);
  }

  private void show(int id) {
    if (witness != null) {
      witness.beforeChange(id);
    }
  }

  private void compact(int freedBytes) {
    slots.compact(MOVED_PER_FREED * freedBytes + MOVED_MIN);
  }

  // -------------------------------------------------------------------------------------- values

  /** Points {@code view} at the value of a member, of any length; empty if it has none. */
  public Bytes value(int id, Bytes view) {
    return slots.holdsObject(id)
        ? ((StringValue) slots.object(id)).view(view)
        : slots.value(id, view);
  }

  /**
   * Replaces the value of a member.
   *
   * @param value copied; may be a view into this table
   */
  public void put(int id, Bytes value) {
    show(id);
    if (value.length() > Slots.MAX_INLINE) {
      attach(id, value);
      return;
    }
    long before = slots.blockBytes(id);
    detach(id);
    slots.value(id, value.array(), value.offset(), value.length());
    if (slots.blockBytes(id) != before) {
      compact((int) before);
    }
  }

  private void attach(int id, Bytes value) {
    StringValue object = new StringValue(value.array(), value.offset(), value.length());
    detach(id);
    slots.object(id, object);
    objectBytes += object.sizeBytes();
  }

  /** Takes an object that is about to be replaced or removed out of the count. */
  private void detach(int id) {
    if (slots.holdsObject(id)) {
      objectBytes -= ((StringValue) slots.object(id)).sizeBytes();
    }
  }

  /** The score of a member that was added with one. */
  public double score(int id) {
    Bytes value = slots.value(id, scoreView);
    return Double.longBitsToDouble(Words.int64(value.array(), value.offset()));
  }

  /** Replaces the score of a member that was added with one; moves nothing. */
  public void score(int id, double score) {
    show(id);
    Bytes value = slots.value(id, scoreView);
    Words.int64(value.array(), value.offset(), Double.doubleToRawLongBits(score));
  }

  // ----------------------------------------------------------------------------------- deadlines

  /** Whether a member has a deadline. */
  public boolean hasDeadline(int id) {
    return slots.hasDeadline(id);
  }

  /** The deadline of a member in epoch milliseconds, or {@link #NO_DEADLINE}. */
  public long deadline(int id) {
    return slots.deadline(id);
  }

  /**
   * Sets or removes the deadline of a member. O(log deadlines).
   *
   * @param millis epoch milliseconds from 0, or {@link #NO_DEADLINE}
   */
  public void deadline(int id, long millis) {
    show(id);
    if (slots.hasDeadline(id)) {
      deadlines.remove(id);
    }
    slots.deadline(id, millis);
    if (millis != NO_DEADLINE) {
      deadlines.add(id, millis);
    }
  }

  /** How many members have a deadline. */
  public int deadlines() {
    return deadlines.size();
  }

  /** The earliest deadline of all members, {@link Long#MAX_VALUE} if none has one. O(1). */
  public long earliestDeadline() {
    return deadlines.earliest();
  }

  /**
   * A member whose deadline has come, the one with the earliest, or 0 if there is none. O(1). The
   * caller removes the member, or its deadline, and asks again.
   */
  public int due(long nowMillis) {
    return deadlines.earliest() <= nowMillis ? deadlines.first() : 0;
  }

  // ------------------------------------------------------------------------------------- walking

  /** Some member, each with the same chance, or 0 if there is none. */
  public int random(RandomGenerator random) {
    return table.random(random);
  }

  /**
   * Visits members from a cursor on: every member that is there from the call with cursor 0 to the
   * one that answers 0 is visited exactly once, whatever else is added and removed meanwhile.
   *
   * @param cursor 0, or what the last call answered; any other number is read as some place
   * @param count about how many members to visit
   * @param visitor receives ids; it may remove the member it is given, and no other
   * @return the cursor to go on from, below 2^48, or 0 at the end
   */
  public long scan(long cursor, int count, IntConsumer visitor) {
    return table.scan(cursor, count, visitor);
  }

  /** Visits every member, under the rules of {@link #scan}. O(size). */
  public void forEach(IntConsumer visitor) {
    table.forEach(visitor);
  }

  // ------------------------------------------------------------------------------------ the whole

  /** The memory of all this, in bytes: pages and tables as far as they are reserved. O(1). */
  public long sizeBytes() {
    return OVERHEAD_BYTES
        + slots.reservedBytes()
        + table.usedBytes()
        + objectBytes
        + deadlines.reservedBytes();
  }

  /** An empty table that takes its pages where this one does. */
  public MemberTable empty() {
    return new MemberTable(pages, seed);
  }

  /** A table of the same members with the same values or scores and deadlines. O(size). */
  public MemberTable copy() {
    MemberTable copy = empty();
    Bytes member = Bytes.view();
    Bytes value = Bytes.view();
    forEach(
        id -> {
          int copied = copy.add(member(id, member), value(id, value));
          if (hasDeadline(id)) {
            copy.deadline(copied, deadline(id));
          }
        });
    return copy;
  }

  /** Gives all pages back; nothing may be asked of this table any more. O(pages). */
  public void release() {
    released = true;
    if (witness == null) {
      slots.release();
    }
  }

  /** Whether a witness sees changes. */
  public boolean isWitnessed() {
    return witness != null;
  }

  /**
   * From now on a witness sees each member before it changes, or nobody does any more. While there
   * is one, what was released stays readable for it.
   */
  public void witness(@Nullable Witness newWitness) {
    witness = newWitness;
    if (newWitness == null && released) {
      slots.release();
    }
  }
}
