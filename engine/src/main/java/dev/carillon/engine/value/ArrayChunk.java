package dev.carillon.engine.value;

import dev.carillon.protocol.bytes.Bytes;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Some elements of an array, in the order of their indexes, in three arrays: the values back to
 * back, where each of them ends, and how far each index is from the first one. These distances are
 * not stored where the indexes have no gaps, and otherwise in as few bytes as the largest of them
 * needs. Indexes and distances are unsigned.
 *
 * <p>{@link ArrayValue} keeps chunks small, so that all that is done here is bounded. Owned by the
 * engine thread.
 */
final class ArrayChunk {

  /** Chosen: what a change has to move at most is a few cache lines. */
  static final int VALUE_BYTES_MAX = 4096;

  /** Chosen: with it, the cost of a chunk is about a byte for each element. */
  static final int COUNT_MAX = 128;

  /**
   * Chosen: a longer value is the only one of its chunk, where the cost of the chunk is nothing to
   * it.
   */
  static final int SHARING_BYTES_MAX = 1024;

  /**
   * Derived: 48 bytes of this object, 16 of the header of each array, and 64 for the place in the
   * index of the chunks.
   */
  static final int OVERHEAD_BYTES = 160;

  private static final VarHandle INT16 =
      MethodHandles.byteArrayViewVarHandle(short[].class, ByteOrder.LITTLE_ENDIAN);
  private static final VarHandle INT32 =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
  private static final VarHandle INT64 =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

  private static final byte[] NO_DISTANCES = {};

  private long first;
  private int count;

  private byte[] values;
  private int valueBytes;

  /** Where each value ends, except for the last one, which may be too long for this. */
  private char[] ends;

  /** How many bytes a distance has: 0, 1, 2, 4 or 8. */
  private int width;

  private byte[] distances = NO_DISTANCES;

  /** Since when it is as it is; {@link ArrayValue} has the say. */
  int epoch;

  private ArrayChunk(long first, int count, byte[] values, char[] ends) {
    this.first = first;
    this.count = count;
    this.values = values;
    this.valueBytes = values.length;
    this.ends = ends;
  }

  /** A chunk of one element. */
  static ArrayChunk of(long index, Bytes value) {
    return new ArrayChunk(index, 1, value.toByteArray(), new char[1]);
  }

  ArrayChunk copy() {
    ArrayChunk copy =
        new ArrayChunk(first, count, Arrays.copyOf(values, valueBytes), Arrays.copyOf(ends, count));
    copy.width = width;
    copy.distances = Arrays.copyOf(distances, count * width);
    return copy;
  }

  // ------------------------------------------------------------------------------------- reading

  int count() {
    return count;
  }

  long first() {
    return first;
  }

  long last() {
    return index(count - 1);
  }

  /** The index of the element at a place. */
  long index(int at) {
    return first + distance(at);
  }

  private long distance(int at) {
    return switch (width) {
      case 0 -> at;
      case 1 -> distances[at] & 0xff;
      case 2 -> (short) INT16.get(distances, 2 * at) & 0xffff;
      case 4 -> (int) INT32.get(distances, 4 * at) & 0xffff_ffffL;
      default -> (long) INT64.get(distances, 8 * at);
    };
  }

  private void distance(int at, long distance) {
    switch (width) {
      case 0 -> {}
      case 1 -> distances[at] = (byte) distance;
      case 2 -> INT16.set(distances, 2 * at, (short) distance);
      case 4 -> INT32.set(distances, 4 * at, (int) distance);
      default -> INT64.set(distances, 8 * at, distance);
    }
  }

  /** How many bytes distances have up to this one, where there are gaps. */
  private static int widthOf(long distance) {
    if (distance >>> 8 == 0) {
      return 1;
    }
    return distance >>> 16 == 0 ? 2 : distance >>> 32 == 0 ? 4 : 8;
  }

  /** The place of an index, or where it would have to be inserted as -place - 1. */
  int find(long index) {
    if (isBelow(index, first)) {
      return -1;
    }
    long distance = index - first;
    if (width == 0) {
      return isBelow(distance, count) ? (int) distance : -count - 1;
    }
    int low = 0;
    int high = count - 1;
    while (low <= high) {
      int middle = (low + high) >>> 1;
      long there = distance(middle);
      if (there == distance) {
        return middle;
      }
      if (isBelow(there, distance)) {
        low = middle + 1;
      } else {
        high = middle - 1;
      }
    }
    return -low - 1;
  }

  private static boolean isBelow(long index, long other) {
    return Long.compareUnsigned(index, other) < 0;
  }

  /** Points a view at the value at a place. */
  Bytes value(int at, Bytes view) {
    int from = start(at);
    return view.pointTo(values, from, end(at) - from);
  }

  private int start(int at) {
    return at == 0 ? 0 : ends[at - 1];
  }

  private int end(int at) {
    return at == count - 1 ? valueBytes : ends[at];
  }

  /** Whether the indexes have no gaps. */
  boolean isDense() {
    return width == 0;
  }

  long sizeBytes() {
    return OVERHEAD_BYTES + values.length + 2L * ends.length + distances.length;
  }

  /** Whether so many more elements with so many bytes in all still fit. */
  boolean hasRoom(int moreElements, int moreBytes) {
    return count + moreElements <= COUNT_MAX && valueBytes + (long) moreBytes <= VALUE_BYTES_MAX;
  }

  /**
   * How many bytes the distances of the elements that are here would grow by, if an index were
   * among them.
   */
  int cost(long index) {
    long from = isBelow(index, first) ? index : first;
    long to = isBelow(last(), index) ? index : last();
    int needed = width == 0 && to - from == count ? 0 : widthOf(to - from);
    return (Math.max(needed, width) - width) * count;
  }

  /** How long the values are in all. */
  int valueBytes() {
    return valueBytes;
  }

  // ------------------------------------------------------------------------------------ changing

  /** Replaces the value at a place. O(bytes of the chunk). */
  void replace(int at, Bytes value) {
    int from = start(at);
    int growth = value.length() - (end(at) - from);
    move(end(at), growth);
    value.copyTo(values, from);
    for (int i = at; i < count - 1; i++) {
      ends[i] += (char) growth;
    }
    valueBytes += growth;
    trim();
  }

  /** Inserts an element at the place that {@link #find} named. O(bytes of the chunk). */
  void insert(int at, long index, Bytes value) {
    makeRoom();
    insertDistance(at, index);
    int from = at == count ? valueBytes : start(at);
    move(from, value.length());
    value.copyTo(values, from);
    // The end that was only known as the end of everything becomes one to be written down.
    ends[count - 1] = (char) valueBytes;
    System.arraycopy(ends, at, ends, at + 1, count - at);
    for (int i = at + 1; i <= count; i++) {
      ends[i] += (char) value.length();
    }
    ends[at] = (char) (from + value.length());
    valueBytes += value.length();
    count++;
  }

  private void makeRoom() {
    if (count == ends.length) {
      int capacity = Math.min(COUNT_MAX, count + (count >>> 1) + 2);
      ends = Arrays.copyOf(ends, capacity);
      distances = Arrays.copyOf(distances, capacity * width);
    }
  }

  private void insertDistance(int at, long index) {
    long newFirst = isBelow(index, first) ? index : first;
    long newLast = isBelow(last(), index) ? index : last();
    long shift = first - newFirst;
    if (width == 0) {
      if (newLast - newFirst == count) {
        first = newFirst;
        return;
      }
    }
    widen(Math.max(width, widthOf(newLast - newFirst)));
    System.arraycopy(distances, at * width, distances, (at + 1) * width, (count - at) * width);
    if (shift != 0) {
      for (int i = 1; i <= count; i++) {
        distance(i, distance(i) + shift);
      }
    }
    first = newFirst;
    distance(at, index - first);
  }

  private void widen(int newWidth) {
    if (newWidth == width) {
      return;
    }
    long[] all = new long[count];
    for (int i = 0; i < count; i++) {
      all[i] = distance(i);
    }
    width = newWidth;
    distances = new byte[ends.length * width];
    for (int i = 0; i < count; i++) {
      distance(i, all[i]);
    }
  }

  /** Moves the values from {@code from} on by so many bytes, either way. */
  private void move(int from, int by) {
    if (valueBytes + by > values.length) {
      int needed = valueBytes + by;
      // What shares a chunk grows again soon; what is alone is replaced as a whole.
      int spare = count == 1 && needed > SHARING_BYTES_MAX ? 0 : needed >>> 2;
      values = Arrays.copyOf(values, needed + spare);
    }
    System.arraycopy(values, from, values, from + by, valueBytes - from);
  }

  /** Removes the elements from one place up to, not including, another; not all of them. */
  void remove(int from, int to) {
    int removed = to - from;
    assert removed < count;
    int start = start(from);
    int growth = start - end(to - 1);
    long newFirst = from == 0 ? index(to) : first;
    long shift = newFirst - first;
    if (width == 0 && from > 0 && to < count) {
      widen(1);
    }
    if (width > 0) {
      System.arraycopy(distances, to * width, distances, from * width, (count - to) * width);
    }
    System.arraycopy(values, start - growth, values, start, valueBytes - (start - growth));
    System.arraycopy(ends, to, ends, from, count - to);
    valueBytes += growth;
    count -= removed;
    for (int i = from; i < count; i++) {
      ends[i] += (char) growth;
    }
    first = newFirst;
    if (shift != 0) {
      for (int i = 0; i < count; i++) {
        distance(i, distance(i) - shift);
      }
    }
    trim();
  }

  /** Gives back room of which less than half is used. */
  private void trim() {
    if (values.length > 64 && valueBytes < values.length >>> 1) {
      values = Arrays.copyOf(values, valueBytes);
    }
    if (ends.length > 16 && count < ends.length >>> 1) {
      ends = Arrays.copyOf(ends, count);
      distances = Arrays.copyOf(distances, count * width);
    }
  }

  /** The place that parts the elements into two halves, by their number or by their bytes. */
  int middle() {
    if (count == COUNT_MAX || count == 2) {
      return count / 2;
    }
    int at = 1;
    while (at < count - 1 && end(at) <= valueBytes / 2) {
      at++;
    }
    return at;
  }

  /** Takes the elements from a place on, at least one and not all, into a chunk of their own. */
  ArrayChunk split(int at) {
    ArrayChunk behind = part(at, count);
    ArrayChunk before = part(0, at);
    count = at;
    values = before.values;
    valueBytes = before.valueBytes;
    ends = before.ends;
    width = before.width;
    distances = before.distances;
    return behind;
  }

  private ArrayChunk part(int from, int to) {
    int start = start(from);
    char[] partEnds = new char[to - from];
    for (int i = from; i < to - 1; i++) {
      partEnds[i - from] = (char) (ends[i] - start);
    }
    ArrayChunk part =
        new ArrayChunk(
            index(from), to - from, Arrays.copyOfRange(values, start, end(to - 1)), partEnds);
    long distanceMax = distance(to - 1) - distance(from);
    if (!isBelow(distanceMax, to - from)) {
      part.width = widthOf(distanceMax);
      part.distances = new byte[part.count * part.width];
      for (int i = from; i < to; i++) {
        part.distance(i - from, distance(i) - distance(from));
      }
    }
    return part;
  }

  /** Adds the elements of a chunk whose indexes are all higher. */
  void append(ArrayChunk next) {
    Bytes view = Bytes.view();
    for (int i = 0; i < next.count; i++) {
      insert(count, next.index(i), next.value(i, view));
    }
  }

  // ------------------------------------------------------------------------------------ checking

  /** What is wrong with this chunk, or null; for tests. */
  @Nullable String defect() {
    if (count < 1 || count > COUNT_MAX || ends.length < count || values.length < valueBytes) {
      return "count " + count + ", " + valueBytes + " bytes";
    }
    if (count > 1 && valueBytes > VALUE_BYTES_MAX) {
      return count + " values share " + valueBytes + " bytes";
    }
    for (int i = 1; i < count; i++) {
      if (!isBelow(index(i - 1), index(i)) || start(i) > end(i)) {
        return "order at " + i;
      }
    }
    return distance(0) == 0 ? null : "the first distance is " + distance(0);
  }
}
