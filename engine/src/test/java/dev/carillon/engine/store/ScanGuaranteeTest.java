package dev.carillon.engine.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.carillon.protocol.bytes.Bytes;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * SCAN's guarantee: a key that is present from the start of an iteration to its end is visited,
 * here exactly once, whatever else comes, goes, grows and shrinks in between. A failure names its
 * seed.
 */
@Timeout(120)
class ScanGuaranteeTest {

  private static final String VISITED = "every stable key is visited at least once";
  private static final String ONCE = "no stable key is visited twice";

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
  void stableKeysAreVisitedExactlyOnce(long seed) {
    long replayed = Long.getLong("carillon.seed", seed);
    Slots slots = new Slots(new PagePool());
    new Run(slots, new KeyTable(slots, replayed), replayed).play();
  }

  @Test
  void stableKeysWithFewHashesAreVisitedExactlyOnce() {
    Slots slots = new Slots(new PagePool());
    KeyHash few =
        new KeyHash(0) {
          @Override
          public long of(byte[] array, int offset, int length) {
            return super.of(array, offset, length) & 0xFC0000000000007FL;
          }
        };
    new Run(slots, new KeyTable(slots, few), 9).play();
  }

  @Test
  void aScanThatSkipsAPlaceIsNoticed() {
    Slots slots = new Slots(new PagePool());
    KeyTable table =
        new KeyTable(slots, 10) {
          @Override
          long next(long at, byte[] segment, boolean isWhole) {
            long next = super.next(at, segment, isWhole);
            return next < 1L << 47 ? next : Math.min(next + (1L << 40), 1L << 48);
          }
        };
    assertThatThrownBy(() -> new Run(slots, table, 10).play())
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining(VISITED);
  }

  @Test
  void aScanThatGoesBackIsNoticed() {
    Slots slots = new Slots(new PagePool());
    KeyTable table =
        new KeyTable(slots, 11) {
          @Override
          long next(long at, byte[] segment, boolean isWhole) {
            long next = super.next(at, segment, isWhole);
            return next - at > 1 ? next - 1 - (next - at) / 3 : next;
          }
        };
    assertThatThrownBy(() -> new Run(slots, table, 11).play())
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining(ONCE);
  }

  @Test
  void theVisitorMayRemoveWhatItVisits() {
    Slots slots = new Slots(new PagePool());
    KeyTable table = new KeyTable(slots, 12);
    int count = 20_000;
    for (int i = 0; i < count; i++) {
      insert(slots, table, key(i));
    }
    int[] removed = {0};
    long cursor = 0;
    do {
      cursor =
          table.scan(
              cursor,
              10,
              id -> {
                table.remove(id);
                slots.free(id);
                removed[0]++;
              });
    } while (cursor != 0);
    assertThat(removed[0]).isEqualTo(count);
    assertThat(table.size()).isZero();
    KeyTableChecker.check(table);
  }

  @Test
  void countIsRoughlyHonoured() {
    Slots slots = new Slots(new PagePool());
    KeyTable table = new KeyTable(slots, 13);
    for (int i = 0; i < 50_000; i++) {
      insert(slots, table, key(i));
    }
    for (int count : new int[] {1, 10, 100, 1_000}) {
      long cursor = 0;
      do {
        int[] visited = {0};
        cursor = table.scan(cursor, count, id -> visited[0]++);
        assertThat(visited[0]).isLessThan(count + 40);
        if (cursor != 0) {
          assertThat(visited[0]).isGreaterThanOrEqualTo(count);
        }
      } while (cursor != 0);
    }
  }

  @Test
  void anyNumberIsACursor() {
    Slots slots = new Slots(new PagePool());
    KeyTable table = new KeyTable(slots, 14);
    for (int i = 0; i < 5_000; i++) {
      insert(slots, table, key(i));
    }
    for (long cursor : new long[] {-1, 1, (1L << 48) - 1, 1L << 48, Long.MIN_VALUE, 1L << 47}) {
      long next = table.scan(cursor, 10, id -> {});
      assertThat(next).isBetween(0L, (1L << 48) - 1);
    }
    assertThat(table.scan(0, Integer.MAX_VALUE, id -> {})).isZero();
    assertThat(table.scan(0, Integer.MIN_VALUE, id -> {})).isNotZero();
  }

  @Test
  void anEmptyTableIsOverAtOnce() {
    assertThat(new KeyTable(new Slots(new PagePool()), 15).scan(0, 10, id -> {})).isZero();
  }

  private static int insert(Slots slots, KeyTable table, Bytes key) {
    int id = slots.create(key, 0);
    table.insert(key, id);
    return id;
  }

  private static Bytes key(int number) {
    return Bytes.of("key:" + number);
  }

  /** Iterations with growth, shrinking or both going on between their calls. */
  private static final class Run {
    private final Slots slots;
    private final KeyTable table;
    private final Random random;
    private final long seed;
    private final List<Bytes> passing = new ArrayList<>();
    private final Set<Bytes> stable = new HashSet<>();
    private int nextKey;

    Run(Slots slots, KeyTable table, long seed) {
      this.slots = slots;
      this.table = table;
      this.random = new Random(seed);
      this.seed = seed;
    }

    void play() {
      for (int i = 0; i < 500; i++) {
        Bytes key = key(nextKey++);
        insert(slots, table, key);
        stable.add(key);
      }
      for (int round = 0; round < 12; round++) {
        change(random.nextInt(3), random.nextInt(5_000));
        iterate();
        KeyTableChecker.check(table);
      }
    }

    private void iterate() {
      int direction = random.nextInt(3);
      int count = 1 + random.nextInt(50);
      Map<Bytes, Integer> visits = new HashMap<>();
      long cursor = 0;
      do {
        cursor =
            table.scan(
                cursor,
                count,
                id -> visits.merge(slots.key(id, Bytes.view()).copy(), 1, Integer::sum));
        change(direction, random.nextInt(200));
      } while (cursor != 0);
      for (Bytes key : stable) {
        int times = visits.getOrDefault(key, 0);
        assertThat(times).as("%s; %s; -Dcarillon.seed=%d", VISITED, key, seed).isPositive();
        assertThat(times).as("%s; %s; -Dcarillon.seed=%d", ONCE, key, seed).isLessThan(2);
      }
    }

    private void change(int direction, int changes) {
      for (int i = 0; i < changes; i++) {
        boolean isInsertion = direction == 0 || (direction == 1 && random.nextBoolean());
        if (isInsertion && passing.size() < 30_000) {
          Bytes key = key(nextKey++);
          insert(slots, table, key);
          passing.add(key);
        } else if (!isInsertion && !passing.isEmpty()) {
          int at = random.nextInt(passing.size());
          Bytes key = passing.get(at);
          passing.set(at, passing.get(passing.size() - 1));
          passing.remove(passing.size() - 1);
          slots.free(table.remove(key));
        }
      }
    }
  }
}
