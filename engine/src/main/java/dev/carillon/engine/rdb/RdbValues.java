package dev.carillon.engine.rdb;

import dev.carillon.engine.keyspace.Entry;
import dev.carillon.engine.keyspace.Keyspace;
import dev.carillon.engine.value.ArrayValue;
import dev.carillon.engine.value.HashValue;
import dev.carillon.engine.value.ListValue;
import dev.carillon.engine.value.SetValue;
import dev.carillon.engine.value.SortedSetValue;
import dev.carillon.engine.value.StreamValue;
import dev.carillon.engine.value.StringImage;
import dev.carillon.engine.value.StringValue;
import dev.carillon.engine.value.ValueType;
import dev.carillon.protocol.bytes.Bytes;
import org.jspecify.annotations.Nullable;

/**
 * What a key holds, in the form of RDB: a byte that says the kind of value and its encoding, then
 * the value. One case here for each type, in both directions. One thread at a time.
 */
public final class RdbValues {

  /**
   * The RDB version whose readers know every form that is written here but three: that of Redis
   * 7.0, which is also the oldest one with the forms of collections in use today.
   */
  public static final int VERSION_WRITTEN = 10;

  /** The version that came with deadlines of fields: that of Redis 7.4. */
  public static final int VERSION_OF_FIELD_DEADLINES = RdbHash.VERSION_OF_DEADLINES;

  /** The version that came with producers of streams: that of Redis 8.6. */
  static final int VERSION_OF_PRODUCERS = 13;

  /** The version that came with arrays: that of Redis 8.8. */
  public static final int VERSION_OF_ARRAYS = 14;

  /** The newest RDB version whose forms of values are known here: that of Redis 8.8. */
  public static final int VERSION_READ_MAX = VERSION_OF_ARRAYS;

  /** The version that is known of those that Valkey counts for itself: that of Valkey 9. */
  public static final int VERSION_VALKEY = 80;

  static final int STRING = 0;
  static final int MODULE_CANDIDATE = 6;
  static final int MODULE = 7;

  /** Chosen: such a value is written in well under a millisecond, and at once. */
  private static final int WHOLE_BYTES_MAX = 256 << 10;

  private RdbValues() {}

  /** The version that a reader has to know to read what is written of an entry. */
  public static int versionOf(Entry entry) {
    return switch (entry.type()) {
      case HASH ->
          RdbHash.needsVersion12(entry.hash()) ? VERSION_OF_FIELD_DEADLINES : VERSION_WRITTEN;
      case ARRAY -> VERSION_OF_ARRAYS;
      case STREAM ->
          ((StreamValue) entry.object()).producers() == null
              ? VERSION_WRITTEN
              : VERSION_OF_PRODUCERS;
      case STRING, LIST, SET, SORTED_SET -> VERSION_WRITTEN;
    };
  }

  /** Whether a number says what kind of value follows. */
  static boolean isKind(int number) {
    return number >= STRING && number <= RdbArray.ELEMENTS && number != 8;
  }

  /**
   * Writes the kind of an entry's value and the value, or where that would take long begins to; the
   * value may change meanwhile. An array is known to Redis from 8.8 on, whatever the version of the
   * file says.
   *
   * @return the rest, or null if all is written
   */
  static @Nullable RdbSlices begin(Entry entry, RdbWriter out) {
    boolean isLarge =
        entry.type() == ValueType.STRING
            ? LongText.isLong(entry.stringLength())
            : entry.holdsObject() && entry.object().sizeBytes() > WHOLE_BYTES_MAX;
    if (!isLarge) {
      write(entry, out);
      return null;
    }
    return switch (entry.object()) {
      case StringValue string -> beginString(string, out);
      case HashValue hash -> RdbHash.begin(hash.fields(), out);
      case ListValue list -> RdbList.begin(list, out);
      case SetValue set -> RdbSets.begin(set, out);
      case SortedSetValue sorted -> RdbSortedSet.begin(sorted, out);
      case StreamValue stream -> RdbStream.begin(stream, out);
      case ArrayValue array -> RdbArray.begin(array, out);
    };
  }

  /** As a {@link LongText}, but that its bytes may change meanwhile. */
  private static RdbSlices beginString(StringValue string, RdbWriter out) {
    out.kind(STRING);
    out.length(string.length());
    return new Writing(string.image());
  }

  /** The bytes of a string that are still to be written. */
  private record Writing(StringImage image) implements RdbSlices {

    @Override
    public boolean write(RdbWriter out, int bytes) {
      long end = (long) out.length() + bytes;
      Bytes view = Bytes.view();
      while (image.left() > 0 && out.length() < end) {
        Bytes next = image.pass((int) (end - out.length()), view);
        out.bytes(next.array(), next.offset(), next.length());
      }
      return image.left() == 0;
    }

    @Override
    public long heldBytes() {
      return image.heldBytes();
    }

    @Override
    public void close() {
      image.close();
    }
  }

  /** Writes the kind of an entry's value and the value. */
  public static void write(Entry entry, RdbWriter out) {
    switch (entry.type()) {
      case STRING -> {
        out.kind(STRING);
        out.string(entry.string());
      }
      case HASH -> RdbHash.write(entry.hash(), out);
      case LIST -> RdbList.write(entry, out);
      case SET -> RdbSets.write(entry.set(), out);
      case SORTED_SET -> RdbSortedSet.write(entry.sortedSet(), out);
      case STREAM -> RdbStream.write((StreamValue) entry.object(), out);
      case ARRAY -> RdbArray.write((ArrayValue) entry.object(), out);
    }
  }

  /**
   * Reads a value that begins with its kind.
   *
   * @param isValkey whether it is of the version {@link #VERSION_VALKEY}
   * @param keyspace whose key will hold it
   */
  static RdbValue read(boolean isValkey, RdbReader in, Keyspace keyspace)
      throws RdbFormatException {
    RdbValue value = begin(kind(isValkey, in.int8()), in, keyspace);
    boolean complete = value.readOn(in, Long.MAX_VALUE);
    assert complete : "there is no end of the input that a value would have to wait for";
    return value;
  }

  /** The kind that {@link #begin} knows a number by, which Valkey may mean in another way. */
  static int kind(boolean isValkey, int number) {
    return isValkey && number == RdbHash.TIMED_FIELDS_CANDIDATE ? RdbHash.VALKEY_FIELDS : number;
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
