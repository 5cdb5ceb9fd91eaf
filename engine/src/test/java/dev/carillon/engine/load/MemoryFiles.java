package dev.carillon.engine.load;

import dev.carillon.engine.storage.AppendFile;
import dev.carillon.engine.storage.ReadFile;
import dev.carillon.engine.storage.Storage;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Files in memory that can only be read, a few bytes at a time. */
final class MemoryFiles implements Storage {

  /** Chosen: no power of two, so that pieces end anywhere. */
  private static final int READ_MAX = 1009;

  final Map<String, byte[]> files = new TreeMap<>();

  /** Adds a file, or replaces it. */
  MemoryFiles with(String name, byte[] bytes) {
    files.put(name, bytes);
    return this;
  }

  @Override
  public List<String> list(String directory) {
    String prefix = directory.isEmpty() ? "" : directory + "/";
    return files.keySet().stream()
        .filter(name -> name.startsWith(prefix) && name.indexOf('/', prefix.length()) < 0)
        .toList();
  }

  @Override
  public boolean exists(String name) {
    return files.containsKey(name);
  }

  @Override
  public long size(String name) throws IOException {
    return bytes(name).length;
  }

  private byte[] bytes(String name) throws IOException {
    byte[] bytes = files.get(name);
    if (bytes == null) {
      throw new FileNotFoundException(name);
    }
    return bytes;
  }

  @Override
  public ReadFile read(String name) throws IOException {
    return open(bytes(name));
  }

  /** An open file with these bytes. */
  static ReadFile open(byte[] bytes) {
    return new ReadFile() {
      private int at;

      @Override
      public long length() {
        return bytes.length;
      }

      @Override
      public int read(byte[] target, int offset, int length) {
        int count = Math.min(Math.min(length, READ_MAX), bytes.length - at);
        if (count == 0) {
          return -1;
        }
        System.arraycopy(bytes, at, target, offset, count);
        at += count;
        return count;
      }

      @Override
      public void close() {}
    };
  }

  @Override
  public AppendFile create(String name) {
    throw new UnsupportedOperationException("loading writes nothing");
  }

  @Override
  public AppendFile append(String name, long length) {
    throw new UnsupportedOperationException("loading writes nothing");
  }

  @Override
  public void rename(String from, String to) {
    throw new UnsupportedOperationException("loading writes nothing");
  }

  @Override
  public void delete(String name) {
    throw new UnsupportedOperationException("loading writes nothing");
  }

  @Override
  public void syncDirectory(String directory) {
    throw new UnsupportedOperationException("loading writes nothing");
  }
}
