package dev.carillon.engine.config;

/**
 * A refused setting, with the reason as a text. It is an answer and not a defect, so it carries no
 * stack trace.
 *
 * <p>Reasons are worded as the reference server words them. None begins with an error code: whoever
 * replies to a client puts {@code ERR} before the text.
 */
public final class ConfigError extends Exception {

  private static final long serialVersionUID = 1L;

  /**
   * @param text the reason, without an error code and without line ends
   */
  public ConfigError(String text) {
    super(text, null, false, false);
  }

  /** The reason; never null. */
  public String text() {
    return String.valueOf(getMessage());
  }
}
