package dev.carillon.examples.caches;

import dev.carillon.listener.Carillon;
import dev.carillon.listener.ListenerException;
import dev.carillon.server.CarillonServer;
import dev.carillon.server.ServerOptions;
import io.lettuce.core.ClientListArgs;
import io.lettuce.core.KillArgs;
import io.lettuce.core.RedisClient;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.api.sync.RedisCommands;
import java.time.LocalTime;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The story: two shops with near caches, prices that change, and a connection that is lost. */
final class CacheConsistency {

  private static final Pattern CLIENT = Pattern.compile("(?m)^id=(\\d+)");
  private static final BlockingQueue<String> LINES = new LinkedBlockingQueue<>();

  private CacheConsistency() {}

  public static void main(String[] args) throws Exception {
    try (CarillonServer server = args.length > 0 ? null : embedded()) {
      tell(server == null ? args[0] : server.uri().toString());
    } catch (ListenerException e) {
      System.err.println(e.getMessage());
      System.exit(1);
    }
  }

  /** Nothing has to be kept: a cache is about what the server has now. */
  private static CarillonServer embedded() {
    return CarillonServer.start(ServerOptions.embedded().configure("notify-keyspace-events Kg$xe"));
  }

  private static void tell(String url) throws InterruptedException {
    try (RedisClient client = RedisClient.create(url);
        Carillon firstCarillon = Carillon.connect(url);
        Carillon secondCarillon = Carillon.connect(url)) {
      StatefulRedisConnection<String, String> office = client.connect();
      RedisCommands<String, String> redis = office.sync();
      say("office sets product:1 to 10");
      redis.set("product:1", "10");
      NearCache first =
          new NearCache(
              firstCarillon, client.connect().sync(), line -> LINES.add("shop 1 " + line));
      Set<Long> others = subscribers(redis);
      NearCache second =
          new NearCache(
              secondCarillon, client.connect().sync(), line -> LINES.add("shop 2 " + line));
      Set<Long> secondOnly = subscribers(redis);
      secondOnly.removeAll(others);

      say("shop 1 sells product:1 for " + first.get("product:1"));
      say("shop 2 sells product:1 for " + second.get("product:1"));

      say("office sets product:1 to 12");
      redis.set("product:1", "12");
      await("shop 1 product:1 is loaded again: 12", "shop 2 product:1 is loaded again: 12");

      say("shop 2 loses its connection, and office sets product:1 to 15");
      secondOnly.forEach(id -> office.async().clientKill(KillArgs.Builder.id(id)));
      redis.set("product:1", "15");
      await("shop 1 product:1 is loaded again: 15", "shop 2 forgets everything: DISCONNECTED");
      say("shop 2 sells product:1 for " + second.get("product:1"));

      say("office removes product:1");
      redis.del("product:1");
      await("shop 1 product:1 is removed", "shop 2 product:1 is removed");
    }
  }

  /** Who listens to the server, by number, so that the story can cut off one of them. */
  private static Set<Long> subscribers(RedisCommands<String, String> redis) {
    Set<Long> ids = new HashSet<>();
    Matcher client = CLIENT.matcher(redis.clientList(ClientListArgs.Builder.typePubsub()));
    while (client.find()) {
      ids.add(Long.valueOf(client.group(1)));
    }
    return ids;
  }

  /** Shows what happens until all of this has happened. */
  private static void await(String... texts) throws InterruptedException {
    Set<String> missing = new HashSet<>(Set.of(texts));
    while (!missing.isEmpty()) {
      String line = LINES.poll(30, TimeUnit.SECONDS);
      if (line == null) {
        throw new ListenerException("this did not happen: " + missing);
      }
      say(line);
      missing.remove(line);
    }
  }

  private static void say(String what) {
    System.out.printf("%tT.%1$tL  %s%n", LocalTime.now(), what);
  }
}
