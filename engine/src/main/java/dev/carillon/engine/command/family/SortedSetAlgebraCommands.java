package dev.carillon.engine.command.family;

import static dev.carillon.engine.command.CommandFlag.DENYOOM;
import static dev.carillon.engine.command.CommandFlag.READONLY;
import static dev.carillon.engine.command.CommandFlag.WRITE;
import static dev.carillon.protocol.event.EventType.DEL;
import static dev.carillon.protocol.event.EventType.NEW;
import static dev.carillon.protocol.event.EventType.OVERWRITTEN;
import static dev.carillon.protocol.event.EventType.TYPE_CHANGED;

import dev.carillon.engine.command.Command;
import dev.carillon.engine.command.CommandContext;
import dev.carillon.engine.command.CommandGroup;
import dev.carillon.engine.command.CommandTable;
import dev.carillon.engine.command.KeySpec;
import dev.carillon.engine.keyspace.Draft;
import dev.carillon.engine.keyspace.Entry;
import dev.carillon.engine.keyspace.SetView;
import dev.carillon.engine.keyspace.SortedSetView;
import dev.carillon.engine.reply.Errors;
import dev.carillon.engine.value.ValueType;
import dev.carillon.protocol.bytes.Bytes;
import dev.carillon.protocol.bytes.Numerals;
import dev.carillon.protocol.event.EventType;
import dev.carillon.protocol.resp.Request;
import java.util.Arrays;
import java.util.Comparator;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Sorted sets: unions, intersections and differences, answered or stored. A set may stand where a
 * sorted set does; the scores of its members are 1.
 */
final class SortedSetAlgebraCommands {

  private static final String UNION_COST =
      "O(N)+O(M*log(M)) with N being the sum of the sizes of the input sorted sets, and M "
          + "being the number of elements in the resulting sorted set.";
  private static final String INTERSECTION_COST =
      "O(N*K)+O(M*log(M)) worst case with N being the smallest input sorted set, K being the number"
          + " of input sorted sets and M being the number of elements in the resulting sorted set.";
  private static final String DIFFERENCE_COST =
      "O(L + (N-K)log(N)) worst case where L is the total number of elements in all the sets, "
          + "N is the size of the first set, and K is the size of the result set.";

  private static final KeySpec SOURCES = KeySpec.counted(1, 1).access("RO access");
  private static final KeySpec STORED_SOURCES = KeySpec.counted(2, 1).access("RO access");
  private static final KeySpec DESTINATION_AND_SOURCES =
      KeySpec.one(1)
          .access("OW update")
          .and(STORED_SOURCES)
          .finder(SortedSetAlgebraCommands::findSourcesAndDestination);

  private SortedSetAlgebraCommands() {}

  /** Where nobody can tell the sources, there is no destination either (observed on 7.0.15). */
  private static void findSourcesAndDestination(Request request, IntConsumer index) {
    boolean[] found = new boolean[1];
    STORED_SOURCES.forEachKey(
        request,
        source -> {
          found[0] = true;
          index.accept(source);
        });
    if (found[0]) {
      index.accept(1);
    }
  }

  static void register(CommandTable.Builder table) {
    table.group(CommandGroup.SORTED_SET);
    answered(table, "zunion", Operation.UNION, "Answers the members of all sources.", UNION_COST)
        .grammar(
            """
            numkeys:integer key:key@0* weight:integer=WEIGHTS?* aggregate:oneof=AGGREGATE?(
            sum:pure-token=SUM min:pure-token=MIN max:pure-token=MAX count:pure-token=COUNT )
            withscores:pure-token=WITHSCORES?
            """);
    answered(
            table,
            "zinter",
            Operation.INTERSECTION,
            "Answers the members that all sources have.",
            INTERSECTION_COST)
        .grammar(
            """
            numkeys:integer key:key@0* weight:integer=WEIGHTS?* aggregate:oneof=AGGREGATE?(
            sum:pure-token=SUM min:pure-token=MIN max:pure-token=MAX count:pure-token=COUNT )
            withscores:pure-token=WITHSCORES?
            """);
    answered(
            table,
            "zdiff",
            Operation.DIFFERENCE,
            "Answers the members of the first source that are in no other one.",
            DIFFERENCE_COST)
        .grammar("numkeys:integer key:key@0* withscores:pure-token=WITHSCORES?");
    table
        .command("zintercard", -3, SortedSetAlgebraCommands::count)
        .flags(READONLY)
        .keys(SOURCES)
        .since("7.0.0")
        .summary("Counts the members that all sources have, up to a limit.")
        .grammar("numkeys:integer key:key@0* limit:integer=LIMIT?")
        .complexity(
            "O(N*K) worst case with N being the smallest input sorted set, K being the number of "
                + "input sorted sets.");
    stored(table, "zunionstore", Operation.UNION, EventType.ZUNIONSTORE)
        .since("2.0.0")
        .summary("Stores the members of all sources.")
        .grammar(
            """
            destination:key@0 numkeys:integer key:key@1* weight:integer=WEIGHTS?*
            aggregate:oneof=AGGREGATE?( sum:pure-token=SUM min:pure-token=MIN max:pure-token=MAX
            count:pure-token=COUNT )
            """)
        .complexity(
            "O(N)+O(M log(M)) with N being the sum of the sizes of the input sorted sets, and M "
                + "being the number of elements in the resulting sorted set.");
    stored(table, "zinterstore", Operation.INTERSECTION, EventType.ZINTERSTORE)
        .since("2.0.0")
        .summary("Stores the members that all sources have.")
        .grammar(
            """
            destination:key@0 numkeys:integer key:key@1* weight:integer=WEIGHTS?*
            aggregate:oneof=AGGREGATE?( sum:pure-token=SUM min:pure-token=MIN max:pure-token=MAX
            count:pure-token=COUNT )
            """)
        .complexity(INTERSECTION_COST);
    stored(table, "zdiffstore", Operation.DIFFERENCE, EventType.ZDIFFSTORE)
        .since("6.2.0")
        .summary("Stores the members of the first source that are in no other one.")
        .grammar("destination:key@0 numkeys:integer key:key@1*")
        .complexity(DIFFERENCE_COST);
  }

  private static Command.Row answered(
      CommandTable.Builder table,
      String name,
      Operation operation,
      String summary,
      String complexity) {
    return table
        .command(name, -3, ctx -> answer(ctx, operation))
        .flags(READONLY)
        .keys(SOURCES)
        .since("6.2.0")
        .summary(summary)
        .complexity(complexity);
  }

  private static Command.Row stored(
      CommandTable.Builder table, String name, Operation operation, EventType event) {
    return table
        .command(name, -4, ctx -> store(ctx, operation, event))
        .flags(WRITE, DENYOOM)
        .keys(DESTINATION_AND_SOURCES)
        .emits(event, DEL, NEW, OVERWRITTEN, TYPE_CHANGED);
  }

  // ---------------------------------------------------------------------------------- the sources

  /** Receives the members of a source until it has seen enough. */
  @FunctionalInterface
  private interface Visitor {
    /** Whether it wants to see more. */
    boolean visit(Bytes member, double score);
  }

  /** What one of the keys holds: a sorted set, a set, or nothing. */
  private static final class Source {
    private final @Nullable SortedSetView sorted;
    private final @Nullable SetView unsorted;
    private final int size;
    private double weight = 1;

    Source(@Nullable Entry entry) {
      sorted = entry != null && entry.type() == ValueType.SORTED_SET ? entry.sortedSet() : null;
      unsorted = entry != null && entry.type() == ValueType.SET ? entry.set() : null;
      size = sorted != null ? sorted.size() : unsorted != null ? unsorted.size() : 0;
    }

    int size() {
      return size;
    }

    /** The score of a member, NaN if it is missing. */
    double score(Bytes member) {
      if (sorted != null) {
        return sorted.score(member);
      }
      return unsorted != null && unsorted.contains(member) ? 1 : Double.NaN;
    }

    boolean has(Bytes member) {
      return !Double.isNaN(score(member));
    }

    void forEach(Visitor visitor) {
      if (sorted != null) {
        boolean goesOn = true;
        SortedSetView.Walk walk = sorted.walk(0, false);
        for (; goesOn && walk.isMember(); walk.next()) {
          goesOn = visitor.visit(walk.member(), walk.score());
        }
      } else if (unsorted != null) {
        unsorted.forEachWhile(member -> visitor.visit(member, 1));
      }
    }
  }

  /** How the scores of a member in several sources become one. */
  private enum Aggregate {
    SUM {
      @Override
      double of(double a, double b) {
        return orZero(a + b);
      }
    },
    MIN {
      @Override
      double of(double a, double b) {
        return b < a ? b : a;
      }
    },
    MAX {
      @Override
      double of(double a, double b) {
        return b > a ? b : a;
      }
    },
    /** In how many sources it is, each by its weight, whatever the scores; of 8.8, unobserved. */
    COUNT {
      @Override
      double of(double a, double b) {
        return SUM.of(a, b);
      }

      @Override
      double weighed(Source source, double score) {
        return source.weight;
      }
    };

    /** One score out of two. */
    abstract double of(double a, double b);

    /** What a score counts alone; NaN where it is infinite and its weight is zero. */
    double weighed(Source source, double score) {
      return source.weight * score;
    }

    /** What Redis takes for a number that is none. */
    static double orZero(double number) {
      return Double.isNaN(number) ? 0 : number;
    }
  }

  /**
   * What a request asks for.
   *
   * @param limit how many members are counted at most
   */
  private record Query(
      Operation operation, Source[] sources, Aggregate aggregate, boolean withScores, long limit) {

    /**
     * Reads the keys, and then the options, as Redis does: misses are announced even where an
     * option is refused.
     *
     * @param keys the index of the number of keys
     */
    static Query of(
        CommandContext ctx, int keys, Operation operation, boolean isStored, boolean isCounted) {
      long number = ctx.longArgument(keys);
      if (number < 1) {
        throw Errors.NO_INPUT_KEYS.error(ctx.command().fullName());
      }
      if (number > ctx.count() - keys - 1) {
        throw Errors.SYNTAX.error();
      }
      Source[] sources = new Source[(int) number];
      // All entries first: finding one may remove another that expired.
      @Nullable Entry[] entries = new Entry[sources.length];
      for (int i = 0; i < sources.length; i++) {
        Entry entry = ctx.find(ctx.argument(keys + 1 + i));
        if (entry != null && entry.type() != ValueType.SET) {
          CommandContext.require(entry, ValueType.SORTED_SET);
        }
        entries[i] = entry;
      }
      for (int i = 0; i < sources.length; i++) {
        sources[i] = new Source(entries[i]);
      }

      boolean isWeighed = operation != Operation.DIFFERENCE && !isCounted;
      Aggregate aggregate = Aggregate.SUM;
      boolean withScores = false;
      long limit = 0;
      for (int i = keys + 1 + sources.length; i < ctx.count(); i++) {
        int left = ctx.count() - i - 1;
        if (isWeighed && left >= sources.length && ctx.isWord(i, "WEIGHTS")) {
          for (Source source : sources) {
            source.weight = weight(ctx, ++i);
          }
        } else if (isWeighed && left >= 1 && ctx.isWord(i, "AGGREGATE")) {
          aggregate = aggregate(ctx, ++i);
        } else if (!isStored && !isCounted && ctx.isWord(i, "WITHSCORES")) {
          withScores = true;
        } else if (isCounted && left >= 1 && ctx.isWord(i, "LIMIT")) {
          limit = ctx.longArgument(++i, Errors.LIMIT_NEGATIVE.error());
          if (limit < 0) {
            throw Errors.LIMIT_NEGATIVE.error();
          }
        } else {
          throw Errors.SYNTAX.error();
        }
      }
      return new Query(
          operation, sources, aggregate, withScores, limit == 0 ? Long.MAX_VALUE : limit);
    }

    private static double weight(CommandContext ctx, int index) {
      double weight = Numerals.parseDouble(ctx.argument(index));
      if (Double.isNaN(weight)) {
        throw Errors.WEIGHT_NOT_A_FLOAT.error();
      }
      return weight;
    }

    private static Aggregate aggregate(CommandContext ctx, int index) {
      for (Aggregate aggregate : Aggregate.values()) {
        if (ctx.isWord(index, aggregate.name())) {
          return aggregate;
        }
      }
      throw Errors.SYNTAX.error();
    }

    /** Puts the result into an empty sorted set. */
    void into(SortedSetView result) {
      operation.combine(this, result);
    }

    /** The sources, smallest first: the fewer members are looked up in the others. */
    Source[] bySize() {
      Source[] sorted = sources.clone();
      Arrays.sort(sorted, Comparator.comparingInt(Source::size));
      return sorted;
    }
  }

  // ------------------------------------------------------------------------------- the operations

  private enum Operation {
    UNION {
      @Override
      void combine(Query query, SortedSetView result) {
        for (Source source : query.bySize()) {
          source.forEach(
              (member, score) -> {
                double counted = Aggregate.orZero(query.aggregate.weighed(source, score));
                int place = result.find(member);
                if (place == SortedSetView.NONE) {
                  result.add(member, counted);
                } else {
                  double before = result.score(place);
                  double after = query.aggregate.of(before, counted);
                  if (after != before) {
                    result.move(place, member, after);
                  }
                }
                return true;
              });
        }
      }
    },
    INTERSECTION {
      @Override
      void combine(Query query, SortedSetView result) {
        intersect(
            query,
            (member, score) -> {
              result.add(member, score);
              return true;
            });
      }
    },
    DIFFERENCE {
      @Override
      void combine(Query query, SortedSetView result) {
        Source[] sources = query.sources;
        sources[0].forEach(
            (member, score) -> {
              for (int i = 1; i < sources.length; i++) {
                if (sources[i].has(member)) {
                  return true;
                }
              }
              result.add(member, score);
              return true;
            });
      }
    };

    abstract void combine(Query query, SortedSetView result);
  }

  /**
   * Only the first of several weighed scores is put right by itself where it is NaN, as in Redis.
   */
  private static void intersect(Query query, Visitor visitor) {
    Source[] sources = query.bySize();
    sources[0].forEach(
        (member, score) -> {
          double all = Aggregate.orZero(query.aggregate.weighed(sources[0], score));
          for (int i = 1; i < sources.length; i++) {
            double other = sources[i].score(member);
            if (Double.isNaN(other)) {
              return true;
            }
            all = query.aggregate.of(all, query.aggregate.weighed(sources[i], other));
          }
          return visitor.visit(member, all);
        });
  }

  // ------------------------------------------------------------------------------------- commands

  private static void answer(CommandContext ctx, Operation operation) {
    Query query = Query.of(ctx, 1, operation, false, false);
    SortedSetView result = new Draft(ctx.keyspace(), ValueType.SORTED_SET).sortedSet();
    query.into(result);
    SortedSetCommands.beginMembers(ctx.reply(), result.size(), query.withScores);
    SortedSetCommands.answerMembers(
        ctx.reply(), result.walk(0, false), result.size(), query.withScores);
  }

  private static void count(CommandContext ctx) {
    Query query = Query.of(ctx, 1, Operation.INTERSECTION, false, true);
    long[] count = new long[1];
    intersect(query, (member, score) -> ++count[0] < query.limit);
    ctx.reply().integer(count[0]);
  }

  private static void store(CommandContext ctx, Operation operation, EventType event) {
    Query query = Query.of(ctx, 2, operation, true, false);
    Draft draft = new Draft(ctx.keyspace(), ValueType.SORTED_SET);
    query.into(draft.sortedSet());
    SortedSetRangeCommands.store(ctx, ctx.argument(1), draft, event);
  }
}
