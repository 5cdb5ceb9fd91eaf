package dev.carillon.junit;

import static dev.carillon.junit.EventPattern.event;
import static dev.carillon.protocol.event.EventType.EXPIRED;
import static org.assertj.core.api.Assertions.assertThat;

import dev.carillon.listener.Carillon;
import dev.carillon.listener.Gap;
import dev.carillon.protocol.event.EventType;
import dev.carillon.server.CarillonServer;
import dev.carillon.server.ManualClock;
import java.net.URI;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** How code that listens is tested. */
@CarillonTest(notifications = "Ex")
@Timeout(300)
class ListenerStoryTest {

  private final BlockingQueue<String> heard = new LinkedBlockingQueue<>();

  private String heard() throws InterruptedException {
    return heard.poll(60, TimeUnit.SECONDS);
  }

  @Test
  void anOrderTimesOutWhenTheClockIsMoved(Carillon carillon, TestClient client, ManualClock clock)
      throws Exception {
    carillon
        .on(EXPIRED)
        .keys("order:{id}")
        .subscribe(event -> heard.add("cancel " + event.variable("id")));
    client.call("SET", "order:42", "unpaid", "EX", "1800");
    clock.advance(Duration.ofMinutes(30));
    assertThat(heard()).isEqualTo("cancel 42");
  }

  @Test
  void aLostConnectionIsMadeUpFor(
      Carillon carillon, CarillonServer server, TestClient client, ManualClock clock)
      throws Exception {
    carillon
        .on(EXPIRED)
        .onGap(gap -> heard.add(gap.reason().toString()))
        .subscribe(event -> heard.add(event.keyText()));
    server.dropConnections();
    assertThat(heard()).isEqualTo(Gap.Reason.DISCONNECTED.toString());
    client.call("SET", "order:42", "unpaid", "EX", "1800");
    clock.advance(Duration.ofMinutes(30));
    assertThat(heard()).isEqualTo("order:42");
  }

  @Test
  void aGroupHandlesWhatTheClockBrings(Carillon carillon, TestClient client, ManualClock clock)
      throws Exception {
    carillon
        .on(EXPIRED)
        .group("order-timeouts")
        .values(100)
        .volatileFeed()
        .subscribe(event -> heard.add(event.keyText() + " was " + event.oldValue().string()));
    client.call("SET", "order:42", "unpaid", "EX", "1800");
    clock.advance(Duration.ofMinutes(30));
    assertThat(heard()).isEqualTo("order:42 was unpaid");
  }

  @Test
  @CarillonTest(durable = true)
  void aServerWithAJournalKeepsTheFeedOfAGroup(
      Carillon carillon, TestClient client, ManualClock clock, TestEvents events) throws Exception {
    carillon
        .on(EXPIRED)
        .group("order-timeouts")
        .subscribe(event -> heard.add(event.keyText() + " at attempt " + event.attempt()));
    client.call("SET", "order:42", "unpaid", "EX", "1800");
    events.skip();
    clock.advance(Duration.ofMinutes(29));
    events.assertNone(); // The leases of the group are renewed, which is nobody's business.
    clock.advance(Duration.ofMinutes(1));
    assertThat(heard()).isEqualTo("order:42 at attempt 1");
  }

  /** Leases are not over by it, however long it is. */
  @Test
  @CarillonTest(durable = true)
  void aClockThatIsMovedTakesNothingFromWorkersThatLive(
      URI uri, TestClient client, ManualClock clock) throws Exception {
    Set<String> all = new HashSet<>();
    try (Carillon first = listen(uri);
        Carillon second = listen(uri);
        Carillon third = listen(uri)) {
      for (int round = 1; round <= 5; round++) {
        for (int i = 0; i < 40; i++) {
          client.call("SET", "order:" + i, "unpaid", "EX", "60");
        }
        clock.advance(Duration.ofMinutes(1));
        listen(uri).close(); // Somebody who comes and goes has everybody look who is there.
        for (int i = 0; i < 40; i++) {
          String id = heard();
          assertThat(id).as("event %d of round %d", i, round).isNotNull();
          assertThat(all.add(id)).as("%s is handled once", id).isTrue();
        }
      }
      assertThat(heard).isEmpty();
      assertThat(List.of(first, second, third)).allMatch(one -> one.subscriptions().size() == 1);
    }
  }

  private Carillon listen(URI uri) {
    Carillon carillon = Carillon.builder(uri.toString()).lease(Duration.ofSeconds(20)).open();
    carillon.on(EXPIRED).group("order-timeouts").subscribe(event -> heard.add(event.id()));
    return carillon;
  }

  @Test
  @CarillonTest(durable = true)
  void whoReadsAFeedIsNobodysBusiness(TestClient client, TestEvents events) {
    client.call("FEED", "CREATE", "orders", "EVENTS", "x", "PARTITIONS", "2");
    client.call("XGROUP", "CREATE", "plain", "readers", "$", "MKSTREAM");
    client.call("XGROUP", "CREATE", "orders:1", "readers", "$");
    client.call("XREADGROUP", "GROUP", "readers", "ann", "STREAMS", "orders:1", ">");
    client.call("XGROUP", "DELCONSUMER", "orders:1", "readers", "ann");
    events.await(event(EventType.XGROUP_CREATE, "plain"));
    events.assertNone();
    client.call("XGROUP", "CREATE", "orders:redrive:readers", "readers", "$", "MKSTREAM");
    events.skip();
    client.call("XGROUP", "CREATECONSUMER", "orders:redrive:readers", "readers", "ann");
    client.call("XREADGROUP", "GROUP", "readers", "ben", "STREAMS", "orders:redrive:readers", ">");
    events.assertNone();
    client.call("XGROUP", "CREATECONSUMER", "plain", "readers", "ann");
    events.await(event(EventType.XGROUP_CREATECONSUMER, "plain"));
  }
}
