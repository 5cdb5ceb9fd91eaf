package dev.carillon.engine.storage;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;
import java.util.function.Consumer;

/**
 * Files in memory that a test can put there, look at, damage, let fail, and take the power from.
 * All tests of the engine that need files use this one. It keeps to the words of {@link Storage}
 * where those are strict, and is as unkind as they allow where they are not: reads give odd numbers
 * of bytes, an append that fails has done half of its work, and of what was not synced {@link
 * #cutPower} leaves any part.
 *
 * <p>Whole simulations by seed, with processes that end in the middle of an operation, have a disk
 * of their own in the module {@code simulation}; here a test says itself what happens and when.
 *
 * <p>One thread at a time.
 */
public final class MemoryStorage implements Storage {

  /** Small pages make many different remains. */
  private static final int PAGE_BYTES = 32;

  /** Chosen: a prime, so that pieces end anywhere. */
  private static final int READ_MAX = 1009;

  /** Decides about one call that changes something. */
  @FunctionalInterface
  public interface Fault {
    /**
     * Whether the call fails.
     *
     * @param call the number of the call, from 1
     * @param what {@code create}, {@code append}, {@code sync}, {@code close}, {@code rename},
     *     {@code delete} or {@code syncDirectory}
     * @param name of the file; of a rename the new one
     */
    boolean strikes(int call, String what, String name);
  }

  /** No call fails. */
  public static final Fault NONE = (call, what, name) -> false;

  /** A file, whatever its name is; it stays the same one when it is renamed. */
  private static final class Content {
    byte[] bytes = new byte[0];
    int length;
    int synced;
    boolean lying;
    String name = "";

    /** Zeros that were prepared, at the end of {@link #length}. */
    int room;

    void add(byte[] source, int offset, int count) {
      int at = length - room;
      if (bytes.length - at < count) {
        bytes = Arrays.copyOf(bytes, Math.max(2 * bytes.length, at + count));
      }
      System.arraycopy(source, offset, bytes, at, count);
      synced = Math.min(synced, at);
      room = Math.max(0, room - count);
      length = at + count + room;
    }

    void cut(int newLength) {
      bytes = Arrays.copyOf(bytes, newLength);
      length = newLength;
      synced = Math.min(synced, newLength);
      room = 0;
    }

    byte[] copy() {
      return Arrays.copyOf(bytes, length);
    }
  }

  private final TreeMap<String, Content> files = new TreeMap<>();

  /** The names as a power cut would leave them if it took all that may be taken. */
  private final TreeMap<String, Content> durableFiles = new TreeMap<>();

  /** What was done to {@link #files} since the last sync of a directory. */
  private final List<Consumer<TreeMap<String, Content>>> directoryChanges = new ArrayList<>();

  private final List<String> steps = new ArrayList<>();
  private Fault fault = NONE;
  private boolean lying;
  private int calls;
  private long room = Long.MAX_VALUE;
  private int preparedBytes;

  // ------------------------------------------------------------------------ what a test decides

  /** Puts a file there, durable, in the place of any that has the name. */
  public MemoryStorage with(String name, byte[] bytes) {
    Content content = new Content();
    content.bytes = bytes.clone();
    content.length = bytes.length;
    content.synced = bytes.length;
    content.name = name;
    files.put(name, content);
    durableFiles.put(name, content);
    return this;
  }

  /** Takes a file away, for good. */
  public MemoryStorage without(String name) {
    content(name);
    files.remove(name);
    durableFiles.remove(name);
    return this;
  }

  /** The same files, to try different things with each copy; no faults, everything durable. */
  public MemoryStorage copy() {
    MemoryStorage copy = new MemoryStorage();
    files.forEach((name, content) -> copy.with(name, content.copy()));
    return copy;
  }

  /** From now on this decides which calls fail: {@code No space left on device}. */
  public void fault(Fault newFault) {
    fault = newFault;
  }

  /** From now on no more than so many bytes can be appended. */
  public void room(long bytes) {
    room = bytes;
  }

  /** From now on files prepare so much room; until then none. */
  public void prepares(int bytes) {
    preparedBytes = bytes;
  }

  /** From now on nothing of files is synced, although the disk says so. */
  public void lies() {
    lying = true;
  }

  /** As {@link #lies()} for the file that has the name now. */
  public void lies(String name) {
    content(name).lying = true;
  }

  /**
   * The machine stops: of what was not synced any part remains, and of creations, renames and
   * deletions that no directory sync had covered any first ones. Faults are over.
   */
  public void cutPower(Random random) {
    int kept = random.nextInt(directoryChanges.size() + 1);
    directoryChanges.subList(0, kept).forEach(change -> change.accept(durableFiles));
    directoryChanges.clear();
    files.clear();
    files.putAll(durableFiles);
    for (Content content : files.values()) {
      int length = content.synced + random.nextInt(content.length - content.synced + 1);
      byte[] rest = Arrays.copyOf(content.bytes, length);
      int kind = random.nextInt(3);
      for (int page = content.synced; page < length; page += PAGE_BYTES) {
        if (kind == 0 || kind == 1 && random.nextBoolean()) {
          Arrays.fill(rest, page, Math.min(length, page + PAGE_BYTES), (byte) 0);
        }
      }
      content.bytes = rest;
      content.length = length;
      content.synced = length;
      content.room = 0;
    }
    fault = NONE;
  }

  // ------------------------------------------------------------------------ what a test looks at

  /** What a file holds. */
  public byte[] bytes(String name) {
    return content(name).copy();
  }

  /** The names of all files, in ascending order. */
  public List<String> names() {
    return List.copyOf(files.keySet());
  }

  /** How many calls so far changed something, or failed to. */
  public int calls() {
    return calls;
  }

  /** Those calls in order, as "sync dump.rdb", but for appending. */
  public List<String> steps() {
    return steps;
  }

  private Content content(String name) {
    Content content = files.get(name);
    if (content == null) {
      throw new AssertionError("there is no file " + name + " among " + files.keySet());
    }
    return content;
  }

  private Content open(String name) throws IOException {
    Content content = files.get(name);
    if (content == null) {
      throw new FileNotFoundException(name);
    }
    return content;
  }

  // --------------------------------------------------------------------------- what is asked of it

  private void call(String what, String name) throws IOException {
    call(what, name, name);
  }

  private void call(String what, String name, String shown) throws IOException {
    calls++;
    if (!what.equals("append")) {
      steps.add(what + " " + name);
    }
    if (fault.strikes(calls, what, name)) {
      throw noSpace(shown);
    }
  }

  private static IOException noSpace(String name) {
    return new IOException(name + ": No space left on device");
  }

  private void change(Consumer<TreeMap<String, Content>> change) {
    change.accept(files);
    directoryChanges.add(change);
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
    return open(name).length;
  }

  /** Shows the bytes that are there now, whatever is appended later. */
  @Override
  public ReadFile read(String name) throws IOException {
    Content content = open(name);
    byte[] bytes = content.bytes;
    int end = content.length;
    return new ReadFile() {
      private int at;

      @Override
      public long length() {
        return end;
      }

      @Override
      public int read(byte[] target, int offset, int length) {
        if (at == end) {
          return -1;
        }
        // As little as may be, so that readers have to ask again.
        int read = Math.min(Math.min(length, end - at), 1 + at % READ_MAX);
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
  public AppendFile append(String name, long length) throws IOException {
    Appending file = new Appending(open(name));
    file.truncate(length);
    return file;
  }

  @Override
  public void rename(String from, String to) throws IOException {
    call("rename", to);
    open(from);
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

    /** As on a real disk: who has a file open is not told of its new name. */
    private final String openedAs;

    Appending(Content content) {
      this.content = content;
      this.openedAs = content.name;
    }

    @Override
    public long length() {
      return content.length - content.room;
    }

    @Override
    public void append(byte[] source, int offset, int length) throws IOException {
      try {
        call("append", content.name, openedAs);
      } catch (IOException e) {
        content.add(source, offset, length / 2);
        throw e;
      }
      int fitting = (int) Math.min(length, room);
      content.add(source, offset, fitting);
      room -= fitting;
      if (fitting < length) {
        throw noSpace(openedAs);
      }
    }

    @Override
    public void prepare(int bytes) {
      int more = Math.min(bytes, preparedBytes) - content.room;
      if (more > 0) {
        int old = content.room;
        content.room = 0;
        content.add(new byte[more], 0, more);
        content.room = old + more;
      }
    }

    @Override
    public void truncate(long length) {
      content.cut((int) length);
    }

    @Override
    public void sync() throws IOException {
      int length = content.length;
      call("sync", content.name, openedAs);
      if (!lying && !content.lying) {
        content.synced = Math.max(content.synced, length);
      }
    }

    @Override
    public void close() throws IOException {
      call("close", content.name, openedAs);
      if (content.room > 0) {
        content.cut(content.length - content.room);
      }
    }
  }
}
