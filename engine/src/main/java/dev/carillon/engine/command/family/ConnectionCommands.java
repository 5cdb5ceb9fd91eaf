package dev.carillon.engine.command.family;

import static dev.carillon.engine.command.CommandFlag.ALLOW_BUSY;
import static dev.carillon.engine.command.CommandFlag.FAST;
import static dev.carillon.engine.command.CommandFlag.LOADING;
import static dev.carillon.engine.command.CommandFlag.NOSCRIPT;
import static dev.carillon.engine.command.CommandFlag.NO_AUTH;
import static dev.carillon.engine.command.CommandFlag.STALE;

import dev.carillon.engine.Compatibility;
import dev.carillon.engine.acl.User;
import dev.carillon.engine.acl.Users;
import dev.carillon.engine.command.CommandContext;
import dev.carillon.engine.command.CommandGroup;
import dev.carillon.engine.command.CommandTable;
import dev.carillon.engine.reply.Errors;
import dev.carillon.engine.reply.ReplyWriter;
import dev.carillon.engine.session.Session;
import dev.carillon.engine.session.Session.Replies;
import dev.carillon.protocol.bytes.Bytes;
import dev.carillon.protocol.resp.Request;
import java.util.function.IntConsumer;

/** The connection itself: who the client is, which protocol and which database it speaks to. */
final class ConnectionCommands {

  private ConnectionCommands() {}

  static void register(CommandTable.Builder table) {
    table.group(CommandGroup.CONNECTION);
    table
        .command("auth", -2, ConnectionCommands::auth)
        .flags(NOSCRIPT, LOADING, STALE, FAST, NO_AUTH, ALLOW_BUSY)
        .secrets(ConnectionCommands::allButTheName)
        .since("1.0.0")
        .summary("Proves with a password that the client may use commands.")
        .grammar("username:string<6.0.0>? password:string")
        .complexity("O(N) where N is the number of passwords defined for the user");
    table
        .command("echo", 2, ctx -> ctx.reply().bulk(ctx.argument(1)))
        .flags(LOADING, STALE, FAST)
        .since("1.0.0")
        .summary("Answers its argument.")
        .grammar("message:string")
        .complexity("O(1)");
    table
        .command("hello", -1, ConnectionCommands::hello)
        .flags(NOSCRIPT, LOADING, STALE, FAST, NO_AUTH, ALLOW_BUSY)
        .secrets(ConnectionCommands::helloSecrets)
        .since("6.0.0")
        .summary("Chooses the protocol, may authenticate and name the client, and introduces us.")
        .grammar(
            """
            arguments:block?( protover:integer auth:block=AUTH?( username:string
            password:string ) clientname:string=SETNAME? )
            """)
        .complexity("O(1)");
    table
        .command("ping", -1, ConnectionCommands::ping)
        .flags(FAST)
        .since("1.0.0")
        .summary("Answers PONG or its argument, to show that the connection is alive.")
        .grammar("~request_policy:all_shards ~response_policy:all_succeeded message:string?")
        .complexity("O(1)");
    table
        .command("quit", -1, ConnectionCommands::quit)
        .flags(NOSCRIPT, LOADING, STALE, FAST, NO_AUTH, ALLOW_BUSY)
        .since("1.0.0")
        .deprecated("7.2.0", "just closing the connection")
        .summary("Ends the connection after the answer.")
        .complexity("O(1)");
    table
        .command("reset", 1, ConnectionCommands::reset)
        .flags(NOSCRIPT, LOADING, STALE, FAST, NO_AUTH, ALLOW_BUSY)
        .since("6.2.0")
        .summary("Makes the connection as it was when it was new.")
        .complexity("O(1)");
    table
        .command("select", 2, ConnectionCommands::select)
        .flags(LOADING, STALE, FAST)
        .since("1.0.0")
        .summary("Chooses the database that the following commands work on.")
        .grammar("index:integer")
        .complexity("O(1)");
  }

  private static void ping(CommandContext ctx) {
    if (ctx.count() > 2) {
      throw Errors.WRONG_ARITY.error("ping");
    }
    ReplyWriter reply = ctx.reply();
    if (!ctx.session().subscriptions().isEmpty() && ctx.session().protocol() == 2) {
      // Every answer to a subscribed client of protocol 2 has the shape of a message.
      reply.array(2);
      reply.bulk("pong");
      reply.bulk(ctx.count() == 2 ? ctx.argument(1) : Bytes.EMPTY);
    } else if (ctx.count() == 2) {
      reply.bulk(ctx.argument(1));
    } else {
      reply.simple("PONG");
    }
  }

  private static void quit(CommandContext ctx) {
    ctx.session().closeAfterReplies();
    ctx.reply().ok();
  }

  private static void select(CommandContext ctx) {
    long number = ctx.longArgument(1);
    if (number != (int) number) {
      throw Errors.NOT_AN_INT.error();
    }
    if (number < 0 || number >= ctx.keyspace().count()) {
      throw Errors.DB_OUT_OF_RANGE.error();
    }
    ctx.session().db((int) number);
    ctx.reply().ok();
  }

  private static void reset(CommandContext ctx) {
    Session session = ctx.session();
    session.transaction().end();
    session.fieldsets().clear();
    PubSubCommands.forget(session, ctx.pubsub());
    ctx.tracking().disable(session);
    ctx.observers().monitors().remove(session);
    session.db(0);
    session.name(Bytes.EMPTY);
    if (session.replies() != Replies.SKIP) {
      session.replies(Replies.ON);
    }
    session.noTouch(false);
    session.noEvict(false);
    session.protocol(2);
    session.forgetUser();
    ctx.reply().simple("RESET");
  }

  // ------------------------------------------------------------------------------ authenticating

  private static void auth(CommandContext ctx) {
    if (ctx.count() > 3) {
      throw Errors.SYNTAX.error();
    }
    Bytes user = Users.DEFAULT;
    if (ctx.count() == 3) {
      user = ctx.argument(1);
    } else if (ctx.users().defaultUser().isPasswordless()) {
      throw Errors.AUTH_WITHOUT_PASSWORD.error();
    }
    authenticate(ctx, user, ctx.argument(ctx.count() - 1));
    ctx.reply().ok();
  }

  private static void authenticate(CommandContext ctx, Bytes name, Bytes password) {
    User user = ctx.users().authenticate(name, password);
    if (user == null) {
      ctx.wrongPassword(name);
      throw Errors.WRONG_PASSWORD.error();
    }
    ctx.session().become(user);
  }

  private static void allButTheName(Request request, IntConsumer index) {
    for (int i = 1; i < request.count(); i++) {
      index.accept(i);
    }
  }

  // ----------------------------------------------------------------------------------- hello

  private static void hello(CommandContext ctx) {
    int version = ctx.session().protocol();
    if (ctx.count() > 1) {
      long asked = ctx.longArgument(1, Errors.PROTO_NOT_AN_INTEGER.error());
      if (asked < 2 || asked > 3) {
        throw Errors.NO_PROTO.error();
      }
      version = (int) asked;
    }
    Bytes user = null;
    Bytes password = Bytes.EMPTY;
    Bytes name = null;
    int i = 2;
    while (i < ctx.count()) {
      int more = ctx.count() - i - 1;
      if (ctx.isWord(i, "AUTH") && more >= 2) {
        user = ctx.argument(i + 1);
        password = ctx.argument(i + 2);
        i += 3;
      } else if (ctx.isWord(i, "SETNAME") && more >= 1) {
        name = requireName(ctx.argument(i + 1));
        i += 2;
      } else {
        throw Errors.HELLO_OPTION.error(ctx.argument(i));
      }
    }
    if (user != null) {
      authenticate(ctx, user, password);
    }
    if (!ctx.session().isAuthenticated()) {
      throw Errors.NO_AUTH_HELLO.error();
    }

    Session session = ctx.session();
    if (name != null) {
      session.name(name);
    }
    session.protocol(version);

    introduce(session.reply(), session.id());
  }

  /** Clients decide by these fields what they may use, so they are those of Redis. */
  private static void introduce(ReplyWriter reply, long clientId) {
    reply.map(7);
    reply.bulk("server");
    reply.bulk("redis");
    reply.bulk("version");
    reply.bulk(Compatibility.REDIS_VERSION);
    reply.bulk("proto");
    reply.integer(reply.version());
    reply.bulk("id");
    reply.integer(clientId);
    reply.bulk("mode");
    reply.bulk("standalone");
    reply.bulk("role");
    reply.bulk("master");
    reply.bulk("modules");
    reply.array(0);
  }

  private static void helloSecrets(Request request, IntConsumer index) {
    for (int i = 2; i + 2 < request.count(); i++) {
      if (request.argument(i).isWord("AUTH")) {
        index.accept(i + 1);
        index.accept(i + 2);
        i += 2;
      }
    }
  }

  /** A name that can stand in a line of CLIENT LIST: no spaces, nothing that cannot be printed. */
  static Bytes requireName(Bytes name) {
    if (!isPrintable(name)) {
      throw Errors.CLIENT_NAME.error();
    }
    return name;
  }

  static boolean isPrintable(Bytes text) {
    for (int i = 0; i < text.length(); i++) {
      if (text.at(i) < '!' || text.at(i) > '~') {
        return false;
      }
    }
    return true;
  }
}
