package dev.carillon.engine.session;

import java.util.Comparator;
import java.util.List;

/**
 * Which clients have to go because they are idle ({@code timeout}) or because all together take too
 * much memory ({@code maxmemory-clients}). Costs nothing while neither is set. Engine thread only.
 */
public final class ClientLimits {

  /** Nobody minds whether an idle client goes a second later; chosen. */
  private static final long IDLE_CHECK_MILLIS = 1000;

  private final Sessions sessions;
  private long idleMillisMax;
  private long nextIdleCheckMillis;

  /** No limits. */
  public ClientLimits(Sessions sessions) {
    this.sessions = sessions;
  }

  /** {@code timeout}; 0 is no limit. */
  public void idleSeconds(long seconds) {
    idleMillisMax = seconds * 1000;
    nextIdleCheckMillis = 0;
  }

  /**
   * Ends the connections of clients that have not sent anything for too long. Those that wait,
   * listen or still read are not idle.
   */
  public void endIdle(long nowMillis) {
    if (idleMillisMax == 0 || nowMillis < nextIdleCheckMillis) {
      return;
    }
    nextIdleCheckMillis = nowMillis + IDLE_CHECK_MILLIS;
    for (Session session : sessions.all()) {
      if (nowMillis - session.lastActiveMillis() > idleMillisMax
          && !session.isWaitingForReply()
          && session.outbox().isEmpty()
          && !session.isSubscribed()
          && !session.isMonitoring()) {
        session.kill();
      }
    }
  }

  /**
   * Ends connections, those that take most memory first, until the clients together take no more
   * than {@code bytesMax}. Clients that said CLIENT NO-EVICT stay, and do not count.
   *
   * @param bytesMax 0 is no limit
   * @return how many had to go
   */
  public int endLargest(long bytesMax) {
    if (bytesMax == 0) {
      return 0;
    }
    List<Session> evictable =
        sessions.all().stream()
            .filter(session -> !session.isNoEvict() && !session.isKilled())
            .sorted(Comparator.comparingLong(ClientLine::memoryBytes).reversed())
            .toList();
    long bytes = evictable.stream().mapToLong(ClientLine::memoryBytes).sum();
    int count = 0;
    while (bytes > bytesMax && count < evictable.size()) {
      Session largest = evictable.get(count++);
      bytes -= ClientLine.memoryBytes(largest);
      largest.kill();
    }
    return count;
  }
}
