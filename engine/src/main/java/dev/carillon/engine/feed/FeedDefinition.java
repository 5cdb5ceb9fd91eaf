package dev.carillon.engine.feed;

import dev.carillon.protocol.bytes.Bytes;
import dev.carillon.protocol.bytes.Numerals;
import dev.carillon.protocol.event.EventClass;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.zip.CRC32;

/**
 * What a feed is told to hold and for how long: the arguments of FEED CREATE. Immutable.
 *
 * @param db the number of the database in which the feed lives
 * @param key the feed's key; with partitions what their keys begin with
 * @param classes the event classes that it holds, as bits of {@link EventClass}
 * @param globs which keys it holds events of: those that one of them matches; all if there is none
 * @param observedDb the number of the database whose events it holds, or {@link #ALL}
 * @param databases whether it holds what happens to whole databases
 * @param valueBytesMax up to how many bytes values are carried that go; {@link #NONE} for no values
 * @param lengthMax how many entries a partition holds at most; 0 for any number
 * @param ageMillisMax how old entries become; 0 for any age
 * @param bytesMax how many bytes the entries of a partition take at most
 * @param unacknowledgedBytesMax up to how many bytes of a partition's entries those stay that a
 *     group has not acknowledged; 0 if they are not kept back
 * @param partitions how many streams it is; 0 for one that has the feed's own key
 * @param isVolatile whether nothing waits for its entries to be on the disk
 */
public record FeedDefinition(
    int db,
    Bytes key,
    int classes,
    List<Bytes> globs,
    int observedDb,
    boolean databases,
    long valueBytesMax,
    long lengthMax,
    long ageMillisMax,
    long bytesMax,
    long unacknowledgedBytesMax,
    int partitions,
    boolean isVolatile) {

  /** Stands for all databases. */
  public static final int ALL = -1;

  /** No values are carried. */
  public static final long NONE = -1;

  /** Chosen: what one entry may carry, and the journal has to hold with the turn. */
  public static final long VALUE_BYTES_MAX = 64 << 20;

  /** Chosen: so many workers may read a feed side by side. */
  public static final int PARTITIONS_MAX = 256;

  private static final List<String> OPTIONS =
      List.of(
          "EVENTS",
          "MATCH",
          "DB",
          "DATABASE",
          "VALUES",
          "MAXLEN",
          "MAXAGE",
          "MAXBYTES",
          "KEEPUNACKED",
          "PARTITIONS",
          "VOLATILE");

  /** Arguments that make no feed; the message says why, as a clause. */
  public static final class Unusable extends Exception {

    private static final long serialVersionUID = 1;

    Unusable(String reason) {
      super(reason, null, false, false);
    }

    /** What is wrong. */
    public String reason() {
      return String.valueOf(getMessage());
    }
  }

  // ------------------------------------------------------------------------------------- matching

  /** Whether the feed holds events of a database. */
  boolean observes(int number) {
    return observedDb == ALL || observedDb == number;
  }

  // ------------------------------------------------------------------------------------ partitions

  /** The keys of the streams that hold the entries, in the order of the partitions. */
  public List<Bytes> streamKeys() {
    if (partitions == 0) {
      return List.of(key);
    }
    List<Bytes> keys = new ArrayList<>(partitions);
    for (int i = 0; i < partitions; i++) {
      byte[] name = new byte[key.length() + 1 + Numerals.digits(i)];
      key.copyTo(name, 0);
      name[key.length()] = ':';
      Numerals.writeLong(i, name, key.length() + 1);
      keys.add(Bytes.of(name));
    }
    return keys;
  }

  /**
   * The partition that holds the events of a key: its CRC-32, as zlib has it, modulo the number of
   * partitions, so that clients in any language can compute it.
   */
  public int partitionOf(Bytes someKey) {
    if (partitions <= 1) {
      return 0;
    }
    CRC32 crc = new CRC32();
    crc.update(someKey.array(), someKey.offset(), someKey.length());
    return (int) (crc.getValue() % partitions);
  }

  // ---------------------------------------------------------------------------------------- words

  /**
   * Reads the arguments of FEED CREATE.
   *
   * @param db the number of the database in which the feed is to live
   * @param words the key and the options; copied
   * @param databaseCount how many databases there are
   * @param bytesInitially what counts where MAXBYTES is not given
   */
  public static FeedDefinition parse(
      int db, List<Bytes> words, int databaseCount, long bytesInitially) throws Unusable {
    if (words.isEmpty() || words.getFirst().length() == 0) {
      throw new Unusable("a key is missing");
    }
    int classes = classes(Bytes.of("A"));
    List<Bytes> globs = new ArrayList<>();
    int observed = db;
    boolean databases = false;
    long values = NONE;
    long length = 0;
    long age = 0;
    long bytes = bytesInitially;
    long unacknowledged = 0;
    int partitions = 0;
    boolean isVolatile = false;
    int i = 1;
    while (i < words.size()) {
      String option = words.get(i++).toLatin1().toUpperCase(Locale.ROOT);
      switch (option) {
        case "DATABASE" -> databases = true;
        case "VOLATILE" -> isVolatile = true;
        default -> {
          if (!OPTIONS.contains(option)) {
            throw new Unusable("unknown option '" + option + "'");
          }
          if (i == words.size()) {
            throw new Unusable(option + " needs a value");
          }
          Bytes value = words.get(i++);
          switch (option) {
            case "EVENTS" -> classes = classes(value);
            case "MATCH" -> {
              globs.add(value.copy());
              while (i < words.size() && !isOption(words.get(i))) {
                globs.add(words.get(i++).copy());
              }
            }
            case "DB" ->
                observed =
                    value.isWord("*") ? ALL : (int) number(option, value, 0, databaseCount - 1L);
            case "VALUES" -> values = number(option, value, 0, VALUE_BYTES_MAX);
            case "MAXLEN" -> length = number(option, value, 1, Long.MAX_VALUE);
            case "MAXAGE" -> age = number(option, value, 1, Long.MAX_VALUE);
            case "MAXBYTES" -> bytes = number(option, value, 1, Long.MAX_VALUE);
            case "KEEPUNACKED" -> unacknowledged = number(option, value, 1, Long.MAX_VALUE);
            default -> partitions = (int) number(option, value, 1, PARTITIONS_MAX);
          }
        }
      }
    }
    if (unacknowledged > 0 && unacknowledged < bytes) {
      throw new Unusable("KEEPUNACKED is the hard cap in bytes, and must not be below MAXBYTES");
    }
    return new FeedDefinition(
        db,
        words.getFirst().copy(),
        classes,
        List.copyOf(globs),
        observed,
        databases,
        values,
        length,
        age,
        bytes,
        unacknowledged,
        partitions,
        isVolatile);
  }

  private static boolean isOption(Bytes word) {
    for (String option : OPTIONS) {
      if (word.isWord(option)) {
        return true;
      }
    }
    return false;
  }

  private static long number(String option, Bytes value, long min, long max) throws Unusable {
    if (!Numerals.isLong(value) || Numerals.toLong(value) < min || Numerals.toLong(value) > max) {
      throw new Unusable(
          option
              + " must be a number from "
              + min
              + (max == Long.MAX_VALUE ? " on" : " to " + max));
    }
    return Numerals.toLong(value);
  }

  /** The letters of {@code notify-keyspace-events}; {@code K} and {@code E} mean nothing here. */
  private static int classes(Bytes letters) throws Unusable {
    int classes = 0;
    for (int i = 0; i < letters.length(); i++) {
      char letter = (char) letters.at(i);
      int bits = 0;
      for (EventClass one : EventClass.values()) {
        if (one != EventClass.KEY_MISS
            && (one.letter() == letter || letter == 'A' && one.isInsideAll())) {
          bits |= one.bit();
        }
      }
      if (letter == EventClass.KEY_MISS.letter()) {
        throw new Unusable("keymiss (m) is never in a feed: a read would have to be stored");
      }
      if (bits == 0 && letter != 'K' && letter != 'E') {
        throw new Unusable("EVENTS takes letters of notify-keyspace-events");
      }
      classes |= bits;
    }
    if (classes == 0) {
      throw new Unusable("EVENTS names no class of events");
    }
    return classes;
  }

  /** The letters of {@link #classes}. */
  public String letters() {
    StringBuilder letters = new StringBuilder();
    int all = 0;
    for (EventClass one : EventClass.values()) {
      all |= one.isInsideAll() ? one.bit() : 0;
    }
    boolean isAll = (classes & all) == all;
    if (isAll) {
      letters.append('A');
    }
    for (EventClass one : EventClass.values()) {
      if ((classes & one.bit()) != 0 && !(isAll && one.isInsideAll())) {
        letters.append(one.letter());
      }
    }
    return letters.toString();
  }

  /** What {@link #parse} makes this definition of again, whatever is configured then. */
  public List<Bytes> words() {
    List<Bytes> words = new ArrayList<>();
    words.add(key);
    add(words, "EVENTS", letters());
    for (Bytes glob : globs) {
      words.add(Bytes.of("MATCH"));
      words.add(glob);
    }
    add(words, "DB", observedDb == ALL ? "*" : Integer.toString(observedDb));
    if (databases) {
      words.add(Bytes.of("DATABASE"));
    }
    add(words, "VALUES", valueBytesMax, NONE);
    add(words, "MAXLEN", lengthMax, 0);
    add(words, "MAXAGE", ageMillisMax, 0);
    add(words, "MAXBYTES", bytesMax, 0);
    add(words, "KEEPUNACKED", unacknowledgedBytesMax, 0);
    add(words, "PARTITIONS", partitions, 0);
    if (isVolatile) {
      words.add(Bytes.of("VOLATILE"));
    }
    return words;
  }

  private static void add(List<Bytes> words, String option, long value, long none) {
    if (value != none) {
      add(words, option, Long.toString(value));
    }
  }

  private static void add(List<Bytes> words, String option, String value) {
    words.add(Bytes.of(option));
    words.add(Bytes.of(value));
  }
}
