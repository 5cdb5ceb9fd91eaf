package dev.carillon.examples.sessions;

import io.lettuce.core.SetArgs;
import io.lettuce.core.api.sync.RedisCommands;
import java.time.Duration;
import java.util.List;
import java.util.Set;

/**
 * Seats that sessions hold while somebody chooses. A session is the key {@code session:<id>}, which
 * lives as long as its user does something; a seat that is taken is the key {@code seat:<number>},
 * and {@code seats-of:<session>} has what a session holds. Any thread: one request at a time, since
 * transactions belong to a connection.
 */
final class Seats {

  private static final String FREE = "free-seats";

  private final RedisCommands<String, String> redis;

  Seats(RedisCommands<String, String> redis) {
    this.redis = redis;
  }

  synchronized void open(int seats) {
    redis.set(FREE, Integer.toString(seats));
  }

  synchronized int free() {
    return Integer.parseInt(String.valueOf(redis.get(FREE)));
  }

  // -------------------------------------------------------------------------------------- sessions

  synchronized void begin(String session, Duration idle) {
    redis.set("session:" + session, "", SetArgs.Builder.px(idle));
  }

  /** Its user did something. */
  synchronized void touch(String session, Duration idle) {
    redis.pexpire("session:" + session, idle);
  }

  /** Its user says good-bye. */
  synchronized void end(String session) {
    redis.del("session:" + session);
  }

  /** Sessions that are gone and still hold seats; for those who may have missed an end. */
  synchronized List<String> orphans() {
    return redis.smembers("seats-held-by").stream()
        .filter(session -> redis.exists("session:" + session) == 0)
        .toList();
  }

  // ----------------------------------------------------------------------------------------- seats

  /** Takes a seat for a session that is there at that very moment; answers whether it got it. */
  synchronized boolean take(String session, int seat) {
    while (true) {
      redis.watch("session:" + session, "seat:" + seat);
      if (redis.exists("session:" + session) == 0 || redis.exists("seat:" + seat) == 1) {
        redis.unwatch();
        return false;
      }
      redis.multi();
      redis.set("seat:" + seat, session);
      redis.sadd("seats-of:" + session, Integer.toString(seat));
      redis.sadd("seats-held-by", session);
      redis.decr(FREE);
      if (!redis.exec().wasDiscarded()) {
        return true;
      }
    }
  }

  /**
   * Releases what a session holds, all of it in one transaction. Whoever asks again releases
   * nothing: that is what makes it safe to be told twice that a session is over.
   *
   * @return how many seats were released now
   */
  synchronized int release(String session) {
    while (true) {
      redis.watch("seats-of:" + session);
      Set<String> seats = redis.smembers("seats-of:" + session);
      redis.multi();
      seats.forEach(seat -> redis.del("seat:" + seat));
      redis.del("seats-of:" + session);
      redis.srem("seats-held-by", session);
      redis.incrby(FREE, seats.size());
      if (!redis.exec().wasDiscarded()) {
        return seats.size();
      }
    }
  }
}
