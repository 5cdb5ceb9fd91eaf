package dev.carillon.engine.value;

import dev.carillon.protocol.bytes.Bytes;

/**
 * A part of a long list: the elements of a {@link Listpack}, or a single element that is too large
 * for one. The bytes lie in an array with room before and behind them, so that elements come and go
 * at both ends without moving the others. Engine thread only.
 */
final class ListChunk implements Packed {

  /** Derived: 24 bytes of this object, 24 of the view, 16 of the array's header. */
  static final int OVERHEAD_BYTES = 64;

  /** Chosen: room that is not worth being given back. */
  private static final int SPARE_BYTES = 64;

  private static final int SPARE_BYTES_MAX = 4 << 10;

  private final Bytes bytes;
  private final boolean plain;

  /** Since when it is as it is; {@link ListValue} has the say. */
  int epoch;

  private ListChunk(Bytes bytes, boolean plain) {
    this.bytes = bytes;
    this.plain = plain;
  }

  /** No elements yet. */
  static ListChunk empty() {
    return new ListChunk(Bytes.view(), false);
  }

  /**
   * No elements yet, but room for so many bytes of them, which are to come from one end.
   *
   * @param atHead whether each element will be added before all others
   */
  static ListChunk withRoom(int bytes, boolean atHead) {
    return new ListChunk(Bytes.view(new byte[bytes], atHead ? bytes : 0, 0), false);
  }

  /** A copy of a listpack that has elements. */
  static ListChunk ofListpack(Bytes pack) {
    byte[] copy = pack.toByteArray();
    return new ListChunk(Bytes.view(copy, 0, copy.length), false);
  }

  /** A copy of one large element. */
  static ListChunk ofElement(Bytes text) {
    byte[] copy = text.toByteArray();
    return new ListChunk(Bytes.view(copy, 0, copy.length), true);
  }

  ListChunk copy() {
    return plain ? ofElement(bytes) : ofListpack(bytes);
  }

  /** Whether the bytes are one element as it is, and no listpack. */
  boolean isPlain() {
    return plain;
  }

  int count() {
    return plain ? 1 : Listpack.count(bytes);
  }

  /** How much memory the bytes take, and the room around them. */
  int capacity() {
    return bytes.array().length;
  }

  @Override
  public Bytes bytes() {
    return bytes;
  }

  @Override
  public Bytes resize(int newLength) {
    byte[] array = bytes.array();
    int start = bytes.offset();
    if (newLength == 0) {
      return bytes.pointTo(Bytes.EMPTY.array(), 0, 0);
    }
    boolean shrinks = newLength < bytes.length();
    if (newLength > array.length - start || shrinks && isWasteful(newLength, array.length)) {
      byte[] moved = new byte[withRoom(newLength)];
      System.arraycopy(array, start, moved, 0, Math.min(newLength, bytes.length()));
      return bytes.pointTo(moved, 0, newLength);
    }
    return bytes.pointTo(array, start, newLength);
  }

  private static int withRoom(int length) {
    return length + Math.clamp(length / 2, SPARE_BYTES, SPARE_BYTES_MAX);
  }

  private static boolean isWasteful(int length, int capacity) {
    return length < capacity / 4 && capacity > 4 * SPARE_BYTES;
  }

  /** Adds a text before all elements, which stay where they are if there is room. */
  void prepend(Bytes text) {
    int entry = Listpack.entryBytes(text);
    int count = count();
    if (bytes.isEmpty() || entry > bytes.offset()) {
      makeRoomBefore(entry);
    }
    byte[] array = bytes.array();
    int start = bytes.offset() - entry;
    int length = bytes.length() + entry;
    Listpack.writeHeader(array, start, length, count + 1);
    Listpack.write(array, start + Listpack.HEADER_BYTES, text);
    bytes.pointTo(array, start, length);
  }

  /** Moves the listpack to the end of an array that has room for so many bytes before it. */
  private void makeRoomBefore(int room) {
    int length = Math.max(bytes.length(), Listpack.OVERHEAD_BYTES);
    boolean fits = bytes.isEmpty() && length + room <= capacity();
    byte[] moved = fits ? bytes.array() : new byte[withRoom(length + room)];
    int start = moved.length - length;
    bytes.copyTo(moved, start);
    moved[moved.length - 1] = Listpack.END;
    bytes.pointTo(moved, start, length);
  }

  /** Removes the first elements, not all of them; the others stay where they are. */
  void removeFirst(int entries) {
    int count = count() - entries;
    int gone = Listpack.seek(bytes, entries) - Listpack.HEADER_BYTES;
    byte[] array = bytes.array();
    int start = bytes.offset() + gone;
    int length = bytes.length() - gone;
    Listpack.writeHeader(array, start, length, count);
    bytes.pointTo(array, start, length);
    if (isWasteful(length, array.length)) {
      byte[] fitting = new byte[withRoom(length)];
      bytes.copyTo(fitting, 0);
      bytes.pointTo(fitting, 0, length);
    }
  }

  /** Gives back the room around the bytes, if it is worth it. */
  void trim() {
    if (capacity() > bytes.length() + SPARE_BYTES) {
      byte[] fitting = bytes.toByteArray();
      bytes.pointTo(fitting, 0, fitting.length);
    }
  }
}
