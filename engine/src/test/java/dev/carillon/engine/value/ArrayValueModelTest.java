package dev.carillon.engine.value;

import static org.assertj.core.api.Assertions.assertThat;

import dev.carillon.protocol.bytes.Bytes;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Arrays against a map, with random changes of dense, sparse, small and large elements. */
class ArrayValueModelTest {

  private final TreeMap<Long, Bytes> model = new TreeMap<>();
  private ArrayValue array = new ArrayValue();

  @ParameterizedTest
  @CsvSource({
    "1, 300, 8",
    "2, 3000, 40",
    "3, 100000, 8",
    "4, 9223372036854775807, 8",
    "5, 9223372036854775807, 1500",
    "6, 600, 3000",
    "7, 600, 1100",
    "8, 50, 200000",
    "9, 2000, 1",
  })
  void anArrayIsAMap(long seed, long indexes, int bytesMax) {
    Random random = new Random(seed);
    for (int i = 0; i < 6000; i++) {
      long index = random.nextLong(indexes);
      switch (random.nextInt(i % 2000 < 1400 ? 12 : 5)) {
        case 0, 1 -> remove(index);
        case 2 -> removeRange(index, index(random, index, indexes));
        case 3 -> visit(index, index(random, index, indexes), 1 + random.nextInt(300));
        case 4 -> assertThat(array.get(index, Bytes.view())).isEqualTo(model.get(index));
        case 5 -> {
          for (int run = random.nextInt(200); run > 0 && index < indexes; run--, index++) {
            set(index, value(random, bytesMax));
          }
        }
        default -> set(index, value(random, bytesMax));
      }
      if (i % 20 == 0 || bytesMax > 100) {
        assertThat(array.defect()).as("seed %s, step %s", seed, i).isNull();
      }
    }
    assertSame();
    array = array.copy();
    assertSame();
    removeRange(0, Long.MAX_VALUE - 1);
    assertThat(array.isEmpty()).isTrue();
    assertThat(array.sizeBytes()).isEqualTo(new ArrayValue().sizeBytes());
  }

  private static long index(Random random, long near, long indexes) {
    return random.nextBoolean()
        ? random.nextLong(indexes)
        : Math.clamp(near + random.nextLong(-300, 300), 0, indexes - 1);
  }

  /** Mostly short, so that chunks hold many, but sometimes as long as allowed. */
  private static Bytes value(Random random, int bytesMax) {
    int length = random.nextInt(1 + (random.nextInt(10) == 0 ? bytesMax : Math.min(bytesMax, 20)));
    byte[] bytes = new byte[length];
    random.nextBytes(bytes);
    return Bytes.of(bytes);
  }

  private void set(long index, Bytes value) {
    assertThat(array.set(index, value)).isEqualTo(model.put(index, value) == null);
  }

  private void remove(long index) {
    assertThat(array.remove(index)).isEqualTo(model.remove(index) != null);
  }

  private void removeRange(long one, long other) {
    NavigableMap<Long, Bytes> range =
        model.subMap(Math.min(one, other), true, Math.max(one, other), true);
    long expected = range.size();
    range.clear();
    assertThat(array.removeRange(one, other)).isEqualTo(expected);
  }

  private void visit(long from, long to, int most) {
    NavigableMap<Long, Bytes> range =
        model.subMap(Math.min(from, to), true, Math.max(from, to), true);
    if (from > to) {
      range = range.descendingMap();
    }
    List<Map.Entry<Long, Bytes>> expected =
        range.entrySet().stream().limit(most).map(Map.Entry::copyOf).toList();
    List<Map.Entry<Long, Bytes>> visited = new ArrayList<>();
    array.visit(
        from,
        to,
        (index, value) -> {
          visited.add(Map.entry(index, value.copy()));
          return visited.size() < most;
        });
    assertThat(visited).isEqualTo(expected);
  }

  private void assertSame() {
    assertThat(array.defect()).isNull();
    assertThat(array.count()).isEqualTo(model.size());
    assertThat(array.length()).isEqualTo(model.isEmpty() ? 0 : model.lastKey() + 1);
    visit(0, Long.MAX_VALUE - 1, Integer.MAX_VALUE);
    visit(Long.MAX_VALUE - 1, 0, Integer.MAX_VALUE);
  }

  // ---------------------------------------------------------------------------------------- cost

  /** Derived: 8 bytes, two to say where they end, about two of chunks, and the room of the last. */
  @Test
  void denseElementsCostFewBytes() {
    for (int i = 0; i < 100_000; i++) {
      array.set(i, Bytes.of("12345678"));
    }
    assertThat(array.sizeBytes()).isLessThan(14 * 100_000L);
    assertThat(array.denseChunkCount()).isEqualTo(array.chunkCount());
  }

  @Test
  void elementsFarApartShareChunks() {
    Random random = new Random(11);
    for (int i = 0; i < 20_000; i++) {
      array.set(random.nextLong(ArrayValue.INDEX_MAX), Bytes.of("12345678"));
    }
    assertThat(array.sizeBytes()).isLessThan(40 * 20_000L);
  }

  @Test
  void whatIsLeftOfManyDoesNotKeepTheirRoom() {
    for (int i = 0; i < 100_000; i++) {
      array.set(i, Bytes.of("12345678"));
    }
    for (int i = 0; i < 100_000; i++) {
      if (i % 100 != 0) {
        array.remove(i);
      }
    }
    assertThat(array.count()).isEqualTo(1000);
    assertThat(array.defect()).isNull();
    assertThat(array.sizeBytes()).isLessThan(40 * 1000L);
  }

  /** Ascending and descending order fill chunks, however they were begun. */
  @Test
  void ordersThatRunOneWayFillChunks() {
    for (int i = 50_000; i > 0; i--) {
      array.set(i, Bytes.of("1"));
    }
    assertThat(array.chunkCount()).isLessThan(50_000 / 100);
  }

  // ---------------------------------------------------------------------------------------- ring

  /** Whatever the sizes were: the elements that were inserted last, oldest first. */
  @ParameterizedTest
  @CsvSource({"1, 10", "2, 40", "3, 300"})
  void aRingHoldsWhatWasInsertedLast(long seed, int sizeMax) {
    Random random = new Random(seed);
    List<Bytes> inserted = new ArrayList<>();
    for (int round = 0; round < 200; round++) {
      int size = 1 + random.nextInt(sizeMax);
      array.ring(size);
      inserted = new ArrayList<>(last(inserted, size));
      for (int i = random.nextInt(2 * sizeMax); i >= 0; i--) {
        Bytes value = Bytes.of(round + "-" + i);
        long index = array.cursor() % size;
        array.set(index, value);
        array.cursor(index + 1);
        inserted = new ArrayList<>(last(inserted, size - 1));
        inserted.add(value);
      }
      assertThat(inRingOrder()).as("seed %s, round %s", seed, round).isEqualTo(inserted);
      assertThat(array.length()).isLessThanOrEqualTo(size);
      assertThat(array.defect()).isNull();
    }
  }

  private static List<Bytes> last(List<Bytes> all, int count) {
    return all.subList(Math.max(0, all.size() - count), all.size());
  }

  private List<Bytes> inRingOrder() {
    List<Bytes> all = new ArrayList<>();
    ArrayValue.Visitor collect = (index, value) -> all.add(value.copy());
    if (array.cursor() < array.length()) {
      array.visit(array.cursor(), ArrayValue.INDEX_MAX, collect);
    }
    array.visit(0, array.cursor() - 1, collect);
    return all;
  }
}
