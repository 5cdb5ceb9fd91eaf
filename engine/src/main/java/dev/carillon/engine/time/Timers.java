package dev.carillon.engine.time;

import java.util.Arrays;
import java.util.Objects;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Timers of anything that has no node of its own: a {@link TimerWheel} over nodes that this class
 * keeps. Each timer is a number of at least 1, good until it is cancelled or due; numbers are used
 * again. O(1) for each timer. Engine thread only.
 *
 * @param <T> what a timer is for
 */
public final class Timers<T> {

  private static final int FIRST_NODES = 16;

  private final Nodes nodes = new Nodes();
  private @Nullable TimerWheel wheel;
  private @Nullable Object[] owners = new Object[FIRST_NODES];
  private int size;

  /** No timers. */
  public Timers() {}

  /** Links and deadlines; a free node's next link leads to the free node after it. */
  private static final class Nodes implements TimerNodes {
    private long[] deadlines = new long[FIRST_NODES];
    private int[] nexts = new int[FIRST_NODES];
    private int[] previouses = new int[FIRST_NODES];
    private int top = 1;
    private int free;

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

    private int take() {
      if (free != 0) {
        int id = free;
        free = nexts[id];
        nexts[id] = 0;
        return id;
      }
      if (top == nexts.length) {
        deadlines = Arrays.copyOf(deadlines, 2 * top);
        nexts = Arrays.copyOf(nexts, 2 * top);
        previouses = Arrays.copyOf(previouses, 2 * top);
      }
      return top++;
    }

    private void release(int id) {
      nexts[id] = free;
      previouses[id] = 0;
      free = id;
    }
  }

  /**
   * Sets a timer.
   *
   * @param deadlineMillis epoch milliseconds
   * @return its number
   */
  public int schedule(T owner, long deadlineMillis, long nowMillis) {
    int id = nodes.take();
    if (id >= owners.length) {
      owners = Arrays.copyOf(owners, nodes.nexts.length);
    }
    owners[id] = owner;
    nodes.deadlines[id] = Math.min(deadlineMillis, Long.MAX_VALUE - 1);
    TimerWheel turning = wheel;
    if (turning == null) {
      turning = new TimerWheel(nodes, nowMillis);
      wheel = turning;
    }
    turning.schedule(id);
    size++;
    return id;
  }

  /** Forgets a timer that is not due yet. */
  public void cancel(int id) {
    Objects.requireNonNull(wheel).cancel(id);
    forget(id);
  }

  private void forget(int id) {
    owners[id] = null;
    nodes.release(id);
    size--;
  }

  /**
   * Hands out the owners of due timers, earliest first; their numbers are free already.
   *
   * @param budget how many at most
   * @return what is left of the budget; 0 if there may be more
   */
  @SuppressWarnings("unchecked")
  public int advance(long nowMillis, int budget, Consumer<T> due) {
    TimerWheel turning = wheel;
    if (turning == null) {
      return budget;
    }
    return turning.advance(
        nowMillis,
        budget,
        id -> {
          T owner = (T) Objects.requireNonNull(owners[id]);
          forget(id);
          due.accept(owner);
        });
  }

  /** The earliest time at which {@link #advance} has something to do; never later than a timer. */
  public long nextDeadlineMillis() {
    return wheel == null ? Long.MAX_VALUE : wheel.nextDeadlineMillis();
  }

  /** How many timers there are. */
  public int size() {
    return size;
  }
}
