package dev.carillon.simulation.check;

import java.util.ArrayDeque;

/** What a crash takes back is little. */
public final class Bounded implements Guarantee {

  /** How far apart the first and the last write may be that are lost together. */
  public static final long SPAN_MILLIS = 1000;

  private record Acknowledged(long sequence, long millis, String text) {}

  private final ArrayDeque<Acknowledged> recent = new ArrayDeque<>();

  /** Nothing was acknowledged. */
  public Bounded() {}

  @Override
  public String sentence() {
    return "With appendfsync everysec, the acknowledged writes that a crash takes back were"
        + " acknowledged within one second.";
  }

  /** The whole reply to a write reached its client. */
  public void onAcknowledged(long sequence, long millis, String text) {
    recent.add(new Acknowledged(sequence, millis, text));
  }

  /** {@code appendfsync} is another one: writes before it and behind it are not compared. */
  public void onPolicy() {
    recent.clear();
  }

  /** A start brought back everything up to a turn. */
  public void onRecovered(long sequence) {
    Acknowledged first = null;
    for (Acknowledged write : recent) {
      if (write.sequence > sequence) {
        first = first == null ? write : first;
        if (write.millis - first.millis > SPAN_MILLIS) {
          throw broken(
              "turns "
                  + first.sequence
                  + " ("
                  + first.text
                  + ") and "
                  + write.sequence
                  + " ("
                  + write.text
                  + ") were acknowledged "
                  + (write.millis - first.millis)
                  + " ms apart, and only "
                  + sequence
                  + " turns are there");
        }
      }
    }
    recent.clear();
  }
}
