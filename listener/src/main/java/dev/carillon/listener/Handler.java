package dev.carillon.listener;

/** What an application does with an event. */
@FunctionalInterface
public interface Handler {

  /**
   * Handles an event. To return is to say that it is done; to throw is to say that it should be
   * tried again, if the subscription retries. Runs on a virtual thread and may block; is
   * interrupted if it still runs when the patience of a close is over.
   */
  void on(KeyEvent event) throws Exception;
}
