package dev.carillon.engine.command.family;

import static dev.carillon.engine.command.CommandFlag.ADMIN;
import static dev.carillon.engine.command.CommandFlag.ALLOW_BUSY;
import static dev.carillon.engine.command.CommandFlag.FAST;
import static dev.carillon.engine.command.CommandFlag.LOADING;
import static dev.carillon.engine.command.CommandFlag.NOSCRIPT;
import static dev.carillon.engine.command.CommandFlag.NO_ASYNC_LOADING;
import static dev.carillon.engine.command.CommandFlag.NO_MULTI;
import static dev.carillon.engine.command.CommandFlag.STALE;

import dev.carillon.engine.command.CommandContext;
import dev.carillon.engine.command.CommandGroup;
import dev.carillon.engine.command.CommandTable;
import dev.carillon.engine.config.Parameters;
import dev.carillon.engine.reply.Errors;
import dev.carillon.engine.rewrite.Rewrites;
import dev.carillon.engine.snapshot.Snapshots;

/** Taking snapshots, and stopping the server, which may take one. */
final class SnapshotCommands {

  private SnapshotCommands() {}

  static void register(CommandTable.Builder table) {
    table.group(CommandGroup.SERVER);
    table
        .command("save", 1, SnapshotCommands::save)
        .flags(ADMIN, NOSCRIPT, NO_ASYNC_LOADING, NO_MULTI)
        .since("1.0.0")
        .summary("Takes a snapshot of all keys; the server stands still meanwhile.")
        .complexity("O(N) where N is the total number of keys in all databases");
    table
        .command("bgsave", -1, SnapshotCommands::bgsave)
        .flags(ADMIN, NOSCRIPT, NO_ASYNC_LOADING)
        .since("1.0.0")
        .summary("Takes a snapshot of all keys in the background.")
        .grammar("schedule:pure-token=SCHEDULE<3.2.2>?")
        .complexity("O(1)");
    table
        .command("bgrewriteaof", 1, SnapshotCommands::bgrewriteaof)
        .flags(ADMIN, NOSCRIPT, NO_ASYNC_LOADING)
        .since("1.0.0")
        .summary("Begins the journal anew with a snapshot, in the background.")
        .complexity("O(1)");
    table
        .command("lastsave", 1, ctx -> ctx.reply().integer(ctx.snapshots().lastSaveMillis() / 1000))
        .flags(LOADING, STALE, FAST)
        .categories("admin", "dangerous")
        .since("1.0.0")
        .summary("Answers when the last snapshot was complete, in seconds since 1970.")
        .grammar("~nondeterministic_output")
        .complexity("O(1)");
    table
        .command("shutdown", -1, SnapshotCommands::shutdown)
        .flags(ADMIN, NOSCRIPT, LOADING, STALE, NO_MULTI, ALLOW_BUSY)
        .since("1.0.0")
        .summary("Stops the server in an orderly way.")
        .grammar(
            """
            save-selector:oneof?( nosave:pure-token=NOSAVE save:pure-token=SAVE )
            now:pure-token=NOW<7.0.0>? force:pure-token=FORCE<7.0.0>?
            abort:pure-token=ABORT<7.0.0>?
            """)
        .complexity(
            "O(N) when saving, where N is the total number of keys in all databases when saving"
                + " data, otherwise O(1)");
  }

  private static void save(CommandContext ctx) {
    Snapshots snapshots = ctx.snapshots();
    if (snapshots.isDumping()) {
      throw Errors.SAVING_ALREADY.error();
    }
    requirePlace(snapshots);
    ctx.rewrites().postpone();
    if (!snapshots.save(ctx.nowMillis())) {
      throw Errors.NOT_SAVED.error();
    }
    ctx.reply().ok();
  }

  private static void bgsave(CommandContext ctx) {
    boolean schedule = ctx.count() == 2 && ctx.isWord(1, "SCHEDULE");
    if (ctx.count() > 1 && !schedule) {
      throw Errors.SYNTAX.error();
    }
    Snapshots snapshots = ctx.snapshots();
    if (snapshots.isDumping()) {
      throw Errors.SAVING_ALREADY.error();
    }
    requirePlace(snapshots);
    if (!snapshots.isRunning() && !ctx.rewrites().isRunning() && !ctx.isQueued()) {
      snapshots.begin(ctx.nowMillis());
      ctx.reply().simple("Background saving started");
    } else if (schedule || ctx.isQueued()) {
      // Queued requests are parts of one turn, and a snapshot begins between two.
      snapshots.schedule();
      ctx.reply().simple("Background saving scheduled");
    } else {
      throw Errors.OTHER_WORK_IN_BACKGROUND.error();
    }
  }

  private static void requirePlace(Snapshots snapshots) {
    if (!snapshots.isPossible()) {
      throw Errors.NOWHERE_TO_SAVE.error();
    }
  }

  private static void bgrewriteaof(CommandContext ctx) {
    Rewrites rewrites = ctx.rewrites();
    if (rewrites.isRunning()) {
      throw Errors.REWRITING_ALREADY.error();
    }
    if (!rewrites.isPossible()) {
      throw Errors.CANNOT_REWRITE.error();
    }
    boolean begins = false;
    if (ctx.isQueued()) {
      // As BGSAVE.
      rewrites.schedule(ctx.nowMillis());
    } else {
      begins = rewrites.request(ctx.nowMillis());
    }
    ctx.reply()
        .simple("Background append only file rewriting " + (begins ? "started" : "scheduled"));
  }

  // ------------------------------------------------------------------------------------- stopping

  private static void shutdown(CommandContext ctx) {
    boolean save = false;
    boolean noSave = false;
    boolean abort = false;
    boolean force = false;
    boolean other = false;
    for (int i = 1; i < ctx.count(); i++) {
      if (ctx.isWord(i, "NOSAVE")) {
        noSave = true;
      } else if (ctx.isWord(i, "SAVE")) {
        save = true;
      } else if (ctx.isWord(i, "ABORT")) {
        abort = true;
      } else if (ctx.isWord(i, "FORCE")) {
        force = true;
      } else if (ctx.isWord(i, "NOW")) {
        other = true;
      } else {
        throw Errors.SYNTAX.error();
      }
    }
    if (save && noSave || abort && (save || noSave || force || other)) {
      throw Errors.SYNTAX.error();
    }
    if (abort) {
      // Stopping takes no time during which a client could change its mind.
      throw Errors.NO_SHUTDOWN.error();
    }
    if (ctx.rewrites().isBeginning() && !force) {
      // As Redis: what was to be journaled would be in no file.
      throw Errors.SHUTDOWN_FAILED.error();
    }
    boolean wanted = save || !noSave && !ctx.config().get(Parameters.SAVE).isEmpty();
    if (wanted && !ctx.snapshots().saveToStop(ctx.nowMillis()) && !force) {
      throw Errors.SHUTDOWN_FAILED.error();
    }
    ctx.host().shutdown();
    // The connection ends without an answer, which is the answer.
    ctx.session().closeAfterReplies();
  }
}
