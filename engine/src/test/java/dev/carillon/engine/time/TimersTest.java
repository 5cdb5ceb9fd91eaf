package dev.carillon.engine.time;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** Timers come due once, on time and in order, whatever is cancelled and used again in between. */
class TimersTest {

  private static final int STEPS = 200_000;

  private record Due(String owner, long deadline) {}

  @Test
  void noTimersNothingDue() {
    Timers<String> timers = new Timers<>();

    assertThat(timers.nextDeadlineMillis()).isEqualTo(Long.MAX_VALUE);
    assertThat(timers.advance(1_000, 7, owner -> {})).isEqualTo(7);
    assertThat(timers.size()).isZero();
  }

  @Test
  void aTimerSetWhileAnotherIsServedMayUseItsNumber() {
    Timers<String> timers = new Timers<>();
    List<String> served = new ArrayList<>();
    int first = timers.schedule("first", 10, 0);

    timers.advance(
        10,
        100,
        owner -> {
          served.add(owner);
          if (owner.equals("first")) {
            assertThat(timers.schedule("second", 20, 10)).isEqualTo(first);
          }
        });
    assertThat(served).containsExactly("first");
    timers.advance(20, 100, served::add);

    assertThat(served).containsExactly("first", "second");
    assertThat(timers.size()).isZero();
  }

  @Test
  void doesWhatAModelDoes() {
    long seed = Long.getLong("carillon.seed", System.nanoTime());
    SplittableRandom random = new SplittableRandom(seed);
    Timers<Due> timers = new Timers<>();
    Map<Integer, Due> model = new TreeMap<>();
    long now = 1_700_000_000_000L;
    for (int step = 0; step < STEPS; step++) {
      String where = "step " + step + ", -Dcarillon.seed=" + seed;
      int choice = random.nextInt(10);
      if (choice < 5) {
        Due due = new Due("owner" + step, now + 1 + random.nextLong(1L << random.nextInt(1, 24)));
        int id = timers.schedule(due, due.deadline, now);
        assertThat(model.put(id, due)).as("the number of a new timer is free, %s", where).isNull();
      } else if (choice < 8 && !model.isEmpty()) {
        List<Integer> ids = List.copyOf(model.keySet());
        int id = ids.get(random.nextInt(ids.size()));
        timers.cancel(id);
        model.remove(id);
      } else {
        now += random.nextLong(1L << random.nextInt(1, 22));
        List<Due> served = new ArrayList<>();
        while (timers.advance(now, 64, served::add) == 0) {
          assertThat(served.size()).as("what is served, %s", where).isLessThanOrEqualTo(STEPS);
        }
        long limit = now;
        List<Due> expected = model.values().stream().filter(due -> due.deadline <= limit).toList();
        assertThat(served)
            .as("due timers, %s", where)
            .containsExactlyInAnyOrderElementsOf(expected);
        assertThat(served)
            .as("order, %s", where)
            .isSortedAccordingTo(Comparator.comparingLong(Due::deadline));
        model.values().removeIf(due -> due.deadline <= limit);
      }
      assertThat(timers.size()).as(where).isEqualTo(model.size());
      if (model.size() > 500) {
        model.keySet().forEach(timers::cancel);
        model.clear();
      }
    }
  }
}
