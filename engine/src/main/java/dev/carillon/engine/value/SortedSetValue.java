package dev.carillon.engine.value;

import dev.carillon.engine.store.KeyTable;
import dev.carillon.protocol.bytes.Bytes;

/**
 * A large sorted set: its members with their scores, and their order. Members are known by the ids
 * of {@link #members()}; whoever adds, removes or moves one does it here, so that both agree.
 * Engine thread only.
 */
public final class SortedSetValue extends Value {

  private static final int OVERHEAD_BYTES = 40;

  private final MemberTable members;
  private final ScoreIndex order;
  private boolean packedForRedis;

  /**
   * An empty sorted set.
   *
   * @param members empty; belongs to this from now on
   */
  public SortedSetValue(MemberTable members) {
    this.members = members;
    this.order = new ScoreIndex(members);
  }

  @Override
  public KeyTable index() {
    return members.index();
  }

  @Override
  public ValueType type() {
    return ValueType.SORTED_SET;
  }

  /** The members with their scores, to be looked at only. */
  public MemberTable members() {
    return members;
  }

  /** The order of the members, to be looked at only. */
  public ScoreIndex order() {
    return order;
  }

  /** How many members there are. */
  public int size() {
    return members.size();
  }

  /** Adds a member that is not there; answers its id. O(log size). */
  public int add(Bytes member, double score) {
    int id = members.add(member, score);
    order.add(score, id);
    return id;
  }

  /** Changes the score of a member. O(log size). */
  public void score(int id, double score) {
    order.move(members.score(id), id, score);
    members.score(id, score);
  }

  /** Removes a member. O(log size). */
  public void remove(int id) {
    order.remove(members.score(id), id);
    members.remove(id);
  }

  /** Removes {@code count} members from a rank on; there must be so many. */
  public void removeRange(int rank, int count) {
    order.removeRange(rank, count, members::remove);
  }

  /** Whether Redis would still keep it packed, where it is large here. */
  public boolean isPackedForRedis() {
    return packedForRedis;
  }

  /** Says whether Redis would still keep it packed. */
  public void packedForRedis(boolean isPacked) {
    packedForRedis = isPacked;
  }

  @Override
  public boolean isEmpty() {
    return members.size() == 0;
  }

  @Override
  public long parts() {
    return packedForRedis ? 1 : members.size();
  }

  @Override
  public long sizeBytes() {
    return OVERHEAD_BYTES + members.sizeBytes() + order.sizeBytes();
  }

  @Override
  public void release() {
    members.release();
  }

  @Override
  public SortedSetValue copy() {
    SortedSetValue copy = new SortedSetValue(members.empty());
    Bytes view = Bytes.view();
    if (!isEmpty()) {
      ScoreIndex.Walk walk = order.walk(0);
      for (; walk.isMember(); walk.next()) {
        copy.add(members.member(walk.id(), view), walk.score());
      }
    }
    copy.packedForRedis = packedForRedis;
    return copy;
  }
}
