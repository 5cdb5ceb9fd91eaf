package dev.carillon.examples.orders;

import dev.carillon.listener.ListenerException;
import dev.carillon.server.CarillonServer;
import dev.carillon.server.ServerOptions;
import io.lettuce.core.RedisClient;
import io.lettuce.core.SetArgs;
import io.lettuce.core.api.sync.RedisCommands;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalTime;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.h2.jdbcx.JdbcDataSource;
import org.h2.tools.Server;

/** The story: a shop, two workers in processes of their own, and one of them is killed. */
final class OrderTimeout {

  /** Half an hour in a shop; here nobody wants to wait. */
  private static final Duration TIME_TO_PAY = Duration.ofMillis(1500);

  /** What a worker said. */
  private record Line(Process worker, String text) {}

  private final String redisUrl;
  private final String databaseUrl;
  private final JdbcDataSource database = new JdbcDataSource();
  private final Orders orders = new Orders(database);
  private final List<Process> workers = new ArrayList<>();
  private final BlockingQueue<Line> lines = new LinkedBlockingQueue<>();

  private OrderTimeout(String redisUrl, int databasePort) {
    this.redisUrl = redisUrl;
    String name = "mem:orders;DB_CLOSE_DELAY=-1;LOCK_TIMEOUT=30000";
    database.setURL("jdbc:h2:" + name);
    databaseUrl = "jdbc:h2:tcp://127.0.0.1:" + databasePort + "/" + name;
  }

  public static void main(String[] args) throws Exception {
    System.setProperty("h2.bindAddress", "127.0.0.1");
    Server database = Server.createTcpServer("-tcpPort", "0").start();
    try (CarillonServer server = args.length > 0 ? null : embedded()) {
      String url = server == null ? args[0] : server.uri().toString();
      new OrderTimeout(url, database.getPort()).tell();
    } catch (ListenerException e) {
      System.err.println(e.getMessage());
      System.exit(1);
    } finally {
      database.stop();
    }
  }

  private static CarillonServer embedded() throws IOException {
    return CarillonServer.start(
        ServerOptions.embedded().durable(Files.createTempDirectory("order-timeout")));
  }

  private void tell() throws Exception {
    orders.createTables(10);
    try (RedisClient client = RedisClient.create(redisUrl)) {
      RedisCommands<String, String> redis = client.connect().sync();
      startWorker();
      startWorker();

      long first = place(redis);
      long second = place(redis);
      orders.pay(second);
      redis.del("order:" + second);
      say("shop", "order " + second + " is paid");
      await("order " + first + " is cancelled");

      long third;
      try (Connection connection = database.getConnection()) {
        third = place(redis);
        hold(connection, third);
        Process victim = await("the time of order " + third + " is over");
        say("shop", "that worker is killed before it commits");
        victim.destroyForcibly().waitFor();
        say("shop", "order " + third + " is " + orders.state(third));
        connection.rollback();
      }
      await("order " + third + " is cancelled");
      say("shop", orders.stock() + " of 10 pieces are in stock");
    } finally {
      for (Process worker : workers) {
        worker.getOutputStream().close();
        worker.waitFor();
      }
    }
  }

  /** First the database, then the key whose end is the end of the time to pay. */
  private long place(RedisCommands<String, String> redis) {
    long id = orders.place(Instant.now().plus(TIME_TO_PAY));
    redis.set("order:" + id, "", SetArgs.Builder.px(TIME_TO_PAY));
    say("shop", "order " + id + " is placed");
    return id;
  }

  /** Keeps everybody else from changing an order, as a slow database would. */
  private static void hold(Connection connection, long id) throws SQLException {
    connection.setAutoCommit(false);
    connection
        .createStatement()
        .executeQuery("SELECT * FROM orders WHERE id = " + id + " FOR UPDATE");
  }

  private void startWorker() throws Exception {
    List<String> command = new ArrayList<>();
    command.add(ProcessHandle.current().info().command().orElse("java"));
    command.addAll(ManagementFactory.getRuntimeMXBean().getInputArguments());
    command.addAll(List.of("-cp", System.getProperty("java.class.path")));
    command.addAll(List.of(Worker.class.getName(), redisUrl, databaseUrl));
    Process worker =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    workers.add(worker);
    Thread.ofVirtual().start(() -> read(worker));
    await("ready");
  }

  private void read(Process worker) {
    try (BufferedReader output = worker.inputReader()) {
      output.lines().forEach(text -> lines.add(new Line(worker, text)));
    } catch (UncheckedIOException | IOException e) {
      // It was killed.
    }
  }

  /** Shows what the workers say until one of them says this. */
  private Process await(String text) throws InterruptedException {
    while (true) {
      Line line = lines.poll(30, TimeUnit.SECONDS);
      if (line == null) {
        throw new ListenerException("no worker said: " + text);
      }
      say("worker", line.text());
      if (line.text().equals(text)) {
        return line.worker();
      }
    }
  }

  private static void say(String who, String what) {
    System.out.printf("%tT.%1$tL  %-7s %s%n", LocalTime.now(), who, what);
  }
}
