package dev.carillon.engine.command.family;

import static dev.carillon.engine.command.CommandFlag.ADMIN;
import static dev.carillon.engine.command.CommandFlag.LOADING;
import static dev.carillon.engine.command.CommandFlag.NOSCRIPT;
import static dev.carillon.engine.command.CommandFlag.NO_ASYNC_LOADING;
import static dev.carillon.engine.command.CommandFlag.STALE;

import dev.carillon.engine.command.Command;
import dev.carillon.engine.command.CommandContext;
import dev.carillon.engine.command.CommandGroup;
import dev.carillon.engine.command.CommandTable;
import dev.carillon.engine.command.Handler;
import dev.carillon.engine.config.Parameters;
import dev.carillon.engine.reply.CommandError;
import dev.carillon.engine.reply.Errors;
import dev.carillon.engine.reply.ReplyWriter;
import dev.carillon.protocol.bytes.Bytes;
import dev.carillon.protocol.resp.Request;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.IntConsumer;

/**
 * ACL, as far as it is true: there is one user, {@code default}, who may do everything and whose
 * password is {@code requirepass}. And MODULE, of which there are none.
 */
final class AclCommands {

  private AclCommands() {}

  static void register(CommandTable.Builder table) {
    table.group(CommandGroup.SERVER);
    Command.Row acl =
        table
            .container("acl")
            .since("6.0.0")
            .summary("Asks about users and categories of commands.")
            .complexity("Depends on subcommand.");
    acl.subcommand("cat", -2, AclCommands::cat)
        .flags(NOSCRIPT, LOADING, STALE)
        .since("6.0.0")
        .summary("Lists the categories of commands, or the commands of one.")
        .complexity("O(1) since the categories and commands are a fixed set.");
    acl.subcommand("whoami", 2, ctx -> ctx.reply().bulk(ConnectionCommands.DEFAULT_USER))
        .flags(NOSCRIPT, LOADING, STALE)
        .since("6.0.0")
        .summary("Answers the name of the user.")
        .complexity("O(1)");
    admin(acl, "list", 2, AclCommands::list)
        .since("6.0.0")
        .summary("Describes the user as a line of a configuration file.")
        .complexity("O(N). Where N is the number of configured users.");
    admin(acl, "users", 2, AclCommands::users)
        .since("6.0.0")
        .summary("Lists the names of users.")
        .complexity("O(N). Where N is the number of configured users.");
    admin(acl, "getuser", 3, AclCommands::getuser)
        .since("6.0.0")
        .summary("Describes a user.")
        .complexity(
            "O(N). Where N is the number of password, command and pattern rules that the user"
                + " has.");
    admin(acl, "dryrun", -4, AclCommands::dryrun)
        .since("7.0.0")
        .summary("Says whether a user may do something.")
        .complexity("O(1).");
    admin(acl, "setuser", -3, refusal(Errors.ONE_USER.error()))
        .secrets(AclCommands::rules)
        .since("6.0.0")
        .summary("Refused: there is one user.")
        .complexity("O(N). Where N is the number of rules provided.");
    admin(acl, "deluser", -3, refusal(Errors.ONE_USER.error()))
        .since("6.0.0")
        .summary("Refused: there is one user.")
        .complexity("O(1) amortized time considering the typical user.");
    admin(acl, "load", 2, refusal(Errors.ONE_USER.error()))
        .since("6.0.0")
        .summary("Refused: there is no file of users.")
        .complexity("O(N). Where N is the number of configured users.");
    admin(acl, "save", 2, refusal(Errors.ONE_USER.error()))
        .since("6.0.0")
        .summary("Refused: there is no file of users.")
        .complexity("O(N). Where N is the number of configured users.");
    admin(acl, "log", -2, refusal(Errors.ONE_USER.error()))
        .since("6.0.0")
        .summary("Refused: nothing is denied to the one user.")
        .complexity("O(N) with N being the number of entries shown.");
    acl.subcommand("genpass", -2, refusal(Errors.ONE_USER.error()))
        .flags(NOSCRIPT, LOADING, STALE)
        .since("6.0.0")
        .summary("Refused: no passwords are made here.")
        .complexity("O(1)");
    Help.subcommand(
        acl,
        List.of(
            "CAT [<category>]",
            "    Lists the categories of commands, or the commands of one.",
            "DRYRUN <username> <command> [<arg> ...]",
            "    Says whether a user may do something.",
            "GETUSER <username>",
            "    Describes a user.",
            "LIST",
            "    Describes all users, of which there is one.",
            "USERS",
            "    Lists the names of users.",
            "WHOAMI",
            "    Answers the name of the user."),
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
        .complexity("O(N) where N is the number of loaded modules.");
    refusedModule(module, "load", -3, "4.0.0");
    refusedModule(module, "loadex", -3, "7.0.0");
    refusedModule(module, "unload", 3, "4.0.0");
    Help.subcommand(
        module,
        List.of("LIST", "    Lists the modules, of which there are none."),
        "5.0.0",
        LOADING,
        STALE);
  }

  private static void refusedModule(Command.Row module, String name, int arity, String since) {
    module
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

  private static void rules(Request request, IntConsumer index) {
    for (int i = 3; i < request.count(); i++) {
      index.accept(i);
    }
  }

  // ---------------------------------------------------------------------------------- the user

  private static void users(CommandContext ctx) {
    ctx.reply().array(1);
    ctx.reply().bulk(ConnectionCommands.DEFAULT_USER);
  }

  private static void list(CommandContext ctx) {
    String password = ctx.config().get(Parameters.REQUIREPASS);
    ctx.reply().array(1);
    ctx.reply()
        .bulk(
            "user default on "
                + (password.isEmpty() ? "nopass" : "#" + hash(password))
                + " ~* &* +@all");
  }

  private static void getuser(CommandContext ctx) {
    ReplyWriter reply = ctx.reply();
    if (!ctx.argument(2).equals(ConnectionCommands.DEFAULT_USER)) {
      reply.nil();
      return;
    }
    String password = ctx.config().get(Parameters.REQUIREPASS);
    reply.map(6);
    reply.bulk("flags");
    reply.set(password.isEmpty() ? 2 : 1);
    reply.bulk("on");
    if (password.isEmpty()) {
      reply.bulk("nopass");
    }
    reply.bulk("passwords");
    reply.array(password.isEmpty() ? 0 : 1);
    if (!password.isEmpty()) {
      reply.bulk(hash(password));
    }
    text(reply, "commands", "+@all");
    text(reply, "keys", "~*");
    text(reply, "channels", "&*");
    reply.bulk("selectors");
    reply.array(0);
  }

  private static void text(ReplyWriter reply, String name, String text) {
    reply.bulk(name);
    reply.bulk(text);
  }

  private static String hash(String password) {
    try {
      return HexFormat.of()
          .formatHex(
              MessageDigest.getInstance("SHA-256")
                  .digest(password.getBytes(StandardCharsets.ISO_8859_1)));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }

  private static void dryrun(CommandContext ctx) {
    if (!ctx.argument(2).equals(ConnectionCommands.DEFAULT_USER)) {
      throw Errors.ACL_NO_SUCH_USER.error(ctx.argument(2));
    }
    Command command = ctx.commands().find(ctx.argument(3));
    if (command == null) {
      throw Errors.ACL_NO_SUCH_COMMAND.error(ctx.argument(3));
    }
    if (command.handler() != null && !command.accepts(ctx.count() - 3)) {
      throw Errors.WRONG_ARITY.error(command.fullName());
    }
    ctx.reply().ok();
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
