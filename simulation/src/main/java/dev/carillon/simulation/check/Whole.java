package dev.carillon.simulation.check;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A turn survives as a whole or not at all. */
public final class Whole implements Guarantee {

  /** By sequence; null where there was no turn of that number. */
  private final List<@Nullable String> digests = new ArrayList<>();

  /**
   * Begins with nothing written.
   *
   * @param digest of an empty keyspace
   */
  public Whole(String digest) {
    digests.add(digest);
  }

  @Override
  public String sentence() {
    return "After a crash the server holds what it held at the end of some turn: each request,"
        + " transaction and expiry is there as a whole or not at all.";
  }

  /** The last turn that changed something. */
  public long sequence() {
    return digests.size() - 1;
  }

  /** A turn has changed something. */
  public void onTurn(long sequence, String digest) {
    if (sequence != digests.size()) {
      throw broken("turn " + sequence + " follows turn " + (digests.size() - 1));
    }
    digests.add(digest);
  }

  /** Without a turn, the next one has another number: what is there is that of {@code sequence}. */
  public void onJump(long sequence, String digest) {
    while (digests.size() < sequence) {
      digests.add(null);
    }
    digests.add(digest);
  }

  /** Compares what is there, up to a turn, with what was there at the end of that turn. */
  public void onFound(long sequence, String digest) {
    if (sequence >= digests.size()) {
      throw broken("turn " + sequence + " is there, and " + (digests.size() - 1) + " was the last");
    }
    if (!digest.equals(digests.get((int) sequence))) {
      int like = digests.lastIndexOf(digest);
      throw broken(
          "what is there after turn "
              + sequence
              + " of "
              + (digests.size() - 1)
              + " is "
              + (like < 0 ? "what never was" : "what was there after turn " + like));
    }
  }

  /** A start brought back everything up to a turn; what came later is forgotten. */
  public void onRecovered(long sequence, String digest) {
    onFound(sequence, digest);
    digests.subList((int) sequence + 1, digests.size()).clear();
  }
}
