package dev.carillon.engine.rdb;

import dev.carillon.engine.keyspace.Draft;
import dev.carillon.engine.keyspace.Entry;
import dev.carillon.engine.keyspace.Keyspace;
import dev.carillon.engine.keyspace.SetView;
import dev.carillon.engine.value.Intset;
import dev.carillon.engine.value.Listpack;
import dev.carillon.engine.value.MemberTable;
import dev.carillon.engine.value.SetValue;
import dev.carillon.engine.value.ValueType;
import dev.carillon.protocol.bytes.Bytes;
import dev.carillon.protocol.bytes.Numerals;

/**
 * Sets in the forms of RDB:
 *
 * <pre>
 *    2  members   how many members, then each as a string
 *   11  intset    a string that holds an {@link Intset}
 *   20  listpack  a string that holds a {@link Listpack}; since version 11, so it is only read
 * </pre>
 *
 * <p>What is read is trusted in nothing: members are added one by one, so that what was packed
 * elsewhere is packed by the rules and limits of this server, and a member that comes twice is
 * found. One thread at a time.
 */
final class RdbSets {

  static final int MEMBERS = 2;
  static final int INTSET = 11;
  static final int LISTPACK = 20;

  private RdbSets() {}

  static void write(SetView set, RdbWriter out) {
    Bytes intset = set.intset();
    if (intset != null) {
      out.kind(INTSET);
      out.string(intset);
      return;
    }
    out.kind(MEMBERS);
    out.length(set.size());
    set.forEach(out::string);
  }

  /** Begins to write a large set, which may change as soon as this returns. */
  static RdbSlices begin(SetValue set, RdbWriter out) {
    out.kind(MEMBERS);
    out.length(set.size());
    MemberTable members = set.members();
    Bytes member = Bytes.view();
    return new RdbMembers(members, out, (id, target) -> target.string(members.member(id, member)));
  }

  /** Begins to read a set behind its kind, which is one of those above. */
  static RdbValue begin(int kind, RdbReader in, Keyspace keyspace) throws RdbFormatException {
    Draft draft = new Draft(keyspace, ValueType.SET);
    SetView set = draft.set();
    long members = 0;
    switch (kind) {
      case MEMBERS -> members = count(in, set);
      case INTSET -> readIntset(in.string(), set);
      case LISTPACK -> readListpack(in.string(), set);
      default -> throw new IllegalArgumentException("no form of sets: " + kind);
    }
    return new Reading(draft, set, members);
  }

  private static long count(RdbReader in, SetView set) throws RdbFormatException {
    long count = in.count("a set", "members");
    set.expect(count);
    return count;
  }

  private static void readIntset(Bytes intset, SetView set) throws RdbFormatException {
    if (!Intset.isIntact(intset)) {
      throw new RdbFormatException("a set of integers is damaged");
    }
    int count = Intset.count(intset);
    set.expect(count);
    for (int i = 0; i < count; i++) {
      add(set, Numerals.of(Intset.get(intset, i)));
    }
  }

  private static void readListpack(Bytes listpack, SetView set) throws RdbFormatException {
    if (!Listpack.isIntact(listpack)) {
      throw new RdbFormatException("a packed set is damaged");
    }
    if (Listpack.count(listpack) == 0) {
      throw new RdbFormatException.Empty("a packed set has no members");
    }
    set.expect(Listpack.count(listpack));
    Bytes view = Bytes.view();
    byte[] digits = new byte[Numerals.LONG_LENGTH_MAX];
    int at = Listpack.first(listpack);
    for (; at != Listpack.NONE; at = Listpack.next(listpack, at)) {
      add(set, Listpack.text(listpack, at, view, digits));
    }
  }

  private static void add(SetView set, Bytes member) throws RdbFormatException {
    if (!set.add(member)) {
      throw new RdbFormatException("a set has a member twice");
    }
  }

  /** A set of which some members are still to be read. */
  private static final class Reading implements RdbValue {
    private final Draft draft;
    private final SetView set;
    private long left;

    Reading(Draft draft, SetView set, long left) {
      this.draft = draft;
      this.set = set;
      this.left = left;
    }

    @Override
    public ValueType type() {
      return ValueType.SET;
    }

    @Override
    public boolean readOn(RdbReader in, long untilPosition) throws RdbFormatException {
      while (left > 0 && in.position() < untilPosition) {
        add(set, in.string());
        left--;
      }
      return left == 0;
    }

    @Override
    public void putInto(Entry entry) {
      entry.take(draft);
    }
  }
}
