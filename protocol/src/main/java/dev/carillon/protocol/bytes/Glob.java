package dev.carillon.protocol.bytes;

import java.util.Arrays;

/**
 * The pattern language of {@code KEYS}, {@code PSUBSCRIBE}, {@code SCAN MATCH} and {@code CONFIG
 * GET}.
 *
 * <pre>
 *   *        any bytes, also none (but see below)
 *   ?        one byte
 *   [abc]    one of these bytes         [^abc]   one byte that is none of these
 *   [a-z]    one byte of a range, whose ends may come in either order
 *   \x       the byte x itself, inside brackets too
 * </pre>
 *
 * <p>The corners follow Redis, observed on 7.0.15 ({@code GlobTest} repeats each of them):
 *
 * <ul>
 *   <li>An empty text matches the empty pattern only; not even {@code *} matches it. Commands that
 *       treat {@code *} as "everything" ({@code KEYS *}, {@code SCAN MATCH *}) do so before they
 *       ask here.
 *   <li>A class that is not closed ends with the pattern: {@code [ab} is {@code [ab]}. The first
 *       {@code ]} closes, so {@code []} matches no byte and {@code [^]} every byte.
 *   <li>The byte after {@code -} is the end of the range even if it is {@code ]}.
 *   <li>Ranges compare signed bytes: {@code [a-\xff]} spans -1 to 97.
 *   <li>A backslash at the very end means itself.
 *   <li>A pattern of more than 1000 runs of {@code *}, one at its end not counted, matches nothing:
 *       Redis bounds its recursion so.
 *   <li>Where case is ignored, ASCII letters are compared in lower case, except for an escaped byte
 *       in a class, which is compared exactly.
 * </ul>
 *
 * <p><b>Cost.</b> Every element except {@code *} consumes exactly one byte. So when the rest of a
 * pattern fails, only the last {@code *} needs to try a longer run: an earlier one could merely
 * repeat positions that have already failed. One remembered position replaces recursion, and a
 * match costs at most O(pattern × text), whatever the pattern. Nothing is allocated except by
 * {@link #parts}.
 *
 * <p>Any thread.
 */
public final class Glob {

  /** As in Redis. */
  private static final int STARS_MAX = 1000;

  private Glob() {}

  /** Whether the whole of {@code text} matches {@code pattern}. Allocates nothing. */
  public static boolean matches(Bytes pattern, Bytes text) {
    return matches(
        pattern.array(),
        pattern.offset(),
        pattern.length(),
        text.array(),
        text.offset(),
        text.length(),
        false);
  }

  /**
   * As {@link #matches(Bytes, Bytes)}, with ASCII letters of either case equal, as {@code CONFIG
   * GET} compares parameter names.
   */
  public static boolean matchesIgnoringCase(Bytes pattern, Bytes text) {
    return matches(
        pattern.array(),
        pattern.offset(),
        pattern.length(),
        text.array(),
        text.offset(),
        text.length(),
        true);
  }

  /** Whether the whole range of {@code text} matches the range of {@code pattern}. */
  public static boolean matches(
      byte[] pattern,
      int patternOffset,
      int patternLength,
      byte[] text,
      int textOffset,
      int textLength) {
    return matches(pattern, patternOffset, patternLength, text, textOffset, textLength, false);
  }

  private static boolean matches(
      byte[] pattern,
      int patternOffset,
      int patternLength,
      byte[] text,
      int textOffset,
      int textLength,
      boolean ignoringCase) {
    if (textLength == 0) {
      return patternLength == 0;
    }
    int patternEnd = patternOffset + patternLength;
    int textEnd = textOffset + textLength;
    int p = patternOffset;
    int t = textOffset;
    int afterStar = -1;
    int starText = 0;
    int stars = 0;
    while (t < textEnd) {
      int next = -1;
      if (p < patternEnd) {
        if (pattern[p] == '*') {
          p = skipStars(pattern, p, patternEnd);
          if (p == patternEnd) {
            return true;
          }
          // None is met twice: after a failure the pattern goes on behind the last one.
          if (++stars > STARS_MAX) {
            return false;
          }
          afterStar = p;
          starText = t;
          continue;
        }
        next = matchOne(pattern, p, patternEnd, text[t], ignoringCase);
      }
      if (next >= 0) {
        p = next;
        t++;
      } else if (afterStar >= 0) {
        p = afterStar;
        t = ++starText;
      } else {
        return false;
      }
    }
    return skipStars(pattern, p, patternEnd) == patternEnd;
  }

  private static int skipStars(byte[] pattern, int p, int end) {
    while (p < end && pattern[p] == '*') {
      p++;
    }
    return p;
  }

  /** Where the pattern goes on after the element at {@code p} if that takes {@code c}, else -1. */
  private static int matchOne(byte[] pattern, int p, int end, byte c, boolean ignoringCase) {
    byte element = pattern[p];
    if (element == '?') {
      return p + 1;
    }
    if (element == '[') {
      return matchClass(pattern, p + 1, end, c, ignoringCase);
    }
    if (element == '\\' && p + 1 < end) {
      p++;
    }
    return same(pattern[p], c, ignoringCase) ? p + 1 : -1;
  }

  private static int matchClass(byte[] pattern, int p, int end, byte c, boolean ignoringCase) {
    boolean negated = p < end && pattern[p] == '^';
    if (negated) {
      p++;
    }
    boolean found = false;
    while (p < end && pattern[p] != ']') {
      if (pattern[p] == '\\' && p + 1 < end) {
        found |= pattern[p + 1] == c;
        p += 2;
      } else if (p + 2 < end && pattern[p + 1] == '-') {
        found |= within(pattern[p], pattern[p + 2], c, ignoringCase);
        p += 3;
      } else {
        found |= same(pattern[p], c, ignoringCase);
        p++;
      }
    }
    return found == negated ? -1 : Math.min(p + 1, end);
  }

  private static boolean within(byte one, byte other, byte c, boolean ignoringCase) {
    byte low = (byte) Math.min(one, other);
    byte high = (byte) Math.max(one, other);
    if (ignoringCase) {
      low = lower(low);
      high = lower(high);
      c = lower(c);
    }
    return low <= c && c <= high;
  }

  private static boolean same(byte a, byte b, boolean ignoringCase) {
    return a == b || (ignoringCase && lower(a) == lower(b));
  }

  private static byte lower(byte c) {
    return c >= 'A' && c <= 'Z' ? (byte) (c + ('a' - 'A')) : c;
  }

  // Facts for an index of patterns.

  /**
   * What every text that matches a pattern must contain: necessary conditions, by which an index
   * finds candidates. Whether a candidate matches is still for {@link #matches} to say, unless
   * {@code exact}.
   *
   * @param prefix the unescaped bytes before the first {@code *}, {@code ?} or class; the whole
   *     text where {@code exact}
   * @param suffix the unescaped bytes after the last {@code *}, {@code ?} or class; empty where
   *     {@code exact}. Prefix and suffix never overlap in a matching text
   * @param infix the longest run of literal bytes between two of those (the first one of equal
   *     length); it lies between prefix and suffix in a matching text
   * @param exact whether the pattern has no {@code *}, {@code ?} or class, so that precisely the
   *     text equal to {@code prefix} matches
   */
  public record Parts(Bytes prefix, Bytes suffix, Bytes infix, boolean exact) {}

  /**
   * Takes a pattern apart into what is certainly literal. The parts have arrays of their own.
   * O(length), allocates.
   */
  public static Parts parts(Bytes pattern) {
    byte[] array = pattern.array();
    int end = pattern.offset() + pattern.length();
    byte[] run = new byte[pattern.length()];
    int runLength = 0;
    Bytes prefix = null;
    Bytes infix = Bytes.EMPTY;
    int p = pattern.offset();
    while (p < end) {
      byte c = array[p];
      if (c == '*' || c == '?' || c == '[') {
        if (prefix == null) {
          prefix = literal(run, runLength);
        } else if (runLength > infix.length()) {
          infix = literal(run, runLength);
        }
        runLength = 0;
        p = c == '[' ? afterClass(array, p + 1, end) : p + 1;
      } else {
        if (c == '\\' && p + 1 < end) {
          p++;
        }
        run[runLength++] = array[p++];
      }
    }
    Bytes last = literal(run, runLength);
    return prefix == null
        ? new Parts(last, Bytes.EMPTY, Bytes.EMPTY, true)
        : new Parts(prefix, last, infix, false);
  }

  /**
   * How many bytes of the pattern, as written, come before its first {@code *}, {@code ?} or class;
   * the whole length if there is none. Escapes count as written. Allocates nothing.
   */
  public static int literalPrefixLength(Bytes pattern) {
    int p = 0;
    while (p < pattern.length()) {
      switch (pattern.at(p)) {
        case '*', '?', '[' -> {
          return p;
        }
        case '\\' -> p = Math.min(p + 2, pattern.length());
        default -> p++;
      }
    }
    return p;
  }

  private static int afterClass(byte[] pattern, int p, int end) {
    if (p < end && pattern[p] == '^') {
      p++;
    }
    while (p < end && pattern[p] != ']') {
      if (pattern[p] == '\\' && p + 1 < end) {
        p += 2;
      } else if (p + 2 < end && pattern[p + 1] == '-') {
        p += 3;
      } else {
        p++;
      }
    }
    return Math.min(p + 1, end);
  }

  private static Bytes literal(byte[] run, int length) {
    return length == 0 ? Bytes.EMPTY : Bytes.of(Arrays.copyOf(run, length));
  }
}
