package dev.carillon.engine.rdb;

/** Bytes are no RDB, or one that this version does not know; the message says why. */
public sealed class RdbFormatException extends Exception {

  private static final long serialVersionUID = 1;

  /** Refuses bytes for a reason. */
  public RdbFormatException(String reason) {
    super(reason);
  }

  /** There are fewer bytes than there have to be. */
  public static final class Cut extends RdbFormatException {

    private static final long serialVersionUID = 1;

    Cut(String reason) {
      super(reason);
    }
  }

  /** A collection was read to its end and has no elements, which is no damage of anything else. */
  public static final class Empty extends RdbFormatException {

    private static final long serialVersionUID = 1;

    Empty(String reason) {
      super(reason);
    }
  }

  /** The bytes need not be damaged: they are of a kind that is not known here. */
  public static final class Unknown extends RdbFormatException {

    private static final long serialVersionUID = 1;

    /** Refuses something foreign for a reason. */
    public Unknown(String reason) {
      super(reason);
    }
  }
}
