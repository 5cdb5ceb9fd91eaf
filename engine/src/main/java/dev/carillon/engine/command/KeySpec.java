package dev.carillon.engine.command;

import dev.carillon.protocol.resp.Request;
import java.util.function.IntConsumer;

/**
 * Which arguments of a request are keys.
 *
 * @param first the index of the first key, 0 if there is none
 * @param last the index of the last key; -1 is the last argument, -2 the one before it
 * @param step from one key to the next
 * @param finder names the keys where the three numbers cannot, or null
 */
public record KeySpec(
    int first, int last, int step, @org.jspecify.annotations.Nullable Finder finder) {

  /** The command has no keys. */
  public static final KeySpec NONE = new KeySpec(0, 0, 0, null);

  /** Names the key arguments of a request whose place depends on other arguments. */
  @FunctionalInterface
  public interface Finder {
    /** Tells {@code index} the index of each key argument, in order. */
    void find(Request request, IntConsumer index);
  }

  /** One key at {@code index}. */
  public static KeySpec one(int index) {
    return new KeySpec(index, index, 1, null);
  }

  /** Keys from {@code first} to {@code last} in steps. */
  public static KeySpec range(int first, int last, int step) {
    return new KeySpec(first, last, step, null);
  }

  /** Keys behind a count of them at {@code countIndex}, in steps (MSETEX: 2, others 1). */
  public static KeySpec counted(int countIndex, int step) {
    return new KeySpec(
        0,
        0,
        0,
        (request, index) -> {
          long count = 0;
          try {
            count = Long.parseLong(request.argument(countIndex).toLatin1());
          } catch (NumberFormatException e) {
            return;
          }
          for (long i = 0; i < count; i++) {
            long at = countIndex + 1 + i * step;
            if (at >= request.count()) {
              return;
            }
            index.accept((int) at);
          }
        });
  }

  /** Tells {@code index} the index of each key argument of a request, in order. */
  public void forEachKey(Request request, IntConsumer index) {
    if (finder != null) {
      finder.find(request, index);
    } else if (first > 0) {
      int end = last < 0 ? request.count() + last : last;
      for (int i = first; i <= end && i < request.count(); i += step) {
        index.accept(i);
      }
    }
  }
}
