package dev.carillon.examples.alerts;

import static dev.carillon.protocol.event.EventType.HINCRBY;
import static dev.carillon.protocol.event.EventType.HSET;
import static dev.carillon.protocol.event.EventType.INCRBY;

import dev.carillon.listener.Carillon;
import dev.carillon.listener.Gap;
import dev.carillon.listener.KeyEvent;
import dev.carillon.listener.Retry;
import dev.carillon.listener.Subscription;
import io.lettuce.core.Range;
import io.lettuce.core.ScanArgs;
import io.lettuce.core.ScanIterator;
import io.lettuce.core.api.sync.RedisCommands;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.function.Consumer;

/**
 * Watches what others write, and keeps a log of alerts. Three rules:
 *
 * <ul>
 *   <li>a threshold: fewer than five pieces in a field of {@code stock:<product>}
 *   <li>a change: another value in a field of {@code config:<service>}
 *   <li>a rate: {@code errors:<service>} counted more than five times within a second
 * </ul>
 *
 * <p>What it remembers is in Redis, so that any instance can go on for another one, and is written
 * in one transaction with the alert: an event that is handled again finds it and says nothing. Any
 * thread: one event at a time, since transactions belong to a connection.
 */
final class Monitor {

  private static final int PIECES_MIN = 5;
  private static final int ERRORS_MAX = 5;
  private static final Duration WINDOW = Duration.ofSeconds(1);

  private final RedisCommands<String, String> redis;
  private final Consumer<String> screen;

  Monitor(RedisCommands<String, String> redis, Consumer<String> screen) {
    this.redis = redis;
    this.screen = screen;
  }

  Subscription listen(Carillon carillon) {
    return carillon
        .on(HSET, HINCRBY, INCRBY)
        .keys("stock:{name}", "config:{name}", "errors:{name}")
        .group("monitoring")
        .retry(Retry.exponential(Duration.ofSeconds(1), 8))
        .reconcileAtStart()
        .onGap(this::lookAtEverything)
        .subscribe(this::look);
  }

  /** The alerts so far, oldest first. */
  synchronized List<String> log() {
    return redis.zrange("alerts", 0, -1).stream()
        .map(line -> line.substring(line.indexOf(' ') + 1))
        .toList();
  }

  private synchronized void look(KeyEvent event) {
    String key = event.keyText();
    if (key.startsWith("errors:")) {
      lookAtErrors(key, event.at(), event.id());
    } else {
      fields(event).forEach(field -> lookAt(key, field, event.at(), event.id()));
    }
  }

  /** Those that the event is about; all of them where the server does not tell which. */
  private List<String> fields(KeyEvent event) {
    return event.fields().isEmpty()
        ? redis.hkeys(event.keyText())
        : event.fields().stream().map(Object::toString).toList();
  }

  /** For those who may have missed a change. Errors of the past are nobody's alert any more. */
  private synchronized void lookAtEverything(Gap gap) {
    for (String shape : List.of("stock:*", "config:*")) {
      ScanIterator<String> keys = ScanIterator.scan(redis, ScanArgs.Builder.matches(shape));
      while (keys.hasNext()) {
        String key = keys.next();
        redis.hkeys(key).forEach(field -> lookAt(key, field, gap.until(), "gap-" + gap.until()));
      }
    }
  }

  private void lookAt(String key, String field, Instant at, String id) {
    String value = redis.hget(key, field);
    if (value != null && key.startsWith("stock:")) {
      lookAtStock(key + " " + field, Long.parseLong(value), at, id);
    } else if (value != null) {
      lookAtConfiguration(key, field, value, at, id);
    }
  }

  private void lookAtStock(String what, long pieces, Instant at, String id) {
    boolean low = pieces < PIECES_MIN;
    if (low != redis.sismember("alerting", what)) {
      redis.multi();
      if (low) {
        redis.sadd("alerting", what);
        raise(at, id, what + " is low: " + pieces);
      } else {
        redis.srem("alerting", what);
        raise(at, id, what + " is well again: " + pieces);
      }
      redis.exec();
    }
  }

  private void lookAtConfiguration(String key, String field, String value, Instant at, String id) {
    String before = redis.hget("seen:" + key, field);
    if (!value.equals(before)) {
      redis.multi();
      redis.hset("seen:" + key, field, value);
      if (before != null) {
        raise(at, id, key + " " + field + " was " + before + ", is " + value);
      }
      redis.exec();
    }
  }

  /** A sliding window: the events of the last second, by their ids. */
  private void lookAtErrors(String key, Instant at, String id) {
    String window = "seen:" + key;
    redis.zadd(window, at.toEpochMilli(), id);
    redis.zremrangebyscore(window, Range.create(0, at.minus(WINDOW).toEpochMilli()));
    boolean high = redis.zcard(window) > ERRORS_MAX;
    if (high != redis.sismember("alerting", key)) {
      redis.multi();
      if (high) {
        redis.sadd("alerting", key);
        raise(at, id, key + " counts more than " + ERRORS_MAX + " in a second");
      } else {
        redis.srem("alerting", key);
        raise(at, id, key + " is well again");
      }
      redis.exec();
    }
  }

  /** One line of the log. The event's id makes it one line however often it is written. */
  private void raise(Instant at, String id, String text) {
    redis.zadd("alerts", at.toEpochMilli(), id + " " + text);
    screen.accept(text);
  }
}
