package dev.carillon.benchmarks;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * How long do consumer groups take to read a stream, a hundred entries at a time, on several
 * servers that hold the same stream?
 *
 * <p>Each round goes on where the one before it has stopped, on one server after the other: all
 * groups in turn read what is new to them ({@code XREADGROUP … >}) and acknowledge it ({@code
 * XACK}), each waiting for the answer. Other groups read a part of the stream first, so that
 * everything is warm.
 *
 * <pre>
 * java FeedGroups.java --key KEY --target NAME=PORT/PID [--target …] [--groups 10] [--count 100]
 *     [--rounds 5] [--entries 1000000] [--warmup 200000]
 * java FeedGroups.java --key KEY --copy PORT --into PORT
 *
 *   --entries N   how many of the stream each group reads in all rounds together
 *   --warmup N    how many each group reads before
 *   --copy        reads a stream from one server and adds its entries, with their ids, to another
 * </pre>
 *
 * <p>Prints JSON: for each target and round the microseconds that each command took from the first
 * byte sent to the last one received, and the server's own processor time for both together, all
 * threads, from {@code /proc}. The groups stay; their names begin with {@code bench-}.
 */
public final class FeedGroups {

  private static final int COPIED_AT_ONCE = 500;

  private final String key;
  private final int groups;
  private final int count;

  private FeedGroups(Map<String, String> settings) {
    key = settings.getOrDefault("--key", "feed");
    groups = Integer.parseInt(settings.getOrDefault("--groups", "10"));
    count = Integer.parseInt(settings.getOrDefault("--count", "100"));
  }

  /** Measures, or copies. */
  public static void main(String[] arguments) throws Exception {
    Map<String, String> settings = new LinkedHashMap<>();
    List<String> targets = new ArrayList<>();
    for (int i = 0; i + 1 < arguments.length; i += 2) {
      if (arguments[i].equals("--target")) {
        targets.add(arguments[i + 1]);
      } else {
        settings.put(arguments[i], arguments[i + 1]);
      }
    }
    FeedGroups program = new FeedGroups(settings);
    if (settings.containsKey("--copy")) {
      program.copy(
          Integer.parseInt(settings.get("--copy")), Integer.parseInt(settings.get("--into")));
      return;
    }
    System.out.println(program.measure(targets, settings));
  }

  // ------------------------------------------------------------------------------------- copying

  private void copy(int from, int to) throws IOException {
    try (RespConnection source = new RespConnection("127.0.0.1", from);
        RespConnection target = new RespConnection("127.0.0.1", to)) {
      String next = "-";
      for (int read = COPIED_AT_ONCE; read == COPIED_AT_ONCE; ) {
        source.send(
            RespConnection.request(
                "XRANGE", key, next, "+", "COUNT", Integer.toString(COPIED_AT_ONCE)));
        read = source.array();
        StringBuilder pipeline = new StringBuilder();
        for (int i = 0; i < read; i++) {
          source.array();
          String id = source.string();
          next = "(" + id;
          String[] words = new String[3 + source.array()];
          words[0] = "XADD";
          words[1] = key;
          words[2] = id;
          for (int word = 3; word < words.length; word++) {
            words[word] = new String(source.bytes(), StandardCharsets.ISO_8859_1);
          }
          pipeline.append(new String(RespConnection.request(words), StandardCharsets.ISO_8859_1));
        }
        target.send(pipeline.toString().getBytes(StandardCharsets.ISO_8859_1));
        for (int i = 0; i < read; i++) {
          target.skip();
        }
      }
    }
  }

  // ----------------------------------------------------------------------------------- measuring

  private String measure(List<String> names, Map<String, String> settings) throws IOException {
    int rounds = Integer.parseInt(settings.getOrDefault("--rounds", "5"));
    int entries = Integer.parseInt(settings.getOrDefault("--entries", "1000000"));
    int warmup = Integer.parseInt(settings.getOrDefault("--warmup", "200000"));
    List<Target> targets = new ArrayList<>();
    for (String name : names) {
      targets.add(new Target(name));
    }
    for (Target target : targets) {
      target.createGroups("bench-warm-");
      target.read(warmup / count);
      target.createGroups("bench-");
    }
    for (int round = 0; round < rounds; round++) {
      for (int i = 0; i < targets.size(); i++) {
        Target target = targets.get((round + i) % targets.size());
        target.samples.add(target.read(entries / rounds / count));
      }
    }
    StringBuilder json = new StringBuilder("{");
    for (Target target : targets) {
      json.append(json.length() > 1 ? ",\n" : "\n").append('"').append(target.name).append("\":[");
      json.append(String.join(",\n", target.samples)).append(']');
      target.connection.close();
    }
    return json.append("\n}").toString();
  }

  /** A server that holds the stream. */
  private final class Target {
    final String name;
    final List<String> samples = new ArrayList<>();
    private final RespConnection connection;
    private final Path tasks;
    private final List<byte[]> reads = new ArrayList<>();
    private final List<byte[]> acknowledgements = new ArrayList<>();
    private final ByteBuffer request = ByteBuffer.allocateDirect(100 * (count + 10));
    private final byte[] id = new byte[41];

    Target(String target) throws IOException {
      String[] parts = target.split("[=/]");
      name = parts[0];
      connection = new RespConnection("127.0.0.1", Integer.parseInt(parts[1]));
      tasks = Path.of("/proc", parts[2], "task");
    }

    void createGroups(String prefix) throws IOException {
      reads.clear();
      acknowledgements.clear();
      for (int i = 0; i < groups; i++) {
        String group = prefix + i;
        connection.ask("XGROUP", "CREATE", key, group, "0");
        reads.add(
            RespConnection.request(
                "XREADGROUP",
                "GROUP",
                group,
                "worker",
                "COUNT",
                Integer.toString(count),
                "STREAMS",
                key,
                ">"));
        String head =
            new String(RespConnection.request("XACK", key, group), StandardCharsets.US_ASCII);
        head = "*" + (3 + count) + head.substring(2);
        acknowledgements.add(head.getBytes(StandardCharsets.US_ASCII));
      }
    }

    /** Reads on with all groups, so many times each; what that took, as JSON. */
    String read(int times) throws IOException {
      long[] read = new long[times * groups];
      long[] acknowledged = new long[times * groups];
      double processor = processorSeconds();
      for (int i = 0; i < read.length; i++) {
        int group = i % groups;
        read[i] = read(reads.get(group), acknowledgements.get(group));
        long begun = System.nanoTime();
        connection.send(request);
        if (connection.number() != count) {
          throw new IOException(name + " did not acknowledge " + count + " entries");
        }
        acknowledged[i] = connection.readNanos() - begun;
      }
      processor = processorSeconds() - processor;
      Map<String, Double> figures = new LinkedHashMap<>();
      figures.put("pairs", (double) read.length);
      figures.put("cpu", processor / read.length * 1e6);
      put(figures, "read", read);
      put(figures, "ack", acknowledged);
      return figures.entrySet().stream()
          .map(e -> String.format(Locale.ROOT, "\"%s\":%.3f", e.getKey(), e.getValue()))
          .collect(Collectors.joining(",", "{", "}"));
    }

    /** Reads once, and makes the request that acknowledges it; answers the nanoseconds. */
    private long read(byte[] reading, byte[] acknowledging) throws IOException {
      long begun = System.nanoTime();
      connection.send(reading);
      if (connection.array() != 1) {
        throw new IOException(name + " has no more entries");
      }
      connection.array();
      connection.skip();
      int entries = connection.array();
      if (entries != count) {
        throw new IOException(name + " gave " + entries + " entries");
      }
      request.clear();
      request.put(acknowledging);
      for (int i = 0; i < entries; i++) {
        connection.array();
        int length = connection.string(id);
        request.put((byte) '$').put(Integer.toString(length).getBytes(StandardCharsets.US_ASCII));
        request.put((byte) '\r').put((byte) '\n').put(id, 0, length);
        request.put((byte) '\r').put((byte) '\n');
        connection.skip();
      }
      request.flip();
      return connection.readNanos() - begun;
    }

    private void put(Map<String, Double> figures, String what, long[] nanos) {
      Arrays.sort(nanos);
      figures.put(what, Arrays.stream(nanos).average().orElse(0) / 1e3);
      figures.put(what + " p50", nanos[nanos.length / 2] / 1e3);
      figures.put(what + " p99", nanos[nanos.length * 99 / 100] / 1e3);
      figures.put(what + " max", nanos[nanos.length - 1] / 1e3);
    }

    private double processorSeconds() throws IOException {
      long nanos = 0;
      try (DirectoryStream<Path> threads = Files.newDirectoryStream(tasks)) {
        for (Path thread : threads) {
          nanos += Long.parseLong(Files.readString(thread.resolve("schedstat")).split(" ")[0]);
        }
      }
      return nanos / 1e9;
    }
  }
}
