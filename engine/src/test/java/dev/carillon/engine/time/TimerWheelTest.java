package dev.carillon.engine.time;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.function.IntConsumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class TimerWheelTest {
  private static final long WINDOW = 1L << TimerWheel.WINDOW_SHIFT;
  private static final long SPAN = 1L << TimerWheel.SPAN_SHIFT;
  private static final long DAY = 86_400_000;
  private static final int ENOUGH = 1_000_000;

  private final ArrayNodes nodes = new ArrayNodes(5_000);
  private final List<Integer> served = new ArrayList<>();
  private TimerWheel wheel = new TimerWheel(nodes, 0);

  /**
   * Times at which a wheel may begin: zero, edges and their neighbours, a usual one, a late one.
   */
  static long[] clocks() {
    return new long[] {
      0,
      1,
      WINDOW - 1,
      WINDOW,
      WINDOW + 1,
      SPAN - WINDOW - 1,
      SPAN - 1,
      SPAN,
      SPAN + 1,
      1_700_000_000_000L,
      Long.MAX_VALUE - 6 * SPAN
    };
  }

  /** Distances around each boundary of a level, seen from an aligned clock and from any other. */
  private static final long[] DISTANCES = {
    0,
    1,
    2,
    63,
    64,
    65,
    4_095,
    4_096,
    WINDOW - 1,
    WINDOW,
    WINDOW + 1,
    2 * WINDOW - 1,
    2 * WINDOW,
    2 * WINDOW + 1,
    3 * WINDOW,
    SPAN - WINDOW,
    SPAN - 1,
    SPAN,
    SPAN + 1,
    2 * SPAN - 1,
    2 * SPAN,
    2 * SPAN + 1,
    5 * SPAN + 12_345
  };

  @ParameterizedTest
  @MethodSource("clocks")
  void aNodeIsServedAtItsMillisecondAndNotBefore(long startMillis) {
    for (long distance : DISTANCES) {
      start(startMillis);
      schedule(1, startMillis + distance);
      if (distance > 0) {
        assertThat(advance(startMillis + distance - 1)).as("one before +%d", distance).isEmpty();
      }
      assertThat(advance(startMillis + distance)).as("at +%d", distance).containsExactly(1);
      assertThat(wheel.isEmpty()).isTrue();
      assertThat(wheel.nextDeadlineMillis()).isEqualTo(Long.MAX_VALUE);
    }
  }

  @ParameterizedTest
  @MethodSource("clocks")
  void nodesOfAllLevelsAreServedInOrderOfDeadline(long startMillis) {
    start(startMillis);
    for (int id = DISTANCES.length; id > 0; id--) {
      schedule(id, startMillis + DISTANCES[id - 1]);
    }
    List<Integer> expected = new ArrayList<>();
    for (int id = 1; id <= DISTANCES.length; id++) {
      expected.add(id);
    }
    assertThat(advance(startMillis + 6 * SPAN)).isEqualTo(expected);
  }

  @ParameterizedTest
  @MethodSource("clocks")
  void aLoopThatSleepsUntilTheNextDeadlineMeetsEachOneExactly(long startMillis) {
    start(startMillis);
    for (int id = 1; id <= DISTANCES.length; id++) {
      schedule(id, startMillis + DISTANCES[id - 1]);
    }
    int calls = 0;
    for (long millis = startMillis; !wheel.isEmpty(); calls++) {
      millis = Math.max(millis, wheel.nextDeadlineMillis());
      for (int id : advance(millis)) {
        assertThat(nodes.deadline(id)).isEqualTo(millis);
      }
    }
    assertThat(calls).isLessThan(4 * DISTANCES.length);
  }

  @ParameterizedTest
  @MethodSource("clocks")
  void aCancelledNodeIsNotServedWhereverItWas(long startMillis) {
    for (long distance : DISTANCES) {
      for (int cancelled = 1; cancelled <= 3; cancelled++) {
        start(startMillis);
        List<Integer> expected = new ArrayList<>(List.of(1, 2, 3));
        expected.remove((Integer) cancelled);
        for (int id = 1; id <= 3; id++) {
          schedule(id, startMillis + distance);
        }
        wheel.cancel(cancelled);
        assertThat(nodes.next(cancelled)).isZero();
        assertThat(nodes.previous(cancelled)).isZero();
        assertThat(wheel.size()).isEqualTo(2);
        assertThat(advance(startMillis + distance)).isEqualTo(expected);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {10, WINDOW + 5, 7 * WINDOW, SPAN + 9, 9 * SPAN + 1})
  void withinAMillisecondTheOrderIsThatOfScheduling(long deadline) {
    schedule(5, deadline);
    schedule(2, deadline);
    advance(Math.max(0, deadline - SPAN), 1);
    schedule(9, deadline);
    advance(Math.max(0, deadline - WINDOW), 1);
    schedule(1, deadline);
    advance(deadline - 1);
    schedule(7, deadline);
    assertThat(advance(deadline)).containsExactly(5, 2, 9, 1, 7);
  }

  @Test
  void manyRoundsOfTheRingsReuseTheirPlaces() {
    long millis = 0;
    for (int round = 0; round < 1_000; round++) {
      schedule(1, millis + WINDOW - 1);
      schedule(2, millis + 2 * WINDOW + 1);
      schedule(3, millis + SPAN / 16);
      millis += SPAN / 16;
      assertThat(advance(millis)).containsExactly(1, 2, 3);
    }
  }

  @Test
  void theLastDeadlineOfAllIsServed() {
    schedule(1, Long.MAX_VALUE - 1);
    assertThat(advance(Long.MAX_VALUE - 2)).isEmpty();
    assertThat(wheel.nextDeadlineMillis()).isEqualTo(Long.MAX_VALUE - 1);
    assertThat(advance(Long.MAX_VALUE)).containsExactly(1);
    schedule(2, 5);
    assertThat(advance(Long.MAX_VALUE)).containsExactly(2);
  }

  @Test
  void pastDeadlinesAreServedFirstAndInTheOrderOfScheduling() {
    advance(1_000);
    schedule(1, 1_005);
    schedule(2, 900);
    schedule(3, 1_000);
    schedule(4, 1);
    assertThat(wheel.nextDeadlineMillis()).isZero();
    assertThat(advance(1_005)).containsExactly(2, 3, 4, 1);
  }

  @Test
  void aCancelledPastDeadlineIsNotServed() {
    advance(1_000);
    schedule(1, 900);
    schedule(2, 900);
    schedule(3, 900);
    wheel.cancel(2);
    wheel.cancel(1);
    assertThat(advance(1_000)).containsExactly(3);
  }

  @Test
  void theNextDeadlineFollowsSchedulingAndCancelling() {
    schedule(1, 5_000);
    assertThat(wheel.nextDeadlineMillis()).isEqualTo(5_000);
    schedule(2, 70_000);
    assertThat(wheel.nextDeadlineMillis()).isEqualTo(5_000);
    schedule(3, 4_000);
    assertThat(wheel.nextDeadlineMillis()).isEqualTo(4_000);
    wheel.cancel(3);
    assertThat(wheel.nextDeadlineMillis()).isEqualTo(5_000);
    wheel.cancel(1);
    assertThat(wheel.nextDeadlineMillis()).isEqualTo(70_000);
    wheel.cancel(2);
    assertThat(wheel.nextDeadlineMillis()).isEqualTo(Long.MAX_VALUE);
  }

  @Test
  void aFarDeadlineAsksForACallOneWindowAhead() {
    schedule(1, 10 * WINDOW + 77);
    assertThat(wheel.nextDeadlineMillis()).isEqualTo(9 * WINDOW);
    assertThat(advance(9 * WINDOW)).isEmpty();
    assertThat(wheel.nextDeadlineMillis()).isEqualTo(10 * WINDOW + 77);
  }

  @Test
  void aVeryFarDeadlineAsksForACallOneSpanAhead() {
    schedule(1, 10 * SPAN + 3 * WINDOW + 77);
    assertThat(wheel.nextDeadlineMillis()).isEqualTo(9 * SPAN);
    assertThat(advance(9 * SPAN)).isEmpty();
    assertThat(wheel.nextDeadlineMillis()).isEqualTo(10 * SPAN + 2 * WINDOW);
  }

  @Test
  void aBucketMovesAheadInSlicesOneAMillisecond() {
    int count = 2 * TimerWheel.MIGRATIONS_AHEAD + 1;
    for (int id = 1; id <= count; id++) {
      schedule(id, 2 * WINDOW + id % 100);
    }
    advance(WINDOW);
    assertThat(wheel.nextDeadlineMillis()).isEqualTo(WINDOW + 1);
    assertThat(wheel.slots.audit()).isEqualTo(100);
    assertThat(wheel.advance(WINDOW, 1_000, served::add)).isEqualTo(1_000);
    advance(WINDOW + 1);
    assertThat(wheel.nextDeadlineMillis()).isEqualTo(WINDOW + 2);
    advance(WINDOW + 2);
    assertThat(wheel.nextDeadlineMillis()).isEqualTo(2 * WINDOW);
    assertThat(wheel.buckets.isEmpty()).isTrue();
    assertThat(advance(3 * WINDOW)).hasSize(count);
  }

  @Test
  void movingAheadNeverLooksLikeMoreBeingDue() {
    for (int id = 1; id <= 100; id++) {
      schedule(id, 2 * WINDOW + id);
    }
    for (long millis = WINDOW; millis < WINDOW + 20; millis++) {
      assertThat(wheel.advance(millis, 1, served::add)).isEqualTo(1);
    }
    assertThat(served).isEmpty();
  }

  @Test
  void aWindowWhoseBucketHasNotMovedInTimeIsServedInOrderAllTheSame() {
    for (int id = 1; id <= 1_000; id++) {
      schedule(id, 5 * WINDOW + 1_000 - id);
    }
    int calls = 1;
    while (wheel.advance(5 * WINDOW + 499, 10, served::add) == 0) {
      calls++;
    }
    assertThat(served).hasSize(500);
    assertThat(served).isSortedAccordingTo((a, b) -> b - a);
    int units = 1_000 / TimerWheel.MIGRATIONS_PER_UNIT + 500;
    assertThat(calls).isBetween(units / 10, units / 10 + 1);
  }

  @Test
  void aBudgetOfOneServesOneNodeACallAndLosesNone() {
    for (int id = 1; id <= 20; id++) {
      schedule(id, id % 3 == 0 ? 3 * SPAN + id : id);
    }
    int calls = 0;
    while (!wheel.isEmpty()) {
      int before = served.size();
      int left = wheel.advance(4 * SPAN, 1, served::add);
      assertThat(served.size() - before).isLessThanOrEqualTo(1);
      assertThat(left).isZero();
      calls++;
    }
    assertThat(calls).isLessThan(40);
    assertThat(served)
        .containsExactly(1, 2, 4, 5, 7, 8, 10, 11, 13, 14, 16, 17, 19, 20, 3, 6, 9, 12, 15, 18);
  }

  @Test
  void whatABudgetLeftOverComesBeforeWhatIsOverdueSince() {
    schedule(1, 10);
    schedule(2, 10);
    assertThat(advance(10, 1)).containsExactly(1);
    schedule(3, 5);
    schedule(4, 11);
    assertThat(advance(11)).containsExactly(2, 3, 4);
  }

  @Test
  void aNodeThatCostsMoreThanTheRestOfTheBudgetEndsTheAdvance() {
    for (int id = 1; id <= 6; id++) {
      schedule(id, 10);
    }
    TimerWheel.Due threeEach =
        id -> {
          served.add(id);
          wheel.charge(2);
        };
    assertThat(wheel.advance(10, 7, threeEach)).isZero();
    assertThat(served).containsExactly(1, 2, 3);
    assertThat(wheel.advance(10, 100, threeEach)).isEqualTo(91);
    assertThat(served).containsExactly(1, 2, 3, 4, 5, 6);
  }

  @Test
  void aJumpForwardOverYearsCostsNoMoreThanItsNodes() {
    schedule(1, 400 * DAY);
    schedule(2, 800 * DAY);
    schedule(3, 40_000 * DAY);
    assertThat(wheel.advance(30_000 * DAY, 10, served::add)).isPositive();
    assertThat(served).containsExactly(1, 2);
    assertThat(advance(40_000 * DAY)).containsExactly(3);
  }

  @Test
  void afterAJumpBackNothingIsEarly() {
    advance(90 * DAY);
    schedule(1, 91 * DAY);
    assertThat(advance(30 * DAY)).isEmpty();
    schedule(2, 30 * DAY + 2_000);
    schedule(3, 30 * DAY + 1_000);
    schedule(4, 30 * DAY);
    assertThat(advance(30 * DAY)).containsExactly(4);
    assertThat(wheel.nextDeadlineMillis()).isEqualTo(30 * DAY + 1_000);
    assertThat(advance(30 * DAY + 999)).isEmpty();
    assertThat(advance(30 * DAY + 1_000)).containsExactly(3);
    wheel.cancel(2);
    assertThat(advance(91 * DAY - 1)).isEmpty();
    assertThat(advance(91 * DAY)).containsExactly(1);
  }

  @Test
  void afterAJumpBackWhatWasLeftOverWaitsForItsTimeAgain() {
    schedule(1, 10);
    schedule(2, 10);
    schedule(3, 20);
    assertThat(advance(20, 1)).containsExactly(1);
    assertThat(advance(5)).isEmpty();
    assertThat(wheel.nextDeadlineMillis()).isEqualTo(10);
    assertThat(advance(10)).containsExactly(2);
    assertThat(advance(20)).containsExactly(3);
  }

  @Test
  void anEmptyWheelFollowsAClockBack() {
    advance(90 * DAY);
    advance(30 * DAY);
    assertThat(wheel.position()).isEqualTo(30 * DAY + 1);
  }

  @Test
  void aReceiverMayCancelNodesOfTheSameMillisecond() {
    schedule(1, 10);
    schedule(2, 10);
    schedule(3, 10);
    schedule(4, 10);
    act(
        10,
        id -> {
          if (id == 1) {
            wheel.cancel(3);
            wheel.cancel(2);
          }
        });
    assertThat(served).containsExactly(1, 4);
  }

  @Test
  void aReceiverMayScheduleAheadWithinTheSameAdvance() {
    schedule(1, 10);
    act(
        20,
        id -> {
          if (id == 1) {
            schedule(2, 15);
            schedule(3, 21);
          }
        });
    assertThat(served).containsExactly(1, 2);
    assertThat(wheel.nextDeadlineMillis()).isEqualTo(21);
  }

  @ParameterizedTest
  @ValueSource(longs = {10, 9, 1})
  void aNodeThatKeepsComingBackWaitsForTheNextAdvance(long againMillis) {
    schedule(1, 10);
    for (int call = 1; call <= 3; call++) {
      act(10, id -> schedule(id, againMillis));
      assertThat(served).hasSize(call);
      assertThat(wheel.nextDeadlineMillis()).isZero();
    }
  }

  @Test
  void aReceiverThatThrowsLeavesTheWheelWhole() {
    schedule(1, 10);
    schedule(2, 10);
    assertThatThrownBy(
            () ->
                wheel.advance(
                    10,
                    10,
                    id -> {
                      throw new IllegalArgumentException("refused " + id);
                    }))
        .hasMessage("refused 1");
    assertThat(wheel.size()).isEqualTo(1);
    assertThat(advance(10)).containsExactly(2);
  }

  @Test
  void aReceiverMustNotAdvance() {
    schedule(1, 10);
    assertThatThrownBy(() -> act(10, id -> wheel.advance(11, 1, served::add)))
        .isInstanceOf(IllegalStateException.class);
  }

  private void start(long millis) {
    wheel = new TimerWheel(nodes, millis);
  }

  private void schedule(int id, long deadline) {
    nodes.deadline(id, deadline);
    wheel.schedule(id);
  }

  private List<Integer> advance(long millis) {
    return advance(millis, ENOUGH);
  }

  /** Advances once and answers what that call served. */
  private List<Integer> advance(long millis, int budget) {
    served.clear();
    wheel.advance(millis, budget, served::add);
    return List.copyOf(served);
  }

  /** Advances with a receiver that does something after each node. */
  private void act(long millis, IntConsumer action) {
    wheel.advance(
        millis,
        ENOUGH,
        id -> {
          served.add(id);
          action.accept(id);
        });
  }
}
