package dev.carillon.protocol.resp;

import org.jspecify.annotations.Nullable;

/** The kinds of RESP values: the table of their first bytes. */
public enum RespType {
  /** A line of text. */
  SIMPLE('+', 2),
  /** A line that begins with an error code. */
  ERROR('-', 2),
  /** A 64-bit integer. */
  INTEGER(':', 2),
  /** A string with its length; -1 is RESP2's null. */
  BULK('$', 2),
  /** A sequence; -1 is RESP2's null array. */
  ARRAY('*', 2),
  /** RESP3's null. */
  NULL('_', 3),
  /** A double. */
  REAL(',', 3),
  /** True or false. */
  BOOL('#', 3),
  /** An error with a length. */
  BULK_ERROR('!', 3),
  /** A string whose first three bytes name its format. */
  VERBATIM('=', 3),
  /** An integer of any size. */
  BIG_NUMBER('(', 3),
  /** Pairs of keys and values. */
  MAP('%', 3),
  /** A collection without duplicates. */
  SET('~', 3),
  /** Pairs of remarks about the value that follows them. */
  ATTRIBUTE('|', 3),
  /** A message that answers no request. */
  PUSH('>', 3);

  private static final @Nullable RespType[] BY_MARKER = new RespType[128];

  static {
    for (RespType type : values()) {
      BY_MARKER[type.marker] = type;
    }
  }

  private final byte marker;
  private final int version;

  RespType(char marker, int version) {
    this.marker = (byte) marker;
    this.version = version;
  }

  /** The first byte of a value of this kind. */
  public byte marker() {
    return marker;
  }

  /** The lowest protocol version, 2 or 3, that has this kind. */
  public int version() {
    return version;
  }

  /** The kind that begins with {@code marker}, or null. */
  public static @Nullable RespType of(byte marker) {
    return marker >= 0 ? BY_MARKER[marker] : null;
  }
}
