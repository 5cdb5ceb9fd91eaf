package dev.carillon.engine.rdb;

import dev.carillon.engine.keyspace.Draft;
import dev.carillon.engine.keyspace.Entry;
import dev.carillon.engine.keyspace.Keyspace;
import dev.carillon.engine.keyspace.SortedSetView;
import dev.carillon.engine.value.Listpack;
import dev.carillon.engine.value.MemberTable;
import dev.carillon.engine.value.SortedSetValue;
import dev.carillon.engine.value.ValueType;
import dev.carillon.protocol.bytes.Bytes;
import dev.carillon.protocol.bytes.Numerals;

/**
 * Sorted sets in the forms of RDB:
 *
 * <pre>
 *    3  texts     how many members, then each as a string and its score as a text: a byte with its
 *                 length, or 253 for NaN, 254 for infinity, 255 for minus infinity; only read
 *    5  doubles   how many members, then each as a string and its score as 8 bytes, lowest first;
 *                 the member with the highest score comes first
 *   12  ziplist   a string that holds a {@link Ziplist} of member, score and so on; only read
 *   17  listpack  a string that holds a {@link Listpack} of the same
 * </pre>
 *
 * <p>What is read is trusted in nothing: members are added one by one, so that they come into order
 * whatever order they had, are packed by the limits of this server, and one that comes twice is
 * found. One thread at a time.
 */
final class RdbSortedSet {

  static final int TEXTS = 3;
  static final int DOUBLES = 5;
  static final int ZIPLIST = 12;
  static final int LISTPACK = 17;

  private static final int NAN = 253;
  private static final int INFINITE = 254;
  private static final int MINUS_INFINITE = 255;

  private RdbSortedSet() {}

  static void write(SortedSetView view, RdbWriter out) {
    Bytes listpack = view.listpack();
    if (listpack != null) {
      out.kind(LISTPACK);
      out.string(listpack);
      return;
    }
    out.kind(DOUBLES);
    out.length(view.size());
    SortedSetView.Walk walk = view.walk(view.size() - 1, true);
    for (; walk.isMember(); walk.next()) {
      out.string(walk.member());
      out.int64(Double.doubleToRawLongBits(walk.score()));
    }
  }

  /** Begins to write a large sorted set, which may change as soon as this returns. */
  static RdbSlices begin(SortedSetValue sorted, RdbWriter out) {
    out.kind(DOUBLES);
    out.length(sorted.size());
    MemberTable members = sorted.members();
    Bytes member = Bytes.view();
    return new RdbMembers(
        members,
        out,
        (id, target) -> {
          target.string(members.member(id, member));
          target.int64(Double.doubleToRawLongBits(members.score(id)));
        },
        sorted.order());
  }

  /** Begins to read a sorted set behind its kind, which is one of those above. */
  static RdbValue begin(int kind, RdbReader in, Keyspace keyspace) throws RdbFormatException {
    Draft draft = new Draft(keyspace, ValueType.SORTED_SET);
    SortedSetView view = draft.sortedSet();
    long members = 0;
    switch (kind) {
      case TEXTS, DOUBLES -> members = count(in, view);
      case ZIPLIST -> readPacked(Ziplist.toListpack(in.string()).bytes(), view);
      case LISTPACK -> {
        Bytes listpack = in.string();
        if (!Listpack.isIntact(listpack)) {
          throw new RdbFormatException("a packed sorted set is damaged");
        }
        readPacked(listpack, view);
      }
      default -> throw new IllegalArgumentException("no form of sorted sets: " + kind);
    }
    return new Reading(draft, view, members, kind == TEXTS);
  }

  private static long count(RdbReader in, SortedSetView view) throws RdbFormatException {
    long count = in.count("a sorted set", "members");
    view.expect((int) Math.min(count, Integer.MAX_VALUE), 0);
    return count;
  }

  private static double textScore(RdbReader in) throws RdbFormatException {
    int length = in.int8();
    return switch (length) {
      case NAN -> Double.NaN;
      case INFINITE -> Double.POSITIVE_INFINITY;
      case MINUS_INFINITE -> Double.NEGATIVE_INFINITY;
      default -> Numerals.parseDouble(in.bytes(length));
    };
  }

  private static void readPacked(Bytes listpack, SortedSetView view) throws RdbFormatException {
    int count = Listpack.count(listpack);
    if (count == 0) {
      throw new RdbFormatException.Empty("a packed sorted set has no members");
    }
    if (count % 2 != 0) {
      throw new RdbFormatException("a packed sorted set has " + count + " entries");
    }
    view.expect(count / 2, 0);
    Bytes member = Bytes.view();
    Bytes score = Bytes.view();
    byte[] digits = new byte[Numerals.LONG_LENGTH_MAX];
    byte[] moreDigits = new byte[Numerals.LONG_LENGTH_MAX];
    int at = Listpack.first(listpack);
    while (at != Listpack.NONE) {
      Listpack.text(listpack, at, member, digits);
      at = Listpack.next(listpack, at);
      Listpack.text(listpack, at, score, moreDigits);
      at = Listpack.next(listpack, at);
      add(view, member, Numerals.parseDouble(score));
    }
  }

  private static void add(SortedSetView view, Bytes member, double score)
      throws RdbFormatException {
    if (Double.isNaN(score)) {
      throw new RdbFormatException("a score is no number");
    }
    if (view.find(member) != SortedSetView.NONE) {
      throw new RdbFormatException("a sorted set has a member twice");
    }
    view.add(member, score);
  }

  /** A sorted set of which some members are still to be read. */
  private static final class Reading implements RdbValue {
    private final Draft draft;
    private final SortedSetView view;
    private final boolean asTexts;
    private long left;

    Reading(Draft draft, SortedSetView view, long left, boolean asTexts) {
      this.draft = draft;
      this.view = view;
      this.left = left;
      this.asTexts = asTexts;
    }

    @Override
    public ValueType type() {
      return ValueType.SORTED_SET;
    }

    @Override
    public boolean readOn(RdbReader in, long untilPosition) throws RdbFormatException {
      while (left > 0 && in.position() < untilPosition) {
        Bytes member = in.string();
        add(view, member, asTexts ? textScore(in) : Double.longBitsToDouble(in.int64()));
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
