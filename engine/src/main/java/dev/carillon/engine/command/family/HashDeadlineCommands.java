package dev.carillon.engine.command.family;

import static dev.carillon.engine.command.CommandFlag.DENYOOM;
import static dev.carillon.engine.command.CommandFlag.FAST;
import static dev.carillon.engine.command.CommandFlag.READONLY;
import static dev.carillon.engine.command.CommandFlag.WRITE;
import static dev.carillon.engine.value.ValueType.HASH;
import static dev.carillon.protocol.event.EventType.DEL;
import static dev.carillon.protocol.event.EventType.HDEL;
import static dev.carillon.protocol.event.EventType.HEXPIRE;
import static dev.carillon.protocol.event.EventType.HPERSIST;

import dev.carillon.engine.command.Command;
import dev.carillon.engine.command.CommandContext;
import dev.carillon.engine.command.CommandGroup;
import dev.carillon.engine.command.CommandTable;
import dev.carillon.engine.keyspace.Entry;
import dev.carillon.engine.keyspace.HashView;
import dev.carillon.engine.reply.Errors;
import dev.carillon.engine.reply.ReplyWriter;
import dev.carillon.engine.turn.Subkeys;
import dev.carillon.protocol.bytes.Bytes;
import dev.carillon.protocol.bytes.Numerals;
import dev.carillon.protocol.event.EventType;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongUnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Deadlines of fields: the HEXPIRE and HTTL families and HPERSIST. What reads or writes fields and
 * their deadlines at once is in {@link HashFieldCommands}.
 *
 * <p>Here a field that is over counts as missing and stays, for whoever meets it next.
 */
final class HashDeadlineCommands {

  /** The last deadline that a field may have: Redis keeps it in 46 bits. */
  static final long DEADLINE_MILLIS_MAX = (1L << 46) - 1;

  private static final long NO_FIELD = -2;
  private static final long NO_DEADLINE = -1;
  private static final int REFUSED = 0;
  private static final int SET = 1;
  private static final int DELETED = 2;

  private static final Bytes HDEL_WORD = Bytes.of("HDEL");
  private static final Bytes HPERSIST_WORD = Bytes.of("HPERSIST");
  private static final Bytes HPEXPIREAT_WORD = Bytes.of("HPEXPIREAT");
  private static final Bytes FIELDS_WORD = Bytes.of("FIELDS");

  private HashDeadlineCommands() {}

  static void register(CommandTable.Builder table) {
    table.group(CommandGroup.HASH);
    expiry(table.command("hexpire", -6, ctx -> expire(ctx, 1000, ctx.nowMillis())))
        .summary("Gives fields a deadline, in seconds from now.")
        .grammar(
            """
            key:key@0 seconds:integer condition:oneof?( nx:pure-token=NX xx:pure-token=XX
            gt:pure-token=GT lt:pure-token=LT ) fields:block=FIELDS( numfields:integer
            field:string* )
            """);
    expiry(table.command("hpexpire", -6, ctx -> expire(ctx, 1, ctx.nowMillis())))
        .summary("Gives fields a deadline, in milliseconds from now.")
        .grammar(
            """
            key:key@0 milliseconds:integer condition:oneof?( nx:pure-token=NX xx:pure-token=XX
            gt:pure-token=GT lt:pure-token=LT ) fields:block=FIELDS( numfields:integer
            field:string* )
            """);
    expiry(table.command("hexpireat", -6, ctx -> expire(ctx, 1000, 0)))
        .summary("Gives fields a deadline, as a Unix time in seconds.")
        .grammar(
            """
            key:key@0 unix-time-seconds:unix-time condition:oneof?( nx:pure-token=NX
            xx:pure-token=XX gt:pure-token=GT lt:pure-token=LT ) fields:block=FIELDS(
            numfields:integer field:string* )
            """);
    expiry(table.command("hpexpireat", -6, ctx -> expire(ctx, 1, 0)))
        .summary("Gives fields a deadline, as a Unix time in milliseconds.")
        .grammar(
            """
            key:key@0 unix-time-milliseconds:unix-time condition:oneof?( nx:pure-token=NX
            xx:pure-token=XX gt:pure-token=GT lt:pure-token=LT ) fields:block=FIELDS(
            numfields:integer field:string* )
            """);
    asking(table, "httl", (ctx, at) -> seconds(at - ctx.nowMillis()))
        .summary("Answers how many seconds fields have left.")
        .grammar(
            """
            ~nondeterministic_output key:key@0 fields:block=FIELDS( numfields:integer
            field:string* )
            """);
    asking(table, "hpttl", (ctx, at) -> at - ctx.nowMillis())
        .summary("Answers how many milliseconds fields have left.")
        .grammar(
            """
            ~nondeterministic_output key:key@0 fields:block=FIELDS( numfields:integer
            field:string* )
            """);
    asking(table, "hexpiretime", (ctx, at) -> seconds(at))
        .summary("Answers the deadlines of fields as Unix times in seconds.")
        .grammar("key:key@0 fields:block=FIELDS( numfields:integer field:string* )");
    asking(table, "hpexpiretime", (ctx, at) -> at)
        .summary("Answers the deadlines of fields as Unix times in milliseconds.")
        .grammar("key:key@0 fields:block=FIELDS( numfields:integer field:string* )");
    table
        .command("hpersist", -5, HashDeadlineCommands::persist)
        .flags(WRITE, FAST)
        .key(1, "RW update")
        .emits(HPERSIST)
        .since("7.4.0")
        .summary("Takes the deadlines of fields away.")
        .grammar("key:key@0 fields:block=FIELDS( numfields:integer field:string* )")
        .complexity("O(N) where N is the number of fields.");
  }

  private static Command.Row expiry(Command.Row row) {
    return row.flags(WRITE, DENYOOM, FAST)
        .key(1, "RW update")
        .emits(HEXPIRE, HDEL, DEL)
        .since("7.4.0")
        .complexity("O(N) where N is the number of fields.");
  }

  /** What a command of the HTTL family says of a deadline. */
  @FunctionalInterface
  private interface Rendering {
    long of(CommandContext ctx, long deadlineMillis);
  }

  private static Command.Row asking(CommandTable.Builder table, String name, Rendering rendering) {
    return table
        .command(name, -5, ctx -> ask(ctx, at -> rendering.of(ctx, at)))
        .flags(READONLY, FAST)
        .key(1, "RO access")
        .since("7.4.0")
        .complexity("O(N) where N is the number of fields.");
  }

  /** A part of a second counts as a whole one. */
  private static long seconds(long millis) {
    return (millis + 999) / 1000;
  }

  // ----------------------------------------------------------------------------- naming the fields

  /**
   * Where the fields begin that follow {@code FIELDS numfields} at an index; refuses a request in
   * which they are not all that follows.
   */
  static int fieldsFrom(CommandContext ctx, int index, Errors badCount) {
    if (!ctx.isWord(index, "FIELDS")) {
      throw Errors.FIELDS_MISSING.error();
    }
    Bytes count = ctx.argument(index + 1);
    if (!Numerals.isLong(count) || Numerals.toLong(count) < 1) {
      throw badCount.error();
    }
    if (Numerals.toLong(count) != ctx.count() - index - 2) {
      throw Errors.FIELDS_MISCOUNTED.error();
    }
    return index + 2;
  }

  // ----------------------------------------------------------------------------- setting deadlines

  /** Under which circumstance a deadline is set. */
  private enum Condition {
    ALWAYS,
    /** There is none. */
    NX,
    /** There is one. */
    XX,
    /** It is later than the one there is; none counts as one in the infinite future. */
    GT,
    /** It is earlier than the one there is. */
    LT;

    static Condition of(Bytes word) {
      return word.isWord("NX")
          ? NX
          : word.isWord("XX") ? XX : word.isWord("GT") ? GT : word.isWord("LT") ? LT : ALWAYS;
    }

    boolean permits(long before, long after) {
      boolean has = before != HashView.NO_DEADLINE;
      return switch (this) {
        case ALWAYS -> true;
        case NX -> !has;
        case XX -> has;
        case GT -> has && after > before;
        case LT -> !has || after < before;
      };
    }
  }

  /**
   * What stands behind the time: a condition, however often, and the fields, in any order. That two
   * conditions contradict each other is noticed last.
   *
   * @param first the index of the first field
   * @param end the index behind the last field
   */
  private record Choice(Condition condition, int first, int end) {

    static Choice of(CommandContext ctx) {
      Condition condition = Condition.ALWAYS;
      boolean contradicts = false;
      int first = 0;
      int end = 0;
      for (int i = 3; i < ctx.count(); i++) {
        Condition says = Condition.of(ctx.argument(i));
        if (says != Condition.ALWAYS) {
          contradicts |= condition != Condition.ALWAYS && condition != says;
          condition = says;
        } else if (!ctx.isWord(i, "FIELDS")) {
          throw Errors.UNKNOWN_ARGUMENT.error(ctx.argument(i));
        } else if (first > 0) {
          throw Errors.FIELDS_TWICE.error();
        } else if (i + 2 >= ctx.count()) {
          throw Errors.FIELDS_INCOMPLETE.error();
        } else {
          first = i + 2;
          end = fieldsEnd(ctx, i + 1, 1, Errors.NUMFIELDS_NOT_POSITIVE);
          i = end - 1;
        }
      }
      if (first == 0) {
        throw Errors.NO_FIELDS.error();
      }
      if (contradicts) {
        throw Errors.FIELD_DEADLINE_CONDITIONS.error();
      }
      return new Choice(condition, first, end);
    }
  }

  /**
   * Where the fields end whose number stands at an index, right before the first of them.
   *
   * @param each how many arguments each of them has
   */
  static int fieldsEnd(CommandContext ctx, int index, int each, Errors badCount) {
    Bytes count = ctx.argument(index);
    if (!Numerals.isLong(count)
        || Numerals.toLong(count) < 1
        || Numerals.toLong(count) > Integer.MAX_VALUE) {
      throw badCount.error();
    }
    long end = index + 1 + Numerals.toLong(count) * each;
    if (end > ctx.count()) {
      throw Errors.FIELDS_TOO_FEW.error();
    }
    return (int) end;
  }

  private static void expire(CommandContext ctx, long unitMillis, long fromMillis) {
    Bytes key = ctx.argument(1);
    Entry entry = ctx.lookup(key, HASH);
    long deadline = deadlineMillis(ctx, ctx.longArgument(2), unitMillis, fromMillis);
    Choice choice = Choice.of(ctx);
    Condition condition = choice.condition;
    ReplyWriter reply = ctx.reply();
    reply.array(choice.end - (long) choice.first);
    if (entry == null) {
      for (int i = choice.first; i < choice.end; i++) {
        reply.integer(NO_FIELD);
      }
      return;
    }

    // What is replayed was in the future when it was recorded; nothing expires by itself there.
    boolean deletes = deadline <= ctx.nowMillis() && !ctx.turn().isReplaying();
    HashView hash = entry.hash();
    Changes changes = new Changes(ctx, key, entry, deletes ? HDEL_WORD : HPEXPIREAT_WORD);
    for (int i = choice.first; i < choice.end; i++) {
      Bytes field = ctx.argument(i);
      int place = hash.find(field);
      if (place == 0 || hash.isOver(place)) {
        reply.integer(NO_FIELD);
      } else if (!condition.permits(hash.deadlineMillis(place), deadline)) {
        reply.integer(REFUSED);
      } else {
        changes.open(field);
        if (deletes) {
          hash.remove(place);
        } else {
          hash.deadlineMillis(place, deadline);
        }
        reply.integer(deletes ? DELETED : SET);
      }
    }
    changes.close(deadline);
  }

  /**
   * A time of a request as epoch milliseconds, perhaps in the past; refuses what is negative or too
   * far in the future.
   */
  static long deadlineMillis(CommandContext ctx, long time, long unitMillis, long fromMillis) {
    if (time < 0) {
      throw Errors.NEGATIVE_EXPIRE.error();
    }
    if (time > DEADLINE_MILLIS_MAX / unitMillis
        || time * unitMillis > DEADLINE_MILLIS_MAX - fromMillis) {
      throw Errors.INVALID_EXPIRE.error(ctx.command().name());
    }
    return time * unitMillis + fromMillis;
  }

  /**
   * The fields that a request really affects, with the event of all of them and what repeats the
   * change: other fields must be left alone by a replay, in which nothing is over.
   */
  static final class Changes {
    private final CommandContext ctx;
    private final Bytes key;
    private final Entry entry;
    private final Bytes command;
    private final Subkeys subkeys;
    private final List<Bytes> fields = new ArrayList<>();
    private int count;

    /**
     * Nothing is affected yet.
     *
     * @param command what is recorded: HDEL, HPEXPIREAT or HPERSIST
     */
    Changes(CommandContext ctx, Bytes key, Entry entry, Bytes command) {
      this.ctx = ctx;
      this.key = key;
      this.entry = entry;
      this.command = command;
      this.subkeys = ctx.subkeys(event());
    }

    static Changes deleting(CommandContext ctx, Bytes key, Entry entry) {
      return new Changes(ctx, key, entry, HDEL_WORD);
    }

    static Changes expiring(CommandContext ctx, Bytes key, Entry entry) {
      return new Changes(ctx, key, entry, HPEXPIREAT_WORD);
    }

    static Changes persisting(CommandContext ctx, Bytes key, Entry entry) {
      return new Changes(ctx, key, entry, HPERSIST_WORD);
    }

    private EventType event() {
      return command == HDEL_WORD ? HDEL : command == HPERSIST_WORD ? HPERSIST : HEXPIRE;
    }

    /** A field is about to be changed. */
    void open(Bytes field) {
      if (count++ == 0) {
        ctx.edit(entry);
      }
      subkeys.add(field);
      if (ctx.isRecording()) {
        fields.add(field);
      }
    }

    /**
     * Closes the change, if there was any.
     *
     * @param deadlineMillis what the fields got, for HPEXPIREAT
     */
    void close(long deadlineMillis) {
      if (count == 0) {
        return;
      }
      ctx.changed(key, entry, event(), subkeys);
      if (!ctx.isRecording()) {
        return;
      }
      List<Bytes> words = new ArrayList<>(List.of(command, key));
      if (command == HPEXPIREAT_WORD) {
        words.add(Numerals.of(deadlineMillis));
      }
      if (command != HDEL_WORD) {
        words.add(FIELDS_WORD);
        words.add(Numerals.of(count));
      }
      words.addAll(fields);
      ctx.effect(words.toArray(Bytes[]::new));
    }
  }

  private static void persist(CommandContext ctx) {
    Bytes key = ctx.argument(1);
    Entry entry = ctx.lookup(key, HASH);
    int first = fieldsFrom(ctx, 2, Errors.FIELDS_NOT_POSITIVE);
    ReplyWriter reply = ctx.reply();
    reply.array(ctx.count() - (long) first);
    HashView hash = entry == null ? null : entry.hash();
    Changes changes = entry == null ? null : Changes.persisting(ctx, key, entry);
    for (int i = first; i < ctx.count(); i++) {
      int place = hash == null ? 0 : hash.find(ctx.argument(i));
      if (hash == null || changes == null || place == 0 || hash.isOver(place)) {
        reply.integer(NO_FIELD);
      } else if (hash.deadlineMillis(place) == HashView.NO_DEADLINE) {
        reply.integer(NO_DEADLINE);
      } else {
        changes.open(ctx.argument(i));
        hash.deadlineMillis(place, HashView.NO_DEADLINE);
        reply.integer(SET);
      }
    }
    if (changes != null) {
      changes.close(HashView.NO_DEADLINE);
    }
  }

  // --------------------------------------------------------------------------- asking of deadlines

  private static void ask(CommandContext ctx, LongUnaryOperator rendering) {
    Entry entry = ctx.find(ctx.argument(1), HASH);
    int first = fieldsFrom(ctx, 2, Errors.FIELDS_NOT_POSITIVE);
    ReplyWriter reply = ctx.reply();
    reply.array(ctx.count() - (long) first);
    @Nullable HashView hash = entry == null ? null : entry.hash();
    for (int i = first; i < ctx.count(); i++) {
      int place = hash == null ? 0 : hash.find(ctx.argument(i));
      if (hash == null || place == 0 || hash.isOver(place)) {
        reply.integer(NO_FIELD);
      } else {
        long deadline = hash.deadlineMillis(place);
        reply.integer(
            deadline == HashView.NO_DEADLINE ? NO_DEADLINE : rendering.applyAsLong(deadline));
      }
    }
  }
}
