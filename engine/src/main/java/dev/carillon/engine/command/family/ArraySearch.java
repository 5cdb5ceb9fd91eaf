package dev.carillon.engine.command.family;

import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;
import dev.carillon.engine.command.CommandContext;
import dev.carillon.engine.reply.Errors;
import dev.carillon.engine.value.ArrayValue;
import dev.carillon.protocol.bytes.Bytes;
import dev.carillon.protocol.bytes.Glob;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** ARGREP: which elements of a range fit one, or all, of some descriptions. */
final class ArraySearch {

  /** Stands for the index of the highest element, which is known later; itself it is no index. */
  private static final long END = ArrayValue.CURSOR_EXHAUSTED;

  private static final Bytes LOWEST = Bytes.of("-");
  private static final Bytes HIGHEST = Bytes.of("+");

  // As in Redis.
  private static final int PREDICATES_MAX = 250;
  private static final int EXPRESSION_BYTES_MAX = 2048;

  private ArraySearch() {}

  /** Whether an element fits a description. */
  @FunctionalInterface
  private interface Predicate {
    boolean fits(Bytes element);
  }

  /**
   * What the words behind the range ask for.
   *
   * @param all whether an element has to fit all descriptions, not only one
   */
  private record Options(List<Predicate> predicates, boolean all, long limit, boolean withValues) {

    static Options of(CommandContext ctx) {
      boolean ignoringCase = false;
      boolean all = false;
      boolean withValues = false;
      long limit = Long.MAX_VALUE;
      List<Integer> descriptions = new ArrayList<>();
      for (int i = 4; i < ctx.count(); i++) {
        boolean hasOperand = i + 1 < ctx.count();
        if (isKind(ctx, i) && hasOperand) {
          if (descriptions.size() == PREDICATES_MAX) {
            throw Errors.ARRAY_PREDICATES.error(PREDICATES_MAX);
          }
          if (ctx.isWord(i, "RE") && ctx.argument(i + 1).length() > EXPRESSION_BYTES_MAX) {
            throw Errors.ARRAY_REGEX_LENGTH.error(EXPRESSION_BYTES_MAX);
          }
          descriptions.add(i++);
        } else if (ctx.isWord(i, "LIMIT") && hasOperand) {
          limit = ArrayCommands.limit(ctx, ++i);
        } else if (ctx.isWord(i, "AND")) {
          all = true;
        } else if (ctx.isWord(i, "OR")) {
          all = false;
        } else if (ctx.isWord(i, "WITHVALUES")) {
          withValues = true;
        } else if (ctx.isWord(i, "NOCASE")) {
          ignoringCase = true;
        } else {
          throw Errors.SYNTAX.error();
        }
      }
      if (descriptions.isEmpty()) {
        throw Errors.SYNTAX.error();
      }
      // Only now it is known whether case counts.
      List<Predicate> predicates = new ArrayList<>();
      for (int i : descriptions) {
        predicates.add(predicate(ctx, i, ignoringCase));
      }
      return new Options(predicates, all, limit, withValues);
    }

    boolean fit(Bytes element) {
      for (Predicate predicate : predicates) {
        if (predicate.fits(element) != all) {
          return !all;
        }
      }
      return all;
    }
  }

  private static boolean isKind(CommandContext ctx, int i) {
    return ctx.isWord(i, "EXACT")
        || ctx.isWord(i, "MATCH")
        || ctx.isWord(i, "GLOB")
        || ctx.isWord(i, "RE");
  }

  private static Predicate predicate(CommandContext ctx, int i, boolean ignoringCase) {
    Bytes operand = ctx.argument(i + 1);
    if (ctx.isWord(i, "GLOB")) {
      return ignoringCase
          ? element -> Glob.matchesIgnoringCase(operand, element)
          : element -> Glob.matches(operand, element);
    }
    if (ctx.isWord(i, "RE")) {
      Pattern pattern = compile(operand, ignoringCase);
      return element -> pattern.matcher(element.toLatin1()).find();
    }
    Literal literal = new Literal(operand, ignoringCase);
    return ctx.isWord(i, "EXACT") ? literal::isAllOf : literal::isFoundIn;
  }

  /**
   * A char stands for a byte. RE2 takes time that is linear in the text, whatever the expression;
   * {@code java.util.regex} takes exponential time for some.
   */
  private static Pattern compile(Bytes expression, boolean ignoringCase) {
    if (expression.isEmpty()) {
      throw Errors.ARRAY_REGEX_EMPTY.error();
    }
    int flags = Pattern.DOTALL | (ignoringCase ? Pattern.CASE_INSENSITIVE : 0);
    try {
      return Pattern.compile(expression.toLatin1(), flags);
    } catch (PatternSyntaxException invalid) {
      if (isBackreference(invalid.getPattern())) {
        throw Errors.ARRAY_REGEX_BACKREFERENCE.error();
      }
      throw Errors.ARRAY_REGEX.error(invalid.getDescription());
    }
  }

  /** To RE2 this is a wrong escape sequence; to others, what a group has matched. */
  private static boolean isBackreference(String part) {
    return part.length() > 1
        && part.charAt(0) == '\\'
        && part.charAt(1) >= '1'
        && part.charAt(1) <= '9';
  }

  static void argrep(CommandContext ctx) {
    long from = bound(ctx, 2);
    long to = bound(ctx, 3);
    Options options = Options.of(ctx);
    ArrayValue array = ArrayCommands.read(ctx);
    ArrayCommands.Found found =
        new ArrayCommands.Found(ctx.reply(), options.limit, options.withValues);
    if (array != null) {
      // The end is where the highest element is: a range that begins behind it goes back to it.
      long highest = array.length() - 1;
      array.visit(
          from == END ? highest : from,
          to == END ? highest : to,
          (index, value) -> !options.fit(value) || found.add(index, value));
    }
    found.end();
  }

  private static long bound(CommandContext ctx, int argument) {
    Bytes text = ctx.argument(argument);
    if (text.equals(LOWEST)) {
      return 0;
    }
    return text.equals(HIGHEST) ? END : ArrayCommands.index(ctx, argument);
  }

  /**
   * Bytes that are looked for in others, in time proportional to both (Knuth, Morris and Pratt,
   * "Fast Pattern Matching in Strings", 1977).
   */
  private static final class Literal {
    private final byte[] sought;
    private final boolean ignoringCase;

    /** How many bytes still match where so many did and the next one does not; made when needed. */
    private int @Nullable [] shorter;

    Literal(Bytes sought, boolean ignoringCase) {
      this.sought = sought.toByteArray();
      this.ignoringCase = ignoringCase;
      for (int i = 0; i < this.sought.length; i++) {
        this.sought[i] = folded(this.sought[i]);
      }
    }

    private byte folded(byte c) {
      return ignoringCase && c >= 'A' && c <= 'Z' ? (byte) (c + ('a' - 'A')) : c;
    }

    boolean isAllOf(Bytes text) {
      return text.length() == sought.length && isFoundIn(text);
    }

    boolean isFoundIn(Bytes text) {
      if (sought.length == 0) {
        return true;
      }
      int[] fallback = fallback();
      int matched = 0;
      for (int i = 0; i < text.length(); i++) {
        byte c = folded(text.at(i));
        while (matched > 0 && sought[matched] != c) {
          matched = fallback[matched];
        }
        if (sought[matched] == c && ++matched == sought.length) {
          return true;
        }
      }
      return false;
    }

    private int[] fallback() {
      int[] known = shorter;
      if (known == null) {
        known = new int[sought.length + 1];
        int matched = 0;
        for (int i = 1; i < sought.length; i++) {
          while (matched > 0 && sought[matched] != sought[i]) {
            matched = known[matched];
          }
          if (sought[matched] == sought[i]) {
            matched++;
          }
          known[i + 1] = matched;
        }
        shorter = known;
      }
      return known;
    }
  }
}
