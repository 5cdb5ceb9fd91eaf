package dev.carillon.engine.rewrite;

import dev.carillon.engine.config.Configuration;
import dev.carillon.engine.config.Parameters;
import dev.carillon.engine.journal.Journal;
import dev.carillon.engine.journal.JournalFiles;
import dev.carillon.engine.snapshot.Snapshots;
import dev.carillon.engine.storage.Background;
import dev.carillon.engine.storage.Disk;
import dev.carillon.engine.storage.Storage;
import dev.carillon.engine.turn.Turn;
import java.io.IOException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Rewrites the journal, and begins one while the server runs: on request, and by itself when it has
 * grown ({@code auto-aof-rewrite-percentage}). Nothing stands still meanwhile.
 *
 * <p>A rewrite goes on in a new segment, takes a snapshot of the keyspace as it is at that moment,
 * the base, and removes what lies before it once the base is on the disk. A crash in between leaves
 * the old base with all segments, or the new one with some that are passed over; both say the same.
 *
 * <p>A journal that begins while there are keys is recorded beside the base from the same moment
 * on, and takes effect when the base is on the disk. Until then a crash leaves what was in the
 * directory before.
 *
 * <p>Engine thread only, between turns but for {@link #request}, {@link #turnOn}, {@link #turnOff}
 * and {@link #postpone}.
 */
public final class Rewrites {

  /** Chosen: doubled with each failure that follows another. */
  private static final long RETRY_MILLIS = 5_000;

  /** As Redis: an hour at most. */
  private static final long RETRY_MILLIS_MAX = 3_600_000;

  /** Who keeps the journal. */
  public interface Keeper {

    /** The journal, or null while none is kept. */
    @Nullable Journal journal();

    /**
     * Begins to record in a journal that is not in force yet.
     *
     * @throws IOException if it cannot be made; then none is kept
     */
    Journal prepare(long lastSequence, long nowMillis) throws IOException;

    /** Keeps none any more; what was held back leaves. */
    void drop();
  }

  private enum Stage {
    NOTHING,
    /** It will begin as soon as the turn is over. */
    ASKED,
    /** A new segment is being made. */
    ROTATING,
    /** The base is being written. */
    WRITING,
    /** A journal that was prepared is being put in force. */
    ADOPTING
  }

  private final @Nullable Disk disk;
  private final Configuration config;
  private final Turn turn;
  private final Snapshots snapshots;
  private final Keeper keeper;
  private final Consumer<String> log;

  private Stage stage = Stage.NOTHING;

  /** Counts attempts, so that answers to one that was given up are passed over. */
  private long attempt;

  private boolean scheduled;

  /** A journal is to be kept, and there is none in force yet. */
  private boolean beginning;

  private long nowMillis;
  private long sinceMillis;
  private long retryMillis;
  private int failures;
  private boolean lastFailed;
  private long lastSeconds = -1;
  private long lastHeldBytes;
  private long rewrites;

  /**
   * Rewrites nothing yet.
   *
   * @param disk where the journal is, or null if there is no place for one
   * @param log hears, in a sentence, what went wrong
   */
  public Rewrites(
      @Nullable Disk disk,
      Configuration config,
      Turn turn,
      Snapshots snapshots,
      Keeper keeper,
      Consumer<String> log) {
    this.disk = disk;
    this.config = config;
    this.turn = turn;
    this.snapshots = snapshots;
    this.keeper = keeper;
    this.log = log;
  }

  // ------------------------------------------------------------------------------------ on request

  /** Whether there is a place for a journal, and everything is there that belongs in one. */
  public boolean isPossible() {
    return disk != null && snapshots.isPossible();
  }

  /**
   * Asks for a rewrite, or for a base alone where no journal is kept. There must be a place for it
   * and none on its way.
   *
   * @param now in epoch milliseconds
   * @return whether it begins as soon as the turn is over; otherwise when nothing is in its way
   */
  public boolean request(long now) {
    retryMillis = now;
    failures = 0;
    if (snapshots.isRunning()) {
      scheduled = true;
      return false;
    }
    stage = Stage.ASKED;
    sinceMillis = now;
    return true;
  }

  /** Asks for a rewrite when the turn is over and nothing is in its way. */
  public void schedule(long now) {
    retryMillis = now;
    failures = 0;
    scheduled = true;
  }

  /**
   * A journal is to be kept from soon on. There must be a place for it, and none is kept yet. It is
   * on its way at once where nothing is in its way, so that who asks next is told so.
   */
  public void turnOn() {
    beginning = true;
    retryMillis = 0;
    if (stage == Stage.NOTHING && !snapshots.isRunning() && isPossible()) {
      stage = Stage.ASKED;
      sinceMillis = nowMillis;
    }
  }

  /** No journal is to be kept any more: what is on its way is given up. */
  public void turnOff() {
    beginning = false;
    scheduled = false;
    giveUp();
  }

  /** Gives up a snapshot that is on its way for one that is more urgent, to begin again later. */
  public void postpone() {
    if (stage == Stage.WRITING) {
      giveUp();
      scheduled = true;
    }
  }

  private void giveUp() {
    if (stage == Stage.WRITING && snapshots.isRunning()) {
      snapshots.abandon();
    }
    Journal journal = keeper.journal();
    if (journal != null && !journal.isInForce()) {
      keeper.drop();
      beginning = config.get(Parameters.APPENDONLY);
    }
    stage = Stage.NOTHING;
    attempt++;
  }

  // ------------------------------------------------------------------------------------ by itself

  /** Whether {@link #work} has something to do. */
  public boolean hasWork() {
    return stage == Stage.ASKED || stage == Stage.NOTHING && isDue();
  }

  private boolean isDue() {
    return (scheduled || beginning)
        && !snapshots.isRunning()
        && isPossible()
        && nowMillis >= retryMillis;
  }

  /** Begins what was asked for. */
  public void work(long now) {
    nowMillis = now;
    if (hasWork()) {
      begin();
    }
  }

  /** Begins a rewrite where it is time; to be asked about ten times a second. */
  public void maintain(long now) {
    nowMillis = now;
    if (stage == Stage.WRITING && !snapshots.isRunning()) {
      failed(new IOException("the snapshot was given up"));
    }
    Journal journal = keeper.journal();
    if (stage == Stage.WRITING && journal != null && !journal.isInForce()) {
      String reason = journal.failure();
      if (reason != null) {
        failed(new IOException(reason));
      }
    }
    if (stage == Stage.NOTHING && !scheduled && journal != null && hasGrown(journal)) {
      scheduled = true;
    }
    work(now);
  }

  private boolean hasGrown(Journal journal) {
    long percentage = config.get(Parameters.AUTO_AOF_REWRITE_PERCENTAGE);
    if (percentage == 0
        || !journal.isInForce()
        || journal.failure() != null
        || journal.sizeBytes() <= config.get(Parameters.AUTO_AOF_REWRITE_MIN_SIZE)) {
      return false;
    }
    long base = Math.max(1, journal.baseBytes());
    return (double) (journal.sizeBytes() - base) * 100 / base >= percentage;
  }

  private void begin() {
    scheduled = false;
    attempt++;
    sinceMillis = nowMillis;
    if (snapshots.isRunning()) {
      stage = Stage.NOTHING;
      scheduled = true;
      return;
    }
    Journal journal = keeper.journal();
    if (journal != null) {
      beginning = false;
      stage = Stage.ROTATING;
      journal.rotate(guarded(this::onRotated));
      return;
    }
    Disk place = disk;
    if (place == null) {
      stage = Stage.NOTHING;
      return;
    }
    try {
      // Nobody shall take up what an earlier journal says of turns with the same numbers.
      turn.sequence(Math.max(turn.sequence(), Journal.highestSequence(place.storage())));
      if (beginning) {
        keeper.prepare(turn.sequence(), nowMillis);
      }
      write();
    } catch (IOException e) {
      failed(e);
    }
  }

  /** What is answered to an attempt that was given up meanwhile is passed over. */
  private Journal.Step guarded(Consumer<@Nullable IOException> step) {
    long mine = attempt;
    return problem -> {
      if (mine == attempt) {
        step.accept(problem);
      }
    };
  }

  private void onRotated(@Nullable IOException problem) {
    if (problem != null) {
      failed(problem);
    } else if (snapshots.isRunning()) {
      stage = Stage.NOTHING;
      scheduled = true;
    } else {
      write();
    }
  }

  /**
   * All turns so far are in older segments, or in none: the base is what the keyspace holds now.
   */
  private void write() {
    stage = Stage.WRITING;
    long sequence = turn.sequence();
    String name = JournalFiles.base(sequence);
    Journal.Step written = guarded(problem -> onWritten(sequence, problem));
    snapshots.begin(name, JournalFiles.unfinished(name), nowMillis, written::done);
  }

  private void onWritten(long sequence, @Nullable IOException problem) {
    lastHeldBytes = snapshots.heldBytesPeak();
    Journal journal = keeper.journal();
    if (problem != null) {
      failed(problem);
    } else if (journal == null) {
      removeOthers(sequence);
      succeeded();
    } else if (journal.isInForce()) {
      journal.dropBefore(sequence);
      succeeded();
    } else {
      stage = Stage.ADOPTING;
      journal.adopt(guarded(unfit -> onAdopted(journal, sequence, unfit)));
    }
  }

  private void onAdopted(Journal journal, long sequence, @Nullable IOException problem) {
    if (problem != null) {
      failed(problem);
    } else {
      beginning = false;
      journal.dropBefore(sequence);
      succeeded();
    }
  }

  /** A base without a journal replaces what an earlier journal left. */
  private void removeOthers(long sequence) {
    if (disk == null) {
      return;
    }
    Storage storage = disk.storage();
    disk.bulk()
        .run(
            new Background.Job() {
              @Override
              public void work() throws IOException {
                Journal.dropAllBut(storage, sequence);
              }

              @Override
              public void done(@Nullable IOException problem) {
                // Without a journal nobody relies on it, and the next rewrite tries again.
              }
            });
  }

  private void succeeded() {
    stage = Stage.NOTHING;
    failures = 0;
    lastFailed = false;
    lastSeconds = (nowMillis - sinceMillis) / 1000;
    rewrites++;
  }

  private void failed(IOException problem) {
    giveUp();
    lastFailed = true;
    lastSeconds = (nowMillis - sinceMillis) / 1000;
    retryMillis = nowMillis + Math.min(RETRY_MILLIS_MAX, RETRY_MILLIS << Math.min(20, failures));
    failures++;
    log.accept(
        (beginning ? "the journal cannot begin: " : "the journal cannot be rewritten: ")
            + problem.getMessage()
            + (beginning
                ? "; until it does nothing is journaled, and it is tried again in "
                : "; it goes on as it is, and where it is too large it is tried again in ")
            + (retryMillis - nowMillis) / 1000
            + " s");
  }

  // ----------------------------------------------------------------------------------------- facts

  /** Whether one is on its way. */
  public boolean isRunning() {
    return stage != Stage.NOTHING;
  }

  /** Whether one will begin when nothing is in its way. */
  public boolean isScheduled() {
    return scheduled || beginning && stage == Stage.NOTHING;
  }

  /** Whether a journal is to be kept that is not in force yet: stopping now would leave none. */
  public boolean isBeginning() {
    return beginning;
  }

  /** Whether the last one could not be completed. */
  public boolean hasFailed() {
    return lastFailed;
  }

  /** How many seconds the last one took; -1 if there was none. */
  public long lastSeconds() {
    return lastSeconds;
  }

  /** For how many seconds one has been on its way; -1 if there is none. */
  public long currentSeconds() {
    return stage == Stage.NOTHING ? -1 : Math.max(0, nowMillis - sinceMillis) / 1000;
  }

  /** The most bytes that waited in memory during the last one that was written. */
  public long lastHeldBytes() {
    return lastHeldBytes;
  }

  /** How many were completed since the start or {@link #resetCounters}. */
  public long rewrites() {
    return rewrites;
  }

  /** How many failed one after the other. */
  public int consecutiveFailures() {
    return failures;
  }

  /** CONFIG RESETSTAT. */
  public void resetCounters() {
    rewrites = 0;
    failures = 0;
  }
}
