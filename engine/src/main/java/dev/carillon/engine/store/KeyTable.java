package dev.carillon.engine.store;

import dev.carillon.protocol.bytes.Bytes;
import java.util.Arrays;
import java.util.function.IntConsumer;
import java.util.random.RandomGenerator;

/**
 * The index of one database, or of one large collection: from the bytes of a key to the id of its
 * slot.
 *
 * <p>An extendible hash table. The highest bits of the hash choose an entry of the directory, which
 * leads to a segment of up to 256 places. Where a segment is full it is split in two by the next
 * bit of the hash, and where two buddies are sparse they are merged; the directory doubles when a
 * split needs one more bit, and halves when no segment needs the last two. No operation touches
 * more than two segments, and the directory holds one reference for about 150 keys, so that no step
 * takes long however large the table is.
 *
 * <p>A segment is one byte array, little-endian:
 *
 * <pre>
 *   0  how many keys (4)
 *   4  how many removal marks (4)
 *   8  depth: how many of the highest bits all its hashes share
 *   9  how many bits of the hash choose the group
 *  16  groups of 40 bytes: 8 tags of a byte each, then 8 ids of 4 bytes each
 * </pre>
 *
 * <p>A tag is 0 for an empty place, 1 for a removal mark, or 2 to 255 by the lowest 8 bits of the
 * hash. The home group of a key is chosen by the bits of the hash <em>that follow the depth</em>; a
 * key lies in its home group or, where that is full, in the first one behind it, cyclically, that
 * has room. Eight tags are compared in one word. A place is marked as removed only where its group
 * has no empty place, since only then a search may have passed by.
 *
 * <p><b>Scanning.</b> Directory, depth and home group together are a prefix of the hash: the home
 * groups of all segments, from left to right, walk the hashes in ascending order. A scan visits
 * whole home groups, and its cursor is the first 48 bits of the first hash not yet visited. Where a
 * key is visited depends on its hash alone, so a key that stays from the start of an iteration to
 * its end is visited exactly once, whatever is inserted, removed, split or merged in between.
 *
 * <p><b>Equal hashes.</b> A directory much larger than the number of keys deserves is never built:
 * where only that would split a segment, the segment doubles its groups instead. Keys whose hashes
 * are all equal thus make one long segment, slow but correct.
 *
 * <p>Hashes are not stored; a split computes them again from the keys in {@link Slots}. Owned by
 * the engine thread.
 */
public class KeyTable {

  private static final int LIVE = 0;
  private static final int MARKS = 4;
  private static final int SHAPE = 8;
  private static final int GROUPS = 16;
  private static final int GROUP_BYTES = 40;
  private static final int IDS = 8;

  private static final byte EMPTY = 0;
  private static final byte REMOVED = 1;
  private static final long ONES = 0x0101010101010101L;
  private static final long HIGHS = 0x8080808080808080L;
  private static final long TAG_BITS = 0xFEFEFEFEFEFEFEFEL;

  /** 2 groups: 16 places in 96 bytes, for the databases that hold a handful of keys. */
  private static final int GROUP_BITS_MIN = 1;

  /** 32 groups: 256 places. Larger only where hashes are equal. */
  private static final int GROUP_BITS = 5;

  private static final int GROUP_BITS_MAX = 22;

  /** The depth and the bits of the group must lie within the 48 bits of the cursor. */
  private static final int DEPTH_MAX = 26;

  private static final int CURSOR_BITS = 48;
  private static final long CURSOR_END = 1L << CURSOR_BITS;

  /** Two buddies with no more keys than this are merged (chosen: three eighths of a segment). */
  private static final int MERGED_MAX = 96;

  /** Half of {@link #MERGED_MAX}: fewer keys than this make a segment ask for a merge. */
  private static final int SPARSE_MAX = 48;

  /** A scan looks at this many home groups for each key it was asked for, at most. */
  private static final int GROUPS_PER_KEY = 16;

  private static final int RANDOM_TRIES = 64;

  private final Slots slots;
  private final KeyHash hash;

  byte[][] directory;

  /**
   * The two bytes at {@link #SHAPE} of the segment of each directory entry. They are kept here so
   * that a search can compute the place of the group without waiting for the segment's first line.
   */
  short[] shapes;

  int depth;
  final int[] segmentsAtDepth = new int[DEPTH_MAX + 1];
  private int size;
  private long segmentBytes;

  private final IndexScratch scratch;
  private boolean visiting;

  /**
   * An empty index of the keys in {@code slots}, which has no other index.
   *
   * @param seed of the hash, see {@link KeyHash#KeyHash(long)}
   */
  public KeyTable(Slots slots, long seed) {
    this(slots, new KeyHash(seed));
  }

  /** The same with a hash of the caller's choice. */
  KeyTable(Slots slots, KeyHash hash) {
    this.slots = slots;
    this.hash = hash;
    this.scratch = slots.scratch();
    directory = new byte[][] {newSegment(0, GROUP_BITS_MIN)};
    shapes = new short[] {shape(directory[0])};
  }

  // Finding.

  /** How many keys there are. */
  public int size() {
    return size;
  }

  /** The hash of a key in this table, for {@link #touch} and {@link #candidate}. */
  public long hash(byte[] array, int offset, int length) {
    return hash.of(array, offset, length);
  }

  /** The slot of the key, or 0. O(key length), allocates nothing. */
  public int find(Bytes key) {
    byte[] array = key.array();
    int offset = key.offset();
    int length = key.length();
    return find(array, offset, length, hash.of(array, offset, length));
  }

  private int find(byte[] array, int offset, int length, long keyHash) {
    int entry = directoryIndex(keyHash);
    byte[] segment = directory[entry];
    int shape = shapes[entry];
    int mask = (1 << (shape >>> 8)) - 1;
    int group = homeGroup(keyHash, shape);
    long wanted = tag(keyHash) * ONES;
    while (true) {
      int at = GROUPS + group * GROUP_BYTES;
      long tags = Words.int64(segment, at);
      for (long hits = zeroBytes(tags ^ wanted); hits != 0; hits &= hits - 1) {
        int id = Words.int32(segment, at + IDS + (Long.numberOfTrailingZeros(hits) >>> 1 & 0x1C));
        if (slots.keyEquals(id, array, offset, length)) {
          return id;
        }
      }
      if (zeroBytes(tags) != 0) {
        return 0;
      }
      group = group + 1 & mask;
    }
  }

  /** Reads what a search for the hash reads first; answers something that depends on it. */
  public long touch(long keyHash) {
    int entry = directoryIndex(keyHash);
    return Words.int64(directory[entry], GROUPS + homeGroup(keyHash, shapes[entry]) * GROUP_BYTES);
  }

  /** The slot that a search for the hash would compare first, or 0; often that of the key. */
  public int candidate(long keyHash) {
    int entry = directoryIndex(keyHash);
    byte[] segment = directory[entry];
    int at = GROUPS + homeGroup(keyHash, shapes[entry]) * GROUP_BYTES;
    long hits = zeroBytes(Words.int64(segment, at) ^ tag(keyHash) * ONES);
    return hits == 0 ? 0 : idAt(segment, at, hits);
  }

  /** Reads where a slot lies; answers something that depends on it. */
  public int touchAddress(int id) {
    return slots.address(id);
  }

  /** Reads the first two cache lines of a slot; answers something that depends on them. */
  public int touchSlot(int id) {
    return slots.touch(id);
  }

  // Changing.

  /** Adds a key that is known to be absent. Splits a segment at times: some 50 µs. */
  public void insert(Bytes key, int id) {
    insert(hash.of(key), id);
  }

  private void insert(long keyHash, int id) {
    byte[] segment = segmentOf(keyHash);
    while (isFull(segment)) {
      makeRoom(segment, keyHash);
      segment = segmentOf(keyHash);
    }
    place(segment, keyHash, id);
    size++;
  }

  /** Removes a key; answers its slot, which is still there for the caller to free, or 0. */
  public int remove(Bytes key) {
    long keyHash = hash.of(key);
    int id = find(key.array(), key.offset(), key.length(), keyHash);
    if (id != 0) {
      remove(id, keyHash);
    }
    return id;
  }

  /** Removes the key of a slot, which must be in the table; the caller frees the slot after. */
  public void remove(int id) {
    remove(id, slots.keyHash(id, hash));
  }

  // Walking.

  /**
   * Visits at least {@code count} keys from the cursor on, and all that share their place; fewer
   * only at the end, or where the table is so sparse that finding them would take long. A key that
   * is present from the call with cursor 0 until a call answers 0 is visited exactly once.
   *
   * @param cursor 0, or what the previous call answered; any other number is read as some place
   * @param count how many keys to visit; less than 1 counts as 1
   * @param visitor receives slot ids; it may remove the key it is given, and no other
   * @return the cursor to go on from, below 2^48, or 0 where the iteration is over
   */
  public long scan(long cursor, int count, IntConsumer visitor) {
    assert !visiting : "a visitor must not scan the table that it visits";
    visiting = true;
    IndexScratch.Visits visits = scratch.borrow();
    try {
      long at = cursor & CURSOR_END - 1;
      int left = Math.max(1, count);
      long groupsLeft = (long) left * GROUPS_PER_KEY;
      do {
        byte[] segment = segmentOf(at << (64 - CURSOR_BITS));
        int live = Words.int32(segment, LIVE);
        boolean isWhole = live <= left;
        int found =
            isWhole ? collectSegment(segment, at, visits) : collectHomeGroup(segment, at, visits);
        at = next(at, segment, isWhole);
        left -= found;
        groupsLeft -= isWhole ? 8 : 1;
        for (int i = 0; i < found; i++) {
          visitor.accept(visits.ids[i]);
        }
      } while (left > 0 && groupsLeft > 0 && at != CURSOR_END);
      return at == CURSOR_END ? 0 : at;
    } finally {
      visiting = false;
      scratch.giveBack(visits);
    }
  }

  /** Visits every key, in the order of {@link #scan}, under the same rules. O(size). */
  public void forEach(IntConsumer visitor) {
    long cursor = 0;
    do {
      cursor = scan(cursor, 1 << 20, visitor);
    } while (cursor != 0);
  }

  /**
   * A slot drawn with equal chances, or 0 where there are none. Some place of some directory entry
   * is drawn, and again where nothing lies there: a segment that several entries lead to counts
   * once only, so that every key has one chance in as many as there are places. Only where that
   * fails many times in a row, in a table that was much larger once, are the chances uneven.
   */
  public int random(RandomGenerator random) {
    if (size == 0) {
      return 0;
    }
    if (directory.length == 1) {
      return randomIn(directory[0], random);
    }
    for (int tries = 0; tries < RANDOM_TRIES; tries++) {
      byte[] segment = directory[random.nextInt(directory.length)];
      int span = 1 << (depth - depth(segment));
      if (span > 1 && random.nextInt(span) != 0) {
        continue;
      }
      int places = places(segment);
      int place = random.nextInt(Math.max(places, 8 << GROUP_BITS));
      if (place < places && isFullPlace(segment, place)) {
        return idIn(segment, place);
      }
    }
    int entry = random.nextInt(directory.length);
    while (Words.int32(directory[entry], LIVE) == 0) {
      entry = entry + 1 == directory.length ? 0 : entry + 1;
    }
    return randomIn(directory[entry], random);
  }

  /** The bytes of all segments and of the directory; references count as 4 bytes. */
  public long usedBytes() {
    return segmentBytes + (4L + 2L) * directory.length;
  }

  // Places within the table.

  private byte[] segmentOf(long keyHash) {
    return directory[directoryIndex(keyHash)];
  }

  private int directoryIndex(long keyHash) {
    return (int) (keyHash >>> 1 >>> (63 - depth));
  }

  private static int homeGroup(long keyHash, int shape) {
    return (int) (keyHash << shape >>> -(shape >>> 8));
  }

  private static long tag(long keyHash) {
    return 2 + (((keyHash & 0xFF) * 254) >>> 8);
  }

  /** The high bit of the lowest zero byte, and of no byte where none is zero. */
  private static long zeroBytes(long word) {
    return word - ONES & ~word & HIGHS;
  }

  /** The high bit of every byte that is the tag of a key. */
  private static long fullPlaces(long tags) {
    long bits = tags & TAG_BITS;
    return ((bits & ~HIGHS) + ~HIGHS | bits) & HIGHS;
  }

  private static short shape(byte[] segment) {
    return (short) Words.int32(segment, SHAPE);
  }

  private static int depth(byte[] segment) {
    return segment[SHAPE];
  }

  private static int groupBits(byte[] segment) {
    return segment[SHAPE + 1];
  }

  private static int places(byte[] segment) {
    return 8 << groupBits(segment);
  }

  /** Whether seven eighths of the places are taken: one more would make searches long. */
  private static boolean isFull(byte[] segment) {
    int places = places(segment);
    return Words.int32(segment, LIVE) + Words.int32(segment, MARKS) >= places - (places >>> 3);
  }

  private byte[] newSegment(int segmentDepth, int groupBits) {
    return begin(new byte[segmentLength(groupBits)], segmentDepth, groupBits);
  }

  /**
   * An empty segment in the array of one that was forgotten, if it has the right length. A table
   * that grows thus leaves nothing behind: segments are old to the collector, and dead ones would
   * stay resident until the next full collection.
   */
  private byte[] renewed(byte[] forgotten, int segmentDepth, int groupBits) {
    if (forgotten.length != segmentLength(groupBits)) {
      return newSegment(segmentDepth, groupBits);
    }
    Arrays.fill(forgotten, (byte) 0);
    return begin(forgotten, segmentDepth, groupBits);
  }

  private static int segmentLength(int groupBits) {
    return GROUPS + (GROUP_BYTES << groupBits);
  }

  private byte[] begin(byte[] segment, int segmentDepth, int groupBits) {
    segment[SHAPE] = (byte) segmentDepth;
    segment[SHAPE + 1] = (byte) groupBits;
    segmentsAtDepth[segmentDepth]++;
    segmentBytes += segment.length + 16;
    return segment;
  }

  private void forget(byte[] segment) {
    segmentsAtDepth[depth(segment)]--;
    segmentBytes -= segment.length + 16;
  }

  /** Puts an id into the first free place from its home group on. */
  private static void place(byte[] segment, long keyHash, int id) {
    int shape = Words.int32(segment, SHAPE);
    int mask = (1 << (shape >>> 8)) - 1;
    int group = homeGroup(keyHash, shape);
    while (true) {
      int at = GROUPS + group * GROUP_BYTES;
      long free = ~fullPlaces(Words.int64(segment, at)) & HIGHS;
      if (free != 0) {
        int index = Long.numberOfTrailingZeros(free) >>> 3;
        if (segment[at + index] == REMOVED) {
          Words.int32(segment, MARKS, Words.int32(segment, MARKS) - 1);
        }
        segment[at + index] = (byte) tag(keyHash);
        Words.int32(segment, at + IDS + index * 4, id);
        Words.int32(segment, LIVE, Words.int32(segment, LIVE) + 1);
        return;
      }
      group = group + 1 & mask;
    }
  }

  private void remove(int id, long keyHash) {
    byte[] segment = segmentOf(keyHash);
    int shape = Words.int32(segment, SHAPE);
    int mask = (1 << (shape >>> 8)) - 1;
    int group = homeGroup(keyHash, shape);
    long wanted = tag(keyHash) * ONES;
    while (true) {
      int at = GROUPS + group * GROUP_BYTES;
      long tags = Words.int64(segment, at);
      for (long hits = zeroBytes(tags ^ wanted); hits != 0; hits &= hits - 1) {
        int index = Long.numberOfTrailingZeros(hits) >>> 3;
        if (Words.int32(segment, at + IDS + index * 4) == id) {
          if (zeroBytes(tags) != 0) {
            segment[at + index] = EMPTY;
          } else {
            segment[at + index] = REMOVED;
            Words.int32(segment, MARKS, Words.int32(segment, MARKS) + 1);
          }
          int live = Words.int32(segment, LIVE) - 1;
          Words.int32(segment, LIVE, live);
          size--;
          if (live <= SPARSE_MAX && (live & 7) == 0) {
            onSparse(segment, keyHash, live);
          }
          return;
        }
      }
      if (zeroBytes(tags) != 0) {
        throw new IllegalStateException("slot " + id + " is not in the index");
      }
      group = group + 1 & mask;
    }
  }

  // Growing and shrinking.

  private void makeRoom(byte[] segment, long keyHash) {
    int places = places(segment);
    int live = Words.int32(segment, LIVE);
    int groupBits = groupBits(segment);
    if (live < places - (places >>> 2)) {
      // At least an eighth of the places are removal marks: sweeping them makes enough room.
      rebuild(segment, keyHash, groupBits);
    } else if (groupBits < GROUP_BITS) {
      rebuild(segment, keyHash, groupBits + 1);
    } else if (depth(segment) < depth || canDouble()) {
      split(segment, keyHash);
    } else if (groupBits < GROUP_BITS_MAX) {
      rebuild(segment, keyHash, groupBits + 1);
    } else {
      throw new IllegalStateException("too many keys with the same hash: " + live);
    }
  }

  /** Whether twice the directory is still in proportion: an eighth of the keys. */
  private boolean canDouble() {
    return depth < DEPTH_MAX && directory.length <= Math.max(1, size >>> 4);
  }

  /** Replaces a segment by one of that many groups with the same keys and without marks. */
  private void rebuild(byte[] segment, long keyHash, int groupBits) {
    int count = gather(segment, 0);
    int segmentDepth = depth(segment);
    forget(segment);
    byte[] rebuilt = renewed(segment, segmentDepth, groupBits);
    long[] hashes = scratch.hashes;
    int[] ids = scratch.ids;
    for (int i = 0; i < count; i++) {
      place(rebuilt, hashes[i], ids[i]);
    }
    point(keyHash, segmentDepth, rebuilt);
  }

  private void split(byte[] segment, long keyHash) {
    int segmentDepth = depth(segment);
    if (segmentDepth == depth) {
      doubleDirectory();
    }
    int count = gather(segment, 0);
    long[] hashes = scratch.hashes;
    int[] ids = scratch.ids;
    long bit = Long.MIN_VALUE >>> segmentDepth;
    int rightCount = 0;
    for (int i = 0; i < count; i++) {
      rightCount += (hashes[i] & bit) != 0 ? 1 : 0;
    }
    forget(segment);
    byte[] left = renewed(segment, segmentDepth + 1, groupBitsFor(count - rightCount));
    byte[] right = newSegment(segmentDepth + 1, groupBitsFor(rightCount));
    for (int i = 0; i < count; i++) {
      place((hashes[i] & bit) != 0 ? right : left, hashes[i], ids[i]);
    }
    point(keyHash & ~bit, segmentDepth + 1, left);
    point(keyHash | bit, segmentDepth + 1, right);
  }

  private void onSparse(byte[] segment, long keyHash, int live) {
    int segmentDepth = depth(segment);
    if (segmentDepth > 0) {
      byte[] buddy = segmentOf(keyHash ^ (Long.MIN_VALUE >>> (segmentDepth - 1)));
      if (depth(buddy) == segmentDepth && live + Words.int32(buddy, LIVE) <= MERGED_MAX) {
        merge(segment, buddy, keyHash);
        return;
      }
    }
    int groupBits = groupBitsFor(live);
    if (groupBits + 1 < groupBits(segment)) {
      rebuild(segment, keyHash, groupBits);
    }
  }

  private void merge(byte[] segment, byte[] buddy, long keyHash) {
    int segmentDepth = depth(segment);
    int count = gather(buddy, gather(segment, 0));
    long[] hashes = scratch.hashes;
    int[] ids = scratch.ids;
    forget(segment);
    forget(buddy);
    byte[] merged = newSegment(segmentDepth - 1, groupBitsFor(count));
    for (int i = 0; i < count; i++) {
      place(merged, hashes[i], ids[i]);
    }
    point(keyHash, segmentDepth - 1, merged);
    if (depth > 1 && segmentsAtDepth[depth] == 0 && segmentsAtDepth[depth - 1] == 0) {
      halveDirectory();
    }
  }

  /** The fewest groups that {@code count} keys fill to five eighths at most. */
  private static int groupBitsFor(int count) {
    int bits = GROUP_BITS_MIN;
    while (bits < GROUP_BITS && count > 5 << bits) {
      bits++;
    }
    while (count >= 7 << bits) {
      bits++;
    }
    return bits;
  }

  /** Notes ids and hashes of all keys of a segment from {@code from} on; answers where it ends. */
  private int gather(byte[] segment, int from) {
    int count = from;
    int end = from + Words.int32(segment, LIVE);
    scratch.reserve(end);
    long[] hashes = scratch.hashes;
    int[] ids = scratch.ids;
    for (int at = GROUPS; at < segment.length; at += GROUP_BYTES) {
      long full = fullPlaces(Words.int64(segment, at));
      for (; full != 0; full &= full - 1) {
        ids[count++] = idAt(segment, at, full);
      }
    }
    assert count == end : "a segment that counts its keys wrongly";
    for (int i = from; i < count; i++) {
      hashes[i] = slots.keyHash(ids[i], hash);
    }
    return count;
  }

  private static int idAt(byte[] segment, int groupAt, long bits) {
    return Words.int32(segment, groupAt + IDS + (Long.numberOfTrailingZeros(bits) >>> 1 & 0x1C));
  }

  /** Makes every directory entry that begins with these bits of the hash lead to the segment. */
  private void point(long keyHash, int segmentDepth, byte[] segment) {
    int span = depth - segmentDepth;
    int first = directoryIndex(keyHash) >>> span << span;
    Arrays.fill(directory, first, first + (1 << span), segment);
    Arrays.fill(shapes, first, first + (1 << span), shape(segment));
  }

  private void doubleDirectory() {
    int length = directory.length * 2;
    byte[][] doubled = new byte[length][];
    short[] doubledShapes = new short[length];
    for (int i = 0; i < length; i++) {
      doubled[i] = directory[i >> 1];
      doubledShapes[i] = shapes[i >> 1];
    }
    directory = doubled;
    shapes = doubledShapes;
    depth++;
  }

  private void halveDirectory() {
    int length = directory.length / 2;
    byte[][] halved = new byte[length][];
    short[] halvedShapes = new short[length];
    for (int i = 0; i < length; i++) {
      halved[i] = directory[2 * i];
      halvedShapes[i] = shapes[2 * i];
    }
    directory = halved;
    shapes = halvedShapes;
    depth--;
  }

  // Scanning.

  /** Where a scan goes on after the home group, or the segment, in which {@code at} lies. */
  long next(long at, byte[] segment, boolean isWhole) {
    int bits = depth(segment) + (isWhole ? 0 : groupBits(segment));
    int rest = CURSOR_BITS - bits;
    return ((at >>> rest) + 1) << rest;
  }

  /** Notes the ids of the segment whose hashes are not before {@code at}; answers how many. */
  private int collectSegment(byte[] segment, long at, IndexScratch.Visits visits) {
    int found = 0;
    visits.reserve(Words.int32(segment, LIVE));
    boolean isAll = (at & ((CURSOR_END - 1) >>> depth(segment))) == 0;
    for (int groupAt = GROUPS; groupAt < segment.length; groupAt += GROUP_BYTES) {
      long full = fullPlaces(Words.int64(segment, groupAt));
      for (; full != 0; full &= full - 1) {
        int id = idAt(segment, groupAt, full);
        if (isAll || slots.keyHash(id, hash) >>> (64 - CURSOR_BITS) >= at) {
          visits.ids[found++] = id;
        }
      }
    }
    return found;
  }

  /** The same for the home group in which {@code at} lies. */
  private int collectHomeGroup(byte[] segment, long at, IndexScratch.Visits visits) {
    int found = 0;
    int shape = Words.int32(segment, SHAPE);
    int groups = 1 << (shape >>> 8);
    int home = homeGroup(at << (64 - CURSOR_BITS), shape);
    for (int i = 0; i < groups; i++) {
      int groupAt = GROUPS + (home + i & groups - 1) * GROUP_BYTES;
      long tags = Words.int64(segment, groupAt);
      visits.reserve(found + 8);
      for (long full = fullPlaces(tags); full != 0; full &= full - 1) {
        int id = idAt(segment, groupAt, full);
        long keyHash = slots.keyHash(id, hash);
        if (homeGroup(keyHash, shape) == home && keyHash >>> (64 - CURSOR_BITS) >= at) {
          visits.ids[found++] = id;
        }
      }
      if (zeroBytes(tags) != 0) {
        break;
      }
    }
    return found;
  }

  private static int randomIn(byte[] segment, RandomGenerator random) {
    int places = places(segment);
    int place = random.nextInt(places);
    for (int tries = 0; tries < RANDOM_TRIES && !isFullPlace(segment, place); tries++) {
      place = random.nextInt(places);
    }
    while (!isFullPlace(segment, place)) {
      place = place + 1 & places - 1;
    }
    return idIn(segment, place);
  }

  private static int idIn(byte[] segment, int place) {
    return Words.int32(segment, GROUPS + (place >>> 3) * GROUP_BYTES + IDS + (place & 7) * 4);
  }

  private static boolean isFullPlace(byte[] segment, int place) {
    return (segment[GROUPS + (place >>> 3) * GROUP_BYTES + (place & 7)] & 0xFE) != 0;
  }
}
