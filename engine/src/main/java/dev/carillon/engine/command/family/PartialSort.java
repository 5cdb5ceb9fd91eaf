package dev.carillon.engine.command.family;

import java.util.Arrays;
import java.util.Comparator;

/**
 * Puts a range of an array into the order that it would have if all were sorted, and leaves what
 * belongs before and behind it in any order.
 *
 * <p>This is the quicksort of Bentley and McIlroy ("Engineering a Sort Function", Software —
 * Practice and Experience 23 (11), 1993), which does not descend into parts of which nothing is
 * wanted: O(n + wanted log wanted) on average. Redis uses the same one, and that decides here which
 * of several equal elements comes first, or at all: clients that take the nearest ten of a hundred
 * get the same ten from both.
 *
 * <p>Elements that make a quicksort slow are no danger: from some depth on a part is sorted by the
 * JDK, which never needs more than O(n log n).
 */
final class PartialSort {

  /**
   * Parts of fewer elements are sorted by insertion, and the middle one is the pivot of as many.
   */
  private static final int FEW = 7;

  /** From here on the pivot is the median of three medians. */
  private static final int MANY = 40;

  /** Chosen: twice the depth of a good choice of pivots for 2^31 elements. */
  private static final int DEPTH_MAX = 62;

  private PartialSort() {}

  /** Puts what belongs from {@code first} to {@code last}, both included, where it belongs. */
  static <T> void sort(T[] elements, int first, int last, Comparator<? super T> order) {
    sort(elements, 0, elements.length, first, last, order, 0);
  }

  private static <T> void sort(
      T[] a, int begin, int end, int first, int last, Comparator<? super T> order, int depth) {
    int from = begin;
    int size = end - begin;
    int descended = depth;
    while (size >= FEW) {
      if (++descended > DEPTH_MAX) {
        Arrays.sort(a, from, from + size, order);
        return;
      }
      swap(a, from, pivot(a, from, size, order));
      // From both ends inwards: equal elements are first collected at the outer ends.
      int behind = from + size;
      int equalLow = from + 1;
      int low = from + 1;
      int high = behind - 1;
      int equalHigh = behind - 1;
      while (true) {
        int compared;
        while (low <= high && (compared = order.compare(a[low], a[from])) <= 0) {
          if (compared == 0) {
            swap(a, equalLow++, low);
          }
          low++;
        }
        while (low <= high && (compared = order.compare(a[high], a[from])) >= 0) {
          if (compared == 0) {
            swap(a, high, equalHigh--);
          }
          high--;
        }
        if (low > high) {
          break;
        }
        swap(a, low++, high--);
      }
      // Then they are brought to the middle.
      int lower = low - equalLow;
      int higher = equalHigh - high;
      swap(a, from, low, Math.min(equalLow - from, lower));
      swap(a, low, behind, Math.min(higher, behind - equalHigh - 1));
      if (lower > 1 && from <= last && from + lower > first) {
        sort(a, from, from + lower, first, last, order, descended);
      }
      if (higher <= 1 || behind - higher > last || behind <= first) {
        return;
      }
      from = behind - higher;
      size = higher;
    }
    for (int i = from + 1; i < from + size; i++) {
      for (int j = i; j > from && order.compare(a[j - 1], a[j]) > 0; j--) {
        swap(a, j, j - 1);
      }
    }
  }

  private static <T> int pivot(T[] a, int from, int size, Comparator<? super T> order) {
    int middle = from + size / 2;
    if (size == FEW) {
      return middle;
    }
    int low = from;
    int high = from + size - 1;
    if (size > MANY) {
      int step = size / 8;
      low = median(a, low, low + step, low + 2 * step, order);
      middle = median(a, middle - step, middle, middle + step, order);
      high = median(a, high - 2 * step, high - step, high, order);
    }
    return median(a, low, middle, high, order);
  }

  private static <T> int median(T[] a, int x, int y, int z, Comparator<? super T> order) {
    if (order.compare(a[x], a[y]) < 0) {
      return order.compare(a[y], a[z]) < 0 ? y : order.compare(a[x], a[z]) < 0 ? z : x;
    }
    return order.compare(a[y], a[z]) > 0 ? y : order.compare(a[x], a[z]) < 0 ? x : z;
  }

  private static <T> void swap(T[] a, int one, int other) {
    T element = a[one];
    a[one] = a[other];
    a[other] = element;
  }

  /** Exchanges as many elements from one place on with those that end before another. */
  private static <T> void swap(T[] a, int from, int end, int count) {
    for (int i = 0; i < count; i++) {
      swap(a, from + i, end - count + i);
    }
  }
}
