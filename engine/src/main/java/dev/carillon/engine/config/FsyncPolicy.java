package dev.carillon.engine.config;

/** How long the journal may wait before it is forced onto the disk. */
public enum FsyncPolicy implements Choice {
  /** About once a second. */
  EVERYSEC("everysec"),
  /** Before the reply leaves. */
  ALWAYS("always"),
  /** As long as the operating system likes. */
  NO("no");

  private final String word;

  FsyncPolicy(String word) {
    this.word = word;
  }

  @Override
  public String word() {
    return word;
  }
}
