package dev.carillon.examples.alerts;

import dev.carillon.listener.Carillon;
import dev.carillon.listener.ListenerException;
import dev.carillon.server.CarillonServer;
import dev.carillon.server.ServerOptions;
import io.lettuce.core.RedisClient;
import io.lettuce.core.api.sync.RedisCommands;
import java.io.IOException;
import java.nio.file.Files;
import java.time.LocalTime;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** The story: mugs are sold out and bought, somebody changes a timeout, and errors follow. */
final class MonitoringAlerts {

  private static final BlockingQueue<String> LINES = new LinkedBlockingQueue<>();

  private MonitoringAlerts() {}

  public static void main(String[] args) throws Exception {
    try (CarillonServer server = args.length > 0 ? null : embedded()) {
      tell(server == null ? args[0] : server.uri().toString());
    } catch (ListenerException e) {
      System.err.println(e.getMessage());
      System.exit(1);
    }
  }

  private static CarillonServer embedded() throws IOException {
    return CarillonServer.start(
        ServerOptions.embedded().durable(Files.createTempDirectory("monitoring-alerts")));
  }

  private static void tell(String url) throws InterruptedException {
    try (RedisClient client = RedisClient.create(url);
        Carillon carillon = Carillon.connect(url)) {
      RedisCommands<String, String> redis = client.connect().sync();
      for (String old : List.of("stock:mug", "config:checkout", "errors:checkout")) {
        redis.del(old, "seen:" + old);
      }
      redis.del("alerts", "alerting");
      Monitor monitor = new Monitor(client.connect().sync(), LINES::add);
      monitor.listen(carillon);

      say("shop    6 red and 9 blue mugs; the checkout waits 500 ms");
      redis.hset("stock:mug", Map.of("red", "6", "blue", "9"));
      redis.hset("config:checkout", Map.of("timeout-ms", "500", "currency", "EUR"));

      say("shop    sells two red mugs");
      redis.hincrby("stock:mug", "red", -1);
      redis.hincrby("stock:mug", "red", -1);
      await("stock:mug red is low: 4");

      say("shop    sells another one, and gets twenty");
      redis.hincrby("stock:mug", "red", -1);
      redis.hincrby("stock:mug", "red", 20);
      await("stock:mug red is well again: 23");

      say("shop    somebody lets the checkout wait 50 ms only");
      redis.hset("config:checkout", Map.of("timeout-ms", "50", "currency", "EUR"));
      await("config:checkout timeout-ms was 500, is 50");

      say("shop    the checkout fails eight times");
      for (int i = 0; i < 8; i++) {
        redis.incr("errors:checkout");
      }
      await("errors:checkout counts more than 5 in a second");

      say("the log of alerts:");
      monitor.log().forEach(line -> say("  " + line));
    }
  }

  /** Shows what happens until this has happened. */
  private static void await(String text) throws InterruptedException {
    String line;
    do {
      line = LINES.poll(30, TimeUnit.SECONDS);
      if (line == null) {
        throw new ListenerException("this did not happen: " + text);
      }
      say("ALERT   " + line);
    } while (!line.equals(text));
  }

  private static void say(String what) {
    System.out.printf("%tT.%1$tL  %s%n", LocalTime.now(), what);
  }
}
