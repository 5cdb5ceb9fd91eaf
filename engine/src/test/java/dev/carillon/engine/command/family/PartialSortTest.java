package dev.carillon.engine.command.family;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** A range in order, the others somewhere, and no input that takes for ever. */
class PartialSortTest {

  @Test
  void whatIsWantedLiesWhereSortingPutsIt() {
    for (int seed = 1; seed <= 3000; seed++) {
      Random random = new Random(seed);
      int different = 1 + random.nextInt(200);
      Integer[] elements = new Integer[1 + random.nextInt(300)];
      Arrays.setAll(elements, i -> random.nextInt(different));
      Integer[] sorted = elements.clone();
      Arrays.sort(sorted);
      int first = random.nextInt(3) == 0 ? random.nextInt(elements.length) : 0;
      int last = random.nextInt(first, elements.length);
      PartialSort.sort(elements, first, last, Comparator.naturalOrder());
      assertThat(Arrays.copyOfRange(elements, first, last + 1))
          .as("seed %s", seed)
          .isEqualTo(Arrays.copyOfRange(sorted, first, last + 1));
      Arrays.sort(elements);
      assertThat(elements).isEqualTo(sorted);
    }
  }

  /**
   * An adversary that decides which element is greater only when it is asked, and always so that
   * the pivot is among the lowest (McIlroy, "A Killer Adversary for Quicksort", 1999).
   */
  @Test
  void anAdversaryCannotMakeItSlow() {
    int size = 100_000;
    Integer[] elements = new Integer[size];
    Arrays.setAll(elements, i -> i);
    Map<Integer, Integer> solid = new HashMap<>();
    int[] candidate = {0};
    long[] compared = {0};
    PartialSort.sort(
        elements,
        0,
        size - 1,
        (x, y) -> {
          compared[0]++;
          if (!solid.containsKey(x) && !solid.containsKey(y)) {
            solid.put(x.equals(candidate[0]) ? x : y, solid.size());
          }
          if (!solid.containsKey(x)) {
            candidate[0] = x;
          } else if (!solid.containsKey(y)) {
            candidate[0] = y;
          }
          return Integer.compare(
              solid.getOrDefault(x, Integer.MAX_VALUE), solid.getOrDefault(y, Integer.MAX_VALUE));
        });
    assertThat(compared[0]).isLessThan(200L * size);
  }

  @Test
  void fewAreFoundAmongManyInLinearTime() {
    Random random = new Random(4);
    Integer[] elements = new Integer[200_000];
    Arrays.setAll(elements, i -> random.nextInt());
    long[] compared = {0};
    PartialSort.sort(
        elements,
        0,
        9,
        (x, y) -> {
          compared[0]++;
          return Integer.compare(x, y);
        });
    assertThat(compared[0]).isLessThan(5L * elements.length);
  }
}
