package dev.carillon.engine.session;

import dev.carillon.engine.tracking.Tracking;
import dev.carillon.protocol.resp.Request;
import org.jspecify.annotations.Nullable;

/** The line that describes one client in CLIENT LIST and elsewhere, with the fields of Redis. */
public final class ClientLine {

  /** Estimated: the objects of a session with its empty outbox. */
  static final long SESSION_BYTES = 1024;

  private ClientLine() {}

  /** Appends the line of a client, without an end of line. */
  public static void append(StringBuilder line, Session session, long nowMillis) {
    append(line, session, nowMillis, null);
  }

  /**
   * Appends the line of the client that asks, without an end of line.
   *
   * @param asking its request, which counts as read and not yet done; or null
   */
  public static void append(
      StringBuilder line, Session session, long nowMillis, @Nullable Request asking) {
    field(line, "id", session.id());
    field(line, "addr", session.peer().address());
    field(line, "laddr", session.peer().localAddress());
    field(line, "fd", session.peer().fileDescriptor());
    field(line, "name", session.name().toLatin1());
    field(line, "age", Math.max(0, nowMillis - session.createdMillis()) / 1000);
    field(line, "idle", Math.max(0, nowMillis - session.lastActiveMillis()) / 1000);
    field(line, "flags", flags(session));
    field(line, "db", session.db());
    field(line, "sub", session.subscriptions().channels().size());
    field(line, "psub", session.subscriptions().patterns().size());
    field(line, "ssub", session.subscriptions().shardChannels().size());
    field(line, "multi", session.transaction().size());
    field(line, "watch", session.transaction().watched());
    long unparsed = session.inputBytes() - session.parsedBytes();
    field(line, "qbuf", asking == null ? unparsed : asking.wireBytes());
    field(line, "qbuf-free", 0);
    field(line, "argv-mem", asking == null ? session.parsedBytes() : asking.byteSize());
    field(line, "multi-mem", session.transaction().queuedBytes());
    field(line, "rbs", 0);
    field(line, "rbp", 0);
    field(line, "obl", 0);
    boolean waits = !session.outbox().isEmpty();
    field(line, "oll", waits ? 1 : 0);
    field(line, "omem", session.outbox().pendingBytes());
    field(line, "tot-mem", memoryBytes(session));
    field(line, "events", waits ? "rw" : "r");
    field(line, "cmd", session.lastCommand());
    field(line, "user", session.user().name().toLatin1());
    Tracking tracking = session.tracking();
    field(line, "redir", tracking == null ? -1 : tracking.redirect());
    field(line, "resp", session.protocol());
    field(line, "lib-name", session.libraryName().toLatin1());
    field(line, "lib-ver", session.libraryVersion().toLatin1());
    field(line, "io-thread", 0);
    field(line, "tot-net-in", session.receivedBytes());
    field(line, "tot-net-out", session.outbox().position());
    line.append("tot-cmds=").append(session.commands());
  }

  private static void field(StringBuilder line, String name, Object value) {
    line.append(name).append('=').append(value).append(' ');
  }

  /** Letters for what is special about a client, {@code N} if nothing is. */
  private static String flags(Session session) {
    StringBuilder letters = new StringBuilder();
    flag(letters, 'O', session.isMonitoring());
    flag(letters, 'P', !session.subscriptions().isEmpty());
    flag(letters, 'x', session.transaction().size() != Transaction.NONE);
    flag(letters, 'b', session.isWaitingForReply());
    Tracking tracking = session.tracking();
    flag(letters, 't', tracking != null);
    flag(letters, 'R', tracking != null && tracking.isRedirectBroken());
    flag(letters, 'B', tracking != null && tracking.isBroadcast());
    flag(letters, 'd', session.transaction().isTouched());
    flag(letters, 'c', session.isClosingAfterReplies());
    flag(letters, 'A', session.isKilled());
    flag(letters, 'U', session.peer().address().startsWith("/"));
    flag(letters, 'e', session.isNoEvict());
    flag(letters, 'T', session.isNoTouch());
    return letters.isEmpty() ? "N" : letters.toString();
  }

  private static void flag(StringBuilder letters, char letter, boolean isSet) {
    if (isSet) {
      letters.append(letter);
    }
  }

  /** About how much memory a client takes. */
  public static long memoryBytes(Session session) {
    return SESSION_BYTES
        + session.inputBytes()
        + session.outbox().pendingBytes()
        + session.keptBytes();
  }
}
