package dev.carillon.examples.sessions;

import static dev.carillon.protocol.event.EventType.DEL;
import static dev.carillon.protocol.event.EventType.EXPIRED;

import dev.carillon.listener.Carillon;
import dev.carillon.listener.Retry;
import dev.carillon.listener.Subscription;
import java.time.Duration;
import java.util.function.Consumer;

/** Releases what sessions held that are over. Every instance of an application has one. */
final class Cleaner {

  private Cleaner() {}

  static Subscription listen(Carillon carillon, Seats seats, Consumer<String> log) {
    Consumer<String> release =
        session -> {
          int released = seats.release(session);
          if (released > 0) {
            log.accept(session + " is gone, seats released: " + released);
          }
        };
    return carillon
        .on(EXPIRED, DEL)
        .keys("session:{id}")
        .group("session-cleanup")
        .retry(Retry.exponential(Duration.ofSeconds(1), 8))
        .deadLetter()
        .reconcileAtStart()
        .onGap(gap -> seats.orphans().forEach(release))
        .subscribe(event -> release.accept(event.variable("id")));
  }
}
