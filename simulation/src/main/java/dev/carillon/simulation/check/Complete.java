package dev.carillon.simulation.check;

import java.util.ArrayList;
import java.util.List;

/** No entry of a feed is missing. */
public final class Complete implements Guarantee {

  private long acknowledged;
  private String request = "";

  /** Nothing was acknowledged. */
  public Complete() {}

  @Override
  public String sentence() {
    return "Every change of a key that a feed matches has its entry in the feed, and is on the disk"
        + " with it before anybody is told of the change, whatever appendfsync says.";
  }

  /** The reply to a change of a matching key reached its client. */
  public void onAcknowledged(long sequence, String text) {
    if (sequence > acknowledged) {
      acknowledged = sequence;
      request = text;
    }
  }

  /** A start brought back everything up to a turn. */
  public void onRecovered(long sequence) {
    if (acknowledged > sequence) {
      throw broken(
          "turn "
              + acknowledged
              + " ("
              + request
              + ") was acknowledged, and "
              + sequence
              + " is the last that is there");
    }
  }

  /** Compares what happened with what a feed holds. */
  public void onCompared(String feed, List<String> happened, List<String> found) {
    List<String> missing = new ArrayList<>(happened);
    found.forEach(missing::remove);
    if (!missing.isEmpty()) {
      throw broken(feed + " has no entry of " + missing);
    }
  }
}
