package dev.carillon.engine.command.family;

import dev.carillon.protocol.bytes.Bytes;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * Looking at and changing ranges of bits in strings, eight bytes at a time where there are as many.
 * Bit 0 is the highest bit of the first byte, so a range reads like a number.
 */
final class Bits {

  /** Big endian, so that the first byte of a string holds the highest bits of a word. */
  private static final VarHandle WORD =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);

  private Bits() {}

  /** How many bits are set from {@code first} to {@code last}, both within the text. */
  static long count(Bytes text, long first, long last) {
    byte[] array = text.array();
    int from = text.offset() + (int) (first >>> 3);
    int to = text.offset() + (int) (last >>> 3);
    int headMask = 0xff >>> (first & 7);
    int tailMask = 0xff00 >>> (last & 7) + 1;
    if (from == to) {
      return Integer.bitCount(array[from] & headMask & tailMask);
    }
    long count = Integer.bitCount(array[from] & headMask);
    int at = from + 1;
    for (; at + 8 <= to; at += 8) {
      count += Long.bitCount((long) WORD.get(array, at));
    }
    for (; at < to; at++) {
      count += Integer.bitCount(array[at] & 0xff);
    }
    return count + Integer.bitCount(array[to] & tailMask & 0xff);
  }

  /**
   * The first bit from {@code first} to {@code last}, both within the text, that is set, or clear.
   *
   * @return -1 if there is none
   */
  static long find(Bytes text, long first, long last, boolean set) {
    byte[] array = text.array();
    int flip = set ? 0 : 0xff;
    int offset = text.offset();
    int at = offset + (int) (first >>> 3);
    int to = offset + (int) (last >>> 3);
    int head = ((array[at] ^ flip) & 0xff) & 0xff >>> (first & 7);
    if (head == 0) {
      long none = set ? 0 : -1;
      at++;
      while (at + 8 <= to && (long) WORD.get(array, at) == none) {
        at += 8;
      }
      while (at <= to && (head = (array[at] ^ flip) & 0xff) == 0) {
        at++;
      }
      if (at > to) {
        return -1;
      }
    }
    long found = 8L * (at - offset) + Integer.numberOfLeadingZeros(head) - 24;
    return found <= last ? found : -1;
  }

  /**
   * The number that lies in up to 64 bits from {@code first} on, unsigned; what is beyond the text
   * counts as zeros.
   */
  static long read(Bytes text, long first, int bits) {
    long value = 0;
    long at = first;
    for (int left = bits; left > 0; ) {
      int within = (int) (at & 7);
      int taken = Math.min(8 - within, left);
      long index = at >>> 3;
      int b = index < text.length() ? text.at((int) index) & 0xff : 0;
      value = value << taken | b >>> 8 - within - taken & (1 << taken) - 1;
      at += taken;
      left -= taken;
    }
    return value;
  }

  /** Writes the lowest bits of {@code value} to the bits from {@code first} on, all in the text. */
  static void write(Bytes text, long first, int bits, long value) {
    long at = first;
    for (int left = bits; left > 0; ) {
      int within = (int) (at & 7);
      int taken = Math.min(8 - within, left);
      int shift = 8 - within - taken;
      int mask = (1 << taken) - 1 << shift;
      int part = (int) (value >>> left - taken) << shift & mask;
      int index = text.offset() + (int) (at >>> 3);
      text.array()[index] = (byte) (text.array()[index] & ~mask | part);
      at += taken;
      left -= taken;
    }
  }
}
