package dev.carillon.engine.rdb;

import dev.carillon.protocol.bytes.Bytes;
import dev.carillon.protocol.bytes.Numerals;

/**
 * Reads what {@link RdbWriter} writes, and refuses everything else: no input makes it read beyond
 * its end or allocate much more than the input is long. One thread at a time.
 */
public final class RdbReader {

  /** Chosen as Redis' limit of a string (512 MB); what is longer is taken for damage. */
  private static final long STRING_LENGTH_MAX = 512L << 20;

  private final byte[] array;
  private final int end;
  private int at;

  /** A reader from the start of {@code source}, which must not change meanwhile. */
  public RdbReader(Bytes source) {
    array = source.array();
    at = source.offset();
    end = at + source.length();
  }

  /** How many bytes are left. */
  public int remaining() {
    return end - at;
  }

  /** One byte, 0 to 255. */
  public int int8() throws RdbFormatException {
    need(1);
    return array[at++] & 0xff;
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

  /** A string in any form; valid as long as the source is. */
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

  /** 8 bytes, lowest first. */
  public long int64() throws RdbFormatException {
    return littleEndian(8);
  }

  /** So many bytes as they are; valid as long as the source is. */
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
      throw new RdbFormatException(bytes + " bytes are due and " + (end - at) + " are left");
    }
  }
}
