package dev.carillon.engine.value;

/**
 * A sorted table whose rows are a few longs each; the first two or three of them are the key, which
 * is unique and compared as unsigned numbers.
 *
 * <p>Rows lie in chunks of at most {@value #CHUNK_ROWS}, in one array each, and the chunks in a
 * {@link Ring}. So a row costs its longs and little more, the collector has nothing to trace, and
 * the usual life of a list of what is pending (rows come at the end and go near the front) moves
 * almost nothing. Finding is two binary searches. A chunk that is full splits, but not where rows
 * are added behind all others; one that is empty goes; one that is nearly so is joined with its
 * neighbour.
 *
 * <p><b>Copies</b> share their chunks, and whoever changes one that is shared makes its own of it
 * first. So a copy is made in no time, and costs what differs.
 *
 * <p><b>Positions</b> name a row: the chunk in the upper half, the row in the lower one. They are
 * good until a row is inserted or removed; {@link #NONE} is no row. Engine thread only.
 */
final class SortedRows {

  /** No row. */
  static final long NONE = -1;

  private static final int CHUNK_ROWS = 128;
  private static final int CHUNK_ROWS_FIRST = 4;
  private static final Object NOBODY = new Object();

  /** Derived: a chunk's header and fields, and the header of its array. */
  private static final int CHUNK_OVERHEAD_BYTES = 40;

  private final int keyWords;
  private final int rowWords;
  private final Footprint footprint;
  private final Ring<Chunk> chunks;

  /** Who owns the chunks that no copy shares; another one after each copy. */
  private Object owner = this;

  private long size;
  private long chunkBytes;

  /** Rows {@code from} to {@code to - 1} of the array are there. */
  private static final class Chunk {
    long[] words;
    int from;
    int to;

    /** The only one who may change it. */
    Object owner = NOBODY;

    Chunk(long[] words) {
      this.words = words;
    }

    int rows() {
      return to - from;
    }
  }

  /**
   * An empty table.
   *
   * @param keyWords 2 or 3
   * @param rowWords how many longs a row has, its key included
   * @param footprint where the bytes are counted
   */
  SortedRows(int keyWords, int rowWords, Footprint footprint) {
    this(keyWords, rowWords, footprint, new Ring<>(footprint));
  }

  private SortedRows(int keyWords, int rowWords, Footprint footprint, Ring<Chunk> chunks) {
    this.keyWords = keyWords;
    this.rowWords = rowWords;
    this.footprint = footprint;
    this.chunks = chunks;
  }

  /** Stops counting the bytes of this table, which is not needed any more. */
  void release() {
    count(-chunkBytes);
    chunks.release();
  }

  /** An independent copy, counted as if it shared nothing. O(chunks), quickly. */
  SortedRows copy(Footprint target) {
    SortedRows copy = new SortedRows(keyWords, rowWords, target, chunks.copy(target));
    copy.count(chunkBytes);
    copy.size = size;
    owner = new Object();
    return copy;
  }

  /** A chunk that may be changed; positions in it stay good. */
  private Chunk own(int index) {
    Chunk chunk = chunks.get(index);
    if (chunk.owner != owner) {
      Chunk shared = chunk;
      chunk = new Chunk(shared.words.clone());
      chunk.from = shared.from;
      chunk.to = shared.to;
      chunk.owner = owner;
      chunks.set(index, chunk);
    }
    return chunk;
  }

  long size() {
    return size;
  }

  // ------------------------------------------------------------------------------------- walking

  /** The first row, or {@link #NONE}. */
  long first() {
    return size == 0 ? NONE : position(0, chunks.get(0).from);
  }

  /** The last row, or {@link #NONE}. */
  long last() {
    return size == 0 ? NONE : position(chunks.size() - 1, chunks.last().to - 1);
  }

  /** The row behind another one, or {@link #NONE}. */
  long next(long position) {
    int index = chunk(position);
    int row = row(position) + 1;
    if (row < chunks.get(index).to) {
      return position(index, row);
    }
    return index + 1 < chunks.size() ? position(index + 1, chunks.get(index + 1).from) : NONE;
  }

  /** The first row whose key is not below the given one, or {@link #NONE}. */
  long ceiling(long first, long second) {
    return ceiling(first, second, 0);
  }

  /** As {@link #ceiling(long, long)} for keys of three longs. */
  long ceiling(long first, long second, long third) {
    if (size == 0) {
      return NONE;
    }
    int index = chunkFor(first, second, third);
    Chunk chunk = chunks.get(index);
    int row = rowFor(chunk, first, second, third);
    if (row < chunk.to) {
      return position(index, row);
    }
    return index + 1 < chunks.size() ? position(index + 1, chunks.get(index + 1).from) : NONE;
  }

  /** The row with a key, or {@link #NONE}. */
  long find(long first, long second) {
    return find(first, second, 0);
  }

  /** As {@link #find(long, long)} for keys of three longs. */
  long find(long first, long second, long third) {
    if (size == 0) {
      return NONE;
    }
    int index = chunkFor(first, second, third);
    Chunk chunk = chunks.get(index);
    int row = rowFor(chunk, first, second, third);
    return row < chunk.to && compare(chunk, row, first, second, third) == 0
        ? position(index, row)
        : NONE;
  }

  /** A long of a row. */
  long word(long position, int word) {
    return chunks.get(chunk(position)).words[row(position) * rowWords + word];
  }

  // ------------------------------------------------------------------------------------ changing

  /** Sets a long of a row that is not a part of its key. */
  void word(long position, int word, long value) {
    assert word >= keyWords : "keys stay as they are";
    own(chunk(position)).words[row(position) * rowWords + word] = value;
  }

  /** Adds a row with a key that is not there yet; its other longs are undefined. */
  long insert(long first, long second) {
    return insert(first, second, 0);
  }

  /** As {@link #insert(long, long)} for keys of three longs. */
  long insert(long first, long second, long third) {
    size++;
    if (chunks.isEmpty()) {
      addChunk(0, new Chunk(new long[CHUNK_ROWS_FIRST * rowWords]));
    }
    int index = chunkFor(first, second, third);
    Chunk chunk = chunks.get(index);
    int row = rowFor(chunk, first, second, third);
    assert row == chunk.to || compare(chunk, row, first, second, third) != 0 : "the key is there";
    if (row == chunk.to && index == chunks.size() - 1 && isWornOut(chunk)) {
      chunk = new Chunk(new long[CHUNK_ROWS * rowWords]);
      row = 0;
      addChunk(++index, chunk);
    } else {
      chunk = own(index);
      if (chunk.rows() == CHUNK_ROWS) {
        Chunk upper = split(index);
        if (row > chunk.to) {
          row -= chunk.to;
          chunk = upper;
          index++;
        }
      }
    }
    row = makeRoom(chunk, row);
    int at = row * rowWords;
    chunk.words[at] = first;
    chunk.words[at + 1] = second;
    if (keyWords == 3) {
      chunk.words[at + 2] = third;
    }
    return position(index, row);
  }

  /**
   * Removes a row.
   *
   * @return the row behind it, or {@link #NONE}
   */
  long remove(long position) {
    int index = chunk(position);
    int row = row(position);
    Chunk chunk = own(index);
    size--;
    int below = row - chunk.from;
    int behind = chunk.to - 1 - row;
    int next = row;
    if (below < behind) {
      move(chunk, chunk.from, chunk.from + 1, below);
      chunk.from++;
      next++;
    } else {
      move(chunk, row + 1, row, behind);
      chunk.to--;
    }
    if (chunk.rows() == 0) {
      removeChunk(index);
      return index < chunks.size() ? position(index, chunks.get(index).from) : NONE;
    }
    int place = next - chunk.from;
    if (chunk.rows() <= CHUNK_ROWS / 4) {
      if (index + 1 < chunks.size() && join(index)) {
        return position(index, chunk.from + place);
      }
      int before = index == 0 ? 0 : chunks.get(index - 1).rows();
      if (index > 0 && join(index - 1)) {
        index--;
        chunk = chunks.get(index);
        place += before;
      }
    }
    if (place < chunk.rows()) {
      return position(index, chunk.from + place);
    }
    return index + 1 < chunks.size() ? position(index + 1, chunks.get(index + 1).from) : NONE;
  }

  /** Makes room for a row in a chunk that is not full; returns where it is. */
  private int makeRoom(Chunk chunk, int row) {
    int place = row - chunk.from;
    if (chunk.to * rowWords == chunk.words.length) {
      if (chunk.from > 0 && (chunk.from >= chunk.rows() || isGrown(chunk))) {
        // Rows went at the front: the room that they left is used.
        move(chunk, chunk.from, 0, chunk.rows());
        chunk.to -= chunk.from;
        chunk.from = 0;
      } else {
        grow(chunk);
      }
    }
    int at = chunk.from + place;
    move(chunk, at, at + 1, chunk.to - at);
    chunk.to++;
    return at;
  }

  private boolean isGrown(Chunk chunk) {
    return chunk.words.length >= CHUNK_ROWS * rowWords;
  }

  /**
   * Whether the array of a chunk has its final length and no room at its end, and what went at its
   * front is not worth moving all rows.
   */
  private boolean isWornOut(Chunk chunk) {
    return isGrown(chunk) && chunk.to * rowWords == chunk.words.length && chunk.from < chunk.rows();
  }

  private void grow(Chunk chunk) {
    count(-bytes(chunk));
    int rows = Math.min(Math.max(2 * (chunk.to - chunk.from), CHUNK_ROWS_FIRST), CHUNK_ROWS);
    long[] before = chunk.words;
    chunk.words = new long[rows * rowWords];
    System.arraycopy(
        before, chunk.from * rowWords, chunk.words, 0, (chunk.to - chunk.from) * rowWords);
    chunk.to -= chunk.from;
    chunk.from = 0;
    count(bytes(chunk));
  }

  /** Moves the upper half of a full chunk into a new one behind it, which is returned. */
  private Chunk split(int index) {
    Chunk chunk = own(index);
    move(chunk, chunk.from, 0, chunk.rows());
    chunk.to = chunk.rows();
    chunk.from = 0;
    int kept = chunk.to / 2;
    Chunk upper = new Chunk(new long[CHUNK_ROWS * rowWords]);
    upper.to = chunk.to - kept;
    System.arraycopy(chunk.words, kept * rowWords, upper.words, 0, upper.to * rowWords);
    chunk.to = kept;
    addChunk(index + 1, upper);
    return upper;
  }

  /** Takes the rows of the chunk behind if they fit well; returns whether they did. */
  private boolean join(int index) {
    Chunk chunk = chunks.get(index);
    Chunk behind = chunks.get(index + 1);
    if (chunk.rows() + behind.rows() > CHUNK_ROWS / 2) {
      return false;
    }
    chunk = own(index);
    count(-bytes(chunk));
    long[] words = new long[CHUNK_ROWS * rowWords];
    int own = chunk.rows();
    System.arraycopy(chunk.words, chunk.from * rowWords, words, 0, own * rowWords);
    System.arraycopy(
        behind.words, behind.from * rowWords, words, own * rowWords, behind.rows() * rowWords);
    chunk.words = words;
    chunk.from = 0;
    chunk.to = own + behind.rows();
    count(bytes(chunk));
    removeChunk(index + 1);
    return true;
  }

  private void move(Chunk chunk, int from, int to, int rows) {
    System.arraycopy(chunk.words, from * rowWords, chunk.words, to * rowWords, rows * rowWords);
  }

  private void addChunk(int index, Chunk chunk) {
    chunk.owner = owner;
    chunks.insert(index, chunk);
    count(bytes(chunk));
  }

  private void removeChunk(int index) {
    count(-bytes(chunks.get(index)));
    chunks.remove(index);
  }

  private void count(long bytes) {
    chunkBytes += bytes;
    footprint.add(bytes);
  }

  private static long bytes(Chunk chunk) {
    return CHUNK_OVERHEAD_BYTES + (long) Long.BYTES * chunk.words.length;
  }

  // ----------------------------------------------------------------------------------- searching

  /** The chunk in which a key is or belongs: the last one that does not begin behind it. */
  private int chunkFor(long first, long second, long third) {
    int low = 0;
    int high = chunks.size() - 1;
    if (compare(chunks.get(high), chunks.get(high).from, first, second, third) <= 0) {
      return high; // The usual place of a new row.
    }
    while (low < high) {
      int middle = (low + high + 1) >>> 1;
      Chunk chunk = chunks.get(middle);
      if (compare(chunk, chunk.from, first, second, third) <= 0) {
        low = middle;
      } else {
        high = middle - 1;
      }
    }
    return low;
  }

  /** The first row of a chunk whose key is not below the given one; behind the last if none is. */
  private int rowFor(Chunk chunk, long first, long second, long third) {
    int low = chunk.from;
    int high = chunk.to;
    if (low < high && compare(chunk, high - 1, first, second, third) < 0) {
      return high;
    }
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (compare(chunk, middle, first, second, third) < 0) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }

  /** Compares the key of a row with a given one. */
  private int compare(Chunk chunk, int row, long first, long second, long third) {
    long[] words = chunk.words;
    int at = row * rowWords;
    if (words[at] != first) {
      return Long.compareUnsigned(words[at], first);
    }
    if (words[at + 1] != second || keyWords == 2) {
      return Long.compareUnsigned(words[at + 1], second);
    }
    return Long.compareUnsigned(words[at + 2], third);
  }

  private static long position(int chunk, int row) {
    return (long) chunk << 32 | row;
  }

  private static int chunk(long position) {
    return (int) (position >>> 32);
  }

  private static int row(long position) {
    return (int) position;
  }
}
