package dev.carillon.engine.command.family;

import dev.carillon.engine.command.CommandContext;
import dev.carillon.engine.keyspace.SortedSetView;
import dev.carillon.engine.reply.Errors;
import dev.carillon.protocol.bytes.Bytes;
import dev.carillon.protocol.bytes.Numerals;

/**
 * A part of a sorted set as requests say it: by rank, by score, or by the bytes of members. What it
 * means in a given sorted set is a first rank and a last one, from {@link #in}.
 */
sealed interface SortedSetRange {

  /** The ways to say a range. */
  enum Kind {
    RANK,
    SCORE,
    LEX;

    /** The range between two arguments; refuses what is none. */
    SortedSetRange between(CommandContext ctx, int minIndex, int maxIndex) {
      return switch (this) {
        case RANK -> new ByRank(ctx.longArgument(minIndex), ctx.longArgument(maxIndex));
        case SCORE -> ByScore.of(ctx.argument(minIndex), ctx.argument(maxIndex));
        case LEX -> ByLex.of(ctx.argument(minIndex), ctx.argument(maxIndex));
      };
    }
  }

  /** The ranks that the range covers in a sorted set. */
  Ranks in(SortedSetView view);

  /**
   * Ranks from one (inclusive) to another one (exclusive); none where they are equal.
   *
   * @param from the first rank
   * @param to behind the last rank
   */
  record Ranks(int from, int to) {

    private static final Ranks NONE = new Ranks(0, 0);

    static Ranks of(long from, long to) {
      return from < to ? new Ranks((int) from, (int) to) : NONE;
    }

    int count() {
      return to - from;
    }

    /**
     * What is left after some are passed by and the rest is limited.
     *
     * @param offset how many are passed by; negative passes all by
     * @param limit how many are kept at most; negative keeps all
     * @param fromEnd whether ranks are gone through from the highest to the lowest
     */
    Ranks slice(long offset, long limit, boolean fromEnd) {
      if (offset < 0 || offset >= count()) {
        return NONE;
      }
      long left = count() - offset;
      long kept = limit < 0 ? left : Math.min(limit, left);
      return fromEnd
          ? of(to - offset - kept, to - offset)
          : of(from + offset, from + offset + kept);
    }
  }

  /** From one index to another, both included; negative ones count from the end. */
  record ByRank(long start, long end) implements SortedSetRange {

    @Override
    public Ranks in(SortedSetView view) {
      int size = view.size();
      return Ranks.of(IndexRange.first(start, size), Math.min(last(size), size - 1) + 1);
    }

    private long last(int size) {
      return end < 0 ? end + size : end;
    }

    /** The same, where indexes count from the member with the highest score. */
    Ranks fromEndIn(SortedSetView view) {
      Ranks ranks = in(view);
      int size = view.size();
      return Ranks.of(size - ranks.to, size - ranks.from);
    }
  }

  /** Between two scores. */
  record ByScore(double min, boolean minExcluded, double max, boolean maxExcluded)
      implements SortedSetRange {

    static ByScore of(Bytes min, Bytes max) {
      boolean minExcluded = isExcluded(min);
      boolean maxExcluded = isExcluded(max);
      return new ByScore(
          bound(min, minExcluded), minExcluded, bound(max, maxExcluded), maxExcluded);
    }

    private static boolean isExcluded(Bytes text) {
      return !text.isEmpty() && text.at(0) == '(';
    }

    private static double bound(Bytes text, boolean isExcluded) {
      double bound = Numerals.parseBound(isExcluded ? text.range(1, text.length()) : text);
      if (Double.isNaN(bound)) {
        throw Errors.RANGE_NOT_FLOATS.error();
      }
      return bound;
    }

    @Override
    public Ranks in(SortedSetView view) {
      if (min > max || (min == max && (minExcluded || maxExcluded))) {
        return Ranks.NONE;
      }
      return Ranks.of(view.countBelow(min, minExcluded), view.countBelow(max, !maxExcluded));
    }
  }

  /** Between two members, where all scores are equal. */
  record ByLex(Lex min, Lex max) implements SortedSetRange {

    static ByLex of(Bytes min, Bytes max) {
      return new ByLex(Lex.of(min), Lex.of(max));
    }

    @Override
    public Ranks in(SortedSetView view) {
      return Ranks.of(min.below(view, min.isExcluded), max.below(view, !max.isExcluded));
    }
  }

  /**
   * A bound by bytes.
   *
   * @param sign below 0 for less than anything, above 0 for more than anything, else 0
   */
  record Lex(int sign, Bytes member, boolean isExcluded) {

    static Lex of(Bytes text) {
      int length = text.length();
      char first = length == 0 ? 0 : (char) text.at(0);
      if (first == '(' || first == '[') {
        return new Lex(0, text.range(1, length), first == '(');
      }
      if (length != 1 || (first != '-' && first != '+')) {
        throw Errors.RANGE_NOT_STRINGS.error();
      }
      return new Lex(first == '-' ? -1 : 1, Bytes.EMPTY, false);
    }

    private int below(SortedSetView view, boolean orEqual) {
      return sign == 0 ? view.countBelow(member, orEqual) : sign < 0 ? 0 : view.size();
    }
  }
}
