package dev.carillon.engine.keyspace;

import dev.carillon.engine.store.Words;
import dev.carillon.engine.time.TimerNodes;
import dev.carillon.engine.time.TimerWheel;
import java.util.Arrays;

/**
 * When the next field of each hash is over: a timer wheel with one node for every hash of a
 * database that has fields with deadlines, at the earliest of them. What a hash does with its other
 * fields is its own business, so that the wheel's size goes by the hashes and not by their fields.
 *
 * <p>A node is a number of at least 1 that the hash remembers; numbers are used again. Nodes lie in
 * pages of bytes, which the collector does not trace and which are never copied, 24 bytes each:
 *
 * <pre>
 *   0  deadline of the earliest field (8)
 *   8  next link (4); of a free node, the free node after it
 *  12  previous link (4)
 *  16  slot of the hash (4), 0 for a free node
 * </pre>
 *
 * <p>Engine thread only.
 */
final class FieldTimers implements TimerNodes {

  private static final int PAGE_BITS = 9;
  private static final int PAGE_MASK = (1 << PAGE_BITS) - 1;
  private static final int NODE_BYTES = 24;
  private static final int NEXT = 8;
  private static final int PREVIOUS = 12;
  private static final int SLOT = 16;

  private final TimerWheel wheel;
  private byte[][] pages = {};
  private int top = 1;
  private int free;
  private int size;

  /** No hash has a field with a deadline. */
  FieldTimers(long nowMillis) {
    wheel = new TimerWheel(this, nowMillis);
  }

  /** How many hashes have fields with deadlines. */
  int size() {
    return size;
  }

  /** The slot of the hash that a node stands for. */
  int slot(int node) {
    return Words.int32(page(node), at(node) + SLOT);
  }

  // ---------------------------------------------------------------------------------- scheduling

  /**
   * A node for a hash that has none.
   *
   * @param deadlineMillis of its earliest field
   */
  int schedule(int slot, long deadlineMillis) {
    int node = take();
    Words.int32(page(node), at(node) + SLOT, slot);
    again(node, deadlineMillis);
    size++;
    return node;
  }

  /** The earliest deadline of the node's hash is another one now. */
  void reschedule(int node, long deadlineMillis) {
    wheel.cancel(node);
    again(node, deadlineMillis);
  }

  /** As {@link #reschedule} for a node that was handed out as due. */
  void again(int node, long deadlineMillis) {
    Words.int64(page(node), at(node), deadlineMillis);
    wheel.schedule(node);
  }

  /** The node's hash has no field with a deadline any more, or is gone; the number is free. */
  void cancel(int node) {
    wheel.cancel(node);
    release(node);
  }

  /** As {@link #cancel} for a node that was handed out as due. */
  void release(int node) {
    byte[] page = page(node);
    int at = at(node);
    Words.int32(page, at + NEXT, free);
    Words.int32(page, at + SLOT, 0);
    free = node;
    size--;
    if (size == 0 && top > 1 << PAGE_BITS) {
      pages = new byte[][] {};
      top = 1;
      free = 0;
    }
  }

  private int take() {
    int node = free;
    if (node != 0) {
      free = Words.int32(page(node), at(node) + NEXT);
      return node;
    }
    node = top++;
    int number = node >>> PAGE_BITS;
    if (number >= pages.length) {
      pages = Arrays.copyOf(pages, Math.max(4, 2 * pages.length));
    }
    if (pages[number] == null) {
      pages[number] = new byte[NODE_BYTES << PAGE_BITS];
    }
    return node;
  }

  // ---------------------------------------------------------------------------------- being due

  /** The earliest time at which {@link #advance} has something to do. */
  long nextDeadlineMillis() {
    return wheel.nextDeadlineMillis();
  }

  /**
   * Hands out the nodes that are due. The receiver has to call {@link #again} or {@link #release}
   * for each, and {@link #charge} if it expired more than one field.
   *
   * @return what is left of the budget; 0 if there may be more
   */
  int advance(long nowMillis, int budget, TimerWheel.Due due) {
    return wheel.advance(nowMillis, budget, due);
  }

  /** What a node costs beyond one unit of the budget. */
  void charge(int units) {
    wheel.charge(units);
  }

  /** What the nodes take. */
  long usedBytes() {
    return (long) size * NODE_BYTES;
  }

  /** What their pages take. */
  long reservedBytes() {
    return (long) (top - 1 + PAGE_MASK >>> PAGE_BITS) * (NODE_BYTES << PAGE_BITS);
  }

  // --------------------------------------------------------------------------------------- nodes

  private byte[] page(int node) {
    return pages[node >>> PAGE_BITS];
  }

  private static int at(int node) {
    return (node & PAGE_MASK) * NODE_BYTES;
  }

  @Override
  public long deadline(int node) {
    return Words.int64(page(node), at(node));
  }

  @Override
  public int next(int node) {
    return Words.int32(page(node), at(node) + NEXT);
  }

  @Override
  public int previous(int node) {
    return Words.int32(page(node), at(node) + PREVIOUS);
  }

  @Override
  public void next(int node, int other) {
    Words.int32(page(node), at(node) + NEXT, other);
  }

  @Override
  public void previous(int node, int other) {
    Words.int32(page(node), at(node) + PREVIOUS, other);
  }
}
