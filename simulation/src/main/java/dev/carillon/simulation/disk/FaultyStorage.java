package dev.carillon.simulation.disk;

import dev.carillon.engine.storage.AppendFile;
import dev.carillon.engine.storage.ReadFile;
import dev.carillon.engine.storage.Storage;
import java.io.IOException;
import java.util.List;
import java.util.random.RandomGenerator;

/**
 * What one process sees of a {@link FaultyDisk}. Everything throws {@link Killed} once the process
 * is gone.
 */
public final class FaultyStorage implements Storage {

  /** Who gives a snapshot its name holds a lock that the engine may want: nothing comes between. */
  private static final String SNAPSHOT = ".rdb";

  /** Chosen: a few records, so that what is appended ends before it, in it and behind it. */
  private static final int ROOM_BYTES_MAX = 300;

  private final FaultyDisk disk;
  private final RandomGenerator random;
  private final Runnable beforeEach;
  private boolean dead;

  FaultyStorage(FaultyDisk disk, RandomGenerator random, Runnable beforeEach) {
    this.disk = disk;
    this.random = random;
    this.beforeEach = beforeEach;
  }

  void die() {
    dead = true;
  }

  /** Whether the process is gone. */
  public boolean isDead() {
    return dead;
  }

  @Override
  public List<String> list(String directory) throws IOException {
    begin();
    mayFail(disk.faults().reads, "list", directory);
    return disk.names().keySet().stream()
        .filter(name -> FaultyDisk.directory(name).equals(directory))
        .toList();
  }

  @Override
  public boolean exists(String name) {
    begin();
    return disk.find(name) != null;
  }

  @Override
  public long size(String name) throws IOException {
    begin();
    return existing(name).length();
  }

  @Override
  public ReadFile read(String name) throws IOException {
    begin();
    mayFail(disk.faults().reads, "open", name);
    return new Reading(name, existing(name));
  }

  @Override
  public AppendFile create(String name) throws IOException {
    begin();
    mayFail(disk.faults().directories, "create", name);
    if (disk.roomBytes() == 0) {
      throw failure("create", name, "No space left on device");
    }
    return new Appending(name, disk.create(name));
  }

  @Override
  public AppendFile append(String name, long length) throws IOException {
    begin();
    mayFail(disk.faults().directories, "open", name);
    Inode file = existing(name);
    if (length < file.length()) {
      file.truncate(Math.toIntExact(length));
    }
    return new Appending(name, file);
  }

  @Override
  public void rename(String from, String to) throws IOException {
    if (ends(!to.endsWith(SNAPSHOT))) {
      throw new Killed();
    }
    mayFail(disk.faults().directories, "rename", from);
    existing(from);
    disk.rename(from, to);
  }

  @Override
  public void delete(String name) throws IOException {
    begin();
    mayFail(disk.faults().directories, "delete", name);
    disk.delete(name);
  }

  @Override
  public void syncDirectory(String directory) throws IOException {
    begin();
    mayFail(disk.faults().directories, "sync the directory", directory);
    disk.syncDirectory(directory);
  }

  // ------------------------------------------------------------------------------------- faults

  /** Ends the process here if it is its time. */
  private void begin() {
    if (ends()) {
      throw new Killed();
    }
  }

  private boolean ends() {
    return ends(true);
  }

  /**
   * Whether the process ends in the middle of what follows.
   *
   * @param isAnnounced whether others may do something before it
   */
  private boolean ends(boolean isAnnounced) {
    if (!dead && isAnnounced) {
      beforeEach.run();
    }
    if (dead) {
      throw new Killed();
    }
    if (disk.endsProcess()) {
      dead = true;
    }
    return dead;
  }

  private boolean happens(int chance) {
    return chance > 0 && random.nextInt(1000) < chance;
  }

  private void mayFail(int chance, String act, String name) throws IOException {
    if (happens(chance)) {
      throw failure(act, name, "Input/output error");
    }
  }

  private static IOException failure(String act, String name, String reason) {
    return new IOException("cannot " + act + " " + name + ": " + reason);
  }

  private Inode existing(String name) throws IOException {
    Inode file = disk.find(name);
    if (file == null) {
      throw failure("open", name, "No such file or directory");
    }
    return file;
  }

  // -------------------------------------------------------------------------------------- files

  private final class Appending implements AppendFile {

    private final String name;
    private final Inode file;

    Appending(String name, Inode file) {
      this.name = name;
      this.file = file;
    }

    @Override
    public long length() {
      return file.appendedLength();
    }

    @Override
    public void append(byte[] source, int offset, int length) throws IOException {
      if (ends()) {
        file.append(source, offset, part(length));
        throw new Killed();
      }
      if (happens(disk.faults().appends)) {
        file.append(source, offset, part(length));
        throw failure("write to", name, "Input/output error");
      }
      long room = disk.roomBytes() + file.length() - file.appendedLength();
      if (length > room) {
        file.append(source, offset, (int) room);
        throw failure("write to", name, "No space left on device");
      }
      file.append(source, offset, length);
    }

    @Override
    public void prepare(int bytes) {
      if (file.length() - file.appendedLength() >= ROOM_BYTES_MAX / 2) {
        return;
      }
      int count = Math.min(bytes, 1 + random.nextInt(ROOM_BYTES_MAX));
      if (ends()) {
        file.prepare(part(count));
        throw new Killed();
      }
      int done = happens(disk.faults().appends) ? part(count) : count;
      file.prepare((int) Math.min(done, disk.roomBytes()));
    }

    private int part(int length) {
      return random.nextInt(length + 1);
    }

    @Override
    public void truncate(long length) throws IOException {
      begin();
      mayFail(disk.faults().appends, "truncate", name);
      file.truncate(Math.toIntExact(length));
    }

    @Override
    public void sync() throws IOException {
      begin();
      if (happens(disk.faults().lies)) {
        return;
      }
      if (happens(disk.faults().syncs)) {
        file.failSync(random);
        throw failure("sync", name, "Input/output error");
      }
      file.sync();
    }

    @Override
    public void close() {
      begin();
      if (file.length() > file.appendedLength() && !happens(disk.faults().appends)) {
        file.truncate(file.appendedLength());
      }
    }
  }

  private final class Reading implements ReadFile {

    private final String name;
    private final Inode file;
    private int position;

    Reading(String name, Inode file) {
      this.name = name;
      this.file = file;
    }

    @Override
    public long length() {
      return file.length();
    }

    @Override
    public int read(byte[] target, int offset, int length) throws IOException {
      begin();
      mayFail(disk.faults().reads, "read", name);
      if (position == file.length()) {
        return -1;
      }
      // Readers must put up with less than they asked for.
      int part = random.nextInt(4) == 0 ? 1 + random.nextInt(length) : length;
      int count = file.read(position, target, offset, part);
      position += count;
      return count;
    }

    @Override
    public void close() {
      begin();
    }
  }
}
