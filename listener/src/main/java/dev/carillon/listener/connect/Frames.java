package dev.carillon.listener.connect;

import io.netty.buffer.ByteBuf;

/** Where one reply, or one message, ends in a buffer: RESP2 and RESP3, without reading it. */
final class Frames {

  /** The frame goes on behind what there is. */
  static final int INCOMPLETE = -1;

  /** It is none. */
  static final int UNKNOWN = -2;

  private static final int DIGITS_MAX = 18;

  private Frames() {}

  /** The index behind the frame that begins at {@code from}, or one of the constants. */
  static int end(ByteBuf in, int from) {
    int at = from;
    for (long left = 1; left > 0; left--) {
      int lineEnd = lineEnd(in, at);
      if (lineEnd < 0) {
        return at < in.writerIndex() && !isType(in.getByte(at)) ? UNKNOWN : INCOMPLETE;
      }
      byte type = in.getByte(at);
      switch (type) {
        case '+', '-', ':', '_', '#', ',', '(' -> at = lineEnd;
        case '$', '=', '!', '*', '~', '>', '%', '|' -> {
          long count = number(in, at + 1, lineEnd);
          if (count < -1) {
            return UNKNOWN;
          }
          at = lineEnd;
          switch (type) {
            case '$', '=', '!' -> {
              if (count >= 0) {
                if (in.writerIndex() - at < count + 2) {
                  return INCOMPLETE;
                }
                at += (int) count + 2;
              }
            }
            case '%' -> left += 2 * Math.max(0, count);
            // What it is about follows it.
            case '|' -> left += 2 * Math.max(0, count) + 1;
            default -> left += Math.max(0, count);
          }
        }
        default -> {
          return UNKNOWN;
        }
      }
    }
    return at;
  }

  private static boolean isType(byte type) {
    return "+-:_#,($=!*~>%|".indexOf(type) >= 0;
  }

  /** The index behind the line that begins at {@code from}, or -1. */
  static int lineEnd(ByteBuf in, int from) {
    int feed = from < in.writerIndex() ? in.indexOf(from, in.writerIndex(), (byte) '\n') : -1;
    return feed < 0 ? -1 : feed + 1;
  }

  /**
   * The number from {@code from} to the end of the line before {@code lineEnd}, or less than -1.
   */
  static long number(ByteBuf in, int from, int lineEnd) {
    int end = lineEnd - 2;
    boolean negative = from < end && in.getByte(from) == '-';
    int at = negative ? from + 1 : from;
    if (at >= end || end - at > DIGITS_MAX) {
      return UNKNOWN;
    }
    long number = 0;
    for (; at < end; at++) {
      int digit = in.getByte(at) - '0';
      if (digit < 0 || digit > 9) {
        return UNKNOWN;
      }
      number = number * 10 + digit;
    }
    return negative ? -number : number;
  }
}
