package dev.carillon.engine.journal;

import dev.carillon.engine.config.FsyncPolicy;
import dev.carillon.engine.storage.AppendFile;
import dev.carillon.engine.storage.Background;
import dev.carillon.engine.storage.Disk;
import dev.carillon.engine.storage.Storage;
import dev.carillon.engine.turn.EffectSink;
import dev.carillon.engine.turn.Turn;
import dev.carillon.protocol.bytes.Bytes;
import dev.carillon.protocol.resp.Request;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The write-ahead log of turns: one record for each turn that changed something, in segments, and
 * the knowledge which turns no crash can take back.
 *
 * <p>Effects are encoded while a turn runs. {@link #flush}, once for each round of the loop, writes
 * what came since; a sync is somebody else's work ({@link Disk#syncs}) and covers all that was
 * written before it, however many turns that are. What a turn's output reveals may leave when the
 * journal says so ({@link Listener#released}):
 *
 * <ul>
 *   <li>{@code always}: when a sync has covered the turn; the next sync starts as soon as one ends;
 *   <li>{@code everysec}: when the turn is written, which survives a killed process. A sync starts
 *       half a second after the oldest turn that it has to cover, and while the oldest one is older
 *       than a second nothing leaves: what a crash of the machine takes back spans a second;
 *   <li>{@code no}: when the turn is written. A sync starts only when much is not covered.
 * </ul>
 *
 * <p>A turn that {@linkplain Turn#requireDurable requires it}, and all behind it, waits for a sync
 * under each of them, and the sync starts at once.
 *
 * <p><b>Trouble.</b> After a write or a sync that failed nobody knows what the disk has of the
 * turns that are not covered yet. They are all still here, because records are kept until a sync
 * covers them. So there is one remedy, tried again each second: a new segment that begins with the
 * first of them, written, synced and only then named. It takes the place of what the old segment
 * has from there on. Until then {@link #failure} says what is wrong, and whoever changes something
 * should be refused; turns that change something nevertheless are kept like the others.
 *
 * <p>Engine thread only, between turns but for the methods of {@link EffectSink}.
 */
public final class Journal implements EffectSink {

  /** Chosen: twice as soon as the second that a crash may take back. */
  private static final long SYNC_AFTER_MILLIS = 400;

  /** What a crash may take back under {@code everysec}. */
  private static final long LOSS_MILLIS_MAX = 1000;

  /** Chosen: a sync starts early rather than that more is kept. */
  private static final long UNSYNCED_BYTES_MAX = 16 << 20;

  /** Chosen: who has more than this waiting for a slow disk asks for no more. */
  private static final long BACKLOG_BYTES_MAX = 256L << 20;

  /**
   * Chosen: the smallest with which the file grows in one of some fifty syncs while fifty clients
   * write small values; docs/decisions/0005-segments-written-over.md has the figures.
   */
  private static final int ROOM_BYTES = 256 * 1024;

  private static final long RETRY_MILLIS = 1000;
  private static final long SHRINK_MILLIS = 1000;
  private static final long NEVER = Long.MAX_VALUE;
  private static final long NOTHING = -1;
  private static final String NEXT = JournalFiles.DIRECTORY + "/next" + JournalFiles.UNFINISHED;
  private static final String REPAIRED =
      JournalFiles.DIRECTORY + "/repaired" + JournalFiles.UNFINISHED;

  /** Who acts on what the journal knows. */
  public interface Listener {

    /** Output that reveals turns up to this one may leave. */
    void released(long sequence);

    /**
     * The journal cannot be written, or can be written again.
     *
     * @param reason what the system said, or null when all is well again
     */
    void failing(@Nullable String reason);

    /**
     * A sync is about to begin: asks for what may leave as soon as it has ended, without the
     * engine's thread.
     *
     * @param sequence turns up to this one are durable then
     * @return sends it, on the thread that has synced, and says whether that is all that anybody
     *     waits for; null if the engine's thread is needed
     */
    @Nullable BooleanSupplier departure(long sequence);
  }

  /** Who waits for a step of the journal. */
  @FunctionalInterface
  public interface Step {

    /**
     * It is done; called between turns.
     *
     * @param failure why it is not, or null
     */
    void done(@Nullable IOException failure);
  }

  /**
   * A file of turns.
   *
   * @param bytes how many it has when it is not written any more
   */
  private record Segment(String name, long firstSequence, long bytes) {}

  /** What lies in the directory when a journal begins. */
  private record Left(List<Segment> segments, long baseBytes) {}

  /**
   * What a file has.
   *
   * @param sequence the last turn
   * @param position of the end in all that was ever encoded
   */
  private record Written(AppendFile file, long sequence, long position) {}

  private final Storage storage;
  private final Background syncs;
  private final Background bulk;
  private final Listener listener;
  private final SegmentHeader header;
  private final Backlog backlog;

  /** All segments that lie in the directory, oldest first; the last is written. */
  private final List<Segment> segments = new ArrayList<>();

  /** Former segments that the next sync has to cover too. */
  private List<AppendFile> former = new ArrayList<>();

  /** Whether a segment got its name since the directory was synced last. */
  private boolean renamed;

  private AppendFile file;
  private FsyncPolicy policy;

  private long lastSequence;

  /** Set by the engine's thread; a sync looks at it when it begins. */
  private volatile Written written;

  private long durableSequence;
  private long releasedSequence;

  /** The first and the last turn that may not be seen before they are durable. */
  private long requiredFirst = NEVER;

  private long requiredLast;

  /** What the newest record says of {@link #durableSequence}. */
  private long vouchedSequence;

  /** The time of the oldest turn that no sync covers or is about to cover. */
  private long unsyncedSinceMillis = NEVER;

  /** The time of the oldest turn that is not written. */
  private long unwrittenSinceMillis = NEVER;

  /** The time of the oldest turn that the sync that runs will cover. */
  private long syncingSinceMillis = NEVER;

  /** Whether the files are what a start would read. */
  private boolean inForce;

  private boolean working;

  /** Whether the engine's thread had to do with a turn that is not durable since a sync began. */
  private volatile boolean awaited;

  /**
   * Whether a sync has failed whose failure the engine's thread may not know of yet: no later one
   * of the same files vouches for what it did not write. Belongs to the jobs.
   */
  private boolean unsure;

  /** Whether files that a base replaces are being removed: no repair meanwhile. */
  private boolean removing;

  /** The base whose segments are to be removed as soon as that is possible. */
  private long droppable = NOTHING;

  private boolean abandoned;
  private @Nullable IOException failure;
  private long retryMillis;
  private long nowMillis;
  private long shrunkMillis;
  private boolean delayed;

  private @Nullable AppendFile next;
  private @Nullable Step rotated;

  private long baseBytes;
  private long syncsDone;
  private long syncsDelayed;
  private boolean lastSyncFailed;

  // ----------------------------------------------------------------------------- opening, closing

  /**
   * Starts a new segment behind the turn {@code lastSequence}. Blocks.
   *
   * @param lastSequence all turns up to this one are durable, or there are none
   * @param salt random
   * @throws IOException if the segment cannot be made; nothing is kept then
   */
  public static Journal start(
      Disk disk,
      FsyncPolicy policy,
      long lastSequence,
      long salt,
      long nowMillis,
      Listener listener)
      throws IOException {
    Storage storage = disk.storage();
    SegmentHeader header = new SegmentHeader(lastSequence, nowMillis, salt, lastSequence);
    Left left = left(storage, lastSequence);
    for (String each : storage.list(JournalFiles.DIRECTORY)) {
      if (JournalFiles.isUnfinished(each)) {
        storage.delete(each);
      }
    }
    AppendFile file = create(storage, NEXT, header);
    try {
      file.sync();
      storage.rename(NEXT, JournalFiles.segment(lastSequence + 1));
      storage.syncDirectory(JournalFiles.DIRECTORY);
      storage.syncDirectory("");
    } catch (IOException e) {
      close(file);
      throw e;
    }
    Journal journal = new Journal(disk, policy, header, file, listener, nowMillis, left);
    journal.inForce = true;
    listener.released(lastSequence);
    return journal;
  }

  /**
   * Begins a journal behind a base that is yet to be written, for a keyspace that holds something
   * already. Turns are recorded in a file that no start would look at, and their output is not held
   * back, until {@link #adopt} puts it in force. What lies in the directory stays until then.
   *
   * @param lastSequence the turn that the base will end with; none in the directory exceeds it
   * @param salt random
   * @throws IOException if the file cannot be made
   */
  public static Journal prepare(
      Disk disk,
      FsyncPolicy policy,
      long lastSequence,
      long salt,
      long nowMillis,
      Listener listener)
      throws IOException {
    SegmentHeader header = new SegmentHeader(lastSequence, nowMillis, salt, lastSequence);
    Left left = left(disk.storage(), lastSequence);
    AppendFile file = create(disk.storage(), prepared(header), header);
    return new Journal(disk, policy, header, file, listener, nowMillis, left);
  }

  /**
   * A name of its own for each: one that was given up may be dealt with by the background when the
   * next one is there already.
   */
  private static String prepared(SegmentHeader header) {
    return JournalFiles.unfinished(
        JournalFiles.DIRECTORY + "/prepared-" + Long.toHexString(header.salt()));
  }

  private static Left left(Storage storage, long lastSequence) throws IOException {
    List<Segment> segments = new ArrayList<>();
    long baseBytes = 0;
    for (String each : storage.list(JournalFiles.DIRECTORY)) {
      long first = JournalFiles.segmentSequence(each);
      if (first > lastSequence + 1) {
        throw new IOException(
            each + " has turns behind turn " + lastSequence + ", where the journal is to go on");
      }
      if (first >= 0 && first <= lastSequence) {
        segments.add(new Segment(each, first, storage.size(each)));
      } else if (JournalFiles.baseSequence(each) >= 0) {
        baseBytes = storage.size(each);
      }
    }
    return new Left(segments, baseBytes);
  }

  private Journal(
      Disk disk,
      FsyncPolicy policy,
      SegmentHeader header,
      AppendFile file,
      Listener listener,
      long nowMillis,
      Left left) {
    this.storage = disk.storage();
    this.syncs = disk.syncs();
    this.bulk = disk.bulk();
    this.policy = policy;
    this.header = header;
    this.file = file;
    this.listener = listener;
    this.nowMillis = nowMillis;
    this.backlog = new Backlog(header);
    lastSequence = header.durableSequence();
    written = new Written(file, lastSequence, backlog.end());
    durableSequence = lastSequence;
    releasedSequence = lastSequence;
    vouchedSequence = lastSequence;
    segments.addAll(left.segments);
    segments.add(segment(lastSequence + 1));
    baseBytes = left.baseBytes;
  }

  /** Makes a segment that has no name yet; whoever gets it syncs it and gives it one. */
  private static AppendFile create(Storage storage, String name, SegmentHeader header)
      throws IOException {
    AppendFile file = storage.create(name);
    try {
      file.append(header.encode(), 0, SegmentHeader.LENGTH);
    } catch (IOException e) {
      close(file);
      throw e;
    }
    return file;
  }

  private static void close(AppendFile file) {
    try {
      file.close();
    } catch (IOException ignored) {
      // What it had to keep is elsewhere, or was synced.
    }
  }

  /**
   * Writes and syncs what there is, says that this is the end, and closes the files. Blocks.
   * Nothing that was handed to the backgrounds may be under way any more, and nothing may follow. A
   * journal that is not in force leaves nothing behind.
   *
   * @throws IOException if turns could not be made durable; their output was never released under
   *     {@code always}
   */
  public void close(long now) throws IOException {
    nowMillis = now;
    if (!inForce) {
      close(file);
      storage.delete(prepared(header));
      return;
    }
    try {
      if (failure == null) {
        try {
          drain();
          syncNow();
        } catch (IOException e) {
          fail(e);
        }
      }
      if (failure != null && removing) {
        throw failure;
      }
      if (failure != null) {
        Repair repair = new Repair();
        repair.work();
        repair.done(null);
      }
      backlog.note(Records.END, lastSequence, durableSequence, now);
      backlog.drain(file::append);
      file.sync();
      release();
    } finally {
      close(file);
      former.forEach(Journal::close);
      if (next != null) {
        close(next);
      }
    }
  }

  private void syncNow() throws IOException {
    for (AppendFile each : former) {
      each.sync();
    }
    file.sync();
    storage.syncDirectory(JournalFiles.DIRECTORY);
    onDurable(written.sequence, backlog.end());
  }

  /**
   * Ends the journal without waiting: what is written is synced beside the engine's thread, and
   * what comes later is in no journal. Nothing is released any more.
   */
  public void abandon(long now) {
    nowMillis = now;
    abandoned = true;
    if (!inForce) {
      syncs.run(new Withdrawal());
      return;
    }
    if (failure == null) {
      try {
        drain();
      } catch (IOException e) {
        failure = e;
      }
    }
    syncs.run(new Farewell());
  }

  /** Removes a journal that was never in force. */
  private final class Withdrawal implements Background.Job {

    @Override
    public void work() throws IOException {
      Journal.close(file);
      storage.delete(prepared(header));
    }

    @Override
    public void done(@Nullable IOException problem) {
      // What is left is overwritten, or removed at the next start.
    }
  }

  private final class Farewell implements Background.Job {

    private final boolean written = failure == null;
    private final List<AppendFile> files = new ArrayList<>(former);
    private final List<Backlog.Slice> end = new ArrayList<>();

    Farewell() {
      if (written) {
        // Otherwise a repair may be reading what would be written over here.
        backlog.forget(backlog.end());
        backlog.note(Records.END, lastSequence, lastSequence, nowMillis);
        end.addAll(backlog.slices());
      }
      files.add(file);
    }

    @Override
    public void work() throws IOException {
      try {
        for (AppendFile each : files) {
          each.sync();
        }
        storage.syncDirectory(JournalFiles.DIRECTORY);
        if (written && !unsure) {
          // Only now: it vouches for what is before it.
          for (Backlog.Slice slice : end) {
            file.append(slice.bytes(), slice.offset(), slice.length());
          }
          file.sync();
        }
      } finally {
        files.forEach(Journal::close);
      }
    }

    @Override
    public void done(@Nullable IOException problem) {
      // Nobody relies on it.
    }
  }

  // ------------------------------------------------------------------------------------ recording

  /**
   * Makes room for effects of so many bytes, so that recording them does not fail for want of
   * memory. To be called before a turn changes anything.
   *
   * @throws OutOfMemoryError if there is no room; nothing has changed then
   */
  public void reserve(long bytes) {
    backlog.reserve(bytes);
  }

  @Override
  public void onEffect(Turn turn, int db, Bytes... arguments) {
    if (!backlog.isOpen()) {
      backlog.open(turn.sequence() + 1, durableSequence, turn.nowMillis());
    }
    backlog.effect(db, arguments);
  }

  @Override
  public void onEffect(Turn turn, int db, Request request) {
    if (!backlog.isOpen()) {
      backlog.open(turn.sequence() + 1, durableSequence, turn.nowMillis());
    }
    backlog.effect(db, request);
  }

  @Override
  public void onCommitted(Turn turn) {
    if (!backlog.isOpen()) {
      // Something changed that nothing has to repeat: the sequence has no gaps nevertheless.
      backlog.open(turn.sequence(), durableSequence, turn.nowMillis());
    }
    backlog.close();
    lastSequence = turn.sequence();
    if (turn.isDurableRequired()) {
      requiredFirst = Math.min(requiredFirst, lastSequence);
      requiredLast = lastSequence;
    }
    vouchedSequence = durableSequence;
    if (unsyncedSinceMillis == NEVER) {
      unsyncedSinceMillis = turn.nowMillis();
    }
    if (unwrittenSinceMillis == NEVER) {
      unwrittenSinceMillis = turn.nowMillis();
    }
  }

  @Override
  public void onDiscarded() {
    if (backlog.isOpen()) {
      backlog.discard();
    }
  }

  // ------------------------------------------------------------------------------------- flushing

  /**
   * Writes what was recorded since the last call, starts a sync where one is due, and releases what
   * may leave. To be called before output leaves, once for each round.
   */
  public void flush(long now) {
    nowMillis = now;
    if (failure == null && (backlog.undrainedBytes() > 0 || next != null)) {
      write();
    }
    if (durableSequence != lastSequence) {
      startSync();
      release();
    }
  }

  private void write() {
    try {
      drain();
      if (next != null) {
        rotateNow(next);
      }
    } catch (IOException e) {
      fail(e);
    }
  }

  private void drain() throws IOException {
    backlog.drain(file::append);
    written = new Written(file, lastSequence, backlog.drainedEnd());
    unwrittenSinceMillis = NEVER;
  }

  private void startSync() {
    if (working) {
      awaited = true;
    }
    if (working || failure != null || written.sequence == durableSequence) {
      return;
    }
    // A clock that was set back must not keep anything waiting.
    unsyncedSinceMillis = Math.min(unsyncedSinceMillis, nowMillis);
    boolean due =
        switch (policy) {
          case ALWAYS -> true;
          case EVERYSEC -> nowMillis - unsyncedSinceMillis >= SYNC_AFTER_MILLIS;
          case NO -> false;
        };
    if (due || requiredLast > durableSequence || backlog.keptBytes() > UNSYNCED_BYTES_MAX) {
      working = true;
      awaited = false;
      syncs.run(new Sync(inForce ? listener.departure(written.sequence) : null));
      prepare();
    }
  }

  /**
   * Where somebody waits for syncs the segment grows ahead of what is written: the system need not
   * write down a new length, and new places on the disk, with each of them. Who writes much at a
   * time has little of it.
   */
  private void prepare() {
    boolean isWaitedFor = policy == FsyncPolicy.ALWAYS || requiredLast > durableSequence;
    if (isWaitedFor && backlog.keptBytes() < ROOM_BYTES / 2) {
      file.prepare(ROOM_BYTES);
    }
  }

  private void release() {
    if (!inForce) {
      return;
    }
    long sequence = releasable();
    if (sequence > releasedSequence) {
      releasedSequence = sequence;
      listener.released(sequence);
    }
  }

  private long releasable() {
    if (failure != null) {
      return durableSequence;
    }
    long allowed =
        switch (policy) {
          case ALWAYS -> durableSequence;
          case EVERYSEC -> isLate() ? durableSequence : written.sequence;
          case NO -> written.sequence;
        };
    return Math.min(allowed, Math.max(durableSequence, requiredFirst - 1));
  }

  private boolean isLate() {
    syncingSinceMillis =
        syncingSinceMillis == NEVER ? NEVER : Math.min(syncingSinceMillis, nowMillis);
    boolean late = nowMillis - Math.min(syncingSinceMillis, unsyncedSinceMillis) > LOSS_MILLIS_MAX;
    if (late && !delayed) {
      syncsDelayed++;
    }
    delayed = late;
    return late;
  }

  /**
   * Covers all that the file has when the sync begins, and lets leave what waits for nothing else.
   * That is more than when it was handed in: until another thread gets to it clients go on writing,
   * and what they wrote need not wait for the next one.
   */
  private final class Sync implements Background.Job {

    private final List<AppendFile> before = former;
    private final boolean directory = renamed;
    private final @Nullable BooleanSupplier departure;
    private Written covered = written;
    private boolean isAllGone;

    Sync(@Nullable BooleanSupplier departure) {
      this.departure = departure;
      former = new ArrayList<>();
      renamed = false;
      syncingSinceMillis = unsyncedSinceMillis;
      unsyncedSinceMillis = unwrittenSinceMillis;
    }

    @Override
    public void work() throws IOException {
      unsure = true;
      for (AppendFile each : before) {
        each.sync();
      }
      Written now = written;
      if (now.file == covered.file) {
        covered = now;
      }
      covered.file.sync();
      if (directory) {
        storage.syncDirectory(JournalFiles.DIRECTORY);
      }
      unsure = false;
      isAllGone = departure != null && departure.getAsBoolean();
    }

    @Override
    public boolean isAwaited() {
      return !isAllGone || awaited;
    }

    @Override
    public void done(@Nullable IOException problem) {
      working = false;
      before.forEach(Journal::close);
      if (abandoned) {
        return;
      }
      if (problem != null) {
        unsyncedSinceMillis = syncingSinceMillis;
        syncingSinceMillis = NEVER;
        lastSyncFailed = true;
        fail(problem);
        return;
      }
      syncsDone++;
      lastSyncFailed = false;
      syncingSinceMillis = NEVER;
      onDurable(covered.sequence, covered.position);
      startSync();
      release();
    }
  }

  private void onDurable(long sequence, long position) {
    durableSequence = sequence;
    if (sequence >= requiredLast) {
      requiredFirst = NEVER;
    } else if (sequence >= requiredFirst) {
      requiredFirst = sequence + 1;
    }
    if (sequence == lastSequence) {
      unsyncedSinceMillis = NEVER;
    }
    backlog.forget(position);
  }

  // -------------------------------------------------------------------------------------- trouble

  private void fail(IOException problem) {
    boolean first = failure == null;
    failure = problem;
    retryMillis = nowMillis + (first ? 0 : RETRY_MILLIS);
    if (first && inForce) {
      listener.failing(failure());
    }
  }

  /** Writes all that no sync covers into a segment of its own, which takes its place. */
  private final class Repair implements Background.Job {

    private final List<Backlog.Slice> slices = backlog.slices();
    private final long first = durableSequence + 1;
    private final long sequence = lastSequence;
    private final long position = backlog.end();
    private final List<String> replaced = new ArrayList<>();
    private @Nullable AppendFile fresh;

    Repair() {
      for (Segment segment : segments) {
        if (segment.firstSequence > first) {
          replaced.add(segment.name);
        }
      }
    }

    @Override
    public void work() throws IOException {
      AppendFile made = create(storage, REPAIRED, header.durable(first - 1));
      try {
        for (Backlog.Slice slice : slices) {
          made.append(slice.bytes(), slice.offset(), slice.length());
        }
        made.sync();
        storage.rename(REPAIRED, JournalFiles.segment(first));
        // A segment that was begun since has a part of the same turns, and nobody vouches for it.
        for (String name : replaced) {
          storage.delete(name);
        }
        storage.syncDirectory(JournalFiles.DIRECTORY);
      } catch (IOException e) {
        close(made);
        throw e;
      }
      fresh = made;
    }

    @Override
    public void done(@Nullable IOException problem) {
      working = false;
      if (abandoned) {
        return;
      }
      AppendFile made = fresh;
      if (problem != null || made == null) {
        retryMillis = nowMillis + RETRY_MILLIS;
        failure = problem;
        dropWhatWaited();
        return;
      }
      former.forEach(Journal::close);
      former.clear();
      finishSegment();
      close(file);
      file = made;
      segments.removeIf(segment -> segment.firstSequence >= first);
      segments.add(segment(first));
      backlog.drained(position);
      written = new Written(made, sequence, position);
      unwrittenSinceMillis = sequence == lastSequence ? NEVER : unwrittenSinceMillis;
      onDurable(sequence, position);
      failure = null;
      lastSyncFailed = false;
      listener.failing(null);
      release();
      dropWhatWaited();
    }
  }

  /** What is wrong, in the words of the system, or null while all is well. */
  public @Nullable String failure() {
    if (failure == null) {
      return null;
    }
    String message = failure.getMessage();
    if (message == null) {
      return failure.toString();
    }
    // An open file goes on calling itself as when it was made; people look for the name it has now.
    String name = segments.getLast().name;
    return message.replace(NEXT, name).replace(REPAIRED, name);
  }

  /** Whether so much waits for the disk that nobody should ask for more. */
  public boolean isBehind() {
    return backlog.keptBytes() > BACKLOG_BYTES_MAX;
  }

  // ---------------------------------------------------------------------------------- maintenance

  /**
   * What has to be done about ten times a second: syncs that are due, new tries after a failure.
   */
  public void maintain(long now) {
    flush(now);
    if (!inForce) {
      return;
    }
    if (failure != null) {
      retryMillis = Math.min(retryMillis, now + RETRY_MILLIS);
      if (!working && !removing && now >= retryMillis) {
        working = true;
        syncs.run(new Repair());
      }
      return;
    }
    if (durableSequence == lastSequence && vouchedSequence != durableSequence) {
      vouch();
    }
    if (now - shrunkMillis >= SHRINK_MILLIS || now < shrunkMillis) {
      shrunkMillis = now;
      backlog.shrink();
    }
  }

  /**
   * Says in the file what is durable where no turn follows that would say so by the way, so that a
   * bad byte in the last turns is told from what a crash leaves.
   */
  private void vouch() {
    backlog.note(Records.MARK, lastSequence, durableSequence, nowMillis);
    vouchedSequence = durableSequence;
    write();
    if (failure == null) {
      backlog.forget(backlog.end());
    }
  }

  /** How long the journal may wait for the disk from now on. */
  public void policy(FsyncPolicy newPolicy) {
    policy = newPolicy;
    startSync();
    release();
  }

  // ---------------------------------------------------------------------------------- into force

  /**
   * The base that a prepared journal goes on from is complete, named and durable: the journal takes
   * effect soon, without waiting for the disk. From then on output is held back as the policy asks.
   *
   * @param done told whether it has, between turns; not told after {@link #abandon}
   */
  public void adopt(Step done) {
    flush(nowMillis);
    IOException problem = failure;
    if (problem != null) {
      done.done(problem);
    } else {
      syncs.run(new Adoption(done));
    }
  }

  private final class Adoption implements Background.Job {

    private final Step waiting;
    private final Written covered = written;

    Adoption(Step waiting) {
      this.waiting = waiting;
    }

    @Override
    public void work() throws IOException {
      file.sync();
      storage.rename(prepared(header), segments.getLast().name);
      storage.syncDirectory(JournalFiles.DIRECTORY);
      storage.syncDirectory("");
    }

    @Override
    public void done(@Nullable IOException problem) {
      if (abandoned) {
        return;
      }
      if (problem == null && failure == null) {
        inForce = true;
        onDurable(covered.sequence, covered.position);
        startSync();
        // Nothing was held back so far, so that even what was released already may be held now.
        releasedSequence = releasable();
        listener.released(releasedSequence);
      }
      waiting.done(problem == null ? failure : problem);
    }
  }

  // ------------------------------------------------------------------------------------- segments

  /**
   * Starts a new segment soon, without waiting for the disk: the first step of a rewrite. What is
   * recorded meanwhile goes into the old one.
   *
   * @param done told when all turns so far are in older segments
   */
  public void rotate(Step done) {
    if (rotated != null) {
      done.done(new IOException("a new segment is being started already"));
      return;
    }
    rotated = done;
    syncs.run(new Beginning(header.durable(durableSequence)));
  }

  /** Makes a segment for {@link #rotateNow}. */
  private final class Beginning implements Background.Job {

    private final SegmentHeader headed;
    private @Nullable AppendFile made;

    Beginning(SegmentHeader headed) {
      this.headed = headed;
    }

    @Override
    public void work() throws IOException {
      AppendFile file = create(storage, NEXT, headed);
      try {
        file.sync();
      } catch (IOException e) {
        close(file);
        throw e;
      }
      made = file;
    }

    @Override
    public void done(@Nullable IOException problem) {
      if (abandoned && made != null) {
        close(made);
      } else if (made == null) {
        answerRotated(problem == null ? new IOException("no segment was made") : problem);
      } else {
        // The next flush goes on with it.
        next = made;
      }
    }
  }

  /** Goes on in the segment that was made, which gets its name. All turns so far are written. */
  private void rotateNow(AppendFile made) {
    next = null;
    long first = lastSequence + 1;
    String name = JournalFiles.segment(first);
    try {
      // Where the segment that is written has no turn yet this one takes its place.
      storage.rename(NEXT, name);
    } catch (IOException e) {
      close(made);
      answerRotated(e);
      return;
    }
    if (segments.getLast().firstSequence == first) {
      segments.removeLast();
      close(file);
    } else {
      finishSegment();
      former.add(file);
    }
    segments.add(segment(first));
    file = made;
    written = new Written(made, written.sequence, written.position);
    renamed = true;
    answerRotated(null);
  }

  /** The segment that is written from now on. */
  private static Segment segment(long first) {
    return new Segment(JournalFiles.segment(first), first, 0);
  }

  /** Another segment will be written. */
  private void finishSegment() {
    Segment last = segments.removeLast();
    segments.add(new Segment(last.name, last.firstSequence, file.length()));
  }

  private void answerRotated(@Nullable IOException problem) {
    Step waiting = rotated;
    rotated = null;
    if (waiting != null) {
      waiting.done(problem);
    }
  }

  /**
   * A base holds the data after the turn {@code sequence}, and is complete, named and durable:
   * segments whose turns it has, and older bases, are removed.
   */
  public void dropBefore(long sequence) {
    if (removing || working && failure != null) {
      // A repair may give one of them its name again, and what is gone must not come back then.
      droppable = sequence;
      return;
    }
    List<Segment> dropped = new ArrayList<>();
    for (int i = 0; i + 1 < segments.size(); i++) {
      if (segments.get(i + 1).firstSequence <= sequence + 1) {
        dropped.add(segments.get(i));
      }
    }
    segments.removeAll(dropped);
    removing = true;
    bulk.run(new Removal(sequence, dropped));
  }

  private void dropWhatWaited() {
    long sequence = droppable;
    if (sequence != NOTHING) {
      droppable = NOTHING;
      dropBefore(sequence);
    }
  }

  private final class Removal implements Background.Job {

    private final long sequence;
    private final List<Segment> dropped;
    private int gone;
    private long newBaseBytes;

    Removal(long sequence, List<Segment> dropped) {
      this.sequence = sequence;
      this.dropped = dropped;
    }

    @Override
    public void work() throws IOException {
      newBaseBytes = storage.size(JournalFiles.base(sequence));
      for (Segment segment : dropped) {
        storage.delete(segment.name);
        gone++;
      }
      for (String name : storage.list(JournalFiles.DIRECTORY)) {
        long base = JournalFiles.baseSequence(name);
        if (base >= 0 && base < sequence) {
          storage.delete(name);
        }
      }
    }

    @Override
    public void done(@Nullable IOException problem) {
      removing = false;
      // What is left belongs to the journal still: the next rewrite tries again, and a repair takes
      // away what lies behind its first turn.
      segments.addAll(0, dropped.subList(gone, dropped.size()));
      if (newBaseBytes > 0) {
        baseBytes = newBaseBytes;
      }
      dropWhatWaited();
    }
  }

  /**
   * Leaves of a journal that nobody keeps only a base that is complete, named and durable.
   *
   * @param sequence the last turn that the base has; none in the other files exceeds it
   */
  public static void dropAllBut(Storage storage, long sequence) throws IOException {
    for (String name : storage.list(JournalFiles.DIRECTORY)) {
      long base = JournalFiles.baseSequence(name);
      if (JournalFiles.segmentSequence(name) >= 0 || base >= 0 && base < sequence) {
        storage.delete(name);
      }
    }
  }

  /** A sequence that no turn in any file of a journal exceeds; 0 if there is none. */
  public static long highestSequence(Storage storage) throws IOException {
    long highest = 0;
    for (String name : storage.list(JournalFiles.DIRECTORY)) {
      long first = JournalFiles.segmentSequence(name);
      if (first >= 0) {
        long records = storage.size(name) / (Records.BODY_OFFSET + Records.BODY_MIN);
        highest = Math.max(highest, first + records);
      }
      highest = Math.max(highest, JournalFiles.baseSequence(name));
    }
    return highest;
  }

  // --------------------------------------------------------------------------------------- asking

  /** The last turn that no crash can take back. */
  public long durableSequence() {
    return durableSequence;
  }

  /** The last turn whose output may leave. */
  public long releasedSequence() {
    return releasedSequence;
  }

  /** The bytes of all segments, and of the base under them. */
  public long sizeBytes() {
    long bytes = baseBytes + file.length();
    for (int i = 0; i < segments.size() - 1; i++) {
      bytes += segments.get(i).bytes;
    }
    return bytes;
  }

  /** The bytes of the base that the segments continue; 0 if there is none. */
  public long baseBytes() {
    return baseBytes;
  }

  /** The memory of what is not durable yet, in bytes. */
  public long keptBytes() {
    return backlog.keptBytes();
  }

  /**
   * Whether the files are what a start would read: false from {@link #prepare} until the journal
   * was adopted.
   */
  public boolean isInForce() {
    return inForce;
  }

  /** Whether a sync or its like is under way. */
  public boolean isWorking() {
    return working;
  }

  /** How many syncs succeeded. */
  public long syncsDone() {
    return syncsDone;
  }

  /** How often output had to wait because a sync took too long ({@code everysec}). */
  public long syncsDelayed() {
    return syncsDelayed;
  }
}
