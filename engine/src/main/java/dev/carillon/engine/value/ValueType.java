package dev.carillon.engine.value;

/**
 * The kinds of values, as TYPE names them. The codes are stored in the arena's slots: rows may only
 * be appended.
 */
public enum ValueType {
  STRING("string"),
  LIST("list"),
  SET("set"),
  SORTED_SET("zset"),
  HASH("hash"),
  STREAM("stream"),
  ARRAY("array");

  private static final ValueType[] BY_CODE = values();

  private final String wireName;

  ValueType(String wireName) {
    this.wireName = wireName;
  }

  /** The name in replies of TYPE and in SCAN's TYPE option. */
  public String wireName() {
    return wireName;
  }

  /** The number that stands for this type in a slot. */
  public int code() {
    return ordinal();
  }

  /** The type of a slot's number. */
  public static ValueType ofCode(int code) {
    return BY_CODE[code];
  }
}
