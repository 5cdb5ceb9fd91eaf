package dev.carillon.engine.value;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Random operations on a ring, compared with a list of the JDK. A failure names its seed; {@code
 * -Dcarillon.seed=…} replays it.
 */
class RingModelTest {

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3})
  void aRingHoldsWhatAListHolds(long givenSeed) {
    long seed = Long.getLong("carillon.seed", givenSeed);
    Random random = new Random(seed);
    Footprint footprint = new Footprint();
    Ring<Integer> ring = new Ring<>(footprint);
    List<Integer> model = new ArrayList<>();
    for (int step = 0; step < 20_000; step++) {
      boolean isGrowing = step / 2_000 % 2 == 0;
      if (model.isEmpty() || random.nextInt(10) < (isGrowing ? 7 : 3)) {
        int index = random.nextInt(3) == 0 ? random.nextInt(model.size() + 1) : model.size();
        ring.insert(index, step);
        model.add(index, step);
      } else {
        int index = random.nextInt(3) == 0 ? random.nextInt(model.size()) : 0;
        ring.remove(index);
        model.remove(index);
      }
      assertThat(ring.size()).isEqualTo(model.size());
      if (step % 50 == 0 || model.size() < 5) {
        for (int i = 0; i < model.size(); i++) {
          assertThat(ring.get(i)).as("-Dcarillon.seed=" + seed).isEqualTo(model.get(i));
        }
      }
    }
    Footprint other = new Footprint();
    Ring<Integer> copy = ring.copy(other);
    assertThat(other.bytes()).isEqualTo(footprint.bytes());
    ring.insert(0, -1);
    ring.set(ring.size() - 1, -2);
    for (int i = 0; i < model.size(); i++) {
      assertThat(copy.get(i)).isEqualTo(model.get(i));
    }
    copy.release();
    assertThat(other.bytes()).isZero();
    ring.release();
    assertThat(footprint.bytes()).isZero();
  }
}
