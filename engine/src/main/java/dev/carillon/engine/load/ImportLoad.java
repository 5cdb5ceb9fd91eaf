package dev.carillon.engine.load;

import java.io.IOException;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Data of another program, or of a time without a journal, to begin a journal with: when it is
 * loaded a base is written, and only then does the journal begin and do clients come. A crash
 * before that leaves what was there, to be imported again, or the base, to be recovered from.
 */
public final class ImportLoad implements LoadSource {

  /** Who makes a journal of what is loaded. */
  public interface Beginning {

    /** All is loaded. */
    void onLoaded() throws IOException;

    /** Whether a journal is still wanted. */
    boolean isWanted();

    /**
     * Begins to write the base: what the keyspace holds now.
     *
     * @param onWritten told why it is not on the disk, or null if it is
     */
    void base(Consumer<@Nullable IOException> onWritten);

    /** Writes on at the base, about so much. */
    void write(int budgetBytes);

    /** The base is not wanted any more. */
    void abandon();

    /** The base is on the disk: begins the journal behind it. */
    void begin() throws IOException;
  }

  private final LoadSource data;
  private final Beginning journal;
  private boolean loaded;
  private boolean writing;
  private boolean written;
  private @Nullable IOException failure;

  /** An import that has not begun. */
  public ImportLoad(LoadSource data, Beginning journal) {
    this.data = data;
    this.journal = journal;
  }

  @Override
  public boolean step(int budgetBytes) throws IOException {
    if (!loaded) {
      loaded = !data.step(budgetBytes);
      if (loaded) {
        journal.onLoaded();
      }
    } else if (!journal.isWanted()) {
      // Somebody said no while it was loaded.
      journal.abandon();
      return false;
    } else if (!writing) {
      // In a turn of its own: the one that loaded the last keys counts when it is over.
      writing = true;
      journal.base(this::onWritten);
    } else if (!written) {
      journal.write(budgetBytes);
    } else if (failure != null) {
      throw new IOException(
          "the journal cannot begin with what was loaded: " + failure.getMessage(), failure);
    } else {
      journal.begin();
      return false;
    }
    return true;
  }

  private void onWritten(@Nullable IOException problem) {
    written = true;
    failure = problem;
  }

  @Override
  public long loadedBytes() {
    return data.loadedBytes();
  }

  @Override
  public long totalBytes() {
    return data.totalBytes();
  }

  @Override
  public long loaded() {
    return data.loaded();
  }

  @Override
  public List<String> remarks() {
    return data.remarks();
  }

  @Override
  public void close() throws IOException {
    data.close();
  }
}
