package dev.carillon.engine.command.family;

import static dev.carillon.engine.command.CommandFlag.ADMIN;
import static dev.carillon.engine.command.CommandFlag.LOADING;
import static dev.carillon.engine.command.CommandFlag.NOSCRIPT;
import static dev.carillon.engine.command.CommandFlag.STALE;

import dev.carillon.engine.command.Command;
import dev.carillon.engine.command.CommandContext;
import dev.carillon.engine.command.CommandGroup;
import dev.carillon.engine.command.CommandTable;
import dev.carillon.engine.command.Pause;
import dev.carillon.engine.reply.Errors;
import dev.carillon.engine.session.ClientLine;
import dev.carillon.engine.session.Session;
import dev.carillon.engine.session.Session.Replies;
import java.util.List;
import java.util.function.Predicate;

/** CLIENT: names, lists, kills and pauses clients. */
final class ClientCommands {

  private static final String O_CLIENTS = "O(N) where N is the number of client connections";

  private ClientCommands() {}

  static void register(CommandTable.Builder table) {
    table.group(CommandGroup.CONNECTION);
    Command.Row client =
        table
            .container("client")
            .since("2.4.0")
            .summary("Asks about clients and changes them.")
            .complexity("Depends on subcommand.");
    client
        .subcommand("getname", 2, ClientCommands::getname)
        .flags(NOSCRIPT, LOADING, STALE)
        .since("2.6.9")
        .summary("Answers the name of this client.")
        .complexity("O(1)");
    client
        .subcommand("id", 2, ctx -> ctx.reply().integer(ctx.session().id()))
        .flags(NOSCRIPT, LOADING, STALE)
        .since("5.0.0")
        .summary("Answers the number of this client.")
        .complexity("O(1)");
    client
        .subcommand("info", 2, ClientCommands::info)
        .flags(NOSCRIPT, LOADING, STALE)
        .since("6.2.0")
        .summary("Answers the line of this client in CLIENT LIST.")
        .grammar("~nondeterministic_output")
        .complexity("O(1)");
    client
        .subcommand("kill", -3, ClientCommands::kill)
        .flags(ADMIN, NOSCRIPT, LOADING, STALE)
        .since("2.4.0")
        .summary("Ends the connections of clients.")
        .grammar(
            """
            filter:oneof( old-format/ip:port:string!2.8.12! new-format:oneof*(
            client-id:integer=ID<2.8.12>? client-type:oneof=TYPE<2.8.12>?(
            normal:pure-token=NORMAL master:pure-token=MASTER<3.2.0> slave:pure-token=SLAVE
            replica:pure-token=REPLICA<5.0.0> pubsub:pure-token=PUBSUB ) username:string=USER?
            addr/ip:port:string=ADDR? laddr/ip:port:string=LADDR<6.2.0>? skipme:oneof=SKIPME?(
            yes:pure-token=YES no:pure-token=NO ) maxage:integer=MAXAGE<7.4.0>? ) )
            """)
        .complexity(O_CLIENTS);
    client
        .subcommand("list", -2, ClientCommands::list)
        .flags(ADMIN, NOSCRIPT, LOADING, STALE)
        .since("2.4.0")
        .summary("Describes clients, one in a line.")
        .grammar(
            """
            ~nondeterministic_output client-type:oneof=TYPE<5.0.0>?( normal:pure-token=NORMAL
            master:pure-token=MASTER replica:pure-token=REPLICA pubsub:pure-token=PUBSUB )
            client-id:integer=ID<6.2.0>?*
            """)
        .complexity(O_CLIENTS);
    client
        .subcommand("no-evict", 3, ctx -> onOrOff(ctx, ctx.session()::noEvict))
        .flags(ADMIN, NOSCRIPT, LOADING, STALE)
        .since("7.0.0")
        .summary("Spares this client when clients are evicted, or not.")
        .grammar("enabled:oneof( on:pure-token=ON off:pure-token=OFF )")
        .complexity("O(1)");
    client
        .subcommand("no-touch", 3, ctx -> onOrOff(ctx, ctx.session()::noTouch))
        .flags(NOSCRIPT, LOADING, STALE)
        .since("7.2.0")
        .summary("Lets reads of this client count as use of a key, or not.")
        .grammar("enabled:oneof( on:pure-token=ON off:pure-token=OFF )")
        .complexity("O(1)");
    client
        .subcommand("pause", -3, ClientCommands::pause)
        .flags(ADMIN, NOSCRIPT, LOADING, STALE)
        .since("3.0.0")
        .summary("Lets the requests of all clients wait for some time.")
        .grammar("timeout:integer mode:oneof<6.2.0>?( write:pure-token=WRITE all:pure-token=ALL )")
        .complexity("O(1)");
    client
        .subcommand("reply", 3, ClientCommands::reply)
        .flags(NOSCRIPT, LOADING, STALE)
        .since("3.2.0")
        .summary("Switches the replies to this client on or off, or leaves out one.")
        .grammar("action:oneof( on:pure-token=ON off:pure-token=OFF skip:pure-token=SKIP )")
        .complexity("O(1)");
    client
        .subcommand("setinfo", 4, ClientCommands::setinfo)
        .flags(NOSCRIPT, LOADING, STALE)
        .since("7.2.0")
        .summary("Notes which library the client uses.")
        .grammar(
            """
            ~request_policy:all_nodes ~response_policy:all_succeeded attr:oneof(
            libname:string=LIB-NAME libver:string=LIB-VER )
            """)
        .complexity("O(1)");
    client
        .subcommand("setname", 3, ClientCommands::setname)
        .flags(NOSCRIPT, LOADING, STALE)
        .since("2.6.9")
        .summary("Names this client.")
        .grammar("~request_policy:all_nodes ~response_policy:all_succeeded connection-name:string")
        .complexity("O(1)");
    client
        .subcommand("unblock", -3, ClientCommands::unblock)
        .flags(ADMIN, NOSCRIPT, LOADING, STALE)
        .since("5.0.0")
        .summary("Ends the waiting of a client that is blocked in a command.")
        .grammar(
            """
            client-id:integer unblock-type:oneof?( timeout:pure-token=TIMEOUT
            error:pure-token=ERROR )
            """)
        .complexity("O(log N) where N is the number of client connections");
    client
        .subcommand("unpause", 2, ClientCommands::unpause)
        .flags(ADMIN, NOSCRIPT, LOADING, STALE)
        .since("6.2.0")
        .summary("Ends a pause.")
        .complexity("O(N) Where N is the number of paused clients");
    TrackingCommands.register(client);
    Help.subcommand(
        client,
        List.of(
            "CACHING (YES|NO)",
            "    Says whether the keys of the next command are tracked (OPTIN, OPTOUT).",
            "GETNAME",
            "    Answers the name of this client.",
            "GETREDIR",
            "    Answers the number of the client that gets the invalidations.",
            "ID",
            "    Answers the number of this client.",
            "INFO",
            "    Describes this client.",
            "KILL <ip:port>",
            "    Ends the connection of the client with this address.",
            "KILL <option> <value> [<option> <value> [...]]",
            "    Ends the connections of the clients that all options name:",
            "    * ID <id>",
            "    * TYPE (NORMAL|MASTER|REPLICA|PUBSUB)",
            "    * USER <name>",
            "    * ADDR <ip:port>, the client's",
            "    * LADDR <ip:port>, the server's",
            "    * MAXAGE <seconds> that the connection lasts at least",
            "    * SKIPME (YES|NO): whether this client is spared (default: yes)",
            "LIST [TYPE (NORMAL|MASTER|REPLICA|PUBSUB) | ID <id> [<id> ...]]",
            "    Describes clients, one in a line.",
            "NO-EVICT (ON|OFF)",
            "    Spares this client when clients are evicted.",
            "NO-TOUCH (ON|OFF)",
            "    Keeps reads of this client from counting as use of a key.",
            "PAUSE <milliseconds> [WRITE|ALL]",
            "    Lets requests of all clients wait, or only those that may change something.",
            "REPLY (ON|OFF|SKIP)",
            "    Switches the replies to this client.",
            "SETINFO (LIB-NAME|LIB-VER) <text>",
            "    Notes which library the client uses.",
            "SETNAME <name>",
            "    Names this client.",
            "TRACKING (ON|OFF) [REDIRECT <id>] [BCAST] [PREFIX <prefix> [...]]",
            "         [OPTIN] [OPTOUT] [NOLOOP]",
            "    Tells this client of changes of the keys that it has read.",
            "TRACKINGINFO",
            "    Answers how this client is told of changes.",
            "UNBLOCK <id> [TIMEOUT|ERROR]",
            "    Ends the waiting of a blocked client.",
            "UNPAUSE",
            "    Ends a pause."),
        "5.0.0",
        LOADING,
        STALE);
  }

  // ------------------------------------------------------------------------------- this client

  private static void getname(CommandContext ctx) {
    if (ctx.session().name().isEmpty()) {
      ctx.reply().nil();
    } else {
      ctx.reply().bulk(ctx.session().name());
    }
  }

  private static void setname(CommandContext ctx) {
    ctx.session().name(ConnectionCommands.requireName(ctx.argument(2)));
    ctx.reply().ok();
  }

  private static void setinfo(CommandContext ctx) {
    boolean name = ctx.isWord(2, "LIB-NAME");
    if (!name && !ctx.isWord(2, "LIB-VER")) {
      throw Errors.UNRECOGNIZED_OPTION.error(ctx.argument(2));
    }
    if (!ConnectionCommands.isPrintable(ctx.argument(3))) {
      throw Errors.CLIENT_INFO.error(ctx.argument(2));
    }
    if (name) {
      ctx.session().libraryName(ctx.argument(3));
    } else {
      ctx.session().libraryVersion(ctx.argument(3));
    }
    ctx.reply().ok();
  }

  @FunctionalInterface
  private interface Switch {
    void set(boolean on);
  }

  private static void onOrOff(CommandContext ctx, Switch target) {
    boolean on = ctx.isWord(2, "ON");
    if (!on && !ctx.isWord(2, "OFF")) {
      throw Errors.SYNTAX.error();
    }
    target.set(on);
    ctx.reply().ok();
  }

  private static void reply(CommandContext ctx) {
    Session session = ctx.session();
    if (ctx.isWord(2, "ON")) {
      session.replies(Replies.ON);
      ctx.reply().ok();
    } else if (ctx.isWord(2, "OFF")) {
      session.replies(Replies.OFF);
    } else if (ctx.isWord(2, "SKIP")) {
      if (session.replies() != Replies.OFF) {
        session.replies(Replies.SKIP_NEXT);
      }
    } else {
      throw Errors.SYNTAX.error();
    }
  }

  // -------------------------------------------------------------------------------- describing

  private static void info(CommandContext ctx) {
    StringBuilder line = new StringBuilder();
    ClientLine.append(line, ctx.session(), ctx.nowMillis(), ctx.request());
    ctx.reply().verbatim("txt", line.append('\n').toString());
  }

  private static void list(CommandContext ctx) {
    StringBuilder lines = new StringBuilder();
    if (ctx.count() > 3 && ctx.isWord(2, "ID")) {
      for (int i = 3; i < ctx.count(); i++) {
        Session session =
            ctx.sessions().byId(ctx.longArgument(i, Errors.INVALID_CLIENT_ID.error()));
        if (session != null) {
          describe(lines, session, ctx);
        }
      }
    } else {
      Predicate<Session> wanted = session -> true;
      if (ctx.count() == 4 && ctx.isWord(2, "TYPE")) {
        wanted = ClientFilter.type(ctx.argument(3));
      } else if (ctx.count() != 2) {
        throw Errors.SYNTAX.error();
      }
      for (Session session : ctx.sessions().all()) {
        if (wanted.test(session)) {
          describe(lines, session, ctx);
        }
      }
    }
    ctx.reply().verbatim("txt", lines.toString());
  }

  private static void describe(StringBuilder lines, Session session, CommandContext ctx) {
    // One that was killed in this batch of requests is gone for everybody but the transport.
    if (!session.isKilled()) {
      ClientLine.append(
          lines, session, ctx.nowMillis(), session == ctx.session() ? ctx.request() : null);
      lines.append('\n');
    }
  }

  // ------------------------------------------------------------------------------------ killing

  private static void kill(CommandContext ctx) {
    if (ctx.count() == 3) {
      String address = ctx.argument(2).toLatin1();
      if (kill(ctx, session -> session.peer().address().equals(address)) == 0) {
        throw Errors.NO_SUCH_CLIENT.error();
      }
      ctx.reply().ok();
    } else {
      ClientFilter filter = ClientFilter.parse(ctx, 2);
      ctx.reply().integer(kill(ctx, session -> filter.matches(session, ctx.session())));
    }
  }

  private static int kill(CommandContext ctx, Predicate<Session> chosen) {
    int count = 0;
    for (Session session : List.copyOf(ctx.sessions().all())) {
      if (!session.isKilled() && chosen.test(session)) {
        disconnect(ctx, session);
        count++;
      }
    }
    return count;
  }

  /** Ends a client's connection: another one's at once, this one's after the reply. */
  static void disconnect(CommandContext ctx, Session session) {
    if (session == ctx.session()) {
      session.closeAfterReplies();
    } else {
      PubSubCommands.forget(session, ctx.pubsub());
      ctx.tracking().disable(session);
      ctx.observers().monitors().remove(session);
      ctx.blocking().forget(session);
      session.transaction().end();
      session.kill();
    }
  }

  // ----------------------------------------------------------------------------------- waiting

  private static void pause(CommandContext ctx) {
    Pause.Mode mode = Pause.Mode.ALL;
    if (ctx.count() == 4) {
      if (ctx.isWord(3, "WRITE")) {
        mode = Pause.Mode.WRITE;
      } else if (!ctx.isWord(3, "ALL")) {
        throw Errors.PAUSE_MODE.error();
      }
    } else if (ctx.count() > 4) {
      throw Errors.SUBCOMMAND_ARITY.error(ctx.argument(1), "CLIENT");
    }
    long millis = ctx.longArgument(2, Errors.TIMEOUT_NOT_AN_INTEGER.error());
    if (millis < 0) {
      throw Errors.TIMEOUT_NEGATIVE.error();
    }
    if (millis > Long.MAX_VALUE - ctx.nowMillis()) {
      throw Errors.TIMEOUT_OUT_OF_RANGE.error();
    }
    ctx.pause(mode, ctx.nowMillis() + millis);
    ctx.reply().ok();
  }

  private static void unpause(CommandContext ctx) {
    ctx.unpause();
    ctx.reply().ok();
  }

  private static void unblock(CommandContext ctx) {
    boolean error = false;
    if (ctx.count() > 4) {
      throw Errors.SUBCOMMAND_ARITY.error(ctx.argument(1), "CLIENT");
    }
    if (ctx.count() == 4) {
      error = ctx.isWord(3, "ERROR");
      if (!error && !ctx.isWord(3, "TIMEOUT")) {
        throw Errors.UNBLOCK_REASON.error();
      }
    }
    Session session = ctx.sessions().byId(ctx.longArgument(2));
    Session.Blocked blocked = session == null ? null : session.blocked();
    if (blocked != null) {
      blocked.unblock(error);
      if (error) {
        // Redis takes any error that is answered meanwhile for one of the command that runs.
        ctx.command().stats.failed++;
        ctx.stats().onError(Errors.UNBLOCKED.error().code());
      }
    }
    ctx.reply().integer(blocked == null ? 0 : 1);
  }
}
