package dev.carillon.engine.time;

/**
 * The index of one database's deadlines: it hands out nodes in order of deadline, to the
 * millisecond and never early, however many there are and however far away they lie.
 *
 * <p>The wheel is intrusive. A node is a stable id whose deadline and two links live with its owner
 * ({@link TimerNodes}); scheduling and cancelling are O(1) and allocate nothing, but for the first
 * list of a piece of the rings and of a span beyond them. Time is a parameter: the wheel reads no
 * clock, and the same calls give the same results.
 *
 * <pre>{@code
 * TimerWheel wheel = new TimerWheel(nodes, nowMillis);
 * wheel.schedule(id);                                    // nodes.deadline(id) is set
 * int left = wheel.advance(nowMillis, 1000, this::expire);
 * long wakeMillis = left == 0 ? nowMillis : wheel.nextDeadlineMillis();
 * }</pre>
 *
 * <p>Deadlines are epoch milliseconds up to {@code Long.MAX_VALUE - 1}. Owned by the engine thread.
 */
public final class TimerWheel {
  /*
   * Levels
   *
   * A window is 65,536 ms that begin at a multiple of 65,536; a span is 65,536 windows (49.7
   * days) that begin likewise. The position is the first millisecond that has not been served
   * yet, and tells which window and which span are current. A node is in exactly one list:
   *
   *   slots     one list per millisecond of the current window and the next one,
   *   buckets   one list per window of the current span and the next one,
   *   spans     one list per span beyond, sorted and sparse,
   *
   * or, when its deadline is before the position,
   *
   *   overdue   in the order in which they were scheduled; the next advance serves them first,
   *   due       what the present advance is serving, or the last one left when its budget ended,
   *   held      one list per millisecond, sorted and sparse: see "Clocks that step back".
   *
   * Slots and buckets are rings with a bitmap, so that empty time costs nothing: an advance over
   * a year without deadlines takes as long as one over a second. A classic wheel of 64-slot
   * levels was rejected because it moves a whole slot of a level at once, which may be any number
   * of nodes.
   *
   * Migration
   *
   * A bucket moves to the slots node by node, in order, while the window before it is current, a
   * slice each millisecond in which advance is called; a span moves to the buckets likewise, 49
   * days ahead. If a window becomes current before its bucket is empty, the rest moves then,
   * before anything in that window is served, as fast as the budget allows. As long as a bucket
   * (or span) has nodes, new nodes for that window (or span) join it at its end instead of going
   * to the level below. So all nodes of one millisecond pass the levels in the order they were
   * scheduled in, and that order needs no sorting.
   *
   * Finding the list of a node
   *
   * Nothing in a node says which list it is in. Unlinking needs to know only for the first and
   * the last node of a list (see Links). The deadline leaves at most two candidates, a list in
   * migration and its target, or three when it is before the position; whether the node is an end
   * of one of them is a comparison or two.
   *
   * Clocks that step back
   *
   * The position never goes back while nodes are scheduled. A deadline before the position that
   * lies in the future of a clock that has stepped back is therefore overdue at first; the next
   * advance notices that it is not due yet and holds it under its own millisecond until it is.
   * These lists sit in a tree because the case is rare; nothing is early, and order is kept
   * between milliseconds.
   */

  /** The number of low bits of a deadline that tell its place within its window. */
  static final int WINDOW_SHIFT = 16;

  /** The number of low bits of a deadline that tell its place within its span. */
  static final int SPAN_SHIFT = 32;

  /**
   * How many nodes may move a level for one unit of the budget. Measured: with 5 million nodes in
   * random order a move costs 0.1 to 0.2 µs, as does serving a node before the receiver does its
   * part; with 4 moves a unit, a budget of 1,000 took up to 0.9 ms of CPU time, with 2 up to 0.6.
   */
  static final int MIGRATIONS_PER_UNIT = 2;

  /**
   * How many nodes move ahead of their time in one millisecond at most. Chosen: such a slice takes
   * some 50 µs, and a window has time for 16 million moves, so that its bucket is empty in time.
   */
  static final int MIGRATIONS_AHEAD = 256;

  /** What {@link #nextMillis} is when it has to be found out anew. */
  private static final long UNKNOWN = Long.MIN_VALUE;

  private final TimerNodes nodes;
  private final Links links;

  final Ring slots;
  final Ring buckets;
  final SparseLists spans = new SparseLists();
  final SparseLists held = new SparseLists();
  int overdueTail;
  int dueTail;

  /**
   * The first millisecond not served yet; every list of slots, buckets and spans is at or after.
   */
  private long position;

  /** The time of the latest advance. */
  private long now;

  /** The time of the latest slice that moved ahead, so that there is one a millisecond. */
  private long sliceMillis = UNKNOWN;

  /** Moves made and not charged to a budget yet, less than {@link #MIGRATIONS_PER_UNIT}. */
  private int migrationsOwed;

  /** What the receiver said that the node it was handed costs beyond one unit. */
  private int extraUnits;

  private long nextMillis = UNKNOWN;
  private int size;
  private boolean isAdvancing;

  /** Receives the nodes that are due. */
  @FunctionalInterface
  public interface Due {
    /**
     * Receives a node whose deadline has come. It is no longer scheduled and both its links are 0.
     * The receiver may schedule and cancel any nodes, this one included, but not advance the wheel.
     * If it throws, the wheel remains whole and the exception leaves {@link TimerWheel#advance}.
     */
    void onDue(int id);
  }

  /**
   * Creates an empty wheel.
   *
   * @param nodes where the deadlines and links are
   * @param nowMillis the present time in epoch milliseconds
   */
  public TimerWheel(TimerNodes nodes, long nowMillis) {
    this(nodes, nowMillis, new Ring(), new Ring());
  }

  /** Creates an empty wheel on rings of the caller's, so that tests can hand in broken ones. */
  TimerWheel(TimerNodes nodes, long nowMillis, Ring slots, Ring buckets) {
    this.nodes = nodes;
    this.links = new Links(nodes);
    this.slots = slots;
    this.buckets = buckets;
    this.now = clamp(nowMillis);
    this.position = now;
  }

  /**
   * Schedules a node that is not scheduled, at the deadline it has. If that is already past, the
   * next advance serves the node first. O(1).
   */
  public void schedule(int id) {
    long deadline = nodes.deadline(id);
    assert id > 0 : "node ids begin at 1, not " + id;
    assert deadline < Long.MAX_VALUE : "node " + id + " has no deadline";
    size++;
    if (deadline < position) {
      overdueTail = links.append(overdueTail, id);
      nextMillis = Math.min(nextMillis, 0);
      return;
    }
    long span = deadline >>> SPAN_SHIFT;
    if (span > (position >>> SPAN_SHIFT) + 1 || (span >= spans.first() && spans.tail(span) != 0)) {
      spans.tail(span, links.append(spans.tail(span), id));
      lowerNext((span - 1) << SPAN_SHIFT);
      return;
    }
    long window = deadline >>> WINDOW_SHIFT;
    int bucket = buckets.tail(window);
    if (bucket != 0 || window > (position >>> WINDOW_SHIFT) + 1) {
      buckets.tail(window, links.append(bucket, id));
      lowerNext((window - 1) << WINDOW_SHIFT);
      return;
    }
    slots.tail(deadline, links.append(slots.tail(deadline), id));
    nextMillis = Math.min(nextMillis, deadline);
  }

  /**
   * Cancels a scheduled node. Its deadline must still be the one it was scheduled at; change it
   * afterwards. O(1).
   */
  public void cancel(int id) {
    long deadline = nodes.deadline(id);
    assert size > 0 && nodes.next(id) != 0 : "node " + id + " is not scheduled";
    size--;
    if (deadline < position) {
      cancelPassed(id, deadline);
    } else {
      cancelAhead(id, deadline);
    }
  }

  private void cancelPassed(int id, long deadline) {
    if (links.endsWith(dueTail, id)) {
      dueTail = links.unlink(dueTail, id);
    } else if (links.endsWith(overdueTail, id)) {
      overdueTail = links.unlink(overdueTail, id);
    } else {
      held.tail(deadline, links.unlink(held.tail(deadline), id));
    }
    nextMillis = UNKNOWN;
  }

  private void cancelAhead(int id, long deadline) {
    long span = deadline >>> SPAN_SHIFT;
    long window = deadline >>> WINDOW_SHIFT;
    int tail;
    int rest;
    if (span > (position >>> SPAN_SHIFT) + 1
        || (span >= spans.first() && links.endsWith(spans.tail(span), id))) {
      tail = spans.tail(span);
      rest = links.unlink(tail, id);
      if (rest != tail) {
        spans.tail(span, rest);
      }
    } else if (window > (position >>> WINDOW_SHIFT) + 1
        || links.endsWith(buckets.tail(window), id)) {
      tail = buckets.tail(window);
      rest = links.unlink(tail, id);
      if (rest != tail) {
        buckets.tail(window, rest);
      }
    } else {
      tail = slots.tail(deadline);
      rest = links.unlink(tail, id);
      if (rest != tail) {
        slots.tail(deadline, rest);
      }
    }
    if (rest == 0) {
      nextMillis = UNKNOWN;
    }
  }

  /**
   * Serves the nodes whose deadline is at or before {@code nowMillis}: unlinks each and hands it to
   * {@code due}. Nodes scheduled before their time come in order of deadline, and in the order of
   * scheduling within one millisecond; what an earlier advance left over comes before all, then
   * what was already past when it was scheduled, in the order of scheduling.
   *
   * <p>A node that {@code due} schedules for a time that has been served already, the present
   * millisecond included, waits for the next advance, so that a receiver that schedules the same
   * node again and again cannot keep this one from ending; {@link #nextDeadlineMillis} is 0
   * meanwhile.
   *
   * <p>The clock may jump. Forward, everything that became due is served in order, budget by
   * budget. Back, nothing is served before its time has come by the new clock, which includes nodes
   * that an earlier advance had no budget for, and nodes scheduled since.
   *
   * @param budget the units of work allowed, at least 1; a node served costs one unit, moving
   *     {@value #MIGRATIONS_PER_UNIT} nodes to a nearer level costs one unit, empty time costs
   *     nothing
   * @return the unused units; 0 says that more may be due now
   * @throws IllegalStateException if called from {@code due}
   */
  public int advance(long nowMillis, int budget, Due due) {
    assert budget > 0 : "a budget of " + budget + " cannot make progress";
    if (isAdvancing) {
      throw new IllegalStateException("the wheel is advancing: onDue must not advance it again");
    }
    now = clamp(nowMillis);
    if (now < nextDeadlineMillis()) {
      if (now >= position || size == 0) {
        position = now + 1;
      }
      return budget;
    }
    nextMillis = UNKNOWN;
    isAdvancing = true;
    extraUnits = 0;
    try {
      int left = serveAll(budget, due);
      return left == 0 ? 0 : migrateAhead(left);
    } finally {
      isAdvancing = false;
      nextMillis = UNKNOWN;
    }
  }

  /**
   * Charges the budget of the advance that runs for work beyond the usual of one node; to be called
   * by a receiver whose nodes stand for several things that are due.
   *
   * @param units may exceed what is left, which ends the advance after this node
   */
  public void charge(int units) {
    assert isAdvancing : "only what is due costs anything";
    extraUnits += units;
  }

  /**
   * Answers the earliest time at which {@link #advance} has something to do: 0 if it has already,
   * {@link Long#MAX_VALUE} if nothing is scheduled. It is never later than the earliest deadline,
   * and equal to it, but for two cases in which the wheel asks for a call to move nodes nearer:
   * when the first bucket or span that has nodes comes within reach (one window, or one span,
   * before it begins), and from then on each millisecond until all of them have moved.
   *
   * <p>O(1), and a field's read unless the wheel changed since the last call.
   */
  public long nextDeadlineMillis() {
    if (nextMillis == UNKNOWN) {
      nextMillis = findNext();
    }
    return nextMillis;
  }

  /** Answers how many nodes are scheduled. */
  public int size() {
    return size;
  }

  /** Tells whether no node is scheduled. */
  public boolean isEmpty() {
    return size == 0;
  }

  /** Answers the first millisecond that has not been served yet. */
  long position() {
    return position;
  }

  private long findNext() {
    if ((dueTail | overdueTail) != 0) {
      return 0;
    }
    long window = position >>> WINDOW_SHIFT;
    long span = position >>> SPAN_SHIFT;
    long bucket = buckets.first(window);
    long next = Math.min(held.first(), slots.first(position));
    if (bucket <= window + 1 || spans.first() <= span + 1) {
      return Math.min(next, Math.min(position, now + 1));
    }
    if (bucket != Ring.NONE) {
      next = Math.min(next, (bucket - 1) << WINDOW_SHIFT);
    }
    if (spans.first() != Ring.NONE) {
      next = Math.min(next, (spans.first() - 1) << SPAN_SHIFT);
    }
    return next;
  }

  /** Lowers the known next time to one window or span before a list; nearer lists count already. */
  private void lowerNext(long millis) {
    nextMillis = Math.min(nextMillis, Math.max(millis, position));
  }

  /** Serves all that is due and answers the units left, 0 if some may remain. */
  private int serveAll(int budget, Due due) {
    dueTail = links.concatenate(dueTail, overdueTail);
    overdueTail = 0;
    int left = budget;
    while (true) {
      left = serveDue(left, due);
      if (left == 0) {
        return 0;
      }
      if (held.first() <= now) {
        long millis = held.first();
        dueTail = held.tail(millis);
        held.tail(millis, 0);
      } else if (position > now) {
        return left;
      } else {
        left = step(left);
      }
    }
  }

  /** Serves the due list and answers the units left. */
  private int serveDue(int budget, Due due) {
    int left = budget;
    while (dueTail != 0 && left > 0) {
      int id = links.head(dueTail);
      dueTail = links.unlink(dueTail, id);
      long deadline = nodes.deadline(id);
      if (deadline > now) {
        held.tail(deadline, links.append(held.tail(deadline), id));
        left = chargeMoves(left, 1);
      } else {
        size--;
        due.onDue(id);
        left = Math.max(0, left - 1 - extraUnits);
        extraUnits = 0;
      }
    }
    return left;
  }

  /**
   * Takes one step forward from a position that is not after now: moves nodes of the current window
   * to the slots, or makes the first slot due, or skips to the first window that has nodes.
   */
  private int step(int budget) {
    long window = position >>> WINDOW_SHIFT;
    long span = position >>> SPAN_SHIFT;
    if (spans.first() == span) {
      return chargeMoves(budget, migrateSpan(span, allowance(budget)));
    }
    if (buckets.tail(window) != 0) {
      return chargeMoves(budget, migrateBucket(window, allowance(budget)));
    }
    long slot = slots.first(position);
    if (slot <= now && slot >>> WINDOW_SHIFT == window) {
      dueTail = slots.tail(slot);
      slots.tail(slot, 0);
      position = slot + 1;
    } else {
      position = Math.min(now + 1, firstWindowMillis(slot));
    }
    return budget;
  }

  /**
   * Answers where to go from a window in which nothing more is due: to the first slot if it is in
   * this window, otherwise to the beginning of the first window, or span, that has nodes.
   */
  private long firstWindowMillis(long slot) {
    long window = position >>> WINDOW_SHIFT;
    long first = slot >>> WINDOW_SHIFT == window ? slot : slot & -1L << WINDOW_SHIFT;
    long bucket = buckets.first(window);
    if (bucket != Ring.NONE) {
      first = Math.min(first, bucket << WINDOW_SHIFT);
    }
    if (spans.first() != Ring.NONE) {
      first = Math.min(first, spans.first() << SPAN_SHIFT);
    }
    return first;
  }

  /**
   * Moves a slice of the nodes that are within reach, at most once a millisecond. All that is due
   * has been served, so at least one unit is left over whatever this costs.
   */
  private int migrateAhead(int budget) {
    long window = position >>> WINDOW_SHIFT;
    long span = spans.first();
    long bucket = buckets.first(window);
    if (now == sliceMillis) {
      return budget;
    }
    int allowance = Math.min(allowance(budget), MIGRATIONS_AHEAD);
    int moved = 0;
    if (span <= (position >>> SPAN_SHIFT) + 1) {
      moved = migrateSpan(span, allowance);
    } else if (bucket <= window + 1) {
      moved = migrateBucket(bucket, allowance);
    } else {
      return budget;
    }
    sliceMillis = now;
    return Math.max(1, chargeMoves(budget, moved));
  }

  private int migrateSpan(long span, int allowance) {
    int tail = spans.tail(span);
    int moved = 0;
    while (tail != 0 && moved < allowance) {
      int id = links.head(tail);
      tail = links.unlink(tail, id);
      long window = nodes.deadline(id) >>> WINDOW_SHIFT;
      buckets.tail(window, links.append(buckets.tail(window), id));
      moved++;
    }
    spans.tail(span, tail);
    return moved;
  }

  private int migrateBucket(long window, int allowance) {
    int tail = buckets.tail(window);
    int moved = 0;
    while (tail != 0 && moved < allowance) {
      int id = links.head(tail);
      tail = links.unlink(tail, id);
      long deadline = nodes.deadline(id);
      slots.tail(deadline, links.append(slots.tail(deadline), id));
      moved++;
    }
    buckets.tail(window, tail);
    return moved;
  }

  /** Answers how many nodes may move for a budget; at least 1. */
  private int allowance(int budget) {
    return (int) Math.min((long) budget * MIGRATIONS_PER_UNIT - migrationsOwed, Integer.MAX_VALUE);
  }

  /** Charges moves to a budget, keeps what does not make a whole unit, and answers what is left. */
  private int chargeMoves(int budget, int moves) {
    int owed = migrationsOwed + moves;
    migrationsOwed = owed % MIGRATIONS_PER_UNIT;
    return budget - owed / MIGRATIONS_PER_UNIT;
  }

  /**
   * Brings a time into the range in which every millisecond has a successor and none is negative.
   */
  private static long clamp(long millis) {
    return Math.clamp(millis, 0L, Long.MAX_VALUE - 1);
  }
}
