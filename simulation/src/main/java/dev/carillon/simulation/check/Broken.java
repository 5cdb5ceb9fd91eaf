package dev.carillon.simulation.check;

import org.jspecify.annotations.Nullable;

/** A promise that was not kept. */
public final class Broken extends AssertionError {

  private static final long serialVersionUID = 1;

  private final transient Guarantee guarantee;
  private final String instead;

  Broken(Guarantee guarantee, String instead, @Nullable Throwable cause) {
    super(
        guarantee.getClass().getSimpleName() + ": " + guarantee.sentence() + "\n" + instead, cause);
    this.guarantee = guarantee;
    this.instead = instead;
  }

  /** Which one. */
  public Guarantee guarantee() {
    return guarantee;
  }

  /** The same with where it happened. */
  public Broken at(String place) {
    return new Broken(guarantee, instead + "\n" + place, this);
  }
}
