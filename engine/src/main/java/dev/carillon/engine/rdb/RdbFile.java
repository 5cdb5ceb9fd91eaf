package dev.carillon.engine.rdb;

import dev.carillon.engine.keyspace.Database;
import dev.carillon.engine.keyspace.Entry;
import dev.carillon.engine.keyspace.Recency;
import dev.carillon.engine.value.StreamValue;
import dev.carillon.engine.value.ValueType;
import dev.carillon.protocol.bytes.Bytes;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * What an RDB file consists of around the values:
 *
 * <pre>
 *   "REDIS" | version (4 digits)
 *   250 | string: name | string: value          an AUX field; anywhere, unknown ones are passed by
 *   254 | number                                the database of the entries that follow
 *   251 | keys | keys with a deadline           how many the selected database has, about
 *   an entry:
 *     252 | deadline (8 bytes)                  where it has one, in epoch milliseconds
 *     248 | seconds, or 249 | count (1 byte)    how long not used, or how often used; if wanted
 *     kind | string: key | value                see {@link RdbValues}
 *   255 | {@link Crc64} of all before (8 bytes)   zeros where checksums are off
 * </pre>
 *
 * <p>Numbers without a size are lengths in the sense of {@link RdbWriter}. Databases may be
 * selected in any order, and more than once. Engine thread only.
 */
public final class RdbFile {

  /** What an entry says of its use besides. */
  public enum Usage {
    /** Nothing. */
    NONE,
    /** For how many seconds it was not used. */
    IDLE,
    /** How often it was used. */
    FREQUENCY
  }

  private RdbFile() {}

  /** Begins a file. */
  public static void begin(RdbWriter out, int version) {
    byte[] magic = Bytes.of(String.format(Locale.ROOT, "REDIS%04d", version)).toByteArray();
    out.bytes(magic, 0, magic.length);
  }

  /** A fact about the file. */
  public static void aux(RdbWriter out, String name, String value) {
    out.int8(RdbOpcode.AUX);
    out.string(Bytes.of(name));
    out.string(Bytes.of(value));
  }

  /** The entries that follow are in this database. */
  public static void select(RdbWriter out, int number) {
    out.int8(RdbOpcode.DATABASE);
    out.length(number);
  }

  /** How large a database is, which has to be selected. */
  public static void sizes(RdbWriter out, Database database) {
    out.int8(RdbOpcode.SIZES);
    out.length(database.size());
    out.length(database.deadlines());
  }

  /**
   * Writes an entry, or where that would take long begins to.
   *
   * @return the rest, or null if all is written
   */
  public static @Nullable RdbSlices entry(RdbWriter out, Entry entry, Usage usage) {
    if (entry.hasDeadline()) {
      out.int8(RdbOpcode.DEADLINE_MILLIS);
      out.int64(entry.deadlineMillis());
    }
    Recency recency = entry.database().keyspace().recency();
    switch (usage) {
      case NONE -> {}
      case IDLE -> {
        out.int8(RdbOpcode.IDLE);
        out.length(recency.idleSeconds(entry.access()));
      }
      case FREQUENCY -> {
        out.int8(RdbOpcode.FREQUENCY);
        out.int8(recency.decayed(entry.access()));
      }
    }
    out.key(entry.key());
    RdbSlices rest = RdbValues.begin(entry, out);
    if (entry.type() != ValueType.STREAM) {
      return rest;
    }
    Bytes extras = RdbStreamExtras.of(entry.key(), (StreamValue) entry.object());
    if (extras == null) {
      return rest;
    }
    if (rest == null) {
      addExtras(out, extras);
      return null;
    }
    return new WithExtras(rest, extras);
  }

  /** A stream on its way, and what is said behind it, both as they were when it began. */
  private record WithExtras(RdbSlices stream, Bytes extras) implements RdbSlices {

    @Override
    public boolean write(RdbWriter out, int bytes) {
      boolean isAll = stream.write(out, bytes);
      if (isAll) {
        addExtras(out, extras);
      }
      return isAll;
    }

    @Override
    public void redirect(RdbWriter out) {
      stream.redirect(out);
    }

    @Override
    public long heldBytes() {
      return stream.heldBytes();
    }

    @Override
    public void close() {
      stream.close();
    }
  }

  private static void addExtras(RdbWriter out, Bytes extras) {
    out.int8(RdbOpcode.AUX);
    out.string(Bytes.of(RdbStreamExtras.NAME));
    out.string(extras);
  }

  /** Ends a file; the checksum, or 8 zeros, has to follow. */
  public static void end(RdbWriter out) {
    out.int8(RdbOpcode.END);
  }
}
