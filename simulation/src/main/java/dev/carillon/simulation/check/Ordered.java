package dev.carillon.simulation.check;

import java.util.List;

/** Entries of a feed are in order. */
public final class Ordered implements Guarantee {

  /** Knows nothing. */
  public Ordered() {}

  @Override
  public String sentence() {
    return "The entries of a feed, and of each of its partitions, are in the order of the changes.";
  }

  /** Compares what happened with what a feed holds, which is the same but for its order. */
  public void onCompared(String feed, List<String> happened, List<String> found) {
    for (int i = 0; i < happened.size(); i++) {
      if (!happened.get(i).equals(found.get(i))) {
        throw broken(
            feed + " has entry " + i + " of " + found.get(i) + ", and that was " + happened.get(i));
      }
    }
  }
}
