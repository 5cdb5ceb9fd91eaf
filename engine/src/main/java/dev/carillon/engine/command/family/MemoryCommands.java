package dev.carillon.engine.command.family;

import static dev.carillon.engine.command.CommandFlag.LOADING;
import static dev.carillon.engine.command.CommandFlag.READONLY;
import static dev.carillon.engine.command.CommandFlag.STALE;

import dev.carillon.engine.command.Command;
import dev.carillon.engine.command.CommandContext;
import dev.carillon.engine.command.CommandGroup;
import dev.carillon.engine.command.CommandTable;
import dev.carillon.engine.keyspace.Database;
import dev.carillon.engine.keyspace.Entry;
import dev.carillon.engine.keyspace.Keyspace;
import dev.carillon.engine.reply.Errors;
import dev.carillon.engine.reply.Outbox;
import dev.carillon.engine.reply.ReplyWriter;
import dev.carillon.engine.session.ClientLine;
import java.util.List;

/** MEMORY: where the bytes are. */
final class MemoryCommands {

  /** Chosen: what PURGE moves at most, so that it does not keep other clients waiting. */
  private static final int PURGED_BYTES_MAX = 16 * 1024 * 1024;

  private MemoryCommands() {}

  static void register(CommandTable.Builder table) {
    table.group(CommandGroup.SERVER);
    Command.Row memory =
        table
            .container("memory")
            .since("4.0.0")
            .summary("Asks about memory.")
            .complexity("Depends on subcommand.");
    memory
        .subcommand("doctor", 2, MemoryCommands::doctor)
        .since("4.0.0")
        .summary("Says in words how memory is used.")
        .grammar("~nondeterministic_output ~request_policy:all_shards ~response_policy:special")
        .complexity("O(1)");
    memory
        .subcommand("malloc-stats", 2, MemoryCommands::mallocStats)
        .since("4.0.0")
        .summary("Answers what each database has reserved and uses.")
        .grammar("~nondeterministic_output ~request_policy:all_shards ~response_policy:special")
        .complexity("Depends on how much memory is allocated, could be slow");
    memory
        .subcommand("purge", 2, MemoryCommands::purge)
        .since("4.0.0")
        .summary("Gives memory back that removed entries have left.")
        .grammar("~request_policy:all_shards ~response_policy:all_succeeded")
        .complexity("Depends on how much memory is allocated, could be slow");
    memory
        .subcommand("stats", 2, MemoryCommands::stats)
        .since("4.0.0")
        .summary("Answers what memory is used for.")
        .grammar("~nondeterministic_output ~request_policy:all_shards ~response_policy:special")
        .complexity("O(1)");
    memory
        .subcommand("usage", -3, MemoryCommands::usage)
        .flags(READONLY)
        .key(2, "RO")
        .since("4.0.0")
        .summary("Answers about how many bytes a key takes.")
        .grammar("key:key@0 count:integer=SAMPLES?")
        .complexity("O(N) where N is the number of samples.");
    Help.subcommand(
        memory,
        List.of(
            "DOCTOR",
            "    Says in words how memory is used.",
            "MALLOC-STATS",
            "    Answers what each database has reserved and uses.",
            "PURGE",
            "    Gives memory back that removed entries have left.",
            "STATS",
            "    Answers what memory is used for.",
            "USAGE <key> [SAMPLES <count>]",
            "    Answers about how many bytes a key takes; sizes are always known, not sampled."),
        "4.0.0",
        LOADING,
        STALE);
  }

  private static void usage(CommandContext ctx) {
    for (int i = 3; i < ctx.count(); i += 2) {
      if (!ctx.isWord(i, "SAMPLES") || i + 1 == ctx.count()) {
        throw Errors.SYNTAX.error();
      }
      if (ctx.longArgument(i + 1) < 0) {
        throw Errors.SYNTAX.error();
      }
    }
    // What is over takes memory until somebody removes it.
    Entry entry = ctx.db().findAsIs(ctx.argument(2));
    if (entry == null) {
      ctx.reply().nil();
    } else {
      ctx.reply().integer(entry.sizeBytes());
    }
  }

  private static void doctor(CommandContext ctx) {
    long used = ctx.keyspace().usedBytes();
    long reserved = ctx.keyspace().reservedBytes();
    String text =
        "Keys and values take "
            + InfoSections.human(used)
            + " in pages of "
            + InfoSections.human(reserved)
            + ". ";
    if (reserved > 2 * used && reserved - used > 64L << 20) {
      text += "Much of that is free: entries were removed; MEMORY PURGE moves the rest together.\n";
    } else {
      text += "Nothing is wrong with that.\n";
    }
    ctx.reply().verbatim("txt", text);
  }

  private static void mallocStats(CommandContext ctx) {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < ctx.keyspace().count(); i++) {
      Database database = ctx.keyspace().database(i);
      if (database.size() > 0) {
        text.append("db")
            .append(i)
            .append(": keys=")
            .append(database.size())
            .append(" used=")
            .append(database.usedBytes())
            .append(" reserved=")
            .append(database.reservedBytes())
            .append('\n');
      }
    }
    ctx.reply().verbatim("txt", text.isEmpty() ? "All databases are empty.\n" : text.toString());
  }

  private static void purge(CommandContext ctx) {
    boolean unused = ctx.keyspace().compact(PURGED_BYTES_MAX);
    ctx.reply().ok();
  }

  private static void stats(CommandContext ctx) {
    Keyspace keyspace = ctx.keyspace();
    long used = ctx.evictor().usedBytes();
    long data = keyspace.usedBytes();
    long reserved = keyspace.reservedBytes();
    long peak = ctx.stats().peakBytes(used, ctx.nowMillis());
    Stats stats = new Stats(ctx.reply());
    stats.number("peak.allocated", peak);
    stats.number("total.allocated", used);
    stats.number("startup.allocated", 0);
    stats.number("replication.backlog", 0);
    stats.number("replica.fullsync.buffer", 0);
    stats.number("clients.slaves", 0);
    stats.number(
        "clients.normal", ctx.sessions().all().stream().mapToLong(ClientLine::memoryBytes).sum());
    stats.number("cluster.links", 0);
    stats.number("aof.buffer", 0);
    stats.number("lua.caches", 0);
    stats.number("functions.caches", 0);
    stats.number("script.VMs", 0);
    long keys = 0;
    for (int i = 0; i < keyspace.count(); i++) {
      Database database = keyspace.database(i);
      keys += database.size();
      if (database.size() > 0) {
        stats.database(database);
      }
    }
    // Tables do not move as a whole here.
    stats.number("overhead.db.hashtable.lut", 0);
    stats.number("overhead.db.hashtable.rehashing", 0);
    stats.number("overhead.total", used - data);
    stats.number("db.dict.rehashing.count", 0);
    stats.number("keys.count", keys);
    stats.number("keys.bytes-per-key", keys == 0 ? 0 : data / keys);
    stats.number("dataset.bytes", data);
    stats.real("dataset.percentage", used == 0 ? 100 : data * 100.0 / used);
    stats.real("peak.percentage", peak == 0 ? 100 : used * 100.0 / peak);
    stats.number("allocator.allocated", data);
    stats.number("allocator.active", reserved);
    stats.number("allocator.resident", reserved);
    stats.number("allocator.muzzy", 0);
    stats.real("allocator-fragmentation.ratio", data == 0 ? 1 : (double) reserved / data);
    stats.number("allocator-fragmentation.bytes", reserved - data);
    // What is resident beyond that is the JVM's, which no allocator here knows of.
    stats.real("allocator-rss.ratio", 1);
    stats.number("allocator-rss.bytes", 0);
    stats.real("rss-overhead.ratio", 1);
    stats.number("rss-overhead.bytes", 0);
    stats.real("fragmentation", used == 0 ? 1 : (double) reserved / used);
    stats.number("fragmentation.bytes", reserved - used);
    stats.end();
  }

  /** The reply of MEMORY STATS, pair by pair. */
  private static final class Stats {
    private final ReplyWriter reply;
    private final Outbox.Place place;
    private int count;

    private Stats(ReplyWriter reply) {
      this.reply = reply;
      this.place = reply.mapLater();
    }

    private void number(String name, long number) {
      reply.bulk(name);
      reply.integer(number);
      count++;
    }

    private void real(String name, double number) {
      reply.bulk(name);
      reply.real(number);
      count++;
    }

    private void database(Database database) {
      reply.bulk("db." + database.number());
      reply.map(2);
      reply.bulk("overhead.hashtable.main");
      reply.integer(database.usedBytes());
      reply.bulk("overhead.hashtable.expires");
      reply.integer(0);
      count++;
    }

    private void end() {
      reply.endMap(place, count);
    }
  }
}
