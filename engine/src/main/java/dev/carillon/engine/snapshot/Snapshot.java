package dev.carillon.engine.snapshot;

import dev.carillon.engine.keyspace.Database;
import dev.carillon.engine.keyspace.Entry;
import dev.carillon.engine.keyspace.Keyspace;
import dev.carillon.engine.keyspace.PreImage;
import dev.carillon.engine.rdb.RdbChunk;
import dev.carillon.engine.rdb.RdbFile;
import dev.carillon.engine.rdb.RdbSlices;
import dev.carillon.engine.rdb.RdbWriter;
import dev.carillon.protocol.bytes.Bytes;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One snapshot on its way into a file. What it shows is the keyspace at the moment at which it was
 * made, between two turns, whatever changes while it is written.
 *
 * <p><b>How.</b> A walk visits all entries in slices, by the cursor of SCAN, which misses nothing
 * that stays. An entry that is about to change, and was not visited yet, is written first: the door
 * of each change shows it ({@link PreImage}). Which entries are written is marked ({@link
 * Database#mark}), and so are those that are made meanwhile, so each is written once or never.
 *
 * <p><b>Large values</b> are written in several goes. In the file an entry is one run of bytes, so
 * what has to be written while a large one is on its way waits in a {@link Run} of its own. Such a
 * value goes on changing while it is on its way, or before it is its turn. Single members of a
 * hash, set or sorted set, which may be written in any order, are written before they change. Of
 * the others an image is written that shares with the value what does not change: entries of a
 * stream by blocks, elements of a list or array by chunks, bytes of a string as they are.
 *
 * <p><b>Emptied databases</b> are handed over ({@link Database#handOver}) and walked as they are.
 *
 * <p><b>Memory.</b> The walk stops while more than {@link #PENDING_BYTES_MAX} wait for the disk.
 * What changes does not wait: it is kept until it can be written, and {@link #heldBytes} counts it,
 * but for what is kept of streams.
 *
 * <p>Engine thread only.
 */
final class Snapshot implements PreImage {

  private static final int CHUNK_BYTES = SnapshotFile.CHUNK_BYTES;

  /** Chosen: enough to keep the disk busy. */
  private static final int PENDING_BYTES_MAX = 4 << 20;

  /** Chosen: what looking at an entry costs beside its bytes, in bytes that could be copied. */
  private static final int ENTRY_COST = 256;

  /** Chosen: about as many keys as a segment of the index holds. */
  private static final int SCAN_COUNT = 64;

  /** Chosen: most pre-images are short. */
  private static final int RUN_BYTES = 512;

  private static final int UNSELECTED = -1;
  private static final byte[] NOTHING = {};

  /** One database as it was. */
  private static final class Part {
    final int number;
    Database database;

    Part(Database database) {
      this.database = database;
      this.number = database.number();
      database.beginMarking();
    }
  }

  /** Entries one behind the other; the last one may be unfinished. */
  private final class Run {
    final RdbWriter out;
    final List<RdbChunk> full = new ArrayList<>();
    int selected = UNSELECTED;

    /** The rest of the last entry, or null if all of it is written. */
    @Nullable RdbSlices last;

    Run(int bytes) {
      out = RdbWriter.deferring(compressing, bytes).versionMax(version);
    }

    /** Writes an entry, or begins to. */
    void write(int number, Entry entry) {
      if (selected != number) {
        RdbFile.select(out, number);
        selected = number;
      }
      last = RdbFile.entry(out, entry, usage);
    }

    void spill() {
      if (out.length() >= CHUNK_BYTES) {
        full.add(out.take(new byte[RUN_BYTES]));
      }
    }

    long bytes() {
      long sum = out.length();
      for (RdbChunk chunk : full) {
        sum += chunk.length();
      }
      return last == null ? sum : sum + last.heldBytes();
    }
  }

  private final Keyspace keyspace;
  private final SnapshotFile file;
  private final boolean compressing;
  private final int version;
  private final RdbFile.Usage usage;
  private final List<Part> parts = new ArrayList<>();
  private final List<Database> handedOver = new ArrayList<>();

  /** What is on its way into the file. */
  private final Run main;

  /** What follows as soon as nothing unfinished is on its way. */
  private final Deque<Run> waiting = new ArrayDeque<>();

  /** Entries that the cursor has passed. */
  private final Deque<Entry> visited = new ArrayDeque<>();

  private int part;
  private long cursor;
  private boolean scanned;
  private boolean ended;
  private long entries;

  /**
   * What a snapshot says of itself and how it is written.
   *
   * @param compressing whether long strings are compressed
   * @param usage what entries say of their use
   * @param facts written in front, in this order
   */
  record Form(boolean compressing, RdbFile.Usage usage, List<Fact> facts) {}

  /** An AUX field. */
  record Fact(String name, String value) {}

  /**
   * Begins: the keyspace as it is now is what will be in the file. O(databases).
   *
   * @param version of RDB: one that all values can be written in
   */
  Snapshot(Keyspace keyspace, SnapshotFile file, int version, Form form) {
    this.keyspace = keyspace;
    this.file = file;
    this.compressing = form.compressing();
    this.version = version;
    this.usage = form.usage();
    this.main = new Run(CHUNK_BYTES);
    RdbFile.begin(main.out, version);
    for (Fact fact : form.facts()) {
      RdbFile.aux(main.out, fact.name(), fact.value());
    }
    for (int i = 0; i < keyspace.count(); i++) {
      Database database = keyspace.database(i);
      if (database.size() > 0) {
        parts.add(new Part(database));
        RdbFile.select(main.out, i);
        RdbFile.sizes(main.out, database);
        main.selected = i;
      }
    }
    keyspace.addPreImage(this);
  }

  // -------------------------------------------------------------------------------------- the walk

  /**
   * Writes on.
   *
   * @param bytes about how much; what has to be looked at counts as well
   * @return whether there is more to do now; otherwise all is written, or the disk has to catch up
   */
  boolean advance(int bytes) {
    long left = bytes;
    while (left > 0 && !ended) {
      if (file.isEnded()) {
        letGo();
        return false;
      }
      if (file.pendingBytes() > PENDING_BYTES_MAX) {
        return false;
      }
      long before = main.out.length();
      if (main.last != null) {
        goOn(main.last, (int) left);
        left -= ENTRY_COST;
      } else if (!waiting.isEmpty()) {
        follow(waiting.removeFirst());
        before = 0;
        left -= ENTRY_COST;
      } else if (!visited.isEmpty()) {
        visit(visited.removeFirst());
        left -= ENTRY_COST;
      } else if (scan()) {
        left -= ENTRY_COST;
      } else {
        finish();
      }
      left -= Math.max(0, main.out.length() - before);
      flush();
    }
    for (Run run : waiting) {
      run.spill();
    }
    return !ended;
  }

  private void goOn(RdbSlices rest, int bytes) {
    if (rest.write(main.out, bytes)) {
      rest.close();
      main.last = null;
    }
  }

  /** Sends a run on its way that had to wait. */
  private void follow(Run run) {
    file.write(main.out.take(file.room()));
    run.full.forEach(file::write);
    file.write(run.out.take(NOTHING));
    main.selected = run.selected;
    main.last = run.last;
    if (run.last != null) {
      run.last.redirect(main.out);
    }
  }

  private void visit(Entry entry) {
    Part here = parts.get(part);
    if (here.database.mark(entry)) {
      entries++;
      main.write(here.number, entry);
    }
  }

  /** Goes on to the next entries; answers whether there are any left. */
  private boolean scan() {
    if (part < parts.size() && !scanned) {
      cursor = parts.get(part).database.scan(cursor, SCAN_COUNT, visited::add);
      scanned = cursor == 0;
    } else if (part < parts.size()) {
      parts.get(part).database.endMarking();
      scanned = false;
      part++;
    }
    return part < parts.size();
  }

  private void flush() {
    main.full.forEach(file::write);
    main.full.clear();
    if (main.out.length() >= CHUNK_BYTES) {
      file.write(main.out.take(file.room()));
    }
  }

  private void finish() {
    RdbFile.end(main.out);
    file.write(main.out.take(NOTHING));
    letGo();
    file.finish();
  }

  /** Gives up; nothing is left of the file. */
  void abandon() {
    file.abandon();
    letGo();
  }

  /** Nothing is kept for the snapshot any more: it is complete, or cannot be completed. */
  void letGo() {
    if (ended) {
      return;
    }
    ended = true;
    keyspace.removePreImage(this);
    for (; part < parts.size(); part++) {
      parts.get(part).database.endMarking();
    }
    close(main);
    waiting.forEach(Snapshot::close);
    waiting.clear();
    visited.clear();
    handedOver.forEach(Database::drop);
  }

  private static void close(Run run) {
    if (run.last != null) {
      run.last.close();
      run.last = null;
    }
  }

  /** Whether nothing has to be kept for the snapshot any more; the file may be incomplete yet. */
  boolean isEnded() {
    return ended;
  }

  /** How many entries were written so far. */
  long entries() {
    return entries;
  }

  /** How many bytes wait to be written, in memory. O(what changed and waits, in chunks). */
  long heldBytes() {
    long bytes = file.pendingBytes() + main.bytes();
    for (Run run : waiting) {
      bytes += run.bytes();
    }
    return bytes;
  }

  // ------------------------------------------------------------------------------------- the doors

  @Override
  public void beforeChange(Database database, Bytes key, @Nullable Entry entry) {
    if (entry != null && database.mark(entry)) {
      entries++;
      Run run = runForChanges();
      run.write(number(database), entry);
      if (run == main) {
        flush();
      }
    }
  }

  private Run runForChanges() {
    if (main.last == null && waiting.isEmpty()) {
      return main;
    }
    Run run = waiting.peekLast();
    if (run == null || run.last != null) {
      run = new Run(RUN_BYTES);
      waiting.addLast(run);
    }
    return run;
  }

  private int number(Database database) {
    for (Part one : parts) {
      if (one.database == database) {
        return one.number;
      }
    }
    throw new IllegalStateException("entries of database " + database.number() + " were marked");
  }

  @Override
  public void beforeClear(Database database) {
    for (int i = part; i < parts.size(); i++) {
      Part one = parts.get(i);
      if (one.database == database) {
        one.database = database.handOver();
        handedOver.add(one.database);
        if (i == part) {
          List<Entry> passed = List.copyOf(visited);
          visited.clear();
          passed.forEach(entry -> visited.add(one.database.takenOver(entry)));
        }
      }
    }
  }
}
