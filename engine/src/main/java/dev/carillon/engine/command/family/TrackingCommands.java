package dev.carillon.engine.command.family;

import static dev.carillon.engine.command.CommandFlag.LOADING;
import static dev.carillon.engine.command.CommandFlag.NOSCRIPT;
import static dev.carillon.engine.command.CommandFlag.STALE;

import dev.carillon.engine.command.Command;
import dev.carillon.engine.command.CommandContext;
import dev.carillon.engine.reply.Errors;
import dev.carillon.engine.reply.ReplyWriter;
import dev.carillon.engine.tracking.Tracking;
import dev.carillon.engine.tracking.Tracking.Mode;
import dev.carillon.protocol.bytes.Bytes;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The part of CLIENT that helps clients to cache: whom to tell of changes of which keys. */
final class TrackingCommands {

  private TrackingCommands() {}

  /** Adds the subcommands to CLIENT. */
  static void register(Command.Row client) {
    client
        .subcommand("caching", 3, TrackingCommands::caching)
        .flags(NOSCRIPT, LOADING, STALE)
        .since("6.0.0")
        .summary("Says whether the keys of the next command are tracked.")
        .grammar("mode:oneof( yes:pure-token=YES no:pure-token=NO )")
        .complexity("O(1)");
    client
        .subcommand("getredir", 2, ctx -> ctx.reply().integer(redirect(ctx)))
        .flags(NOSCRIPT, LOADING, STALE)
        .since("6.0.0")
        .summary("Answers the number of the client that is told instead of this one.")
        .complexity("O(1)");
    client
        .subcommand("tracking", -3, TrackingCommands::tracking)
        .flags(NOSCRIPT, LOADING, STALE)
        .since("6.0.0")
        .summary("Tells this client of changes of keys, or no more.")
        .grammar(
            """
            status:oneof( on:pure-token=ON off:pure-token=OFF ) client-id:integer=REDIRECT?
            prefix:string=PREFIX?*+ bcast:pure-token=BCAST? optin:pure-token=OPTIN?
            optout:pure-token=OPTOUT? noloop:pure-token=NOLOOP?
            """)
        .complexity("O(1). Some options may introduce additional complexity.");
    client
        .subcommand("trackinginfo", 2, TrackingCommands::trackinginfo)
        .flags(NOSCRIPT, LOADING, STALE)
        .since("6.2.0")
        .summary("Answers how this client is told of changes.")
        .complexity("O(1)");
  }

  /** What a CLIENT TRACKING asks for, word by word. */
  private static final class Options {
    private long redirect;
    private boolean broadcast;
    private boolean optIn;
    private boolean optOut;
    private boolean noLoop;
    private final List<Bytes> prefixes = new ArrayList<>();

    private Options(CommandContext ctx) {
      for (int i = 3; i < ctx.count(); i++) {
        boolean more = i + 1 < ctx.count();
        if (ctx.isWord(i, "REDIRECT") && more) {
          redirect(ctx, ++i);
        } else if (ctx.isWord(i, "PREFIX") && more) {
          prefixes.add(ctx.argument(++i));
        } else if (ctx.isWord(i, "BCAST")) {
          broadcast = true;
        } else if (ctx.isWord(i, "OPTIN")) {
          optIn = true;
        } else if (ctx.isWord(i, "OPTOUT")) {
          optOut = true;
        } else if (ctx.isWord(i, "NOLOOP")) {
          noLoop = true;
        } else {
          throw Errors.SYNTAX.error();
        }
      }
    }

    private void redirect(CommandContext ctx, int index) {
      if (redirect != 0) {
        throw Errors.TRACKING_TWO_REDIRECTS.error();
      }
      redirect = ctx.longArgument(index);
      if (ctx.sessions().byId(redirect) == null) {
        throw Errors.TRACKING_NO_REDIRECT.error();
      }
    }

    private Mode mode() {
      if (broadcast) {
        return Mode.BROADCAST;
      } else if (optIn) {
        return Mode.OPT_IN;
      }
      return optOut ? Mode.OPT_OUT : Mode.READ;
    }
  }

  private static void tracking(CommandContext ctx) {
    Options options = new Options(ctx);
    if (ctx.isWord(2, "ON")) {
      enable(ctx, options);
    } else if (ctx.isWord(2, "OFF")) {
      ctx.tracking().disable(ctx.session());
    } else {
      throw Errors.SYNTAX.error();
    }
    ctx.reply().ok();
  }

  private static void enable(CommandContext ctx, Options options) {
    Tracking before = ctx.session().tracking();
    if (!options.broadcast && !options.prefixes.isEmpty()) {
      throw Errors.TRACKING_PREFIX.error();
    }
    if (before != null && before.isBroadcast() != options.broadcast) {
      throw Errors.TRACKING_SWITCH_BCAST.error();
    }
    if (options.broadcast && (options.optIn || options.optOut)) {
      throw Errors.TRACKING_OPT_WITH_BCAST.error();
    }
    if (options.optIn && options.optOut) {
      throw Errors.TRACKING_OPT_BOTH.error();
    }
    if (before != null
        && (options.optIn && before.mode() == Mode.OPT_OUT
            || options.optOut && before.mode() == Mode.OPT_IN)) {
      throw Errors.TRACKING_SWITCH_OPT.error();
    }
    refuseOverlaps(before, options.prefixes);
    if (options.broadcast && options.prefixes.isEmpty()) {
      options.prefixes.add(Bytes.EMPTY);
    }

    ctx.tracking()
        .enable(
            ctx.session(),
            new Tracking(options.mode(), options.noLoop, options.redirect),
            options.prefixes);
  }

  /** A key with two prefixes of a client would be announced to it twice. */
  private static void refuseOverlaps(@Nullable Tracking before, List<Bytes> prefixes) {
    for (int i = 0; i < prefixes.size(); i++) {
      Bytes prefix = prefixes.get(i);
      if (before != null) {
        for (Bytes other : before.prefixes()) {
          if (overlap(prefix, other)) {
            throw Errors.TRACKING_OVERLAP_EXISTING.error(prefix, other);
          }
        }
      }
      for (Bytes other : prefixes.subList(i + 1, prefixes.size())) {
        if (overlap(prefix, other)) {
          throw Errors.TRACKING_OVERLAP_PROVIDED.error(prefix, other);
        }
      }
    }
  }

  private static boolean overlap(Bytes one, Bytes other) {
    return one.startsWith(other) || other.startsWith(one);
  }

  private static void caching(CommandContext ctx) {
    Tracking tracking = ctx.session().tracking();
    if (tracking == null) {
      throw Errors.CACHING_WITHOUT_TRACKING.error();
    }
    if (ctx.isWord(2, "YES")) {
      if (tracking.mode() != Mode.OPT_IN) {
        throw Errors.CACHING_YES.error();
      }
    } else if (ctx.isWord(2, "NO")) {
      if (tracking.mode() != Mode.OPT_OUT) {
        throw Errors.CACHING_NO.error();
      }
    } else {
      throw Errors.SYNTAX.error();
    }
    tracking.caching(true);
    ctx.reply().ok();
  }

  private static long redirect(CommandContext ctx) {
    Tracking tracking = ctx.session().tracking();
    return tracking == null ? -1 : tracking.redirect();
  }

  private static void trackinginfo(CommandContext ctx) {
    Tracking tracking = ctx.session().tracking();
    List<String> flags = flags(tracking);
    ReplyWriter reply = ctx.reply();
    reply.map(3);
    reply.bulk("flags");
    reply.set(flags.size());
    flags.forEach(reply::bulk);
    reply.bulk("redirect");
    reply.integer(redirect(ctx));
    reply.bulk("prefixes");
    reply.array(tracking == null ? 0 : tracking.prefixes().size());
    if (tracking != null) {
      tracking.prefixes().forEach(reply::bulk);
    }
  }

  private static List<String> flags(@Nullable Tracking tracking) {
    if (tracking == null) {
      return List.of("off");
    }
    List<String> flags = new ArrayList<>(List.of("on"));
    switch (tracking.mode()) {
      case READ -> {}
      case BROADCAST -> flags.add("bcast");
      case OPT_IN -> {
        flags.add("optin");
        if (tracking.isCaching()) {
          flags.add("caching-yes");
        }
      }
      case OPT_OUT -> {
        flags.add("optout");
        if (tracking.isCaching()) {
          flags.add("caching-no");
        }
      }
    }
    if (tracking.isNoLoop()) {
      flags.add("noloop");
    }
    if (tracking.isRedirectBroken()) {
      flags.add("broken_redirect");
    }
    return flags;
  }
}
