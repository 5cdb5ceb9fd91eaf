package dev.carillon.simulation.check;

import java.util.Map;
import java.util.TreeMap;

/** Deadlines are met after a start too. */
public final class Recovered implements Guarantee {

  private final Map<String, Integer> announced = new TreeMap<>();

  /** A start of which nothing is known. */
  public Recovered() {}

  @Override
  public String sentence() {
    return "A deadline that passed while the server was down is announced after the start, once.";
  }

  /** A client heard {@code expired} of a key. */
  public void onExpired(String key) {
    announced.merge(key, 1, Integer::sum);
  }

  /**
   * The server has nothing more to do of itself.
   *
   * @param due the keys that were there after the start and past their deadline
   */
  public void onSettled(Iterable<String> due) {
    for (String key : due) {
      int times = announced.getOrDefault(key, 0);
      if (times != 1) {
        throw broken(key + " was announced " + times + " times");
      }
      announced.remove(key);
    }
    if (!announced.isEmpty()) {
      throw broken(announced.keySet() + " was announced and not due");
    }
  }
}
