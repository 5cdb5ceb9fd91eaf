package dev.carillon.examples.sessions;

import dev.carillon.listener.Carillon;
import dev.carillon.listener.ListenerException;
import dev.carillon.server.CarillonServer;
import dev.carillon.server.ServerOptions;
import io.lettuce.core.RedisClient;
import java.io.IOException;
import java.nio.file.Files;
import java.time.Duration;
import java.time.LocalTime;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** The story: three instances of an application, and two users who leave in different ways. */
final class SessionCleanup {

  private static final Duration IDLE = Duration.ofMillis(1500);
  private static final BlockingQueue<String> LINES = new LinkedBlockingQueue<>();

  private SessionCleanup() {}

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
        ServerOptions.embedded().durable(Files.createTempDirectory("session-cleanup")));
  }

  /** An instance of the application; what one leaves behind is taken over within about a second. */
  private static Carillon connect(String url) {
    return Carillon.builder(url).lease(Duration.ofSeconds(1)).open();
  }

  private static void tell(String url) throws InterruptedException {
    try (RedisClient client = RedisClient.create(url);
        Carillon first = connect(url);
        Carillon second = connect(url);
        Carillon third = connect(url)) {
      Seats seats = new Seats(client.connect().sync());
      seats.release("ann"); // A story that was broken off.
      seats.release("ben");
      Cleaner.listen(first, seats, LINES::add);
      Cleaner.listen(second, seats, LINES::add);
      Cleaner.listen(third, seats, LINES::add);

      seats.open(100);
      seats.begin("ann", IDLE);
      seats.begin("ben", IDLE);
      say("ann takes seat 1: " + seats.take("ann", 1));
      say("ann takes seat 2: " + seats.take("ann", 2));
      say("ben takes seat 2: " + seats.take("ben", 2));
      say("ben takes seat 3: " + seats.take("ben", 3));
      say("free seats: " + seats.free());

      say("ann closes her laptop, ben goes on choosing");
      while (!await("ann is gone, seats released: 2", Duration.ofMillis(500))) {
        seats.touch("ben", IDLE);
      }
      say("ben takes seat 2: " + seats.take("ben", 2));

      say("ben logs out");
      seats.end("ben");
      await("ben is gone, seats released: 2", Duration.ofSeconds(30));
      say("free seats: " + seats.free());
    }
  }

  /** Shows what happens until this has happened, or there is nothing for a while. */
  private static boolean await(String text, Duration patience) throws InterruptedException {
    String line;
    do {
      line = LINES.poll(patience.toMillis(), TimeUnit.MILLISECONDS);
      if (line != null) {
        say(line);
      }
    } while (line != null && !line.equals(text));
    return line != null;
  }

  private static void say(String what) {
    System.out.printf("%tT.%1$tL  %s%n", LocalTime.now(), what);
  }
}
