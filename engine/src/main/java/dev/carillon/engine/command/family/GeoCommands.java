package dev.carillon.engine.command.family;

import static dev.carillon.engine.command.CommandFlag.DENYOOM;
import static dev.carillon.engine.command.CommandFlag.READONLY;
import static dev.carillon.engine.command.CommandFlag.WRITE;

import dev.carillon.engine.command.CommandContext;
import dev.carillon.engine.command.CommandGroup;
import dev.carillon.engine.command.CommandTable;
import dev.carillon.engine.keyspace.Entry;
import dev.carillon.engine.keyspace.SortedSetView;
import dev.carillon.engine.reply.Errors;
import dev.carillon.engine.reply.ReplyWriter;
import dev.carillon.engine.value.Geohash;
import dev.carillon.engine.value.Geohash.Position;
import dev.carillon.engine.value.ValueType;
import dev.carillon.protocol.bytes.Bytes;
import dev.carillon.protocol.bytes.Numerals;
import dev.carillon.protocol.event.EventType;
import java.math.BigDecimal;
import java.math.RoundingMode;
import org.jspecify.annotations.Nullable;

/**
 * Positions on the earth as members of sorted sets, whose scores are {@link Geohash} numbers.
 * Searching is in {@link GeoSearchCommands}.
 */
final class GeoCommands {

  private static final int DISTANCE_DECIMALS = 4;
  private static final int REFUSED_DECIMALS = 6;
  private static final String O_MEMBERS = "O(1) for each member requested.";

  private GeoCommands() {}

  static void register(CommandTable.Builder table) {
    table.group(CommandGroup.GEO);
    table
        .command("geoadd", -5, GeoCommands::geoadd)
        .flags(WRITE, DENYOOM)
        .key(1, "RW update")
        .emits(EventType.ZADD)
        .since("3.2.0")
        .summary("Adds positions to a sorted set, or moves those that are there.")
        .grammar(
            """
            key:key@0 condition:oneof<6.2.0>?( nx:pure-token=NX xx:pure-token=XX )
            change:pure-token=CH<6.2.0>? data:block*( longitude:double latitude:double
            member:string )
            """)
        .complexity(
            "O(log(N)) for each item added, where N is the number of elements in the sorted set.");
    table
        .command("geodist", -4, GeoCommands::geodist)
        .flags(READONLY)
        .key(1, "RO access")
        .since("3.2.0")
        .summary("Answers how far two members are from each other.")
        .grammar(
            """
            key:key@0 member1:string member2:string unit:oneof?( m:pure-token=M km:pure-token=KM
            ft:pure-token=FT mi:pure-token=MI )
            """)
        .complexity("O(1)");
    table
        .command("geohash", -2, GeoCommands::geohash)
        .flags(READONLY)
        .key(1, "RO access")
        .since("3.2.0")
        .summary("Answers the positions of members as geohashes of 11 letters.")
        .grammar("key:key@0 member:string?*")
        .complexity(O_MEMBERS);
    table
        .command("geopos", -2, GeoCommands::geopos)
        .flags(READONLY)
        .key(1, "RO access")
        .since("3.2.0")
        .summary("Answers the longitudes and latitudes of members.")
        .grammar("key:key@0 member:string?*")
        .complexity(O_MEMBERS);
    GeoSearchCommands.register(table);
  }

  // ----------------------------------------------------------------------------------- arguments

  /** Reads a longitude and the latitude behind it; refuses what lies outside of the map. */
  static Position position(CommandContext ctx, int index) {
    double longitude = number(ctx, index, Errors.NOT_A_FLOAT);
    double latitude = number(ctx, index + 1, Errors.NOT_A_FLOAT);
    Position position = new Position(longitude, latitude);
    if (!position.isValid()) {
      throw Errors.GEO_POSITION.error(refused(longitude), refused(latitude));
    }
    return position;
  }

  private static String refused(double number) {
    return Double.isInfinite(number)
        ? Numerals.of(number).toLatin1()
        : fixed(number, REFUSED_DECIMALS);
  }

  /** Reads a number; says {@code refusal} where it is none. */
  static double number(CommandContext ctx, int index, Errors refusal) {
    double number = Numerals.parseDouble(ctx.argument(index));
    if (Double.isNaN(number)) {
      throw refusal.error();
    }
    return number;
  }

  /** What distances are measured in. */
  enum Unit {
    M(1),
    KM(1000),
    FT(0.3048),
    MI(1609.34);

    private static final Unit[] ALL = values();

    /** How many metres one of them is. */
    final double meters;

    Unit(double meters) {
      this.meters = meters;
    }

    /** Reads the name of a unit. */
    static Unit of(CommandContext ctx, int index) {
      for (Unit unit : ALL) {
        if (ctx.isWord(index, unit.name())) {
          return unit;
        }
      }
      throw Errors.GEO_UNIT.error();
    }
  }

  // -------------------------------------------------------------------------------------- adding

  /**
   * The members of a GEOADD.
   *
   * @param first where the first longitude stands
   * @param scores of the members
   * @param onlyNew NX
   * @param onlyExisting XX
   * @param countsMoved CH
   */
  private record Additions(
      CommandContext ctx,
      int first,
      double[] scores,
      boolean onlyNew,
      boolean onlyExisting,
      boolean countsMoved) {

    static Additions of(CommandContext ctx) {
      boolean onlyNew = false;
      boolean onlyExisting = false;
      boolean countsMoved = false;
      int first = 2;
      for (; first < ctx.count(); first++) {
        if (ctx.isWord(first, "NX")) {
          onlyNew = true;
        } else if (ctx.isWord(first, "XX")) {
          onlyExisting = true;
        } else if (ctx.isWord(first, "CH")) {
          countsMoved = true;
        } else {
          break;
        }
      }
      int words = ctx.count() - first;
      if (words % 3 != 0 || words == 0 || (onlyNew && onlyExisting)) {
        throw Errors.SYNTAX.error();
      }
      double[] scores = new double[words / 3];
      for (int i = 0; i < scores.length; i++) {
        scores[i] = Geohash.encode(position(ctx, first + 3 * i));
      }
      return new Additions(ctx, first, scores, onlyNew, onlyExisting, countsMoved);
    }

    Bytes member(int i) {
      return ctx.argument(first + 3 * i + 2);
    }

    int longest() {
      int longest = 0;
      for (int i = 0; i < scores.length; i++) {
        longest = Math.max(longest, member(i).length());
      }
      return longest;
    }

    /** Whether a member changes anything, which is at a place or at none. */
    boolean changes(SortedSetView view, int i, int place) {
      return place == SortedSetView.NONE
          ? !onlyExisting
          : !onlyNew && view.score(place) != scores[i];
    }

    /** The first member that changes anything, or as many as there are. */
    int firstChange(@Nullable Entry existing) {
      if (existing == null) {
        return onlyExisting ? scores.length : 0;
      }
      SortedSetView view = existing.sortedSet();
      int i = 0;
      while (i < scores.length && !changes(view, i, view.find(member(i)))) {
        i++;
      }
      return i;
    }
  }

  private static void geoadd(CommandContext ctx) {
    Additions additions = Additions.of(ctx);
    Bytes key = ctx.argument(1);
    Entry existing = ctx.lookup(key, ValueType.SORTED_SET);
    int members = additions.scores.length;
    int from = additions.firstChange(existing);
    if (from == members) {
      ctx.reply().integer(0);
      return;
    }

    Entry entry = ctx.editOrCreate(key, existing, ValueType.SORTED_SET);
    SortedSetView view = entry.sortedSet();
    if (existing == null) {
      view.expect(members, additions.longest());
    }
    int added = 0;
    int moved = 0;
    for (int i = from; i < members; i++) {
      Bytes member = additions.member(i);
      int place = view.find(member);
      if (!additions.changes(view, i, place)) {
        continue;
      }
      if (place == SortedSetView.NONE) {
        view.add(member, additions.scores[i]);
        added++;
      } else {
        view.move(place, member, additions.scores[i]);
        moved++;
      }
    }
    ctx.changed(key, entry, EventType.ZADD);
    ctx.reply().integer(additions.countsMoved ? added + moved : added);
  }

  // -------------------------------------------------------------------------------------- asking

  private static @Nullable SortedSetView read(CommandContext ctx) {
    Entry entry = ctx.find(ctx.argument(1), ValueType.SORTED_SET);
    return entry == null ? null : entry.sortedSet();
  }

  /** The position of a member, or null. */
  static @Nullable Position position(@Nullable SortedSetView view, Bytes member) {
    int place = view == null ? SortedSetView.NONE : view.find(member);
    return view == null || place == SortedSetView.NONE ? null : Geohash.decode(view.score(place));
  }

  private static void geodist(CommandContext ctx) {
    Unit unit = ctx.count() == 5 ? Unit.of(ctx, 4) : Unit.M;
    if (ctx.count() > 5) {
      throw Errors.SYNTAX.error();
    }
    SortedSetView view = read(ctx);
    Position one = position(view, ctx.argument(2));
    Position other = position(view, ctx.argument(3));
    if (one == null || other == null) {
      ctx.reply().nil();
    } else {
      answerDistance(ctx.reply(), Geohash.distance(one, other) / unit.meters);
    }
  }

  private static void geohash(CommandContext ctx) {
    SortedSetView view = read(ctx);
    ctx.reply().array(ctx.count() - 2L);
    for (int i = 2; i < ctx.count(); i++) {
      Position position = position(view, ctx.argument(i));
      if (position == null) {
        ctx.reply().nil();
      } else {
        ctx.reply().bulk(Geohash.letters(position));
      }
    }
  }

  private static void geopos(CommandContext ctx) {
    SortedSetView view = read(ctx);
    ctx.reply().array(ctx.count() - 2L);
    for (int i = 2; i < ctx.count(); i++) {
      Position position = position(view, ctx.argument(i));
      if (position == null) {
        ctx.reply().nilArray();
      } else {
        answerPosition(ctx.reply(), position);
      }
    }
  }

  // ----------------------------------------------------------------------------------- answering

  /** Answers a distance as a string, also in RESP3, as Redis does. */
  static void answerDistance(ReplyWriter reply, double distance) {
    reply.bulk(fixed(distance, DISTANCE_DECIMALS));
  }

  static void answerPosition(ReplyWriter reply, Position position) {
    reply.array(2);
    reply.real(position.longitude());
    reply.real(position.latitude());
  }

  /**
   * A number with so many decimals, rounded from its exact value; with its sign, even where nothing
   * else is left.
   */
  private static String fixed(double number, int decimals) {
    String digits =
        new BigDecimal(Math.abs(number)).setScale(decimals, RoundingMode.HALF_EVEN).toPlainString();
    return Double.compare(number, 0) < 0 ? "-" + digits : digits;
  }
}
