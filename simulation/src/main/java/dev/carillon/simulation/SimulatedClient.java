package dev.carillon.simulation;

import dev.carillon.engine.reply.Departure;
import dev.carillon.engine.session.Session;
import dev.carillon.protocol.bytes.Bytes;
import dev.carillon.protocol.resp.ProtocolError;
import dev.carillon.protocol.resp.Reply;
import dev.carillon.protocol.resp.ReplyDecoder;
import java.io.ByteArrayOutputStream;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One client: knows of each byte in its outbox which turn it shows, by its own account and not by
 * the outbox's, and tells when it arrives.
 */
final class SimulatedClient {

  /** Output up to {@code end} shows the turn, and acknowledges it if it is a write of its own. */
  private record Mark(long end, long sequence, boolean isWrite, String text) {}

  /** Hears what arrives. */
  interface Ears {

    /** A byte that shows a turn arrived. */
    void onShown(long sequence, String text);

    /** The whole reply to a write arrived. */
    void onAcknowledged(long sequence, String text);
  }

  private final Session session;
  private final boolean isListener;
  private final ReplyDecoder decoder = new ReplyDecoder();
  private final ArrayDeque<Mark> marks = new ArrayDeque<>();
  private final List<Reply> replies = new ArrayList<>();
  private long marked;
  private long drained;
  private long passed;
  private String blockedIn = "";
  private @Nullable Departing departing;

  SimulatedClient(Session session, boolean isListener) {
    this.session = session;
    this.isListener = isListener;
  }

  Session session() {
    return session;
  }

  /** Whether it only hears events and never asks for anything. */
  boolean isListener() {
    return isListener;
  }

  /** The request that it waits in, or the last one that it waited in. */
  String blockedIn() {
    return blockedIn;
  }

  void blockedIn(String request) {
    blockedIn = request;
  }

  /** Whether its outbox has grown since the last mark. */
  boolean hasUnmarked() {
    return session.outbox().position() > marked;
  }

  /**
   * Says what the output since the last mark shows.
   *
   * @param sequence the last turn that it depends on
   * @param isWrite whether that turn is what the client asked for
   */
  void mark(long sequence, boolean isWrite, String text) {
    long end = session.outbox().position();
    if (end > marked) {
      marks.add(new Mark(end, sequence, isWrite, text));
      marked = end;
    }
  }

  /**
   * Prepares that output leaves from the thread that syncs.
   *
   * @return null if it was prepared already
   */
  @Nullable Departure departure(long sequence, Ears ears) {
    if (departing != null) {
      return null;
    }
    departing = new Departing(sequence, ears);
    return departing;
  }

  /** Output of which the outbox knows nothing until it is settled, as with a socket. */
  private final class Departing implements Departure {

    private final ByteArrayOutputStream output = new ByteArrayOutputStream();
    private final Ears ears;
    private boolean revoked;
    private int left;

    Departing(long sequence, Ears ears) {
      this.ears = ears;
      session.outbox().peek(sequence, output::write);
    }

    @Override
    public boolean leave() {
      if (revoked) {
        return false;
      }
      byte[] bytes = output.toByteArray();
      // A socket may take a part only.
      left = bytes.length % 5 == 4 ? bytes.length / 2 : bytes.length;
      decoder.feed(bytes, 0, left);
      drained += left;
      arrived(ears);
      return left == bytes.length;
    }
  }

  /** The connection is the engine's thread's alone again. */
  private void settle() {
    if (departing != null) {
      departing.revoked = true;
      session.outbox().skip(departing.left);
      departing = null;
    }
  }

  /** Takes what may leave, at most so many bytes. */
  void drain(long durableSequence, long bytesMax, Ears ears) {
    if (session.outbox().isReleasable(durableSequence)) {
      settle();
    }
    long before = drained;
    session
        .outbox()
        .drain(
            durableSequence,
            bytesMax,
            (bytes, offset, length) -> {
              decoder.feed(bytes, offset, length);
              drained += length;
            });
    if (drained > before) {
      arrived(ears);
    }
  }

  private void arrived(Ears ears) {
    while (!marks.isEmpty() && passed < drained) {
      Mark mark = marks.getFirst();
      ears.onShown(mark.sequence, mark.text);
      if (mark.end > drained) {
        break;
      }
      if (mark.isWrite) {
        ears.onAcknowledged(mark.sequence, mark.text);
      }
      passed = mark.end;
      marks.removeFirst();
    }
    try {
      for (Reply reply = decoder.next(); reply != null; reply = decoder.next()) {
        replies.add(reply);
      }
    } catch (ProtocolError e) {
      throw new AssertionError("the server wrote something that is no reply", e);
    }
  }

  /** What arrived since the last look. */
  List<Reply> take() {
    List<Reply> taken = List.copyOf(replies);
    replies.clear();
    return taken;
  }

  /** How many bytes are held back. */
  long heldBytes() {
    return session.outbox().pendingBytes();
  }

  /** A word of a reply as text. */
  static String text(Reply reply) {
    return switch (reply) {
      case Reply.Simple(Bytes text) -> "+" + text.toLatin1();
      case Reply.Failure(Bytes text) -> "-" + text.toLatin1();
      case Reply.Bulk(Bytes text) -> text.toLatin1();
      default -> reply.toString();
    };
  }
}
