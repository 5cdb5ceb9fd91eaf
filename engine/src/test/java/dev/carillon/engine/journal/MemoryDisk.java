package dev.carillon.engine.journal;

import dev.carillon.engine.storage.AppendFile;
import dev.carillon.engine.storage.ReadFile;
import dev.carillon.engine.storage.Storage;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;
import java.util.function.Consumer;

/** Files in memory that a test can cut, damage, let fail, and take the power from. */
final class MemoryDisk implements Storage {

  /** Small pages make many different remains. */
  private static final int PAGE_BYTES = 32;

  /** Decides about one call. */
  interface Fault {
    /**
     * @param call the number of the call, from 1
     * @param what {@code append}, {@code sync}, {@code create}, {@code rename}, {@code delete} or
     *     {@code syncDirectory}
     */
    boolean strikes(int call, String what, String name);
  }

  static final Fault NONE = (call, what, name) -> false;

  private static final class Content {
    byte[] bytes = new byte[0];
    int synced;
    boolean lying;
    String name = "";
  }

  private final TreeMap<String, Content> files = new TreeMap<>();
  private final TreeMap<String, Content> durableFiles = new TreeMap<>();
  private final List<Consumer<TreeMap<String, Content>>> directoryChanges = new ArrayList<>();
  private Fault fault = NONE;
  private boolean lying;
  private int calls;

  void fault(Fault newFault) {
    fault = newFault;
  }

  /** From now on nothing of files is synced, although the disk says so. */
  void lies() {
    lying = true;
  }

  /** As {@link #lies()} for the file that has the name now. */
  void lies(String name) {
    content(name).lying = true;
  }

  int calls() {
    return calls;
  }

  private void call(String what, String name) throws IOException {
    calls++;
    if (fault.strikes(calls, what, name)) {
      throw new IOException(name + ": No space left on device");
    }
  }

  /** The same files, to try different things with each copy. */
  MemoryDisk copy() {
    MemoryDisk copy = new MemoryDisk();
    files.forEach((name, content) -> copy.put(name, content.bytes.clone()));
    return copy;
  }

  void put(String name, byte[] bytes) {
    Content content = new Content();
    content.bytes = bytes;
    content.synced = bytes.length;
    files.put(name, content);
    durableFiles.put(name, content);
  }

  byte[] bytes(String name) {
    return content(name).bytes;
  }

  List<String> names() {
    return List.copyOf(files.keySet());
  }

  private Content content(String name) {
    Content content = files.get(name);
    if (content == null) {
      throw new AssertionError("no file " + name + " among " + files.keySet());
    }
    return content;
  }

  /** The machine stops: what was not synced remains in any part. */
  void cutPower(Random random) {
    int kept = random.nextInt(directoryChanges.size() + 1);
    directoryChanges.subList(0, kept).forEach(change -> change.accept(durableFiles));
    directoryChanges.clear();
    files.clear();
    files.putAll(durableFiles);
    for (Content content : files.values()) {
      int length = content.synced + random.nextInt(content.bytes.length - content.synced + 1);
      byte[] rest = Arrays.copyOf(content.bytes, length);
      int kind = random.nextInt(3);
      for (int page = content.synced; page < length; page += PAGE_BYTES) {
        if (kind == 0 || kind == 1 && random.nextBoolean()) {
          Arrays.fill(rest, page, Math.min(length, page + PAGE_BYTES), (byte) 0);
        }
      }
      content.bytes = rest;
      content.synced = length;
    }
    fault = NONE;
  }

  private void change(Consumer<TreeMap<String, Content>> change) {
    change.accept(files);
    directoryChanges.add(change);
  }

  @Override
  public List<String> list(String directory) {
    return files.keySet().stream().filter(name -> name.startsWith(directory + "/")).toList();
  }

  @Override
  public boolean exists(String name) {
    return files.containsKey(name);
  }

  @Override
  public long size(String name) {
    return content(name).bytes.length;
  }

  @Override
  public ReadFile read(String name) {
    byte[] bytes = content(name).bytes;
    return new ReadFile() {
      private int at;

      @Override
      public long length() {
        return bytes.length;
      }

      @Override
      public int read(byte[] target, int offset, int length) {
        if (at == bytes.length) {
          return -1;
        }
        // As little as may be, so that readers have to ask again.
        int read = Math.min(Math.min(length, bytes.length - at), 1 + at % 97);
        System.arraycopy(bytes, at, target, offset, read);
        at += read;
        return read;
      }

      @Override
      public void close() {}
    };
  }

  @Override
  public AppendFile create(String name) throws IOException {
    call("create", name);
    Content content = new Content();
    content.name = name;
    change(names -> names.put(name, content));
    return new Appending(content);
  }

  @Override
  public AppendFile append(String name, long length) {
    throw new AssertionError("the journal does not append to old files");
  }

  @Override
  public void rename(String from, String to) throws IOException {
    call("rename", to);
    content(from);
    change(
        names -> {
          Content content = names.remove(from);
          if (content != null) {
            content.name = to;
            names.put(to, content);
          }
        });
  }

  @Override
  public void delete(String name) throws IOException {
    call("delete", name);
    change(names -> names.remove(name));
  }

  @Override
  public void syncDirectory(String directory) throws IOException {
    call("syncDirectory", directory);
    directoryChanges.clear();
    durableFiles.clear();
    durableFiles.putAll(files);
  }

  private final class Appending implements AppendFile {

    private final Content content;

    Appending(Content content) {
      this.content = content;
    }

    @Override
    public long length() {
      return content.bytes.length;
    }

    @Override
    public void append(byte[] source, int offset, int length) throws IOException {
      try {
        call("append", content.name);
      } catch (IOException e) {
        add(source, offset, length / 2);
        throw e;
      }
      add(source, offset, length);
    }

    private void add(byte[] source, int offset, int length) {
      int before = content.bytes.length;
      content.bytes = Arrays.copyOf(content.bytes, before + length);
      System.arraycopy(source, offset, content.bytes, before, length);
    }

    @Override
    public void truncate(long length) {
      throw new AssertionError("the journal does not truncate");
    }

    @Override
    public void sync() throws IOException {
      int length = content.bytes.length;
      call("sync", content.name);
      if (!lying && !content.lying) {
        content.synced = length;
      }
    }

    @Override
    public void close() {}
  }
}
