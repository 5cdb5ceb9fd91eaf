import java.net.URI;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.JedisPubSub;

/**
 * The usual Java snippet: configSet("notify-keyspace-events", "Kg"), psubscribe with a JedisPubSub.
 *
 * <pre>
 * (cd ../java &amp;&amp; mvn -q compile) &amp;&amp; java -cp '../java/target/lib/*' JedisKeyspace.java [redis://host:port]
 * </pre>
 */
public class JedisKeyspace {

  static final Set<String> heard = ConcurrentHashMap.newKeySet(); // (for the check)

  // --- the snippet
  // --------------------------------------------------------------------------------

  static void subscribe(String host, int port) {
    Jedis jedis = new Jedis(host, port);
    jedis.configSet("notify-keyspace-events", "Kg");
    jedis.psubscribe(
        new JedisPubSub() {
          @Override
          public void onPSubscribe(String pattern, int subscribedChannels) {
            System.out.println("onPSubscribe " + pattern + " " + subscribedChannels);
            heard.add("subscribed"); // (for the check)
          }

          @Override
          public void onPMessage(String pattern, String channel, String message) {
            System.out.println("onPMessage " + pattern + " " + channel + " " + message);
            heard.add(channel + " " + message); // (for the check)
          }
        },
        "__keyspace@0__:*");
  }

  // --- the check
  // ----------------------------------------------------------------------------------

  public static void main(String[] arguments) throws InterruptedException {
    String url = System.getenv().getOrDefault("CARILLON_URL", "redis://127.0.0.1:6379");
    URI uri = URI.create(arguments.length > 0 ? arguments[0] : url);
    int port = uri.getPort() < 0 ? 6379 : uri.getPort();
    Thread listening = new Thread(() -> subscribe(uri.getHost(), port), "listener");
    listening.setDaemon(true);
    listening.start();
    await("subscribed");

    String key = "basket:" + ProcessHandle.current().pid();
    try (Jedis jedis = new Jedis(uri.getHost(), port)) {
      jedis.set(key, "apples"); // silent: `set` is of the class $, which Kg leaves out
      jedis.expire(key, 100);
      jedis.rename(key, key + ":paid");
      jedis.del(key + ":paid");
    }
    await("__keyspace@0__:" + key + " expire");
    await("__keyspace@0__:" + key + " rename_from");
    await("__keyspace@0__:" + key + ":paid rename_to");
    await("__keyspace@0__:" + key + ":paid del");
    if (heard.contains("__keyspace@0__:" + key + " set")) {
      fail("Kg announced a set");
    }
    System.out.println("ok snippet java psubscribe Kg, Jedis");
  }

  static void await(String what) throws InterruptedException {
    for (int i = 0; i < 1000 && !heard.contains(what); i++) {
      Thread.sleep(10);
    }
    if (!heard.contains(what)) {
      fail("not heard within 10 s: " + what);
    }
  }

  static void fail(String sentence) {
    System.err.println("FAILED snippet java psubscribe Kg: " + sentence);
    System.exit(1);
  }
}
