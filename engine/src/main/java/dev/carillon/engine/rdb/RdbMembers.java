package dev.carillon.engine.rdb;

import dev.carillon.engine.store.SlotMarks;
import dev.carillon.engine.value.MemberTable;
import dev.carillon.engine.value.ScoreIndex;
import dev.carillon.protocol.bytes.Bytes;
import org.jspecify.annotations.Nullable;

/**
 * Writes the members of a large hash, set or sorted set as they were at one time, while they
 * change: as the table's witness it writes each member just before it changes, and the walk passes
 * by what is written or was not there at the beginning. So neither the walk nor the change has to
 * wait for the other. Engine thread only.
 */
final class RdbMembers implements RdbSlices, MemberTable.Witness {

  /** Chosen: a step of the walk takes some microseconds. */
  private static final int STEP = 32;

  /** How one member is written. */
  @FunctionalInterface
  interface Form {
    /** Writes the member with an id. */
    void write(int id, RdbWriter out);
  }

  private final MemberTable members;
  private final Form form;
  private final @Nullable ScoreIndex order;

  /** What is written, or came after the beginning. */
  private final SlotMarks marks = new SlotMarks();

  private RdbWriter out;
  private boolean begun;
  private long cursor;

  /** Where a walk in order stopped: what is left lies before this member. */
  private @Nullable Bytes last;

  private double lastScore;

  /** In the order of the table, which has no meaning. */
  RdbMembers(MemberTable members, RdbWriter out, Form form) {
    this(members, out, form, null);
  }

  /** From the last one in an order to the first, but for those that change meanwhile. */
  RdbMembers(MemberTable members, RdbWriter out, Form form, @Nullable ScoreIndex order) {
    this.members = members;
    this.out = out;
    this.form = form;
    this.order = order;
    members.witness(this);
  }

  @Override
  public void redirect(RdbWriter newOut) {
    out = newOut;
  }

  @Override
  public void beforeChange(int id) {
    write(id);
  }

  @Override
  public void onAdded(int id) {
    marks.add(id);
  }

  private void write(int id) {
    if (marks.add(id)) {
      form.write(id, out);
    }
  }

  @Override
  public boolean write(RdbWriter target, int bytes) {
    out = target;
    long end = (long) target.length() + bytes;
    return order == null ? walk(end) : walk(order, end);
  }

  private boolean walk(long end) {
    do {
      cursor = members.scan(cursor, STEP, this::write);
    } while (cursor != 0 && out.length() < end);
    return cursor == 0;
  }

  private boolean walk(ScoreIndex index, long end) {
    int left = begun ? index.countBefore(this::isLeft) : members.size();
    begun = true;
    if (left == 0) {
      return true;
    }
    ScoreIndex.Walk walk = index.walk(left - 1);
    Bytes view = Bytes.view();
    for (int steps = 1; walk.isMember(); steps++) {
      write(walk.id());
      if (steps % STEP == 0 && out.length() >= end) {
        last = members.member(walk.id(), view).copy();
        lastScore = walk.score();
        return false;
      }
      walk.previous();
    }
    return true;
  }

  private final Bytes compared = Bytes.view();

  private boolean isLeft(double score, int id) {
    return score < lastScore
        || (score == lastScore && last != null && members.member(id, compared).compareTo(last) < 0);
  }

  @Override
  public void close() {
    members.witness(null);
  }
}
