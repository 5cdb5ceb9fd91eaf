package dev.carillon.engine.command.family;

import static dev.carillon.engine.command.CommandFlag.DENYOOM;
import static dev.carillon.engine.command.CommandFlag.FAST;
import static dev.carillon.engine.command.CommandFlag.READONLY;
import static dev.carillon.engine.command.CommandFlag.WRITE;
import static dev.carillon.protocol.event.EventType.DEL;
import static dev.carillon.protocol.event.EventType.NEW;
import static dev.carillon.protocol.event.EventType.OVERWRITTEN;
import static dev.carillon.protocol.event.EventType.SADD;
import static dev.carillon.protocol.event.EventType.SDIFFSTORE;
import static dev.carillon.protocol.event.EventType.SINTERSTORE;
import static dev.carillon.protocol.event.EventType.SPOP;
import static dev.carillon.protocol.event.EventType.SREM;
import static dev.carillon.protocol.event.EventType.SUNIONSTORE;
import static dev.carillon.protocol.event.EventType.TYPE_CHANGED;

import dev.carillon.engine.command.CommandContext;
import dev.carillon.engine.command.CommandGroup;
import dev.carillon.engine.command.CommandTable;
import dev.carillon.engine.command.KeySpec;
import dev.carillon.engine.keyspace.Draft;
import dev.carillon.engine.keyspace.Entry;
import dev.carillon.engine.keyspace.SetView;
import dev.carillon.engine.reply.Errors;
import dev.carillon.engine.reply.Outbox;
import dev.carillon.engine.reply.ReplyWriter;
import dev.carillon.engine.value.ValueType;
import dev.carillon.protocol.bytes.Bytes;
import dev.carillon.protocol.bytes.Numerals;
import dev.carillon.protocol.event.EventType;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Commands for sets: unordered members, each of them once. */
final class SetCommands {

  private static final Bytes DEL_WORD = Bytes.of("DEL");
  private static final Bytes SREM_WORD = Bytes.of("SREM");

  /**
   * How many members a client may draw with repetition. Redis lets it ask for 2^63 and runs out of
   * memory; chosen so that members of a few bytes make a reply of some hundred megabytes.
   */
  private static final long DRAWS_MAX = 1 << 26;

  private static final KeySpec COUNTED = KeySpec.counted(1, 1).access("RO access");
  private static final KeySpec SOURCES = KeySpec.range(1, -1, 1).access("RO access");
  private static final KeySpec DESTINATION_AND_SOURCES =
      KeySpec.one(1).access("OW update").and(KeySpec.range(2, -1, 1).access("RO access"));

  private SetCommands() {}

  static void register(CommandTable.Builder table) {
    table.group(CommandGroup.SET);
    table
        .command("sadd", -3, SetCommands::sadd)
        .flags(WRITE, DENYOOM, FAST)
        .key(1, "RW insert")
        .emits(NEW, SADD)
        .since("1.0.0")
        .summary("Adds members to a set and says how many were not in it.")
        .grammar("key:key@0 member:string*")
        .complexity("O(N) where N is the number of members.");
    table
        .command("scard", 2, SetCommands::scard)
        .flags(READONLY, FAST)
        .key(1, "RO")
        .since("1.0.0")
        .summary("Answers how many members a set has.")
        .grammar("key:key@0")
        .complexity("O(1)");
    table
        .command("sdiff", -2, ctx -> answer(ctx, SetAlgebra.DIFFERENCE))
        .flags(READONLY)
        .keys(SOURCES)
        .since("1.0.0")
        .summary("Answers the members of the first set that are in no other one.")
        .grammar("~nondeterministic_output_order key:key@0*")
        .complexity("O(N) where N is the number of members of all sets.");
    table
        .command("sdiffcard", -3, ctx -> count(ctx, SetAlgebra.DIFFERENCE))
        .flags(READONLY)
        .keys(COUNTED)
        .since("8.10.0")
        .summary("Counts the members of the first set that are in no other one.")
        .grammar("numkeys:integer key:key@0* limit:integer=LIMIT?")
        .complexity("O(N) where N is the number of members of all sets.");
    table
        .command("sdiffstore", -3, ctx -> store(ctx, SetAlgebra.DIFFERENCE, SDIFFSTORE))
        .flags(WRITE, DENYOOM)
        .keys(DESTINATION_AND_SOURCES)
        .emits(SDIFFSTORE, DEL, NEW, OVERWRITTEN, TYPE_CHANGED)
        .since("1.0.0")
        .summary("Stores the members of the first set that are in no other one.")
        .grammar("destination:key@0 key:key@1*")
        .complexity("O(N) where N is the number of members of all sets.");
    table
        .command("sinter", -2, ctx -> answer(ctx, SetAlgebra.INTERSECTION))
        .flags(READONLY)
        .keys(SOURCES)
        .since("1.0.0")
        .summary("Answers the members that all sets have.")
        .grammar("~nondeterministic_output_order key:key@0*")
        .complexity("O(N*M) where N is the size of the smallest set and M the number of sets.");
    table
        .command("sintercard", -3, ctx -> count(ctx, SetAlgebra.INTERSECTION))
        .flags(READONLY)
        .keys(COUNTED)
        .since("7.0.0")
        .summary("Counts the members that all sets have.")
        .grammar("numkeys:integer key:key@0* limit:integer=LIMIT?")
        .complexity("O(N*M) where N is the size of the smallest set and M the number of sets.");
    table
        .command("sinterstore", -3, ctx -> store(ctx, SetAlgebra.INTERSECTION, SINTERSTORE))
        .flags(WRITE, DENYOOM)
        .keys(DESTINATION_AND_SOURCES)
        .emits(SINTERSTORE, DEL, NEW, OVERWRITTEN, TYPE_CHANGED)
        .since("1.0.0")
        .summary("Stores the members that all sets have.")
        .grammar("destination:key@0 key:key@1*")
        .complexity("O(N*M) where N is the size of the smallest set and M the number of sets.");
    table
        .command("sismember", 3, SetCommands::sismember)
        .flags(READONLY, FAST)
        .key(1, "RO")
        .since("1.0.0")
        .summary("Says whether a set has a member.")
        .grammar("key:key@0 member:string")
        .complexity("O(1)");
    table
        .command("smembers", 2, SetCommands::smembers)
        .flags(READONLY)
        .key(1, "RO access")
        .since("1.0.0")
        .summary("Answers all members of a set.")
        .grammar("~nondeterministic_output_order key:key@0")
        .complexity("O(N) where N is the number of members.");
    table
        .command("smismember", -3, SetCommands::smismember)
        .flags(READONLY, FAST)
        .key(1, "RO access")
        .since("6.2.0")
        .summary("Says of each of some members whether a set has it.")
        .grammar("key:key@0 member:string*")
        .complexity("O(N) where N is the number of members that are asked for.");
    table
        .command("smove", 4, SetCommands::smove)
        .flags(WRITE, FAST)
        .keys(KeySpec.one(1).access("RW access delete").and(KeySpec.one(2).access("RW insert")))
        .emits(SREM, DEL, NEW, SADD)
        .since("1.0.0")
        .summary("Moves a member from one set to another one.")
        .grammar("source:key@0 destination:key@1 member:string")
        .complexity("O(1)");
    table
        .command("spop", -2, SetCommands::spop)
        .flags(WRITE, FAST)
        .key(1, "RW access delete")
        .emits(SPOP, DEL)
        .since("1.0.0")
        .summary("Removes members that are chosen at random, and answers them.")
        .grammar("~nondeterministic_output key:key@0 count:integer<3.2.0>?")
        .complexity("O(N) where N is the number of members to remove.");
    table
        .command("srandmember", -2, SetCommands::srandmember)
        .flags(READONLY)
        .key(1, "RO access")
        .since("1.0.0")
        .summary("Answers members that are chosen at random.")
        .grammar("~nondeterministic_output key:key@0 count:integer<2.6.0>?")
        .complexity("O(N) where N is the absolute value of the count.");
    table
        .command("srem", -3, SetCommands::srem)
        .flags(WRITE, FAST)
        .key(1, "RW delete")
        .emits(SREM, DEL)
        .since("1.0.0")
        .summary("Removes members from a set and says how many it had.")
        .grammar("key:key@0 member:string*")
        .complexity("O(N) where N is the number of members to remove.");
    table
        .command("sscan", -3, SetCommands::sscan)
        .flags(READONLY)
        .key(1, "RO access")
        .since("2.8.0")
        .summary("Lists the members of a set in steps.")
        .grammar(
            """
            ~nondeterministic_output key:key@0 cursor:integer pattern:pattern=MATCH?
            count:integer=COUNT?
            """)
        .complexity("O(1) for each step, O(N) for all.");
    table
        .command("sunion", -2, ctx -> answer(ctx, SetAlgebra.UNION))
        .flags(READONLY)
        .keys(SOURCES)
        .since("1.0.0")
        .summary("Answers the members that any of the sets has.")
        .grammar("~nondeterministic_output_order key:key@0*")
        .complexity("O(N) where N is the number of members of all sets.");
    table
        .command("sunioncard", -3, ctx -> count(ctx, SetAlgebra.UNION))
        .flags(READONLY)
        .keys(COUNTED)
        .since("8.10.0")
        .summary("Counts the members that any of the sets has.")
        .grammar("numkeys:integer key:key@0* approx:pure-token=APPROX? limit:integer=LIMIT?")
        .complexity("O(N) where N is the number of members of all sets.");
    table
        .command("sunionstore", -3, ctx -> store(ctx, SetAlgebra.UNION, SUNIONSTORE))
        .flags(WRITE, DENYOOM)
        .keys(DESTINATION_AND_SOURCES)
        .emits(SUNIONSTORE, DEL, NEW, OVERWRITTEN, TYPE_CHANGED)
        .since("1.0.0")
        .summary("Stores the members that any of the sets has.")
        .grammar("destination:key@0 key:key@1*")
        .complexity("O(N) where N is the number of members of all sets.");
  }

  // -------------------------------------------------------------------------- adding and removing

  private static void sadd(CommandContext ctx) {
    Bytes key = ctx.argument(1);
    Entry existing = ctx.lookup(key, ValueType.SET);
    int first = existing == null ? 2 : firstMissing(ctx, existing.set());
    if (first == ctx.count()) {
      ctx.reply().integer(0);
      return;
    }

    Entry entry = ctx.editOrCreate(key, existing, ValueType.SET);
    SetView set = entry.set();
    set.expect(ctx.count() - 2);
    int added = 0;
    for (int i = first; i < ctx.count(); i++) {
      if (set.add(ctx.argument(i))) {
        added++;
      }
    }
    ctx.changed(key, entry, SADD);
    ctx.reply().integer(added);
  }

  /** The index of the first argument that is to be added and is no member yet, or the end. */
  private static int firstMissing(CommandContext ctx, SetView set) {
    int i = 2;
    while (i < ctx.count() && set.contains(ctx.argument(i))) {
      i++;
    }
    return i;
  }

  private static void srem(CommandContext ctx) {
    Bytes key = ctx.argument(1);
    Entry entry = ctx.lookup(key, ValueType.SET);
    int first = entry == null ? ctx.count() : firstContained(ctx, entry.set());
    if (entry == null || first == ctx.count()) {
      ctx.reply().integer(0);
      return;
    }

    SetView set = ctx.edit(entry).set();
    int removed = 0;
    for (int i = first; i < ctx.count(); i++) {
      if (set.remove(ctx.argument(i))) {
        removed++;
      }
    }
    ctx.changed(key, entry, SREM);
    ctx.reply().integer(removed);
  }

  /** The index of the first argument that is to be removed and is a member, or the end. */
  private static int firstContained(CommandContext ctx, SetView set) {
    int i = 2;
    while (i < ctx.count() && !set.contains(ctx.argument(i))) {
      i++;
    }
    return i;
  }

  private static void smove(CommandContext ctx) {
    Bytes key = ctx.argument(1);
    Bytes targetKey = ctx.argument(2);
    Bytes member = ctx.argument(3);
    Entry source = ctx.lookup(key);
    Entry target = ctx.lookup(targetKey);
    if (source == null) {
      ctx.reply().integer(0);
      return;
    }
    CommandContext.require(source, ValueType.SET);
    CommandContext.require(target, ValueType.SET);
    boolean contained = source.set().contains(member);
    if (!contained || key.equals(targetKey)) {
      ctx.reply().integer(contained ? 1 : 0);
      return;
    }

    ctx.edit(source).set().remove(member);
    ctx.changed(key, source, SREM);
    if (target == null || !target.set().contains(member)) {
      Entry changing = ctx.editOrCreate(targetKey, target, ValueType.SET);
      changing.set().add(member);
      ctx.changed(targetKey, changing, SADD);
    }
    ctx.reply().integer(1);
  }

  // -------------------------------------------------------------------------------------- asking

  private static void scard(CommandContext ctx) {
    Entry entry = ctx.find(ctx.argument(1), ValueType.SET);
    ctx.reply().integer(entry == null ? 0 : entry.set().size());
  }

  private static void sismember(CommandContext ctx) {
    Entry entry = ctx.find(ctx.argument(1), ValueType.SET);
    ctx.reply().integer(entry != null && entry.set().contains(ctx.argument(2)) ? 1 : 0);
  }

  private static void smismember(CommandContext ctx) {
    Entry entry = ctx.find(ctx.argument(1), ValueType.SET);
    SetView set = entry == null ? null : entry.set();
    ReplyWriter reply = ctx.reply();
    reply.array(ctx.count() - 2L);
    for (int i = 2; i < ctx.count(); i++) {
      reply.integer(set != null && set.contains(ctx.argument(i)) ? 1 : 0);
    }
  }

  private static void smembers(CommandContext ctx) {
    Entry entry = ctx.find(ctx.argument(1), ValueType.SET);
    ReplyWriter reply = ctx.reply();
    if (entry == null) {
      reply.set(0);
      return;
    }
    SetView set = entry.set();
    reply.set(set.size());
    set.forEach(reply::bulk);
  }

  private static void sscan(CommandContext ctx) {
    long cursor = GenericCommands.cursor(ctx.argument(2));
    Entry entry = ctx.find(ctx.argument(1), ValueType.SET);
    ReplyWriter reply = ctx.reply();
    if (entry == null) {
      // Redis does not look at the options then.
      reply.endScan(reply.arrayLater(), 0, 0);
      return;
    }
    ScanOptions options = ScanOptions.of(ctx, 3);

    Outbox.Place place = reply.arrayLater();
    long[] written = new long[1];
    long next =
        entry
            .set()
            .scan(
                cursor,
                options.count(),
                member -> {
                  if (options.admits(member)) {
                    reply.bulk(member);
                    written[0]++;
                  }
                });
    reply.endScan(place, next, written[0]);
  }

  // --------------------------------------------------------------------------- choosing at random

  private static void spop(CommandContext ctx) {
    if (ctx.count() > 3) {
      throw Errors.SYNTAX.error();
    }
    boolean counted = ctx.count() == 3;
    long count = counted ? positiveLong(ctx, ctx.argument(2), Errors.MUST_BE_POSITIVE) : 1;
    Bytes key = ctx.argument(1);
    Entry entry = ctx.lookup(key, ValueType.SET);
    ReplyWriter reply = ctx.reply();
    if (entry == null || count == 0) {
      if (counted) {
        reply.set(0);
      } else {
        reply.nil();
      }
      return;
    }

    // The reply is written on the way, so that however many are popped are not kept beside the set.
    SetView set = ctx.edit(entry).set();
    Popped popped = new Popped(ctx, key);
    if (counted) {
      reply.set(Math.min(count, set.size()));
    }
    if (count >= set.size()) {
      set.forEach(reply::bulk);
      set.clear();
      ctx.effect(DEL_WORD, key);
    } else {
      set.removeRandom((int) count, ctx.random(), popped::onMember);
      popped.end();
    }
    ctx.changed(key, entry, SPOP);
  }

  /** Answers members that are popped, and records that they were removed. */
  private static final class Popped {

    /** As in Redis: removals are recorded in portions. */
    private static final int MEMBERS_PER_EFFECT = 1024;

    private final CommandContext ctx;
    private final Bytes key;
    private final boolean recording;
    private final List<Bytes> effect = new ArrayList<>();

    Popped(CommandContext ctx, Bytes key) {
      this.ctx = ctx;
      this.key = key;
      this.recording = ctx.isRecording();
    }

    void onMember(Bytes member) {
      ctx.reply().bulk(member);
      if (recording) {
        if (effect.size() == 2 + MEMBERS_PER_EFFECT) {
          end();
        }
        if (effect.isEmpty()) {
          effect.add(SREM_WORD);
          effect.add(key);
        }
        effect.add(member.copy());
      }
    }

    void end() {
      if (!effect.isEmpty()) {
        ctx.effect(effect.toArray(Bytes[]::new));
        effect.clear();
      }
    }
  }

  private static void srandmember(CommandContext ctx) {
    if (ctx.count() > 3) {
      throw Errors.SYNTAX.error();
    }
    if (ctx.count() == 2) {
      Entry entry = ctx.find(ctx.argument(1), ValueType.SET);
      if (entry == null) {
        ctx.reply().nil();
      } else {
        ctx.reply().bulk(entry.set().random(ctx.random()));
      }
      return;
    }
    long count = ctx.longArgument(2);
    if (count == Long.MIN_VALUE) {
      throw Errors.OUT_OF_RANGE_BETWEEN.error(-Long.MAX_VALUE, Long.MAX_VALUE);
    }
    if (count < -DRAWS_MAX) {
      throw Errors.OUT_OF_RANGE.error();
    }
    Entry entry = ctx.find(ctx.argument(1), ValueType.SET);
    ReplyWriter reply = ctx.reply();
    if (entry == null || count == 0) {
      reply.array(0);
      return;
    }
    SetView set = entry.set();
    if (count < 0) {
      reply.array(-count);
      set.drawRepeatedly((int) -count, ctx.random(), reply::bulk);
    } else {
      int wanted = (int) Math.min(count, set.size());
      reply.array(wanted);
      set.drawDistinct(wanted, ctx.random(), reply::bulk);
    }
  }

  // ------------------------------------------------------------------------------- several sets

  private static void answer(CommandContext ctx, SetAlgebra algebra) {
    List<@Nullable SetView> sources = sources(ctx, 1, ctx.count());
    ReplyWriter reply = ctx.reply();
    Outbox.Place place = reply.setLater();
    long[] written = new long[1];
    algebra.forEachWhile(
        ctx.keyspace(),
        sources,
        member -> {
          reply.bulk(member);
          written[0]++;
          return true;
        });
    reply.endSet(place, written[0]);
  }

  private static void count(CommandContext ctx, SetAlgebra algebra) {
    long keys = positiveLong(ctx, ctx.argument(1), Errors.NUMKEYS_NOT_POSITIVE);
    if (keys == 0) {
      throw Errors.NUMKEYS_NOT_POSITIVE.error();
    }
    if (keys > ctx.count() - 2) {
      throw Errors.NUMKEYS_TOO_LARGE.error();
    }
    int end = 2 + (int) keys;
    long limit = limit(ctx, end, algebra == SetAlgebra.UNION);
    List<@Nullable SetView> sources = sources(ctx, 2, end);
    long[] counted = new long[1];
    algebra.forEachWhile(ctx.keyspace(), sources, member -> ++counted[0] != limit);
    ctx.reply().integer(counted[0]);
  }

  /**
   * How far is to be counted; 0 means to the end. What may be approximate is exact all the same:
   * nothing here is cheaper than counting.
   */
  private static long limit(CommandContext ctx, int from, boolean mayApproximate) {
    long limit = 0;
    for (int i = from; i < ctx.count(); i++) {
      if (ctx.isWord(i, "LIMIT") && i + 1 < ctx.count()) {
        limit = positiveLong(ctx, ctx.argument(++i), Errors.LIMIT_NEGATIVE);
      } else if (!mayApproximate || !ctx.isWord(i, "APPROX")) {
        throw Errors.SYNTAX.error();
      }
    }
    return limit;
  }

  private static void store(CommandContext ctx, SetAlgebra algebra, EventType event) {
    List<@Nullable SetView> sources = sources(ctx, 2, ctx.count());
    Draft draft = new Draft(ctx.keyspace(), ValueType.SET);
    SetView result = draft.set();
    algebra.collect(ctx.keyspace(), sources, result);

    Bytes target = ctx.argument(1);
    // Redis deletes the destination without asking whether its time is over.
    Entry existing = result.isEmpty() ? ctx.db().findAsIs(target) : ctx.lookup(target);
    if (!result.isEmpty()) {
      Entry entry = ctx.overwrite(target, existing, ValueType.SET, false);
      entry.take(draft);
      ctx.changed(target, entry, event);
    } else if (existing != null) {
      ctx.delete(target, existing);
    }
    ctx.reply().integer(result.size());
  }

  /**
   * The sets of some keys, null where there is none. All entries come first: finding one may remove
   * another one that expired, and that ends all views.
   */
  private static List<@Nullable SetView> sources(CommandContext ctx, int from, int to) {
    List<@Nullable Entry> entries = new ArrayList<>(to - from);
    for (int i = from; i < to; i++) {
      entries.add(ctx.find(ctx.argument(i), ValueType.SET));
    }
    List<@Nullable SetView> sets = new ArrayList<>(entries.size());
    for (Entry entry : entries) {
      sets.add(entry == null ? null : entry.set());
    }
    return sets;
  }

  /** A number of at least 0; everything else is refused with one text. */
  private static long positiveLong(CommandContext ctx, Bytes text, Errors refusal) {
    if (!Numerals.isLong(text) || Numerals.toLong(text) < 0) {
      throw refusal.error();
    }
    return Numerals.toLong(text);
  }
}
