package dev.carillon.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.carillon.engine.command.family.EngineFixture;
import dev.carillon.engine.config.Parameters;
import dev.carillon.engine.session.Session;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Clients that have to go: {@code timeout} and {@code maxmemory-clients}. */
class ClientLimitsTest {

  @RegisterExtension final EngineFixture engine = new EngineFixture();

  private void maintain() {
    engine.engine().maintain(engine.nowMillis());
  }

  @Test
  void whoSendsNothingForTooLongIsDisconnected() {
    engine.config(Parameters.TIMEOUT, "5");
    Session idle = engine.client();
    Session asking = engine.client();
    engine.advance(3_000);
    engine.run(asking, "PING");
    engine.advance(2_000);
    maintain();
    assertThat(idle.isKilled()).isFalse();
    engine.advance(1_000);
    maintain();
    assertThat(idle.isKilled()).isTrue();
    assertThat(asking.isKilled()).isFalse();
  }

  @Test
  void whoListensOrWaitsIsNotIdle() {
    engine.config(Parameters.TIMEOUT, "1");
    Session subscriber = engine.client();
    engine.run(subscriber, "SUBSCRIBE news");
    Session monitor = engine.client();
    engine.run(monitor, "MONITOR");
    Session sending = engine.client();
    engine.advance(60_000);
    sending.onInput(1_000, 0, engine.nowMillis());
    maintain();
    assertThat(subscriber.isKilled()).isFalse();
    assertThat(monitor.isKilled()).isFalse();
    assertThat(sending.isKilled()).isFalse();
    assertThat(engine.session().isKilled()).isTrue();
  }

  @Test
  void withoutATimeoutNobodyIsIdle() {
    engine.advance(1_000_000_000);
    maintain();
    assertThat(engine.session().isKilled()).isFalse();
  }

  @Test
  void whoTakesMostGoesFirst() {
    Session large = engine.client();
    engine.run(large, "MULTI");
    engine.run(large, "SET a " + "x".repeat(100_000));
    Session larger = engine.client();
    engine.run(larger, "MULTI");
    engine.run(larger, "SET a " + "x".repeat(200_000));
    Session largest = engine.client();
    engine.run(largest, "CLIENT NO-EVICT ON");
    engine.run(largest, "MULTI");
    engine.run(largest, "SET a " + "x".repeat(300_000));
    maintain();
    assertThat(larger.isKilled()).isFalse();
    engine.config(Parameters.MAXMEMORY_CLIENTS, "150000");
    maintain();
    assertThat(larger.isKilled()).isTrue();
    assertThat(large.isKilled()).isFalse();
    assertThat(largest.isKilled()).isFalse();
    engine.engine().close(larger);
    maintain();
    assertThat(large.isKilled()).isFalse();
    assertThat(engine.say("INFO stats")).contains("evicted_clients:1");
  }

  @Test
  void whoTakesTooMuchGoesBeforeItsRequestIsExecuted() {
    engine.config(Parameters.MAXMEMORY_CLIENTS, "150000");
    Session small = engine.client();
    Session large = engine.client();
    engine.run(large, "SET a " + "x".repeat(100_000));
    assertThat(large.isKilled()).isFalse();
    engine.tell(large, "SET b " + "x".repeat(200_000));
    assertThat(large.isKilled()).isTrue();
    assertThat(small.isKilled()).isFalse();
    assertThat(engine.say("EXISTS a b")).isEqualTo(":1");
    assertThat(engine.say("CLIENT LIST")).doesNotContain("id=" + large.id() + " ");
  }

  @Test
  void whatHasArrivedOfARequestCounts() {
    engine.config(Parameters.MAXMEMORY_CLIENTS, "150000");
    Session sending = engine.client();
    sending.onInput(100_000, 0, engine.nowMillis());
    engine.engine().limitClients();
    assertThat(sending.isKilled()).isFalse();
    sending.onInput(200_000, 0, engine.nowMillis());
    engine.engine().limitClients();
    assertThat(sending.isKilled()).isTrue();
  }

  @Test
  void repliesThatAreNotReadCount() {
    engine.run("SET a " + "x".repeat(30_000));
    engine.config(Parameters.MAXMEMORY_CLIENTS, "150000");
    Session slow = engine.client();
    int replies = 0;
    while (!slow.isKilled()) {
      engine.tell(slow, "GET a");
      replies++;
    }
    assertThat(replies).isEqualTo(6);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "WATCH %s",
        "SUBSCRIBE %s",
        "PSUBSCRIBE %s",
        "SSUBSCRIBE %s",
        "CLIENT TRACKING ON BCAST PREFIX %s",
        "HIMPORT PREPARE %s f"
      })
  void namesThatAreKeptForAClientCount(String request) {
    long before = engine.engine().sessions().queuedBytes();
    engine.config(Parameters.MAXMEMORY_CLIENTS, "150000");
    Session collecting = engine.client();
    int names = 0;
    while (!collecting.isKilled()) {
      assertThat(names).isLessThan(2_000);
      engine.tell(collecting, request.formatted("%08d".formatted(names++)));
      engine.heard(collecting);
    }
    assertThat(names).isGreaterThan(500);
    engine.engine().close(collecting);
    assertThat(engine.engine().sessions().queuedBytes()).isEqualTo(before);
  }

  @Test
  void whoMayStayDoesNotLetOthersGo() {
    engine.config(Parameters.MAXMEMORY_CLIENTS, "150000");
    Session spared = engine.client();
    engine.run(spared, "CLIENT NO-EVICT ON");
    spared.onInput(1_000_000, 0, engine.nowMillis());
    Session other = engine.client();
    engine.run(other, "PING");
    maintain();
    assertThat(spared.isKilled()).isFalse();
    assertThat(other.isKilled()).isFalse();
    engine.run(spared, "CLIENT NO-EVICT OFF");
    maintain();
    assertThat(spared.isKilled()).isTrue();
    assertThat(other.isKilled()).isFalse();
  }

  /** Observed in the tests of October 2024. */
  @Test
  void whatHasArrivedOfRequestsLetsKeysBeEvicted() {
    for (int i = 0; i < 10; i++) {
      engine.run("SET key" + i + " " + "x".repeat(10_000));
    }
    engine.config(Parameters.MAXMEMORY_POLICY, "allkeys-lru");
    engine.config(Parameters.MAXMEMORY, "150000");
    Session sending = engine.client();
    engine.run("PING");
    assertThat(engine.say("DBSIZE")).isEqualTo(":10");
    sending.onInput(100_000, 0, engine.nowMillis());
    engine.run("PING");
    assertThat(engine.say("DBSIZE")).isNotEqualTo(":10");
    engine.engine().close(sending);
  }

  /** Observed in the tests of 8.6.3. */
  @Test
  void clientsThatTakeTooMuchGoBeforeKeys() {
    for (int i = 0; i < 10; i++) {
      engine.run("SET key" + i + " " + "x".repeat(10_000));
    }
    engine.run("SET large " + "x".repeat(60_000));
    engine.config(Parameters.MAXMEMORY_POLICY, "allkeys-lru");
    engine.config(Parameters.MAXMEMORY, "260000");
    engine.config(Parameters.MAXMEMORY_CLIENTS, "70000");
    int gone = 0;
    Session slow = engine.client();
    while (gone < 5) {
      if (slow.isKilled()) {
        gone++;
        slow = engine.client();
      }
      engine.tell(slow, "GET large");
      engine.tell(slow, "GET large");
      engine.run("PING");
    }
    Session sending = engine.client();
    sending.onInput(100_000, 0, engine.nowMillis());
    maintain();
    assertThat(sending.isKilled()).isTrue();
    assertThat(engine.say("DBSIZE")).isEqualTo(":11");
    assertThat(engine.say("INFO stats")).contains("evicted_keys:0");
  }

  @Test
  void shortRepliesLetNoKeysBeEvicted() {
    engine.run("SET key " + "x".repeat(10_000));
    engine.config(Parameters.MAXMEMORY_POLICY, "allkeys-lru");
    engine.config(Parameters.MAXMEMORY, "30000");
    List<Session> asking = Stream.generate(engine::client).limit(10).toList();
    asking.forEach(session -> engine.tell(session, "PING"));
    assertThat(engine.say("DBSIZE")).isEqualTo(":1");
    asking.forEach(engine::heard);
    assertThat(engine.engine().sessions().countedBytes()).isLessThan(1_000);
  }

  /** Observed in the tests of October 2024. */
  @Test
  void whoIsAnsweredMoreThanTheHardLimitGoesButWhatItAskedForIsDone() {
    engine.run("SET a " + "x".repeat(1_000));
    engine.config(Parameters.CLIENT_OUTPUT_BUFFER_LIMIT, "normal 5000 0 0");
    Session greedy = engine.client();
    for (int i = 0; i < 16; i++) {
      engine.tell(greedy, "GET a");
    }
    assertThat(greedy.isKilled()).isFalse();
    engine.tell(greedy, "MULTI");
    for (int i = 0; i < 6; i++) {
      engine.tell(greedy, "GET a");
    }
    engine.tell(greedy, "SET b 1");
    assertThat(greedy.isKilled()).isFalse();
    engine.tell(greedy, "EXEC");
    assertThat(greedy.isKilled()).isTrue();
    assertThat(engine.say("GET b")).isEqualTo("\"1\"");
    assertThat(engine.say("INFO stats")).contains("client_output_buffer_limit_disconnections:1");
  }

  /** Observed in the tests of 8.6.3. */
  @Test
  void ofAReplyWhoseLengthIsKnownLastAllCounts() {
    for (int i = 0; i < 60; i++) {
      engine.run("SET " + "x".repeat(100) + i + " 1");
      engine.run("RPUSH list " + "x".repeat(100) + i);
    }
    engine.config(Parameters.CLIENT_OUTPUT_BUFFER_LIMIT, "normal 5000 0 0");
    Session greedy = engine.client();
    engine.tell(greedy, "LRANGE list 0 -1");
    assertThat(greedy.isKilled()).isFalse();
    engine.heard(greedy);
    engine.tell(greedy, "KEYS nothing*");
    engine.tell(greedy, "LRANGE list 0 40");
    assertThat(greedy.isKilled()).isFalse();
    engine.heard(greedy);
    engine.tell(greedy, "KEYS *");
    assertThat(greedy.isKilled()).isTrue();
  }

  /** Observed in the tests of 8.6.3. */
  @Test
  void whoHasNotSaidThePasswordIsAnsweredLittle() {
    engine.config(Parameters.REQUIREPASS, "secret");
    Session stranger = engine.client();
    for (int i = 0; i < 500; i++) {
      engine.tell(stranger, "GET a");
    }
    assertThat(stranger.isKilled()).isFalse();
    for (int i = 0; i < 50; i++) {
      engine.tell(stranger, "GET a");
    }
    assertThat(stranger.isKilled()).isTrue();
    assertThat(engine.say("INFO stats")).contains("client_output_buffer_limit_disconnections:1");
  }

  @Test
  void whatIsParsedOfARequestIsNoInputAnyMore() {
    Session sending = engine.client();
    sending.onInput(1_000, 400, engine.nowMillis());
    assertThat(engine.say("CLIENT LIST ID " + sending.id()))
        .contains(" qbuf=600 ", " argv-mem=400 ");
  }

  @Test
  void theLimitMayBeAShareOfMaxmemory() {
    Session large = engine.client();
    engine.run(large, "MULTI");
    engine.run(large, "SET a " + "x".repeat(200_000));
    engine.config(Parameters.MAXMEMORY_CLIENTS, "10%");
    maintain();
    assertThat(large.isKilled()).isFalse();
    engine.config(Parameters.MAXMEMORY, "1000000");
    maintain();
    assertThat(large.isKilled()).isTrue();
  }
}
