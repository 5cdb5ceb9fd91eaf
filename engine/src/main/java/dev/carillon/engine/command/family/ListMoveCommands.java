package dev.carillon.engine.command.family;

import static dev.carillon.engine.command.CommandFlag.BLOCKING;
import static dev.carillon.engine.command.CommandFlag.DENYOOM;
import static dev.carillon.engine.command.CommandFlag.WRITE;
import static dev.carillon.protocol.event.EventType.DEL;
import static dev.carillon.protocol.event.EventType.LPOP;
import static dev.carillon.protocol.event.EventType.LPUSH;
import static dev.carillon.protocol.event.EventType.RPOP;
import static dev.carillon.protocol.event.EventType.RPUSH;

import dev.carillon.engine.command.Command;
import dev.carillon.engine.command.CommandContext;
import dev.carillon.engine.command.CommandTable;
import dev.carillon.engine.command.Handler;
import dev.carillon.engine.command.KeySpec;
import dev.carillon.engine.command.Wait;
import dev.carillon.engine.keyspace.Entry;
import dev.carillon.engine.keyspace.ListView;
import dev.carillon.engine.reply.Errors;
import dev.carillon.engine.reply.ReplyWriter;
import dev.carillon.engine.value.ValueType;
import dev.carillon.protocol.bytes.Bytes;
import dev.carillon.protocol.bytes.Numerals;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Lists: moving elements from one to another, taking some from the first of several that has any,
 * and the forms of these, and of LPOP and RPOP, that wait until there are some.
 *
 * <p>What a blocking command did is repeated by its form that does not block.
 */
final class ListMoveCommands {

  private static final Bytes LPOP_NAME = Bytes.of("LPOP");
  private static final Bytes RPOP_NAME = Bytes.of("RPOP");
  private static final Bytes LMOVE_NAME = Bytes.of("LMOVE");
  private static final Bytes LMOVEM_NAME = Bytes.of("LMOVEM");
  private static final Bytes LEFT = Bytes.of("LEFT");
  private static final Bytes RIGHT = Bytes.of("RIGHT");
  private static final Bytes COUNT = Bytes.of("COUNT");
  private static final Bytes BULK = Bytes.of("BULK");
  private static final Bytes OBO = Bytes.of("OBO");

  private static final String O_MOVED = "O(N) where N is the number of elements moved.";
  private static final String O_TAKEN =
      "O(N+M) where N is the number of provided keys and M is the number of elements returned.";

  private ListMoveCommands() {}

  static void register(CommandTable.Builder table) {
    registerMoves(table);
    registerPops(table);
  }

  private static void registerMoves(CommandTable.Builder table) {
    move(table, "lmove", 5, ctx -> move(ctx, isLeft(ctx, 3), isLeft(ctx, 4)))
        .since("6.2.0")
        .summary("Moves an element from an end of a list to an end of a list.")
        .grammar(
            """
            source:key@0 destination:key@1 wherefrom:oneof( left:pure-token=LEFT
            right:pure-token=RIGHT ) whereto:oneof( left:pure-token=LEFT
            right:pure-token=RIGHT )
            """)
        .complexity("O(1)");
    move(table, "rpoplpush", 3, ctx -> move(ctx, false, true))
        .since("1.2.0")
        .deprecated("6.2.0", "`LMOVE` with the `RIGHT` and `LEFT` arguments")
        .summary("Moves an element from the tail of a list to the head of a list.")
        .grammar("source:key@0 destination:key@1")
        .complexity("O(1)");
    move(table, "lmovem", -5, ListMoveCommands::lmovem)
        .since("8.10.0")
        .summary("Moves elements from an end of a list to an end of a list.")
        .grammar(
            """
            source:key@0 destination:key@1 wherefrom:oneof( left:pure-token=LEFT
            right:pure-token=RIGHT ) whereto:oneof( left:pure-token=LEFT
            right:pure-token=RIGHT ) how-many:block?( selector:oneof( count:integer=COUNT
            exactly:integer=EXACTLY ) ordering:oneof( obo:pure-token=OBO
            bulk:pure-token=BULK ) )
            """)
        .complexity(O_MOVED);
    move(table, "blmove", 6, ctx -> blockingMove(ctx, isLeft(ctx, 3), isLeft(ctx, 4), 5))
        .flags(BLOCKING)
        .since("6.2.0")
        .summary("Moves an element as LMOVE does, and waits for one if there is none.")
        .grammar(
            """
            source:key@0 destination:key@1 wherefrom:oneof( left:pure-token=LEFT
            right:pure-token=RIGHT ) whereto:oneof( left:pure-token=LEFT
            right:pure-token=RIGHT ) timeout:double
            """)
        .complexity("O(1)");
    move(table, "brpoplpush", 4, ctx -> blockingMove(ctx, false, true, 3))
        .flags(BLOCKING)
        .since("2.2.0")
        .deprecated("6.2.0", "`BLMOVE` with the `RIGHT` and `LEFT` arguments")
        .summary("Moves an element as RPOPLPUSH does, and waits for one if there is none.")
        .grammar("source:key@0 destination:key@1 timeout:double")
        .complexity("O(1)");
    move(table, "blmovem", -6, ListMoveCommands::blmovem)
        .flags(BLOCKING)
        .since("8.10.0")
        .summary("Moves elements as LMOVEM does, and waits for them if there are none.")
        .grammar(
            """
            source:key@0 destination:key@1 wherefrom:oneof( left:pure-token=LEFT
            right:pure-token=RIGHT ) whereto:oneof( left:pure-token=LEFT
            right:pure-token=RIGHT ) timeout:double how-many:block?( selector:oneof(
            count:integer=COUNT exactly:integer=EXACTLY ) ordering:oneof( obo:pure-token=OBO
            bulk:pure-token=BULK ) )
            """)
        .complexity(O_MOVED);
  }

  private static Command.Row move(
      CommandTable.Builder table, String name, int arity, Handler handler) {
    return table
        .command(name, arity, handler)
        .flags(WRITE, DENYOOM)
        .keys(KeySpec.one(1).access("RW access delete").and(KeySpec.one(2).access("RW insert")))
        .emits(LPUSH, RPUSH, LPOP, RPOP, DEL);
  }

  private static void registerPops(CommandTable.Builder table) {
    table
        .command("lmpop", -4, ListMoveCommands::lmpop)
        .flags(WRITE)
        .keys(KeySpec.counted(1, 1).access("RW access delete"))
        .emits(LPOP, RPOP, DEL)
        .since("7.0.0")
        .summary("Takes elements from the first of some lists that has any.")
        .grammar(
            """
            numkeys:integer key:key@0* where:oneof( left:pure-token=LEFT
            right:pure-token=RIGHT ) count:integer=COUNT?
            """)
        .complexity(O_TAKEN);
    table
        .command("blmpop", -5, ListMoveCommands::blmpop)
        .flags(WRITE, BLOCKING)
        .keys(KeySpec.counted(2, 1).access("RW access delete"))
        .emits(LPOP, RPOP, DEL)
        .since("7.0.0")
        .summary("Takes elements as LMPOP does, and waits for some if there are none.")
        .grammar(
            """
            timeout:double numkeys:integer key:key@0* where:oneof( left:pure-token=LEFT
            right:pure-token=RIGHT ) count:integer=COUNT?
            """)
        .complexity(O_TAKEN);
    for (String name : new String[] {"blpop", "brpop"}) {
      boolean fromHead = name.equals("blpop");
      table
          .command(name, -3, ctx -> blockingPop(ctx, fromHead))
          .flags(WRITE, BLOCKING)
          .keys(KeySpec.range(1, -2, 1).access("RW access delete"))
          .emits(ListCommands.popped(fromHead), DEL)
          .since("2.0.0")
          .summary(
              "Takes an element from the "
                  + (fromHead ? "head" : "tail")
                  + " of the first of some lists that has any, and waits if there is none.")
          .grammar("key:key@0* timeout:double")
          .complexity("O(N) where N is the number of provided keys.");
    }
  }

  // ------------------------------------------------------------------------------------ arguments

  /** Whether an argument says LEFT, the head of a list, and not RIGHT, the tail. */
  private static boolean isLeft(CommandContext ctx, int index) {
    if (ctx.isWord(index, "LEFT")) {
      return true;
    }
    if (ctx.isWord(index, "RIGHT")) {
      return false;
    }
    throw Errors.SYNTAX.error();
  }

  private static Bytes side(boolean left) {
    return left ? LEFT : RIGHT;
  }

  // ------------------------------------------------------------------------------ moving an
  // element

  private static void move(CommandContext ctx, boolean fromHead, boolean toHead) {
    Entry source = ctx.lookup(ctx.argument(1), ValueType.LIST);
    if (source == null) {
      ctx.reply().nil();
    } else {
      move(ctx, source, fromHead, toHead);
    }
  }

  private static void blockingMove(
      CommandContext ctx, boolean fromHead, boolean toHead, int timeoutIndex) {
    long deadlineMillis = Timeout.deadlineMillis(ctx, timeoutIndex);
    Entry source = ctx.lookup(ctx.argument(1), ValueType.LIST);
    if (source == null) {
      waitForSource(ctx, deadlineMillis);
      return;
    }
    move(ctx, source, fromHead, toHead);
    if (ctx.isRecording()) {
      ctx.effect(LMOVE_NAME, ctx.argument(1), ctx.argument(2), side(fromHead), side(toHead));
    }
  }

  /** A queued request is told at once that there is nothing, in other words than after waiting. */
  private static void waitForSource(CommandContext ctx, long deadlineMillis) {
    if (ctx.isQueued()) {
      ctx.reply().nil();
    } else {
      ctx.block(
          Wait.forType(ValueType.LIST, ReplyWriter::nilArray)
              .key(ctx.argument(1))
              .until(deadlineMillis));
    }
  }

  private static void move(CommandContext ctx, Entry source, boolean fromHead, boolean toHead) {
    Entry target = ctx.lookup(ctx.argument(2), ValueType.LIST);
    ListView from = source.list();
    Bytes element = from.get(fromHead ? 0 : from.size() - 1).copy();
    move(ctx, source, fromHead, target, toHead, List.of(element));
    ctx.reply().bulk(element);
  }

  /**
   * Moves elements: those at an end of the source, in the order in which they are added to the
   * target. The push is announced before the pop.
   */
  private static void move(
      CommandContext ctx,
      Entry source,
      boolean fromHead,
      @Nullable Entry existing,
      boolean toHead,
      List<Bytes> elements) {
    Bytes sourceKey = ctx.argument(1);
    Bytes targetKey = ctx.argument(2);
    int count = elements.size();
    if (sourceKey.equals(targetKey)) {
      ListView list = ctx.edit(source).list();
      list.remove(fromHead, count);
      list.push(toHead, elements::get, 0, count);
      ctx.changed(sourceKey, source, ListCommands.pushed(toHead));
      ctx.announce(sourceKey, ListCommands.popped(fromHead));
      return;
    }
    Entry target = ctx.editOrCreate(targetKey, existing, ValueType.LIST);
    target.list().push(toHead, elements::get, 0, count);
    ctx.changed(targetKey, target, ListCommands.pushed(toHead));

    ctx.edit(source).list().remove(fromHead, count);
    ctx.changed(sourceKey, source, ListCommands.popped(fromHead));
  }

  // ------------------------------------------------------------------------------- moving several

  /**
   * What LMOVEM moves.
   *
   * @param count how many elements at most
   * @param isExact whether nothing is moved if there are fewer
   * @param isBulk whether the elements keep their order; otherwise they are moved one by one
   */
  private record Batch(
      boolean fromHead, boolean toHead, long count, boolean isExact, boolean isBulk) {

    /**
     * @param options where the options begin: {@code COUNT} or {@code EXACTLY} and a number, then
     *     {@code OBO} or {@code BULK}, or nothing at all
     */
    static Batch of(CommandContext ctx, int options) {
      boolean fromHead = isLeft(ctx, 3);
      boolean toHead = isLeft(ctx, 4);
      if (ctx.count() == options) {
        return new Batch(fromHead, toHead, 1, false, false);
      }
      boolean isExact = ctx.isWord(options, "EXACTLY");
      if (ctx.count() != options + 3 || (!isExact && !ctx.isWord(options, "COUNT"))) {
        throw Errors.SYNTAX.error();
      }
      long count =
          ListCommands.countArgument(ctx, options + 1, 1, Errors.COUNT_NOT_POSITIVE.error());
      boolean isBulk = ctx.isWord(options + 2, "BULK");
      if (!isBulk && !ctx.isWord(options + 2, "OBO")) {
        throw Errors.SYNTAX.error();
      }
      return new Batch(fromHead, toHead, count, isExact, isBulk);
    }

    /** Whether a list has what is to be moved. */
    boolean canMove(@Nullable Entry source) {
      return source != null && (!isExact || source.list().size() >= count);
    }
  }

  private static void lmovem(CommandContext ctx) {
    Batch batch = Batch.of(ctx, 5);
    Entry source = ctx.lookup(ctx.argument(1), ValueType.LIST);
    if (source == null || !batch.canMove(source)) {
      ctx.reply().nilArray();
    } else {
      move(ctx, source, batch);
    }
  }

  private static void blmovem(CommandContext ctx) {
    Batch batch = Batch.of(ctx, 6);
    long deadlineMillis = Timeout.deadlineMillis(ctx, 5);
    Entry source = ctx.lookup(ctx.argument(1), ValueType.LIST);
    if (source == null || !batch.canMove(source)) {
      ctx.block(
          Wait.forType(ValueType.LIST, ReplyWriter::nilArray)
              .key(ctx.argument(1))
              .until(deadlineMillis));
      return;
    }
    int moved = move(ctx, source, batch);
    if (ctx.isRecording()) {
      ctx.effect(
          LMOVEM_NAME,
          ctx.argument(1),
          ctx.argument(2),
          side(batch.fromHead),
          side(batch.toHead),
          COUNT,
          Numerals.of((long) moved),
          batch.isBulk ? BULK : OBO);
    }
  }

  /** Moves elements and answers them as they lie in the target then; returns how many. */
  private static int move(CommandContext ctx, Entry source, Batch batch) {
    Entry target = ctx.lookup(ctx.argument(2), ValueType.LIST);
    ListView from = source.list();
    long count = Math.min(batch.count, from.size());
    List<Bytes> taken = new ArrayList<>();
    boolean forward = batch.isBulk || batch.fromHead;
    long first = batch.fromHead ? 0 : from.size() - count;
    from.visit(forward ? first : first + count - 1, count, forward, text -> taken.add(text.copy()));
    // What is added at the head comes out in reverse; in bulk that must not show.
    List<Bytes> added = batch.isBulk && batch.toHead ? taken.reversed() : taken;
    move(ctx, source, batch.fromHead, target, batch.toHead, added);
    ReplyWriter reply = ctx.reply();
    reply.array(taken.size());
    (batch.toHead ? added.reversed() : added).forEach(reply::bulk);
    return taken.size();
  }

  // ------------------------------------------------------------------------------- taking elements

  private static void blockingPop(CommandContext ctx, boolean fromHead) {
    int timeoutIndex = ctx.count() - 1;
    long deadlineMillis = Timeout.deadlineMillis(ctx, timeoutIndex);
    for (int i = 1; i < timeoutIndex; i++) {
      Bytes key = ctx.argument(i);
      Entry entry = ctx.lookup(key, ValueType.LIST);
      if (entry != null) {
        ctx.reply().array(2);
        ctx.reply().bulk(key);
        ListCommands.takeOne(ctx, key, entry, fromHead);
        if (ctx.isRecording()) {
          ctx.effect(popName(fromHead), key);
        }
        return;
      }
    }
    waitForOneOf(ctx, 1, timeoutIndex, deadlineMillis);
  }

  private static Bytes popName(boolean fromHead) {
    return fromHead ? LPOP_NAME : RPOP_NAME;
  }

  private static void waitForOneOf(CommandContext ctx, int from, int to, long deadlineMillis) {
    Wait wait = Wait.forType(ValueType.LIST, ReplyWriter::nilArray).until(deadlineMillis);
    for (int i = from; i < to; i++) {
      wait.key(ctx.argument(i));
    }
    ctx.block(wait);
  }

  /**
   * What LMPOP takes from where.
   *
   * @param from the index of the first key
   * @param to the index behind the last key
   */
  private record Taking(int from, int to, boolean fromHead, long count) {

    /**
     * @param keys the index of the number of keys
     */
    static Taking of(CommandContext ctx, int keys) {
      long number = ListCommands.countArgument(ctx, keys, 1, Errors.NUMKEYS_NOT_POSITIVE.error());
      if (number > ctx.count() - keys - 2) {
        throw Errors.SYNTAX.error();
      }
      int side = keys + 1 + (int) number;
      boolean fromHead = isLeft(ctx, side);
      if (ctx.count() == side + 1) {
        return new Taking(keys + 1, side, fromHead, 1);
      }
      if (ctx.count() < side + 3 || !ctx.isWord(side + 1, "COUNT")) {
        throw Errors.SYNTAX.error();
      }
      long count = ListCommands.countArgument(ctx, side + 2, 1, Errors.COUNT_NOT_POSITIVE.error());
      if (ctx.count() > side + 3) {
        throw Errors.SYNTAX.error();
      }
      return new Taking(keys + 1, side, fromHead, count);
    }
  }

  private static void lmpop(CommandContext ctx) {
    if (!takeFirst(ctx, Taking.of(ctx, 1))) {
      ctx.reply().nilArray();
    }
  }

  private static void blmpop(CommandContext ctx) {
    Taking taking = Taking.of(ctx, 2);
    long deadlineMillis = Timeout.deadlineMillis(ctx, 1);
    if (!takeFirst(ctx, taking)) {
      waitForOneOf(ctx, taking.from, taking.to, deadlineMillis);
    }
  }

  /** Answers and removes elements of the first list that is there; false if none is. */
  private static boolean takeFirst(CommandContext ctx, Taking taking) {
    for (int i = taking.from; i < taking.to; i++) {
      Bytes key = ctx.argument(i);
      Entry entry = ctx.lookup(key, ValueType.LIST);
      if (entry != null) {
        ctx.reply().array(2);
        ctx.reply().bulk(key);
        ListCommands.take(ctx, key, entry, taking.fromHead, taking.count);
        if (ctx.isRecording()) {
          ctx.effect(popName(taking.fromHead), key, Numerals.of(taking.count));
        }
        return true;
      }
    }
    return false;
  }
}
