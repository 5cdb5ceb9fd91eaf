package dev.carillon.engine.value;

import dev.carillon.protocol.bytes.Bytes;
import java.util.Arrays;

/**
 * The bytes of a small collection in an array of their own, with room to grow: for collections that
 * are being put together before a key holds them. Engine thread only.
 */
public final class PackedArray implements Packed {

  private final Bytes view = Bytes.view();
  private byte[] array;

  /** No bytes, and room for {@code capacity} of them. */
  public PackedArray(int capacity) {
    array = new byte[capacity];
    view.pointTo(array, 0, 0);
  }

  /** A copy of the given bytes. */
  public static PackedArray copyOf(Bytes bytes) {
    PackedArray copy = new PackedArray(bytes.length());
    bytes.copyTo(copy.array, 0);
    copy.view.pointTo(copy.array, 0, bytes.length());
    return copy;
  }

  @Override
  public Bytes bytes() {
    return view;
  }

  @Override
  public Bytes resize(int newLength) {
    if (newLength > array.length) {
      array = Arrays.copyOf(array, Math.max(newLength, 2 * array.length));
    }
    return view.pointTo(array, 0, newLength);
  }
}
