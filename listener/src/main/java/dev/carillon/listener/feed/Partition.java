package dev.carillon.listener.feed;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * One stream that a group reads, and what this worker has to do with it. The lease is renewed by
 * the keeper and looked at by everyone else.
 *
 * <p>A <em>tenure</em> is a time in which everything that was read is handled in order. It ends
 * when the lease is lost, and also when one event was left because the lease had run out for a
 * moment: whatever was read behind that event must not overtake it. So all of the tenure is left,
 * and the next one begins with what is pending, when nothing of the old one is under way any more.
 */
final class Partition {

  /** Where this worker stands with the partition. */
  enum State {
    /** Somebody else reads it, or nobody. */
    FOREIGN,
    /** This worker reads it. */
    OWNED,
    /** This worker ends what it has begun, and gives it up then. */
    LEAVING
  }

  private final byte[] key;
  private final byte[] leaseKey;
  private final boolean redriven;

  /** The ids of entries that were read and are not acknowledged yet. */
  private final Set<String> underWay = ConcurrentHashMap.newKeySet();

  private volatile State state = State.FOREIGN;

  /** Until when nobody else can have the lease, by {@link System#nanoTime}. */
  private volatile long leasedUntil;

  /** Whether the reader asks for its entries just now. */
  private volatile boolean beingRead;

  /** Whether the reader has to begin with what was read before and not acknowledged. */
  private volatile boolean unsettled;

  private volatile int tenure;

  /** Whether the reader has to wait for the end of what the last tenure has begun. */
  private volatile boolean ending;

  Partition(byte[] key, byte[] leaseKey, boolean redriven) {
    this.key = key;
    this.leaseKey = leaseKey;
    this.redriven = redriven;
  }

  byte[] key() {
    return key;
  }

  byte[] leaseKey() {
    return leaseKey;
  }

  /** Whether it is the stream of dead letters that are to be handled again. */
  boolean isRedriven() {
    return redriven;
  }

  Set<String> underWay() {
    return underWay;
  }

  State state() {
    return state;
  }

  /** The lease is there for so long. */
  synchronized void leased(long untilNanos) {
    leasedUntil = untilNanos;
    if (state == State.FOREIGN) {
      unsettled = true;
      state = State.OWNED;
    }
  }

  synchronized void leave() {
    state = State.LEAVING;
  }

  /** The lease is gone. What is under way stays so until its handlers have ended. */
  synchronized void lost() {
    state = State.FOREIGN;
    end(tenure);
  }

  /** The number of the tenure that there is. */
  int tenure() {
    return tenure;
  }

  /** Whether a handler may begin with what was read in that tenure; if not, the tenure is over. */
  boolean mayBegin(int number) {
    if (number == tenure && isLeased()) {
      return true;
    }
    end(number);
    return false;
  }

  private synchronized void end(int number) {
    if (number == tenure) {
      tenure = number + 1;
      ending = true;
      unsettled = true;
    }
  }

  /**
   * Whether the reader may go on: this worker may read, and nothing of old tenures runs. If so it
   * is being read from now on. One step, so that nobody hands it over in between.
   */
  synchronized boolean beginRead() {
    if (ending && underWay.isEmpty()) {
      ending = false;
    }
    beingRead = state == State.OWNED && isLeased() && !ending;
    return beingRead;
  }

  /** What was read is under way. */
  void endRead() {
    beingRead = false;
  }

  /** Whether the reader has to wait for the end of what the last tenure has begun. */
  synchronized boolean isEnding() {
    return state == State.OWNED && ending;
  }

  /** Whether it is left, and all that was read here is acknowledged or left, too. */
  synchronized boolean isDrained() {
    return state == State.LEAVING && !beingRead && underWay.isEmpty();
  }

  /** Whether the lease is certainly there. */
  boolean isLeased() {
    return state != State.FOREIGN && leasedUntil - System.nanoTime() > 0;
  }

  /** How long the lease is certainly there. */
  long leaseNanosLeft() {
    return leasedUntil - System.nanoTime();
  }

  /** Whether what was read before has to be looked at; asked once. */
  boolean takeUnsettled() {
    boolean was = unsettled;
    unsettled = false;
    return was;
  }

  void unsettled() {
    unsettled = true;
  }
}
