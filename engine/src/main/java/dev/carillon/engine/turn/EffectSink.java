package dev.carillon.engine.turn;

import dev.carillon.protocol.bytes.Bytes;
import dev.carillon.protocol.resp.Request;

/**
 * Where the effects of turns are recorded: the journal, or a test. Effects come one by one while
 * the turn runs, so that nobody has to copy them; they count when the turn is committed. Called
 * from the engine's thread.
 */
public interface EffectSink {

  /**
   * A part of what repeats the turn that runs.
   *
   * @param turn will have the sequence {@code turn.sequence() + 1} if it is committed
   * @param db the number of the database that was selected when the change was made
   * @param arguments the command's name and arguments, as views that are good until this returns
   */
  void onEffect(Turn turn, int db, Bytes... arguments);

  /** As {@link #onEffect(Turn, int, Bytes...)} where a request repeats itself. */
  default void onEffect(Turn turn, int db, Request request) {
    Bytes[] arguments = new Bytes[request.count()];
    for (int i = 0; i < arguments.length; i++) {
      arguments[i] = request.argument(i);
    }
    onEffect(turn, db, arguments);
  }

  /**
   * The turn has changed something, and its effects are those since the last turn ended. Called
   * before any sink of events delivers.
   *
   * @param turn has its sequence and time; reused afterwards
   */
  void onCommitted(Turn turn);

  /** The turn whose effects came changed nothing after all: they do not count. */
  void onDiscarded();
}
