package dev.carillon.simulation.check;

/** A disk in trouble stops writes only. */
public final class Readable implements Guarantee {

  /** Nothing was read. */
  public Readable() {}

  @Override
  public String sentence() {
    return "While the disk is full or fails, reads are answered and writes are refused with one"
        + " clear error.";
  }

  /** A client read something while nothing could be written. */
  public void onRead(boolean isAnswered, String reply) {
    if (!isAnswered) {
      throw broken("a read was answered with " + reply);
    }
  }

  /** A client wrote something while nothing could be written. */
  public void onWrite(boolean isRefused, String reply) {
    if (!isRefused) {
      throw broken("a write was answered with " + reply);
    }
  }
}
