package dev.carillon.benchmarks;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.Arrays;
import java.util.BitSet;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * How long after its deadline can the entry of an expired key be read from a durable feed, and what
 * does the disk alone need?
 *
 * <p>Keys get deadlines that are spread evenly, so many in each millisecond. A reader that always
 * waits in {@code XREAD BLOCK} notes when the last byte of each reply came; all entries of the
 * reply are readable then. Before and behind that a loop appends to a file beside the server's
 * directory and syncs it, once in each millisecond, as much at a time as the server's journal wrote
 * for each of its own syncs in a run before: what that takes at the 99th of 100 times is the disk's
 * own share. Only the distance between the two is the server's, but for what a control thread of
 * this process loses meanwhile that parks until each of the milliseconds: timers, the scheduler,
 * whoever else uses the machine.
 *
 * <pre>
 * java FeedExpiries.java --port 6379 --directory DIR [--host 127.0.0.1] [--rate 10000]
 *     [--seconds 5] [--disk-seconds 1.5] [--json]
 * </pre>
 *
 * <p>Makes and drops a feed {@code late} and the keys {@code d:*}; the server's clock has to be
 * this machine's. The exit status is 1 if an entry is missing, early or came twice.
 */
public final class FeedExpiries {

  private static final String FEED = "late";
  private static final String VALUE = "x".repeat(32);
  private static final int PIPELINE = 1000;
  private static final long GRACE_MILLIS = 5000;

  private final Map<String, String> settings;
  private final int perMilli;
  private final int millis;
  private final long wallOffsetNanos = wallOffsetNanos();

  private FeedExpiries(Map<String, String> settings) {
    this.settings = settings;
    this.perMilli = Math.max(1, Integer.parseInt(settings.getOrDefault("--rate", "10000")) / 1000);
    this.millis = (int) (1000 * Double.parseDouble(settings.getOrDefault("--seconds", "5")));
  }

  /** Measures once and prints what it saw, times in milliseconds. */
  public static void main(String[] arguments) throws Exception {
    Map<String, String> settings = new LinkedHashMap<>();
    boolean json = false;
    for (int i = 0; i < arguments.length; i++) {
      if (arguments[i].equals("--json")) {
        json = true;
      } else if (arguments[i].startsWith("--") && i + 1 < arguments.length) {
        settings.put(arguments[i], arguments[++i]);
      } else {
        System.err.println("unknown argument " + arguments[i] + "; see the comment of this class");
        System.exit(2);
      }
    }
    Map<String, Double> result = new FeedExpiries(settings).measure();
    if (json) {
      System.out.println(
          result.entrySet().stream()
              .map(e -> String.format(Locale.ROOT, "\"%s\":%.4f", e.getKey(), e.getValue()))
              .collect(Collectors.joining(",", "{", "}")));
    } else {
      result.forEach((name, value) -> System.out.printf(Locale.ROOT, "%-22s %.3f%n", name, value));
    }
    boolean bad =
        Stream.of("missing", "early", "dup").anyMatch(it -> result.getOrDefault(it, 0.0) > 0);
    System.exit(bad && !json ? 1 : 0);
  }

  private RespConnection connect() throws IOException {
    return new RespConnection(
        settings.getOrDefault("--host", "127.0.0.1"),
        Integer.parseInt(settings.getOrDefault("--port", "6379")));
  }

  private Map<String, Double> measure() throws Exception {
    try (RespConnection control = connect()) {
      control.ask(
          "FEED",
          "CREATE",
          FEED,
          "EVENTS",
          "x",
          "MATCH",
          "d:*",
          "VALUES",
          "4096",
          "MAXBYTES",
          "1000000000");
      try {
        // To be warm, and to know how much is written at a time.
        long syncs = control.info("persistence", "carillon_journal_syncs");
        long bytes = control.info("persistence", "aof_current_size");
        expiries(control);
        syncs = control.info("persistence", "carillon_journal_syncs") - syncs;
        bytes = control.info("persistence", "aof_current_size") - bytes;
        int syncBytes = (int) Math.max(1, bytes / Math.max(1, syncs));

        long[] before = disk(syncBytes);
        Map<String, Double> result = expiries(control);
        long[] behind = disk(syncBytes);

        long[] both = Arrays.copyOf(before, before.length + behind.length);
        System.arraycopy(behind, 0, both, before.length, behind.length);
        Arrays.sort(both);
        result.put("disk_bytes", (double) syncBytes);
        put(result, "disk", both, both.length);
        return result;
      } finally {
        control.ask("FEED", "DROP", FEED);
      }
    }
  }

  private static void put(Map<String, Double> result, String name, long[] sorted, int all) {
    for (double rank : new double[] {50, 99, 100}) {
      int index = Math.min(all, sorted.length) - 1;
      index = (int) Math.max(0, Math.min(index, Math.ceil(rank / 100 * all) - 1));
      result.put(name + (rank == 100 ? "_max" : "_p" + (int) rank) + "_ms", sorted[index] / 1e6);
    }
  }

  // ------------------------------------------------------------------------------------ expiries

  private Map<String, Double> expiries(RespConnection control) throws Exception {
    int keys = perMilli * millis;
    for (long leadMillis = 500 + keys / 100; ; leadMillis *= 2) {
      long first = System.currentTimeMillis() + leadMillis;
      // Behind what there is, with an attempt that came too late.
      Reader reader = new Reader(connect(), lastId(control), first, keys);
      load(first, keys);
      if (System.currentTimeMillis() >= first) {
        reader.interrupted = true;
        Thread.sleep(Math.max(0, first + millis + 1000 - System.currentTimeMillis()));
        reader.connection.close();
        continue;
      }
      long syncs = control.info("persistence", "carillon_journal_syncs");
      Parker parker = new Parker(first);
      reader.start();
      parker.start();
      reader.join(leadMillis + millis + GRACE_MILLIS);
      reader.interrupted = true;
      reader.connection.close();
      reader.join();
      syncs = control.info("persistence", "carillon_journal_syncs") - syncs;

      long[] late = Arrays.copyOf(reader.late, reader.seen.cardinality());
      Arrays.sort(late);
      Map<String, Double> result = new LinkedHashMap<>();
      result.put("keys", (double) keys);
      result.put("missing", (double) keys - late.length);
      result.put("early", (double) Arrays.stream(late).filter(nanos -> nanos < 0).count());
      result.put("dup", (double) reader.twice);
      result.put("replies", (double) reader.replies);
      result.put("syncs", (double) syncs);
      put(result, "readable", late, late.length);
      parker.join();
      Arrays.sort(parker.late);
      put(result, "control", parker.late, millis);
      return result;
    }
  }

  private static String lastId(RespConnection control) throws IOException {
    control.send(RespConnection.request("XREVRANGE", FEED, "+", "-", "COUNT", "1"));
    if (control.array() == 0) {
      return "0-0";
    }
    control.array();
    String id = control.string();
    control.skip();
    return id;
  }

  private void load(long first, int keys) throws IOException {
    try (RespConnection connection = connect()) {
      for (int start = 0; start < keys; start += PIPELINE) {
        int end = Math.min(keys, start + PIPELINE);
        StringBuilder pipeline = new StringBuilder();
        for (int i = start; i < end; i++) {
          String deadline = Long.toString(first + i / perMilli);
          String key = "d:" + (10_000_000 + i);
          String[] words = {"SET", key, VALUE, "PXAT", deadline};
          pipeline.append("*5\r\n");
          for (String word : words) {
            pipeline.append('$').append(word.length()).append("\r\n").append(word).append("\r\n");
          }
        }
        connection.send(pipeline.toString().getBytes(StandardCharsets.US_ASCII));
        for (int i = start; i < end; i++) {
          connection.skip();
        }
      }
    }
  }

  /** Reads the feed and notes how late each entry is. */
  private final class Reader extends Thread {
    private final RespConnection connection;
    private final byte[] from;
    private final long first;
    private final int keys;
    final long[] late;
    final BitSet seen = new BitSet();
    int twice;
    int replies;
    volatile boolean interrupted;

    Reader(RespConnection connection, String from, long first, int keys) {
      super("reader");
      setDaemon(true);
      setPriority(MAX_PRIORITY);
      this.connection = connection;
      this.from = Arrays.copyOf(from.getBytes(StandardCharsets.US_ASCII), 41);
      this.first = first;
      this.keys = keys;
      this.late = new long[keys];
    }

    @Override
    public void run() {
      int fromLength = new String(from, StandardCharsets.US_ASCII).trim().length();
      byte[] name = new byte[8];
      byte[] key = new byte[10];
      long[] ids = new long[keys];
      try {
        while (seen.cardinality() < keys) {
          String id = new String(from, 0, fromLength, StandardCharsets.US_ASCII);
          connection.send(RespConnection.request("XREAD", "BLOCK", "0", "STREAMS", FEED, id));
          connection.array();
          connection.array();
          connection.skip();
          int entries = connection.array();
          int count = 0;
          for (int i = 0; i < entries; i++) {
            connection.array();
            fromLength = connection.string(from);
            for (int left = connection.array() / 2; left > 0; left--) {
              int length = connection.string(name);
              if (length == 3 && name[0] == 'k') {
                connection.string(key);
                ids[count++] = number(key, 2) - 10_000_000;
              } else {
                connection.skip();
              }
            }
          }
          replies++;
          long now = connection.readNanos() + wallOffsetNanos;
          for (int i = 0; i < count; i++) {
            int number = (int) ids[i];
            if (seen.get(number)) {
              twice++;
            } else {
              late[seen.cardinality()] = now - (first + number / perMilli) * 1_000_000;
              seen.set(number);
            }
          }
        }
      } catch (IOException e) {
        if (!interrupted) {
          throw new IllegalStateException("reading the feed failed", e);
        }
      }
    }

    private static long number(byte[] text, int at) {
      long value = 0;
      for (int i = at; i < text.length; i++) {
        value = value * 10 + text[i] - '0';
      }
      return value;
    }
  }

  /** Parks until each millisecond of the window and notes how late it woke. */
  private final class Parker extends Thread {
    private final long first;
    final long[] late = new long[millis];

    Parker(long first) {
      super("control");
      setDaemon(true);
      this.first = first;
    }

    @Override
    public void run() {
      for (int i = 0; i < millis; i++) {
        long dueNanos = (first + i) * 1_000_000 - wallOffsetNanos;
        long now = System.nanoTime();
        while (now < dueNanos) {
          LockSupport.parkNanos(dueNanos - now);
          now = System.nanoTime();
        }
        late[i] = now - dueNanos;
      }
    }
  }

  // ---------------------------------------------------------------------------------------- disk

  /** Appends and syncs once in each millisecond; answers how many nanoseconds each sync took. */
  private long[] disk(int bytes) throws IOException {
    int rounds = (int) (1000 * Double.parseDouble(settings.getOrDefault("--disk-seconds", "1.5")));
    long[] took = new long[rounds];
    Path file = Path.of(settings.get("--directory"), "disk");
    ByteBuffer block = ByteBuffer.allocateDirect(bytes);
    try (FileChannel channel =
        FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
      long next = System.nanoTime();
      for (int i = 0; i < rounds; i++) {
        while (System.nanoTime() < next) {
          LockSupport.parkNanos(next - System.nanoTime());
        }
        next = Math.max(next + 1_000_000, System.nanoTime());
        block.clear();
        while (block.hasRemaining()) {
          channel.write(block);
        }
        long begun = System.nanoTime();
        channel.force(false);
        took[i] = System.nanoTime() - begun;
      }
    } finally {
      Files.deleteIfExists(file);
    }
    return took;
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
