package dev.carillon.engine.command.family;

import dev.carillon.engine.command.CommandContext;
import dev.carillon.engine.keyspace.Entry;
import dev.carillon.engine.reply.Errors;
import dev.carillon.protocol.bytes.Bytes;
import org.jspecify.annotations.Nullable;

/**
 * The words by which SET, GETEX, MSETEX and INCREX say what becomes of a deadline. Not every
 * command knows every word, and no two different ones go together; the same one twice is no
 * contradiction and the last counts (observed on 7.0.15), except with INCREX.
 */
enum ExpiryOption {
  EX(true, true),
  PX(false, true),
  EXAT(true, false),
  PXAT(false, false),
  /** The deadline stays as it is. */
  KEEPTTL,
  /** The deadline goes. */
  PERSIST;

  private final boolean timed;
  private final boolean inSeconds;
  private final boolean relative;

  ExpiryOption(boolean inSeconds, boolean relative) {
    this.timed = true;
    this.inSeconds = inSeconds;
    this.relative = relative;
  }

  ExpiryOption() {
    this.timed = false;
    this.inSeconds = false;
    this.relative = false;
  }

  /** The option that {@code word} spells in letters of either case, or null. Allocates nothing. */
  static @Nullable ExpiryOption of(Bytes word) {
    return switch (word.length()) {
      case 2 -> word.isWord("EX") ? EX : word.isWord("PX") ? PX : null;
      case 4 -> word.isWord("EXAT") ? EXAT : word.isWord("PXAT") ? PXAT : null;
      case 7 -> word.isWord("KEEPTTL") ? KEEPTTL : word.isWord("PERSIST") ? PERSIST : null;
      default -> null;
    };
  }

  /** Whether a number follows the word. */
  boolean isTimed() {
    return timed;
  }

  /** Whether the number counts seconds; otherwise milliseconds. */
  boolean isInSeconds() {
    return inSeconds;
  }

  /** Whether the number counts from now, so that a replay needs the deadline instead. */
  boolean isRelative() {
    return relative;
  }

  /** Whether the request said something else before. */
  boolean contradicts(@Nullable ExpiryOption before) {
    return before != null && before != this;
  }

  /**
   * The deadline that an option with the number at {@code index} means, or {@link
   * Entry#NO_DEADLINE}; refuses what Redis refuses.
   *
   * @param option null if the request has none
   */
  static long deadlineMillis(CommandContext ctx, @Nullable ExpiryOption option, int index) {
    return option == null || !option.timed
        ? Entry.NO_DEADLINE
        : option.deadlineMillis(ctx, ctx.longArgument(index));
  }

  private long deadlineMillis(CommandContext ctx, long number) {
    if (number <= 0 || inSeconds && number > Long.MAX_VALUE / 1000) {
      throw Errors.INVALID_EXPIRE.error(ctx.command().name());
    }
    long millis = inSeconds ? number * 1000 : number;
    if (!relative) {
      return millis;
    }
    if (millis > Long.MAX_VALUE - ctx.nowMillis()) {
      throw Errors.INVALID_EXPIRE.error(ctx.command().name());
    }
    return ctx.nowMillis() + millis;
  }
}
