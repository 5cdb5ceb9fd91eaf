package dev.carillon.engine.value;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/** Little-endian numbers inside byte arrays, at any alignment; bounds are checked by the JDK. */
final class LittleEndian {

  private static final VarHandle INT16 =
      MethodHandles.byteArrayViewVarHandle(short[].class, ByteOrder.LITTLE_ENDIAN)
          .withInvokeExactBehavior();
  private static final VarHandle INT32 =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN)
          .withInvokeExactBehavior();
  private static final VarHandle INT64 =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN)
          .withInvokeExactBehavior();

  private LittleEndian() {}

  static short int16(byte[] array, int at) {
    return (short) INT16.get(array, at);
  }

  static void int16(byte[] array, int at, int value) {
    INT16.set(array, at, (short) value);
  }

  static int int32(byte[] array, int at) {
    return (int) INT32.get(array, at);
  }

  static void int32(byte[] array, int at, int value) {
    INT32.set(array, at, value);
  }

  static long int64(byte[] array, int at) {
    return (long) INT64.get(array, at);
  }

  static void int64(byte[] array, int at, long value) {
    INT64.set(array, at, value);
  }
}
