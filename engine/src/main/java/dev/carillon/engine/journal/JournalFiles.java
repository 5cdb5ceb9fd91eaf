package dev.carillon.engine.journal;

import org.jspecify.annotations.Nullable;

/**
 * The names of a journal's files, which say what is in them.
 *
 * <pre>
 *   journal/00000000000000000001.journal        a segment: turns from this sequence on
 *   journal/snapshot-00000000000000004711.rdb   a base: the data after this turn
 *   journal/*.tmp                               what a crash left unfinished
 * </pre>
 */
public final class JournalFiles {

  /** The directory that all of them lie in. */
  public static final String DIRECTORY = "journal";

  /** What the names of unfinished files end with. */
  public static final String UNFINISHED = ".tmp";

  private static final String SEGMENT = ".journal";
  private static final String BASE_PREFIX = DIRECTORY + "/snapshot-";
  private static final String BASE_SUFFIX = ".rdb";
  private static final int DIGITS = 20;

  private JournalFiles() {}

  /** The segment whose first turn has this sequence. */
  public static String segment(long firstSequence) {
    return DIRECTORY + "/" + digits(firstSequence) + SEGMENT;
  }

  /** The base that holds the data after the turn with this sequence. */
  public static String base(long sequence) {
    return BASE_PREFIX + digits(sequence) + BASE_SUFFIX;
  }

  /** What a file is called until it is whole and on the disk. */
  public static String unfinished(String name) {
    return name + UNFINISHED;
  }

  /** Whether a file is what a crash left of one that was never finished. */
  public static boolean isUnfinished(String name) {
    return name.endsWith(UNFINISHED);
  }

  /** The sequence in the name of a segment, or -1 if it is none. */
  public static long segmentSequence(String name) {
    return sequence(name, DIRECTORY + "/", SEGMENT);
  }

  /** The sequence in the name of a base, or -1 if it is none. */
  public static long baseSequence(String name) {
    return sequence(name, BASE_PREFIX, BASE_SUFFIX);
  }

  private static String digits(long sequence) {
    String text = Long.toString(sequence);
    return "0".repeat(DIGITS - text.length()) + text;
  }

  private static long sequence(@Nullable String name, String prefix, String suffix) {
    if (name == null
        || name.length() != prefix.length() + DIGITS + suffix.length()
        || !name.startsWith(prefix)
        || !name.endsWith(suffix)) {
      return -1;
    }
    long sequence = 0;
    for (int i = prefix.length(); i < prefix.length() + DIGITS; i++) {
      int digit = name.charAt(i) - '0';
      if (digit < 0 || digit > 9 || sequence > (Long.MAX_VALUE - digit) / 10) {
        return -1;
      }
      sequence = sequence * 10 + digit;
    }
    return sequence;
  }
}
