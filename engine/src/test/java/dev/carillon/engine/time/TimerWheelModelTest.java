package dev.carillon.engine.time;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.SplittableRandom;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Random schedules, cancels, advances and jumps of the clock against {@link WheelModel}. A failure
 * prints the line that replays it: {@code -Dcarillon.seed=…}.
 */
class TimerWheelModelTest {
  private static final int STEPS = 1_000_000;
  private static final int STEPS_PER_LIFE = 4_000;

  private static final long[] CLOCKS = {
    1,
    65_535,
    65_536,
    (1L << 32) - 1,
    1L << 32,
    1_700_000_000_000L,
    (1_700_000_000_000L & -1L << 32) - 2,
    Long.MAX_VALUE - (1L << 33),
    Long.MAX_VALUE - 100_000,
  };

  @Test
  void doesWhatTheModelDoes() {
    long seed = Long.getLong("carillon.seed", System.nanoTime());
    run(seed, STEPS, TimerWheel::new, WheelModel::step);
    System.out.println("TimerWheelModelTest: " + STEPS + " steps, -Dcarillon.seed=" + seed);
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("faults")
  void whatIsServedGivesAFaultAway(String fault, String sentence, WheelModel.Maker maker) {
    assertThatThrownBy(() -> run(42, STEPS, maker, WheelModel::act))
        .as("a wheel that %s", fault)
        .isInstanceOf(AssertionError.class)
        .hasMessageStartingWith(sentence);
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("faults")
  void theInvariantsGiveAFaultAway(String fault, String sentence, WheelModel.Maker maker) {
    assertThatThrownBy(() -> run(42, STEPS / 10, maker, WheelModel::step))
        .as("a wheel that %s", fault)
        .isInstanceOf(AssertionError.class);
  }

  static Stream<Arguments> faults() {
    return Stream.of(
        fault(
            "is late by a millisecond",
            "everything due is served while the budget lasts",
            (nodes, now) -> skewed(nodes, now, 1)),
        fault(
            "is early by a millisecond",
            "no node is served early",
            (nodes, now) -> skewed(nodes, now, -1)),
        fault(
            "loses what a slice of migration left",
            "everything due is served while the budget lasts",
            (nodes, now) -> new TimerWheel(nodes, now, new Ring(), new SliceLosingRing())),
        fault(
            "serves a millisecond's nodes in another order",
            "nodes are served in order of deadline, then of scheduling",
            (nodes, now) -> new TimerWheel(nodes, now, new RotatingRing(nodes), new Ring())),
        fault(
            "does not see a millisecond that has nodes",
            "everything due is served while the budget lasts",
            (nodes, now) -> new TimerWheel(nodes, now, new ShortSightedRing(), new Ring())),
        fault(
            "does not see a bucket that has nodes",
            "everything due is served while the budget lasts",
            (nodes, now) -> new TimerWheel(nodes, now, new Ring(), new ShortSightedRing())));
  }

  private static Arguments fault(String name, String sentence, WheelModel.Maker maker) {
    return Arguments.of(name, sentence, maker);
  }

  private static void run(
      long seed, int steps, WheelModel.Maker maker, Consumer<WheelModel> stepping) {
    SplittableRandom random = new SplittableRandom(seed);
    int step = 0;
    try {
      while (step < steps) {
        int count = 2 + random.nextInt(random.nextInt(4) == 0 ? 200 : 30);
        long nowMillis = CLOCKS[random.nextInt(CLOCKS.length)];
        WheelModel model = new WheelModel(random, count, nowMillis, maker);
        for (int end = Math.min(steps, step + STEPS_PER_LIFE); step < end; step++) {
          stepping.accept(model);
        }
        model.auditRings();
        model.drain();
        model.auditRings();
      }
    } catch (AssertionError | RuntimeException failure) {
      throw new AssertionError(
          failure.getMessage() + "; step " + step + ", replay with -Dcarillon.seed=" + seed,
          failure);
    }
  }

  /** A wheel that believes every deadline to be some milliseconds later than it is. */
  private static TimerWheel skewed(TimerNodes nodes, long nowMillis, long skewMillis) {
    TimerNodes lying =
        new TimerNodes() {
          @Override
          public long deadline(int id) {
            return Math.clamp(nodes.deadline(id) + skewMillis, 0, Long.MAX_VALUE - 1);
          }

          @Override
          public int next(int id) {
            return nodes.next(id);
          }

          @Override
          public int previous(int id) {
            return nodes.previous(id);
          }

          @Override
          public void next(int id, int other) {
            nodes.next(id, other);
          }

          @Override
          public void previous(int id, int other) {
            nodes.previous(id, other);
          }
        };
    return new TimerWheel(lying, nowMillis);
  }

  /** Forgets a list whose tail is set again to what it was, as a slice that ends early does. */
  private static final class SliceLosingRing extends Ring {
    @Override
    void tail(long tick, int id) {
      super.tail(tick, id == tail(tick) ? 0 : id);
    }
  }

  /** Remembers the head of a longer list for its tail, so that the first becomes the last. */
  private static final class RotatingRing extends Ring {
    private final TimerNodes nodes;

    RotatingRing(TimerNodes nodes) {
      this.nodes = nodes;
    }

    @Override
    void tail(long tick, int id) {
      super.tail(tick, id == 0 ? 0 : nodes.next(id));
    }
  }

  /** Overlooks the last tick of a window. */
  private static final class ShortSightedRing extends Ring {
    @Override
    long first(long from) {
      long tick = super.first(from);
      return (tick & 0xFFFF) == 0xFFFF && tick != NONE ? NONE : tick;
    }
  }
}
