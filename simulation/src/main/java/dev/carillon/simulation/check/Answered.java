package dev.carillon.simulation.check;

/** Replies are not held back longer than they must. */
public final class Answered implements Guarantee {

  /** Nothing was asked. */
  public Answered() {}

  @Override
  public String sentence() {
    return "A reply leaves as soon as nothing that it shows can be taken back.";
  }

  /** All that was asked for is durable, and no work waits. */
  public void onQuiet(String client, long heldBytes) {
    if (heldBytes > 0) {
      throw broken(client + " still waits for " + heldBytes + " bytes");
    }
  }
}
