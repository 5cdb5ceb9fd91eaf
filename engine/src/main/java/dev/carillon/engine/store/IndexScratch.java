package dev.carillon.engine.store;

import java.util.ArrayDeque;
import java.util.Arrays;

/**
 * Arrays that an index needs while it splits, merges or walks. They are shared by all indexes of
 * one pool, because a server may have a million of them and only one is at work at a time. Owned by
 * the engine thread.
 */
final class IndexScratch {

  /** The hashes and ids of the segment that is being taken apart; nobody is called meanwhile. */
  long[] hashes = new long[256];

  int[] ids = new int[256];

  private final ArrayDeque<Visits> free = new ArrayDeque<>();

  /**
   * The ids that a scan visits next. Each scan that is under way has its own: a visitor may walk
   * another index.
   */
  static final class Visits {
    int[] ids = new int[64];

    void reserve(int count) {
      if (count > ids.length) {
        ids = Arrays.copyOf(ids, Math.max(count, ids.length * 2));
      }
    }
  }

  void reserve(int count) {
    if (count > ids.length) {
      ids = Arrays.copyOf(ids, Math.max(count, ids.length * 2));
      hashes = Arrays.copyOf(hashes, ids.length);
    }
  }

  Visits borrow() {
    Visits visits = free.pollLast();
    return visits != null ? visits : new Visits();
  }

  void giveBack(Visits visits) {
    free.addLast(visits);
  }
}
