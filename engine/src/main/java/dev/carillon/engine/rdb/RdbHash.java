package dev.carillon.engine.rdb;

import dev.carillon.engine.keyspace.Draft;
import dev.carillon.engine.keyspace.Entry;
import dev.carillon.engine.keyspace.HashView;
import dev.carillon.engine.keyspace.Keyspace;
import dev.carillon.engine.value.Listpack;
import dev.carillon.engine.value.MemberTable;
import dev.carillon.engine.value.ValueType;
import dev.carillon.protocol.bytes.Bytes;
import dev.carillon.protocol.bytes.Numerals;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Hashes in RDB. Redis has written them in eight forms, and Valkey in one of its own, each of which
 * is read here:
 *
 * <pre>
 *    4   the number of fields, then each with its value
 *    9   a zipmap: see {@link #zipmap}
 *   13   a ziplist of field, value, field, value …
 *   16   a listpack of the same
 *   22   the number of fields, then each behind its deadline and before its value
 *   23   a listpack of field, value, deadline …
 *   24   as 22, but first 8 bytes, the earliest deadline; others are how much later they are, and 1
 *   25   as 23, but first 8 bytes, the earliest deadline
 *   22   of Valkey 9: the number of fields, then each, its value, and 8 bytes, the deadline or -1
 * </pre>
 *
 * <p>Deadlines are epoch milliseconds, and 0 says that there is none. 22 and 23 are those of
 * candidates of 7.4. Written are 16 and 4, and where there are deadlines 25 and 24, which need
 * version 12; each pair for small hashes and for large ones.
 */
final class RdbHash {

  static final int FIELDS = 4;
  static final int ZIPMAP = 9;
  static final int ZIPLIST = 13;
  static final int LISTPACK = 16;
  static final int TIMED_FIELDS_CANDIDATE = 22;
  static final int TIMED_LISTPACK_CANDIDATE = 23;
  static final int TIMED_FIELDS = 24;
  static final int TIMED_LISTPACK = 25;

  /** The version that came with deadlines of fields: that of Redis 7.4. */
  static final int VERSION_OF_DEADLINES = 12;

  /** What stands here for Valkey's 22, which is another number of Redis'. */
  static final int VALKEY_FIELDS = 256 + 22;

  /** Redis keeps deadlines of fields in 48 bits. */
  private static final long DEADLINE_MILLIS_MAX = (1L << 48) - 1;

  private static final long NEVER = 0;

  /** Chosen: so many fields are kept apart until a key holds them, whatever the limits say. */
  private static final int FEW_FIELDS = 512;

  private static final int ZIPMAP_LONG = 254;
  private static final int ZIPMAP_END = 255;

  private RdbHash() {}

  // -------------------------------------------------------------------------------------- writing

  /** Whether an older reader would not know the form in which the hash is written. */
  static boolean needsVersion12(HashView hash) {
    return hash.listpack() != null
        ? hash.isTimed()
        : hash.earliestDeadlineMillis() != Long.MAX_VALUE;
  }

  static void write(HashView hash, RdbWriter out) {
    Bytes listpack = hash.listpack();
    long earliest = hash.earliestDeadlineMillis();
    boolean hasDeadlines = earliest != Long.MAX_VALUE;
    if (listpack != null && (!hash.isTimed() || out.versionMax() >= VERSION_OF_DEADLINES)) {
      out.kind(hash.isTimed() ? TIMED_LISTPACK : LISTPACK);
      if (hash.isTimed()) {
        out.int64(hasDeadlines ? earliest : NEVER);
      }
      out.string(listpack);
      return;
    }
    out.kind(hasDeadlines ? TIMED_FIELDS : FIELDS);
    if (hasDeadlines) {
      out.int64(earliest);
    }
    out.length(hash.size());
    hash.forEach(
        place -> {
          if (hasDeadlines) {
            deadline(hash.deadlineMillis(place), earliest, out);
          }
          out.string(hash.field(place));
          out.string(hash.value(place));
        });
  }

  private static void deadline(long deadline, long earliest, RdbWriter out) {
    out.length(deadline == HashView.NO_DEADLINE ? NEVER : deadline - earliest + 1);
  }

  /** Begins to write a large hash, which may change as soon as this returns. */
  static RdbSlices begin(MemberTable fields, RdbWriter out) {
    long earliest = fields.earliestDeadline();
    boolean hasDeadlines = earliest != Long.MAX_VALUE;
    out.kind(hasDeadlines ? TIMED_FIELDS : FIELDS);
    if (hasDeadlines) {
      out.int64(earliest);
    }
    out.length(fields.size());
    Bytes field = Bytes.view();
    Bytes value = Bytes.view();
    return new RdbMembers(
        fields,
        out,
        (id, target) -> {
          if (hasDeadlines) {
            deadline(fields.deadline(id), earliest, target);
          }
          target.string(fields.member(id, field));
          target.string(fields.value(id, value));
        });
  }

  // -------------------------------------------------------------------------------------- reading

  /** Begins to read a hash behind its kind, which is one of those above. */
  static RdbValue begin(int kind, RdbReader in, Keyspace keyspace) throws RdbFormatException {
    return switch (kind) {
      case FIELDS, TIMED_FIELDS_CANDIDATE, TIMED_FIELDS, VALKEY_FIELDS ->
          fields(kind, in, keyspace);
      case ZIPMAP -> zipmap(in.string());
      case ZIPLIST -> listpack(Ziplist.toListpack(in.string()).bytes(), false);
      case LISTPACK -> listpack(intact(in.string()), false);
      case TIMED_LISTPACK_CANDIDATE -> listpack(intact(in.string()), true);
      case TIMED_LISTPACK -> {
        in.int64();
        yield listpack(intact(in.string()), true);
      }
      default -> throw new IllegalArgumentException("no form of hashes: " + kind);
    };
  }

  private static RdbValue fields(int kind, RdbReader in, Keyspace keyspace)
      throws RdbFormatException {
    // What the shortest remaining time stands for, less 1.
    long earliest = kind == TIMED_FIELDS ? in.int64() : 1;
    if (earliest < 0 || earliest > DEADLINE_MILLIS_MAX) {
      throw new RdbFormatException("no field is over at " + earliest);
    }
    long count = in.count("a hash", "fields");
    boolean isLarge = count > Math.min(FEW_FIELDS, keyspace.limits().hashEntries);
    return isLarge ? new Table(kind, earliest, count, keyspace) : new Listed(kind, earliest, count);
  }

  /** The deadline in front of a field, or {@link #NEVER}. */
  private static long deadlineBefore(int kind, long earliest, RdbReader in)
      throws RdbFormatException {
    if (kind != TIMED_FIELDS && kind != TIMED_FIELDS_CANDIDATE) {
      return NEVER;
    }
    long later = in.length();
    if (later < 0 || later > DEADLINE_MILLIS_MAX) {
      throw new RdbFormatException("no field is over after " + later + " milliseconds");
    }
    return later == 0 ? NEVER : earliest + later - 1;
  }

  /** The deadline behind a value, or what is known already. */
  private static long deadlineBehind(int kind, long known, RdbReader in) throws RdbFormatException {
    if (kind != VALKEY_FIELDS) {
      return known;
    }
    long millis = in.int64();
    if (millis < -1 || millis == NEVER || millis > DEADLINE_MILLIS_MAX) {
      throw new RdbFormatException("no field is over at " + millis);
    }
    return millis < 0 ? NEVER : millis;
  }

  private static Bytes intact(Bytes pack) throws RdbFormatException {
    if (!Listpack.isIntact(pack)) {
      throw new RdbFormatException("a packed hash is damaged");
    }
    return pack;
  }

  /** A listpack is taken as it is if its deadlines are in order, as they are in all of Redis. */
  private static RdbValue listpack(Bytes pack, boolean timed) throws RdbFormatException {
    int stride = timed ? 3 : 2;
    int entries = Listpack.count(pack);
    if (entries == 0) {
      throw new RdbFormatException.Empty("a packed hash has no fields");
    }
    if (entries % stride != 0) {
      throw new RdbFormatException("a packed hash has " + entries + " entries");
    }
    Listed draft = new Listed();
    boolean isOrdered = true;
    long before = 0;
    for (int at = Listpack.first(pack); at != Listpack.NONE; ) {
      int valueAt = Listpack.next(pack, at);
      int lastAt = timed ? Listpack.next(pack, valueAt) : valueAt;
      long deadline = timed ? deadline(pack, lastAt) : NEVER;
      draft.add(text(pack, at), text(pack, valueAt), deadline);
      long place = deadline == NEVER ? Long.MAX_VALUE : deadline;
      isOrdered &= place >= before;
      before = place;
      at = Listpack.next(pack, lastAt);
    }
    return isOrdered ? new Whole(pack, timed) : draft;
  }

  private static long deadline(Bytes pack, int at) throws RdbFormatException {
    long millis = Listpack.isInteger(pack, at) ? Listpack.integer(pack, at) : -1;
    if (millis < 0 || millis > DEADLINE_MILLIS_MAX) {
      throw new RdbFormatException("a field has something else for a deadline");
    }
    return millis;
  }

  private static Bytes text(Bytes pack, int at) {
    return Listpack.isInteger(pack, at)
        ? Numerals.of(Listpack.integer(pack, at))
        : Listpack.view(pack, at, Bytes.view());
  }

  /**
   * The form of small hashes before 2.6: a byte that says how many fields there are, which need not
   * be right, then for each a length, the field, a length, a number of unused bytes, the value and
   * these bytes; at last 255. A length is a byte, or 254 and four bytes, the lowest first.
   */
  private static RdbValue zipmap(Bytes map) throws RdbFormatException {
    Listed draft = new Listed();
    int[] at = {1};
    while (byteAt(map, at[0]) != ZIPMAP_END) {
      Bytes field = zipmapText(map, at, 0);
      draft.add(field, zipmapText(map, at, 1), NEVER);
    }
    if (at[0] != map.length() - 1) {
      throw new RdbFormatException("a zipmap is damaged");
    }
    if (draft.fields.isEmpty()) {
      throw new RdbFormatException.Empty("a zipmap has no fields");
    }
    return draft;
  }

  /**
   * @param at where the length of the text is, and afterwards where the next one is
   * @param more 1 if a number of unused bytes follows the length
   */
  private static Bytes zipmapText(Bytes map, int[] at, int more) throws RdbFormatException {
    long length = byteAt(map, at[0]++);
    if (length == ZIPMAP_LONG) {
      length = 0;
      for (int i = 0; i < 4; i++) {
        length |= (long) byteAt(map, at[0]++) << (8 * i);
      }
      if (length < ZIPMAP_LONG) {
        throw new RdbFormatException("a length in a zipmap is longer than it need be");
      }
    } else if (length == ZIPMAP_END) {
      throw new RdbFormatException("a zipmap ends behind a field");
    }
    int unused = more == 0 ? 0 : byteAt(map, at[0]++);
    if (length + unused > map.length() - at[0]) {
      throw new RdbFormatException("a zipmap is damaged");
    }
    Bytes text = map.range(at[0], at[0] + (int) length);
    at[0] += (int) length + unused;
    return text;
  }

  private static int byteAt(Bytes map, int at) throws RdbFormatException {
    if (at >= map.length()) {
      throw new RdbFormatException("a zipmap has no end");
    }
    return map.at(at) & 0xff;
  }

  /** A listpack that a key can hold as it is. */
  private record Whole(Bytes pack, boolean timed) implements RdbValue {

    @Override
    public ValueType type() {
      return ValueType.HASH;
    }

    @Override
    public void putInto(Entry entry) {
      entry.hash().load(pack, timed);
    }
  }

  /** Few fields, which have to be put one by one. */
  private static final class Listed implements RdbValue {
    private final int kind;
    private final long earliest;
    private final List<Bytes> fields = new ArrayList<>();
    private final List<Bytes> values = new ArrayList<>();
    private final List<Long> deadlines = new ArrayList<>();
    private final Set<Bytes> different = new HashSet<>();
    private long left;

    /** Nothing is to be read into it: fields are added. */
    Listed() {
      this(FIELDS, NEVER, 0);
    }

    Listed(int kind, long earliest, long left) {
      this.kind = kind;
      this.earliest = earliest;
      this.left = left;
    }

    void add(Bytes field, Bytes value, long deadline) throws RdbFormatException {
      if (!different.add(field)) {
        throw twice();
      }
      fields.add(field);
      values.add(value);
      deadlines.add(deadline);
    }

    @Override
    public ValueType type() {
      return ValueType.HASH;
    }

    @Override
    public boolean readOn(RdbReader in, long untilPosition) throws RdbFormatException {
      while (left > 0 && in.position() < untilPosition) {
        long deadline = deadlineBefore(kind, earliest, in);
        Bytes field = in.string();
        Bytes value = in.string();
        add(field, value, deadlineBehind(kind, deadline, in));
        left--;
      }
      return left == 0;
    }

    @Override
    public void putInto(Entry entry) {
      HashView hash = entry.hash();
      hash.expect(fields.size());
      for (int i = 0; i < fields.size(); i++) {
        hash.put(fields.get(i), values.get(i));
        long deadline = deadlines.get(i);
        if (deadline != NEVER) {
          hash.deadlineMillis(hash.find(fields.get(i)), deadline);
        }
      }
    }
  }

  /** Many fields, which go into their table as they come. */
  private static final class Table implements RdbValue {
    private final int kind;
    private final long earliest;
    private final Draft draft;
    private final MemberTable fields;
    private long left;

    Table(int kind, long earliest, long left, Keyspace keyspace) {
      this.kind = kind;
      this.earliest = earliest;
      this.left = left;
      this.draft = new Draft(keyspace, ValueType.HASH);
      this.fields = draft.fields();
    }

    @Override
    public ValueType type() {
      return ValueType.HASH;
    }

    @Override
    public boolean readOn(RdbReader in, long untilPosition) throws RdbFormatException {
      while (left > 0 && in.position() < untilPosition) {
        long deadline = deadlineBefore(kind, earliest, in);
        Bytes field = in.string();
        if (fields.find(field) != 0) {
          throw twice();
        }
        int id = fields.add(field, in.string());
        deadline = deadlineBehind(kind, deadline, in);
        if (deadline != NEVER) {
          fields.deadline(id, deadline);
        }
        left--;
      }
      return left == 0;
    }

    @Override
    public void putInto(Entry entry) {
      entry.take(draft);
    }
  }

  private static RdbFormatException twice() {
    return new RdbFormatException("a hash has a field twice");
  }
}
