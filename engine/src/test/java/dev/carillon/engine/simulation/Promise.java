package dev.carillon.engine.simulation;

import org.jspecify.annotations.Nullable;

/** What the engine promises, as the sentence with which a checker fails. */
enum Promise {
  ANSWERED("Each request gets the reply that the model predicts."),
  REPLY_FIRST("A client gets the reply to its request before the notifications it caused."),
  COMPLETE("Every event that a client subscribed to is announced to it."),
  ORDERED("Notifications arrive in the order in which their events happened."),
  UNIQUE("Nothing is announced that did not happen, and nothing twice."),
  HOLDS("The engine holds exactly what the model holds."),
  NEVER_EARLY("No key expires before its deadline."),
  ON_TIME("After a sweep with budget to spare no key is past its deadline."),
  IN_TIME_ORDER("A sweep expires the keys of a database in the order of their deadlines."),
  AWAKE("The engine asks to be woken no later than its earliest deadline."),
  BOUNDED("A sweep removes no more keys than its budget allows."),
  EVICTED_BY_POLICY("Only a full memory evicts, and only keys that the policy names."),
  ROOM_MADE("Eviction ends below the limit or with nothing left that the policy names."),
  RECORDED("Every turn that changed something is recorded with its effects, others are not."),
  REPLAYED("The recorded effects make an empty engine hold the same."),
  SNAPSHOT("A snapshot is the keyspace as it was when the snapshot began."),
  DURABLE("No byte that reveals a turn leaves before the turn is durable."),
  RELEASED("What reveals only durable turns leaves at once.");

  private final String sentence;

  Promise(String sentence) {
    this.sentence = sentence;
  }

  /** The failure that says what was promised and what came instead. */
  Broken broken(String details) {
    return new Broken(this, details, null);
  }

  /** Fails unless {@code kept}. */
  void check(boolean kept, Details details) {
    if (!kept) {
      throw broken(details.text());
    }
  }

  /** What came instead, said only if it is needed. */
  @FunctionalInterface
  interface Details {
    String text();
  }

  /** A promise that was not kept. */
  static final class Broken extends AssertionError {
    private static final long serialVersionUID = 1;

    private final Promise promise;
    private final String details;

    private Broken(Promise promise, String details, @Nullable Throwable cause) {
      super(promise.sentence + "\n" + details, cause);
      this.promise = promise;
      this.details = details;
    }

    Promise promise() {
      return promise;
    }

    /** The same with where it happened. */
    Broken at(String place) {
      return new Broken(promise, details + "\n" + place, this);
    }
  }
}
