package dev.carillon.engine.journal;

import dev.carillon.protocol.resp.Request;
import java.io.IOException;

/** Repeats the turns of a journal, each with its effects in order. */
public interface Replayer {

  /** A turn follows. */
  void begin(long sequence, long nowMillis);

  /**
   * One of its effects.
   *
   * @param db the number of the database that it concerns
   * @param request views that are good until this returns
   * @throws IOException with a clause that says why it cannot be repeated
   */
  void effect(int db, Request request) throws IOException;

  /** The turn is over. */
  void end();
}
