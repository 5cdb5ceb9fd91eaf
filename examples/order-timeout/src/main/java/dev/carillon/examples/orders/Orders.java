package dev.carillon.examples.orders;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.sql.Timestamp;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import javax.sql.DataSource;

/** Orders in a database, and the stock from which each of them takes a piece. Any thread. */
final class Orders {

  /** What becomes of an order; it leaves {@code UNPAID} once. */
  enum State {
    UNPAID,
    PAID,
    CANCELLED
  }

  private final DataSource database;

  Orders(DataSource database) {
    this.database = database;
  }

  void createTables(int pieces) {
    transaction(
        connection -> {
          try (Statement statement = connection.createStatement()) {
            statement.execute(
                "CREATE TABLE orders (id BIGINT AUTO_INCREMENT PRIMARY KEY,"
                    + " state VARCHAR(9) NOT NULL, due TIMESTAMP(3) NOT NULL)");
            statement.execute("CREATE TABLE stock (pieces INT NOT NULL CHECK (pieces >= 0))");
          }
          return update(connection, "INSERT INTO stock VALUES (?)", pieces);
        });
  }

  /** Takes a piece from the stock for a new order, which has to be paid until {@code due}. */
  long place(Instant due) {
    return transaction(
        connection -> {
          update(connection, "UPDATE stock SET pieces = pieces - 1");
          String insert = "INSERT INTO orders (state, due) VALUES ('UNPAID', ?)";
          try (PreparedStatement statement =
              connection.prepareStatement(insert, Statement.RETURN_GENERATED_KEYS)) {
            statement.setTimestamp(1, Timestamp.from(due));
            statement.executeUpdate();
            return number(statement.getGeneratedKeys());
          }
        });
  }

  /** Answers whether it was paid now: not if it had been cancelled. */
  boolean pay(long id) {
    String sql = "UPDATE orders SET state = 'PAID' WHERE id = ? AND state = 'UNPAID'";
    return transaction(connection -> update(connection, sql, id)) == 1;
  }

  /**
   * Cancels an order that is not paid and gives its piece back, both or neither. Whoever asks for
   * it again, or for an order that was paid, changes nothing: that is what makes it safe to be told
   * twice that the time is over.
   *
   * @return whether it was cancelled now
   */
  boolean cancel(long id) {
    String sql = "UPDATE orders SET state = 'CANCELLED' WHERE id = ? AND state = 'UNPAID'";
    return transaction(
        connection ->
            update(connection, sql, id) == 1
                && update(connection, "UPDATE stock SET pieces = pieces + 1") == 1);
  }

  /** Cancels everything whose time was over then; for those who may have missed being told. */
  int cancelOverdue(Instant now) {
    List<Long> overdue =
        transaction(
            connection -> {
              String sql = "SELECT id FROM orders WHERE state = 'UNPAID' AND due <= ?";
              try (PreparedStatement query = connection.prepareStatement(sql)) {
                query.setTimestamp(1, Timestamp.from(now));
                List<Long> ids = new ArrayList<>();
                for (ResultSet rows = query.executeQuery(); rows.next(); ) {
                  ids.add(rows.getLong(1));
                }
                return ids;
              }
            });
    return (int) overdue.stream().filter(this::cancel).count();
  }

  State state(long id) {
    return transaction(
        connection -> {
          try (PreparedStatement query =
              connection.prepareStatement("SELECT state FROM orders WHERE id = ?")) {
            query.setLong(1, id);
            ResultSet rows = query.executeQuery();
            rows.next();
            return State.valueOf(rows.getString(1));
          }
        });
  }

  int stock() {
    return transaction(
        connection -> {
          try (Statement query = connection.createStatement()) {
            return (int) number(query.executeQuery("SELECT pieces FROM stock"));
          }
        });
  }

  // ------------------------------------------------------------------------------------------ JDBC

  private interface Work<T> {
    T in(Connection connection) throws SQLException;
  }

  private <T> T transaction(Work<T> work) {
    try (Connection connection = database.getConnection()) {
      connection.setAutoCommit(false);
      try {
        T result = work.in(connection);
        connection.commit();
        return result;
      } catch (SQLException | RuntimeException e) {
        connection.rollback();
        throw e;
      }
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  private static int update(Connection connection, String sql, Object... parameters)
      throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      for (int i = 0; i < parameters.length; i++) {
        statement.setObject(i + 1, parameters[i]);
      }
      return statement.executeUpdate();
    }
  }

  private static long number(ResultSet row) throws SQLException {
    row.next();
    return row.getLong(1);
  }
}
