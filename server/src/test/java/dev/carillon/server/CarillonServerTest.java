package dev.carillon.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.carillon.engine.Engine;
import dev.carillon.engine.config.ConfigFile;
import dev.carillon.engine.config.Configuration;
import dev.carillon.engine.config.Parameters;
import dev.carillon.server.transport.NetworkKind;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.ToLongFunction;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

@Timeout(300)
class CarillonServerTest {

  private static final long NOON = 1_800_000_000_000L;

  // ------------------------------------------------------------------------------------ embedding

  @ParameterizedTest
  @EnumSource
  void answersOverEveryKindOfSocket(NetworkKind network) throws Exception {
    if (network == NetworkKind.EPOLL && !NetworkKind.isNativeAvailable()) {
      return;
    }
    try (CarillonServer server = CarillonServer.start(ServerOptions.embedded().network(network));
        RawClient client = new RawClient(server)) {
      assertThat(client.ask("PING")).isEqualTo("PONG");
      assertThat(server.uri()).hasToString("redis://127.0.0.1:" + server.port());
    }
  }

  @Test
  void twoServersOfOneProcessShareNothing() throws Exception {
    try (CarillonServer one = CarillonServer.start();
        CarillonServer other = CarillonServer.start();
        RawClient first = new RawClient(one);
        RawClient second = new RawClient(other)) {
      assertThat(one.port()).isNotEqualTo(other.port());
      first.ask("SET", "key", "of the first");
      assertThat(second.ask("GET", "key")).isEqualTo("(nil)");
      second.ask("SUBSCRIBE", "news");
      assertThat(first.ask("PUBLISH", "news", "none")).isEqualTo("0");
    }
  }

  @Test
  void whatWasSavedIsThereWhenTheNextServerStarts(@TempDir Path directory) throws Exception {
    ServerOptions options = ServerOptions.embedded().directory(directory);
    try (CarillonServer server = CarillonServer.start(options);
        RawClient client = new RawClient(server)) {
      client.ask("SET", "key", "saved");
      client.ask("ZADD", "scores", "1.5", "member");
      assertThat(client.ask("BGSAVE")).isEqualTo("Background saving started");
      await()
          .atMost(Duration.ofMinutes(1))
          .until(() -> client.ask("INFO", "persistence").contains("rdb_bgsave_in_progress:0"));
      assertThat(client.ask("INFO", "persistence")).contains("rdb_last_bgsave_status:ok");
      client.ask("SET", "key", "changed");
    }
    try (CarillonServer next = CarillonServer.start(ServerOptions.embedded().directory(directory));
        RawClient client = new RawClient(next)) {
      assertThat(client.ask("GET", "key")).isEqualTo("saved");
      assertThat(client.ask("ZSCORE", "scores", "member")).isEqualTo("1.5");
      assertThat(client.ask("INFO", "persistence")).contains("rdb_changes_since_last_save:0");
    }
  }

  @Test
  void movingTheClockExpiresKeysAndTellsTheirSubscribers() throws Exception {
    ManualClock clock = new ManualClock(NOON);
    ServerOptions options =
        ServerOptions.embedded().clock(clock).config(configured("notify-keyspace-events Ex"));
    try (CarillonServer server = CarillonServer.start(options);
        RawClient subscriber = new RawClient(server);
        RawClient client = new RawClient(server)) {
      subscriber.ask("SUBSCRIBE", "__keyevent@0__:expired");
      client.ask("SET", "order:1", "open", "PX", "5000");
      clock.advance(Duration.ofMillis(4999));
      assertThat(client.ask("PTTL", "order:1")).isEqualTo("1");
      clock.advance(Duration.ofMillis(1));
      assertThat(subscriber.next()).isEqualTo("[message, __keyevent@0__:expired, order:1]");
      assertThat(client.ask("EXISTS", "order:1")).isEqualTo("0");
    }
  }

  /** Nothing more is published, so that only the passing of time can be the reason. */
  @Test
  void aSilentSubscriberThatDoesNotReadIsClosedWhenItsTimeAboveTheSoftLimitIsOver()
      throws Exception {
    ManualClock clock = new ManualClock(NOON);
    ServerOptions options =
        ServerOptions.embedded()
            .clock(clock)
            .config(configured("client-output-buffer-limit pubsub 0 100000 5"));
    try (CarillonServer server = CarillonServer.start(options);
        RawClient subscriber = new RawClient(server);
        RawClient client = new RawClient(server)) {
      subscriber.ask("SUBSCRIBE", "news");
      String megabyte = "x".repeat(1 << 20);
      for (int i = 0; i < 48; i++) {
        assertThat(client.ask("PUBLISH", "news", megabyte)).isEqualTo("1");
      }
      clock.advance(Duration.ofMillis(4900));
      assertThat(client.ask("PUBSUB", "NUMSUB", "news")).isEqualTo("[news, 1]");
      clock.advance(Duration.ofMillis(200));
      await()
          .atMost(Duration.ofSeconds(60))
          .until(() -> client.ask("PUBSUB", "NUMSUB", "news").equals("[news, 0]"));
    }
  }

  @Test
  void theQueueOfATransactionCountsAsMemoryAlsoWhereItsRequestsAreSmall() throws Exception {
    try (CarillonServer server = CarillonServer.start();
        RawClient client = new RawClient(server)) {
      client.ask("MULTI");
      for (int i = 0; i < 1000; i++) {
        client.ask("PING");
      }
      AtomicLong queued = new AtomicLong();
      server.onEngine(engine -> queued.set(engine.sessions().queuedBytes()));
      assertThat(queued.get()).isBetween(100_000L, 300_000L);
      client.ask("DISCARD");
      server.onEngine(engine -> queued.set(engine.sessions().queuedBytes()));
      assertThat(queued).hasValue(0);
    }
  }

  @Test
  void refusesToListenElsewhereWhileItRuns() throws Exception {
    try (CarillonServer server = CarillonServer.start();
        RawClient client = new RawClient(server)) {
      assertThat(client.ask("CONFIG", "SET", "port", "1"))
          .contains("possibly related to argument 'port'")
          .contains("restart it");
      assertThat(client.ask("CONFIG", "SET", "bind", "10.255.255.254")).contains("restart it");
      assertThat(client.ask("CONFIG", "GET", "port")).isEqualTo("[port, 0]");
      assertThat(client.ask("CONFIG", "SET", "port", "0")).isEqualTo("OK");
    }
  }

  @Test
  void closingTwiceIsClosingOnce() throws Exception {
    CarillonServer server = CarillonServer.start();
    RawClient client = new RawClient(server);
    client.ask("PING");
    server.close();
    server.close();
    server.awaitStop();
    client.readToEnd();
    int port = server.port();
    try (CarillonServer again = CarillonServer.start(ServerOptions.embedded().port(port))) {
      assertThat(again.port()).isEqualTo(port);
    }
  }

  @Test
  void shutdownStopsAnEmbeddedServer() throws Exception {
    CarillonServer server = CarillonServer.start();
    try (RawClient client = new RawClient(server)) {
      client.send(RawClient.request("SHUTDOWN"));
      client.readToEnd();
    }
    server.awaitStop();
  }

  @Test
  void aTakenPortIsRefusedInOneSentence() {
    try (CarillonServer server = CarillonServer.start()) {
      assertThatThrownBy(() -> CarillonServer.start(ServerOptions.embedded().port(server.port())))
          .isInstanceOf(StartException.class)
          .hasMessage(
              "cannot listen at 127.0.0.1 port "
                  + server.port()
                  + ": something else listens there already; choose another port, or stop it");
    }
  }

  @Test
  void droppedConnectionsMayComeBack() throws Exception {
    try (CarillonServer server = CarillonServer.start();
        RawClient client = new RawClient(server)) {
      client.ask("PING");
      server.dropConnections();
      client.readToEnd();
      try (RawClient again = new RawClient(server)) {
        assertThat(again.ask("PING")).isEqualTo("PONG");
      }
    }
  }

  // ---------------------------------------------------------------------------------------- input

  @Test
  void aRequestMayArriveByteByByte() throws Exception {
    try (CarillonServer server = CarillonServer.start();
        RawClient client = new RawClient(server)) {
      byte[] request = RawClient.request("ECHO", "in pieces");
      for (byte b : request) {
        client.send(new byte[] {b});
      }
      assertThat(client.next()).isEqualTo("in pieces");
    }
  }

  @Test
  void halfARequestKeepsNobodyElseWaiting() throws Exception {
    try (CarillonServer server = CarillonServer.start();
        RawClient slow = new RawClient(server);
        RawClient client = new RawClient(server)) {
      slow.send("*2\r\n$4\r\nECHO\r\n$5\r\nhal");
      assertThat(client.ask("PING")).isEqualTo("PONG");
      slow.send("f!\r\n");
      assertThat(slow.next()).isEqualTo("half!");
    }
  }

  @Test
  void aPipelineOfTenThousandIsAnsweredInOrder() throws Exception {
    try (CarillonServer server = CarillonServer.start();
        RawClient client = new RawClient(server)) {
      ByteArrayOutputStream pipeline = new ByteArrayOutputStream();
      for (int i = 0; i < 10_000; i++) {
        pipeline.writeBytes(RawClient.request("ECHO", "number " + i));
      }
      Thread.ofVirtual()
          .start(
              () -> {
                try {
                  client.send(pipeline.toByteArray());
                } catch (IOException e) {
                  throw new AssertionError(e);
                }
              });
      for (int i = 0; i < 10_000; i++) {
        assertThat(client.next()).isEqualTo("number " + i);
      }
    }
  }

  @Test
  void aValueOfTwentyMegabytesComesBackWhole() throws Exception {
    try (CarillonServer server = CarillonServer.start();
        RawClient client = new RawClient(server)) {
      StringBuilder value = new StringBuilder();
      for (int i = 0; value.length() < 20_000_000; i++) {
        value.append(i).append('\0');
      }
      assertThat(client.ask("SET", "big", value.toString())).isEqualTo("OK");
      assertThat(client.ask("GET", "big").equals(value.toString())).isTrue();
    }
  }

  @Test
  void inlineCommandsAreForPeopleWithTelnet() throws Exception {
    try (CarillonServer server = CarillonServer.start();
        RawClient client = new RawClient(server)) {
      client.send("PING\r\n  echo \"two words\"\n\r\nECHO 'a\\'b'\r\n");
      assertThat(client.next()).isEqualTo("PONG");
      assertThat(client.next()).isEqualTo("two words");
      assertThat(client.next()).isEqualTo("a'b");
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          *x\\r\\n                   | invalid multibulk length
          *1\\r\\n:1\\r\\n           | expected '$', got ':'
          *1\\r\\n$-5\\r\\n          | invalid bulk length
          *1\\r\\n$999999999999\\r\\n | invalid bulk length
          echo "open\\r\\n           | unbalanced quotes in request
          """)
  void whatIsNoRequestIsAnsweredInRedisWordsAndEndsTheConnection(String input, String reason)
      throws Exception {
    try (CarillonServer server = CarillonServer.start();
        RawClient client = new RawClient(server)) {
      client.send("PING\r\n" + input.replace("\\r", "\r").replace("\\n", "\n"));
      assertThat(client.next()).isEqualTo("PONG");
      assertThat(client.next()).isEqualTo("-ERR Protocol error: " + reason);
      assertThatThrownBy(client::next).isInstanceOf(EOFException.class);
    }
  }

  @Test
  void inputWithoutEndIsCutOffAtItsLimit() throws Exception {
    ServerOptions options =
        ServerOptions.embedded().config(configured("client-query-buffer-limit 1mb"));
    try (CarillonServer server = CarillonServer.start(options);
        RawClient client = new RawClient(server)) {
      client.send("*1\r\n$8000000\r\n");
      try {
        byte[] filler = new byte[64 * 1024];
        for (int i = 0; i < 100; i++) {
          client.send(filler);
        }
      } catch (IOException closed) {
        // The server need not read to the end.
      }
      client.readToEnd();
      assertThat(stat(server, engine -> engine.stats().queryBufferDisconnections)).isEqualTo(1);
    }
  }

  // --------------------------------------------------------------------------------------- output

  @Test
  void aSubscriberThatDoesNotReadIsClosedAtItsLimitAndCounted() throws Exception {
    ServerOptions options =
        ServerOptions.embedded().config(configured("client-output-buffer-limit pubsub 1mb 0 0"));
    try (CarillonServer server = CarillonServer.start(options);
        RawClient sleeper = new RawClient(server, 4096);
        RawClient reader = new RawClient(server);
        RawClient publisher = new RawClient(server)) {
      sleeper.ask("SUBSCRIBE", "news");
      reader.ask("SUBSCRIBE", "news");
      String message = "x".repeat(100_000);
      for (int i = 0; i < 200; i++) {
        publisher.ask("PUBLISH", "news", message);
        assertThat(reader.next()).endsWith(message + "]");
      }
      assertThat(stat(server, engine -> engine.stats().outputBufferDisconnections)).isEqualTo(1);
      assertThat(publisher.ask("PUBLISH", "news", "last")).isEqualTo("1");
      sleeper.readToEnd();
    }
  }

  @Test
  void aPipelineThatIsNeverReadDoesNotStopTheServer() throws Exception {
    ServerOptions options =
        ServerOptions.embedded().config(configured("client-output-buffer-limit normal 4mb 0 0"));
    try (CarillonServer server = CarillonServer.start(options);
        RawClient sleeper = new RawClient(server, 4096);
        RawClient client = new RawClient(server)) {
      byte[] request = RawClient.request("ECHO", "x".repeat(100_000));
      try {
        for (int i = 0; i < 400; i++) {
          sleeper.send(request);
        }
      } catch (IOException closed) {
        // Expected: its replies are over the limit before all requests are sent.
      }
      sleeper.readToEnd();
      assertThat(client.ask("PING")).isEqualTo("PONG");
      assertThat(stat(server, engine -> engine.stats().outputBufferDisconnections)).isEqualTo(1);
    }
  }

  // ---------------------------------------------------------------------------------- connections

  @Test
  void abruptEndsLeaveNoSessionBehind() throws Exception {
    try (CarillonServer server = CarillonServer.start()) {
      List<RawClient> clients = new ArrayList<>();
      for (int i = 0; i < 50; i++) {
        RawClient client = new RawClient(server);
        clients.add(client);
        client.ask("SUBSCRIBE", "news");
      }
      for (RawClient client : clients) {
        client.send("*3\r\n$7\r\nPUBLISH\r\n$4\r\nne");
        client.reset();
      }
      await()
          .atMost(Duration.ofMinutes(1))
          .untilAsserted(
              () -> assertThat(stat(server, engine -> engine.sessions().count())).isZero());
      try (RawClient client = new RawClient(server)) {
        assertThat(client.ask("PUBLISH", "news", "anybody?")).isEqualTo("0");
      }
    }
  }

  @Test
  void oneClientTooManyIsTurnedAway() throws Exception {
    ServerOptions options = ServerOptions.embedded().config(configured("maxclients 1"));
    try (CarillonServer server = CarillonServer.start(options);
        RawClient first = new RawClient(server)) {
      first.ask("PING");
      try (RawClient second = new RawClient(server)) {
        assertThat(second.next()).isEqualTo("-ERR max number of clients reached");
        second.readToEnd();
      }
      assertThat(stat(server, engine -> engine.stats().rejectedConnections)).isEqualTo(1);
    }
  }

  /** A quarter of the ceiling is for requests that are still arriving. */
  @Test
  void aRequestForWhichThereIsNoRoomIsAnsweredWithAnError() throws Exception {
    ServerOptions options = ServerOptions.embedded().ceilingBytes(8 << 20);
    String refusal = "-OOM command not allowed when used memory > 'maxmemory'.";
    String threeMegabytes = "x".repeat(3 << 20);
    try (CarillonServer server = CarillonServer.start(options);
        RawClient client = new RawClient(server)) {
      assertThat(client.ask("SET", "a", "x".repeat(1 << 20))).isEqualTo("OK");
      assertThat(client.ask("SET", "a", threeMegabytes)).isEqualTo(refusal);
      assertThat(client.ask("MSET", "a", threeMegabytes, "b", threeMegabytes)).isEqualTo(refusal);
      assertThat(client.ask("STRLEN", "a")).isEqualTo(Integer.toString(1 << 20));
      client.ask("MULTI");
      assertThat(client.ask("APPEND", "a", threeMegabytes)).isEqualTo(refusal);
      assertThat(client.ask("EXEC")).startsWith("-EXECABORT");
      client.send(RawClient.request("SET", "b", threeMegabytes));
      client.send(RawClient.request("PING"));
      assertThat(client.next()).isEqualTo(refusal);
      assertThat(client.next()).isEqualTo("PONG");
      assertThat(stat(server, engine -> engine.stats().queryBufferDisconnections)).isZero();
    }
  }

  @Test
  void anIdleClientIsDisconnected() throws Exception {
    ManualClock clock = new ManualClock(NOON);
    ServerOptions options = ServerOptions.embedded().clock(clock).config(configured("timeout 5"));
    try (CarillonServer server = CarillonServer.start(options);
        RawClient idle = new RawClient(server);
        RawClient listener = new RawClient(server)) {
      idle.ask("PING");
      listener.ask("SUBSCRIBE", "news");
      clock.advance(Duration.ofMillis(5001));
      idle.readToEnd();
      assertThat(listener.ask("PING")).isEqualTo("[pong, ]");
    }
  }

  // -------------------------------------------------------------------------------------- helping

  private static Configuration configured(String... lines) throws Exception {
    Configuration config = new Configuration();
    config.put(Parameters.PORT, 0L);
    config.put(Parameters.BIND, List.of("127.0.0.1"));
    config.load(
        ConfigFile.parse(
            new ConfigFile.Source("test", String.join("\n", lines)), ConfigFile.Includes.NONE));
    return config;
  }

  private static long stat(CarillonServer server, ToLongFunction<Engine> figure) {
    AtomicLong value = new AtomicLong();
    server.onEngine(engine -> value.set(figure.applyAsLong(engine)));
    return value.get();
  }
}
