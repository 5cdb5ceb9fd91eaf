package dev.carillon.engine.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.carillon.protocol.bytes.Bytes;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The index, compared with a map of the JDK. A failure names its seed. */
class KeyTableModelTest {

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3})
  void theIndexFindsWhatAMapFinds(long seed) {
    long replayed = Long.getLong("carillon.seed", seed);
    play(new Slots(new PagePool()), new KeyHash(replayed), replayed, 60_000);
  }

  @Test
  void theIndexGrowsToAHundredThousandKeysAndShrinksAgain() {
    Slots slots = new Slots(new PagePool());
    KeyTable table = new KeyTable(slots, 4);
    int count = 100_000;
    for (int i = 0; i < count; i++) {
      insert(slots, table, key(i));
    }
    KeyTableChecker.check(table);
    assertThat(table.size()).isEqualTo(count);
    assertThat(table.usedBytes()).isLessThan(12L * count);
    for (int i = 0; i < count; i++) {
      assertThat(slots.key(table.find(key(i)), Bytes.view())).isEqualTo(key(i));
      assertThat(table.find(Bytes.of("other:" + i))).isZero();
    }
    for (int i = 0; i < count; i++) {
      int id = table.remove(key(i));
      assertThat(id).isNotZero();
      slots.free(id);
      if (i % 10_000 == 0) {
        KeyTableChecker.check(table);
      }
    }
    KeyTableChecker.check(table);
    assertThat(table.size()).isZero();
    assertThat(table.usedBytes()).as("an empty index is small").isLessThan(1024);
  }

  @Test
  void theIndexCostsNineBytesForEachKeyOnAverage() {
    Slots slots = new Slots(new PagePool());
    KeyTable table = new KeyTable(slots, 5);
    double bytesPerKeySum = 0;
    int samples = 0;
    int next = 40_000;
    for (int i = 1; i <= 160_000; i++) {
      insert(slots, table, key(i));
      if (i == next) {
        bytesPerKeySum += (double) table.usedBytes() / i;
        samples++;
        next = (int) (next * 1.02);
      }
    }
    assertThat(bytesPerKeySum / samples).isLessThan(9);
  }

  @Test
  void keysWithEqualHashesAreStillFound() {
    KeyHash constant =
        new KeyHash(0) {
          @Override
          public long of(byte[] array, int offset, int length) {
            return 0x123456789ABCDEFL;
          }
        };
    play(new Slots(new PagePool()), constant, 6, 4_000);
  }

  @Test
  void keysWithFewHashesAreStillFound() {
    KeyHash few =
        new KeyHash(0) {
          @Override
          public long of(byte[] array, int offset, int length) {
            return super.of(array, offset, length) & 0xE000000000000003L;
          }
        };
    play(new Slots(new PagePool()), few, 7, 10_000);
  }

  @Test
  void keysOfEveryLengthAreFound() {
    Slots slots = new Slots(new PagePool());
    KeyTable table = new KeyTable(slots, 8);
    byte[] bytes = new byte[Slots.MAX_INLINE_KEY + 200];
    Set<Integer> ids = new HashSet<>();
    for (int length = 0; length <= bytes.length; length = length < 100 ? length + 1 : length + 37) {
      ids.add(insert(slots, table, Bytes.view(bytes, 0, length)));
    }
    for (int length = 0; length <= bytes.length; length = length < 100 ? length + 1 : length + 37) {
      Bytes key = Bytes.view(bytes, 0, length);
      int id = table.find(key);
      assertThat(ids.remove(id)).isTrue();
      assertThat(slots.keyLength(id)).isEqualTo(length);
      table.remove(id);
      assertThat(table.find(key)).isZero();
    }
    assertThat(ids).isEmpty();
  }

  @Test
  void randomKeysAreDrawnNearlyEvenly() {
    Slots slots = new Slots(new PagePool());
    KeyTable table = new KeyTable(slots, 9);
    assertThat(table.random(new Random(9))).isZero();
    int count = 1_000;
    for (int i = 0; i < count; i++) {
      insert(slots, table, key(i));
    }
    int[] draws = new int[count + 1];
    Random random = new Random(9);
    for (int i = 0; i < count * 200; i++) {
      draws[table.random(random)]++;
    }
    for (int id = 1; id <= count; id++) {
      assertThat(draws[id]).as("draws of slot %d, 200 expected", id).isBetween(80, 400);
    }
  }

  @Test
  void neighbouringKeysSpreadOverAllBitsOfTheHash() {
    KeyHash hash = new KeyHash(10);
    int count = 1 << 16;
    int[] ones = new int[64];
    int[] flips = new int[64];
    for (int i = 0; i < count; i++) {
      long first = hash.of(key(i));
      long second = hash.of(key(i ^ 1));
      for (int bit = 0; bit < 64; bit++) {
        ones[bit] += (int) (first >>> bit & 1);
        flips[bit] += (int) ((first ^ second) >>> bit & 1);
      }
    }
    for (int bit = 0; bit < 64; bit++) {
      assertThat(ones[bit]).as("ones in bit %d", bit).isBetween(count * 48 / 100, count * 52 / 100);
      assertThat(flips[bit])
          .as("flips of bit %d", bit)
          .isBetween(count * 48 / 100, count * 52 / 100);
    }
    assertThat(hash.of(key(1))).isNotEqualTo(new KeyHash(11).of(key(1)));
  }

  @Test
  void aSplitThatMisplacesAKeyIsNoticed() {
    Slots slots =
        new Slots(new PagePool()) {
          private int hashes;

          @Override
          long keyHash(int id, KeyHash hash) {
            long keyHash = super.keyHash(id, hash);
            return ++hashes % 1_000 == 0 ? ~keyHash : keyHash;
          }
        };
    assertThatThrownBy(() -> play(slots, new KeyHash(12), 12, 20_000))
        .isInstanceOfAny(AssertionError.class, IllegalStateException.class);
  }

  private static void play(Slots slots, KeyHash hash, long seed, int steps) {
    KeyTable table = new KeyTable(slots, hash);
    Random random = new Random(seed);
    Map<Bytes, Integer> model = new HashMap<>();
    for (int step = 0; step < steps; step++) {
      String note = "step " + step + " of -Dcarillon.seed=" + seed;
      boolean isGrowing = step / (steps / 4) % 2 == 0;
      Bytes key = key(random.nextInt(steps / 3));
      Integer known = model.get(key);
      assertThat(table.find(key)).as(note).isEqualTo(known == null ? 0 : known);
      if (known == null && (isGrowing || random.nextInt(8) == 0)) {
        model.put(key, insert(slots, table, key));
      } else if (known != null && (!isGrowing || random.nextInt(8) == 0)) {
        if (random.nextBoolean()) {
          assertThat(table.remove(key)).as(note).isEqualTo(known);
        } else {
          table.remove((int) known);
        }
        assertThat(table.find(key)).as(note).isZero();
        slots.free(known);
        model.remove(key);
      } else if (known == null) {
        assertThat(table.remove(key)).as(note).isZero();
      }
      assertThat(table.size()).as(note).isEqualTo(model.size());
      if (step % 2_000 == 0) {
        checkAll(table, model, note);
      }
    }
    checkAll(table, model, "seed " + seed);
  }

  private static void checkAll(KeyTable table, Map<Bytes, Integer> model, String note) {
    KeyTableChecker.check(table);
    model.forEach((key, id) -> assertThat(table.find(key)).as(note).isEqualTo(id));
    Set<Integer> visited = new HashSet<>();
    table.forEach(id -> assertThat(visited.add(id)).as("visited once; %s", note).isTrue());
    assertThat(visited).as(note).isEqualTo(new HashSet<>(model.values()));
  }

  private static int insert(Slots slots, KeyTable table, Bytes key) {
    int id = slots.create(key, 0);
    table.insert(key, id);
    return id;
  }

  private static Bytes key(int number) {
    return Bytes.of(("key:" + number).getBytes(StandardCharsets.US_ASCII));
  }
}
