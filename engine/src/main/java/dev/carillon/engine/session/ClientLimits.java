package dev.carillon.engine.session;

import java.util.Comparator;
import java.util.List;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/**
 * Which clients have to go because they are idle ({@code timeout}) or because all together take too
 * much memory ({@code maxmemory-clients}). Costs nothing while neither is set. Engine thread only.
 */
public final class ClientLimits {

  /** Nobody minds whether an idle client goes a second later; chosen. */
  private static final long IDLE_CHECK_MILLIS = 1000;

  /** Chosen: by how little clients may grow in the dark, as a part of what they may take. */
  private static final int TOLERATED_PART = 64;

  private final Sessions sessions;
  private long idleMillisMax;
  private long nextIdleCheckMillis;
  private long bytesMax;

  /**
   * Clients need not be looked at again before they may take more than this: somebody looked, and
   * what they take at most counts those who may stay, those who are leaving, and empty room.
   */
  private long toleratedBytes;

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

  /** {@code maxmemory-clients} in bytes; 0 is no limit. */
  public void bytesMax(long bytes) {
    bytesMax = bytes;
    toleratedBytes = 0;
  }

  /**
   * Whether the clients together may take more than they are allowed to, so that {@link
   * #endLargest} has to look. O(1).
   *
   * @param requestBytes what the request takes that is about to be executed
   */
  public boolean isLookDue(long requestBytes) {
    if (bytesMax == 0) {
      return false;
    }
    long atMost = sessions.bytesAtMost() + requestBytes;
    if (atMost <= bytesMax) {
      toleratedBytes = 0;
      return false;
    }
    return atMost > toleratedBytes;
  }

  /**
   * Ends connections, those that take most memory first, until the clients together take no more
   * than they are allowed to. What waits for those who go counts no longer when this returns, so
   * that no keys have to go for it. Clients that said CLIENT NO-EVICT stay, and do not count.
   * O(clients × log clients) while there is a limit.
   *
   * @param asking whose request is about to be executed, or null
   * @param requestBytes what that request takes
   * @return how many had to go
   */
  public int endLargest(@Nullable Session asking, long requestBytes) {
    if (bytesMax == 0) {
      return 0;
    }
    ToLongFunction<Session> size =
        session -> {
          long bytes = ClientLine.memoryBytes(session);
          // What was read of the request is still counted as input that waits.
          return session == asking
              ? bytes + Math.max(0, requestBytes - session.inputBytes())
              : bytes;
        };
    List<Session> evictable =
        sessions.all().stream()
            .filter(session -> !session.isNoEvict() && !session.isKilled())
            .sorted(Comparator.comparingLong(size).reversed())
            .toList();
    long bytes = evictable.stream().mapToLong(size).sum();
    int count = 0;
    while (bytes > bytesMax && count < evictable.size()) {
      Session largest = evictable.get(count++);
      bytes -= size.applyAsLong(largest);
      largest.kill();
      largest.forgetKept();
    }
    toleratedBytes = sessions.bytesAtMost() + bytesMax / TOLERATED_PART;
    return count;
  }
}
