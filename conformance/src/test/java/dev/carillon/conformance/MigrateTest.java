package dev.carillon.conformance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.carillon.protocol.bytes.Bytes;
import dev.carillon.server.CarillonServer;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Keys that move between Carillon and a real redis-server, and what is said where they do not. */
@Tag("reference")
class MigrateTest {

  /** What is started: redis-server, or the program that the property names. */
  private static final String PROGRAM = System.getProperty("carillon.reference", "redis-server");

  /** The redis-server that keys go to; it asks for a password. */
  private static @Nullable Redis target;

  /** The redis-server that is asked what it would say. */
  private static @Nullable Redis peer;

  private final CarillonServer server = CarillonServer.start();
  private final SocketClient ours = new SocketClient(server.port());

  private record Redis(Process process, int port, SocketClient client) {

    static Redis start(Path directory, String... options) throws Exception {
      int port;
      try (ServerSocket probe = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
        port = probe.getLocalPort();
      }
      List<String> command =
          new ArrayList<>(
              List.of(PROGRAM, "--bind", "127.0.0.1", "--save", "", "--port", "" + port));
      command.addAll(List.of("--dir", directory.toString()));
      command.addAll(List.of(options));
      Process process =
          new ProcessBuilder(command)
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .start();
      for (int attempt = 0; attempt < 100; attempt++) {
        try {
          new Socket(InetAddress.getLoopbackAddress(), port).close();
          return new Redis(process, port, new SocketClient(port));
        } catch (IOException notYet) {
          TimeUnit.MILLISECONDS.sleep(50);
        }
      }
      process.destroy();
      throw new IllegalStateException("redis-server did not start within 5 s");
    }

    void stop() {
      client.close();
      process.destroy();
      process.onExit().join();
    }
  }

  @BeforeAll
  static void start(@TempDir Path directory) throws Exception {
    assumeTrue(
        !PROGRAM.equals("redis-server") || ReferenceTarget.isInstalled(),
        "no redis-server on the PATH");
    target = Redis.start(directory, "--requirepass", "secret");
    ask(target().client, "AUTH secret");
    peer = Redis.start(directory);
  }

  @AfterAll
  static void stop() {
    for (Redis each : Arrays.asList(target, peer)) {
      if (each != null) {
        each.stop();
      }
    }
  }

  private static Redis target() {
    return Objects.requireNonNull(target);
  }

  private static Redis peer() {
    return Objects.requireNonNull(peer);
  }

  @BeforeEach
  void empty() {
    ask(target().client, "FLUSHALL");
    ask(peer().client, "FLUSHALL");
  }

  @AfterEach
  void stopServer() {
    ours.close();
    server.close();
  }

  private static String ask(SocketClient client, String line) {
    client.send(
        Arrays.stream(line.split(" ", -1))
            .map(word -> word.equals("''") ? Bytes.EMPTY : Bytes.of(word))
            .toList());
    return hear(client);
  }

  private static String hear(SocketClient client) {
    return Notation.show(Objects.requireNonNull(client.receive(true)));
  }

  private static final List<String> DATA =
      List.of(
          "SET string value",
          "SET volatile value PXAT 4102444800000",
          "RPUSH list a b c",
          "SADD set x",
          "HSET hash f v g w",
          "ZADD zset 1 a 2 b",
          "XADD stream 1-1 f v");

  private static final String KEYS = "string volatile list set hash zset stream missing";

  /** What remains is sent, not when it ends: the way there makes it later. */
  private static void assertSoon(String deadline) {
    assertThat(Long.parseLong(deadline.substring(1)))
        .isBetween(4_102_444_800_000L, 4_102_444_860_000L);
  }

  @Test
  void keysOfAllTypesGoToRedisWithTheirDeadlines() {
    DATA.forEach(line -> ask(ours, line));

    String reply =
        ask(ours, "MIGRATE 127.0.0.1 " + target().port + " '' 0 1000 AUTH secret KEYS " + KEYS);

    assertThat(reply).isEqualTo("+OK");
    assertThat(ask(ours, "DBSIZE")).isEqualTo(":0");
    assertThat(ask(target().client, "DBSIZE")).isEqualTo(":7");
    assertSoon(ask(target().client, "PEXPIRETIME volatile"));
    assertThat(ask(target().client, "LRANGE list 0 -1")).isEqualTo("[\"a\", \"b\", \"c\"]");
    assertThat(ask(target().client, "XRANGE stream - +")).isEqualTo("[[\"1-1\", [\"f\", \"v\"]]]");
  }

  @Test
  void keysOfAllTypesComeFromRedis() {
    DATA.forEach(line -> ask(peer().client, line));

    String reply =
        ask(peer().client, "MIGRATE 127.0.0.1 " + server.port() + " '' 0 1000 KEYS " + KEYS);

    assertThat(reply).isEqualTo("+OK");
    assertThat(ask(peer().client, "DBSIZE")).isEqualTo(":0");
    assertThat(ask(ours, "DBSIZE")).isEqualTo(":7");
    assertSoon(ask(ours, "PEXPIRETIME volatile"));
    assertThat(ask(ours, "HGET hash g")).isEqualTo("\"w\"");
  }

  @Test
  void copiesStayAndReplaceOnlyWhereThatIsSaid() {
    ask(ours, "SET a 1");
    String migrate = "MIGRATE 127.0.0.1 " + target().port + " a 3 1000 COPY AUTH2 default secret";

    assertThat(ask(ours, migrate)).isEqualTo("+OK");
    assertThat(ask(ours, "SET a 2")).isEqualTo("+OK");
    assertThat(ask(ours, migrate))
        .isEqualTo(
            "-ERR Target instance replied with error: BUSYKEY Target key name already exists.");
    assertThat(ask(ours, migrate + " REPLACE")).isEqualTo("+OK");
    assertThat(ask(ours, "GET a")).isEqualTo("\"2\"");
    ask(target().client, "SELECT 3");
    assertThat(ask(target().client, "GET a")).isEqualTo("\"2\"");
    ask(target().client, "SELECT 0");
  }

  /** PORT is the target's; all fail, or find nothing, in the same words. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "MIGRATE 127.0.0.1 PORT missing 0 1000",
        "MIGRATE 127.0.0.1 PORT '' 0 1000 KEYS",
        "MIGRATE 127.0.0.1 PORT a 0 1000",
        "MIGRATE 127.0.0.1 PORT a 0 1000 AUTH wrong",
        "MIGRATE 127.0.0.1 PORT a 0 1000 AUTH2 nobody secret",
        "MIGRATE 127.0.0.1 PORT a 99 1000 AUTH secret",
        "MIGRATE 127.0.0.1 PORT a x 1000",
        "MIGRATE 127.0.0.1 PORT a 0 x",
        "MIGRATE 127.0.0.1 PORT a 0 1000 AUTH",
        "MIGRATE 127.0.0.1 PORT a 0 1000 AUTH2 x",
        "MIGRATE 127.0.0.1 PORT a 0 1000 WHATEVER",
        "MIGRATE 127.0.0.1 PORT a 0 1000 KEYS a",
        "MIGRATE 127.0.0.1 PORT a 0",
        "MIGRATE 127.0.0.1 1 a 0 1000",
        "MIGRATE 127.0.0.1 99999 a 0 1000",
        "MIGRATE nosuchhost.invalid PORT a 0 1000"
      })
  void refusalsAreThoseOfRedis(String line) {
    String request = line.replace("PORT", "" + target().port);
    ask(peer().client, "SET a 1");
    ask(ours, "SET a 1");

    assertThat(ask(ours, request)).isEqualTo(ask(peer().client, request));
    assertThat(ask(ours, "GET a")).isEqualTo("\"1\"");
  }

  // ----------------------------------------------------------------------- what happens meanwhile

  /** A server that takes requests and answers when the test wants. */
  private static final class SlowServer implements AutoCloseable {
    final ServerSocket listening = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
    private @Nullable Socket connection;

    SlowServer() throws IOException {}

    /** Returns when a text has come. */
    void await(String text) throws IOException {
      Socket accepted = listening.accept();
      connection = accepted;
      InputStream in = accepted.getInputStream();
      StringBuilder read = new StringBuilder();
      while (read.indexOf(text) < 0) {
        read.append((char) in.read());
      }
    }

    void say(String replies) throws IOException {
      Objects.requireNonNull(connection)
          .getOutputStream()
          .write(replies.getBytes(StandardCharsets.US_ASCII));
    }

    @Override
    public void close() throws IOException {
      if (connection != null) {
        connection.close();
      }
      listening.close();
    }
  }

  private void sendMigration(SlowServer slow, String keys) {
    String line = "MIGRATE 127.0.0.1 " + slow.listening.getLocalPort() + " '' 0 20000 KEYS " + keys;
    ours.send(
        Arrays.stream(line.split(" "))
            .map(word -> word.equals("''") ? Bytes.EMPTY : Bytes.of(word))
            .toList());
  }

  @Test
  void othersGoOnMeanwhileAndAKeyThatChangesStays() throws IOException {
    ask(ours, "MSET a 1 b 1 c 1");
    SocketClient other = new SocketClient(server.port());
    try (SlowServer slow = new SlowServer()) {
      sendMigration(slow, "a b c");
      slow.await("RESTORE\r\n$1\r\nc");
      assertThat(ask(other, "INCR b")).isEqualTo(":2");
      assertThat(ask(other, "EXPIRE c 100")).isEqualTo(":1");
      slow.say("+OK\r\n+OK\r\n+OK\r\n+OK\r\n");

      assertThat(hear(ours))
          .isEqualTo("-ERR the key 'c' changed while it was migrated, so that it stays here too");
      assertThat(ask(other, "MGET a b c")).isEqualTo("[nil, \"2\", \"1\"]");
    } finally {
      other.close();
    }
  }

  @Test
  void whatArrivedGoesEvenIfTheRestDoesNot() throws IOException {
    ask(ours, "MSET a 1 b 1");
    try (SlowServer slow = new SlowServer()) {
      sendMigration(slow, "a b");
      slow.await("RESTORE\r\n$1\r\nb");
      slow.say("+OK\r\n+OK\r\n");
    }

    assertThat(hear(ours)).isEqualTo("-IOERR error or timeout reading from target instance");
    assertThat(ask(ours, "MGET a b")).isEqualTo("[nil, \"1\"]");
  }

  @Test
  void aServerThatSaysNothingIsGivenUp() throws IOException {
    ask(ours, "SET a 1");
    try (SlowServer slow = new SlowServer()) {
      String reply = ask(ours, "MIGRATE 127.0.0.1 " + slow.listening.getLocalPort() + " a 0 20");

      assertThat(reply).isEqualTo("-IOERR error or timeout reading from target instance");
      assertThat(ask(ours, "GET a")).isEqualTo("\"1\"");
    }
  }

  @Test
  void aTransactionCannotWait() {
    ask(ours, "SET a 1");
    ask(ours, "MULTI");
    ask(ours, "MIGRATE 127.0.0.1 " + target().port + " a 0 1000");

    assertThat(ask(ours, "EXEC"))
        .isEqualTo("[-\"ERR MIGRATE cannot wait for the other server inside a transaction\"]");
  }
}
