package dev.carillon.engine.value;

import dev.carillon.protocol.bytes.Bytes;
import dev.carillon.protocol.bytes.Numerals;
import org.jspecify.annotations.Nullable;

/**
 * A long list: a ring of {@link ListChunk chunks}, each a listpack of some kilobytes or one large
 * element. Pushing and popping at the ends takes constant time; an index is found by walking the
 * chunks from the nearer end, so that it takes n divided by the elements of a chunk.
 *
 * <p>How elements are spread over chunks follows what Redis does with the nodes of its quicklists
 * (observed in what DUMP of 7.0.15 answers): when one is full, which one takes an element that is
 * put between two, which ones are joined afterwards. So DUMP has the same nodes, and the list
 * becomes small again, for OBJECT ENCODING, when Redis' would.
 *
 * <p>Elements are numbered from 0. Methods that take an index require it to be there.
 *
 * <p>A chunk that an {@linkplain #image image} has not passed yet is older than the list's epoch,
 * and is copied before it changes. Engine thread only.
 */
public final class ListValue extends Value {

  /** Chosen: no chunk gets larger, whatever the limit of the list says, or nothing at all. */
  private static final int CHUNK_BYTES_MAX = 64 << 10;

  /** Derived: 64 bytes of this object, 16 of the ring's header, 36 of the scratch, 4 to align. */
  private static final int OVERHEAD_BYTES = 120;

  /**
   * What Redis thinks that two listpacks save when they become one (observed on 7.0.15); it is
   * less.
   */
  private static final int MERGED_BYTES_SAVED = 11;

  /**
   * Chosen: a list of so many chunks fills the next one too, so that it gets all its room at once
   * instead of being moved again and again while it grows.
   */
  private static final int GROWING_CHUNKS = 4;

  private static final int BYTES_PER_PLACE = 4;
  private static final int FIRST_PLACES = 4;

  private final ListLimit limit;
  private final byte[] scratch = new byte[Numerals.LONG_LENGTH_MAX];

  /** A power of two places, of which {@link #chunks} are taken, from {@link #head} on. */
  private ListChunk[] ring = new ListChunk[FIRST_PLACES];

  private int head;
  private int chunks;
  private long size;
  private long chunkBytes;
  private boolean whole;
  private int epoch;
  private @Nullable ListImage image;

  /**
   * An empty list.
   *
   * @param limit how much a chunk holds
   */
  public ListValue(ListLimit limit) {
    this.limit = limit;
  }

  @Override
  public ValueType type() {
    return ValueType.LIST;
  }

  /** How many elements there are. */
  public long size() {
    return size;
  }

  @Override
  public boolean isEmpty() {
    return size == 0;
  }

  @Override
  public long sizeBytes() {
    return OVERHEAD_BYTES + (long) ring.length * BYTES_PER_PLACE + chunkBytes;
  }

  @Override
  public long parts() {
    return chunks;
  }

  @Override
  public ListValue copy() {
    ListValue copy = new ListValue(limit);
    for (int i = 0; i < chunks; i++) {
      copy.add(copy.chunks, chunk(i).copy());
    }
    copy.size = size;
    copy.whole = whole;
    return copy;
  }

  /**
   * What the list is now, while it goes on changing; an image from before must not be asked any
   * more. O(chunks), a reference each.
   */
  public ListImage image() {
    ListChunk[] all = new ListChunk[chunks];
    int first = head & ring.length - 1;
    int atOnce = Math.min(chunks, ring.length - first);
    System.arraycopy(ring, first, all, 0, atOnce);
    System.arraycopy(ring, 0, all, atOnce, chunks - atOnce);
    epoch++;
    ListImage made = new ListImage(this, all, epoch);
    image = made;
    return made;
  }

  void forget(ListImage gone) {
    if (image == gone) {
      image = null;
    }
  }

  // --------------------------------------------------------------------------------------- chunks

  /** How many chunks there are; for those who write or read them as a whole. */
  public int chunkCount() {
    return chunks;
  }

  /** The bytes of a chunk: a listpack, or an element if the chunk {@link #isPlain}. */
  public Bytes chunkBytes(int index) {
    return chunk(index).bytes();
  }

  /** Whether a chunk is one large element. */
  public boolean isPlain(int index) {
    return chunk(index).isPlain();
  }

  /** Adds a chunk with a copy of a listpack behind all others; one that is empty adds nothing. */
  public void addListpack(Bytes pack) {
    int entries = Listpack.count(pack);
    if (entries == 0) {
      return;
    }
    if (pack.length() <= CHUNK_BYTES_MAX) {
      add(chunks, ListChunk.ofListpack(pack));
      size += entries;
      return;
    }
    Bytes view = Bytes.view();
    add(chunks, ListChunk.empty());
    for (int at = Listpack.first(pack); at != Listpack.NONE; at = Listpack.next(pack, at)) {
      Bytes text = Listpack.text(pack, at, view, scratch);
      ListChunk last = chunk(chunks - 1);
      if (last.bytes().length() + text.length() > CHUNK_BYTES_MAX && last.count() > 0) {
        last = add(chunks, ListChunk.empty());
      }
      insertInto(last, Listpack.NONE, text);
    }
  }

  /** Adds a chunk with a copy of one large element behind all others. */
  public void addPlain(Bytes text) {
    add(chunks, ListChunk.ofElement(text));
    size++;
  }

  /** Whether Redis would keep the list in one listpack, which may be more than one chunk here. */
  public boolean isWhole() {
    return whole;
  }

  /**
   * Says whether Redis would keep the list in one listpack: such a one has no limit but that of the
   * caller.
   */
  public void whole(boolean isWhole) {
    whole = isWhole;
  }

  /** How many bytes all elements would take in one listpack; a large one counts as it is. */
  public long listpackBytes() {
    long bytes = Listpack.OVERHEAD_BYTES;
    for (int i = 0; i < chunks; i++) {
      bytes += chunk(i).bytes().length() - (chunk(i).isPlain() ? 0 : Listpack.OVERHEAD_BYTES);
    }
    return bytes;
  }

  // -------------------------------------------------------------------------------------- reading

  /** Points {@code view} at an element; good until the next call that reads or changes anything. */
  public Bytes get(long index, Bytes view) {
    long place = locate(index);
    ListChunk chunk = chunk(chunkOf(place));
    Bytes bytes = chunk.bytes();
    return chunk.isPlain()
        ? view.pointTo(bytes.array(), bytes.offset(), bytes.length())
        : Listpack.text(bytes, Listpack.seek(bytes, indexWithin(place)), view, scratch);
  }

  /** Shows all elements from one to an end of the list to a visitor, until it has seen enough. */
  public void visit(long from, boolean forward, ElementVisitor visitor) {
    long place = locate(from);
    int within = indexWithin(place);
    Bytes view = Bytes.view();
    for (int i = chunkOf(place); i >= 0 && i < chunks; i += forward ? 1 : -1) {
      Bytes bytes = chunk(i).bytes();
      boolean goesOn =
          chunk(i).isPlain()
              ? visitor.visit(view.pointTo(bytes.array(), bytes.offset(), bytes.length()))
              : Listpack.visit(
                  bytes, Listpack.seek(bytes, within), forward, view, scratch, visitor);
      if (!goesOn) {
        return;
      }
      within = forward ? 0 : -1;
    }
  }

  /** Which chunk an index is in, and where in it; see {@link #chunkOf}, {@link #indexWithin}. */
  private long locate(long index) {
    int number;
    long within;
    if (index < size / 2) {
      number = 0;
      within = index;
      while (within >= chunk(number).count()) {
        within -= chunk(number).count();
        number++;
      }
    } else {
      number = chunks - 1;
      within = index - size + chunk(number).count();
      while (within < 0) {
        number--;
        within += chunk(number).count();
      }
    }
    return (long) number << 32 | within;
  }

  private static int chunkOf(long place) {
    return (int) (place >>> 32);
  }

  private static int indexWithin(long place) {
    return (int) place;
  }

  // ------------------------------------------------------------------------------ changing the
  // ends

  /** Adds an element at an end. Amortised O(1) but for copying it. */
  public void push(boolean atHead, Bytes text) {
    if (isLarge(text)) {
      add(atHead ? 0 : chunks, ListChunk.ofElement(text));
      size++;
      return;
    }
    int end = atHead ? 0 : chunks - 1;
    if (!hasRoom(end, text)) {
      ListChunk next = next(end, atHead);
      end = atHead ? 0 : chunks;
      add(end, next);
    }
    if (atHead) {
      prepend(own(end), text);
    } else {
      append(own(end), text);
    }
  }

  /** What follows a chunk at an end that is full, or that takes no elements. */
  private ListChunk next(int end, boolean atHead) {
    if (chunks > 1 && !chunk(end).isPlain()) {
      trim(own(end));
    }
    return chunks < GROWING_CHUNKS || chunk(end).isPlain()
        ? ListChunk.empty()
        : ListChunk.withRoom(chunk(end).bytes().length(), atHead);
  }

  /** Removes elements from an end. O(chunks that are dropped, elements of one chunk). */
  public void remove(boolean fromHead, long count) {
    long left = count;
    while (left > 0) {
      int end = fromHead ? 0 : chunks - 1;
      ListChunk chunk = chunk(end);
      int entries = chunk.count();
      if (entries <= left) {
        drop(end);
        left -= entries;
      } else {
        chunk = own(end);
        int before = chunk.capacity();
        if (fromHead) {
          chunk.removeFirst((int) left);
        } else {
          Bytes bytes = chunk.bytes();
          int from = Listpack.seek(bytes, (int) -left);
          Listpack.delete(chunk, from, Listpack.end(bytes), (int) left);
        }
        chunkBytes += chunk.capacity() - before;
        size -= left;
        return;
      }
    }
  }

  // --------------------------------------------------------------------------- changing the middle

  /** Replaces an element. */
  public void set(long index, Bytes text) {
    long place = locate(index);
    int number = chunkOf(place);
    int within = indexWithin(place);
    ListChunk chunk = chunk(number);
    boolean isLarge = isLarge(text);
    if (chunk.isPlain()) {
      replacePlain(index, number, text, isLarge);
    } else if (!isLarge && fits(chunk, text)) {
      chunk = own(number);
      int before = chunk.capacity();
      Listpack.replace(chunk, Listpack.seek(chunk.bytes(), within), text);
      chunkBytes += chunk.capacity() - before;
    } else {
      standAlone(number, within, text, isLarge);
    }
  }

  /** Where Redis has no limit, a chunk has one all the same. */
  private static boolean fits(ListChunk chunk, Bytes text) {
    return chunk.count() == 1 || chunk.bytes().length() + text.length() <= CHUNK_BYTES_MAX;
  }

  private void replacePlain(long index, int number, Bytes text, boolean isLarge) {
    if (isLarge) {
      drop(number);
      add(number, ListChunk.ofElement(text));
      size++;
    } else {
      insert(index, true, text);
      drop(number);
    }
  }

  /** Replaces an element of a chunk by one in a chunk of its own, between what remains of it. */
  private void standAlone(int number, int within, Bytes text, boolean isLarge) {
    if (within < chunk(number).count() - 1) {
      split(number, within + 1);
    }
    if (isLarge) {
      add(number + 1, ListChunk.ofElement(text));
      size++;
    } else {
      append(add(number + 1, ListChunk.empty()), text);
    }
    if (within == 0) {
      drop(number);
    } else {
      deleteLast(number);
    }
  }

  private void deleteLast(int number) {
    ListChunk chunk = own(number);
    int before = chunk.capacity();
    Listpack.delete(chunk, Listpack.last(chunk.bytes()), 1);
    chunkBytes += chunk.capacity() - before;
    size--;
  }

  /** Adds an element before or behind another one. */
  public void insert(long index, boolean behind, Bytes text) {
    long place = locate(index);
    int number = chunkOf(place);
    ListChunk chunk = chunk(number);
    // Where the element goes: before which one of the chunk.
    int within = indexWithin(place) + (behind ? 1 : 0);
    boolean atTail = within == chunk.count() && behind;
    boolean atHead = within == 0;
    int neighbour = behind ? number + 1 : number - 1;
    if (isLarge(text)) {
      if (!atHead && !atTail) {
        split(number, within);
      }
      add(atHead ? number : number + 1, ListChunk.ofElement(text));
      size++;
    } else if (hasRoom(number, text)) {
      chunk = own(number);
      insertInto(chunk, Listpack.seek(chunk.bytes(), within), text);
    } else if (atTail && hasRoom(neighbour, text)) {
      prepend(own(neighbour), text);
    } else if (atHead && hasRoom(neighbour, text)) {
      append(own(neighbour), text);
    } else if (atTail || atHead) {
      append(add(atHead ? number : number + 1, ListChunk.empty()), text);
    } else {
      split(number, within);
      if (behind) {
        prepend(own(number + 1), text);
        mergeAround(number);
      } else {
        append(own(number), text);
        mergeAround(number + 1);
      }
    }
  }

  /**
   * Removes elements with a text.
   *
   * @param limit how many at most
   * @param fromHead whether those go that are nearest to the head, or to the tail
   * @return how many went
   */
  public long removeMatches(Bytes text, long limit, boolean fromHead) {
    long removed = 0;
    boolean isChunkEmpty = false;
    for (int i = 0; i < chunks && removed < limit; i++) {
      int number = fromHead ? i : chunks - 1 - i;
      removed += removeMatches(number, text, limit - removed, fromHead);
      isChunkEmpty |= chunk(number).bytes().isEmpty();
    }
    size -= removed;
    if (isChunkEmpty) {
      dropEmpty();
    }
    return removed;
  }

  private int removeMatches(int number, Bytes text, long limit, boolean fromHead) {
    ListChunk chunk = chunk(number);
    if (chunk.isPlain()) {
      if (!chunk.bytes().equals(text)) {
        return 0;
      }
      replace(number, ListChunk.empty());
      return 1;
    }
    if (isOld(chunk) && Listpack.countMatches(chunk.bytes(), text) == 0) {
      return 0;
    }
    chunk = own(number);
    int kept = 0;
    if (!fromHead) {
      kept = (int) Math.max(0, Listpack.countMatches(chunk.bytes(), text) - limit);
    }
    int before = chunk.capacity();
    int removed = Listpack.deleteMatches(chunk, text, kept, limit);
    chunkBytes += chunk.capacity() - before;
    return removed;
  }

  // ------------------------------------------------------------------------- chunks, from the
  // inside

  private boolean isLarge(Bytes text) {
    return !whole && limit.isLarge(text.length());
  }

  /** Whether there is such a chunk and it has room for a text that is not large. */
  private boolean hasRoom(int number, Bytes text) {
    if (number < 0 || number >= chunks || chunk(number).isPlain()) {
      return false;
    }
    ListChunk chunk = chunk(number);
    int bytes = chunk.bytes().length();
    return whole
        ? bytes + text.length() <= CHUNK_BYTES_MAX
        : limit.hasRoom(bytes, chunk.count(), text.length());
  }

  private void prepend(ListChunk chunk, Bytes text) {
    int before = chunk.capacity();
    chunk.prepend(text);
    chunkBytes += chunk.capacity() - before;
    size++;
  }

  private void append(ListChunk chunk, Bytes text) {
    insertInto(chunk, Listpack.NONE, text);
  }

  private void insertInto(ListChunk chunk, int at, Bytes text) {
    int before = chunk.capacity();
    Listpack.insert(chunk, at, text);
    chunkBytes += chunk.capacity() - before;
    size++;
  }

  private void trim(ListChunk chunk) {
    int before = chunk.capacity();
    chunk.trim();
    chunkBytes += chunk.capacity() - before;
  }

  /** Moves the elements of a chunk from one on, which is not the first, to a new one behind it. */
  private void split(int number, int within) {
    ListChunk left = own(number);
    Bytes bytes = left.bytes();
    int moved = left.count() - within;
    ListChunk right = add(number + 1, ListChunk.ofListpack(bytes));
    int beforeLeft = left.capacity();
    int beforeRight = right.capacity();
    Listpack.delete(left, Listpack.seek(bytes, within), Listpack.end(bytes), moved);
    right.removeFirst(within);
    chunkBytes += left.capacity() - beforeLeft + right.capacity() - beforeRight;
  }

  /** Joins the chunks around one that was split where two fit into one, in the order of Redis. */
  private void mergeAround(int number) {
    int center = number;
    if (mergeIfFits(center - 2)) {
      center--;
    }
    mergeIfFits(center + 1);
    if (mergeIfFits(center - 1)) {
      center--;
    }
    mergeIfFits(center);
  }

  /** Joins a chunk and the next one, if both are there and fit into one. */
  private boolean mergeIfFits(int number) {
    if (number < 0 || number + 1 >= chunks) {
      return false;
    }
    ListChunk left = chunk(number);
    ListChunk right = chunk(number + 1);
    long bytes = (long) left.bytes().length() + right.bytes().length() - MERGED_BYTES_SAVED;
    if (left.isPlain()
        || right.isPlain()
        || limit.isExceeded(bytes, (long) left.count() + right.count())) {
      return false;
    }
    left = own(number);
    int before = left.capacity();
    Listpack.appendAll(left, right.bytes());
    chunkBytes += left.capacity() - before;
    size += right.count(); // which dropping it takes off again
    drop(number + 1);
    return true;
  }

  // ----------------------------------------------------------------------------------------- ring

  private ListChunk chunk(int number) {
    return ring[head + number & ring.length - 1];
  }

  private void put(int number, ListChunk chunk) {
    ring[head + number & ring.length - 1] = chunk;
  }

  private void clear(int number) {
    ring[head + number & ring.length - 1] = null;
  }

  /** Whether an image has yet to pass a chunk. */
  private boolean isOld(ListChunk chunk) {
    return image != null && chunk.epoch != epoch;
  }

  /** A chunk that may be changed: itself, or a copy that takes its place. */
  private ListChunk own(int number) {
    ListChunk chunk = chunk(number);
    return isOld(chunk) ? replace(number, chunk.copy()) : chunk;
  }

  /** Puts a chunk in the place of another one. */
  private ListChunk replace(int number, ListChunk chunk) {
    ListChunk gone = chunk(number);
    chunkBytes += chunk.capacity() - gone.capacity();
    letGo(gone);
    chunk.epoch = epoch;
    put(number, chunk);
    return chunk;
  }

  /** A chunk is about to leave the list. */
  private void letGo(ListChunk chunk) {
    if (image != null && isOld(chunk)) {
      image.hold(chunk);
    }
  }

  /** Puts a chunk before the one that has a number now; its elements are not counted here. */
  private ListChunk add(int number, ListChunk chunk) {
    chunk.epoch = epoch;
    if (chunks == ring.length) {
      ring(2 * chunks);
    }
    if (number < chunks / 2) {
      head--;
      for (int i = 0; i < number; i++) {
        put(i, chunk(i + 1));
      }
    } else {
      for (int i = chunks; i > number; i--) {
        put(i, chunk(i - 1));
      }
    }
    put(number, chunk);
    chunks++;
    chunkBytes += ListChunk.OVERHEAD_BYTES + chunk.capacity();
    return chunk;
  }

  /** Takes a chunk and its elements away. */
  private void drop(int number) {
    ListChunk dropped = chunk(number);
    letGo(dropped);
    size -= dropped.count();
    chunkBytes -= ListChunk.OVERHEAD_BYTES + dropped.capacity();
    if (number < chunks / 2) {
      for (int i = number; i > 0; i--) {
        put(i, chunk(i - 1));
      }
      clear(0);
      head++;
    } else {
      for (int i = number; i < chunks - 1; i++) {
        put(i, chunk(i + 1));
      }
      clear(chunks - 1);
    }
    chunks--;
    shrink();
  }

  /** Takes away all chunks without elements, in one pass. */
  private void dropEmpty() {
    int kept = 0;
    for (int i = 0; i < chunks; i++) {
      ListChunk chunk = chunk(i);
      if (chunk.bytes().isEmpty()) {
        chunkBytes -= ListChunk.OVERHEAD_BYTES;
      } else {
        put(kept++, chunk);
      }
    }
    for (int i = kept; i < chunks; i++) {
      clear(i);
    }
    chunks = kept;
    shrink();
  }

  private void shrink() {
    if (chunks < ring.length / 4 && ring.length > FIRST_PLACES) {
      ring(ring.length / 2);
    }
  }

  private void ring(int places) {
    ListChunk[] other = new ListChunk[places];
    for (int i = 0; i < chunks; i++) {
      other[i] = chunk(i);
    }
    ring = other;
    head = 0;
  }
}
