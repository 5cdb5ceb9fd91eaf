package dev.carillon.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.carillon.server.CarillonServer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import redis.clients.jedis.AbstractTransaction;
import redis.clients.jedis.DefaultJedisClientConfig;
import redis.clients.jedis.HostAndPort;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.JedisPubSub;
import redis.clients.jedis.Pipeline;
import redis.clients.jedis.RedisProtocol;
import redis.clients.jedis.Response;
import redis.clients.jedis.params.SetParams;

/** Jedis works unmodified. */
@Timeout(300)
class JedisTest {

  private CarillonServer server;

  @BeforeEach
  void start() {
    server = CarillonServer.start();
  }

  @AfterEach
  void stop() {
    server.close();
  }

  private Jedis jedis(RedisProtocol protocol) {
    return new Jedis(
        new HostAndPort("127.0.0.1", server.port()),
        DefaultJedisClientConfig.builder().protocol(protocol).clientName("smoke").build());
  }

  @Test
  void itsHandshakeIsUnderstoodInBothProtocols() {
    for (RedisProtocol protocol : List.of(RedisProtocol.RESP2, RedisProtocol.RESP3)) {
      try (Jedis jedis = jedis(protocol)) {
        assertThat(jedis.ping()).isEqualTo("PONG");
        assertThat(jedis.clientInfo()).contains("name=smoke", "lib-name=jedis", "lib-ver=");
      }
    }
  }

  @Test
  void stringsAreKeptWithTheirDeadlines() {
    try (Jedis jedis = jedis(RedisProtocol.RESP3)) {
      assertThat(jedis.set("a", "1", SetParams.setParams().ex(100))).isEqualTo("OK");
      assertThat(jedis.get("a")).isEqualTo("1");
      assertThat(jedis.ttl("a")).isBetween(99L, 100L);
      assertThat(jedis.get("none")).isNull();
      assertThat(jedis.incr("a")).isEqualTo(2);
      assertThat(jedis.mget("a", "none")).containsExactly("2", null);
    }
  }

  @Test
  void pipelinesAreAnsweredInOrder() {
    try (Jedis jedis = jedis(RedisProtocol.RESP2)) {
      List<Response<Long>> counts = new ArrayList<>();
      try (Pipeline pipeline = jedis.pipelined()) {
        for (int i = 0; i < 10_000; i++) {
          counts.add(pipeline.incr("count"));
        }
        pipeline.sync();
      }
      for (int i = 0; i < counts.size(); i++) {
        assertThat(counts.get(i).get()).isEqualTo(i + 1);
      }
    }
  }

  @Test
  void transactionsAreWholeOrNothing() {
    try (Jedis jedis = jedis(RedisProtocol.RESP3);
        Jedis other = jedis(RedisProtocol.RESP2)) {
      try (AbstractTransaction transaction = jedis.multi()) {
        transaction.set("a", "1");
        transaction.incr("a");
        assertThat(transaction.exec()).containsExactly("OK", 2L);
      }
      jedis.watch("a");
      other.set("a", "7");
      try (AbstractTransaction transaction = jedis.multi()) {
        transaction.set("a", "8");
        assertThat(transaction.exec()).isNull();
      }
      assertThat(jedis.get("a")).isEqualTo("7");
    }
  }

  @Test
  void notificationsArriveInBothProtocols() throws Exception {
    for (RedisProtocol protocol : List.of(RedisProtocol.RESP2, RedisProtocol.RESP3)) {
      try (Jedis jedis = jedis(RedisProtocol.RESP2);
          Jedis listener = jedis(protocol)) {
        jedis.configSet("notify-keyspace-events", "KEA");
        BlockingQueue<String> heard = new LinkedBlockingQueue<>();
        JedisPubSub ears =
            new JedisPubSub() {
              @Override
              public void onPSubscribe(String pattern, int count) {
                heard.add("ready");
              }

              @Override
              public void onPMessage(String pattern, String channel, String message) {
                heard.add(channel + " " + message);
              }
            };
        Thread thread = new Thread(() -> listener.psubscribe(ears, "__key*__:*"), "listener");
        thread.start();
        assertThat(heard.poll(60, TimeUnit.SECONDS)).isEqualTo("ready");
        jedis.set("soon", "gone", SetParams.setParams().px(5));
        List<String> expected =
            List.of(
                "__keyspace@0__:soon set",
                "__keyevent@0__:set soon",
                "__keyspace@0__:soon expire",
                "__keyevent@0__:expire soon",
                "__keyspace@0__:soon expired",
                "__keyevent@0__:expired soon");
        for (String message : expected) {
          assertThat(heard.poll(60, TimeUnit.SECONDS)).isEqualTo(message);
        }
        ears.punsubscribe();
        thread.join(60_000);
        assertThat(thread.isAlive()).isFalse();
      }
    }
  }
}
