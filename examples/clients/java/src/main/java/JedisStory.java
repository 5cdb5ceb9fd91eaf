import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.util.Map;
import java.util.Properties;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.JedisPubSub;
import redis.clients.jedis.exceptions.JedisConnectionException;
import redis.clients.jedis.params.ClientKillParams;
import redis.clients.jedis.params.SetParams;

/**
 * Orders that time out and a cache that stays fresh, with Jedis.
 *
 * <pre>
 * mvn -q compile &amp;&amp; java -cp 'target/classes:target/lib/*' JedisStory [redis://host:port]
 *
 * 1. turn notifications on            3. hear a product deleted, drop it from a local cache
 * 2. hear an order expire, cancel it  4. lose the connection, come back, hear another order expire
 * </pre>
 */
public class JedisStory {

  // keyevent: the channel says what happened, the payload is the key.
  // keyspace: the channel names the key, the payload is what happened.
  private static final String EXPIRED = "__keyevent@0__:expired";
  private static final String KEYSPACE = "__keyspace@0__:";

  private final URI uri;
  private final String run =
      UUID.randomUUID().toString().substring(0, 8); // runs do not hear each other
  private final String products = KEYSPACE + "product:" + run + ":*";

  private final Map<String, String> orders =
      new ConcurrentHashMap<>(); // order key → open, cancelled
  private final Map<String, String> cache =
      new ConcurrentHashMap<>(); // product key → its JSON text
  private final Map<String, CountDownLatch> dealtWith = new ConcurrentHashMap<>(); // by key

  private volatile CountDownLatch subscribed = new CountDownLatch(1);
  private volatile long subscriberId; // the server's id of the subscribed connection
  private volatile boolean closing;

  /** What the shop does when it hears something. Jedis calls it on the thread that subscribed. */
  private final JedisPubSub listener =
      new JedisPubSub() {
        @Override
        public void onPMessage(String pattern, String channel, String message) {
          if (channel.equals(EXPIRED)) {
            // This channel carries every key of the database: pick ours.
            if (orders.replace(message, "open", "cancelled")) {
              dealtWith.get(message).countDown();
            }
          } else if (pattern.equals(products) && message.equals("del")) {
            String product = channel.substring(KEYSPACE.length());
            if (cache.remove(product) != null) {
              dealtWith.get(product).countDown();
            }
          }
        }

        @Override
        public void onPSubscribe(String pattern, int subscribedChannels) {
          if (subscribedChannels == 2) {
            subscribed.countDown();
          }
        }
      };

  JedisStory(String url) {
    this.uri = URI.create(url);
  }

  /**
   * psubscribe() blocks until we unsubscribe or the connection is lost; then it is up to us to come
   * back.
   */
  private void listen() {
    while (!closing) {
      try (Jedis jedis = new Jedis(uri)) {
        subscriberId = jedis.clientId(); // asked while the connection may still be asked
        jedis.psubscribe(listener, EXPIRED, products);
      } catch (JedisConnectionException lost) {
        pause(50);
      }
    }
  }

  private String play() throws InterruptedException {
    String first = "order:" + run + ":1";
    String second = "order:" + run + ":2";
    String product = "product:" + run + ":42";
    try (Jedis jedis = new Jedis(uri)) {
      // 1. K and E: both kinds of channels; g: del and other generic events; $: strings; x:
      // expired.
      String flagsBefore = jedis.configGet("notify-keyspace-events").get("notify-keyspace-events");
      jedis.configSet("notify-keyspace-events", "KEg$x");
      Thread listening = new Thread(this::listen, "listener");
      listening.setDaemon(true);
      listening.start();
      try {
        await(subscribed, "the subscriptions were not confirmed");

        // 2. An order that nobody pays expires and is cancelled.
        long firstMillis = expiryOf(first, jedis);

        // 3. A deleted product leaves the local cache.
        jedis.set(product, "{\"name\": \"bell\", \"price\": 12}");
        cache.put(product, jedis.get(product));
        dealtWith.put(product, new CountDownLatch(1));
        long deletedAt = System.nanoTime();
        jedis.del(product);
        await(dealtWith.get(product), "del of " + product + " was not heard");
        long productMillis = millisSince(deletedAt);

        // 4. Somebody cuts the subscriber's connection; listen() comes back.
        subscribed = new CountDownLatch(1);
        long killed = jedis.clientKill(new ClientKillParams().id(Long.toString(subscriberId)));
        expect(
            killed == 1, "CLIENT KILL ID " + subscriberId + " killed " + killed + " connections");
        await(subscribed, "the subscriber did not come back");
        // Pub/Sub forgot whatever happened in between: look at the open orders once, here.
        long secondMillis = expiryOf(second, jedis);

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
        closing = true;
        jedis.del(first, second, product);
        // Put back what was there; a real program leaves its flags on.
        jedis.configSet("notify-keyspace-events", flagsBefore);
        if (listener.isSubscribed()) {
          listener.punsubscribe();
        }
      }
    }
  }

  /**
   * Places an order and waits until it was heard to expire; returns how many milliseconds it lived.
   */
  private long expiryOf(String order, Jedis jedis) throws InterruptedException {
    dealtWith.put(order, new CountDownLatch(1));
    orders.put(order, "open");
    long placedAt = System.nanoTime();
    jedis.set(order, "2 concert tickets", SetParams.setParams().ex(1)); // a real shop: 15 minutes
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

  private static void pause(long millis) {
    try {
      Thread.sleep(millis);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** The version that the library's jar states of itself. */
  private static String jedisVersion() {
    Properties jar = new Properties();
    try (InputStream in = Jedis.class.getResourceAsStream("pom.properties")) {
      jar.load(in);
    } catch (IOException | NullPointerException e) {
      // A version is only for the report.
    }
    return jar.getProperty("version", "(unknown version)");
  }

  public static void main(String[] arguments) {
    String url = System.getenv().getOrDefault("CARILLON_URL", "redis://127.0.0.1:6379");
    String library = "java Jedis " + jedisVersion();
    try {
      System.out.println(
          "ok "
              + library
              + ": "
              + new JedisStory(arguments.length > 0 ? arguments[0] : url).play());
    } catch (Exception e) {
      System.err.println("FAILED " + library + ": " + e.getMessage());
      System.exit(1);
    }
  }
}
