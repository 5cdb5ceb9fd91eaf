package dev.carillon.engine.journal;

import java.io.IOException;

/**
 * A journal that cannot be read as it is: a place that was durable is not there any more, or was
 * written by somebody else. Says what, where, and what can be done.
 */
public final class JournalDamage extends IOException {

  private static final long serialVersionUID = 1;

  private final String file;
  private final long offset;
  private final long sequence;

  /**
   * Damage at a place.
   *
   * @param file the name below the directory of the data
   * @param offset the first byte that cannot be used
   * @param sequence of the first turn that cannot be read
   * @param reason what is wrong there, as a clause
   * @param remedy what to do, as a sentence
   */
  JournalDamage(String file, long offset, long sequence, String reason, String remedy) {
    super(file + ", byte " + offset + " (turn " + sequence + "): " + reason + ". " + remedy);
    this.file = file;
    this.offset = offset;
    this.sequence = sequence;
  }

  /** The file, below the directory of the data. */
  public String file() {
    return file;
  }

  /** The first byte that cannot be used. */
  public long offset() {
    return offset;
  }

  /** The first turn that cannot be read. */
  public long sequence() {
    return sequence;
  }
}
