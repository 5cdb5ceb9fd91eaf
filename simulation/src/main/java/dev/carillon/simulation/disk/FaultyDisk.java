package dev.carillon.simulation.disk;

import dev.carillon.engine.storage.Storage;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * The disk of a simulated machine. It outlives the processes that use it, one at a time, each
 * through a {@link #mount} of its own, and does to their files whatever {@link Storage} allows:
 *
 * <ul>
 *   <li>a process that is {@linkplain #kill killed} leaves everything that it had written;
 *   <li>a {@linkplain #cutPower power cut} leaves what was synced, any pages of what was not, in
 *       any order, with zeros in the holes, and any of the creations, renames and deletions that no
 *       directory sync had covered;
 *   <li>a {@linkplain Faults#capacityBytes full} disk takes the part of an append that fits;
 *   <li>an operation may fail, an append then half done, a sync then as {@link Inode} says;
 *   <li>a {@linkplain #flip bit} may turn over.
 * </ul>
 *
 * <p>All that is left to chance comes from the seed. One thread at a time.
 */
public final class FaultyDisk {

  /** What goes wrong, as chances in a thousand operations unless said otherwise. */
  public static final class Faults {

    /** How many bytes all files together may have. */
    public long capacityBytes = Long.MAX_VALUE;

    /** Appends that fail, half done. */
    public int appends;

    /** Syncs of files that fail. */
    public int syncs;

    /** Syncs of files that say they succeeded and did nothing: no disk may do this. */
    public int lies;

    /** Creations, renames, deletions and syncs of directories that fail without any effect. */
    public int directories;

    /** Reads that fail. */
    public int reads;

    /** Nothing goes wrong. */
    public Faults() {}

    /** Whether anything but the end of a process can happen. */
    public boolean any() {
      return capacityBytes != Long.MAX_VALUE || appends + syncs + directories + reads + lies > 0;
    }

    /** Nothing goes wrong any more. */
    public void clear() {
      capacityBytes = Long.MAX_VALUE;
      appends = 0;
      syncs = 0;
      lies = 0;
      directories = 0;
      reads = 0;
    }
  }

  /** A change of a directory that no sync has covered yet. */
  private record Change(String directory, @Nullable String from, String to, @Nullable Inode file) {

    /** Removes {@code from}, or {@code to} where there is no file to put there. */
    void apply(Map<String, Inode> names) {
      if (from != null) {
        names.remove(from);
      }
      if (file == null) {
        names.remove(to);
      } else {
        names.put(to, file);
      }
    }
  }

  private final RandomGenerator random;
  private final Faults faults = new Faults();
  private final Map<String, Inode> names = new TreeMap<>();
  private Map<String, Inode> durableNames = new TreeMap<>();
  private final List<Change> changes = new ArrayList<>();
  private @Nullable FaultyStorage mounted;
  private long operations;
  private long killAt = Long.MAX_VALUE;

  /** An empty disk. */
  public FaultyDisk(RandomGenerator random) {
    this.random = random;
  }

  /** What goes wrong; may be changed at any time. */
  public Faults faults() {
    return faults;
  }

  /**
   * What a new process sees of the disk; whoever had it before is gone.
   *
   * @param beforeEach called before each operation but the naming of a snapshot, on the thread that
   *     asks for it
   */
  public FaultyStorage mount(Runnable beforeEach) {
    kill();
    killAt = Long.MAX_VALUE;
    mounted = new FaultyStorage(this, random, beforeEach);
    return mounted;
  }

  /** The process is gone; what it wrote stays. */
  public void kill() {
    if (mounted != null) {
      mounted.die();
      mounted = null;
    }
  }

  /** The process will be gone in the middle of the operation that comes after so many others. */
  public void killAfter(int count) {
    killAt = operations + count;
  }

  /** The process is gone, and of what was not synced any part. */
  public void cutPower() {
    kill();
    List<Change> kept = new ArrayList<>();
    int mode = random.nextInt(4);
    int prefix = random.nextInt(changes.size() + 1);
    for (int i = 0; i < changes.size(); i++) {
      boolean isKept =
          switch (mode) {
            case 0 -> false;
            case 1 -> true;
            case 2 -> i < prefix;
            default -> random.nextBoolean();
          };
      if (isKept) {
        kept.add(changes.get(i));
      }
    }
    kept.forEach(change -> change.apply(durableNames));
    changes.clear();
    names.clear();
    names.putAll(durableNames);
    names.values().stream().distinct().forEach(file -> file.cutPower(random));
  }

  /** Turns one bit of a file over. */
  public void flip(String name, long bit) {
    file(name).flip(bit);
  }

  /**
   * Puts other bytes in the place of what a file has: what a disk does that has mislaid a sector.
   */
  public void replace(String name, int position, byte[] with) {
    file(name).replace(position, with);
  }

  /** The names of all files, in ascending order. */
  public List<String> files() {
    return List.copyOf(names.keySet());
  }

  /** How many bytes a file has. */
  public long size(String name) {
    return file(name).length();
  }

  /** How many bytes the process has appended to a file; zeros that it prepared may follow. */
  public long appendedSize(String name) {
    return file(name).appendedLength();
  }

  /** Where the last byte of a file ends that is not zero. */
  public long contentSize(String name) {
    return file(name).contentLength();
  }

  /** How many bytes of a file no power cut can take. */
  public long durableSize(String name) {
    return file(name).durableLength();
  }

  /** What a file holds. */
  public byte[] bytes(String name) {
    Inode file = file(name);
    byte[] bytes = new byte[file.length()];
    file.read(0, bytes, 0, bytes.length);
    return bytes;
  }

  /** How many bytes all files have. */
  public long usedBytes() {
    return names.values().stream().mapToLong(Inode::length).sum();
  }

  /** How many operations there were. */
  public long operations() {
    return operations;
  }

  private Inode file(String name) {
    Inode file = names.get(name);
    if (file == null) {
      throw new IllegalArgumentException("there is no file " + name);
    }
    return file;
  }

  // ------------------------------------------------------------------- for the mounted storage

  /** Counts an operation; answers whether the process ends in the middle of it. */
  boolean endsProcess() {
    return operations++ >= killAt;
  }

  @Nullable Inode find(String name) {
    return names.get(name);
  }

  Map<String, Inode> names() {
    return names;
  }

  long roomBytes() {
    return Math.max(0, faults.capacityBytes - usedBytes());
  }

  Inode create(String name) {
    Inode old = names.get(name);
    if (old != null && random.nextBoolean()) {
      // As where the system empties the file that is there.
      old.truncate(0);
      return old;
    }
    Inode file = new Inode();
    change(new Change(directory(name), null, name, file));
    return file;
  }

  void rename(String from, String to) {
    change(new Change(directory(to), from, to, file(from)));
  }

  void delete(String name) {
    if (names.containsKey(name)) {
      change(new Change(directory(name), null, name, null));
    }
  }

  private void change(Change change) {
    changes.add(change);
    change.apply(names);
  }

  void syncDirectory(String directory) {
    changes.removeIf(
        change -> {
          boolean isCovered = change.directory.equals(directory);
          if (isCovered) {
            change.apply(durableNames);
          }
          return isCovered;
        });
  }

  static String directory(String name) {
    int slash = name.lastIndexOf('/');
    return slash < 0 ? "" : name.substring(0, slash);
  }
}
