package dev.carillon.engine.command.family;

import dev.carillon.engine.command.CommandContext;
import dev.carillon.engine.reply.Errors;
import dev.carillon.protocol.bytes.Bytes;
import dev.carillon.protocol.bytes.ExtendedReal;
import dev.carillon.protocol.bytes.Numerals;

/** How long blocking commands wait: 0 for ever. */
final class Timeout {

  private Timeout() {}

  /**
   * Until when a request waits that says it in seconds, in epoch milliseconds; {@link
   * Long#MAX_VALUE} for ever. Fractions of a millisecond count as a whole one.
   *
   * @param index of the argument with the seconds
   */
  static long deadlineMillis(CommandContext ctx, int index) {
    double seconds = Numerals.parseDouble(ctx.argument(index));
    if (Double.isNaN(seconds)) {
      seconds = beyondDouble(ctx.argument(index));
    }
    double millis = Math.ceil(seconds * 1000);
    if (millis > Long.MAX_VALUE - ctx.nowMillis()) {
      throw Errors.TIMEOUT_OUT_OF_RANGE.error();
    }
    if (millis < 0) {
      throw Errors.TIMEOUT_NEGATIVE.error();
    }
    return millis == 0 ? Long.MAX_VALUE : ctx.nowMillis() + (long) millis;
  }

  /** What is a number for Redis and too large or too small for a double, as the nearest to it. */
  private static double beyondDouble(Bytes text) {
    ExtendedReal real = ExtendedReal.parse(text);
    if (real == null) {
      throw Errors.TIMEOUT_NOT_A_FLOAT.error();
    }
    double nearest = real.value().doubleValue();
    return nearest == 0 ? Math.copySign(Double.MIN_VALUE, real.value().signum()) : nearest;
  }

  /**
   * Until when a request waits that says it in whole milliseconds, in epoch milliseconds; {@link
   * Long#MAX_VALUE} for ever.
   *
   * @param index of the argument with the milliseconds
   */
  static long deadlineOfMillis(CommandContext ctx, int index) {
    long millis = ctx.longArgument(index, Errors.TIMEOUT_NOT_AN_INTEGER.error());
    if (millis < 0) {
      throw Errors.TIMEOUT_NEGATIVE.error();
    }
    if (millis > Long.MAX_VALUE - ctx.nowMillis()) {
      throw Errors.TIMEOUT_OUT_OF_RANGE.error();
    }
    return millis == 0 ? Long.MAX_VALUE : ctx.nowMillis() + millis;
  }
}
