package dev.carillon.simulation;

import dev.carillon.engine.Engine;
import dev.carillon.engine.turn.EffectSink;

/**
 * Breaks what feeds rely on as a defect would, to show that the checkers notice. This one breaks
 * nothing.
 */
class FeedSaboteur {

  /** What records the effects in the place of the journal. */
  EffectSink journal(EffectSink journal) {
    return journal;
  }

  /** The last turn that no crash can take back, as the transport is told. */
  long durableSequence(long sequence, long lastSequence) {
    return sequence;
  }

  /** Whether deadlines are looked at when it is time. */
  boolean isSweeping() {
    return true;
  }

  /** A process has started, and nothing else has happened in it. */
  void onStarted(Engine engine, long nowMillis) {}
}
