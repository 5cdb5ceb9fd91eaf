package dev.carillon.engine.value;

import dev.carillon.protocol.bytes.Bytes;
import java.util.Random;

/**
 * Packed bytes that lie in another array after every resize, at another offset and among garbage:
 * whoever keeps an old view, or reads or writes outside of it, is found out.
 */
final class WanderingBytes implements Packed {

  private static final int MARGIN = 24;

  private final Random random;
  private Bytes view = Bytes.EMPTY;
  private byte[] around = new byte[0];

  WanderingBytes(Random random) {
    this.random = random;
    resize(0);
  }

  @Override
  public Bytes bytes() {
    return view;
  }

  @Override
  public Bytes resize(int newLength) {
    assertUntouched();
    int before = random.nextInt(MARGIN);
    byte[] array = new byte[before + newLength + random.nextInt(MARGIN)];
    random.nextBytes(array);
    int kept = Math.min(newLength, view.length());
    System.arraycopy(view.array(), view.offset(), array, before, kept);
    if (view.length() > 0) {
      // What the old view shows from now on is nothing that anybody may need.
      random.nextBytes(view.array());
    }
    view = Bytes.view(array, before, newLength);
    around = array.clone();
    return view;
  }

  /** Fails if anything was written outside of the bytes. */
  void assertUntouched() {
    byte[] array = view.array();
    for (int i = 0; i < array.length; i++) {
      boolean isOutside = i < view.offset() || i >= view.offset() + view.length();
      if (isOutside && array[i] != around[i]) {
        throw new AssertionError("something was written at " + (i - view.offset()));
      }
    }
  }
}
