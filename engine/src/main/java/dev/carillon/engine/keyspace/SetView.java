package dev.carillon.engine.keyspace;

import dev.carillon.engine.store.Slots;
import dev.carillon.engine.value.Intset;
import dev.carillon.engine.value.Listpack;
import dev.carillon.engine.value.MemberTable;
import dev.carillon.engine.value.Packed;
import dev.carillon.engine.value.PackedArray;
import dev.carillon.engine.value.SetEncoding;
import dev.carillon.engine.value.SetValue;
import dev.carillon.engine.value.ValueType;
import dev.carillon.protocol.bytes.Bytes;
import dev.carillon.protocol.bytes.Numerals;
import java.util.BitSet;
import java.util.function.Consumer;
import java.util.function.IntConsumer;
import java.util.function.Predicate;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * The set that a key or a draft holds, whichever way it is kept: nobody else knows that there are
 * several.
 *
 * <p><b>Ways.</b> A small set is packed: ascending integers while all members are integers, else
 * one string behind the other. A larger one is a {@link SetValue}. Ways change as in Redis 7.2 and
 * newer, which is where OBJECT ENCODING gets its word from: the first member decides; integers that
 * meet something else become strings; a set with too many or too long members becomes large. A
 * packed set that no slot can hold becomes large earlier than in Redis, and keeps the word until
 * Redis would change it. Nothing turns back, but that a set which loses most of its members to
 * {@link #removeRandom} is made anew, as in Redis.
 *
 * <p>Members that are handed out are views: good until the next change in the same database, and
 * until the next member is handed out. Methods that change something belong between the doors of
 * the entry. Engine thread only.
 */
public final class SetView {

  /** How many members of a large set are looked at in one go. */
  private static final int STEP = 256;

  /** As Redis: where at most a sixth remains, the rest is chosen instead of what goes. */
  private static final int REMAINING_SHARE = 5;

  /** As Redis: where more than a third is drawn, members are passed by, not drawn. */
  private static final int DRAWN_SHARE = 3;

  /** As Redis: more integers are never packed. */
  private static final long INTSET_ENTRIES_MAX = 1 << 30;

  private final Holder holder;
  private final Keyspace keyspace;
  private final PackingLimits limits;
  private final Bytes lent = Bytes.view();
  private final byte[] digits = new byte[Numerals.LONG_LENGTH_MAX];
  private long expected = 1;

  SetView(Holder holder, Keyspace keyspace) {
    this.holder = holder;
    this.keyspace = keyspace;
    this.limits = keyspace.limits();
  }

  private SetValue large() {
    return (SetValue) holder.object();
  }

  private boolean isIntset() {
    return holder.form() == SetEncoding.INTSET.form();
  }

  // -------------------------------------------------------------------------------------- asking

  /** How many members there are. */
  public int size() {
    if (holder.holdsObject()) {
      return large().size();
    }
    Bytes bytes = holder.packed().bytes();
    return isIntset() ? Intset.count(bytes) : Listpack.count(bytes);
  }

  /** Whether there are no members. */
  public boolean isEmpty() {
    return size() == 0;
  }

  /** Whether the set has a member. O(1), or O(bytes) of a packed set. */
  public boolean contains(Bytes member) {
    if (holder.holdsObject()) {
      return large().contains(member);
    }
    Bytes bytes = holder.packed().bytes();
    return isIntset()
        ? Numerals.isLong(member) && Intset.contains(bytes, Numerals.toLong(member))
        : Listpack.find(bytes, Listpack.first(bytes), member, 1) != Listpack.NONE;
  }

  /** What Redis would call the way in which the set is kept. */
  public SetEncoding encoding() {
    if (holder.holdsObject()) {
      return large().encoding();
    }
    return isIntset() ? SetEncoding.INTSET : SetEncoding.LISTPACK;
  }

  /** The bytes of a set that is kept as an {@link Intset}, or null. */
  public @Nullable Bytes intset() {
    return !holder.holdsObject() && isIntset() ? holder.packed().bytes() : null;
  }

  // ------------------------------------------------------------------------------------- walking

  /** Visits all members. The set must not change meanwhile. */
  public void forEach(Consumer<Bytes> visitor) {
    forEachWhile(
        member -> {
          visitor.accept(member);
          return true;
        });
  }

  /**
   * Visits members until the visitor says that it has seen enough. The set must not change
   * meanwhile.
   *
   * @return whether it has not, so that all members were visited
   */
  public boolean forEachWhile(Predicate<Bytes> visitor) {
    if (holder.holdsObject()) {
      return new Walk(large(), visitor).toTheEnd();
    }
    Bytes bytes = holder.packed().bytes();
    if (isIntset()) {
      int count = Intset.count(bytes);
      for (int i = 0; i < count; i++) {
        if (!visitor.test(text(Intset.get(bytes, i)))) {
          return false;
        }
      }
    } else {
      for (int at = Listpack.first(bytes); at != Listpack.NONE; at = Listpack.next(bytes, at)) {
        if (!visitor.test(Listpack.text(bytes, at, lent, digits))) {
          return false;
        }
      }
    }
    return true;
  }

  private Bytes text(long integer) {
    return lent.pointTo(digits, 0, Numerals.writeLong(integer, digits, 0));
  }

  /** A walk over a large set that can end early. */
  private static final class Walk implements IntConsumer {
    private final SetValue set;
    private final Predicate<Bytes> visitor;
    private final Bytes lent = Bytes.view();
    private boolean going = true;

    Walk(SetValue set, Predicate<Bytes> visitor) {
      this.set = set;
      this.visitor = visitor;
    }

    boolean toTheEnd() {
      long cursor = 0;
      do {
        cursor = set.scan(cursor, STEP, this);
      } while (cursor != 0 && going);
      return going;
    }

    @Override
    public void accept(int id) {
      going = going && visitor.test(set.member(id, lent));
    }
  }

  /**
   * Visits members from a cursor on. A packed set is visited as a whole; of a large one, every
   * member that is there from the first step to the last is visited exactly once.
   *
   * @param cursor 0, or what the last call answered
   * @param count about how many members to visit
   * @return where to go on, or 0 at the end
   */
  public long scan(long cursor, int count, Consumer<Bytes> visitor) {
    if (holder.holdsObject()) {
      SetValue set = large();
      return set.scan(cursor, count, id -> visitor.accept(set.member(id, lent)));
    }
    forEach(visitor);
    return 0;
  }

  // ------------------------------------------------------------------------------------- drawing

  /** Some member, each with the same chance; the set must not be empty. */
  public Bytes random(RandomGenerator random) {
    if (holder.holdsObject()) {
      SetValue set = large();
      return set.member(set.random(random), lent);
    }
    return member(random.nextInt(size()));
  }

  /** The member of a packed set at a place. */
  private Bytes member(int index) {
    Bytes bytes = holder.packed().bytes();
    return isIntset()
        ? text(Intset.get(bytes, index))
        : Listpack.text(bytes, Listpack.seek(bytes, index), lent, digits);
  }

  /** Draws members, each of them any number of times; the set must not be empty. O(count). */
  public void drawRepeatedly(int count, RandomGenerator random, Consumer<Bytes> visitor) {
    if (holder.holdsObject() || isIntset()) {
      for (int i = 0; i < count; i++) {
        visitor.accept(random(random));
      }
      return;
    }
    // Walking to each member that is drawn would cost O(count * bytes).
    Bytes bytes = holder.packed().bytes();
    int[] positions = new int[Listpack.count(bytes)];
    int at = Listpack.first(bytes);
    for (int i = 0; i < positions.length; i++) {
      positions[i] = at;
      at = Listpack.next(bytes, at);
    }
    for (int i = 0; i < count; i++) {
      int drawn = positions[random.nextInt(positions.length)];
      visitor.accept(Listpack.text(bytes, drawn, lent, digits));
    }
  }

  /**
   * Draws different members, each choice of so many of them with the same chance. O(count), or
   * O(bytes) of a packed set.
   *
   * @param count at most as many as there are
   */
  public void drawDistinct(int count, RandomGenerator random, Consumer<Bytes> visitor) {
    int size = size();
    if (!holder.holdsObject() || count > size / DRAWN_SHARE) {
      forEachWhile(new Sample(size, count, random, visitor));
      return;
    }
    SetValue set = large();
    BitSet drawn = new BitSet();
    for (int left = count; left > 0; ) {
      int id = set.random(random);
      if (!drawn.get(id)) {
        drawn.set(id);
        visitor.accept(set.member(id, lent));
        left--;
      }
    }
  }

  /**
   * Tells a visitor a given number of the members that pass by, each choice with the same chance: a
   * member is taken with the share that is still wanted of those that are still to come.
   */
  private static final class Sample implements Predicate<Bytes> {
    private final RandomGenerator random;
    private final Consumer<Bytes> taken;
    private int coming;
    private int wanted;

    Sample(int size, int wanted, RandomGenerator random, Consumer<Bytes> taken) {
      this.coming = size;
      this.wanted = wanted;
      this.random = random;
      this.taken = taken;
    }

    @Override
    public boolean test(Bytes member) {
      if (takesNext()) {
        taken.accept(member);
      }
      return wanted > 0;
    }

    /** Decides about the next member. */
    boolean takesNext() {
      boolean takes = random.nextInt(coming--) < wanted;
      if (takes) {
        wanted--;
      }
      return takes;
    }
  }

  // -------------------------------------------------------------------------------------- adding

  /**
   * Says how many members are going to be added by one command: where they would be too many for a
   * packed set, the set becomes large at once, even if some turn out to be there already. As in
   * Redis.
   */
  public void expect(long count) {
    expected = count;
    if (!isEmpty() && count > entriesMax(encoding())) {
      if (holder.holdsObject()) {
        large().encoding(SetEncoding.HASHTABLE);
      } else {
        becomeLarge(SetEncoding.HASHTABLE);
      }
    }
  }

  private long entriesMax(SetEncoding encoding) {
    return switch (encoding) {
      case LISTPACK -> limits.setEntries;
      case INTSET -> Math.min(limits.intsetEntries, INTSET_ENTRIES_MAX);
      case HASHTABLE -> Long.MAX_VALUE;
    };
  }

  /**
   * Adds a member; returns whether it was missing.
   *
   * @param member no view into the same database
   */
  public boolean add(Bytes member) {
    if (!holder.holdsObject() && holder.packed().bytes().isEmpty()) {
      begin(member);
    }
    if (!holder.holdsObject() && isIntset()) {
      if (Numerals.isLong(member)) {
        return addInteger(Numerals.toLong(member), member);
      }
      spellOut(member);
    }
    return holder.holdsObject() ? addLarge(member) : addPacked(member);
  }

  /** Chooses the way for the first member. */
  private void begin(Bytes member) {
    if (expected <= entriesMax(SetEncoding.INTSET) && Numerals.isLong(member)) {
      holder.form(SetEncoding.INTSET.form());
    } else if (expected <= entriesMax(SetEncoding.LISTPACK)) {
      holder.form(SetEncoding.LISTPACK.form());
    } else {
      becomeLarge(SetEncoding.HASHTABLE);
    }
  }

  private boolean addInteger(long integer, Bytes member) {
    Packed packed = holder.packed();
    Bytes bytes = packed.bytes();
    if (Intset.contains(bytes, integer)) {
      return false;
    }
    if (Intset.lengthWith(bytes, integer) > Slots.MAX_INLINE) {
      becomeLarge(SetEncoding.INTSET);
      return addLarge(member);
    }
    if (Intset.count(bytes) >= entriesMax(SetEncoding.INTSET)) {
      becomeLarge(SetEncoding.HASHTABLE);
      return addLarge(member);
    }
    return Intset.add(packed, integer);
  }

  /** Makes strings of integers, because {@code member}, which comes next, is none. */
  private void spellOut(Bytes member) {
    Bytes bytes = holder.packed().bytes();
    int count = Intset.count(bytes);
    long lowest = Intset.get(bytes, 0);
    long highest = Intset.get(bytes, count - 1);
    int longest = Math.max(Numerals.digits(lowest), Numerals.digits(highest));
    if (count >= limits.setEntries || Math.max(longest, member.length()) > limits.setValue) {
      becomeLarge(SetEncoding.HASHTABLE);
      return;
    }
    PackedArray strings = new PackedArray(bytes.length());
    for (int i = 0; i < count; i++) {
      Listpack.append(strings, Intset.get(bytes, i));
    }
    if (strings.bytes().length() > Slots.MAX_INLINE) {
      becomeLarge(SetEncoding.LISTPACK);
    } else {
      holder.packed(strings.bytes());
      holder.form(SetEncoding.LISTPACK.form());
    }
  }

  private boolean addPacked(Bytes member) {
    Packed packed = holder.packed();
    Bytes bytes = packed.bytes();
    if (Listpack.find(bytes, Listpack.first(bytes), member, 1) != Listpack.NONE) {
      return false;
    }
    if (Listpack.count(bytes) >= limits.setEntries || member.length() > limits.setValue) {
      becomeLarge(SetEncoding.HASHTABLE);
      return addLarge(member);
    }
    if (Listpack.lengthWith(bytes, Listpack.entryBytes(member)) > Slots.MAX_INLINE) {
      becomeLarge(SetEncoding.LISTPACK);
      return addLarge(member);
    }
    Listpack.append(packed, member);
    return true;
  }

  private boolean addLarge(Bytes member) {
    SetValue set = large();
    int before = set.size();
    if (!set.add(member)) {
      return false;
    }
    if (set.encoding() == SetEncoding.INTSET && !Numerals.isLong(member)) {
      set.encoding(SetEncoding.LISTPACK);
    }
    boolean isTooLong = set.encoding() == SetEncoding.LISTPACK && member.length() > limits.setValue;
    if (before >= entriesMax(set.encoding()) || isTooLong) {
      set.encoding(SetEncoding.HASHTABLE);
    }
    return true;
  }

  private void becomeLarge(SetEncoding encoding) {
    SetValue set = new SetValue(new MemberTable(keyspace.pages(), keyspace.seed()), encoding);
    forEach(set::add);
    holder.object(set);
  }

  // ------------------------------------------------------------------------------------ removing

  /** Removes a member; returns whether it was there. */
  public boolean remove(Bytes member) {
    if (holder.holdsObject()) {
      return large().remove(member);
    }
    Packed packed = holder.packed();
    if (isIntset()) {
      return Numerals.isLong(member) && Intset.remove(packed, Numerals.toLong(member));
    }
    Bytes bytes = packed.bytes();
    int at = Listpack.find(bytes, Listpack.first(bytes), member, 1);
    if (at != Listpack.NONE) {
      Listpack.delete(packed, at, 1);
    }
    return at != Listpack.NONE;
  }

  /** Removes all members. */
  public void clear() {
    holder.packed(Bytes.EMPTY);
  }

  /**
   * Removes members that are drawn, each choice with the same chance. O(count), or O(bytes) of a
   * packed set.
   *
   * @param count fewer than there are
   * @param visitor is told each before it goes
   */
  public void removeRandom(int count, RandomGenerator random, Consumer<Bytes> visitor) {
    int remaining = size() - count;
    if (!holder.holdsObject()) {
      if (count == 1) {
        removeOne(random, visitor);
      } else {
        removeSample(count, random, visitor);
      }
    } else if (remaining * (long) REMAINING_SHARE > count) {
      SetValue set = large();
      for (int i = 0; i < count; i++) {
        int id = set.random(random);
        visitor.accept(set.member(id, lent));
        set.remove(id);
      }
    } else {
      keepRandom(remaining, random, visitor);
    }
  }

  private void removeOne(RandomGenerator random, Consumer<Bytes> visitor) {
    Packed packed = holder.packed();
    Bytes bytes = packed.bytes();
    int index = random.nextInt(size());
    if (isIntset()) {
      long integer = Intset.get(bytes, index);
      visitor.accept(text(integer));
      Intset.remove(packed, integer);
    } else {
      int at = Listpack.seek(bytes, index);
      visitor.accept(Listpack.text(bytes, at, lent, digits));
      Listpack.delete(packed, at, 1);
    }
  }

  private void removeSample(int count, RandomGenerator random, Consumer<Bytes> visitor) {
    int form = holder.form();
    Bytes bytes = holder.packed().bytes();
    PackedArray kept = new PackedArray(bytes.length());
    Sample sample = new Sample(size(), count, random, visitor);
    forEach(
        member -> {
          if (sample.takesNext()) {
            visitor.accept(member);
          } else if (isIntset()) {
            Intset.add(kept, Numerals.toLong(member));
          } else {
            Listpack.append(kept, member);
          }
        });
    holder.packed(kept.bytes());
    holder.form(form);
  }

  /** Draws the few members that stay, and makes a new set of them. */
  private void keepRandom(int remaining, RandomGenerator random, Consumer<Bytes> visitor) {
    SetValue set = large();
    Draft draft = new Draft(keyspace, ValueType.SET);
    SetView kept = draft.set();
    for (int i = 0; i < remaining; i++) {
      int id = set.random(random);
      kept.add(set.member(id, lent));
      set.remove(id);
    }
    forEach(visitor);
    draft.handTo(holder);
  }
}
