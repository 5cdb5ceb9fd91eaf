package dev.carillon.engine.pattern;

import dev.carillon.engine.pattern.IndexedPattern.Home;
import dev.carillon.engine.pattern.IndexedPattern.Proof;
import dev.carillon.protocol.bytes.Bytes;
import dev.carillon.protocol.bytes.Glob;
import org.jspecify.annotations.Nullable;

/**
 * The structures in which patterns live, and the choice among them: each pattern has exactly one
 * home, where a walk along a channel meets it if the channel has the pattern's literal.
 *
 * @param <T> the subscribers
 */
final class PatternHomes<T> {

  /*
   * A home is found through a literal that each channel which the pattern matches must contain:
   *
   *   PREFIX  a trie over the bytes before the first wildcard        news.*   user:?:name
   *   SUFFIX  a trie over the reversed bytes after the last one      *:expired
   *   INFIX   hash tables over grams of a literal run in between     *order*
   *   SCAN    a list, for patterns without any literal               ?   [ab]*
   *
   * A match walks the two tries along the channel (forwards and backwards), looks up the gram at
   * each position of the channel in the tables whose gram length is in use, and reads the list.
   * What it meets on the way are candidates; Glob decides about each of them, unless the place
   * where it was met is already the proof: literal (if it is as long as the channel), literal*,
   * *literal and *literal*.
   *
   * Which home? A literal is only useful if few patterns share it: a hundred thousand patterns
   * __key*__:user:1, __key*__:user:2, ... have one prefix but as many suffixes. So a bucket counts
   * its patterns, and a newcomer that needs Glob takes the longest of prefix, suffix and infix
   * whose bucket is not crowded (CROWD or more); where all are crowded, the least crowded. No
   * bucket grows beyond CROWD while a pattern has a better literal, whatever the patterns look
   * like. Rejected: choosing by the length of the literals alone, for which there is always a
   * family of patterns with long common and short distinct literals. What remains linear are many
   * patterns that share each of these literals (user:*[1], user:*[2], ...). Patterns do not move
   * when buckets empty: every home is right, only not always the best.
   *
   * Emptied nodes are pruned and merged, and tables shrink, so that an index that was once large
   * is neither large nor slow afterwards.
   */

  /** From this many patterns on, a bucket is crowded and newcomers look for another. Chosen. */
  private static final int CROWD = 2;

  private final boolean linear;

  final Trie<T> prefixes = new Trie<>(false);
  final Trie<T> suffixes = new Trie<>(true);

  /** By the length of their grams; null where no pattern is found by grams of that length. */
  final @Nullable GramTable<T>[] infixes = newGramTables();

  final Bucket<T> scan = new Bucket<>();

  /** Empty homes; if {@code linear}, all patterns live in the list that is scanned. */
  PatternHomes(boolean linear) {
    this.linear = linear;
  }

  /** Finds a home for a pattern and moves it in. O(pattern), allocates. */
  void settle(IndexedPattern<T> pattern) {
    if (!linear) {
      choose(pattern);
    }
    switch (pattern.home) {
      case PREFIX -> prefixes.add(pattern);
      case SUFFIX -> suffixes.add(pattern);
      case INFIX -> {
        int gramLength = GramTable.gramLength(pattern.literal.length);
        GramTable<T> table = infixes[gramLength];
        if (table == null) {
          table = new GramTable<>(gramLength);
          infixes[gramLength] = table;
        }
        table.add(pattern);
      }
      case SCAN -> scan.add(pattern);
    }
  }

  /** Takes a pattern out of its home. O(pattern), now and then O(grams left). */
  void leave(IndexedPattern<T> pattern) {
    switch (pattern.home) {
      case PREFIX -> prefixes.remove(pattern);
      case SUFFIX -> suffixes.remove(pattern);
      case INFIX -> {
        int gramLength = GramTable.gramLength(pattern.literal.length);
        GramTable<T> table = infixes[gramLength];
        table.remove(pattern);
        if (table.size == 0) {
          infixes[gramLength] = null;
        }
      }
      case SCAN -> scan.remove(pattern);
    }
  }

  /** Has every pattern examined that the channel's bytes lead to. */
  void match(
      Examiner<T> examiner,
      byte[] channel,
      int offset,
      int length,
      PatternIndex.Matched<? super T> consumer) {
    prefixes.match(examiner, channel, offset, length, consumer);
    suffixes.match(examiner, channel, offset, length, consumer);
    for (GramTable<T> table : infixes) {
      if (table != null) {
        table.match(examiner, channel, offset, length, consumer);
      }
    }
    examiner.examine(scan, length, consumer);
  }

  /**
   * Whether some pattern might match a channel that begins so: false is certain, true is a guess.
   * Only prefixes tell; any pattern that lives elsewhere makes it true.
   */
  boolean mayMatch(Bytes beginning) {
    if (suffixes.patterns > 0 || scan.size > 0) {
      return true;
    }
    for (GramTable<T> table : infixes) {
      if (table != null) {
        return true;
      }
    }
    return prefixes.mayMatch(beginning);
  }

  // Which home.

  private void choose(IndexedPattern<T> pattern) {
    Glob.Parts parts = Glob.parts(pattern.glob);
    if (!chooseProven(pattern, parts)) {
      chooseUnproven(pattern, parts);
    }
  }

  /**
   * Chooses for a pattern whose home proves the match: one literal, with nothing but stars around
   * it. A literal with a star and an escape is left to Glob, though it could be proven too.
   *
   * @return false if it is not such a pattern
   */
  private boolean chooseProven(IndexedPattern<T> pattern, Glob.Parts parts) {
    if (parts.exact()) {
      pattern.place(Home.PREFIX, Proof.WHOLE, parts.prefix().toByteArray());
      return true;
    }
    Bytes glob = pattern.glob;
    int from = 0;
    int to = glob.length();
    while (from < to && glob.at(from) == '*') {
      from++;
    }
    while (to > from && glob.at(to - 1) == '*') {
      to--;
    }
    for (int i = from; i < to; i++) {
      switch (glob.at(i)) {
        case '*', '?', '[', '\\' -> {
          return false;
        }
        default -> {}
      }
    }
    byte[] literal = glob.range(from, to).toByteArray();
    if (from == 0 || from == to) { // stars alone are an empty prefix with a star
      pattern.place(Home.PREFIX, Proof.LITERAL, literal);
    } else if (to == glob.length()) {
      pattern.place(Home.SUFFIX, Proof.LITERAL, literal);
    } else {
      pattern.place(Home.INFIX, Proof.LITERAL, literal);
      pattern.window = window(literal);
    }
    return true;
  }

  /** Chooses for a pattern that Glob decides about; without any literal it is scanned. */
  private void chooseUnproven(IndexedPattern<T> pattern, Glob.Parts parts) {
    byte[] prefix = parts.prefix().toByteArray();
    byte[] suffix = parts.suffix().toByteArray();
    byte[] infix = parts.infix().toByteArray();
    byte[] best = prefix;
    int bestCrowd = Integer.MAX_VALUE;
    if (prefix.length > 0) {
      bestCrowd = prefixes.crowd(prefix);
      pattern.place(Home.PREFIX, Proof.NONE, prefix);
    }
    if (suffix.length > 0) {
      int crowd = suffixes.crowd(suffix);
      if (better(suffix, crowd, best, bestCrowd)) {
        best = suffix;
        bestCrowd = crowd;
        pattern.place(Home.SUFFIX, Proof.NONE, suffix);
      }
    }
    if (infix.length > 0) {
      int window = window(infix);
      GramTable<T> table = infixes[GramTable.gramLength(infix.length)];
      if (better(infix, table == null ? 0 : table.crowd(infix, window), best, bestCrowd)) {
        pattern.place(Home.INFIX, Proof.NONE, infix);
        pattern.window = window;
      }
    }
  }

  /** Whether a literal finds a pattern with less work than the best so far. */
  private static boolean better(byte[] literal, int crowd, byte[] best, int bestCrowd) {
    if (crowd < CROWD && bestCrowd < CROWD) {
      return literal.length > best.length;
    }
    return crowd < bestCrowd;
  }

  /** Where in the run the gram begins that the fewest patterns share. */
  private int window(byte[] run) {
    GramTable<T> table = infixes[GramTable.gramLength(run.length)];
    return table == null ? GramTable.windowLast(run) : table.windowLeastCrowded(run);
  }

  @SuppressWarnings({"unchecked", "rawtypes"}) // an array of a generic type
  private static <T> @Nullable GramTable<T>[] newGramTables() {
    return new GramTable[GramTable.GRAM_MAX + 1];
  }
}
