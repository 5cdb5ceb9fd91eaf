package dev.carillon.engine.command.family;

import static dev.carillon.engine.command.CommandFlag.DENYOOM;
import static dev.carillon.engine.command.CommandFlag.FAST;
import static dev.carillon.engine.command.CommandFlag.READONLY;
import static dev.carillon.engine.command.CommandFlag.WRITE;
import static dev.carillon.protocol.event.EventType.DEL;
import static dev.carillon.protocol.event.EventType.NEW;
import static dev.carillon.protocol.event.EventType.ZADD;
import static dev.carillon.protocol.event.EventType.ZINCR;
import static dev.carillon.protocol.event.EventType.ZREM;

import dev.carillon.engine.command.CommandContext;
import dev.carillon.engine.command.CommandGroup;
import dev.carillon.engine.command.CommandTable;
import dev.carillon.engine.keyspace.Entry;
import dev.carillon.engine.keyspace.SortedSetView;
import dev.carillon.engine.reply.Errors;
import dev.carillon.engine.reply.Outbox;
import dev.carillon.engine.reply.ReplyWriter;
import dev.carillon.engine.value.ValueType;
import dev.carillon.protocol.bytes.Bytes;
import dev.carillon.protocol.bytes.Numerals;
import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;
import org.jspecify.annotations.Nullable;

/**
 * Sorted sets: adding, scoring and removing members, and looking at single ones. Ranges are in
 * {@link SortedSetRangeCommands}, what takes members out at the ends in {@link
 * SortedSetPopCommands}, unions and the like in {@link SortedSetAlgebraCommands}.
 */
final class SortedSetCommands {

  /**
   * How many members a client may draw with repetition, as in {@link SetCommands}: Redis would go
   * on until its memory is full.
   */
  private static final long DRAWS_MAX = 1 << 26;

  private static final String O_1 = "O(1)";
  private static final String O_LOG_N = "O(log(N))";

  private SortedSetCommands() {}

  static void register(CommandTable.Builder table) {
    table.group(CommandGroup.SORTED_SET);
    registerWrites(table);
    registerReads(table);
  }

  private static void registerWrites(CommandTable.Builder table) {
    table
        .command("zadd", -4, ctx -> add(ctx, false))
        .flags(WRITE, DENYOOM, FAST)
        .key(1, "RW update")
        .emits(NEW, ZADD, ZINCR)
        .since("1.2.0")
        .summary("Adds members to a sorted set, or changes their scores, if conditions hold.")
        .grammar(
            """
            key:key@0 condition:oneof<3.0.2>?( nx:pure-token=NX xx:pure-token=XX )
            comparison:oneof<6.2.0>?( gt:pure-token=GT lt:pure-token=LT )
            change:pure-token=CH<3.0.2>? increment:pure-token=INCR<3.0.2>? data:block*(
            score:double member:string )
            """)
        .complexity(
            "O(log(N)) for each item added, where N is the number of elements in the sorted set.");
    table
        .command("zincrby", 4, ctx -> add(ctx, true))
        .flags(WRITE, DENYOOM, FAST)
        .key(1, "RW access update")
        .emits(NEW, ZINCR)
        .since("1.2.0")
        .summary("Adds to the score of a member; one that is missing begins at zero.")
        .grammar("key:key@0 increment:integer member:string")
        .complexity("O(log(N)) where N is the number of elements in the sorted set.");
    table
        .command("zrem", -3, SortedSetCommands::remove)
        .flags(WRITE, FAST)
        .key(1, "RW delete")
        .emits(ZREM, DEL)
        .since("1.2.0")
        .summary("Removes members from a sorted set, and the key with the last one.")
        .grammar("key:key@0 member:string*")
        .complexity(
            "O(M*log(N)) with N being the number of elements in the sorted set and M the number "
                + "of elements to be removed.");
  }

  private static void registerReads(CommandTable.Builder table) {
    table
        .command("zcard", 2, SortedSetCommands::card)
        .flags(READONLY, FAST)
        .key(1, "RO")
        .since("1.2.0")
        .summary("Answers how many members a sorted set has.")
        .grammar("key:key@0")
        .complexity(O_1);
    table
        .command("zscore", 3, SortedSetCommands::score)
        .flags(READONLY, FAST)
        .key(1, "RO access")
        .since("1.2.0")
        .summary("Answers the score of a member.")
        .grammar("key:key@0 member:string")
        .complexity(O_1);
    table
        .command("zmscore", -3, SortedSetCommands::scores)
        .flags(READONLY, FAST)
        .key(1, "RO access")
        .since("6.2.0")
        .summary("Answers the scores of several members; nil where one is missing.")
        .grammar("key:key@0 member:string*")
        .complexity("O(N) where N is the number of members being requested.");
    table
        .command("zrank", -3, ctx -> rank(ctx, false))
        .flags(READONLY, FAST)
        .key(1, "RO access")
        .since("2.0.0")
        .summary("Answers how many members come before one.")
        .grammar("key:key@0 member:string withscore:pure-token=WITHSCORE?")
        .complexity(O_LOG_N);
    table
        .command("zrevrank", -3, ctx -> rank(ctx, true))
        .flags(READONLY, FAST)
        .key(1, "RO access")
        .since("2.0.0")
        .summary("Answers how many members come after one.")
        .grammar("key:key@0 member:string withscore:pure-token=WITHSCORE?")
        .complexity(O_LOG_N);
    table
        .command("zrandmember", -2, SortedSetCommands::randomMember)
        .flags(READONLY)
        .key(1, "RO access")
        .since("6.2.0")
        .summary("Answers one or several members drawn at random.")
        .grammar(
            """
            ~nondeterministic_output key:key@0 options:block?( count:integer
            withscores:pure-token=WITHSCORES? )
            """)
        .complexity("O(N) where N is the number of members returned");
    table
        .command("zscan", -3, SortedSetCommands::scan)
        .flags(READONLY)
        .key(1, "RO access")
        .since("2.8.0")
        .summary("Answers some members with their scores, and where to go on from.")
        .grammar(
            """
            ~nondeterministic_output key:key@0 cursor:integer pattern:pattern=MATCH?
            count:integer=COUNT?
            """)
        .complexity(
            "O(1) for every call. O(N) for a complete iteration, including enough command calls "
                + "for the cursor to return back to 0. N is the number of elements inside the "
                + "collection.");
  }

  // -------------------------------------------------------------------------------------- adding

  /**
   * What ZADD does about members that are there, or are not.
   *
   * @param first the index of the first score
   * @param onlyNew NX
   * @param onlyExisting XX
   * @param onlyGreater GT
   * @param onlyLess LT
   * @param countsChanged CH
   * @param increments INCR
   */
  private record AddOptions(
      int first,
      boolean onlyNew,
      boolean onlyExisting,
      boolean onlyGreater,
      boolean onlyLess,
      boolean countsChanged,
      boolean increments) {

    static AddOptions of(CommandContext ctx, boolean isIncrement) {
      boolean onlyNew = false;
      boolean onlyExisting = false;
      boolean onlyGreater = false;
      boolean onlyLess = false;
      boolean countsChanged = false;
      boolean increments = isIncrement;
      int i = 2;
      for (; i < ctx.count(); i++) {
        if (ctx.isWord(i, "NX")) {
          onlyNew = true;
        } else if (ctx.isWord(i, "XX")) {
          onlyExisting = true;
        } else if (ctx.isWord(i, "GT")) {
          onlyGreater = true;
        } else if (ctx.isWord(i, "LT")) {
          onlyLess = true;
        } else if (ctx.isWord(i, "CH")) {
          countsChanged = true;
        } else if (ctx.isWord(i, "INCR")) {
          increments = true;
        } else {
          break;
        }
      }
      AddOptions options =
          new AddOptions(
              i, onlyNew, onlyExisting, onlyGreater, onlyLess, countsChanged, increments);
      options.refuseContradictions(ctx.count() - i);
      return options;
    }

    private void refuseContradictions(int left) {
      if (left == 0 || left % 2 != 0) {
        throw Errors.SYNTAX.error();
      }
      if (onlyNew && onlyExisting) {
        throw Errors.XX_WITH_NX.error();
      }
      if ((onlyGreater && onlyLess) || (onlyNew && (onlyGreater || onlyLess))) {
        throw Errors.GT_LT_NX.error();
      }
      if (increments && left > 2) {
        throw Errors.ZADD_INCR_PAIRS.error();
      }
    }

    /** Whether a member that is there may get this score in the place of another one. */
    boolean admits(double before, double after) {
      return !onlyNew && !(onlyGreater && after <= before) && !(onlyLess && after >= before);
    }

    /** Whether it may get this score, and does not have it yet. */
    boolean moves(double before, double after) {
      return after != before && admits(before, after);
    }
  }

  private static void add(CommandContext ctx, boolean isIncrement) {
    AddOptions options = AddOptions.of(ctx, isIncrement);
    double[] scores = new double[(ctx.count() - options.first) / 2];
    for (int i = 0; i < scores.length; i++) {
      scores[i] = score(ctx, options.first + 2 * i);
    }
    Bytes key = ctx.argument(1);
    Entry existing = ctx.lookup(key, ValueType.SORTED_SET);
    if (options.increments) {
      increment(ctx, options, existing, scores[0]);
      return;
    }

    // Opened by the first member that is to be added or moved; null until then.
    Entry opened = null;
    SortedSetView view = existing == null ? null : existing.sortedSet();
    int added = 0;
    int moved = 0;
    for (int i = 0; i < scores.length; i++) {
      Bytes member = ctx.argument(options.first + 2 * i + 1);
      int place = view == null ? SortedSetView.NONE : view.find(member);
      boolean isNew = place == SortedSetView.NONE;
      if (view == null || isNew
          ? options.onlyExisting
          : !options.moves(view.score(place), scores[i])) {
        continue;
      }
      if (opened == null || view == null) {
        opened = ctx.editOrCreate(key, existing, ValueType.SORTED_SET);
        view = view == null ? opened.sortedSet() : view;
        place = expect(ctx, existing, options, view) ? view.find(member) : place;
      }
      if (isNew) {
        view.add(member, scores[i]);
        added++;
      } else {
        view.move(place, member, scores[i]);
        moved++;
      }
    }
    if (opened != null) {
      ctx.changed(key, opened, ZADD);
    }
    ctx.reply().integer(options.countsChanged ? added + moved : added);
  }

  private static void increment(
      CommandContext ctx, AddOptions options, @Nullable Entry existing, double increment) {
    Bytes key = ctx.argument(1);
    Bytes member = ctx.argument(options.first + 1);
    SortedSetView view = existing == null ? null : existing.sortedSet();
    int place = view == null ? SortedSetView.NONE : view.find(member);
    boolean isNew = place == SortedSetView.NONE;
    double before = view == null || isNew ? 0 : view.score(place);
    double after = isNew ? increment : before + increment;
    if (!isNew && !options.onlyNew && Double.isNaN(after)) {
      throw Errors.SCORE_NOT_A_NUMBER.error();
    }
    if (isNew ? options.onlyExisting : !options.admits(before, after)) {
      ctx.reply().nil();
      return;
    }

    if (isNew || after != before) {
      Entry entry = ctx.editOrCreate(key, existing, ValueType.SORTED_SET);
      SortedSetView opened = view == null ? entry.sortedSet() : view;
      place = expect(ctx, existing, options, opened) ? opened.find(member) : place;
      if (isNew) {
        opened.add(member, after);
      } else {
        opened.move(place, member, after);
      }
      ctx.changed(key, entry, ZINCR);
    }
    ctx.reply().real(after);
  }

  /** Prepares for what a request adds; answers whether places are no longer good. */
  private static boolean expect(
      CommandContext ctx, @Nullable Entry existing, AddOptions options, SortedSetView view) {
    int length = existing == null ? ctx.argument(options.first + 1).length() : 0;
    return view.expect((ctx.count() - options.first) / 2, length);
  }

  /** An argument as a score. */
  static double score(CommandContext ctx, int index) {
    double score = Numerals.parseDouble(ctx.argument(index));
    if (Double.isNaN(score)) {
      throw Errors.NOT_A_FLOAT.error();
    }
    return score;
  }

  // ------------------------------------------------------------------------------------- removing

  private static void remove(CommandContext ctx) {
    Bytes key = ctx.argument(1);
    Entry entry = ctx.lookup(key, ValueType.SORTED_SET);
    int removed = 0;
    if (entry != null) {
      SortedSetView view = entry.sortedSet();
      for (int i = 2; i < ctx.count() && view.size() > 0; i++) {
        int place = view.find(ctx.argument(i));
        if (place != SortedSetView.NONE) {
          if (removed++ == 0) {
            ctx.edit(entry);
          }
          view.remove(place);
        }
      }
    }
    if (entry != null && removed > 0) {
      ctx.changed(key, entry, ZREM);
    }
    ctx.reply().integer(removed);
  }

  // -------------------------------------------------------------------------------------- looking

  private static @Nullable SortedSetView find(CommandContext ctx) {
    Entry entry = ctx.find(ctx.argument(1), ValueType.SORTED_SET);
    return entry == null ? null : entry.sortedSet();
  }

  private static void card(CommandContext ctx) {
    SortedSetView view = find(ctx);
    ctx.reply().integer(view == null ? 0 : view.size());
  }

  private static void score(CommandContext ctx) {
    SortedSetView view = find(ctx);
    answerScore(ctx, view, ctx.argument(2));
  }

  private static void scores(CommandContext ctx) {
    SortedSetView view = find(ctx);
    ctx.reply().array(ctx.count() - 2);
    for (int i = 2; i < ctx.count(); i++) {
      answerScore(ctx, view, ctx.argument(i));
    }
  }

  private static void answerScore(CommandContext ctx, @Nullable SortedSetView view, Bytes member) {
    double score = view == null ? Double.NaN : view.score(member);
    if (Double.isNaN(score)) {
      ctx.reply().nil();
    } else {
      ctx.reply().real(score);
    }
  }

  private static void rank(CommandContext ctx, boolean fromEnd) {
    if (ctx.count() > 4) {
      throw Errors.WRONG_ARITY.error(ctx.command().fullName());
    }
    boolean withScore = ctx.count() == 4;
    if (withScore && !ctx.isWord(3, "WITHSCORE")) {
      throw Errors.SYNTAX.error();
    }
    SortedSetView view = find(ctx);
    int place = view == null ? SortedSetView.NONE : view.find(ctx.argument(2));
    ReplyWriter reply = ctx.reply();
    if (view == null || place == SortedSetView.NONE) {
      if (withScore) {
        reply.nilArray();
      } else {
        reply.nil();
      }
      return;
    }
    int rank = fromEnd ? view.size() - 1 - view.rank(place) : view.rank(place);
    if (withScore) {
      reply.array(2);
    }
    reply.integer(rank);
    if (withScore) {
      reply.real(view.score(place));
    }
  }

  // -------------------------------------------------------------------------------------- drawing

  private static void randomMember(CommandContext ctx) {
    if (ctx.count() == 2) {
      SortedSetView view = find(ctx);
      if (view == null) {
        ctx.reply().nil();
      } else {
        view.draw(1, ctx.random(), (member, score) -> ctx.reply().bulk(member));
      }
      return;
    }
    long count = drawCount(ctx);
    if (ctx.count() > 4 || (ctx.count() == 4 && !ctx.isWord(3, "WITHSCORES"))) {
      throw Errors.SYNTAX.error();
    }
    boolean withScores = ctx.count() == 4;
    if (withScores && (count < -Long.MAX_VALUE / 2 || count > Long.MAX_VALUE / 2)) {
      throw Errors.OUT_OF_RANGE.error();
    }
    SortedSetView view = find(ctx);
    ReplyWriter reply = ctx.reply();
    if (view == null || count == 0) {
      reply.array(0);
      return;
    }
    SortedSetView.Visitor visitor =
        (member, score) -> answerMember(reply, member, score, withScores);
    if (count < 0) {
      beginMembers(reply, -count, withScores);
      view.draw(-count, ctx.random(), visitor);
    } else {
      int wanted = (int) Math.min(count, view.size());
      beginMembers(reply, wanted, withScores);
      view.drawDistinct(wanted, ctx.random(), visitor);
    }
  }

  private static long drawCount(CommandContext ctx) {
    long count = ctx.longArgument(2);
    if (count == Long.MIN_VALUE) {
      throw Errors.OUT_OF_RANGE_BETWEEN.error(-Long.MAX_VALUE, Long.MAX_VALUE);
    }
    if (count < -DRAWS_MAX) {
      throw Errors.OUT_OF_RANGE.error();
    }
    return count;
  }

  // ------------------------------------------------------------------------------------ answering

  /** Begins an answer of {@code count} members, with their scores or without. */
  static void beginMembers(ReplyWriter reply, long count, boolean withScores) {
    reply.array(withScores && reply.version() < 3 ? 2 * count : count);
  }

  /** Answers members from a place on, as far as there are any. */
  static void answerMembers(
      ReplyWriter reply, SortedSetView.Walk walk, long count, boolean withScores) {
    for (long i = 0; i < count && walk.isMember(); i++) {
      answerMember(reply, walk.member(), walk.score(), withScores);
      walk.next();
    }
  }

  /** Answers one of the members that {@link #beginMembers} announced. */
  static void answerMember(ReplyWriter reply, Bytes member, double score, boolean withScore) {
    if (withScore && reply.version() >= 3) {
      reply.array(2);
    }
    reply.bulk(member);
    if (withScore) {
      reply.real(score);
    }
  }

  // ------------------------------------------------------------------------------------- scanning

  private static void scan(CommandContext ctx) {
    long cursor = GenericCommands.cursor(ctx.argument(2));
    SortedSetView view = find(ctx);
    ReplyWriter reply = ctx.reply();
    if (view == null) {
      reply.endScan(reply.arrayLater(), 0, 0);
      return;
    }
    ScanOptions options = ScanOptions.of(ctx, 3);
    Outbox.Place place = reply.arrayLater();
    long[] written = new long[1];
    boolean isSkiplist = view.encoding().equals("skiplist");
    long next =
        view.scan(
            cursor,
            options.count(),
            (member, score) -> {
              if (options.admits(member)) {
                reply.bulk(member);
                reply.bulk(isSkiplist ? with17Digits(score) : Numerals.of(score));
                written[0] += 2;
              }
            });
    reply.endScan(place, next, written[0]);
  }

  /**
   * A score as ZSCAN says it of what Redis calls a skiplist: C's {@code %.17g}, of which other
   * commands have long taken leave (observed on 7.0.15).
   */
  static Bytes with17Digits(double score) {
    if (score == 0 || Double.isInfinite(score)) {
      return Numerals.of(score);
    }
    BigDecimal rounded = new BigDecimal(score).round(new MathContext(17, RoundingMode.HALF_EVEN));
    BigDecimal stripped = rounded.stripTrailingZeros();
    int exponent = stripped.precision() - stripped.scale() - 1;
    if (exponent >= -4 && exponent < 17) {
      return Bytes.of(stripped.toPlainString());
    }
    String digits = stripped.unscaledValue().abs().toString();
    return Bytes.of(
        (score < 0 ? "-" : "")
            + digits.charAt(0)
            + (digits.length() > 1 ? "." + digits.substring(1) : "")
            + (exponent < 0 ? "e-" : "e+")
            + (Math.abs(exponent) < 10 ? "0" : "")
            + Math.abs(exponent));
  }
}
