package dev.carillon.engine.config;

/** How much the server writes to its log; each level includes those after it. */
public enum LogLevel implements Choice {
  /** Everything, for developers. */
  DEBUG("debug"),
  /** Much that is rarely of use. */
  VERBOSE("verbose"),
  /** What an operator wants to know. */
  NOTICE("notice"),
  /** Only what asks for action. */
  WARNING("warning"),
  /** Not a line. */
  NOTHING("nothing");

  private final String word;

  LogLevel(String word) {
    this.word = word;
  }

  @Override
  public String word() {
    return word;
  }
}
