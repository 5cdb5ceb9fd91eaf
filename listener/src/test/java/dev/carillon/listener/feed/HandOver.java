package dev.carillon.listener.feed;

/** When workers hand a partition over that they leave, for tests that have it done wrong. */
public final class HandOver {

  private HandOver() {}

  /** Before the handlers of the partition have ended, or as it should be. */
  public static void tooEarly(boolean now) {
    Leases.handingOver =
        now ? partition -> partition.state() == Partition.State.LEAVING : Partition::isDrained;
  }
}
