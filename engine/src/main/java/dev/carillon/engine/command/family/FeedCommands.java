package dev.carillon.engine.command.family;

import static dev.carillon.engine.command.CommandFlag.LOADING;
import static dev.carillon.engine.command.CommandFlag.READONLY;
import static dev.carillon.engine.command.CommandFlag.STALE;
import static dev.carillon.engine.command.CommandFlag.WRITE;

import dev.carillon.engine.command.Command;
import dev.carillon.engine.command.CommandContext;
import dev.carillon.engine.command.CommandGroup;
import dev.carillon.engine.command.CommandTable;
import dev.carillon.engine.config.Parameters;
import dev.carillon.engine.feed.Feed;
import dev.carillon.engine.feed.FeedDefinition;
import dev.carillon.engine.feed.Feeds;
import dev.carillon.engine.journal.Journal;
import dev.carillon.engine.reply.Errors;
import dev.carillon.engine.reply.ReplyWriter;
import dev.carillon.engine.value.ConsumerGroup;
import dev.carillon.protocol.bytes.Bytes;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;

/** Making and dropping feeds, and asking about them. They are read as streams are. */
final class FeedCommands {

  private static final String OWN = "carillon";
  private static final Bytes FEED = Bytes.of("FEED");
  private static final Bytes CREATE = Bytes.of("CREATE");

  private FeedCommands() {}

  static void register(CommandTable.Builder table) {
    table.group(CommandGroup.STREAM);
    Command.Row feed =
        table
            .container("feed")
            .since(OWN)
            .summary("Makes, drops and shows feeds: events that are kept in streams.")
            .complexity("Depends on subcommand.");
    feed.subcommand("create", -3, FeedCommands::create)
        .flags(WRITE)
        .key(2, "OW insert")
        .silent()
        .since(OWN)
        .summary("Makes a feed; events from now on are in it.")
        .complexity("O(N) where N is the number of partitions.");
    feed.subcommand("drop", 3, FeedCommands::drop)
        .flags(WRITE)
        .key(2, "RM delete")
        .silent()
        .since(OWN)
        .summary("Removes a feed with its entries and groups.")
        .complexity("O(N) where N is the number of partitions.");
    feed.subcommand("list", 2, FeedCommands::list)
        .flags(READONLY)
        .since(OWN)
        .summary("Answers the keys of the feeds of the selected database.")
        .complexity("O(N) where N is the number of feeds.");
    feed.subcommand("info", 3, FeedCommands::info)
        .flags(READONLY)
        .key(2, "RO")
        .since(OWN)
        .summary("Answers what a feed holds, and what was trimmed before a group had it.")
        .complexity("O(N) where N is the number of partitions and groups.");
    Help.subcommand(
        feed,
        List.of(
            "CREATE <key> [EVENTS <classes>] [MATCH <glob> ...] [DB <n>|*] [DATABASE]",
            "    [VALUES <max-bytes>] [MAXLEN <n>] [MAXAGE <ms>] [MAXBYTES <n>]",
            "    [KEEPUNACKED <hard-cap>] [PARTITIONS <n>] [VOLATILE]",
            "    Makes a feed of the events that match, to be read with XREAD or XREADGROUP.",
            "DROP <key>",
            "    Removes a feed with its entries and groups.",
            "LIST",
            "    Answers the keys of the feeds of the selected database.",
            "INFO <key>",
            "    Answers what a feed holds, and what was trimmed before a group had it."),
        OWN,
        LOADING,
        STALE);
  }

  private static void create(CommandContext ctx) {
    List<Bytes> words = new ArrayList<>();
    for (int i = 2; i < ctx.count(); i++) {
      words.add(ctx.argument(i));
    }
    FeedDefinition definition;
    try {
      definition =
          FeedDefinition.parse(
              ctx.session().db(),
              words,
              ctx.keyspace().count(),
              ctx.config().get(Parameters.FEED_MAX_BYTES));
    } catch (FeedDefinition.Unusable unusable) {
      throw Errors.FEED_OPTIONS.error(unusable.reason());
    }
    Feeds feeds = ctx.feeds();
    if (!definition.isVolatile() && !ctx.turn().isReplaying()) {
      Journal journal = ctx.journal();
      if (journal == null) {
        throw Errors.FEED_WITHOUT_JOURNAL.error();
      }
      if (!journal.isInForce()) {
        throw Errors.FEED_BEFORE_JOURNAL.error();
      }
    }
    if (feeds.isTaken(definition)) {
      throw Errors.FEED_EXISTS.error();
    }

    Feed feed = feeds.create(definition);
    ctx.changedAll();
    if (feeds.isDurable(feed)) {
      ctx.turn().requireDurable();
    }
    List<Bytes> canonical = definition.words();
    canonical.addFirst(CREATE);
    canonical.addFirst(FEED);
    ctx.effect(canonical.toArray(Bytes[]::new));
    ctx.reply().ok();
  }

  private static void drop(CommandContext ctx) {
    Feed feed = feed(ctx);

    ctx.feeds().drop(feed);
    ctx.changedAll();
    ctx.reply().ok();
  }

  private static Feed feed(CommandContext ctx) {
    Feed feed = ctx.feeds().find(ctx.session().db(), ctx.argument(2));
    if (feed == null) {
      throw Errors.NO_SUCH_FEED.error();
    }
    return feed;
  }

  private static void list(CommandContext ctx) {
    TreeSet<Bytes> keys = new TreeSet<>();
    for (Feed feed : ctx.feeds().all()) {
      if (feed.definition().db() == ctx.session().db()) {
        keys.add(feed.definition().key());
      }
    }
    ctx.reply().array(keys.size());
    keys.forEach(ctx.reply()::bulk);
  }

  private static void info(CommandContext ctx) {
    Feed feed = feed(ctx);
    FeedDefinition definition = feed.definition();
    TreeMap<Bytes, Long> groups = new TreeMap<>();
    for (Feed.Partition partition : feed.partitions()) {
      for (ConsumerGroup group : partition.stream().groups()) {
        groups.put(group.name(), feed.lost(group.name()));
      }
    }
    ReplyWriter reply = ctx.reply();
    reply.map(19);
    text(reply, "key", definition.key());
    text(reply, "events", Bytes.of(definition.letters()));
    reply.bulk(Bytes.of("match"));
    reply.array(definition.globs().size());
    definition.globs().forEach(reply::bulk);
    int observed = definition.observedDb();
    text(reply, "db", Bytes.of(observed == FeedDefinition.ALL ? "*" : Integer.toString(observed)));
    text(reply, "database-events", Bytes.of(definition.databases() ? "yes" : "no"));
    number(reply, "values", definition.valueBytesMax());
    number(reply, "maxlen", definition.lengthMax());
    number(reply, "maxage", definition.ageMillisMax());
    number(reply, "maxbytes", definition.bytesMax());
    number(reply, "keepunacked", definition.unacknowledgedBytesMax());
    text(reply, "durable", Bytes.of(ctx.feeds().isDurable(feed) ? "yes" : "no"));
    number(reply, "length", feed.length());
    number(reply, "entries-added", feed.entriesAdded());
    number(reply, "bytes", feed.sizeBytes());
    number(reply, "values-omitted", feed.omitted());
    number(reply, "trimmed", feed.trimmed());
    number(reply, "trimmed-unacknowledged", feed.trimmedUnacknowledged());
    reply.bulk(Bytes.of("groups"));
    reply.array(groups.size());
    for (Map.Entry<Bytes, Long> group : groups.entrySet()) {
      reply.map(2);
      text(reply, "name", group.getKey());
      number(reply, "trimmed-unacknowledged", group.getValue());
    }
    reply.bulk(Bytes.of("partitions"));
    reply.array(feed.partitions().size());
    for (Feed.Partition partition : feed.partitions()) {
      reply.map(5);
      text(reply, "key", partition.key());
      number(reply, "length", partition.stream().length());
      text(reply, "first-id", partition.stream().firstId().text());
      text(reply, "last-id", partition.stream().lastId().text());
      text(reply, "trimmed-to", partition.trimmedTo().text());
    }
  }

  private static void text(ReplyWriter reply, String name, Bytes value) {
    reply.bulk(Bytes.of(name));
    reply.bulk(value);
  }

  private static void number(ReplyWriter reply, String name, long value) {
    reply.bulk(Bytes.of(name));
    reply.integer(value);
  }
}
