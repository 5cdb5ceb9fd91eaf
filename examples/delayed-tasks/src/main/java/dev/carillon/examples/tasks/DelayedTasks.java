package dev.carillon.examples.tasks;

import dev.carillon.listener.Carillon;
import dev.carillon.listener.DeadLetters;
import dev.carillon.listener.ListenerException;
import dev.carillon.listener.Retry;
import dev.carillon.server.CarillonServer;
import dev.carillon.server.ServerOptions;
import io.lettuce.core.RedisClient;
import java.io.IOException;
import java.nio.file.Files;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalTime;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** The story: a reminder, a mailbox that is busy for a while, and one that does not exist. */
final class DelayedTasks {

  private static final Retry RETRY = Retry.exponential(Duration.ofMillis(100), 4);
  private static final BlockingQueue<String> LINES = new LinkedBlockingQueue<>();

  /** How often sending to somebody will still fail. */
  private static final Map<String, Integer> FAILURES = new ConcurrentHashMap<>();

  private DelayedTasks() {}

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
        ServerOptions.embedded().durable(Files.createTempDirectory("delayed-tasks")));
  }

  private static void tell(String url) throws InterruptedException {
    try (RedisClient client = RedisClient.create(url);
        Carillon carillon = Carillon.connect(url)) {
      Tasks tasks = new Tasks(client.connect().sync(), DelayedTasks::send);
      List.of("1", "2", "3", "4").forEach(tasks::cancel); // A story that was broken off.
      tasks.listen(carillon, RETRY);
      FAILURES.put("ben", 2);
      FAILURES.put("cem", 4);

      say("scheduled: remind ann in one second, then write to ben, then to cem");
      Instant now = Instant.now();
      tasks.schedule("1", "ann", "the dentist waits", now.plusMillis(1000));
      tasks.schedule("2", "ben", "your parcel is here", now.plusMillis(1500));
      tasks.schedule("3", "cem", "your parcel is here", now.plusMillis(2500));
      tasks.schedule("4", "dora", "never mind", now.plusMillis(2500));
      tasks.cancel("4");
      await("sent to ann: the dentist waits");
      await("sent to ben: your parcel is here");

      DeadLetters letters = carillon.deadLetters(Tasks.GROUP);
      await("not sent to cem, failures to come: 0");
      while (letters.count() == 0) {
        TimeUnit.MILLISECONDS.sleep(10);
      }
      letters
          .list(10)
          .forEach(
              letter ->
                  say(
                      "dead letter: %s after %d attempts, %s"
                          .formatted(letter.key(), letter.attempts(), letter.error())));
      say("cem has a mailbox now, dead letters handed out again: " + letters.redrive(10));
      await("sent to cem: your parcel is here");
    }
  }

  private static void send(String id, String to, String text) throws IOException {
    int failures = FAILURES.merge(to, -1, Integer::sum);
    if (failures >= 0) {
      LINES.add("not sent to " + to + ", failures to come: " + failures);
      throw new IOException("no answer from the mailbox of " + to);
    }
    LINES.add("sent to " + to + ": " + text);
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
