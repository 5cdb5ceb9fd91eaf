package dev.carillon.engine.command.family;

import static dev.carillon.engine.command.CommandFlag.ALLOW_BUSY;
import static dev.carillon.engine.command.CommandFlag.FAST;
import static dev.carillon.engine.command.CommandFlag.LOADING;
import static dev.carillon.engine.command.CommandFlag.NOSCRIPT;
import static dev.carillon.engine.command.CommandFlag.SKIP_SLOWLOG;
import static dev.carillon.engine.command.CommandFlag.STALE;

import dev.carillon.engine.command.CommandContext;
import dev.carillon.engine.command.CommandGroup;
import dev.carillon.engine.command.CommandTable;
import dev.carillon.engine.command.KeySpec;
import dev.carillon.engine.reply.Errors;
import dev.carillon.engine.session.Transaction;
import dev.carillon.protocol.resp.Request;
import java.util.List;

/**
 * Transactions: requests between MULTI and EXEC are queued and run as one turn; WATCH makes EXEC
 * answer nil when a key changed meanwhile.
 */
final class TransactionCommands {

  private TransactionCommands() {}

  static void register(CommandTable.Builder table) {
    table.group(CommandGroup.TRANSACTIONS);
    table
        .command("multi", 1, TransactionCommands::multi)
        .flags(NOSCRIPT, LOADING, STALE, FAST, ALLOW_BUSY)
        .since("1.2.0")
        .summary("Starts a transaction: the requests that follow are queued.")
        .complexity("O(1)");
    table
        .command("exec", 1, TransactionCommands::exec)
        .flags(NOSCRIPT, LOADING, STALE, SKIP_SLOWLOG)
        .since("1.2.0")
        .summary("Executes the queued requests as one and answers all their replies.")
        .complexity("Depends on the queued commands.");
    table
        .command("discard", 1, TransactionCommands::discard)
        .flags(NOSCRIPT, LOADING, STALE, FAST, ALLOW_BUSY)
        .since("2.0.0")
        .summary("Forgets the queued requests and the watched keys.")
        .complexity("O(N), when N is the number of queued commands");
    table
        .command("watch", -2, TransactionCommands::watch)
        .flags(NOSCRIPT, LOADING, STALE, FAST, ALLOW_BUSY)
        .keys(KeySpec.range(1, -1, 1).access("RO"))
        .since("2.2.0")
        .summary("Makes the next EXEC refuse if one of the keys changes before it.")
        .grammar("key:key@0*")
        .complexity("O(1) for every key.");
    table
        .command("unwatch", 1, TransactionCommands::unwatch)
        .flags(NOSCRIPT, LOADING, STALE, FAST, ALLOW_BUSY)
        .since("2.2.0")
        .summary("Forgets the watched keys.")
        .complexity("O(1)");
  }

  private static void multi(CommandContext ctx) {
    Transaction transaction = ctx.session().transaction();
    if (transaction.isOpen()) {
      throw Errors.NESTED_MULTI.error();
    }
    transaction.begin();
    ctx.reply().ok();
  }

  private static void discard(CommandContext ctx) {
    Transaction transaction = ctx.session().transaction();
    if (!transaction.isOpen()) {
      throw Errors.DISCARD_WITHOUT_MULTI.error();
    }
    transaction.end();
    ctx.reply().ok();
  }

  private static void exec(CommandContext ctx) {
    Transaction transaction = ctx.session().transaction();
    if (!transaction.isOpen()) {
      throw Errors.EXEC_WITHOUT_MULTI.error();
    }
    if (transaction.hasFailed()) {
      transaction.end();
      throw Errors.EXEC_ABORT.error();
    }
    if (transaction.isStale()) {
      transaction.end();
      ctx.reply().nilArray();
      return;
    }
    List<Request> queued = List.copyOf(transaction.queued());
    transaction.end();
    transaction.executing(queued.size());
    ctx.reply().array(queued.size());
    for (Request request : queued) {
      ctx.executeQueued(request);
    }
    transaction.executing(Transaction.NONE);
    ctx.holdRemovals();
  }

  private static void watch(CommandContext ctx) {
    Transaction transaction = ctx.session().transaction();
    if (transaction.isOpen()) {
      throw Errors.WATCH_INSIDE_MULTI.error();
    }
    for (int i = 1; i < ctx.count(); i++) {
      transaction.watch(ctx.session().db(), ctx.argument(i));
    }
    ctx.reply().ok();
  }

  private static void unwatch(CommandContext ctx) {
    ctx.session().transaction().unwatch();
    ctx.reply().ok();
  }
}
