package dev.carillon.engine.value;

import dev.carillon.protocol.bytes.Bytes;
import java.util.Collection;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A stream: entries of fields and values in the order of their ids, which only grow, and the
 * consumer groups that read them.
 *
 * <p>Entries lie packed in blocks, see {@link StreamBlock}, and the blocks in a {@link Ring}. An id
 * is found by two searches: a binary one for its block, a walk within it. Adding is O(1),
 * amortised; trimming whole blocks drops them.
 *
 * <p>Copies share their blocks, and what is pending, and whoever changes a part that is shared
 * makes its own of it first. So a copy costs next to nothing at once, however large the stream is,
 * and later a few kilobytes for each block that changes. Engine thread only.
 */
public final class StreamValue extends Value {

  /** The longest text of an entry, all of its fields and values together, in bytes. */
  public static final long TEXT_BYTES_MAX = 1L << 30;

  /** Nobody knows how far a group is behind: a lag may be any other number. */
  public static final long UNKNOWN_LAG = Long.MIN_VALUE;

  /** Derived: this object and its footprint. */
  private static final int OVERHEAD_BYTES = 120;

  private final Footprint footprint;
  private final Ring<StreamBlock> blocks;

  /** Who owns the blocks that no copy shares; another one after each copy. */
  private Object owner = this;

  private final TreeMap<Bytes, ConsumerGroup> groups = new TreeMap<>();
  private long length;
  private StreamId first = StreamId.MIN;
  private StreamId last = StreamId.MIN;
  private StreamId maxDeleted = StreamId.MIN;
  private long entriesAdded;

  /** What the blocks take, a part of the footprint. */
  private long blockBytes;

  private @Nullable StreamProducers producers;

  /** An empty stream. */
  public StreamValue() {
    footprint = new Footprint();
    blocks = new Ring<>(footprint);
  }

  private StreamValue(Footprint footprint, Ring<StreamBlock> blocks) {
    this.footprint = footprint;
    this.blocks = blocks;
  }

  @Override
  public ValueType type() {
    return ValueType.STREAM;
  }

  @Override
  public long sizeBytes() {
    return OVERHEAD_BYTES + footprint.bytes();
  }

  @Override
  public boolean isEmpty() {
    return false;
  }

  @Override
  public long parts() {
    long parts = blocks.size();
    for (ConsumerGroup group : groups.values()) {
      parts += 1 + group.pending();
    }
    return parts;
  }

  /**
   * {@inheritDoc} Its size is counted as if it shared nothing. O(blocks + what is pending / 128 +
   * consumers), copying references; the ids of producers are copied one by one.
   */
  @Override
  public StreamValue copy() {
    Footprint copied = new Footprint();
    StreamValue copy = new StreamValue(copied, blocks.copy(copied));
    copy.grow(blockBytes);
    owner = new Object();
    copy.length = length;
    copy.first = first;
    copy.last = last;
    copy.maxDeleted = maxDeleted;
    copy.entriesAdded = entriesAdded;
    for (ConsumerGroup group : groups.values()) {
      copy.groups.put(group.name(), group.copy(copy.footprint));
    }
    if (producers != null) {
      copy.producers = producers.copy(copy.footprint);
    }
    return copy;
  }

  // --------------------------------------------------------------------------------------- facts

  /** How many entries there are. */
  public long length() {
    return length;
  }

  /** The id of the first entry, {@link StreamId#MIN} if there is none. */
  public StreamId firstId() {
    return first;
  }

  /** The highest id that was ever given, which the next one has to exceed. */
  public StreamId lastId() {
    return last;
  }

  /** The id of the last entry that is there, {@link StreamId#MIN} if there is none. */
  public StreamId lastEntryId() {
    if (length == 0) {
      return StreamId.MIN;
    }
    StreamCursor cursor = reversed(StreamId.MIN, StreamId.MAX);
    boolean found = cursor.next();
    assert found : "a stream with a length has an entry";
    return cursor.id();
  }

  /** Whether there is an entry behind an id. */
  public boolean hasBehind(StreamId id) {
    return length > 0 && last.isAfter(id) && lastEntryId().isAfter(id);
  }

  /** The highest id that was deleted by its name, {@link StreamId#MIN} if none was. */
  public StreamId maxDeletedId() {
    return maxDeleted;
  }

  /** How many entries were ever added. */
  public long entriesAdded() {
    return entriesAdded;
  }

  /** How many blocks there are. */
  public int blocks() {
    return blocks.size();
  }

  /** What the entries take, in bytes; groups and their pending entries are not counted. O(1). */
  public long entryBytes() {
    return blockBytes;
  }

  /**
   * The lowest id that would be left if whole blocks went, oldest first, until entries take no more
   * than {@code bytesMax}. The last block stays, whatever it takes. O(blocks that would go).
   *
   * @return {@link StreamId#MIN} if none has to go
   */
  public StreamId boundForBytes(long bytesMax) {
    long left = blockBytes;
    int index = 0;
    while (left > bytesMax && index + 1 < blocks.size()) {
      left -= blocks.get(index++).sizeBytes();
    }
    return index == 0
        ? StreamId.MIN
        : new StreamId(blocks.get(index).millis(), blocks.get(index).sequence());
  }

  /**
   * The lowest id that an entry may have which some group has yet to read or to acknowledge; {@link
   * StreamId#MAX} if there is no group. O(groups × log pending).
   */
  public StreamId lowestUnacknowledged() {
    StreamId lowest = StreamId.MAX;
    for (ConsumerGroup group : groups.values()) {
      long row = group.ceiling(first);
      StreamId next =
          row == ConsumerGroup.NONE
              ? group.lastDelivered().isMax() ? StreamId.MAX : group.lastDelivered().next()
              : new StreamId(group.millis(row), group.sequence(row));
      if (next.isBefore(lowest)) {
        lowest = next;
      }
    }
    return lowest;
  }

  /** Sets what entries alone do not say (XSETID, files). */
  public void counters(StreamId newLast, StreamId newMaxDeleted, long newEntriesAdded) {
    last = newLast;
    maxDeleted = newMaxDeleted;
    entriesAdded = newEntriesAdded;
  }

  // ------------------------------------------------------------------------------------- reading

  /** The entries from one id to another, both included. */
  public StreamCursor range(StreamId from, StreamId to) {
    return new StreamCursor(this, from, to, false);
  }

  /** As {@link #range}, last entry first. */
  public StreamCursor reversed(StreamId from, StreamId to) {
    return new StreamCursor(this, from, to, true);
  }

  /** A cursor over all entries, to find single ones. */
  public StreamCursor cursor() {
    return range(StreamId.MIN, StreamId.MAX);
  }

  StreamBlock block(int index) {
    return blocks.get(index);
  }

  /** The last block that does not begin behind an id, or -1. O(log blocks). */
  int blockFor(long millis, long sequence) {
    int low = -1;
    int high = blocks.size() - 1;
    if (high >= 0 && beginsBy(high, millis, sequence)) {
      return high;
    }
    while (low < high) {
      int middle = (low + high + 1) >> 1;
      if (beginsBy(middle, millis, sequence)) {
        low = middle;
      } else {
        high = middle - 1;
      }
    }
    return low;
  }

  private boolean beginsBy(int index, long millis, long sequence) {
    StreamBlock block = blocks.get(index);
    return StreamId.compare(block.millis(), block.sequence(), millis, sequence) <= 0;
  }

  // -------------------------------------------------------------------------------------- adding

  /**
   * Adds an entry.
   *
   * @param id above {@link #lastId()}
   * @param pairs names of fields and their values in turn, at most {@link #TEXT_BYTES_MAX} bytes
   * @param blockBytesMax {@code stream-node-max-bytes}; 0 for no limit
   * @param blockEntriesMax {@code stream-node-max-entries}; 0 for no limit
   */
  public void append(StreamId id, Bytes[] pairs, long blockBytesMax, long blockEntriesMax) {
    assert id.isAfter(last) : "ids only grow";
    long text = 0;
    for (Bytes string : pairs) {
      text += string.length();
    }
    long bytesMax = blockBytesMax == 0 ? TEXT_BYTES_MAX : Math.min(blockBytesMax, TEXT_BYTES_MAX);
    StreamBlock block = blocks.isEmpty() ? null : blocks.last();
    if (block != null && block.hasRoom(text, bytesMax, blockEntriesMax)) {
      block = own(blocks.size() - 1);
      long before = block.sizeBytes();
      block.append(id.millis(), id.sequence(), pairs);
      grow(block.sizeBytes() - before);
    } else {
      if (block != null) {
        block = own(blocks.size() - 1);
        grow(-block.sizeBytes());
        block.seal();
        grow(block.sizeBytes());
      }
      add(StreamBlock.of(id.millis(), id.sequence(), pairs));
    }
    length++;
    entriesAdded++;
    last = id;
    if (length == 1) {
      first = id;
    }
  }

  private void add(StreamBlock block) {
    block.owner = owner;
    blocks.addLast(block);
    grow(block.sizeBytes());
  }

  /** A block that may be changed; positions in it stay good. */
  private StreamBlock own(int index) {
    StreamBlock block = blocks.get(index);
    if (block.owner == owner) {
      return block;
    }
    StreamBlock copy = block.copy();
    copy.owner = owner;
    blocks.set(index, copy);
    grow(copy.sizeBytes() - block.sizeBytes());
    return copy;
  }

  private void drop(int index) {
    grow(-blocks.get(index).sizeBytes());
    blocks.remove(index);
  }

  private void grow(long bytes) {
    blockBytes += bytes;
    footprint.add(bytes);
  }

  /**
   * Adds a block of foreign bytes behind the others, as files hold them; {@link #counters} has to
   * follow. O(bytes).
   *
   * @return whether it is intact and its ids are above all others
   */
  public boolean addBlock(StreamId id, Bytes pack) {
    StreamBlock block = StreamBlock.ofForeign(id.millis(), id.sequence(), pack);
    if (block == null || !blocks.isEmpty() && lastId(blocks.size() - 1).compareTo(id) >= 0) {
      return false;
    }
    if (block.live() == 0) {
      return true; // Redis keeps such a block, where an exact trim met deleted entries.
    }
    add(block);
    length += block.live();
    if (first.isMin()) {
      findFirst();
    }
    return true;
  }

  /** The id of the last entry of a block, deleted or not. */
  private StreamId lastId(int index) {
    StreamCursor cursor = cursor();
    cursor.lastOf(index);
    return cursor.id();
  }

  /** The last id that any entry has, deleted or not; {@link StreamId#MIN} if there is none. */
  public StreamId lastIdInBlocks() {
    return blocks.isEmpty() ? StreamId.MIN : lastId(blocks.size() - 1);
  }

  /**
   * Shows a block, to be written as it is.
   *
   * @param index from 0, below {@link #blocks()}
   * @param visitor gets the block's id and bytes, which are good for the call
   */
  public void showBlock(int index, BlockVisitor visitor) {
    StreamBlock block = blocks.get(index);
    visitor.accept(block.millis(), block.sequence(), block.view(Bytes.view()));
  }

  /** Shows all blocks in their order, as {@link #showBlock} does. */
  public void forEachBlock(BlockVisitor visitor) {
    for (int i = 0; i < blocks.size(); i++) {
      showBlock(i, visitor);
    }
  }

  /** Sees blocks. */
  @FunctionalInterface
  public interface BlockVisitor {
    /** One block. */
    void accept(long millis, long sequence, Bytes pack);
  }

  // ------------------------------------------------------------------------------------ deleting

  /** Whether there is an entry with an id. */
  public boolean contains(StreamId id) {
    return cursor().find(id.millis(), id.sequence());
  }

  /** Deletes an entry by its id; returns whether it was there. */
  public boolean delete(StreamId id) {
    StreamCursor cursor = cursor();
    if (!cursor.find(id.millis(), id.sequence())) {
      return false;
    }
    length--;
    own(cursor.blockIndex()).mark(cursor.position());
    count(cursor.blockIndex(), 1);
    if (id.isAfter(maxDeleted)) {
      maxDeleted = id;
    }
    if (id.equals(first)) {
      findFirst();
    }
    return true;
  }

  private void findFirst() {
    StreamCursor cursor = cursor();
    first = cursor.next() ? cursor.id() : StreamId.MIN;
  }

  /** Whether {@link #trim} has something to delete. O(1), or as that without anything to delete. */
  public boolean canTrim(StreamTrim how) {
    if (how.references() == StreamReferences.ACKNOWLEDGED) {
      return trimAcknowledged(how, true) > 0;
    }
    if (how.isById() ? length == 0 || !first.isBefore(how.id()) : length <= how.length()) {
      return false;
    }
    boolean isLimited = how.limit() > 0 && blocks.get(0).live() > how.limit();
    return !isLimited && (!how.isByBlocks() || goes(how, 0));
  }

  /**
   * Deletes old entries. O(entries that go, or that cannot go).
   *
   * @return how many went
   */
  public long trim(StreamTrim how) {
    long deleted =
        how.references() == StreamReferences.ACKNOWLEDGED
            ? trimAcknowledged(how, false)
            : trimInOrder(how);
    if (deleted > 0) {
      findFirst();
    }
    return deleted;
  }

  /** Whether a block is to go as a whole, where nothing holds it back. */
  private boolean goes(StreamTrim how, int index) {
    return how.isById()
        ? lastId(index).isBefore(how.id())
        : length - blocks.get(index).live() >= how.length();
  }

  /** Whole blocks first, then within the first one that has to stay. */
  private long trimInOrder(StreamTrim how) {
    long deleted = 0;
    while (!blocks.isEmpty() && (how.isById() || length > how.length())) {
      StreamBlock block = blocks.get(0);
      if (how.limit() > 0 && deleted + block.live() > how.limit()) {
        return deleted;
      }
      if (!goes(how, 0)) {
        return how.isByBlocks() ? deleted : deleted + trimWithin(how);
      }
      if (how.references() == StreamReferences.DELETE) {
        forgetAll(block);
      }
      deleted += block.live();
      length -= block.live();
      drop(0);
    }
    return deleted;
  }

  /** Deletes the first entries of the first block. */
  private int trimWithin(StreamTrim how) {
    StreamCursor cursor = cursor();
    cursor.firstOf(0);
    int marked = 0;
    boolean found = true;
    while (found
        && cursor.blockIndex() == 0
        && (how.isById()
            ? how.id().compareTo(cursor.millis(), cursor.sequence()) > 0
            : length > how.length())) {
      if (!cursor.isDeleted()) {
        if (how.references() == StreamReferences.DELETE) {
          forget(cursor.millis(), cursor.sequence());
        }
        own(0).mark(cursor.position());
        marked++;
        length--;
      }
      found = cursor.step();
    }
    count(0, marked);
    return marked;
  }

  /** Entries of a block were marked as deleted; returns whether it went, because none is left. */
  private boolean count(int index, int marked) {
    StreamBlock block = blocks.get(index);
    if (marked == block.live()) {
      drop(index);
      return true;
    }
    if (marked > 0) {
      long before = block.sizeBytes();
      block.count(marked);
      grow(block.sizeBytes() - before);
    }
    return false;
  }

  private void forgetAll(StreamBlock block) {
    StreamCursor cursor = range(new StreamId(block.millis(), block.sequence()), StreamId.MAX);
    while (cursor.next() && cursor.blockIndex() == 0) {
      forget(cursor.millis(), cursor.sequence());
    }
  }

  /**
   * What some group still needs stays, whatever is behind it, so each entry is looked at up to
   * where the slowest group is. As in 8.6.3 nothing goes behind the first block that would not go
   * as a whole, and the limit is one of blocks; where the outcome is repeated blocks have no say.
   *
   * @param isTrial whether nothing is deleted: the answer is 1 as soon as something would be
   */
  private long trimAcknowledged(StreamTrim how, boolean isTrial) {
    StreamId end = readByAll();
    long deleted = 0;
    int index = 0;
    boolean isDone = false;
    while (!isDone && index < blocks.size()) {
      if (how.limit() > 0 && deleted + blocks.get(index).live() > how.limit()) {
        return deleted;
      }
      boolean isLast = !how.isRepeated() && !goes(how, index);
      StreamCursor cursor = cursor();
      cursor.firstOf(index);
      int marked = 0;
      boolean found = true;
      while (found && !isDone && cursor.blockIndex() == index) {
        long millis = cursor.millis();
        long sequence = cursor.sequence();
        isDone =
            end.compareTo(millis, sequence) < 0
                || (how.isById()
                    ? how.id().compareTo(millis, sequence) <= 0
                    : length <= how.length());
        if (!isDone && !cursor.isDeleted() && !isReferenced(millis, sequence)) {
          if (isTrial) {
            return 1;
          }
          own(index).mark(cursor.position());
          marked++;
          length--;
        }
        found = !isDone && cursor.step();
      }
      isDone |= isLast;
      deleted += marked;
      if (!count(index, marked)) {
        index++;
      }
    }
    return deleted;
  }

  /** Up to which entry all groups have read. */
  private StreamId readByAll() {
    StreamId lowest = StreamId.MAX;
    for (ConsumerGroup group : groups.values()) {
      if (group.lastDelivered().isBefore(lowest)) {
        lowest = group.lastDelivered();
      }
    }
    return lowest;
  }

  // -------------------------------------------------------------------------------------- groups

  /** The groups, sorted by their names. */
  public Collection<ConsumerGroup> groups() {
    return groups.values();
  }

  /** A group by its name, or null. */
  public @Nullable ConsumerGroup group(Bytes name) {
    return groups.get(name);
  }

  /**
   * A new group.
   *
   * @param name copied; not taken yet
   * @param lastDelivered behind which entry it begins
   * @param entriesRead how many entries are up to there, or {@link ConsumerGroup#UNKNOWN}
   */
  public ConsumerGroup createGroup(Bytes name, StreamId lastDelivered, long entriesRead) {
    ConsumerGroup group = new ConsumerGroup(name.copy(), lastDelivered, entriesRead, footprint);
    groups.put(group.name(), group);
    return group;
  }

  /** Removes a group with all that is pending in it. */
  public void destroyGroup(ConsumerGroup group) {
    groups.remove(group.name());
    group.release();
  }

  /** Whether some group has yet to read an entry, or has it pending. O(groups × log pending). */
  public boolean isReferenced(long millis, long sequence) {
    for (ConsumerGroup group : groups.values()) {
      if (group.needs(millis, sequence)) {
        return true;
      }
    }
    return false;
  }

  /** Whether an entry, there or not, is pending in a group. O(groups · log pending). */
  public boolean isPending(long millis, long sequence) {
    for (ConsumerGroup group : groups.values()) {
      if (group.find(millis, sequence) != ConsumerGroup.NONE) {
        return true;
      }
    }
    return false;
  }

  /** An entry is pending in no group any more. */
  public void forget(long millis, long sequence) {
    for (ConsumerGroup group : groups.values()) {
      group.acknowledge(millis, sequence);
    }
  }

  /**
   * Says that a group has read up to an entry, which is the next one behind what it had read.
   *
   * <p>The group's count of read entries goes up by one where that is known to be right: nothing
   * was deleted by name behind the group's place, and the place is one that is still there.
   * Otherwise it is derived from the stream's own counters where they tell it.
   */
  public void advance(ConsumerGroup group, long millis, long sequence) {
    long read = group.entriesRead();
    if (read != ConsumerGroup.UNKNOWN
        && group.compareLast(first.millis(), first.sequence()) >= 0
        && !isDeletedBehind(group)) {
      read++;
    } else if (entriesAdded > 0) {
      read = entriesUpTo(millis, sequence);
    }
    group.moveTo(millis, sequence, read);
  }

  /** Whether an entry was deleted by its name at the place of a group or behind it. */
  private boolean isDeletedBehind(ConsumerGroup group) {
    return length > 0
        && !maxDeleted.isMin()
        && !first.isAfter(maxDeleted)
        && group.compareLast(maxDeleted.millis(), maxDeleted.sequence()) <= 0;
  }

  /**
   * How many entries were ever added up to an id, or {@link ConsumerGroup#UNKNOWN} where deletions
   * have made that untellable. O(1).
   */
  public long entriesUpTo(long millis, long sequence) {
    if (entriesAdded == 0) {
      return 0;
    }
    int order = last.compareTo(millis, sequence);
    if (length == 0 && order >= 0) {
      return entriesAdded;
    }
    if (order == 0) {
      return entriesAdded;
    }
    if (order > 0 && (maxDeleted.isMin() || maxDeleted.isBefore(first))) {
      int fromFirst = first.compareTo(millis, sequence);
      if (fromFirst >= 0) {
        return entriesAdded - length + (fromFirst == 0 ? 1 : 0);
      }
    }
    return ConsumerGroup.UNKNOWN;
  }

  /**
   * How many entries a group has yet to read, or {@link #UNKNOWN_LAG}; below 0 where somebody has
   * set the counters so. O(1).
   */
  public long lag(ConsumerGroup group) {
    if (length == 0) {
      return 0;
    }
    StreamId place = group.lastDelivered();
    if (place.isBefore(first) && maxDeleted.isBefore(first)) {
      return length;
    }
    long read =
        group.entriesRead() != ConsumerGroup.UNKNOWN && !isDeletedBehind(group)
            ? group.entriesRead()
            : entriesUpTo(place.millis(), place.sequence());
    return read == ConsumerGroup.UNKNOWN ? UNKNOWN_LAG : entriesAdded - read;
  }

  // ----------------------------------------------------------------------------------- producers

  /** What producers added under ids of their own, or null if none ever did. */
  public @Nullable StreamProducers producers() {
    return producers;
  }

  /** As {@link #producers()}; from now on there is one. */
  public StreamProducers editProducers() {
    StreamProducers known = producers;
    if (known == null) {
      known = new StreamProducers(footprint);
      producers = known;
    }
    return known;
  }

  /** Everything that the stream holds, for people; as long as that. */
  @Override
  public String toString() {
    StringBuilder text = new StringBuilder();
    StreamCursor cursor = cursor();
    while (cursor.next()) {
      text.append(cursor.id());
      for (int i = 0; i < cursor.fields(); i++) {
        text.append(i == 0 ? " {" : ", ").append(cursor.nextField().toLatin1());
        text.append('=').append(cursor.nextValue().toLatin1());
      }
      text.append("} ");
    }
    return text.append("last ")
        .append(last)
        .append(", deleted ")
        .append(maxDeleted)
        .append(", added ")
        .append(entriesAdded)
        .append(", groups ")
        .append(groups.values())
        .toString();
  }
}
