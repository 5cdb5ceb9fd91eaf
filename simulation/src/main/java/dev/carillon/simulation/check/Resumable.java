package dev.carillon.simulation.check;

import java.util.List;

/** A reader of a feed goes on where it stopped. */
public final class Resumable implements Guarantee {

  /** Knows nothing. */
  public Resumable() {}

  @Override
  public String sentence() {
    return "A reader of a feed goes on from any id that it has got: it misses nothing, gets nothing"
        + " twice and nothing that a crash takes back; where entries were trimmed it is told.";
  }

  /**
   * A reader got entries.
   *
   * @param happened all that the feed ever held
   * @param index the place in it of the first entry that the reader should get
   */
  public void onRead(List<String> happened, int index, List<String> got) {
    for (int i = 0; i < got.size(); i++) {
      String expected = index + i < happened.size() ? happened.get(index + i) : "nothing";
      if (!expected.equals(got.get(i))) {
        throw broken("it got " + got.get(i) + " where " + expected + " comes next");
      }
    }
  }

  /** A start brought something back: what a reader had got before is still there. */
  public void onRecovered(List<String> there, List<String> got) {
    for (int i = 0; i < got.size(); i++) {
      if (i >= there.size() || !there.get(i).equals(got.get(i))) {
        throw broken("it had got " + got.get(i) + ", which a crash took back");
      }
    }
  }
}
