package dev.carillon.engine.command.family;

import static dev.carillon.engine.command.CommandFlag.FAST;
import static dev.carillon.engine.command.CommandFlag.LOADING;
import static dev.carillon.engine.command.CommandFlag.READONLY;
import static dev.carillon.engine.command.CommandFlag.STALE;
import static dev.carillon.engine.command.CommandFlag.WRITE;

import dev.carillon.engine.Compatibility;
import dev.carillon.engine.command.CommandContext;
import dev.carillon.engine.command.CommandGroup;
import dev.carillon.engine.command.CommandTable;
import dev.carillon.engine.keyspace.Database;
import dev.carillon.engine.keyspace.Keyspace;
import dev.carillon.engine.reply.CommandError;
import dev.carillon.engine.reply.Errors;
import dev.carillon.engine.reply.ReplyWriter;
import dev.carillon.engine.turn.DatabaseEvent;
import dev.carillon.engine.turn.EventSink;
import java.util.HashSet;
import java.util.Locale;
import java.util.Set;

/** The server as a whole: what it is, how large it is, and emptying it. */
final class ServerCommands {

  private ServerCommands() {}

  static void register(CommandTable.Builder table) {
    table.group(CommandGroup.SERVER);
    table
        .command("info", -1, ServerCommands::info)
        .flags(LOADING, STALE)
        .categories("dangerous")
        .since("1.0.0")
        .summary("Answers facts and counters of the server as text.")
        .grammar(
            """
            ~nondeterministic_output ~request_policy:all_shards ~response_policy:special
            section:string?*
            """)
        .complexity("O(1)");
    table
        .command("dbsize", 1, ctx -> ctx.reply().integer(ctx.db().size()))
        .flags(READONLY, FAST)
        .categories("keyspace")
        .since("1.0.0")
        .summary("Counts the keys of the selected database.")
        .grammar("~request_policy:all_shards ~response_policy:agg_sum")
        .complexity("O(1)");
    table
        .command("flushall", -1, ServerCommands::flushall)
        .flags(WRITE)
        .silent()
        .categories("dangerous", "keyspace")
        .since("1.0.0")
        .summary("Removes all keys of all databases.")
        .grammar(
            """
            ~request_policy:all_shards ~response_policy:all_succeeded flush-type:oneof?(
            async:pure-token=ASYNC<4.0.0> sync:pure-token=SYNC<6.2.0> )
            """)
        .complexity("O(N) where N is the total number of keys in all databases");
    table
        .command("flushdb", -1, ServerCommands::flushdb)
        .flags(WRITE)
        .silent()
        .categories("dangerous", "keyspace")
        .since("1.0.0")
        .summary("Removes all keys of the selected database.")
        .grammar(
            """
            ~request_policy:all_shards ~response_policy:all_succeeded flush-type:oneof?(
            async:pure-token=ASYNC<4.0.0> sync:pure-token=SYNC<6.2.0> )
            """)
        .complexity("O(N) where N is the number of keys in the selected database");
    table
        .command("swapdb", 3, ServerCommands::swapdb)
        .flags(WRITE, FAST)
        .silent()
        .categories("dangerous", "keyspace")
        .since("4.0.0")
        .summary("Exchanges two databases for all clients.")
        .grammar("index1:integer index2:integer")
        .complexity(
            "O(N) where N is the count of clients watching or blocking on keys from both"
                + " databases.");
    table
        .command("time", 1, ServerCommands::time)
        .flags(LOADING, STALE, FAST)
        .since("2.6.0")
        .summary("Answers the time as seconds and microseconds since 1970.")
        .grammar("~nondeterministic_output")
        .complexity("O(1)");
    table
        .command("lolwut", -1, ServerCommands::lolwut)
        .flags(READONLY, FAST)
        .since("5.0.0")
        .summary("Rings the bells and says the version.")
        .grammar("version:integer=VERSION?");
  }

  private static void info(CommandContext ctx) {
    Set<String> sections = new HashSet<>();
    for (int i = 1; i < ctx.count(); i++) {
      sections.add(ctx.argument(i).toLatin1().toLowerCase(Locale.ROOT));
    }
    ctx.reply().verbatim("txt", new InfoSections(ctx).text(sections));
  }

  private static void time(CommandContext ctx) {
    long now = ctx.nowMillis();
    ReplyWriter reply = ctx.reply();
    reply.array(2);
    reply.bulkLong(now / 1000);
    // Everything in a turn sees one time, and it is in milliseconds.
    reply.bulkLong(now % 1000 * 1000);
  }

  // ------------------------------------------------------------------------------------- emptying

  private static void flushall(CommandContext ctx) {
    refuseUnknownMode(ctx);
    Keyspace keyspace = ctx.keyspace();
    int keys = 0;
    for (int i = 0; i < keyspace.count(); i++) {
      keys += empty(ctx, keyspace.database(i));
    }
    if (keys > 0) {
      ctx.changedAll();
      int all = EventSink.ALL_DATABASES;
      ctx.turn().databaseEvent(DatabaseEvent.FLUSHALL, all, all);
    }
    ctx.snapshots().onFlushed();
    ctx.reply().ok();
  }

  private static void flushdb(CommandContext ctx) {
    refuseUnknownMode(ctx);
    if (empty(ctx, ctx.db()) > 0) {
      ctx.changedAll();
      int number = ctx.db().number();
      ctx.turn().databaseEvent(DatabaseEvent.FLUSHDB, number, number);
    }
    ctx.reply().ok();
  }

  /** Answers how many keys went. */
  private static int empty(CommandContext ctx, Database database) {
    int keys = database.size() - database.feeds();
    if (!ctx.isQueued() || ctx.count() == 2 && ctx.isWord(1, "ASYNC")) {
      // Redis waits for another thread to free them, except within a transaction.
      ctx.keyspace().freesLazily(keys);
    }
    database.clear();
    return keys;
  }

  /** Both modes are the same here: dropping a database is one step. */
  private static void refuseUnknownMode(CommandContext ctx) {
    boolean known =
        ctx.count() == 1 || ctx.count() == 2 && (ctx.isWord(1, "ASYNC") || ctx.isWord(1, "SYNC"));
    if (!known) {
      throw Errors.SYNTAX.error();
    }
  }

  private static void swapdb(CommandContext ctx) {
    long first = number(ctx, 1, Errors.INVALID_FIRST_DB.error());
    long second = number(ctx, 2, Errors.INVALID_SECOND_DB.error());
    int count = ctx.keyspace().count();
    if (first < 0 || first >= count || second < 0 || second >= count) {
      throw Errors.DB_OUT_OF_RANGE.error();
    }
    if (first != second) {
      Database one = ctx.keyspace().database((int) first);
      Database other = ctx.keyspace().database((int) second);
      if (one.isInTheWayOfFeeds(other) || other.isInTheWayOfFeeds(one)) {
        throw Errors.FEED_KEY.error();
      }
      ctx.keyspace().swap((int) first, (int) second);
      ctx.changedAll();
      ctx.turn().databaseEvent(DatabaseEvent.SWAPDB, (int) first, (int) second);
    }
    ctx.reply().ok();
  }

  private static long number(CommandContext ctx, int index, CommandError refusal) {
    long number = ctx.longArgument(index, refusal);
    if (number != (int) number) {
      throw refusal;
    }
    return number;
  }

  private static void lolwut(CommandContext ctx) {
    if (ctx.count() >= 3 && ctx.isWord(1, "VERSION")) {
      ctx.longArgument(2);
    }
    String version = ctx.host().facts().getOrDefault("carillon_version", "");
    ctx.reply()
        .verbatim(
            "txt",
            """
                 _|_
                /   \\      every key
               |     |      a bell
              /_______\\
                  o
            Carillon %s, as Redis ver. %s
            """
                .formatted(version, Compatibility.REDIS_VERSION));
  }
}
