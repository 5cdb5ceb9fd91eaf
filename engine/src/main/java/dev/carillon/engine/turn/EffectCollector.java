package dev.carillon.engine.turn;

import dev.carillon.protocol.bytes.Bytes;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiConsumer;

/** A sink that keeps copies of a turn's effects as objects, for tests and tools. */
public final class EffectCollector implements EffectSink {

  private final BiConsumer<Turn, List<Effect>> committed;
  private final List<Effect> effects = new ArrayList<>();

  /**
   * A collector without effects.
   *
   * @param committed is told each turn that changed something, with a list of its own of its
   *     effects in order
   */
  public EffectCollector(BiConsumer<Turn, List<Effect>> committed) {
    this.committed = committed;
  }

  /** The effects of the turn that runs, so far; the list is reused. */
  public List<Effect> running() {
    return effects;
  }

  @Override
  public void onEffect(Turn turn, int db, Bytes... arguments) {
    List<Bytes> copies = new ArrayList<>(arguments.length);
    for (Bytes argument : arguments) {
      copies.add(argument.copy());
    }
    effects.add(new Effect(db, copies));
  }

  @Override
  public void onCommitted(Turn turn) {
    List<Effect> all = List.copyOf(effects);
    effects.clear();
    committed.accept(turn, all);
  }

  @Override
  public void onDiscarded() {
    effects.clear();
  }
}
