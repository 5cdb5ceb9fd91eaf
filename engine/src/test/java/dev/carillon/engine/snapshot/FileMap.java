package dev.carillon.engine.snapshot;

import dev.carillon.engine.storage.AppendFile;
import dev.carillon.engine.storage.ReadFile;
import dev.carillon.engine.storage.Storage;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.TreeMap;

/** Files in memory. Steps are counted, and one of them can be made to fail. */
final class FileMap implements Storage {

  /** The names of the steps that were taken, in order, but for appending. */
  final List<String> steps = new ArrayList<>();

  private final TreeMap<String, ByteArrayOutputStream> files = new TreeMap<>();
  private String failing = "";
  private long room = Long.MAX_VALUE;

  /** From now on this step fails: create, append, sync, close, rename, delete, syncDirectory. */
  void fail(String step) {
    failing = step;
  }

  /** From now on no more than so many bytes can be appended. */
  void room(long bytes) {
    room = bytes;
  }

  byte[] bytes(String name) {
    ByteArrayOutputStream file = files.get(name);
    if (file == null) {
      throw new AssertionError("there is no file " + name + " among " + files.keySet());
    }
    return file.toByteArray();
  }

  void put(String name, byte[] bytes) {
    ByteArrayOutputStream file = new ByteArrayOutputStream();
    file.writeBytes(bytes);
    files.put(name, file);
  }

  private void step(String step, String name) throws IOException {
    if (!step.equals("append")) {
      steps.add(step + " " + name);
    }
    if (step.equals(failing)) {
      throw new IOException(step + " of " + name + " failed");
    }
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
  public long size(String name) {
    return bytes(name).length;
  }

  @Override
  public ReadFile read(String name) throws IOException {
    ByteArrayOutputStream file = files.get(name);
    if (file == null) {
      throw new FileNotFoundException(name);
    }
    byte[] bytes = file.toByteArray();
    ByteArrayInputStream in = new ByteArrayInputStream(bytes);
    return new ReadFile() {
      @Override
      public long length() {
        return bytes.length;
      }

      @Override
      public int read(byte[] target, int offset, int length) {
        return in.read(target, offset, length);
      }

      @Override
      public void close() {}
    };
  }

  @Override
  public AppendFile create(String name) throws IOException {
    step("create", name);
    ByteArrayOutputStream file = new ByteArrayOutputStream();
    files.put(name, file);
    return new AppendFile() {
      @Override
      public long length() {
        return file.size();
      }

      @Override
      public void append(byte[] source, int offset, int length) throws IOException {
        step("append", name);
        int fitting = (int) Math.min(length, room);
        file.write(source, offset, fitting);
        room -= fitting;
        if (fitting < length) {
          throw new IOException("No space left on device");
        }
      }

      @Override
      public void truncate(long length) {
        byte[] kept = Arrays.copyOf(file.toByteArray(), (int) length);
        file.reset();
        file.writeBytes(kept);
      }

      @Override
      public void sync() throws IOException {
        step("sync", name);
      }

      @Override
      public void close() throws IOException {
        step("close", name);
      }
    };
  }

  @Override
  public AppendFile append(String name, long length) throws IOException {
    throw new FileNotFoundException("nobody appends to " + name);
  }

  @Override
  public void rename(String from, String to) throws IOException {
    step("rename", to);
    ByteArrayOutputStream file = files.remove(from);
    if (file == null) {
      throw new FileNotFoundException(from);
    }
    files.put(to, file);
  }

  @Override
  public void delete(String name) throws IOException {
    step("delete", name);
    files.remove(name);
  }

  @Override
  public void syncDirectory(String directory) throws IOException {
    step("syncDirectory", directory);
  }
}
