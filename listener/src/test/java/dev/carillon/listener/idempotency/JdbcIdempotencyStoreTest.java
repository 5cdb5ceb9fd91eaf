package dev.carillon.listener.idempotency;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.carillon.listener.Handler;
import dev.carillon.listener.KeyEvent;
import dev.carillon.protocol.event.EventType;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import javax.sql.DataSource;
import org.h2.jdbcx.JdbcConnectionPool;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class JdbcIdempotencyStoreTest {

  private final JdbcConnectionPool dataSource =
      JdbcConnectionPool.create(
          "jdbc:h2:mem:" + System.nanoTime() + ";LOCK_TIMEOUT=10000", "sa", "");
  private Connection open;

  @BeforeEach
  void create() throws SQLException {
    open = dataSource.getConnection();
    run(open, "CREATE TABLE handled_event (id VARCHAR(255) PRIMARY KEY)");
    run(open, "CREATE TABLE cancelled (id VARCHAR(255))");
  }

  @AfterEach
  void close() throws SQLException {
    open.close();
    dataSource.dispose();
  }

  private static void run(Connection connection, String sql) throws SQLException {
    try (var statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  private int cancelled() throws SQLException {
    try (var statement = open.createStatement();
        ResultSet rows = statement.executeQuery("SELECT COUNT(*) FROM cancelled")) {
      rows.next();
      return rows.getInt(1);
    }
  }

  private static KeyEvent expired(String key) {
    return KeyEvent.of(EventType.EXPIRED, "order:{id}", key);
  }

  private Handler cancelling(DataSource target) {
    return new JdbcIdempotencyStore(target, "handled_event")
        .handler(
            (event, connection) ->
                run(connection, "INSERT INTO cancelled VALUES ('" + event.variable("id") + "')"));
  }

  @Test
  void whatIsDeliveredAgainIsDoneOnce() throws Exception {
    Handler handler = cancelling(dataSource);
    handler.on(expired("order:42"));
    handler.on(expired("order:42").attempt(2));
    handler.on(expired("order:43"));
    assertThat(cancelled()).isEqualTo(2);
  }

  @Test
  void whatFailedIsNotNotedAndLeavesNothingBehind() throws Exception {
    JdbcIdempotencyStore store = new JdbcIdempotencyStore(dataSource, "handled_event");
    Handler failing =
        store.handler(
            (event, connection) -> {
              run(connection, "INSERT INTO cancelled VALUES ('half')");
              throw new IllegalStateException("killed");
            });
    assertThatThrownBy(() -> failing.on(expired("order:42"))).hasMessage("killed");
    assertThat(cancelled()).isZero();
    cancelling(dataSource).on(expired("order:42").attempt(2));
    assertThat(cancelled()).isEqualTo(1);
  }

  @Test
  void twoWhoHandleTheSameAtTheSameTimeDoItOnce() throws Exception {
    JdbcIdempotencyStore store = new JdbcIdempotencyStore(dataSource, "handled_event");
    CountDownLatch working = new CountDownLatch(1);
    AtomicInteger runs = new AtomicInteger();
    Thread first =
        Thread.ofPlatform()
            .start(
                () -> {
                  try {
                    store.once(
                        expired("order:42"),
                        event -> {
                          working.countDown();
                          runs.incrementAndGet();
                        });
                  } catch (Exception e) {
                    runs.addAndGet(100);
                  }
                });
    working.await();
    try {
      store.once(expired("order:42"), event -> runs.incrementAndGet());
    } catch (SQLException refused) {
      // The other one was faster; this would be tried again and found done.
    }
    first.join();
    assertThat(runs).hasValue(1);
  }

  @Test
  void namesOfTablesAreNamesOnly() {
    assertThatThrownBy(() -> new JdbcIdempotencyStore(dataSource, "x; DROP TABLE y"))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
