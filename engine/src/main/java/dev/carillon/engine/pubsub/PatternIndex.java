package dev.carillon.engine.pubsub;

import dev.carillon.protocol.bytes.Bytes;
import dev.carillon.protocol.bytes.Glob;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * An index of glob patterns that answers which of them match a channel in time proportional to the
 * channel and the matches, not to the number of patterns.
 *
 * <p>Owned by the engine thread. Matching allocates nothing. The order of patterns within one match
 * is not specified, but the same history of calls always gives the same order; within one pattern,
 * subscribers come in the order in which they subscribed.
 *
 * <p>Subscribers are told apart by {@code equals} and {@code hashCode}.
 *
 * @param <T> the subscribers
 */
public final class PatternIndex<T> {

  /*
   * Every pattern lives in exactly one home, found through a literal that each channel it matches
   * must contain:
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
   * A gram is a window of 1, 2, 3, 4, 6 or 8 bytes of the run: the longest that fits, because long
   * grams spread more and match less by accident, and few lengths because each one in use costs a
   * probe per position. It is packed into a long, so equal keys are equal grams. Of all windows
   * (at most WINDOWS of them, the last ones) the least crowded is taken and among equals the last,
   * because names vary towards their end. A gram that is met leads to a comparison of the whole run
   * in place, so that Glob runs at most once per pattern and match, however often the gram occurs.
   *
   * Emptied nodes are pruned and merged, and tables shrink, so that an index that was once large
   * is neither large nor slow afterwards.
   */

  /** From this many patterns on, a bucket is crowded and newcomers look for another. Chosen. */
  static final int CROWD = 2;

  /** The number of windows of a run that are compared to find the least crowded. Chosen. */
  static final int WINDOWS = 64;

  /** The longest gram, in bytes: what fits into a long. */
  static final int GRAM_MAX = Long.BYTES;

  /** Receives what {@link #match} finds. */
  @FunctionalInterface
  public interface Matched<T> {

    /**
     * Called once for each pair of a matching pattern and one of its subscribers. Must not call the
     * index.
     *
     * @param pattern as it was added; the index keeps it, so it may be kept but not written to
     */
    void matched(Bytes pattern, T subscriber);
  }

  /** Which structure holds a pattern. */
  enum Home {
    PREFIX,
    SUFFIX,
    INFIX,
    SCAN
  }

  private final boolean linear;
  private Map<Bytes, Entry<T>> entries = new HashMap<>();
  private int entriesPeak;

  final Trie<T> prefixes = new Trie<>(false);
  final Trie<T> suffixes = new Trie<>(true);
  final @Nullable GramTable<T>[] infixes = newGramTables();
  final Bucket<T> scan = new Bucket<>();

  private final Bytes text = Bytes.view();
  private boolean matching;
  private long matches;
  private long candidates;

  /** An empty index. */
  public PatternIndex() {
    this(false);
  }

  /**
   * An empty index that is linear if asked: it scans all its patterns. The yardstick by which tests
   * and benchmarks judge the work of the real one.
   */
  PatternIndex(boolean linear) {
    this.linear = linear;
  }

  /**
   * Adds a subscriber to a pattern. O(pattern), allocates.
   *
   * @param pattern is copied
   * @return false, and nothing changes, if the subscriber has this pattern already
   * @throws IllegalStateException if called while a match runs
   */
  public boolean add(Bytes pattern, T subscriber) {
    refuseWhileMatching();
    Entry<T> entry = entries.get(pattern);
    if (entry == null) {
      entry = new Entry<>(pattern.copy());
      entries.put(entry.pattern, entry);
      entriesPeak = Math.max(entriesPeak, entries.size());
      settle(entry);
    }
    return entry.audience.add(subscriber);
  }

  /**
   * Removes a subscriber from a pattern, and the pattern with its last subscriber. O(pattern), now
   * and then O(patterns left) when a table shrinks to what is left in it.
   *
   * @return false, and nothing changes, if the subscriber does not have this pattern
   * @throws IllegalStateException if called while a match runs
   */
  public boolean remove(Bytes pattern, T subscriber) {
    refuseWhileMatching();
    Entry<T> entry = entries.get(pattern);
    if (entry == null || !entry.audience.remove(subscriber)) {
      return false;
    }
    if (entry.audience.size() == 0) {
      entries.remove(entry.pattern);
      leave(entry);
      shrinkEntries();
    }
    return true;
  }

  /** The number of distinct patterns. */
  public int patterns() {
    return entries.size();
  }

  /** Whether there are no patterns. */
  public boolean isEmpty() {
    return entries.isEmpty();
  }

  /**
   * Finds all subscribers of all patterns that match a channel. O(length + candidates), where
   * candidates are few more than the matches (see the class); allocates nothing.
   *
   * @param channel the array that holds the name of the channel, which is not kept
   * @param offset where the name begins
   * @param length of the name in bytes
   */
  public void match(byte[] channel, int offset, int length, Matched<? super T> consumer) {
    if (entries.isEmpty()) {
      return;
    }
    refuseWhileMatching();
    matching = true;
    matches++;
    text.pointTo(channel, offset, length);
    try {
      prefixes.match(this, channel, offset, length, consumer);
      suffixes.match(this, channel, offset, length, consumer);
      for (GramTable<T> table : infixes) {
        if (table != null) {
          table.match(this, channel, offset, length, consumer);
        }
      }
      examine(scan, length, consumer);
    } finally {
      text.pointTo(Bytes.EMPTY.array(), 0, 0);
      matching = false;
    }
  }

  /**
   * Whether some pattern might match a channel that begins with {@code beginning}: false is
   * certain, true is a guess. O(beginning), allocates nothing.
   */
  public boolean mayMatch(Bytes beginning) {
    if (entries.isEmpty()) {
      return false;
    }
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

  /** How many patterns were looked at by all matches so far, matching or not. */
  long candidates() {
    return candidates;
  }

  // Where a pattern lives.

  private void settle(Entry<T> entry) {
    if (linear) {
      entry.home = Home.SCAN;
    } else {
      Glob.Parts parts = Glob.parts(entry.pattern);
      if (!settleProven(entry, parts)) {
        settleUnproven(entry, parts);
      }
    }
    switch (entry.home) {
      case PREFIX -> prefixes.add(entry);
      case SUFFIX -> suffixes.add(entry);
      case INFIX -> {
        int gramLength = gramLength(entry.literal.length);
        GramTable<T> table = infixes[gramLength];
        if (table == null) {
          table = new GramTable<>(gramLength);
          infixes[gramLength] = table;
        }
        table.add(entry);
      }
      case SCAN -> scan.add(entry);
    }
  }

  private void leave(Entry<T> entry) {
    switch (entry.home) {
      case PREFIX -> prefixes.remove(entry);
      case SUFFIX -> suffixes.remove(entry);
      case INFIX -> {
        int gramLength = gramLength(entry.literal.length);
        GramTable<T> table = infixes[gramLength];
        table.remove(entry);
        if (table.size == 0) {
          infixes[gramLength] = null;
        }
      }
      case SCAN -> scan.remove(entry);
    }
  }

  /**
   * Settles a pattern whose home proves the match: one literal, with nothing but stars around it. A
   * literal with a star and an escape is left to Glob, though it could be proven too.
   *
   * @return false if it is not such a pattern
   */
  private boolean settleProven(Entry<T> entry, Glob.Parts parts) {
    if (parts.exact()) {
      place(entry, Home.PREFIX, Proof.WHOLE, parts.prefix().toByteArray());
      return true;
    }
    Bytes pattern = entry.pattern;
    int from = 0;
    int to = pattern.length();
    while (from < to && pattern.at(from) == '*') {
      from++;
    }
    while (to > from && pattern.at(to - 1) == '*') {
      to--;
    }
    for (int i = from; i < to; i++) {
      switch (pattern.at(i)) {
        case '*', '?', '[', '\\' -> {
          return false;
        }
        default -> {}
      }
    }
    byte[] literal = pattern.range(from, to).toByteArray();
    if (from == 0 || from == to) { // stars alone are an empty prefix with a star
      place(entry, Home.PREFIX, Proof.LITERAL, literal);
    } else if (to == pattern.length()) {
      place(entry, Home.SUFFIX, Proof.LITERAL, literal);
    } else {
      place(entry, Home.INFIX, Proof.LITERAL, literal);
      entry.window = window(literal);
    }
    return true;
  }

  private void settleUnproven(Entry<T> entry, Glob.Parts parts) {
    byte[] prefix = parts.prefix().toByteArray();
    byte[] suffix = parts.suffix().toByteArray();
    byte[] infix = parts.infix().toByteArray();
    byte[] best = prefix;
    int bestCrowd = Integer.MAX_VALUE;
    if (prefix.length > 0) {
      bestCrowd = prefixes.crowd(prefix);
      place(entry, Home.PREFIX, Proof.NONE, prefix);
    }
    if (suffix.length > 0) {
      int crowd = suffixes.crowd(suffix);
      if (better(suffix, crowd, best, bestCrowd)) {
        best = suffix;
        bestCrowd = crowd;
        place(entry, Home.SUFFIX, Proof.NONE, suffix);
      }
    }
    if (infix.length > 0) {
      int window = window(infix);
      GramTable<T> table = infixes[gramLength(infix.length)];
      if (better(infix, table == null ? 0 : table.crowd(infix, window), best, bestCrowd)) {
        place(entry, Home.INFIX, Proof.NONE, infix);
        entry.window = window;
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

  private void place(Entry<T> entry, Home home, Proof proof, byte[] literal) {
    entry.home = home;
    entry.proof = proof;
    entry.literal = literal;
  }

  /** Where in the run the gram begins that the fewest patterns share; of equals the last. */
  private int window(byte[] run) {
    int gramLength = gramLength(run.length);
    int last = run.length - gramLength;
    GramTable<T> table = infixes[gramLength];
    if (table == null) {
      return last;
    }
    int best = last;
    int bestCrowd = Integer.MAX_VALUE;
    for (int i = last; i >= 0 && i > last - WINDOWS && bestCrowd > 0; i--) {
      int crowd = table.crowd(run, i);
      if (crowd < bestCrowd) {
        best = i;
        bestCrowd = crowd;
      }
    }
    return best;
  }

  /** The length of the gram, in bytes, by which a run of that many bytes is found. */
  static int gramLength(int runLength) {
    return switch (runLength) {
      case 1, 2, 3, 4, 6 -> runLength;
      case 5 -> 4;
      case 7 -> 6;
      default -> GRAM_MAX;
    };
  }

  // What a match meets.

  private void examine(Bucket<T> bucket, int length, Matched<? super T> consumer) {
    for (Entry<T> entry = bucket.first; entry != null; entry = entry.next) {
      candidates++;
      boolean matches =
          switch (entry.proof) {
            case LITERAL -> length > 0; // not even a star matches the empty channel
            case WHOLE -> entry.literal.length == length;
            case NONE -> Glob.matches(entry.pattern, text);
          };
      if (matches) {
        entry.audience.tell(entry.pattern, consumer);
      }
    }
  }

  /** Examines the patterns of a gram that begins at {@code gramAt} of the channel. */
  private void examineRuns(Bucket<T> bucket, int gramAt, Matched<? super T> consumer) {
    for (Entry<T> entry = bucket.first; entry != null; entry = entry.next) {
      candidates++;
      if (entry.examined != matches && hasRunAt(entry.literal, gramAt - entry.window)) {
        entry.examined = matches;
        if (entry.proof == Proof.LITERAL || Glob.matches(entry.pattern, text)) {
          entry.audience.tell(entry.pattern, consumer);
        }
      }
    }
  }

  private boolean hasRunAt(byte[] run, int at) {
    if (at < 0 || at + run.length > text.length()) {
      return false;
    }
    int from = text.offset() + at;
    return Arrays.equals(run, 0, run.length, text.array(), from, from + run.length);
  }

  private void refuseWhileMatching() {
    if (matching) {
      throw new IllegalStateException("the pattern index was called by a consumer of its match");
    }
  }

  /** A table of the JDK never shrinks by itself; a quarter of its peak is worth a new one. */
  private void shrinkEntries() {
    if (entriesPeak > 64 && entries.size() < entriesPeak / 4) {
      entries = new HashMap<>(entries);
      entriesPeak = entries.size();
    }
  }

  @SuppressWarnings({"unchecked", "rawtypes"}) // an array of a generic type
  private static <T> @Nullable GramTable<T>[] newGramTables() {
    return new GramTable[GRAM_MAX + 1];
  }

  /** What meeting a pattern at its home says about a match. */
  enum Proof {
    /** Nothing: Glob must decide. */
    NONE,
    /** The literal of its home is all that the pattern asks for, of a channel that is not empty. */
    LITERAL,
    /** The literal is the whole pattern: the channel must end with it too. */
    WHOLE
  }

  /** A pattern, its subscribers and its home. */
  static final class Entry<T> {
    final Bytes pattern;
    final Audience<T> audience = new Audience<>();

    /** The bytes by which the home finds it, in their natural order. */
    byte[] literal = Bytes.EMPTY.array();

    Home home = Home.SCAN;
    Proof proof = Proof.NONE;

    /** Where in the literal the gram begins; only in an infix home. */
    int window;

    /** The number of the match that examined it last; only in an infix home. */
    long examined;

    @Nullable Entry<T> previous;
    @Nullable Entry<T> next;

    Entry(Bytes pattern) {
      this.pattern = pattern;
    }
  }

  /** The patterns that share one place: a doubly linked list through the entries. */
  static final class Bucket<T> {
    @Nullable Entry<T> first;
    int size;

    void add(Entry<T> entry) {
      entry.next = first;
      if (first != null) {
        first.previous = entry;
      }
      first = entry;
      size++;
    }

    void remove(Entry<T> entry) {
      if (entry.previous == null) {
        first = entry.next;
      } else {
        entry.previous.next = entry.next;
      }
      if (entry.next != null) {
        entry.next.previous = entry.previous;
      }
      entry.previous = null;
      entry.next = null;
      size--;
    }
  }

  /**
   * The subscribers of one pattern or channel, in the order of subscribing. Adding and removing
   * take constant time; a loop over all of them reads one array.
   *
   * <p>Members lie in an array in order; a removed one leaves a hole, and holes are closed before
   * they are three quarters of the array. Above {@link #SMALL} members an open-addressed table says
   * where in the array a member lies.
   */
  static final class Audience<T> {

    /** Up to this many members are found by looking at all of them. Chosen. */
    static final int SMALL = 8;

    private static final int[] NO_SLOTS = {};

    private @Nullable Object[] members = new Object[1];
    private int end;
    private int size;
    private int[] slots = NO_SLOTS; // index into members + 1; 0 is free

    int size() {
      return size;
    }

    /** Bound of the work of a loop over all members; for tests. */
    int capacity() {
      return members.length;
    }

    /** The member at an index below {@link #end()}, or null if it was removed. */
    @SuppressWarnings("unchecked") // only members are ever put there
    @Nullable T at(int index) {
      return (T) members[index];
    }

    /** The end (exclusive) of the indexes for {@link #at}. */
    int end() {
      return end;
    }

    void tell(Bytes pattern, Matched<? super T> consumer) {
      for (int i = 0; i < end; i++) {
        T member = at(i);
        if (member != null) {
          consumer.matched(pattern, member);
        }
      }
    }

    boolean add(T member) {
      if (indexOf(member) >= 0) {
        return false;
      }
      if (end == members.length) {
        resize();
      }
      members[end++] = member;
      size++;
      if (slots.length > 0) {
        putSlot(end - 1);
      } else if (size > SMALL) {
        newSlots();
      }
      return true;
    }

    boolean remove(T member) {
      int index = indexOf(member);
      if (index < 0) {
        return false;
      }
      if (slots.length > 0) {
        freeSlot(index);
      }
      members[index] = null;
      size--;
      while (end > 0 && members[end - 1] == null) {
        end--;
      }
      if (members.length > 4 && size < members.length / 4) {
        resize();
      }
      return true;
    }

    private int indexOf(T member) {
      if (slots.length == 0) {
        for (int i = 0; i < end; i++) {
          if (member.equals(members[i])) {
            return i;
          }
        }
        return -1;
      }
      for (int slot = slotOf(member); slots[slot] != 0; slot = next(slot)) {
        int index = slots[slot] - 1;
        if (member.equals(members[index])) {
          return index;
        }
      }
      return -1;
    }

    /** Closes the holes and leaves room for as many members again. */
    private void resize() {
      Object[] old = members;
      int oldEnd = end;
      members = new Object[Math.max(2, size * 2)];
      end = 0;
      for (int i = 0; i < oldEnd; i++) {
        if (old[i] != null) {
          members[end++] = old[i];
        }
      }
      slots = NO_SLOTS;
      if (size > SMALL) {
        newSlots();
      }
    }

    /** A table at most half full until the array of members is replaced. */
    private void newSlots() {
      slots = new int[Integer.highestOneBit(members.length) * 4];
      for (int i = 0; i < end; i++) {
        if (members[i] != null) {
          putSlot(i);
        }
      }
    }

    private void putSlot(int index) {
      int slot = slotOf(members[index]);
      while (slots[slot] != 0) {
        slot = next(slot);
      }
      slots[slot] = index + 1;
    }

    /** Frees the slot of a member and moves up those behind it that it had displaced. */
    private void freeSlot(int index) {
      int free = slotOf(members[index]);
      while (slots[free] != index + 1) {
        free = next(free);
      }
      for (int slot = next(free); slots[slot] != 0; slot = next(slot)) {
        int wanted = slotOf(members[slots[slot] - 1]);
        if (((slot - wanted) & (slots.length - 1)) >= ((slot - free) & (slots.length - 1))) {
          slots[free] = slots[slot];
          free = slot;
        }
      }
      slots[free] = 0;
    }

    private int slotOf(Object member) {
      return spread(member.hashCode()) & (slots.length - 1);
    }

    private int next(int slot) {
      return (slot + 1) & (slots.length - 1);
    }

    private static int spread(int hash) {
      int product = hash * 0x9E3779B9;
      return product ^ (product >>> 16);
    }
  }

  /**
   * A compressed trie from literals to buckets. Backwards it is a trie over reversed literals, and
   * follows a channel from its end.
   */
  static final class Trie<T> {
    final Node<T> root = new Node<>(Bytes.EMPTY.array());
    final boolean backwards;
    int patterns;

    Trie(boolean backwards) {
      this.backwards = backwards;
    }

    /** How many patterns share this literal. */
    int crowd(byte[] literal) {
      Node<T> node = root;
      int depth = 0;
      while (depth < literal.length) {
        node = node.child(at(literal, depth));
        if (node == null || node.common(this, literal, depth) < node.label.length) {
          return 0;
        }
        depth += node.label.length;
      }
      return node.bucket == null ? 0 : node.bucket.size;
    }

    void add(Entry<T> entry) {
      byte[] literal = entry.literal;
      Node<T> node = root;
      int depth = 0;
      while (depth < literal.length) {
        Node<T> child = node.child(at(literal, depth));
        if (child == null) {
          child = new Node<>(label(literal, depth));
          node.putChild(child);
          depth = literal.length;
        } else {
          int common = child.common(this, literal, depth);
          if (common < child.label.length) {
            child.split(common);
          }
          depth += common;
        }
        node = child;
      }
      if (node.bucket == null) {
        node.bucket = new Bucket<>();
      }
      node.bucket.add(entry);
      patterns++;
    }

    void remove(Entry<T> entry) {
      byte[] literal = entry.literal;
      Node<T> parent = root;
      Node<T> node = root;
      int depth = 0;
      while (depth < literal.length) {
        parent = node;
        node = Objects.requireNonNull(node.child(at(literal, depth)), "the way to a pattern");
        depth += node.label.length;
      }
      Bucket<T> bucket = Objects.requireNonNull(node.bucket, "the bucket of a pattern");
      bucket.remove(entry);
      patterns--;
      if (bucket.size > 0) {
        return;
      }
      node.bucket = null;
      if (node.children() == 0 && node != root) {
        parent.removeChild(node);
        node = parent;
      }
      if (node.children() == 1 && node.bucket == null && node != root) {
        node.mergeOnlyChild();
      }
    }

    void match(
        PatternIndex<T> index,
        byte[] channel,
        int offset,
        int length,
        Matched<? super T> consumer) {
      int step = backwards ? -1 : 1;
      int at = backwards ? offset + length - 1 : offset;
      int left = length;
      Node<T> node = root;
      while (true) {
        if (node.bucket != null) {
          index.examine(node.bucket, length, consumer);
        }
        if (left == 0) {
          return;
        }
        node = node.child(channel[at]);
        if (node == null) {
          return;
        }
        byte[] label = node.label;
        if (label.length > left) {
          return;
        }
        for (int i = 1; i < label.length; i++) {
          if (label[i] != channel[at + i * step]) {
            return;
          }
        }
        at += label.length * step;
        left -= label.length;
      }
    }

    /** Whether a literal begins with these bytes, or they with a literal; only forwards. */
    boolean mayMatch(Bytes beginning) {
      Node<T> node = root;
      int depth = 0;
      while (node.bucket == null) {
        if (depth == beginning.length()) {
          return patterns > 0;
        }
        node = node.child(beginning.at(depth));
        if (node == null) {
          return false;
        }
        for (byte b : node.label) {
          if (depth == beginning.length()) {
            return true;
          }
          if (b != beginning.at(depth)) {
            return false;
          }
          depth++;
        }
      }
      return true;
    }

    private byte at(byte[] literal, int depth) {
      return literal[backwards ? literal.length - 1 - depth : depth];
    }

    /** What is left of the literal from {@code depth}, in the direction of the trie. */
    private byte[] label(byte[] literal, int depth) {
      byte[] label = new byte[literal.length - depth];
      for (int i = 0; i < label.length; i++) {
        label[i] = at(literal, depth + i);
      }
      return label;
    }
  }

  /**
   * A node of a trie. Up to {@link #SPARSE} children lie in arrays sorted by their first byte, more
   * in an array indexed by it.
   */
  static final class Node<T> {

    /** The most children that are searched one by one. Chosen: one line of a cache. */
    static final int SPARSE = 16;

    /** Below so many an indexed node is sorted again; the gap keeps it from going to and fro. */
    static final int SPARSE_AGAIN = 12;

    private static final Node<?>[] NO_CHILDREN = {};

    /** The bytes from the parent to here; empty only in the root. */
    byte[] label;

    @Nullable Bucket<T> bucket;
    byte @Nullable [] firsts = Bytes.EMPTY.array(); // null: children are indexed
    @Nullable Node<T>[] children = none();
    private int count;

    Node(byte[] label) {
      this.label = label;
    }

    int children() {
      return count;
    }

    @Nullable Node<T> child(byte first) {
      byte[] sorted = firsts;
      if (sorted == null) {
        return children[first & 0xFF];
      }
      for (int i = 0; i < sorted.length; i++) {
        if (sorted[i] == first) {
          return children[i];
        }
      }
      return null;
    }

    void putChild(Node<T> child) {
      count++;
      if (firsts != null && count > SPARSE) {
        Node<T>[] sorted = children;
        firsts = null;
        children = array(256);
        for (Node<T> one : sorted) {
          children[one.label[0] & 0xFF] = one;
        }
      }
      if (firsts == null) {
        children[child.label[0] & 0xFF] = child;
        return;
      }
      int at = -1 - Arrays.binarySearch(firsts, child.label[0]);
      byte[] newFirsts = new byte[count];
      Node<T>[] newChildren = array(count);
      System.arraycopy(firsts, 0, newFirsts, 0, at);
      System.arraycopy(children, 0, newChildren, 0, at);
      newFirsts[at] = child.label[0];
      newChildren[at] = child;
      System.arraycopy(firsts, at, newFirsts, at + 1, count - 1 - at);
      System.arraycopy(children, at, newChildren, at + 1, count - 1 - at);
      firsts = newFirsts;
      children = newChildren;
    }

    void removeChild(Node<T> child) {
      count--;
      if (firsts == null) {
        children[child.label[0] & 0xFF] = null;
        if (count >= SPARSE_AGAIN) {
          return;
        }
      }
      byte[] newFirsts = new byte[count];
      Node<T>[] newChildren = count == 0 ? none() : array(count);
      int at = 0;
      for (int first = Byte.MIN_VALUE; first <= Byte.MAX_VALUE && at < count; first++) {
        Node<T> one = child((byte) first);
        if (one != null && one != child) {
          newFirsts[at] = (byte) first;
          newChildren[at++] = one;
        }
      }
      firsts = newFirsts;
      children = newChildren;
    }

    /** How many bytes of the label the literal has from {@code depth}. */
    int common(Trie<T> trie, byte[] literal, int depth) {
      int limit = Math.min(label.length, literal.length - depth);
      int i = 0;
      while (i < limit && label[i] == trie.at(literal, depth + i)) {
        i++;
      }
      return i;
    }

    /** Keeps the first {@code kept} bytes of the label and moves the rest, and all else, below. */
    void split(int kept) {
      Node<T> lower = new Node<>(Arrays.copyOfRange(label, kept, label.length));
      lower.take(this);
      label = Arrays.copyOf(label, kept);
      bucket = null;
      firsts = Bytes.EMPTY.array();
      children = none();
      count = 0;
      putChild(lower);
    }

    void mergeOnlyChild() {
      Node<T> child = Objects.requireNonNull(children[0]); // one child never needs an index
      byte[] longer = Arrays.copyOf(label, label.length + child.label.length);
      System.arraycopy(child.label, 0, longer, label.length, child.label.length);
      label = longer;
      take(child);
    }

    private void take(Node<T> other) {
      bucket = other.bucket;
      firsts = other.firsts;
      children = other.children;
      count = other.count;
    }

    @SuppressWarnings("unchecked") // an empty array holds nothing of a wrong type
    private static <T> @Nullable Node<T>[] none() {
      return (Node<T>[]) NO_CHILDREN;
    }

    @SuppressWarnings({"unchecked", "rawtypes"}) // an array of a generic type
    private static <T> @Nullable Node<T>[] array(int length) {
      return new Node[length];
    }
  }

  /**
   * The patterns that are found by grams of one length: an open-addressed table from the gram,
   * packed into a long, to a bucket. At most half full, at least an eighth.
   */
  static final class GramTable<T> {
    private static final int CAPACITY_MIN = 8;

    final int gramLength;
    private final long mask;
    int size;
    private long[] grams;
    @Nullable Bucket<T>[] buckets;
    private int shift;

    GramTable(int gramLength) {
      this.gramLength = gramLength;
      this.mask = gramLength == Long.BYTES ? -1L : (1L << (gramLength * Byte.SIZE)) - 1;
      allocate(CAPACITY_MIN);
    }

    /** How many patterns share the gram that begins there in the run. */
    int crowd(byte[] run, int window) {
      Bucket<T> bucket = buckets[slotOf(pack(run, window))];
      return bucket == null ? 0 : bucket.size;
    }

    void add(Entry<T> entry) {
      long gram = pack(entry.literal, entry.window);
      int slot = slotOf(gram);
      if (buckets[slot] == null) {
        if (++size > buckets.length / 2) {
          resize(buckets.length * 2);
          slot = slotOf(gram);
        }
        grams[slot] = gram;
        buckets[slot] = new Bucket<>();
      }
      buckets[slot].add(entry);
    }

    void remove(Entry<T> entry) {
      int slot = slotOf(pack(entry.literal, entry.window));
      Bucket<T> bucket = buckets[slot];
      bucket.remove(entry);
      if (bucket.size > 0) {
        return;
      }
      size--;
      free(slot);
      if (buckets.length > CAPACITY_MIN && size < buckets.length / 8) {
        resize(buckets.length / 2);
      }
    }

    void match(
        PatternIndex<T> index,
        byte[] channel,
        int offset,
        int length,
        Matched<? super T> consumer) {
      if (length < gramLength) {
        return;
      }
      long[] grams = this.grams;
      Bucket<T>[] buckets = this.buckets;
      int wrap = buckets.length - 1;
      long gram = 0;
      int at = offset;
      for (int first = offset + gramLength - 1; at < first; at++) {
        gram = (gram << Byte.SIZE) | (channel[at] & 0xFF);
      }
      for (int end = offset + length; at < end; at++) {
        gram = ((gram << Byte.SIZE) | (channel[at] & 0xFF)) & mask;
        int slot = spread(gram, shift);
        Bucket<T> bucket;
        while ((bucket = buckets[slot]) != null) {
          if (grams[slot] == gram) {
            index.examineRuns(bucket, at + 1 - gramLength - offset, consumer);
            break;
          }
          slot = (slot + 1) & wrap;
        }
      }
    }

    private long pack(byte[] run, int window) {
      long gram = 0;
      for (int i = window; i < window + gramLength; i++) {
        gram = (gram << Byte.SIZE) | (run[i] & 0xFF);
      }
      return gram;
    }

    /** The slot of the gram, or the free one where it belongs. */
    private int slotOf(long gram) {
      int slot = spread(gram, shift);
      while (buckets[slot] != null && grams[slot] != gram) {
        slot = (slot + 1) & (buckets.length - 1);
      }
      return slot;
    }

    /** Frees a slot and moves up those behind it that it had displaced. */
    private void free(int free) {
      int wrap = buckets.length - 1;
      for (int slot = (free + 1) & wrap; buckets[slot] != null; slot = (slot + 1) & wrap) {
        int wanted = spread(grams[slot], shift);
        if (((slot - wanted) & wrap) >= ((slot - free) & wrap)) {
          grams[free] = grams[slot];
          buckets[free] = buckets[slot];
          free = slot;
        }
      }
      buckets[free] = null;
    }

    private void resize(int capacity) {
      long[] oldGrams = grams;
      Bucket<T>[] oldBuckets = buckets;
      allocate(capacity);
      for (int i = 0; i < oldBuckets.length; i++) {
        if (oldBuckets[i] != null) {
          int slot = slotOf(oldGrams[i]);
          grams[slot] = oldGrams[i];
          buckets[slot] = oldBuckets[i];
        }
      }
    }

    @SuppressWarnings({"unchecked", "rawtypes"}) // an array of a generic type
    private void allocate(int capacity) {
      grams = new long[capacity];
      buckets = new Bucket[capacity];
      shift = Long.numberOfLeadingZeros(capacity) + 1;
    }

    /** The upper bits of a product with the golden ratio. */
    private static int spread(long gram, int shift) {
      return (int) ((gram * 0x9E3779B97F4A7C15L) >>> shift);
    }
  }
}
