package dev.carillon.engine.keyspace;

import static org.assertj.core.api.Assertions.assertThat;

import dev.carillon.protocol.bytes.Bytes;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** What the 24 bits of each entry say of its use. */
class RecencyTest {

  private static final Bytes KEY = Bytes.of("k0");

  private final Filled filled = new Filled(1);
  private final Recency recency = filled.keyspace.recency();

  private Entry entry() {
    return Objects.requireNonNull(filled.keyspace.database(0).find(KEY));
  }

  private void create() {
    filled.add(0, "k", 1, 0);
  }

  @Test
  void idleTimeIsCountedFromTheLastUse() {
    create();
    filled.advance(5_000);
    assertThat(recency.idleSeconds(entry().access())).isEqualTo(5);
    recency.touch(entry(), false);
    assertThat(recency.idleSeconds(entry().access())).isZero();
    filled.advance(7_000);
    assertThat(recency.idleSeconds(entry().access())).isEqualTo(7);
  }

  @Test
  void idleTimeSurvivesTheWrapOfItsClock() {
    long untilWrap = (1 << 24) - (Filled.START_MILLIS / 1000) % (1 << 24);
    filled.advance((untilWrap - 3) * 1000);
    create();
    filled.advance(10_000);
    assertThat(recency.idleSeconds(entry().access())).isEqualTo(10);
  }

  @Test
  void anIdleTimeThatIsSetIsTheOneThatIsRead() {
    assertThat(recency.idleSeconds(recency.accessIdleFor(1_234))).isEqualTo(1_234);
  }

  @Test
  void readsDoNotCountWhereOnlyChangesDo() {
    recency.onlyChanges(true);
    create();
    filled.advance(5_000);
    recency.touch(entry(), false);
    assertThat(recency.idleSeconds(entry().access())).isEqualTo(5);
    recency.touch(entry(), true);
    assertThat(recency.idleSeconds(entry().access())).isZero();
  }

  @Test
  void theCounterOfUsesGrowsWithTheLogarithm() {
    recency.frequency(true);
    create();
    assertThat(recency.decayed(entry().access())).isEqualTo(5);
    int[] uses = {100, 1_000, 100_000};
    // What Redis' documentation of lfu-log-factor 10 says, give or take chance.
    int[] counters = {10, 18, 142};
    int used = 0;
    for (int i = 0; i < uses.length; i++) {
      for (; used < uses[i]; used++) {
        recency.touch(entry(), false);
      }
      assertThat(recency.decayed(entry().access()))
          .as("after %d uses", uses[i])
          .isBetween(counters[i] * 3 / 4, counters[i] * 5 / 4 + 3);
    }
  }

  @Test
  void theCounterOfUsesEndsAt255() {
    recency.frequency(true);
    recency.logFactor(0);
    create();
    for (int i = 0; i < 1_000; i++) {
      recency.touch(entry(), false);
    }
    assertThat(recency.decayed(entry().access())).isEqualTo(255);
  }

  @Test
  void disuseCostsAPointForEachDecayTime() {
    recency.frequency(true);
    recency.decayMinutes(2);
    int access = recency.accessOfFrequency(100);
    filled.advance(9 * 60_000);
    assertThat(recency.decayed(access)).isEqualTo(96);
    filled.advance(1_000 * 60_000);
    assertThat(recency.decayed(access)).isZero();
    recency.decayMinutes(0);
    assertThat(recency.decayed(access)).isEqualTo(100);
  }
}
