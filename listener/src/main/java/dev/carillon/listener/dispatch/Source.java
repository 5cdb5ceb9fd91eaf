package dev.carillon.listener.dispatch;

/** Where the events of a subscription come from. Any thread. */
public interface Source {

  /**
   * Begins, and waits until events come.
   *
   * @throws dev.carillon.listener.ListenerException if that is not possible
   */
  void awaitReady();

  /** Nothing new comes any more. */
  void close();

  /** The handlers have ended: what they did is told to whom it concerns. */
  default void finish() {}
}
