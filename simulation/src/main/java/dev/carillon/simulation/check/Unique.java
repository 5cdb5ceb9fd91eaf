package dev.carillon.simulation.check;

import java.util.ArrayList;
import java.util.List;

/** No entry of a feed is there twice, or of nothing. */
public final class Unique implements Guarantee {

  /** Knows nothing. */
  public Unique() {}

  @Override
  public String sentence() {
    return "A change has one entry in a feed and not more, and no entry tells of a change that"
        + " never was.";
  }

  /** Compares what happened with what a feed holds. */
  public void onCompared(String feed, List<String> happened, List<String> found) {
    List<String> surplus = new ArrayList<>(found);
    happened.forEach(surplus::remove);
    if (!surplus.isEmpty()) {
      throw broken(feed + " has too many entries of " + surplus);
    }
  }
}
