package dev.carillon.engine.value;

import dev.carillon.protocol.bytes.Bytes;
import dev.carillon.protocol.bytes.Numerals;

/**
 * Walks the entries of a stream between two ids, in either direction, and finds single ones.
 *
 * <pre>{@code
 * StreamCursor cursor = stream.range(from, to);
 * while (cursor.next()) {
 *   for (int i = 0; i < cursor.fields(); i++) {
 *     show(cursor.nextField(), cursor.nextValue());
 *   }
 * }
 * }</pre>
 *
 * <p>Good until the stream changes. Allocates nothing after its making. Engine thread only.
 */
public final class StreamCursor {

  private final StreamValue stream;
  private final StreamId from;
  private final StreamId to;
  private final boolean backwards;
  private final Bytes pack = Bytes.view();
  private final Bytes field = Bytes.view();
  private final Bytes value = Bytes.view();
  private final byte[] fieldDigits = new byte[Numerals.LONG_LENGTH_MAX];
  private final byte[] valueDigits = new byte[Numerals.LONG_LENGTH_MAX];

  /** The block that is walked, or -1 before the first step. */
  private int index = -1;

  private int entriesAt;
  private int fieldsAt;
  private int headFields;
  private long blockMillis;
  private long blockSequence;

  /** The position of the entry that the cursor is at. */
  private int entry;

  /** The position of the element to read next. */
  private int at;

  /** The position of the field of the head to read next. */
  private int headAt;

  private int flags;
  private long millis;
  private long sequence;
  private int fields;

  /** How many strings of the entry lie between {@link #at} and its last element. */
  private int stringsLeft;

  StreamCursor(StreamValue stream, StreamId from, StreamId to, boolean backwards) {
    this.stream = stream;
    this.from = from;
    this.to = to;
    this.backwards = backwards;
  }

  // ------------------------------------------------------------------------------------- walking

  /** Goes to the next entry of the range; false behind the last one. */
  public boolean next() {
    boolean found = index < 0 ? start() : backwards ? stepBack() : step();
    while (found && isDeleted()) {
      found = backwards ? stepBack() : step();
    }
    return found
        && (backwards
            ? from.compareTo(millis, sequence) <= 0
            : to.compareTo(millis, sequence) >= 0);
  }

  private boolean start() {
    return backwards ? seekBack(to.millis(), to.sequence()) : seek(from.millis(), from.sequence());
  }

  /**
   * Goes to the entry with an id, wherever the range is; false if there is none or it is deleted.
   * Ids that follow one another cost less than single ones.
   */
  public boolean find(long wantedMillis, long wantedSequence) {
    boolean isAhead =
        index >= 0
            && StreamId.compare(millis, sequence, wantedMillis, wantedSequence) <= 0
            && stream.blockFor(wantedMillis, wantedSequence) == index;
    boolean found = true;
    if (isAhead) {
      load(entry); // Its strings may have been read already.
    } else {
      found = seek(wantedMillis, wantedSequence);
    }
    while (found && StreamId.compare(millis, sequence, wantedMillis, wantedSequence) < 0) {
      found = step();
    }
    return found && millis == wantedMillis && sequence == wantedSequence && !isDeleted();
  }

  /** Goes to the first entry, deleted or not, whose id is not below the given one. */
  boolean seek(long wantedMillis, long wantedSequence) {
    if (stream.blocks() == 0) {
      return false;
    }
    int block = Math.max(stream.blockFor(wantedMillis, wantedSequence), 0);
    // A reader that goes on where a block ends need not walk it.
    lastOf(block);
    if (StreamId.compare(millis, sequence, wantedMillis, wantedSequence) < 0) {
      return step();
    }
    load(entriesAt);
    while (StreamId.compare(millis, sequence, wantedMillis, wantedSequence) < 0) {
      step();
    }
    return true;
  }

  /** Goes to the last entry, deleted or not, whose id is not above the given one. */
  private boolean seekBack(long wantedMillis, long wantedSequence) {
    int block = stream.blocks() == 0 ? -1 : stream.blockFor(wantedMillis, wantedSequence);
    if (block < 0) {
      return false;
    }
    lastOf(block);
    boolean found = true;
    while (found && StreamId.compare(millis, sequence, wantedMillis, wantedSequence) > 0) {
      found = stepBack();
    }
    return found;
  }

  /** Goes to the first entry of a block, deleted or not. */
  void firstOf(int block) {
    enter(block);
    load(entriesAt);
  }

  /** Goes to the last entry of a block, deleted or not. */
  void lastOf(int block) {
    enter(block);
    load(before(stream.block(block).end()));
  }

  /** Goes to the entry behind, deleted or not. */
  boolean step() {
    while (stringsLeft > 0) {
      at += Listpack.entryBytes(pack, at);
      stringsLeft--;
    }
    int behind = at + Listpack.entryBytes(pack, at);
    if (behind < pack.length() - 1) {
      load(behind);
      return true;
    }
    if (index + 1 == stream.blocks()) {
      return false;
    }
    firstOf(index + 1);
    return true;
  }

  private boolean stepBack() {
    if (entry > entriesAt) {
      load(before(entry));
      return true;
    }
    if (index == 0) {
      return false;
    }
    lastOf(index - 1);
    return true;
  }

  /** The position of the entry that ends at a position. */
  private int before(int end) {
    int last = Listpack.previous(pack, end);
    int start = last;
    for (long left = Listpack.integer(pack, last); left > 0; left--) {
      start = Listpack.previous(pack, start);
    }
    return start;
  }

  private void enter(int newIndex) {
    StreamBlock block = stream.block(newIndex);
    index = newIndex;
    block.view(pack);
    entriesAt = block.entriesAt();
    fieldsAt = block.fieldsAt();
    headFields = block.fields();
    blockMillis = block.millis();
    blockSequence = block.sequence();
  }

  private void load(int position) {
    entry = position;
    flags = (int) Listpack.integer(pack, position);
    int next = position + Listpack.entryBytes(pack, position);
    millis = blockMillis + Listpack.integer(pack, next);
    next += Listpack.entryBytes(pack, next);
    sequence = blockSequence + Listpack.integer(pack, next);
    next += Listpack.entryBytes(pack, next);
    if ((flags & StreamBlock.SAME_FIELDS) != 0) {
      fields = headFields;
      stringsLeft = fields;
      headAt = fieldsAt;
    } else {
      fields = (int) Listpack.integer(pack, next);
      stringsLeft = 2 * fields;
      next += Listpack.entryBytes(pack, next);
    }
    at = next;
  }

  // ------------------------------------------------------------------------------------- reading

  /** The first half of the entry's id. */
  public long millis() {
    return millis;
  }

  /** The second half of the entry's id. */
  public long sequence() {
    return sequence;
  }

  /** The entry's id. */
  public StreamId id() {
    return new StreamId(millis, sequence);
  }

  /** How many fields the entry has. */
  public int fields() {
    return fields;
  }

  /** The name of the next field; a view that is good until the next one is asked for. */
  public Bytes nextField() {
    if ((flags & StreamBlock.SAME_FIELDS) == 0) {
      return nextString(field, fieldDigits);
    }
    Bytes text = Listpack.text(pack, headAt, field, fieldDigits);
    headAt += Listpack.entryBytes(pack, headAt);
    return text;
  }

  /** The value of the field whose name was asked for; a view as that of the name. */
  public Bytes nextValue() {
    return nextString(value, valueDigits);
  }

  private Bytes nextString(Bytes view, byte[] digits) {
    assert stringsLeft > 0 : "the entry has no more strings";
    stringsLeft--;
    Bytes text = Listpack.text(pack, at, view, digits);
    at += Listpack.entryBytes(pack, at);
    return text;
  }

  // ----------------------------------------------------------------------------- for the stream

  boolean isDeleted() {
    return (flags & StreamBlock.DELETED) != 0;
  }

  /** The block of the entry. */
  int blockIndex() {
    return index;
  }

  /** The position of the entry in its block. */
  int position() {
    return entry;
  }
}
