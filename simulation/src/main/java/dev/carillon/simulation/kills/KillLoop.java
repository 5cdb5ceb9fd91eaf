package dev.carillon.simulation.kills;

import dev.carillon.simulation.check.Broken;
import dev.carillon.simulation.kills.Writer.Lost;
import java.io.IOException;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Starts the server, writes to it over several connections, kills it with SIGKILL, starts it again
 * and compares what is there with what was acknowledged; as often as wanted, in one directory for
 * each policy. This process is not killed, so that it knows what was acknowledged.
 *
 * <pre>{@code
 * simulation/run-kills --kills 200 --policy always --feeds yes --seed 7
 * }</pre>
 *
 * <p>Feeds are there in most lives, and in the others {@code everysec} is what it says: a turn that
 * feeds hold waits for the disk, and what comes behind it waits with it.
 *
 * <p>With {@code --losing yes} the server is one that keeps in its memory what was not synced: then
 * SIGKILL is what a power cut is, and only what feeds promise is looked at.
 */
public final class KillLoop {

  private static final int WRITERS = 4;

  /** Chosen: in one of so many lives nothing is written that a feed holds. */
  private static final int WITHOUT_FEEDS = 4;

  /** Enough that writing the journal anew takes longer than most lives do. */
  private static final int BALLAST_KEYS = 20_000;

  private static final int BALLAST_BYTES = 500;

  /** How often, and after how long each time, the end of work in the background is looked for. */
  private static final int PATIENCE = 2_000;

  private static final int PATIENCE_MILLIS = 20;

  private final Path launcher;
  private final List<String> program;
  private final Path directory;
  private final String policy;
  private final Random random;
  private final int port;
  private final boolean losing;
  private final List<Writer> writers = new ArrayList<>();
  private final @Nullable FeedWatch feeds;
  private @Nullable Server running;
  private int rewrites;
  private int snapshots;
  private int stops;

  /** Whether there has to be a snapshot that loads. */
  private boolean isSaved;

  private KillLoop(Map<String, String> options, Path directory, String policy, long seed)
      throws IOException {
    launcher = Path.of(options.getOrDefault("--launcher", "./carillon")).toAbsolutePath();
    String words = options.getOrDefault("--program", launcher.toString());
    program = List.of(words.split(" "));
    losing = options.getOrDefault("--losing", "no").equals("yes");
    this.directory = directory;
    this.policy = policy;
    random = new Random(seed);
    try (ServerSocket free = new ServerSocket(0)) {
      port = free.getLocalPort();
    }
    for (int i = 0; i < WRITERS && !losing; i++) {
      writers.add(new Writer(i, port, random.nextLong()));
    }
    boolean hasFeeds = losing || options.getOrDefault("--feeds", "yes").equals("yes");
    feeds = hasFeeds ? new FeedWatch(port, random, losing) : null;
  }

  /** Arguments as in the class comment; ends with status 1 where something was lost. */
  public static void main(String[] arguments) throws IOException, InterruptedException {
    Map<String, String> options = new HashMap<>();
    for (int i = 0; i + 1 < arguments.length; i += 2) {
      options.put(arguments[i], arguments[i + 1]);
    }
    int kills = Integer.parseInt(options.getOrDefault("--kills", "10"));
    String policies = options.getOrDefault("--policy", "always,everysec");
    long seed =
        options.containsKey("--seed")
            ? Long.parseLong(options.get("--seed"))
            : new Random().nextInt(1_000_000);
    for (String policy : policies.split(",")) {
      Path directory = Files.createTempDirectory("carillon-kills-" + policy);
      KillLoop loop = new KillLoop(options, directory, policy, seed);
      try {
        loop.run(kills);
      } catch (Lost | IOException | Broken e) {
        loop.end();
        System.out.println(
            "FAILED: "
                + e.getMessage()
                + "\nthe data is in "
                + directory
                + "\nrun again with"
                + " simulation/run-kills --kills "
                + kills
                + " --policy "
                + policy
                + " --seed "
                + seed);
        System.exit(1);
      }
      remove(directory);
    }
  }

  private static void remove(Path directory) throws IOException {
    try (Stream<Path> files = Files.walk(directory)) {
      for (Path file : files.sorted((a, b) -> b.compareTo(a)).toList()) {
        Files.delete(file);
      }
    }
    Files.deleteIfExists(directory.resolveSibling(directory.getFileName() + ".log"));
  }

  private void run(int kills) throws IOException, InterruptedException, Lost {
    Server server = start();
    fill();
    for (int i = 1; i <= kills; i++) {
      server = life(server, i);
    }
    server.stop();
    System.out.printf(
        "appendfsync %s: %d kills, %d of them while the journal was written anew and %d while a"
            + " snapshot was, %d orderly stops, %d steps acknowledged, none lost%n",
        policy,
        kills,
        rewrites,
        snapshots,
        stops,
        writers.stream().mapToLong(writer -> writer.sender().acknowledged()).sum());
    if (feeds != null) {
      System.out.println("appendfsync " + policy + ": " + feeds.report());
    }
  }

  private Server start() throws IOException, InterruptedException {
    Server server = new Server(program, launcher, directory, port, policy);
    running = server;
    server.await();
    return server;
  }

  /** Leaves no process behind. */
  private void end() throws InterruptedException {
    if (running != null) {
      running.kill();
    }
  }

  private void fill() throws IOException, Lost {
    try (Connection connection = new Connection(port)) {
      String value = "b".repeat(BALLAST_BYTES);
      for (int i = 0; i < BALLAST_KEYS; i++) {
        connection.add("SET", "ballast:" + i, value);
        if (i % 1000 == 999) {
          connection.flush();
          for (int j = 0; j < 1000; j++) {
            connection.receive();
          }
        }
      }
      if (feeds != null) {
        // Behind the ballast: what comes before a turn that waits for the disk is on it, too.
        feeds.create(connection);
      }
    }
  }

  /** Writes, kills, starts again, compares. */
  private Server life(Server server, int number) throws IOException, InterruptedException, Lost {
    List<Thread> threads = new ArrayList<>();
    for (Writer writer : writers) {
      writer.sender().ending(false);
      threads.add(Thread.ofPlatform().start(writer.sender()));
    }
    if (feeds != null) {
      feeds.ending(false);
      feeds
          .threads(losing || random.nextInt(WITHOUT_FEEDS) > 0)
          .forEach(each -> threads.add(Thread.ofPlatform().start(each)));
    }
    Thread.sleep(20 + random.nextInt(random.nextInt(5) == 0 ? 2_500 : 500));
    work();
    String trouble =
        writers.stream()
            .map(writer -> writer.sender().trouble())
            .filter(text -> !text.isEmpty())
            .findFirst()
            .orElse(feeds == null ? "" : feeds.trouble());
    if (!trouble.isEmpty() || !server.isAlive()) {
      throw new Lost("before kill " + number + ": " + trouble + "\n" + server.lastWords());
    }
    writers.forEach(writer -> writer.sender().ending(true));
    if (feeds != null) {
      feeds.ending(true);
    }
    boolean orderly = random.nextInt(20) == 0;
    if (orderly) {
      server.stop();
      stops++;
    } else {
      server.kill();
    }
    long killedMillis = System.currentTimeMillis();
    for (Thread thread : threads) {
      thread.join();
    }
    if (random.nextInt(4) == 0) {
      Thread.sleep(random.nextInt(1_500));
    }
    if (isSaved) {
      server.check();
    }
    Server next = start();
    long startedMillis = System.currentTimeMillis();
    try (Connection connection = new Connection(port)) {
      if (feeds != null) {
        feeds.verify(connection, killedMillis, startedMillis);
      }
      for (Writer writer : writers) {
        writer.verify(connection);
      }
      String ballast = connection.text("STRLEN", "ballast:" + random.nextInt(BALLAST_KEYS));
      if (!ballast.equals(Integer.toString(BALLAST_BYTES))) {
        throw new Lost("a key that was never touched is not there");
      }
    } catch (Lost | IOException | Broken e) {
      throw new Lost("after kill " + number + ": " + e.getMessage() + "\n" + next.lastWords());
    }
    if (number % 10 == 0) {
      System.out.printf("appendfsync %s: %d kills%n", policy, number);
    }
    return next;
  }

  /**
   * Lets the server write its journal anew, or a snapshot, or neither, while clients write; waits
   * for the end of some, and leaves others to be killed at any point.
   */
  private void work() throws IOException, InterruptedException, Lost {
    try (Connection connection = new Connection(port)) {
      for (int i = random.nextInt(3); i > 0; i--) {
        String command = random.nextBoolean() ? "BGREWRITEAOF" : "BGSAVE";
        String reply = connection.text(command);
        if (reply.startsWith("-")) {
          throw new Lost(command + " was answered with " + reply);
        }
        Thread.sleep(random.nextInt(200));
        if (i > 1) {
          await(connection);
        }
      }
      String info = connection.text("INFO", "persistence");
      rewrites += info.contains("aof_rewrite_in_progress:1") ? 1 : 0;
      boolean saving = info.contains("rdb_bgsave_in_progress:1");
      snapshots += saving ? 1 : 0;
      isSaved |= info.contains("rdb_saves:") && !info.contains("rdb_saves:0");
    }
  }

  private static void await(Connection connection) throws IOException, InterruptedException, Lost {
    for (int i = 0; i < PATIENCE; i++) {
      String info = connection.text("INFO", "persistence");
      if (info.contains("rdb_bgsave_in_progress:0")
          && info.contains("aof_rewrite_in_progress:0")
          && info.contains("aof_rewrite_scheduled:0")) {
        if (!info.contains("rdb_last_bgsave_status:ok")
            || !info.contains("aof_last_bgrewrite_status:ok")) {
          throw new Lost("what was written in the background failed:\n" + info);
        }
        return;
      }
      Thread.sleep(PATIENCE_MILLIS);
    }
    throw new Lost("what is written in the background comes to no end");
  }
}
