package dev.carillon.engine.time;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;

/**
 * A wheel beside a naive model of it: trees and deques of node ids. Every step is done to both,
 * what the wheel serves must be what the model would serve, and {@link #check} compares the two and
 * walks every list of the wheel. A failure is an {@link AssertionError} whose message is the broken
 * rule.
 */
final class WheelModel {
  private static final long WINDOW = 1L << TimerWheel.WINDOW_SHIFT;
  private static final long SPAN = 1L << TimerWheel.SPAN_SHIFT;

  private final SplittableRandom random;
  private final int count;
  private final ArrayNodes nodes;
  private final TimerWheel wheel;

  private final TreeMap<Long, List<Integer>> timely = new TreeMap<>();
  private final TreeMap<Long, List<Integer>> held = new TreeMap<>();
  private final ArrayDeque<Integer> overdue = new ArrayDeque<>();
  private final ArrayDeque<Integer> due = new ArrayDeque<>();

  /** The order of scheduling of each scheduled node. */
  private final Map<Integer, Long> sequences = new HashMap<>();

  /**
   * The scale of this model's times: most deadlines lie within four units, most steps within one.
   */
  private final long unit;

  private long sequence;
  private long now;
  private boolean isDraining;

  /** Whether the latest advance had budget left, so that nothing was due. */
  private boolean isIdle;

  /** Builds the wheel to be tested from nodes and a time. */
  interface Maker {
    TimerWheel make(TimerNodes nodes, long nowMillis);
  }

  WheelModel(SplittableRandom random, int count, long nowMillis, Maker maker) {
    this.random = random;
    this.count = count;
    this.now = nowMillis;
    this.unit = random.nextInt(3) == 0 ? 5 : random.nextBoolean() ? WINDOW : SPAN;
    this.nodes = new ArrayNodes(count);
    this.wheel = maker.make(nodes, nowMillis);
  }

  /** Does one random thing and checks everything but the bitmaps. */
  void step() {
    act();
    check();
  }

  /** Does one random thing and checks only what the wheel serves, as its user would see it. */
  void act() {
    int dice = random.nextInt(100);
    if (dice < 55) {
      touch();
    } else {
      advance(dice < 90 ? laterMillis() : dice < 97 ? now : earlierMillis());
    }
  }

  /**
   * Serves everything, in time order, and expects an empty wheel within a bounded number of calls.
   */
  void drain() {
    isDraining = true;
    for (int calls = 0; !wheel.isEmpty(); calls++) {
      rule(calls < 20 * count, "a wheel that is called when it asks runs empty");
      advance(Math.max(now, wheel.nextDeadlineMillis()));
      check();
    }
    rule(sequences.isEmpty(), "no node is lost");
  }

  /** Compares the bitmaps of both rings with their lists; slow. */
  void auditRings() {
    wheel.slots.audit();
    wheel.buckets.audit();
  }

  private void touch() {
    int id = 1 + random.nextInt(count);
    if (sequences.containsKey(id)) {
      wheel.cancel(id);
      forget(id);
      if (random.nextInt(3) > 0) {
        return;
      }
    }
    schedule(id, deadlineMillis());
  }

  private void schedule(int id, long deadline) {
    nodes.deadline(id, deadline);
    if (deadline < wheel.position()) {
      overdue.add(id);
    } else {
      timely.computeIfAbsent(deadline, millis -> new ArrayList<>()).add(id);
    }
    sequences.put(id, sequence++);
    wheel.schedule(id);
  }

  private void forget(int id) {
    long deadline = nodes.deadline(id);
    boolean found =
        remove(timely, deadline, id)
            || remove(held, deadline, id)
            || overdue.remove(id)
            || due.remove(id);
    rule(found, "the model knows its own nodes");
    sequences.remove(id);
  }

  private static boolean remove(TreeMap<Long, List<Integer>> lists, long deadline, int id) {
    List<Integer> list = lists.get(deadline);
    if (list == null || !list.remove((Integer) id)) {
      return false;
    }
    if (list.isEmpty()) {
      lists.remove(deadline);
    }
    return true;
  }

  private void advance(long millis) {
    now = millis;
    due.addAll(overdue);
    overdue.clear();
    int budget = random.nextInt(3) == 0 ? 1 : 1 + random.nextInt(2 * count);
    int[] served = {0};
    isIdle = false;
    int left = wheel.advance(now, budget, id -> onDue(id, served));
    rule(left >= 0 && left <= budget, "what is left of a budget is a part of it");
    rule(served[0] + left <= budget, "no more nodes are served than the budget allows");
    isIdle = left > 0;
    while (!due.isEmpty() && nodes.deadline(due.peek()) > now && isHeld(due.peek())) {
      hold(due.poll());
    }
    if (isIdle) {
      rule(nextDue() == 0, "everything due is served while the budget lasts");
    }
  }

  private void onDue(int id, int[] served) {
    served[0]++;
    rule(sequences.containsKey(id), "only scheduled nodes are served");
    rule(nodes.deadline(id) <= now, "no node is served early");
    rule(nextDue() == id, "nodes are served in order of deadline, then of scheduling");
    rule(nodes.next(id) == 0 && nodes.previous(id) == 0, "a served node has no links");
    due.poll();
    sequences.remove(id);
    for (int acts = isDraining ? 0 : random.nextInt(4); acts > 1; acts--) {
      switch (random.nextInt(3)) {
        case 0 -> touch();
        case 1 -> cancelSimilar(nodes.deadline(id));
        default -> {
          if (!sequences.containsKey(id)) {
            schedule(id, deadlineMillis());
          }
        }
      }
    }
  }

  private void cancelSimilar(long deadline) {
    for (int id = 1; id <= count; id++) {
      if (sequences.containsKey(id) && nodes.deadline(id) == deadline) {
        wheel.cancel(id);
        forget(id);
        return;
      }
    }
  }

  /** Brings the node to be served next to the head of the due list and answers it, 0 if none. */
  private int nextDue() {
    while (true) {
      while (!due.isEmpty()) {
        if (nodes.deadline(due.peek()) <= now) {
          return due.peek();
        }
        hold(due.poll());
      }
      if (!held.isEmpty() && held.firstKey() <= now) {
        due.addAll(held.pollFirstEntry().getValue());
      } else if (!timely.isEmpty() && timely.firstKey() <= now) {
        due.addAll(timely.pollFirstEntry().getValue());
      } else {
        return 0;
      }
    }
  }

  private void hold(int id) {
    held.computeIfAbsent(nodes.deadline(id), millis -> new ArrayList<>()).add(id);
  }

  private boolean isHeld(int id) {
    int tail = wheel.held.tail(nodes.deadline(id));
    for (int other = tail; other != 0; other = nodes.previous(other)) {
      if (other == id) {
        return true;
      }
    }
    return false;
  }

  private void check() {
    rule(wheel.size() == sequences.size(), "the size is the number of scheduled nodes");
    rule(wheel.isEmpty() == sequences.isEmpty(), "a wheel is empty when its size is 0");
    checkNext();
    int seen = walk(wheel.dueTail, Long.MIN_VALUE, 63, false);
    seen += walk(wheel.overdueTail, Long.MIN_VALUE, 63, true);
    for (long at = wheel.held.first(); at != Ring.NONE; at = wheel.held.after(at)) {
      rule(at < wheel.position(), "held nodes are before the position");
      seen += walk(wheel.held.tail(at), at, 0, true);
    }
    long window = wheel.position() >>> TimerWheel.WINDOW_SHIFT;
    long span = wheel.position() >>> TimerWheel.SPAN_SHIFT;
    for (long at = wheel.spans.first(); at != Ring.NONE; at = wheel.spans.after(at)) {
      rule(at >= span, "no span lies before the position");
      seen += walk(wheel.spans.tail(at), at, TimerWheel.SPAN_SHIFT, true);
    }
    seen += walkRing(wheel.buckets, window, (span + 2) << 16, TimerWheel.WINDOW_SHIFT);
    seen += walkRing(wheel.slots, wheel.position(), (window + 2) << 16, 0);
    rule(seen == wheel.size(), "every scheduled node is in one list");
  }

  private int walkRing(Ring ring, long from, long end, int shift) {
    int seen = 0;
    long limit = end - from;
    for (long at = ring.first(from); at != Ring.NONE && at - from < limit; at = ring.first(at)) {
      seen += walk(ring.tail(at), at, shift, true);
      at++;
    }
    return seen;
  }

  private int walk(int tail, long tick, int shift, boolean isSorted) {
    if (tail == 0) {
      return 0;
    }
    int seen = 1;
    int id = nodes.next(tail);
    rule(nodes.previous(id) == 0, "the head of a list has no previous node");
    while (true) {
      rule(sequences.containsKey(id), "lists hold scheduled nodes only");
      rule(shift == 63 || nodes.deadline(id) >>> shift == tick, "a node is in its deadline's list");
      rule(shift < 63 || nodes.deadline(id) < wheel.position(), "what is due lies in the past");
      if (id == tail) {
        return seen;
      }
      int next = nodes.next(id);
      rule(next > 0 && nodes.previous(next) == id, "the links of a list agree");
      if (isSorted) {
        rule(sequences.get(id) < sequences.get(next), "a list is in the order of scheduling");
      }
      id = next;
      seen++;
      rule(seen <= count, "a list ends");
    }
  }

  private void checkNext() {
    long next = wheel.nextDeadlineMillis();
    long earliest = earliestMillis();
    rule(next <= earliest, "the next time is never after the earliest deadline");
    rule((next == Long.MAX_VALUE) == wheel.isEmpty(), "an empty wheel asks for nothing");
    if (wheel.dueTail != 0 || wheel.overdueTail != 0) {
      rule(next == 0, "what is due already asks for a call at once");
    } else if (isIdle) {
      rule(next > now, "an idle wheel does not ask for a call before time has passed");
    }
    if (next != 0 && farthestMillis() >>> 16 <= (wheel.position() >>> 16) + 1) {
      boolean isMoving = wheel.buckets.first(wheel.position() >>> 16) != Ring.NONE;
      isMoving |= wheel.spans.first() != Ring.NONE;
      rule(isMoving || next == earliest, "the next time is exact within two windows");
    }
  }

  private long earliestMillis() {
    long earliest = Long.MAX_VALUE;
    earliest = timely.isEmpty() ? earliest : Math.min(earliest, timely.firstKey());
    earliest = held.isEmpty() ? earliest : Math.min(earliest, held.firstKey());
    for (int id : overdue) {
      earliest = Math.min(earliest, nodes.deadline(id));
    }
    for (int id : due) {
      earliest = Math.min(earliest, nodes.deadline(id));
    }
    return earliest;
  }

  private long farthestMillis() {
    return timely.isEmpty() ? 0 : timely.lastKey();
  }

  /** Answers a deadline: mostly ahead, near, and on or next to an edge. */
  private long deadlineMillis() {
    return clamp(
        switch (random.nextInt(16)) {
          case 0 -> now - random.nextLong(100);
          case 1, 2 -> now;
          case 3 -> now + random.nextLong(WINDOW);
          case 4 -> now + random.nextLong(3 * WINDOW);
          case 5 -> edge(now + random.nextLong(4) * WINDOW, WINDOW);
          case 6 -> edge(now + random.nextLong(70_000) * WINDOW, WINDOW);
          case 7 -> edge(now + random.nextLong(4) * SPAN, SPAN);
          case 8 -> now + random.nextLong(4 * SPAN);
          case 9 -> now + (random.nextInt(8) == 0 ? random.nextLong(1L << 61) : 2 * WINDOW);
          case 10 -> random.nextInt(8) == 0 ? Long.MAX_VALUE - 1 : now + WINDOW;
          case 11 -> wheel.position() + random.nextInt(3) - 1;
          default -> now + 1 + random.nextLong(4 * unit);
        });
  }

  private long laterMillis() {
    return clamp(
        switch (random.nextInt(16)) {
          case 0, 1, 2, 3 ->
              Math.max(now, Math.min(wheel.nextDeadlineMillis(), Long.MAX_VALUE / 2));
          case 4 -> now + random.nextLong(WINDOW);
          case 5 -> edge(now + random.nextLong(3) * WINDOW, WINDOW);
          case 6 -> random.nextInt(4) == 0 ? edge(now + random.nextLong(3) * SPAN, SPAN) : now + 1;
          case 7 -> random.nextInt(8) == 0 ? now + random.nextLong(SPAN * 3) : now + 2;
          case 8 -> now + random.nextLong(100 * WINDOW);
          case 9, 10 -> now + random.nextLong(unit);
          case 11 -> edge(now + random.nextLong(2) * unit, unit & -unit);
          default -> now + random.nextLong(5);
        });
  }

  private long earlierMillis() {
    return clamp(
        switch (random.nextInt(4)) {
          case 0 -> now - random.nextLong(SPAN);
          case 1 -> now - random.nextLong(2 * WINDOW);
          default -> now - random.nextLong(10);
        });
  }

  /** Answers the edge before a time, or a neighbour of it. */
  private long edge(long millis, long unit) {
    return (millis & -unit) + random.nextInt(3) - 1;
  }

  /** Brings a time that ran out of the range of deadlines back into it; overflows were forward. */
  private long clamp(long millis) {
    if (millis < 0 && now > SPAN * 16) {
      return Long.MAX_VALUE - 1;
    }
    return Math.clamp(millis, 1, Long.MAX_VALUE - 1);
  }

  private static void rule(boolean holds, String sentence) {
    if (!holds) {
      throw new AssertionError(sentence);
    }
  }
}
