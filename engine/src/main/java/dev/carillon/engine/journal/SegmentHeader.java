package dev.carillon.engine.journal;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.zip.CRC32C;

/**
 * The first bytes of a segment. It is on the disk before the segment gets its name, so that a
 * header that cannot be read is damage and never the work of a crash. All numbers are little
 * endian.
 *
 * <pre>
 *   offset size
 *        0    8  "CARILLON"
 *        8    4  version of the format: 1
 *       12    4  length of this header: 64
 *       16    8  base sequence: the sequences of records count from here
 *       24    8  base time, epoch milliseconds: the times of records count from here
 *       32    8  salt: random, mixed into the guards and checksums of the records
 *       40    8  the last turn that was durable when the header was written
 *       48   12  zero
 *       60    4  CRC-32C of bytes 0 to 59
 * </pre>
 *
 * <p>docs/journal-format.md draws it too; the two and {@link Records} change together.
 *
 * @param baseSequence see there
 * @param baseMillis see there
 * @param salt see there
 * @param durableSequence see there
 */
record SegmentHeader(long baseSequence, long baseMillis, long salt, long durableSequence) {

  static final int LENGTH = 64;
  static final int VERSION = 1;

  private static final long MAGIC = 0x4e4f4c4c49524143L;
  private static final VarHandle LONGS =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
  private static final VarHandle INTS =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);

  /** A header that cannot be used, and why. */
  static final class Unusable extends Exception {

    private static final long serialVersionUID = 1;

    /** Whether a later version may be able to read it. */
    final boolean newer;

    Unusable(String reason, boolean newer) {
      super(reason);
      this.newer = newer;
    }
  }

  SegmentHeader durable(long sequence) {
    return new SegmentHeader(baseSequence, baseMillis, salt, sequence);
  }

  byte[] encode() {
    byte[] bytes = new byte[LENGTH];
    LONGS.set(bytes, 0, MAGIC);
    INTS.set(bytes, 8, VERSION);
    INTS.set(bytes, 12, LENGTH);
    LONGS.set(bytes, 16, baseSequence);
    LONGS.set(bytes, 24, baseMillis);
    LONGS.set(bytes, 32, salt);
    LONGS.set(bytes, 40, durableSequence);
    INTS.set(bytes, 60, checksum(bytes));
    return bytes;
  }

  /**
   * Reads a header.
   *
   * @param length how many bytes of it there are
   */
  static SegmentHeader decode(byte[] bytes, int length) throws Unusable {
    if (length < LENGTH) {
      throw new Unusable("the header is cut short", false);
    }
    if ((long) LONGS.get(bytes, 0) != MAGIC) {
      throw new Unusable("this is no segment of a journal", false);
    }
    int version = (int) INTS.get(bytes, 8);
    boolean intact = (int) INTS.get(bytes, 60) == checksum(bytes);
    if (intact && version != VERSION) {
      throw new Unusable(
          "the segment has version " + version + " of the format; this program knows " + VERSION,
          true);
    }
    if (!intact || (int) INTS.get(bytes, 12) != LENGTH) {
      throw new Unusable("the checksum of the header differs", false);
    }
    return new SegmentHeader(
        (long) LONGS.get(bytes, 16),
        (long) LONGS.get(bytes, 24),
        (long) LONGS.get(bytes, 32),
        (long) LONGS.get(bytes, 40));
  }

  private static int checksum(byte[] bytes) {
    CRC32C crc = new CRC32C();
    crc.update(bytes, 0, LENGTH - 4);
    return (int) crc.getValue();
  }
}
