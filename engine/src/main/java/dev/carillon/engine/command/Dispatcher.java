package dev.carillon.engine.command;

import dev.carillon.engine.EngineStats;
import dev.carillon.engine.acl.Denial;
import dev.carillon.engine.feed.Feed;
import dev.carillon.engine.feed.FeedEffects;
import dev.carillon.engine.journal.Journal;
import dev.carillon.engine.keyspace.Evictor;
import dev.carillon.engine.reply.CommandError;
import dev.carillon.engine.reply.Errors;
import dev.carillon.engine.session.ClientLine;
import dev.carillon.engine.session.Session;
import dev.carillon.engine.session.Session.Replies;
import dev.carillon.engine.tracking.Tracking;
import dev.carillon.protocol.bytes.Bytes;
import dev.carillon.protocol.resp.Request;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Leads a request to its handler: finds the row, checks what Redis checks in the order in which
 * Redis checks it, queues what belongs to a transaction, and turns refusals into error replies.
 * Engine thread only.
 */
public final class Dispatcher {

  private static final Set<String> ALLOWED_WHILE_SUBSCRIBED =
      Set.of(
          "subscribe",
          "unsubscribe",
          "psubscribe",
          "punsubscribe",
          "ssubscribe",
          "sunsubscribe",
          "ping",
          "quit",
          "reset");

  private static final int LARGE_BYTES = 64 * 1024;

  /** Chosen: who asks for or gets more is timed on its own. */
  private static final int SHORT_BYTES = 4096;

  /** Chosen: where somebody wants to see commands that are faster each is timed on its own. */
  private static final long RUN_NANOS_MAX = 1_000_000;

  /** Chosen: far below what fits into one array. */
  private static final long JOURNALED_BYTES_MAX = 1L << 30;

  private static final Set<String> NEVER_QUEUED =
      Set.of("exec", "discard", "multi", "watch", "quit", "reset");

  private final CommandContext.Services parts;
  private final CommandTable commands;
  private final Renames renames;
  private final Evictor evictor;
  private @Nullable CommandContext context;
  private long lastTick;

  /** Whether requests follow each other without a pause, so that they may be timed together. */
  private boolean running;

  /** The command of which some were executed whose time is not taken yet, and how many. */
  private @Nullable Command runOf;

  private int runLength;
  private @Nullable Request runRequest;
  private int writes;
  private boolean aboveCeiling;
  private boolean measuring;
  private boolean queued;

  /** Whether the request of a transaction that came last was denied. */
  private boolean deniedLast;

  private Blocking.@Nullable Waiter retried;
  private @Nullable CommandError refusal;
  private boolean halfDone;
  private final Mending mending;
  private DefectObserver defects =
      (request, defect) -> {
        throw defect;
      };

  /** Told when a handler failed for a reason that is no refusal. */
  @FunctionalInterface
  public interface DefectObserver {
    /** A defect of the server itself came to light; the client gets an error reply. */
    void onDefect(Request request, RuntimeException defect);
  }

  /** A dispatcher over the rows of {@code parts.commands()}. */
  public Dispatcher(CommandContext.Services parts, Evictor evictor) {
    this.parts = parts;
    this.commands = parts.commands();
    this.renames = new Renames(commands);
    this.evictor = evictor;
    this.mending = new Mending(parts);
  }

  /**
   * Refuses commands that write, and PING, which many use to ask whether a server is well.
   *
   * @param newRefusal what they are answered, or null to accept them again
   */
  public void refuseWrites(@Nullable CommandError newRefusal) {
    if (!halfDone) {
      refusal = newRefusal;
    }
  }

  /**
   * Whether memory holds what the journal does not, and never will: writes are refused, and nothing
   * may be removed, until a restart.
   */
  public boolean isHalfDone() {
    return halfDone;
  }

  /**
   * Who says what a key holds as RESTORE takes it; without, a command that fails half-way is fatal.
   */
  public void dumps(Mending.Dumps dumps) {
    mending.dumps(dumps);
  }

  /** What the handlers work with. */
  public CommandContext.Services services() {
    return parts;
  }

  /** What clients call commands. */
  public Renames renames() {
    return renames;
  }

  /** Whether the times of each command are counted ({@code latency-tracking}). */
  public void measuring(boolean enabled) {
    measuring = enabled;
  }

  /** Who is told of defects; by default they are thrown to the caller. */
  public void defects(DefectObserver newObserver) {
    defects = newObserver;
  }

  /**
   * Starts measuring: the time of a command is taken from here or from the end of the command
   * before it, so that each command of a pipeline costs one reading of the ticker.
   */
  public void startTicking() {
    running = false;
    runOf = null;
    runLength = 0;
    lastTick = parts.host().ticker();
  }

  /**
   * Requests of one client follow that arrived together, until {@link #endRun}, and stay what they
   * are until then: those in a row that ask for the same short command are timed together, each
   * getting its part. A reading of the ticker for each took a twentieth of what a short command of
   * a pipeline costs with everything that the system does for it.
   */
  public void beginRun() {
    Observers observers = parts.observers();
    running = observers.slowLog().isBelow(RUN_NANOS_MAX) && !observers.hotKeys().isActive();
  }

  /** What follows comes later; all times are taken. */
  public void endRun(Session session) {
    running = false;
    takeTimeOfRun(session);
  }

  private void takeTimeOfRun(Session session) {
    if (runOf != null && runRequest != null) {
      takeTime(session, runOf, runRequest);
    }
  }

  /** Returns the time that was taken, in nanoseconds. */
  private long takeTime(Session session, Command command, Request request) {
    long tick = parts.host().ticker();
    long nanos = tick - lastTick;
    lastTick = tick;
    command.stats.calls += runLength;
    command.stats.nanos += nanos;
    if (measuring) {
      command.stats.record(runLength == 1 ? nanos : nanos / runLength, runLength);
    }
    runOf = null;
    runLength = 0;
    parts.observers().onTimed(session, command, request, nanos);
    return nanos;
  }

  /** Executes, queues or refuses one request; the reply is in the session's outbox afterwards. */
  public void dispatch(Session session, Request said) {
    long position = session.outbox().position();
    if (said.isTooLarge()) {
      refuseTooLarge(session, position);
      return;
    }
    boolean isReplaying = parts.turn().isReplaying();
    // Sessions of the server itself say commands' own names.
    boolean isClient = !isReplaying && session.id() != 0;
    Request request = isClient ? renames.original(said) : renames.recorded(said);
    if (isReplaying && FeedEffects.isOne(request)) {
      if (!FeedEffects.repeat(parts.feeds(), session.db(), request)) {
        writeError(session, position, Errors.FEED_NOT_REPEATED.error());
      }
      return;
    }
    Command command = null;
    boolean isConfirmed = false;
    try {
      if (isClient && renames.isHidden(said.argument(0))) {
        throw unknown(said);
      }
      command = find(request);
      session.lastCommand(command.fullName());
      requireArity(command, request);
      session.onCommand(command.fullName(), request.count(), parts.turn().nowMillis());
      refuseWhatIsNotAllowed(session, command, request);
      if (!isReplaying) {
        refuseWithoutMemory(session, command, request);
        refuseWhileLoading(session, command);
        refuseWithoutSnapshot(session, command);
        refuseWithoutDisk(session, command, request);
      }
      if (session.transaction().isOpen() && !NEVER_QUEUED.contains(command.fullName())) {
        refuseEndlessQueue(session, request);
        session.transaction().queue(request);
        session.reply().simple("QUEUED");
      } else {
        execute(session, command, request);
        isConfirmed = command.confirmedAlways;
      }
    } catch (CommandError refusal) {
      if (command == null) {
        session.lastCommand(Session.NO_COMMAND);
      } else {
        command.stats.rejected++;
      }
      writeError(session, position, abort(session, request, refusal));
    }
    if (session.blocked() == null) {
      applyReplyMode(session, isConfirmed ? session.outbox().position() : position);
    }
    Tracking tracking = session.tracking();
    if (tracking != null && tracking.isCaching() && session.blocked() == null) {
      forgetCaching(session, tracking, command);
    }
  }

  /** A request whose bytes did not fit into the process beside what else is there. */
  private void refuseTooLarge(Session session, long position) {
    if (session.transaction().isOpen()) {
      session.transaction().fail();
    }
    writeError(session, position, Errors.OUT_OF_MEMORY.error());
    applyReplyMode(session, position);
  }

  /**
   * What a refusal means for the transaction: a request that cannot be queued lets EXEC fail; an
   * EXEC that is refused itself ends the transaction and says so (observed on 7.0.15, also where
   * there is none).
   */
  private static CommandError abort(Session session, Request request, CommandError refusal) {
    if (request.argument(0).isWord("EXEC")) {
      session.transaction().end();
      return Errors.EXEC_REFUSED.error(refusal.reason());
    }
    if (session.transaction().isOpen()) {
      session.transaction().fail();
    }
    return refusal;
  }

  /** CLIENT CACHING concerns the next command, or transaction, that is not CLIENT itself. */
  private static void forgetCaching(Session session, Tracking tracking, @Nullable Command command) {
    boolean isClient = command != null && command.fullName().startsWith("client|");
    if (!isClient && !session.transaction().isOpen()) {
      tracking.caching(false);
    }
  }

  /** Whether a request has to wait (CLIENT PAUSE); one that will be refused does not. */
  public boolean isPaused(Session session, Request said, long nowMillis) {
    Pause pause = parts.pause();
    if (!pause.isActive(nowMillis) || said.isTooLarge() || renames.isHidden(said.argument(0))) {
      return false;
    }
    Request request = renames.original(said);
    Command command = commands.find(request.argument(0));
    if (command == null || !session.isAuthenticated() && !command.noAuth) {
      return false;
    }
    if (command.container && request.count() > 1) {
      Command sub = CommandTable.findSubcommand(command, request.argument(1));
      command = sub == null ? command : sub;
    }
    if (!command.accepts(request.count())
        || Guard.check(session.user(), command, request) != null) {
      return false;
    }
    boolean spreads = command.maySpread || command.exec && queueSpreads(session);
    return pause.holds(spreads, nowMillis);
  }

  private boolean queueSpreads(Session session) {
    for (Request queued : session.transaction().queued()) {
      if (resolve(queued).maySpread) {
        return true;
      }
    }
    return false;
  }

  /** Executes a request that was queued, as a part of the turn of EXEC. */
  void executeQueued(Session session, Request request) {
    CommandContext ctx = context;
    if (ctx == null) {
      throw new IllegalStateException("no request is being executed");
    }
    Request outerRequest = ctx.request();
    Command outerCommand = ctx.command();
    queued = true;
    try {
      Command command = resolve(request);
      Denial denial = Guard.check(session.user(), command, request);
      deniedLast = denial != null;
      if (denial == null) {
        execute(session, command, request);
      } else {
        onDenied(session, denial, session.user().name().toLatin1());
        writeError(session, session.outbox().position(), lateRefusal(denial));
      }
    } finally {
      queued = false;
    }
    ctx.begin(session, outerRequest, outerCommand);
  }

  /**
   * Executes the request of a client that waits again, if its user still may; the reply, if any, is
   * in its outbox.
   */
  public void retry(Blocking.Waiter waiter) {
    Session session = waiter.session();
    Command command = waiter.command();
    long position = session.outbox().position();
    Denial denial = Guard.check(session.user(), command, waiter.request());
    if (denial != null) {
      onDenied(session, denial, session.user().name().toLatin1());
      command.stats.rejected++;
      writeError(session, position, refusal(session, denial));
    } else {
      retried = waiter;
      try {
        execute(session, command, waiter.request());
      } finally {
        retried = null;
      }
    }
    if (!waiter.goesOn()) {
      applyReplyMode(session, position);
      Tracking tracking = session.tracking();
      if (tracking != null && tracking.isCaching()) {
        forgetCaching(session, tracking, waiter.command());
      }
    }
  }

  /** The waiting client whose request is executed again, or null. */
  Blocking.@Nullable Waiter retried() {
    return retried;
  }

  /** Whether the request that is executed was queued, so that its client cannot be kept waiting. */
  boolean isExecutingQueued() {
    return queued;
  }

  // --------------------------------------------------------------------------------- checking

  /** The row that a request asks for, a subcommand's where its container is named. */
  public Command resolve(Request request) {
    Command command = find(request);
    requireArity(command, request);
    return command;
  }

  private static void requireArity(Command command, Request request) {
    if (!command.accepts(request.count()) || command.handler() == null) {
      throw Errors.WRONG_ARITY.error(command.fullName());
    }
  }

  private Command find(Request request) {
    Command command = commands.find(request.argument(0));
    if (command == null) {
      throw unknown(request);
    }
    if (command.container && request.count() > 1) {
      Command sub = CommandTable.findSubcommand(command, request.argument(1));
      if (sub != null) {
        command = sub;
      } else {
        throw Errors.UNKNOWN_SUBCOMMAND.error(
            request.argument(1), command.name().toUpperCase(Locale.ROOT));
      }
    }
    return command;
  }

  private static CommandError unknown(Request request) {
    if (request.count() == 1) {
      return Errors.UNKNOWN_COMMAND_ALONE.error(request.argument(0));
    }
    StringBuilder arguments = new StringBuilder();
    for (int i = 1; i < request.count() && arguments.length() < CLIPPED; i++) {
      Bytes argument = request.argument(i);
      int room = CLIPPED - arguments.length();
      Bytes shown = argument.range(0, Math.min(argument.length(), room));
      arguments.append('\'').append(Errors.shown(shown)).append("' ");
    }
    return Errors.UNKNOWN_COMMAND.error(request.argument(0), arguments);
  }

  /** How much of a request's arguments Redis repeats in such an error. */
  private static final int CLIPPED = 128;

  private void refuseWhatIsNotAllowed(Session session, Command command, Request request) {
    if (!session.isAuthenticated() && !command.noAuth) {
      throw Errors.NO_AUTH.error();
    }
    Denial denial = Guard.check(session.user(), command, request);
    if (denial != null) {
      onDenied(session, denial, session.user().name().toLatin1());
      throw refusal(session, denial);
    }
    if (!session.subscriptions().isEmpty()
        && session.protocol() == 2
        && !ALLOWED_WHILE_SUBSCRIBED.contains(command.fullName())) {
      throw Errors.SUBSCRIBED_CONTEXT.error(command.fullName());
    }
    if (session.isMonitoring() && (command.maySpread || command.readonly)) {
      throw Errors.MONITORING_CONTEXT.error();
    }
    if (command.noMulti && session.transaction().isOpen()) {
      throw Errors.NOT_IN_TRANSACTION.error();
    }
  }

  /** Notes and counts that something was denied to a client. */
  void onDenied(Session session, Denial denial, String user) {
    long now = parts.turn().nowMillis();
    StringBuilder client = new StringBuilder();
    ClientLine.append(client, session, now);
    String context = queued || session.transaction().isOpen() ? "multi" : "toplevel";
    parts.sessions().users().log().add(denial, context, user, client.toString(), now);
    EngineStats stats = parts.stats();
    switch (denial.reason()) {
      case AUTH -> stats.deniedUsers++;
      case COMMAND -> stats.deniedCommands++;
      case KEY -> stats.deniedKeys++;
      case CHANNEL -> stats.deniedChannels++;
    }
  }

  /** What is answered: which key or channel it was is not told. */
  private static CommandError refusal(Session session, Denial denial) {
    return switch (denial.reason()) {
      case COMMAND -> Errors.NO_PERMISSION.error(session.user().name(), denial.object());
      case KEY -> Errors.NO_PERMISSION_FOR_KEY.error();
      case CHANNEL -> Errors.NO_PERMISSION_FOR_CHANNEL.error();
      case AUTH -> Errors.WRONG_PASSWORD.error();
    };
  }

  /** What may have been allowed when the request was queued. */
  private static CommandError lateRefusal(Denial denial) {
    return Errors.NO_PERMISSION_ANY_MORE.error(
        switch (denial.reason()) {
          case KEY -> "no permission to touch the specified keys";
          case CHANNEL -> "no permission to access one of the channels used as arguments";
          case COMMAND, AUTH -> "no permission to execute the command or subcommand";
        });
  }

  private void refuseWithoutMemory(Session session, Command command, Request request) {
    if (command.denyOom || command.exec && queueGrows(session)) {
      if (evictor.isStuck() || isAboveCeiling(request)) {
        throw Errors.OUT_OF_MEMORY.error();
      }
    }
  }

  /**
   * As Redis: nobody is to rely on writes that no snapshot will show; PING lets monitors see it.
   */
  private void refuseWithoutSnapshot(Session session, Command command) {
    if (parts.snapshots().refusesWrites()
        && (command.write
            || command.name().equals("ping")
            || command.exec && queueWrites(session))) {
      throw Errors.SNAPSHOT_FAILED.error();
    }
  }

  private void refuseWithoutDisk(Session session, Command command, Request request) {
    if (refusal != null
        && (command.write
            || command.name().equals("ping")
            || command.exec && queueWrites(session))) {
      throw refusal;
    }
    if (command.write && request.byteSize() > JOURNALED_BYTES_MAX && parts.turn().isRecording()) {
      throw Errors.JOURNAL_TOO_LARGE.error();
    }
    if (command.write && request.byteSize() > LARGE_BYTES) {
      reserve(request.byteSize());
    } else if (command.exec && session.transaction().queuedBytes() > LARGE_BYTES) {
      reserve(session.transaction().queuedBytes());
    }
  }

  /** Room in the journal is made before something changes, not when it turns out to be missing. */
  private void reserve(long bytes) {
    Journal journal = parts.journal().get();
    if (journal != null && parts.turn().isRecording()) {
      try {
        journal.reserve(bytes);
      } catch (OutOfMemoryError none) {
        throw Errors.OUT_OF_MEMORY.error();
      }
    }
  }

  private boolean queueWrites(Session session) {
    for (Request queued : session.transaction().queued()) {
      if (resolve(queued).write) {
        return true;
      }
    }
    return false;
  }

  /** Asked of large requests always, of others now and then: pages fill slowly enough for that. */
  private boolean isAboveCeiling(Request request) {
    long bytes = request.byteSize();
    if (bytes < LARGE_BYTES && (++writes & 127) != 0 && !aboveCeiling) {
      return false;
    }
    // The journal has a copy of what is large until it is on the disk.
    aboveCeiling = evictor.isOverCeiling(parts.turn().isRecording() ? 2 * bytes : bytes);
    return aboveCeiling;
  }

  private void refuseWhileLoading(Session session, Command command) {
    if (parts.loading().isActive()
        && (!command.whileLoading || command.exec && queueNeedsData(session))) {
      throw Errors.LOADING.error();
    }
  }

  private boolean queueNeedsData(Session session) {
    for (Request queued : session.transaction().queued()) {
      if (!resolve(queued).whileLoading) {
        return true;
      }
    }
    return false;
  }

  private void refuseEndlessQueue(Session session, Request request) {
    // What is queued so far, here and elsewhere, counts as memory in use.
    long bytes = request.byteSize();
    if (session.transaction().queuedBytes() + bytes > LARGE_BYTES && evictor.isOverCeiling(bytes)) {
      throw Errors.OUT_OF_MEMORY.error();
    }
  }

  private boolean queueGrows(Session session) {
    for (Request queued : session.transaction().queued()) {
      if (resolve(queued).denyOom) {
        return true;
      }
    }
    return false;
  }

  // --------------------------------------------------------------------------------- executing

  private void execute(Session session, Command command, Request request) {
    Handler handler = command.handler();
    if (handler == null) {
      throw Errors.WRONG_ARITY.error(command.fullName());
    }
    CommandContext ctx = context;
    if (ctx == null) {
      ctx = new CommandContext(this, parts, session, request, command);
      context = ctx;
    }
    if (runOf != command) {
      takeTimeOfRun(session);
    }
    ctx.begin(session, request, command);
    parts.tracking().onRequest();
    long position = session.outbox().position();
    long openings = parts.keyspace().openings();
    try {
      if (command.write && !command.readsFeeds && !parts.feeds().isEmpty()) {
        FeedGuard.check(command, request, parts.keyspace(), session.db());
      }
      if (parts.turn().isReadableBounded() && !parts.feeds().isEmpty()) {
        concealFeeds(session, command, request);
      }
      handler.run(ctx);
      ctx.end();
      if (command.exec && deniedLast) {
        // As Redis counts: no command behind it has taken the error for its own.
        command.stats.failed++;
        deniedLast = false;
      }
    } catch (CommandError refusal) {
      parts.keyspace().forgetOpened();
      command.stats.failed++;
      writeError(session, position, refusal);
    } catch (OutOfMemoryError exhausted) {
      parts.keyspace().forgetOpened();
      command.stats.failed++;
      mend(session, command, request, openings);
      writeError(session, position, Errors.OUT_OF_MEMORY.error());
    } catch (RuntimeException defect) {
      parts.keyspace().forgetOpened();
      command.stats.failed++;
      mend(session, command, request, openings);
      defects.onDefect(request, defect);
      writeError(session, position, Errors.INTERNAL.error(defect.toString()));
    }
    if (session.tracking() != null && command.readsKeys) {
      // Also while the client waits: it has seen that there is nothing for it.
      command
          .keys()
          .forEachKey(request, index -> parts.tracking().onRead(session, request.argument(index)));
    }
    if (retried == null) {
      // Also where the client waits now: it is one command, however often it is tried.
      parts.stats().commandsProcessed++;
      parts.observers().onExecuted(session, command, request);
    }
    if (retried != null ? retried.goesOn() : session.blocked() != null) {
      lastTick = parts.host().ticker();
      return;
    }
    session.onExecuted();
    runLength++;
    if (running
        && command.steady
        && !queued
        && retried == null
        && request.byteSize() < SHORT_BYTES
        && session.outbox().position() - position < SHORT_BYTES) {
      runOf = command;
      runRequest = request;
    } else {
      long nanos = takeTime(session, command, request);
      HotKeys hotKeys = parts.observers().hotKeys();
      if (hotKeys.isActive()) {
        running = false; // also behind the request that began it
        hotKeys.onExecuted(command, request, nanos, session.outbox().position() - position);
      }
    }
  }

  /**
   * A command failed, for no reason that it knew of, after it had opened changes: nobody knows how
   * far it came. What its keys hold now is what everybody sees, so that is what is recorded.
   */
  private void mend(Session session, Command command, Request request, long openings) {
    if (parts.keyspace().openings() == openings || parts.turn().isReplaying()) {
      return;
    }
    boolean mended;
    try {
      mended = mending.mend(session.db(), command, request);
    } catch (RuntimeException | OutOfMemoryError again) {
      mended = false;
    }
    parts.keyspace().forgetOpened();
    if (!mended && parts.turn().isRecording()) {
      CommandError unwritten = Errors.JOURNAL_HALF_DONE.error();
      refusal = unwritten;
      halfDone = true;
      parts.keyspace().holdRemovals(true);
      parts.host().warn(String.valueOf(unwritten.getMessage()));
    }
  }

  /** While the journal fails reads show what a crash may take back; but not entries of feeds. */
  private void concealFeeds(Session session, Command command, Request request) {
    command
        .keys()
        .forEachKey(
            request,
            index -> {
              Feed.Partition partition =
                  parts.feeds().partition(session.db(), request.argument(index));
              if (partition != null && parts.feeds().isDurable(partition.feed())) {
                parts.turn().readsDurable();
              }
            });
  }

  private void writeError(Session session, long position, CommandError refusal) {
    session.outbox().truncate(position);
    session.reply().error(refusal);
    parts.stats().onError(refusal.code());
  }

  /** What CLIENT REPLY means for the reply that was written from {@code position} on. */
  static void applyReplyMode(Session session, long position) {
    switch (session.replies()) {
      case ON -> {}
      case OFF -> session.outbox().truncate(position);
      case SKIP_NEXT -> {
        session.outbox().truncate(position);
        session.replies(Replies.SKIP);
      }
      case SKIP -> {
        session.outbox().truncate(position);
        session.replies(Replies.ON);
      }
    }
  }
}
