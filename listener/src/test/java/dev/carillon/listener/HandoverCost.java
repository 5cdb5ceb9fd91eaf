package dev.carillon.listener;

import static dev.carillon.protocol.event.EventType.SET;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;

/**
 * How long a partition stands still while it moves from one worker of a group to another, with the
 * default lease: the longest time between two events of one partition that are handled one after
 * the other, by different workers. Somebody writes about a thousand events a second, so each of the
 * eight partitions has one every eight milliseconds. A third worker comes, and goes in order, again
 * and again. {@code listener/run-handover [times]} starts it.
 */
public final class HandoverCost {

  private static final int KEYS = 64;

  private record Handling(String partition, long nanos, int worker) {}

  private HandoverCost() {}

  /** Arguments: how many times a worker comes and goes; 10 unless said. */
  public static void main(String[] arguments) throws Exception {
    int times = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 10;
    Path directory = Files.createTempDirectory("carillon-handover");
    try (TestServer server = TestServer.journaled(directory);
        Carillon first = Carillon.connect(server.uri());
        Carillon second = Carillon.connect(server.uri())) {
      ConcurrentLinkedQueue<Handling> handlings = new ConcurrentLinkedQueue<>();
      work(first, 1, handlings);
      work(second, 2, handlings);
      boolean[] writing = {true};
      Thread writer = Thread.ofPlatform().start(() -> write(server.port(), writing));
      rest();
      handlings.clear();
      for (int i = 0; i < times; i++) {
        try (Carillon third = Carillon.connect(server.uri())) {
          work(third, 3, handlings);
          rest();
        }
        rest();
      }
      writing[0] = false;
      writer.join();
      tell(times, handlings);
    }
    try (Stream<Path> files = Files.walk(directory)) {
      for (Path file : files.sorted(Collections.reverseOrder()).toList()) {
        Files.deleteIfExists(file);
      }
    }
    System.exit(0);
  }

  private static void work(
      Carillon carillon, int worker, ConcurrentLinkedQueue<Handling> handlings) {
    carillon
        .on(SET)
        .keys("k:{n}")
        .group("g")
        .subscribe(
            event -> {
              String partition = event.id().substring(0, event.id().indexOf('/'));
              handlings.add(new Handling(partition, System.nanoTime(), worker));
            });
  }

  private static void rest() {
    LockSupport.parkNanos(TimeUnit.SECONDS.toNanos(2));
  }

  private static void write(int port, boolean[] writing) {
    try (Writer writer = new Writer(port)) {
      for (int i = 0; writing[0]; i++) {
        writer.call("SET", "k:" + i % KEYS, "");
        LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(1));
      }
    }
  }

  /** A connection of its own. */
  private static final class Writer extends TestServer {
    private final int port;

    Writer(int port) {
      this.port = port;
    }

    @Override
    int port() {
      return port;
    }
  }

  private static void tell(int times, ConcurrentLinkedQueue<Handling> handlings) {
    Map<String, Handling> lasts = new HashMap<>();
    List<Double> moves = new ArrayList<>();
    double longest = 0;
    Set<String> moved = new HashSet<>();
    for (Handling one : handlings) {
      Handling before = lasts.put(one.partition(), one);
      if (before != null) {
        double millis = (one.nanos() - before.nanos()) / 1e6;
        if (before.worker() != one.worker()) {
          moves.add(millis);
          moved.add(one.partition());
        } else {
          longest = Math.max(longest, millis);
        }
      }
    }
    Collections.sort(moves);
    System.out.printf(
        "a worker came and went %d times: %,d events, %d moves of %d partitions%n",
        times, handlings.size(), moves.size(), moved.size());
    System.out.printf(
        "between the last event before a move and the first behind it: median %.1f ms, longest"
            + " %.1f ms%n",
        moves.get(moves.size() / 2), moves.getLast());
    System.out.printf("between two events where nothing moved: longest %.1f ms%n", longest);
  }
}
