package dev.carillon.engine.store;

import dev.carillon.engine.time.TimerNodes;
import dev.carillon.protocol.bytes.Bytes;
import java.util.Arrays;

/**
 * The arena of one database, or of one large collection: keys, inline values, deadlines and links
 * of the timer wheel, in pages of bytes that the collector never traces, addressed by stable slot
 * ids.
 *
 * <p>A slot id is an int of at least 1; 0 means none. Ids of freed slots are handed out again. Only
 * the table from ids to addresses knows where a slot lies, so a slot can grow or be moved while the
 * index and the wheel keep its id.
 *
 * <p>A slot is one block of at least 16 bytes, a multiple of 8, little-endian:
 *
 * <pre>
 *   0  id of the slot, at least 1
 *   4  bits 0-23 access clock, 24-27 type, 28 has a deadline, 29 holds an object, 30-31 hint
 *   8  size of the block in units of 8 bytes (16 bits)
 *  10  length of the key (16 bits); 65535: the key is an object
 *  12  length of the inline value, or the number of the value object
 *  16  deadline (8), next link (4), previous link (4): only with a deadline
 *   .  the key, or the number of the key object (4)
 *   .  the inline value
 * </pre>
 *
 * <p>A free block:
 *
 * <pre>
 *   0  0
 *   4  address of the previous free block of the same size, or {@link #NONE} or {@link #UNLINKED}
 *   8  size of the block in units of 8 bytes (32 bits)
 *  12  address of the next free block of the same size, or NONE
 * </pre>
 *
 * <p>An address is the number of a page (15 bits) and the offset in it in units of 8 bytes (17
 * bits): at most 32 GiB. Pages fill from the bottom up to their {@code top}; below it, blocks lie
 * without gaps, so that a page can be walked.
 *
 * <p><b>Allocation.</b> Free blocks are kept in one list for each size, with a bitmap of the lists
 * that are not empty. A request takes a block of its own size, else the smallest larger one, whose
 * rest becomes free again, else fresh bytes of the page that is being filled. A freed block
 * swallows the free block behind it.
 *
 * <p><b>Compaction.</b> {@link #compact} moves the live blocks out of the emptiest page while dead
 * bytes exceed a fifth of the pages. It walks the page from the bottom; blocks ahead of the cursor
 * stay in use, but nothing new is put there, and what is freed there is not linked into a list.
 *
 * <p><b>Views.</b> {@link #key(int, Bytes)} and {@link #value(int, Bytes)} point into a page. A
 * view is valid until {@link #moves()} changes, in-place changes of its own slot aside.
 *
 * <p>Owned by the engine thread. Ids are not checked: passing the id of a freed slot is a bug that
 * only the assertions find.
 */
public class Slots implements TimerNodes {

  /** What {@link #deadline(int)} answers for a slot without one. */
  public static final long NO_DEADLINE = -1;

  /** The longest inline value; longer ones are stored by {@link #object(int, Object)}. */
  public static final int MAX_INLINE = 8 << 10;

  /** The longest key that lies in its block; longer ones are kept as objects. */
  public static final int MAX_INLINE_KEY = 4 << 10;

  static final int ID = 0;
  static final int META = 4;
  static final int SHAPE = 8;
  static final int VALUE = 12;
  static final int DEADLINE = 16;
  static final int NEXT = 24;
  static final int PREVIOUS = 28;
  static final int HEADER_BYTES = 16;
  static final int DEADLINE_BYTES = 16;

  static final int FREE_PREVIOUS = 4;
  static final int FREE_UNITS = 8;
  static final int FREE_NEXT = 12;

  /** No address: its offset lies beyond every page. */
  static final int NONE = -1;

  /** Instead of a previous block: the free block is in no list. Beyond every page as well. */
  static final int UNLINKED = -2;

  private static final int CLOCK_MASK = 0xFFFFFF;
  private static final int TYPE_SHIFT = 24;
  private static final int TYPE_MASK = 0xF;
  private static final int HAS_DEADLINE = 1 << 28;
  private static final int HOLDS_OBJECT = 1 << 29;
  private static final int HINT_SHIFT = 30;

  /** Shifts {@link #HAS_DEADLINE} to {@link #DEADLINE_BYTES}. */
  private static final int DEADLINE_TO_BYTES = 24;

  static final int LARGE_KEY = 0xFFFF;
  private static final int LARGE_KEY_BYTES = 4;

  static final int OFFSET_BITS = 17;
  static final int OFFSET_MASK = (1 << OFFSET_BITS) - 1;
  private static final int MAX_PAGES = 1 << (32 - OFFSET_BITS);
  private static final int MIN_UNITS = 2;

  /** No request is larger; the last list holds every free block of at least this size. */
  static final int MAX_UNITS =
      (HEADER_BYTES + DEADLINE_BYTES + MAX_INLINE_KEY + MAX_INLINE + 7) >>> 3;

  private static final int ID_PAGE_BITS = 14;
  private static final int ID_PAGE_MASK = (1 << ID_PAGE_BITS) - 1;
  private static final int FIRST_ID_PAGE = 64;

  /** Dead bytes that fill fewer than so many of the smallest pages never start a compaction. */
  private static final int DEAD_PAGES_MIN = 4;

  /** How many lists of free blocks there are at first; more come with larger blocks. */
  private static final int FIRST_LISTS = 64;

  /** How many blocks of the page under evacuation an allocation skips before it gives up. */
  private static final int SKIPS_MAX = 8;

  /** What looking at one block costs a compaction, in bytes moved (chosen: one cache line). */
  private static final int BLOCK_COST = 64;

  private static final byte[] NOTHING = {};

  private final PagePool pool;
  private final int smallestPage;
  private final ObjectTable objects = new ObjectTable();

  // State is package-private where SlotsChecker compares it with what the pages say.

  private int[][] addresses = {};
  int nextId = 1;
  private int freeId;
  private int size;

  byte[][] pages = {};
  int[] tops = {};
  int[] liveBytes = {};
  private int[] freePages = {};
  private int freePageCount;
  int pageCount;
  int filling = NONE;
  private int fillingTop;

  int[] lists = {};
  long[] listBits = {};

  int evacuating = NONE;
  int evacuated;

  private long pageBytes;
  private long bumpedBytes;
  long allLiveBytes;
  private long largeKeyBytes;
  private long idBytes;
  private int moves;

  /** An empty arena that takes its pages from {@code pool}; it reserves nothing yet. */
  public Slots(PagePool pool) {
    this(pool, PagePool.SMALLEST_PAGE_BYTES);
  }

  /**
   * The same for an owner of which there may be very many.
   *
   * @param smallestPage the size in bytes of the first pages, a power of two; what is dead counts
   *     in them, too
   */
  public Slots(PagePool pool, int smallestPage) {
    this.pool = pool;
    this.smallestPage = smallestPage;
  }

  // Creating and freeing.

  /**
   * A new slot with an empty inline value, no deadline, hint 0 and access clock 0. O(key length).
   *
   * @param key copied; may be a view into this arena
   * @param type 0 to 15
   * @return the id, at least 1
   */
  public int create(Bytes key, int type) {
    return create(key, type, NO_DEADLINE, NOTHING, 0, 0);
  }

  /**
   * A new slot with its value and deadline, in one allocation. O(key and value length).
   *
   * @param key copied; may be a view into this arena
   * @param type 0 to 15
   * @param deadline epoch milliseconds or {@link #NO_DEADLINE}
   * @param source holds the value; may be a page of this arena
   * @param length of the value, at most {@link #MAX_INLINE}
   * @return the id, at least 1
   */
  public int create(Bytes key, int type, long deadline, byte[] source, int offset, int length) {
    assert (type & ~TYPE_MASK) == 0 : "type out of range: " + type;
    requireInline(length);
    int keyLength = key.length();
    int storedKey = keyLength > MAX_INLINE_KEY ? LARGE_KEY_BYTES : keyLength;
    int meta = type << TYPE_SHIFT | (deadline == NO_DEADLINE ? 0 : HAS_DEADLINE);
    int keyAt = HEADER_BYTES + (meta >>> DEADLINE_TO_BYTES & DEADLINE_BYTES);
    int address = allocate(unitsFor(keyAt + storedKey + length));
    int id = takeId();
    byte[] page = pages[address >>> OFFSET_BITS];
    int at = (address & OFFSET_MASK) << 3;
    int units = Words.int32(page, at + SHAPE);
    Words.int32(page, at + ID, id);
    Words.int32(page, at + META, meta);
    Words.int32(page, at + VALUE, length);
    if (deadline != NO_DEADLINE) {
      Words.int64(page, at + DEADLINE, deadline);
      Words.int64(page, at + NEXT, 0);
    }
    if (keyLength > MAX_INLINE_KEY) {
      Words.int32(page, at + SHAPE, units | LARGE_KEY << 16);
      Words.int32(page, at + keyAt, objects.add(new LargeKey(key.toByteArray())));
      largeKeyBytes += keyLength;
    } else {
      Words.int32(page, at + SHAPE, units | keyLength << 16);
      key.copyTo(page, at + keyAt);
    }
    System.arraycopy(source, offset, page, at + keyAt + storedKey, length);
    addresses[id >>> ID_PAGE_BITS][id & ID_PAGE_MASK] = address;
    size++;
    return id;
  }

  /** Frees a slot, its key and its value. O(1). The id may be handed out again at once. */
  public void free(int id) {
    int address = address(id);
    byte[] page = pages[address >>> OFFSET_BITS];
    int at = (address & OFFSET_MASK) << 3;
    assert Words.int32(page, at + ID) == id : "not a live slot: " + id;
    int meta = Words.int32(page, at + META);
    if ((meta & HOLDS_OBJECT) != 0) {
      objects.remove(Words.int32(page, at + VALUE));
    }
    if (Words.int32(page, at + SHAPE) >>> 16 == LARGE_KEY) {
      LargeKey removed = (LargeKey) objects.remove(Words.int32(page, at + keyAt(meta)));
      largeKeyBytes -= removed.bytes.length;
    }
    releaseBlock(address);
    addresses[id >>> ID_PAGE_BITS][id & ID_PAGE_MASK] = freeId;
    freeId = id;
    size--;
    moves++;
    if (size == 0) {
      resetIds();
    }
  }

  /** Frees every slot and gives all pages back; the arena can be filled again. O(pages). */
  public void release() {
    for (int number = 0; number < pageCount; number++) {
      pool.giveBack(pages[number]);
    }
    pages = new byte[][] {};
    tops = new int[] {};
    liveBytes = new int[] {};
    freePages = new int[] {};
    freePageCount = 0;
    pageCount = 0;
    filling = NONE;
    fillingTop = 0;
    lists = new int[] {};
    listBits = new long[] {};
    evacuating = NONE;
    pageBytes = 0;
    bumpedBytes = 0;
    allLiveBytes = 0;
    largeKeyBytes = 0;
    objects.clear();
    size = 0;
    moves++;
    resetIds();
  }

  /** How many slots there are. */
  public int size() {
    return size;
  }

  // The key.

  /** Whether the key of the slot is the range. O(length), allocates nothing. */
  public boolean keyEquals(int id, byte[] array, int offset, int length) {
    int address = addresses[id >>> ID_PAGE_BITS][id & ID_PAGE_MASK];
    byte[] page = pages[address >>> OFFSET_BITS];
    int at = (address & OFFSET_MASK) << 3;
    int keyLength = Words.int32(page, at + SHAPE) >>> 16;
    int keyAt = at + keyAt(Words.int32(page, at + META));
    if (keyLength == length && keyLength != LARGE_KEY) {
      return Words.equal(page, keyAt, array, offset, length);
    }
    return keyLength == LARGE_KEY && largeKey(page, keyAt).equalTo(array, offset, length);
  }

  /** Points {@code view} at the key of the slot; see the class about its validity. */
  public Bytes key(int id, Bytes view) {
    int address = address(id);
    byte[] page = pages[address >>> OFFSET_BITS];
    int at = (address & OFFSET_MASK) << 3;
    int keyLength = Words.int32(page, at + SHAPE) >>> 16;
    int keyAt = at + keyAt(Words.int32(page, at + META));
    if (keyLength == LARGE_KEY) {
      byte[] bytes = largeKey(page, keyAt).bytes;
      return view.pointTo(bytes, 0, bytes.length);
    }
    return view.pointTo(page, keyAt, keyLength);
  }

  /** The length of the key in bytes. */
  public int keyLength(int id) {
    int address = address(id);
    byte[] page = pages[address >>> OFFSET_BITS];
    int at = (address & OFFSET_MASK) << 3;
    int keyLength = Words.int32(page, at + SHAPE) >>> 16;
    return keyLength != LARGE_KEY
        ? keyLength
        : largeKey(page, at + keyAt(Words.int32(page, at + META))).bytes.length;
  }

  /**
   * The hash of the key. Computed from the bytes, save for large keys, which remember it: moving
   * one within the index must not cost a pass over megabytes.
   *
   * @param hash always the same one for this arena
   */
  long keyHash(int id, KeyHash hash) {
    int address = address(id);
    byte[] page = pages[address >>> OFFSET_BITS];
    int at = (address & OFFSET_MASK) << 3;
    int keyLength = Words.int32(page, at + SHAPE) >>> 16;
    int keyAt = at + keyAt(Words.int32(page, at + META));
    if (keyLength != LARGE_KEY) {
      return hash.of(page, keyAt, keyLength);
    }
    LargeKey key = largeKey(page, keyAt);
    if (!key.isHashed) {
      key.hash = hash.of(key.bytes, 0, key.bytes.length);
      key.isHashed = true;
    }
    return key.hash;
  }

  // Small facts.

  /** The type of the value, 0 to 15, as the caller set it. */
  public int type(int id) {
    return meta(id) >>> TYPE_SHIFT & TYPE_MASK;
  }

  /** Sets the type of the value, 0 to 15. */
  public void type(int id, int code) {
    assert (code & ~TYPE_MASK) == 0 : "type out of range: " + code;
    meta(id, (meta(id) & ~(TYPE_MASK << TYPE_SHIFT)) | code << TYPE_SHIFT);
  }

  /** Two bits that belong to the caller. */
  public int hint(int id) {
    return meta(id) >>> HINT_SHIFT;
  }

  /** Sets the two bits that belong to the caller. */
  public void hint(int id, int hint) {
    assert (hint & ~3) == 0 : "hint out of range: " + hint;
    meta(id, (meta(id) & ~(3 << HINT_SHIFT)) | hint << HINT_SHIFT);
  }

  /** The access clock, 24 bits. */
  public int access(int id) {
    return meta(id) & CLOCK_MASK;
  }

  /**
   * Sets the access clock. Writes only where it differs, so that reading a key dirties no memory
   * more often than the clock ticks.
   *
   * @param clock the lowest 24 bits count
   */
  public void access(int id, int clock) {
    int address = address(id);
    byte[] page = pages[address >>> OFFSET_BITS];
    int at = ((address & OFFSET_MASK) << 3) + META;
    int meta = Words.int32(page, at);
    if (((meta ^ clock) & CLOCK_MASK) != 0) {
      Words.int32(page, at, (meta & ~CLOCK_MASK) | (clock & CLOCK_MASK));
    }
  }

  // The deadline and the links of the wheel.

  /** Whether the slot has a deadline. */
  public boolean hasDeadline(int id) {
    return (meta(id) & HAS_DEADLINE) != 0;
  }

  /** The deadline in epoch milliseconds, or {@link #NO_DEADLINE}. */
  @Override
  public long deadline(int id) {
    int address = address(id);
    byte[] page = pages[address >>> OFFSET_BITS];
    int at = (address & OFFSET_MASK) << 3;
    return (Words.int32(page, at + META) & HAS_DEADLINE) == 0
        ? NO_DEADLINE
        : Words.int64(page, at + DEADLINE);
  }

  /**
   * Sets, replaces or removes the deadline; both links become 0. The caller has taken the slot out
   * of the wheel before and puts it in again. O(1) where there was one, else O(slot), for the slot
   * grows or shrinks by 16 bytes.
   *
   * @param millis epoch milliseconds, or {@link #NO_DEADLINE} to remove it
   */
  public void deadline(int id, long millis) {
    int address = address(id);
    byte[] page = pages[address >>> OFFSET_BITS];
    int at = (address & OFFSET_MASK) << 3;
    boolean has = (Words.int32(page, at + META) & HAS_DEADLINE) != 0;
    boolean wanted = millis != NO_DEADLINE;
    if (has != wanted) {
      int fresh = reshape(id, address, wanted, inlineLength(page, at), 0);
      if (fresh != address) {
        releaseBlock(address);
      }
      page = pages[fresh >>> OFFSET_BITS];
      at = (fresh & OFFSET_MASK) << 3;
    }
    if (wanted) {
      Words.int64(page, at + DEADLINE, millis);
      Words.int64(page, at + NEXT, 0);
    }
  }

  @Override
  public int next(int id) {
    int address = address(id);
    return Words.int32(pages[address >>> OFFSET_BITS], ((address & OFFSET_MASK) << 3) + NEXT);
  }

  @Override
  public int previous(int id) {
    int address = address(id);
    return Words.int32(pages[address >>> OFFSET_BITS], ((address & OFFSET_MASK) << 3) + PREVIOUS);
  }

  @Override
  public void next(int id, int other) {
    assert hasDeadline(id) : "a slot without deadline has no links: " + id;
    int address = address(id);
    Words.int32(pages[address >>> OFFSET_BITS], ((address & OFFSET_MASK) << 3) + NEXT, other);
  }

  @Override
  public void previous(int id, int other) {
    assert hasDeadline(id) : "a slot without deadline has no links: " + id;
    int address = address(id);
    Words.int32(pages[address >>> OFFSET_BITS], ((address & OFFSET_MASK) << 3) + PREVIOUS, other);
  }

  // The value.

  /** Whether the value is an object rather than inline bytes. */
  public boolean holdsObject(int id) {
    return (meta(id) & HOLDS_OBJECT) != 0;
  }

  /** The value object; only where {@link #holdsObject}. */
  public Object object(int id) {
    int address = address(id);
    byte[] page = pages[address >>> OFFSET_BITS];
    int at = (address & OFFSET_MASK) << 3;
    assert (Words.int32(page, at + META) & HOLDS_OBJECT) != 0 : "not an object: " + id;
    return objects.get(Words.int32(page, at + VALUE));
  }

  /** Makes {@code value} the value; replaces an object or frees the inline bytes. O(1). */
  public void object(int id, Object value) {
    int address = address(id);
    byte[] page = pages[address >>> OFFSET_BITS];
    int at = (address & OFFSET_MASK) << 3;
    int meta = Words.int32(page, at + META);
    if ((meta & HOLDS_OBJECT) != 0) {
      objects.set(Words.int32(page, at + VALUE), value);
      return;
    }
    Words.int32(page, at + META, meta | HOLDS_OBJECT);
    Words.int32(page, at + VALUE, objects.add(value));
    trim(address, page, at, valueAt(page, at) - at);
  }

  /** The length of the inline value in bytes; only where not {@link #holdsObject}. */
  public int valueLength(int id) {
    int address = address(id);
    byte[] page = pages[address >>> OFFSET_BITS];
    int at = (address & OFFSET_MASK) << 3;
    assert (Words.int32(page, at + META) & HOLDS_OBJECT) == 0 : "an object: " + id;
    return Words.int32(page, at + VALUE);
  }

  /**
   * Points {@code view} at the inline value; only where not {@link #holdsObject}. The owner of the
   * slot may write to the bytes of the view.
   */
  public Bytes value(int id, Bytes view) {
    int address = address(id);
    byte[] page = pages[address >>> OFFSET_BITS];
    int at = (address & OFFSET_MASK) << 3;
    assert (Words.int32(page, at + META) & HOLDS_OBJECT) == 0 : "an object: " + id;
    return view.pointTo(page, valueAt(page, at), Words.int32(page, at + VALUE));
  }

  /**
   * Replaces the value, inline or object, by inline bytes: in place where they fit. Type, hint,
   * clock, deadline and links stay. O(length), and O(key) where the slot moves.
   *
   * @param source holds the value; may be a page of this arena, even this very slot
   * @param length at most {@link #MAX_INLINE}
   */
  public void value(int id, byte[] source, int offset, int length) {
    requireInline(length);
    int address = addresses[id >>> ID_PAGE_BITS][id & ID_PAGE_MASK];
    byte[] page = pages[address >>> OFFSET_BITS];
    int at = (address & OFFSET_MASK) << 3;
    int meta = Words.int32(page, at + META);
    int shape = Words.int32(page, at + SHAPE);
    int valueAt = at + keyAt(meta) + storedKey(shape);
    int room = at + ((shape & 0xFFFF) << 3) - valueAt;
    if (length > room) {
      rewrite(id, address, (meta & HAS_DEADLINE) != 0, source, offset, length);
      return;
    }
    if ((meta & HOLDS_OBJECT) != 0) {
      objects.remove(Words.int32(page, at + VALUE));
      Words.int32(page, at + META, meta & ~HOLDS_OBJECT);
    }
    System.arraycopy(source, offset, page, valueAt, length);
    Words.int32(page, at + VALUE, length);
    if (room - length >= 8 * MIN_UNITS) {
      trim(address, page, at, valueAt + length - at);
    }
  }

  /**
   * Changes the length of the inline value: keeps the common prefix and zero-fills the rest. The
   * bytes are then reached, and written, through {@link #value(int, Bytes)}. Growth leaves an
   * eighth of spare room, because what grew once tends to grow again; compaction takes it back.
   *
   * @param newLength at most {@link #MAX_INLINE}
   */
  public void resizeValue(int id, int newLength) {
    requireInline(newLength);
    int address = address(id);
    byte[] page = pages[address >>> OFFSET_BITS];
    int at = (address & OFFSET_MASK) << 3;
    int meta = Words.int32(page, at + META);
    assert (meta & HOLDS_OBJECT) == 0 : "an object: " + id;
    int oldLength = Words.int32(page, at + VALUE);
    int spare = newLength > oldLength ? Math.min(newLength >>> 3, MAX_INLINE - newLength) : 0;
    int fresh = reshape(id, address, (meta & HAS_DEADLINE) != 0, newLength, spare);
    byte[] freshPage = pages[fresh >>> OFFSET_BITS];
    int valueAt = valueAt(freshPage, (fresh & OFFSET_MASK) << 3);
    if (newLength > oldLength) {
      Arrays.fill(freshPage, valueAt + oldLength, valueAt + newLength, (byte) 0);
    }
    if (fresh != address) {
      releaseBlock(address);
    }
  }

  /** What an index of this arena uses for a moment. */
  IndexScratch scratch() {
    return pool.scratch();
  }

  // What it costs.

  /** What the block of the slot occupies in the arena, spare room included; not its objects. */
  public int blockBytes(int id) {
    int address = address(id);
    return units(pages[address >>> OFFSET_BITS], (address & OFFSET_MASK) << 3) << 3;
  }

  /** The bytes of live blocks, of large keys, and of the table entries of the slots. */
  public long usedBytes() {
    return allLiveBytes + largeKeyBytes + 4L * size + 8L * objects.size();
  }

  /** The bytes of pages, of large keys and of tables, whether in use or not. */
  public long reservedBytes() {
    return pageBytes
        + largeKeyBytes
        + idBytes
        + objects.reservedBytes()
        + 4L * lists.length
        + 16L * pages.length;
  }

  /**
   * How often a block has been moved, split or freed. A view may be read as long as this is what it
   * was when the view was pointed.
   */
  public int moves() {
    return moves;
  }

  // Compaction.

  /**
   * Gives dead bytes back to the pool by moving live blocks out of the emptiest pages, as long as
   * more than a fifth of the pages is dead. To be called between turns: no view survives it. Where
   * nothing is to be done it costs a few comparisons; choosing a page is O(pages).
   *
   * @param budgetBytes roughly how many bytes to move at most; each block looked at counts 64 more
   * @return whether there is more to do
   */
  public boolean compact(int budgetBytes) {
    int left = budgetBytes;
    if (size == 0 && bumpedBytes >= deadBytesMin()) {
      release();
    }
    while (evacuating != NONE || chooseSparsePage()) {
      if (left <= 0) {
        return true;
      }
      left -= BLOCK_COST + evacuateBlock();
    }
    return false;
  }

  private long deadBytesMin() {
    return (long) DEAD_PAGES_MIN * smallestPage;
  }

  private boolean chooseSparsePage() {
    long dead = bumpedBytes - allLiveBytes;
    if (dead < deadBytesMin() || dead * 5 < pageBytes) {
      return false;
    }
    int sparse = NONE;
    int deadMost = 0;
    for (int number = 0; number < pageCount; number++) {
      if (number != filling) {
        int deadHere = tops[number] - liveBytes[number];
        if (deadHere > deadMost) {
          sparse = number;
          deadMost = deadHere;
        }
      }
    }
    // A page that is nearly full is not worth the move, whatever the page being filled looks like.
    if (sparse == NONE || deadMost * 8L < tops[sparse]) {
      return false;
    }
    evacuating = sparse;
    evacuated = 0;
    return true;
  }

  /** Takes one step through the page under evacuation; answers how many bytes were moved. */
  private int evacuateBlock() {
    int number = evacuating;
    if (evacuated == tops[number]) {
      evacuating = NONE;
      dropPage(number);
      return 0;
    }
    byte[] page = pages[number];
    int at = evacuated;
    int address = number << OFFSET_BITS | at >>> 3;
    int id = Words.int32(page, at + ID);
    if (id == 0) {
      evacuated += Words.int32(page, at + FREE_UNITS) << 3;
      if (Words.int32(page, at + FREE_PREVIOUS) != UNLINKED) {
        unlink(address, page, at);
      }
      return 0;
    }
    int bytes = units(page, at) << 3;
    moveOut(
        id,
        address,
        (Words.int32(page, at + META) & HAS_DEADLINE) != 0,
        inlineLength(page, at),
        inlineLength(page, at),
        0);
    evacuated += bytes;
    liveBytes[number] -= bytes;
    allLiveBytes -= bytes;
    moves++;
    return bytes;
  }

  private void dropPage(int number) {
    assert liveBytes[number] == 0 : "live bytes in a page that was evacuated: " + number;
    byte[] page = pages[number];
    pageBytes -= page.length;
    bumpedBytes -= tops[number];
    tops[number] = 0;
    pages[number] = NOTHING;
    pool.giveBack(page);
    if (freePageCount == freePages.length) {
      freePages = Arrays.copyOf(freePages, Math.max(4, freePageCount * 2));
    }
    freePages[freePageCount++] = number;
  }

  // Reading a block.

  /** Where a slot lies now, in no form that means anything elsewhere: for looking ahead. */
  final int address(int id) {
    return addresses[id >>> ID_PAGE_BITS][id & ID_PAGE_MASK];
  }

  /** Reads the first two cache lines of a slot; answers something that depends on them. */
  int touch(int id) {
    int address = addresses[id >>> ID_PAGE_BITS][id & ID_PAGE_MASK];
    byte[] page = pages[address >>> OFFSET_BITS];
    int at = (address & OFFSET_MASK) << 3;
    int next = at + 64 + Integer.BYTES <= page.length ? at + 64 : at;
    return Words.int32(page, at) ^ Words.int32(page, next);
  }

  private int meta(int id) {
    int address = address(id);
    return Words.int32(pages[address >>> OFFSET_BITS], ((address & OFFSET_MASK) << 3) + META);
  }

  private void meta(int id, int meta) {
    int address = address(id);
    Words.int32(pages[address >>> OFFSET_BITS], ((address & OFFSET_MASK) << 3) + META, meta);
  }

  private static int units(byte[] page, int at) {
    return Words.int32(page, at + SHAPE) & 0xFFFF;
  }

  /** Where the key begins, counted from the start of the block. */
  private static int keyAt(int meta) {
    return HEADER_BYTES + (meta >>> DEADLINE_TO_BYTES & DEADLINE_BYTES);
  }

  /** How many bytes of the block the key takes. */
  private static int storedKey(int shape) {
    int keyLength = shape >>> 16;
    return keyLength == LARGE_KEY ? LARGE_KEY_BYTES : keyLength;
  }

  /** Where the value begins, counted from the start of the page. */
  private static int valueAt(byte[] page, int at) {
    return at + keyAt(Words.int32(page, at + META)) + storedKey(Words.int32(page, at + SHAPE));
  }

  /** How many bytes of the block the value takes. */
  private static int inlineLength(byte[] page, int at) {
    return (Words.int32(page, at + META) & HOLDS_OBJECT) == 0 ? Words.int32(page, at + VALUE) : 0;
  }

  private LargeKey largeKey(byte[] page, int keyAt) {
    return (LargeKey) objects.get(Words.int32(page, keyAt));
  }

  private static void requireInline(int length) {
    if (length < 0 || length > MAX_INLINE) {
      throw new IllegalArgumentException(
          "an inline value has 0 to " + MAX_INLINE + " bytes, not " + length);
    }
  }

  private static int unitsFor(int bytes) {
    return Math.max(MIN_UNITS, (bytes + 7) >>> 3);
  }

  // Changing the shape of a block.

  /**
   * Gives the slot room for {@code length} inline bytes and for a deadline or none, in place where
   * that fits. Where an inline value was, its length becomes {@code length} and the common prefix
   * is kept.
   *
   * @return the address of the slot; where it is a new one, the caller releases the old block
   */
  private int reshape(int id, int address, boolean deadline, int length, int spare) {
    byte[] page = pages[address >>> OFFSET_BITS];
    int at = (address & OFFSET_MASK) << 3;
    int meta = Words.int32(page, at + META);
    int shape = Words.int32(page, at + SHAPE);
    int storedKey = storedKey(shape);
    int kept = Math.min(length, inlineLength(page, at));
    int newMeta = deadline ? meta | HAS_DEADLINE : meta & ~HAS_DEADLINE;
    int bytes = keyAt(newMeta) + storedKey + length;
    if (bytes > (shape & 0xFFFF) << 3) {
      return moveOut(id, address, deadline, kept, length, spare);
    }
    if (newMeta != meta) {
      System.arraycopy(page, at + keyAt(meta), page, at + keyAt(newMeta), storedKey + kept);
      Words.int32(page, at + META, newMeta);
      moves++;
    }
    if ((meta & HOLDS_OBJECT) == 0) {
      Words.int32(page, at + VALUE, length);
    }
    trim(address, page, at, bytes);
    return address;
  }

  /**
   * Copies the slot to a new block: its header, links, key, and the first {@code kept} bytes of its
   * inline value, with room for {@code length} of them and {@code spare} more. The old block stays
   * as it is, so that a source that lies in it can still be copied; the caller releases it.
   *
   * @return the new address, which the id already leads to
   */
  private int moveOut(int id, int address, boolean deadline, int kept, int length, int spare) {
    byte[] page = pages[address >>> OFFSET_BITS];
    int at = (address & OFFSET_MASK) << 3;
    int meta = Words.int32(page, at + META);
    int shape = Words.int32(page, at + SHAPE);
    int storedKey = storedKey(shape);
    int newMeta = deadline ? meta | HAS_DEADLINE : meta & ~HAS_DEADLINE;
    int fresh = allocate(unitsFor(keyAt(newMeta) + storedKey + length + spare));
    byte[] freshPage = pages[fresh >>> OFFSET_BITS];
    int freshAt = (fresh & OFFSET_MASK) << 3;
    int freshUnits = Words.int32(freshPage, freshAt + SHAPE);
    Words.int32(freshPage, freshAt + ID, id);
    Words.int32(freshPage, freshAt + META, newMeta);
    Words.int32(freshPage, freshAt + SHAPE, freshUnits | (shape & 0xFFFF0000));
    boolean isObject = (meta & HOLDS_OBJECT) != 0;
    Words.int32(freshPage, freshAt + VALUE, isObject ? Words.int32(page, at + VALUE) : length);
    if (deadline) {
      boolean had = (meta & HAS_DEADLINE) != 0;
      Words.int64(freshPage, freshAt + DEADLINE, had ? Words.int64(page, at + DEADLINE) : 0);
      Words.int64(freshPage, freshAt + NEXT, had ? Words.int64(page, at + NEXT) : 0);
    }
    System.arraycopy(page, at + keyAt(meta), freshPage, freshAt + keyAt(newMeta), storedKey + kept);
    addresses[id >>> ID_PAGE_BITS][id & ID_PAGE_MASK] = fresh;
    return fresh;
  }

  /** Moves the slot to a new block with this value. */
  private void rewrite(
      int id, int address, boolean deadline, byte[] source, int offset, int length) {
    byte[] page = pages[address >>> OFFSET_BITS];
    int at = (address & OFFSET_MASK) << 3;
    int fresh = moveOut(id, address, deadline, 0, length, 0);
    byte[] freshPage = pages[fresh >>> OFFSET_BITS];
    int freshAt = (fresh & OFFSET_MASK) << 3;
    int meta = Words.int32(page, at + META);
    if ((meta & HOLDS_OBJECT) != 0) {
      objects.remove(Words.int32(page, at + VALUE));
      Words.int32(
          freshPage, freshAt + META, Words.int32(freshPage, freshAt + META) & ~HOLDS_OBJECT);
      Words.int32(freshPage, freshAt + VALUE, length);
    }
    System.arraycopy(source, offset, freshPage, valueAt(freshPage, freshAt), length);
    releaseBlock(address);
  }

  /** Frees the end of a block of which {@code bytes} are needed, if that is a quarter or more. */
  private void trim(int address, byte[] page, int at, int bytes) {
    int shape = Words.int32(page, at + SHAPE);
    int units = shape & 0xFFFF;
    int needed = unitsFor(bytes);
    int rest = units - needed;
    if (rest < MIN_UNITS || rest << 2 < units) {
      return;
    }
    Words.int32(page, at + SHAPE, (shape & 0xFFFF0000) | needed);
    int number = address >>> OFFSET_BITS;
    liveBytes[number] -= rest << 3;
    allLiveBytes -= rest << 3;
    moves++;
    addFree(number, page, at + (needed << 3), rest);
  }

  // Ids.

  private int takeId() {
    int id = freeId;
    if (id != 0) {
      freeId = addresses[id >>> ID_PAGE_BITS][id & ID_PAGE_MASK];
      return id;
    }
    id = nextId;
    if (id < 0) {
      throw new IllegalStateException("a database holds at most 2147483647 keys");
    }
    growIdsTo(id);
    nextId = id + 1;
    return id;
  }

  private void growIdsTo(int id) {
    int number = id >>> ID_PAGE_BITS;
    if (number >= addresses.length) {
      int length = Math.max(number + 1, Math.min(addresses.length * 2, 1 << (31 - ID_PAGE_BITS)));
      addresses = Arrays.copyOf(addresses, length);
    }
    int[] page = addresses[number];
    if (page == null) {
      int length = number == 0 ? FIRST_ID_PAGE : 1 << ID_PAGE_BITS;
      addresses[number] = new int[length];
      idBytes += 4L * length;
    } else if ((id & ID_PAGE_MASK) >= page.length) {
      addresses[number] = Arrays.copyOf(page, page.length * 2);
      idBytes += 4L * page.length;
    }
  }

  /** Starts again with id 1. Only where there are no slots. */
  private void resetIds() {
    freeId = 0;
    nextId = 1;
    if (addresses.length > 1) {
      addresses = new int[][] {};
      idBytes = 0;
    }
  }

  // Blocks.

  /**
   * A block of {@code units}, perhaps one more; its size is set, and 0 stands for the length of the
   * key.
   */
  private int allocate(int units) {
    int address = takeFree(units);
    if (address == NONE) {
      address = takeFresh(units);
    }
    int number = address >>> OFFSET_BITS;
    int bytes = Words.int32(pages[number], ((address & OFFSET_MASK) << 3) + FREE_UNITS) << 3;
    liveBytes[number] += bytes;
    allLiveBytes += bytes;
    return address;
  }

  /** A block from the lists, cut to size, or {@link #NONE}. */
  private int takeFree(int units) {
    for (int skips = 0; skips < SKIPS_MAX; skips++) {
      int list = listFrom(units);
      if (list == NONE) {
        return NONE;
      }
      int address = lists[list];
      int number = address >>> OFFSET_BITS;
      byte[] page = pages[number];
      int at = (address & OFFSET_MASK) << 3;
      unlink(address, page, at);
      if (number != evacuating) {
        int rest = Words.int32(page, at + FREE_UNITS) - units;
        if (rest >= MIN_UNITS) {
          Words.int32(page, at + FREE_UNITS, units);
          link(number, page, at + (units << 3), rest);
        }
        return address;
      }
      Words.int32(page, at + FREE_PREVIOUS, UNLINKED);
    }
    return NONE;
  }

  /** The list of the smallest blocks of at least {@code units}, or {@link #NONE}. */
  private int listFrom(int units) {
    int word = units >>> 6;
    if (word >= listBits.length) {
      return NONE;
    }
    long bits = listBits[word] & -1L << units;
    while (bits == 0) {
      if (++word == listBits.length) {
        return NONE;
      }
      bits = listBits[word];
    }
    return (word << 6) + Long.numberOfTrailingZeros(bits);
  }

  /** A block from the top of the page that is being filled. */
  private int takeFresh(int units) {
    int bytes = units << 3;
    if (filling == NONE || fillingTop + bytes > pages[filling].length) {
      fillNextPage(bytes);
    }
    int at = fillingTop;
    fillingTop += bytes;
    tops[filling] = fillingTop;
    bumpedBytes += bytes;
    Words.int32(pages[filling], at + FREE_UNITS, units);
    return filling << OFFSET_BITS | at >>> 3;
  }

  private void fillNextPage(int bytesNeeded) {
    if (freePageCount == 0 && pageCount == MAX_PAGES) {
      throw new IllegalStateException("the arena of a database ends at 32 GiB");
    }
    byte[] page = pool.take(pageBytes, smallestPage, bytesNeeded);
    if (filling != NONE) {
      int rest = pages[filling].length - fillingTop;
      if (rest >= 8 * MIN_UNITS) {
        tops[filling] = fillingTop + rest;
        bumpedBytes += rest;
        link(filling, pages[filling], fillingTop, rest >>> 3);
      }
    }
    int number = freePageCount > 0 ? freePages[--freePageCount] : pageCount++;
    if (number == pages.length) {
      int length = Math.min(MAX_PAGES, Math.max(4, number * 2));
      pages = Arrays.copyOf(pages, length);
      tops = Arrays.copyOf(tops, length);
      liveBytes = Arrays.copyOf(liveBytes, length);
    }
    pages[number] = page;
    pageBytes += page.length;
    filling = number;
    fillingTop = 0;
  }

  /** Frees the block at {@code address}. */
  private void releaseBlock(int address) {
    int number = address >>> OFFSET_BITS;
    byte[] page = pages[number];
    int at = (address & OFFSET_MASK) << 3;
    int units = units(page, at);
    liveBytes[number] -= units << 3;
    allLiveBytes -= units << 3;
    moves++;
    addFree(number, page, at, units);
  }

  /** Makes {@code units} at {@code at} a free block, together with the free block behind it. */
  void addFree(int number, byte[] page, int at, int units) {
    if (number == evacuating) {
      Words.int32(page, at + ID, 0);
      Words.int32(page, at + FREE_PREVIOUS, UNLINKED);
      Words.int32(page, at + FREE_UNITS, units);
      return;
    }
    int merged = units;
    int behind = at + (units << 3);
    if (behind < tops[number] && Words.int32(page, behind + ID) == 0) {
      merged += Words.int32(page, behind + FREE_UNITS);
      unlink(number << OFFSET_BITS | behind >>> 3, page, behind);
    }
    link(number, page, at, merged);
  }

  private void link(int number, byte[] page, int at, int units) {
    int list = Math.min(units, MAX_UNITS);
    if (list >= lists.length) {
      growLists(list);
    }
    int address = number << OFFSET_BITS | at >>> 3;
    int head = lists[list];
    Words.int32(page, at + ID, 0);
    Words.int32(page, at + FREE_PREVIOUS, NONE);
    Words.int32(page, at + FREE_UNITS, units);
    Words.int32(page, at + FREE_NEXT, head);
    if (head != NONE) {
      Words.int32(
          pages[head >>> OFFSET_BITS], ((head & OFFSET_MASK) << 3) + FREE_PREVIOUS, address);
    }
    lists[list] = address;
    listBits[list >>> 6] |= 1L << list;
  }

  /** Makes a list for blocks of that size. There are never many, so that this takes no time. */
  private void growLists(int list) {
    int before = lists.length;
    int length = Math.max(FIRST_LISTS, Integer.highestOneBit(list) << 1);
    lists = Arrays.copyOf(lists, Math.min(length, MAX_UNITS + 1));
    Arrays.fill(lists, before, lists.length, NONE);
    listBits = Arrays.copyOf(listBits, (lists.length - 1 >>> 6) + 1);
  }

  private void unlink(int address, byte[] page, int at) {
    int previous = Words.int32(page, at + FREE_PREVIOUS);
    int next = Words.int32(page, at + FREE_NEXT);
    if (next != NONE) {
      Words.int32(
          pages[next >>> OFFSET_BITS], ((next & OFFSET_MASK) << 3) + FREE_PREVIOUS, previous);
    }
    if (previous != NONE) {
      Words.int32(
          pages[previous >>> OFFSET_BITS], ((previous & OFFSET_MASK) << 3) + FREE_NEXT, next);
      return;
    }
    int list = Math.min(Words.int32(page, at + FREE_UNITS), MAX_UNITS);
    assert lists[list] == address : "a free block without a previous one that heads no list";
    lists[list] = next;
    if (next == NONE) {
      listBits[list >>> 6] &= ~(1L << list);
    }
  }

  /** A key that is too large for a block. */
  private static final class LargeKey {
    final byte[] bytes;
    long hash;
    boolean isHashed;

    LargeKey(byte[] bytes) {
      this.bytes = bytes;
    }

    boolean equalTo(byte[] array, int offset, int length) {
      return Arrays.equals(bytes, 0, bytes.length, array, offset, offset + length);
    }
  }
}
