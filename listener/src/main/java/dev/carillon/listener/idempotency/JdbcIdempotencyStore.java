package dev.carillon.listener.idempotency;

import dev.carillon.listener.Handler;
import dev.carillon.listener.KeyEvent;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import javax.sql.DataSource;

/**
 * Notes events in a table of a database, in the transaction in which the handler works: both are
 * there after a crash, or neither is.
 *
 * <pre>{@code
 * CREATE TABLE handled_event (id VARCHAR(255) PRIMARY KEY, at TIMESTAMP DEFAULT CURRENT_TIMESTAMP)
 *
 * var store = new JdbcIdempotencyStore(dataSource, "handled_event");
 * carillon.on(EXPIRED).keys("order:{id}").group("order-timeouts")
 *     .subscribe(store.handler((event, connection) -> cancel(connection, event.variable("id"))));
 * }</pre>
 *
 * <p>The primary key is what makes it safe: a second worker's insert waits for the first one's
 * transaction and fails, or finds the row. Old rows may be deleted once no delivery can repeat
 * them, which is when the feed no longer holds their events.
 *
 * <p>It needs nothing but JDBC and standard SQL. Any thread, as far as the data source allows.
 */
public final class JdbcIdempotencyStore implements IdempotencyStore {

  /** A handler that works in the transaction in which its event is noted. */
  @FunctionalInterface
  public interface Work {

    /**
     * Handles an event. The connection is committed when this returns and rolled back when it
     * throws; it must not be closed or committed here.
     */
    void on(KeyEvent event, Connection connection) throws Exception;
  }

  private final DataSource dataSource;
  private final String select;
  private final String insert;

  /**
   * A store in a table that has a primary key {@code id} of a text type.
   *
   * @param table its name, perhaps with a schema; it is put into statements as it is
   */
  public JdbcIdempotencyStore(DataSource dataSource, String table) {
    if (!table.matches("[A-Za-z0-9_.\"]+")) {
      throw new IllegalArgumentException("no name of a table: " + table);
    }
    this.dataSource = dataSource;
    select = "SELECT 1 FROM " + table + " WHERE id = ?";
    insert = "INSERT INTO " + table + " (id) VALUES (?)";
  }

  /** A handler that does its work once for each event, in one transaction with the note of it. */
  public Handler handler(Work work) {
    return event -> once(event, work);
  }

  /**
   * As {@link IdempotencyStore#once} says. What the handler does elsewhere is not part of the
   * transaction: prefer {@link #handler}.
   */
  @Override
  public void once(KeyEvent event, Handler handler) throws Exception {
    once(event, (same, connection) -> handler.on(same));
  }

  private void once(KeyEvent event, Work work) throws Exception {
    try (Connection connection = dataSource.getConnection()) {
      boolean commits = connection.getAutoCommit();
      connection.setAutoCommit(false);
      try {
        if (!isDone(connection, event)) {
          note(connection, event);
          work.on(event, connection);
        }
        connection.commit();
      } catch (Exception | Error e) {
        connection.rollback();
        throw e;
      } finally {
        connection.setAutoCommit(commits);
      }
    }
  }

  private boolean isDone(Connection connection, KeyEvent event) throws SQLException {
    try (PreparedStatement query = connection.prepareStatement(select)) {
      query.setString(1, event.id());
      try (ResultSet found = query.executeQuery()) {
        return found.next();
      }
    }
  }

  /** First, so that nobody else begins the same meanwhile. */
  private void note(Connection connection, KeyEvent event) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(insert)) {
      statement.setString(1, event.id());
      statement.executeUpdate();
    }
  }
}
