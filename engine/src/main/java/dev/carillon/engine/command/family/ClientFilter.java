package dev.carillon.engine.command.family;

import dev.carillon.engine.acl.User;
import dev.carillon.engine.command.CommandContext;
import dev.carillon.engine.reply.CommandError;
import dev.carillon.engine.reply.Errors;
import dev.carillon.engine.session.Session;
import dev.carillon.protocol.bytes.Bytes;
import dev.carillon.protocol.bytes.Numerals;
import java.util.function.Predicate;

/** The words of CLIENT KILL that choose clients; all of them must agree. */
final class ClientFilter {

  private Predicate<Session> condition = session -> true;
  private boolean skipMe = true;

  /** The filter that a request asks for by pairs of words from {@code from} on. */
  static ClientFilter parse(CommandContext ctx, int from) {
    ClientFilter filter = new ClientFilter();
    for (int i = from; i < ctx.count(); i += 2) {
      if (i + 1 == ctx.count()) {
        throw Errors.SYNTAX.error();
      }
      filter.add(ctx, ctx.argument(i), ctx.argument(i + 1));
    }
    return filter;
  }

  private void add(CommandContext ctx, Bytes word, Bytes value) {
    if (word.isWord("ID")) {
      long id = positive(value, Errors.CLIENT_ID_NOT_POSITIVE.error());
      require(session -> session.id() == id);
    } else if (word.isWord("TYPE")) {
      require(type(value));
    } else if (word.isWord("ADDR")) {
      String address = value.toLatin1();
      require(session -> session.peer().address().equals(address));
    } else if (word.isWord("LADDR")) {
      String address = value.toLatin1();
      require(session -> session.peer().localAddress().equals(address));
    } else if (word.isWord("USER")) {
      User user = ctx.users().find(value);
      if (user == null) {
        throw Errors.NO_SUCH_USER.error(value);
      }
      // Also clients that have not said the password are the default user.
      require(session -> session.user() == user);
    } else if (word.isWord("MAXAGE")) {
      if (!Numerals.isLong(value)) {
        throw Errors.MAXAGE_NOT_AN_INTEGER.error();
      }
      long seconds = positive(value, Errors.MAXAGE_NOT_POSITIVE.error());
      long now = ctx.nowMillis();
      require(session -> (now - session.createdMillis()) / 1000 >= seconds);
    } else if (word.isWord("SKIPME") && value.isWord("YES")) {
      skipMe = true;
    } else if (word.isWord("SKIPME") && value.isWord("NO")) {
      skipMe = false;
    } else {
      throw Errors.SYNTAX.error();
    }
  }

  private void require(Predicate<Session> more) {
    condition = condition.and(more);
  }

  private static long positive(Bytes text, CommandError refusal) {
    if (!Numerals.isLong(text) || Numerals.toLong(text) <= 0) {
      throw refusal;
    }
    return Numerals.toLong(text);
  }

  /** The clients of a type by its name in CLIENT LIST and CLIENT KILL. */
  static Predicate<Session> type(Bytes name) {
    if (name.isWord("NORMAL")) {
      return session -> session.subscriptions().isEmpty();
    }
    if (name.isWord("PUBSUB")) {
      return session -> !session.subscriptions().isEmpty();
    }
    if (name.isWord("MASTER") || name.isWord("REPLICA") || name.isWord("SLAVE")) {
      return session -> false;
    }
    throw Errors.UNKNOWN_CLIENT_TYPE.error(name);
  }

  boolean matches(Session session, Session me) {
    return !(skipMe && session == me) && condition.test(session);
  }
}
