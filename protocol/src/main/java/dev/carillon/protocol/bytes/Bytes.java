package dev.carillon.protocol.bytes;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * A binary-safe string: a range of a byte array.
 *
 * <p>There are two kinds of owners. Whoever keeps a string beyond the current turn holds one made
 * by {@link #copy()}, {@link #of(byte[])} or {@link #of(String)}: it has an array of its own that
 * nobody writes to. Whoever only looks at bytes where they lie (an argument in the network buffer,
 * a key in the arena) holds a <em>view</em>, which its owner points elsewhere with {@link
 * #pointTo}; a view is valid until the end of the turn at most and must be copied to be kept. Views
 * exist so that a command allocates nothing but what it stores.
 *
 * <p>Not thread safe while it is used as a view.
 */
public final class Bytes implements Comparable<Bytes> {

  /** The empty string. */
  public static final Bytes EMPTY = new Bytes(new byte[0], 0, 0);

  private byte[] array;
  private int offset;
  private int length;

  private Bytes(byte[] array, int offset, int length) {
    this.array = array;
    this.offset = offset;
    this.length = length;
  }

  /** A string over the whole array, which is not copied and must not be written to any more. */
  public static Bytes of(byte[] array) {
    return new Bytes(array, 0, array.length);
  }

  /** The UTF-8 form of {@code text}. */
  public static Bytes of(String text) {
    return of(text.getBytes(StandardCharsets.UTF_8));
  }

  /** A view of {@code length} bytes of {@code array} from {@code offset}; nothing is copied. */
  public static Bytes view(byte[] array, int offset, int length) {
    return new Bytes(array, offset, length);
  }

  /** A view of nothing, to be pointed somewhere by its owner. */
  public static Bytes view() {
    return new Bytes(EMPTY.array, 0, 0);
  }

  /**
   * Points this view at {@code length} bytes of {@code array} from {@code offset}. Only the owner
   * of a view may call this; never call it on a string that somebody keeps.
   *
   * @return this view
   */
  public Bytes pointTo(byte[] newArray, int newOffset, int newLength) {
    array = newArray;
    offset = newOffset;
    length = newLength;
    return this;
  }

  /** The array that holds the bytes; read only. */
  public byte[] array() {
    return array;
  }

  /** Where in {@link #array()} the first byte lies. */
  public int offset() {
    return offset;
  }

  /** How many bytes there are. */
  public int length() {
    return length;
  }

  /** Whether there are no bytes. */
  public boolean isEmpty() {
    return length == 0;
  }

  /** The byte at {@code index}, sign extended; {@code index} must be within 0 and length - 1. */
  public byte at(int index) {
    return array[offset + index];
  }

  /** The same bytes in an array of their own, safe to keep. O(length), allocates. */
  public Bytes copy() {
    return of(toByteArray());
  }

  /** A new array with the bytes. O(length), allocates. */
  public byte[] toByteArray() {
    return Arrays.copyOfRange(array, offset, offset + length);
  }

  /** A view of the bytes from {@code from} (inclusive) to {@code to} (exclusive). */
  public Bytes range(int from, int to) {
    return view(array, offset + from, to - from);
  }

  /** Copies all bytes to {@code target} from {@code at}. */
  public void copyTo(byte[] target, int at) {
    System.arraycopy(array, offset, target, at, length);
  }

  /** Whether the bytes begin with all of {@code prefix}. */
  public boolean startsWith(Bytes prefix) {
    return length >= prefix.length
        && Arrays.equals(
            array,
            offset,
            offset + prefix.length,
            prefix.array,
            prefix.offset,
            prefix.offset + prefix.length);
  }

  /** Whether the bytes are those of the range. */
  public boolean equalTo(byte[] other, int otherOffset, int otherLength) {
    return Arrays.equals(
        array, offset, offset + length, other, otherOffset, otherOffset + otherLength);
  }

  /**
   * Whether the bytes spell {@code word} when ASCII letters of either case count as equal, as Redis
   * compares option words. Allocates nothing.
   *
   * @param word ASCII, in upper case
   */
  public boolean isWord(String word) {
    if (word.length() != length) {
      return false;
    }
    for (int i = 0; i < length; i++) {
      int c = array[offset + i];
      if (c >= 'a' && c <= 'z') {
        c -= 'a' - 'A';
      }
      if (c != word.charAt(i)) {
        return false;
      }
    }
    return true;
  }

  /** Order by unsigned bytes; a prefix comes before what it begins. */
  @Override
  public int compareTo(Bytes other) {
    return Arrays.compareUnsigned(
        array, offset, offset + length, other.array, other.offset, other.offset + other.length);
  }

  @Override
  public boolean equals(Object other) {
    return this == other || (other instanceof Bytes that && that.equalTo(array, offset, length));
  }

  /** A hash for maps of the JDK; not for the index of keys, whose hash is seeded. O(length). */
  @Override
  public int hashCode() {
    int hash = 1;
    for (int i = offset, end = offset + length; i < end; i++) {
      hash = 31 * hash + array[i];
    }
    return hash;
  }

  /** The bytes read as UTF-8, for people; not reversible for binary strings. */
  @Override
  public String toString() {
    return new String(array, offset, length, StandardCharsets.UTF_8);
  }

  /** The bytes as characters 0 to 255, reversible. */
  public String toLatin1() {
    return new String(array, offset, length, StandardCharsets.ISO_8859_1);
  }
}
