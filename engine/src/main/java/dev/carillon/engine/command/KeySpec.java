package dev.carillon.engine.command;

import dev.carillon.protocol.bytes.Bytes;
import dev.carillon.protocol.bytes.Numerals;
import dev.carillon.protocol.resp.Request;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Which arguments of a request are keys, and what the command does to them.
 *
 * <p>Rows say it with factories: {@code one(1).access("RW access delete").and(one(2).access("OW
 * update"))}. The three numbers are what old clients know; {@link #parts} is what COMMAND INFO
 * describes in the format of Redis 7. Of a request that will be refused they may name other keys
 * than the finder: COMMAND GETKEYS and the rules of users ask the parts first, tracking asks the
 * finder (observed on 7.0.15).
 *
 * @param first the index of the first key, 0 if the numbers say nothing
 * @param last the index of the last key; -1 is the last argument, -2 the one before it
 * @param step from one key to the next
 * @param finder names the keys where the three numbers cannot, or null
 * @param parts the key arguments described, in order
 */
public record KeySpec(int first, int last, int step, @Nullable Finder finder, List<Part> parts) {

  /** The command has no keys. */
  public static final KeySpec NONE = new KeySpec(0, 0, 0, null, List.of());

  /** Names the key arguments of a request whose place depends on other arguments. */
  @FunctionalInterface
  public interface Finder {
    /** Tells {@code index} the index of each key argument, in order. */
    void find(Request request, IntConsumer index);
  }

  /** How the keys of a part follow from where it begins. */
  public enum Keys {
    /** Every so many arguments up to a last one. */
    RANGE,
    /** As many as the argument says that the part begins with. */
    COUNTED,
    /** Not by any rule that could be described. */
    UNKNOWN
  }

  /**
   * A group of key arguments.
   *
   * @param keyword the word behind which they begin, or null if they begin at an index
   * @param begin where they begin, or from where the keyword is looked for: an index, backwards
   *     from the end if negative
   * @param keys how they go on
   * @param last how far the last key is from the first; if negative, which argument it is from the
   *     end
   * @param step from one key to the next
   * @param limit 2 if only the first half of the arguments that remain are keys, else 0
   * @param access what happens to them, in the words of Redis: one of {@code RO RW OW RM}, then any
   *     of {@code access update insert delete}; empty if it follows from the command's flags
   */
  public record Part(
      @Nullable String keyword,
      int begin,
      Keys keys,
      int last,
      int step,
      int limit,
      String access) {

    Part withAccess(String words) {
      return new Part(keyword, begin, keys, last, step, limit, words);
    }

    /** Whether a request has as many keys as it says it has, and at least one. */
    public boolean fits(Request request) {
      if (keys != Keys.COUNTED || begin >= request.count()) {
        return true;
      }
      Bytes count = request.argument(begin);
      return Numerals.isLong(count)
          && Numerals.toLong(count) >= 1
          && Numerals.toLong(count) <= (request.count() - begin - 1L + step - 1) / step;
    }

    /** Tells {@code index} the index of each key argument of this part, in order. */
    void forEachKey(Request request, IntConsumer index) {
      int from = keyword == null ? begin : behindKeyword(request, keyword);
      if (from <= 0 || from >= request.count()) {
        return;
      }
      switch (keys) {
        case RANGE -> {
          int end = last >= 0 ? from + last : request.count() + last;
          if (limit > 1) {
            end = from + (request.count() - from) / limit - 1;
          }
          for (int i = from; i <= end && i < request.count(); i += step) {
            index.accept(i);
          }
        }
        case COUNTED -> {
          // Where the count is wrong nobody knows which arguments were meant.
          if (fits(request)) {
            accept(request, Numerals.toLong(request.argument(from)), index);
          }
        }
        case UNKNOWN -> {}
      }
    }

    /** As {@link #forEachKey}, but what is no number counts for the digits that it begins with. */
    private void guessKeys(Request request, IntConsumer index) {
      long count = begin < request.count() ? leadingNumber(request.argument(begin)) : 0;
      if (count <= (request.count() - begin - 1L) / step) {
        accept(request, count, index);
      }
    }

    private void accept(Request request, long count, IntConsumer index) {
      long left = count;
      for (long i = begin + 1L; left > 0 && i < request.count(); i += step) {
        index.accept((int) i);
        left--;
      }
    }

    /**
     * The number that a text begins with as Redis reads it, with the C library's atoi: the lowest
     * 32 bits of a 64-bit number that stops at its bounds; 0 if the text begins with none.
     */
    private static int leadingNumber(Bytes text) {
      int i = 0;
      while (i < text.length() && isSpace(text.at(i))) {
        i++;
      }
      boolean negative = i < text.length() && text.at(i) == '-';
      if (negative || i < text.length() && text.at(i) == '+') {
        i++;
      }
      long number = 0;
      for (; i < text.length() && isDigit(text.at(i)); i++) {
        int digit = text.at(i) - '0';
        if (number > (Long.MAX_VALUE - digit) / 10) {
          return (int) (negative ? Long.MIN_VALUE : Long.MAX_VALUE);
        }
        number = number * 10 + digit;
      }
      return (int) (negative ? -number : number);
    }

    private static boolean isSpace(byte c) {
      return c == ' ' || c >= '\t' && c <= '\r';
    }

    private static boolean isDigit(byte c) {
      return c >= '0' && c <= '9';
    }

    private int behindKeyword(Request request, String word) {
      if (begin < 0) {
        for (int i = request.count() + begin; i > 0; i--) {
          if (request.argument(i).isWord(word)) {
            return i + 1;
          }
        }
      } else {
        for (int i = begin; i < request.count(); i++) {
          if (request.argument(i).isWord(word)) {
            return i + 1;
          }
        }
      }
      return 0;
    }
  }

  /** Keys that nothing but {@code finder} can name; the numbers are for old clients. */
  public KeySpec(int first, int last, int step, @Nullable Finder finder) {
    this(first, last, step, finder, first == 0 ? List.of() : List.of(range(first, last, step, 0)));
  }

  private static Part range(int first, int last, int step, int limit) {
    return new Part(null, first, Keys.RANGE, last < 0 ? last : last - first, step, limit, "");
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
    Part part = new Part(null, countIndex, Keys.COUNTED, 0, step, 0, "");
    return new KeySpec(0, 0, 0, part::guessKeys, List.of(part));
  }

  /**
   * As {@link #counted}, but a count that is no number, or too large, names no keys.
   *
   * @param countIndex the index of the count
   * @param step from one key to the next
   */
  public static KeySpec countedExactly(int countIndex, int step) {
    return movable(new Part(null, countIndex, Keys.COUNTED, 0, step, 0, ""));
  }

  /**
   * Keys behind a word.
   *
   * @param from where the word is looked for; backwards from the end if negative
   * @param last as in {@link Part#last}
   * @param limit 2 if only the first half of what follows the word are keys, else 0
   */
  public static KeySpec behind(String word, int from, int last, int limit) {
    return movable(new Part(word, from, Keys.RANGE, last, 1, limit, ""));
  }

  /** Keys that only {@code finder} can name. */
  public static KeySpec unknown(Finder finder) {
    return new KeySpec(0, 0, 0, finder, List.of(new Part(null, 0, Keys.UNKNOWN, 0, 0, 0, "")));
  }

  private static KeySpec movable(Part part) {
    return new KeySpec(0, 0, 0, part::forEachKey, List.of(part));
  }

  /** The same parts, and somebody else who names the keys where the parts do not. */
  public KeySpec finder(Finder other) {
    return new KeySpec(first, last, step, other, parts);
  }

  /** The same keys, of which something is known: see {@link Part#access}. */
  public KeySpec access(String words) {
    return new KeySpec(
        first, last, step, finder, parts.stream().map(part -> part.withAccess(words)).toList());
  }

  /** These keys and then others. */
  public KeySpec and(KeySpec others) {
    List<Part> both = new ArrayList<>(parts);
    both.addAll(others.parts);
    boolean fixed = finder == null && others.finder == null;
    if (fixed && others.first == last + 1 && step == 1 && others.step == 1) {
      return new KeySpec(first, others.last, 1, null, List.copyOf(both));
    }
    Finder together =
        (request, index) -> {
          forEachKey(request, index);
          others.forEachKey(request, index);
        };
    return new KeySpec(first, last, step, together, List.copyOf(both));
  }

  /** Whether the three numbers do not name all keys. */
  public boolean isMovable() {
    return finder != null;
  }

  /** Whether the parts do not say of every request which its keys are, and the finder does. */
  public boolean isIncomplete() {
    return parts.stream().anyMatch(part -> part.access().contains("incomplete"));
  }

  /** Whether a request has as many keys as it says it has, and says that it has some. */
  public boolean fits(Request request) {
    for (Part part : parts) {
      if (!part.fits(request)) {
        return false;
      }
    }
    return true;
  }

  /** Whether the parts name all keys of a request, so that nobody has to be asked. */
  public boolean describes(Request request) {
    return !parts.isEmpty()
        && fits(request)
        && parts.stream().noneMatch(part -> part.keys() == Keys.UNKNOWN);
  }

  /** Tells {@code index} the index of each key argument that the parts name, in order. */
  public void forEachDescribed(Request request, IntConsumer index) {
    parts.forEach(part -> part.forEachKey(request, index));
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

  /** The part that a key argument belongs to; the last one where no other claims it. */
  public Part partOf(Request request, int keyIndex) {
    for (Part part : parts) {
      boolean[] found = new boolean[1];
      part.forEachKey(request, index -> found[0] |= index == keyIndex);
      if (found[0]) {
        return part;
      }
    }
    return parts.getLast();
  }
}
