package dev.carillon.engine.rdb;

/**
 * What stands in an RDB file where the kind of a value could stand: the numbers of everything that
 * is not a key. Redis and Valkey share them but for 243.
 */
public final class RdbOpcode {

  /**
   * What modules attach to the key that follows; since version 13. In Valkey 9 a part of a cluster
   * that is on the move instead.
   */
  public static final int KEY_METADATA = 243;

  /** How many keys a slot of a cluster has: a hint of three lengths. */
  public static final int SLOT_INFO = 244;

  /** A library of functions: its text. */
  public static final int FUNCTION = 245;

  /** A library of functions as candidates of Redis 7.0 wrote it. */
  public static final int FUNCTION_CANDIDATE = 246;

  /** What a module keeps besides its keys. */
  public static final int MODULE_AUX = 247;

  /** For how many seconds the key that follows was not used. */
  public static final int IDLE = 248;

  /** How often the key that follows is used: one byte. */
  public static final int FREQUENCY = 249;

  /** A fact about the file: its name and its text. */
  public static final int AUX = 250;

  /** How many keys a database has, and how many of them have a deadline: a hint. */
  public static final int SIZES = 251;

  /** The deadline of the key that follows, in epoch milliseconds of 8 bytes. */
  public static final int DEADLINE_MILLIS = 252;

  /** The deadline of the key that follows, in epoch seconds of 4 bytes. */
  public static final int DEADLINE_SECONDS = 253;

  /** The database of the keys that follow. */
  public static final int DATABASE = 254;

  /** The end; since version 5 the checksum follows. */
  public static final int END = 255;

  private RdbOpcode() {}
}
