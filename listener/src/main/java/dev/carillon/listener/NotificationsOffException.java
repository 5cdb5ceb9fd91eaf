package dev.carillon.listener;

/**
 * The server does not announce the events that a subscription wants. The message has the command
 * that switches them on; nobody sends it unless {@link Carillon.Builder#configureNotifications}
 * allows that.
 */
public final class NotificationsOffException extends ListenerException {

  private static final long serialVersionUID = 1L;

  private final String flags;

  /**
   * With a sentence and the flags.
   *
   * @param flags the value of {@code notify-keyspace-events} that is needed
   */
  public NotificationsOffException(String message, String flags) {
    super(message);
    this.flags = flags;
  }

  /** The value of {@code notify-keyspace-events} that adds what is missing to what is there. */
  public String flags() {
    return flags;
  }
}
