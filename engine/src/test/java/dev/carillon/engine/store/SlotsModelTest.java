package dev.carillon.engine.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.carillon.protocol.bytes.Bytes;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Random operations on an arena, compared with a map that keeps the same slots naively. A failure
 * names its seed; {@code -Dcarillon.seed=…} replays it.
 */
class SlotsModelTest {

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4})
  void slotsHoldWhatAModelHolds(long seed) {
    new Run(new Slots(new PagePool(2)), Long.getLong("carillon.seed", seed), 40_000).play();
  }

  @Test
  void everythingIsGivenBackWhenEverySlotIsFreed() {
    PagePool pool = new PagePool(2);
    Slots slots = new Slots(pool);
    int[] large = new int[3_000];
    for (int i = 0; i < large.length; i++) {
      large[i] =
          slots.create(Bytes.of("large:" + i), 0, Slots.NO_DEADLINE, new byte[1024], 0, 1024);
    }
    Arrays.stream(large).forEach(slots::free);
    Run run = new Run(slots, 5, 8_000);
    run.play();
    run.freeAll();
    while (slots.compact(1 << 16)) {
      SlotsChecker.check(slots);
    }
    SlotsChecker.check(slots);
    assertThat(slots.usedBytes()).isZero();
    assertThat(slots.reservedBytes()).isLessThan(128 << 10);
    assertThat(pool.freeBytes()).isGreaterThanOrEqualTo(PagePool.PAGE_BYTES);
  }

  @Test
  void compactionKeepsDeadBytesBelowAQuarter() {
    Slots slots = new Slots(new PagePool());
    Random random = new Random(6);
    byte[] source = new byte[600];
    List<Integer> ids = new ArrayList<>();
    for (int i = 0; i < 40_000; i++) {
      ids.add(slots.create(Bytes.of("key:" + i), 0, -1, source, 0, random.nextInt(600)));
    }
    for (int i = 0; i < 200_000; i++) {
      slots.value(ids.get(random.nextInt(ids.size())), source, 0, random.nextInt(600));
      slots.compact(4096);
    }
    SlotsChecker.check(slots);
    assertThat(slots.usedBytes()).isGreaterThan(slots.reservedBytes() * 3 / 4);
  }

  @Test
  void compactionStaysWithinItsBudget() {
    Slots slots = new Slots(new PagePool());
    byte[] source = new byte[100];
    for (int i = 0; i < 50_000; i++) {
      slots.create(Bytes.of("key:" + i), 0, -1, source, 0, 100);
    }
    for (int id = 1; id <= 50_000; id += 2) {
      slots.free(id);
    }
    int steps = 0;
    int before = slots.moves();
    while (slots.compact(4096)) {
      assertThat(slots.moves() - before).isLessThanOrEqualTo(4096 / 64 + 1);
      before = slots.moves();
      steps++;
    }
    assertThat(steps).isGreaterThan(100);
  }

  @Test
  void aShortKeyWithTtlAndValueTakesEightyBytes() {
    Slots slots = new Slots(new PagePool());
    int id = slots.create(Bytes.of("key:000000000001"), 0, 99, new byte[32], 0, 32);
    assertThat(slots.blockBytes(id)).isEqualTo(80);
    assertThat(slots.usedBytes()).isEqualTo(84);
    assertThat(slots.reservedBytes()).isLessThan(20 << 10);
  }

  @Test
  void aViewIsValidAsLongAsNothingMoved() {
    Slots slots = new Slots(new PagePool());
    int id = slots.create(Bytes.of("key"), 0);
    int other = slots.create(Bytes.of("other"), 0);
    int moves = slots.moves();
    slots.value(id, new byte[0], 0, 0);
    slots.access(id, 77);
    assertThat(slots.moves()).isEqualTo(moves);
    slots.value(id, new byte[100], 0, 100);
    assertThat(slots.moves()).isNotEqualTo(moves);
    moves = slots.moves();
    slots.free(other);
    assertThat(slots.moves()).isNotEqualTo(moves);
  }

  @Test
  void aValueLongerThanInlineIsRefused() {
    Slots slots = new Slots(new PagePool());
    int id = slots.create(Bytes.of("key"), 0);
    byte[] source = new byte[Slots.MAX_INLINE + 1];
    slots.value(id, source, 0, Slots.MAX_INLINE);
    assertThatThrownBy(() -> slots.value(id, source, 0, source.length))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("an inline value has 0 to 8192 bytes, not 8193");
    assertThat(slots.valueLength(id)).isEqualTo(Slots.MAX_INLINE);
  }

  @Test
  void aFreeThatIsLostIsNoticed() {
    Slots slots =
        new Slots(new PagePool()) {
          private int frees;

          @Override
          void addFree(int number, byte[] page, int at, int units) {
            if (++frees != 500) {
              super.addFree(number, page, at, units);
            }
          }
        };
    assertThatThrownBy(() -> new Run(slots, 7, 8_000).play()).isInstanceOf(AssertionError.class);
  }

  @Test
  void aFreeThatIsTooLongIsNoticed() {
    Slots slots =
        new Slots(new PagePool()) {
          private int frees;

          @Override
          void addFree(int number, byte[] page, int at, int units) {
            super.addFree(number, page, at, ++frees == 500 ? units + 1 : units);
          }
        };
    assertThatThrownBy(() -> new Run(slots, 8, 8_000).play())
        .isInstanceOfAny(AssertionError.class, IndexOutOfBoundsException.class);
  }

  /** What the model knows of one slot. */
  private static final class Expected {
    final byte[] key;
    int type;
    int hint;
    int access;
    long deadline = Slots.NO_DEADLINE;
    int next;
    int previous;
    Object value;

    Expected(byte[] key, int type, Object value) {
      this.key = key;
      this.type = type;
      this.value = value;
    }
  }

  private static final class Run {
    private final Slots slots;
    private final Random random;
    private final String seedNote;
    private final int steps;
    private final Map<Integer, Expected> model = new HashMap<>();
    private final List<Integer> ids = new ArrayList<>();
    private final Bytes view = Bytes.view();
    private int evacuations;

    Run(Slots slots, long seed, int steps) {
      this.slots = slots;
      this.random = new Random(seed);
      this.seedNote = "-Dcarillon.seed=" + seed;
      this.steps = steps;
    }

    void play() {
      for (int step = 0; step < steps; step++) {
        boolean isGrowing = step / 8_000 % 2 == 0;
        if (ids.isEmpty() || random.nextInt(10) < (isGrowing ? 6 : 1)) {
          create();
        } else {
          change(isGrowing);
        }
        if (random.nextInt(6) == 0) {
          slots.compact(random.nextInt(1_000));
          evacuations += slots.evacuating != Slots.NONE ? 1 : 0;
          if (random.nextInt(100) == 0) {
            SlotsChecker.check(slots);
          }
        }
        if (step % 1_000 == 0) {
          checkAll();
        }
      }
      checkAll();
      if (steps > 20_000) {
        assertThat(evacuations)
            .as("changes met pages under evacuation; %s", seedNote)
            .isGreaterThan(20);
      }
    }

    void freeAll() {
      while (!ids.isEmpty()) {
        free(ids.size() - 1);
      }
    }

    private void create() {
      byte[] key = bytes(random.nextInt(100) == 0 ? 6_000 : random.nextInt(40));
      int type = random.nextInt(16);
      byte[] value = new byte[0];
      long deadline = Slots.NO_DEADLINE;
      int id;
      if (random.nextBoolean()) {
        if (!ids.isEmpty() && random.nextInt(4) == 0) {
          int other = anyId();
          key = model.get(other).key;
          id = slots.create(slots.key(other, view), type);
        } else {
          id = slots.create(Bytes.of(key), type);
        }
      } else {
        value = value();
        deadline = random.nextBoolean() ? deadline : random.nextLong() >>> 1;
        id = slots.create(Bytes.of(key), type, deadline, value, 0, value.length);
      }
      Expected expected = new Expected(key, type, value);
      expected.deadline = deadline;
      assertThat(model.put(id, expected)).as("slot %d was free; %s", id, seedNote).isNull();
      ids.add(id);
      check(id);
    }

    private void change(boolean isGrowing) {
      int at = random.nextInt(ids.size());
      int id = ids.get(at);
      Expected expected = model.get(id);
      switch (random.nextInt(isGrowing ? 11 : 28)) {
        case 0, 1, 3 -> {
          byte[] value = value();
          slots.value(id, value, 0, value.length);
          expected.value = value;
        }
        case 2 -> valueFromArena(id, expected);
        case 4 -> {
          if (expected.value instanceof byte[] old) {
            byte[] resized = Arrays.copyOf(old, random.nextInt(random.nextInt(300) + 1));
            slots.resizeValue(id, resized.length);
            expected.value = resized;
          }
        }
        case 5 -> {
          expected.value = new Object();
          slots.object(id, expected.value);
        }
        case 6 -> {
          expected.deadline = random.nextBoolean() ? Slots.NO_DEADLINE : random.nextLong() >>> 1;
          expected.next = 0;
          expected.previous = 0;
          slots.deadline(id, expected.deadline);
        }
        case 7 -> {
          if (slots.hasDeadline(id)) {
            expected.next = random.nextInt();
            expected.previous = random.nextInt();
            slots.next(id, expected.next);
            slots.previous(id, expected.previous);
          }
        }
        case 8 -> {
          expected.type = random.nextInt(16);
          slots.type(id, expected.type);
        }
        case 9 -> {
          expected.hint = random.nextInt(4);
          slots.hint(id, expected.hint);
        }
        case 10 -> {
          expected.access = random.nextInt(1 << 24);
          slots.access(id, expected.access);
        }
        default -> {
          free(at);
          return;
        }
      }
      check(id);
    }

    private void valueFromArena(int id, Expected expected) {
      int other = random.nextInt(3) == 0 ? id : anyId();
      if (model.get(other).value instanceof byte[] value) {
        int from = random.nextInt(value.length + 1);
        int to = from + random.nextInt(value.length - from + 1);
        slots.value(other, view);
        slots.value(id, view.array(), view.offset() + from, to - from);
        expected.value = Arrays.copyOfRange(value, from, to);
        check(other);
      }
    }

    private void free(int at) {
      int id = ids.get(at);
      ids.set(at, ids.getLast());
      ids.removeLast();
      model.remove(id);
      slots.free(id);
    }

    private int anyId() {
      return ids.get(random.nextInt(ids.size()));
    }

    private byte[] value() {
      int bound = random.nextInt(10) == 0 ? Slots.MAX_INLINE : 600;
      return bytes(random.nextInt(bound + 1));
    }

    private byte[] bytes(int length) {
      byte[] bytes = new byte[length];
      random.nextBytes(bytes);
      return bytes;
    }

    private void checkAll() {
      SlotsChecker.check(slots);
      assertThat(slots.size()).isEqualTo(model.size());
      model.keySet().forEach(this::check);
    }

    private void check(int id) {
      Expected expected = model.get(id);
      byte[] key = expected.key;
      String note = "slot " + id + "; " + seedNote;
      assertThat(slots.key(id, view).toByteArray()).as(note).isEqualTo(key);
      assertThat(slots.keyLength(id)).as(note).isEqualTo(key.length);
      assertThat(slots.keyEquals(id, key, 0, key.length)).as(note).isTrue();
      if (key.length > 0) {
        assertThat(slots.keyEquals(id, key, 0, key.length - 1)).as(note).isFalse();
        byte[] other = key.clone();
        other[random.nextInt(key.length)]++;
        assertThat(slots.keyEquals(id, other, 0, key.length)).as(note).isFalse();
      }
      assertThat(slots.type(id)).as(note).isEqualTo(expected.type);
      assertThat(slots.hint(id)).as(note).isEqualTo(expected.hint);
      assertThat(slots.access(id)).as(note).isEqualTo(expected.access);
      assertThat(slots.deadline(id)).as(note).isEqualTo(expected.deadline);
      assertThat(slots.hasDeadline(id)).as(note).isEqualTo(expected.deadline != -1);
      if (slots.hasDeadline(id)) {
        assertThat(slots.next(id)).as(note).isEqualTo(expected.next);
        assertThat(slots.previous(id)).as(note).isEqualTo(expected.previous);
      }
      if (expected.value instanceof byte[] value) {
        assertThat(slots.holdsObject(id)).as(note).isFalse();
        assertThat(slots.valueLength(id)).as(note).isEqualTo(value.length);
        assertThat(slots.value(id, view).toByteArray()).as(note).isEqualTo(value);
      } else {
        assertThat(slots.holdsObject(id)).as(note).isTrue();
        assertThat(slots.object(id)).as(note).isSameAs(expected.value);
      }
    }
  }
}
