package dev.carillon.listener.feed;

import java.util.function.LongUnaryOperator;

/**
 * When workers hand a partition over that they leave, or take one, for tests that have it done
 * wrong.
 */
public final class HandOver {

  private HandOver() {}

  /** Before the handlers of the partition have ended, or as it should be. */
  public static void tooEarly(boolean now) {
    Leases.handingOver =
        now ? partition -> partition.state() == Partition.State.LEAVING : Partition::isDrained;
  }

  /** Others take a lease as soon as they see it, or as it should be. */
  public static void tooSoon(boolean now) {
    Leases.lookingOn = now ? nanos -> 0 : LongUnaryOperator.identity();
  }
}
