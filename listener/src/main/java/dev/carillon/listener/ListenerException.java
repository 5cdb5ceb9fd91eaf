package dev.carillon.listener;

/** A subscription cannot begin; the message says why and what to do, in one sentence. */
public class ListenerException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  /** With what to tell the person. */
  public ListenerException(String message) {
    super(message);
  }

  /** With what to tell the person, and what caused it. */
  public ListenerException(String message, Throwable cause) {
    super(message, cause);
  }
}
