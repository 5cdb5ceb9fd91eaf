package dev.carillon.engine.command.family;

import static dev.carillon.engine.command.CommandFlag.WRITE;
import static dev.carillon.protocol.event.EventType.DEL;

import dev.carillon.engine.command.CommandContext;
import dev.carillon.engine.command.CommandTable;
import dev.carillon.engine.command.Conversation;
import dev.carillon.engine.command.KeySpec;
import dev.carillon.engine.command.Wait;
import dev.carillon.engine.config.Parameters;
import dev.carillon.engine.keyspace.Entry;
import dev.carillon.engine.rdb.DumpPayload;
import dev.carillon.engine.reply.CommandError;
import dev.carillon.engine.reply.Errors;
import dev.carillon.protocol.bytes.Bytes;
import dev.carillon.protocol.bytes.Numerals;
import dev.carillon.protocol.resp.Request;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntConsumer;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * MIGRATE: keys move to another server, as DUMP, RESTORE there and DEL here.
 *
 * <p>Redis stands still until the other server has answered. Here only the client waits, and others
 * go on, perhaps with these keys. So what was sent is kept: a key goes only if it still is what the
 * other server got. If it is not, it stays, and the client is told.
 */
final class MigrateCommand {

  private static final Bytes AUTH = Bytes.of("AUTH");
  private static final Bytes SELECT = Bytes.of("SELECT");
  private static final Bytes RESTORE = Bytes.of("RESTORE");
  private static final Bytes REPLACE = Bytes.of("REPLACE");
  private static final Bytes DEL_WORD = Bytes.of("DEL");

  /** As Redis: what stands for no timeout at all. */
  private static final long TIMEOUT_MILLIS = 1000;

  private static final int PORT_MAX = 65535;

  private MigrateCommand() {}

  static void register(CommandTable.Builder table) {
    table
        .command("migrate", -6, MigrateCommand::migrate)
        .flags(WRITE)
        .keys(
            KeySpec.one(3)
                .access("RW access delete")
                .and(KeySpec.behind("KEYS", -2, -1, 0).access("RW access delete incomplete"))
                .finder(MigrateCommand::findKeys))
        .categories("dangerous")
        .emits(DEL)
        .since("2.6.0")
        .summary("Moves keys to another server.")
        .grammar(
            """
            ~nondeterministic_output host:string port:integer key-selector:oneof( key:key@0
            empty-string:pure-token='' ) destination-db:integer timeout:integer
            copy:pure-token=COPY<3.0.0>? replace:pure-token=REPLACE<3.0.0>?
            authentication:oneof?( auth/password:string=AUTH<4.0.7> auth2:block=AUTH2<6.0.0>(
            username:string password:string ) ) keys/key:key@1=KEYS<3.0.6>?*
            """)
        .complexity("O(N) where N is the size of the values, here and there.");
  }

  /**
   * An empty key in the place of one says that the keys stand at the end; where both are said,
   * there are none, because the request will be refused. The word KEYS says so only if something
   * stands behind it.
   */
  private static void findKeys(Request request, IntConsumer index) {
    if (request.count() <= 3) {
      return;
    }
    for (int i = 6; i < request.count() - 1; i++) {
      Bytes word = request.argument(i);
      if (word.isWord("KEYS")) {
        if (request.argument(3).isEmpty()) {
          IntStream.range(i + 1, request.count()).forEach(index);
        }
        return;
      }
      i += word.isWord("AUTH") ? 1 : word.isWord("AUTH2") ? 2 : 0;
    }
    index.accept(3);
  }

  /**
   * A key on its way.
   *
   * @param deadlineMillis as it was, {@link Entry#NO_DEADLINE} for none
   */
  private record Sent(Bytes key, Bytes payload, long deadlineMillis) {

    /** Whether an entry still is what was sent. O(size). */
    boolean isSame(Entry entry, boolean compressing) {
      return entry.deadlineMillis() == deadlineMillis
          && DumpPayload.of(entry, compressing).equals(payload);
    }
  }

  /** A request that waits for the other server. */
  private static final class Migration {
    final Options options;
    final boolean compressing;
    final List<Sent> sent = new ArrayList<>();
    Conversation.@Nullable End end;
    List<String> replies = List.of();

    Migration(Options options, boolean compressing) {
      this.options = options;
      this.compressing = compressing;
    }
  }

  /**
   * What the request says.
   *
   * @param auth the words of AUTH, none if nothing is to be said
   */
  private record Options(
      String host,
      int port,
      Bytes database,
      long timeoutMillis,
      boolean copy,
      boolean replace,
      List<Bytes> auth,
      List<Bytes> keys) {

    static Options of(CommandContext ctx) {
      boolean copy = false;
      boolean replace = false;
      List<Bytes> auth = List.of();
      List<Bytes> keys = List.of(ctx.argument(3).copy());
      for (int i = 6; i < ctx.count(); i++) {
        int more = ctx.count() - 1 - i;
        if (ctx.isWord(i, "COPY")) {
          copy = true;
        } else if (ctx.isWord(i, "REPLACE")) {
          replace = true;
        } else if (ctx.isWord(i, "AUTH") && more >= 1) {
          auth = List.of(AUTH, ctx.argument(++i).copy());
        } else if (ctx.isWord(i, "AUTH2") && more >= 2) {
          auth = List.of(AUTH, ctx.argument(++i).copy(), ctx.argument(++i).copy());
        } else if (ctx.isWord(i, "KEYS")) {
          if (!ctx.argument(3).isEmpty()) {
            throw Errors.MIGRATE_KEYS_AND_KEY.error();
          }
          List<Bytes> named = new ArrayList<>();
          for (int k = i + 1; k < ctx.count(); k++) {
            named.add(ctx.argument(k).copy());
          }
          keys = named;
          break;
        } else {
          throw Errors.SYNTAX.error();
        }
      }
      long timeout = ctx.longArgument(5);
      long database = ctx.longArgument(4);
      return new Options(
          ctx.argument(1).toString(),
          port(ctx.argument(2)),
          Numerals.of(database),
          timeout <= 0 ? TIMEOUT_MILLIS : timeout,
          copy,
          replace,
          auth,
          keys);
    }

    /** Redis takes whatever stands there and reaches nobody; 0 does the same. */
    private static int port(Bytes text) {
      long port = Numerals.isLong(text) ? Numerals.toLong(text) : 0;
      return port < 0 || port > PORT_MAX ? 0 : (int) port;
    }
  }

  private static void migrate(CommandContext ctx) {
    if (ctx.memo() instanceof Migration migration) {
      goOn(ctx, migration);
      return;
    }
    Migration migration =
        new Migration(Options.of(ctx), ctx.config().get(Parameters.RDBCOMPRESSION));
    List<List<Bytes>> requests = requests(ctx, migration);
    if (migration.sent.isEmpty()) {
      ctx.reply().simple("NOKEY");
      return;
    }
    if (ctx.isQueued()) {
      throw Errors.MIGRATE_NOT_QUEUED.error();
    }
    var session = ctx.session();
    var blocking = ctx.blocking();
    ctx.block(Wait.withMemo(migration, reply -> reply.error(Errors.MIGRATE_NOT_READ.error())));
    Options options = migration.options;
    ctx.host()
        .converse(
            new Conversation(
                options.host,
                options.port,
                options.timeoutMillis,
                requests,
                (end, replies) -> {
                  migration.end = end;
                  migration.replies = replies;
                  blocking.tryAgain(session, migration);
                }));
  }

  /** Dumps the keys that are there; keys past their deadline are not. */
  private static List<List<Bytes>> requests(CommandContext ctx, Migration migration) {
    Options options = migration.options;
    List<List<Bytes>> requests = new ArrayList<>();
    if (!options.auth.isEmpty()) {
      requests.add(options.auth);
    }
    requests.add(List.of(SELECT, options.database));
    for (Bytes key : options.keys) {
      Entry entry = ctx.find(key);
      if (entry == null) {
        continue;
      }
      Bytes payload = DumpPayload.of(entry, migration.compressing).copy();
      long deadline = entry.deadlineMillis();
      migration.sent.add(new Sent(key, payload, deadline));
      long ttl = deadline == Entry.NO_DEADLINE ? 0 : Math.max(1, deadline - ctx.nowMillis());
      List<Bytes> restore = new ArrayList<>(List.of(RESTORE, key, Numerals.of(ttl), payload));
      if (options.replace) {
        restore.add(REPLACE);
      }
      requests.add(restore);
    }
    return requests;
  }

  private static void goOn(CommandContext ctx, Migration migration) {
    Conversation.End end = migration.end;
    if (end == null) {
      ctx.block(Wait.withMemo(migration, reply -> reply.error(Errors.MIGRATE_NOT_READ.error())));
      return;
    }
    List<String> replies = migration.replies;
    int first = migration.options.auth.isEmpty() ? 1 : 2;
    CommandError refusal = refusal(replies);
    boolean isWelcome = true;
    for (int i = 0; i < Math.min(first, replies.size()); i++) {
      isWelcome &= replies.get(i).isEmpty();
    }

    CommandError changed = null;
    for (int i = 0; i < migration.sent.size() && isWelcome; i++) {
      boolean arrived = first + i < replies.size() && replies.get(first + i).isEmpty();
      if (arrived && !migration.options.copy && !remove(ctx, migration, migration.sent.get(i))) {
        changed = Errors.MIGRATE_CHANGED.error(migration.sent.get(i).key);
      }
    }

    if (refusal == null) {
      refusal =
          switch (end) {
            case COMPLETE -> changed;
            case UNKNOWN_HOST -> Errors.MIGRATE_NOT_CONNECTED.error();
            case NOT_SENT -> Errors.MIGRATE_NOT_WRITTEN.error();
            case NOT_ANSWERED -> Errors.MIGRATE_NOT_READ.error();
          };
    }
    if (refusal == null) {
      ctx.reply().ok();
    } else {
      ctx.reply().error(refusal);
    }
  }

  private static @Nullable CommandError refusal(List<String> replies) {
    for (String reply : replies) {
      if (!reply.isEmpty()) {
        return Errors.MIGRATE_REFUSED.error(reply);
      }
    }
    return null;
  }

  /** Removes a key that the other server has now, unless it changed meanwhile. */
  private static boolean remove(CommandContext ctx, Migration migration, Sent sent) {
    Entry entry = ctx.db().findAsIs(sent.key);
    if (entry == null) {
      return true;
    }
    if (!sent.isSame(entry, migration.compressing)) {
      return false;
    }
    ctx.delete(sent.key, entry);
    ctx.effect(DEL_WORD, sent.key);
    return true;
  }
}
