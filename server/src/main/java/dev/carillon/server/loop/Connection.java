package dev.carillon.server.loop;

import dev.carillon.engine.session.Session;

/** The transport's side of a session, as the loop sees it. Called on the loop's thread only. */
public interface Connection {

  /** Sends what the session's outbox may release, or ends the connection if the session says so. */
  void flush();

  /** Goes on with requests that were held while the session was paused. */
  void resume();

  /** The session that this connection carries. */
  Session session();
}
