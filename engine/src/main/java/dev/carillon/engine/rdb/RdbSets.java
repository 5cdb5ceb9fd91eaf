package dev.carillon.engine.rdb;

import dev.carillon.engine.keyspace.Draft;
import dev.carillon.engine.keyspace.Entry;
import dev.carillon.engine.keyspace.Keyspace;
import dev.carillon.engine.keyspace.SetView;
import dev.carillon.engine.value.Intset;
import dev.carillon.engine.value.Listpack;
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
      out.int8(INTSET);
      out.string(intset);
      return;
    }
    out.int8(MEMBERS);
    out.length(set.size());
    set.forEach(out::string);
  }

  static RdbValue read(int kind, RdbReader in, Keyspace keyspace) throws RdbFormatException {
    Draft draft = new Draft(keyspace, ValueType.SET);
    switch (kind) {
      case MEMBERS -> readMembers(in, draft.set());
      case INTSET -> readIntset(in.string(), draft.set());
      case LISTPACK -> readListpack(in.string(), draft.set());
      default -> throw new IllegalArgumentException("no form of sets: " + kind);
    }
    return new Read(draft);
  }

  private static void readMembers(RdbReader in, SetView set) throws RdbFormatException {
    long count = in.length();
    if (count <= 0 || count > in.remaining()) {
      throw new RdbFormatException("a set claims to have " + count + " members");
    }
    set.expect(count);
    for (long i = 0; i < count; i++) {
      add(set, in.string());
    }
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
    if (!Listpack.isIntact(listpack) || Listpack.count(listpack) == 0) {
      throw new RdbFormatException("a packed set is damaged");
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

  private record Read(Draft draft) implements RdbValue {

    @Override
    public ValueType type() {
      return ValueType.SET;
    }

    @Override
    public void putInto(Entry entry) {
      entry.take(draft);
    }
  }
}
