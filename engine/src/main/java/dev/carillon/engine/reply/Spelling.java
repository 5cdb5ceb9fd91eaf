package dev.carillon.engine.reply;

import java.nio.charset.StandardCharsets;

/** Replies that never change, rendered once. */
final class Spelling {

  static final byte[] OK = ascii("+OK\r\n");
  static final byte[] NIL_BULK = ascii("$-1\r\n");
  static final byte[] NIL_ARRAY = ascii("*-1\r\n");
  static final byte[] NULL = ascii("_\r\n");
  static final byte[] TRUE = ascii("#t\r\n");
  static final byte[] FALSE = ascii("#f\r\n");

  private Spelling() {}

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }
}
