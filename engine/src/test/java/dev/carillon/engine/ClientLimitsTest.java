package dev.carillon.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.carillon.engine.command.family.EngineFixture;
import dev.carillon.engine.config.Parameters;
import dev.carillon.engine.session.Session;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

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
    sending.onInput(1_000, engine.nowMillis());
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
