package dev.carillon.engine.value;

import static org.assertj.core.api.Assertions.assertThat;

import dev.carillon.engine.store.PagePool;
import dev.carillon.protocol.bytes.Bytes;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Random operations on an index of scores, compared with a sorted list. A failure names its seed;
 * {@code -Dcarillon.seed=…} replays it.
 */
class ScoreIndexModelTest {

  @ParameterizedTest
  @CsvSource({"1, 1000000", "2, 1000000", "3, 5", "4, 5", "5, 1", "6, 400"})
  void theOrderIsWhatASortedListSays(long seed, int differentScores) {
    new Run(Long.getLong("carillon.seed", seed), differentScores).play(60_000);
  }

  @Test
  void growingAtOneEndFillsEveryLeaf() {
    for (int direction : new int[] {1, -1}) {
      Run run = new Run(7, 1);
      int count = 100_000;
      for (int i = 0; i < count; i++) {
        run.add(Bytes.of("member:" + i), (double) i * direction);
      }
      assertThat(run.index.sizeBytes()).isLessThan(14L * count);
      for (int i = 0; i < count; i += 997) {
        assertThat(run.index.rank(i * direction, run.table.find(Bytes.of("member:" + i))))
            .isEqualTo(direction > 0 ? i : count - 1 - i);
      }
    }
  }

  @Test
  void additionsInAnyOrderCostTwentyBytesOrLess() {
    Run run = new Run(8, 1 << 30);
    int count = 100_000;
    for (int i = 0; i < count; i++) {
      run.add(Bytes.of("member:" + i), run.random.nextDouble());
    }
    assertThat(run.index.sizeBytes()).isLessThan(20L * count);
  }

  @Test
  void memoryComesBackWhenMembersGo() {
    Run run = new Run(9, 1 << 30);
    int count = 50_000;
    for (int i = 0; i < count; i++) {
      run.add(Bytes.of("member:" + i), run.random.nextDouble());
    }
    long full = run.index.sizeBytes();
    run.index.removeRange(100, count - 200, run.table::remove);
    assertThat(run.index.sizeBytes()).isLessThan(full / 50);
    assertThat(run.index.size()).isEqualTo(200);
    run.index.removeRange(0, 200, run.table::remove);
    assertThat(run.index.size()).isZero();
    assertThat(run.index.sizeBytes()).isLessThan(2_000);
  }

  /** A member with its score. */
  private record Scored(double score, Bytes member) {
    static final Comparator<Scored> ORDER =
        (a, b) -> a.score == b.score ? a.member.compareTo(b.member) : a.score < b.score ? -1 : 1;
  }

  private static final class Run {
    private final String note;
    private final Random random;
    private final int differentScores;
    private final MemberTable table;
    private final ScoreIndex index;
    private final List<Scored> model = new ArrayList<>();
    private final Map<Bytes, Double> scores = new HashMap<>();
    private final Bytes view = Bytes.view();
    private int nextName;

    Run(long seed, int differentScores) {
      note = "-Dcarillon.seed=" + seed;
      random = new Random(seed);
      this.differentScores = differentScores;
      table = new MemberTable(new PagePool(), seed);
      index = new ScoreIndex(table);
    }

    void play(int steps) {
      for (int step = 0; step < steps; step++) {
        boolean isGrowing = step / 10_000 % 2 == 0;
        if (model.isEmpty() || random.nextInt(10) < (isGrowing ? 6 : 2)) {
          addAny();
        } else {
          change(isGrowing);
        }
        assertThat(index.size()).as(note).isEqualTo(model.size());
        if (step % 50 == 0) {
          look();
        }
        if (step % 5_000 == 0) {
          checkAll();
        }
      }
      checkAll();
    }

    private void addAny() {
      double score = score();
      // Times grow: half of the additions are at the end, or at the beginning, for a while.
      if (!model.isEmpty() && random.nextBoolean() && differentScores > 100) {
        boolean atEnd = model.size() % 2_000 < 1_000;
        score = atEnd ? model.getLast().score + 1 : model.getFirst().score - 1;
      }
      Bytes name = Bytes.of(Integer.toString(nextName++ * 7919 % 1_000_003));
      Scored added = new Scored(score, name);
      model.add(place(added), added);
      add(name, score);
    }

    void add(Bytes name, double score) {
      scores.put(name, score);
      index.add(score, table.add(name, score));
    }

    private void change(boolean isGrowing) {
      int at = random.nextInt(model.size());
      Scored old = model.get(at);
      int id = table.find(old.member);
      switch (random.nextInt(isGrowing ? 8 : 40)) {
        case 0, 1, 2 -> {
          double score =
              differentScores == 1 || random.nextBoolean()
                  ? score()
                  : old.score + (random.nextDouble() - 0.5) / 1_000;
          index.move(old.score, id, score);
          table.score(id, score);
          model.remove(at);
          Scored moved = new Scored(score, old.member);
          model.add(place(moved), moved);
          scores.put(old.member, score);
        }
        case 3 -> {
          int count = Math.min(model.size() - at, random.nextInt(isGrowing ? 20 : 600));
          List<Scored> range = model.subList(at, at + count);
          List<Bytes> removed = new ArrayList<>();
          index.removeRange(
              at,
              count,
              gone -> {
                removed.add(table.member(gone, view).copy());
                table.remove(gone);
              });
          assertThat(removed).as(note).isEqualTo(range.stream().map(Scored::member).toList());
          range.forEach(one -> scores.remove(one.member));
          range.clear();
        }
        default -> {
          index.remove(old.score, id);
          table.remove(id);
          model.remove(at);
          scores.remove(old.member);
        }
      }
    }

    private void look() {
      if (model.isEmpty()) {
        return;
      }
      int rank = random.nextInt(model.size());
      Scored one = model.get(rank);
      int id = table.find(one.member);
      assertThat(index.rank(one.score, id)).as(note).isEqualTo(rank);
      assertThat(index.select(rank)).as(note).isEqualTo(id);
      double bound = random.nextBoolean() ? one.score : score();
      assertThat(index.countBelow(bound, false)).as(note).isEqualTo(below(bound, false));
      assertThat(index.countBelow(bound, true)).as(note).isEqualTo(below(bound, true));
      if (differentScores == 1) {
        assertThat(index.countBelow(one.member, false)).as(note).isEqualTo(rank);
        assertThat(index.countBelow(one.member, true)).as(note).isEqualTo(rank + 1);
      }
      ScoreIndex.Walk forwards = index.walk(rank);
      ScoreIndex.Walk backwards = index.walk(rank);
      for (int i = 0; i < 300; i++) {
        if (rank + i < model.size()) {
          assertSame(forwards, model.get(rank + i));
          forwards.next();
        } else {
          assertThat(forwards.isMember()).as(note).isFalse();
        }
        if (rank - i >= 0) {
          assertSame(backwards, model.get(rank - i));
          backwards.previous();
        } else {
          assertThat(backwards.isMember()).as(note).isFalse();
        }
      }
    }

    private void assertSame(ScoreIndex.Walk walk, Scored expected) {
      assertThat(walk.isMember()).as(note).isTrue();
      assertThat(walk.score()).as(note).isEqualTo(expected.score);
      assertThat(table.member(walk.id(), view)).as(note).isEqualTo(expected.member);
    }

    private void checkAll() {
      if (!model.isEmpty()) {
        ScoreIndex.Walk walk = index.walk(0);
        for (Scored one : model) {
          assertSame(walk, one);
          walk.next();
        }
        assertThat(walk.isMember()).as(note).isFalse();
      }
      index.checkCounts();
    }

    private int below(double bound, boolean orEqual) {
      int count = 0;
      while (count < model.size()
          && (model.get(count).score < bound || (orEqual && model.get(count).score == bound))) {
        count++;
      }
      return count;
    }

    private int place(Scored one) {
      return -Collections.binarySearch(model, one, Scored.ORDER) - 1;
    }

    private double score() {
      return differentScores > 1 ? random.nextInt(differentScores) : 0;
    }
  }
}
