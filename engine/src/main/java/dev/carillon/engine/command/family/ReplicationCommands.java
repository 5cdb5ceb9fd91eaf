package dev.carillon.engine.command.family;

import static dev.carillon.engine.command.CommandFlag.ADMIN;
import static dev.carillon.engine.command.CommandFlag.ALLOW_BUSY;
import static dev.carillon.engine.command.CommandFlag.FAST;
import static dev.carillon.engine.command.CommandFlag.LOADING;
import static dev.carillon.engine.command.CommandFlag.NOSCRIPT;
import static dev.carillon.engine.command.CommandFlag.NO_ASYNC_LOADING;
import static dev.carillon.engine.command.CommandFlag.NO_MULTI;
import static dev.carillon.engine.command.CommandFlag.STALE;

import dev.carillon.engine.command.Command;
import dev.carillon.engine.command.CommandContext;
import dev.carillon.engine.command.CommandGroup;
import dev.carillon.engine.command.CommandTable;
import dev.carillon.engine.reply.Errors;
import dev.carillon.engine.reply.ReplyWriter;

/** Replication, of which there is none: this server is always a primary without replicas. */
final class ReplicationCommands {

  private ReplicationCommands() {}

  static void register(CommandTable.Builder table) {
    table.group(CommandGroup.SERVER);
    table
        .command("role", 1, ReplicationCommands::role)
        .flags(NOSCRIPT, LOADING, STALE, FAST)
        .categories("admin", "dangerous")
        .since("2.8.12")
        .summary("Says that this server is a primary without replicas.")
        .complexity("O(1)");
    replicaof(table, "replicaof", "5.0.0");
    replicaof(table, "slaveof", "1.0.0").deprecated("5.0.0", "`REPLICAOF`");
    refused(table, "failover", -1)
        .flags(ADMIN, NOSCRIPT, STALE)
        .since("6.2.0")
        .summary("Would hand over to a replica; refused, there are none.")
        .grammar(
            """
            target:block=TO?( host:string port:integer force:pure-token=FORCE? )
            abort:pure-token=ABORT? milliseconds:integer=TIMEOUT?
            """)
        .complexity("O(1)");
    refused(table, "psync", -3)
        .flags(ADMIN, NOSCRIPT, NO_ASYNC_LOADING, NO_MULTI)
        .since("2.8.0")
        .summary("Would make the client a replica; refused.")
        .grammar("replicationid:string offset:integer");
    refused(table, "sync", 1)
        .flags(ADMIN, NOSCRIPT, NO_ASYNC_LOADING, NO_MULTI)
        .since("1.0.0")
        .summary("Would make the client a replica; refused.");
    refused(table, "replconf", -1)
        .internal()
        .flags(ADMIN, NOSCRIPT, LOADING, STALE, ALLOW_BUSY)
        .since("3.0.0")
        .summary("Would prepare a replica's connection; refused.")
        .complexity("O(1)");
  }

  private static Command.Row replicaof(CommandTable.Builder table, String name, String since) {
    return table
        .command(name, 3, ReplicationCommands::follow)
        .flags(ADMIN, NOSCRIPT, STALE, NO_ASYNC_LOADING)
        .since(since)
        .summary("Accepts NO ONE; refuses to follow another server.")
        .grammar(
            """
            args:oneof( host-port:block( host:string port:integer ) no-one:block(
            no:pure-token=NO one:pure-token=ONE ) )
            """)
        .complexity("O(1)");
  }

  private static Command.Row refused(CommandTable.Builder table, String name, int arity) {
    return table.command(
        name,
        arity,
        ctx -> {
          throw Errors.NO_REPLICATION.error();
        });
  }

  private static void role(CommandContext ctx) {
    ReplyWriter reply = ctx.reply();
    reply.array(3);
    reply.bulk("master");
    reply.integer(0);
    reply.array(0);
  }

  private static void follow(CommandContext ctx) {
    if (!ctx.isWord(1, "NO") || !ctx.isWord(2, "ONE")) {
      throw Errors.NO_REPLICATION.error();
    }
    ctx.reply().ok();
  }
}
