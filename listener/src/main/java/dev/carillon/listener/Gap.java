package dev.carillon.listener;

import java.time.Instant;

/**
 * Events may be missing here: whoever keeps a state by events should look at the server's data once
 * and go on. A gap stands between the events before and after it; what happened until {@code until}
 * is to be seen in the data when it is handled.
 *
 * @param reason why
 * @param from since when events may be missing, by this machine's clock
 * @param until up to when
 * @param missed how many events are missing, or -1 where nobody can know
 */
public record Gap(Reason reason, Instant from, Instant until, long missed) implements Signal {

  /** What {@link #missed} says where nobody can know. */
  public static final long UNKNOWN = -1;

  /** Why events may be missing. */
  public enum Reason {
    /** The subscription has just begun; only where {@code reconcileAtStart} asked for it. */
    STARTED,
    /** The connection was lost; it is there again. */
    DISCONNECTED,
    /** The connection looked alive and brought nothing any more; it was replaced. */
    DEAF,
    /** The server did not announce such events: {@code notify-keyspace-events} was changed. */
    SILENCED,
    /** Events came faster than they were handled, and the queue was full. */
    OVERLOADED,
    /** The feed was trimmed before the group had read or handled what was in it. */
    TRIMMED
  }

  /** Both as one, where nothing lies between them. */
  public Gap with(Gap next) {
    long both = missed < 0 || next.missed < 0 ? UNKNOWN : missed + next.missed;
    Instant end = next.until.isAfter(until) ? next.until : until;
    return new Gap(reason == Reason.STARTED ? next.reason : reason, from, end, both);
  }
}
