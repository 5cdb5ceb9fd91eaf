package dev.carillon.engine.value;

import static org.assertj.core.api.Assertions.assertThat;

import dev.carillon.protocol.bytes.Bytes;
import org.junit.jupiter.api.Test;

class StreamProducersTest {

  private static final long SECONDS = 10;
  private static final long IDS_MAX = 3;

  private final Footprint footprint = new Footprint();
  private final StreamProducers producers = new StreamProducers(footprint);
  private final long empty = footprint.bytes();

  private void record(String producer, String id, long entry, long nowMillis) {
    producers.record(
        Bytes.of(producer), Bytes.of(id), new StreamId(entry, 0), nowMillis, SECONDS, IDS_MAX);
  }

  private boolean knows(String producer, String id, long nowMillis) {
    return producers.find(Bytes.of(producer), Bytes.of(id), nowMillis, SECONDS) != null;
  }

  @Test
  void eachProducerHasIdsOfItsOwn() {
    record("p", "1", 5, 0);
    assertThat(producers.find(Bytes.of("p"), Bytes.of("1"), 0, SECONDS))
        .isEqualTo(new StreamId(5, 0));
    assertThat(knows("q", "1", 0)).isFalse();
    assertThat(knows("p", "2", 0)).isFalse();
  }

  @Test
  void idsAreKnownForSoLong() {
    record("p", "1", 5, 1_000);
    assertThat(knows("p", "1", 10_999)).isTrue();
    assertThat(knows("p", "1", 11_000)).isFalse();
  }

  @Test
  void theOldestIdGoesWhenThereAreTooMany() {
    for (int i = 0; i < 5; i++) {
      record("p", "" + i, i, 0);
    }
    assertThat(knows("p", "1", 0)).isFalse();
    assertThat(knows("p", "2", 0)).isTrue();
    assertThat(producers.ids()).isEqualTo(3);
    assertThat(producers.added()).isEqualTo(5);
  }

  @Test
  void producersWhoAreSilentForLongAreForgotten() {
    record("p", "1", 1, 0);
    record("q", "1", 1, 5_000);
    record("r", "1", 1, 12_000);
    assertThat(producers.producers()).hasSize(2);
    record("r", "2", 1, 30_000);
    assertThat(producers.producers()).hasSize(1);
    assertThat(producers.ids()).isEqualTo(1);
  }

  @Test
  void whatIsForgottenTakesNoMemory() {
    record("p", "1", 1, 0);
    producers.limits(5, 0);
    assertThat(knows("p", "1", 0)).isTrue();
    producers.forget();
    assertThat(knows("p", "1", 0)).isFalse();
    assertThat(footprint.bytes()).isEqualTo(empty);
  }

  @Test
  void aCopyIsIndependent() {
    record("p", "1", 1, 0);
    record("p", "2", 2, 0);
    Footprint other = new Footprint();
    StreamProducers copy = producers.copy(other);
    assertThat(other.bytes()).isEqualTo(footprint.bytes());
    producers.forget();
    assertThat(copy.find(Bytes.of("p"), Bytes.of("2"), 0, SECONDS)).isEqualTo(new StreamId(2, 0));
    assertThat(copy.ids()).isEqualTo(2);
  }
}
