package dev.carillon.engine.command.family;

import static dev.carillon.engine.command.CommandFlag.ADMIN;
import static dev.carillon.engine.command.CommandFlag.LOADING;
import static dev.carillon.engine.command.CommandFlag.NOSCRIPT;
import static dev.carillon.engine.command.CommandFlag.STALE;

import dev.carillon.engine.command.Command;
import dev.carillon.engine.command.CommandContext;
import dev.carillon.engine.command.CommandGroup;
import dev.carillon.engine.command.CommandTable;
import dev.carillon.engine.command.DurationHistogram;
import dev.carillon.engine.command.Handler;
import dev.carillon.engine.command.LatencyMonitor;
import dev.carillon.engine.command.SlowLog;
import dev.carillon.engine.reply.Errors;
import dev.carillon.engine.reply.Outbox;
import dev.carillon.engine.reply.ReplyWriter;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/** SLOWLOG, LATENCY and MONITOR: what commands were executed, and how long they took. */
final class MonitoringCommands {

  private static final int SLOWLOG_COUNT = 10;
  private static final int GRAPH_WIDTH = 80;

  private MonitoringCommands() {}

  static void register(CommandTable.Builder table) {
    table.group(CommandGroup.SERVER);
    table
        .command("monitor", 1, MonitoringCommands::monitor)
        .flags(ADMIN, NOSCRIPT, LOADING, STALE)
        .since("1.0.0")
        .summary("Shows the commands of all clients from now on.");
    registerSlowlog(table);
    registerLatency(table);
  }

  private static void registerSlowlog(CommandTable.Builder table) {
    Command.Row slowlog =
        table
            .container("slowlog")
            .since("2.2.12")
            .summary("Asks about commands that took long.")
            .complexity("Depends on subcommand.");
    slowlog
        .subcommand("get", -2, MonitoringCommands::slowlogGet)
        .flags(ADMIN, LOADING, STALE)
        .since("2.2.12")
        .summary("Answers the commands that took long, the newest first.")
        .grammar("~request_policy:all_nodes ~nondeterministic_output count:integer?")
        .complexity("O(N) where N is the number of entries returned");
    slowlog
        .subcommand("len", 2, ctx -> ctx.reply().integer(slowLog(ctx).size()))
        .flags(ADMIN, LOADING, STALE)
        .since("2.2.12")
        .summary("Counts the entries of the slow log.")
        .grammar("~request_policy:all_nodes ~response_policy:agg_sum ~nondeterministic_output")
        .complexity("O(1)");
    slowlog
        .subcommand("reset", 2, MonitoringCommands::slowlogReset)
        .flags(ADMIN, LOADING, STALE)
        .since("2.2.12")
        .summary("Empties the slow log.")
        .grammar("~request_policy:all_nodes ~response_policy:all_succeeded")
        .complexity("O(N) where N is the number of entries in the slowlog");
    Help.subcommand(
        slowlog,
        List.of(
            "GET [<count>]",
            "    Answers the newest entries (default: 10, -1: all), each as: number, time in",
            "    seconds, microseconds it took, arguments, address and name of the client.",
            "LEN",
            "    Counts the entries.",
            "RESET",
            "    Forgets all entries."),
        "6.2.0",
        LOADING,
        STALE);
  }

  private static void registerLatency(CommandTable.Builder table) {
    Command.Row latency =
        table
            .container("latency")
            .since("2.8.13")
            .summary("Asks about delays.")
            .complexity("Depends on subcommand.");
    latency(latency, "doctor", 2, MonitoringCommands::latencyDoctor)
        .since("2.8.13")
        .summary("Says in words what the delays are.")
        .grammar("~nondeterministic_output ~request_policy:all_nodes ~response_policy:special")
        .complexity("O(1)");
    latency(latency, "graph", 3, MonitoringCommands::latencyGraph)
        .since("2.8.13")
        .summary("Draws the delays of one cause.")
        .grammar(
            """
            ~nondeterministic_output ~request_policy:all_nodes ~response_policy:special
            event:string
            """)
        .complexity("O(1)");
    latency(latency, "histogram", -2, MonitoringCommands::latencyHistogram)
        .since("7.0.0")
        .summary("Answers how often commands took how long.")
        .grammar(
            """
            ~nondeterministic_output ~request_policy:all_nodes ~response_policy:special
            command:string?*
            """)
        .complexity(
            "O(N) where N is the number of commands with latency information being retrieved.");
    latency(latency, "history", 3, MonitoringCommands::latencyHistory)
        .since("2.8.13")
        .summary("Answers the delays of one cause.")
        .grammar(
            """
            ~nondeterministic_output ~request_policy:all_nodes ~response_policy:special
            event:string
            """)
        .complexity("O(1)");
    latency(latency, "latest", 2, MonitoringCommands::latencyLatest)
        .since("2.8.13")
        .summary("Answers the latest delay of each cause.")
        .grammar("~nondeterministic_output ~request_policy:all_nodes ~response_policy:special")
        .complexity("O(1)");
    latency(latency, "reset", -2, MonitoringCommands::latencyReset)
        .since("2.8.13")
        .summary("Forgets the delays of causes, or all.")
        .grammar("~request_policy:all_nodes ~response_policy:agg_sum event:string?*")
        .complexity("O(1)");
    Help.subcommand(
        latency,
        List.of(
            "DOCTOR",
            "    Says in words what the delays are.",
            "GRAPH <event>",
            "    Draws the delays of one cause.",
            "HISTOGRAM [<command> ...]",
            "    Answers how often commands took how long, of all without arguments.",
            "HISTORY <event>",
            "    Answers the delays of one cause with their times.",
            "LATEST",
            "    Answers the latest delay of each cause.",
            "RESET [<event> ...]",
            "    Forgets the delays of causes, of all without arguments."),
        "2.8.13",
        LOADING,
        STALE);
  }

  private static Command.Row latency(
      Command.Row container, String name, int arity, Handler handler) {
    return container.subcommand(name, arity, handler).flags(ADMIN, NOSCRIPT, LOADING, STALE);
  }

  private static void monitor(CommandContext ctx) {
    if (ctx.isQueued()) {
      throw Errors.MONITOR_IN_TRANSACTION.error();
    }
    if (!ctx.session().isMonitoring()) {
      ctx.observers().monitors().add(ctx.session());
      ctx.reply().ok();
    }
  }

  // ------------------------------------------------------------------------------------ slow log

  private static SlowLog slowLog(CommandContext ctx) {
    return ctx.observers().slowLog();
  }

  private static void slowlogReset(CommandContext ctx) {
    slowLog(ctx).reset();
    ctx.reply().ok();
  }

  private static void slowlogGet(CommandContext ctx) {
    if (ctx.count() > 3) {
      throw Errors.SUBCOMMAND_ARITY.error(ctx.argument(1), "SLOWLOG");
    }
    long count =
        ctx.count() == 2 ? SLOWLOG_COUNT : ctx.longArgument(2, Errors.SLOWLOG_COUNT.error());
    if (count < -1) {
      throw Errors.SLOWLOG_COUNT.error();
    }
    List<SlowLog.SlowCommand> newest = slowLog(ctx).newest(count == -1 ? Long.MAX_VALUE : count);
    ReplyWriter reply = ctx.reply();
    reply.array(newest.size());
    for (SlowLog.SlowCommand slow : newest) {
      reply.array(6);
      reply.integer(slow.id());
      reply.integer(slow.timeSeconds());
      reply.integer(slow.micros());
      reply.array(slow.arguments().size());
      slow.arguments().forEach(reply::bulk);
      reply.bulk(slow.address());
      reply.bulk(slow.clientName());
    }
  }

  // ------------------------------------------------------------------------------------- latency

  private static LatencyMonitor latency(CommandContext ctx) {
    return ctx.observers().latency();
  }

  private static void latencyLatest(CommandContext ctx) {
    ReplyWriter reply = ctx.reply();
    reply.array(latency(ctx).causes().size());
    latency(ctx)
        .causes()
        .forEach(
            (event, series) -> {
              LatencyMonitor.Sample last = series.samples().getLast();
              reply.array(4);
              reply.bulk(event);
              reply.integer(last.timeSeconds());
              reply.integer(last.millis());
              reply.integer(series.millisMax());
            });
  }

  private static void latencyHistory(CommandContext ctx) {
    LatencyMonitor.Series series = latency(ctx).series(ctx.argument(2).toLatin1());
    ReplyWriter reply = ctx.reply();
    if (series == null) {
      reply.array(0);
      return;
    }
    reply.array(series.samples().size());
    for (LatencyMonitor.Sample sample : series.samples()) {
      reply.array(2);
      reply.integer(sample.timeSeconds());
      reply.integer(sample.millis());
    }
  }

  private static void latencyReset(CommandContext ctx) {
    int count = 0;
    for (int i = 2; i < ctx.count(); i++) {
      count += latency(ctx).reset(ctx.argument(i).toLatin1()) ? 1 : 0;
    }
    ctx.reply().integer(ctx.count() == 2 ? latency(ctx).reset() : count);
  }

  private static void latencyDoctor(CommandContext ctx) {
    StringBuilder text = new StringBuilder();
    if (!latency(ctx).isEnabled()) {
      text.append("Delays are not recorded. CONFIG SET latency-monitor-threshold")
          .append(" <milliseconds> records those that are at least so long.\n");
    } else if (latency(ctx).causes().isEmpty()) {
      text.append("No delay has reached the threshold since it was set.\n");
    }
    latency(ctx)
        .causes()
        .forEach(
            (event, series) -> {
              long sum = 0;
              for (LatencyMonitor.Sample sample : series.samples()) {
                sum += sample.millis();
              }
              int size = series.samples().size();
              text.append(event)
                  .append(": ")
                  .append(size)
                  .append(" delays, on average ")
                  .append(sum / size)
                  .append(" ms, at worst ")
                  .append(series.millisMax())
                  .append(" ms. SLOWLOG GET names the commands.\n");
            });
    ctx.reply().verbatim("txt", text.toString());
  }

  /** A column for each of the newest delays, eight steps high. */
  private static void latencyGraph(CommandContext ctx) {
    LatencyMonitor.Series series = latency(ctx).series(ctx.argument(2).toLatin1());
    if (series == null) {
      throw Errors.NO_LATENCY_SAMPLES.error(ctx.argument(2));
    }
    List<LatencyMonitor.Sample> samples = new ArrayList<>(series.samples());
    samples = samples.subList(Math.max(0, samples.size() - GRAPH_WIDTH), samples.size());
    long high = samples.stream().mapToLong(LatencyMonitor.Sample::millis).max().orElse(0);
    long low = samples.stream().mapToLong(LatencyMonitor.Sample::millis).min().orElse(0);
    StringBuilder text = new StringBuilder();
    text.append(ctx.argument(2).toLatin1())
        .append(" - high ")
        .append(high)
        .append(" ms, low ")
        .append(low)
        .append(" ms (all time high ")
        .append(series.millisMax())
        .append(" ms)\n");
    for (int row = 8; row > 0; row--) {
      StringBuilder line = new StringBuilder();
      for (LatencyMonitor.Sample sample : samples) {
        line.append(sample.millis() * 8 >= high * row ? '#' : ' ');
      }
      text.append(line.toString().stripTrailing()).append('\n');
    }
    ctx.reply().verbatim("txt", text.toString());
  }

  private static void latencyHistogram(CommandContext ctx) {
    Collection<Command> commands = ctx.commands().commands();
    if (ctx.count() > 2) {
      List<Command> named = new ArrayList<>();
      for (int i = 2; i < ctx.count(); i++) {
        Command command = ctx.commands().findByFullName(ctx.argument(i));
        if (command != null) {
          named.add(command);
        }
      }
      commands = named;
    }
    ReplyWriter reply = ctx.reply();
    Outbox.Place place = reply.mapLater();
    int count = 0;
    for (Command command : commands) {
      count += histogram(reply, command);
      for (Command sub : command.subcommands().values()) {
        count += histogram(reply, sub);
      }
    }
    reply.endMap(place, count);
  }

  private static int histogram(ReplyWriter reply, Command command) {
    DurationHistogram durations = command.stats.durations();
    if (durations == null) {
      return 0;
    }
    reply.bulk(command.fullName());
    reply.map(2);
    reply.bulk("calls");
    reply.integer(durations.total());
    reply.bulk("histogram_usec");
    Outbox.Place place = reply.mapLater();
    int[] bounds = new int[1];
    durations.forEachDoubling(
        (micros, calls) -> {
          reply.integer(micros);
          reply.integer(calls);
          bounds[0]++;
        });
    reply.endMap(place, bounds[0]);
    return 1;
  }
}
