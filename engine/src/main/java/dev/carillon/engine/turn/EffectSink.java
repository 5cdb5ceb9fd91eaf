package dev.carillon.engine.turn;

/**
 * Where the effects of turns are recorded: the journal, or a test. Called from the engine's thread
 * at the end of each turn that changed something, before any sink of events delivers.
 */
@FunctionalInterface
public interface EffectSink {

  /**
   * Records one turn: {@link Turn#sequence()}, {@link Turn#nowMillis()} and {@link Turn#effects()};
   * the turn is reused afterwards.
   */
  void onChanged(Turn turn);
}
