package dev.carillon.engine.command.family;

import static dev.carillon.engine.command.CommandFlag.ADMIN;
import static dev.carillon.engine.command.CommandFlag.LOADING;
import static dev.carillon.engine.command.CommandFlag.NOSCRIPT;
import static dev.carillon.engine.command.CommandFlag.STALE;

import dev.carillon.engine.command.Command;
import dev.carillon.engine.command.CommandContext;
import dev.carillon.engine.command.CommandGroup;
import dev.carillon.engine.command.CommandTable;
import dev.carillon.engine.command.Handler;
import dev.carillon.engine.command.HotKeys;
import dev.carillon.engine.reply.CommandError;
import dev.carillon.engine.reply.Errors;
import dev.carillon.engine.reply.Outbox;
import dev.carillon.engine.reply.ReplyWriter;
import java.util.List;

/** HOTKEYS: which keys take most of the time, or of the bytes that come and go. */
final class HotKeysCommands {

  private static final int COUNT = 10;
  private static final int COUNT_MAX = 64;
  private static final int DURATION_SECONDS_MAX = 1_000_000;
  private static final int SLOT_LAST = 16383;

  private HotKeysCommands() {}

  static void register(CommandTable.Builder table) {
    table.group(CommandGroup.SERVER);
    Command.Row hotkeys =
        table
            .container("hotkeys")
            .since("8.6.0")
            .summary("Looks for the keys that take most.")
            .complexity("Depends on subcommand.");
    sub(hotkeys, "start", -2, HotKeysCommands::start)
        .summary("Looks for hot keys from now on.")
        .grammar(
            """
            ~request_policy:special
            metrics:block=METRICS( count:integer cpu:pure-token=CPU? net:pure-token=NET? )
            k:integer=COUNT? seconds:integer=DURATION? ratio:integer=SAMPLE? slots:block=SLOTS?(
            count:integer slot:integer* )
            """)
        .complexity("O(1)");
    sub(hotkeys, "stop", 2, HotKeysCommands::stop)
        .summary("Looks no longer, and keeps what was found.")
        .grammar("~request_policy:special")
        .complexity("O(1)");
    sub(hotkeys, "get", 2, HotKeysCommands::get)
        .summary("Answers what was found.")
        .grammar("~nondeterministic_output ~request_policy:special ~response_policy:special")
        .complexity("O(K) where K is the number of hotkeys returned.");
    sub(hotkeys, "reset", 2, HotKeysCommands::reset)
        .summary("Forgets what was found.")
        .grammar("~request_policy:special")
        .complexity("O(1)");
    Help.subcommand(
        hotkeys,
        List.of(
            "START METRICS <count> [CPU] [NET] [COUNT <keys>] [DURATION <seconds>]",
            "    [SAMPLE <ratio>]",
            "    Looks for the keys whose commands take most time (CPU), or most bytes of",
            "    requests and replies (NET); for a while or until STOP; at one command in",
            "    <ratio> or at all.",
            "STOP",
            "    Looks no longer, and keeps what was found.",
            "GET",
            "    Answers what was found so far, or by the last START.",
            "RESET",
            "    Forgets what was found."),
        "8.6.1",
        LOADING,
        STALE);
  }

  private static Command.Row sub(Command.Row container, String name, int arity, Handler handler) {
    return container.subcommand(name, arity, handler).flags(ADMIN, NOSCRIPT).since("8.6.0");
  }

  private static void start(CommandContext ctx) {
    if (hotKeys(ctx).isActive()) {
      throw Errors.HOTKEYS_STARTED.error();
    }
    if (ctx.count() < 4 || !ctx.isWord(2, "METRICS")) {
      throw Errors.HOTKEYS_METRICS_MISSING.error();
    }
    long metrics = between(ctx, 3, 1, 2, Errors.HOTKEYS_METRICS_COUNT.error());
    boolean isTimed = false;
    boolean isWeighed = false;
    int index = 4;
    // Other words are passed over: they may be metrics of versions to come.
    for (; index < ctx.count() && index < 4 + metrics; index++) {
      if (ctx.isWord(index, "CPU")) {
        refuseTwice(isTimed, "CPU");
        isTimed = true;
      } else if (ctx.isWord(index, "NET")) {
        refuseTwice(isWeighed, "NET");
        isWeighed = true;
      }
    }
    if (index < 4 + metrics) {
      throw Errors.HOTKEYS_METRICS_FEWER.error();
    }
    if (!isTimed && !isWeighed) {
      throw Errors.HOTKEYS_METRICS_UNKNOWN.error();
    }

    long count = COUNT;
    long durationSeconds = 0;
    long sampleRatio = 1;
    for (; index < ctx.count(); index += 2) {
      boolean hasValue = index + 1 < ctx.count();
      if (hasValue && ctx.isWord(index, "COUNT")) {
        count = between(ctx, index + 1, 1, COUNT_MAX, Errors.HOTKEYS_COUNT.error());
      } else if (hasValue && ctx.isWord(index, "DURATION")) {
        durationSeconds =
            between(ctx, index + 1, 1, DURATION_SECONDS_MAX, Errors.HOTKEYS_DURATION.error());
      } else if (hasValue && ctx.isWord(index, "SAMPLE")) {
        sampleRatio = between(ctx, index + 1, 1, Integer.MAX_VALUE, Errors.HOTKEYS_SAMPLE.error());
      } else if (hasValue && ctx.isWord(index, "SLOTS")) {
        throw Errors.HOTKEYS_SLOTS.error();
      } else {
        throw Errors.SYNTAX.error();
      }
    }

    hotKeys(ctx)
        .start(
            new HotKeys.Plan(
                isTimed, isWeighed, (int) count, 1000 * durationSeconds, (int) sampleRatio),
            processNanos(ctx));
    ctx.reply().ok();
  }

  private static void refuseTwice(boolean isThere, String metric) {
    if (isThere) {
      throw Errors.HOTKEYS_METRICS_TWICE.error(metric);
    }
  }

  private static long between(
      CommandContext ctx, int index, long min, long max, CommandError refusal) {
    long number = ctx.longArgument(index, refusal);
    if (number < min || number > max) {
      throw refusal;
    }
    return number;
  }

  private static void stop(CommandContext ctx) {
    if (hotKeys(ctx).stop()) {
      ctx.reply().ok();
    } else {
      ctx.reply().nil();
    }
  }

  private static void reset(CommandContext ctx) {
    if (hotKeys(ctx).isActive()) {
      throw Errors.HOTKEYS_NOT_STOPPED.error();
    }
    hotKeys(ctx).reset();
    ctx.reply().ok();
  }

  private static void get(CommandContext ctx) {
    ReplyWriter reply = ctx.reply();
    HotKeys.Findings findings = hotKeys(ctx).findings();
    if (findings == null) {
      reply.nil();
      return;
    }
    HotKeys.Plan plan = findings.plan();
    // An array of one, as each node of a cluster adds its own.
    reply.array(1);
    Outbox.Place place = reply.mapLater();
    int fields = 7;
    integer(reply, "tracking-active", findings.isActive(ctx.nowMillis()) ? 1 : 0);
    integer(reply, "sample-ratio", plan.sampleRatio());
    reply.bulk("selected-slots");
    reply.array(1);
    reply.array(2);
    reply.integer(0);
    reply.integer(SLOT_LAST);
    integer(reply, "all-commands-all-slots-us", findings.micros());
    integer(reply, "net-bytes-all-commands-all-slots", findings.bytes());
    integer(reply, "collection-start-time-unix-ms", findings.startMillis());
    integer(reply, "collection-duration-ms", findings.durationMillis(ctx.nowMillis()));
    if (plan.isTimed()) {
      long nanos = processNanos(ctx) - findings.processNanos();
      integer(reply, "total-cpu-time-user-ms", nanos / 1_000_000);
      integer(reply, "total-cpu-time-sys-ms", 0);
      fields += 2;
    }
    if (plan.isWeighed()) {
      integer(reply, "total-net-bytes", findings.countedBytes());
      fields++;
    }
    if (plan.isTimed()) {
      shares(reply, "by-cpu-time-us", findings.byMicros());
      fields++;
    }
    if (plan.isWeighed()) {
      shares(reply, "by-net-bytes", findings.byBytes());
      fields++;
    }
    reply.endMap(place, fields);
  }

  private static void integer(ReplyWriter reply, String name, long value) {
    reply.bulk(name);
    reply.integer(value);
  }

  /** Keys and numbers in turn, in RESP3 too. */
  private static void shares(ReplyWriter reply, String name, List<HotKeys.KeyShare> shares) {
    reply.bulk(name);
    reply.array(2L * shares.size());
    for (HotKeys.KeyShare share : shares) {
      reply.bulk(share.key());
      reply.integer(share.share());
    }
  }

  private static HotKeys hotKeys(CommandContext ctx) {
    return ctx.observers().hotKeys();
  }

  /** The processor time of the process so far; 0 where nobody knows it. */
  private static long processNanos(CommandContext ctx) {
    return Long.parseLong(ctx.host().facts().getOrDefault("used_cpu_nanos", "0"));
  }
}
