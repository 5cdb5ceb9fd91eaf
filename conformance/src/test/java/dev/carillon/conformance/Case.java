package dev.carillon.conformance;

import dev.carillon.protocol.bytes.Bytes;
import java.util.List;
import java.util.Optional;

/**
 * A situation with its outcome: what clients ask, step by step, what they receive, and what is
 * announced.
 *
 * @param file the name of the case file
 * @param line where the title stands, from 1
 * @param title unique among all files
 * @param settings what the world is like at first
 * @param steps in order
 */
record Case(String file, int line, String title, Settings settings, List<Step> steps) {

  /** The protocols in which a case holds. */
  enum Protocol {
    /** Written for RESP2; in RESP3 everything is the same but for the spelling. */
    ANY,
    /** RESP2 only: a client changes its protocol itself, or RESP2 forbids something. */
    RESP2,
    /** Client A speaks RESP3. */
    RESP3
  }

  /**
   * What the world is like before the first step.
   *
   * @param flags the value of {@code notify-keyspace-events}
   * @param protocol the protocols in which the case holds
   * @param db the database that client A selects first
   * @param sweep whether due keys are removed without being touched
   * @param observed patterns whose messages are the case's events; empty if its events are those of
   *     the keyevent channels
   * @param since the version of Redis from which on the case is known to hold, such as {@code 8.8};
   *     none if it was recorded
   */
  record Settings(
      String flags,
      Protocol protocol,
      int db,
      boolean sweep,
      List<Bytes> observed,
      Version since) {}

  /**
   * One thing that happens, and all that it causes.
   *
   * @param line where it stands in the file, from 1
   * @param text how it is written
   * @param action what happens
   * @param replies what clients receive, in the order written, which is the order for each client
   * @param announcements the events in order
   * @param inAnyOrder whether the order of the events is of no matter
   * @param keep the name under which the first reply's text is kept for later requests
   */
  record Step(
      int line,
      String text,
      Action action,
      List<Received> replies,
      List<Announcement> announcements,
      boolean inAnyOrder,
      Optional<String> keep) {

    /**
     * Whether this is a request nobody waits for and of which nothing is said: what it causes then
     * belongs to the step after it.
     */
    boolean isSilent() {
      return action instanceof Ask ask
          && !ask.awaited()
          && replies.isEmpty()
          && announcements.isEmpty();
    }
  }

  /** A reply or a message to a client. */
  record Received(String client, Expectation expectation) {}

  /** What happens in a step. */
  sealed interface Action {}

  /**
   * A client sends a request.
   *
   * @param request as it is written, with places such as {@code ${now+10}}
   * @param awaited whether the step ends when its reply has come
   */
  record Ask(String client, String request, boolean awaited) implements Action {}

  /** Time passes. */
  record Sleep(long millis) implements Action {}

  /** Time passes until {@code count} events have happened, at most {@code millis}. */
  record Await(int count, long millis) implements Action {}

  /** A client's connection ends. */
  record Close(String client) implements Action {}

  /** Something that an observer hears. */
  sealed interface Announcement {

    /** An event of a key. */
    record Event(Bytes name, Bytes key, String db) implements Announcement {
      @Override
      public String toString() {
        return Notation.word(name) + " " + Notation.word(key) + (db.equals("0") ? "" : " @" + db);
      }
    }

    /** A message as it is, where a case observes channels of its own. */
    record Message(Bytes channel, Bytes payload) implements Announcement {
      @Override
      public String toString() {
        return Notation.quote(channel) + " " + Notation.quote(payload);
      }
    }
  }

  /** The requests of all clients, in order. */
  List<Ask> requests() {
    return steps.stream()
        .map(Step::action)
        .filter(Ask.class::isInstance)
        .map(Ask.class::cast)
        .toList();
  }

  /** Where the case is, for people. */
  String place() {
    return file + ":" + line + " " + title;
  }

  @Override
  public String toString() {
    return title;
  }
}
