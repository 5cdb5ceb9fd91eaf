package dev.carillon.engine.pattern;

import org.jspecify.annotations.Nullable;

/**
 * The patterns that share one place of a home: a doubly linked list through the patterns, newest
 * first.
 *
 * @param <T> the subscribers
 */
final class Bucket<T> {

  @Nullable IndexedPattern<T> first;
  int size;

  void add(IndexedPattern<T> pattern) {
    pattern.next = first;
    if (first != null) {
      first.previous = pattern;
    }
    first = pattern;
    size++;
  }

  /** Removes a pattern that is in this bucket. O(1). */
  void remove(IndexedPattern<T> pattern) {
    if (pattern.previous == null) {
      first = pattern.next;
    } else {
      pattern.previous.next = pattern.next;
    }
    if (pattern.next != null) {
      pattern.next.previous = pattern.previous;
    }
    pattern.previous = null;
    pattern.next = null;
    size--;
  }
}
