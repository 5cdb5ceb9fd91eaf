package dev.carillon.listener.feed;

import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a thread does while the server does not answer it: it says so once, waits longer each time,
 * and says when it is over. One thread.
 */
final class Trouble {

  private static final Logger LOG = LoggerFactory.getLogger(FeedSource.class);

  private static final Duration FIRST = Duration.ofMillis(100);
  private static final Duration LONGEST = Duration.ofSeconds(2);

  private final String who;
  private Duration delay = Duration.ZERO;

  Trouble(String who) {
    this.who = who;
  }

  /** It happened, perhaps again; answers how long to wait. */
  Duration on(RuntimeException cause) {
    if (delay.isZero()) {
      LOG.warn("{}: {}", who, cause.getMessage());
      delay = FIRST;
    } else {
      LOG.debug("{}: {}", who, cause.getMessage());
      delay = delay.multipliedBy(2).compareTo(LONGEST) > 0 ? LONGEST : delay.multipliedBy(2);
    }
    return delay;
  }

  /** Whether the last answer did not come. */
  boolean isNow() {
    return !delay.isZero();
  }

  /** The server answers. */
  void over() {
    if (!delay.isZero()) {
      LOG.info("{}: there are answers again", who);
      delay = Duration.ZERO;
    }
  }
}
