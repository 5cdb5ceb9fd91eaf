package dev.carillon.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.carillon.server.CarillonServer;
import io.lettuce.core.ClientOptions;
import io.lettuce.core.LettuceFutures;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisFuture;
import io.lettuce.core.RedisURI;
import io.lettuce.core.SetArgs;
import io.lettuce.core.TransactionResult;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.api.sync.RedisCommands;
import io.lettuce.core.protocol.ProtocolVersion;
import io.lettuce.core.pubsub.RedisPubSubAdapter;
import io.lettuce.core.pubsub.StatefulRedisPubSubConnection;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Lettuce works unmodified, in both protocols. */
@Timeout(300)
class LettuceTest {

  private final CarillonServer server = CarillonServer.start();
  private final RedisClient client =
      RedisClient.create(
          RedisURI.builder()
              .withHost("127.0.0.1")
              .withPort(server.port())
              .withClientName("smoke")
              .withTimeout(Duration.ofSeconds(5))
              .build());

  @AfterEach
  void stop() {
    client.shutdown(Duration.ZERO, Duration.ofSeconds(2));
    server.close();
  }

  private StatefulRedisConnection<String, String> connect(ProtocolVersion protocol) {
    client.setOptions(ClientOptions.builder().protocolVersion(protocol).build());
    return client.connect();
  }

  @ParameterizedTest
  @EnumSource(ProtocolVersion.class)
  void itsHandshakeIsUnderstood(ProtocolVersion protocol) {
    RedisCommands<String, String> redis = connect(protocol).sync();
    assertThat(redis.ping()).isEqualTo("PONG");
    assertThat(redis.clientInfo())
        .contains("name=smoke", "lib-ver=")
        .containsIgnoringCase("lettuce");
  }

  @ParameterizedTest
  @EnumSource(ProtocolVersion.class)
  void stringsAreKeptWithTheirDeadlines(ProtocolVersion protocol) {
    RedisCommands<String, String> redis = connect(protocol).sync();
    assertThat(redis.set("a", "1", SetArgs.Builder.ex(100))).isEqualTo("OK");
    assertThat(redis.get("a")).isEqualTo("1");
    assertThat(redis.ttl("a")).isBetween(99L, 100L);
    assertThat(redis.get("none")).isNull();
    assertThat(redis.set("a", "2", SetArgs.Builder.nx())).isNull();
    assertThat(redis.incrbyfloat("a", 0.5)).isEqualTo(1.5);
  }

  @ParameterizedTest
  @EnumSource(ProtocolVersion.class)
  void pipelinesAreAnsweredInOrder(ProtocolVersion protocol) throws Exception {
    StatefulRedisConnection<String, String> connection = connect(protocol);
    connection.setAutoFlushCommands(false);
    List<RedisFuture<Long>> counts = new ArrayList<>();
    for (int i = 0; i < 10_000; i++) {
      counts.add(connection.async().incr("count"));
    }
    connection.flushCommands();
    LettuceFutures.awaitAll(Duration.ofSeconds(10), counts.toArray(RedisFuture[]::new));
    for (int i = 0; i < counts.size(); i++) {
      assertThat(counts.get(i).get()).isEqualTo(i + 1);
    }
  }

  @ParameterizedTest
  @EnumSource(ProtocolVersion.class)
  void transactionsAreWholeOrNothing(ProtocolVersion protocol) {
    RedisCommands<String, String> redis = connect(protocol).sync();
    RedisCommands<String, String> other = connect(protocol).sync();
    redis.multi();
    redis.set("a", "1");
    redis.incr("a");
    TransactionResult result = redis.exec();
    assertThat(result.<Object>get(0)).isEqualTo("OK");
    assertThat(result.<Object>get(1)).isEqualTo(2L);

    redis.watch("a");
    other.set("a", "7");
    redis.multi();
    redis.set("a", "8");
    assertThat(redis.exec().wasDiscarded()).isTrue();
    assertThat(redis.get("a")).isEqualTo("7");
  }

  @ParameterizedTest
  @EnumSource(ProtocolVersion.class)
  void notificationsArrive(ProtocolVersion protocol) throws Exception {
    RedisCommands<String, String> redis = connect(protocol).sync();
    redis.configSet("notify-keyspace-events", "Egx$");
    BlockingQueue<String> heard = new LinkedBlockingQueue<>();
    StatefulRedisPubSubConnection<String, String> listener = client.connectPubSub();
    listener.addListener(
        new RedisPubSubAdapter<>() {
          @Override
          public void message(String pattern, String channel, String message) {
            heard.add(channel + " " + message);
          }
        });
    listener.sync().psubscribe("__keyevent@*__:*");
    redis.set("soon", "gone", SetArgs.Builder.px(5));
    for (String event : List.of("set", "expire", "expired")) {
      assertThat(heard.poll(60, TimeUnit.SECONDS)).isEqualTo("__keyevent@0__:" + event + " soon");
    }
  }
}
