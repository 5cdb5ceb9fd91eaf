package dev.carillon.simulation.check;

import java.util.TreeSet;

/** Expiries are in a feed in time. */
public final class Timely implements Guarantee {

  private final TreeSet<Long> looks = new TreeSet<>();

  /** Nobody looked at deadlines yet. */
  public Timely() {}

  @Override
  public String sentence() {
    return "An expiry is in the feed when the server first looks at deadlines that have passed, and"
        + " never before its deadline.";
  }

  /** A server has started: what the last one found may be lost. */
  public void onStarted() {
    looks.clear();
  }

  /** All deadlines up to a time were looked at. */
  public void onLook(long nowMillis) {
    looks.add(nowMillis);
  }

  /** A feed has an entry of an expiry. */
  public void onExpired(String key, long deadlineMillis, long atMillis) {
    if (atMillis < deadlineMillis) {
      throw broken(key + " expired " + (deadlineMillis - atMillis) + " ms before its deadline");
    }
    Long look = looks.ceiling(deadlineMillis);
    if (look != null && look < atMillis) {
      throw broken(
          key + " expired " + (atMillis - look) + " ms after its deadline had been looked at");
    }
  }
}
