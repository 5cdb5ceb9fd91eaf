package dev.carillon.engine.time;

import java.util.Arrays;

/** Timer nodes in plain arrays, with links that begin as rubbish, as an owner's may. */
class ArrayNodes implements TimerNodes {
  private final long[] deadlines;
  private final int[] nexts;
  private final int[] previouses;

  ArrayNodes(int count) {
    deadlines = new long[count + 1];
    nexts = new int[count + 1];
    previouses = new int[count + 1];
    Arrays.fill(nexts, -7);
    Arrays.fill(previouses, -7);
  }

  /** Sets a node's deadline. */
  void deadline(int id, long millis) {
    deadlines[id] = millis;
  }

  @Override
  public long deadline(int id) {
    return deadlines[id];
  }

  @Override
  public int next(int id) {
    return nexts[id];
  }

  @Override
  public int previous(int id) {
    return previouses[id];
  }

  @Override
  public void next(int id, int other) {
    nexts[id] = other;
  }

  @Override
  public void previous(int id, int other) {
    previouses[id] = other;
  }
}
