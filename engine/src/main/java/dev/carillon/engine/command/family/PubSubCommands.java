package dev.carillon.engine.command.family;

import static dev.carillon.engine.command.CommandFlag.FAST;
import static dev.carillon.engine.command.CommandFlag.LOADING;
import static dev.carillon.engine.command.CommandFlag.MAY_REPLICATE;
import static dev.carillon.engine.command.CommandFlag.NOSCRIPT;
import static dev.carillon.engine.command.CommandFlag.PUBSUB;
import static dev.carillon.engine.command.CommandFlag.STALE;

import dev.carillon.engine.command.CommandContext;
import dev.carillon.engine.command.CommandGroup;
import dev.carillon.engine.command.CommandTable;
import dev.carillon.engine.command.KeySpec;
import dev.carillon.engine.pubsub.ChannelRegistry;
import dev.carillon.engine.pubsub.PubSubSink;
import dev.carillon.engine.reply.Errors;
import dev.carillon.engine.reply.Outbox;
import dev.carillon.engine.reply.ReplyWriter;
import dev.carillon.engine.session.Session;
import dev.carillon.engine.session.Subscriptions;
import dev.carillon.protocol.bytes.Bytes;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Channels: who subscribes to them, and what is published on them. */
public final class PubSubCommands {

  private static final String O_SUBSCRIBE = "O(N) where N is the number of channels.";

  private PubSubCommands() {}

  static void register(CommandTable.Builder table) {
    table.group(CommandGroup.PUBSUB);
    table
        .command("subscribe", -2, ctx -> subscribeAll(ctx, Kind.CHANNEL))
        .flags(PUBSUB, NOSCRIPT, LOADING, STALE)
        .channels(1, -1)
        .since("2.0.0")
        .summary("Subscribes to channels.")
        .grammar("channel:string*")
        .complexity(O_SUBSCRIBE);
    table
        .command("unsubscribe", -1, ctx -> unsubscribe(ctx, Kind.CHANNEL))
        .flags(PUBSUB, NOSCRIPT, LOADING, STALE)
        .since("2.0.0")
        .summary("Ends subscriptions of channels, of all without arguments.")
        .grammar("channel:string?*")
        .complexity(O_SUBSCRIBE);
    table
        .command("psubscribe", -2, ctx -> subscribeAll(ctx, Kind.PATTERN))
        .flags(PUBSUB, NOSCRIPT, LOADING, STALE)
        .channelPatterns(1)
        .since("2.0.0")
        .summary("Subscribes to all channels that match a glob.")
        .grammar("pattern:pattern*")
        .complexity("O(N) where N is the length of the patterns.");
    table
        .command("punsubscribe", -1, ctx -> unsubscribe(ctx, Kind.PATTERN))
        .flags(PUBSUB, NOSCRIPT, LOADING, STALE)
        .since("2.0.0")
        .summary("Ends subscriptions of globs, of all without arguments.")
        .grammar("pattern:pattern?*")
        .complexity("O(N) where N is the length of the patterns.");
    table
        .command("ssubscribe", -2, ctx -> subscribeAll(ctx, Kind.SHARD))
        .flags(PUBSUB, NOSCRIPT, LOADING, STALE)
        .keys(KeySpec.range(1, -1, 1))
        .channels(1, -1)
        .since("7.0.0")
        .summary("Subscribes to shard channels.")
        .grammar("shardchannel:string*")
        .complexity(O_SUBSCRIBE);
    table
        .command("sunsubscribe", -1, ctx -> unsubscribe(ctx, Kind.SHARD))
        .flags(PUBSUB, NOSCRIPT, LOADING, STALE)
        .keys(KeySpec.range(1, -1, 1))
        .since("7.0.0")
        .summary("Ends subscriptions of shard channels, of all without arguments.")
        .grammar("shardchannel:string?*")
        .complexity(O_SUBSCRIBE);
    table
        .command("publish", 3, PubSubCommands::publish)
        .flags(PUBSUB, LOADING, STALE, FAST, MAY_REPLICATE)
        .channels(1, 1)
        .since("2.0.0")
        .summary("Sends a message to the subscribers of a channel and says how many there are.")
        .grammar("channel:string message:string")
        .complexity("O(N+M) where N is the length of the channel and M the number of receivers.");
    table
        .command("spublish", 3, PubSubCommands::spublish)
        .flags(PUBSUB, LOADING, STALE, FAST, MAY_REPLICATE)
        .key(1)
        .channels(1, 1)
        .since("7.0.0")
        .summary("Sends a message to the subscribers of a shard channel.")
        .grammar("shardchannel:string message:string")
        .complexity("O(N) where N is the number of receivers.");
    var pubsub =
        table
            .container("pubsub")
            .since("2.8.0")
            .summary("Asks about channels and subscriptions.")
            .complexity("Depends on subcommand.");
    pubsub
        .subcommand("channels", -2, ctx -> channels(ctx, Kind.CHANNEL))
        .flags(PUBSUB, LOADING, STALE)
        .since("2.8.0")
        .summary("Lists the channels that somebody is subscribed to.")
        .grammar("pattern:pattern?")
        .complexity("O(N) where N is the number of channels.");
    pubsub
        .subcommand("numpat", 2, PubSubCommands::numpat)
        .flags(PUBSUB, LOADING, STALE)
        .since("2.8.0")
        .summary("Counts the globs that somebody is subscribed to.")
        .complexity("O(1)");
    pubsub
        .subcommand("numsub", -2, ctx -> numsub(ctx, Kind.CHANNEL))
        .flags(PUBSUB, LOADING, STALE)
        .since("2.8.0")
        .summary("Counts the subscribers of channels.")
        .grammar("channel:string?*")
        .complexity("O(N) where N is the number of channels asked for.");
    pubsub
        .subcommand("shardchannels", -2, ctx -> channels(ctx, Kind.SHARD))
        .flags(PUBSUB, LOADING, STALE)
        .since("7.0.0")
        .summary("Lists the shard channels that somebody is subscribed to.")
        .grammar("pattern:pattern?")
        .complexity("O(N) where N is the number of shard channels.");
    pubsub
        .subcommand("shardnumsub", -2, ctx -> numsub(ctx, Kind.SHARD))
        .flags(PUBSUB, LOADING, STALE)
        .since("7.0.0")
        .summary("Counts the subscribers of shard channels.")
        .grammar("shardchannel:string?*")
        .complexity("O(N) where N is the number of shard channels asked for.");
    Help.subcommand(
            pubsub,
            List.of(
                "CHANNELS [<pattern>]",
                "    Lists the channels with subscribers that match the pattern, or all.",
                "NUMPAT",
                "    Counts the patterns that somebody is subscribed to.",
                "NUMSUB [<channel> ...]",
                "    Counts the subscribers of each channel; patterns do not count.",
                "SHARDCHANNELS [<pattern>]",
                "    Lists the shard channels with subscribers that match the pattern, or all.",
                "SHARDNUMSUB [<shardchannel> ...]",
                "    Counts the subscribers of each shard channel."),
            "6.2.0",
            LOADING,
            STALE)
        .outsideFamilyCategory();
  }

  /** The three kinds of subscriptions; they differ in where they are kept and what they count. */
  private enum Kind {
    CHANNEL("subscribe", "unsubscribe"),
    PATTERN("psubscribe", "punsubscribe"),
    SHARD("ssubscribe", "sunsubscribe");

    private final String subscribed;
    private final String unsubscribed;

    Kind(String subscribed, String unsubscribed) {
      this.subscribed = subscribed;
      this.unsubscribed = unsubscribed;
    }

    Set<Bytes> of(Subscriptions subscriptions) {
      return switch (this) {
        case CHANNEL -> subscriptions.channels();
        case PATTERN -> subscriptions.patterns();
        case SHARD -> subscriptions.shardChannels();
      };
    }

    int count(Subscriptions subscriptions) {
      return this == SHARD ? subscriptions.shardChannels().size() : subscriptions.count();
    }
  }

  // --------------------------------------------------------------------------------- subscribing

  private static void subscribeAll(CommandContext ctx, Kind kind) {
    if (kind == Kind.SHARD && ctx.isQueued()) {
      throw Errors.SSUBSCRIBE_IN_TRANSACTION.error();
    }
    for (int i = 1; i < ctx.count(); i++) {
      subscribe(ctx, kind, ctx.argument(i));
      confirm(ctx, kind, kind.subscribed, ctx.argument(i));
    }
    ctx.pubsub().onSubscriptionsChanged();
  }

  private static void subscribe(CommandContext ctx, Kind kind, Bytes name) {
    Session session = ctx.session();
    Set<Bytes> mine = kind.of(session.subscriptions());
    if (mine.contains(name)) {
      return;
    }
    Bytes kept = name.copy();
    mine.add(kept);
    session.subscriptions().onAdded(kept);
    ChannelRegistry registry = ctx.pubsub().registry();
    switch (kind) {
      case CHANNEL -> registry.subscribe(kept, session);
      case PATTERN -> registry.subscribePattern(kept, session);
      case SHARD -> registry.subscribeShard(kept, session);
    }
  }

  private static void unsubscribe(CommandContext ctx, Kind kind) {
    Session session = ctx.session();
    Set<Bytes> mine = kind.of(session.subscriptions());
    if (ctx.count() > 1) {
      for (int i = 1; i < ctx.count(); i++) {
        Bytes name = ctx.argument(i);
        if (mine.remove(name)) {
          unregister(ctx.pubsub().registry(), kind, name, session);
        }
        confirm(ctx, kind, kind.unsubscribed, name);
      }
    } else if (mine.isEmpty()) {
      confirm(ctx, kind, kind.unsubscribed, null);
    } else {
      for (Bytes name : List.copyOf(mine)) {
        mine.remove(name);
        unregister(ctx.pubsub().registry(), kind, name, session);
        confirm(ctx, kind, kind.unsubscribed, name);
      }
    }
    ctx.pubsub().onSubscriptionsChanged();
  }

  private static void unregister(ChannelRegistry registry, Kind kind, Bytes name, Session session) {
    session.subscriptions().onRemoved(name);
    switch (kind) {
      case CHANNEL -> registry.unsubscribe(name, session);
      case PATTERN -> registry.unsubscribePattern(name, session);
      case SHARD -> registry.unsubscribeShard(name, session);
    }
  }

  private static void confirm(CommandContext ctx, Kind kind, String what, @Nullable Bytes name) {
    ReplyWriter reply = ctx.reply();
    reply.push(3);
    reply.bulk(what);
    if (name == null) {
      reply.nil();
    } else {
      reply.bulk(name);
    }
    reply.integer(kind.count(ctx.session().subscriptions()));
  }

  /** Ends all subscriptions of a session, without a word to it (RESET, a lost connection). */
  public static void forget(Session session, PubSubSink pubsub) {
    if (session.subscriptions().isEmpty()) {
      return;
    }
    for (Kind kind : Kind.values()) {
      Set<Bytes> mine = kind.of(session.subscriptions());
      mine.forEach(name -> unregister(pubsub.registry(), kind, name, session));
      mine.clear();
    }
    pubsub.onSubscriptionsChanged();
  }

  // ---------------------------------------------------------------------------------- publishing

  private static void publish(CommandContext ctx) {
    ctx.reply().integer(ctx.pubsub().publish(ctx.argument(1), ctx.argument(2)));
  }

  private static void spublish(CommandContext ctx) {
    ctx.reply().integer(ctx.pubsub().publishShard(ctx.argument(1), ctx.argument(2)));
  }

  // -------------------------------------------------------------------------------------- asking

  private static void channels(CommandContext ctx, Kind kind) {
    if (ctx.count() > 3) {
      throw Errors.SUBCOMMAND_ARITY.error(ctx.argument(1), "PUBSUB");
    }
    Bytes pattern = ctx.count() == 3 ? ctx.argument(2) : null;
    ReplyWriter reply = ctx.reply();
    Outbox.Place place = reply.arrayLater();
    int[] count = new int[1];
    Consumer<Bytes> write =
        name -> {
          reply.bulk(name);
          count[0]++;
        };
    if (kind == Kind.SHARD) {
      ctx.pubsub().registry().forEachShardChannel(pattern, write);
    } else {
      ctx.pubsub().registry().forEachChannel(pattern, write);
    }
    reply.endArray(place, count[0]);
  }

  private static void numsub(CommandContext ctx, Kind kind) {
    ChannelRegistry registry = ctx.pubsub().registry();
    ReplyWriter reply = ctx.reply();
    reply.array(2L * (ctx.count() - 2));
    for (int i = 2; i < ctx.count(); i++) {
      Bytes name = ctx.argument(i);
      reply.bulk(name);
      reply.integer(
          kind == Kind.SHARD ? registry.shardSubscribers(name) : registry.subscribers(name));
    }
  }

  private static void numpat(CommandContext ctx) {
    ctx.reply().integer(ctx.pubsub().registry().patterns());
  }
}
