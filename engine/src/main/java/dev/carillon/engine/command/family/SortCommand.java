package dev.carillon.engine.command.family;

import static dev.carillon.engine.command.CommandFlag.DENYOOM;
import static dev.carillon.engine.command.CommandFlag.READONLY;
import static dev.carillon.engine.command.CommandFlag.WRITE;
import static dev.carillon.protocol.event.EventType.DEL;
import static dev.carillon.protocol.event.EventType.NEW;
import static dev.carillon.protocol.event.EventType.OVERWRITTEN;
import static dev.carillon.protocol.event.EventType.SORTSTORE;
import static dev.carillon.protocol.event.EventType.TYPE_CHANGED;

import dev.carillon.engine.command.CommandContext;
import dev.carillon.engine.command.CommandTable;
import dev.carillon.engine.command.KeySpec;
import dev.carillon.engine.keyspace.Entry;
import dev.carillon.engine.keyspace.HashView;
import dev.carillon.engine.keyspace.ListView;
import dev.carillon.engine.keyspace.SortedSetView;
import dev.carillon.engine.reply.Errors;
import dev.carillon.engine.reply.ReplyWriter;
import dev.carillon.engine.value.ValueType;
import dev.carillon.protocol.bytes.Bytes;
import dev.carillon.protocol.bytes.Numerals;
import dev.carillon.protocol.resp.Request;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;

/**
 * SORT and SORT_RO.
 *
 * <p>Three steps that know nothing of each other: {@link #elements} reads what is sorted, {@link
 * #arranged} puts it in order and cuts the range out, and what comes of it is either written as the
 * reply or stored. Elements are sorted by their weight, which is the element itself or, with BY,
 * the value of another key; GET answers the values of other keys in the place of each element.
 */
final class SortCommand {

  private static final Bytes ITSELF = Bytes.of("#");
  private static final Bytes ARROW = Bytes.of("->");

  private static final KeySpec SOURCE = KeySpec.one(1).access("RO access");

  /** BY and GET read keys whose names depend on the elements. */
  private static final KeySpec PATTERNS =
      KeySpec.unknown((request, index) -> {}).access("RO access");

  private SortCommand() {}

  static void register(CommandTable.Builder table) {
    table
        .command("sort", -2, ctx -> sort(ctx, true))
        .flags(WRITE, DENYOOM)
        .keys(
            SOURCE
                .and(PATTERNS)
                .and(KeySpec.unknown(SortCommand::findDestination).access("OW update")))
        .categories("set", "sortedset", "list", "dangerous")
        .outsideFamilyCategory()
        .emits(SORTSTORE, DEL, NEW, OVERWRITTEN, TYPE_CHANGED)
        .since("1.0.0")
        .summary("Answers or stores the sorted elements of a list, a set or a sorted set.")
        .grammar(
            """
            key:key@0 by-pattern/pattern:pattern@1=BY? limit:block=LIMIT?( offset:integer
            count:integer ) get-pattern/pattern:pattern@1=GET?*+ order:oneof?( asc:pure-token=ASC
            desc:pure-token=DESC ) sorting:pure-token=ALPHA? destination:key@2=STORE?
            """)
        .complexity("O(N*log(N)) where N is the number of elements, O(N) if they are not sorted.");
    table
        .command("sort_ro", -2, ctx -> sort(ctx, false))
        .flags(READONLY)
        .keys(SOURCE.and(PATTERNS))
        .categories("set", "sortedset", "list", "dangerous")
        .outsideFamilyCategory()
        .since("7.0.0")
        .summary("Answers the sorted elements of a list, a set or a sorted set.")
        .grammar(
            """
            key:key@0 by-pattern/pattern:pattern@1=BY? limit:block=LIMIT?( offset:integer
            count:integer ) get-pattern/pattern:pattern@1=GET?*+ order:oneof?( asc:pure-token=ASC
            desc:pure-token=DESC ) sorting:pure-token=ALPHA?
            """)
        .complexity("O(N*log(N)) where N is the number of elements, O(N) if they are not sorted.");
  }

  /** The key behind STORE, if there is one: of several the last one counts. */
  private static void findDestination(Request request, IntConsumer index) {
    int destination = 0;
    for (int i = 2; i < request.count(); i++) {
      Bytes word = request.argument(i);
      if (word.isWord("LIMIT")) {
        i += 2;
      } else if (word.isWord("BY") || word.isWord("GET")) {
        i++;
      } else if (word.isWord("STORE") && i + 1 < request.count()) {
        destination = i + 1;
      }
    }
    if (destination > 0) {
      index.accept(destination);
    }
  }

  /**
   * What the words behind the key ask for.
   *
   * @param by where the weights are, or null if elements are their own weights
   * @param start the first place of the sorted elements that is wanted
   * @param count how many are wanted; negative for all
   * @param gets what is answered for each element; only the element where this is empty
   * @param destination where the result goes, or null if it is the reply
   */
  record Options(
      boolean descending,
      boolean alphabetic,
      @Nullable Bytes by,
      long start,
      long count,
      List<Bytes> gets,
      @Nullable Bytes destination) {

    static Options of(CommandContext ctx, boolean mayStore) {
      boolean descending = false;
      boolean alphabetic = false;
      Bytes by = null;
      long start = 0;
      long count = -1;
      List<Bytes> gets = new ArrayList<>();
      Bytes destination = null;
      for (int i = 2; i < ctx.count(); i++) {
        int behind = ctx.count() - i - 1;
        if (ctx.isWord(i, "ASC")) {
          descending = false;
        } else if (ctx.isWord(i, "DESC")) {
          descending = true;
        } else if (ctx.isWord(i, "ALPHA")) {
          alphabetic = true;
        } else if (ctx.isWord(i, "LIMIT") && behind >= 2) {
          start = ctx.longArgument(++i);
          count = ctx.longArgument(++i);
        } else if (mayStore && ctx.isWord(i, "STORE") && behind >= 1) {
          destination = ctx.argument(++i);
        } else if (ctx.isWord(i, "BY") && behind >= 1) {
          by = ctx.argument(++i);
        } else if (ctx.isWord(i, "GET") && behind >= 1) {
          gets.add(ctx.argument(++i));
        } else {
          throw Errors.SYNTAX.error();
        }
      }
      return new Options(descending, alphabetic, by, start, count, gets, destination);
    }

    /** Whether the order of the source stays: BY names no key in which an element could occur. */
    boolean keepsOrder() {
      return by != null && star(by) < 0;
    }

    /** The same with elements as words that are their own weights. */
    Options alphabetically() {
      return new Options(descending, true, null, start, count, gets, destination);
    }
  }

  private static void sort(CommandContext ctx, boolean mayStore) {
    Options options = Options.of(ctx, mayStore);
    refuseKeysOfPatterns(ctx, options);
    Entry source = ctx.find(ctx.argument(1));
    List<Bytes> elements = elements(source);
    // A set has no order of its own: what is stored must not depend on where members happen to lie.
    boolean isSet = source != null && source.type() == ValueType.SET;
    if (isSet && options.keepsOrder() && options.destination != null) {
      options = options.alphabetically();
    }
    List<Bytes> arranged =
        arranged(options, elements, !isSet, (pattern, element) -> value(ctx, pattern, element));
    if (options.destination == null) {
      answer(ctx, options, arranged);
    } else {
      store(ctx, options.destination, results(ctx, options, arranged));
    }
  }

  /** Which keys a pattern names is known too late: who uses one must be allowed to read all. */
  private static void refuseKeysOfPatterns(CommandContext ctx, Options options) {
    if (ctx.session().user().readsAllKeys(ctx.command().number())) {
      return;
    }
    if (options.by != null && !options.keepsOrder()) {
      throw Errors.SORT_BY_DENIED.error();
    }
    if (!options.gets.isEmpty()) {
      throw Errors.SORT_GET_DENIED.error();
    }
  }

  // ------------------------------------------------------------------------------------- reading

  /**
   * The elements of what a key holds, in its order, copied: the weights are read from other keys
   * later, and reading may expire something.
   */
  private static List<Bytes> elements(@Nullable Entry source) {
    if (source == null) {
      return List.of();
    }
    List<Bytes> elements = new ArrayList<>();
    switch (source.type()) {
      case LIST -> {
        ListView list = source.list();
        list.visit(0, list.size(), true, text -> elements.add(text.copy()));
      }
      case SET -> source.set().forEach(member -> elements.add(member.copy()));
      case SORTED_SET -> {
        SortedSetView sorted = source.sortedSet();
        for (SortedSetView.Walk walk = sorted.walk(0, false); walk.isMember(); walk.next()) {
          elements.add(walk.member().copy());
        }
      }
      default -> throw Errors.WRONG_TYPE.error();
    }
    return elements;
  }

  /** Reads the value of the key that a pattern names for an element. */
  @FunctionalInterface
  interface Lookup {
    /** The value, good until the next call, or null if there is none. */
    @Nullable Bytes value(Bytes pattern, Bytes element);
  }

  /**
   * The value that a pattern names for an element: the first {@code *} stands for the element, what
   * follows {@code ->} is the field of a hash, and {@code #} is the element itself.
   */
  private static @Nullable Bytes value(CommandContext ctx, Bytes pattern, Bytes element) {
    if (pattern.equals(ITSELF)) {
      return element;
    }
    int star = star(pattern);
    if (star < 0) {
      return null;
    }
    int arrow = arrow(pattern, star + 1);
    byte[] key = new byte[arrow - 1 + element.length()];
    pattern.range(0, star).copyTo(key, 0);
    element.copyTo(key, star);
    pattern.range(star + 1, arrow).copyTo(key, star + element.length());
    Entry entry = ctx.find(Bytes.of(key));
    boolean isField = arrow < pattern.length();
    if (entry == null || entry.type() != (isField ? ValueType.HASH : ValueType.STRING)) {
      return null;
    }
    if (!isField) {
      return entry.string();
    }
    HashView hash = entry.hash();
    int place = hash.meet(pattern.range(arrow + ARROW.length(), pattern.length()));
    return place == 0 ? null : hash.value(place);
  }

  /** Where the element goes in a pattern, or -1. */
  private static int star(Bytes pattern) {
    for (int i = 0; i < pattern.length(); i++) {
      if (pattern.at(i) == '*') {
        return i;
      }
    }
    return -1;
  }

  /** Where the arrow before the name of a field begins, or the end of the pattern. */
  private static int arrow(Bytes pattern, int from) {
    for (int i = from; i + ARROW.length() < pattern.length(); i++) {
      if (pattern.range(i, i + ARROW.length()).equals(ARROW)) {
        return i;
      }
    }
    return pattern.length();
  }

  // ------------------------------------------------------------------------------------- sorting

  /** An element with what it is compared by. */
  private record Weighed(Bytes element, double score, @Nullable Bytes word) {}

  /**
   * The elements that are wanted, in the order that is wanted.
   *
   * @param isOrdered whether the source has an order that can be turned round
   */
  static List<Bytes> arranged(
      Options options, List<Bytes> elements, boolean isOrdered, Lookup lookup) {
    int size = elements.size();
    int start = Math.clamp(options.start, 0, size);
    int end =
        options.count < 0 || options.count > size - start ? size : start + (int) options.count;
    List<Bytes> all;
    if (options.keepsOrder()) {
      all = new ArrayList<>(elements);
      if (options.descending && isOrdered) {
        Collections.reverse(all);
      }
    } else {
      all = sorted(options, elements, isOrdered, lookup, start, end);
    }
    return all.subList(start, end);
  }

  /** The elements, in order at least from {@code start} to, not including, {@code end}. */
  private static List<Bytes> sorted(
      Options options, List<Bytes> elements, boolean isOrdered, Lookup lookup, int start, int end) {
    List<Weighed> weighed = new ArrayList<>(elements.size());
    boolean allAreNumbers = true;
    for (Bytes element : elements) {
      Bytes weight = options.by == null ? element : lookup.value(options.by, element);
      if (options.alphabetic) {
        weighed.add(new Weighed(element, 0, weight == null ? null : weight.copy()));
      } else {
        double score = weight == null ? 0 : score(weight);
        // All weights are looked up before the refusal, as in Redis: a miss is an event.
        allAreNumbers &= !Double.isNaN(score);
        weighed.add(new Weighed(element, score, null));
      }
    }
    if (!allAreNumbers) {
      throw Errors.SORT_WEIGHT_NOT_A_FLOAT.error();
    }
    // Where elements lie in a set must not decide about anything that is stored.
    Comparator<Weighed> words = isOrdered ? BY_WORD : BY_WORD.thenComparing(Weighed::element);
    Comparator<Weighed> order = options.alphabetic ? words : BY_SCORE;
    Weighed[] all = weighed.toArray(Weighed[]::new);
    Comparator<Weighed> wanted = options.descending ? order.reversed() : order;
    boolean isCut = start > 0 || end < all.length;
    if (options.by != null && isCut && start < end) {
      // As Redis does, so that equal words come in the same order.
      PartialSort.sort(all, start, end - 1, wanted);
    } else {
      Arrays.sort(all, wanted);
    }
    return Arrays.stream(all).map(Weighed::element).toList();
  }

  /**
   * The number that a text stands for, NaN if it is none. Redis reads it as C does: what is behind
   * a zero byte does not count, nothing at all is 0, and there may be spaces in front.
   */
  private static double score(Bytes text) {
    int end = 0;
    while (end < text.length() && text.at(end) != 0) {
      end++;
    }
    int start = 0;
    while (start < end && isSpace(text.at(start))) {
      start++;
    }
    return end == 0 ? 0 : Numerals.parseDouble(text.range(start, end));
  }

  private static boolean isSpace(byte c) {
    return c == ' ' || (c >= '\t' && c <= '\r');
  }

  /** A missing word comes first. */
  private static final Comparator<Weighed> BY_WORD =
      Comparator.comparing(Weighed::word, Comparator.nullsFirst(Comparator.<Bytes>naturalOrder()));

  /** Equal scores, 0 and -0 among them, leave the order to the elements: it is always defined. */
  private static final Comparator<Weighed> BY_SCORE =
      (a, b) -> a.score == b.score ? a.element.compareTo(b.element) : a.score < b.score ? -1 : 1;

  // ------------------------------------------------------------------------------------ answering

  private static void answer(CommandContext ctx, Options options, List<Bytes> arranged) {
    ReplyWriter reply = ctx.reply();
    List<Bytes> gets = options.gets.isEmpty() ? List.of(ITSELF) : options.gets;
    reply.array((long) arranged.size() * gets.size());
    for (Bytes element : arranged) {
      for (Bytes pattern : gets) {
        Bytes value = value(ctx, pattern, element);
        if (value == null) {
          reply.nil();
        } else {
          reply.bulk(value);
        }
      }
    }
  }

  // -------------------------------------------------------------------------------------- storing

  /** What is stored, copied; a value that is missing is the empty string. */
  private static List<Bytes> results(CommandContext ctx, Options options, List<Bytes> arranged) {
    if (options.gets.isEmpty()) {
      return arranged;
    }
    List<Bytes> results = new ArrayList<>(arranged.size() * options.gets.size());
    for (Bytes element : arranged) {
      for (Bytes pattern : options.gets) {
        Bytes value = value(ctx, pattern, element);
        results.add(value == null ? Bytes.EMPTY : value.copy());
      }
    }
    return results;
  }

  private static void store(CommandContext ctx, Bytes destination, List<Bytes> results) {
    if (results.isEmpty()) {
      // Redis deletes the destination without asking whether its time is over.
      Entry existing = ctx.db().findAsIs(destination);
      if (existing != null) {
        ctx.delete(destination, existing);
      }
    } else {
      Entry existing = ctx.lookup(destination);
      Entry entry = ctx.overwrite(destination, existing, ValueType.LIST, false);
      entry.list().replace(results);
      ctx.changed(destination, entry, SORTSTORE);
    }
    ctx.reply().integer(results.size());
  }
}
