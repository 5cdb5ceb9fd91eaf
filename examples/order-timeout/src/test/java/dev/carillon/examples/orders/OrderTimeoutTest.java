package dev.carillon.examples.orders;

import static dev.carillon.examples.orders.Orders.State.CANCELLED;
import static dev.carillon.examples.orders.Orders.State.PAID;
import static dev.carillon.examples.orders.Orders.State.UNPAID;
import static dev.carillon.junit.EventPattern.expired;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.carillon.junit.CarillonTest;
import dev.carillon.junit.TestClient;
import dev.carillon.junit.TestEvents;
import dev.carillon.listener.Carillon;
import dev.carillon.server.ManualClock;
import java.io.BufferedReader;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.net.URI;
import java.sql.Connection;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import org.h2.jdbcx.JdbcDataSource;
import org.h2.tools.Server;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@CarillonTest(durable = true)
@Timeout(60)
class OrderTimeoutTest {

  private final String name = "mem:" + UUID.randomUUID() + ";DB_CLOSE_DELAY=-1;LOCK_TIMEOUT=30000";
  private final JdbcDataSource database = new JdbcDataSource();
  private final Orders orders = new Orders(database);
  private final BlockingQueue<String> log = new LinkedBlockingQueue<>();

  @BeforeEach
  void createTables() {
    database.setURL("jdbc:h2:" + name);
    orders.createTables(10);
  }

  private long place(TestClient client, ManualClock clock) {
    long id = orders.place(Instant.ofEpochMilli(clock.millis()).plus(Duration.ofMinutes(30)));
    client.call("SET", "order:" + id, "", "EX", "1800");
    return id;
  }

  @Test
  void anUnpaidOrderCancelsItself(Carillon carillon, TestClient client, ManualClock clock)
      throws InterruptedException {
    Worker.listen(carillon, orders, log::add);
    long id = place(client, clock);
    assertThat(orders.stock()).isEqualTo(9);
    clock.advance(Duration.ofMinutes(30));
    assertThat(List.of(log.take(), log.take()))
        .containsExactly("the time of order 1 is over", "order 1 is cancelled");
    assertThat(orders.state(id)).isEqualTo(CANCELLED);
    assertThat(orders.stock()).isEqualTo(10);
  }

  @Test
  void aPaidOrderStaysPaidAlsoIfItsTimeIsOver(
      Carillon carillon, TestClient client, ManualClock clock, TestEvents events)
      throws InterruptedException {
    Worker.listen(carillon, orders, log::add);
    long id = place(client, clock);
    assertThat(orders.pay(id)).isTrue();
    // The shop dies here, before it removes the key.
    clock.advance(Duration.ofMinutes(30));
    events.await(expired("order:1"));
    assertThat(List.of(log.take(), log.take()))
        .containsExactly("the time of order 1 is over", "order 1 is left alone");
    assertThat(orders.state(id)).isEqualTo(PAID);
    assertThat(orders.stock()).isEqualTo(9);
  }

  @Test
  void anOrderIsCancelledOnceHoweverOftenItIsAsked(TestClient client, ManualClock clock) {
    long id = place(client, clock);
    assertThat(orders.cancel(id)).isTrue();
    assertThat(orders.cancel(id)).isFalse();
    assertThat(orders.pay(id)).isFalse();
    assertThat(orders.stock()).isEqualTo(10);
  }

  @Test
  void whatWasMissedIsFoundInTheDatabase(TestClient client, ManualClock clock) {
    long overdue = place(client, clock);
    clock.advance(Duration.ofMinutes(1));
    long later = place(client, clock);
    clock.advance(Duration.ofMinutes(29));
    assertThat(orders.cancelOverdue(Instant.ofEpochMilli(clock.millis()))).isEqualTo(1);
    assertThat(orders.state(overdue)).isEqualTo(CANCELLED);
    assertThat(orders.state(later)).isEqualTo(UNPAID);
  }

  @Test
  void aKillBetweenTheEventAndTheCommitLosesAndDoublesNothing(
      URI redis, TestClient client, ManualClock clock) throws Exception {
    Server server = Server.createTcpServer("-tcpPort", "0").start();
    Process worker =
        startWorker(redis.toString(), "jdbc:h2:tcp://127.0.0.1:" + server.getPort() + "/" + name);
    try (BufferedReader said = worker.inputReader();
        Connection holding = database.getConnection()) {
      assertThat(said.readLine()).isEqualTo("ready");
      long id = place(client, clock);
      holding.setAutoCommit(false);
      holding
          .createStatement()
          .executeQuery("SELECT * FROM orders WHERE id = " + id + " FOR UPDATE");
      clock.advance(Duration.ofMinutes(30));
      assertThat(said.readLine()).isEqualTo("the time of order 1 is over");
      worker.destroyForcibly().waitFor();
      holding.rollback();
      assertThat(orders.state(id)).isEqualTo(UNPAID);

      try (Carillon other =
          Carillon.builder(redis.toString()).lease(Duration.ofMillis(300)).open()) {
        Worker.listen(other, orders, log::add);
        clock.advance(Duration.ofSeconds(5)); // What the dead worker had leased is free.
        assertThat(List.of(log.take(), log.take()))
            .containsExactly("the time of order 1 is over", "order 1 is cancelled");
        assertThat(orders.stock()).isEqualTo(10);
        await().until(() -> pending(client) == 0);
      }
    } finally {
      worker.destroyForcibly();
      server.stop();
    }
    assertThat(log).isEmpty();
  }

  private static Process startWorker(String... arguments) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(ProcessHandle.current().info().command().orElseThrow());
    command.addAll(ManagementFactory.getRuntimeMXBean().getInputArguments());
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), Worker.class.getName()));
    command.addAll(List.of(arguments));
    return new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
  }

  /** How many events nobody has acknowledged. */
  private static long pending(TestClient client) {
    long pending = 0;
    for (int partition = 0; partition < 8; partition++) {
      String summary =
          client.call("XPENDING", "feed:order-timeouts:" + partition, "order-timeouts");
      pending += Long.parseLong(summary.substring(1, summary.indexOf(',')));
    }
    return pending;
  }
}
