package dev.carillon.server.loop;

import dev.carillon.engine.reply.Departure;
import dev.carillon.engine.session.Session;
import org.jspecify.annotations.Nullable;

/** The transport's side of a session, as the loop sees it. Called on the loop's thread only. */
public interface Connection {

  /** Sends what the session's outbox may release, or ends the connection if the session says so. */
  void flush();

  /** Goes on with requests that were held while the session was paused. */
  void resume();

  /**
   * Prepares that the output which is held back until {@code sequence} is durable leaves from
   * another thread.
   *
   * @return null if it has to be flushed when the time has come
   */
  @Nullable Departure departure(long sequence);

  /** The session that this connection carries. */
  Session session();
}
