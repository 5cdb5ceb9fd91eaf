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

/**
 * Arrays against a map, with random changes of dense, sparse, small and large elements. Indexes are
 * unsigned: a test goes up from its lowest one, and where they end, or pass 2^63, is among them.
 */
class ArrayValueModelTest {

  /** The highest index plus one. */
  private static final long END = ArrayValue.INDEX_MAX + 1;

  private final TreeMap<Long, Bytes> model = new TreeMap<>(Long::compareUnsigned);
  private ArrayValue array = new ArrayValue();

  @ParameterizedTest
  @CsvSource({
    "1, 0, 300, 8",
    "2, 0, 3000, 40",
    "3, 0, 100000, 8",
    "4, 0, -1, 8",
    "5, 0, -1, 1500",
    "6, 0, 600, 3000",
    "7, 0, 600, 1100",
    "8, 0, 50, 200000",
    "9, 0, 2000, 1",
    "10, -301, 300, 8",
    "11, -3001, 3000, 40",
    "12, 9223372036854775658, 300, 8",
    "13, 9223372036854774308, 3000, 40",
    "14, 9223372036854775807, -9223372036854775808, 8",
  })
  void anArrayIsAMap(long seed, long lowest, long indexes, int bytesMax) {
    Random random = new Random(seed);
    for (int i = 0; i < 6000; i++) {
      long index = lowest + below(random, indexes);
      switch (random.nextInt(i % 2000 < 1400 ? 12 : 5)) {
        case 0, 1 -> remove(index);
        case 2 -> removeRange(index, index(random, index, lowest, indexes));
        case 3 -> visit(index, index(random, index, lowest, indexes), 1 + random.nextInt(300));
        case 4 -> assertThat(array.get(index, Bytes.view())).isEqualTo(model.get(index));
        case 5 -> {
          for (int run = random.nextInt(200); run > 0 && index != lowest + indexes; run--) {
            set(index++, value(random, bytesMax));
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
    removeRange(0, ArrayValue.INDEX_MAX);
    assertThat(array.isEmpty()).isTrue();
    assertThat(array.sizeBytes()).isEqualTo(new ArrayValue().sizeBytes());
  }

  /** A number below an unsigned one. */
  private static long below(Random random, long bound) {
    return bound > 0 ? random.nextLong(bound) : Long.remainderUnsigned(random.nextLong(), bound);
  }

  private static long index(Random random, long near, long lowest, long indexes) {
    long step = random.nextLong(300);
    if (random.nextBoolean()) {
      return lowest + below(random, indexes);
    } else if (random.nextBoolean()) {
      return near - (isBelow(near - lowest, step) ? 0 : step);
    }
    return near + (isBelow(near - lowest, indexes - step) ? step : 0);
  }

  private static boolean isBelow(long index, long other) {
    return Long.compareUnsigned(index, other) < 0;
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
    NavigableMap<Long, Bytes> range = range(one, other);
    long expected = range.size();
    range.clear();
    assertThat(array.removeRange(one, other)).isEqualTo(expected);
  }

  private NavigableMap<Long, Bytes> range(long from, long to) {
    return isBelow(to, from)
        ? model.subMap(to, true, from, true).descendingMap()
        : model.subMap(from, true, to, true);
  }

  private void visit(long from, long to, int most) {
    NavigableMap<Long, Bytes> range = range(from, to);
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
    visit(0, ArrayValue.INDEX_MAX, Integer.MAX_VALUE);
    visit(ArrayValue.INDEX_MAX, 0, Integer.MAX_VALUE);
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
      array.set(below(random, END), Bytes.of("12345678"));
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
    if (isBelow(array.cursor(), array.length())) {
      array.visit(array.cursor(), ArrayValue.INDEX_MAX, collect);
    }
    array.visit(0, array.cursor() - 1, collect);
    return all;
  }

  /** What lies near the highest index comes to lie at the beginning. */
  @Test
  void aRingTakesWhatIsLastFromTheEndOfAllIndexes() {
    for (int i = 0; i < 5; i++) {
      array.set(ArrayValue.INDEX_MAX - 4 + i, Bytes.of("" + i));
    }
    array.cursor(ArrayValue.CURSOR_EXHAUSTED);
    array.ring(3);
    assertThat(array.length()).isEqualTo(3);
    assertThat(inRingOrder()).containsExactly(Bytes.of("2"), Bytes.of("3"), Bytes.of("4"));
    assertThat(array.cursor()).isEqualTo(3);
  }
}
