package dev.carillon.server;

import dev.carillon.engine.Engine;
import dev.carillon.engine.config.Parameters;
import dev.carillon.engine.journal.JournalFiles;
import dev.carillon.engine.load.LoadSource;
import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Data of another program, or of a time without a journal, to begin a journal with: when it is
 * loaded a base is written, and only then does the journal begin and do clients come. A crash
 * before that leaves nothing but what was there, to be imported again.
 */
final class ImportSource implements LoadSource {

  private final Engine engine;
  private final Clock clock;
  private final LoadSource data;
  private boolean loaded;
  private boolean writing;
  private boolean written;
  private @Nullable IOException failure;

  ImportSource(Engine engine, Clock clock, LoadSource data) {
    this.engine = engine;
    this.clock = clock;
    this.data = data;
  }

  @Override
  public boolean step(int budgetBytes) throws IOException {
    if (!loaded) {
      loaded = !data.step(budgetBytes);
      if (loaded) {
        engine.adoptFeeds();
      }
    } else if (!engine.config().get(Parameters.APPENDONLY)) {
      // Somebody said no while it was loaded.
      engine.snapshots().abandon();
      return false;
    } else if (!writing) {
      // In a turn of its own: the one that loaded the last keys counts when it is over.
      writing = true;
      String base = JournalFiles.base(engine.sequence());
      engine
          .snapshots()
          .begin(base, JournalFiles.unfinished(base), clock.millis(), this::onWritten);
    } else if (!written) {
      engine.snapshots().work(clock.millis(), budgetBytes);
    } else if (failure != null) {
      throw new IOException(
          "the journal cannot begin with what was loaded: " + failure.getMessage(), failure);
    } else {
      engine.startJournal(clock.millis());
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
