package dev.carillon.engine.command;

import dev.carillon.engine.keyspace.Database;
import dev.carillon.engine.keyspace.Entry;
import dev.carillon.engine.keyspace.Keyspace;
import dev.carillon.engine.turn.Turn;
import dev.carillon.protocol.bytes.Bytes;
import dev.carillon.protocol.bytes.Numerals;
import dev.carillon.protocol.resp.Request;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What is done where a command failed half-way, because memory was exhausted or because of a
 * defect: its keys are closed as changed, and what each of them holds now is recorded as what
 * repeats the change. Memory and journal stay the same that way, whatever the command had come to.
 *
 * <p>Engine thread only.
 */
public final class Mending {

  private static final Bytes RESTORE = Bytes.of("RESTORE");
  private static final Bytes REPLACE = Bytes.of("REPLACE");
  private static final Bytes ABSTTL = Bytes.of("ABSTTL");
  private static final Bytes DEL = Bytes.of("DEL");

  /** Commands whose second key lies in another database. */
  private static final Set<String> ACROSS_DATABASES = Set.of("copy", "move");

  /** Says what keys hold. */
  @FunctionalInterface
  public interface Dumps {
    /** What RESTORE takes to make the same value; allocates it. */
    Bytes of(Entry entry);
  }

  private final Keyspace keyspace;
  private final Turn turn;
  private @Nullable Dumps dumps;

  Mending(CommandContext.Services parts) {
    this.keyspace = parts.keyspace();
    this.turn = parts.turn();
  }

  void dumps(Dumps newDumps) {
    dumps = newDumps;
  }

  /**
   * Closes and records what the keys of a request hold. O(their size).
   *
   * @param db the database that the client has selected
   * @return whether that is all that the command can have changed
   */
  boolean mend(int db, Command command, Request request) {
    boolean[] any = {false};
    command
        .keys()
        .forEachKey(
            request,
            index -> {
              any[0] = true;
              Bytes key = request.argument(index);
              if (ACROSS_DATABASES.contains(command.name())) {
                for (int each = 0; each < keyspace.count(); each++) {
                  mend(keyspace.database(each), key);
                }
              } else {
                mend(keyspace.database(db), key);
              }
            });
    return any[0] && (dumps != null || !turn.isRecording());
  }

  private void mend(Database database, Bytes key) {
    Entry entry = database.mend(key);
    Dumps known = dumps;
    if (!turn.isRecording() || known == null) {
      return;
    }
    if (database.isFeed(key)) {
      throw new IllegalStateException("nothing is restored over a feed");
    }
    if (entry == null) {
      turn.effect(database.number(), DEL, key);
      return;
    }
    long deadline = entry.hasDeadline() ? entry.deadlineMillis() : 0;
    Bytes dump = known.of(entry);
    turn.effect(database.number(), RESTORE, key, Numerals.of(deadline), dump, REPLACE, ABSTTL);
  }
}
