package dev.carillon.simulation.check;

import java.util.ArrayList;
import java.util.List;

/** A snapshot shows one moment. */
public final class Exact implements Guarantee {

  private record Begun(long sequence, String digest) {}

  private final List<Begun> begun = new ArrayList<>();

  /** No snapshot was begun. */
  public Exact() {}

  @Override
  public String sentence() {
    return "Whatever a crash or a failing disk did while it was written: a snapshot under its name"
        + " loads, and holds exactly what the server held at the turn where it began.";
  }

  /**
   * A snapshot begins, or may begin.
   *
   * @param sequence of the last turn before
   * @param digest of what the server holds
   * @return the number of the snapshot; later ones have higher numbers
   */
  public int onBegun(long sequence, String digest) {
    begun.add(new Begun(sequence, digest));
    return begun.size() - 1;
  }

  /**
   * There is a file, and it loads.
   *
   * @param sequence of the turn that it says it shows
   * @return the number of the snapshot, the highest where several held the same
   */
  public int onLoaded(String file, long sequence, String digest) {
    int number = begun.lastIndexOf(new Begun(sequence, digest));
    if (number < 0) {
      long other = -1;
      for (Begun one : begun) {
        other = one.digest.equals(digest) ? one.sequence : other;
      }
      throw broken(
          file
              + " says that it shows turn "
              + sequence
              + ", and holds "
              + (other < 0
                  ? "what was not there at the beginning of any snapshot"
                  : "what was there after turn " + other));
    }
    return number;
  }

  /** There is a file, and it does not load. */
  public void onUnreadable(String file, String why) {
    throw broken(file + " does not load: " + why);
  }
}
