package dev.carillon.simulation.check;

/** Trouble ends. */
public final class Resumed implements Guarantee {

  /** There was no trouble. */
  public Resumed() {}

  @Override
  public String sentence() {
    return "When the disk has room and works again, writes are accepted again without a restart.";
  }

  /** A client wrote something some time after the disk was well again. */
  public void onWrite(boolean isAccepted, String reply) {
    if (!isAccepted) {
      throw broken("a write was answered with " + reply);
    }
  }
}
