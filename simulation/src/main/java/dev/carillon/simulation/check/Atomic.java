package dev.carillon.simulation.check;

import java.util.Map;
import java.util.Set;

/** A change and its entry belong together. */
public final class Atomic implements Guarantee {

  /** Knows nothing. */
  public Atomic() {}

  @Override
  public String sentence() {
    return "A change and its entry in a feed survive a crash together or not at all.";
  }

  /**
   * A start brought something back.
   *
   * @param told for each key that the feed tells of: whether it is there, by the last entry of it
   * @param keys that are there
   */
  public void onRecovered(Map<String, Boolean> told, Set<String> keys) {
    told.forEach(
        (key, isThere) -> {
          if (isThere != keys.contains(key)) {
            throw broken(
                "the feed tells that "
                    + key
                    + (isThere ? " was set, and it is not there" : " went, and it is there"));
          }
        });
    for (String key : keys) {
      if (!told.containsKey(key)) {
        throw broken(key + " is there, and the feed does not tell of it");
      }
    }
  }
}
