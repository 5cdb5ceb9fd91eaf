package dev.carillon.junit;

import static dev.carillon.junit.EventPattern.anything;
import static dev.carillon.junit.EventPattern.deleted;
import static dev.carillon.junit.EventPattern.event;
import static dev.carillon.junit.EventPattern.expired;
import static dev.carillon.junit.EventPattern.set;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.carillon.protocol.bytes.Bytes;
import dev.carillon.protocol.event.EventType;
import dev.carillon.protocol.resp.Reply;
import dev.carillon.server.CarillonServer;
import dev.carillon.server.ManualClock;
import java.io.IOException;
import java.net.Socket;
import java.net.URI;
import java.time.Duration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@CarillonTest
@Timeout(300)
class OrdersStoryTest {

  private final TestClient client;

  OrdersStoryTest(TestClient client) {
    this.client = client;
  }

  @BeforeEach
  void anOrderIsPlaced(TestClient same, TestEvents events) {
    assertThat(same).isSameAs(client);
    client.call("SET", "order:42", "unpaid", "EX", "1800");
    events.await(set("order:42"));
    events.await(event(EventType.EXPIRE, "order:42"));
  }

  @Test
  void movingTheClockLetsAnOrderExpireNow(ManualClock clock, TestEvents events) {
    clock.advance(Duration.ofMinutes(30).minusMillis(1));
    events.assertNone();
    clock.advance(Duration.ofMillis(1));
    TestEvent event = events.await(expired("order:42"));
    assertThat(event.keyText()).isEqualTo("order:42");
    assertThat(event.database()).isZero();
    assertThat(event.atMillis()).isEqualTo(clock.millis());
    events.assertNone();
    assertThat(client.call("GET", "order:42")).isNull();
  }

  @Test
  void manyDeadlinesAreMetBeforeAnAssertionLooks(ManualClock clock, TestEvents events) {
    for (int i = 0; i < 5000; i++) {
      client.call("SET", "coupon:" + i, "", "PX", "100");
    }
    events.skip();
    clock.advance(Duration.ofSeconds(1));
    assertThat(events.list()).hasSize(5000).allMatch(expired("coupon:*")::matches);
  }

  @Test
  void anAssertionSaysWhatHappenedInstead(TestEvents events) {
    client.call("DEL", "order:42");
    assertThatThrownBy(() -> events.assertNone(deleted("order:*")))
        .isInstanceOf(AssertionError.class)
        .hasMessage("expected no event like del order:*, but what happened is:\n  del order:42");
    assertThatThrownBy(() -> events.await(expired("order:*"), Duration.ofMillis(1)))
        .isInstanceOf(AssertionError.class)
        .hasMessage("expected expired order:* within 1 ms, but what happened is:\n  del order:42");
    events.skip();
    assertThatThrownBy(() -> events.await(expired("order:*"), Duration.ofMillis(1)))
        .hasMessage("expected expired order:* within 1 ms, but nothing happened");
    events.assertNone();
  }

  @Test
  void eventsOfFieldsAndOfOtherDatabasesAreHeard(TestEvents events) {
    client.call("HSET", "stock", "pears", "3", "plums", "5");
    assertThat(events.await(event(EventType.HSET, "stock")).fields())
        .containsExactly(Bytes.of("pears"), Bytes.of("plums"));
    client.call("SELECT", "3");
    client.call("SET", "elsewhere", "");
    events.assertNone(anything("elsewhere").inDatabase(0));
    assertThat(events.await(anything("elsewhere").inDatabase(3)))
        .hasToString("new elsewhere in database 3");
  }

  @Test
  void droppedConnectionsEndAndTheClientGoesOn(CarillonServer server, URI uri) throws IOException {
    try (Socket subscriber = new Socket(uri.getHost(), uri.getPort())) {
      subscriber.getOutputStream().write("PING\r\n".getBytes());
      assertThat(subscriber.getInputStream().readNBytes(7)).asString().isEqualTo("+PONG\r\n");
      server.dropConnections();
      assertThat(subscriber.getInputStream().read()).isEqualTo(-1);
    }
    assertThat(client.call("GET", "order:42")).isEqualTo("unpaid");
  }

  @Test
  void refusalsAreExceptionsOfTheTextForm() {
    assertThatThrownBy(() -> client.call("LPUSH", "order:42", "item"))
        .hasMessageStartingWith("LPUSH was refused: WRONGTYPE");
    assertThat(client.ask("LPUSH", "order:42", "item")).isInstanceOf(Reply.Failure.class);
    assertThat(client.call("MGET", "order:42", "none")).isEqualTo("[unpaid, null]");
  }

  @Test
  void allNotificationsAreOnUnlessSaidOtherwise() {
    assertThat(client.call("CONFIG", "GET", "notify-keyspace-events"))
        .isEqualTo("[notify-keyspace-events, AKE]");
  }

  @Test
  @CarillonTest(notifications = "Ex", configuration = "maxmemory 10mb")
  void aMethodMayConfigureItsServer(TestEvents events) {
    assertThat(client.call("CONFIG", "GET", "notify-keyspace-events")).endsWith(", xE]");
    assertThat(client.call("CONFIG", "GET", "maxmemory")).endsWith(", 10485760]");
    client.call("DEL", "order:42");
    events.await(deleted("order:42"));
  }
}
