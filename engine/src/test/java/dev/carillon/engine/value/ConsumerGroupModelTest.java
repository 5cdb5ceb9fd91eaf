package dev.carillon.engine.value;

import static org.assertj.core.api.Assertions.assertThat;

import dev.carillon.protocol.bytes.Bytes;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Random deliveries to the consumers of a group, compared with maps of the JDK. A failure names its
 * seed; {@code -Dcarillon.seed=…} replays it.
 */
class ConsumerGroupModelTest {

  private record Pending(@Nullable Bytes consumer, long deliveredMillis, long deliveries) {}

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4})
  void aGroupKnowsWhatIsPendingForWhom(long givenSeed) {
    long seed = Long.getLong("carillon.seed", givenSeed);
    String note = "-Dcarillon.seed=" + seed;
    Random random = new Random(seed);
    Footprint footprint = new Footprint();
    ConsumerGroup group =
        new ConsumerGroup(Bytes.of("g"), StreamId.MIN, ConsumerGroup.UNKNOWN, footprint);
    TreeMap<StreamId, Pending> model = new TreeMap<>();
    TreeMap<Bytes, Boolean> consumers = new TreeMap<>();
    for (int step = 0; step < 8_000; step++) {
      change(random, group, model, consumers, step);
      if (step % 40 == 0) {
        // The order by time is only kept from when on somebody asks for it.
        check(group, model, consumers, step > 2_000, note);
      }
    }
    Footprint other = new Footprint();
    ConsumerGroup copy = group.copy(other);
    check(copy, model, consumers, true, note);
    group.release();
    assertThat(footprint.bytes()).isZero();
    check(copy, model, consumers, true, note);
    copy.release();
    assertThat(other.bytes()).isZero();
  }

  private static void change(
      Random random,
      ConsumerGroup group,
      TreeMap<StreamId, Pending> model,
      TreeMap<Bytes, Boolean> consumers,
      long nowMillis) {
    Bytes name = Bytes.of("c" + random.nextInt(12));
    StreamId id = new StreamId(random.nextInt(60), random.nextInt(4));
    switch (random.nextInt(12)) {
      case 0 -> {
        StreamConsumer consumer = group.consumer(name);
        assertThat(consumer != null).isEqualTo(consumers.containsKey(name));
        if (consumer != null && random.nextInt(4) == 0) {
          group.deleteConsumer(consumer);
          consumers.remove(name);
          model.values().removeIf(pending -> name.equals(pending.consumer()));
        }
      }
      case 1, 2, 3 -> {
        assertThat(group.acknowledge(id.millis(), id.sequence()))
            .isEqualTo(model.remove(id) != null);
      }
      case 4 -> {
        long row = group.find(id.millis(), id.sequence());
        Pending pending = model.get(id);
        assertThat(row != ConsumerGroup.NONE).isEqualTo(pending != null);
        if (pending != null) {
          group.release(row, 0, pending.deliveries());
          model.put(id, new Pending(null, 0, pending.deliveries()));
        } else if (random.nextInt(5) == 0) {
          group.addReleased(id.millis(), id.sequence(), 7, 3);
          model.put(id, new Pending(null, 7, 3));
        }
      }
      default -> {
        StreamConsumer consumer = group.consumer(name);
        if (consumer == null) {
          consumer = group.createConsumer(name, nowMillis);
          consumers.put(name, true);
        }
        long deliveries = random.nextInt(5);
        long at = random.nextInt(4) == 0 ? random.nextInt(1_000) : nowMillis;
        group.deliver(id.millis(), id.sequence(), consumer, at, deliveries);
        model.put(id, new Pending(name, at, deliveries));
      }
    }
  }

  private static void check(
      ConsumerGroup group,
      TreeMap<StreamId, Pending> model,
      TreeMap<Bytes, Boolean> consumers,
      boolean withTimes,
      String note) {
    List<StreamId> ids = new ArrayList<>();
    for (long row = group.first(); row != ConsumerGroup.NONE; row = group.next(row)) {
      StreamId id = new StreamId(group.millis(row), group.sequence(row));
      StreamConsumer consumer = group.consumerOf(row);
      ids.add(id);
      assertThat(
              new Pending(
                  consumer == null ? null : consumer.name(),
                  group.deliveredMillis(row),
                  group.deliveries(row)))
          .as(note)
          .isEqualTo(model.get(id));
    }
    assertThat(ids).as(note).isEqualTo(new ArrayList<>(model.keySet()));
    assertThat(group.pending()).as(note).isEqualTo(model.size());
    assertThat(group.consumers().stream().map(StreamConsumer::name).toList())
        .as(note)
        .isEqualTo(new ArrayList<>(consumers.keySet()));
    for (StreamConsumer consumer : group.consumers()) {
      List<StreamId> own = new ArrayList<>();
      long at = consumer.ceiling(StreamId.MIN);
      while (at != StreamConsumer.NONE) {
        own.add(new StreamId(consumer.millis(at), consumer.sequence(at)));
        at = consumer.next(at);
      }
      assertThat(own)
          .as(note)
          .isEqualTo(
              model.entrySet().stream()
                  .filter(entry -> consumer.name().equals(entry.getValue().consumer()))
                  .map(Map.Entry::getKey)
                  .toList());
      assertThat(consumer.pending()).as(note).isEqualTo(own.size());
    }
    if (withTimes) {
      checkTimes(group, model, note);
    }
  }

  private static void checkTimes(
      ConsumerGroup group, TreeMap<StreamId, Pending> model, String note) {
    List<StreamId> byTime = new ArrayList<>();
    for (long row = group.longestIdle(); row != ConsumerGroup.NONE; row = group.nextIdle(row)) {
      byTime.add(new StreamId(group.millis(row), group.sequence(row)));
    }
    List<StreamId> expected = new ArrayList<>(model.keySet());
    expected.sort(
        Comparator.comparingLong(id -> Objects.requireNonNull(model.get(id)).deliveredMillis()));
    assertThat(byTime).as(note).isEqualTo(expected);
    assertThat(group.oldestDeliveryMillis())
        .as(note)
        .isEqualTo(
            expected.isEmpty()
                ? Long.MAX_VALUE
                : Objects.requireNonNull(model.get(expected.getFirst())).deliveredMillis());
  }

  /** Else the first who asks a group of millions would keep everybody waiting. */
  @ParameterizedTest
  @ValueSource(longs = {1, 2})
  void askingForWhatIsIdleLongestMakesNothingWhereMuchIsPending(long givenSeed) {
    long seed = Long.getLong("carillon.seed", givenSeed);
    String note = "-Dcarillon.seed=" + seed;
    Random random = new Random(seed);
    Footprint footprint = new Footprint();
    ConsumerGroup group =
        new ConsumerGroup(Bytes.of("g"), StreamId.MIN, ConsumerGroup.UNKNOWN, footprint);
    StreamConsumer consumer = group.createConsumer(Bytes.of("c"), 0);
    TreeMap<StreamId, Pending> model = new TreeMap<>();
    for (int i = 0; i < 3 * ConsumerGroup.ORDERED_FROM / 2; i++) {
      StreamId id = new StreamId(random.nextInt(1_000_000), i);
      long at = random.nextInt(5_000);
      group.deliver(id.millis(), id.sequence(), consumer, at, 1);
      model.put(id, new Pending(consumer.name(), at, 1));
    }
    long bytes = footprint.bytes();

    checkTimes(group, model, note);
    assertThat(footprint.bytes()).as(note).isEqualTo(bytes);

    Footprint other = new Footprint();
    ConsumerGroup copy = group.copy(other);
    bytes = other.bytes();
    checkTimes(copy, model, note);
    assertThat(other.bytes()).as(note).isEqualTo(bytes);

    group.deleteConsumer(consumer);
    checkTimes(group, new TreeMap<>(), note);
    group.release();
    assertThat(footprint.bytes()).as(note).isZero();
  }

  @Test
  void whoHadMostOfWhatIsPendingLeavesTheOthersTheirs() {
    Random random = new Random(7);
    for (int othersOf20 : new int[] {0, 1, 4, 10}) {
      for (boolean timed : new boolean[] {false, true}) {
        String note = othersOf20 + " of 20, timed " + timed;
        Footprint footprint = new Footprint();
        ConsumerGroup group =
            new ConsumerGroup(Bytes.of("g"), StreamId.MIN, ConsumerGroup.UNKNOWN, footprint);
        StreamConsumer most = group.createConsumer(Bytes.of("most"), 0);
        StreamConsumer other = group.createConsumer(Bytes.of("other"), 0);
        TreeMap<StreamId, Pending> model = new TreeMap<>();
        for (int i = 0; i < 5_000; i++) {
          StreamId id = new StreamId(random.nextInt(1_000), i);
          long at = random.nextInt(5_000);
          boolean isMost = random.nextInt(20) >= othersOf20;
          group.deliver(id.millis(), id.sequence(), isMost ? most : other, at, 1 + i % 3);
          if (!isMost) {
            model.put(id, new Pending(other.name(), at, 1 + i % 3));
          }
        }
        if (timed) {
          group.longestIdle();
        }
        group.deleteConsumer(most);
        TreeMap<Bytes, Boolean> consumers = new TreeMap<>();
        consumers.put(other.name(), true);
        check(group, model, consumers, timed, note);
        checkTimes(group, model, note);
        group.release();
        assertThat(footprint.bytes()).as(note).isZero();
      }
    }
  }

  @Test
  void whoReadsAndAcknowledgesInOrderLeavesNothing() {
    Footprint footprint = new Footprint();
    ConsumerGroup group =
        new ConsumerGroup(Bytes.of("g"), StreamId.MIN, ConsumerGroup.UNKNOWN, footprint);
    StreamConsumer consumer = group.createConsumer(Bytes.of("c"), 0);
    long empty = footprint.bytes();
    for (int i = 0; i < 100_000; i++) {
      group.deliver(1, i, consumer, i, 1);
    }
    // Derived: 5, 2 and 3 longs for each, and what chunks and their lists take.
    assertThat(footprint.bytes() - empty).isLessThan(100_000 * 85L);
    for (int i = 0; i < 100_000; i++) {
      group.acknowledge(1, i);
    }
    assertThat(footprint.bytes()).isLessThan(empty + 1_000);
  }
}
