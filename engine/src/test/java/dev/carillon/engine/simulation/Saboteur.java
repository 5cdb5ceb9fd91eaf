package dev.carillon.engine.simulation;

import dev.carillon.engine.keyspace.PreImage;
import dev.carillon.engine.turn.Effect;
import java.util.List;
import java.util.function.ToLongFunction;

/**
 * Breaks what passes between the engine and the checkers as a defect of the engine would, to show
 * that the checkers notice. This one breaks nothing.
 */
class Saboteur {

  /** The words of a request as they reach the engine. */
  List<String> request(List<String> words) {
    return words;
  }

  /** Whether a turn is recorded. */
  boolean isRecorded() {
    return true;
  }

  /** Whether the engine gets a chance to evict when it is due. */
  boolean mayMakeRoom() {
    return true;
  }

  /**
   * What a turn of a sweep removed, as the record has it.
   *
   * @param deadlineMillis when the key that an effect removes was due
   */
  List<Effect> expired(List<Effect> effects, ToLongFunction<Effect> deadlineMillis) {
    return effects;
  }

  /** What a turn of evictions removed, as the record has it. */
  List<Effect> evicted(List<Effect> effects) {
    return effects;
  }

  /** What of a turn's effects reaches the record. */
  List<Effect> effects(List<Effect> effects) {
    return effects;
  }

  /** Who is told of changes in the place of the snapshot. */
  PreImage preImage(PreImage snapshot) {
    return snapshot;
  }

  /** The time that a sweep is told. */
  long sweepMillis(long nowMillis) {
    return nowMillis;
  }

  /** How many keys a sweep may remove. */
  int sweepBudget(int budget) {
    return budget;
  }

  /** Whether a sweep says that there may be more to do. */
  boolean mayBeMore(boolean mayBeMore) {
    return mayBeMore;
  }

  /** When the engine asks to be woken. */
  long wakeMillis(long millis) {
    return millis;
  }

  /** Whether the transport hears that a session has output. */
  boolean hearsOfOutput() {
    return true;
  }

  /** What of a drained outbox reaches the client. */
  String received(String bytes) {
    return bytes;
  }

  /** The turn up to which outboxes are drained. */
  long durableSequence(long sequence) {
    return sequence;
  }
}
