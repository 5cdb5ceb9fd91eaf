package dev.carillon.engine.rdb;

import dev.carillon.engine.keyspace.Keyspace;
import dev.carillon.protocol.bytes.Bytes;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Reads an RDB file in slices and shows what is in it to a visitor; puts nothing anywhere.
 *
 * <pre>
 *   9 bytes   REDIS and the version in four digits, or VALKEY and three
 *   then      entries, opcodes ({@link RdbOpcode}), the last of them {@link RdbOpcode#END}
 *   8 bytes   {@link Crc64} of all that is before, lowest byte first; 0: not computed.
 *             Since version 5
 *
 *   entry     [deadline] [idle time or frequency] kind (1 byte) | string: key | value
 * </pre>
 *
 * <p>Versions: 1 to 6 up to Redis 2.8 and 3.0, 7 is 3.2, 8 is 4.0, 9 is 5.0 and 6, 10 is 7.0, 11 is
 * 7.2 and Valkey 7.2 to 8.1, 12 is 7.4 to 8.4, 13 is 8.6, 14 is 8.8; Valkey 9 counts from 80. One
 * thread at a time.
 */
public final class RdbFileReader {

  /** What is in a file, in its order. A refusal ends the reading. */
  public interface Visitor {

    /**
     * The first thing of all.
     *
     * @param product {@code Redis} or {@code Valkey}: whose versions are counted
     */
    default void onVersion(String product, int version) {}

    /** A fact about the file. */
    default void onAux(Bytes name, Bytes text) throws RdbFormatException {}

    /** The entries that follow belong to a database. At first it is 0. */
    default void onDatabase(long number) throws RdbFormatException {}

    /** A library of functions. */
    default void onFunctions() throws RdbFormatException {}

    /** What a module keeps besides keys, or attaches to the next one. */
    default void onModule(String name) throws RdbFormatException {}

    /** A key whose value only a module understands; it is skipped. */
    void onModuleValue(Bytes key, String module) throws RdbFormatException;

    /** A key that holds a collection without elements, which an old server may have written. */
    default void onEmpty(Bytes key) {}

    /**
     * A key and its complete value; both may be kept.
     *
     * @param deadlineMillis epoch milliseconds, or {@link #NO_DEADLINE}; may be negative
     * @param idleSeconds for how long it was not used, or -1
     * @param frequency how often it is used, 0 to 255, or -1
     */
    void onEntry(Bytes key, RdbValue value, long deadlineMillis, long idleSeconds, int frequency)
        throws RdbFormatException;
  }

  /** Says that a key has no deadline. */
  public static final long NO_DEADLINE = Long.MIN_VALUE;

  private static final int MAGIC_BYTES = 9;
  private static final int VERSION_OF_CHECKSUMS = 5;

  private final RdbReader in;
  private final Keyspace keyspace;
  private final Visitor visitor;
  private final boolean checking;
  private int version;
  private boolean isValkey;
  private boolean complete;
  private long deadlineMillis = NO_DEADLINE;
  private long idleSeconds = -1;
  private int frequency = -1;
  private @Nullable Bytes key;
  private @Nullable RdbValue value;

  /**
   * A reader that has read nothing yet.
   *
   * @param in at the first byte of the file
   * @param checking whether a wrong checksum is refused
   * @param keyspace whose limits decide how collections are packed
   */
  public RdbFileReader(RdbReader in, boolean checking, Keyspace keyspace, Visitor visitor) {
    this.in = in;
    this.checking = checking;
    this.keyspace = keyspace;
    this.visitor = visitor;
    if (!checking) {
      in.withoutChecksum();
    }
  }

  /** Whether a file of which these are the first bytes says that it is of this kind. */
  public static boolean isMagic(Bytes first) {
    return first.startsWith(Bytes.of("REDIS")) || first.startsWith(Bytes.of("VALKEY"));
  }

  /** The key that is being read, or null between two. */
  public @Nullable Bytes key() {
    return key;
  }

  /**
   * Reads on.
   *
   * @param budgetBytes about how much
   * @return whether there is more
   * @throws RdbFormatException if it cannot go on; where it was is said by the reader's position
   *     and {@link #key}
   */
  public boolean readOn(int budgetBytes) throws RdbFormatException {
    if (version == 0) {
      magic();
    }
    long until = in.position() + budgetBytes;
    while (!complete && in.position() < until) {
      if (value == null) {
        next(in.int8());
      } else {
        value(until);
      }
    }
    return !complete;
  }

  private void magic() throws RdbFormatException {
    if (in.remaining() < MAGIC_BYTES) {
      throw new RdbFormatException("it is too short to be an RDB file");
    }
    String magic = in.bytes(MAGIC_BYTES).toLatin1();
    if (magic.matches("REDIS\\d{4}")) {
      version = Integer.parseInt(magic.substring(5));
    } else if (magic.matches("VALKEY\\d{3}")) {
      version = Integer.parseInt(magic.substring(6));
      isValkey = true;
    } else {
      throw new RdbFormatException("it does not begin as an RDB file does");
    }
    boolean isKnown =
        isValkey
            ? version == RdbValues.VERSION_VALKEY
            : version >= 1 && version <= RdbValues.VERSION_READ_MAX;
    if (!isKnown) {
      String product = isValkey ? "Valkey" : "Redis";
      int newest = isValkey ? RdbValues.VERSION_VALKEY : RdbValues.VERSION_READ_MAX;
      throw new RdbFormatException.Unknown(
          "it has the RDB version "
              + version
              + ", and of "
              + product
              + "'s "
              + newest
              + " is the newest that is known");
    }
    visitor.onVersion(isValkey ? "Valkey" : "Redis", version);
  }

  // -------------------------------------------------------------------------------------- opcodes

  private void next(int code) throws RdbFormatException {
    switch (code) {
      case RdbOpcode.DEADLINE_SECONDS -> deadlineMillis = (int) in.int32() * 1000L;
      case RdbOpcode.DEADLINE_MILLIS -> deadlineMillis = in.int64();
      case RdbOpcode.IDLE -> idleSeconds = in.length();
      case RdbOpcode.FREQUENCY -> frequency = in.int8();
      case RdbOpcode.AUX -> visitor.onAux(in.string(), in.string());
      case RdbOpcode.DATABASE -> visitor.onDatabase(in.length());
      case RdbOpcode.SIZES -> skipLengths(2);
      case RdbOpcode.SLOT_INFO -> skipLengths(3);
      case RdbOpcode.FUNCTION -> {
        in.string();
        visitor.onFunctions();
      }
      case RdbOpcode.FUNCTION_CANDIDATE ->
          throw new RdbFormatException.Unknown(
              "it has functions in a form that no released server reads");
      case RdbOpcode.MODULE_AUX -> {
        String name = RdbModules.name(in.length());
        RdbModules.skip(in);
        visitor.onModule(name);
      }
      case RdbOpcode.KEY_METADATA -> keyMetadata();
      case RdbOpcode.END -> end();
      default -> begin(code);
    }
  }

  private void skipLengths(int count) throws RdbFormatException {
    for (int i = 0; i < count; i++) {
      in.length();
    }
  }

  private void keyMetadata() throws RdbFormatException {
    if (isValkey) {
      throw new RdbFormatException.Unknown(
          "it was written while a slot of a cluster was on the move");
    }
    for (long classes = in.length(); classes != 0; classes--) {
      String name = in.bytes(4).toLatin1();
      RdbModules.skip(in);
      visitor.onModule(name);
    }
  }

  private void end() throws RdbFormatException {
    complete = true;
    if (version < VERSION_OF_CHECKSUMS) {
      return;
    }
    long computed = in.checksum();
    long stated = in.int64();
    if (checking && stated != 0 && stated != computed) {
      throw new RdbFormatException(
          String.format("its checksum is %016x and has to be %016x", computed, stated));
    }
  }

  // -------------------------------------------------------------------------------------- entries

  private void begin(int kind) throws RdbFormatException {
    if (!RdbValues.isKind(kind)) {
      throw new RdbFormatException("nothing is known by the number " + kind);
    }
    key = in.string();
    try {
      if (kind == RdbValues.MODULE) {
        String name = RdbModules.name(in.length());
        RdbModules.skip(in);
        visitor.onModuleValue(key, name);
        forget();
      } else {
        value = RdbValues.begin(RdbValues.kind(isValkey, kind), in, keyspace);
        // Most values are complete: the next step of the loop would be for nothing.
        value(in.position());
      }
    } catch (RdbFormatException.Empty empty) {
      visitor.onEmpty(key);
      forget();
    }
  }

  private void value(long until) throws RdbFormatException {
    RdbValue reading = Objects.requireNonNull(value);
    Bytes name = Objects.requireNonNull(key);
    try {
      if (!reading.readOn(in, until)) {
        return;
      }
    } catch (RdbFormatException.Empty empty) {
      visitor.onEmpty(name);
      forget();
      return;
    }
    visitor.onEntry(name, reading, deadlineMillis, idleSeconds, frequency);
    forget();
  }

  private void forget() {
    key = null;
    value = null;
    deadlineMillis = NO_DEADLINE;
    idleSeconds = -1;
    frequency = -1;
  }
}
