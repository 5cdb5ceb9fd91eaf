package dev.carillon.engine.value;

import dev.carillon.engine.store.KeyTable;
import dev.carillon.protocol.bytes.Bytes;
import java.util.function.IntConsumer;
import java.util.random.RandomGenerator;

/**
 * A set that is too large for its slot. It knows what Redis would call it, because some sets are
 * too large here that Redis still keeps packed. Engine thread only.
 */
public final class SetValue extends Value {

  /** Derived: the fields of this object. */
  private static final int OVERHEAD_BYTES = 32;

  private final MemberTable members;
  private SetEncoding encoding;

  /** The set of the members in a table, which belongs to it from now on. */
  public SetValue(MemberTable members, SetEncoding encoding) {
    this.members = members;
    this.encoding = encoding;
  }

  @Override
  public KeyTable index() {
    return members.index();
  }

  @Override
  public ValueType type() {
    return ValueType.SET;
  }

  /** What Redis would call it. */
  public SetEncoding encoding() {
    return encoding;
  }

  /** Says what Redis would call it from now on. */
  public void encoding(SetEncoding newEncoding) {
    encoding = newEncoding;
  }

  /** The members, to be looked at only. */
  public MemberTable members() {
    return members;
  }

  /** How many members there are. */
  public int size() {
    return members.size();
  }

  /** Whether the set has a member. */
  public boolean contains(Bytes member) {
    return members.find(member) != 0;
  }

  /** Adds a member; returns whether it was missing. */
  public boolean add(Bytes member) {
    if (members.find(member) != 0) {
      return false;
    }
    members.add(member);
    return true;
  }

  /** Removes a member; returns whether it was there. */
  public boolean remove(Bytes member) {
    int id = members.find(member);
    if (id != 0) {
      members.remove(id);
    }
    return id != 0;
  }

  /** Removes the member with an id. */
  public void remove(int id) {
    members.remove(id);
  }

  /** The id of some member, each with the same chance; the set must not be empty. */
  public int random(RandomGenerator random) {
    return members.random(random);
  }

  /** Points {@code view} at a member; good until the next change of the set. */
  public Bytes member(int id, Bytes view) {
    return members.member(id, view);
  }

  /** Visits the ids of members from a cursor on; see {@link MemberTable#scan}. */
  public long scan(long cursor, int count, IntConsumer visitor) {
    return members.scan(cursor, count, visitor);
  }

  @Override
  public boolean isEmpty() {
    return members.size() == 0;
  }

  @Override
  public long parts() {
    return encoding == SetEncoding.HASHTABLE ? members.size() : 1;
  }

  @Override
  public long sizeBytes() {
    return OVERHEAD_BYTES + members.sizeBytes();
  }

  @Override
  public void release() {
    members.release();
  }

  @Override
  public SetValue copy() {
    return new SetValue(members.copy(), encoding);
  }
}
