package dev.carillon.server.disk;

import dev.carillon.engine.storage.AppendFile;
import dev.carillon.engine.storage.ReadFile;
import dev.carillon.engine.storage.Storage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/**
 * Takes the place of the shipped class in a test build, see {@code simulation/run-kills}: what was
 * not forced onto the disk is in this process and nowhere else, so that SIGKILL takes from it what
 * a power cut takes from a machine. Names are on the disk at once.
 */
public final class FileStorage implements Storage {

  private final ShippedFileStorage files;

  /** As the shipped one. */
  public FileStorage(Path directory) {
    files = new ShippedFileStorage(directory);
  }

  @Override
  public List<String> list(String directory) throws IOException {
    return files.list(directory);
  }

  @Override
  public boolean exists(String name) throws IOException {
    return files.exists(name);
  }

  @Override
  public long size(String name) throws IOException {
    return files.size(name);
  }

  @Override
  public ReadFile read(String name) throws IOException {
    return files.read(name);
  }

  @Override
  public AppendFile create(String name) throws IOException {
    return new Unsynced(files.create(name));
  }

  @Override
  public AppendFile append(String name, long length) throws IOException {
    return new Unsynced(files.append(name, length));
  }

  @Override
  public void rename(String from, String to) throws IOException {
    files.rename(from, to);
  }

  @Override
  public void delete(String name) throws IOException {
    files.delete(name);
  }

  @Override
  public void syncDirectory(String directory) throws IOException {
    files.syncDirectory(directory);
  }

  @Override
  public String toString() {
    return files.toString();
  }

  /** Appends come from one thread and syncs from another. */
  private static final class Unsynced implements AppendFile {

    private final AppendFile file;
    private final Object syncing = new Object();
    private ByteArrayOutputStream unsynced = new ByteArrayOutputStream();
    private long length;

    /** What was asked for last; made when there is something to write over it. */
    private int prepared;

    Unsynced(AppendFile file) {
      this.file = file;
      length = file.length();
    }

    @Override
    public synchronized long length() {
      return length;
    }

    @Override
    public synchronized void append(byte[] source, int offset, int count) {
      unsynced.write(source, offset, count);
      length += count;
    }

    @Override
    public synchronized void prepare(int bytes) {
      prepared = bytes;
    }

    @Override
    public void truncate(long newLength) throws IOException {
      synchronized (syncing) {
        write();
        file.truncate(newLength);
        synchronized (this) {
          length = newLength;
        }
      }
    }

    @Override
    public void sync() throws IOException {
      synchronized (syncing) {
        write();
        file.sync();
      }
    }

    private void write() throws IOException {
      byte[] bytes;
      int room;
      synchronized (this) {
        room = prepared;
        bytes = unsynced.toByteArray();
        unsynced = new ByteArrayOutputStream();
      }
      file.append(bytes, 0, bytes.length);
      if (room > 0) {
        file.prepare(room);
      }
    }

    @Override
    public void close() throws IOException {
      synchronized (syncing) {
        write();
        file.close();
      }
    }
  }
}
