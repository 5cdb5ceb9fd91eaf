package dev.carillon.server.cli;

import dev.carillon.protocol.resp.Reply;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import picocli.CommandLine.Command;

/**
 * {@code carillon train}: what the launcher runs once for each build while the JVM writes down
 * which classes are loaded and which methods are hot. A server like any other is started, does a
 * bit of everything over sockets, and stops.
 */
@Command(
    name = "train",
    hidden = true,
    description = "Run a short load for the launcher's start-up cache.")
final class Train implements Callable<Integer> {

  /** Chosen: the launcher's first start waits for this; hot methods are known after a second. */
  private static final long LOAD_NANOS = TimeUnit.MILLISECONDS.toNanos(1500);

  private static final int PIPELINE = 64;

  private static final String[][] REQUESTS = {
    {"SET", "train:a", "value"},
    {"GET", "train:a"},
    {"SET", "train:b", "value", "EX", "100"},
    {"INCR", "train:n"},
    {"PEXPIRE", "train:b", "3"},
    {"GET", "train:missing"},
    {"TTL", "train:b"},
    {"SET", "train:c", "value", "PX", "2"},
    {"EXISTS", "train:a", "train:b"},
    {"DEL", "train:a"},
    {"APPEND", "train:s", "x"},
    {"SETRANGE", "train:s", "0", "y"},
    {"MSET", "train:m1", "1", "train:m2", "2"},
    {"MGET", "train:m1", "train:m2"},
    {"PERSIST", "train:m1"},
    {"TYPE", "train:m1"},
    {"MULTI"},
    {"SET", "train:t", "1"},
    {"EXEC"},
    {"PUBLISH", "train", "message"},
    {"PING"},
  };

  private static final String[][] QUESTIONS = {
    {"INFO"},
    {"CONFIG", "GET", "*"},
    {"CONFIG", "SET", "maxmemory-samples", "5"},
    {"CLIENT", "SETNAME", "train"},
    {"CLIENT", "SETINFO", "LIB-NAME", "train"},
    {"CLIENT", "ID"},
    {"CLIENT", "LIST"},
    {"COMMAND"},
    {"COMMAND", "DOCS", "get"},
    {"SCAN", "0", "COUNT", "100"},
    {"KEYS", "*"},
    {"DBSIZE"},
    {"SELECT", "1"},
    {"SELECT", "0"},
    {"FLUSHALL"},
    {"NOSUCHCOMMAND"},
  };

  private final Streams streams;

  Train(Streams streams) {
    this.streams = streams;
  }

  @Override
  public Integer call() throws InterruptedException, IOException {
    // Never where the user is: the load empties its server, and a journal is a part of what is hot.
    Path directory = Files.createTempDirectory("carillon-train");
    try {
      return serve(directory);
    } finally {
      delete(directory);
    }
  }

  private int serve(Path directory) throws InterruptedException {
    PrintStream nowhere =
        new PrintStream(OutputStream.nullOutputStream(), true, StandardCharsets.UTF_8);
    Streams quiet = new Streams(InputStream.nullInputStream(), nowhere, streams.err(), false);
    Serve serve =
        new Serve(quiet, running -> inBackground("train", () -> exercise(running, quiet)));
    return serve.serve(
        List.of(
            "--port",
            "0",
            "--bind",
            "127.0.0.1",
            "--notify-keyspace-events",
            "KEA",
            "--dir",
            directory.toString()));
  }

  private static void delete(Path directory) throws IOException {
    List<Path> deepestFirst;
    try (Stream<Path> files = Files.walk(directory)) {
      deepestFirst = files.sorted(Comparator.reverseOrder()).toList();
    }
    for (Path path : deepestFirst) {
      Files.delete(path);
    }
  }

  private static void inBackground(String name, Runnable work) {
    Thread thread = new Thread(work, name);
    thread.setDaemon(true);
    thread.start();
  }

  private static void exercise(Serve.Running running, Streams quiet) {
    int port = running.server().port();
    // Its remarks belong to nobody here, so both of its streams go nowhere.
    Streams silent = new Streams(quiet.in(), quiet.out(), quiet.out(), true);
    inBackground(
        "train-watch",
        () ->
            Main.parsed(silent, "watch", "--url", "redis://127.0.0.1:" + port, "--count", "1000"));
    try (RedisConnection resp2 = RedisConnection.open("127.0.0.1", port);
        RedisConnection resp3 = RedisConnection.open("127.0.0.1", port);
        RedisConnection subscriber = RedisConnection.open("127.0.0.1", port)) {
      resp3.ask("HELLO", "3");
      subscriber.ask("SUBSCRIBE", "train", "__keyevent@0__:expired");
      inBackground("train-subscriber", () -> readAll(subscriber));
      long end = System.nanoTime() + LOAD_NANOS;
      while (System.nanoTime() < end) {
        for (RedisConnection connection : List.of(resp2, resp3)) {
          inPipelines(connection);
          oneByOne(connection, REQUESTS);
          oneByOne(connection, QUESTIONS);
        }
      }
    } catch (IOException e) {
      quiet.complain("the training load ended early: " + e.getMessage());
    } finally {
      running.stop("trained");
    }
  }

  private static void readAll(RedisConnection connection) {
    try {
      while (!(connection.next() instanceof Reply.Failure)) {
        // Only to be read.
      }
    } catch (IOException closed) {
      // The load is over.
    }
  }

  private static void inPipelines(RedisConnection connection) throws IOException {
    ByteArrayOutputStream pipeline = new ByteArrayOutputStream();
    for (int i = 0; i < PIPELINE; i++) {
      for (String[] request : REQUESTS) {
        pipeline.writeBytes(RedisConnection.request(request));
      }
    }
    connection.send(pipeline.toByteArray());
    for (int i = 0; i < PIPELINE * REQUESTS.length; i++) {
      connection.next();
    }
  }

  private static void oneByOne(RedisConnection connection, String[][] requests) throws IOException {
    for (String[] request : requests) {
      connection.ask(request);
    }
  }
}
