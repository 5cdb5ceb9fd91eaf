package dev.carillon.server.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.carillon.server.CarillonServer;
import dev.carillon.server.RawClient;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(300)
class WatchTest {

  private static final String LINE = "\\d\\d:\\d\\d:\\d\\d\\.\\d{3}  ";

  private CarillonServer server;
  private RawClient client;
  private final Said said = new Said();

  @BeforeEach
  void start() throws Exception {
    server = CarillonServer.start();
    client = new RawClient(server);
  }

  @AfterEach
  void stop() throws Exception {
    client.close();
    server.close();
  }

  // ---------------------------------------------------------------------------------------- events

  @Test
  void eachEventIsALineOfTimeDatabaseEventAndKey() throws Exception {
    flags("KEA");
    Future<Integer> watch = watch("--count", "3");
    client.ask("SET", "order:1", "open");
    client.ask("SELECT", "5");
    client.ask("SET", "with space and \u00ff", "1");
    client.ask("DEL", "with space and \u00ff");
    assertThat(exit(watch)).isZero();
    assertThat(said.out().lines())
        .satisfiesExactly(
            line -> assertThat(line).matches(LINE + "db0  set          order:1"),
            line -> assertThat(line).matches(LINE + "db5  set          \"with space and \\\\xff\""),
            line ->
                assertThat(line).matches(LINE + "db5  del          \"with space and \\\\xff\""));
  }

  @ParameterizedTest
  @ValueSource(strings = {"KA", "EA", "KEA"})
  void filtersWorkOnEitherKindOfChannel(String flags) throws Exception {
    flags(flags);
    Future<Integer> watch = watch("--events", "del", "--count", "1", "order:*", "cart:*");
    client.ask("SET", "order:1", "open");
    client.ask("SET", "user:1", "open");
    client.ask("DEL", "user:1");
    client.ask("DEL", "order:1");
    assertThat(exit(watch)).isZero();
    assertThat(said.out()).hasLineCount(1).matches(LINE + "db0  del          order:1\n");
  }

  @Test
  void lettersStandForWholeClasses() throws Exception {
    flags("KEA");
    Future<Integer> watch = watch("--events", "g", "--count", "2", "--keys", "order:*");
    client.ask("SET", "order:1", "open");
    client.ask("PEXPIRE", "order:1", "100000");
    client.ask("DEL", "order:1");
    assertThat(exit(watch)).isZero();
    assertThat(said.out().lines())
        .satisfiesExactly(
            line -> assertThat(line).endsWith("expire       order:1"),
            line -> assertThat(line).endsWith("del          order:1"));
  }

  @Test
  void aDatabaseOfTheUrlIsWatchedAlone() throws Exception {
    flags("KEA");
    Future<Integer> watch = run("watch", "--url", server.uri() + "/5", "--count", "1");
    awaitWatching();
    client.ask("SET", "here", "1");
    client.ask("SELECT", "5");
    client.ask("SET", "there", "1");
    assertThat(exit(watch)).isZero();
    assertThat(said.out()).hasLineCount(1).contains("db5  set          there");
  }

  // ----------------------------------------------------------------------------------------- feeds

  @Test
  void aFeedIsReadFromAnyOfItsEntriesOn() throws Exception {
    client.ask("FEED", "CREATE", "orders", "EVENTS", "g", "VALUES", "100", "VOLATILE");
    client.ask("MSET", "order:1", "one", "order:2", "two", "user:1", "x");
    client.ask("DEL", "order:1");
    Future<Integer> watch =
        watch("--feed", "orders", "--from", "0", "--count", "2", "--keys", "order:*");
    client.ask("DEL", "user:1", "order:2");
    assertThat(exit(watch)).isZero();
    assertThat(said.out().lines())
        .satisfiesExactly(
            line -> assertThat(line).matches(LINE + "db0  del          order:1  one  \\d+-\\d+"),
            line -> assertThat(line).matches(LINE + "db0  del          order:2  two  \\d+-\\d+"));
    assertThat(said.err()).contains("to go on from here:  carillon watch --feed orders --from ");
  }

  @Test
  void aGroupGoesOnWhereItStopped() throws Exception {
    client.ask("FEED", "CREATE", "orders", "EVENTS", "g", "PARTITIONS", "3", "VOLATILE");
    client.ask("MSET", "a", "1", "b", "2", "c", "3");
    client.ask("DEL", "a", "b");
    Future<Integer> first =
        watch("--feed", "orders", "--group", "g", "--from", "0", "--count", "1");
    assertThat(exit(first)).isZero();
    client.ask("DEL", "c");
    Future<Integer> second = watch("--feed", "orders", "--group", "g", "--count", "2");
    assertThat(exit(second)).isZero();
    assertThat(said.out().lines().map(line -> line.replaceAll(".*del +(.)  .*", "$1")))
        .containsExactlyInAnyOrder("a", "b", "c");
  }

  @Test
  void aFeedThatIsNotThereIsSaid() throws Exception {
    assertThat(exit(run("watch", "--url", server.uri().toString(), "--feed", "nothing"))).isOne();
    assertThat(said.err()).contains("feed nothing: the server answers: ERR no such feed");
  }

  // --------------------------------------------------------------------------------------- remarks

  @Test
  void saysWhichFlagsAreMissingAndWhatToType() throws Exception {
    Future<Integer> watch = watch("--events", "expired,del", "--count", "1");
    assertThat(said.err())
        .contains("nothing will arrive: notify-keyspace-events of the server is \"\" and lacks E")
        .contains("x (a key expired)")
        .contains("CONFIG SET notify-keyspace-events gxE");
    flags("gxE");
    client.ask("SET", "key", "1");
    client.ask("DEL", "key");
    assertThat(exit(watch)).isZero();
    assertThat(said.out()).contains("del          key");
  }

  @Test
  void whatIsSetStaysInTheCommandThatItSuggests() throws Exception {
    flags("K$");
    var unused = watch("--events", "expired");
    assertThat(said.err())
        .contains("nothing will arrive: ")
        .contains("is \"$K\" and lacks x (a key expired).")
        .contains("CONFIG SET notify-keyspace-events $xK");
    assertThat(client.ask("CONFIG", "GET", "notify-keyspace-events"))
        .isEqualTo("[notify-keyspace-events, $K]");
  }

  @Test
  void saysWhatOnlyPartlyArrives() throws Exception {
    flags("Ex");
    var unused = watch();
    assertThat(said.err())
        .contains("some events will not arrive: ")
        .contains("lacks A (all common events)")
        .contains("CONFIG SET notify-keyspace-events AE");
  }

  @Test
  void enableChangesTheFlagsAndSaysSo() throws Exception {
    flags("Kg");
    Future<Integer> watch = watch("--events", "set", "--enable", "--count", "1");
    assertThat(said.err())
        .contains("notify-keyspace-events was \"gK\" and is now \"g$K\"; it stays so.")
        .contains("CONFIG SET notify-keyspace-events \"gK\"");
    client.ask("SET", "key", "1");
    assertThat(exit(watch)).isZero();
  }

  @Test
  void saysInWhichDatabasesTheKeysAre() throws Exception {
    flags("KEA");
    client.ask("SELECT", "3");
    client.ask("SET", "key", "1");
    var unused = watch("--db", "0");
    assertThat(said.err())
        .contains("database 0 holds no keys; there are some in db3 (1 keys)")
        .contains("--db all");
  }

  // --------------------------------------------------------------------------------------- failing

  @Test
  void aLostConnectionComesBackAndTheGapIsTold() throws Exception {
    flags("KEA");
    Future<Integer> watch = watch("--count", "2");
    client.ask("SET", "before", "1");
    await().atMost(Duration.ofMinutes(1)).until(() -> said.out().contains("before"));
    server.dropConnections();
    await()
        .atMost(Duration.ofMinutes(1))
        .until(() -> said.err().contains("connected again; events of "));
    client = new RawClient(server);
    awaitSubscriber();
    client.ask("SET", "after", "1");
    assertThat(exit(watch)).isZero();
    assertThat(said.err()).contains("is lost (the server closed the connection)");
    assertThat(said.out()).contains("set          after");
  }

  @Test
  void aServerThatIsNotThereIsToldOnce() throws Exception {
    int port = server.port();
    server.close();
    assertThat(exit(run("watch", "--url", "redis://127.0.0.1:" + port))).isEqualTo(1);
    assertThat(said.err())
        .isEqualTo(
            "carillon: cannot connect to 127.0.0.1:"
                + port
                + ": Connection refused; is a server running there?\n");
  }

  @Test
  void aPasswordThatIsMissingOrWrongEndsIt() throws Exception {
    client.ask("CONFIG", "SET", "requirepass", "secret");
    assertThat(exit(run("watch", "--url", server.uri().toString()))).isEqualTo(1);
    assertThat(said.err()).contains("the server wants a password");
    String wrong = "redis://:wrong@127.0.0.1:" + server.port();
    assertThat(exit(run("watch", "--url", wrong))).isEqualTo(1);
    assertThat(said.err()).contains("WRONGPASS");
    Future<Integer> watch =
        run("watch", "--url", "redis://default:secret@127.0.0.1:" + server.port());
    await().atMost(Duration.ofMinutes(1)).until(() -> said.err().contains("watching "));
    assertThat(watch).isNotDone();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "--url http://localhost",
        "--url redis://localhost/minus",
        "--url rediss://localhost",
        "--events nosuch",
        "--db minus",
        "--db -1",
        "--count 0"
      })
  void argumentsWithoutSenseAreMisuse(String arguments) throws Exception {
    assertThat(exit(run(("watch " + arguments).split(" ")))).isEqualTo(2);
    assertThat(said.err()).startsWith("carillon: --").hasLineCount(1);
  }

  @Test
  void aPasswordInAMistypedUrlIsNotRepeated() throws Exception {
    exit(run("watch", "--url", "redis://:secret@localhost/x"));
    assertThat(said.err()).doesNotContain("secret");
  }

  // --------------------------------------------------------------------------------------- helping

  private void flags(String flags) throws Exception {
    assertThat(client.ask("CONFIG", "SET", "notify-keyspace-events", flags)).isEqualTo("OK");
  }

  /** Starts watching the server and returns when the subscription stands. */
  private Future<Integer> watch(String... words) {
    List<String> all =
        new ArrayList<>(List.of("watch", "--url", "redis://127.0.0.1:" + server.port()));
    all.addAll(List.of(words));
    Future<Integer> watch = run(all.toArray(String[]::new));
    awaitWatching();
    return watch;
  }

  private void awaitWatching() {
    await().atMost(Duration.ofMinutes(1)).until(() -> said.err().contains("watching "));
  }

  private void awaitSubscriber() {
    await()
        .atMost(Duration.ofMinutes(1))
        .until(
            () -> {
              AtomicInteger count = new AtomicInteger();
              server.onEngine(
                  engine ->
                      engine
                          .sessions()
                          .all()
                          .forEach(
                              session ->
                                  count.addAndGet(session.subscriptions().isEmpty() ? 0 : 1)));
              return count.get() > 0;
            });
  }

  private Future<Integer> run(String... words) {
    FutureTask<Integer> task = new FutureTask<>(() -> Main.run(said.streams, words));
    Thread.ofPlatform().daemon().start(task);
    return task;
  }

  private static int exit(Future<Integer> command) throws Exception {
    return command.get(120, TimeUnit.SECONDS);
  }
}
