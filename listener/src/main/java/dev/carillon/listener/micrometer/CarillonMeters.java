package dev.carillon.listener.micrometer;

import dev.carillon.listener.ListenerObserver;
import dev.carillon.listener.Subscription;
import dev.carillon.listener.SubscriptionStats;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.TimeGauge;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.ToDoubleFunction;

/**
 * Meters of all subscriptions of a {@code Carillon}, each with the tag {@code subscription}:
 *
 * <pre>
 *   carillon.listener.heard, .handled, .failed, .retried, .gaps, .missed     counters
 *   carillon.listener.waiting, .running                                      gauges
 *   carillon.listener.lag                                                    gauge, a time
 * </pre>
 *
 * <p>{@link SubscriptionStats} says what each of them means. They read what is counted anyway, so
 * an event costs nothing more.
 *
 * <pre>{@code
 * Carillon.builder(uri).observer(new CarillonMeters(registry)).open();
 * }</pre>
 *
 * <p>Any thread.
 */
public final class CarillonMeters implements ListenerObserver {

  private final MeterRegistry registry;
  private final Map<Subscription, List<Meter>> meters = new ConcurrentHashMap<>();

  /** Meters in {@code registry}. */
  public CarillonMeters(MeterRegistry registry) {
    this.registry = registry;
  }

  @Override
  public void onSubscribed(Subscription subscription) {
    List<Meter> mine = new ArrayList<>();
    counter(mine, subscription, "heard", SubscriptionStats::heard);
    counter(mine, subscription, "handled", SubscriptionStats::handled);
    counter(mine, subscription, "failed", SubscriptionStats::failed);
    counter(mine, subscription, "retried", SubscriptionStats::retried);
    counter(mine, subscription, "gaps", SubscriptionStats::gaps);
    counter(mine, subscription, "missed", SubscriptionStats::missed);
    gauge(mine, subscription, "waiting", SubscriptionStats::waiting);
    gauge(mine, subscription, "running", SubscriptionStats::running);
    mine.add(
        TimeGauge.builder(
                "carillon.listener.lag",
                subscription,
                TimeUnit.MILLISECONDS,
                one -> one.stats().lagMillis())
            .tags(tags(subscription))
            .register(registry));
    meters.put(subscription, mine);
  }

  private void counter(
      List<Meter> mine,
      Subscription subscription,
      String name,
      ToDoubleFunction<SubscriptionStats> figure) {
    mine.add(
        FunctionCounter.builder(
                "carillon.listener." + name, subscription, one -> figure.applyAsDouble(one.stats()))
            .tags(tags(subscription))
            .register(registry));
  }

  private void gauge(
      List<Meter> mine,
      Subscription subscription,
      String name,
      ToDoubleFunction<SubscriptionStats> figure) {
    mine.add(
        Gauge.builder(
                "carillon.listener." + name, subscription, one -> figure.applyAsDouble(one.stats()))
            .tags(tags(subscription))
            .register(registry));
  }

  private static Tags tags(Subscription subscription) {
    return Tags.of("subscription", subscription.name());
  }

  @Override
  public void onClosed(Subscription subscription) {
    List<Meter> mine = meters.remove(subscription);
    if (mine != null) {
      mine.forEach(registry::remove);
    }
  }
}
