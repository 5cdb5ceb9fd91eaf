package dev.carillon.engine.turn;

import dev.carillon.protocol.bytes.Bytes;

/** What can happen to whole databases; Redis has no notification for any of them. */
public enum DatabaseEvent {
  /** A database was emptied. */
  FLUSHDB("flushdb"),
  /** All databases were emptied. */
  FLUSHALL("flushall"),
  /** Two databases have changed places. */
  SWAPDB("swapdb");

  private final Bytes wireBytes;

  DatabaseEvent(String wireName) {
    this.wireBytes = Bytes.of(wireName);
  }

  /** The name in entries of feeds; nobody writes to it. */
  public Bytes wireBytes() {
    return wireBytes;
  }
}
