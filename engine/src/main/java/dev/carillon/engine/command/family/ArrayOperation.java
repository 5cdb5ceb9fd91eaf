package dev.carillon.engine.command.family;

import dev.carillon.engine.command.CommandContext;
import dev.carillon.engine.reply.Errors;
import dev.carillon.engine.value.ArrayValue;
import dev.carillon.protocol.bytes.Bytes;
import dev.carillon.protocol.bytes.Numerals;
import org.jspecify.annotations.Nullable;

/**
 * AROP: one number out of the elements of a range. Elements that are no numbers are passed over;
 * where bits are combined numbers lose their fractions, and those too large for an integer are
 * passed over as well. Where none is left there is nothing to answer.
 */
enum ArrayOperation {
  SUM,
  MIN,
  MAX,
  AND,
  OR,
  XOR,
  /** How many elements are equal to a given one. */
  MATCH,
  /** How many elements are set. */
  USED;

  private static final ArrayOperation[] ALL = values();

  /** 2^63, from which on a number is no integer any more. */
  private static final double MAX_INTEGER = 0x1p63;

  static void arop(CommandContext ctx) {
    long from = ArrayCommands.index(ctx, 2);
    long to = ArrayCommands.index(ctx, 3);
    ArrayOperation operation = of(ctx.argument(4));
    if (operation == null) {
      throw Errors.ARRAY_OPERATION.error();
    } else if (operation == MATCH && ctx.count() != 6) {
      throw Errors.ARRAY_MATCH.error();
    } else if (operation != MATCH && ctx.count() != 5) {
      throw Errors.WRONG_ARITY.error(ctx.command().name());
    }
    Bytes sought = operation == MATCH ? ctx.argument(5) : Bytes.EMPTY;
    ArrayValue array = ArrayCommands.read(ctx);
    Result result = new Result(operation, sought);
    if (array != null) {
      array.visit(
          from,
          to,
          (index, value) -> {
            result.take(value);
            return true;
          });
    }
    result.answer(ctx);
  }

  private static @Nullable ArrayOperation of(Bytes word) {
    for (ArrayOperation operation : ALL) {
      if (word.isWord(operation.name())) {
        return operation;
      }
    }
    return null;
  }

  /** What the elements so far come to. */
  private static final class Result {
    private final ArrayOperation operation;
    private final Bytes sought;

    /** How many elements took part. */
    private long taken;

    /** The result where it is an integer: a sum as long as all are, a combination, a count. */
    private long integer;

    /** The result as a real number. */
    private double real;

    private boolean isInteger = true;

    Result(ArrayOperation operation, Bytes sought) {
      this.operation = operation;
      this.sought = sought;
    }

    void take(Bytes value) {
      switch (operation) {
        case USED -> taken++;
        case MATCH -> taken += value.equals(sought) ? 1 : 0;
        case SUM, MIN, MAX -> takeNumber(value);
        case AND, OR, XOR -> takeBits(value);
      }
    }

    private void takeBits(Bytes value) {
      boolean isWhole = Numerals.isLong(value);
      double number = isWhole ? 0 : Numerals.parseDouble(value);
      if (Double.isNaN(number) || Math.abs(number) > MAX_INTEGER) {
        return;
      }
      long bits = isWhole ? Numerals.toLong(value) : (long) number;
      integer =
          taken == 0
              ? bits
              : switch (operation) {
                case AND -> integer & bits;
                case OR -> integer | bits;
                default -> integer ^ bits;
              };
      taken++;
    }

    private void takeNumber(Bytes value) {
      boolean isWhole = Numerals.isLong(value);
      long whole = isWhole ? Numerals.toLong(value) : 0;
      double number = isWhole ? whole : Numerals.parseDouble(value);
      if (Double.isNaN(number)) {
        return;
      }
      if (operation == SUM) {
        add(isWhole, whole, number);
      } else if (taken == 0 || precedes(isWhole, whole, number)) {
        isInteger = isWhole;
        integer = whole;
        real = number;
      }
      taken++;
    }

    private void add(boolean isWhole, long whole, double number) {
      long sum = integer + whole;
      boolean overflows = ((integer ^ sum) & (whole ^ sum)) < 0;
      isInteger &= isWhole && !overflows;
      integer = sum;
      real += number;
    }

    /** Whether a number comes before the one that was the lowest, or highest, so far. */
    private boolean precedes(boolean isWhole, long whole, double number) {
      int order =
          isWhole && isInteger ? Long.compare(whole, integer) : Double.compare(number, real);
      return operation == MIN ? order < 0 : order > 0;
    }

    void answer(CommandContext ctx) {
      switch (operation) {
        case USED, MATCH -> ctx.reply().integer(taken);
        case SUM, MIN, MAX, AND, OR, XOR -> {
          if (taken == 0) {
            ctx.reply().nil();
          } else if (operation == SUM || operation == MIN || operation == MAX) {
            ctx.reply().bulk(isInteger ? Numerals.of(integer) : Numerals.of(real));
          } else {
            ctx.reply().integer(integer);
          }
        }
      }
    }
  }
}
