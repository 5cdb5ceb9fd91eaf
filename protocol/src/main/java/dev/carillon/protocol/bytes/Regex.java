package dev.carillon.protocol.bytes;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A regular expression that is looked for in strings, in the extended syntax of POSIX:
 *
 * <pre>
 *   .          any byte                      a|b        either
 *   [abc]      one of these bytes            (ab)       a group
 *   [^a-z]     one byte that is none         *  +  ?    any number, at least one, at most one
 *   [[:alpha:]_]  a class with names         {2} {2,} {2,5}   so many
 *   ^  $       the beginning, the end        \d \w \s   digit, word byte, white space; \D \W \S not
 *   \.         the byte itself               \n \r \t \f \x41   one byte by name or number
 * </pre>
 *
 * <p>There are no back references, and bytes are bytes, not characters of any encoding.
 *
 * <p><b>Cost.</b> All ways through the pattern are followed at once (Thompson, "Regular Expression
 * Search Algorithm", 1968), so a search costs at most O(pattern × text), whatever the two are, and
 * needs no stack. {@code java.util.regex} tries one way after the other, which takes exponential
 * time for some patterns and a stack as deep as the text is long.
 *
 * <p>One thread at a time: a search uses room that belongs to the expression.
 */
public final class Regex {

  /** Chosen: groups in groups; reading a pattern descends into each. */
  private static final int DEPTH_MAX = 100;

  /** As in POSIX: the highest number of repetitions. */
  private static final int REPEAT_MAX = 255;

  /** Chosen: what is repeated is written out, so that nested repetitions multiply. */
  private static final int STEPS_MAX = 20_000;

  /** Chosen: what parts that are nothing, repeated, cost to write out. */
  private static final int PARTS_MAX = 10 * STEPS_MAX;

  /** Chosen: repetitions of repetitions, as in {@code a+?}. */
  private static final int REPEATED_MAX = 4;

  private static final int ENDLESS = -1;

  // Steps of the program. Those of one byte go on to the next one; FORK goes to both its operands.
  private static final byte BYTE = 0;
  private static final byte CLASS = 1;
  private static final byte FORK = 2;
  private static final byte GO = 3;
  private static final byte BEGIN = 4;
  private static final byte END = 5;
  private static final byte FOUND = 6;

  private final byte[] steps;
  private final int[] first;
  private final int[] second;
  private final List<ByteSet> classes;
  private final boolean ignoringCase;

  /** In which round a step was added last, so that it is added once in each. */
  private final int[] addedIn;

  private int round;
  private int[] now;
  private int nowSize;
  private int[] next;
  private int nextSize;
  private final int[] pending;

  private Regex(Program program, boolean ignoringCase) {
    this.steps = Arrays.copyOf(program.steps, program.size);
    this.first = Arrays.copyOf(program.first, program.size);
    this.second = Arrays.copyOf(program.second, program.size);
    this.classes = program.classes;
    this.ignoringCase = ignoringCase;
    this.addedIn = new int[program.size];
    this.now = new int[program.size];
    this.next = new int[program.size];
    this.pending = new int[2 * program.size + 1];
  }

  /**
   * Reads a pattern.
   *
   * @param ignoringCase whether ASCII letters of either case are equal
   * @return null if this is no pattern, or one that is too large
   */
  public static @Nullable Regex compile(Bytes pattern, boolean ignoringCase) {
    Parser parser = new Parser(pattern, ignoringCase);
    Node node = parser.parse();
    if (node == null) {
      return null;
    }
    Program program = new Program();
    program.write(node);
    program.add(FOUND, 0, 0);
    return program.isTooLarge() ? null : new Regex(program, ignoringCase);
  }

  /** Whether some part of the text matches. O(pattern × text), allocates nothing. */
  public boolean isFoundIn(Bytes text) {
    byte[] array = text.array();
    int begin = text.offset();
    int end = begin + text.length();
    nowSize = 0;
    nextSize = 0;
    startRound();
    for (int at = begin; ; at++) {
      // What was reached by the last byte is there already; a match may begin here as well.
      if (add(0, at == begin, at == end)) {
        return true;
      }
      if (at == end) {
        return false;
      }
      int[] swapped = now;
      now = next;
      next = swapped;
      nowSize = nextSize;
      nextSize = 0;
      startRound();
      int c = ignoringCase ? lower(array[at] & 0xff) : array[at] & 0xff;
      for (int i = 0; i < nowSize; i++) {
        int step = now[i];
        boolean takes =
            steps[step] == BYTE ? first[step] == c : classes.get(first[step]).contains(c);
        if (takes && add(step + 1, false, at + 1 == end)) {
          return true;
        }
      }
    }
  }

  private void startRound() {
    if (++round == Integer.MAX_VALUE) {
      Arrays.fill(addedIn, 0);
      round = 1;
    }
  }

  /** Adds a step, and all that it leads to without a byte; answers whether the end is there. */
  private boolean add(int step, boolean atBegin, boolean atEnd) {
    int size = 0;
    pending[size++] = step;
    while (size > 0) {
      int one = pending[--size];
      if (addedIn[one] == round) {
        continue;
      }
      addedIn[one] = round;
      switch (steps[one]) {
        case FOUND -> {
          return true;
        }
        case FORK -> {
          pending[size++] = second[one];
          pending[size++] = first[one];
        }
        case GO -> pending[size++] = first[one];
        case BEGIN -> {
          if (atBegin) {
            pending[size++] = one + 1;
          }
        }
        case END -> {
          if (atEnd) {
            pending[size++] = one + 1;
          }
        }
        default -> next[nextSize++] = one;
      }
    }
    return false;
  }

  private static int lower(int c) {
    return c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c;
  }

  // ------------------------------------------------------------------------------------ patterns

  /** What a pattern is made of. */
  private sealed interface Node {

    record One(int c) implements Node {}

    record OneOf(ByteSet set) implements Node {}

    record Anchor(byte step) implements Node {}

    record Sequence(List<Node> parts) implements Node {}

    record Choice(List<Node> branches) implements Node {}

    record Repeat(Node part, int least, int most) implements Node {}
  }

  /** A set of bytes. */
  private static final class ByteSet {
    private final long[] bits = new long[4];

    boolean contains(int c) {
      return (bits[c >>> 6] >>> c & 1) != 0;
    }

    ByteSet add(int from, int to) {
      for (int c = from; c <= to; c++) {
        bits[c >>> 6] |= 1L << c;
      }
      return this;
    }

    void addAll(ByteSet other) {
      for (int i = 0; i < bits.length; i++) {
        bits[i] |= other.bits[i];
      }
    }

    ByteSet invert() {
      for (int i = 0; i < bits.length; i++) {
        bits[i] = ~bits[i];
      }
      return this;
    }

    /** Letters of either case are in where one of them is. */
    ByteSet fold() {
      for (int c = 'a'; c <= 'z'; c++) {
        int upper = c - ('a' - 'A');
        if (contains(c)) {
          add(upper, upper);
        } else if (contains(upper)) {
          add(c, c);
        }
      }
      return this;
    }
  }

  private static @Nullable ByteSet named(String name) {
    ByteSet set = new ByteSet();
    return switch (name) {
      case "alpha" -> set.add('a', 'z').add('A', 'Z');
      case "digit" -> set.add('0', '9');
      case "alnum" -> set.add('a', 'z').add('A', 'Z').add('0', '9');
      case "word" -> set.add('a', 'z').add('A', 'Z').add('0', '9').add('_', '_');
      case "upper" -> set.add('A', 'Z');
      case "lower" -> set.add('a', 'z');
      case "space" -> set.add('\t', '\r').add(' ', ' ');
      case "blank" -> set.add('\t', '\t').add(' ', ' ');
      case "punct" -> set.add('!', '/').add(':', '@').add('[', '`').add('{', '~');
      case "print" -> set.add(' ', '~');
      case "graph" -> set.add('!', '~');
      case "cntrl" -> set.add(0, 31).add(127, 127);
      case "xdigit" -> set.add('0', '9').add('a', 'f').add('A', 'F');
      default -> null;
    };
  }

  private static ByteSet escaped(int letter) {
    ByteSet set =
        switch (letter) {
          case 'd', 'D' -> named("digit");
          case 'w', 'W' -> named("word");
          case 's', 'S' -> named("space");
          default -> null;
        };
    if (set == null) {
      throw new IllegalArgumentException("no class is named by " + (char) letter);
    }
    return letter < 'a' ? set.invert() : set;
  }

  private static boolean isClassLetter(int c) {
    return "dDwWsS".indexOf(c) >= 0;
  }

  /** Reads patterns; each method answers null where there is none. */
  private static final class Parser {
    private final Bytes pattern;
    private final boolean ignoringCase;
    private int at;
    private int depth;

    Parser(Bytes pattern, boolean ignoringCase) {
      this.pattern = pattern;
      this.ignoringCase = ignoringCase;
    }

    @Nullable Node parse() {
      Node node = choice();
      return node != null && at == pattern.length() ? node : null;
    }

    /** The byte here, or -1 at the end. */
    private int peek() {
      return peek(0);
    }

    private int peek(int ahead) {
      return at + ahead < pattern.length() ? pattern.at(at + ahead) & 0xff : -1;
    }

    private boolean takes(int c) {
      if (peek() == c) {
        at++;
        return true;
      }
      return false;
    }

    private @Nullable Node choice() {
      List<Node> branches = new ArrayList<>();
      do {
        Node branch = sequence();
        if (branch == null) {
          return null;
        }
        branches.add(branch);
      } while (takes('|'));
      return branches.size() == 1 ? branches.getFirst() : new Node.Choice(branches);
    }

    private @Nullable Node sequence() {
      List<Node> parts = new ArrayList<>();
      while (peek() >= 0 && peek() != '|' && peek() != ')') {
        Node part = repeated();
        if (part == null) {
          return null;
        }
        parts.add(part);
      }
      return parts.size() == 1 ? parts.getFirst() : new Node.Sequence(parts);
    }

    private @Nullable Node repeated() {
      Node node = atom();
      int repetitions = 0;
      while (node != null) {
        int c = peek();
        if (c == '*' || c == '+' || c == '?') {
          at++;
          node = new Node.Repeat(node, c == '+' ? 1 : 0, c == '?' ? 1 : ENDLESS);
        } else if (c == '{') {
          node = counted(node);
        } else {
          return node;
        }
        if (++repetitions > REPEATED_MAX) {
          return null;
        }
      }
      return null;
    }

    private @Nullable Node counted(Node node) {
      at++;
      int least = number();
      int most = least;
      if (takes(',')) {
        most = peek() == '}' ? ENDLESS : number();
        if (most < 0 && peek() != '}') {
          return null;
        }
      }
      boolean isCount = least >= 0 && takes('}') && (most == ENDLESS || most >= least);
      return isCount ? new Node.Repeat(node, least, most) : null;
    }

    /** The number here, or -1 if there is none up to the highest. */
    private int number() {
      int start = at;
      int number = 0;
      while (peek() >= '0' && peek() <= '9' && number <= REPEAT_MAX) {
        number = number * 10 + peek() - '0';
        at++;
      }
      return at == start || number > REPEAT_MAX ? -1 : number;
    }

    private @Nullable Node atom() {
      int c = peek();
      at++;
      return switch (c) {
        case '(' -> group();
        case '[' -> bracket();
        case '\\' -> escape();
        case '.' -> new Node.OneOf(new ByteSet().add(0, 255));
        case '^' -> new Node.Anchor(BEGIN);
        case '$' -> new Node.Anchor(END);
        case '*', '+', '?', '{' -> null;
        default -> one(c);
      };
    }

    private Node one(int c) {
      return new Node.One(ignoringCase ? lower(c) : c);
    }

    private Node oneOf(ByteSet set) {
      return new Node.OneOf(ignoringCase ? set.fold() : set);
    }

    private @Nullable Node group() {
      if (++depth > DEPTH_MAX) {
        return null;
      }
      if (peek() == '?' && peek(1) == ':') {
        at += 2;
      }
      Node node = choice();
      depth--;
      return takes(')') ? node : null;
    }

    private @Nullable Node escape() {
      int c = peek();
      if (c >= 0 && isClassLetter(c)) {
        at++;
        return oneOf(escaped(c));
      }
      int single = escapedByte();
      return single < 0 ? null : one(single);
    }

    /** The byte that an escape stands for, or -1. */
    private int escapedByte() {
      int c = peek();
      at++;
      switch (c) {
        case 'n':
          return '\n';
        case 'r':
          return '\r';
        case 't':
          return '\t';
        case 'f':
          return '\f';
        case 'x':
          int high = Character.digit(peek(), 16);
          int low = Character.digit(peek(1), 16);
          at += 2;
          return high < 0 || low < 0 ? -1 : high << 4 | low;
        default:
          boolean isLetterOrDigit = c >= 0 && c < 128 && Character.isLetterOrDigit(c);
          return isLetterOrDigit ? -1 : c;
      }
    }

    private @Nullable Node bracket() {
      boolean inverted = takes('^');
      ByteSet set = new ByteSet();
      boolean isFirst = true;
      while (isFirst || peek() != ']') {
        isFirst = false;
        if (peek() < 0) {
          return null;
        }
        if (peek() == '[' && peek(1) == ':') {
          ByteSet named = namedClass();
          if (named == null) {
            return null;
          }
          set.addAll(named);
        } else if (peek() == '\\' && isClassLetter(Math.max(0, peek(1)))) {
          set.addAll(escaped(peek(1)));
          at += 2;
        } else if (!range(set)) {
          return null;
        }
      }
      at++;
      // First what is in, in either case, and then the opposite.
      ByteSet folded = ignoringCase ? set.fold() : set;
      return new Node.OneOf(inverted ? folded.invert() : folded);
    }

    private @Nullable ByteSet namedClass() {
      int start = at + 2;
      int end = start;
      while (end < pattern.length() && pattern.at(end) != ':') {
        end++;
      }
      at = end + 2;
      boolean isClosed = end + 1 < pattern.length() && pattern.at(end + 1) == ']';
      return isClosed ? named(pattern.range(start, end).toLatin1()) : null;
    }

    private boolean range(ByteSet set) {
      int from = member();
      int to = from;
      if (peek() == '-' && peek(1) >= 0 && peek(1) != ']') {
        at++;
        to = member();
      }
      if (from < 0 || to < from) {
        return false;
      }
      set.add(from, to);
      return true;
    }

    private int member() {
      int c = peek();
      at++;
      return c == '\\' ? escapedByte() : c;
    }
  }

  // ------------------------------------------------------------------------------------- program

  /** A pattern as steps. */
  private static final class Program {
    byte[] steps = new byte[32];
    int[] first = new int[32];
    int[] second = new int[32];
    int size;
    private int parts;
    final List<ByteSet> classes = new ArrayList<>();

    boolean isTooLarge() {
      return size >= STEPS_MAX || parts >= PARTS_MAX;
    }

    int add(byte step, int one, int other) {
      if (isTooLarge()) {
        return size;
      }
      if (size == steps.length) {
        steps = Arrays.copyOf(steps, 2 * size);
        first = Arrays.copyOf(first, 2 * size);
        second = Arrays.copyOf(second, 2 * size);
      }
      steps[size] = step;
      first[size] = one;
      second[size] = other;
      return size++;
    }

    void write(Node node) {
      if (isTooLarge()) {
        return;
      }
      parts++;
      switch (node) {
        case Node.One(int c) -> add(BYTE, c, 0);
        case Node.OneOf(ByteSet set) -> {
          classes.add(set);
          add(CLASS, classes.size() - 1, 0);
        }
        case Node.Anchor(byte step) -> add(step, 0, 0);
        case Node.Sequence(List<Node> parts) -> parts.forEach(this::write);
        case Node.Choice(List<Node> branches) -> writeChoice(branches);
        case Node.Repeat repeat -> writeRepeat(repeat);
      }
    }

    private void writeChoice(List<Node> branches) {
      List<Integer> exits = new ArrayList<>();
      for (int i = 0; i < branches.size() - 1; i++) {
        int fork = add(FORK, size + 1, 0);
        write(branches.get(i));
        exits.add(add(GO, 0, 0));
        aim(second, fork);
      }
      write(branches.getLast());
      exits.forEach(exit -> aim(first, exit));
    }

    private void writeRepeat(Node.Repeat repeat) {
      for (int i = 0; i < repeat.least; i++) {
        write(repeat.part);
      }
      if (repeat.most == ENDLESS) {
        int fork = add(FORK, size + 1, 0);
        write(repeat.part);
        add(GO, fork, 0);
        aim(second, fork);
      } else {
        List<Integer> forks = new ArrayList<>();
        for (int i = repeat.least; i < repeat.most; i++) {
          forks.add(add(FORK, size + 1, 0));
          write(repeat.part);
        }
        forks.forEach(fork -> aim(second, fork));
      }
    }

    /** Lets an operand of a step say the place that is written next. */
    private void aim(int[] operand, int step) {
      if (!isTooLarge()) {
        operand[step] = size;
      }
    }
  }
}
