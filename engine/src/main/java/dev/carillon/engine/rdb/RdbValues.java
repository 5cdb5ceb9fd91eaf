package dev.carillon.engine.rdb;

import dev.carillon.engine.keyspace.Entry;
import dev.carillon.engine.keyspace.Keyspace;
import dev.carillon.engine.value.StreamValue;
import dev.carillon.engine.value.ValueType;
import dev.carillon.protocol.bytes.Bytes;

/**
 * What a key holds, in the form of RDB: a byte that says the kind of value and its encoding, then
 * the value. One case here for each type, in both directions. One thread at a time.
 */
public final class RdbValues {

  /**
   * The RDB version whose readers know every form that is written here but one: that of Redis 7.0,
   * which is also the oldest one with the forms of collections in use today.
   */
  public static final int VERSION_WRITTEN = 10;

  /** The version that came with deadlines of fields: that of Redis 7.4. */
  private static final int VERSION_OF_FIELD_DEADLINES = 12;

  /** The newest RDB version whose forms of values are known here: that of Redis 8.8. */
  public static final int VERSION_READ_MAX = 14;

  static final int STRING = 0;
  static final int MODULE_CANDIDATE = 6;
  static final int MODULE = 7;

  private RdbValues() {}

  /** The version that a reader has to know to read what is written of an entry. */
  public static int versionOf(Entry entry) {
    return entry.type() == ValueType.HASH && RdbHash.needsVersion12(entry.hash())
        ? VERSION_OF_FIELD_DEADLINES
        : VERSION_WRITTEN;
  }

  /** Whether values of a type can be written: nothing is known of how Redis writes arrays. */
  public static boolean isKnown(ValueType type) {
    return type != ValueType.ARRAY;
  }

  /** Whether a number says what kind of value follows. */
  static boolean isKind(int number) {
    return number >= STRING && number <= RdbArray.ELEMENTS && number != 8;
  }

  /** Writes the kind of an entry's value and the value; its type must be known here. */
  public static void write(Entry entry, RdbWriter out) {
    switch (entry.type()) {
      case STRING -> {
        out.int8(STRING);
        out.string(entry.string());
      }
      case HASH -> RdbHash.write(entry.hash(), out);
      case LIST -> RdbList.write(entry, out);
      case SET -> RdbSets.write(entry.set(), out);
      case SORTED_SET -> RdbSortedSet.write(entry.sortedSet(), out);
      case STREAM -> RdbStream.write((StreamValue) entry.object(), out);
      case ARRAY ->
          throw new IllegalStateException("no form is known of a " + entry.type().wireName());
    }
  }

  /**
   * Reads a value that begins with its kind.
   *
   * @param keyspace whose key will hold it
   */
  public static RdbValue read(RdbReader in, Keyspace keyspace) throws RdbFormatException {
    RdbValue value = begin(in.int8(), in, keyspace);
    boolean complete = value.readOn(in, Long.MAX_VALUE);
    assert complete : "there is no end of the input that a value would have to wait for";
    return value;
  }

  /**
   * Begins to read a value behind its kind; {@link RdbValue#readOn} reads the rest.
   *
   * @param kind the byte that says what follows
   * @param keyspace whose key will hold it
   */
  public static RdbValue begin(int kind, RdbReader in, Keyspace keyspace)
      throws RdbFormatException {
    return switch (kind) {
      case STRING -> new Text(in.string());
      case RdbList.LIST, RdbList.ZIPLIST, RdbList.QUICKLIST, RdbList.QUICKLIST_2 ->
          RdbList.begin(kind, in, keyspace);
      case RdbSets.MEMBERS, RdbSets.INTSET, RdbSets.LISTPACK -> RdbSets.begin(kind, in, keyspace);
      case RdbHash.FIELDS,
          RdbHash.ZIPMAP,
          RdbHash.ZIPLIST,
          RdbHash.LISTPACK,
          RdbHash.TIMED_FIELDS_CANDIDATE,
          RdbHash.TIMED_LISTPACK_CANDIDATE,
          RdbHash.TIMED_FIELDS,
          RdbHash.TIMED_LISTPACK,
          RdbHash.VALKEY_FIELDS ->
          RdbHash.begin(kind, in, keyspace);
      case RdbSortedSet.TEXTS, RdbSortedSet.DOUBLES, RdbSortedSet.ZIPLIST, RdbSortedSet.LISTPACK ->
          RdbSortedSet.begin(kind, in, keyspace);
      case RdbStream.FORM_5_0,
          RdbStream.FORM_7_0,
          RdbStream.FORM_7_2,
          RdbStream.FORM_8_6,
          RdbStream.FORM_8_8 ->
          RdbStream.begin(kind, in);
      case RdbArray.ELEMENTS -> RdbArray.begin(in);
      case MODULE_CANDIDATE, MODULE ->
          throw new RdbFormatException(
              "it is a value of the module "
                  + RdbModules.name(in.length())
                  + ", which is not here");
      default -> throw new RdbFormatException("no kind of value is known by the number " + kind);
    };
  }

  private record Text(Bytes text) implements RdbValue {

    @Override
    public ValueType type() {
      return ValueType.STRING;
    }

    @Override
    public void putInto(Entry entry) {
      entry.string(text);
    }
  }
}
