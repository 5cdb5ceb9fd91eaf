import io.lettuce.core.KillArgs;
import io.lettuce.core.LettuceVersion;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisURI;
import io.lettuce.core.SetArgs;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.api.sync.RedisCommands;
import io.lettuce.core.pubsub.RedisPubSubAdapter;
import io.lettuce.core.pubsub.StatefulRedisPubSubConnection;
import java.time.Duration;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Orders that time out and a cache that stays fresh, with Lettuce.
 *
 * <pre>
 * mvn -q compile &amp;&amp; java -cp 'target/classes:target/lib/*' LettuceStory [redis://host:port]
 *
 * 1. turn notifications on            3. hear a product deleted, drop it from a local cache
 * 2. hear an order expire, cancel it  4. lose the connection, come back, hear another order expire
 * </pre>
 */
public class LettuceStory {

  // keyevent: the channel says what happened, the payload is the key.
  // keyspace: the channel names the key, the payload is what happened.
  private static final String EXPIRED = "__keyevent@0__:expired";
  private static final String KEYSPACE = "__keyspace@0__:";

  private final String run =
      UUID.randomUUID().toString().substring(0, 8); // runs do not hear each other
  private final String products = KEYSPACE + "product:" + run + ":*";

  private final Map<String, String> orders =
      new ConcurrentHashMap<>(); // order key → open, cancelled
  private final Map<String, String> cache =
      new ConcurrentHashMap<>(); // product key → its JSON text
  private final Map<String, CountDownLatch> dealtWith = new ConcurrentHashMap<>(); // by key
  private volatile CountDownLatch subscribed = new CountDownLatch(1);

  /**
   * What the shop does when it hears something. Runs on Lettuce's I/O thread: it must not block.
   */
  private final RedisPubSubAdapter<String, String> listener =
      new RedisPubSubAdapter<>() {
        @Override
        public void message(String channel, String key) {
          // This channel carries every key of the database: pick ours.
          if (channel.equals(EXPIRED) && orders.replace(key, "open", "cancelled")) {
            dealtWith.get(key).countDown();
          }
        }

        @Override
        public void message(String pattern, String channel, String event) {
          String product = channel.substring(KEYSPACE.length());
          if (event.equals("del") && cache.remove(product) != null) {
            dealtWith.get(product).countDown();
          }
        }

        /**
         * Called for the first subscription and again when Lettuce came back from a lost
         * connection.
         */
        @Override
        public void subscribed(String channel, long count) {
          subscribed.countDown();
        }
      };

  private String play(String url) throws InterruptedException {
    RedisURI uri = RedisURI.create(url);
    uri.setTimeout(Duration.ofSeconds(10));
    RedisClient client = RedisClient.create(uri);
    try (StatefulRedisConnection<String, String> connection = client.connect();
        StatefulRedisPubSubConnection<String, String> subscriber = client.connectPubSub()) {
      return play(connection.sync(), subscriber);
    } finally {
      client.shutdown(Duration.ZERO, Duration.ofSeconds(2));
    }
  }

  private String play(
      RedisCommands<String, String> redis, StatefulRedisPubSubConnection<String, String> subscriber)
      throws InterruptedException {
    String first = "order:" + run + ":1";
    String second = "order:" + run + ":2";
    String product = "product:" + run + ":42";

    // 1. K and E: both kinds of channels; g: del and other generic events; $: strings; x: expired.
    String flagsBefore = redis.configGet("notify-keyspace-events").get("notify-keyspace-events");
    redis.configSet("notify-keyspace-events", "KEg$x");
    try {
      long subscriberId = subscriber.sync().clientId(); // the server's id of this connection
      subscriber.addListener(listener);
      subscriber.sync().psubscribe(products);
      subscriber.sync().subscribe(EXPIRED);
      await(subscribed, "the subscriptions were not confirmed");

      // 2. An order that nobody pays expires and is cancelled.
      long firstMillis = expiryOf(first, redis);

      // 3. A deleted product leaves the local cache.
      redis.set(product, "{\"name\": \"bell\", \"price\": 12}");
      cache.put(product, redis.get(product));
      dealtWith.put(product, new CountDownLatch(1));
      long deletedAt = System.nanoTime();
      redis.del(product);
      await(dealtWith.get(product), "del of " + product + " was not heard");
      long productMillis = millisSince(deletedAt);

      // 4. Somebody cuts the subscriber's connection. Lettuce connects again and subscribes to the
      //    same channels and patterns.
      subscribed = new CountDownLatch(1);
      long killed = redis.clientKill(KillArgs.Builder.id(subscriberId));
      expect(killed == 1, "CLIENT KILL ID " + subscriberId + " killed " + killed + " connections");
      await(subscribed, "the subscriber did not come back");
      // Pub/Sub forgot whatever happened in between: look at the open orders once, here.
      long secondMillis = expiryOf(second, redis);

      return first
          + " expired after "
          + firstMillis
          + " ms, "
          + product
          + " left the cache after "
          + productMillis
          + " ms, "
          + second
          + " expired after "
          + secondMillis
          + " ms on a new connection";
    } finally {
      redis.del(first, second, product);
      // Put back what was there; a real program leaves its flags on.
      redis.configSet("notify-keyspace-events", flagsBefore);
    }
  }

  /**
   * Places an order and waits until it was heard to expire; returns how many milliseconds it lived.
   */
  private long expiryOf(String order, RedisCommands<String, String> redis)
      throws InterruptedException {
    dealtWith.put(order, new CountDownLatch(1));
    orders.put(order, "open");
    long placedAt = System.nanoTime();
    redis.set(order, "2 concert tickets", SetArgs.Builder.ex(1)); // a real shop: 15 minutes
    await(dealtWith.get(order), order + " was not heard to expire");
    long millis = millisSince(placedAt);
    expect(orders.get(order).equals("cancelled"), order + " is " + orders.get(order));
    expect(millis >= 995, order + " expired early, after " + millis + " ms");
    return millis;
  }

  private static void await(CountDownLatch latch, String otherwise) throws InterruptedException {
    expect(latch.await(10, TimeUnit.SECONDS), otherwise + " within 10 s");
  }

  private static void expect(boolean truth, String otherwise) {
    if (!truth) {
      throw new IllegalStateException(otherwise);
    }
  }

  private static long millisSince(long nanoTime) {
    return TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - nanoTime);
  }

  public static void main(String[] arguments) {
    String url = System.getenv().getOrDefault("CARILLON_URL", "redis://127.0.0.1:6379");
    String library = "java Lettuce " + LettuceVersion.getVersion();
    try {
      System.out.println(
          "ok "
              + library
              + ": "
              + new LettuceStory().play(arguments.length > 0 ? arguments[0] : url));
    } catch (Exception e) {
      System.err.println("FAILED " + library + ": " + e.getMessage());
      System.exit(1);
    }
  }
}
