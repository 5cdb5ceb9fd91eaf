package dev.carillon.simulation.check;

/** Acknowledged writes survive. */
public final class Kept implements Guarantee {

  private long acknowledged;
  private String request = "";
  private long forced;
  private String forcedRequest = "";

  /** Nothing was acknowledged. */
  public Kept() {}

  @Override
  public String sentence() {
    return "Every write whose reply reached its client is there after the process was killed, and"
        + " with appendfsync always also after a power cut.";
  }

  /**
   * The whole reply to a write reached its client.
   *
   * @param sequence the turn that wrote
   * @param always whether the reply was held back by {@code appendfsync always}
   */
  public void onAcknowledged(long sequence, boolean always, String text) {
    if (sequence > acknowledged) {
      acknowledged = sequence;
      request = text;
    }
    if (always && sequence > forced) {
      forced = sequence;
      forcedRequest = text;
    }
  }

  /** A start brought back everything up to a turn. */
  public void onRecovered(long sequence, boolean isPowerCut) {
    long promised = isPowerCut ? forced : acknowledged;
    if (promised > sequence) {
      throw broken(
          "turn "
              + promised
              + " ("
              + (isPowerCut ? forcedRequest : request)
              + ") was acknowledged, and only "
              + sequence
              + " turns are there");
    }
    acknowledged = Math.min(acknowledged, sequence);
  }
}
