package dev.carillon.simulation;

import dev.carillon.engine.Engine;
import dev.carillon.engine.EngineOptions;
import dev.carillon.engine.command.Host;
import dev.carillon.engine.config.Configuration;
import dev.carillon.engine.config.Parameters;
import dev.carillon.engine.keyspace.KeyspaceDigest;
import dev.carillon.engine.load.RdbLoad;
import dev.carillon.engine.snapshot.Snapshots;
import dev.carillon.engine.storage.ReadFile;
import dev.carillon.protocol.bytes.Bytes;
import dev.carillon.simulation.check.Saved;
import dev.carillon.simulation.disk.FaultyDisk;
import java.io.IOException;
import java.util.Map;
import java.util.Random;

/**
 * Follows the snapshots of a run: what the server held where each began, which of them the server
 * called done, and what lies on the disk afterwards. Outlives the processes.
 */
final class SnapshotWatch {

  static final String FILE = "dump.rdb";

  private static final int SLICE_BYTES = 512;

  private final Promises promises;
  private final Map<String, Integer> tally;

  /** Of the process that runs. */
  private long saves;

  private long rewrites;

  /** The one on its way in the background, or {@link Saved#NONE}. */
  private int dumping = Saved.NONE;

  SnapshotWatch(Promises promises, Map<String, Integer> tally) {
    this.promises = promises;
    this.tally = tally;
  }

  private void count(String what) {
    tally.merge(what, 1, Integer::sum);
  }

  /** Another process runs. */
  void onStarted() {
    saves = 0;
    rewrites = 0;
    dumping = Saved.NONE;
  }

  /** A request follows that takes a snapshot before it is answered; answers the number. */
  int beforeRequest(Engine engine) {
    return promises.exact.onBegun(promises.whole.sequence(), KeyspaceDigest.of(engine.keyspace()));
  }

  /**
   * Something may have begun a snapshot, or ended one.
   *
   * @param atOnce the number of the one that a request took before it was answered, if it did
   */
  void look(Engine engine, int atOnce) {
    if (engine.rewrites().rewrites() > rewrites) {
      rewrites = engine.rewrites().rewrites();
      count("the journal was rewritten");
    }
    Snapshots snapshots = engine.snapshots();
    if (snapshots.saves() > saves) {
      saves = snapshots.saves();
      count("a snapshot was done");
      promises.saved.onDone(atOnce == Saved.NONE ? dumping : atOnce);
      dumping = Saved.NONE;
    }
    if (!snapshots.isDumping()) {
      if (dumping != Saved.NONE) {
        count("a snapshot failed");
      }
      dumping = Saved.NONE;
    } else if (dumping == Saved.NONE) {
      count("a snapshot began");
      dumping = beforeRequest(engine);
    }
  }

  /** A journal that began while there were keys is in force. */
  void onInForce() {
    count("a journal came into force");
  }

  /** A whole slice went into one value, which goes on. */
  void onSlice() {
    count("a value was written in slices");
  }

  /** Compares what lies on the disk with what was promised. */
  void verify(FaultyDisk disk) {
    if (!disk.files().contains(FILE)) {
      promises.saved.onFound(Saved.NONE);
      return;
    }
    try {
      Loaded loaded = load(disk);
      promises.saved.onFound(
          promises.exact.onLoaded(FILE, Long.parseLong(loaded.sequence), loaded.digest));
      count("a snapshot was loaded");
    } catch (IOException e) {
      promises.exact.onUnreadable(FILE, String.valueOf(e.getMessage()));
    }
  }

  /** What a snapshot's file holds. */
  record Loaded(String sequence, String digest) {}

  /** Loads the file as a server does at its start. */
  static Loaded load(FaultyDisk disk) throws IOException {
    Configuration config = new Configuration();
    config.put(Parameters.DATABASES, (long) SimulatedProcess.DATABASES);
    Engine engine = new Engine(new EngineOptions(config, new Random(1), Host.NONE, Long.MAX_VALUE));
    String[] sequence = {""};
    try (RdbLoad load =
        new RdbLoad(
            FILE,
            new Reading(disk.bytes(FILE)),
            true,
            engine.keyspace(),
            (name, text) -> {
              if (name.equals(Bytes.of(Snapshots.SEQUENCE))) {
                sequence[0] = text.toLatin1();
              }
            })) {
      engine.beginLoading(load, 0);
      while (engine.load(0, SLICE_BYTES)) {
        // There is more.
      }
    }
    return new Loaded(sequence[0], KeyspaceDigest.of(engine.keyspace()));
  }

  private static final class Reading implements ReadFile {

    private final byte[] bytes;
    private int position;

    Reading(byte[] bytes) {
      this.bytes = bytes;
    }

    @Override
    public long length() {
      return bytes.length;
    }

    @Override
    public int read(byte[] target, int offset, int length) {
      if (position == bytes.length) {
        return -1;
      }
      int count = Math.min(length, bytes.length - position);
      System.arraycopy(bytes, position, target, offset, count);
      position += count;
      return count;
    }

    @Override
    public void close() {}
  }
}
