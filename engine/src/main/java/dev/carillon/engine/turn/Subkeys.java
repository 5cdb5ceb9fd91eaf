package dev.carillon.engine.turn;

import dev.carillon.protocol.bytes.Bytes;
import dev.carillon.protocol.event.EventType;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * The subkeys that an event names: the fields of a hash that it is about, in the order in which
 * they were affected. Whoever causes such an event collects them here beforehand; where nobody can
 * hear them that costs one test for each. One instance is reused for one event after the other.
 * Engine thread only.
 *
 * <pre>{@code
 * subkeys.begin(turn, EventType.HDEL);
 * subkeys.add(field);                      // for each field that is deleted
 * turn.event(db, EventType.HDEL, key, subkeys.list());
 * }</pre>
 */
public final class Subkeys {

  /** Chosen: a list that one enormous request has stretched is dropped after it. */
  private static final int KEPT = 4096;

  private List<Bytes> collected = new ArrayList<>();
  private int most;
  private boolean heard;

  /** Nothing collected, and nobody listens. */
  public Subkeys() {}

  /** Forgets what was collected; from now on for an event of this type in this turn. */
  public Subkeys begin(Turn turn, EventType type) {
    if (most > KEPT) {
      collected = new ArrayList<>();
      most = 0;
    } else if (!collected.isEmpty()) {
      collected.clear();
    }
    heard = turn.hearsSubkeys(type);
    return this;
  }

  /** Whether somebody can hear them, so that collecting is worth a loop of its own. */
  public boolean isHeard() {
    return heard;
  }

  /**
   * Adds a subkey, if somebody can hear it.
   *
   * @param subkey a view that is good until the event has happened
   */
  public void add(Bytes subkey) {
    if (heard) {
      collected.add(subkey);
      most = Math.max(most, collected.size());
    }
  }

  /** As {@link #add}, for a view that may not be good until then. */
  public void addCopy(Bytes subkey) {
    if (heard) {
      add(subkey.copy());
    }
  }

  /** What was collected; empty where nobody listens. */
  public List<Bytes> list() {
    return heard ? Collections.unmodifiableList(collected) : List.of();
  }
}
