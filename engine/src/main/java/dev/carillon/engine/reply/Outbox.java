package dev.carillon.engine.reply;

import dev.carillon.engine.reply.ChunkPool.Chunk;
import dev.carillon.protocol.bytes.Numerals;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/**
 * What one client still has to be sent, in the order in which it was said: a list of chunks that
 * writers append to and the transport drains.
 *
 * <p>Output may be held back: {@link #hold} says that everything from a position on reveals a turn
 * that is not durable yet. {@link #drain} stops there until it is told that the turn is durable,
 * and what was written later waits too, because a connection's output keeps its order. So nobody
 * reads what a crash could take back.
 *
 * <p>Engine thread only.
 */
public final class Outbox {

  /** From here on output reveals the turn {@code sequence}. */
  private static final class Hold {
    final long position;
    long sequence;

    Hold(long position, long sequence) {
      this.position = position;
      this.sequence = sequence;
    }
  }

  /** Derived: a marker, a sign, 19 digits and a line end, rounded up. */
  private static final int LINE_BYTES_MAX = 24;

  /** Chosen: from here on one chunk of its own is better than four and more of the usual size. */
  private static final int LARGE_BYTES = 64 * 1024;

  private final ChunkPool pool;
  private final ArrayDeque<Hold> holds = new ArrayDeque<>();
  private @Nullable Chunk head;
  private @Nullable Chunk tail;
  private long written;
  private long drained;

  /** The position of the first place that was opened since there was nothing here. */
  private long firstPlace = Long.MAX_VALUE;

  /** An empty outbox whose chunks come from {@code pool}. */
  public Outbox(ChunkPool pool) {
    this.pool = pool;
  }

  /** How many bytes were ever appended; a position for {@link #hold} and {@link #truncate}. */
  public long position() {
    return written;
  }

  /** How many bytes wait to be drained, held ones included. */
  public long pendingBytes() {
    return written - drained;
  }

  /**
   * How many of these come before the first reply that waits whose length was not known when it
   * began, see {@link #openPlace}.
   */
  public long bytesBeforePlaces() {
    return Math.max(0, Math.min(written, firstPlace) - drained);
  }

  /** Whether nothing waits. */
  public boolean isEmpty() {
    return written == drained;
  }

  // ------------------------------------------------------------------------------- appending

  /** Appends one byte. */
  public void put(int value) {
    Chunk chunk = room(1);
    chunk.bytes[chunk.to++] = (byte) value;
    written++;
  }

  /** Appends a range of bytes, which is copied. */
  public void put(byte[] source, int offset, int length) {
    Chunk chunk = tail;
    if (chunk != null && chunk.room() >= length) {
      System.arraycopy(source, offset, chunk.bytes, chunk.to, length);
      chunk.to += length;
      written += length;
    } else {
      putAcross(source, offset, length);
    }
  }

  /** Appends a whole array, which is copied. */
  public void put(byte[] source) {
    put(source, 0, source.length);
  }

  /** Appends {@code marker}, the decimal digits of {@code number} and a line end. */
  public void line(int marker, long number) {
    Chunk chunk = room(LINE_BYTES_MAX);
    byte[] bytes = chunk.bytes;
    int at = chunk.to;
    bytes[at++] = (byte) marker;
    if (number >= 0 && number < 10) {
      bytes[at++] = (byte) ('0' + number);
    } else {
      at = Numerals.writeLong(number, bytes, at);
    }
    bytes[at++] = '\r';
    bytes[at++] = '\n';
    written += at - chunk.to;
    chunk.to = at;
  }

  /** Appends a line end. */
  public void lineEnd() {
    Chunk chunk = room(2);
    chunk.bytes[chunk.to] = '\r';
    chunk.bytes[chunk.to + 1] = '\n';
    chunk.to += 2;
    written += 2;
  }

  /** Appends a string with its length in front and a line end behind. */
  public void bulk(byte[] source, int offset, int length) {
    line('$', length);
    Chunk chunk = tail;
    if (chunk != null && chunk.room() >= length + 2) {
      byte[] bytes = chunk.bytes;
      int at = chunk.to;
      System.arraycopy(source, offset, bytes, at, length);
      at += length;
      bytes[at] = '\r';
      bytes[at + 1] = '\n';
      chunk.to = at + 2;
      written += length + 2;
    } else {
      put(source, offset, length);
      lineEnd();
    }
  }

  private void putAcross(byte[] source, int offset, int length) {
    written += length;
    if (length >= LARGE_BYTES) {
      Chunk chunk = pool.take(length);
      System.arraycopy(source, offset, chunk.bytes, 0, length);
      chunk.to = length;
      append(chunk);
      return;
    }
    int from = offset;
    int left = length;
    while (left > 0) {
      Chunk chunk = tail;
      if (chunk == null || chunk.room() == 0) {
        chunk = append(pool.take());
      }
      int part = Math.min(left, chunk.room());
      System.arraycopy(source, from, chunk.bytes, chunk.to, part);
      chunk.to += part;
      from += part;
      left -= part;
    }
  }

  private Chunk room(int bytes) {
    Chunk chunk = tail;
    return chunk != null && chunk.room() >= bytes ? chunk : append(pool.take());
  }

  private Chunk append(Chunk chunk) {
    if (tail == null) {
      head = chunk;
      pool.onBegun();
    } else {
      tail.next = chunk;
    }
    tail = chunk;
    return chunk;
  }

  // ---------------------------------------------------------------------- lengths known later

  /**
   * A place in the output where a line will be inserted once its number is known. Places must be
   * finished in the reverse order of their opening.
   */
  public static final class Place {
    private final Chunk before;

    private Place(Chunk before) {
      this.before = before;
    }
  }

  /** Opens a place here; what is appended next stays behind it. */
  public Place openPlace() {
    Chunk before = room(0);
    append(pool.take());
    firstPlace = Math.min(firstPlace, written);
    return new Place(before);
  }

  /** Inserts the line {@code marker number} at the place. */
  public void fill(Place place, int marker, long number) {
    Chunk line = pool.take(LINE_BYTES_MAX);
    line.bytes[line.to++] = (byte) marker;
    line.to = Numerals.writeLong(number, line.bytes, line.to);
    line.bytes[line.to++] = '\r';
    line.bytes[line.to++] = '\n';
    insert(place, line);
  }

  /** Inserts bytes, which must not change any more, at the place. */
  public void fill(Place place, byte[] lines) {
    Chunk chunk = pool.lend(lines);
    chunk.to = lines.length;
    insert(place, chunk);
  }

  private void insert(Place place, Chunk line) {
    written += line.to;
    line.next = place.before.next;
    place.before.next = line;
    if (tail == place.before) {
      tail = line;
    }
  }

  // -------------------------------------------------------------------------------- taking back

  /**
   * Takes back everything appended since {@code position}: the reply of a command that failed half
   * way, or of a client that asked for silence.
   */
  public void truncate(long position) {
    if (firstPlace >= position) {
      firstPlace = Long.MAX_VALUE;
    }
    if (position == written) {
      return;
    }
    long excess = written - Math.max(position, drained);
    long keep = pendingBytes() - excess;
    written -= excess;
    Chunk chunk = head;
    Chunk last = null;
    while (chunk != null && keep > 0) {
      int size = chunk.to - chunk.from;
      if (size >= keep) {
        chunk.to = chunk.from + (int) keep;
      }
      keep -= Math.min(keep, size);
      last = chunk;
      chunk = chunk.next;
    }
    if (last == null) {
      head = null;
      pool.onEmptied();
    } else {
      last.next = null;
    }
    tail = last;
    while (chunk != null) {
      Chunk following = chunk.next;
      pool.give(chunk);
      chunk = following;
    }
    while (!holds.isEmpty() && holds.getLast().position > written) {
      holds.removeLast();
    }
  }

  /** Throws everything away. */
  public void clear() {
    Chunk chunk = head;
    if (chunk != null) {
      pool.onEmptied();
    }
    while (chunk != null) {
      Chunk following = chunk.next;
      pool.give(chunk);
      chunk = following;
    }
    head = null;
    tail = null;
    drained = written;
    firstPlace = Long.MAX_VALUE;
    holds.clear();
  }

  // ------------------------------------------------------------------------------------ draining

  /**
   * Holds back everything from {@code position} on until the turn {@code sequence} is durable.
   * Sequences must not go down from call to call.
   */
  public void hold(long position, long sequence) {
    hold(position, sequence, Long.MAX_VALUE);
  }

  /**
   * As {@link #hold(long, long)} where turns become durable together.
   *
   * @param togetherAbove turns above this one become durable in one step, so that what is held for
   *     the first of them may as well wait for the last
   */
  public void hold(long position, long sequence, long togetherAbove) {
    Hold last = holds.peekLast();
    if (last == null) {
      holds.addLast(new Hold(position, sequence));
    } else if (last.sequence < sequence) {
      if (last.sequence > togetherAbove) {
        last.sequence = sequence;
      } else {
        holds.addLast(new Hold(position, sequence));
      }
    }
  }

  /** Whether something is held back, or was until it was last looked at. */
  public boolean isHolding() {
    return !holds.isEmpty();
  }

  /**
   * Hands out what may leave, oldest first.
   *
   * @param durableSequence the last turn that no crash can take back; {@link Long#MAX_VALUE} where
   *     there is no journal
   * @param bytesMax how much to hand out at most, {@link Long#MAX_VALUE} for everything; a long
   *     reply leaves in several parts
   * @return whether something that may leave is still here
   */
  public boolean drain(long durableSequence, long bytesMax, ByteSink sink) {
    long end = releasable(durableSequence);
    // Not by adding to a bound that a caller chose: the sum may not fit.
    handOut(drained + Math.min(end - drained, bytesMax), sink);
    return drained < end;
  }

  /**
   * Shows what may leave once the turn {@code sequence} is durable, oldest first, and keeps it. It
   * may leave by another way then, and is {@linkplain #skip skipped} here.
   */
  public void peek(long sequence, ByteSink sink) {
    long left = written - drained;
    for (Hold hold : holds) {
      if (hold.sequence > sequence) {
        left = hold.position - drained;
        break;
      }
    }
    for (Chunk chunk = head; chunk != null && left > 0; chunk = chunk.next) {
      int part = (int) Math.min(chunk.to - chunk.from, left);
      sink.accept(chunk.bytes, chunk.from, part);
      left -= part;
    }
  }

  /** Forgets the oldest bytes, which have left by another way, held or not. */
  public void skip(long bytes) {
    handOut(drained + bytes, (array, offset, length) -> {});
  }

  private void handOut(long stop, ByteSink sink) {
    for (Chunk chunk = head; chunk != null && drained < stop; chunk = head) {
      int part = (int) Math.min(chunk.to - chunk.from, stop - drained);
      if (part > 0) {
        sink.accept(chunk.bytes, chunk.from, part);
        chunk.from += part;
        drained += part;
      }
      if (chunk.from == chunk.to) {
        dropHead(chunk);
      }
    }
    if (drained == written && head != null) {
      clear();
    }
  }

  /** Whether {@link #drain} would hand out anything. */
  public boolean isReleasable(long durableSequence) {
    return releasable(durableSequence) > drained;
  }

  private long releasable(long durableSequence) {
    while (!holds.isEmpty() && holds.getFirst().sequence <= durableSequence) {
      holds.removeFirst();
    }
    return holds.isEmpty() ? written : Math.min(written, holds.getFirst().position);
  }

  private void dropHead(Chunk chunk) {
    head = chunk.next;
    if (head == null) {
      tail = null;
      firstPlace = Long.MAX_VALUE;
      pool.onEmptied();
    }
    pool.give(chunk);
  }
}
