package dev.carillon.engine.time;

/**
 * The deadlines and links of timer nodes, kept wherever the owner of the nodes likes. A node is a
 * stable id of at least 1; the id 0 means "none" and is never passed in.
 *
 * <p>The deadline belongs to the owner, who leaves it alone while the node is scheduled. Both links
 * belong to the wheel from {@link TimerWheel#schedule} until the node is cancelled or due; what
 * they hold before that does not matter, and afterwards both are 0. A scheduled node's {@link
 * #next(int)} is never 0, so it also tells whether a node whose links began as 0 is scheduled.
 *
 * <p>Every method is called on the engine thread and should cost a memory access or two.
 */
public interface TimerNodes {
  /** Answers the deadline of a node in epoch milliseconds, less than {@link Long#MAX_VALUE}. */
  long deadline(int id);

  /** Answers the node stored by {@link #next(int, int)}. */
  int next(int id);

  /** Answers the node stored by {@link #previous(int, int)}. */
  int previous(int id);

  /** Stores the node that follows {@code id}, 0 for none. */
  void next(int id, int other);

  /** Stores the node that precedes {@code id}, 0 for none. */
  void previous(int id, int other);
}
