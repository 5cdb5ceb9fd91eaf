package dev.carillon.simulation.check;

/** What a crash may still take back is shown to nobody. */
public final class Concealed implements Guarantee {

  private long shown;
  private String output = "";

  /** Nothing was shown. */
  public Concealed() {}

  @Override
  public String sentence() {
    return "With appendfsync always, no reply and no notification shows what a crash then takes"
        + " back.";
  }

  /**
   * A byte of some output reached its client.
   *
   * @param sequence the last turn that the output depends on
   */
  public void onShown(long sequence, String text) {
    if (sequence > shown) {
      shown = sequence;
      output = text;
    }
  }

  /** A start brought back everything up to a turn. */
  public void onRecovered(long sequence) {
    if (shown > sequence) {
      throw broken(
          "turn "
              + shown
              + " was shown ("
              + output
              + "), and only "
              + sequence
              + " turns are there");
    }
  }
}
