package dev.carillon.examples.caches;

import static dev.carillon.protocol.event.EventType.DEL;
import static dev.carillon.protocol.event.EventType.EVICTED;
import static dev.carillon.protocol.event.EventType.EXPIRED;
import static dev.carillon.protocol.event.EventType.SET;

import dev.carillon.listener.Carillon;
import dev.carillon.listener.Subscription;
import io.lettuce.core.RedisException;
import io.lettuce.core.api.sync.RedisCommands;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Values of {@code product:<id>} beside the program that reads them. It follows the server: what is
 * set there is loaded again here, what is removed there is removed here, and when events may have
 * been missed everything is forgotten.
 *
 * <p>The map works on one key at a time. So a load that began before a change ends before the event
 * of that change is looked at, and cannot leave an old value behind. Any thread.
 */
final class NearCache implements AutoCloseable {

  private final Map<String, String> values = new ConcurrentHashMap<>();
  private final RedisCommands<String, String> redis;
  private final Consumer<String> log;
  private final Subscription subscription;

  NearCache(Carillon carillon, RedisCommands<String, String> redis, Consumer<String> log) {
    this.redis = redis;
    this.log = log;
    subscription =
        carillon
            .on(SET, DEL, EXPIRED, EVICTED)
            .keys("product:{id}")
            .onGap(
                gap -> {
                  values.clear();
                  log.accept("forgets everything: " + gap.reason());
                })
            .subscribe(event -> refresh(event.keyText()));
  }

  /** The value of a key, from here if it is here; null if there is none. */
  @Nullable String get(String key) {
    return values.computeIfAbsent(key, redis::get);
  }

  private void refresh(String key) {
    values.computeIfPresent(
        key,
        (same, old) -> {
          String value = load(key);
          log.accept(key + " is " + (value == null ? "removed" : "loaded again: " + value));
          return value;
        });
  }

  /** What cannot be loaded is forgotten: the next reader will try. */
  private @Nullable String load(String key) {
    try {
      return redis.get(key);
    } catch (RedisException e) {
      return null;
    }
  }

  /** Stops to follow the server, and forgets what it had. */
  @Override
  public void close() {
    subscription.close();
    values.clear();
  }
}
