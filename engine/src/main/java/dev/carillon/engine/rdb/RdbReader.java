package dev.carillon.engine.rdb;

import dev.carillon.engine.storage.ReadFile;
import dev.carillon.protocol.bytes.Bytes;
import dev.carillon.protocol.bytes.Numerals;
import java.io.IOException;
import java.io.UncheckedIOException;
import org.jspecify.annotations.Nullable;

/**
 * Reads what {@link RdbWriter} writes, from memory or front to back from a file, and refuses
 * everything else: no input makes it read beyond its end or allocate much more than the input is
 * long. Of a file a piece is in memory, or the longest string if that is longer.
 *
 * <p>Views that are handed out stay good: a new piece of a file is read into a new array. One
 * thread at a time.
 */
public final class RdbReader {

  /** Chosen as Redis' limit of a string (512 MB); what is longer is taken for damage. */
  static final long STRING_LENGTH_MAX = 512L << 20;

  /** Chosen: long enough that a system call for each does not matter. */
  private static final int PIECE_BYTES = 256 << 10;

  private static final byte[] NOTHING = {};

  private final @Nullable ReadFile file;

  private final long size;

  private byte[] array;
  private int end;
  private int at;

  /** Where the first byte of the array is, counted from the start. */
  private long arrayPosition;

  private boolean checking = true;
  private long checksum;
  private int checkedTo;

  /** A reader from the start of {@code source}, which must not change meanwhile. */
  public RdbReader(Bytes source) {
    file = null;
    array = source.array();
    at = source.offset();
    end = at + source.length();
    arrayPosition = -at;
    checkedTo = at;
    size = source.length();
  }

  /**
   * A reader of a file that was just opened, which stays the caller's.
   *
   * @throws IOException if its length cannot be found out
   */
  public RdbReader(ReadFile file) throws IOException {
    this.file = file;
    array = NOTHING;
    size = file.length();
  }

  /** How many bytes there are in all. */
  public long size() {
    return size;
  }

  /** How many bytes have been read. */
  public long position() {
    return arrayPosition + at;
  }

  /** How many bytes are left. */
  public long remaining() {
    return size - position();
  }

  /** The {@link Crc64} of all bytes that have been read. */
  public long checksum() {
    check();
    return checksum;
  }

  /** Switches off that the checksum of what is read is computed. */
  void withoutChecksum() {
    checking = false;
  }

  private void check() {
    if (!checking) {
      return;
    }
    checksum = Crc64.update(checksum, array, checkedTo, at - checkedTo);
    checkedTo = at;
  }

  /** One byte, 0 to 255. */
  public int int8() throws RdbFormatException {
    if (at == end) {
      fetch(1);
    }
    return array[at++] & 0xff;
  }

  /** The next byte without reading it, or -1 at the end. */
  public int peek() throws RdbFormatException {
    if (at == end) {
      if (remaining() == 0) {
        return -1;
      }
      fetch(1);
    }
    return array[at] & 0xff;
  }

  /** 8 bytes, lowest first. */
  public long int64() throws RdbFormatException {
    return littleEndian(8);
  }

  /** 4 bytes, lowest first, 0 to 2^32 - 1. */
  public long int32() throws RdbFormatException {
    return littleEndian(4);
  }

  /** A length; negative only if it is above 2^63. */
  public long length() throws RdbFormatException {
    int first = int8();
    if (first >= 0xC0) {
      throw new RdbFormatException("there is a string where a length is due");
    }
    return length(first);
  }

  private long length(int first) throws RdbFormatException {
    return switch (first >>> 6) {
      case 0 -> first;
      case 1 -> (first & 0x3f) << 8 | int8();
      default ->
          switch (first) {
            case 0x80 -> bigEndian(4);
            case 0x81 -> bigEndian(8);
            default -> throw new RdbFormatException("no length begins with the byte " + first);
          };
    };
  }

  /**
   * The number of elements of a collection, at least 1 and not more than there can be.
   *
   * @param what the collection, for people: {@code a set}
   */
  long count(String what, String elements) throws RdbFormatException {
    long count = length();
    if (count == 0) {
      throw new RdbFormatException.Empty(what + " has no " + elements);
    }
    if (count < 0 || count > remaining()) {
      throw new RdbFormatException(
          what + " claims to have " + Long.toUnsignedString(count) + " " + elements);
    }
    return count;
  }

  /** A string in any form. */
  public Bytes string() throws RdbFormatException {
    int first = int8();
    if (first < 0xC0) {
      return bytes(length(first));
    }
    return switch (first & 0x3f) {
      case RdbWriter.FORM_INT8 -> Numerals.of((long) (byte) littleEndian(1));
      case RdbWriter.FORM_INT16 -> Numerals.of((long) (short) littleEndian(2));
      case RdbWriter.FORM_INT32 -> Numerals.of((long) (int) littleEndian(4));
      case RdbWriter.FORM_LZF -> compressed();
      default -> throw new RdbFormatException("no string begins with the byte " + first);
    };
  }

  private Bytes compressed() throws RdbFormatException {
    long size = length();
    long expanded = length();
    if (expanded < 0 || expanded > STRING_LENGTH_MAX) {
      throw new RdbFormatException("a string claims to have " + expanded + " bytes");
    }
    Bytes data = bytes(size);
    return Bytes.of(Lzf.decompress(data.array(), data.offset(), data.length(), expanded));
  }

  /** So many bytes as they are. */
  public Bytes bytes(long count) throws RdbFormatException {
    need(count);
    Bytes bytes = Bytes.view(array, at, (int) count);
    at += (int) count;
    return bytes;
  }

  private long bigEndian(int bytes) throws RdbFormatException {
    need(bytes);
    long value = 0;
    for (int i = 0; i < bytes; i++) {
      value = value << 8 | (array[at++] & 0xff);
    }
    return value;
  }

  private long littleEndian(int bytes) throws RdbFormatException {
    need(bytes);
    long value = 0;
    for (int i = 0; i < bytes; i++) {
      value |= (array[at++] & 0xffL) << (8 * i);
    }
    return value;
  }

  private void need(long bytes) throws RdbFormatException {
    if (bytes < 0 || bytes > end - at) {
      fetch(bytes);
    }
  }

  /** Brings the next bytes into memory, in one piece. */
  private void fetch(long bytes) throws RdbFormatException {
    if (bytes < 0 || bytes > remaining()) {
      throw new RdbFormatException.Cut(bytes + " bytes are due and " + remaining() + " are left");
    }
    if (bytes > Integer.MAX_VALUE - 16) {
      throw new RdbFormatException("a string claims to have " + bytes + " bytes");
    }
    check();
    int kept = end - at;
    int room = (int) Math.min(remaining(), Math.max(bytes, PIECE_BYTES));
    byte[] next = new byte[room];
    System.arraycopy(array, at, next, 0, kept);
    arrayPosition += at;
    array = next;
    at = 0;
    checkedTo = 0;
    end = kept;
    while (end < room) {
      end += read(next, end, room - end);
    }
  }

  private int read(byte[] target, int offset, int count) throws RdbFormatException {
    if (file == null) {
      throw new IllegalStateException("memory is read to its end");
    }
    try {
      int read = file.read(target, offset, count);
      if (read < 0) {
        throw new RdbFormatException.Cut("the file became shorter while it was read");
      }
      return read;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
