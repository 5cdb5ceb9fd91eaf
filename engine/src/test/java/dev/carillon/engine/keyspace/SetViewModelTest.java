package dev.carillon.engine.keyspace;

import static org.assertj.core.api.Assertions.assertThat;

import dev.carillon.engine.turn.Turn;
import dev.carillon.engine.value.SetEncoding;
import dev.carillon.engine.value.ValueType;
import dev.carillon.protocol.bytes.Bytes;
import dev.carillon.protocol.bytes.Numerals;
import dev.carillon.protocol.event.EventType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.IntFunction;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Random operations on sets in entries and in drafts, against a set of the JDK and a word for the
 * encoding that follows the rules of Redis. Each failure prints the seed.
 */
class SetViewModelTest {

  private static final int SETS = 4;

  private final Turn turn = new Turn();

  /** What a set has to hold, and what Redis would call it. */
  private static final class Model {
    private final Set<Bytes> members = new LinkedHashSet<>();
    private final PackingLimits limits;
    private SetEncoding encoding = SetEncoding.LISTPACK;

    Model(PackingLimits limits) {
      this.limits = limits;
    }

    void expect(int count, Bytes first) {
      if (members.isEmpty()) {
        if (count <= limits.intsetEntries && Numerals.isLong(first)) {
          encoding = SetEncoding.INTSET;
        } else if (count <= limits.setEntries) {
          encoding = SetEncoding.LISTPACK;
        } else {
          encoding = SetEncoding.HASHTABLE;
        }
      } else if (encoding == SetEncoding.LISTPACK && count > limits.setEntries
          || encoding == SetEncoding.INTSET && count > limits.intsetEntries) {
        encoding = SetEncoding.HASHTABLE;
      }
    }

    boolean add(Bytes member) {
      if (members.contains(member)) {
        return false;
      }
      if (encoding == SetEncoding.INTSET && !Numerals.isLong(member)) {
        int longest = members.stream().mapToInt(Bytes::length).max().orElse(0);
        encoding =
            members.size() < limits.setEntries
                    && Math.max(longest, member.length()) <= limits.setValue
                ? SetEncoding.LISTPACK
                : SetEncoding.HASHTABLE;
      } else if (encoding == SetEncoding.LISTPACK
          && (members.size() >= limits.setEntries || member.length() > limits.setValue)) {
        encoding = SetEncoding.HASHTABLE;
      }
      members.add(member);
      if (encoding == SetEncoding.INTSET && members.size() > limits.intsetEntries) {
        encoding = SetEncoding.HASHTABLE;
      }
      return true;
    }
  }

  @ParameterizedTest
  @CsvSource({
    // intset-entries, listpack-entries, listpack-value, different members, longest member
    "512, 128, 64, 150, 40",
    "512, 128, 64, 700, 10",
    "8, 5, 30, 20, 34",
    "0, 0, 0, 10, 5",
    "100000, 100000, 100000, 3000, 400",
    "3, 100000, 20, 500, 25"
  })
  void randomOperationsLeaveWhatTheModelHolds(
      long intsetEntries, long setEntries, long setValue, int alphabet, int lengthMax) {
    for (long seed = 1; seed <= 30; seed++) {
      Random random = new Random(seed);
      Keyspace keyspace = keyspace(seed);
      keyspace.limits().intsetEntries = intsetEntries;
      keyspace.limits().setEntries = setEntries;
      keyspace.limits().setValue = setValue;
      List<Bytes> members = members(random, alphabet, lengthMax);
      List<SetView> sets = new ArrayList<>();
      List<Model> models = new ArrayList<>();
      for (int i = 0; i < SETS; i++) {
        sets.add(i == 0 ? new Draft(keyspace, ValueType.SET).set() : entry(keyspace, i).set());
        models.add(new Model(keyspace.limits()));
      }
      String line = "seed " + seed;
      for (int step = 0; step < 1500; step++) {
        int i = random.nextInt(SETS);
        step(random, sets.get(i), models.get(i), members, line);
      }
    }
  }

  private static void step(
      Random random, SetView set, Model model, List<Bytes> members, String line) {
    Bytes member = members.get(random.nextInt(members.size()));
    switch (random.nextInt(12)) {
      case 0 -> {
        int count = 1 + random.nextInt(random.nextInt(10) == 0 ? 200 : 4);
        model.expect(count, member);
        set.expect(count);
        for (int i = 0; i < count; i++) {
          Bytes one = i == 0 ? member : members.get(random.nextInt(members.size()));
          assertThat(set.add(one)).as(line).isEqualTo(model.add(one));
        }
      }
      case 1, 2, 3, 4, 5 -> {
        if (model.members.isEmpty()) {
          model.expect(1, member);
          set.expect(1);
        }
        assertThat(set.add(member)).as(line).isEqualTo(model.add(member));
      }
      case 6, 7, 8 ->
          assertThat(set.remove(member)).as(line).isEqualTo(model.members.remove(member));
      case 9 -> assertThat(set.contains(member)).as(line).isEqualTo(model.members.contains(member));
      case 10 -> draw(random, set, model, line);
      default -> {
        if (random.nextInt(20) == 0) {
          set.clear();
          model.members.clear();
        }
      }
    }
    assertThat(set.size()).as(line).isEqualTo(model.members.size());
    if (!model.members.isEmpty()) {
      assertThat(set.encoding()).as(line).isEqualTo(model.encoding);
    }
    if (random.nextInt(10) == 0) {
      assertThat(all(set)).as(line).containsExactlyInAnyOrderElementsOf(model.members);
    }
  }

  private static void draw(Random random, SetView set, Model model, String line) {
    int size = model.members.size();
    if (size == 0) {
      return;
    }
    assertThat(model.members).as(line).contains(set.random(random).copy());
    int count = random.nextInt(size + 1);
    List<Bytes> distinct = new ArrayList<>();
    set.drawDistinct(count, random, member -> distinct.add(member.copy()));
    assertThat(distinct).as(line).hasSize(count).doesNotHaveDuplicates();
    assertThat(model.members).as(line).containsAll(distinct);
    List<Bytes> repeated = new ArrayList<>();
    set.drawRepeatedly(5, random, member -> repeated.add(member.copy()));
    assertThat(repeated).as(line).hasSize(5);
    assertThat(model.members).as(line).containsAll(repeated);
    if (random.nextInt(4) == 0 && count < size) {
      List<Bytes> removed = new ArrayList<>();
      set.removeRandom(count, random, member -> removed.add(member.copy()));
      assertThat(removed).as(line).hasSize(count).doesNotHaveDuplicates();
      assertThat(model.members).as(line).containsAll(removed);
      removed.forEach(model.members::remove);
      // A set that lost most of its members is made anew; all that is known is that it is right.
      model.encoding = set.encoding();
    }
  }

  @Test
  void aWalkEndsWhenTheVisitorHasSeenEnough() {
    for (int size : new int[] {1, 5, 100, 3000}) {
      SetView set = filled(keyspace(1), i -> "member:" + i, size);
      for (int wanted = 1; wanted <= size; wanted = 3 * wanted + 1) {
        int[] seen = new int[1];
        int limit = wanted;
        assertThat(set.forEachWhile(member -> ++seen[0] < limit)).isFalse();
        assertThat(seen[0]).isEqualTo(wanted);
      }
      assertThat(set.forEachWhile(member -> true)).isTrue();
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {7, 100, 3000, 40_000})
  void everyMemberIsDrawnWithTheSameChance(int size) {
    Random random = new Random(size);
    SetView set = filled(keyspace(size), i -> "member:" + i, size);
    // Some go again, so that a large set has places of all kinds.
    for (int i = 0; i < size; i++) {
      if (i % 10 < 3) {
        set.remove(Bytes.of("member:" + i));
      }
    }
    assertThat(
            chiSquare(
                set.size(),
                30 * set.size(),
                draws -> set.drawRepeatedly(30 * set.size(), random, draws)))
        .isLessThan(acceptable(set.size()));
  }

  @ParameterizedTest
  @CsvSource({"7, 2", "100, 30", "3000, 100", "3000, 900", "3000, 1300"})
  void everyMemberIsAmongThoseDrawnTogetherWithTheSameChance(int size, int count) {
    Random random = new Random(size);
    SetView set = filled(keyspace(size), i -> "member:" + i, size);
    int rounds = 20 * size / count;
    assertThat(
            chiSquare(
                size,
                rounds * count,
                draws -> {
                  for (int i = 0; i < rounds; i++) {
                    set.drawDistinct(count, random, draws);
                  }
                }))
        .isLessThan(acceptable(size));
  }

  @ParameterizedTest
  @CsvSource({"7, 2", "7, 6", "100, 30", "1000, 400", "1000, 950"})
  void everyMemberIsRemovedWithTheSameChance(int size, int count) {
    Random random = new Random(size);
    int rounds = 30 * size / count;
    assertThat(
            chiSquare(
                size,
                rounds * count,
                draws -> {
                  for (int i = 0; i < rounds; i++) {
                    SetView set = filled(keyspace(i), k -> "member:" + k, size);
                    set.removeRandom(count, random, draws);
                    assertThat(set.size()).isEqualTo(size - count);
                  }
                }))
        .isLessThan(acceptable(size));
  }

  /** How far the numbers of draws are from being all the same, in units of what chance would do. */
  private static double chiSquare(int size, int draws, Consumer<Consumer<Bytes>> draw) {
    Map<Bytes, int[]> drawn = new HashMap<>();
    draw.accept(member -> drawn.computeIfAbsent(member.copy(), any -> new int[1])[0]++);
    double expected = (double) draws / size;
    double sum = (size - drawn.size()) * expected;
    for (int[] count : drawn.values()) {
      sum += (count[0] - expected) * (count[0] - expected) / expected;
    }
    return sum;
  }

  /** Six standard deviations above the mean. */
  private static double acceptable(int size) {
    return size + 6 * Math.sqrt(2.0 * size);
  }

  @Test
  void aSetThatLostMostOfItsMembersIsSmallAgain() {
    SetView set = filled(keyspace(2), i -> "member:" + i, 1000);
    assertThat(set.encoding()).isEqualTo(SetEncoding.HASHTABLE);
    set.removeRandom(900, new Random(1), member -> {});
    assertThat(set.encoding()).isEqualTo(SetEncoding.LISTPACK);
  }

  @Test
  void theMemoryOfALargeSetIsUsedAgain() {
    Keyspace keyspace = keyspace(5);
    Database database = keyspace.database(0);
    Bytes key = Bytes.of("key");
    for (int round = 0; round < 4; round++) {
      Entry entry = database.create(key, ValueType.SET);
      fill(entry.set(), i -> "member:" + i, 200_000);
      database.changed(key, entry, EventType.SADD);
      // The second one takes its pages from what the first one gave back.
      assertThat(keyspace.pages().freeBytes()).isLessThan(2 << 20);
      database.remove(key, entry);
      database.changed(key, EventType.DEL);
      assertThat(keyspace.pages().freeBytes()).isGreaterThan(3 << 20);
    }
  }

  @Test
  void aScanListsWhatIsThereFromItsFirstStepToItsLast() {
    for (long seed = 1; seed <= 10; seed++) {
      Random random = new Random(seed);
      SetView set = filled(keyspace(seed), i -> "stays:" + i, 2000);
      Map<Bytes, Integer> seen = new HashMap<>();
      long cursor = 0;
      do {
        cursor = set.scan(cursor, 10, member -> seen.merge(member.copy(), 1, Integer::sum));
        for (int i = 0; i < 20; i++) {
          Bytes passing = Bytes.of("passes:" + random.nextInt(3000));
          if (!set.add(passing)) {
            set.remove(passing);
          }
        }
      } while (cursor != 0);
      for (int i = 0; i < 2000; i++) {
        assertThat(seen).as("seed " + seed).containsEntry(Bytes.of("stays:" + i), 1);
      }
    }
  }

  // ------------------------------------------------------------------------------------- material

  private Keyspace keyspace(long seed) {
    turn.begin(0);
    return new Keyspace(1, turn, new Random(seed));
  }

  /** An entry in a database where other entries keep it moving. */
  private static Entry entry(Keyspace keyspace, int number) {
    Bytes key = Bytes.of("set:" + number);
    return keyspace.database(0).create(key, ValueType.SET);
  }

  private static SetView filled(Keyspace keyspace, IntFunction<String> name, int count) {
    SetView set = new Draft(keyspace, ValueType.SET).set();
    fill(set, name, count);
    return set;
  }

  private static void fill(SetView set, IntFunction<String> name, int count) {
    for (int i = 0; i < count; i++) {
      set.add(Bytes.of(name.apply(i)));
    }
  }

  private static Set<Bytes> all(SetView set) {
    Set<Bytes> all = new HashSet<>();
    set.forEach(member -> assertThat(all.add(member.copy())).isTrue());
    return all;
  }

  private static List<Bytes> members(Random random, int alphabet, int lengthMax) {
    List<Supplier<Bytes>> kinds =
        List.of(
            () -> Numerals.of((long) random.nextInt(100)),
            () -> Numerals.of((long) random.nextInt()),
            () -> Numerals.of(random.nextLong()),
            () -> Bytes.of("m" + random.nextInt(1000)),
            () -> noise(random, random.nextInt(lengthMax + 1)));
    // Now and then only integers, else no set of integers would live long.
    int kindsMax = random.nextInt(3) == 0 ? 3 : kinds.size();
    Set<Bytes> members = new LinkedHashSet<>(Arrays.asList(Numerals.of(0L)));
    for (int i = 0; i < alphabet; i++) {
      members.add(kinds.get(random.nextInt(kindsMax)).get());
    }
    return List.copyOf(members);
  }

  private static Bytes noise(Random random, int length) {
    byte[] bytes = new byte[length];
    random.nextBytes(bytes);
    return Bytes.of(bytes);
  }
}
