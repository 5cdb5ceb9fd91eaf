package dev.carillon.listener.dispatch;

import dev.carillon.listener.KeyEvent;

/** Who wants to know how the handling of an event ended. Called on the thread that handled it. */
public interface Outcome {

  /** Nobody wants to know. */
  Outcome NONE = new Outcome() {};

  /**
   * An attempt is about to begin.
   *
   * @return false if the event is not to be handled here any more
   */
  default boolean mayBegin(KeyEvent event) {
    return true;
  }

  /** The handler returned. */
  default void onHandled(KeyEvent event) {}

  /** Nothing more is done about the event here, and nothing came of it. */
  default void onLeft(KeyEvent event) {}

  /** The handler threw at the last attempt. */
  default void onGivenUp(KeyEvent event, Throwable cause) {}
}
