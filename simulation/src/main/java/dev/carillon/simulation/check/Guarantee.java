package dev.carillon.simulation.check;

/** A named promise. */
public interface Guarantee {

  /** What is promised, as people are told it. */
  String sentence();

  /** The failure that says what was promised and what came instead. */
  default Broken broken(String instead) {
    return new Broken(this, instead, null);
  }
}
