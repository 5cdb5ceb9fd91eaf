package dev.carillon.engine.value;

import dev.carillon.engine.store.Words;
import dev.carillon.protocol.bytes.Bytes;
import dev.carillon.protocol.bytes.Numerals;

/**
 * A sequence of strings in a range of bytes, in the format that Redis calls listpack, so that what
 * a small collection holds in memory is also what its DUMP holds:
 *
 * <pre>
 *   4 bytes   length of everything, this header included
 *   2 bytes   how many entries there are; 65535: more than can be said here, or unknown
 *   n bytes   the entries
 *   1 byte    0xFF
 * </pre>
 *
 * <p>Numbers are little-endian where nothing else is said. An entry is its encoding, its data and
 * the length of both together, which is there to walk backwards. The first byte says the encoding:
 *
 * <pre>
 *   0vvvvvvv                      integer 0 to 127
 *   10llllll  data                string of up to 63 bytes
 *   110vvvvv vvvvvvvv             integer of 13 bits, highest bits first
 *   1110llll llllllll  data       string of up to 4095 bytes, highest bits of the length first
 *   11110000  4 bytes  data       string behind its length
 *   11110001  2 bytes             integer, and so on with 3 (0xF2), 4 (0xF3) and 8 bytes (0xF4)
 * </pre>
 *
 * <p>Strings that are the canonical text of a 64-bit integer are stored as integers, in the
 * shortest encoding, and read back as the same text. The length behind an entry has 7 bits in each
 * byte, the highest ones first; all bytes but the first have their top bit set, so that it can be
 * read from its end.
 *
 * <p><b>Positions.</b> An entry is named by its position: its offset from the start of the bytes,
 * which stays what it is when they move. {@link #NONE} says that there is no entry. An entry that
 * changes or goes shifts those behind it. No bytes at all are an empty sequence; so is what remains
 * when the last entry goes, and the first one that is added makes the header.
 *
 * <p>Strings that are put in must not lie where the change could move them: in the arena of the
 * same database, or in the same {@link Packed}. Except for {@link #isIntact}, the methods trust the
 * bytes. Nothing here allocates. Engine thread only, as far as a {@link Packed} is changed.
 */
public final class Listpack {

  /** No position. */
  public static final int NONE = 0;

  /** What a sequence takes beside its entries. */
  public static final int OVERHEAD_BYTES = 7;

  /** What comes before the first entry. */
  static final int HEADER_BYTES = 6;

  /** What comes behind the last entry. */
  static final byte END = (byte) 0xFF;

  private static final int COUNT = 4;
  private static final int COUNT_UNKNOWN = 0xFFFF;

  // First bytes, signed as Java reads them: strings and integers take turns in this order.
  private static final byte STRING_6 = (byte) 0x80;
  private static final byte INTEGER_13 = (byte) 0xC0;
  private static final byte STRING_12 = (byte) 0xE0;
  private static final byte STRING_32 = (byte) 0xF0;
  private static final byte INTEGER_16 = (byte) 0xF1;
  private static final byte INTEGER_24 = (byte) 0xF2;
  private static final byte INTEGER_32 = (byte) 0xF3;
  private static final byte INTEGER_64 = (byte) 0xF4;

  private static final int STRING_6_MAX = 63;
  private static final int STRING_12_MAX = 4095;

  private Listpack() {}

  // ------------------------------------------------------------------------------------- walking

  /** How many entries there are. O(1) below 65535. */
  public static int count(Bytes pack) {
    if (pack.isEmpty()) {
      return 0;
    }
    int count = Words.int16(pack.array(), pack.offset() + COUNT) & 0xFFFF;
    return count == COUNT_UNKNOWN ? counted(pack) : count;
  }

  private static int counted(Bytes pack) {
    int count = 0;
    for (int at = first(pack); at != NONE; at = next(pack, at)) {
      count++;
    }
    return count;
  }

  /** The position of the first entry, or {@link #NONE}. */
  public static int first(Bytes pack) {
    return pack.length() > OVERHEAD_BYTES ? HEADER_BYTES : NONE;
  }

  /** The position of the last entry, or {@link #NONE}. */
  public static int last(Bytes pack) {
    return pack.length() > OVERHEAD_BYTES ? previous(pack, pack.length() - 1) : NONE;
  }

  /** Where the entries end: what is inserted here comes last. Also of an empty sequence. */
  public static int end(Bytes pack) {
    return Math.max(pack.length(), OVERHEAD_BYTES) - 1;
  }

  /** The position of the entry behind the one at {@code at}, or {@link #NONE}. */
  public static int next(Bytes pack, int at) {
    int next = at + entryBytes(pack, at);
    return next < pack.length() - 1 ? next : NONE;
  }

  /**
   * The position of the entry before {@code at}, which is a position or {@link #end}; {@link #NONE}
   * before the first one.
   */
  public static int previous(Bytes pack, int at) {
    if (at == HEADER_BYTES) {
      return NONE;
    }
    byte[] array = pack.array();
    int i = pack.offset() + at - 1;
    int size = array[i] & 0x7F;
    for (int shift = 7; array[i] < 0; shift += 7) {
      i--;
      size |= (array[i] & 0x7F) << shift;
    }
    return at - size - backBytes(size);
  }

  /**
   * The position of the entry at an index, or {@link #NONE} if there are fewer. O(distance from the
   * nearer end).
   *
   * @param index from 0; negative ones count from the end, -1 is the last one
   */
  public static int seek(Bytes pack, int index) {
    int count = count(pack);
    int fromStart = index < 0 ? count + index : index;
    if (fromStart < 0 || fromStart >= count) {
      return NONE;
    }
    return seek(pack, fromStart, count);
  }

  private static int seek(Bytes pack, int index, int count) {
    int at;
    if (index < count / 2) {
      at = HEADER_BYTES;
      for (int i = 0; i < index; i++) {
        at += entryBytes(pack, at);
      }
    } else {
      at = pack.length() - 1;
      for (int i = count; i > index; i--) {
        at = previous(pack, at);
      }
    }
    return at;
  }

  // ------------------------------------------------------------------------------------- reading

  /** Whether the entry is kept as an integer: its text is that of {@link #integer}. */
  public static boolean isInteger(Bytes pack, int at) {
    return isInteger(pack.array()[pack.offset() + at]);
  }

  /** The value of an entry for which {@link #isInteger} holds. */
  public static long integer(Bytes pack, int at) {
    return integer(pack.array(), pack.offset() + at);
  }

  /** Points {@code view} at the string of an entry for which {@link #isInteger} does not hold. */
  public static Bytes view(Bytes pack, int at, Bytes view) {
    byte[] array = pack.array();
    int i = pack.offset() + at;
    int head = headBytes(array[i]);
    return view.pointTo(array, i + head, encodedBytes(array, i) - head);
  }

  /**
   * Points {@code view} at the text of an entry: where it lies, or the digits of an integer that
   * are written to {@code scratch}.
   *
   * @param scratch room for {@link Numerals#LONG_LENGTH_MAX} bytes
   */
  public static Bytes text(Bytes pack, int at, Bytes view, byte[] scratch) {
    if (isInteger(pack, at)) {
      return view.pointTo(scratch, 0, Numerals.writeLong(integer(pack, at), scratch, 0));
    }
    return view(pack, at, view);
  }

  /** How many bytes the text of an entry has. */
  public static int textLength(Bytes pack, int at) {
    byte[] array = pack.array();
    int i = pack.offset() + at;
    return isInteger(array[i])
        ? Numerals.digits(integer(array, i))
        : encodedBytes(array, i) - headBytes(array[i]);
  }

  /** Whether the text of an entry is {@code text}. */
  public static boolean isText(Bytes pack, int at, Bytes text) {
    byte[] array = pack.array();
    int i = pack.offset() + at;
    if (isInteger(array[i])) {
      return Numerals.isLong(text) && Numerals.toLong(text) == integer(array, i);
    }
    int head = headBytes(array[i]);
    return text.equalTo(array, i + head, encodedBytes(array, i) - head);
  }

  /**
   * The position of the first entry with a text, or {@link #NONE}. O(bytes).
   *
   * @param from where to begin; {@link #NONE} finds nothing
   * @param stride which entries are compared: 1 for each, 2 for every other one, such as the fields
   *     of a hash but not their values
   */
  public static int find(Bytes pack, int from, Bytes text, int stride) {
    if (from == NONE) {
      return NONE;
    }
    return Numerals.isLong(text)
        ? findInteger(pack, from, Numerals.toLong(text), text, stride)
        : findString(pack, from, text, stride);
  }

  private static int findString(Bytes pack, int from, Bytes text, int stride) {
    byte[] array = pack.array();
    int base = pack.offset();
    int end = base + pack.length() - 1;
    int length = text.length();
    int skipped = 0;
    for (int i = base + from; i < end; ) {
      int size = encodedBytes(array, i);
      if (skipped == 0) {
        skipped = stride;
        int head = headBytes(array[i]);
        if (size == head + length
            && !isInteger(array[i])
            && text.equalTo(array, i + head, length)) {
          return i - base;
        }
      }
      skipped--;
      i += size + backBytes(size);
    }
    return NONE;
  }

  /** A foreign sequence may hold the digits as a string. */
  private static int findInteger(Bytes pack, int from, long value, Bytes text, int stride) {
    byte[] array = pack.array();
    int base = pack.offset();
    int end = base + pack.length() - 1;
    int skipped = 0;
    for (int i = base + from; i < end; ) {
      int size = encodedBytes(array, i);
      if (skipped == 0) {
        skipped = stride;
        if (isInteger(array[i])) {
          if (integer(array, i) == value) {
            return i - base;
          }
        } else {
          int head = headBytes(array[i]);
          if (text.equalTo(array, i + head, size - head)) {
            return i - base;
          }
        }
      }
      skipped--;
      i += size + backBytes(size);
    }
    return NONE;
  }

  /**
   * Shows entries to a visitor, one after the other.
   *
   * @param at the first of them; {@link #NONE} shows nothing
   * @param forward towards the end, or towards the start
   * @param view what the visitor sees
   * @param scratch room for {@link Numerals#LONG_LENGTH_MAX} bytes
   * @return whether the visitor wanted to go on
   */
  public static boolean visit(
      Bytes pack, int at, boolean forward, Bytes view, byte[] scratch, ElementVisitor visitor) {
    for (int i = at; i != NONE; i = forward ? next(pack, i) : previous(pack, i)) {
      if (!visitor.visit(text(pack, i, view, scratch))) {
        return false;
      }
    }
    return true;
  }

  /** How many entries have a text. O(bytes). */
  public static int countMatches(Bytes pack, Bytes text) {
    int matches = 0;
    for (int at = find(pack, first(pack), text, 1);
        at != NONE;
        at = find(pack, next(pack, at), text, 1)) {
      matches++;
    }
    return matches;
  }

  // ------------------------------------------------------------------------------------- lengths

  /** How many bytes an entry takes that is there. */
  public static int entryBytes(Bytes pack, int at) {
    int size = encodedBytes(pack.array(), pack.offset() + at);
    return size + backBytes(size);
  }

  /** How many bytes an entry with this text would take. */
  public static int entryBytes(Bytes text) {
    if (Numerals.isLong(text)) {
      return entryBytes(Numerals.toLong(text));
    }
    int length = text.length();
    int size = (length <= STRING_6_MAX ? 1 : length <= STRING_12_MAX ? 2 : 5) + length;
    return size + backBytes(size);
  }

  /** How many bytes an entry with the text of this number would take. */
  public static int entryBytes(long value) {
    return integerBytes(value) + 1;
  }

  /** How many bytes there are once entries of so many bytes together were put in. */
  public static int lengthWith(Bytes pack, int entryBytes) {
    return Math.max(pack.length(), OVERHEAD_BYTES) + entryBytes;
  }

  // ------------------------------------------------------------------------------------ changing

  /**
   * Inserts a text.
   *
   * @param at before which entry; at the end, if it is {@link #NONE} or {@link #end}
   * @return the position of the new entry
   */
  public static int insert(Packed packed, int at, Bytes text) {
    int place = place(packed, at);
    Bytes pack = makeRoom(packed, place, entryBytes(text), 1);
    write(pack.array(), pack.offset() + place, text);
    return place;
  }

  /** As {@link #insert(Packed, int, Bytes)}, for the text of a number. */
  public static int insert(Packed packed, int at, long value) {
    int place = place(packed, at);
    Bytes pack = makeRoom(packed, place, entryBytes(value), 1);
    write(pack.array(), pack.offset() + place, value);
    return place;
  }

  /**
   * As {@link #insert(Packed, int, Bytes)}, for two entries one after the other, such as a field
   * and its value.
   *
   * @return the position of the first of them
   */
  public static int insert(Packed packed, int at, Bytes first, Bytes second) {
    int place = place(packed, at);
    Bytes pack = makeRoom(packed, place, entryBytes(first) + entryBytes(second), 2);
    byte[] array = pack.array();
    write(array, write(array, pack.offset() + place, first), second);
    return place;
  }

  /** As {@link #insert(Packed, int, Bytes, Bytes)}, with the text of a number as the second. */
  public static int insert(Packed packed, int at, Bytes first, long second) {
    int place = place(packed, at);
    Bytes pack = makeRoom(packed, place, entryBytes(first) + entryBytes(second), 2);
    byte[] array = pack.array();
    write(array, write(array, pack.offset() + place, first), second);
    return place;
  }

  /** Adds a text at the end; returns its position. */
  public static int append(Packed packed, Bytes text) {
    return insert(packed, NONE, text);
  }

  /** Adds the text of a number at the end; returns its position. */
  public static int append(Packed packed, long value) {
    return insert(packed, NONE, value);
  }

  /** Replaces the text of an entry, which keeps its position. */
  public static void replace(Packed packed, int at, Bytes text) {
    Bytes pack = refit(packed, at, entryBytes(text));
    write(pack.array(), pack.offset() + at, text);
  }

  /** Replaces the text of an entry by that of a number; the entry keeps its position. */
  public static void replace(Packed packed, int at, long value) {
    Bytes pack = refit(packed, at, entryBytes(value));
    write(pack.array(), pack.offset() + at, value);
  }

  /**
   * Removes entries from {@code at} on.
   *
   * @param entries how many, at most as many as there are
   * @return the position of the entry that followed them, or {@link #NONE}
   */
  public static int delete(Packed packed, int at, int entries) {
    Bytes pack = packed.bytes();
    int to = at;
    for (int i = 0; i < entries; i++) {
      to += entryBytes(pack, to);
    }
    return delete(packed, at, to, entries);
  }

  /**
   * Removes the entries from one position to before another one.
   *
   * @param to a position or {@link #end}
   * @param entries how many there are between the two
   * @return the position of the entry that followed them, or {@link #NONE}
   */
  public static int delete(Packed packed, int from, int to, int entries) {
    Bytes pack = packed.bytes();
    byte[] array = pack.array();
    int base = pack.offset();
    int length = pack.length();
    int left = length - (to - from);
    if (left == OVERHEAD_BYTES) {
      packed.resize(0);
      return NONE;
    }
    System.arraycopy(array, base + to, array, base + from, length - to);
    Words.int32(array, base, left);
    addToCount(array, base, -entries);
    packed.resize(left);
    return from < left - 1 ? from : NONE;
  }

  /**
   * Removes entries that have a text. O(bytes), however many they are.
   *
   * @param skip how many of them stay, the first ones
   * @param limit how many go at most
   * @return how many went
   */
  public static int deleteMatches(Packed packed, Bytes text, int skip, long limit) {
    Bytes pack = packed.bytes();
    byte[] array = pack.array();
    int base = pack.offset();
    int length = pack.length();
    int toSkip = skip;
    int deleted = 0;
    // What stays is moved in runs: what lies before `kept` is in place, from `run` on it is not.
    int kept = HEADER_BYTES;
    int run = HEADER_BYTES;
    int at = first(pack);
    while (deleted < limit) {
      at = find(pack, at, text, 1);
      if (at == NONE) {
        break;
      }
      int behind = at + entryBytes(pack, at);
      if (toSkip > 0) {
        toSkip--;
      } else {
        System.arraycopy(array, base + run, array, base + kept, at - run);
        kept += at - run;
        run = behind;
        deleted++;
      }
      at = behind < length - 1 ? behind : NONE;
    }
    delete(packed, kept, run, deleted);
    return deleted;
  }

  /** Adds copies of all entries of another sequence, which lies elsewhere, at the end. */
  public static void appendAll(Packed packed, Bytes other) {
    int entries = count(other);
    if (entries > 0) {
      int place = end(packed.bytes());
      Bytes pack = makeRoom(packed, place, other.length() - OVERHEAD_BYTES, entries);
      other.range(HEADER_BYTES, other.length() - 1).copyTo(pack.array(), pack.offset() + place);
    }
  }

  private static int place(Packed packed, int at) {
    return at == NONE ? end(packed.bytes()) : at;
  }

  /** Makes room for new entries before a position or the end; there may be no bytes yet. */
  private static Bytes makeRoom(Packed packed, int at, int bytes, int entries) {
    int before = packed.bytes().length();
    int length = Math.max(before, OVERHEAD_BYTES);
    Bytes pack = packed.resize(length + bytes);
    byte[] array = pack.array();
    int base = pack.offset();
    if (before == 0) {
      Words.int16(array, base + COUNT, 0);
      array[base + HEADER_BYTES] = END;
    }
    System.arraycopy(array, base + at, array, base + at + bytes, length - at);
    Words.int32(array, base, length + bytes);
    addToCount(array, base, entries);
    return pack;
  }

  /** Gives the entry at a position another number of bytes. */
  private static Bytes refit(Packed packed, int at, int bytes) {
    Bytes pack = packed.bytes();
    int length = pack.length();
    int before = entryBytes(pack, at);
    int grown = bytes - before;
    if (grown == 0) {
      return pack;
    }
    if (grown > 0) {
      pack = packed.resize(length + grown);
    }
    byte[] array = pack.array();
    int base = pack.offset();
    int behind = base + at + before;
    System.arraycopy(array, behind, array, behind + grown, length - at - before);
    Words.int32(array, base, length + grown);
    return grown > 0 ? pack : packed.resize(length + grown);
  }

  /** Writes what comes before the first entry. */
  static void writeHeader(byte[] array, int base, int length, int count) {
    Words.int32(array, base, length);
    Words.int16(array, base + COUNT, Math.min(count, COUNT_UNKNOWN));
  }

  private static void addToCount(byte[] array, int base, int entries) {
    int count = Words.int16(array, base + COUNT) & 0xFFFF;
    if (count != COUNT_UNKNOWN) {
      Words.int16(array, base + COUNT, Math.min(count + entries, COUNT_UNKNOWN));
    }
  }

  // ------------------------------------------------------------------------------------- entries

  private static boolean isInteger(byte first) {
    return first >= 0 || first > STRING_32 || (first >= INTEGER_13 && first < STRING_12);
  }

  /** How many bytes come before the data of a string. */
  private static int headBytes(byte first) {
    return first < INTEGER_13 ? 1 : first == STRING_32 ? 5 : 2;
  }

  /** How many bytes an entry's encoding and data take. */
  private static int encodedBytes(byte[] array, int i) {
    byte first = array[i];
    if (first >= 0) {
      return 1;
    }
    if (first < INTEGER_13) {
      return 1 + (first & 0x3F);
    }
    if (first < STRING_12) {
      return 2;
    }
    if (first < STRING_32) {
      return 2 + ((first & 0x0F) << 8 | (array[i + 1] & 0xFF));
    }
    return switch (first) {
      case STRING_32 -> 5 + Words.int32(array, i + 1);
      case INTEGER_16 -> 3;
      case INTEGER_24 -> 4;
      case INTEGER_32 -> 5;
      case INTEGER_64 -> 9;
      default -> throw new IllegalStateException("no entry begins with the byte " + first);
    };
  }

  private static long integer(byte[] array, int i) {
    byte first = array[i];
    if (first >= 0) {
      return first;
    }
    return switch (first) {
      case INTEGER_16 -> Words.int16(array, i + 1);
      case INTEGER_24 -> Words.int32(array, i) >> 8;
      case INTEGER_32 -> Words.int32(array, i + 1);
      case INTEGER_64 -> Words.int64(array, i + 1);
      // Shifted up and down again, so that the highest of the 13 bits becomes the sign.
      default -> ((first & 0x1F) << 8 | (array[i + 1] & 0xFF)) << 19 >> 19;
    };
  }

  /** How many bytes the shortest encoding of an integer has. */
  private static int integerBytes(long value) {
    if (value >= -(1 << 12) && value < 1 << 12) {
      return value >= 0 && value < 1 << 7 ? 1 : 2;
    }
    if (value != (int) value) {
      return 9;
    }
    return value == (short) value ? 3 : value >= -(1 << 23) && value < 1 << 23 ? 4 : 5;
  }

  /**
   * Writes an entry of {@link #entryBytes(Bytes)} bytes.
   *
   * @return the index behind it
   */
  static int write(byte[] array, int i, Bytes text) {
    if (Numerals.isLong(text)) {
      return write(array, i, Numerals.toLong(text));
    }
    int length = text.length();
    int data;
    if (length <= STRING_6_MAX) {
      array[i] = (byte) (STRING_6 | length);
      data = i + 1;
    } else if (length <= STRING_12_MAX) {
      array[i] = (byte) (STRING_12 | length >>> 8);
      array[i + 1] = (byte) length;
      data = i + 2;
    } else {
      array[i] = STRING_32;
      Words.int32(array, i + 1, length);
      data = i + 5;
    }
    text.copyTo(array, data);
    return writeBack(array, data + length, data + length - i);
  }

  /** As {@link #write(byte[], int, Bytes)}, for the text of a number. */
  static int write(byte[] array, int i, long value) {
    int size = integerBytes(value);
    switch (size) {
      case 1 -> array[i] = (byte) value;
      case 2 -> {
        array[i] = (byte) (INTEGER_13 | (value >>> 8 & 0x1F));
        array[i + 1] = (byte) value;
      }
      case 3 -> {
        array[i] = INTEGER_16;
        Words.int16(array, i + 1, (int) value);
      }
      // The lowest of four bytes is the encoding.
      case 4 -> Words.int32(array, i, (int) value << 8 | (INTEGER_24 & 0xFF));
      case 5 -> {
        array[i] = INTEGER_32;
        Words.int32(array, i + 1, (int) value);
      }
      default -> {
        array[i] = INTEGER_64;
        Words.int64(array, i + 1, value);
      }
    }
    return writeBack(array, i + size, size);
  }

  /**
   * How many bytes the length behind an entry has. From two bytes on Redis leaves the highest value
   * that would fit to the next size.
   */
  private static int backBytes(int size) {
    if (size <= 127) {
      return 1;
    }
    return size < 16383 ? 2 : size < 2097151 ? 3 : size < 268435455 ? 4 : 5;
  }

  private static int writeBack(byte[] array, int i, int size) {
    int bytes = backBytes(size);
    int rest = size;
    for (int k = bytes - 1; k > 0; k--) {
      array[i + k] = (byte) (rest | 0x80);
      rest >>>= 7;
    }
    array[i] = (byte) rest;
    return i + bytes;
  }

  // ------------------------------------------------------------------------------------ checking

  /**
   * Whether foreign bytes are a sequence, empty or not, that every method here can walk in both
   * directions. Reads nothing outside of them. O(n).
   */
  public static boolean isIntact(Bytes pack) {
    byte[] array = pack.array();
    int base = pack.offset();
    int length = pack.length();
    if (length < OVERHEAD_BYTES || Words.int32(array, base) != length) {
      return false;
    }
    int end = base + length - 1;
    if (array[end] != END) {
      return false;
    }
    int count = 0;
    int i = base + HEADER_BYTES;
    while (i < end) {
      int size = checkedBytes(array, i, end);
      if (size == 0 || !isBack(array, i + size, end, size)) {
        return false;
      }
      i += size + backBytes(size);
      count++;
    }
    int stated = Words.int16(array, base + COUNT) & 0xFFFF;
    return stated == COUNT_UNKNOWN || stated == count;
  }

  /** As {@link #encodedBytes}, but 0 if the entry is none or reaches beyond {@code end}. */
  private static int checkedBytes(byte[] array, int i, int end) {
    int left = end - i;
    byte first = array[i];
    if ((first > INTEGER_64 && first < 0)
        || (first >= STRING_12 && first < STRING_32 && left < 2)
        || (first == STRING_32 && left < 5)) {
      return 0;
    }
    if (first == STRING_32) {
      int length = Words.int32(array, i + 1);
      return length < 0 || length > left - 5 ? 0 : 5 + length;
    }
    int size = encodedBytes(array, i);
    return size > left ? 0 : size;
  }

  /** Whether the bytes from {@code i} on are the length behind an entry of {@code size} bytes. */
  private static boolean isBack(byte[] array, int i, int end, int size) {
    int bytes = backBytes(size);
    if (bytes > end - i) {
      return false;
    }
    int rest = size;
    for (int k = bytes - 1; k > 0; k--) {
      if (array[i + k] != (byte) (rest | 0x80)) {
        return false;
      }
      rest >>>= 7;
    }
    return array[i] == (byte) rest;
  }
}
