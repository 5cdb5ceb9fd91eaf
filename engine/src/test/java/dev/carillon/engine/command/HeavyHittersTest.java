package dev.carillon.engine.command;

import static org.assertj.core.api.Assertions.assertThat;

import dev.carillon.engine.command.HeavyHitters.Hitter;
import dev.carillon.protocol.bytes.Bytes;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;

/** What is promised of a few counters for many keys, against a count of everything. */
class HeavyHittersTest {

  @Test
  void whileThereAreCountersLeftAllSumsAreExact() {
    HeavyHitters hitters = new HeavyHitters(3);
    hitters.add(Bytes.of("a"), 5);
    hitters.add(Bytes.of("b"), 7);
    hitters.add(Bytes.of("a"), 4);
    hitters.add(Bytes.of("nothing"), 0);
    assertThat(hitters.heaviest(9))
        .containsExactly(new Hitter(Bytes.of("a"), 9), new Hitter(Bytes.of("b"), 7));
    assertThat(hitters.heaviest(1)).containsExactly(new Hitter(Bytes.of("a"), 9));
    assertThat(hitters.total()).isEqualTo(16);
  }

  @Test
  void whoComesWhenAllCountersAreTakenTakesTheSmallest() {
    HeavyHitters hitters = new HeavyHitters(2);
    hitters.add(Bytes.of("a"), 5);
    hitters.add(Bytes.of("b"), 7);
    hitters.add(Bytes.of("c"), 1);
    assertThat(hitters.heaviest(2))
        .containsExactly(new Hitter(Bytes.of("b"), 7), new Hitter(Bytes.of("c"), 6));
  }

  @RepeatedTest(50)
  void noHeavyKeyIsMissedAndNoSumIsMuchTooHigh() {
    long seed = new Random().nextLong();
    Random random = new Random(seed);
    int counters = 1 + random.nextInt(40);
    HeavyHitters hitters = new HeavyHitters(counters);
    Map<Bytes, Long> all = new HashMap<>();
    long total = 0;
    for (int i = 0; i < 5000; i++) {
      double skewed = Math.abs(random.nextGaussian());
      Bytes key = Bytes.of("key:" + (int) (skewed * counters));
      int weight = random.nextInt(20);
      hitters.add(key, weight);
      all.merge(key, (long) weight, Long::sum);
      total += weight;
    }
    List<Hitter> found = hitters.heaviest(counters);
    long sumOfAll = total;
    assertThat(hitters.total()).as("seed %d", seed).isEqualTo(total);
    assertThat(found)
        .as("seed %d", seed)
        .isSortedAccordingTo(Comparator.comparingLong(Hitter::sum).reversed())
        .allSatisfy(
            hitter ->
                assertThat(hitter.sum())
                    .isBetween(all.get(hitter.key()), all.get(hitter.key()) + sumOfAll / counters));
    all.forEach(
        (key, sum) -> {
          if (sum > sumOfAll / counters) {
            assertThat(found).as("seed %d", seed).anyMatch(hitter -> hitter.key().equals(key));
          }
        });
  }
}
