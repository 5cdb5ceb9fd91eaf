package dev.carillon.engine.value;

import dev.carillon.protocol.bytes.Bytes;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * A long string in an array of its own, with room to grow so that a sequence of APPENDs costs
 * amortised O(1) per byte. Engine thread only.
 */
public final class StringValue extends Value {

  /** Derived: 32 bytes of this object, 16 of the array's header. */
  private static final int OVERHEAD_BYTES = 48;

  /** Chosen: a string doubles its room when it grows, but by no more than this. */
  private static final int SPARE_BYTES_MAX = 1 << 20;

  /** The longest array that every JVM makes. */
  private static final int ARRAY_BYTES_MAX = Integer.MAX_VALUE - 16;

  private byte[] array;
  private int length;
  private @Nullable StringImage image;

  /** A string with a copy of {@code length} bytes of {@code source} from {@code offset}. */
  public StringValue(byte[] source, int offset, int length) {
    this.array = Arrays.copyOfRange(source, offset, offset + length);
    this.length = length;
  }

  @Override
  public ValueType type() {
    return ValueType.STRING;
  }

  /** How many bytes the string has. */
  public int length() {
    return length;
  }

  /**
   * Points {@code view} at the bytes, of which those that {@link #changing} named are writable in
   * place until the next resize.
   */
  public Bytes view(Bytes view) {
    return view.pointTo(array, 0, length);
  }

  /** Changes the length; the common prefix stays, what is new is zero. */
  public void resize(int newLength) {
    changing(newLength, length);
    if (newLength > array.length) {
      long doubled = Math.min(2L * array.length, (long) newLength + SPARE_BYTES_MAX);
      int capacity = (int) Math.min(Math.max(newLength, doubled), ARRAY_BYTES_MAX);
      int before = array.length;
      array = Arrays.copyOf(array, capacity);
      Arrays.fill(array, length, before, (byte) 0); // of a longer string that was here once
    } else if (newLength > length) {
      Arrays.fill(array, length, newLength, (byte) 0);
    }
    length = newLength;
  }

  /** Bytes are about to be written, from one up to, not including, another. */
  public void changing(int from, int to) {
    if (image != null) {
      image.beforeChange(from, to);
    }
  }

  /**
   * What the string is now, while it goes on changing; an image from before must not be asked any
   * more. O(length / 1 MiB).
   */
  public StringImage image() {
    StringImage made = new StringImage(this);
    image = made;
    return made;
  }

  void forget(StringImage gone) {
    if (image == gone) {
      image = null;
    }
  }

  @Override
  public long sizeBytes() {
    return (long) OVERHEAD_BYTES + array.length;
  }

  @Override
  public boolean isEmpty() {
    return false;
  }

  @Override
  public StringValue copy() {
    return new StringValue(array, 0, length);
  }
}
