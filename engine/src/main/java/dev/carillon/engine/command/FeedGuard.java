package dev.carillon.engine.command;

import dev.carillon.engine.keyspace.Database;
import dev.carillon.engine.keyspace.Keyspace;
import dev.carillon.engine.reply.Errors;
import dev.carillon.protocol.bytes.Bytes;
import dev.carillon.protocol.bytes.Numerals;
import dev.carillon.protocol.resp.Request;
import java.util.Set;

/**
 * Keeps clients from writing to feeds: what a row says that it does to its keys decides. Commands
 * that only change what groups know of a stream are let through, because that is how feeds are
 * read. One place for all commands, before anything of a request has happened.
 */
final class FeedGuard {

  private static final Set<String> READERS =
      Set.of("xreadgroup", "xack", "xnack", "xclaim", "xautoclaim");

  private FeedGuard() {}

  /** Whether a command may be used on feeds although it writes. */
  static boolean isReader(String fullName) {
    return READERS.contains(fullName)
        || fullName.startsWith("xgroup|")
        || fullName.startsWith("feed|");
  }

  /**
   * Refuses a request that would write to a feed. Costs a few tests for each argument where none of
   * them could be the key of one, whatever the command would do to it.
   */
  static void check(Command command, Request request, Keyspace keyspace, int db) {
    if (!mayNameFeed(request, keyspace)) {
      return;
    }
    Database database = keyspace.database(db);
    if (command.name().equals("copy")) {
      database = target(request, keyspace, database);
    }
    if (database.feeds() == 0 || !command.keys().fits(request) || isCopying(command, request)) {
      return;
    }
    KeySpec keys = command.keys();
    for (KeySpec.Part part : keys.parts()) {
      if (!KeyAccess.writes(KeyAccess.of(command, part, request))) {
        continue;
      }
      Database checked = database;
      if (part.keys() == KeySpec.Keys.UNKNOWN) {
        keys.forEachKey(
            request,
            index -> {
              if (keys.partOf(request, index) == part) {
                refuse(checked, request.argument(index));
              }
            });
      } else {
        part.forEachKey(request, index -> refuse(checked, request.argument(index)));
      }
    }
  }

  private static boolean mayNameFeed(Request request, Keyspace keyspace) {
    for (int i = 1; i < request.count(); i++) {
      if (keyspace.mayBeFeed(request.argument(i))) {
        return true;
      }
    }
    return false;
  }

  private static void refuse(Database database, Bytes key) {
    if (database.isFeed(key)) {
      throw Errors.FEED_KEY.error();
    }
  }

  /** The database that a COPY writes to. */
  private static Database target(Request request, Keyspace keyspace, Database selected) {
    for (int i = 3; i + 1 < request.count(); i++) {
      Bytes number = request.argument(i + 1);
      if (request.argument(i).isWord("DB") && Numerals.isLong(number)) {
        long db = Numerals.toLong(number);
        return db < 0 || db >= keyspace.count() ? selected : keyspace.database((int) db);
      }
    }
    return selected;
  }

  /** Whether a MIGRATE leaves the keys where they are. */
  private static boolean isCopying(Command command, Request request) {
    if (!command.name().equals("migrate")) {
      return false;
    }
    for (int i = 6; i < request.count(); i++) {
      if (request.argument(i).isWord("COPY")) {
        return true;
      }
    }
    return false;
  }
}
