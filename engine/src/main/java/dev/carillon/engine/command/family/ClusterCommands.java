package dev.carillon.engine.command.family;

import static dev.carillon.engine.command.CommandFlag.ADMIN;
import static dev.carillon.engine.command.CommandFlag.FAST;
import static dev.carillon.engine.command.CommandFlag.LOADING;
import static dev.carillon.engine.command.CommandFlag.NOSCRIPT;
import static dev.carillon.engine.command.CommandFlag.NO_ASYNC_LOADING;
import static dev.carillon.engine.command.CommandFlag.STALE;

import dev.carillon.engine.command.Command;
import dev.carillon.engine.command.CommandContext;
import dev.carillon.engine.command.CommandFlag;
import dev.carillon.engine.command.CommandGroup;
import dev.carillon.engine.command.CommandTable;
import dev.carillon.engine.reply.Errors;
import java.util.List;

/** CLUSTER and its relatives: this server is never a node of a cluster, and says so. */
final class ClusterCommands {

  private static final CommandFlag[] CHANGES = {ADMIN, STALE, NO_ASYNC_LOADING};
  private static final CommandFlag[] ADMINISTERS = {ADMIN, STALE};
  private static final CommandFlag[] ASKS = {STALE};
  private static final CommandFlag[] ASKS_WHILE_LOADING = {LOADING, STALE};

  private static final String O_1 = "O(1)";
  private static final String O_ARGUMENTS =
      "O(N) where N is the total number of hash slot arguments";
  private static final String O_RANGE =
      "O(N) where N is the total number of the slots between the start slot and end slot"
          + " arguments.";
  private static final String O_NODES = "O(N) where N is the total number of Cluster nodes";
  private static final String O_REPLICAS = "O(N) where N is the number of replicas.";

  private ClusterCommands() {}

  static void register(CommandTable.Builder table) {
    table.group(CommandGroup.CLUSTER);
    table
        .command("asking", 1, ClusterCommands::refuse)
        .flags(FAST)
        .categories("connection")
        .since("3.0.0")
        .summary("Refused: there is no cluster.")
        .complexity(O_1);
    for (String name : List.of("readonly", "readwrite")) {
      table
          .command(name, 1, ClusterCommands::refuse)
          .flags(LOADING, STALE, FAST)
          .categories("connection")
          .since("3.0.0")
          .summary("Refused: there is no cluster.")
          .complexity(O_1);
    }
    Command.Row cluster =
        table
            .container("cluster")
            .since("3.0.0")
            .summary("Refuses all about clusters.")
            .complexity("Depends on subcommand.");
    sub(cluster, "addslots", -3, "3.0.0", O_ARGUMENTS, CHANGES).grammar("slot:integer*");
    sub(cluster, "addslotsrange", -4, "7.0.0", O_RANGE, CHANGES)
        .grammar("range:block*( start-slot:integer end-slot:integer )");
    sub(cluster, "bumpepoch", 2, "3.0.0", O_1, CHANGES).grammar("~nondeterministic_output");
    sub(
            cluster,
            "count-failure-reports",
            3,
            "3.0.0",
            "O(N) where N is the number of failure reports",
            ADMINISTERS)
        .grammar("~nondeterministic_output node-id:string");
    sub(cluster, "countkeysinslot", 3, "3.0.0", O_1, ASKS).grammar("slot:integer");
    sub(cluster, "delslots", -3, "3.0.0", O_ARGUMENTS, CHANGES).grammar("slot:integer*");
    sub(cluster, "delslotsrange", -4, "7.0.0", O_RANGE, CHANGES)
        .grammar("range:block*( start-slot:integer end-slot:integer )");
    sub(cluster, "failover", -2, "3.0.0", O_1, CHANGES)
        .grammar("options:oneof?( force:pure-token=FORCE takeover:pure-token=TAKEOVER )");
    sub(cluster, "flushslots", 2, "3.0.0", O_1, CHANGES);
    sub(cluster, "forget", 3, "3.0.0", O_1, CHANGES).grammar("node-id:string");
    sub(cluster, "getkeysinslot", 4, "3.0.0", "O(N) where N is the number of requested keys", ASKS)
        .grammar("~nondeterministic_output slot:integer count:integer");
    sub(cluster, "info", 2, "3.0.0", O_1, ASKS).grammar("~nondeterministic_output");
    sub(cluster, "keyslot", 3, "3.0.0", "O(N) where N is the number of bytes in the key", ASKS)
        .grammar("key:string");
    sub(cluster, "links", 2, "7.0.0", O_NODES, ASKS).grammar("~nondeterministic_output");
    sub(cluster, "meet", -4, "3.0.0", O_1, CHANGES)
        .grammar("ip:string port:integer cluster-bus-port:integer<4.0.0>?");
    sub(cluster, "migration", -4, "8.4.0", O_RANGE, CHANGES)
        .grammar(
            """
            subcommand:oneof( import:block=IMPORT*( start-slot:integer end-slot:integer )
            cancel:oneof=CANCEL( task-id:string=ID all:pure-token=ALL ) status:oneof=STATUS(
            task-id:string=ID? all:pure-token=ALL? ) )
            """);
    sub(cluster, "myid", 2, "3.0.0", O_1, ASKS);
    sub(cluster, "myshardid", 2, "7.2.0", O_1, ASKS).grammar("~nondeterministic_output");
    sub(cluster, "nodes", 2, "3.0.0", O_NODES, ASKS).grammar("~nondeterministic_output");
    sub(cluster, "replicas", 3, "5.0.0", O_REPLICAS, ADMINISTERS)
        .grammar("~nondeterministic_output node-id:string");
    sub(cluster, "replicate", 3, "3.0.0", O_1, CHANGES).grammar("node-id:string");
    sub(
            cluster,
            "reset",
            -2,
            "3.0.0",
            "O(N) where N is the number of known nodes. The command may execute a FLUSHALL as a"
                + " side effect.",
            ADMIN,
            NOSCRIPT,
            STALE)
        .grammar("reset-type:oneof?( hard:pure-token=HARD soft:pure-token=SOFT )");
    sub(cluster, "saveconfig", 2, "3.0.0", O_1, CHANGES);
    sub(cluster, "set-config-epoch", 3, "3.0.0", O_1, CHANGES).grammar("config-epoch:integer");
    sub(cluster, "setslot", -4, "3.0.0", O_1, CHANGES)
        .grammar(
            """
            slot:integer subcommand:oneof( importing/node-id:string=IMPORTING migrating/node-id:string=MIGRATING
            node/node-id:string=NODE stable:pure-token=STABLE )
            """);
    sub(
            cluster,
            "shards",
            2,
            "7.0.0",
            "O(N) where N is the total number of cluster nodes",
            ASKS_WHILE_LOADING)
        .grammar("~nondeterministic_output");
    sub(cluster, "slaves", 3, "3.0.0", O_REPLICAS, ADMINISTERS)
        .deprecated("5.0.0", "`CLUSTER REPLICAS`")
        .grammar("~nondeterministic_output node-id:string");
    sub(
            cluster,
            "slot-stats",
            -4,
            "8.2.0",
            "O(N) where N is the total number of slots based on arguments. O(N*log(N)) with ORDERBY"
                + " subcommand.",
            ASKS_WHILE_LOADING)
        .grammar(
            """
            ~nondeterministic_output ~request_policy:all_shards filter:oneof(
            slotsrange:block=SLOTSRANGE( start-slot:integer end-slot:integer )
            orderby:block=ORDERBY( metric:string limit:integer=LIMIT? order:oneof?(
            asc:pure-token=ASC desc:pure-token=DESC ) ) )
            """);
    sub(cluster, "slots", 2, "3.0.0", O_NODES, ASKS_WHILE_LOADING)
        .deprecated("7.0.0", "`CLUSTER SHARDS`")
        .grammar("~nondeterministic_output");
    sub(cluster, "help", 2, "5.0.0", O_1, ASKS_WHILE_LOADING);
  }

  private static Command.Row sub(
      Command.Row cluster,
      String name,
      int arity,
      String since,
      String complexity,
      CommandFlag... flags) {
    return cluster
        .subcommand(name, arity, ClusterCommands::refuse)
        .flags(flags)
        .since(since)
        .summary("Refused: there is no cluster.")
        .complexity(complexity);
  }

  private static void refuse(CommandContext ctx) {
    throw Errors.NO_CLUSTER.error();
  }
}
