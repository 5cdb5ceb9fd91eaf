package dev.carillon.examples.tasks;

import static dev.carillon.protocol.event.EventType.EXPIRED;

import dev.carillon.listener.Carillon;
import dev.carillon.listener.Retry;
import dev.carillon.listener.Subscription;
import io.lettuce.core.Range;
import io.lettuce.core.SetArgs;
import io.lettuce.core.api.sync.RedisCommands;
import java.time.Instant;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Messages to be sent at their time. What is to be sent is a hash, {@code task:<id>}; when, is the
 * deadline of an empty key, {@code due:<id>}, and a score in {@code tasks}. Any thread: one request
 * at a time, since transactions belong to a connection.
 */
final class Tasks {

  /** What sends a message. */
  interface Post {

    /**
     * Sends it, or throws if that was not possible now.
     *
     * @param id stays the same when a message is sent again: a receiver that knows it may drop it
     */
    void send(String id, String to, String text) throws Exception;
  }

  /** How the dead letters of this are found. */
  static final String GROUP = "delayed-tasks";

  private final RedisCommands<String, String> redis;
  private final Post post;

  Tasks(RedisCommands<String, String> redis, Post post) {
    this.redis = redis;
    this.post = post;
  }

  synchronized void schedule(String id, String to, String text, Instant due) {
    redis.multi();
    redis.hset("task:" + id, Map.of("to", to, "text", text));
    redis.zadd("tasks", due.toEpochMilli(), id);
    redis.set("due:" + id, "", SetArgs.Builder.pxAt(due));
    redis.exec();
  }

  synchronized void cancel(String id) {
    redis.multi();
    redis.del("due:" + id, "task:" + id);
    redis.zrem("tasks", id);
    redis.exec();
  }

  /** Begins to work; any number of processes may. */
  Subscription listen(Carillon carillon, Retry retry) {
    return carillon
        .on(EXPIRED)
        .keys("due:{id}")
        .group(GROUP)
        .retry(retry)
        .deadLetter()
        .reconcileAtStart()
        .onGap(gap -> runOverdue(gap.until()))
        .subscribe(event -> run(event.variable("id")));
  }

  /** Sends a message, if it is not sent or cancelled: then its hash is gone. */
  private void run(String id) throws Exception {
    Map<String, String> task = task(id);
    if (task != null) {
      post.send(id, task.getOrDefault("to", ""), task.getOrDefault("text", ""));
      cancel(id);
    }
  }

  private synchronized @Nullable Map<String, String> task(String id) {
    Map<String, String> task = redis.hgetall("task:" + id);
    return task.isEmpty() ? null : task;
  }

  /** What was due until then; for those who may have missed that. */
  private void runOverdue(Instant now) {
    for (String id : overdue(now)) {
      try {
        run(id);
      } catch (Exception e) {
        throw new IllegalStateException("task " + id, e);
      }
    }
  }

  private synchronized Iterable<String> overdue(Instant now) {
    return redis.zrangebyscore("tasks", Range.create(0, now.toEpochMilli()));
  }
}
