package dev.carillon.listener.idempotency;

import dev.carillon.listener.Handler;
import dev.carillon.listener.KeyEvent;

/**
 * Knows which events are done. Whoever delivers an event again (a group whose worker died before it
 * could acknowledge) gives it the same {@link KeyEvent#id}. Any thread.
 */
public interface IdempotencyStore {

  /**
   * Runs the handler unless the event is noted as done, and notes it when the handler has returned.
   * If the handler throws nothing is noted and the exception goes on. Somebody else who handles the
   * same event at the same time waits, or is refused with an exception, so that it is tried again.
   *
   * <p>How sure that is depends on the store: one that shares a transaction with the handler knows
   * exactly, another one may forget an event whose handler returned right before a crash.
   */
  void once(KeyEvent event, Handler handler) throws Exception;
}
