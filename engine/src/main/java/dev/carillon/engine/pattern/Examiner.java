package dev.carillon.engine.pattern;

import dev.carillon.protocol.bytes.Bytes;
import dev.carillon.protocol.bytes.Glob;
import java.util.Arrays;

/**
 * The judge of candidates: of each pattern that a home meets on the way along a channel it decides
 * whether it matches, and tells the subscribers of those that do.
 *
 * <p>Glob runs at most once per pattern and match, however often a gram of the pattern occurs in
 * the channel, because a run is compared in place first. Allocates nothing.
 *
 * @param <T> the subscribers
 */
final class Examiner<T> {

  private final Bytes text = Bytes.view();
  private boolean matching;
  private long matches;
  private long candidates;

  /** Begins a match of a channel, which is read where it lies until {@link #end}. */
  void begin(byte[] channel, int offset, int length) {
    matching = true;
    matches++;
    text.pointTo(channel, offset, length);
  }

  /** Ends a match and forgets its channel. */
  void end() {
    text.pointTo(Bytes.EMPTY.array(), 0, 0);
    matching = false;
  }

  /** Whether a match runs. */
  boolean matching() {
    return matching;
  }

  /** How many patterns were looked at by all matches so far, matching or not. */
  long candidates() {
    return candidates;
  }

  /**
   * Examines the patterns of a place to which their literals led.
   *
   * @param length of the channel in bytes
   */
  void examine(Bucket<T> bucket, int length, PatternIndex.Matched<? super T> consumer) {
    for (IndexedPattern<T> pattern = bucket.first; pattern != null; pattern = pattern.next) {
      candidates++;
      boolean matches =
          switch (pattern.proof) {
            case LITERAL -> length > 0; // not even a star matches the empty channel
            case WHOLE -> pattern.literal.length == length;
            case NONE -> Glob.matches(pattern.glob, text);
          };
      if (matches) {
        pattern.audience.tell(pattern.glob, consumer);
      }
    }
  }

  /** Examines the patterns of a gram that begins at {@code gramAt} of the channel. */
  void examineRuns(Bucket<T> bucket, int gramAt, PatternIndex.Matched<? super T> consumer) {
    for (IndexedPattern<T> pattern = bucket.first; pattern != null; pattern = pattern.next) {
      candidates++;
      if (pattern.examined != matches && hasRunAt(pattern.literal, gramAt - pattern.window)) {
        pattern.examined = matches;
        if (pattern.proof == IndexedPattern.Proof.LITERAL || Glob.matches(pattern.glob, text)) {
          pattern.audience.tell(pattern.glob, consumer);
        }
      }
    }
  }

  private boolean hasRunAt(byte[] run, int at) {
    if (at < 0 || at + run.length > text.length()) {
      return false;
    }
    int from = text.offset() + at;
    return Arrays.equals(run, 0, run.length, text.array(), from, from + run.length);
  }
}
