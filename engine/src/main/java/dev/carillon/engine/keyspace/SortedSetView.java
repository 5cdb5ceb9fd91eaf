package dev.carillon.engine.keyspace;

import dev.carillon.engine.store.Slots;
import dev.carillon.engine.value.Listpack;
import dev.carillon.engine.value.MemberTable;
import dev.carillon.engine.value.Packed;
import dev.carillon.engine.value.ScoreIndex;
import dev.carillon.engine.value.SortedSetValue;
import dev.carillon.protocol.bytes.Bytes;
import dev.carillon.protocol.bytes.Numerals;
import java.util.HashSet;
import java.util.Set;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * The sorted set that a key or a draft holds, whatever its form: a small one is a {@link Listpack}
 * of member, score, member, score and so on in order; a large one is a {@link SortedSetValue}. It
 * becomes large where a new member is too much for the limits of {@link PackingLimits}, or for a
 * slot, and stays so. A packed sorted set that no slot can hold becomes large earlier than in
 * Redis, and keeps the word for its form until Redis would change it.
 *
 * <p>A member that is there is known by its <em>place</em>, a number that is good until the next
 * change; 0 is none. In order it is known by its rank, 0 for the first. Scores are never NaN. The
 * methods that change something need the door open ({@link Entry}). Engine thread only.
 */
public final class SortedSetView {

  /** What {@link #find} says of a member that is not there. */
  public static final int NONE = 0;

  /** Where more than a third is drawn, members are passed by, not drawn. */
  private static final int DRAWN_SHARE = 3;

  private final Holder holder;
  private final Keyspace keyspace;
  private final Bytes text = Bytes.view();
  private final Bytes real = Bytes.view();
  private byte @Nullable [] digits;

  SortedSetView(Holder holder, Keyspace keyspace) {
    this.holder = holder;
    this.keyspace = keyspace;
  }

  /** Where the texts of numbers are written; few operations need it. */
  private byte[] digits() {
    byte[] scratch = digits;
    if (scratch == null) {
      scratch = new byte[Numerals.DOUBLE_LENGTH_MAX];
      digits = scratch;
    }
    return scratch;
  }

  private boolean isLarge() {
    return holder.holdsObject();
  }

  private SortedSetValue large() {
    return (SortedSetValue) holder.object();
  }

  private Bytes pack() {
    return holder.packed().bytes();
  }

  // ------------------------------------------------------------------------------------- members

  /** How many members there are. */
  public int size() {
    return isLarge() ? large().size() : Listpack.count(pack()) / 2;
  }

  /** The place of a member, or {@link #NONE}. */
  public int find(Bytes member) {
    if (isLarge()) {
      return large().members().find(member);
    }
    Bytes pack = pack();
    return Listpack.find(pack, Listpack.first(pack), member, 2);
  }

  /** The score of the member at a place. */
  public double score(int place) {
    if (isLarge()) {
      return large().members().score(place);
    }
    Bytes pack = pack();
    return scoreAt(pack, Listpack.next(pack, place));
  }

  /** The score of a member; NaN if it is not there. */
  public double score(Bytes member) {
    int place = find(member);
    return place == NONE ? Double.NaN : score(place);
  }

  /**
   * Says how many members one command is about to add at most, and how long the first of them is:
   * where that alone is too much for the packed form, the sorted set becomes large at once, even if
   * some turn out to be there already. As in Redis 7.2 and newer.
   *
   * @return whether the form has changed, so that places are no longer good
   */
  public boolean expect(int members, int length) {
    if (isWithinLimits(members, length)) {
      return false;
    }
    boolean changes = !isLarge();
    if (changes) {
      unpack();
    }
    large().packedForRedis(false);
    return changes;
  }

  /** Adds a member that is not there. */
  public void add(Bytes member, double score) {
    if (!isLarge()) {
      if (fits(member, score)) {
        insert(member, score);
        return;
      }
      unpack();
    }
    SortedSetValue value = large();
    if (value.isPackedForRedis()) {
      value.packedForRedis(isWithinLimits(value.size() + 1, member.length()));
    }
    value.add(member, score);
  }

  /**
   * Changes the score of a member.
   *
   * @param place of the member
   * @param member the same; no view into this database
   */
  public void move(int place, Bytes member, double score) {
    if (isLarge()) {
      large().score(place, score);
      return;
    }
    Listpack.delete(holder.packed(), place, 2);
    if (pack().isEmpty() || hasRoomFor(member, score)) {
      insert(member, score);
    } else {
      unpack();
      large().add(member, score);
    }
  }

  /** Removes the member at a place. */
  public void remove(int place) {
    if (isLarge()) {
      large().remove(place);
    } else {
      Listpack.delete(holder.packed(), place, 2);
    }
  }

  // --------------------------------------------------------------------------------------- order

  /** The rank of the member at a place. */
  public int rank(int place) {
    if (isLarge()) {
      return large().order().rank(large().members().score(place), place);
    }
    Bytes pack = pack();
    int rank = 0;
    for (int at = Listpack.first(pack); at != place; at = second(pack, at)) {
      rank++;
    }
    return rank;
  }

  /** How many members have a lower score than this, or one that is no higher. */
  public int countBelow(double score, boolean orEqual) {
    if (isLarge()) {
      return large().order().countBelow(score, orEqual);
    }
    Bytes pack = pack();
    int count = 0;
    for (int at = Listpack.first(pack); at != Listpack.NONE; ) {
      int scoreAt = Listpack.next(pack, at);
      double other = scoreAt(pack, scoreAt);
      if (other > score || (other == score && !orEqual)) {
        break;
      }
      count++;
      at = Listpack.next(pack, scoreAt);
    }
    return count;
  }

  /**
   * How many members come before these bytes, or are no more than these bytes. Means something only
   * where all scores are equal.
   */
  public int countBelow(Bytes member, boolean orEqual) {
    if (isLarge()) {
      return large().order().countBelow(member, orEqual);
    }
    Bytes pack = pack();
    int count = 0;
    for (int at = Listpack.first(pack); at != Listpack.NONE; at = second(pack, at)) {
      if (Listpack.text(pack, at, text, digits()).compareTo(member) >= (orEqual ? 1 : 0)) {
        break;
      }
      count++;
    }
    return count;
  }

  /**
   * A walk that begins at a rank; it is over at once where no member has that rank. Good until the
   * next change.
   *
   * @param backwards whether it goes to lower ranks
   */
  public Walk walk(int rank, boolean backwards) {
    return new Walk(rank, backwards);
  }

  /** Removes {@code count} members from a rank on; there must be so many. */
  public void removeRange(int rank, int count) {
    if (isLarge()) {
      large().removeRange(rank, count);
    } else if (count > 0) {
      Listpack.delete(holder.packed(), Listpack.seek(pack(), 2 * rank), 2 * count);
    }
  }

  /** Goes from member to member in order. */
  public final class Walk {
    private final boolean backwards;
    private final ScoreIndex.@Nullable Walk walk;
    private final Bytes member = Bytes.view();
    private final byte[] scratch = new byte[Numerals.LONG_LENGTH_MAX];
    private int at = Listpack.NONE;

    private Walk(int rank, boolean backwards) {
      this.backwards = backwards;
      boolean isRank = rank >= 0 && rank < size();
      this.walk = isLarge() && isRank ? large().order().walk(rank) : null;
      if (!isLarge() && isRank) {
        at = Listpack.seek(pack(), 2 * rank);
      }
    }

    /** Whether there is a member here; otherwise the walk is over. */
    public boolean isMember() {
      return walk != null ? walk.isMember() : at != Listpack.NONE;
    }

    /** The member here; the same view each time, good until the walk goes on. */
    public Bytes member() {
      return walk != null
          ? large().members().member(walk.id(), member)
          : Listpack.text(pack(), at, member, scratch);
    }

    /** The score of the member here. */
    public double score() {
      if (walk != null) {
        return walk.score();
      }
      Bytes pack = pack();
      return scoreAt(pack, Listpack.next(pack, at));
    }

    /** Goes on to the next member in the direction of the walk. */
    public void next() {
      if (walk == null) {
        Bytes pack = pack();
        if (!backwards) {
          at = second(pack, at);
        } else {
          int before = Listpack.previous(pack, at);
          at = before == Listpack.NONE ? Listpack.NONE : Listpack.previous(pack, before);
        }
      } else if (backwards) {
        walk.previous();
      } else {
        walk.next();
      }
    }
  }

  /** Receives members. */
  @FunctionalInterface
  public interface Visitor {
    /**
     * Receives a member.
     *
     * @param member a view that is good during the call
     */
    void visit(Bytes member, double score);
  }

  /** Draws members, each of them any number of times; there must be one. O(count). */
  public void draw(long count, RandomGenerator random, Visitor visitor) {
    if (isLarge()) {
      MemberTable members = large().members();
      for (long i = 0; i < count; i++) {
        int id = members.random(random);
        visitor.visit(members.member(id, text), members.score(id));
      }
      return;
    }
    // Walking to each member that is drawn would cost O(count * bytes).
    Bytes pack = pack();
    int[] positions = new int[size()];
    int at = Listpack.first(pack);
    for (int i = 0; i < positions.length; i++) {
      positions[i] = at;
      at = second(pack, at);
    }
    for (long i = 0; i < count; i++) {
      visitPacked(pack, positions[random.nextInt(positions.length)], visitor);
    }
  }

  /**
   * Draws different members, each choice of so many of them with the same chance. O(count), or
   * O(bytes) of a packed sorted set.
   *
   * @param count at most as many as there are
   */
  public void drawDistinct(int count, RandomGenerator random, Visitor visitor) {
    int left = size();
    int wanted = count;
    if (isLarge() && count <= left / DRAWN_SHARE) {
      MemberTable members = large().members();
      Set<Integer> drawn = new HashSet<>();
      while (drawn.size() < count) {
        int id = members.random(random);
        if (drawn.add(id)) {
          visitor.visit(members.member(id, text), members.score(id));
        }
      }
      return;
    }
    // From the highest score to the lowest, as Redis says them where all are wanted.
    for (Walk walk = walk(left - 1, true); wanted > 0; walk.next()) {
      if (random.nextInt(left--) < wanted) {
        visitor.visit(walk.member(), walk.score());
        wanted--;
      }
    }
  }

  private void visitPacked(Bytes pack, int at, Visitor visitor) {
    double score = scoreAt(pack, Listpack.next(pack, at));
    visitor.visit(Listpack.text(pack, at, text, digits()), score);
  }

  /**
   * Visits members from a cursor on, in no order that means anything; a packed sorted set is
   * visited whole. A member that is there from the call with cursor 0 to the one that answers 0 is
   * visited.
   *
   * @param cursor 0, or what the last call answered
   * @param count about how many members to visit
   * @return the cursor to go on from, or 0 at the end
   */
  public long scan(long cursor, int count, Visitor visitor) {
    if (!isLarge()) {
      Bytes pack = pack();
      for (int at = Listpack.first(pack); at != Listpack.NONE; at = second(pack, at)) {
        visitPacked(pack, at, visitor);
      }
      return 0;
    }
    MemberTable members = large().members();
    return members.scan(
        cursor, count, id -> visitor.visit(members.member(id, text), members.score(id)));
  }

  /** The bytes of a packed sorted set, or null. */
  public @Nullable Bytes listpack() {
    return isLarge() ? null : pack();
  }

  /** Redis' word for the form. */
  public String encoding() {
    return !isLarge() || large().isPackedForRedis() ? "listpack" : "skiplist";
  }

  // -------------------------------------------------------------------------------------- packed

  private static int second(Bytes pack, int at) {
    return Listpack.next(pack, Listpack.next(pack, at));
  }

  private double scoreAt(Bytes pack, int at) {
    return Listpack.isInteger(pack, at)
        ? Listpack.integer(pack, at)
        : Numerals.parseDouble(Listpack.view(pack, at, text));
  }

  /** Whether the score is kept as an integer, which forgets the sign of zero as Redis does. */
  private static boolean isInteger(double score) {
    return score >= -0x1p62 && score <= 0x1p62 && (long) score == score;
  }

  private int scoreBytes(double score) {
    return isInteger(score) ? Listpack.entryBytes((long) score) : Listpack.entryBytes(real(score));
  }

  private Bytes real(double score) {
    return real.pointTo(digits(), 0, Numerals.writeDouble(score, digits(), 0));
  }

  private boolean isWithinLimits(int size, int memberLength) {
    PackingLimits limits = keyspace.limits();
    return size <= limits.sortedSetEntries && memberLength <= limits.sortedSetValue;
  }

  private boolean hasRoomFor(Bytes member, double score) {
    int bytes = Listpack.entryBytes(member) + scoreBytes(score);
    return Listpack.lengthWith(pack(), bytes) <= Slots.MAX_INLINE;
  }

  private boolean fits(Bytes member, double score) {
    return isWithinLimits(size() + 1, member.length()) && hasRoomFor(member, score);
  }

  /** Puts a member where it belongs. */
  private void insert(Bytes member, double score) {
    Bytes pack = pack();
    int at = Listpack.first(pack);
    while (at != Listpack.NONE) {
      int scoreAt = Listpack.next(pack, at);
      double other = scoreAt(pack, scoreAt);
      if (other > score
          || (other == score && Listpack.text(pack, at, text, digits()).compareTo(member) > 0)) {
        break;
      }
      at = Listpack.next(pack, scoreAt);
    }
    put(holder.packed(), at, member, score);
  }

  private void put(Packed target, int at, Bytes member, double score) {
    if (isInteger(score)) {
      Listpack.insert(target, at, member, (long) score);
    } else {
      Listpack.insert(target, at, member, real(score));
    }
  }

  /** Makes the sorted set large. */
  private void unpack() {
    SortedSetValue value = new SortedSetValue(new MemberTable(keyspace.pages(), keyspace.seed()));
    for (Walk walk = walk(0, false); walk.isMember(); walk.next()) {
      value.add(walk.member(), walk.score());
    }
    value.packedForRedis(true);
    holder.object(value);
  }
}
