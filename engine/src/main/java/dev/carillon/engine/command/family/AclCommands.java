package dev.carillon.engine.command.family;

import static dev.carillon.engine.command.CommandFlag.ADMIN;
import static dev.carillon.engine.command.CommandFlag.LOADING;
import static dev.carillon.engine.command.CommandFlag.NOSCRIPT;
import static dev.carillon.engine.command.CommandFlag.NO_ASYNC_LOADING;
import static dev.carillon.engine.command.CommandFlag.STALE;

import dev.carillon.engine.acl.AclLog;
import dev.carillon.engine.acl.Denial;
import dev.carillon.engine.acl.RuleError;
import dev.carillon.engine.acl.Selector;
import dev.carillon.engine.acl.User;
import dev.carillon.engine.acl.Users;
import dev.carillon.engine.command.Command;
import dev.carillon.engine.command.CommandContext;
import dev.carillon.engine.command.CommandGroup;
import dev.carillon.engine.command.CommandTable;
import dev.carillon.engine.command.Guard;
import dev.carillon.engine.command.Handler;
import dev.carillon.engine.config.ConfigError;
import dev.carillon.engine.config.Parameters;
import dev.carillon.engine.reply.CommandError;
import dev.carillon.engine.reply.Errors;
import dev.carillon.engine.reply.ReplyWriter;
import dev.carillon.engine.session.Session;
import dev.carillon.engine.session.Subscriptions;
import dev.carillon.protocol.bytes.Bytes;
import dev.carillon.protocol.resp.Request;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.IntConsumer;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/** ACL: users and what their rules allow. And MODULE, of which there are none. */
final class AclCommands {

  /** The most bits of a password that GENPASS makes. */
  private static final int PASSWORD_BITS_MAX = 4096;

  private static final int PASSWORD_BITS = 256;

  /** How many entries ACL LOG answers if it is not said. */
  private static final int LOG_ENTRIES = 10;

  private AclCommands() {}

  static void register(CommandTable.Builder table) {
    table.group(CommandGroup.SERVER);
    Command.Row acl =
        table
            .container("acl")
            .since("6.0.0")
            .summary("Asks about users and changes what they may do.")
            .complexity("Depends on subcommand.");
    acl.subcommand("cat", -2, AclCommands::cat)
        .flags(NOSCRIPT, LOADING, STALE)
        .since("6.0.0")
        .summary("Lists the categories of commands, or the commands of one.")
        .grammar("category:string?")
        .complexity("O(1) since the categories and commands are a fixed set.");
    acl.subcommand("whoami", 2, ctx -> ctx.reply().bulk(ctx.session().user().name()))
        .flags(NOSCRIPT, LOADING, STALE)
        .since("6.0.0")
        .summary("Answers the name of the user that this client is.")
        .complexity("O(1)");
    acl.subcommand("genpass", -2, AclCommands::genpass)
        .flags(NOSCRIPT, LOADING, STALE)
        .since("6.0.0")
        .summary("Makes a password that nobody can guess.")
        .grammar("bits:integer?")
        .complexity("O(1)");
    admin(acl, "list", 2, AclCommands::list)
        .since("6.0.0")
        .summary("Describes all users as lines of a configuration file.")
        .complexity("O(N). Where N is the number of configured users.");
    admin(acl, "users", 2, AclCommands::users)
        .since("6.0.0")
        .summary("Lists the names of users.")
        .complexity("O(N). Where N is the number of configured users.");
    admin(acl, "getuser", 3, AclCommands::getuser)
        .since("6.0.0")
        .summary("Describes a user.")
        .grammar("username:string")
        .complexity(
            "O(N). Where N is the number of password, command and pattern rules that the user"
                + " has.");
    admin(acl, "setuser", -3, AclCommands::setuser)
        .secrets(AclCommands::rules)
        .since("6.0.0")
        .summary("Makes a user, or changes what one may do.")
        .grammar(
            """
            ~request_policy:all_nodes ~response_policy:all_succeeded username:string
            rule:string?*
            """)
        .complexity("O(N). Where N is the number of rules provided.");
    admin(acl, "deluser", -3, AclCommands::deluser)
        .since("6.0.0")
        .summary("Removes users and disconnects their clients.")
        .grammar("~request_policy:all_nodes ~response_policy:all_succeeded username:string*")
        .complexity("O(1) amortized time considering the typical user.");
    admin(acl, "dryrun", -4, AclCommands::dryrun)
        .since("7.0.0")
        .summary("Says whether a user may do something.")
        .grammar("username:string command:string arg:string?*")
        .complexity("O(1).");
    admin(acl, "load", 2, AclCommands::load)
        .since("6.0.0")
        .summary("Replaces all users by those of the file that aclfile names.")
        .complexity("O(N). Where N is the number of configured users.");
    admin(acl, "save", 2, AclCommands::save)
        .since("6.0.0")
        .summary("Writes all users into the file that aclfile names.")
        .grammar("~request_policy:all_nodes ~response_policy:all_succeeded")
        .complexity("O(N). Where N is the number of configured users.");
    admin(acl, "log", -2, AclCommands::log)
        .since("6.0.0")
        .summary("Lists what was denied lately, or forgets it.")
        .grammar("operation:oneof?( count:integer reset:pure-token=RESET )")
        .complexity("O(N) with N being the number of entries shown.");
    Help.subcommand(
        acl,
        List.of(
            "CAT [<category>]",
            "    Lists the categories of commands, or the commands of one.",
            "DELUSER <username> [<username> ...]",
            "    Removes users and disconnects their clients.",
            "DRYRUN <username> <command> [<arg> ...]",
            "    Says whether a user may do something.",
            "GENPASS [<bits>]",
            "    Makes a password that nobody can guess; of 256 bits if it is not said.",
            "GETUSER <username>",
            "    Describes a user.",
            "LIST",
            "    Describes all users as lines of a configuration file.",
            "LOAD",
            "    Replaces all users by those of the file that aclfile names.",
            "LOG [<count> | RESET]",
            "    Lists what was denied lately, or forgets it.",
            "SAVE",
            "    Writes all users into the file that aclfile names.",
            "SETUSER <username> <rule> [<rule> ...]",
            "    Makes a user, or changes what one may do.",
            "USERS",
            "    Lists the names of users.",
            "WHOAMI",
            "    Answers the name of the user that this client is."),
        "6.0.0",
        LOADING,
        STALE);
    registerModules(table);
  }

  private static void registerModules(CommandTable.Builder table) {
    Command.Row module =
        table
            .container("module")
            .since("4.0.0")
            .summary("Asks about modules.")
            .complexity("Depends on subcommand.");
    module
        .subcommand("list", 2, ctx -> ctx.reply().array(0))
        .flags(ADMIN, NOSCRIPT)
        .since("4.0.0")
        .summary("Lists the modules, of which there are none.")
        .grammar("~nondeterministic_output_order")
        .complexity("O(N) where N is the number of loaded modules.");
    refusedModule(module, "load", -3, "4.0.0").grammar("path:string arg:string?*");
    refusedModule(module, "loadex", -3, "7.0.0")
        .grammar(
            """
            path:string configs:block=CONFIG?*+( name:string value:string ) args:string=ARGS?*
            """);
    refusedModule(module, "unload", 3, "4.0.0").grammar("name:string");
    Help.subcommand(
        module,
        List.of("LIST", "    Lists the modules, of which there are none."),
        "5.0.0",
        LOADING,
        STALE);
  }

  private static Command.Row refusedModule(
      Command.Row module, String name, int arity, String since) {
    return module
        .subcommand(name, arity, refusal(Errors.NO_MODULES.error()))
        .flags(ADMIN, NOSCRIPT, NO_ASYNC_LOADING)
        .since(since)
        .summary("Refused: there are no modules.")
        .complexity("O(1)");
  }

  private static Command.Row admin(Command.Row acl, String name, int arity, Handler handler) {
    return acl.subcommand(name, arity, handler).flags(ADMIN, NOSCRIPT, LOADING, STALE);
  }

  private static Handler refusal(CommandError error) {
    return ctx -> {
      throw error;
    };
  }

  // --------------------------------------------------------------------------------- describing

  private static void users(CommandContext ctx) {
    Collection<User> all = ctx.users().all();
    ctx.reply().array(all.size());
    all.forEach(user -> ctx.reply().bulk(user.name()));
  }

  private static void list(CommandContext ctx) {
    List<String> lines = ctx.users().lines();
    ctx.reply().array(lines.size());
    lines.forEach(line -> ctx.reply().bulk(bytes("user " + line)));
  }

  private static void getuser(CommandContext ctx) {
    ReplyWriter reply = ctx.reply();
    User user = ctx.users().find(ctx.argument(2));
    if (user == null) {
      reply.nil();
      return;
    }
    reply.map(6);
    reply.bulk("flags");
    reply.set(user.flags().size());
    user.flags().forEach(reply::bulk);
    reply.bulk("passwords");
    reply.array(user.passwords().size());
    user.passwords().forEach(reply::bulk);
    describe(reply, user.selectors().getFirst());
    reply.bulk("selectors");
    List<Selector> more = user.selectors().subList(1, user.selectors().size());
    reply.array(more.size());
    for (Selector selector : more) {
      reply.map(3);
      describe(reply, selector);
    }
  }

  private static void describe(ReplyWriter reply, Selector selector) {
    text(reply, "commands", selector.commandsText());
    text(reply, "keys", selector.keysText());
    text(reply, "channels", selector.channelsText());
  }

  private static void text(ReplyWriter reply, String name, String text) {
    reply.bulk(name);
    reply.bulk(bytes(text));
  }

  /** The bytes that the characters 0 to 255 of names and rules stand for. */
  private static Bytes bytes(String characters) {
    return Bytes.of(characters.getBytes(StandardCharsets.ISO_8859_1));
  }

  private static void dryrun(CommandContext ctx) {
    User user = ctx.users().find(ctx.argument(2));
    if (user == null) {
      throw Errors.ACL_NO_SUCH_USER.error(ctx.argument(2));
    }
    Bytes[] arguments = new Bytes[ctx.count() - 3];
    for (int i = 0; i < arguments.length; i++) {
      arguments[i] = ctx.argument(i + 3);
    }
    Request asked = Request.of(arguments);
    Command command = ctx.commands().findRow(asked);
    if (command == null) {
      throw Errors.ACL_NO_SUCH_COMMAND.error(ctx.argument(3));
    }
    if (command.handler() == null || !command.accepts(asked.count())) {
      throw Errors.WRONG_ARITY.error(command.fullName());
    }
    Denial denial = Guard.check(user, command, asked);
    if (denial == null) {
      ctx.reply().ok();
    } else {
      String name = user.name().toLatin1();
      ctx.reply().bulk(bytes("User " + name + " has no permissions to " + what(denial)));
    }
  }

  private static String what(Denial denial) {
    return switch (denial.reason()) {
      case COMMAND, AUTH -> "run the '" + denial.object() + "' command";
      case KEY -> "access the '" + denial.object() + "' key";
      case CHANNEL -> "access the '" + denial.object() + "' channel";
    };
  }

  // ----------------------------------------------------------------------------------- changing

  private static void setuser(CommandContext ctx) {
    Bytes name = ctx.argument(2);
    if (Users.hasSpaceOrZero(name.toLatin1())) {
      throw Errors.ACL_USER_NAME.error();
    }
    List<String> rules = new ArrayList<>();
    for (int i = 3; i < ctx.count(); i++) {
      rules.add(ctx.argument(i).toLatin1());
    }
    User known = ctx.users().find(name);
    boolean hadChannels = known != null && known.allowsSomeChannel();
    User user;
    try {
      user = ctx.users().change(name, rules);
    } catch (RuleError error) {
      throw refusal(error);
    }
    if (hadChannels) {
      disconnect(ctx, session -> session.user() == user && hearsTooMuch(session));
    }
    ctx.reply().ok();
  }

  private static CommandError refusal(RuleError error) {
    return error.reason() == RuleError.Reason.UNMATCHED
        ? Errors.ACL_UNMATCHED.error(bytes(error.rule()))
        : Errors.ACL_RULE.error(bytes(error.rule()), error.reason().text());
  }

  /**
   * Whether a client is subscribed to something that its user may not use any more. It is only
   * asked of users who were allowed some channel before: whoever heard channels before it became
   * another user may go on (observed on 7.0.15).
   */
  private static boolean hearsTooMuch(Session session) {
    User user = session.user();
    Subscriptions subscriptions = session.subscriptions();
    return !subscriptions.channels().stream().allMatch(user::allowsChannel)
        || !subscriptions.patterns().stream().allMatch(user::allowsPattern)
        || !subscriptions.shardChannels().stream().allMatch(user::allowsChannel);
  }

  private static void deluser(CommandContext ctx) {
    for (int i = 2; i < ctx.count(); i++) {
      if (ctx.argument(i).equals(Users.DEFAULT)) {
        throw Errors.ACL_DEFAULT_USER.error();
      }
    }
    int removed = 0;
    for (int i = 2; i < ctx.count(); i++) {
      removed += ctx.users().remove(ctx.argument(i)) ? 1 : 0;
    }
    disconnectStrangers(ctx);
    ctx.reply().integer(removed);
  }

  /** Disconnects the clients whose user is not there any more. */
  private static void disconnectStrangers(CommandContext ctx) {
    disconnect(ctx, session -> ctx.users().find(session.user().name()) != session.user());
  }

  private static void disconnect(CommandContext ctx, Predicate<Session> chosen) {
    for (Session session : List.copyOf(ctx.sessions().all())) {
      if (!session.isKilled() && chosen.test(session)) {
        ClientCommands.disconnect(ctx, session);
      }
    }
  }

  private static void rules(Request request, IntConsumer index) {
    for (int i = 3; i < request.count(); i++) {
      index.accept(i);
    }
  }

  // ---------------------------------------------------------------------------------- the file

  private static String requireFile(CommandContext ctx) {
    String file = ctx.config().get(Parameters.ACLFILE);
    if (file.isEmpty()) {
      throw Errors.ACL_NO_FILE.error();
    }
    return file;
  }

  private static void load(CommandContext ctx) {
    String file = requireFile(ctx);
    Set<User> hadChannels =
        ctx.users().all().stream().filter(User::allowsSomeChannel).collect(Collectors.toSet());
    String errors;
    try {
      errors = ctx.users().load(file, ctx.host().readUsers());
    } catch (ConfigError reason) {
      errors = "Error loading ACLs, opening file '" + file + "': " + reason.text();
    }
    if (!errors.isEmpty()) {
      throw Errors.ACL_LOAD.error(errors);
    }
    disconnectStrangers(ctx);
    disconnect(ctx, session -> hadChannels.contains(session.user()) && hearsTooMuch(session));
    ctx.reply().ok();
  }

  private static void save(CommandContext ctx) {
    requireFile(ctx);
    StringBuilder text = new StringBuilder();
    ctx.users().lines().forEach(line -> text.append("user ").append(line).append('\n'));
    if (!ctx.host().writeUsers(text.toString())) {
      throw Errors.ACL_SAVE.error();
    }
    ctx.reply().ok();
  }

  // ----------------------------------------------------------------------------------- denials

  private static void log(CommandContext ctx) {
    if (ctx.count() > 3) {
      throw Errors.SUBCOMMAND_ARITY.error(ctx.argument(1), "ACL");
    }
    AclLog log = ctx.users().log();
    if (ctx.count() == 3 && ctx.isWord(2, "RESET")) {
      log.clear();
      ctx.reply().ok();
      return;
    }
    long wanted = ctx.count() == 3 ? Math.max(0, ctx.longArgument(2)) : LOG_ENTRIES;
    List<AclLog.Entry> entries = log.entries().stream().limit(wanted).toList();
    ctx.reply().array(entries.size());
    entries.forEach(entry -> describe(ctx, entry));
  }

  private static void describe(CommandContext ctx, AclLog.Entry entry) {
    ReplyWriter reply = ctx.reply();
    reply.map(10);
    number(reply, "count", entry.count());
    text(reply, "reason", entry.reason().wireName());
    text(reply, "context", entry.context());
    text(reply, "object", entry.object());
    text(reply, "username", entry.user());
    reply.bulk("age-seconds");
    reply.real((ctx.nowMillis() - entry.createdMillis()) / 1000.0);
    text(reply, "client-info", entry.client());
    number(reply, "entry-id", entry.id());
    number(reply, "timestamp-created", entry.createdMillis());
    number(reply, "timestamp-last-updated", entry.updatedMillis());
  }

  private static void number(ReplyWriter reply, String name, long number) {
    reply.bulk(name);
    reply.integer(number);
  }

  // --------------------------------------------------------------------------------- passwords

  private static void genpass(CommandContext ctx) {
    if (ctx.count() > 3) {
      throw Errors.SUBCOMMAND_ARITY.error(ctx.argument(1), "ACL");
    }
    long bits = ctx.count() == 3 ? ctx.longArgument(2) : PASSWORD_BITS;
    if (bits <= 0 || bits > PASSWORD_BITS_MAX) {
      throw Errors.ACL_GENPASS.error();
    }
    int digits = (int) (bits + 3) / 4;
    String secret = HexFormat.of().formatHex(ctx.host().secret((digits + 1) / 2));
    ctx.reply().bulk(secret.substring(0, digits));
  }

  // -------------------------------------------------------------------------------- categories

  private static void cat(CommandContext ctx) {
    if (ctx.count() > 3) {
      throw Errors.SUBCOMMAND_ARITY.error(ctx.argument(1), "ACL");
    }
    Bytes asked = ctx.count() == 3 ? ctx.argument(2) : null;
    Set<String> categories = new TreeSet<>();
    List<String> commands = new ArrayList<>();
    String category = asked == null ? "" : "@" + asked.toLatin1().toLowerCase(Locale.ROOT);
    for (Command command : ctx.commands().commands()) {
      collect(command, category, categories, commands);
      for (Command sub : command.subcommands().values()) {
        collect(sub, category, categories, commands);
      }
    }
    ReplyWriter reply = ctx.reply();
    if (asked == null) {
      reply.array(categories.size());
      categories.forEach(name -> reply.bulk(name.substring(1)));
    } else if (commands.isEmpty()) {
      throw Errors.UNKNOWN_CATEGORY.error(asked);
    } else {
      reply.array(commands.size());
      commands.forEach(reply::bulk);
    }
  }

  private static void collect(
      Command command, String category, Set<String> categories, List<String> commands) {
    categories.addAll(command.categories());
    if (command.categories().contains(category)) {
      commands.add(command.fullName());
    }
  }
}
