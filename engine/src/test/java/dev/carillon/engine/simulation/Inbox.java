package dev.carillon.engine.simulation;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What one client is to receive: replies and notifications in order, each with the turn that it
 * reveals. Notifications of one event on one channel that match several patterns of the client may
 * come in any order among themselves, as in Redis.
 */
final class Inbox {

  private record Parcel(boolean isReply, List<String> frames, long sequence) {}

  private final ArrayDeque<Parcel> expected = new ArrayDeque<>();

  /** The client is to get a reply. */
  void reply(String frame, long sequence) {
    if (!frame.isEmpty()) {
      expected.add(new Parcel(true, List.of(frame), sequence));
    }
  }

  /** The client is to get notifications, in any order. */
  void notifications(List<String> frames, long sequence) {
    expected.add(new Parcel(false, frames, sequence));
  }

  /** Whether nothing is to arrive any more. */
  boolean isEmpty() {
    return expected.isEmpty();
  }

  /** Whether a reply that may leave has not arrived; notifications may wait a little for more. */
  boolean owesReply(long durableSequence) {
    return expected.stream()
        .anyMatch(parcel -> parcel.isReply && parcel.sequence <= durableSequence);
  }

  /**
   * Compares what arrived with all that was to arrive by now.
   *
   * @param received everything that arrived since the last call
   * @param durableSequence the last turn that may be revealed
   */
  void receive(String received, long durableSequence) {
    int at = 0;
    for (Parcel parcel = expected.peek();
        parcel != null && parcel.sequence <= durableSequence;
        parcel = expected.peek()) {
      List<String> missing = new ArrayList<>(parcel.frames);
      while (!missing.isEmpty()) {
        String frame = begins(received, at, missing);
        if (frame == null) {
          throw diagnose(received.substring(at), parcel, missing.getFirst());
        }
        missing.remove(frame);
        at += frame.length();
      }
      expected.remove();
    }
    if (at < received.length()) {
      String rest = received.substring(at);
      Parcel held = expected.peek();
      boolean early = held != null && begins(rest, 0, held.frames) != null;
      throw (early ? Promise.DURABLE : Promise.UNIQUE)
          .broken(
              "received beyond what was expected: "
                  + Wire.show(rest)
                  + (early ? "\nwhich reveals turn " + held.sequence : "")
                  + "\ndurable: "
                  + durableSequence);
    }
  }

  private static @Nullable String begins(String text, int at, List<String> frames) {
    for (String frame : frames) {
      if (text.startsWith(frame, at)) {
        return frame;
      }
    }
    return null;
  }

  /** Which promise it is that was broken, as well as the difference tells. */
  private Promise.Broken diagnose(String rest, Parcel parcel, String frame) {
    boolean startsLater =
        expected.stream().skip(1).anyMatch(later -> begins(rest, 0, later.frames) != null);
    boolean comesLater = rest.contains(frame);
    Promise promise;
    if (parcel.isReply) {
      promise = startsLater && comesLater ? Promise.REPLY_FIRST : Promise.ANSWERED;
    } else if (comesLater) {
      promise = startsLater ? Promise.ORDERED : Promise.UNIQUE;
    } else {
      promise = rest.isEmpty() || startsLater ? Promise.COMPLETE : Promise.UNIQUE;
    }
    return promise.broken("expected: " + Wire.show(frame) + "\nreceived: " + Wire.show(rest));
  }
}
