package dev.carillon.engine.config;

/** Who may use something dangerous. */
public enum Access implements Choice {
  /** Nobody. */
  NO("no"),
  /** Everybody. */
  YES("yes"),
  /** Clients that came over the loopback interface or a Unix socket. */
  LOCAL("local");

  private final String word;

  Access(String word) {
    this.word = word;
  }

  @Override
  public String word() {
    return word;
  }

  /**
   * Whether a client may.
   *
   * @param local whether the client came over the loopback interface or a Unix socket
   */
  public boolean permits(boolean local) {
    return this == YES || (this == LOCAL && local);
  }
}
