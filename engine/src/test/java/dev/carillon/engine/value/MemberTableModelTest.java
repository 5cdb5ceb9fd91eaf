package dev.carillon.engine.value;

import static org.assertj.core.api.Assertions.assertThat;

import dev.carillon.engine.store.PagePool;
import dev.carillon.engine.store.Slots;
import dev.carillon.protocol.bytes.Bytes;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Random operations on a table of members, compared with maps of the JDK. A failure names its seed;
 * {@code -Dcarillon.seed=…} replays it.
 */
class MemberTableModelTest {

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6})
  void membersAreWhatAModelSays(long seed) {
    new Run(Long.getLong("carillon.seed", seed)).play(60_000);
  }

  @Test
  void sixHundredShortMembersReserveLittleMoreThanTheyNeed() {
    MemberTable table = new MemberTable(new PagePool(), 1);
    for (int i = 0; i < 600; i++) {
      table.add(Bytes.of("member:" + i));
    }
    // 32 bytes of slot, 4 of its address and about 8 of the index for each of them are 26,400.
    assertThat(table.sizeBytes()).isLessThan(31_000);
  }

  @Test
  void aTableThatShrinksGivesItsMemoryBack() {
    MemberTable table = new MemberTable(new PagePool(0), 1);
    for (int i = 0; i < 200_000; i++) {
      table.add(Bytes.of("member:" + i), Bytes.of("value:" + i));
    }
    for (int i = 0; i < 190_000; i++) {
      table.remove(table.find(Bytes.of("member:" + i)));
    }
    // The table of addresses stays as it is, because ids are stable; and the last page may be as
    // large as it had to be before.
    long addresses = 4 * 200_000;
    assertThat(table.sizeBytes() - addresses)
        .isLessThan(table.copy().sizeBytes() + PagePool.PAGE_BYTES);
  }

  @Test
  void everyMemberIsDrawnEquallyOften() {
    for (int size : new int[] {3, 100, 1_000}) {
      MemberTable table = new MemberTable(new PagePool(), size);
      for (int i = 0; i < size; i++) {
        table.add(Bytes.of("member:" + i));
      }
      Random random = new Random(size);
      Map<Integer, Integer> draws = new HashMap<>();
      int expected = 1_000;
      for (int i = 0; i < expected * size; i++) {
        draws.merge(table.random(random), 1, Integer::sum);
      }
      double chiSquare = 0;
      for (int count : draws.values()) {
        chiSquare += (double) (count - expected) * (count - expected) / expected;
      }
      assertThat(draws).hasSize(size);
      // Its mean is size - 1 and its deviation the root of twice that; five of them are allowed.
      assertThat(chiSquare).isLessThan(size - 1 + 5 * Math.sqrt(2.0 * (size - 1)));
    }
  }

  private static final class Expected {
    Bytes value;
    long deadline = MemberTable.NO_DEADLINE;

    Expected(Bytes value) {
      this.value = value;
    }
  }

  private static final class Run {
    private final String note;
    private final Random random;
    private final Map<Bytes, Expected> model = new HashMap<>();
    private final Map<Bytes, Integer> ids = new HashMap<>();
    private final Set<Integer> taken = new HashSet<>();
    private final List<Bytes> names = new ArrayList<>();
    private final TreeMap<Long, Set<Bytes>> byDeadline = new TreeMap<>();
    private final Bytes view = Bytes.view();
    private MemberTable table;
    private int nextName;

    Run(long seed) {
      note = "-Dcarillon.seed=" + seed;
      random = new Random(seed);
      table = new MemberTable(new PagePool(1), seed);
    }

    void play(int steps) {
      for (int step = 0; step < steps; step++) {
        boolean isGrowing = step / 15_000 % 2 == 0;
        if (names.isEmpty() || random.nextInt(10) < (isGrowing ? 5 : 1)) {
          add();
        } else {
          change(isGrowing);
        }
        assertThat(table.size()).as(note).isEqualTo(model.size());
        assertThat(table.earliestDeadline())
            .as(note)
            .isEqualTo(byDeadline.isEmpty() ? Long.MAX_VALUE : byDeadline.firstKey());
        if (step % 2_000 == 0) {
          checkAll();
        }
        if (step % 20_000 == 19_999) {
          copy();
        }
      }
      checkAll();
      expireAll();
    }

    private void add() {
      Bytes name = name();
      if (model.containsKey(name)) {
        assertThat(table.find(name)).as(note).isEqualTo(ids.get(name));
        return;
      }
      assertThat(table.find(name)).as(note).isZero();
      Bytes value = random.nextBoolean() ? Bytes.EMPTY : value();
      int id = value.isEmpty() ? table.add(name) : table.add(name, value);
      model.put(name, new Expected(value));
      assertThat(taken.add(id)).as(note).isTrue();
      ids.put(name, id);
      names.add(name);
      check(name);
    }

    private void change(boolean isGrowing) {
      int at = random.nextInt(names.size());
      Bytes name = names.get(at);
      Expected expected = model.get(name);
      int id = ids.get(name);
      switch (random.nextInt(isGrowing ? 6 : 12)) {
        case 0, 1 -> {
          expected.value = value();
          table.put(id, expected.value);
          check(name);
        }
        case 2 -> {
          Bytes other = names.get(random.nextInt(names.size()));
          table.put(id, table.value(ids.get(other), view));
          expected.value = model.get(other).value;
          check(name);
          check(other);
        }
        case 3 -> {
          deadline(name, expected, random.nextInt(5_000));
          check(name);
        }
        case 4 -> {
          deadline(name, expected, MemberTable.NO_DEADLINE);
          check(name);
        }
        default -> remove(at);
      }
    }

    private void deadline(Bytes name, Expected expected, long millis) {
      forgetDeadline(name, expected);
      expected.deadline = millis;
      if (millis >= 0) {
        byDeadline.computeIfAbsent(millis, any -> new HashSet<>()).add(name);
      }
      table.deadline(ids.get(name), millis);
    }

    private void forgetDeadline(Bytes name, Expected expected) {
      if (expected.deadline >= 0) {
        Set<Bytes> same = byDeadline.get(expected.deadline);
        same.remove(name);
        if (same.isEmpty()) {
          byDeadline.remove(expected.deadline);
        }
      }
    }

    private void remove(int at) {
      Bytes name = names.get(at);
      names.set(at, names.getLast());
      names.removeLast();
      forgetDeadline(name, model.remove(name));
      taken.remove(ids.get(name));
      table.remove(ids.remove(name));
      assertThat(table.find(name)).as(note).isZero();
    }

    private void expireAll() {
      while (!byDeadline.isEmpty()) {
        long first = byDeadline.firstKey();
        assertThat(table.due(first - 1)).as(note).isZero();
        Set<Bytes> due = new HashSet<>();
        for (int id = table.due(first); id != 0; id = table.due(first)) {
          due.add(table.member(id, view).copy());
          table.remove(id);
        }
        assertThat(due).as(note).isEqualTo(byDeadline.remove(first));
      }
      assertThat(table.deadlines()).as(note).isZero();
    }

    private void copy() {
      long before = table.sizeBytes();
      table = table.copy();
      assertThat(table.sizeBytes()).as(note).isLessThan(2 * before + 100_000);
      ids.replaceAll((name, id) -> table.find(name));
      taken.clear();
      taken.addAll(ids.values());
      checkAll();
    }

    private void checkAll() {
      model.keySet().forEach(this::check);
      Set<Bytes> visited = new HashSet<>();
      table.forEach(
          id -> assertThat(visited.add(table.member(id, Bytes.view()).copy())).as(note).isTrue());
      assertThat(visited).as(note).isEqualTo(model.keySet());
      int drawn = table.random(random);
      assertThat(drawn == 0 ? model.isEmpty() : taken.contains(drawn)).as(note).isTrue();
    }

    private void check(Bytes name) {
      Expected expected = model.get(name);
      int id = ids.get(name);
      assertThat(table.find(name)).as(note).isEqualTo(id);
      assertThat(table.member(id, view)).as(note).isEqualTo(name);
      assertThat(table.value(id, view)).as(note).isEqualTo(expected.value);
      assertThat(table.deadline(id)).as(note).isEqualTo(expected.deadline);
      assertThat(table.hasDeadline(id)).as(note).isEqualTo(expected.deadline >= 0);
    }

    private Bytes name() {
      if (random.nextInt(20) == 0 && !names.isEmpty()) {
        return names.get(random.nextInt(names.size()));
      }
      byte[] filler = new byte[random.nextInt(200) == 0 ? 5_000 : random.nextInt(20)];
      return Bytes.of(nextName++ + new String(filler, StandardCharsets.US_ASCII));
    }

    private Bytes value() {
      int kind = random.nextInt(100);
      byte[] bytes =
          new byte[kind == 0 ? Slots.MAX_INLINE + random.nextInt(9_000) : random.nextInt(100)];
      random.nextBytes(bytes);
      return Bytes.of(bytes);
    }
  }
}
