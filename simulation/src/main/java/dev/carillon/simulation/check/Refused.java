package dev.carillon.simulation.check;

/** Damage is found. */
public final class Refused implements Guarantee {

  /** No damage was done. */
  public Refused() {}

  @Override
  public String sentence() {
    return "Damage of a snapshot, and damage of the journal that a later record vouches for, stops"
        + " the start, with its place and what to do.";
  }

  /**
   * A start went on although a bit was turned over.
   *
   * @param damage where
   * @param sequence the last turn that is there
   * @param soundSequence the last one that would be there without the damage
   * @param vouched the last turn that the record of {@code soundSequence} says is durable
   * @param cutBytes how many more bytes were reported as torn than without the damage
   */
  public void onAccepted(
      String damage, long sequence, long soundSequence, long vouched, long cutBytes) {
    if (sequence + 1 < soundSequence && sequence < vouched) {
      throw broken(
          damage
              + ": turns up to "
              + vouched
              + " were durable, "
              + sequence
              + " are there, and the start went on");
    }
    if (sequence < soundSequence && cutBytes <= 0) {
      throw broken(damage + " took " + (soundSequence - sequence) + " turns in silence");
    }
  }

  /** A snapshot loads although a bit was turned over. */
  public void onLoaded(String damage, boolean isSame) {
    if (!isSame) {
      throw broken(damage + " changed what is loaded, in silence");
    }
  }

  /** A start was refused. */
  public void onRefused(String damage, String file, String said) {
    if (!said.contains(file)) {
      throw broken(damage + " was refused without its place: " + said);
    }
  }
}
