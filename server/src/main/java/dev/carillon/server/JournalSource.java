package dev.carillon.server;

import dev.carillon.engine.Engine;
import dev.carillon.engine.config.Parameters;
import dev.carillon.engine.journal.Recovery;
import dev.carillon.engine.load.LoadSource;
import java.io.IOException;
import java.util.List;

/** The journal of an earlier run as data to begin with; the journal goes on behind it. */
final class JournalSource implements LoadSource {

  private final Engine engine;
  private final Clock clock;
  private final Recovery recovery;

  JournalSource(Engine engine, Clock clock) throws IOException {
    this.engine = engine;
    this.clock = clock;
    recovery = engine.recovery();
    recovery.prepare();
  }

  @Override
  public boolean step(int budgetBytes) throws IOException {
    if (!recovery.slice(budgetBytes)) {
      return true;
    }
    engine.recovered(recovery);
    // Somebody may have said no while it was read.
    if (engine.config().get(Parameters.APPENDONLY)) {
      engine.startJournal(clock.millis());
    }
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
