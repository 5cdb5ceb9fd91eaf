package dev.carillon.engine.command.family;

import dev.carillon.engine.command.CommandContext;
import dev.carillon.engine.reply.CommandError;
import dev.carillon.engine.reply.Errors;
import dev.carillon.engine.value.StreamId;
import dev.carillon.protocol.bytes.Bytes;
import dev.carillon.protocol.bytes.Numerals;
import org.jspecify.annotations.Nullable;

/**
 * Ids of entries as requests spell them: {@code <millis>-<sequence>} or {@code <millis>}; for some
 * commands {@code -} and {@code +} too, the lowest and the highest one.
 *
 * <p>Redis reads the two numbers with C's own function where they are no canonical integers, so
 * spaces, signs and zeros in front are taken as well, and what is behind a byte of zero is not
 * looked at (observed on 7.0.15).
 */
final class StreamIds {

  /** Redis copies ids into a buffer of this size, with a byte of zero behind them. */
  private static final int LENGTH_MAX = 127;

  private StreamIds() {}

  /** An argument that is an id; an id without a sequence has {@code sequence}. */
  static StreamId id(CommandContext ctx, int index, long sequence) {
    return required(parse(ctx.argument(index), sequence, false));
  }

  /** As {@link #id}, with a sequence of 0. */
  static StreamId id(CommandContext ctx, int index) {
    return id(ctx, index, 0);
  }

  /** As {@link #id(CommandContext, int)}, where {@code -} and {@code +} are ids too. */
  static StreamId idOrEdge(CommandContext ctx, int index) {
    return required(parse(ctx.argument(index), 0, true));
  }

  /** All arguments from an index up to another one, as ids. */
  static StreamId[] ids(CommandContext ctx, int from, int to) {
    StreamId[] ids = new StreamId[to - from];
    for (int i = from; i < to; i++) {
      ids[i - from] = id(ctx, i);
    }
    return ids;
  }

  /** The lower end of a range: {@code -}, an id, or one that is excluded, with a bracket. */
  static StreamId start(CommandContext ctx, int index) {
    Bytes text = ctx.argument(index);
    if (!isExclusive(text)) {
      return required(parse(text, 0, true));
    }
    StreamId excluded = required(parse(text.range(1, text.length()), 0, false));
    if (excluded.isMax()) {
      throw Errors.STREAM_START_ID.error();
    }
    return excluded.next();
  }

  /** The upper end of a range; an id without a sequence stands for all of its millisecond. */
  static StreamId end(CommandContext ctx, int index) {
    Bytes text = ctx.argument(index);
    if (!isExclusive(text)) {
      return required(parse(text, -1, true));
    }
    StreamId excluded = required(parse(text.range(1, text.length()), -1, false));
    if (excluded.isMin()) {
      throw Errors.STREAM_END_ID.error();
    }
    return excluded.previous();
  }

  private static boolean isExclusive(Bytes text) {
    return text.length() > 1 && text.at(0) == '(';
  }

  private static StreamId required(@Nullable StreamId id) {
    if (id == null) {
      throw invalid();
    }
    return id;
  }

  private static CommandError invalid() {
    return Errors.STREAM_ID.error();
  }

  /**
   * Reads an id.
   *
   * @param sequence that of an id that has none
   * @param withEdges whether {@code -} and {@code +} are ids
   * @return null if it is none
   */
  static @Nullable StreamId parse(Bytes argument, long sequence, boolean withEdges) {
    Bytes text = shown(argument);
    if (argument.length() > LENGTH_MAX) {
      return null;
    }
    if (withEdges && text.length() == 1 && text.at(0) == '-') {
      return StreamId.MIN;
    }
    if (withEdges && text.length() == 1 && text.at(0) == '+') {
      return StreamId.MAX;
    }
    int dash = dash(text);
    Bytes millis = text.range(0, dash);
    if (!Numerals.isUnsigned(millis)) {
      return null;
    }
    if (dash == text.length()) {
      return new StreamId(Numerals.toUnsigned(millis), sequence);
    }
    Bytes rest = text.range(dash + 1, text.length());
    return Numerals.isUnsigned(rest)
        ? new StreamId(Numerals.toUnsigned(millis), Numerals.toUnsigned(rest))
        : null;
  }

  /**
   * The id that XADD is to give an entry: {@code *}, {@code <millis>-*}, or an id.
   *
   * @param isGenerated whether the server chooses the whole id
   * @param millis the first half that was asked for
   * @param sequence the second half that was asked for
   * @param isSequenceGenerated whether the server chooses the second half
   */
  record Wanted(boolean isGenerated, long millis, long sequence, boolean isSequenceGenerated) {

    private static final Wanted ANY = new Wanted(true, 0, 0, true);

    static Wanted of(Bytes argument) {
      if (argument.isWord("*")) {
        return ANY;
      }
      Bytes text = shown(argument);
      int dash = dash(text);
      if (argument.length() <= LENGTH_MAX
          && text.length() == dash + 2
          && text.at(dash + 1) == '*') {
        Bytes millis = text.range(0, dash);
        if (!Numerals.isUnsigned(millis)) {
          throw invalid();
        }
        return new Wanted(false, Numerals.toUnsigned(millis), 0, true);
      }
      StreamId id = required(parse(argument, 0, false));
      return new Wanted(false, id.millis(), id.sequence(), false);
    }

    /** Whether the request itself says the whole id. */
    boolean isGiven() {
      return !isGenerated && !isSequenceGenerated;
    }

    /** Whether it is the one id that no entry can have. */
    boolean isZero() {
      return isGiven() && millis == 0 && sequence == 0;
    }

    /** The id for a stream whose last one is {@code last}. */
    StreamId behind(StreamId last, long nowMillis) {
      StreamId id;
      if (isGenerated) {
        id = last.compareTo(nowMillis, 0) < 0 ? new StreamId(nowMillis, 0) : last.next();
      } else if (isSequenceGenerated && last.millis() == millis) {
        if (last.sequence() == -1) {
          throw Errors.STREAM_ID_NOT_ABOVE_TOP.error();
        }
        id = last.next();
      } else {
        id = new StreamId(millis, sequence);
      }
      if (!id.isAfter(last)) {
        throw Errors.STREAM_ID_NOT_ABOVE_TOP.error();
      }
      return id;
    }
  }

  // ------------------------------------------------------------------------------------ numbers

  private static Bytes shown(Bytes text) {
    for (int i = 0; i < text.length(); i++) {
      if (text.at(i) == 0) {
        return text.range(0, i);
      }
    }
    return text;
  }

  private static int dash(Bytes text) {
    int i = 0;
    while (i < text.length() && text.at(i) != '-') {
      i++;
    }
    return i;
  }
}
