package dev.carillon.engine.snapshot;

import dev.carillon.engine.Compatibility;
import dev.carillon.engine.config.Configuration;
import dev.carillon.engine.config.EvictionPolicy;
import dev.carillon.engine.config.Parameters;
import dev.carillon.engine.config.SavePoint;
import dev.carillon.engine.keyspace.Keyspace;
import dev.carillon.engine.rdb.RdbFile;
import dev.carillon.engine.rdb.RdbValues;
import dev.carillon.engine.storage.Background;
import dev.carillon.engine.storage.Storage;
import dev.carillon.engine.turn.Turn;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * When snapshots are taken, and what became of them: on request, by themselves after so many
 * changes ({@code save}), and for whoever else needs one. One at a time. Engine thread only.
 */
public final class Snapshots {

  /** Chosen: where nobody waits in between. */
  private static final int SAVE_SLICE_BYTES = 64 << 20;

  /** As Redis: so long nothing is tried by itself after a failure. */
  private static final long RETRY_MILLIS = 5_000;

  /** What a file says of itself beside Redis' own words: the turn whose end it shows. */
  public static final String SEQUENCE = "carillon-sequence";

  /** What the name of an unfinished file begins with: one that is taken in the background. */
  static final String TEMPORARY = "temp-";

  /** The same of one that is taken at once, for both may be on their way. */
  private static final String TEMPORARY_AT_ONCE = "temp-save-";

  /** What has become of the last snapshot that was taken in the background. */
  public enum Status {
    /** It is there; or there was none yet. */
    OK("ok"),
    /** It could not be written. */
    FAILED("err");

    private final String word;

    Status(String word) {
      this.word = word;
    }

    /** As INFO says it. */
    public String word() {
      return word;
    }
  }

  /** What happens with what is written in the background. */
  private record Running(Snapshot snapshot, boolean isDump, long sinceMillis, long keys) {}

  private final Keyspace keyspace;
  private final Turn turn;
  private final Configuration config;
  private final @Nullable Storage storage;
  private final @Nullable Background background;
  private final Consumer<String> log;
  private String factName = "";
  private Supplier<List<String>> facts = List::of;
  private @Nullable Running running;
  private boolean loading;
  private boolean scheduled;
  private Status status = Status.OK;
  private long nowMillis;
  private long lastSaveMillis;
  private long lastTryMillis;
  private long lastSeconds = -1;
  private long changesSaved;
  private long saves;
  private int failures;
  private long heldBytesPeak;
  private long lastHeldBytes;

  /**
   * Takes none yet.
   *
   * @param storage where files go, or null if there is no place for any
   * @param background who writes them, or null as well
   * @param log hears, in a sentence, what went wrong
   */
  public Snapshots(
      Keyspace keyspace,
      Turn turn,
      Configuration config,
      @Nullable Storage storage,
      @Nullable Background background,
      Consumer<String> log) {
    this.keyspace = keyspace;
    this.turn = turn;
    this.config = config;
    this.storage = storage;
    this.background = background;
    this.log = log;
  }

  /**
   * What each snapshot says besides, in front of the keys.
   *
   * @param name of the facts, which readers that do not know it pass by
   * @param texts asked when a snapshot begins
   */
  public void facts(String name, Supplier<List<String>> texts) {
    factName = name;
    facts = texts;
  }

  // ------------------------------------------------------------------------------------ on request

  /** Whether there is a place for snapshots at all, and everything is there that belongs in one. */
  public boolean isPossible() {
    return storage != null && background != null && !loading;
  }

  /**
   * From now on keys are being loaded: no snapshot may replace the file that they come from by a
   * part of it. Where loading fails that stays so.
   */
  public void onLoading() {
    loading = true;
  }

  /** All keys are loaded; that is no change that would have to be saved. */
  public void onLoaded(long now) {
    loading = false;
    lastSaveMillis = now;
    changesSaved = keyspace.changes();
  }

  /** Where files go, or null if there is no place for any. */
  public @Nullable Storage storage() {
    return storage;
  }

  /** Whether one is being taken in the background. */
  public boolean isRunning() {
    return running != null;
  }

  /** Whether one is being taken in the background for {@code dbfilename}. */
  public boolean isDumping() {
    return running != null && running.isDump();
  }

  /** Begins to take one in the background. There must be a place for it and none on its way. */
  public void begin(long now) {
    nowMillis = now;
    lastTryMillis = now;
    scheduled = false;
    long changes = keyspace.changes();
    String name = config.get(Parameters.DBFILENAME);
    begin(name, TEMPORARY + name, true, failure -> onDumped(failure, changes));
  }

  /**
   * Begins to take one in the background for somebody who needs the keyspace as it is now, such as
   * the journal that begins anew with it.
   *
   * @param name of the file, in the storage; it is there when it is whole and on the disk
   * @param temporaryName what it is called until then
   * @param onEnd told, on the engine's thread, why it is not there, or null if it is; not told
   *     after {@link #abandon}
   */
  public void begin(
      String name, String temporaryName, long now, Consumer<@Nullable IOException> onEnd) {
    nowMillis = now;
    begin(name, temporaryName, false, onEnd);
  }

  private void begin(
      String name, String temporaryName, boolean isDump, Consumer<@Nullable IOException> onEnd) {
    if (storage == null || background == null || running != null) {
      throw new IllegalStateException("no snapshot can be taken now");
    }
    long keys = 0;
    for (int i = 0; i < keyspace.count(); i++) {
      keys += keyspace.database(i).size();
    }
    Snapshot snapshot =
        snapshot(
            storage, background, name, temporaryName, isDump, failure -> onEnded(failure, onEnd));
    heldBytesPeak = 0;
    running = new Running(snapshot, isDump, nowMillis, keys);
  }

  private void onEnded(@Nullable IOException failure, Consumer<@Nullable IOException> onEnd) {
    lastHeldBytes = heldBytesPeak;
    if (running != null) {
      running.snapshot().letGo();
    }
    onEnd.accept(failure);
    running = null;
  }

  private Snapshot snapshot(
      Storage target,
      Background writer,
      String name,
      String temporary,
      boolean isDump,
      Consumer<@Nullable IOException> onEnd) {
    SnapshotFile file =
        new SnapshotFile(
            target,
            writer,
            name,
            temporary,
            config.get(Parameters.RDBCOMPRESSION),
            config.get(Parameters.RDBCHECKSUM),
            onEnd);
    List<Snapshot.Fact> all =
        new ArrayList<>(
            List.of(
                new Snapshot.Fact("redis-ver", Compatibility.REDIS_VERSION),
                new Snapshot.Fact("redis-bits", "64"),
                new Snapshot.Fact("ctime", Long.toString(nowMillis / 1000)),
                new Snapshot.Fact("used-mem", Long.toString(keyspace.usedBytes())),
                new Snapshot.Fact("aof-base", isDump ? "0" : "1"),
                new Snapshot.Fact(SEQUENCE, Long.toString(turn.sequence()))));
    facts.get().forEach(text -> all.add(new Snapshot.Fact(factName, text)));
    Snapshot.Form form =
        new Snapshot.Form(
            config.get(Parameters.RDBCOMPRESSION),
            usage(config.get(Parameters.MAXMEMORY_POLICY)),
            all);
    return new Snapshot(keyspace, file, version(), form);
  }

  /** The lowest version that holds the data: only deadlines of fields need a newer one. */
  private int version() {
    for (int i = 0; i < keyspace.count(); i++) {
      if (keyspace.database(i).hashesWithDeadlines() > 0) {
        return RdbValues.VERSION_OF_FIELD_DEADLINES;
      }
    }
    return RdbValues.VERSION_WRITTEN;
  }

  private static RdbFile.Usage usage(EvictionPolicy policy) {
    String name = policy.name().toLowerCase(Locale.ROOT);
    if (name.endsWith("_lfu")) {
      return RdbFile.Usage.FREQUENCY;
    }
    return name.endsWith("_lru") || name.endsWith("_lrm") ? RdbFile.Usage.IDLE : RdbFile.Usage.NONE;
  }

  /**
   * Takes one at once; the engine stands still until it is on the disk. There must be a place for
   * it and none on its way.
   *
   * @return whether it is there
   */
  public boolean save(long now) {
    if (storage == null || running != null) {
      throw new IllegalStateException("no snapshot can be taken now");
    }
    nowMillis = now;
    long changes = keyspace.changes();
    @Nullable IOException[] failed = new @Nullable IOException[1];
    String name = config.get(Parameters.DBFILENAME);
    Snapshot snapshot =
        snapshot(
            storage,
            Snapshots::atOnce,
            name,
            TEMPORARY_AT_ONCE + name,
            true,
            failure -> failed[0] = failure);
    boolean more = true;
    while (more) {
      more = snapshot.advance(SAVE_SLICE_BYTES);
    }
    if (failed[0] == null) {
      onSaved(changes);
      status = Status.OK;
      return true;
    }
    log.accept(sentence(failed[0]));
    return false;
  }

  /**
   * As {@link #save} for a server that is about to stop: what is on its way is given up. Where
   * there is no place for snapshots there is nothing to be done.
   *
   * @return whether nothing went wrong
   */
  public boolean saveToStop(long now) {
    abandon();
    return !isPossible() || save(now);
  }

  private static void atOnce(Background.Job job) {
    IOException failure = null;
    try {
      job.work();
    } catch (IOException e) {
      failure = e;
    }
    job.done(failure);
  }

  private String sentence(IOException failure) {
    return "cannot save a snapshot to "
        + config.get(Parameters.DBFILENAME)
        + ": "
        + failure.getMessage()
        + "; the file that was there before is untouched";
  }

  private void onDumped(@Nullable IOException failure, long changes) {
    lastSeconds = currentSeconds();
    if (failure == null) {
      onSaved(changes);
      status = Status.OK;
      failures = 0;
    } else {
      status = Status.FAILED;
      failures++;
      log.accept(sentence(failure));
    }
  }

  private void onSaved(long changes) {
    lastSaveMillis = nowMillis;
    changesSaved = changes;
    saves++;
  }

  /** Begins to take one as soon as none is on its way. */
  public void schedule() {
    scheduled = true;
  }

  /** Gives up what is on its way, if anything; the file that was there before stays. */
  public void abandon() {
    if (running != null) {
      running.snapshot().abandon();
      running = null;
    }
  }

  /**
   * All keys were removed by request: what is on its way is not wanted any more, and where
   * snapshots are taken by themselves the next one is due.
   */
  public void onFlushed() {
    if (isDumping()) {
      abandon();
    }
    if (isPossible() && !config.get(Parameters.SAVE).isEmpty() && !turn.isReplaying()) {
      scheduled = true;
    }
  }

  // ------------------------------------------------------------------------------------ by itself

  /**
   * Writes on at what is on its way.
   *
   * @param bytes about how much; what has to be looked at counts as well
   * @return whether there is more to do now; if not, and one is on its way, there will be when the
   *     background has done something
   */
  public boolean work(long now, int bytes) {
    nowMillis = now;
    Running current = running;
    if (current == null || current.snapshot().isEnded()) {
      return false;
    }
    heldBytesPeak = Math.max(heldBytesPeak, current.snapshot().heldBytes());
    return current.snapshot().advance(bytes);
  }

  /** What is on its way, or null. */
  @Nullable Snapshot current() {
    return running == null ? null : running.snapshot();
  }

  /** Whether {@link #work} has something to do, now or when the background has done its part. */
  public boolean hasWork() {
    return running != null && !running.snapshot().isEnded();
  }

  /** Begins one where it is time; to be asked about ten times a second. */
  public void maintain(long now) {
    nowMillis = now;
    if (lastSaveMillis == 0) {
      lastSaveMillis = now;
    }
    if (running == null && isPossible() && (scheduled || isDue())) {
      begin(now);
    }
  }

  private boolean isDue() {
    if (status == Status.FAILED && nowMillis - lastTryMillis < RETRY_MILLIS) {
      return false;
    }
    long changes = changesSinceLastSave();
    for (SavePoint point : config.get(Parameters.SAVE)) {
      // As in Redis: one is due when so many seconds are more than over.
      if (changes >= point.changes() && secondsSinceLastSave() > point.seconds()) {
        return true;
      }
    }
    return false;
  }

  private long secondsSinceLastSave() {
    return nowMillis / 1000 - lastSaveMillis / 1000;
  }

  // ----------------------------------------------------------------------------------------- facts

  /** The engine begins to live: what INFO calls the last save until there is one. */
  public void started(long now) {
    if (lastSaveMillis == 0) {
      lastSaveMillis = now;
    }
  }

  /** When the last one was complete, in epoch milliseconds; at first when the engine began. */
  public long lastSaveMillis() {
    return lastSaveMillis;
  }

  /** What became of the last one that was taken in the background. */
  public Status status() {
    return status;
  }

  /** Whether writes are refused because the last one could not be written. */
  public boolean refusesWrites() {
    return status == Status.FAILED
        && config.get(Parameters.STOP_WRITES_ON_BGSAVE_ERROR)
        && !config.get(Parameters.SAVE).isEmpty();
  }

  /** How many changes there were since what the last one shows. */
  public long changesSinceLastSave() {
    return keyspace.changes() - changesSaved;
  }

  /** How many seconds the last one took in the background; -1 if there was none. */
  public long lastSeconds() {
    return lastSeconds;
  }

  /** For how many seconds one has been on its way; -1 if there is none. */
  public long currentSeconds() {
    return running == null ? -1 : (nowMillis - running.sinceMillis()) / 1000;
  }

  /** How many were completed since the start or {@link #resetCounters}. */
  public long saves() {
    return saves;
  }

  /** How many that were taken beside the turns failed one after the other. */
  public int consecutiveFailures() {
    return failures;
  }

  /** CONFIG RESETSTAT. */
  public void resetCounters() {
    saves = 0;
    failures = 0;
  }

  /** How many keys of the one on its way are written, 0 if there is none. */
  public long keysWritten() {
    return running == null ? 0 : running.snapshot().entries();
  }

  /** How many keys the one on its way has, 0 if there is none. */
  public long keysTotal() {
    return running == null ? 0 : running.keys();
  }

  /** How many bytes wait in memory to be written. */
  public long heldBytes() {
    return running == null ? 0 : running.snapshot().heldBytes();
  }

  /** The most bytes that waited during the one on its way. */
  public long heldBytesPeak() {
    return running == null ? 0 : heldBytesPeak;
  }

  /** The most bytes that waited during the last one. */
  public long lastHeldBytes() {
    return lastHeldBytes;
  }
}
