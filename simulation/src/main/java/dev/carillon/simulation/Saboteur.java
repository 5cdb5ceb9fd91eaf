package dev.carillon.simulation;

import dev.carillon.engine.Engine;
import dev.carillon.engine.load.LoadSource;
import dev.carillon.engine.reply.Departure;
import dev.carillon.engine.storage.Storage;
import dev.carillon.engine.turn.EffectSink;
import org.jspecify.annotations.Nullable;

/**
 * Breaks what lies between the engine, its journal and the disk as a defect would, to show that the
 * checkers notice. This one breaks nothing.
 */
class Saboteur {

  /** What the engine is given for the disk. */
  Storage storage(Storage storage) {
    return storage;
  }

  /** What loads data and begins a journal with it. */
  LoadSource importing(Engine engine, LoadSource data, long nowMillis) {
    return engine.importing(data, () -> nowMillis);
  }

  /** What records the effects in the place of the journal. */
  EffectSink journal(EffectSink journal) {
    return journal;
  }

  /** The last turn that no crash can take back, as the transport is told. */
  long durableSequence(long sequence, long lastSequence) {
    return sequence;
  }

  /** What leaves with a sync. */
  Departure departure(Departure departure) {
    return departure;
  }

  /** How many bytes may leave at once. */
  long bytesMax(long bytes) {
    return bytes;
  }

  /** How many bytes a start says it cut off. */
  long cutBytes(long bytes) {
    return bytes;
  }

  /** Why a start was refused, or null where it goes on nevertheless. */
  @Nullable String refusal(String reason) {
    return reason;
  }

  /** A turn is over, and nothing else has begun yet. */
  void onTurnOver(Engine engine) {}

  /** A process has started. */
  void onStarted(Engine engine) {}
}
