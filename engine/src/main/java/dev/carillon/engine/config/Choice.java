package dev.carillon.engine.config;

/** One value of an enumerated parameter: an enum constant that knows how it is written. */
public interface Choice {
  /** The word that stands for this value in files, commands and replies; lower case ASCII. */
  String word();
}
