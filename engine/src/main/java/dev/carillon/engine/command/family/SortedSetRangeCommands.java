package dev.carillon.engine.command.family;

import static dev.carillon.engine.command.CommandFlag.DENYOOM;
import static dev.carillon.engine.command.CommandFlag.FAST;
import static dev.carillon.engine.command.CommandFlag.READONLY;
import static dev.carillon.engine.command.CommandFlag.WRITE;
import static dev.carillon.protocol.event.EventType.DEL;
import static dev.carillon.protocol.event.EventType.NEW;
import static dev.carillon.protocol.event.EventType.OVERWRITTEN;
import static dev.carillon.protocol.event.EventType.TYPE_CHANGED;
import static dev.carillon.protocol.event.EventType.ZRANGESTORE;
import static dev.carillon.protocol.event.EventType.ZREMRANGEBYLEX;
import static dev.carillon.protocol.event.EventType.ZREMRANGEBYRANK;
import static dev.carillon.protocol.event.EventType.ZREMRANGEBYSCORE;

import dev.carillon.engine.command.Command;
import dev.carillon.engine.command.CommandContext;
import dev.carillon.engine.command.CommandGroup;
import dev.carillon.engine.command.CommandTable;
import dev.carillon.engine.command.KeySpec;
import dev.carillon.engine.command.family.SortedSetRange.ByRank;
import dev.carillon.engine.command.family.SortedSetRange.Kind;
import dev.carillon.engine.command.family.SortedSetRange.Ranks;
import dev.carillon.engine.keyspace.Draft;
import dev.carillon.engine.keyspace.Entry;
import dev.carillon.engine.keyspace.SortedSetView;
import dev.carillon.engine.reply.Errors;
import dev.carillon.engine.value.ValueType;
import dev.carillon.protocol.bytes.Bytes;
import dev.carillon.protocol.event.EventType;
import org.jspecify.annotations.Nullable;

/** Sorted sets: counting, answering, storing and removing the members of a range. */
final class SortedSetRangeCommands {

  private static final String RANGE_COST =
      "O(log(N)+M) with N being the number of elements in the sorted set and M the number "
          + "of elements returned.";

  private static final String LIMITED_COST =
      "O(log(N)+M) with N being the number of elements in the sorted set and M the number "
          + "of elements being returned. If M is constant (e.g. always asking for the first 10 "
          + "elements with LIMIT), you can consider it O(log(N)).";

  private static final String REMOVAL_COST =
      "O(log(N)+M) with N being the number of elements in the sorted set and M the number "
          + "of elements removed by the operation.";

  private SortedSetRangeCommands() {}

  static void register(CommandTable.Builder table) {
    table.group(CommandGroup.SORTED_SET);
    count(table, "zcount", Kind.SCORE, "2.0.0", "Counts the members between two scores.")
        .grammar("key:key@0 min:double max:double");
    count(table, "zlexcount", Kind.LEX, "2.8.9", "Counts the members between two strings.")
        .grammar("key:key@0 min:string max:string");

    range(table, "zrange", "1.2.0", new Form(1, null, null, false))
        .summary("Answers the members of a range: by rank, by score or by bytes.")
        .grammar(
            """
            key:key@0 start:string stop:string sortby:oneof<6.2.0>?( byscore:pure-token=BYSCORE
            bylex:pure-token=BYLEX ) rev:pure-token=REV<6.2.0>? limit:block=LIMIT<6.2.0>?(
            offset:integer count:integer ) withscores:pure-token=WITHSCORES?
            """);
    range(table, "zrevrange", "1.2.0", new Form(1, Kind.RANK, true, false))
        .deprecated("6.2.0", "`ZRANGE` with the `REV` argument")
        .summary("Answers the members of a range of ranks, from the highest score.")
        .grammar("key:key@0 start:integer stop:integer withscores:pure-token=WITHSCORES?");
    range(table, "zrangebyscore", "1.0.5", new Form(1, Kind.SCORE, false, false))
        .deprecated("6.2.0", "`ZRANGE` with the `BYSCORE` argument")
        .summary("Answers the members between two scores.")
        .grammar(
            """
            key:key@0 min:double max:double withscores:pure-token=WITHSCORES<2.0.0>?
            limit:block=LIMIT?( offset:integer count:integer )
            """);
    range(table, "zrevrangebyscore", "2.2.0", new Form(1, Kind.SCORE, true, false))
        .deprecated("6.2.0", "`ZRANGE` with the `REV` and `BYSCORE` arguments")
        .summary("Answers the members between two scores, from the highest score.")
        .grammar(
            """
            key:key@0 max:double min:double withscores:pure-token=WITHSCORES?
            limit:block=LIMIT?( offset:integer count:integer )
            """);
    range(table, "zrangebylex", "2.8.9", new Form(1, Kind.LEX, false, false))
        .deprecated("6.2.0", "`ZRANGE` with the `BYLEX` argument")
        .summary("Answers the members between two strings, where all scores are equal.")
        .grammar(
            """
            key:key@0 min:string max:string limit:block=LIMIT?( offset:integer count:integer )
            """);
    range(table, "zrevrangebylex", "2.8.9", new Form(1, Kind.LEX, true, false))
        .deprecated("6.2.0", "`ZRANGE` with the `REV` and `BYLEX` arguments")
        .summary("Answers the members between two strings, backwards, where all scores are equal.")
        .grammar(
            """
            key:key@0 max:string min:string limit:block=LIMIT?( offset:integer count:integer )
            """);
    table
        .command("zrangestore", -5, ctx -> store(ctx, new Form(2, null, null, true)))
        .flags(WRITE, DENYOOM)
        .keys(KeySpec.one(1).access("OW update").and(KeySpec.one(2).access("RO access")))
        .emits(ZRANGESTORE, DEL, NEW, OVERWRITTEN, TYPE_CHANGED)
        .since("6.2.0")
        .summary("Stores the members of a range in another key.")
        .grammar(
            """
            dst:key@0 src:key@1 min:string max:string sortby:oneof?( byscore:pure-token=BYSCORE
            bylex:pure-token=BYLEX ) rev:pure-token=REV? limit:block=LIMIT?( offset:integer
            count:integer )
            """)
        .complexity(
            "O(log(N)+M) with N being the number of elements in the sorted set and M the number "
                + "of elements stored into the destination key.");

    remove(table, "zremrangebyrank", Kind.RANK, ZREMRANGEBYRANK, "2.0.0")
        .summary("Removes the members of a range of ranks.")
        .grammar("key:key@0 start:integer stop:integer");
    remove(table, "zremrangebyscore", Kind.SCORE, ZREMRANGEBYSCORE, "1.2.0")
        .summary("Removes the members between two scores.")
        .grammar("key:key@0 min:double max:double");
    remove(table, "zremrangebylex", Kind.LEX, ZREMRANGEBYLEX, "2.8.9")
        .summary("Removes the members between two strings, where all scores are equal.")
        .grammar("key:key@0 min:string max:string");
  }

  private static Command.Row count(
      CommandTable.Builder table, String name, Kind kind, String since, String summary) {
    return table
        .command(name, 4, ctx -> count(ctx, kind))
        .flags(READONLY, FAST)
        .key(1, "RO access")
        .since(since)
        .summary(summary)
        .complexity("O(log(N)) with N being the number of elements in the sorted set.");
  }

  private static Command.Row range(
      CommandTable.Builder table, String name, String since, Form form) {
    return table
        .command(name, -4, ctx -> answer(ctx, form))
        .flags(READONLY)
        .key(1, "RO access")
        .since(since)
        .complexity(form.kind == null || form.kind == Kind.RANK ? RANGE_COST : LIMITED_COST);
  }

  private static Command.Row remove(
      CommandTable.Builder table, String name, Kind kind, EventType event, String since) {
    return table
        .command(name, 4, ctx -> remove(ctx, kind, event))
        .flags(WRITE)
        .key(1, "RW delete")
        .emits(event, DEL)
        .since(since)
        .complexity(REMOVAL_COST);
  }

  // ------------------------------------------------------------------------------------- the range

  /**
   * What the name of a command says about its range.
   *
   * @param key the index of the key whose range it is; the two ends follow
   * @param kind how the ends are said, or null if an option says it
   * @param backwards from which end, or null if an option says it
   * @param isStore whether the result is stored, with its scores
   */
  private record Form(int key, @Nullable Kind kind, @Nullable Boolean backwards, boolean isStore) {}

  /** A range, which end of it comes first, and how much of it is wanted. */
  private record Query(
      SortedSetRange range, boolean backwards, boolean withScores, long offset, long limit) {

    static Query of(CommandContext ctx, Form form) {
      Kind kind = form.kind;
      Boolean backwards = form.backwards;
      boolean withScores = false;
      long offset = 0;
      long limit = -1;
      for (int i = form.key + 3; i < ctx.count(); i++) {
        if (!form.isStore && ctx.isWord(i, "WITHSCORES")) {
          withScores = true;
        } else if (i + 2 < ctx.count() && ctx.isWord(i, "LIMIT")) {
          offset = ctx.longArgument(++i);
          limit = ctx.longArgument(++i);
        } else if (backwards == null && ctx.isWord(i, "REV")) {
          backwards = true;
        } else if (kind == null && ctx.isWord(i, "BYLEX")) {
          kind = Kind.LEX;
        } else if (kind == null && ctx.isWord(i, "BYSCORE")) {
          kind = Kind.SCORE;
        } else {
          throw Errors.SYNTAX.error();
        }
      }
      return of(
          ctx,
          form.key,
          kind == null ? Kind.RANK : kind,
          backwards != null && backwards,
          withScores,
          offset,
          limit);
    }

    private static Query of(
        CommandContext ctx,
        int key,
        Kind kind,
        boolean backwards,
        boolean withScores,
        long offset,
        long limit) {
      if (limit != -1 && kind == Kind.RANK) {
        throw Errors.LIMIT_OF_RANKS.error();
      }
      if (withScores && kind == Kind.LEX) {
        throw Errors.SCORES_OF_LEX.error();
      }
      // A range of scores or bytes is said from its end where it is gone through from there.
      boolean endFirst = backwards && kind != Kind.RANK;
      SortedSetRange range = kind.between(ctx, key + (endFirst ? 2 : 1), key + (endFirst ? 1 : 2));
      return new Query(range, backwards, withScores, offset, limit);
    }

    /** The ranks that are wanted of a sorted set. */
    Ranks in(SortedSetView view) {
      if (range instanceof ByRank byRank) {
        return backwards ? byRank.fromEndIn(view) : byRank.in(view);
      }
      return range.in(view).slice(offset, limit, backwards);
    }

    SortedSetView.Walk walk(SortedSetView view, Ranks ranks) {
      return view.walk(backwards ? ranks.to() - 1 : ranks.from(), backwards);
    }
  }

  // ------------------------------------------------------------------------------------ answering

  private static void count(CommandContext ctx, Kind kind) {
    SortedSetRange range = kind.between(ctx, 2, 3);
    Entry entry = ctx.find(ctx.argument(1), ValueType.SORTED_SET);
    ctx.reply().integer(entry == null ? 0 : range.in(entry.sortedSet()).count());
  }

  private static void answer(CommandContext ctx, Form form) {
    Query query = Query.of(ctx, form);
    Entry entry = ctx.find(ctx.argument(form.key), ValueType.SORTED_SET);
    if (entry == null) {
      ctx.reply().array(0);
      return;
    }
    SortedSetView view = entry.sortedSet();
    Ranks ranks = query.in(view);
    SortedSetCommands.beginMembers(ctx.reply(), ranks.count(), query.withScores);
    if (ranks.count() > 0) {
      SortedSetCommands.answerMembers(
          ctx.reply(), query.walk(view, ranks), ranks.count(), query.withScores);
    }
  }

  // -------------------------------------------------------------------------------------- storing

  private static void store(CommandContext ctx, Form form) {
    Query query = Query.of(ctx, form);
    Entry source = ctx.find(ctx.argument(form.key), ValueType.SORTED_SET);
    Draft draft = new Draft(ctx.keyspace(), ValueType.SORTED_SET);
    SortedSetView result = draft.sortedSet();
    if (source != null) {
      SortedSetView view = source.sortedSet();
      Ranks ranks = query.in(view);
      int left = ranks.count();
      result.expect(left, 0);
      for (SortedSetView.Walk walk = query.walk(view, ranks); left > 0; left--, walk.next()) {
        result.add(walk.member(), walk.score());
      }
    }
    store(ctx, ctx.argument(1), draft, ZRANGESTORE);
  }

  /** Makes a key hold what was computed, or removes it where that is nothing; answers the size. */
  static void store(CommandContext ctx, Bytes key, Draft draft, EventType event) {
    int size = draft.sortedSet().size();
    // Redis deletes the destination without asking whether its time is over.
    Entry existing = size > 0 ? ctx.lookup(key) : ctx.db().findAsIs(key);
    if (size > 0) {
      Entry entry = ctx.overwrite(key, existing, ValueType.SORTED_SET, false);
      entry.take(draft);
      ctx.changed(key, event);
    } else if (existing != null) {
      ctx.delete(key, existing);
    }
    ctx.reply().integer(size);
  }

  // ------------------------------------------------------------------------------------- removing

  private static void remove(CommandContext ctx, Kind kind, EventType event) {
    SortedSetRange range = kind.between(ctx, 2, 3);
    Bytes key = ctx.argument(1);
    Entry entry = ctx.lookup(key, ValueType.SORTED_SET);
    Ranks ranks = entry == null ? Ranks.of(0, 0) : range.in(entry.sortedSet());
    if (entry != null && ranks.count() > 0) {
      ctx.edit(entry).sortedSet().removeRange(ranks.from(), ranks.count());
      ctx.changed(key, entry, event);
    }
    ctx.reply().integer(ranks.count());
  }
}
