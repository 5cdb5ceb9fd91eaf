package dev.carillon.engine.command.family;

import dev.carillon.engine.command.CommandContext;
import dev.carillon.engine.reply.Errors;
import dev.carillon.protocol.bytes.Bytes;
import dev.carillon.protocol.bytes.Glob;
import org.jspecify.annotations.Nullable;

/**
 * What one step over the elements of a collection is asked for: SSCAN, HSCAN, ZSCAN.
 *
 * @param count about how many elements to visit
 * @param pattern what their names have to match, or null for anything
 * @param namesOnly whether HSCAN shall leave values out
 */
record ScanOptions(int count, @Nullable Bytes pattern, boolean namesOnly) {

  /** How many elements a step visits where the client does not say. */
  private static final int DEFAULT_COUNT = 10;

  private static final Bytes ANYTHING = Bytes.of("*");

  /**
   * The options of the request.
   *
   * @param from the index of the first one
   */
  static ScanOptions of(CommandContext ctx, int from) {
    int count = DEFAULT_COUNT;
    Bytes pattern = null;
    boolean namesOnly = false;
    for (int i = from; i < ctx.count(); i++) {
      boolean hasValue = i + 1 < ctx.count();
      if (hasValue && ctx.isWord(i, "COUNT")) {
        long wanted = ctx.longArgument(++i);
        if (wanted < 1) {
          throw Errors.SYNTAX.error();
        }
        count = (int) Math.min(wanted, Integer.MAX_VALUE);
      } else if (hasValue && ctx.isWord(i, "MATCH")) {
        pattern = ctx.argument(++i);
      } else if (ctx.isWord(i, "NOVALUES")) {
        if (!ctx.command().name().equals("hscan")) {
          throw Errors.NOVALUES_OUTSIDE_HSCAN.error();
        }
        namesOnly = true;
      } else {
        throw Errors.SYNTAX.error();
      }
    }
    // A star alone is no pattern, as in Redis: as one it would not match the empty string.
    boolean isAnything = pattern != null && pattern.equals(ANYTHING);
    return new ScanOptions(count, isAnything ? null : pattern, namesOnly);
  }

  /** Whether a name matches. */
  boolean admits(Bytes name) {
    return pattern == null || Glob.matches(pattern, name);
  }
}
