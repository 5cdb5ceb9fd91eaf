package dev.carillon.examples.leaderboard;

import static dev.carillon.protocol.event.EventType.EXPIRED;

import dev.carillon.listener.Carillon;
import dev.carillon.listener.Retry;
import dev.carillon.listener.Subscription;
import io.lettuce.core.SetArgs;
import io.lettuce.core.api.sync.RedisCommands;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * Points of each day, and the ranking of all days that are over. The key {@code day:<date>} lives
 * as long as the day; {@code today} is its date, {@code points:<date>} has its points, and {@code
 * ranking} those of the days before. Any thread: one request at a time, since transactions belong
 * to a connection.
 */
final class Board {

  private final RedisCommands<String, String> redis;
  private final Function<LocalDate, Instant> end;
  private final Consumer<String> log;

  /**
   * A board.
   *
   * @param end when a day ends, usually at midnight somewhere
   * @param log is told when a day begins
   */
  Board(
      RedisCommands<String, String> redis, Function<LocalDate, Instant> end, Consumer<String> log) {
    this.redis = redis;
    this.end = end;
    this.log = log;
  }

  /** The first day; nothing happens if there is one. */
  synchronized void begin(LocalDate day) {
    if (redis.set("today", day.toString(), SetArgs.Builder.nx()) != null) {
      redis.set("day:" + day, "", SetArgs.Builder.pxAt(end.apply(day)));
      log.accept(day + " begins");
    }
  }

  /** Begins to look after the days; any number of processes may. */
  Subscription listen(Carillon carillon) {
    return carillon
        .on(EXPIRED)
        .keys("day:{date}")
        .group("leaderboard")
        .retry(Retry.exponential(Duration.ofSeconds(1), 8))
        .deadLetter()
        .reconcileAtStart()
        .onGap(gap -> closeIfOver(gap.until()))
        .subscribe(event -> close(LocalDate.parse(event.variable("date")), event.at()));
  }

  /** Counts for the day that it is at this very moment. */
  synchronized void score(String player, int points) {
    do {
      redis.watch("today");
      String today = redis.get("today");
      redis.multi();
      redis.zincrby("points:" + today, points, player);
    } while (redis.exec().wasDiscarded());
  }

  /**
   * Ends a day: adds its points to the ranking and begins the next one, all in one transaction. If
   * that day is over already, nothing happens: that is what makes it safe to be told twice.
   *
   * @param now the day that begins ends after this
   */
  synchronized boolean close(LocalDate day, Instant now) {
    LocalDate next = day.plusDays(1);
    while (!end.apply(next).isAfter(now)) {
      next = next.plusDays(1); // Nobody was there for a whole day.
    }
    do {
      redis.watch("today");
      if (!day.toString().equals(redis.get("today"))) {
        redis.unwatch();
        return false;
      }
      redis.multi();
      redis.zunionstore("ranking", "ranking", "points:" + day);
      redis.set("today", next.toString());
      redis.set("day:" + next, "", SetArgs.Builder.pxAt(end.apply(next)));
    } while (redis.exec().wasDiscarded());
    log.accept(day + " is over: " + top("points:" + day));
    log.accept(next + " begins, all days: " + top("ranking"));
    return true;
  }

  /** For those who may have missed the end of a day. */
  private synchronized void closeIfOver(Instant now) {
    String today = redis.get("today");
    if (today != null && !end.apply(LocalDate.parse(today)).isAfter(now)) {
      close(LocalDate.parse(today), now);
    }
  }

  /** The best three of a day, as {@code points:2026-03-01}, or of the {@code ranking}. */
  synchronized List<String> top(String key) {
    return redis.zrevrangeWithScores(key, 0, 2).stream()
        .map(one -> one.getValue() + " " + (long) one.getScore())
        .toList();
  }
}
