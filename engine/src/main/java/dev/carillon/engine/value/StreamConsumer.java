package dev.carillon.engine.value;

import dev.carillon.protocol.bytes.Bytes;

/**
 * A consumer of a {@link ConsumerGroup}: the ids that were delivered to it and not acknowledged,
 * and when it was last seen. Engine thread only.
 */
public final class StreamConsumer {

  /** The consumer was never given anything. */
  public static final long NEVER = -1;

  /** No position. */
  public static final long NONE = SortedRows.NONE;

  /** Derived: this object, its name's, the node in the group's map, the place in its table. */
  private static final int OVERHEAD_BYTES = 160;

  private final Bytes name;

  /** The number by which rows of the group say whose they are; from 1. */
  final int number;

  final SortedRows pending;

  private long seenMillis;
  private long activeMillis = NEVER;

  StreamConsumer(Bytes name, int number, long nowMillis, Footprint footprint) {
    this(name, number, new SortedRows(2, 2, footprint), footprint);
    seenMillis = nowMillis;
  }

  private StreamConsumer(Bytes name, int number, SortedRows pending, Footprint footprint) {
    this.name = name;
    this.number = number;
    this.pending = pending;
    footprint.add(OVERHEAD_BYTES + name.length());
  }

  StreamConsumer copy(Footprint target) {
    StreamConsumer copy = new StreamConsumer(name, number, pending.copy(target), target);
    copy.seenMillis = seenMillis;
    copy.activeMillis = activeMillis;
    return copy;
  }

  void release(Footprint footprint) {
    pending.release();
    footprint.add(-(OVERHEAD_BYTES + (long) name.length()));
  }

  /** What it is called; nobody writes to the bytes. */
  public Bytes name() {
    return name;
  }

  /** When it last asked for something, in epoch milliseconds. */
  public long seenMillis() {
    return seenMillis;
  }

  /** When it was last given something to acknowledge, in epoch milliseconds, or {@link #NEVER}. */
  public long activeMillis() {
    return activeMillis;
  }

  /**
   * Notes when it asked last, and when it was given something. Both are recency, like that of keys:
   * no content, in no digest, and no change of the value that anybody has to be told of.
   */
  public void seen(long newSeenMillis, long newActiveMillis) {
    seenMillis = newSeenMillis;
    activeMillis = newActiveMillis;
  }

  // ------------------------------------------------------------------------------------- pending

  /** How many entries it has not acknowledged. */
  public long pending() {
    return pending.size();
  }

  /**
   * The position of the first pending id that is not below the given one, or {@link #NONE}.
   * Positions are good until something is delivered, acknowledged or claimed.
   */
  public long ceiling(StreamId id) {
    return pending.ceiling(id.millis(), id.sequence());
  }

  /** The position behind another one, or {@link #NONE}. */
  public long next(long position) {
    return pending.next(position);
  }

  /** The first half of the id at a position. */
  public long millis(long position) {
    return pending.word(position, 0);
  }

  /** The second half of the id at a position. */
  public long sequence(long position) {
    return pending.word(position, 1);
  }
}
