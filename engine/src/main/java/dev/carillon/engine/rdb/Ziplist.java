package dev.carillon.engine.rdb;

import dev.carillon.engine.value.Listpack;
import dev.carillon.engine.value.PackedArray;
import dev.carillon.protocol.bytes.Bytes;
import dev.carillon.protocol.bytes.Numerals;
import java.util.function.Consumer;

/**
 * Reads ziplists, the format of small collections in Redis before 7.0:
 *
 * <pre>
 *   4 bytes   length of everything
 *   4 bytes   where the last entry begins
 *   2 bytes   how many entries there are; 65535: unknown
 *   n bytes   the entries: length of the entry before (1 byte, or 0xFE and 4), encoding, data
 *   1 byte    0xFF
 * </pre>
 *
 * <p>Numbers are little-endian, lengths of strings big-endian. The encoding is
 *
 * <pre>
 *   00llllll                      string of up to 63 bytes
 *   01llllll llllllll             string of up to 16383 bytes
 *   10______ 4 bytes              string
 *   11000000, 11010000, 11100000  integer of 2, 4, 8 bytes
 *   11110000, 11111110            integer of 3, 1 bytes
 *   1111vvvv                      integer v - 1, from 0 to 12
 * </pre>
 */
final class Ziplist {

  private static final int HEADER_BYTES = 10;
  private static final int END = 0xFF;
  private static final int LONG_LENGTH = 0xFE;
  private static final int COUNT_UNKNOWN = 0xFFFF;

  private final byte[] array;
  private final int end;
  private int at;

  private Ziplist(Bytes bytes) {
    array = bytes.array();
    at = bytes.offset() + HEADER_BYTES;
    end = bytes.offset() + bytes.length() - 1;
  }

  /** The entries of a ziplist as a listpack; no bytes if there are none. */
  static PackedArray toListpack(Bytes ziplist) throws RdbFormatException {
    PackedArray packed = new PackedArray(ziplist.length());
    visit(ziplist, text -> Listpack.append(packed, text));
    return packed;
  }

  /**
   * Shows the texts of all entries to a visitor.
   *
   * @throws RdbFormatException if the bytes are no ziplist, possibly after entries were shown
   */
  static void visit(Bytes ziplist, Consumer<Bytes> visitor) throws RdbFormatException {
    if (ziplist.length() <= HEADER_BYTES) {
      throw broken();
    }
    Ziplist list = new Ziplist(ziplist);
    int start = ziplist.offset();
    if (list.littleEndian(start, 4) != ziplist.length() || (list.array[list.end] & 0xFF) != END) {
      throw broken();
    }
    long last = list.littleEndian(start + 4, 4) & 0xFFFFFFFFL;
    long stated = list.littleEndian(start + 8, 2) & 0xFFFF;
    int count = 0;
    int before = 0;
    int entry = list.at;
    while (list.at < list.end) {
      entry = list.at;
      if (list.lengthBefore() != before) {
        throw broken();
      }
      visitor.accept(list.text());
      before = list.at - entry;
      count++;
    }
    boolean isCountRight = stated == COUNT_UNKNOWN || stated == count;
    if (!isCountRight || (count > 0 && last != entry - start)) {
      throw broken();
    }
  }

  /** What an entry says of the length of the one before it. */
  private long lengthBefore() throws RdbFormatException {
    int first = (int) take(1) & 0xFF;
    if (first == END) {
      throw broken();
    }
    return first == LONG_LENGTH ? take(4) & 0xFFFFFFFFL : first;
  }

  private Bytes text() throws RdbFormatException {
    int first = (int) take(1) & 0xFF;
    return switch (first >>> 6) {
      case 0 -> string(first & 0x3F);
      case 1 -> string((first & 0x3F) << 8 | ((int) take(1) & 0xFF));
      case 2 -> string(Integer.toUnsignedLong(Integer.reverseBytes((int) take(4))));
      default -> Numerals.of(integer(first));
    };
  }

  private long integer(int first) throws RdbFormatException {
    return switch (first) {
      case 0xC0 -> take(2);
      case 0xD0 -> take(4);
      case 0xE0 -> take(8);
      case 0xF0 -> take(3);
      case 0xFE -> take(1);
      default -> {
        if (first < 0xF1 || first > 0xFD) {
          throw broken();
        }
        yield (first & 0x0F) - 1;
      }
    };
  }

  private Bytes string(long length) throws RdbFormatException {
    need(length);
    Bytes text = Bytes.view(array, at, (int) length);
    at += (int) length;
    return text;
  }

  /** The next bytes as a signed number. */
  private long take(int bytes) throws RdbFormatException {
    need(bytes);
    at += bytes;
    return littleEndian(at - bytes, bytes);
  }

  private long littleEndian(int from, int bytes) {
    long value = array[from + bytes - 1];
    for (int i = bytes - 2; i >= 0; i--) {
      value = value << 8 | (array[from + i] & 0xFF);
    }
    return value;
  }

  private void need(long bytes) throws RdbFormatException {
    if (bytes > end - at) {
      throw broken();
    }
  }

  private static RdbFormatException broken() {
    return new RdbFormatException("a ziplist is damaged");
  }
}
