package dev.carillon.engine.rdb;

import dev.carillon.engine.keyspace.Entry;
import dev.carillon.engine.keyspace.Keyspace;
import dev.carillon.protocol.bytes.Bytes;

/**
 * What DUMP answers and RESTORE takes: a value in the form of RDB with a footer.
 *
 * <pre>
 *   n bytes   kind and value, see {@link RdbValues}
 *   2 bytes   RDB version, lowest byte first
 *   8 bytes   {@link Crc64} of all that is before, lowest byte first; 0: not computed
 * </pre>
 *
 * <p>Redis 7.0 and newer restore what is written here, 7.4 and newer where fields of a hash have
 * deadlines, 8.8 an array, and what they dump is read here. So do all of Valkey but for deadlines
 * of fields, which Valkey 9 has in a form of its own, under versions of its own: that is read here
 * and not written. One thread at a time.
 */
public final class DumpPayload {

  private static final int FOOTER_BYTES = 10;

  /** Kind and length in front of a string. */
  private static final int HEADER_BYTES_MAX = 10;

  private DumpPayload() {}

  /**
   * The value of an entry. O(size), allocates.
   *
   * @param compressing whether long strings are compressed
   */
  public static Bytes of(Entry entry, boolean compressing) {
    long expected = entry.sizeBytes() + HEADER_BYTES_MAX + FOOTER_BYTES;
    RdbWriter out = new RdbWriter(compressing, (int) Math.min(expected, Integer.MAX_VALUE - 16));
    RdbValues.write(entry, out);
    int version = RdbValues.versionOf(entry);
    out.int8(version);
    out.int8(version >>> 8);
    Bytes body = out.written();
    out.int64(Crc64.of(body.array(), body.offset(), body.length()));
    return out.written();
  }

  /**
   * Whether the footer is that of an undamaged payload of a known version. O(length).
   *
   * @param summing whether the checksum is looked at; what is damaged may come to be read if not
   */
  public static boolean isIntact(Bytes payload, boolean summing) {
    int body = payload.length() - FOOTER_BYTES;
    if (body < 0) {
      return false;
    }
    int version = version(payload);
    long stated = LittleEndian.int64(payload.array(), payload.offset() + body + 2);
    return (version <= RdbValues.VERSION_READ_MAX || version == RdbValues.VERSION_VALKEY)
        && (!summing
            || stated == 0
            || stated == Crc64.of(payload.array(), payload.offset(), body + 2));
  }

  private static int version(Bytes payload) {
    int body = payload.length() - FOOTER_BYTES;
    return (payload.at(body) & 0xff) | (payload.at(body + 1) & 0xff) << 8;
  }

  /**
   * The value of a payload that is intact; valid as long as the payload is.
   *
   * @param keyspace whose key will hold it
   */
  public static RdbValue read(Bytes payload, Keyspace keyspace) throws RdbFormatException {
    RdbReader in = new RdbReader(payload.range(0, payload.length() - FOOTER_BYTES));
    boolean isValkey = version(payload) == RdbValues.VERSION_VALKEY;
    RdbValue value = RdbValues.read(isValkey, in, keyspace);
    if (in.remaining() > 0) {
      throw new RdbFormatException(in.remaining() + " bytes are left behind the value");
    }
    return value;
  }
}
