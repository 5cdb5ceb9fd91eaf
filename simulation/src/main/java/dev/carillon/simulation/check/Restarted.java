package dev.carillon.simulation.check;

/** A crash is no damage. */
public final class Restarted implements Guarantee {

  /** Nothing was started. */
  public Restarted() {}

  @Override
  public String sentence() {
    return "After any crash the server starts again by itself.";
  }

  /** A start was refused although nothing but crashes had happened. */
  public void onRefused(String said) {
    throw broken("the start was refused: " + said);
  }
}
