package dev.carillon.examples.coupons;

import io.lettuce.core.SetArgs;
import io.lettuce.core.TransactionResult;
import io.lettuce.core.api.sync.RedisCommands;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * An activity with coupons. It is open as long as the key {@code activity:<name>} lives; whoever
 * has a coupon is a field of {@code coupons:<name>}; what came of it is {@code settlement:<name>}.
 * Any thread: one request at a time, since transactions belong to a connection.
 */
final class Activity {

  /** What somebody gets who asks for a coupon. */
  enum Claim {
    A_COUPON,
    NO_SECOND_ONE,
    TOO_LATE
  }

  private static final int PRICE = 5;

  private final RedisCommands<String, String> redis;

  Activity(RedisCommands<String, String> redis) {
    this.redis = redis;
  }

  synchronized void open(String name, Duration length) {
    redis.del("coupons:" + name, "settlement:" + name);
    redis.sadd("activities", name);
    redis.set("activity:" + name, "", SetArgs.Builder.px(length));
  }

  synchronized boolean isOpen(String name) {
    return redis.exists("activity:" + name) == 1;
  }

  /**
   * Gives a coupon to somebody, if the activity is open at that very moment: if it ends between the
   * look and the coupon, the transaction is refused.
   */
  synchronized Claim claim(String name, String user) {
    while (true) {
      redis.watch("activity:" + name);
      if (!isOpen(name)) {
        redis.unwatch();
        return Claim.TOO_LATE;
      }
      redis.multi();
      redis.hsetnx("coupons:" + name, user, "1");
      TransactionResult result = redis.exec();
      if (!result.wasDiscarded()) {
        return result.<Boolean>get(0) ? Claim.A_COUPON : Claim.NO_SECOND_ONE;
      }
    }
  }

  /**
   * Settles an activity that is over.
   *
   * @return what came of it, or null if it was settled before
   */
  synchronized @Nullable String settle(String name) {
    long coupons = redis.hlen("coupons:" + name);
    String result = coupons + " coupons, " + coupons * PRICE + " to pay";
    boolean first = redis.set("settlement:" + name, result, SetArgs.Builder.nx()) != null;
    redis.srem("activities", name);
    return first ? result : null;
  }

  /** Those that are over and not settled; for those who may have missed an end. */
  synchronized List<String> overdue() {
    return redis.smembers("activities").stream().filter(name -> !isOpen(name)).toList();
  }
}
