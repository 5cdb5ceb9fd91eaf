package dev.carillon.engine.value;

import static org.assertj.core.api.Assertions.assertThat;

import dev.carillon.engine.ReferenceRedis;
import dev.carillon.engine.store.Words;
import dev.carillon.protocol.bytes.Bytes;
import dev.carillon.protocol.resp.Reply;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Random operations on an intset, compared with a set of the JDK. A failure names its seed; {@code
 * -Dcarillon.seed=…} replays it.
 */
class IntsetModelTest {

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6})
  void anIntsetHoldsWhatASetHolds(long givenSeed) {
    long seed = Long.getLong("carillon.seed", givenSeed);
    String note = "-Dcarillon.seed=" + seed;
    Random random = new Random(seed);
    for (int round = 0; round < 60; round++) {
      WanderingBytes packed = new WanderingBytes(random);
      TreeSet<Long> model = new TreeSet<>();
      int bits = 4 + random.nextInt(61);
      for (int step = 0; step < 200; step++) {
        long value = value(random, bits);
        if (random.nextInt(20) < (step < 120 ? 14 : 6)) {
          int length = Intset.lengthWith(packed.bytes(), value);
          boolean added = Intset.add(packed, value);
          assertThat(added).as(note).isEqualTo(model.add(value));
          if (added) {
            assertThat(packed.bytes().length()).as(note).isEqualTo(length);
          }
        } else {
          Long near = model.ceiling(value);
          long victim = near == null ? value : near;
          assertThat(Intset.remove(packed, victim)).as(note).isEqualTo(model.remove(victim));
        }
        packed.assertUntouched();
        check(packed.bytes(), model, value, note);
      }
    }
  }

  private static long value(Random random, int bits) {
    return random.nextInt(30) == 0 ? random.nextLong() : random.nextLong() >> (64 - bits);
  }

  private static void check(Bytes set, TreeSet<Long> model, long value, String note) {
    assertThat(Intset.count(set)).as(note).isEqualTo(model.size());
    List<Long> members = new ArrayList<>();
    for (int i = 0; i < model.size(); i++) {
      members.add(Intset.get(set, i));
    }
    assertThat(members).as(note).isEqualTo(List.copyOf(model));
    assertThat(Intset.contains(set, value)).as(note).isEqualTo(model.contains(value));
    int below = model.headSet(value).size();
    assertThat(Intset.find(set, value)).as(note).isEqualTo(model.contains(value) ? below : ~below);
    assertThat(Intset.isIntact(set)).as(note).isEqualTo(!model.isEmpty());
    assertThat(set.isEmpty()).as(note).isEqualTo(model.isEmpty());
  }

  @ParameterizedTest
  @ValueSource(
      longs = {
        0,
        1,
        -1,
        32767,
        32768,
        -32768,
        -32769,
        2147483647L,
        2147483648L,
        -2147483648L,
        -2147483649L,
        Long.MAX_VALUE,
        Long.MIN_VALUE
      })
  void everyNumberIsFoundBesideAnyOther(long value) {
    for (long other : new long[] {0, -1, 32767, -32768, 100_000, -100_000, 1L << 40, -1L << 40}) {
      PackedArray packed = new PackedArray(0);
      Intset.add(packed, other);
      assertThat(Intset.contains(packed.bytes(), value)).isEqualTo(other == value);
      Intset.add(packed, value);
      assertThat(Intset.contains(packed.bytes(), value)).isTrue();
      assertThat(Intset.contains(packed.bytes(), other)).isTrue();
    }
  }

  @Test
  void damageIsNoticed() {
    PackedArray packed = new PackedArray(0);
    for (long value : new long[] {3, 1, 2, 70_000}) {
      Intset.add(packed, value);
    }
    byte[] good = packed.bytes().toByteArray();
    assertThat(good).hasSize(24);
    assertThat(Intset.isIntact(Bytes.of(good))).isTrue();
    for (int length = 0; length < good.length; length++) {
      assertThat(Intset.isIntact(Bytes.of(Arrays.copyOf(good, length)))).isFalse();
    }
    assertThat(Intset.isIntact(Bytes.of(Arrays.copyOf(good, 28)))).isFalse();
    for (int width : new int[] {0, 1, 2, 3, 5, 8, -4, Integer.MIN_VALUE}) {
      assertThat(isIntactWith(good, 0, width)).isFalse();
    }
    for (int count : new int[] {0, 3, 5, -4, 1 << 30, (1 << 30) + 4, Integer.MIN_VALUE}) {
      assertThat(isIntactWith(good, 4, count)).isFalse();
    }
    assertThat(isIntactWith(good, 8, 2)).as("the same number twice").isFalse();
    assertThat(isIntactWith(good, 8, 9)).as("not ascending").isFalse();
    assertThat(isIntactWith(good, 8, -9)).isTrue();
  }

  private static boolean isIntactWith(byte[] good, int at, int value) {
    byte[] bytes = good.clone();
    Words.int32(bytes, at, value);
    return Intset.isIntact(Bytes.of(bytes));
  }

  /** Sets of integers are intsets in redis-server; DUMP answers them as they are. */
  @Test
  void theBytesAreThoseOfRedis() {
    try (ReferenceRedis redis = ReferenceRedis.startOrSkip("--rdbcompression", "no")) {
      long seed = Long.getLong("carillon.seed", 12);
      Random random = new Random(seed);
      for (int round = 0; round < 60; round++) {
        redis.ask("DEL k");
        PackedArray packed = new PackedArray(0);
        int bits = 4 + random.nextInt(61);
        for (int step = 0; step < 40; step++) {
          long value = value(random, bits);
          redis.ask("SADD k " + value);
          Intset.add(packed, value);
          if (random.nextInt(3) == 0) {
            long victim = Intset.get(packed.bytes(), random.nextInt(Intset.count(packed.bytes())));
            redis.ask("SREM k " + victim);
            Intset.remove(packed, victim);
            if (packed.bytes().isEmpty()) {
              Intset.add(packed, 0);
              redis.ask("SADD k 0");
            }
          }
        }
        Bytes dump = ((Reply.Bulk) redis.ask("DUMP k")).text();
        Bytes set = packed.bytes();
        int at = dump.length() - 10 - set.length();
        assertThat(dump.range(at, at + set.length()))
            .as("round %d, -Dcarillon.seed=%d", round, seed)
            .isEqualTo(set);
      }
    }
  }
}
