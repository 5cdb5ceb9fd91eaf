package dev.carillon.engine.value;

import static org.assertj.core.api.Assertions.assertThat;

import dev.carillon.protocol.bytes.Bytes;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A stream and its copies share what does not change: whatever is done to one of them, the others
 * stay what they were. A failure names its seed; {@code -Dcarillon.seed=…} replays it.
 */
class StreamCopyTest {

  private static final Bytes GROUP = Bytes.of("g");

  /** A stream that nobody changes any more, and what it has to look like. */
  private record Kept(StreamValue stream, String text, long sizeBytes) {}

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6})
  void whatIsDoneToACopyIsNotDoneToTheOthers(long givenSeed) {
    long seed = Long.getLong("carillon.seed", givenSeed);
    Random random = new Random(seed);
    StreamValue stream = new StreamValue();
    stream.createGroup(GROUP, StreamId.MIN, 0);
    List<Kept> kept = new ArrayList<>();
    for (int step = 0; step < 3_000; step++) {
      change(random, stream, step);
      if (random.nextInt(60) == 0) {
        StreamValue copy = stream.copy();
        assertThat(copy.sizeBytes()).isEqualTo(stream.sizeBytes());
        boolean onWithTheCopy = random.nextBoolean();
        StreamValue left = onWithTheCopy ? stream : copy;
        stream = onWithTheCopy ? copy : stream;
        kept.add(new Kept(left, stream.toString(), left.sizeBytes()));
      }
      if (kept.size() > 5) {
        check(kept.remove(random.nextInt(kept.size())), seed);
      }
    }
    kept.forEach(each -> check(each, seed));
    stream.trim(StreamTrim.toLength(0, StreamReferences.DELETE));
    stream.destroyGroup(group(stream));
    assertThat(stream.sizeBytes()).as("-Dcarillon.seed=" + seed).isLessThan(500);
  }

  private static void check(Kept kept, long seed) {
    assertThat(kept.stream).as("-Dcarillon.seed=" + seed).hasToString(kept.text);
    assertThat(kept.stream.sizeBytes()).isEqualTo(kept.sizeBytes);
  }

  private static ConsumerGroup group(StreamValue stream) {
    return Objects.requireNonNull(stream.group(GROUP));
  }

  private static void change(Random random, StreamValue stream, int step) {
    ConsumerGroup group = group(stream);
    StreamId some = new StreamId(random.nextInt(step + 1), 0);
    switch (random.nextInt(24)) {
      case 0 -> stream.delete(some);
      case 1 -> stream.trim(StreamTrim.before(some, StreamReferences.KEEP));
      case 2 -> stream.trim(StreamTrim.before(some, StreamReferences.ACKNOWLEDGED));
      case 3 ->
          stream.trim(
              StreamTrim.toLength(random.nextInt(3) == 0 ? 0 : 400, StreamReferences.DELETE));
      case 4, 5, 6, 7, 8 -> {
        StreamConsumer consumer = consumer(group, "c" + random.nextInt(3));
        StreamCursor cursor = stream.range(group.lastDelivered().next(), StreamId.MAX);
        for (int i = random.nextInt(40); i > 0 && cursor.next(); i--) {
          group.deliver(cursor.millis(), cursor.sequence(), consumer, step, 1);
          stream.advance(group, cursor.millis(), cursor.sequence());
        }
      }
      case 9, 10, 11 -> {
        long row = group.ceiling(some);
        for (int i = random.nextInt(30); i > 0 && row != ConsumerGroup.NONE; i--) {
          row = group.acknowledge(row);
        }
      }
      case 12 -> {
        long row = group.ceiling(some);
        if (row != ConsumerGroup.NONE) {
          group.deliver(row, consumer(group, "c3"), step, 2 + group.deliveries(row));
        }
      }
      case 13 -> {
        if (random.nextInt(20) == 0) {
          group.deleteConsumer(consumer(group, "c" + random.nextInt(4)));
        }
      }
      default ->
          stream.append(
              new StreamId(step + 1, 0),
              new Bytes[] {Bytes.of("f" + random.nextInt(2)), Bytes.of("v".repeat(step % 70))},
              400,
              random.nextInt(3) == 0 ? 20 : 0);
    }
  }

  private static StreamConsumer consumer(ConsumerGroup group, String name) {
    StreamConsumer known = group.consumer(Bytes.of(name));
    return known == null ? group.createConsumer(Bytes.of(name), 0) : known;
  }
}
