package dev.carillon.engine.keyspace;

import static org.assertj.core.api.Assertions.assertThat;

import dev.carillon.engine.turn.Turn;
import dev.carillon.engine.value.ValueType;
import dev.carillon.protocol.bytes.Bytes;
import dev.carillon.protocol.event.EventType;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Random operations on sorted sets in entries and in drafts, against a map and a sorted list of the
 * JDK and a word for the encoding that follows the rules of Redis. Each failure prints the seed.
 */
class SortedSetViewModelTest {

  private static final Comparator<Map.Entry<Bytes, Double>> ORDER =
      (a, b) ->
          a.getValue().doubleValue() == b.getValue().doubleValue()
              ? a.getKey().compareTo(b.getKey())
              : a.getValue() < b.getValue() ? -1 : 1;

  private final Turn turn = new Turn();

  /** What a sorted set has to hold, and what Redis would call it. */
  private static final class Model {
    private final Map<Bytes, Double> scores = new HashMap<>();
    private final PackingLimits limits;
    private String encoding = "listpack";

    Model(PackingLimits limits) {
      this.limits = limits;
    }

    void add(Bytes member, double score) {
      if (scores.size() >= limits.sortedSetEntries || member.length() > limits.sortedSetValue) {
        encoding = "skiplist";
      }
      scores.put(member, score);
    }

    List<Map.Entry<Bytes, Double>> sorted() {
      List<Map.Entry<Bytes, Double>> sorted = new ArrayList<>(scores.entrySet());
      sorted.sort(ORDER);
      return sorted;
    }
  }

  @ParameterizedTest
  @CsvSource({
    // entries, longest packed member, different members, longest member, different scores
    "128, 64, 150, 40, 1000",
    "128, 64, 700, 70, 3",
    "5, 30, 20, 34, 5",
    "0, 0, 10, 5, 2",
    "100000, 100000, 500, 400, 1",
    "100000, 20, 400, 25, 50"
  })
  void randomOperationsLeaveWhatTheModelHolds(
      long entries, long value, int alphabet, int lengthMax, int differentScores) {
    for (long seed = 1; seed <= 25; seed++) {
      Random random = new Random(seed);
      Keyspace keyspace = keyspace(seed);
      keyspace.limits().sortedSetEntries = entries;
      keyspace.limits().sortedSetValue = value;
      List<Bytes> names = names(random, alphabet, lengthMax);
      boolean isDraft = seed % 3 == 0;
      Holder holder = isDraft ? new Draft(keyspace, ValueType.SORTED_SET) : entry(keyspace, "key");
      SortedSetView view = new SortedSetView(holder, keyspace);
      Model model = new Model(keyspace.limits());
      String note = "seed " + seed;
      for (int step = 0; step < 600; step++) {
        change(view, model, random, names, differentScores, note);
        if (step % 20 == 0) {
          compare(view, model, random, note);
        }
      }
      compare(view, model, random, note);
      if (isDraft) {
        Entry taker = entry(keyspace, "taker");
        taker.take((Draft) holder);
        compare(taker.sortedSet(), model, random, note);
      } else {
        Entry copy = entry(keyspace, "copy");
        copy.takeValueOf((Entry) holder);
        compare(copy.sortedSet(), model, random, note);
      }
    }
  }

  private static void change(
      SortedSetView view,
      Model model,
      Random random,
      List<Bytes> names,
      int differentScores,
      String note) {
    Bytes name = names.get(random.nextInt(names.size()));
    int place = view.find(name);
    Double before = model.scores.get(name);
    assertThat(place != SortedSetView.NONE).as(note).isEqualTo(before != null);
    switch (random.nextInt(12)) {
      case 0, 1 -> {
        if (before != null) {
          view.remove(place);
          model.scores.remove(name);
        }
      }
      case 2 -> {
        int size = view.size();
        int rank = random.nextInt(size + 1);
        int count = random.nextInt(Math.min(size - rank, 10) + 1);
        if (random.nextInt(40) == 0) {
          rank = 0;
          count = size;
        }
        if (count > 0) {
          view.removeRange(rank, count);
          model.sorted().subList(rank, rank + count).stream()
              .map(Map.Entry::getKey)
              .forEach(model.scores::remove);
        }
      }
      default -> {
        double score = score(random, differentScores);
        if (before == null) {
          view.add(name, score);
          model.add(name, score);
        } else {
          view.move(place, name, score);
          model.scores.put(name, score);
        }
        assertThat(view.score(view.find(name))).as(note).isEqualTo(score);
      }
    }
  }

  private static void compare(SortedSetView view, Model model, Random random, String note) {
    List<Map.Entry<Bytes, Double>> sorted = model.sorted();
    int size = sorted.size();
    assertThat(view.size()).as(note).isEqualTo(size);
    assertThat(view.encoding()).as(note).isEqualTo(model.encoding);
    SortedSetView.Walk walk = view.walk(0, false);
    for (Map.Entry<Bytes, Double> one : sorted) {
      assertThat(walk.member()).as(note).isEqualTo(one.getKey());
      assertThat(walk.score()).as(note).isEqualTo(one.getValue());
      walk.next();
    }
    assertThat(walk.isMember()).as(note).isFalse();
    SortedSetView.Walk back = view.walk(size - 1, true);
    for (int rank = size - 1; rank >= 0; rank--) {
      assertThat(back.member()).as(note).isEqualTo(sorted.get(rank).getKey());
      back.next();
    }
    assertThat(back.isMember()).as(note).isFalse();
    Set<Bytes> scanned = new HashSet<>();
    long cursor = 0;
    do {
      cursor =
          view.scan(
              cursor,
              10,
              (member, score) -> {
                assertThat(scanned.add(member.copy())).as(note).isTrue();
                assertThat(score).as(note).isEqualTo(model.scores.get(member.copy()));
              });
    } while (cursor != 0);
    assertThat(scanned).as(note).isEqualTo(model.scores.keySet());
    if (size > 0) {
      int rank = random.nextInt(size);
      Map.Entry<Bytes, Double> one = sorted.get(rank);
      assertThat(view.rank(view.find(one.getKey()))).as(note).isEqualTo(rank);
      double bound = one.getValue();
      assertThat(view.countBelow(bound, false))
          .as(note)
          .isEqualTo((int) sorted.stream().filter(other -> other.getValue() < bound).count());
      assertThat(view.countBelow(bound, true))
          .as(note)
          .isEqualTo((int) sorted.stream().filter(other -> other.getValue() <= bound).count());
      if (sorted.getFirst().getValue().equals(sorted.getLast().getValue())) {
        assertThat(view.countBelow(one.getKey(), false)).as(note).isEqualTo(rank);
        assertThat(view.countBelow(one.getKey(), true)).as(note).isEqualTo(rank + 1);
      }
      draw(view, model, random, note);
    }
  }

  private static void draw(SortedSetView view, Model model, Random random, String note) {
    int wanted = random.nextInt(view.size() + 1);
    Set<Bytes> drawn = new HashSet<>();
    view.drawDistinct(
        wanted,
        random,
        (member, score) -> {
          assertThat(drawn.add(member.copy())).as(note).isTrue();
          assertThat(score).as(note).isEqualTo(model.scores.get(member.copy()));
        });
    assertThat(drawn).as(note).hasSize(wanted);
    int[] count = new int[1];
    view.draw(
        30,
        random,
        (member, score) -> {
          count[0]++;
          assertThat(score).as(note).isEqualTo(model.scores.get(member.copy()));
        });
    assertThat(count[0]).as(note).isEqualTo(30);
  }

  @Test
  void membersAreDrawnEquallyOften() {
    for (long entries : new long[] {0, 1_000}) {
      Keyspace keyspace = keyspace(3);
      keyspace.limits().sortedSetEntries = entries;
      SortedSetView view = new Draft(keyspace, ValueType.SORTED_SET).sortedSet();
      int size = 30;
      for (int i = 0; i < size; i++) {
        view.add(Bytes.of("member:" + i), i * i);
      }
      for (int wanted : new int[] {1, 5, 20}) {
        Random random = new Random(wanted);
        int[] draws = new int[size];
        int rounds = 3_000;
        for (int i = 0; i < rounds; i++) {
          view.drawDistinct(
              wanted, random, (member, score) -> draws[(int) Math.round(Math.sqrt(score))]++);
        }
        double expected = (double) rounds * wanted / size;
        double deviation = Math.sqrt(expected * (1 - (double) wanted / size));
        for (int count : draws) {
          assertThat((double) count).isBetween(expected - 5 * deviation, expected + 5 * deviation);
        }
      }
    }
  }

  @Test
  void whatNoSlotCanHoldIsStillCalledAListpack() {
    Keyspace keyspace = keyspace(1);
    SortedSetView view = entry(keyspace, "key").sortedSet();
    for (int i = 0; i < 128; i++) {
      view.add(Bytes.of(String.format("%064d", i) /* packed as a string */), i + 0.125);
    }
    assertThat(view.listpack()).isNull();
    assertThat(view.encoding()).isEqualTo("listpack");
    view.move(view.find(Bytes.of(String.format("%064d", 7))), Bytes.of("any"), 3);
    assertThat(view.encoding()).isEqualTo("listpack");
    view.add(Bytes.of("one too many"), 1);
    assertThat(view.encoding()).isEqualTo("skiplist");
  }

  @Test
  void manyMembersAtOnceMakeASkiplistEvenIfTheyAreTheSame() {
    Keyspace keyspace = keyspace(1);
    SortedSetView view = entry(keyspace, "key").sortedSet();
    view.expect(128, 64);
    view.add(Bytes.of("a"), 1);
    assertThat(view.encoding()).isEqualTo("listpack");
    view.expect(129, 0);
    assertThat(view.encoding()).isEqualTo("skiplist");
    SortedSetView other = entry(keyspace, "other").sortedSet();
    other.expect(1, 65);
    assertThat(other.encoding()).isEqualTo("skiplist");
  }

  private Keyspace keyspace(long seed) {
    turn.begin(0);
    return new Keyspace(1, turn, new Random(seed));
  }

  private static Entry entry(Keyspace keyspace, String name) {
    Bytes key = Bytes.of(name);
    Entry entry = keyspace.database(0).create(key, ValueType.SORTED_SET);
    keyspace.database(0).changed(key, EventType.ZADD);
    return entry;
  }

  private static List<Bytes> names(Random random, int count, int lengthMax) {
    List<Bytes> names = new ArrayList<>(new HashSet<>(randomNames(random, count, lengthMax)));
    names.sort(null);
    return names;
  }

  private static List<Bytes> randomNames(Random random, int count, int lengthMax) {
    List<Bytes> names = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      if (random.nextInt(3) == 0) {
        names.add(Bytes.of("" + (random.nextInt(2_000_000) - 1_000_000)));
      } else {
        byte[] name = new byte[random.nextInt(lengthMax + 1)];
        random.nextBytes(name);
        names.add(Bytes.of(name));
      }
    }
    return names;
  }

  private static double score(Random random, int differentScores) {
    return switch (differentScores == 1 ? 9 : random.nextInt(10)) {
      case 0 -> random.nextGaussian() * 1e6;
      case 1 -> random.nextBoolean() ? Double.POSITIVE_INFINITY : Double.NEGATIVE_INFINITY;
      case 2 -> random.nextLong();
      default -> random.nextInt(differentScores);
    };
  }
}
