package dev.carillon.benchmarks;

import static dev.carillon.protocol.event.EventType.SET;

import dev.carillon.listener.Carillon;
import dev.carillon.listener.KeyEvent;
import dev.carillon.listener.Listening;
import io.lettuce.core.ClientOptions;
import io.lettuce.core.RedisClient;
import io.lettuce.core.codec.ByteArrayCodec;
import io.lettuce.core.codec.RedisCodec;
import io.lettuce.core.codec.StringCodec;
import io.lettuce.core.pubsub.RedisPubSubAdapter;
import io.lettuce.core.pubsub.StatefulRedisPubSubConnection;
import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;

/**
 * The processes of {@code benchmarks/run listener}: one that writes and several that hear, each of
 * which obeys its standard input.
 *
 * <pre>
 *   hear raw|bytes|ours|group|volatile PORT    obeys: on, off, sample
 *   write PORT                                 obeys: RATE BATCH SECONDS
 * </pre>
 *
 * <p>{@code raw} is the loop that people copy: Lettuce's Pub/Sub connection and a listener that
 * counts; {@code bytes} the same without decoding into strings. {@code ours} subscribes a handler
 * that counts, {@code group} one in a group on a durable feed. A sample is how many events were
 * counted and how much processor time this process has taken so far, in nanoseconds.
 */
public final class ListenerLoad {

  private static final String CHANNEL = "__keyevent@0__:set";

  private ListenerLoad() {}

  /** Arguments as in the class comment. */
  public static void main(String[] arguments) throws Exception {
    if (arguments[0].equals("write")) {
      write(Integer.parseInt(arguments[1]));
    } else {
      hear(arguments[1], Integer.parseInt(arguments[2]));
    }
    System.exit(0);
  }

  private static BufferedReader orders() {
    return new BufferedReader(new InputStreamReader(System.in, StandardCharsets.US_ASCII));
  }

  // ------------------------------------------------------------------------------------- hearing

  /** Something that hears until it is closed. */
  private interface Ear {
    AutoCloseable open();
  }

  private static void hear(String kind, int port) throws Exception {
    LongAdder count = new LongAdder();
    Ear ear = ear(kind, "redis://127.0.0.1:" + port, count);
    AutoCloseable open = null;
    BufferedReader orders = orders();
    System.out.println("ready");
    for (String order = orders.readLine(); order != null; order = orders.readLine()) {
      switch (order) {
        case "on" -> open = ear.open();
        case "off" -> {
          if (open != null) {
            open.close();
          }
        }
        default -> {
          // A sample only.
        }
      }
      System.out.println(count.sum() + " " + processorNanos());
    }
  }

  private static Ear ear(String kind, String uri, LongAdder count) {
    if (kind.equals("raw") || kind.equals("bytes")) {
      RedisClient client = RedisClient.create(uri);
      client.setOptions(ClientOptions.create());
      return kind.equals("raw")
          ? () -> raw(client, StringCodec.UTF8, CHANNEL, count)
          : () ->
              raw(
                  client,
                  ByteArrayCodec.INSTANCE,
                  CHANNEL.getBytes(StandardCharsets.US_ASCII),
                  count);
    }
    Carillon carillon = Carillon.connect(uri);
    Listening listening = carillon.on(SET).keys("order:{id}").queue(100_000);
    return switch (kind) {
      case "ours" -> () -> listening.subscribe(event -> count(event, count));
      case "group" -> () -> listening.group("load").subscribe(event -> count(event, count));
      case "volatile" ->
          () ->
              listening
                  .group("load-volatile")
                  .volatileFeed()
                  .subscribe(event -> count(event, count));
      default -> throw new IllegalArgumentException(kind);
    };
  }

  private static void count(KeyEvent event, LongAdder count) {
    if (event.key().length() > 0) {
      count.increment();
    }
  }

  private static <K> AutoCloseable raw(
      RedisClient client, RedisCodec<K, K> codec, K channel, LongAdder count) {
    StatefulRedisPubSubConnection<K, K> connection = client.connectPubSub(codec);
    connection.addListener(
        new RedisPubSubAdapter<>() {
          @Override
          public void message(K from, K key) {
            count.increment();
          }
        });
    @SuppressWarnings("unchecked")
    K[] channels = (K[]) java.lang.reflect.Array.newInstance(channel.getClass(), 1);
    channels[0] = channel;
    connection.sync().subscribe(channels);
    return connection;
  }

  private static long processorNanos() {
    return ((com.sun.management.OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean())
        .getProcessCpuTime();
  }

  // ------------------------------------------------------------------------------------- writing

  private static final int KEYS = 10_000;

  private static void write(int port) throws IOException {
    byte[][] requests = new byte[KEYS][];
    for (int i = 0; i < KEYS; i++) {
      String key = "order:" + i;
      requests[i] =
          ("*3\r\n$3\r\nSET\r\n$" + key.length() + "\r\n" + key + "\r\n$4\r\nopen\r\n")
              .getBytes(StandardCharsets.US_ASCII);
    }
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      socket.setTcpNoDelay(true);
      BufferedReader orders = orders();
      System.out.println("ready");
      for (String order = orders.readLine(); order != null; order = orders.readLine()) {
        String[] words = order.split(" ", -1);
        System.out.println(
            write(
                    socket,
                    requests,
                    Integer.parseInt(words[0]),
                    Integer.parseInt(words[1]),
                    Double.parseDouble(words[2]))
                + " 0");
      }
    }
  }

  /**
   * Writes batch by batch, each when it is due; answers how many there were. Replies are read as
   * bytes: each of them is {@code +OK}.
   */
  private static long write(Socket socket, byte[][] requests, int rate, int batch, double seconds)
      throws IOException {
    InputStream in = socket.getInputStream();
    byte[] replies = new byte[64 * 1024];
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    long started = System.nanoTime();
    long batches = (long) (rate * seconds / batch);
    long unread = 0;
    for (long at = 0; at < batches; at++) {
      long due = started + at * batch * 1_000_000_000L / rate;
      for (long left = due - System.nanoTime(); left > 0; left = due - System.nanoTime()) {
        LockSupport.parkNanos(left);
      }
      out.reset();
      for (int i = 0; i < batch; i++) {
        out.writeBytes(requests[(int) ((at * batch + i) * 7919 % KEYS)]);
      }
      socket.getOutputStream().write(out.toByteArray());
      unread += batch * 5L;
      while (unread > 0) {
        int length = in.read(replies);
        if (length < 0) {
          throw new IOException("the server closed the connection");
        }
        unread -= length;
      }
    }
    return batches * batch;
  }
}
