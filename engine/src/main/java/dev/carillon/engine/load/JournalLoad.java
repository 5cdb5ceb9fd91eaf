package dev.carillon.engine.load;

import dev.carillon.engine.journal.Recovery;
import java.io.IOException;
import java.util.List;

/** The journal of an earlier run as data to begin with. */
public final class JournalLoad implements LoadSource {

  /** Goes on where the journal ends. */
  @FunctionalInterface
  public interface Sequel {

    /**
     * All is read. Called once, in the last step.
     *
     * @throws IOException if the journal cannot be gone on with
     */
    void onRead(Recovery recovery) throws IOException;
  }

  private final Recovery recovery;
  private final Sequel sequel;

  /**
   * Looks what there is to read, and reads nothing yet.
   *
   * @param recovery closed by {@link #close}
   * @throws IOException if the directory cannot be read, or files of the journal are missing
   */
  public JournalLoad(Recovery recovery, Sequel sequel) throws IOException {
    this.recovery = recovery;
    this.sequel = sequel;
    recovery.prepare();
  }

  @Override
  public boolean step(int budgetBytes) throws IOException {
    if (!recovery.slice(budgetBytes)) {
      return true;
    }
    sequel.onRead(recovery);
    return false;
  }

  @Override
  public long loadedBytes() {
    return recovery.bytesDone();
  }

  @Override
  public long totalBytes() {
    return recovery.bytesTotal();
  }

  @Override
  public long loaded() {
    return recovery.turns();
  }

  @Override
  public List<String> remarks() {
    return List.of();
  }

  @Override
  public void close() throws IOException {
    recovery.close();
  }
}
