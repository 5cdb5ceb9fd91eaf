package dev.carillon.engine.value;

import dev.carillon.engine.store.Words;
import dev.carillon.protocol.bytes.Bytes;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Some consecutive entries of a stream, in the layout that Redis uses in memory and in its files: a
 * {@link Listpack} of these elements.
 *
 * <pre>
 *   live | deleted | n | field 1 … field n | 0        the head
 *   flags | millis | sequence | [m |] … | elements    an entry, as often as there are
 * </pre>
 *
 * <p>The head counts the entries and keeps the names of the fields of the first one. The id of an
 * entry is what it adds to that of the block. Flag 2 says that its fields are those of the head:
 * then only values follow; otherwise the number of its fields, and names and values in turn. Its
 * last element is the number of its other ones, which leads backwards. An entry that is deleted
 * stays and gets flag 1. {@link StreamCursor} walks all this. Engine thread only.
 */
final class StreamBlock {

  static final int DELETED = 1;
  static final int SAME_FIELDS = 2;

  /** How many elements an entry has beside its strings, the last one not counted. */
  static final int ENTRY_ELEMENTS = 3;

  /** Derived: this object, the header of its array. */
  private static final int OVERHEAD_BYTES = 72;

  /** Where the first element of any listpack is. */
  private static final int LIVE_AT = 6;

  /** Behind the last element. */
  private static final byte END = (byte) 0xFF;

  private static final int COUNT_AT = 4;
  private static final int COUNT_UNKNOWN = 0xFFFF;
  private static final Object NOBODY = new Object();

  private final long millis;
  private final long sequence;
  private byte[] bytes;
  private int length;
  private int live;
  private int deleted;
  private int fields;

  /** Where the first entry begins. */
  private int entriesAt;

  /** The only one who may change it; whoever shares it makes a copy first. */
  Object owner = NOBODY;

  private StreamBlock(long millis, long sequence, byte[] bytes) {
    this.millis = millis;
    this.sequence = sequence;
    this.bytes = bytes;
  }

  /** A block of one entry. */
  static StreamBlock of(long millis, long sequence, Bytes[] pairs) {
    int fields = pairs.length / 2;
    long size = Listpack.OVERHEAD_BYTES + 3L * Listpack.entryBytes(0);
    size += Listpack.entryBytes(fields);
    for (int i = 0; i < pairs.length; i += 2) {
      size += Listpack.entryBytes(pairs[i]);
    }
    StreamBlock block = new StreamBlock(millis, sequence, new byte[Math.toIntExact(size)]);
    byte[] array = block.bytes;
    int at = Listpack.write(array, LIVE_AT, 0);
    at = Listpack.write(array, at, 0);
    at = Listpack.write(array, at, fields);
    for (int i = 0; i < pairs.length; i += 2) {
      at = Listpack.write(array, at, pairs[i]);
    }
    at = Listpack.write(array, at, 0);
    array[at] = END;
    block.fields = fields;
    block.entriesAt = at;
    block.length = at + 1;
    Words.int32(array, 0, block.length);
    Words.int16(array, COUNT_AT, Math.min(fields + 4, COUNT_UNKNOWN));
    block.append(millis, sequence, pairs, true);
    return block;
  }

  /**
   * A block of foreign bytes, which are copied, or null if they are none: everything that a walk
   * relies on is looked at. O(bytes).
   */
  static @Nullable StreamBlock ofForeign(long millis, long sequence, Bytes pack) {
    if (!Listpack.isIntact(pack)) {
      return null;
    }
    StreamBlock block = new StreamBlock(millis, sequence, pack.toByteArray());
    block.length = pack.length();
    return new Check(block).passes() ? block : null;
  }

  /** A copy without room for more. O(bytes). */
  StreamBlock copy() {
    StreamBlock copy = new StreamBlock(millis, sequence, Arrays.copyOf(bytes, length));
    copy.length = length;
    copy.live = live;
    copy.deleted = deleted;
    copy.fields = fields;
    copy.entriesAt = entriesAt;
    return copy;
  }

  // -------------------------------------------------------------------------------------- asking

  /** The first half of the id of the first entry. */
  long millis() {
    return millis;
  }

  /** The second half of the id of the first entry. */
  long sequence() {
    return sequence;
  }

  /** How many entries are not deleted. */
  int live() {
    return live;
  }

  /** How many fields the head names. */
  int fields() {
    return fields;
  }

  /** The position of the first field that the head names. */
  int fieldsAt() {
    int at = LIVE_AT;
    for (int i = 0; i < 3; i++) {
      at += elementBytes(at);
    }
    return at;
  }

  /** The position of the first entry, or the end if there is none. */
  int entriesAt() {
    return entriesAt;
  }

  /** Behind the last entry. */
  int end() {
    return length - 1;
  }

  /** Points {@code view} at the whole listpack. */
  Bytes view(Bytes view) {
    return view.pointTo(bytes, 0, length);
  }

  long sizeBytes() {
    return (long) OVERHEAD_BYTES + bytes.length;
  }

  private int elementBytes(int at) {
    return Listpack.entryBytes(Bytes.view(bytes, 0, length), at);
  }

  /**
   * Whether one more entry belongs here, by the same count as in Redis.
   *
   * @param textBytes how long its fields and values are together
   * @param bytesMax {@code stream-node-max-bytes}, without 0
   * @param entriesMax {@code stream-node-max-entries}; 0 for no limit
   */
  boolean hasRoom(long textBytes, long bytesMax, long entriesMax) {
    return length + textBytes < bytesMax && (entriesMax == 0 || live + deleted < entriesMax);
  }

  // ------------------------------------------------------------------------------------ changing

  /** Adds an entry behind the last one. O(bytes of the entry), amortised. */
  void append(long entryMillis, long entrySequence, Bytes[] pairs) {
    append(entryMillis, entrySequence, pairs, hasFieldsOf(pairs));
  }

  private void append(long entryMillis, long entrySequence, Bytes[] pairs, boolean sameFields) {
    int count = pairs.length / 2;
    int flags = sameFields ? SAME_FIELDS : 0;
    int elements = ENTRY_ELEMENTS + (sameFields ? count : 1 + pairs.length);
    long millisAdded = entryMillis - millis;
    long sequenceAdded = entrySequence - sequence;
    long size =
        (long) Listpack.entryBytes(flags)
            + Listpack.entryBytes(millisAdded)
            + Listpack.entryBytes(sequenceAdded)
            + Listpack.entryBytes(elements)
            + (sameFields ? 0 : Listpack.entryBytes(count));
    for (int i = sameFields ? 1 : 0; i < pairs.length; i += sameFields ? 2 : 1) {
      size += Listpack.entryBytes(pairs[i]);
    }
    reserve(Math.toIntExact(length + size));
    byte[] array = bytes;
    int at = Listpack.write(array, length - 1, flags);
    at = Listpack.write(array, at, millisAdded);
    at = Listpack.write(array, at, sequenceAdded);
    if (!sameFields) {
      at = Listpack.write(array, at, count);
    }
    for (int i = sameFields ? 1 : 0; i < pairs.length; i += sameFields ? 2 : 1) {
      at = Listpack.write(array, at, pairs[i]);
    }
    at = Listpack.write(array, at, elements);
    array[at] = END;
    length = at + 1;
    Words.int32(array, 0, length);
    int all = Words.int16(array, COUNT_AT) & COUNT_UNKNOWN;
    if (all != COUNT_UNKNOWN) {
      Words.int16(array, COUNT_AT, Math.min(all + elements + 1, COUNT_UNKNOWN));
    }
    counts(live + 1, deleted);
  }

  private boolean hasFieldsOf(Bytes[] pairs) {
    if (fields != pairs.length / 2) {
      return false;
    }
    Bytes pack = Bytes.view(bytes, 0, length);
    int at = fieldsAt();
    for (int i = 0; i < pairs.length; i += 2) {
      if (!Listpack.isText(pack, at, pairs[i])) {
        return false;
      }
      at += Listpack.entryBytes(pack, at);
    }
    return true;
  }

  /** Marks an entry as deleted that is not; {@link #count} counts it later. Nothing moves. */
  void mark(int at) {
    Bytes pack = Bytes.view(bytes, 0, length);
    int flags = (int) Listpack.integer(pack, at);
    assert (flags & DELETED) == 0 : "an entry is deleted once";
    Listpack.write(bytes, at, flags | DELETED);
  }

  /** Counts entries that were marked; the positions of all entries may be others afterwards. */
  void count(int marked) {
    counts(live - marked, deleted + marked);
  }

  private void counts(int newLive, int newDeleted) {
    boolean areBytes = (live | deleted | newLive | newDeleted) < 128;
    live = newLive;
    deleted = newDeleted;
    if (areBytes) {
      bytes[LIVE_AT] = (byte) newLive;
      bytes[LIVE_AT + 2] = (byte) newDeleted;
    } else {
      int moved = element(LIVE_AT, newLive);
      entriesAt += moved + element(LIVE_AT + elementBytes(LIVE_AT), newDeleted);
    }
  }

  /** Replaces an integer; returns by how much what is behind it has moved. */
  private int element(int at, long value) {
    int before = elementBytes(at);
    int after = Listpack.entryBytes(value);
    int moved = after - before;
    if (moved != 0) {
      reserve(length + moved);
      System.arraycopy(bytes, at + before, bytes, at + after, length - at - before);
      length += moved;
      Words.int32(bytes, 0, length);
    }
    Listpack.write(bytes, at, value);
    return moved;
  }

  private void reserve(int wanted) {
    if (wanted > bytes.length) {
      // Twice as much, but for the largest arrays that there are.
      long doubled = Math.min(2L * bytes.length, Integer.MAX_VALUE - 16);
      bytes = Arrays.copyOf(bytes, (int) Math.max(wanted, doubled));
    }
  }

  /**
   * Gives up room that no entry will need, because the next one begins another block. Copying the
   * block once costs far less than its entries did, and what is left over stays for as long as it.
   */
  void seal() {
    if (bytes.length - length > length / 128) {
      bytes = Arrays.copyOf(bytes, length);
    }
  }

  // ------------------------------------------------------------------------------------ checking

  /** Looks at foreign bytes, which are an intact listpack, and fills in what the block knows. */
  private static final class Check {
    private final StreamBlock block;
    private final Bytes pack;
    private int at;
    private boolean broken;

    Check(StreamBlock block) {
      this.block = block;
      this.pack = Bytes.view(block.bytes, 0, block.length);
      this.at = Listpack.first(pack);
    }

    boolean passes() {
      long live = integer();
      long deleted = integer();
      long fields = integer();
      if (broken || live < 0 || deleted < 0 || live + deleted > pack.length() || fields < 0) {
        return false;
      }
      skip(fields);
      if (integer() != 0 || broken) {
        return false;
      }
      block.live = (int) live;
      block.deleted = (int) deleted;
      block.fields = (int) fields;
      block.entriesAt = at == Listpack.NONE ? block.end() : at;
      long marked = 0;
      long entries = 0;
      long lastMillis = 0;
      long lastSequence = 0;
      while (at != Listpack.NONE) {
        long flags = integer();
        long entryMillis = block.millis + integer();
        long entrySequence = block.sequence + integer();
        boolean same = (flags & SAME_FIELDS) != 0;
        long own = same ? fields : integer();
        long strings = same ? own : 2 * own;
        if (broken || flags < 0 || flags > (DELETED | SAME_FIELDS) || own < 0 || strings < 0) {
          return false;
        }
        skip(strings);
        if (integer() != ENTRY_ELEMENTS + strings + (same ? 0 : 1) || broken) {
          return false;
        }
        if (entries == 0
            ? StreamId.compare(entryMillis, entrySequence, block.millis, block.sequence) < 0
            : StreamId.compare(entryMillis, entrySequence, lastMillis, lastSequence) <= 0) {
          return false;
        }
        lastMillis = entryMillis;
        lastSequence = entrySequence;
        marked += flags & DELETED;
        entries++;
      }
      return entries > 0 && marked == deleted && entries == live + deleted;
    }

    private long integer() {
      if (at == Listpack.NONE || !Listpack.isInteger(pack, at)) {
        broken = true;
        return 0;
      }
      long value = Listpack.integer(pack, at);
      at = Listpack.next(pack, at);
      return value;
    }

    private void skip(long elements) {
      for (long i = 0; i < elements && !broken; i++) {
        if (at == Listpack.NONE) {
          broken = true;
        } else {
          at = Listpack.next(pack, at);
        }
      }
    }
  }
}
