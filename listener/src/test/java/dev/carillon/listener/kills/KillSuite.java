package dev.carillon.listener.kills;

import dev.carillon.listener.FreePort;
import dev.carillon.listener.Peer;
import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;

/**
 * Kills workers and the server with SIGKILL while somebody writes, and looks whether events were
 * missed or handled twice. The same suite runs on Carillon and on Redis, or what {@link Peer}
 * names:
 *
 * <ul>
 *   <li>{@code live}, on both: while a worker lives it hears every acknowledged write once, or was
 *       told of a gap that covers it;
 *   <li>{@code group}, on Carillon: every acknowledged write is handled by some worker, and again
 *       only if its worker, or the server, was killed before the acknowledgement can have been
 *       made.
 * </ul>
 *
 * <p>{@code --saboteur no-gap} or {@code ack-first} break a worker, and the suite has to notice.
 *
 * <pre>{@code
 * listener/run-kills --kills 20 --cells carillon-group,redis-live --seed 7
 * }</pre>
 */
public final class KillSuite {

  /** A promise that was broken. */
  private static final class Broken extends Exception {
    private static final long serialVersionUID = 1;

    Broken(String message) {
      super(message);
    }
  }

  private static final int WORKERS = 3;

  /** Chosen: far longer than an acknowledgement takes. */
  private static final long ACKNOWLEDGING_MILLIS = 3_000;

  private static final long PATIENCE_MILLIS = 40_000;

  /** When a write was sent and answered; not answered is 0. */
  private record Written(long before, long after) {}

  /** One process that listened. */
  private record Life(Path log, Process process, long[] killed) {}

  private record Heard(long millis, int number) {}

  private record Told(long from, long until) {}

  private final String cell;
  private final boolean carillon;
  private final boolean group;
  private final String launcher;
  private final String saboteur;
  private final Path directory;
  private final int port;
  private final Random random;
  private final Map<Integer, Written> written = new ConcurrentHashMap<>();
  private final List<Life> lives = new ArrayList<>();
  private final List<Long> serverKills = new ArrayList<>();
  private Process server;
  private volatile boolean writing = true;
  private int workerKills;

  private KillSuite(String cell, String launcher, String saboteur, long seed) throws IOException {
    this.cell = cell;
    carillon = cell.startsWith("carillon");
    group = cell.endsWith("group");
    this.launcher = launcher;
    this.saboteur = saboteur;
    directory = Files.createTempDirectory("carillon-listener-kills");
    random = new Random(seed);
    port = FreePort.next();
    server = startServer();
  }

  /** Arguments as in the class comment; ends with status 1 where a promise was broken. */
  public static void main(String[] arguments) throws Exception {
    Map<String, String> options = new HashMap<>();
    for (int i = 0; i + 1 < arguments.length; i += 2) {
      options.put(arguments[i], arguments[i + 1]);
    }
    int kills = Integer.parseInt(options.getOrDefault("--kills", "5"));
    String cells =
        options.getOrDefault("--cells", "carillon-group,carillon-live,redis-live,redis-group");
    String saboteur = options.getOrDefault("--saboteur", "none");
    long seed = Long.parseLong(options.getOrDefault("--seed", "" + new Random().nextInt(1000000)));
    boolean broken = false;
    for (String cell : cells.split(",", -1)) {
      KillSuite suite =
          new KillSuite(cell, options.getOrDefault("--launcher", "./carillon"), saboteur, seed);
      try {
        suite.run(kills);
      } catch (Broken e) {
        broken = true;
        System.out.printf(
            "%s, saboteur %s: BROKEN: %s%nthe logs are in %s; again with: listener/run-kills"
                + " --kills %d --cells %s --saboteur %s --seed %d%n",
            cell, saboteur, e.getMessage(), suite.directory, kills, cell, saboteur, seed);
      } finally {
        suite.stop();
      }
    }
    System.exit(broken ? 1 : 0);
  }

  // ----------------------------------------------------------------------------------- processes

  private Process startServer() throws IOException {
    List<String> command = new ArrayList<>();
    command.addAll(carillon ? List.of(launcher, "serve") : List.of(Peer.PROGRAM));
    command.addAll(
        List.of("--port", "" + port, "--bind", "127.0.0.1", "--dir", directory.toString()));
    command.addAll(List.of("--save", "", "--notify-keyspace-events", "E$"));
    command.addAll(List.of("--appendonly", carillon ? "yes" : "no"));
    return start(command, directory.resolve("server.log"));
  }

  private static Process start(List<String> command, Path log) throws IOException {
    return new ProcessBuilder(command)
        .redirectErrorStream(true)
        .redirectOutput(ProcessBuilder.Redirect.appendTo(new File(log.toString())))
        .start();
  }

  private void awaitServer() throws IOException, InterruptedException, Broken {
    long until = System.currentTimeMillis() + 3 * PATIENCE_MILLIS;
    while (System.currentTimeMillis() < until) {
      try (Client client = new Client(port)) {
        if (client.ask("PING").equals("+PONG")) {
          return;
        }
      } catch (IOException notYet) {
        // It does not listen yet.
      }
      if (!server.isAlive()) {
        break;
      }
      Thread.sleep(10);
    }
    throw new Broken(
        "the server does not answer; it said\n"
            + Files.readString(directory.resolve("server.log"), StandardCharsets.ISO_8859_1));
  }

  private Life startWorker() throws IOException {
    int number = lives.size();
    Path log = directory.resolve("worker" + number);
    String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
    Process process =
        start(
            List.of(
                java,
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-Xmx128m",
                "-cp",
                System.getProperty("java.class.path"),
                KillWorker.class.getName(),
                "" + port,
                group ? "group" : "live",
                log.toString(),
                saboteur),
            directory.resolve("worker" + number + ".out"));
    Life life = new Life(log, process, new long[1]);
    lives.add(life);
    return life;
  }

  private void awaitWorker(Life life) throws IOException, InterruptedException, Broken {
    long until = System.currentTimeMillis() + PATIENCE_MILLIS;
    while (System.currentTimeMillis() < until && life.process().isAlive()) {
      if (readyMillis(life) > 0) {
        return;
      }
      Thread.sleep(10);
    }
    throw new Broken("a worker does not begin: " + life.log() + ".out");
  }

  private void stop() throws IOException, InterruptedException {
    for (Life life : lives) {
      life.process().destroyForcibly().waitFor();
    }
    server.destroyForcibly().waitFor();
  }

  // ---------------------------------------------------------------------------------- the course

  private void run(int kills) throws Exception {
    awaitServer();
    for (int i = 0; i < WORKERS; i++) {
      startWorker();
    }
    for (Life life : List.copyOf(lives)) {
      awaitWorker(life);
    }
    Thread writer = Thread.ofPlatform().name("writer").start(this::write);
    for (int i = 0; i < kills; i++) {
      Thread.sleep(300 + random.nextInt(1200));
      if (i % 5 == 2) {
        serverKills.add(System.currentTimeMillis());
        server.destroyForcibly().waitFor();
        Thread.sleep(random.nextInt(400));
        server = startServer();
        awaitServer();
      } else {
        List<Life> alive = lives.stream().filter(life -> life.killed()[0] == 0).toList();
        Life victim = alive.get(random.nextInt(alive.size()));
        victim.process().destroyForcibly().waitFor();
        victim.killed()[0] = System.currentTimeMillis();
        workerKills++;
        awaitWorker(startWorker());
      }
    }
    Thread.sleep(500);
    writing = false;
    writer.join();
    String verdict = group ? checkGroup() : checkLive();
    System.out.printf(
        "%s: %d kills of workers and %d of the server, %,d writes acknowledged, %s%n",
        cell,
        workerKills,
        serverKills.size(),
        written.values().stream().filter(one -> one.after() > 0).count(),
        verdict);
    try (Stream<Path> files = Files.walk(directory)) {
      stop();
      for (Path file : files.sorted((a, b) -> b.compareTo(a)).toList()) {
        Files.deleteIfExists(file);
      }
    }
  }

  /** Writes one event after the other, whatever happens to the server. */
  private void write() {
    int number = 0;
    while (writing) {
      try (Client client = new Client(port)) {
        while (writing) {
          number++;
          long before = System.currentTimeMillis();
          written.put(number, new Written(before, 0));
          if (client.ask("SET", "event:" + number, "").equals("+OK")) {
            written.put(number, new Written(before, System.currentTimeMillis()));
          }
          Thread.sleep(1);
        }
      } catch (IOException gone) {
        pause();
      } catch (InterruptedException e) {
        return;
      }
    }
  }

  private static void pause() {
    try {
      Thread.sleep(5);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  // ----------------------------------------------------------------------------------- the checks

  private static List<String> lines(Life life) throws IOException {
    return Files.exists(life.log()) ? Files.readAllLines(life.log()) : List.of();
  }

  private static long readyMillis(Life life) throws IOException {
    for (String line : lines(life)) {
      if (line.startsWith("R ")) {
        return Long.parseLong(line.substring(2));
      }
    }
    return 0;
  }

  private static List<Heard> heard(Life life) throws IOException {
    List<Heard> all = new ArrayList<>();
    for (String line : lines(life)) {
      String[] words = line.split(" ", -1);
      if (words[0].equals("E") && words.length == 3) {
        all.add(new Heard(Long.parseLong(words[1]), Integer.parseInt(words[2])));
      }
    }
    return all;
  }

  private static List<Told> told(Life life) throws IOException {
    List<Told> all = new ArrayList<>();
    for (String line : lines(life)) {
      String[] words = line.split(" ", -1);
      if (words[0].equals("G")) {
        all.add(new Told(Long.parseLong(words[1]), Long.parseLong(words[2])));
      }
    }
    return all;
  }

  private String checkLive() throws Exception {
    // Whoever lives hears the last event, or there is no end to compare with.
    int last;
    long until = System.currentTimeMillis() + PATIENCE_MILLIS;
    try (Client client = new Client(port)) {
      do {
        last = written.size() + 1;
        long before = System.currentTimeMillis();
        client.ask("SET", "event:" + last, "");
        written.put(last, new Written(before, System.currentTimeMillis()));
        Thread.sleep(50);
      } while (System.currentTimeMillis() < until && !isHeardByAll(last));
    }
    int gaps = 0;
    for (Life life : lives) {
      gaps += told(life).size();
      checkLive(life);
    }
    return "each heard once by each of "
        + lives.size()
        + " workers while it lived, or covered by one of "
        + gaps
        + " gaps";
  }

  private boolean isHeardByAll(int number) throws IOException {
    for (Life life : lives) {
      if (life.killed()[0] == 0
          && heard(life).stream().noneMatch(one -> one.number() >= number - 20)) {
        return false;
      }
    }
    return true;
  }

  private void checkLive(Life life) throws IOException, Broken {
    long ready = readyMillis(life);
    List<Told> gaps = told(life);
    Set<Integer> heard = new HashSet<>();
    int last = 0;
    for (Heard one : heard(life)) {
      // Handlers of different keys run at the same time, so a few may pass each other.
      if (!heard.add(one.number())) {
        throw new Broken(life.log() + " heard " + one.number() + " twice");
      }
      last = Math.max(last, one.number());
    }
    for (Map.Entry<Integer, Written> entry : written.entrySet()) {
      Written when = entry.getValue();
      boolean due =
          when.after() > 0 && when.before() > ready && entry.getKey() <= last - WORKERS * 10;
      if (due && !isCovered(when, gaps) && !heard.contains(entry.getKey())) {
        throw new Broken(
            life.log() + " missed " + entry.getKey() + " and was told of no gap; gaps: " + gaps);
      }
    }
  }

  private static boolean isCovered(Written when, List<Told> gaps) {
    return gaps.stream()
        .anyMatch(gap -> gap.from() <= when.after() && gap.until() >= when.before());
  }

  private String checkGroup() throws Exception {
    Set<Integer> wanted = new HashSet<>();
    written.forEach(
        (number, when) -> {
          if (when.after() > 0) {
            wanted.add(number);
          }
        });
    Set<Integer> missing = new HashSet<>(wanted);
    long until = System.currentTimeMillis() + PATIENCE_MILLIS / 2;
    do {
      // On Redis some may never be handled, and what is under way is so for a lease at most.
      Thread.sleep(carillon ? 200 : 3_000);
      for (Life life : lives) {
        heard(life).forEach(one -> missing.remove(one.number()));
      }
    } while (!missing.isEmpty() && carillon && System.currentTimeMillis() < until);
    if (!carillon) {
      for (Life life : lives) {
        List<Told> gaps = told(life);
        missing.removeIf(number -> isCovered(written.get(number), gaps));
      }
    }
    if (!missing.isEmpty()) {
      throw new Broken(
          missing.size() + " events were not handled, such as " + missing.iterator().next());
    }
    Thread.sleep(1500);
    int again = 0;
    Map<Integer, Heard> firsts = new HashMap<>();
    Map<Integer, Life> by = new HashMap<>();
    for (Life life : lives) {
      for (Heard one : heard(life)) {
        Heard other = firsts.put(one.number(), one);
        Life before = by.put(one.number(), life);
        if (other != null && before != null) {
          again++;
          Heard first = other.millis() <= one.millis() ? other : one;
          Life owner = first == other ? before : life;
          if (!isExcused(first, owner)) {
            throw new Broken(
                one.number() + " was handled twice, first in " + owner.log() + " at " + first);
          }
        }
      }
    }
    return "each handled, "
        + again
        + " again, whose worker or server was killed before the acknowledgement";
  }

  private boolean isExcused(Heard first, Life owner) {
    long killed = owner.killed()[0];
    boolean byWorker = killed > 0 && killed - first.millis() < ACKNOWLEDGING_MILLIS;
    return byWorker
        || serverKills.stream()
            .anyMatch(
                at -> at >= first.millis() - 50 && at - first.millis() < ACKNOWLEDGING_MILLIS);
  }

  /** A client that reads lines; one request at a time. */
  private static final class Client implements AutoCloseable {
    private final Socket socket;
    private final BufferedReader in;

    Client(int port) throws IOException {
      socket = new Socket(InetAddress.getLoopbackAddress(), port);
      socket.setTcpNoDelay(true);
      socket.setSoTimeout(20_000);
      in =
          new BufferedReader(
              new InputStreamReader(socket.getInputStream(), StandardCharsets.ISO_8859_1));
    }

    String ask(String... words) throws IOException {
      StringBuilder request = new StringBuilder("*" + words.length + "\r\n");
      for (String word : words) {
        request.append('$').append(word.length()).append("\r\n").append(word).append("\r\n");
      }
      socket.getOutputStream().write(request.toString().getBytes(StandardCharsets.ISO_8859_1));
      String line = in.readLine();
      if (line == null) {
        throw new IOException("the server closed the connection");
      }
      return line;
    }

    @Override
    public void close() throws IOException {
      socket.close();
    }
  }
}
