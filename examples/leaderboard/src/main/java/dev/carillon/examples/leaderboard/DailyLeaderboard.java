package dev.carillon.examples.leaderboard;

import dev.carillon.listener.Carillon;
import dev.carillon.listener.ListenerException;
import dev.carillon.server.CarillonServer;
import dev.carillon.server.ServerOptions;
import io.lettuce.core.RedisClient;
import io.lettuce.core.api.sync.RedisCommands;
import java.io.IOException;
import java.nio.file.Files;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalTime;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** The story: two days of a second and a half each, and two instances that look after them. */
final class DailyLeaderboard {

  private static final LocalDate FIRST = LocalDate.of(2026, 3, 1);
  private static final Duration DAY = Duration.ofMillis(1500);
  private static final BlockingQueue<String> LINES = new LinkedBlockingQueue<>();

  private DailyLeaderboard() {}

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
        ServerOptions.embedded().durable(Files.createTempDirectory("leaderboard")));
  }

  /** An instance of the application; what one leaves behind is taken over within about a second. */
  private static Carillon connect(String url) {
    return Carillon.builder(url).lease(Duration.ofSeconds(1)).open();
  }

  private static void tell(String url) throws InterruptedException {
    try (RedisClient client = RedisClient.create(url);
        Carillon firstCarillon = connect(url);
        Carillon secondCarillon = connect(url)) {
      RedisCommands<String, String> redis = client.connect().sync();
      redis.del("today", "ranking");
      for (int i = 0; i < 10; i++) {
        redis.del("day:" + FIRST.plusDays(i), "points:" + FIRST.plusDays(i));
      }
      Instant start = Instant.now().plusMillis(500);
      Board board = new Board(redis, day -> start.plus(DAY.multipliedBy(days(day))), LINES::add);
      board.listen(firstCarillon);
      board.listen(secondCarillon);

      board.begin(FIRST);
      await("2026-03-01 begins");
      board.score("ann", 30);
      board.score("ben", 20);
      say("ann gets 30 points, ben 20");
      await("2026-03-02 begins, all days: [ann 30, ben 20]");
      board.score("ben", 25);
      board.score("cem", 5);
      say("ben gets 25 points, cem 5");
      await("2026-03-03 begins, all days: [ben 45, ann 30, cem 5]");
    }
  }

  /** How many days there were up to the end of this one. */
  private static long days(LocalDate day) {
    return FIRST.datesUntil(day.plusDays(1)).count();
  }

  /** Shows what happens until this has happened. */
  private static void await(String text) throws InterruptedException {
    String line;
    do {
      line = LINES.poll(30, TimeUnit.SECONDS);
      if (line == null) {
        throw new ListenerException("this did not happen: " + text);
      }
      say(line);
    } while (!line.equals(text));
  }

  private static void say(String what) {
    System.out.printf("%tT.%1$tL  %s%n", LocalTime.now(), what);
  }
}
