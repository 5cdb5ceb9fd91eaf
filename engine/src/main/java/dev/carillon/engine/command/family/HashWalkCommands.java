package dev.carillon.engine.command.family;

import static dev.carillon.engine.command.CommandFlag.READONLY;
import static dev.carillon.engine.value.ValueType.HASH;

import dev.carillon.engine.command.Command;
import dev.carillon.engine.command.CommandContext;
import dev.carillon.engine.command.CommandGroup;
import dev.carillon.engine.command.CommandTable;
import dev.carillon.engine.keyspace.Entry;
import dev.carillon.engine.keyspace.HashView;
import dev.carillon.engine.reply.Errors;
import dev.carillon.engine.reply.Outbox;
import dev.carillon.engine.reply.ReplyWriter;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * What walks over the fields of hashes: all of them, some by a cursor, some at random. Fields that
 * are over but not removed yet are passed over in silence.
 */
final class HashWalkCommands {

  /**
   * Below this share of a hash random fields are drawn and drawn again where they were drawn
   * already; above it, all fields are walked over. As in Redis.
   */
  private static final int DRAWN_SHARE = 3;

  /**
   * Chosen: how often a field that is over is drawn before the others are looked for one by one.
   */
  private static final int TRIES_MAX = 100;

  /** How many fields a client may draw with repetition; chosen as for SRANDMEMBER. */
  private static final long DRAWS_MAX = 1 << 26;

  private HashWalkCommands() {}

  static void register(CommandTable.Builder table) {
    table.group(CommandGroup.HASH);
    walking(table.command("hgetall", 2, ctx -> all(ctx, true, true)), "2.0.0")
        .summary("Answers all fields of a hash with their values.")
        .grammar("~nondeterministic_output_order key:key@0")
        .complexity("O(N) where N is the number of fields.");
    walking(table.command("hkeys", 2, ctx -> all(ctx, true, false)), "2.0.0")
        .summary("Answers all fields of a hash.")
        .grammar("~nondeterministic_output_order key:key@0")
        .complexity("O(N) where N is the number of fields.");
    walking(table.command("hvals", 2, ctx -> all(ctx, false, true)), "2.0.0")
        .summary("Answers the values of all fields of a hash.")
        .grammar("~nondeterministic_output_order key:key@0")
        .complexity("O(N) where N is the number of fields.");
    walking(table.command("hscan", -3, HashWalkCommands::hscan), "2.8.0")
        .summary("Walks over the fields of a hash, some at each call.")
        .grammar(
            """
            ~nondeterministic_output key:key@0 cursor:integer pattern:pattern=MATCH?
            count:integer=COUNT? novalues:pure-token=NOVALUES?
            """)
        .complexity("O(1) for a call, O(N) for all of them.");
    walking(table.command("hrandfield", -2, HashWalkCommands::hrandfield), "6.2.0")
        .summary("Answers random fields of a hash.")
        .grammar(
            """
            ~nondeterministic_output key:key@0 options:block?( count:integer
            withvalues:pure-token=WITHVALUES? )
            """)
        .complexity("O(N) where N is the number of fields answered.");
  }

  private static Command.Row walking(Command.Row row, String since) {
    return row.flags(READONLY).key(1, "RO access").since(since);
  }

  // ------------------------------------------------------------------------------------------ all

  private static void all(CommandContext ctx, boolean fields, boolean values) {
    Entry entry = ctx.find(ctx.argument(1), HASH);
    ReplyWriter reply = ctx.reply();
    boolean isMap = fields && values;
    if (entry == null) {
      begin(reply, isMap, 0);
      return;
    }
    HashView hash = entry.hash();
    if (!hash.hasOver()) {
      begin(reply, isMap, hash.size());
      hash.forEach(place -> write(reply, hash, place, fields, values));
      return;
    }
    Outbox.Place place = isMap ? reply.mapLater() : reply.arrayLater();
    long count = writeLiving(reply, hash, fields, values);
    if (isMap) {
      reply.endMap(place, count);
    } else {
      reply.endArray(place, count);
    }
  }

  private static void begin(ReplyWriter reply, boolean isMap, int size) {
    if (isMap) {
      reply.map(size);
    } else {
      reply.array(size);
    }
  }

  private static long writeLiving(
      ReplyWriter reply, HashView hash, boolean fields, boolean values) {
    long[] count = new long[1];
    hash.forEach(
        place -> {
          if (!hash.isOver(place)) {
            write(reply, hash, place, fields, values);
            count[0]++;
          }
        });
    return count[0];
  }

  private static void write(
      ReplyWriter reply, HashView hash, int place, boolean fields, boolean values) {
    if (fields) {
      reply.bulk(hash.field(place));
    }
    if (values) {
      reply.bulk(hash.value(place));
    }
  }

  // ------------------------------------------------------------------------------------- scanning

  private static void hscan(CommandContext ctx) {
    long cursor = GenericCommands.cursor(ctx.argument(2));
    Entry entry = ctx.find(ctx.argument(1), HASH);
    ReplyWriter reply = ctx.reply();
    if (entry == null) {
      // Redis does not look at the options of a hash that is not there.
      Outbox.Place place = reply.arrayLater();
      reply.endScan(place, 0, 0);
      return;
    }
    ScanOptions options = ScanOptions.of(ctx, 3);
    Outbox.Place place = reply.arrayLater();
    long[] written = new long[1];
    long next = scan(entry.hash(), cursor, options, reply, written);
    reply.endScan(place, next, options.namesOnly() ? written[0] : 2 * written[0]);
  }

  private static long scan(
      HashView hash, long cursor, ScanOptions options, ReplyWriter reply, long[] written) {
    boolean hasOver = hash.hasOver();
    return hash.scan(
        cursor,
        options.count(),
        place -> {
          if (options.admits(hash.field(place)) && !(hasOver && hash.isOver(place))) {
            write(reply, hash, place, true, !options.namesOnly());
            written[0]++;
          }
        });
  }

  // --------------------------------------------------------------------------------------- random

  private static void hrandfield(CommandContext ctx) {
    if (ctx.count() == 2) {
      one(ctx);
      return;
    }
    long count = ctx.longArgument(2);
    if (count == Long.MIN_VALUE) {
      throw Errors.OUT_OF_RANGE_BETWEEN.error(-Long.MAX_VALUE, Long.MAX_VALUE);
    }
    boolean values = ctx.count() > 3;
    if (ctx.count() > 4 || values && !ctx.isWord(3, "WITHVALUES")) {
      throw Errors.SYNTAX.error();
    }
    if (count < -DRAWS_MAX || values && count > Long.MAX_VALUE / 2) {
      throw Errors.OUT_OF_RANGE.error();
    }
    HashView hash = drawable(ctx);
    if (hash == null || count == 0) {
      ctx.reply().array(0);
    } else if (count < 0) {
      withRepetitions(ctx, hash, -count, values);
    } else {
      different(ctx, hash, count, values);
    }
  }

  /** The hash to draw from, or null; fields that are over go first, as in Redis. */
  private static @Nullable HashView drawable(CommandContext ctx) {
    Entry entry = ctx.find(ctx.argument(1), HASH);
    if (entry == null) {
      return null;
    }
    HashView hash = entry.hash();
    hash.expireDue();
    return hash.isGone() ? null : hash;
  }

  private static void one(CommandContext ctx) {
    HashView hash = drawable(ctx);
    int place = hash == null ? 0 : living(hash, ctx.random());
    if (hash == null || place == 0) {
      ctx.reply().nil();
    } else {
      ctx.reply().bulk(hash.field(place));
    }
  }

  /** Some field that is not over, or 0 if there is none. */
  private static int living(HashView hash, RandomGenerator random) {
    int place = hash.random(random);
    if (!hash.hasOver()) {
      return place;
    }
    for (int i = 0; i < TRIES_MAX && hash.isOver(place); i++) {
      place = hash.random(random);
    }
    return hash.isOver(place) ? anyLiving(hash, random) : place;
  }

  /** The same by walking over all fields, because nearly all of them are over. */
  private static int anyLiving(HashView hash, RandomGenerator random) {
    int[] found = new int[2];
    hash.forEach(
        place -> {
          if (!hash.isOver(place) && random.nextInt(++found[1]) == 0) {
            found[0] = place;
          }
        });
    return found[0];
  }

  private static void withRepetitions(
      CommandContext ctx, HashView hash, long count, boolean values) {
    ReplyWriter reply = ctx.reply();
    if (living(hash, ctx.random()) == 0) {
      reply.array(0);
      return;
    }
    begin(reply, count, values);
    for (long i = 0; i < count; i++) {
      writeDrawn(reply, hash, living(hash, ctx.random()), values);
    }
  }

  /** Begins an array of fields; in RESP3 fields with values are arrays of two. */
  private static void begin(ReplyWriter reply, long count, boolean values) {
    reply.array(values && reply.version() == 2 ? 2 * count : count);
  }

  private static void writeDrawn(ReplyWriter reply, HashView hash, int place, boolean values) {
    if (values && reply.version() == 3) {
      reply.array(2);
    }
    write(reply, hash, place, true, values);
  }

  private static void different(CommandContext ctx, HashView hash, long count, boolean values) {
    ReplyWriter reply = ctx.reply();
    Set<Integer> drawn =
        count < hash.size() / DRAWN_SHARE ? draw(hash, (int) count, ctx.random()) : Set.of();
    if (drawn.size() == count) {
      begin(reply, count, values);
      drawn.forEach(place -> writeDrawn(reply, hash, place, values));
      return;
    }
    Outbox.Place place = reply.arrayLater();
    long written = selected(reply, hash, count, values, ctx.random());
    reply.endArray(place, values && reply.version() == 2 ? 2 * written : written);
  }

  /** So many different fields, fewer only where most of what is drawn is over. */
  private static Set<Integer> draw(HashView hash, int count, RandomGenerator random) {
    boolean hasOver = hash.hasOver();
    Set<Integer> drawn = new LinkedHashSet<>();
    for (long tries = 0; drawn.size() < count && tries < (long) TRIES_MAX * count; tries++) {
      int place = hash.random(random);
      if (!hasOver || !hash.isOver(place)) {
        drawn.add(place);
      }
    }
    return drawn;
  }

  /**
   * Writes so many fields, each with the same chance, in one walk over all of them: of those left a
   * field is taken with the chance that makes the number come out.
   */
  private static long selected(
      ReplyWriter reply, HashView hash, long count, boolean values, RandomGenerator random) {
    long living = hash.hasOver() ? countLiving(hash) : hash.size();
    long[] left = {Math.min(count, living), living};
    long wanted = left[0];
    hash.forEach(
        place -> {
          if (!hash.isOver(place)) {
            if (random.nextLong(left[1]--) < left[0]) {
              left[0]--;
              writeDrawn(reply, hash, place, values);
            }
          }
        });
    return wanted;
  }

  private static long countLiving(HashView hash) {
    long[] count = new long[1];
    hash.forEach(place -> count[0] += hash.isOver(place) ? 0 : 1);
    return count[0];
  }
}
