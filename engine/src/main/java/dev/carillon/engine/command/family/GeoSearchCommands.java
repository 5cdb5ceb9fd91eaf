package dev.carillon.engine.command.family;

import static dev.carillon.engine.command.CommandFlag.DENYOOM;
import static dev.carillon.engine.command.CommandFlag.READONLY;
import static dev.carillon.engine.command.CommandFlag.WRITE;

import dev.carillon.engine.command.CommandContext;
import dev.carillon.engine.command.CommandTable;
import dev.carillon.engine.command.KeySpec;
import dev.carillon.engine.command.family.GeoCommands.Unit;
import dev.carillon.engine.keyspace.Draft;
import dev.carillon.engine.keyspace.Entry;
import dev.carillon.engine.keyspace.SortedSetView;
import dev.carillon.engine.reply.Errors;
import dev.carillon.engine.reply.ReplyWriter;
import dev.carillon.engine.value.GeoShape;
import dev.carillon.engine.value.Geohash;
import dev.carillon.engine.value.Geohash.Position;
import dev.carillon.engine.value.ValueType;
import dev.carillon.protocol.bytes.Bytes;
import dev.carillon.protocol.event.EventType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Searching for positions: GEOSEARCH and GEOSEARCHSTORE, and their predecessors GEORADIUS and
 * GEORADIUSBYMEMBER, which have a variant that never stores.
 *
 * <p>Three steps: {@link Query#of} reads and refuses; {@link #find} walks through the few ranges of
 * scores that cover the shape; the result is answered or stored.
 */
final class GeoSearchCommands {

  private static final String O_RADIUS =
      "O(N+log(M)) where N is the number of elements inside the bounding box of the circular area"
          + " delimited by center and radius and M is the number of items inside the index.";
  private static final String O_SEARCH =
      "O(N+log(M)) where N is the number of elements in the grid-aligned bounding box area around"
          + " the shape provided as the filter and M is the number of items inside the shape";

  private static final KeySpec SOURCE = KeySpec.one(1).access("RO access");

  private GeoSearchCommands() {}

  /** How a command says where it searches, and whether it may store. */
  private enum Form {
    /** Position, radius and unit stand in front. */
    RADIUS(1, 6, true),
    RADIUS_ONLY_READ(1, 6, false),
    /** A member, radius and unit stand in front. */
    MEMBER(1, 5, true),
    MEMBER_ONLY_READ(1, 5, false),
    /** Everything is an option. */
    SEARCH(1, 2, false),
    /** As SEARCH, behind the destination. */
    STORE(2, 3, false);

    /** Where the key is. */
    final int source;

    /** Where the options begin. */
    final int options;

    /** Whether STORE and STOREDIST are options that name a key. */
    final boolean mayStore;

    Form(int source, int options, boolean mayStore) {
      this.source = source;
      this.options = options;
      this.mayStore = mayStore;
    }

    boolean isSearch() {
      return this == SEARCH || this == STORE;
    }
  }

  static void register(CommandTable.Builder table) {
    table
        .command("georadius", -6, ctx -> search(ctx, Form.RADIUS))
        .flags(WRITE, DENYOOM)
        .keys(storing(6))
        .emits(EventType.GEORADIUSSTORE, EventType.DEL)
        .since("3.2.0")
        .deprecated("6.2.0", "`GEOSEARCH` and `GEOSEARCHSTORE` with the `BYRADIUS` argument")
        .summary("Answers or stores the members within a circle around a position.")
        .grammar(
            """
            key:key@0 longitude:double latitude:double radius:double unit:oneof( m:pure-token=M
            km:pure-token=KM ft:pure-token=FT mi:pure-token=MI ) withcoord:pure-token=WITHCOORD?
            withdist:pure-token=WITHDIST? withhash:pure-token=WITHHASH? count-block:block?(
            count:integer=COUNT any:pure-token=ANY<6.2.0>? ) order:oneof?( asc:pure-token=ASC
            desc:pure-token=DESC ) store:oneof?( storekey/key:key@1=STORE
            storedistkey/key:key@2=STOREDIST )
            """)
        .complexity(O_RADIUS);
    table
        .command("georadius_ro", -6, ctx -> search(ctx, Form.RADIUS_ONLY_READ))
        .flags(READONLY)
        .keys(SOURCE)
        .since("3.2.10")
        .deprecated("6.2.0", "`GEOSEARCH` with the `BYRADIUS` argument")
        .summary("Answers the members within a circle around a position.")
        .grammar(
            """
            key:key@0 longitude:double latitude:double radius:double unit:oneof( m:pure-token=M
            km:pure-token=KM ft:pure-token=FT mi:pure-token=MI ) withcoord:pure-token=WITHCOORD?
            withdist:pure-token=WITHDIST? withhash:pure-token=WITHHASH? count-block:block?(
            count:integer=COUNT any:pure-token=ANY<6.2.0>? ) order:oneof?( asc:pure-token=ASC
            desc:pure-token=DESC )
            """)
        .complexity(O_RADIUS);
    table
        .command("georadiusbymember", -5, ctx -> search(ctx, Form.MEMBER))
        .flags(WRITE, DENYOOM)
        .keys(storing(5))
        .emits(EventType.GEORADIUSSTORE, EventType.DEL)
        .since("3.2.0")
        .deprecated(
            "6.2.0",
            "`GEOSEARCH` and `GEOSEARCHSTORE` with the `BYRADIUS` and `FROMMEMBER` arguments")
        .summary("Answers or stores the members within a circle around one of them.")
        .grammar(
            """
            key:key@0 member:string radius:double unit:oneof( m:pure-token=M km:pure-token=KM
            ft:pure-token=FT mi:pure-token=MI ) withcoord:pure-token=WITHCOORD?
            withdist:pure-token=WITHDIST? withhash:pure-token=WITHHASH? count-block:block?(
            count:integer=COUNT any:pure-token=ANY? ) order:oneof?( asc:pure-token=ASC
            desc:pure-token=DESC ) store:oneof?( storekey/key:key@1=STORE
            storedistkey/key:key@2=STOREDIST )
            """)
        .complexity(O_RADIUS);
    table
        .command("georadiusbymember_ro", -5, ctx -> search(ctx, Form.MEMBER_ONLY_READ))
        .flags(READONLY)
        .keys(SOURCE)
        .since("3.2.10")
        .deprecated("6.2.0", "`GEOSEARCH` with the `BYRADIUS` and `FROMMEMBER` arguments")
        .summary("Answers the members within a circle around one of them.")
        .grammar(
            """
            key:key@0 member:string radius:double unit:oneof( m:pure-token=M km:pure-token=KM
            ft:pure-token=FT mi:pure-token=MI ) withcoord:pure-token=WITHCOORD?
            withdist:pure-token=WITHDIST? withhash:pure-token=WITHHASH? count-block:block?(
            count:integer=COUNT any:pure-token=ANY? ) order:oneof?( asc:pure-token=ASC
            desc:pure-token=DESC )
            """)
        .complexity(O_RADIUS);
    table
        .command("geosearch", -7, ctx -> search(ctx, Form.SEARCH))
        .flags(READONLY)
        .keys(SOURCE)
        .since("6.2.0")
        .summary("Answers the members within a circle or a box.")
        .grammar(
            """
            key:key@0 from:oneof( member:string=FROMMEMBER fromlonlat:block=FROMLONLAT(
            longitude:double latitude:double ) ) by:oneof( circle:block( radius:double=BYRADIUS
            unit:oneof( m:pure-token=M km:pure-token=KM ft:pure-token=FT mi:pure-token=MI ) )
            box:block( width:double=BYBOX height:double unit:oneof( m:pure-token=M
            km:pure-token=KM ft:pure-token=FT mi:pure-token=MI ) ) ) order:oneof?(
            asc:pure-token=ASC desc:pure-token=DESC ) count-block:block?( count:integer=COUNT
            any:pure-token=ANY? ) withcoord:pure-token=WITHCOORD? withdist:pure-token=WITHDIST?
            withhash:pure-token=WITHHASH?
            """)
        .complexity(O_SEARCH);
    table
        .command("geosearchstore", -8, ctx -> search(ctx, Form.STORE))
        .flags(WRITE, DENYOOM)
        .keys(KeySpec.one(1).access("OW update").and(KeySpec.one(2).access("RO access")))
        .emits(EventType.GEOSEARCHSTORE, EventType.DEL)
        .since("6.2.0")
        .summary("Stores the members within a circle or a box.")
        .grammar(
            """
            destination:key@0 source:key@1 from:oneof( member:string=FROMMEMBER
            fromlonlat:block=FROMLONLAT( longitude:double latitude:double ) ) by:oneof(
            circle:block( radius:double=BYRADIUS unit:oneof( m:pure-token=M km:pure-token=KM
            ft:pure-token=FT mi:pure-token=MI ) ) box:block( width:double=BYBOX height:double
            unit:oneof( m:pure-token=M km:pure-token=KM ft:pure-token=FT mi:pure-token=MI ) ) )
            order:oneof?( asc:pure-token=ASC desc:pure-token=DESC ) count-block:block?(
            count:integer=COUNT any:pure-token=ANY? ) storedist:pure-token=STOREDIST?
            """)
        .complexity(O_SEARCH);
  }

  private static KeySpec storing(int options) {
    return SOURCE
        .and(KeySpec.behind("STORE", options, 0, 0).access("OW update"))
        .and(KeySpec.behind("STOREDIST", options, 0, 0).access("OW update"));
  }

  // ----------------------------------------------------------------------------------- arguments

  /** How results are put in order. */
  private enum Order {
    NONE,
    ASCENDING,
    DESCENDING
  }

  /** What a request asks for. Its fields are set while the words are read, one after the other. */
  private static final class Query {
    private final CommandContext ctx;
    private final Form form;
    private final @Nullable SortedSetView view;

    private @Nullable Position center;
    private boolean fromMember;
    private boolean fromPosition;
    private double radius = -1;
    private double width = -1;
    private double height = -1;
    private boolean withDistance;
    private boolean withScore;
    private boolean withPosition;
    private boolean any;

    Order order = Order.NONE;
    Unit unit = Unit.M;

    /** How many results are wanted; 0 for all. */
    long count;

    @Nullable Bytes destination;
    boolean storesDistance;

    private Query(CommandContext ctx, Form form, @Nullable SortedSetView view) {
      this.ctx = ctx;
      this.form = form;
      this.view = view;
    }

    /** Reads a request whose key holds {@code view}, or is missing. */
    static Query of(CommandContext ctx, Form form, @Nullable SortedSetView view) {
      Query query = new Query(ctx, form, view);
      query.readFront();
      for (int i = form.options; i < ctx.count(); ) {
        i += query.readOption(i, ctx.count() - i - 1);
      }
      query.refuseContradictions();
      if (query.count > 0 && query.order == Order.NONE && !query.any) {
        // The first ones mean the nearest ones.
        query.order = Order.ASCENDING;
      }
      return query;
    }

    private void readFront() {
      switch (form) {
        case RADIUS, RADIUS_ONLY_READ -> {
          center = GeoCommands.position(ctx, 2);
          readCircle(4);
        }
        case MEMBER, MEMBER_ONLY_READ -> {
          // Without a key it is not known where to search, and a bad radius passes.
          if (view != null) {
            center = member(2);
            readCircle(3);
          }
        }
        case SEARCH -> {}
        case STORE -> destination = ctx.argument(1);
      }
    }

    private @Nullable Position member(int index) {
      if (view == null) {
        return null;
      }
      Position position = GeoCommands.position(view, ctx.argument(index));
      if (position == null) {
        throw Errors.GEO_MEMBER.error();
      }
      return position;
    }

    private void readCircle(int index) {
      radius = GeoCommands.number(ctx, index, Errors.GEO_RADIUS);
      if (radius < 0) {
        throw Errors.GEO_RADIUS_NEGATIVE.error();
      }
      unit = Unit.of(ctx, index + 1);
    }

    private void readBox(int index) {
      width = GeoCommands.number(ctx, index, Errors.GEO_WIDTH);
      height = GeoCommands.number(ctx, index + 1, Errors.GEO_HEIGHT);
      if (width < 0 || height < 0) {
        throw Errors.GEO_BOX_NEGATIVE.error();
      }
      unit = Unit.of(ctx, index + 2);
    }

    /**
     * Reads the option at an index.
     *
     * @param left how many words stand behind it
     * @return how many words it has
     */
    private int readOption(int i, int left) {
      if (ctx.isWord(i, "WITHDIST")) {
        withDistance = true;
      } else if (ctx.isWord(i, "WITHHASH")) {
        withScore = true;
      } else if (ctx.isWord(i, "WITHCOORD")) {
        withPosition = true;
      } else if (ctx.isWord(i, "ANY")) {
        any = true;
      } else if (ctx.isWord(i, "ASC")) {
        order = Order.ASCENDING;
      } else if (ctx.isWord(i, "DESC")) {
        order = Order.DESCENDING;
      } else if (ctx.isWord(i, "COUNT") && left >= 1) {
        count = ctx.longArgument(i + 1);
        if (count <= 0) {
          throw Errors.GEO_COUNT.error();
        }
        return 2;
      } else {
        return form.isSearch() ? readSearchOption(i, left) : readStoreOption(i, left);
      }
      return 1;
    }

    private int readStoreOption(int i, int left) {
      boolean isDistance = ctx.isWord(i, "STOREDIST");
      if (!form.mayStore || left < 1 || !(isDistance || ctx.isWord(i, "STORE"))) {
        throw Errors.SYNTAX.error();
      }
      destination = ctx.argument(i + 1);
      storesDistance = isDistance;
      return 2;
    }

    private int readSearchOption(int i, int left) {
      if (ctx.isWord(i, "FROMMEMBER") && left >= 1 && !fromPosition) {
        center = member(i + 1);
        fromMember = true;
        return 2;
      }
      if (ctx.isWord(i, "FROMLONLAT") && left >= 2 && !fromMember) {
        center = GeoCommands.position(ctx, i + 1);
        fromPosition = true;
        return 3;
      }
      if (ctx.isWord(i, "BYRADIUS") && left >= 2 && width < 0) {
        readCircle(i + 1);
        return 3;
      }
      if (ctx.isWord(i, "BYBOX") && left >= 3 && radius < 0) {
        readBox(i + 1);
        return 4;
      }
      if (form == Form.STORE && ctx.isWord(i, "STOREDIST")) {
        storesDistance = true;
        return 1;
      }
      throw Errors.SYNTAX.error();
    }

    private void refuseContradictions() {
      if (destination != null && columns() > 0) {
        throw Errors.GEO_STORE_WITH.error(
            form == Form.STORE ? "GEOSEARCHSTORE" : "STORE option in GEORADIUS");
      }
      if (form.isSearch()) {
        if (!fromMember && !fromPosition) {
          throw Errors.GEO_FROM.error(ctx.argument(0));
        }
        if (radius < 0 && width < 0) {
          throw Errors.GEO_BY.error(ctx.argument(0));
        }
      }
      if (any && count == 0) {
        throw Errors.GEO_ANY.error();
      }
    }

    /** How many facts are wanted of each member besides itself. */
    int columns() {
      return (withDistance ? 1 : 0) + (withScore ? 1 : 0) + (withPosition ? 1 : 0);
    }

    /** After how many results the search may end, whatever is nearer; 0 if it may not. */
    long enough() {
      return any ? count : 0;
    }

    GeoShape shape() {
      Position middle = center;
      if (middle == null) {
        throw new IllegalStateException("no middle was read of a key that is there");
      }
      return width >= 0
          ? new GeoShape.Box(middle, width * unit.meters, height * unit.meters)
          : new GeoShape.Circle(middle, radius * unit.meters);
    }
  }

  // ----------------------------------------------------------------------------------- searching

  /**
   * A member that was found.
   *
   * @param distance from the middle, in metres
   */
  private record Found(Bytes member, double score, Position position, double distance) {}

  private static final Comparator<Found> NEAREST_FIRST =
      (one, other) -> Double.compare(one.distance, other.distance);

  private static void search(CommandContext ctx, Form form) {
    Entry entry = ctx.find(ctx.argument(form.source), ValueType.SORTED_SET);
    SortedSetView view = entry == null ? null : entry.sortedSet();
    Query query = Query.of(ctx, form, view);
    List<Found> results = view == null ? List.of() : ordered(query, find(query, view));
    if (query.destination == null) {
      answer(ctx.reply(), query, results);
    } else {
      store(ctx, query, query.destination, results);
    }
  }

  private static List<Found> find(Query query, SortedSetView view) {
    GeoShape shape = query.shape();
    long enough = query.enough();
    List<Found> results = new ArrayList<>();
    for (Geohash.Cell cell : shape.cover()) {
      SortedSetView.Walk walk = view.walk(view.countBelow(cell.first(), false), false);
      for (; walk.isMember() && walk.score() < cell.end(); walk.next()) {
        Position position = Geohash.decode(walk.score());
        double distance = shape.distanceIfWithin(position);
        if (distance != GeoShape.OUTSIDE) {
          results.add(new Found(walk.member().copy(), walk.score(), position, distance));
          if (results.size() == enough) {
            return results;
          }
        }
      }
    }
    return results;
  }

  /** The results that are wanted, in the order that is wanted. */
  private static List<Found> ordered(Query query, List<Found> results) {
    boolean isCut = query.count > 0 && query.count < results.size();
    int wanted = isCut ? (int) query.count : results.size();
    if (query.order == Order.NONE || results.isEmpty()) {
      return results.subList(0, wanted);
    }
    Found[] all = results.toArray(Found[]::new);
    Comparator<Found> order =
        query.order == Order.ASCENDING ? NEAREST_FIRST : NEAREST_FIRST.reversed();
    if (isCut) {
      PartialSort.sort(all, 0, wanted - 1, order);
    } else {
      Arrays.sort(all, order);
    }
    return Arrays.asList(all).subList(0, wanted);
  }

  // ----------------------------------------------------------------------------------- answering

  private static void answer(ReplyWriter reply, Query query, List<Found> results) {
    int columns = query.columns();
    reply.array(results.size());
    for (Found found : results) {
      if (columns > 0) {
        reply.array(1 + columns);
      }
      reply.bulk(found.member);
      if (query.withDistance) {
        GeoCommands.answerDistance(reply, found.distance / query.unit.meters);
      }
      if (query.withScore) {
        reply.integer((long) found.score);
      }
      if (query.withPosition) {
        GeoCommands.answerPosition(reply, found.position);
      }
    }
  }

  private static void store(CommandContext ctx, Query query, Bytes key, List<Found> results) {
    Draft draft = new Draft(ctx.keyspace(), ValueType.SORTED_SET);
    SortedSetView view = draft.sortedSet();
    int longest = 0;
    for (Found found : results) {
      longest = Math.max(longest, found.member.length());
    }
    view.expect(results.size(), longest);
    for (Found found : results) {
      // Cells that wrap around the world may have the same member twice.
      if (view.find(found.member) == SortedSetView.NONE) {
        view.add(
            found.member, query.storesDistance ? found.distance / query.unit.meters : found.score);
      }
    }
    EventType event = query.form.isSearch() ? EventType.GEOSEARCHSTORE : EventType.GEORADIUSSTORE;
    SortedSetRangeCommands.store(ctx, key, draft, event);
  }
}
