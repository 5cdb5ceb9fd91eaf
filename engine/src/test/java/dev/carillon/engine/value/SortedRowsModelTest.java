package dev.carillon.engine.value;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.Iterator;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Random operations on a table of rows, compared with a map of the JDK. A failure names its seed;
 * {@code -Dcarillon.seed=…} replays it.
 */
class SortedRowsModelTest {

  /** A key as a model has it: its longs compare as unsigned numbers, one after the other. */
  private record Key(long... words) implements Comparable<Key> {
    @Override
    public int compareTo(Key other) {
      for (int i = 0; i < words.length; i++) {
        if (words[i] != other.words[i]) {
          return Long.compareUnsigned(words[i], other.words[i]);
        }
      }
      return 0;
    }
  }

  @ParameterizedTest
  @CsvSource({"1, 2, 2", "2, 2, 5", "3, 3, 3", "4, 2, 3"})
  void rowsAreWhatAMapHolds(long givenSeed, int keyWords, int rowWords) {
    long seed = Long.getLong("carillon.seed", givenSeed);
    String note = "-Dcarillon.seed=" + seed;
    Random random = new Random(seed);
    Footprint footprint = new Footprint();
    SortedRows rows = new SortedRows(keyWords, rowWords, footprint);
    TreeMap<Key, Long> model = new TreeMap<>();
    for (int step = 0; step < 30_000; step++) {
      boolean isGrowing = step / 3_000 % 2 == 0;
      if (model.isEmpty() || random.nextInt(10) < (isGrowing ? 7 : 3)) {
        Key key = key(random, model, keyWords);
        if (!model.containsKey(key)) {
          long row = rows.insert(key.words[0], key.words[1], keyWords == 3 ? key.words[2] : 0);
          if (rowWords > keyWords) {
            rows.word(row, rowWords - 1, step);
          }
          model.put(key, (long) step);
        }
      } else {
        Key key =
            random.nextInt(3) == 0 ? key(random, model, keyWords) : model.firstEntry().getKey();
        long row = find(rows, key);
        assertThat(row != SortedRows.NONE).as(note).isEqualTo(model.containsKey(key));
        if (row != SortedRows.NONE) {
          model.remove(key);
          long next = rows.remove(row);
          Key behind = model.higherKey(key);
          assertThat(behind == null ? next == SortedRows.NONE : isAt(rows, next, behind))
              .as(note)
              .isTrue();
        }
      }
      if (step % 100 == 0 || model.size() < 3) {
        check(rows, model, keyWords, rowWords, note);
        Key sought = key(random, model, keyWords);
        long found =
            rows.ceiling(sought.words[0], sought.words[1], keyWords == 3 ? sought.words[2] : 0);
        Key ceiling = model.ceilingKey(sought);
        assertThat(ceiling == null ? found == SortedRows.NONE : isAt(rows, found, ceiling))
            .as(note)
            .isTrue();
      }
    }
    Footprint other = new Footprint();
    SortedRows copy = rows.copy(other);
    check(copy, model, keyWords, rowWords, note);
    rows.release();
    assertThat(footprint.bytes()).isZero();
    copy.insert(Long.MAX_VALUE, 0, 0);
    copy.release();
    assertThat(other.bytes()).isZero();
  }

  /** What comes at the end and goes at the front, as pending entries do, must not cost the more. */
  @ParameterizedTest
  @ValueSource(ints = {1, 100, 127, 128, 129, 1000})
  void aWindowThatMovesOnKeepsItsSize(int window) {
    Footprint footprint = new Footprint();
    SortedRows rows = new SortedRows(2, 5, footprint);
    for (int i = 0; i < 50_000; i++) {
      rows.insert(1, i);
      if (i >= window) {
        assertThat(rows.word(rows.first(), 1)).isEqualTo(i - window);
        rows.remove(rows.first());
      }
    }
    assertThat(rows.size()).isEqualTo(window);
    assertThat(footprint.bytes()).isLessThan(20_000 + window * 60L);
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2})
  void rowsThatAreLeftOfManyTakeLittle(long seed) {
    Random random = new Random(seed);
    Footprint footprint = new Footprint();
    SortedRows rows = new SortedRows(2, 2, footprint);
    for (int i = 0; i < 100_000; i++) {
      rows.insert(random.nextInt(1 << 20), i);
    }
    for (long row = rows.first(); row != SortedRows.NONE; ) {
      row = random.nextInt(100) > 0 ? rows.remove(row) : rows.next(row);
    }
    assertThat(footprint.bytes()).isLessThan(rows.size() * 16 * 8);
  }

  private static Key key(Random random, TreeMap<Key, Long> model, int words) {
    long[] key = new long[words];
    if (random.nextBoolean() && !model.isEmpty()) {
      // Behind all others, as ids usually are.
      key = model.lastKey().words.clone();
      key[words - 1]++;
    } else if (random.nextInt(3) == 0 && !model.isEmpty()) {
      Key near = model.ceilingKey(new Key(longs(random, words)));
      key = (near == null ? model.firstKey() : near).words.clone();
    } else {
      key = longs(random, words);
    }
    return new Key(key);
  }

  private static long[] longs(Random random, int words) {
    long[] longs = new long[words];
    longs[0] = random.nextInt(20) == 0 ? -1 - random.nextInt(3) : random.nextInt(50);
    for (int i = 1; i < words; i++) {
      longs[i] = random.nextInt(30) - 3;
    }
    return longs;
  }

  private static long find(SortedRows rows, Key key) {
    long[] words = Arrays.copyOf(key.words, 3);
    return rows.find(words[0], words[1], words[2]);
  }

  private static boolean isAt(SortedRows rows, long row, Key key) {
    for (int i = 0; i < key.words.length; i++) {
      if (rows.word(row, i) != key.words[i]) {
        return false;
      }
    }
    return true;
  }

  private static void check(
      SortedRows rows, TreeMap<Key, Long> model, int keyWords, int rowWords, String note) {
    assertThat(rows.size()).as(note).isEqualTo(model.size());
    Iterator<Map.Entry<Key, Long>> expected = model.entrySet().iterator();
    for (long row = rows.first(); row != SortedRows.NONE; row = rows.next(row)) {
      Map.Entry<Key, Long> entry = expected.next();
      assertThat(isAt(rows, row, entry.getKey())).as(note).isTrue();
      assertThat(find(rows, entry.getKey())).as(note).isEqualTo(row);
      if (rowWords > keyWords) {
        assertThat(rows.word(row, rowWords - 1)).as(note).isEqualTo(entry.getValue());
      }
      if (!expected.hasNext()) {
        assertThat(rows.last()).as(note).isEqualTo(row);
      }
    }
    assertThat(expected.hasNext()).as(note).isFalse();
  }
}
