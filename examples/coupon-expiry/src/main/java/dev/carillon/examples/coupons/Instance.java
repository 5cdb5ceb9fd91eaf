package dev.carillon.examples.coupons;

import static dev.carillon.protocol.event.EventType.EXPIRED;

import dev.carillon.listener.Carillon;
import dev.carillon.listener.Listening;
import dev.carillon.listener.Retry;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;

/**
 * One instance of the application. Every instance closes its own entrance; one of them settles. Any
 * thread.
 */
final class Instance {

  private final String name;
  private final Activity activity;
  private final Consumer<String> log;
  private final Set<String> entrances = ConcurrentHashMap.newKeySet();

  Instance(String name, Carillon carillon, Activity activity, Consumer<String> log) {
    this.name = name;
    this.activity = activity;
    this.log = log;
    Listening ends = carillon.on(EXPIRED).keys("activity:{name}");

    // Without a group: each instance hears each end.
    ends.onGap(
            gap -> entrances.stream().filter(shown -> !activity.isOpen(shown)).forEach(this::close))
        .subscribe(event -> close(event.variable("name")));

    // With a group: one of them does.
    ends.group("settlement")
        .retry(Retry.exponential(Duration.ofSeconds(1), 8))
        .deadLetter()
        .reconcileAtStart()
        .onGap(gap -> activity.overdue().forEach(this::settle))
        .subscribe(event -> settle(event.variable("name")));
  }

  /** Shows an activity to people. */
  void show(String activityName) {
    entrances.add(activityName);
  }

  /** What a user sees who wants a coupon here. */
  Activity.Claim claim(String activityName, String user) {
    // Most who are late need not bother the server.
    return entrances.contains(activityName)
        ? activity.claim(activityName, user)
        : Activity.Claim.TOO_LATE;
  }

  private void close(String activityName) {
    if (entrances.remove(activityName)) {
      log.accept(name + ": the entrance of " + activityName + " is closed");
    }
  }

  private void settle(String activityName) {
    String result = activity.settle(activityName);
    if (result != null) {
      log.accept("settled " + activityName + ": " + result);
    }
  }
}
