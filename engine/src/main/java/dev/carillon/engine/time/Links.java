package dev.carillon.engine.time;

/**
 * First-in-first-out lists threaded through {@link TimerNodes}. A list is known by its tail alone,
 * 0 when it is empty, and every operation that may change the tail answers the new one.
 *
 * <pre>
 *   next:      head -> ... -> tail -> head     circular: the tail leads to the head
 *   previous:  0 <- head <- ... <- tail        not circular: the head has none
 * </pre>
 *
 * <p>Because the head's previous link is not kept up, appending writes to one older node only, the
 * tail; a list that closed its circle in both directions would write to the head as well, which is
 * one more cache miss in the operation that happens most.
 *
 * <p>Every operation is O(1) and allocates nothing. Owned by the engine thread.
 */
final class Links {
  private final TimerNodes nodes;

  Links(TimerNodes nodes) {
    this.nodes = nodes;
  }

  /** Appends a node and answers the new tail, which is that node. */
  int append(int tail, int id) {
    if (tail == 0) {
      nodes.next(id, id);
    } else {
      nodes.next(id, nodes.next(tail));
      nodes.next(tail, id);
    }
    nodes.previous(id, tail);
    return id;
  }

  /** Appends the whole list {@code other} to the list {@code tail} and answers the new tail. */
  int concatenate(int tail, int other) {
    if (tail == 0 || other == 0) {
      return tail | other;
    }
    int head = nodes.next(tail);
    int otherHead = nodes.next(other);
    nodes.next(tail, otherHead);
    nodes.previous(otherHead, tail);
    nodes.next(other, head);
    return other;
  }

  /** Answers the first node of a list that is not empty. */
  int head(int tail) {
    return nodes.next(tail);
  }

  /**
   * Tells whether a node is the first or the last of the list, the two whose removal needs to know
   * which list they are in.
   */
  boolean endsWith(int tail, int id) {
    return tail != 0 && (tail == id || nodes.next(tail) == id);
  }

  /**
   * Unlinks a node and answers the new tail. A node that is neither first nor last of its list may
   * be unlinked through any list: that list's tail comes back unchanged.
   */
  int unlink(int tail, int id) {
    int next = nodes.next(id);
    int previous = nodes.previous(id);
    assert next != 0 : "node " + id + " is not scheduled";
    nodes.next(id, 0);
    nodes.previous(id, 0);
    if (next == id) {
      return 0;
    }
    if (previous == 0) {
      nodes.next(tail, next);
      nodes.previous(next, 0);
      return tail;
    }
    nodes.next(previous, next);
    if (tail == id) {
      return previous;
    }
    nodes.previous(next, previous);
    return tail;
  }
}
