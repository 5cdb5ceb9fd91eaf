package dev.carillon.engine.snapshot;

import dev.carillon.engine.rdb.Crc64;
import dev.carillon.engine.rdb.RdbChunk;
import dev.carillon.engine.rdb.RdbWriter;
import dev.carillon.engine.storage.AppendFile;
import dev.carillon.engine.storage.Background;
import dev.carillon.engine.storage.Storage;
import dev.carillon.protocol.bytes.Bytes;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The file of a snapshot: chunks are handed in on the engine's thread; compressing them, the
 * checksum and all that may block is done in the background. It is written under another name,
 * forced onto the disk and only then renamed, so that a file of the right name is always whole.
 *
 * <p>Owned by the engine thread, but for the jobs, which share nothing with it but the flag that
 * tells them to stop.
 */
final class SnapshotFile {

  /** Chosen: so much at most is left to be forced onto the disk at the end. */
  private static final int SYNC_BYTES = 16 << 20;

  private static final int SCRATCH_BYTES = 256 << 10;

  /** When a chunk is handed in: it may be longer by the last thing that was written. */
  static final int CHUNK_BYTES = 128 << 10;

  /** Derived: most chunks fit. */
  private static final int CHUNK_ROOM = CHUNK_BYTES + CHUNK_BYTES / 4;

  /** Chosen: more than what may be pending. */
  private static final int SPARE_BYTES_MAX = 16 << 20;

  private static final byte[] NOTHING = {};

  private final Storage storage;
  private final Background background;
  private final String name;
  private final String temporaryName;
  private final Consumer<@Nullable IOException> onEnd;
  private long pendingBytes;
  private boolean ended;

  /** Arrays to write into: dead ones of this size would fill the heap until it is collected. */
  private final Deque<byte[]> spare = new ArrayDeque<>();

  private long spareBytes;

  /**
   * Guards the flag below: it is set by the engine's thread, and once it is, no job gives the file
   * its name any more. Whoever gives a file up may write another one of the same name next, which
   * must not be replaced by it. Held for a rename at most.
   */
  private final Object lock = new Object();

  private boolean abandoned;

  // What follows belongs to the jobs.

  private final RdbWriter scratch;
  private final boolean checksum;
  private @Nullable AppendFile file;
  private @Nullable IOException failure;
  private long crc;
  private long unsyncedBytes;

  /**
   * Begins a file.
   *
   * @param name in the storage
   * @param temporaryName what it is called until it is whole and on the disk
   * @param checksum whether the file ends with one, or with zeros
   * @param onEnd told once, on the engine's thread: why the file could not be written, or null if
   *     it is there and on the disk; never after {@link #abandon}
   */
  SnapshotFile(
      Storage storage,
      Background background,
      String name,
      String temporaryName,
      boolean compressing,
      boolean checksum,
      Consumer<@Nullable IOException> onEnd) {
    this.storage = storage;
    this.background = background;
    this.name = name;
    this.temporaryName = temporaryName;
    this.scratch = new RdbWriter(compressing, SCRATCH_BYTES);
    this.checksum = checksum;
    this.onEnd = onEnd;
  }

  /** The part of a name up to its last {@code /}, which is included. */
  private static String directory(String name) {
    return name.substring(0, name.lastIndexOf('/') + 1);
  }

  /** Whether it is over: nothing that is handed in now has any effect. */
  boolean isEnded() {
    return ended;
  }

  /** How many bytes were handed in and are not written yet. */
  long pendingBytes() {
    return pendingBytes;
  }

  /** An array of {@link #CHUNK_ROOM} bytes at least, to write the next chunk into. */
  byte[] room() {
    byte[] array = spare.pollLast();
    if (array == null) {
      return new byte[CHUNK_ROOM];
    }
    spareBytes -= array.length;
    return array;
  }

  /** Hands the next bytes in, and the array that they lie in. */
  void write(RdbChunk chunk) {
    pendingBytes += chunk.length();
    run(() -> append(chunk.encode(scratch)), chunk.length(), false, chunk.array());
  }

  private void reuse(byte[] array) {
    if (array.length >= CHUNK_ROOM && spareBytes + array.length <= SPARE_BYTES_MAX) {
      spare.addLast(array);
      spareBytes += array.length;
    }
  }

  /** All was handed in. */
  void finish() {
    run(this::complete, 0, true, NOTHING);
  }

  /** The file is not wanted any more; what was written of it is deleted. */
  void abandon() {
    ended = true;
    synchronized (lock) {
      abandoned = true;
    }
    run(() -> {}, 0, true, NOTHING);
  }

  /** Something that the background does. */
  @FunctionalInterface
  private interface Step {
    void run() throws IOException;
  }

  private void run(Step step, int bytes, boolean isLast, byte[] array) {
    background.run(
        new Background.Job() {
          @Override
          public void work() throws IOException {
            try {
              if (failure == null && !isAbandoned()) {
                step.run();
              }
            } catch (IOException e) {
              failure = e;
              discard();
              throw e;
            }
            if (isAbandoned()) {
              discard();
            }
          }

          @Override
          public void done(@Nullable IOException failed) {
            pendingBytes -= bytes;
            reuse(array);
            if (!ended && (isLast || failed != null)) {
              ended = true;
              onEnd.accept(failed);
            }
          }
        });
  }

  private boolean isAbandoned() {
    synchronized (lock) {
      return abandoned;
    }
  }

  private AppendFile file() throws IOException {
    AppendFile open = file;
    if (open == null) {
      open = storage.create(temporaryName);
      file = open;
    }
    return open;
  }

  private void append(Bytes bytes) throws IOException {
    if (checksum) {
      crc = Crc64.update(crc, bytes.array(), bytes.offset(), bytes.length());
    }
    file().append(bytes.array(), bytes.offset(), bytes.length());
    unsyncedBytes += bytes.length();
    if (unsyncedBytes >= SYNC_BYTES) {
      file().sync();
      unsyncedBytes = 0;
    }
  }

  private void complete() throws IOException {
    RdbWriter end = new RdbWriter(false, Long.BYTES);
    end.int64(crc);
    append(end.written());
    AppendFile complete = file();
    complete.sync();
    file = null;
    complete.close();
    synchronized (lock) {
      if (abandoned) {
        return;
      }
      storage.rename(temporaryName, name);
    }
    String directory = directory(name);
    storage.syncDirectory(
        directory.isEmpty() ? directory : directory.substring(0, directory.length() - 1));
  }

  /** Leaves nothing behind, as far as that is possible: what is left is overwritten next time. */
  private void discard() {
    try {
      AppendFile open = file;
      if (open != null) {
        file = null;
        open.close();
      }
    } catch (IOException alreadyFailed) {
      failure = alreadyFailed;
    }
    try {
      storage.delete(temporaryName);
    } catch (IOException alreadyFailed) {
      failure = alreadyFailed;
    }
  }
}
