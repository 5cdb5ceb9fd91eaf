package dev.carillon.benchmarks;

import java.io.EOFException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Arrays;
import java.util.BitSet;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * How late does {@code expired} arrive, and how late would the machine have been by itself?
 *
 * <p>Keys get deadlines that are uniform in a window, and a subscriber notes when each event's last
 * byte was read. In the same run a control thread of this process parks until the same deadlines,
 * one after the other, and notes how late it wakes. What the control loses is the price of timers,
 * the scheduler and whoever else uses the machine; the server can only be blamed for the distance
 * between the two. One file without dependencies, so that it runs from its source:
 *
 * <pre>
 * java LatenessControl.java --port 6379 [--host 127.0.0.1] [--keys 30000] [--window-ms 3000]
 *     [--ballast 0] [--writes 0] [--grace-ms 3000] [--json]
 *
 *   --ballast N   beside them, N keys with a TTL of an hour
 *   --writes N    meanwhile, N SETs without TTL per second, in pipelines of one millisecond's worth
 * </pre>
 *
 * <p>The server is flushed and its {@code notify-keyspace-events} is changed: never point this at a
 * server whose data you need. Run it on the server's machine, for both clocks have to be the same.
 * The exit status is 1 if an event is missing, early or came twice.
 */
public final class LatenessControl {

  private static final String CHANNEL = "__keyevent@0__:expired";

  /** {@code d:} and eight digits. */
  private static final int KEY_BYTES = 10;

  private static final String MESSAGE_HEAD =
      "*3\r\n$7\r\nmessage\r\n$"
          + CHANNEL.length()
          + "\r\n"
          + CHANNEL
          + "\r\n$"
          + KEY_BYTES
          + "\r\n";
  private static final int MESSAGE_BYTES = MESSAGE_HEAD.length() + KEY_BYTES + 2;
  private static final String VALUE = "x".repeat(32);
  private static final int PIPELINE = 1000;

  private final Settings settings;
  private final long wallOffsetNanos = wallOffsetNanos();

  private LatenessControl(Settings settings) {
    this.settings = settings;
  }

  private record Settings(
      String host, int port, int keys, int windowMillis, int ballast, int writes, int graceMillis) {
    static Settings of(Map<String, String> given) {
      return new Settings(
          given.getOrDefault("--host", "127.0.0.1"),
          Integer.parseInt(given.getOrDefault("--port", "6379")),
          Integer.parseInt(given.getOrDefault("--keys", "30000")),
          Integer.parseInt(given.getOrDefault("--window-ms", "3000")),
          Integer.parseInt(given.getOrDefault("--ballast", "0")),
          Integer.parseInt(given.getOrDefault("--writes", "0")),
          Integer.parseInt(given.getOrDefault("--grace-ms", "3000")));
    }
  }

  /** Measures once and prints what it saw. */
  public static void main(String[] arguments) throws Exception {
    Map<String, String> given = new LinkedHashMap<>();
    boolean json = false;
    for (int i = 0; i < arguments.length; i++) {
      if (arguments[i].equals("--json")) {
        json = true;
      } else if (arguments[i].startsWith("--") && i + 1 < arguments.length) {
        given.put(arguments[i], arguments[++i]);
      } else {
        System.err.println("unknown argument " + arguments[i] + "; see the comment of this class");
        System.exit(2);
      }
    }
    Map<String, Double> result = new LatenessControl(Settings.of(given)).measure();
    if (json) {
      System.out.println(
          result.entrySet().stream()
              .map(e -> "\"" + e.getKey() + "\":" + jsonNumber(e.getValue()))
              .collect(Collectors.joining(",", "{", "}")));
    } else {
      result.forEach((name, value) -> System.out.printf(Locale.ROOT, "%-22s %.3f%n", name, value));
    }
    boolean bad =
        Stream.of("missing", "early", "dup").anyMatch(it -> result.getOrDefault(it, 0.0) > 0);
    System.exit(bad && !json ? 1 : 0);
  }

  private static String jsonNumber(double value) {
    return Double.isFinite(value) ? String.format(Locale.ROOT, "%.4f", value) : "null";
  }

  // --------------------------------------------------------------------------------- measuring

  private Map<String, Double> measure() throws Exception {
    try (Connection control = connect()) {
      control.ask("CONFIG", "SET", "notify-keyspace-events", "Ex");
      try {
        for (long leadMillis = 1000 + settings.keys / 100; leadMillis < 60_000; leadMillis *= 2) {
          // An attempt that came too late leaves keys behind, of the same names: their events would
          // reach the next one's recorder as early ones, and their second lives as doubled ones.
          control.ask("FLUSHALL");
          load(
              settings.ballast,
              i -> request("SET", "ballast:%012d".formatted(i), VALUE, "EX", "3600"));
          Map<String, Double> result = attempt(leadMillis);
          if (!result.isEmpty()) {
            return result;
          }
        }
        throw new IOException("cannot set " + settings.keys + " keys within a minute");
      } finally {
        control.ask("CONFIG", "SET", "notify-keyspace-events", "");
        control.ask("FLUSHALL");
      }
    }
  }

  /** Empty if loading took so long that the first deadlines had passed. */
  private Map<String, Double> attempt(long leadMillis) throws Exception {
    long first = System.currentTimeMillis() + leadMillis;
    long[] deadlines = new long[settings.keys];
    Random random = new Random(settings.keys);
    for (int i = 0; i < deadlines.length; i++) {
      deadlines[i] = first + random.nextInt(settings.windowMillis);
    }
    try (Recorder recorder = new Recorder(connect(), settings.keys)) {
      load(
          settings.keys,
          i -> request("SET", "d:%08d".formatted(i), "x", "PXAT", Long.toString(deadlines[i])));
      if (System.currentTimeMillis() >= first) {
        return Map.of();
      }
      Parker parker = new Parker(deadlines);
      Writer writer = settings.writes > 0 ? new Writer(first + settings.windowMillis) : null;
      parker.start();
      if (writer != null) {
        writer.start();
      }
      long last = first + settings.windowMillis + settings.graceMillis;
      while (System.currentTimeMillis() < last && recorder.size < settings.keys * MESSAGE_BYTES) {
        Thread.sleep(5);
      }
      parker.join();
      if (writer != null) {
        writer.join();
      }
      Thread.sleep(50); // for an event that came twice
      recorder.close();
      return figures(recorder, parker, deadlines);
    }
  }

  private Map<String, Double> figures(Recorder recorder, Parker parker, long[] deadlines) {
    long[] late = new long[deadlines.length];
    BitSet seen = new BitSet(deadlines.length);
    int count = 0;
    int early = 0;
    int twice = 0;
    int read = 0;
    ByteBuffer bytes = recorder.bytes;
    for (int at = 0; at + MESSAGE_BYTES <= recorder.size; at += MESSAGE_BYTES) {
      while (recorder.ends[read] < at + MESSAGE_BYTES) {
        read++;
      }
      int id = 0;
      for (int i = at + MESSAGE_BYTES - 10; i < at + MESSAGE_BYTES - 2; i++) {
        id = id * 10 + bytes.get(i) - '0';
      }
      if (seen.get(id)) {
        twice++;
        continue;
      }
      seen.set(id);
      long nanos = recorder.nanos[read] + wallOffsetNanos - deadlines[id] * 1_000_000;
      early += nanos < 0 ? 1 : 0;
      late[count++] = nanos;
    }
    Arrays.sort(late, 0, count);
    Arrays.sort(parker.late);
    Map<String, Double> result = new LinkedHashMap<>();
    result.put("keys", (double) deadlines.length);
    result.put("missing", (double) deadlines.length - count);
    result.put("early", (double) early);
    result.put("dup", (double) twice);
    for (double rank : new double[] {50, 90, 99, 99.9, 100}) {
      String name = rank == 100 ? "max" : "p" + (rank == 99.9 ? "99.9" : (int) rank);
      double client = percentile(late, count, deadlines.length, rank);
      double own = percentile(parker.late, parker.late.length, parker.late.length, rank);
      result.put("client_" + name + "_ms", client);
      result.put("control_" + name + "_ms", own);
      result.put("distance_" + name + "_ms", client - own);
    }
    return result;
  }

  /** Among all keys: an event that is missing is infinitely late. */
  private static double percentile(long[] sorted, int count, int all, double rank) {
    int index = (int) Math.max(0, Math.ceil(rank / 100 * all) - 1);
    return index < count ? sorted[index] / 1e6 : Double.POSITIVE_INFINITY;
  }

  /** Parks until each deadline and notes, for every key, how late it woke. */
  private final class Parker extends Thread {
    private final long[] sorted;
    final long[] late;

    Parker(long[] deadlines) {
      super("control");
      setDaemon(true);
      sorted = deadlines.clone();
      Arrays.sort(sorted);
      late = new long[sorted.length];
    }

    @Override
    public void run() {
      for (int i = 0; i < sorted.length; i++) {
        long dueNanos = sorted[i] * 1_000_000 - wallOffsetNanos;
        long now = System.nanoTime();
        while (now < dueNanos) {
          LockSupport.parkNanos(dueNanos - now);
          now = System.nanoTime();
        }
        late[i] = now - dueNanos;
      }
    }
  }

  /** Sends SETs at a fixed rate until the window is over. */
  private final class Writer extends Thread {
    private final Connection connection;
    private final long endMillis;

    Writer(long endMillis) throws IOException {
      super("writer");
      setDaemon(true);
      this.connection = connect();
      this.endMillis = endMillis;
    }

    @Override
    public void run() {
      int each = Math.max(1, settings.writes / 1000);
      StringBuilder pipeline = new StringBuilder();
      for (int i = 0; i < each; i++) {
        pipeline.append(request("SET", "w:%012d".formatted(i), VALUE));
      }
      byte[] requests = pipeline.toString().getBytes(StandardCharsets.US_ASCII);
      try (connection) {
        long next = System.nanoTime();
        while (System.currentTimeMillis() < endMillis) {
          connection.send(requests);
          connection.skip(5 * each);
          next += 1_000_000L * each * 1000 / settings.writes;
          long rest = next - System.nanoTime();
          if (rest > 0) {
            LockSupport.parkNanos(rest);
          }
        }
      } catch (IOException e) {
        throw new IllegalStateException("the writes failed", e);
      }
    }
  }

  /** Reads messages into memory, and after each read the time; parsing is left for later. */
  private static final class Recorder extends Thread implements AutoCloseable {
    private final Connection connection;
    final ByteBuffer bytes;
    long[] nanos = new long[4096];
    int[] ends = new int[4096];
    private int reads;
    volatile int size;

    Recorder(Connection connection, int keys) throws IOException {
      super("recorder");
      setDaemon(true);
      setPriority(MAX_PRIORITY);
      this.connection = connection;
      // A tenth more than is due, to notice events that come twice.
      bytes = ByteBuffer.allocateDirect(keys / 10 * 11 * MESSAGE_BYTES + 65536);
      connection.ask("SUBSCRIBE", CHANNEL);
      start();
    }

    @Override
    public void run() {
      try {
        while (bytes.hasRemaining() && connection.channel.read(bytes) >= 0) {
          if (reads == ends.length) {
            nanos = Arrays.copyOf(nanos, 2 * reads);
            ends = Arrays.copyOf(ends, 2 * reads);
          }
          nanos[reads] = System.nanoTime();
          ends[reads++] = bytes.position();
          size = bytes.position();
        }
      } catch (ClosedChannelException closed) {
        // All has been read.
      } catch (IOException e) {
        throw new IllegalStateException("the subscription ended", e);
      }
    }

    @Override
    public void close() throws IOException, InterruptedException {
      connection.close();
      join();
    }
  }

  // -------------------------------------------------------------------------------- connections

  private interface Numbered {
    String request(int number);
  }

  private void load(int count, Numbered numbered) throws IOException {
    try (Connection connection = connect()) {
      for (int start = 0; start < count; start += PIPELINE) {
        int end = Math.min(count, start + PIPELINE);
        StringBuilder pipeline = new StringBuilder();
        for (int i = start; i < end; i++) {
          pipeline.append(numbered.request(i));
        }
        connection.send(pipeline.toString().getBytes(StandardCharsets.US_ASCII));
        connection.skip(5 * (end - start));
      }
    }
  }

  private static String request(String... words) {
    StringBuilder text = new StringBuilder("*").append(words.length).append("\r\n");
    for (String word : words) {
      text.append('$').append(word.length()).append("\r\n").append(word).append("\r\n");
    }
    return text.toString();
  }

  private Connection connect() throws IOException {
    return new Connection(settings.host, settings.port);
  }

  /** A blocking connection whose replies are known beforehand or small. */
  private static final class Connection implements AutoCloseable {
    final SocketChannel channel;
    private final ByteBuffer input = ByteBuffer.allocate(16 * 1024);

    Connection(String host, int port) throws IOException {
      channel = SocketChannel.open(new InetSocketAddress(host, port));
      channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
    }

    void send(byte[] requests) throws IOException {
      ByteBuffer output = ByteBuffer.wrap(requests);
      while (output.hasRemaining()) {
        channel.write(output);
      }
    }

    /** Sends one request and takes whatever arrives first as its whole reply. */
    void ask(String... words) throws IOException {
      send(request(words).getBytes(StandardCharsets.US_ASCII));
      input.clear();
      if (channel.read(input) < 0 || input.get(0) == '-') {
        throw new IOException(String.join(" ", words) + " was refused");
      }
    }

    /** Reads so many bytes of {@code +OK}. */
    void skip(int count) throws IOException {
      int left = count;
      while (left > 0) {
        input.clear().limit(Math.min(left, input.capacity()));
        int read = channel.read(input);
        if (read < 0) {
          throw new EOFException("the server closed the connection");
        }
        for (int i = 0; i < read; i++) {
          if (input.get(i) == '-') {
            throw new IOException("a SET was refused");
          }
        }
        left -= read;
      }
    }

    @Override
    public void close() throws IOException {
      channel.close();
    }
  }

  /** What to add to {@link System#nanoTime} to get the wall clock: the closest of many pairs. */
  private static long wallOffsetNanos() {
    long best = Long.MAX_VALUE;
    long offset = 0;
    for (int i = 0; i < 200; i++) {
      long before = System.nanoTime();
      Instant wall = Instant.now();
      long after = System.nanoTime();
      if (after - before < best) {
        best = after - before;
        offset =
            wall.getEpochSecond() * 1_000_000_000L
                + wall.getNano()
                - (before + (after - before) / 2);
      }
    }
    return offset;
  }
}
