package dev.carillon.engine.rdb;

/** Bytes are no RDB value, or one that this version does not know; the message says why. */
public final class RdbFormatException extends Exception {

  private static final long serialVersionUID = 1;

  /** Refuses bytes for a reason. */
  public RdbFormatException(String reason) {
    super(reason);
  }
}
