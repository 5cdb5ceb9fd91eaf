package dev.carillon.engine.command.family;

import static dev.carillon.engine.command.CommandFlag.FAST;
import static dev.carillon.engine.command.CommandFlag.READONLY;
import static dev.carillon.engine.command.CommandFlag.WRITE;
import static dev.carillon.protocol.event.EventType.DEL;
import static dev.carillon.protocol.event.EventType.EXPIRE;
import static dev.carillon.protocol.event.EventType.PERSIST;

import dev.carillon.engine.command.Command;
import dev.carillon.engine.command.CommandContext;
import dev.carillon.engine.command.CommandGroup;
import dev.carillon.engine.command.CommandTable;
import dev.carillon.engine.keyspace.Entry;
import dev.carillon.engine.reply.CommandError;
import dev.carillon.engine.reply.Errors;
import dev.carillon.protocol.bytes.Bytes;
import dev.carillon.protocol.bytes.Numerals;
import java.util.function.LongUnaryOperator;

/** Deadlines of keys: the EXPIRE and TTL families. */
final class ExpiryCommands {

  private static final long NO_KEY = -2;
  private static final long NO_DEADLINE = -1;

  private static final Bytes DEL_WORD = Bytes.of("DEL");
  private static final Bytes PEXPIREAT_WORD = Bytes.of("PEXPIREAT");

  private ExpiryCommands() {}

  static void register(CommandTable.Builder table) {
    table.group(CommandGroup.GENERIC);
    expiry(table.command("expire", -3, ctx -> expire(ctx, 1000, ctx.nowMillis())), "1.0.0")
        .summary("Gives a key a deadline, in seconds from now.")
        .grammar(
            """
            key:key@0 seconds:integer condition:oneof<7.0.0>?( nx:pure-token=NX xx:pure-token=XX
            gt:pure-token=GT lt:pure-token=LT )
            """);
    expiry(table.command("pexpire", -3, ctx -> expire(ctx, 1, ctx.nowMillis())), "2.6.0")
        .summary("Gives a key a deadline, in milliseconds from now.")
        .grammar(
            """
            key:key@0 milliseconds:integer condition:oneof<7.0.0>?( nx:pure-token=NX
            xx:pure-token=XX gt:pure-token=GT lt:pure-token=LT )
            """);
    expiry(table.command("expireat", -3, ctx -> expire(ctx, 1000, 0)), "1.2.0")
        .summary("Gives a key a deadline, as a Unix time in seconds.")
        .grammar(
            """
            key:key@0 unix-time-seconds:unix-time condition:oneof<7.0.0>?( nx:pure-token=NX
            xx:pure-token=XX gt:pure-token=GT lt:pure-token=LT )
            """);
    expiry(table.command("pexpireat", -3, ctx -> expire(ctx, 1, 0)), "2.6.0")
        .summary("Gives a key a deadline, as a Unix time in milliseconds.")
        .grammar(
            """
            key:key@0 unix-time-milliseconds:unix-time condition:oneof<7.0.0>?( nx:pure-token=NX
            xx:pure-token=XX gt:pure-token=GT lt:pure-token=LT )
            """);
    asking(table, "ttl", "1.0.0", (ctx, at) -> seconds(remaining(ctx, at)))
        .summary("Answers how many seconds a key has left.")
        .grammar("~nondeterministic_output key:key@0");
    asking(table, "pttl", "2.6.0", ExpiryCommands::remaining)
        .summary("Answers how many milliseconds a key has left.")
        .grammar("~nondeterministic_output key:key@0");
    asking(table, "expiretime", "7.0.0", (ctx, at) -> seconds(at))
        .summary("Answers the deadline of a key as a Unix time in seconds.")
        .grammar("key:key@0");
    asking(table, "pexpiretime", "7.0.0", (ctx, at) -> at)
        .summary("Answers the deadline of a key as a Unix time in milliseconds.")
        .grammar("key:key@0");
    table
        .command("persist", 2, ExpiryCommands::persist)
        .flags(WRITE, FAST)
        .key(1, "RW update")
        .emits(PERSIST)
        .since("2.2.0")
        .summary("Takes the deadline of a key away.")
        .grammar("key:key@0")
        .complexity("O(1)");
  }

  private static Command.Row expiry(Command.Row row, String since) {
    return row.flags(WRITE, FAST)
        .key(1, "RW update")
        .emits(EXPIRE, DEL)
        .since(since)
        .complexity("O(1)");
  }

  /** What a command of the TTL family says of a deadline. */
  @FunctionalInterface
  private interface Rendering {
    long of(CommandContext ctx, long deadlineMillis);
  }

  private static Command.Row asking(
      CommandTable.Builder table, String name, String since, Rendering rendering) {
    return table
        .command(name, 2, ctx -> ask(ctx, at -> rendering.of(ctx, at)))
        .flags(READONLY, FAST)
        .key(1, "RO access")
        .since(since)
        .complexity("O(1)");
  }

  // --------------------------------------------------------------------------- setting a deadline

  /** Under which circumstances a deadline is set. */
  private record Conditions(boolean nx, boolean xx, boolean gt, boolean lt) {

    /** Reads the words from the third argument on. */
    static Conditions of(CommandContext ctx) {
      boolean nx = false;
      boolean xx = false;
      boolean gt = false;
      boolean lt = false;
      for (int i = 3; i < ctx.count(); i++) {
        if (ctx.isWord(i, "NX")) {
          nx = true;
        } else if (ctx.isWord(i, "XX")) {
          xx = true;
        } else if (ctx.isWord(i, "GT")) {
          gt = true;
        } else if (ctx.isWord(i, "LT")) {
          lt = true;
        } else {
          throw Errors.UNSUPPORTED_OPTION.error(ctx.argument(i));
        }
      }
      if (nx && (xx || gt || lt)) {
        throw Errors.EXPIRE_NX_WITH_OTHERS.error();
      }
      if (gt && lt) {
        throw Errors.EXPIRE_GT_WITH_LT.error();
      }
      return new Conditions(nx, xx, gt, lt);
    }

    /** No deadline counts as one in the infinite future. */
    boolean permit(Entry entry, long deadlineMillis) {
      if (!entry.hasDeadline()) {
        return !xx && !gt;
      }
      long current = entry.deadlineMillis();
      return !nx && !(gt && deadlineMillis <= current) && !(lt && deadlineMillis >= current);
    }
  }

  private static void expire(CommandContext ctx, long unitMillis, long fromMillis) {
    Conditions conditions = Conditions.of(ctx);
    long deadline = deadline(ctx, unitMillis, fromMillis);
    Bytes key = ctx.argument(1);
    Entry entry = ctx.lookup(key);
    if (entry == null || !conditions.permit(entry, deadline)) {
      ctx.reply().integer(0);
      return;
    }

    // What is replayed was in the future when it was recorded; nothing expires by itself there.
    if (deadline <= ctx.nowMillis() && !ctx.turn().isReplaying()) {
      ctx.delete(key, entry);
      ctx.effect(DEL_WORD, key);
    } else {
      ctx.edit(entry).deadlineMillis(deadline);
      ctx.changed(key, EXPIRE);
      ctx.effect(PEXPIREAT_WORD, key, ctx.isRecording() ? Numerals.of(deadline) : Bytes.EMPTY);
    }
    ctx.reply().integer(1);
  }

  /** The second argument as epoch milliseconds, perhaps negative; refuses what overflows. */
  private static long deadline(CommandContext ctx, long unitMillis, long fromMillis) {
    long time = ctx.longArgument(2);
    if (time > Long.MAX_VALUE / unitMillis || time < Long.MIN_VALUE / unitMillis) {
      throw invalid(ctx);
    }
    long millis = time * unitMillis;
    if (millis > Long.MAX_VALUE - fromMillis) {
      throw invalid(ctx);
    }
    return millis + fromMillis;
  }

  private static CommandError invalid(CommandContext ctx) {
    return Errors.INVALID_EXPIRE.error(ctx.command().name());
  }

  private static void persist(CommandContext ctx) {
    Bytes key = ctx.argument(1);
    Entry entry = ctx.lookup(key);
    if (entry == null || !entry.hasDeadline()) {
      ctx.reply().integer(0);
      return;
    }
    ctx.edit(entry).deadlineMillis(Entry.NO_DEADLINE);
    ctx.changed(key, PERSIST);
    ctx.reply().integer(1);
  }

  // ------------------------------------------------------------------------- asking of a deadline

  private static void ask(CommandContext ctx, LongUnaryOperator rendering) {
    Entry entry = ctx.inspect(ctx.argument(1));
    long answer =
        entry == null
            ? NO_KEY
            : entry.hasDeadline() ? rendering.applyAsLong(entry.deadlineMillis()) : NO_DEADLINE;
    ctx.reply().integer(answer);
  }

  private static long remaining(CommandContext ctx, long deadlineMillis) {
    return Math.max(0, deadlineMillis - ctx.nowMillis());
  }

  /** Rounded to the nearest second, halves up. */
  private static long seconds(long millis) {
    return millis / 1000 + (millis % 1000 >= 500 ? 1 : 0);
  }
}
