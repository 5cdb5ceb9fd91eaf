package dev.carillon.engine.config;

/**
 * How much output may wait for a slow client before the server closes its connection, by class of
 * client.
 *
 * @param normal for clients that send commands
 * @param replica for replicas
 * @param pubsub for clients that are subscribed to a channel or pattern
 */
public record OutputBufferLimits(Limit normal, Limit replica, Limit pubsub) {

  /**
   * The limit of one class.
   *
   * @param hardBytes closes at once when exceeded; 0 means no limit
   * @param softBytes closes when exceeded for {@code softSeconds} without a break; 0 means no limit
   * @param softSeconds how long the soft limit may stay exceeded
   */
  public record Limit(long hardBytes, long softBytes, int softSeconds) {
    /** Never closes. */
    public static final Limit NONE = new Limit(0, 0, 0);
  }
}
