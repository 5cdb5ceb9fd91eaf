package dev.carillon.engine.journal;

import dev.carillon.protocol.bytes.Bytes;
import dev.carillon.protocol.resp.Request;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.zip.CRC32C;

/**
 * Encoded records from when they are made until they are durable, in chunks. Effects are encoded
 * where they will be written from, once; the bytes stay here until a sync has vouched for them,
 * because after a failed sync nobody knows what of them the disk has.
 *
 * <p>Places in the sequence of all bytes are absolute positions, which only grow. Engine thread
 * only; what {@link #slices} hands out may be read by another thread until {@link #forget}.
 */
final class Backlog {

  /** Chosen: some thousand small turns; one write for each round of the loop mostly. */
  static final int CHUNK_BYTES = 256 * 1024;

  /** Chosen: parts of this size bound what a reader has to hold at once. */
  private static final int PART_BYTES = 16 << 20;

  /** Chosen: far below what fits into one array; what is more finds its place later. */
  private static final long RESERVED_BYTES_MAX = 1200L << 20;

  private static final class Chunk {
    final byte[] bytes;

    /** The position of the first byte of the array. */
    long position;

    /** Up to here there are complete records. */
    int end;

    Chunk(byte[] bytes) {
      this.bytes = bytes;
    }
  }

  /** Complete records in an array. */
  record Slice(byte[] bytes, int offset, int length) {}

  /** Somebody who writes bytes somewhere. */
  @FunctionalInterface
  interface Target {
    void append(byte[] bytes, int offset, int length) throws IOException;
  }

  private final SegmentHeader base;
  private final int partBytes;
  private final int checksumSalt;
  private final CRC32C crc = new CRC32C();
  private final ArrayDeque<Chunk> chunks = new ArrayDeque<>();
  private final ArrayDeque<Chunk> free = new ArrayDeque<>();
  private Chunk tail;

  /** Where the open record begins in the tail, and where its next byte goes. */
  private int begun;

  private int at;
  private boolean open;

  /** The position at which the open turn begins. */
  private long turnBegun;

  private long sequence;
  private long durable;
  private long millis;

  /** Up to which position records were forgotten, and were drained. */
  private long kept;

  private long drained;

  /** The fewest chunks that were free since the last look. */
  private int freeMin;

  Backlog(SegmentHeader base) {
    this(base, PART_BYTES);
  }

  /**
   * Nothing yet.
   *
   * @param partBytes a turn is written in parts that are longer than this by one effect at most
   */
  Backlog(SegmentHeader base, int partBytes) {
    this.base = base;
    this.partBytes = partBytes;
    this.checksumSalt = (int) base.salt();
    this.tail = new Chunk(new byte[CHUNK_BYTES]);
    chunks.add(tail);
  }

  // ------------------------------------------------------------------------------------ encoding

  boolean isOpen() {
    return open;
  }

  /** Begins a record of a turn. */
  void open(long newSequence, long durableSequence, long newMillis) {
    assert !open;
    open = true;
    sequence = newSequence;
    durable = durableSequence;
    millis = newMillis;
    begun = tail.end;
    at = begun;
    turnBegun = tail.position + begun;
    head();
  }

  private void head() {
    ensure(Records.BODY_OFFSET + Records.BODY_HEAD_MAX);
    byte[] bytes = tail.bytes;
    // The kind is written when it is known.
    int place = at + Records.BODY_OFFSET + 1;
    place = Records.putVarint(bytes, place, sequence - base.baseSequence());
    place = Records.putVarint(bytes, place, sequence - durable);
    at = Records.putVarint(bytes, place, Records.zigzag(millis - base.baseMillis()));
  }

  void effect(int db, Bytes[] arguments) {
    long size = 0;
    for (Bytes argument : arguments) {
      size += argument.length();
    }
    beginEffect(db, arguments.length, size);
    byte[] bytes = tail.bytes;
    int place = at;
    for (Bytes argument : arguments) {
      place = put(bytes, place, argument);
    }
    at = place;
  }

  void effect(int db, Request request) {
    int count = request.count();
    beginEffect(db, count, request.byteSize());
    byte[] bytes = tail.bytes;
    int place = at;
    for (int i = 0; i < count; i++) {
      place = put(bytes, place, request.argument(i));
    }
    at = place;
  }

  private void beginEffect(int db, int count, long size) {
    if (at - begun > partBytes) {
      seal(Records.PART);
      begun = tail.end;
      at = begun;
      head();
    }
    ensure(11 + 5L * count + size);
    byte[] bytes = tail.bytes;
    int place = at;
    bytes[place++] = Records.EFFECT;
    place = Records.putVarint(bytes, place, db);
    at = Records.putVarint(bytes, place, count);
  }

  private static int put(byte[] bytes, int at, Bytes argument) {
    int length = argument.length();
    int place = at;
    if (length < 0x80) {
      bytes[place++] = (byte) length;
    } else {
      place = Records.putVarint(bytes, place, length);
    }
    System.arraycopy(argument.array(), argument.offset(), bytes, place, length);
    return place + length;
  }

  /** Ends the open record. */
  void close() {
    assert open;
    seal(Records.TURN);
    open = false;
  }

  /** Adds a record that is no turn: {@link Records#MARK} or {@link Records#END}. */
  void note(int kind, long lastSequence, long durableSequence, long nowMillis) {
    open(lastSequence, durableSequence, nowMillis);
    seal(kind);
    open = false;
  }

  /** Forgets the open record, its sealed parts included. */
  void discard() {
    assert open && drained <= turnBegun;
    while (tail.position > turnBegun) {
      give(chunks.removeLast());
      tail = chunks.getLast();
    }
    tail.end = (int) (turnBegun - tail.position);
    open = false;
  }

  private void seal(int kind) {
    byte[] bytes = tail.bytes;
    int body = begun + Records.BODY_OFFSET;
    int length = at - body;
    bytes[body] = (byte) kind;
    Records.INTS.set(bytes, begun + Records.LENGTH_OFFSET, length);
    Records.SHORTS.set(bytes, begun + Records.GUARD_OFFSET, Records.guard(length, base.salt()));
    crc.reset();
    crc.update(bytes, begun + Records.LENGTH_OFFSET, at - begun - Records.LENGTH_OFFSET);
    Records.INTS.set(bytes, begun, (int) crc.getValue() ^ checksumSalt);
    tail.end = at;
  }

  /** Makes room for the next records of about so many bytes in all, in one chunk if it can be. */
  void reserve(long size) {
    if (!open) {
      begun = tail.end;
      at = begun;
    }
    ensure(Math.min(size + size / 16, RESERVED_BYTES_MAX) + Records.BODY_HEAD_MAX + 64);
  }

  private void ensure(long size) {
    if (tail.bytes.length - at < size) {
      grow(size);
    }
  }

  /** Moves what there is of the open record into another chunk. */
  private void grow(long size) {
    int partial = at - begun;
    long needed = partial + size;
    if (needed > Records.BODY_MAX) {
      throw new IllegalStateException("a command of " + needed + " bytes cannot be journaled");
    }
    Chunk next = take(needed);
    next.position = tail.position + tail.end;
    System.arraycopy(tail.bytes, begun, next.bytes, 0, partial);
    if (tail.end == 0) {
      chunks.removeLast();
      give(tail);
    }
    chunks.addLast(next);
    tail = next;
    begun = 0;
    at = partial;
  }

  private Chunk take(long needed) {
    if (needed > CHUNK_BYTES) {
      // What is very large comes alone.
      long spare = needed > PART_BYTES ? 0 : needed / 2;
      return new Chunk(new byte[(int) Math.min(Records.BODY_MAX, needed + spare)]);
    }
    Chunk chunk = free.pollLast();
    freeMin = Math.min(freeMin, free.size());
    return chunk == null ? new Chunk(new byte[CHUNK_BYTES]) : chunk;
  }

  private void give(Chunk chunk) {
    if (chunk.bytes.length == CHUNK_BYTES) {
      chunk.end = 0;
      free.addLast(chunk);
    }
  }

  // ------------------------------------------------------------------------------------ draining

  /** The position behind the last complete record. */
  long end() {
    return tail.position + tail.end;
  }

  /** The position behind the last record that was drained. */
  long drainedEnd() {
    return drained;
  }

  /** How many bytes were never drained. */
  long undrainedBytes() {
    return end() - drained;
  }

  /** How many bytes are kept because nobody vouches for them yet. */
  long keptBytes() {
    return end() - kept;
  }

  /** Hands out, once, what complete records came since the last time. */
  void drain(Target target) throws IOException {
    long end = end();
    Iterator<Chunk> newest = chunks.descendingIterator();
    Chunk chunk = newest.next();
    if (chunk.position <= drained) {
      drainFrom(chunk, target);
    } else {
      for (Slice slice : slices(drained)) {
        target.append(slice.bytes, slice.offset, slice.length);
      }
    }
    drained = end;
  }

  private void drainFrom(Chunk chunk, Target target) throws IOException {
    int from = (int) (drained - chunk.position);
    if (from < chunk.end) {
      target.append(chunk.bytes, from, chunk.end - from);
    }
  }

  /** What is before a position counts as drained: it was written by other means. */
  void drained(long position) {
    drained = Math.max(drained, position);
  }

  /** What is kept. */
  List<Slice> slices() {
    return slices(kept);
  }

  private List<Slice> slices(long position) {
    List<Slice> slices = new ArrayList<>();
    for (Chunk chunk : chunks) {
      int from = (int) Math.max(0, Math.min(chunk.end, position - chunk.position));
      if (from < chunk.end) {
        slices.add(new Slice(chunk.bytes, from, chunk.end - from));
      }
    }
    return slices;
  }

  /** Somebody vouches for what is before a position, which need not be kept any more. */
  void forget(long position) {
    kept = Math.max(kept, position);
    for (Chunk first = chunks.getFirst();
        first != tail && first.position + first.end <= kept;
        first = chunks.getFirst()) {
      chunks.removeFirst();
      give(first);
    }
    if (!open && kept == end() && drained == kept) {
      if (tail.bytes.length > CHUNK_BYTES) {
        chunks.removeLast();
        tail = take(0);
        chunks.addLast(tail);
      }
      // The same few bytes of memory again, instead of the next ones.
      tail.position = kept;
      tail.end = 0;
    }
  }

  /** Gives back memory that a busy time needed and the time since the last call did not. */
  void shrink() {
    if (!open && tail.end == 0 && chunks.size() == 1 && tail.bytes.length > CHUNK_BYTES) {
      // Room that was reserved, and was not needed.
      Chunk smaller = take(0);
      smaller.position = tail.position;
      chunks.removeLast();
      tail = smaller;
      chunks.addLast(tail);
    }
    for (int i = 0; i < freeMin; i += 8) {
      free.pollFirst();
    }
    freeMin = free.size();
  }
}
