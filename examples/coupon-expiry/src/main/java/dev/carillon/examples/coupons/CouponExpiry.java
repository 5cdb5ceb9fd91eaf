package dev.carillon.examples.coupons;

import dev.carillon.listener.Carillon;
import dev.carillon.listener.ListenerException;
import dev.carillon.server.CarillonServer;
import dev.carillon.server.ServerOptions;
import io.lettuce.core.RedisClient;
import java.io.IOException;
import java.nio.file.Files;
import java.time.Duration;
import java.time.LocalTime;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** The story: two instances of an application, and an activity that is open for two seconds. */
final class CouponExpiry {

  private static final BlockingQueue<String> LINES = new LinkedBlockingQueue<>();

  private CouponExpiry() {}

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
        ServerOptions.embedded()
            .durable(Files.createTempDirectory("coupon-expiry"))
            .configure("notify-keyspace-events Ex"));
  }

  /** An instance of the application; what one leaves behind is taken over within about a second. */
  private static Carillon connect(String url) {
    return Carillon.builder(url).lease(Duration.ofSeconds(1)).open();
  }

  private static void tell(String url) throws InterruptedException {
    try (RedisClient client = RedisClient.create(url);
        Carillon firstCarillon = connect(url);
        Carillon secondCarillon = connect(url)) {
      Activity activity = new Activity(client.connect().sync());
      activity.settle("spring"); // A story that was broken off.
      Instance first = new Instance("instance 1", firstCarillon, activity, LINES::add);
      Instance second = new Instance("instance 2", secondCarillon, activity, LINES::add);

      activity.open("spring", Duration.ofSeconds(2));
      first.show("spring");
      second.show("spring");
      say("spring is open for two seconds");
      say("ann gets " + first.claim("spring", "ann"));
      say("ben gets " + second.claim("spring", "ben"));
      say("ann gets " + second.claim("spring", "ann"));

      await(
          "instance 1: the entrance of spring is closed",
          "instance 2: the entrance of spring is closed",
          "settled spring: 2 coupons, 10 to pay");
      say("cem gets " + first.claim("spring", "cem"));
    }
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
