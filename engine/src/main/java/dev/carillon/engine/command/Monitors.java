package dev.carillon.engine.command;

import dev.carillon.engine.session.Session;
import dev.carillon.engine.turn.EventSink;
import dev.carillon.engine.turn.Turn;
import dev.carillon.protocol.bytes.Bytes;
import dev.carillon.protocol.event.EventType;
import dev.carillon.protocol.resp.Request;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Shows the commands of all clients to those that asked for it (MONITOR): a line for each, as a
 * status, at the end of the turn. As in Redis, administrative commands are left out, a queued
 * command is shown when it is executed, and the database is the one selected afterwards. Engine
 * thread only.
 */
public final class Monitors implements EventSink {

  private final List<Session> sessions = new ArrayList<>();
  private final ByteArrayOutputStream lines = new ByteArrayOutputStream();
  private @Nullable Turn turn;

  /** Nobody watches. */
  public Monitors() {}

  @Override
  public void attach(Turn newTurn) {
    turn = newTurn;
  }

  /** Shows commands to a session from now on. */
  public void add(Session session) {
    if (!session.isMonitoring()) {
      session.monitoring(true);
      sessions.add(session);
    }
  }

  /** Shows nothing to a session any more, or never did. */
  public void remove(Session session) {
    if (session.isMonitoring()) {
      session.monitoring(false);
      sessions.remove(session);
    }
  }

  void onExecuted(Session session, Command command, Request request, long nowMillis) {
    if (sessions.isEmpty()
        || command.flags().contains(CommandFlag.ADMIN)
        || command.flags().contains(CommandFlag.SKIP_MONITOR)) {
      return;
    }
    String address = session.peer().address();
    text(
        String.format(
            "+%d.%06d [%d %s]",
            nowMillis / 1000,
            nowMillis % 1000 * 1000,
            session.db(),
            address.startsWith("/") ? "unix:" + address : address));
    for (Bytes argument : Secrets.shown(command, request)) {
      quote(argument);
    }
    text("\r\n");
    if (turn != null) {
      turn.deliverAtEnd();
    }
  }

  private void quote(Bytes argument) {
    text(" \"");
    for (int i = 0; i < argument.length(); i++) {
      int c = argument.at(i) & 0xff;
      switch (c) {
        case '\\', '"' -> {
          lines.write('\\');
          lines.write(c);
        }
        case '\n' -> text("\\n");
        case '\r' -> text("\\r");
        case '\t' -> text("\\t");
        case 7 -> text("\\a");
        case '\b' -> text("\\b");
        default -> {
          if (c >= ' ' && c < 0x7f) {
            lines.write(c);
          } else {
            text(String.format("\\x%02x", c));
          }
        }
      }
    }
    lines.write('"');
  }

  private void text(String ascii) {
    lines.writeBytes(ascii.getBytes(StandardCharsets.ISO_8859_1));
  }

  @Override
  public int interest() {
    return 0;
  }

  @Override
  public void onEvent(int db, EventType type, Bytes key, List<Bytes> subkeys) {}

  @Override
  public void onCommitted(Turn committed) {
    if (lines.size() == 0) {
      return;
    }
    Bytes frame = Bytes.of(lines.toByteArray());
    lines.reset();
    for (Session session : sessions) {
      session.receiveMessage(frame, committed.revealed());
    }
  }
}
