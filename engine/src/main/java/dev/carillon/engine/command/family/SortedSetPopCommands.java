package dev.carillon.engine.command.family;

import static dev.carillon.engine.command.CommandFlag.BLOCKING;
import static dev.carillon.engine.command.CommandFlag.FAST;
import static dev.carillon.engine.command.CommandFlag.WRITE;
import static dev.carillon.protocol.event.EventType.DEL;

import dev.carillon.engine.command.CommandContext;
import dev.carillon.engine.command.CommandGroup;
import dev.carillon.engine.command.CommandTable;
import dev.carillon.engine.command.KeySpec;
import dev.carillon.engine.command.Wait;
import dev.carillon.engine.keyspace.Entry;
import dev.carillon.engine.keyspace.SortedSetView;
import dev.carillon.engine.reply.CommandError;
import dev.carillon.engine.reply.Errors;
import dev.carillon.engine.reply.ReplyWriter;
import dev.carillon.engine.value.ValueType;
import dev.carillon.protocol.bytes.Bytes;
import dev.carillon.protocol.bytes.Numerals;
import dev.carillon.protocol.event.EventType;

/**
 * Sorted sets: taking out the members with the lowest or highest scores, and waiting until there
 * are some.
 */
final class SortedSetPopCommands {

  private static final String ACCESS = "RW access delete";
  private static final String COST =
      "O(log(N)*M) with N being the number of elements in the sorted set, and M being the "
          + "number of elements popped.";
  private static final String COST_OF_SEVERAL =
      "O(K) + O(M*log(N)) where K is the number of provided keys, N being the number of "
          + "elements in the sorted set, and M being the number of elements popped.";

  private SortedSetPopCommands() {}

  /** The two ends of a sorted set. */
  private enum End {
    MIN("ZPOPMIN", EventType.ZPOPMIN),
    MAX("ZPOPMAX", EventType.ZPOPMAX);

    private final Bytes command;
    private final EventType event;

    End(String command, EventType event) {
      this.command = Bytes.of(command);
      this.event = event;
    }

    /** The end that an argument names. */
    static End of(CommandContext ctx, int index) {
      if (ctx.isWord(index, "MIN")) {
        return MIN;
      }
      if (ctx.isWord(index, "MAX")) {
        return MAX;
      }
      throw Errors.SYNTAX.error();
    }
  }

  static void register(CommandTable.Builder table) {
    table.group(CommandGroup.SORTED_SET);
    for (End end : End.values()) {
      String which = end == End.MIN ? "lowest" : "highest";
      table
          .command(end == End.MIN ? "zpopmin" : "zpopmax", -2, ctx -> pop(ctx, end))
          .flags(WRITE, FAST)
          .key(1, ACCESS)
          .emits(end.event, DEL)
          .since("5.0.0")
          .summary("Removes and answers the members with the " + which + " scores.")
          .grammar("key:key@0 count:integer?")
          .complexity(COST);
      table
          .command(end == End.MIN ? "bzpopmin" : "bzpopmax", -3, ctx -> popOrWait(ctx, end))
          .flags(WRITE, BLOCKING, FAST)
          .keys(KeySpec.range(1, -2, 1).access(ACCESS))
          .emits(end.event, DEL)
          .since("5.0.0")
          .summary(
              "Removes and answers the member with the "
                  + which
                  + " score of the first sorted set that is there; waits where none is.")
          .grammar("key:key@0* timeout:double")
          .complexity("O(log(N)) with N being the number of elements in the sorted set.");
    }
    table
        .command("zmpop", -4, SortedSetPopCommands::popOfSeveral)
        .flags(WRITE)
        .keys(KeySpec.counted(1, 1).access(ACCESS))
        .emits(EventType.ZPOPMIN, EventType.ZPOPMAX, DEL)
        .since("7.0.0")
        .summary("Removes and answers members of the first sorted set that is there.")
        .grammar(
            """
            numkeys:integer key:key@0* where:oneof( min:pure-token=MIN max:pure-token=MAX )
            count:integer=COUNT?
            """)
        .complexity(COST_OF_SEVERAL);
    table
        .command("bzmpop", -5, SortedSetPopCommands::popOfSeveralOrWait)
        .flags(WRITE, BLOCKING)
        .keys(KeySpec.counted(2, 1).access(ACCESS))
        .emits(EventType.ZPOPMIN, EventType.ZPOPMAX, DEL)
        .since("7.0.0")
        .summary(
            "Removes and answers members of the first sorted set that is there; waits where none"
                + " is.")
        .grammar(
            """
            timeout:double numkeys:integer key:key@0* where:oneof( min:pure-token=MIN
            max:pure-token=MAX ) count:integer=COUNT?
            """)
        .complexity(COST_OF_SEVERAL);
  }

  // ---------------------------------------------------------------------------------- of one key

  private static void pop(CommandContext ctx, End end) {
    if (ctx.count() > 3) {
      throw Errors.SYNTAX.error();
    }
    boolean isCounted = ctx.count() == 3;
    long count = isCounted ? atLeast(ctx, 2, 0, Errors.MUST_BE_POSITIVE.error()) : 1;
    Bytes key = ctx.argument(1);
    Entry entry = ctx.lookup(key, ValueType.SORTED_SET);
    ReplyWriter reply = ctx.reply();
    if (entry == null || count == 0) {
      reply.array(0);
      return;
    }
    int taken = (int) Math.min(count, entry.sortedSet().size());
    boolean inPairs = isCounted && reply.version() >= 3;
    reply.array(inPairs ? taken : 2L * taken);
    take(ctx, key, entry, end, taken, inPairs);
  }

  /**
   * Answers members from one end and removes them.
   *
   * @param count at most as many as there are
   * @param inPairs whether each member and its score are an array of their own
   */
  private static void take(
      CommandContext ctx, Bytes key, Entry entry, End end, int count, boolean inPairs) {
    SortedSetView view = ctx.edit(entry).sortedSet();
    ReplyWriter reply = ctx.reply();
    int size = view.size();
    boolean fromEnd = end == End.MAX;
    SortedSetView.Walk walk = view.walk(fromEnd ? size - 1 : 0, fromEnd);
    for (int i = 0; i < count; i++, walk.next()) {
      if (inPairs) {
        reply.array(2);
      }
      reply.bulk(walk.member());
      reply.real(walk.score());
    }
    view.removeRange(fromEnd ? size - count : 0, count);
    ctx.changed(key, entry, end.event);
  }

  private static long atLeast(CommandContext ctx, int index, long min, CommandError refusal) {
    long number = ctx.longArgument(index, refusal);
    if (number < min) {
      throw refusal;
    }
    return number;
  }

  private static void popOrWait(CommandContext ctx, End end) {
    int last = ctx.count() - 1;
    long deadlineMillis = Timeout.deadlineMillis(ctx, last);
    for (int i = 1; i < last; i++) {
      Bytes key = ctx.argument(i);
      Entry entry = ctx.lookup(key, ValueType.SORTED_SET);
      if (entry != null) {
        ctx.reply().array(3);
        ctx.reply().bulk(key);
        take(ctx, key, entry, end, 1, false);
        ctx.effect(end.command, key);
        return;
      }
    }
    waitForOneOf(ctx, 1, last, deadlineMillis);
  }

  // ------------------------------------------------------------------------------ of several keys

  /**
   * What ZMPOP takes from where.
   *
   * @param from the index of the first key
   * @param to the index behind the last key
   */
  private record Taking(int from, int to, End end, long count) {

    /** The keys and options from the number of keys on, which is at {@code index}. */
    static Taking of(CommandContext ctx, int index) {
      long keys = atLeast(ctx, index, 1, Errors.NUMKEYS_NOT_POSITIVE.error());
      if (keys > ctx.count() - index - 2) {
        throw Errors.SYNTAX.error();
      }
      int where = index + 1 + (int) keys;
      End end = End.of(ctx, where);
      long count = 1;
      if (ctx.count() > where + 1) {
        if (ctx.count() < where + 3 || !ctx.isWord(where + 1, "COUNT")) {
          throw Errors.SYNTAX.error();
        }
        count = atLeast(ctx, where + 2, 1, Errors.COUNT_NOT_POSITIVE.error());
        if (ctx.count() > where + 3) {
          throw Errors.SYNTAX.error();
        }
      }
      return new Taking(index + 1, where, end, count);
    }
  }

  private static void popOfSeveral(CommandContext ctx) {
    if (!takeFirst(ctx, Taking.of(ctx, 1))) {
      ctx.reply().nilArray();
    }
  }

  private static void popOfSeveralOrWait(CommandContext ctx) {
    Taking taking = Taking.of(ctx, 2);
    long deadlineMillis = Timeout.deadlineMillis(ctx, 1);
    if (!takeFirst(ctx, taking)) {
      waitForOneOf(ctx, taking.from, taking.to, deadlineMillis);
    }
  }

  /** Answers and removes members of the first sorted set that is there; false if none is. */
  private static boolean takeFirst(CommandContext ctx, Taking taking) {
    for (int i = taking.from; i < taking.to; i++) {
      Bytes key = ctx.argument(i);
      Entry entry = ctx.lookup(key, ValueType.SORTED_SET);
      if (entry != null) {
        int count = (int) Math.min(taking.count, entry.sortedSet().size());
        ctx.reply().array(2);
        ctx.reply().bulk(key);
        ctx.reply().array(count);
        take(ctx, key, entry, taking.end, count, true);
        if (ctx.isRecording()) {
          ctx.effect(taking.end.command, key, Numerals.of((long) count));
        }
        return true;
      }
    }
    return false;
  }

  private static void waitForOneOf(CommandContext ctx, int from, int to, long deadlineMillis) {
    Wait wait = Wait.forType(ValueType.SORTED_SET, ReplyWriter::nilArray).until(deadlineMillis);
    for (int i = from; i < to; i++) {
      wait.key(ctx.argument(i));
    }
    ctx.block(wait);
  }
}
