package dev.carillon.examples.orders;

import static dev.carillon.protocol.event.EventType.EXPIRED;

import dev.carillon.listener.Carillon;
import dev.carillon.listener.Retry;
import dev.carillon.listener.Subscription;
import java.io.IOException;
import java.time.Duration;
import java.util.function.Consumer;
import org.h2.jdbcx.JdbcDataSource;

/**
 * Cancels orders whose time is over. There may be any number of them, each in a process of its own:
 * they share the events.
 */
final class Worker {

  private Worker() {}

  /** The listener: everything that a service needs. */
  static Subscription listen(Carillon carillon, Orders orders, Consumer<String> log) {
    return carillon
        .on(EXPIRED)
        .keys("order:{id}")
        .group("order-timeouts")
        .retry(Retry.exponential(Duration.ofSeconds(1), 8))
        .deadLetter()
        .reconcileAtStart()
        .onGap(gap -> orders.cancelOverdue(gap.until()))
        .subscribe(
            event -> {
              long id = Long.parseLong(event.variable("id"));
              log.accept("the time of order " + id + " is over");
              log.accept("order " + id + (orders.cancel(id) ? " is cancelled" : " is left alone"));
            });
  }

  /** The process: works until nobody reads what it says any more. */
  public static void main(String[] args) throws IOException {
    String redis = args[0];
    JdbcDataSource database = new JdbcDataSource();
    database.setURL(args[1]);
    // A worker that dies keeps its part of the orders from the others for so long.
    try (Carillon carillon = Carillon.builder(redis).lease(Duration.ofSeconds(1)).open()) {
      listen(carillon, new Orders(database), System.out::println);
      System.out.println("ready");
      while (System.in.read() >= 0) {}
    }
  }
}
