package dev.carillon.listener;

/** What an application does with an event. */
@FunctionalInterface
public interface Handler {

  /**
   * Handles an event. To return is to say that it is done; to throw is to say that it should be
   * tried again, if the subscription retries. It may block: then it has a virtual thread, while
   * quick handlers run on the one that takes the events. It is interrupted if it still runs when
   * the patience of a close is over.
   */
  void on(KeyEvent event) throws Exception;
}
