package dev.carillon.listener;

import static dev.carillon.listener.Patience.await;
import static dev.carillon.protocol.event.EventType.DEL;
import static dev.carillon.protocol.event.EventType.EXPIRED;
import static dev.carillon.protocol.event.EventType.LPUSH;
import static dev.carillon.protocol.event.EventType.SET;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.carillon.listener.micrometer.CarillonMeters;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Flow;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What listening without a group does, on our server and on Redis. */
@Timeout(300)
class LiveTest {

  private final List<AutoCloseable> opened = new ArrayList<>();
  private final BlockingQueue<String> heard = new LinkedBlockingQueue<>();

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

  private TestServer start(TestServer.Kind kind, String flags) {
    return keep(kind.start(flags));
  }

  /** With a canary that sings so seldom that no thread is slow enough to seem deaf. */
  private Carillon connect(String uri) {
    return keep(Carillon.builder(uri).canary(Duration.ofSeconds(30)).open());
  }

  private Carillon connectWatching(String uri) {
    return keep(
        Carillon.builder(uri)
            .canary(Duration.ofMillis(200))
            .patience(Duration.ofSeconds(2))
            .open());
  }

  private String heard() throws InterruptedException {
    return heard.poll(60, TimeUnit.SECONDS);
  }

  /**
   * What is heard but gaps that a canary tells of whose echo was slow; {@code again} is done until
   * there is something, since what it did may have fallen into such a gap.
   */
  private String heardWatching(Runnable again) throws InterruptedException {
    String next = "DEAF";
    while (next == null || next.equals("DEAF")) {
      again.run();
      next = heard.poll(1, TimeUnit.SECONDS);
    }
    return next;
  }

  private void note(KeyEvent event) {
    heard.add(event.toString());
  }

  private void note(Gap gap) {
    heard.add(gap.reason().toString());
  }

  @ParameterizedTest
  @EnumSource
  void anOrderThatExpiresIsHeardInOneLine(TestServer.Kind kind) throws Exception {
    TestServer server = start(kind, "Ex");
    connect(server.uri())
        .on(EXPIRED)
        .keys("order:{id}")
        .subscribe(event -> heard.add(event.variable("id")));
    server.call("SET", "basket:41", "", "PX", "1");
    server.call("SET", "order:42", "", "PX", "1");
    assertThat(heard()).isEqualTo("42");
    assertThat(heard).isEmpty();
  }

  @ParameterizedTest
  @EnumSource
  void afterALostConnectionThereIsAGapAndThenEventsAgain(TestServer.Kind kind) throws Exception {
    TestServer server = start(kind, "E$");
    connect(server.uri()).on(SET).onGap(this::note).subscribe(this::note);
    server.call("SET", "one", "");
    assertThat(heard()).isEqualTo("set one");
    server.dropSubscribers();
    assertThat(heard()).isEqualTo("DISCONNECTED");
    server.call("SET", "two", "");
    assertThat(heard()).isEqualTo("set two");
  }

  @ParameterizedTest
  @EnumSource
  void aConnectionThatCarriesNothingAnyMoreIsReplaced(TestServer.Kind kind) throws Exception {
    TestServer server = start(kind, "E$");
    Wire wire = keep(new Wire(server.port()));
    Carillon carillon = connectWatching(wire.uri());
    Subscription subscription = carillon.on(SET).onGap(this::note).subscribe(this::note);
    assertThat(heardWatching(() -> server.call("SET", "one", ""))).isEqualTo("set one");
    long gaps = subscription.stats().gaps();
    wire.swallow();
    server.call("SET", "lost", "");
    await().until(() -> subscription.stats().gaps() > gaps);
    heard.removeIf("set one"::equals);
    assertThat(heardWatching(() -> server.call("SET", "two", ""))).isEqualTo("set two");
  }

  @ParameterizedTest
  @EnumSource
  void missingFlagsAreSaidAndNotSet(TestServer.Kind kind) {
    TestServer server = start(kind, "Kg");
    Listening listening = connect(server.uri()).on(EXPIRED).keys("order:{id}");
    assertThatThrownBy(() -> listening.subscribe(this::note))
        .isInstanceOf(NotificationsOffException.class)
        .hasMessageEndingWith(
            "is \"gK\", so these events are not announced; set it with: CONFIG SET"
                + " notify-keyspace-events gxK");
    assertThat(server.call("CONFIG", "GET", "notify-keyspace-events")).endsWith(", gK]");
    server.call("CONFIG", "SET", "notify-keyspace-events", "");
    assertThatThrownBy(() -> listening.open())
        .hasMessageEndingWith("CONFIG SET notify-keyspace-events xE");
  }

  @ParameterizedTest
  @EnumSource
  void missingFlagsAreSetWhereThatIsAllowed(TestServer.Kind kind) throws Exception {
    TestServer server = start(kind, "Kg");
    Carillon carillon = keep(Carillon.builder(server.uri()).configureNotifications().open());
    carillon.on(EXPIRED).keys("order:{id}").subscribe(this::note);
    assertThat(server.call("CONFIG", "GET", "notify-keyspace-events")).endsWith(", gxK]");
    server.call("SET", "order:42", "", "PX", "1");
    assertThat(heard()).isEqualTo("expired order:42");
  }

  @ParameterizedTest
  @EnumSource
  void aServerThatFallsSilentIsNoticed(TestServer.Kind kind) throws Exception {
    TestServer server = start(kind, "E$");
    connectWatching(server.uri()).on(SET).onGap(this::note).subscribe(this::note);
    server.call("CONFIG", "SET", "notify-keyspace-events", "");
    assertThat(heardWatching(() -> {})).isEqualTo("SILENCED");
    server.call("SET", "lost", "");
    server.call("CONFIG", "SET", "notify-keyspace-events", "E$");
    assertThat(heardWatching(() -> {})).isEqualTo("SILENCED");
    assertThat(heardWatching(() -> server.call("SET", "two", ""))).isEqualTo("set two");
  }

  @ParameterizedTest
  @EnumSource
  void theServerPicksTheKeysWhereItAnnouncesByKey(TestServer.Kind kind) throws Exception {
    TestServer server = start(kind, "KEA");
    connect(server.uri()).on(SET, LPUSH).keys("a:{x}", "a:b:{y}", "c[1]:{z}").subscribe(this::note);
    assertThat(server.call("PUBSUB", "NUMPAT")).isEqualTo("3");
    for (String key : List.of("other", "a:b:c", "c1:no", "c[1]:yes")) {
      server.call("SET", key, "");
      server.call("DEL", key);
    }
    server.call("LPUSH", "a:list", "1");
    assertThat(List.of(heard(), heard(), heard()))
        .containsExactlyInAnyOrder("set a:b:c", "set c[1]:yes", "lpush a:list");
    assertThat(heard).isEmpty();
  }

  @ParameterizedTest
  @EnumSource
  void otherDatabasesAreHeardWhenAsked(TestServer.Kind kind) throws Exception {
    TestServer server = start(kind, "E$g");
    Carillon carillon = connect(server.uri());
    carillon.on(SET).anyDatabase().subscribe(event -> heard.add("any " + event));
    carillon.on(SET).database(3).subscribe(event -> heard.add("three " + event));
    connect(server.uri() + "/4").on(SET).subscribe(event -> heard.add("four " + event));
    server.call("SELECT", "4");
    server.call("SET", "k", "");
    assertThat(List.of(heard(), heard()))
        .containsExactlyInAnyOrder("any set k in database 4", "four set k in database 4");
    server.call("SELECT", "3");
    server.call("SET", "k", "");
    assertThat(List.of(heard(), heard()))
        .containsExactlyInAnyOrder("any set k in database 3", "three set k in database 3");
  }

  @ParameterizedTest
  @EnumSource
  void aHandlerThatThrowsIsTriedAgainAndTheIdStays(TestServer.Kind kind) throws Exception {
    TestServer server = start(kind, "E$");
    Subscription subscription =
        connect(server.uri())
            .on(SET)
            .retry(Retry.fixed(Duration.ofMillis(1), 3))
            .subscribe(
                event -> {
                  heard.add(event.id());
                  heard.add(event + " " + event.attempt());
                  if (event.attempt() < 3) {
                    throw new IllegalStateException("not yet");
                  }
                });
    server.call("SET", "k", "");
    String id = heard();
    assertThat(List.of(heard(), heard(), heard(), heard(), heard()))
        .containsExactly("set k 1", id, "set k 2", id, "set k 3");
    await().until(() -> subscription.stats().handled() == 1);
    assertThat(subscription.stats().retried()).isEqualTo(2);
  }

  @ParameterizedTest
  @EnumSource
  void whatIsTooMuchIsAGapWithItsNumber(TestServer.Kind kind) throws Exception {
    TestServer server = start(kind, "E$g");
    CountDownLatch gate = new CountDownLatch(1);
    Subscription subscription =
        connect(server.uri())
            .on(SET)
            .queue(10)
            .concurrency(1)
            .onGap(gap -> heard.add(gap.reason() + " " + gap.missed()))
            .subscribe(event -> gate.await());
    // 64 are taken on and one waits to be.
    for (int i = 1; i <= 65; i++) {
      int count = i;
      server.call("SET", "key" + i, "");
      await()
          .pollInterval(Duration.ofMillis(1))
          .until(
              () -> subscription.stats().heard() == count && subscription.stats().waiting() == 0);
    }
    for (int i = 66; i <= 200; i++) {
      server.call("SET", "key" + i, "");
    }
    await().until(() -> subscription.stats().heard() == 200);
    assertThat(subscription.stats().missed()).isEqualTo(125);
    gate.countDown();
    assertThat(heard()).isEqualTo("OVERLOADED 125");
    await().until(() -> subscription.stats().handled() == 75);
  }

  @ParameterizedTest
  @EnumSource
  void signalsArePulledWithGapsBetweenThem(TestServer.Kind kind) throws Exception {
    TestServer server = start(kind, "E$g");
    try (Signals signals = connect(server.uri()).on(SET, DEL).reconcileAtStart().open()) {
      server.call("SET", "k", "");
      server.call("DEL", "k");
      List<String> seen = new ArrayList<>();
      for (Signal signal : signals) {
        seen.add(signal instanceof Gap gap ? gap.reason().toString() : signal.toString());
        if (seen.size() == 3) {
          signals.close();
        }
      }
      assertThat(seen).containsExactly("STARTED", "set k", "del k");
      assertThat(signals.next()).isNull();
    }
  }

  @ParameterizedTest
  @EnumSource
  void aPublisherGivesWhatIsRequested(TestServer.Kind kind) throws Exception {
    TestServer server = start(kind, "E$");
    CountDownLatch begun = new CountDownLatch(1);
    BlockingQueue<Flow.Subscription> demand = new LinkedBlockingQueue<>();
    connect(server.uri())
        .on(SET)
        .reconcileAtStart()
        .publisher()
        .subscribe(
            new Flow.Subscriber<Signal>() {
              @Override
              public void onSubscribe(Flow.Subscription subscription) {
                demand.add(subscription);
                subscription.request(1);
              }

              @Override
              public void onNext(Signal signal) {
                if (signal instanceof KeyEvent event) {
                  note(event);
                }
                begun.countDown();
              }

              @Override
              public void onError(Throwable e) {
                heard.add(e.toString());
              }

              @Override
              public void onComplete() {
                heard.add("complete");
              }
            });
    begun.await();
    Flow.Subscription subscription = demand.take();
    server.call("SET", "one", "");
    server.call("SET", "two", "");
    subscription.request(1);
    assertThat(heard()).isEqualTo("set one");
    assertThat(heard).isEmpty();
    subscription.request(Long.MAX_VALUE);
    assertThat(heard()).isEqualTo("set two");
    subscription.cancel();
    await().until(() -> server.call("PUBSUB", "CHANNELS").equals("[]"));
  }

  @ParameterizedTest
  @EnumSource
  void aSubscriptionThatIsClosedLeavesNothingBehind(TestServer.Kind kind) throws Exception {
    TestServer server = start(kind, "E$");
    SimpleMeterRegistry registry = new SimpleMeterRegistry();
    Carillon carillon =
        keep(Carillon.builder(server.uri()).observer(new CarillonMeters(registry)).open());
    Subscription subscription = carillon.on(SET).named("mine").subscribe(this::note);
    server.call("SET", "k", "");
    assertThat(heard()).isEqualTo("set k");
    await()
        .until(
            () ->
                registry
                        .get("carillon.listener.handled")
                        .tag("subscription", "mine")
                        .functionCounter()
                        .count()
                    == 1);
    assertThat(carillon.subscriptions()).containsExactly(subscription);
    subscription.close();
    subscription.close();
    assertThat(carillon.subscriptions()).isEmpty();
    assertThat(registry.getMeters()).isEmpty();
    await().until(() -> server.call("PUBSUB", "CHANNELS").equals("[]"));
  }

  @ParameterizedTest
  @EnumSource
  void whoMayNotPublishOrConfigureListensAllTheSame(TestServer.Kind kind) throws Exception {
    TestServer server = start(kind, "E$");
    server.call("ACL", "SETUSER", "app", "on", ">pw", "~*", "&*", "+@all", "-publish", "-config");
    String uri = server.uri().replace("redis://", "redis://app:pw@");
    connectWatching(uri).on(SET).onGap(this::note).subscribe(this::note);
    assertThat(heardWatching(() -> server.call("SET", "one", ""))).isEqualTo("set one");
    server.dropSubscribers();
    await().until(() -> heard.contains("DISCONNECTED") || heard.contains("DEAF"));
  }

  @ParameterizedTest
  @EnumSource
  void aServerThatIsNotThereIsSaidAtOnce(TestServer.Kind kind) {
    TestServer server = start(kind, "E$");
    int port = server.port();
    server.close();
    opened.remove(server);
    assertThatThrownBy(() -> connect("redis://127.0.0.1:" + port).on(SET).subscribe(this::note))
        .isInstanceOf(ListenerException.class)
        .hasMessageStartingWith("no answer from 127.0.0.1:" + port + ": ");
  }
}
