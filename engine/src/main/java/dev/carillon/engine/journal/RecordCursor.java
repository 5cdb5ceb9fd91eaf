package dev.carillon.engine.journal;

/** Reads the numbers in the body of a record one after the other. */
final class RecordCursor {

  private byte[] bytes = new byte[0];
  private int at;
  private int end;

  /** The bytes end inside a number, or where more should be. */
  static final class Malformed extends Exception {

    private static final long serialVersionUID = 1;

    Malformed(String reason) {
      super(reason, null, false, false);
    }
  }

  void reset(byte[] source, int from, int to) {
    bytes = source;
    at = from;
    end = to;
  }

  boolean atEnd() {
    return at == end;
  }

  int at() {
    return at;
  }

  int left() {
    return end - at;
  }

  int octet() throws Malformed {
    if (at == end) {
      throw new Malformed("the record ends too early");
    }
    return bytes[at++] & 0xff;
  }

  long varint() throws Malformed {
    long value = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      int next = octet();
      value |= (next & 0x7fL) << shift;
      if (next < 0x80) {
        return value;
      }
    }
    throw new Malformed("a number in the record has too many bytes");
  }

  /** A number of bytes or items that are said to follow. */
  int count() throws Malformed {
    long count = varint();
    if (count < 0 || count > left()) {
      throw new Malformed("the record says that more follows than it has");
    }
    return (int) count;
  }

  /** Passes over bytes and answers where they begin. */
  int skip(int length) throws Malformed {
    if (length > left()) {
      throw new Malformed("the record ends too early");
    }
    int from = at;
    at += length;
    return from;
  }
}
