package dev.carillon.engine.command.family;

import static dev.carillon.engine.command.CommandFlag.LOADING;
import static dev.carillon.engine.command.CommandFlag.READONLY;
import static dev.carillon.engine.command.CommandFlag.STALE;

import dev.carillon.engine.command.Command;
import dev.carillon.engine.command.CommandContext;
import dev.carillon.engine.command.CommandGroup;
import dev.carillon.engine.command.CommandTable;
import dev.carillon.engine.keyspace.Entry;
import dev.carillon.engine.reply.CommandError;
import dev.carillon.engine.reply.Errors;
import dev.carillon.engine.reply.Outbox;
import dev.carillon.engine.reply.ReplyWriter;
import dev.carillon.engine.value.ConsumerGroup;
import dev.carillon.engine.value.StreamConsumer;
import dev.carillon.engine.value.StreamId;
import dev.carillon.engine.value.StreamProducers;
import dev.carillon.engine.value.StreamValue;
import dev.carillon.engine.value.ValueType;
import dev.carillon.protocol.bytes.Bytes;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** XINFO: how a stream, its groups and their consumers are. */
final class StreamInfoCommands {

  /** How many entries of each list FULL shows where nobody says. */
  private static final long FULL_COUNT = 10;

  private StreamInfoCommands() {}

  static void register(CommandTable.Builder table) {
    table.group(CommandGroup.STREAM);
    Command.Row info =
        table
            .container("xinfo")
            .since("5.0.0")
            .summary("Looks at streams, groups and consumers.")
            .complexity("Depends on subcommand.");
    info.subcommand("stream", -3, StreamInfoCommands::stream)
        .flags(READONLY)
        .key(2, "RO access")
        .since("5.0.0")
        .summary("Answers how a stream is; with FULL, its entries, groups and consumers too.")
        .grammar("key:key@0 full-block:block?( full:pure-token=FULL count:integer=COUNT? )")
        .complexity("O(1)");
    info.subcommand("groups", 3, StreamInfoCommands::groups)
        .flags(READONLY)
        .key(2, "RO access")
        .since("5.0.0")
        .summary("Answers the consumer groups of a stream.")
        .grammar("key:key@0")
        .complexity("O(1)");
    info.subcommand("consumers", 4, StreamInfoCommands::consumers)
        .flags(READONLY)
        .key(2, "RO access")
        .since("5.0.0")
        .summary("Answers the consumers of a group.")
        .grammar("~nondeterministic_output key:key@0 group:string")
        .complexity("O(1)");
    Help.subcommand(
        info,
        List.of(
            "CONSUMERS <key> <group>",
            "    Shows the consumers of a group.",
            "GROUPS <key>",
            "    Shows the groups of a stream.",
            "STREAM <key> [FULL [COUNT <number>]]",
            "    Shows how a stream is; with FULL, so many of its entries and pending ones too."),
        "5.0.0",
        LOADING,
        STALE);
  }

  private static StreamValue find(CommandContext ctx) {
    Entry entry = ctx.find(ctx.argument(2));
    if (entry == null) {
      throw Errors.NO_SUCH_KEY.error();
    }
    CommandContext.require(entry, ValueType.STREAM);
    return StreamReplies.stream(entry);
  }

  // -------------------------------------------------------------------------------------- STREAM

  private static void stream(CommandContext ctx) {
    StreamValue stream = find(ctx);
    boolean isFull = ctx.count() > 3;
    long count = isFull ? fullCount(ctx) : 0;
    ReplyWriter reply = ctx.reply();
    StreamReplies replies = new StreamReplies(reply);
    reply.map(isFull ? 15 : 16);
    reply.bulk("length");
    reply.integer(stream.length());
    // There is no such tree here: a block is said to be a key, and to cost one node.
    reply.bulk("radix-tree-keys");
    reply.integer(stream.blocks());
    reply.bulk("radix-tree-nodes");
    reply.integer(stream.blocks() + 1L);
    id(reply, replies, "last-generated-id", stream.lastId());
    id(reply, replies, "max-deleted-entry-id", stream.maxDeletedId());
    reply.bulk("entries-added");
    reply.integer(stream.entriesAdded());
    id(reply, replies, "recorded-first-entry-id", stream.firstId());
    producers(ctx, stream.producers());
    if (isFull) {
      reply.bulk("entries");
      replies.entries(stream.cursor(), count);
      reply.bulk("groups");
      reply.array(stream.groups().size());
      for (ConsumerGroup group : stream.groups()) {
        fullGroup(reply, replies, stream, group, count);
      }
    } else {
      reply.bulk("groups");
      reply.integer(stream.groups().size());
      reply.bulk("first-entry");
      replies.firstOf(stream.cursor());
      reply.bulk("last-entry");
      replies.firstOf(stream.reversed(StreamId.MIN, StreamId.MAX));
    }
  }

  private static long fullCount(CommandContext ctx) {
    boolean isKnown =
        ctx.isWord(3, "FULL") && (ctx.count() == 4 || ctx.count() == 6 && ctx.isWord(4, "COUNT"));
    if (!isKnown) {
      throw wrongWords(ctx);
    }
    long count = ctx.count() == 4 ? FULL_COUNT : ctx.longArgument(5);
    return count < 0 ? FULL_COUNT : count;
  }

  private static CommandError wrongWords(CommandContext ctx) {
    return Errors.SUBCOMMAND_ARITY.error(ctx.argument(1), "XINFO");
  }

  private static void producers(CommandContext ctx, @Nullable StreamProducers producers) {
    ReplyWriter reply = ctx.reply();
    reply.bulk("idmp-duration");
    reply.integer(StreamCommands.seconds(producers));
    reply.bulk("idmp-maxsize");
    reply.integer(StreamCommands.idsMax(producers));
    StreamProducers.Known known =
        producers == null
            ? new StreamProducers.Known(0, 0)
            : producers.known(ctx.nowMillis(), StreamCommands.seconds(producers));
    reply.bulk("pids-tracked");
    reply.integer(known.producers());
    reply.bulk("iids-tracked");
    reply.integer(known.ids());
    reply.bulk("iids-added");
    reply.integer(producers == null ? 0 : producers.added());
    reply.bulk("iids-duplicates");
    reply.integer(producers == null ? 0 : producers.repeated());
  }

  private static void id(ReplyWriter reply, StreamReplies replies, String name, StreamId id) {
    reply.bulk(name);
    replies.id(id);
  }

  private static void counter(ReplyWriter reply, String name, long value, long unknown) {
    reply.bulk(name);
    if (value == unknown) {
      reply.nil();
    } else {
      reply.integer(value);
    }
  }

  private static void fullGroup(
      ReplyWriter reply,
      StreamReplies replies,
      StreamValue stream,
      ConsumerGroup group,
      long count) {
    reply.map(8);
    reply.bulk("name");
    reply.bulk(group.name());
    id(reply, replies, "last-delivered-id", group.lastDelivered());
    counter(reply, "entries-read", group.entriesRead(), ConsumerGroup.UNKNOWN);
    counter(reply, "lag", stream.lag(group), StreamValue.UNKNOWN_LAG);
    reply.bulk("pel-count");
    reply.integer(group.pending());
    reply.bulk("pending");
    Outbox.Place place = reply.arrayLater();
    long shown = 0;
    long row = group.first();
    while (row != ConsumerGroup.NONE && (count == 0 || shown < count)) {
      reply.array(4);
      replies.id(group.millis(row), group.sequence(row));
      reply.bulk(StreamGroupCommands.nameOf(group.consumerOf(row)));
      reply.integer(group.deliveredMillis(row));
      reply.integer(group.deliveries(row));
      shown++;
      row = group.next(row);
    }
    reply.endArray(place, shown);
    reply.bulk("consumers");
    reply.array(group.consumers().size());
    long released = group.pending();
    for (StreamConsumer consumer : group.consumers()) {
      fullConsumer(reply, replies, group, consumer, count);
      released -= consumer.pending();
    }
    // Of 8.8: what XNACK gave back and nobody has claimed since.
    reply.bulk("nacked-count");
    reply.integer(released);
  }

  private static void fullConsumer(
      ReplyWriter reply,
      StreamReplies replies,
      ConsumerGroup group,
      StreamConsumer consumer,
      long count) {
    reply.map(5);
    reply.bulk("name");
    reply.bulk(consumer.name());
    reply.bulk("seen-time");
    reply.integer(consumer.seenMillis());
    reply.bulk("active-time");
    reply.integer(consumer.activeMillis());
    reply.bulk("pel-count");
    reply.integer(consumer.pending());
    reply.bulk("pending");
    Outbox.Place place = reply.arrayLater();
    long shown = 0;
    long own = consumer.ceiling(StreamId.MIN);
    while (own != StreamConsumer.NONE && (count == 0 || shown < count)) {
      long row = group.find(consumer.millis(own), consumer.sequence(own));
      reply.array(3);
      replies.id(group.millis(row), group.sequence(row));
      reply.integer(group.deliveredMillis(row));
      reply.integer(group.deliveries(row));
      shown++;
      own = consumer.next(own);
    }
    reply.endArray(place, shown);
  }

  // ------------------------------------------------------------------------------ GROUPS,
  // CONSUMERS

  private static void groups(CommandContext ctx) {
    StreamValue stream = find(ctx);
    ReplyWriter reply = ctx.reply();
    StreamReplies replies = new StreamReplies(reply);
    reply.array(stream.groups().size());
    for (ConsumerGroup group : stream.groups()) {
      reply.map(6);
      reply.bulk("name");
      reply.bulk(group.name());
      reply.bulk("consumers");
      reply.integer(group.consumers().size());
      reply.bulk("pending");
      reply.integer(group.pending());
      id(reply, replies, "last-delivered-id", group.lastDelivered());
      counter(reply, "entries-read", group.entriesRead(), ConsumerGroup.UNKNOWN);
      counter(reply, "lag", stream.lag(group), StreamValue.UNKNOWN_LAG);
    }
  }

  private static void consumers(CommandContext ctx) {
    StreamValue stream = find(ctx);
    Bytes name = ctx.argument(3);
    ConsumerGroup group = stream.group(name);
    if (group == null) {
      throw Errors.NO_GROUP.error(name, ctx.argument(2));
    }
    ReplyWriter reply = ctx.reply();
    reply.array(group.consumers().size());
    for (StreamConsumer consumer : group.consumers()) {
      long idleMillis = Math.max(ctx.nowMillis() - consumer.seenMillis(), 0);
      boolean wasActive = consumer.activeMillis() != StreamConsumer.NEVER;
      reply.map(4);
      reply.bulk("name");
      reply.bulk(consumer.name());
      reply.bulk("pending");
      reply.integer(consumer.pending());
      reply.bulk("idle");
      reply.integer(idleMillis);
      reply.bulk("inactive");
      reply.integer(wasActive ? Math.max(ctx.nowMillis() - consumer.activeMillis(), 0) : -1);
    }
  }
}
