package dev.carillon.engine.store;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * Little-endian numbers inside byte arrays, at any alignment.
 *
 * <p>Slots and index segments lie in byte arrays, which the collector never traces; this is the
 * only place that reads numbers out of them. Every access is bounds checked by the JDK.
 */
public final class Words {
  private static final VarHandle INT64 =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN)
          .withInvokeExactBehavior();
  private static final VarHandle INT32 =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN)
          .withInvokeExactBehavior();
  private static final VarHandle INT16 =
      MethodHandles.byteArrayViewVarHandle(short[].class, ByteOrder.LITTLE_ENDIAN)
          .withInvokeExactBehavior();

  private Words() {}

  /** The 8 bytes of {@code array} from {@code at}. */
  public static long int64(byte[] array, int at) {
    return (long) INT64.get(array, at);
  }

  /** Writes 8 bytes to {@code array} from {@code at}. */
  public static void int64(byte[] array, int at, long value) {
    INT64.set(array, at, value);
  }

  /** The 4 bytes of {@code array} from {@code at}. */
  public static int int32(byte[] array, int at) {
    return (int) INT32.get(array, at);
  }

  /** Writes 4 bytes to {@code array} from {@code at}. */
  public static void int32(byte[] array, int at, int value) {
    INT32.set(array, at, value);
  }

  /** The 2 bytes of {@code array} from {@code at}. */
  public static short int16(byte[] array, int at) {
    return (short) INT16.get(array, at);
  }

  /** Writes the lowest 2 bytes of {@code value} to {@code array} from {@code at}. */
  public static void int16(byte[] array, int at, int value) {
    INT16.set(array, at, (short) value);
  }

  /**
   * Whether two ranges of {@code length} bytes are equal.
   *
   * <p>Keys are short, so this compares eight bytes at a time with an overlapping last read; for
   * keys of up to a few dozen bytes that beats the vectorised comparison of the JDK, whose set-up
   * costs more than the comparison.
   */
  public static boolean equal(byte[] a, int aOffset, byte[] b, int bOffset, int length) {
    if (length >= 8) {
      int last = length - 8;
      for (int i = 0; i < last; i += 8) {
        if (int64(a, aOffset + i) != int64(b, bOffset + i)) {
          return false;
        }
      }
      return int64(a, aOffset + last) == int64(b, bOffset + last);
    }
    if (length >= 4) {
      int last = length - 4;
      return int32(a, aOffset) == int32(b, bOffset)
          && int32(a, aOffset + last) == int32(b, bOffset + last);
    }
    for (int i = 0; i < length; i++) {
      if (a[aOffset + i] != b[bOffset + i]) {
        return false;
      }
    }
    return true;
  }
}
