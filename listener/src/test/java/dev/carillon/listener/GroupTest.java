package dev.carillon.listener;

import static dev.carillon.listener.Patience.await;
import static dev.carillon.protocol.event.EventType.DEL;
import static dev.carillon.protocol.event.EventType.EXPIRED;
import static dev.carillon.protocol.event.EventType.HSET;
import static dev.carillon.protocol.event.EventType.SET;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.carillon.protocol.bytes.Bytes;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What listening in a group does, on feeds. */
@Timeout(300)
class GroupTest {

  @TempDir private Path directory;
  private TestServer server;
  private final List<AutoCloseable> opened = new ArrayList<>();
  private final BlockingQueue<String> handled = new LinkedBlockingQueue<>();

  @BeforeEach
  void start() {
    server = keep(TestServer.journaled(directory));
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

  /** With the lease of who says nothing else: nothing here waits for its end unless it says so. */
  private Carillon connect(String uri) {
    return connect(uri, Duration.ofSeconds(10));
  }

  private Carillon connect(String uri, Duration lease) {
    return keep(Carillon.builder(uri).lease(lease).closePatience(Duration.ofSeconds(2)).open());
  }

  private String handled() throws InterruptedException {
    return handled.poll(60, TimeUnit.SECONDS);
  }

  private void note(KeyEvent event) {
    handled.add(event.toString());
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
    assertThat(server.call("FEED", "LIST")).isEqualTo("[feed:order-timeouts]");
    server.call("SET", "order:43", "unpaid", "PX", "1");
    assertThat(handled()).isEqualTo("43");
    assertThat(handled).isEmpty();
  }

  @Test
  void theWorkersShareTheKeysAndEachKeyStaysInOrder() throws Exception {
    Map<Bytes, List<Integer>> perKey = new ConcurrentHashMap<>();
    Set<Integer> workers = ConcurrentHashMap.newKeySet();
    for (int worker = 0; worker < 3; worker++) {
      int me = worker;
      connect(server.uri())
          .on(SET)
          .keys("counter:{n}")
          .group("counting")
          .values(100)
          .subscribe(
              event -> {
                workers.add(me);
                int old =
                    event.oldValue() == null ? 0 : Integer.parseInt(event.oldValue().string());
                perKey.computeIfAbsent(event.key(), key -> new CopyOnWriteArrayList<>()).add(old);
                handled.add(event.id());
              });
    }
    for (int n = 1; n <= 50; n++) {
      for (int key = 0; key < 40; key++) {
        server.call("SET", "counter:" + key, Integer.toString(n));
      }
    }
    await().until(() -> handled.size() == 2000);
    assertThat(Set.copyOf(handled)).hasSize(2000);
    assertThat(perKey).hasSize(40);
    List<Integer> inOrder = IntStream.range(0, 50).boxed().toList();
    perKey.forEach((key, olds) -> assertThat(olds).as("%s", key).isEqualTo(inOrder));
    assertThat(workers).hasSizeGreaterThan(1);
  }

  @Test
  void eventsWaitWhileNobodyIsThere() throws Exception {
    Listening listening = connect(server.uri()).on(SET, DEL).keys("k{n}").group("g");
    listening.subscribe(this::note).close();
    server.call("SET", "k1", "");
    server.call("DEL", "k1");
    server.call("SET", "other", "");
    listening.subscribe(this::note);
    assertThat(List.of(handled(), handled())).containsExactly("set k1", "del k1");
    await().until(() -> pending("feed:g", "g") == 0);
    assertThat(handled).isEmpty();
  }

  /** How many entries of all partitions are read and not acknowledged. */
  private int pending(String feed, String group) {
    int pending = 0;
    for (int i = 0; i < Listening.PARTITIONS; i++) {
      String reply = server.call("XPENDING", feed + ":" + i, group);
      pending += Integer.parseInt(reply.substring(1, reply.indexOf(',')));
    }
    return pending;
  }

  @Test
  void whatIsGivenUpIsADeadLetterAndMayBeHandledAgain() throws Exception {
    Carillon carillon = connect(server.uri());
    boolean[] broken = {true};
    Subscription subscription =
        carillon
            .on(SET)
            .group("g")
            .values(10)
            .retry(Retry.fixed(Duration.ofMillis(1), 3))
            .deadLetter()
            .subscribe(
                event -> {
                  if (broken[0]) {
                    throw new IllegalStateException("no database");
                  }
                  handled.add(event.id() + " " + event + " " + event.attempt());
                });
    server.call("SET", "k", "new");
    DeadLetters letters = carillon.deadLetters("g");
    await().until(() -> letters.count() == 1);
    DeadLetter letter = letters.list(10).getFirst();
    assertThat(letter.name()).isEqualTo("set");
    assertThat(letter.key()).isEqualTo(Bytes.of("k"));
    assertThat(letter.attempts()).isEqualTo(3);
    assertThat(letter.error()).isEqualTo("java.lang.IllegalStateException: no database");
    await().until(() -> pending("feed:g", "g") == 0);

    broken[0] = false;
    assertThat(letters.redrive(10)).isEqualTo(1);
    assertThat(handled()).isEqualTo(letter.id() + " set k 1");
    assertThat(letters.count()).isZero();
    await().until(() -> server.call("XLEN", "feed:g:redrive:g").equals("0"));
    assertThat(subscription.stats().failed()).isEqualTo(1);
  }

  @Test
  void whatAWorkerThatIsCutOffHadBegunIsTakenOverAndItBeginsNothingMore() throws Exception {
    Wire wire = keep(new Wire(server.port()));
    CountDownLatch holding = new CountDownLatch(1);
    CountDownLatch release = new CountDownLatch(1);
    List<String> late = new CopyOnWriteArrayList<>();
    Duration lease = Duration.ofSeconds(2);
    Subscription first =
        connect(wire.uri(), lease)
            .on(SET)
            .keys("k")
            .group("g")
            .subscribe(
                event -> {
                  late.add(event.id());
                  holding.countDown();
                  release.await();
                });
    server.call("SET", "k", "1");
    holding.await();
    server.call("SET", "k", "2");
    await().until(() -> first.stats().heard() == 2);
    wire.close();
    wire.cut();
    connect(server.uri(), lease)
        .on(SET)
        .keys("k")
        .group("g")
        .subscribe(event -> handled.add(event.id() + " " + (event.attempt() > 1)));
    String again = handled();
    assertThat(again).isEqualTo(late.getFirst() + " true");
    assertThat(handled()).endsWith(" true");
    release.countDown();
    await().until(() -> first.stats().running() == 0);
    server.call("SET", "k", "3");
    assertThat(handled()).endsWith(" false");
    assertThat(late).hasSize(1);
  }

  @Test
  void aWorkerWhoseConnectionsBreakHandlesEachEventOnce() throws Exception {
    connect(server.uri()).on(SET).keys("k:{n}").group("g").subscribe(e -> handled.add(e.keyText()));
    for (int i = 0; i < 500; i++) {
      server.call("SET", "k:" + i, "");
      if (i % 50 == 49) {
        server.dropAll();
      }
    }
    await().until(() -> handled.size() >= 500);
    await().until(() -> pending("feed:g", "g") == 0);
    assertThat(handled).hasSize(500).doesNotHaveDuplicates();
  }

  @Test
  void whatWasTrimmedBeforeItWasReadIsAGap() throws Exception {
    server.call("FEED", "CREATE", "small", "EVENTS", "$", "MAXLEN", "10");
    Listening listening =
        connect(server.uri())
            .on(SET)
            .group("g")
            .feed("small")
            .existingFeed()
            .onGap(gap -> handled.add(gap.reason() + " " + gap.missed()));
    CountDownLatch release = new CountDownLatch(1);
    listening
        .queue(1)
        .concurrency(1)
        .subscribe(
            event -> {
              handled.add("begun");
              release.await();
            });
    server.call("SET", "k", "");
    assertThat(handled()).isEqualTo("begun");
    for (int i = 0; i < 2000; i++) {
      server.call("SET", "k" + i, "");
    }
    assertThat(handled()).startsWith("TRIMMED ");
    release.countDown();
  }

  @Test
  void theFieldsAndTheDeadlineAreTold() throws Exception {
    List<KeyEvent> events = new CopyOnWriteArrayList<>();
    connect(server.uri()).on(HSET, EXPIRED).group("g").values(1).subscribe(events::add);
    server.call("HSET", "stock", "pears", "3", "plums", "5");
    await().until(() -> events.size() == 1);
    assertThat(events.getFirst().fields()).containsExactly(Bytes.of("pears"), Bytes.of("plums"));
    server.call("SET", "big", "value", "PX", "1");
    await().until(() -> events.size() == 2);
    assertThat(events.getLast().deadline()).isBeforeOrEqualTo(events.getLast().at());
    assertThat(events.getLast().oldValue().isPresent()).isFalse();
    assertThatThrownBy(() -> events.getLast().oldValue().string())
        .hasMessageContaining("more than the feed carries");
  }

  @Test
  void whatIsTakenAndNotDoneIsDeliveredAgain() throws Exception {
    Listening listening =
        connect(server.uri())
            .on(SET)
            .group("g")
            .concurrency(2)
            .retry(Retry.fixed(Duration.ofMillis(1), 3));
    try (Deliveries deliveries = listening.deliveries()) {
      server.call("SET", "one", "");
      Delivery first = deliveries.next();
      server.call("SET", "one", "");
      server.call("SET", "two", "");
      Delivery other = deliveries.next();
      assertThat(other.event().toString()).isEqualTo("set two");
      assertThat(deliveries.next(Duration.ofMillis(1))).isNull();
      first.failed(new IllegalStateException("not yet"));
      Delivery again = deliveries.next();
      assertThat(again.event().id()).isEqualTo(first.event().id());
      assertThat(again.event().attempt()).isEqualTo(2);
      again.done();
      other.done();
      deliveries.next().done();
      await().until(() -> pending("feed:g", "g") == 0);
    }
    assertThatThrownBy(() -> connect(server.uri()).on(SET).deliveries())
        .hasMessage("deliveries() is about a group: call group(\"…\") first");
  }

  @Test
  void aFeedThatHasToBeThereIsNotMade() {
    Listening listening = connect(server.uri()).on(SET).group("g").existingFeed();
    assertThatThrownBy(() -> listening.subscribe(this::note))
        .isInstanceOf(ListenerException.class)
        .hasMessageEndingWith(
            "has no feed \"feed:g\"; make it with: FEED CREATE feed:g EVENTS $ DB 0 PARTITIONS 8,"
                + " or do not ask for an existingFeed()");
    assertThatThrownBy(() -> connect(server.uri()).on(SET).deadLetter())
        .hasMessage("deadLetter() is about a group: call group(\"…\") first");
  }

  // -------------------------------------------------------------------------------- hand-overs

  /** So long that whatever waits for it waits for ever. */
  private static final Duration FOR_EVER = Duration.ofHours(1);

  private static final int KEYS = 64;

  /** One event for each of so many keys, which are in all partitions. */
  private void writeAll() {
    for (int key = 0; key < KEYS; key++) {
      server.call("SET", "k:" + key, "");
    }
  }

  /** A worker that notes which partitions it handles something of. */
  private Subscription work(String name, Map<String, String> owners) {
    return work(name, owners, event -> {});
  }

  private Subscription work(String name, Map<String, String> owners, Handler handler) {
    Carillon carillon =
        keep(Carillon.builder(server.uri()).lease(FOR_EVER).closePatience(FOR_EVER).open());
    return carillon
        .on(SET)
        .keys("k:{n}")
        .group("g")
        .subscribe(
            event -> {
              handler.on(event);
              owners.put(event.id().substring(0, event.id().indexOf('/')), name);
              handled.add(event.id());
            });
  }

  private void awaitHandled(int count) {
    await().until(() -> handled.size() >= count);
    assertThat(handled).hasSize(count).doesNotHaveDuplicates();
  }

  @Test
  void whoComesGetsPartitionsAtOnceAndWhoGoesLeavesThem() throws Exception {
    Map<String, String> owners = new ConcurrentHashMap<>();
    work("first", owners);
    int written = 0;
    for (String name : List.of("second", "third")) {
      try (Subscription other = work(name, owners)) {
        while (owners.values().stream().filter(name::equals).count() < 3) {
          writeAll();
          written += KEYS;
          awaitHandled(written);
        }
        assertThat(other.stats().handled()).isPositive();
      }
      owners.clear();
      writeAll();
      written += KEYS;
      awaitHandled(written);
      assertThat(owners).hasSize(Listening.PARTITIONS).doesNotContainValue(name);
    }
    await().until(() -> pending("feed:g", "g") == 0);
  }

  @Test
  void aPartitionWhoseHandlerRunsWaitsForItAndTheOthersDoNot() throws Exception {
    Map<String, String> owners = new ConcurrentHashMap<>();
    CountDownLatch begun = new CountDownLatch(1);
    CountDownLatch release = new CountDownLatch(1);
    BlockingQueue<String> slow = new LinkedBlockingQueue<>();
    Subscription first =
        work(
            "first",
            owners,
            event -> {
              if (event.keyText().equals("k:slow")) {
                begun.countDown();
                release.await();
                slow.add("first");
              }
            });
    server.call("SET", "k:slow", "");
    begun.await();
    work(
        "second",
        owners,
        event -> {
          if (event.keyText().equals("k:slow")) {
            slow.add("second");
          }
        });
    Thread closing = Thread.ofVirtual().start(first::close);
    server.call("SET", "k:slow", "");
    while (owners.values().stream().filter("second"::equals).count() < 7) {
      writeAll();
      await().until(() -> owners.containsValue("second"));
    }
    assertThat(slow).isEmpty();
    assertThat(closing.isAlive()).isTrue();
    release.countDown();
    closing.join();
    assertThat(List.of(slow.take(), slow.take())).containsExactly("first", "second");
    await().until(() -> pending("feed:g", "g") == 0);
    assertThat(handled).doesNotHaveDuplicates();
    assertThat(slow).isEmpty();
  }

  @Test
  void whatIsOfferedToNobodyIsLeftAtOnce() throws Exception {
    Carillon carillon =
        keep(Carillon.builder(server.uri()).lease(FOR_EVER).closePatience(FOR_EVER).open());
    Listening listening = carillon.on(SET).group("g");
    Deliveries deliveries = listening.deliveries();
    server.call("SET", "one", "");
    server.call("SET", "two", "");
    Delivery taken = deliveries.next();
    await().until(() -> deliveries.stats().running() == 2);
    Thread closing = Thread.ofVirtual().start(deliveries::close);
    listening.subscribe(this::note);
    assertThat(handled()).isEqualTo(taken.event().keyText().equals("one") ? "set two" : "set one");
    taken.done();
    closing.join();
    await().until(() -> pending("feed:g", "g") == 0);
    assertThat(handled).isEmpty();
  }

  // ---------------------------------------------------------------------------- an existing feed

  @Test
  void tenThatBeginTogetherMakeOneFeed() throws Exception {
    List<Thread> threads = new ArrayList<>();
    List<Object> outcomes = new CopyOnWriteArrayList<>();
    CyclicBarrier together = new CyclicBarrier(10);
    for (int i = 0; i < 10; i++) {
      Carillon carillon = connect(server.uri());
      threads.add(
          Thread.ofVirtual()
              .start(
                  () -> {
                    try {
                      together.await();
                      outcomes.add(carillon.on(SET).keys("k:{n}").group("g").subscribe(this::note));
                    } catch (Exception e) {
                      outcomes.add(e);
                    }
                  }));
    }
    for (Thread thread : threads) {
      thread.join();
    }
    assertThat(outcomes).hasSize(10).allMatch(Subscription.class::isInstance);
    assertThat(server.call("FEED", "LIST")).isEqualTo("[feed:g]");
    writeAll();
    awaitHandled(KEYS);
  }

  @Test
  void aFeedThatKeepsLessThanIsWantedIsRefusedAndSaysWhatToDo() throws Exception {
    server.call("FEED", "CREATE", "feed:g", "EVENTS", "xg", "MATCH", "order:*", "DB", "0");
    Listening listening = connect(server.uri()).on(SET, EXPIRED).keys("order:{id}", "basket:{id}");
    assertThatThrownBy(() -> listening.group("g").subscribe(this::note))
        .isInstanceOf(ListenerException.class)
        .hasMessage(
            "the feed \"feed:g\" of 127.0.0.1:"
                + server.port()
                + " is there and does not keep set (it keeps EVENTS gx), keys basket:{id} (it keeps"
                + " MATCH order:*); name another one with feed(\"…\"), take it as it is with"
                + " existingFeed(), or, when its groups have handled what it holds, send FEED DROP"
                + " feed:g and start again");
    assertThatThrownBy(
            () -> connect(server.uri()).onAny().anyDatabase().group("g").subscribe(this::note))
        .hasMessageContaining(
            "all events (it keeps EVENTS gx), keys of all shapes (it keeps MATCH order:*), all"
                + " databases (it keeps DB 0)");
    listening.group("g").existingFeed().subscribe(this::note);
    connect(server.uri())
        .on(DEL)
        .keys("order:{id}:item:{item}")
        .group("narrow")
        .feed("feed:g")
        .subscribe(this::note);
    server.call("SET", "order:1", "", "PX", "1");
    assertThat(handled()).isEqualTo("expired order:1");
  }

  @Test
  void whereTheFeedCannotBeMadeItIsSaidHow() {
    server.call("SET", "feed:taken", "");
    assertThatThrownBy(() -> connect(server.uri()).on(SET).group("taken").subscribe(this::note))
        .isInstanceOf(ListenerException.class)
        .hasMessageEndingWith(
            "has a key \"feed:taken\", or one of its partitions, that is no feed; remove it, or"
                + " name another feed with feed(\"…\")");
    server.call("ACL", "SETUSER", "app", "on", ">pw", "~*", "&*", "+@all", "-feed|create");
    String uri = server.uri().replace("redis://", "redis://app:pw@");
    assertThatThrownBy(
            () ->
                connect(uri).on(EXPIRED).keys("order {id}").group("g").values(9).subscribe(e -> {}))
        .isInstanceOf(ListenerException.class)
        .hasMessageContaining("refuses to make the feed \"feed:g\": NOPERM ")
        .hasMessageEndingWith(
            "; let somebody who may send: FEED CREATE feed:g EVENTS x MATCH 'order *' DB 0 VALUES 9"
                + " PARTITIONS 8");
    server.call("ACL", "SETUSER", "app", "-feed");
    assertThatThrownBy(() -> connect(uri).on(EXPIRED).group("g").subscribe(e -> {}))
        .hasMessageContaining(" refuses FEED LIST: NOPERM ");
  }
}
