package dev.carillon.engine.rdb;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/** Little-endian numbers inside byte arrays, at any alignment. */
final class LittleEndian {

  private static final VarHandle INT64 =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

  private LittleEndian() {}

  static long int64(byte[] array, int at) {
    return (long) INT64.get(array, at);
  }

  static void int64(byte[] array, int at, long value) {
    INT64.set(array, at, value);
  }
}
