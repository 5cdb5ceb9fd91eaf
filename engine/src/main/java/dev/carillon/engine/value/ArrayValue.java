package dev.carillon.engine.value;

import dev.carillon.protocol.bytes.Bytes;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A sparse array of strings with indexes from 0 to {@link #INDEX_MAX}, and a cursor that says where
 * the next element without an index goes. Memory grows with what is set, whatever the indexes are.
 * Indexes, the cursor and the length are unsigned: they go up to 2^64 - 1.
 *
 * <p>Elements lie in {@link ArrayChunk}s of a few kilobytes, which do not overlap and are found by
 * their first index. A chunk is bounded by what it holds, not by a range of indexes: neighbours
 * share one however far they are from each other, and a dense run costs two bytes for each element
 * besides its value. Slices of fixed ranges were the alternative; they need a form for dense ranges
 * and one for sparse ones, and elements that are far apart each pay for a slice.
 *
 * <p>A change costs O(log chunks) and what it moves within one chunk; a range costs what is in it.
 *
 * <p>A chunk that an {@linkplain #image image} has not passed yet is older than the array's epoch,
 * and is copied before it changes. Engine thread only.
 */
public final class ArrayValue extends Value {

  /** The highest index, 2^64 - 2 as an unsigned number: the length must be a number too. */
  public static final long INDEX_MAX = -2;

  /** Where the cursor is when no index is left for it: 2^64 - 1. */
  public static final long CURSOR_EXHAUSTED = INDEX_MAX + 1;

  /** Derived: 48 bytes of this object, 48 of the index of the chunks. */
  private static final int OVERHEAD_BYTES = 96;

  /** Chosen: a chunk with less than a quarter is joined with a neighbour that has room for it. */
  private static final int SMALL_COUNT = ArrayChunk.COUNT_MAX / 4;

  private static final int SMALL_BYTES = ArrayChunk.VALUE_BYTES_MAX / 4;

  /** Chosen: joined chunks have room left, so that the next change does not part them again. */
  private static final int SPARE_COUNT = ArrayChunk.COUNT_MAX / 4;

  private static final int SPARE_BYTES = ArrayChunk.VALUE_BYTES_MAX / 4;

  private TreeMap<Long, ArrayChunk> chunks = new TreeMap<>(Long::compareUnsigned);
  private long count;
  private long chunkBytes;
  private long cursor;
  private int epoch;
  private @Nullable ArrayImage image;

  /** Visits elements. */
  @FunctionalInterface
  public interface Visitor {
    /**
     * An element; the array must not change meanwhile.
     *
     * @param value a view that is good until the next call
     * @return whether to go on
     */
    boolean visit(long index, Bytes value);
  }

  @Override
  public ValueType type() {
    return ValueType.ARRAY;
  }

  @Override
  public long sizeBytes() {
    return OVERHEAD_BYTES + chunkBytes;
  }

  @Override
  public boolean isEmpty() {
    return count == 0;
  }

  @Override
  public ArrayValue copy() {
    ArrayValue copy = new ArrayValue();
    chunks.forEach((first, chunk) -> copy.add(chunk.copy()));
    copy.count = count;
    copy.cursor = cursor;
    return copy;
  }

  /**
   * What the elements are now, while they go on changing; an image from before must not be asked
   * any more. O(1).
   */
  public ArrayImage image() {
    epoch++;
    ArrayImage made = new ArrayImage(this, chunks, epoch);
    image = made;
    return made;
  }

  void forget(ArrayImage gone) {
    if (image == gone) {
      image = null;
    }
  }

  // ------------------------------------------------------------------------------------- reading

  /** How many elements are set. O(1). */
  public long count() {
    return count;
  }

  /** The highest index that is set, plus one, unsigned; 0 if none is. O(log chunks). */
  public long length() {
    return chunks.isEmpty() ? 0 : chunks.lastEntry().getValue().last() + 1;
  }

  /** Where the next element without an index goes; {@link #CURSOR_EXHAUSTED} if nowhere. */
  public long cursor() {
    return cursor;
  }

  /** Moves the cursor. */
  public void cursor(long index) {
    cursor = index;
  }

  /** Points a view at an element, or answers null if it is not set. */
  public @Nullable Bytes get(long index, Bytes view) {
    ArrayChunk chunk = at(index);
    int at = chunk == null ? -1 : chunk.find(index);
    return chunk == null || at < 0 ? null : chunk.value(at, view);
  }

  /** The chunk that an index lies in if it is set, or null. */
  private @Nullable ArrayChunk at(long index) {
    return chunkOf(chunks.floorEntry(index));
  }

  /** The first chunk with elements that are not below an index, or null. */
  private @Nullable ArrayChunk from(long index) {
    ArrayChunk chunk = at(index);
    return chunk != null && !isBelow(chunk.last(), index)
        ? chunk
        : chunkOf(chunks.higherEntry(index));
  }

  private static boolean isBelow(long index, long other) {
    return Long.compareUnsigned(index, other) < 0;
  }

  private static long lower(long one, long other) {
    return isBelow(one, other) ? one : other;
  }

  private @Nullable ArrayChunk before(ArrayChunk chunk) {
    return chunkOf(chunks.lowerEntry(chunk.first()));
  }

  private @Nullable ArrayChunk after(ArrayChunk chunk) {
    return chunkOf(chunks.higherEntry(chunk.first()));
  }

  private static @Nullable ArrayChunk chunkOf(Map.@Nullable Entry<Long, ArrayChunk> entry) {
    return entry == null ? null : entry.getValue();
  }

  /**
   * Visits the elements from one index to another, both included; from high to low if {@code to} is
   * below {@code from}. Costs what is visited, not the range.
   */
  public void visit(long from, long to, Visitor visitor) {
    if (isBelow(to, from)) {
      visitDown(from, to, visitor);
    } else {
      visitUp(from, to, visitor);
    }
  }

  private void visitUp(long from, long to, Visitor visitor) {
    Bytes view = Bytes.view();
    for (ArrayChunk chunk = from(from);
        chunk != null && !isBelow(to, chunk.first());
        chunk = after(chunk)) {
      for (int i = ceiling(chunk, from); i < chunk.count(); i++) {
        long index = chunk.index(i);
        if (isBelow(to, index) || !visitor.visit(index, chunk.value(i, view))) {
          return;
        }
      }
    }
  }

  private void visitDown(long from, long to, Visitor visitor) {
    Bytes view = Bytes.view();
    for (ArrayChunk chunk = at(from); chunk != null; chunk = before(chunk)) {
      for (int i = behind(chunk, from) - 1; i >= 0; i--) {
        long index = chunk.index(i);
        if (isBelow(index, to) || !visitor.visit(index, chunk.value(i, view))) {
          return;
        }
      }
    }
  }

  /** The place of the first element of a chunk that is not below an index. */
  private static int ceiling(ArrayChunk chunk, long index) {
    int at = chunk.find(index);
    return at < 0 ? -at - 1 : at;
  }

  /** The place behind the last element of a chunk that is not above an index. */
  private static int behind(ArrayChunk chunk, long index) {
    int at = chunk.find(index);
    return at < 0 ? -at - 1 : at + 1;
  }

  /** How many chunks there are. O(1). */
  public int chunkCount() {
    return chunks.size();
  }

  /** How many chunks have no gaps between their indexes. O(chunks). */
  public int denseChunkCount() {
    int dense = 0;
    for (ArrayChunk chunk : chunks.values()) {
      dense += chunk.isDense() ? 1 : 0;
    }
    return dense;
  }

  /** How many elements lie in chunks without gaps. O(chunks). */
  public long denseCount() {
    long elements = 0;
    for (ArrayChunk chunk : chunks.values()) {
      elements += chunk.isDense() ? chunk.count() : 0;
    }
    return elements;
  }

  // ------------------------------------------------------------------------------------ changing

  /**
   * Sets an element.
   *
   * @param value copied
   * @return whether it was not set before
   */
  public boolean set(long index, Bytes value) {
    ArrayChunk chunk = at(index);
    int at = chunk == null ? -1 : chunk.find(index);
    if (chunk != null && at >= 0) {
      replace(chunk, at, index, value);
      return false;
    }
    insert(chunk, index, value);
    count++;
    return true;
  }

  private void replace(ArrayChunk chunk, int at, long index, Bytes value) {
    if (chunk.count() > 1 && !mayShare(value)) {
      removeFrom(chunk, at, at + 1);
      insert(at(index), index, value);
      return;
    }
    if (chunk.count() == 1 && isOld(chunk)) {
      // It may be long: it is given away instead of being copied.
      drop(chunk);
      add(ArrayChunk.of(index, value));
      return;
    }
    ArrayChunk own = own(chunk);
    long before = own.sizeBytes();
    own.replace(at, value);
    if (own.count() > 1 && own.valueBytes() > ArrayChunk.VALUE_BYTES_MAX) {
      add(own.split(own.middle()));
    }
    chunkBytes += own.sizeBytes() - before;
  }

  private static boolean mayShare(Bytes value) {
    return value.length() <= ArrayChunk.SHARING_BYTES_MAX;
  }

  /** Whether a chunk takes a further value, whatever room it has: a long one stays alone. */
  private static boolean isShared(ArrayChunk chunk) {
    return chunk.count() > 1 || chunk.valueBytes() <= ArrayChunk.SHARING_BYTES_MAX;
  }

  /**
   * Inserts an element that is not set.
   *
   * @param floor the chunk with the highest first index below, or null
   */
  private void insert(@Nullable ArrayChunk floor, long index, Bytes value) {
    if (floor != null && isBelow(index, floor.last())) {
      insertBetween(floor, index, value);
      return;
    }
    if (mayShare(value)) {
      if (floor != null && takes(floor, index, value)) {
        insertInto(own(floor), floor.count(), index, value);
        return;
      }
      ArrayChunk next = chunkOf(chunks.higherEntry(index));
      if (next != null && takes(next, index, value)) {
        ArrayChunk own = own(next);
        chunks.remove(own.first());
        insertInto(own, 0, index, value);
        chunks.put(own.first(), own);
        return;
      }
    }
    add(ArrayChunk.of(index, value));
  }

  /** Whether an element beside a chunk goes into it: where a chunk of its own would cost more. */
  private static boolean takes(ArrayChunk chunk, long index, Bytes value) {
    return isShared(chunk)
        && chunk.hasRoom(1, value.length())
        && chunk.cost(index) <= ArrayChunk.OVERHEAD_BYTES;
  }

  private void insertInto(ArrayChunk chunk, int at, long index, Bytes value) {
    long before = chunk.sizeBytes();
    chunk.insert(at, index, value);
    chunkBytes += chunk.sizeBytes() - before;
  }

  private void insertBetween(ArrayChunk chunk, long index, Bytes value) {
    int at = -chunk.find(index) - 1;
    if (mayShare(value) && chunk.hasRoom(1, value.length())) {
      insertInto(own(chunk), at, index, value);
      return;
    }
    splitAt(chunk, mayShare(value) ? chunk.middle() : at);
    // The two halves have room, or the value stays alone between them.
    insert(at(index), index, value);
  }

  private void splitAt(ArrayChunk chunk, int at) {
    ArrayChunk own = own(chunk);
    long before = own.sizeBytes();
    ArrayChunk behind = own.split(at);
    chunkBytes += own.sizeBytes() - before;
    add(behind);
  }

  /** Whether an image has yet to pass a chunk. */
  private boolean isOld(ArrayChunk chunk) {
    return image != null && chunk.epoch != epoch;
  }

  /** A chunk that may be changed: itself, or a copy that takes its place. */
  private ArrayChunk own(ArrayChunk chunk) {
    if (!isOld(chunk)) {
      return chunk;
    }
    ArrayChunk copy = chunk.copy();
    drop(chunk);
    add(copy);
    return copy;
  }

  private void add(ArrayChunk chunk) {
    chunk.epoch = epoch;
    chunks.put(chunk.first(), chunk);
    chunkBytes += chunk.sizeBytes();
  }

  private void drop(ArrayChunk chunk) {
    if (image != null && isOld(chunk)) {
      image.hold(chunk);
    }
    chunks.remove(chunk.first());
    chunkBytes -= chunk.sizeBytes();
  }

  /** Removes an element; answers whether it was set. */
  public boolean remove(long index) {
    ArrayChunk chunk = at(index);
    int at = chunk == null ? -1 : chunk.find(index);
    if (chunk == null || at < 0) {
      return false;
    }
    removeFrom(chunk, at, at + 1);
    count--;
    return true;
  }

  /**
   * Removes the elements from the lower to the higher of two indexes, both included. Costs what is
   * removed, not the range.
   *
   * @return how many there were
   */
  public long removeRange(long one, long other) {
    long from = lower(one, other);
    long to = from == one ? other : one;
    long before = count;
    ArrayChunk chunk = from(from);
    while (chunk != null && !isBelow(to, chunk.first())) {
      int start = ceiling(chunk, from);
      int end = behind(chunk, to);
      if (start == end) {
        break;
      }
      count -= end - start;
      removeFrom(chunk, start, end);
      // Not the one behind it: the two may have been joined.
      chunk = from(from);
    }
    return before - count;
  }

  /** Removes elements of a chunk, which may be joined with a neighbour then. */
  private void removeFrom(ArrayChunk chunk, int from, int to) {
    if (to - from == chunk.count()) {
      drop(chunk);
      return;
    }
    ArrayChunk own = own(chunk);
    drop(own);
    own.remove(from, to);
    add(own);
    if (own.count() < SMALL_COUNT && own.valueBytes() < SMALL_BYTES) {
      ArrayChunk before = before(own);
      ArrayChunk after = after(own);
      if ((before == null || !join(before, own)) && after != null) {
        join(own, after);
      }
    }
  }

  /** Moves all elements of a chunk into the one before it if they fit with room to spare. */
  private boolean join(ArrayChunk chunk, ArrayChunk next) {
    if (!isShared(chunk)
        || !isShared(next)
        || !chunk.hasRoom(next.count() + SPARE_COUNT, next.valueBytes() + SPARE_BYTES)
        || chunk.cost(next.last()) > ArrayChunk.OVERHEAD_BYTES) {
      return false;
    }
    drop(next);
    ArrayChunk own = own(chunk);
    long before = own.sizeBytes();
    own.append(next);
    chunkBytes += own.sizeBytes() - before;
    return true;
  }

  // ---------------------------------------------------------------------------------------- ring

  /**
   * Makes the array a ring of {@code size} indexes. Where they are fewer than before, or more and
   * the ring has begun anew, what was inserted last comes to lie from index 0 on in the order of
   * its insertion: as much as fits, back to the first gap. A cursor at 0 means that the next
   * element goes there, whatever the size was. O(1) unless the size of the ring changed, else
   * O(elements).
   *
   * @param size from 1 to 2^63 - 1
   */
  public void ring(long size) {
    long length = length();
    boolean isSmaller = isBelow(size, length);
    boolean isLarger = isBelow(length, size) && cursor != 0 && isBelow(cursor, length);
    if (!isSmaller && !isLarger) {
      return;
    }
    long kept = isSmaller ? size : length;
    long newest = cursor == 0 ? length - 1 : Long.remainderUnsigned(cursor - 1, length);
    long below = run(newest, kept);
    boolean reachesZero = isBelow(newest, below);
    long above = reachesZero && below < kept ? run(length - 1, kept - below) : 0;
    long oldestAbove = length - above;
    long oldestBelow = newest - below + 1;
    ArrayValue inOrder = new ArrayValue();
    inOrder.epoch = epoch;
    if (above > 0) {
      visitUp(oldestAbove, length - 1, (index, value) -> inOrder.put(index - oldestAbove, value));
    }
    if (below > 0) {
      visitUp(
          oldestBelow, newest, (index, value) -> inOrder.put(index - oldestBelow + above, value));
    }
    if (image != null) {
      image.holdAll(chunkBytes);
      image = null;
    }
    chunks = inOrder.chunks;
    count = inOrder.count;
    chunkBytes = inOrder.chunkBytes;
    cursor = above + below;
  }

  /** How many indexes from one on downwards are set without a gap, at most so many. */
  private long run(long from, long most) {
    long[] next = {from};
    visitDown(from, 0, (index, value) -> index == next[0] && from - --next[0] < most);
    return from - next[0];
  }

  private boolean put(long index, Bytes value) {
    set(index, value);
    return true;
  }

  // ------------------------------------------------------------------------------------ checking

  /** What is wrong inside, or null; for tests. O(elements). */
  @Nullable String defect() {
    long elements = 0;
    long bytes = 0;
    ArrayChunk last = null;
    for (Map.Entry<Long, ArrayChunk> entry : chunks.entrySet()) {
      ArrayChunk chunk = entry.getValue();
      String defect = chunk.defect();
      if (defect != null) {
        return defect;
      }
      if (entry.getKey() != chunk.first()
          || (last != null && !isBelow(last.last(), chunk.first()))) {
        return "the chunk at " + entry.getKey() + " begins with " + chunk.first();
      }
      last = chunk;
      elements += chunk.count();
      bytes += chunk.sizeBytes();
    }
    return elements == count && bytes == chunkBytes
        ? null
        : elements + " elements of " + count + ", " + bytes + " bytes of " + chunkBytes;
  }
}
