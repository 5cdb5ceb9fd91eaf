package dev.carillon.listener;

import static dev.carillon.listener.Patience.await;
import static dev.carillon.protocol.event.EventType.EXPIRED;
import static dev.carillon.protocol.event.EventType.SET;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.carillon.protocol.bytes.Bytes;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What listening in a group does where there are no feeds. */
@Timeout(300)
class ClaimTest {

  /** Longer than a thread stands still on a busy machine; a test that waits for its end is slow. */
  private static final Duration LEASE = Duration.ofSeconds(3);

  private TestServer server;
  private final List<AutoCloseable> opened = new ArrayList<>();
  private final BlockingQueue<String> handled = new LinkedBlockingQueue<>();

  @BeforeEach
  void start() {
    server = keep(TestServer.Kind.REDIS.start("E$x"));
  }

  @AfterEach
  void closeAll() throws Exception {
    for (AutoCloseable one : opened.reversed()) {
      one.close();
    }
  }

  private <T extends AutoCloseable> T keep(T resource) {
    opened.add(resource);
    return resource;
  }

  private Carillon connect(String uri) {
    return keep(
        Carillon.builder(uri)
            .lease(LEASE)
            .patience(Duration.ofSeconds(5))
            .closePatience(Duration.ofSeconds(2))
            .open());
  }

  private String handled() throws InterruptedException {
    return handled.poll(60, TimeUnit.SECONDS);
  }

  @Test
  void anOrderThatExpiresIsHandledByOneOfTheGroup() throws Exception {
    for (int i = 0; i < 3; i++) {
      connect(server.uri())
          .on(EXPIRED)
          .keys("order:{id}")
          .group("order-timeouts")
          .subscribe(event -> handled.add(event.variable("id")));
    }
    server.call("SET", "order:42", "unpaid", "PX", "1");
    assertThat(handled()).isEqualTo("42");
    server.call("SET", "order:43", "unpaid", "PX", "1");
    assertThat(handled()).isEqualTo("43");
    assertThat(handled).isEmpty();
  }

  @Test
  void theWorkersShareTheEventsAndEachKeyStaysInOrder() throws Exception {
    Map<Bytes, List<String>> perKey = new ConcurrentHashMap<>();
    Set<Integer> workers = ConcurrentHashMap.newKeySet();
    for (int worker = 0; worker < 3; worker++) {
      int me = worker;
      connect(server.uri())
          .on(SET)
          .keys("counter:{n}")
          .group("counting")
          .subscribe(
              event -> {
                workers.add(me);
                perKey
                    .computeIfAbsent(event.key(), key -> new CopyOnWriteArrayList<>())
                    .add(event.id());
                handled.add(event.id());
              });
    }
    for (int n = 1; n <= 20; n++) {
      for (int key = 0; key < 20; key++) {
        server.call("SET", "counter:" + key, Integer.toString(n));
      }
    }
    await().until(() -> handled.size() >= 400);
    assertThat(Set.copyOf(handled)).hasSize(400);
    assertThat(handled).hasSize(400);
    perKey.forEach(
        (key, ids) ->
            assertThat(ids.stream().map(id -> id.substring(id.lastIndexOf('-') + 1)).toList())
                .as("%s", key)
                .isSortedAccordingTo((a, b) -> Integer.compare(number(a), number(b))));
    assertThat(workers).hasSizeGreaterThan(1);
  }

  private static int number(String text) {
    return Integer.parseInt(text);
  }

  @Test
  void whatAWorkerHadBegunThatIsCutOffIsTakenOverWithItsId() throws Exception {
    Wire wire = keep(new Wire(server.port()));
    CountDownLatch holding = new CountDownLatch(1);
    CountDownLatch release = new CountDownLatch(1);
    List<String> first = new CopyOnWriteArrayList<>();
    connect(wire.uri())
        .on(SET)
        .group("g")
        .subscribe(
            event -> {
              first.add(event.id());
              holding.countDown();
              release.await();
            });
    connect(server.uri()).on(SET).group("g").subscribe(event -> handled.add(event.id()));
    int[] written = {0};
    while (holding.getCount() > 0) {
      server.call("SET", "k" + ++written[0], "");
      await()
          .pollInterval(Duration.ofMillis(1))
          .until(() -> holding.getCount() == 0 || handled.size() == written[0]);
    }
    String held = first.getFirst();
    assertThat(handled).doesNotContain(held);
    wire.close();
    wire.cut();
    await().until(() -> handled.contains(held));
    release.countDown();
  }

  @Test
  void aHandlerThatTakesLongerThanTheLeaseKeepsItsClaim() throws Exception {
    CountDownLatch release = new CountDownLatch(1);
    for (int i = 0; i < 2; i++) {
      connect(server.uri())
          .on(SET)
          .group("g")
          .subscribe(
              event -> {
                handled.add(event.toString());
                release.await();
              });
    }
    server.call("SET", "k", "");
    assertThat(handled()).isEqualTo("set k");
    String claim = server.call("KEYS", "carillon:own:claim:g:*").replaceAll("[\\[\\]]", "");
    long[] left = {Long.parseLong(server.call("PTTL", claim))};
    for (int i = 0; i < 4; i++) { // Each of them is a third of a lease.
      await()
          .until(
              () -> {
                long before = left[0];
                left[0] = Long.parseLong(server.call("PTTL", claim));
                return left[0] > before;
              });
    }
    assertThat(handled).isEmpty();
    release.countDown();
  }

  @Test
  void whatIsGivenUpIsADeadLetterOnceAndMayBeHandledAgain() throws Exception {
    boolean[] broken = {true};
    for (int i = 0; i < 2; i++) {
      connect(server.uri())
          .on(SET)
          .group("g")
          .retry(Retry.fixed(Duration.ofMillis(1), 3))
          .deadLetter()
          .subscribe(
              event -> {
                if (broken[0]) {
                  throw new IllegalStateException("no database");
                }
                handled.add(event.id() + " " + event + " " + event.attempt());
              });
    }
    server.call("SET", "k", "new");
    DeadLetters letters = connect(server.uri()).deadLetters("g");
    await().until(() -> letters.count() == 1);
    DeadLetter letter = letters.list(10).getFirst();
    assertThat(letter.name()).isEqualTo("set");
    assertThat(letter.key()).isEqualTo(Bytes.of("k"));
    assertThat(letter.attempts()).isEqualTo(3);
    assertThat(letter.error()).isEqualTo("java.lang.IllegalStateException: no database");

    broken[0] = false;
    assertThat(letters.redrive(10)).isEqualTo(1);
    assertThat(handled()).isEqualTo(letter.id() + " set k 1");
    assertThat(letters.count()).isZero();
    await().until(() -> server.call("XLEN", "feed:g:redrive:g").equals("0"));
    assertThat(handled).isEmpty();
  }

  @Test
  void everyWorkerIsToldOfAGap() throws Exception {
    for (int i = 0; i < 2; i++) {
      int me = i;
      connect(server.uri())
          .on(SET)
          .group("g")
          .onGap(gap -> handled.add(me + " " + gap.reason()))
          .subscribe(event -> handled.add(event.toString()));
    }
    server.dropSubscribers();
    assertThat(List.of(handled(), handled()))
        .containsExactlyInAnyOrder("0 DISCONNECTED", "1 DISCONNECTED");
    server.call("SET", "k", "");
    assertThat(handled()).isEqualTo("set k");
    assertThat(handled).isEmpty();
  }

  @Test
  void whereTheWorkersCannotAgreeItIsSaid() {
    server.call("ACL", "SETUSER", "app", "on", ">pw", "~*", "&*", "+@all", "-publish");
    String uri = server.uri().replace("redis://", "redis://app:pw@");
    assertThatThrownBy(() -> connect(uri).on(SET).group("g").subscribe(event -> {}))
        .isInstanceOf(ListenerException.class)
        .hasMessageContaining("refuses PUBLISH, by which the workers of a group agree");
    assertThatThrownBy(
            () -> connect(server.uri()).on(SET).group("g").existingFeed().subscribe(event -> {}))
        .hasMessageContaining("keeps no feeds, so that there is no \"feed:g\"");
  }
}
