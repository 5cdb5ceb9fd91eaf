package dev.carillon.engine.rdb;

/**
 * The CRC-64 that ends an RDB file and a DUMP payload: the polynomial of Jones, {@code
 * 0xad93d23594c935a9}, least significant bit first, starting from 0, not inverted. Of {@code
 * "123456789"} it is {@code 0xe9c6d914c4b8d9ca}. Any thread.
 */
public final class Crc64 {

  /** The polynomial with its bits in reverse, as the shifts below need it. */
  private static final long POLYNOMIAL = Long.reverse(0xad93d23594c935a9L);

  /**
   * {@code TABLES[k][b]} is what the byte {@code b} contributes when {@code k} more bytes follow
   * it, so that eight bytes are one step of eight independent look-ups.
   */
  private static final long[][] TABLES = new long[8][256];

  static {
    for (int b = 0; b < 256; b++) {
      long crc = b;
      for (int bit = 0; bit < 8; bit++) {
        crc = (crc & 1) != 0 ? crc >>> 1 ^ POLYNOMIAL : crc >>> 1;
      }
      TABLES[0][b] = crc;
    }
    for (int k = 1; k < 8; k++) {
      for (int b = 0; b < 256; b++) {
        long before = TABLES[k - 1][b];
        TABLES[k][b] = TABLES[0][(int) before & 0xff] ^ before >>> 8;
      }
    }
  }

  private Crc64() {}

  /** The checksum of a range. */
  public static long of(byte[] array, int offset, int length) {
    return update(0, array, offset, length);
  }

  /** Goes on with a checksum over the bytes that follow. O(length), allocates nothing. */
  public static long update(long crc, byte[] array, int offset, int length) {
    long sum = crc;
    int at = offset;
    int end = offset + length;
    for (; end - at >= 8; at += 8) {
      sum ^= LittleEndian.int64(array, at);
      sum =
          TABLES[7][(int) sum & 0xff]
              ^ TABLES[6][(int) (sum >>> 8) & 0xff]
              ^ TABLES[5][(int) (sum >>> 16) & 0xff]
              ^ TABLES[4][(int) (sum >>> 24) & 0xff]
              ^ TABLES[3][(int) (sum >>> 32) & 0xff]
              ^ TABLES[2][(int) (sum >>> 40) & 0xff]
              ^ TABLES[1][(int) (sum >>> 48) & 0xff]
              ^ TABLES[0][(int) (sum >>> 56) & 0xff];
    }
    for (; at < end; at++) {
      sum = TABLES[0][(int) (sum ^ array[at]) & 0xff] ^ sum >>> 8;
    }
    return sum;
  }
}
