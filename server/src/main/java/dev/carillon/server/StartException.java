package dev.carillon.server;

/** The server could not start; the message is one sentence for the person who tried. */
public final class StartException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  /** With what to tell the person. */
  public StartException(String message) {
    super(message);
  }

  /** With what to tell the person, and what caused it. */
  public StartException(String message, Throwable cause) {
    super(message, cause);
  }
}
