package dev.carillon.server.disk;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * The right to be the only process that keeps its data in a directory. It ends with the process,
 * however that ends; the file stays, because removing it would let two processes hold it.
 */
public final class DirectoryLock implements AutoCloseable {

  /** The name of the file that is locked; it holds the number of the process that did it last. */
  public static final String NAME = "carillon.lock";

  /**
   * The files that this process has locked, by their real paths. A second look at one of them must
   * not even open it: where one descriptor of a file is closed, Linux takes all locks away that the
   * process has on it.
   */
  private static final Set<Path> OURS = ConcurrentHashMap.newKeySet();

  private static final String OURSELVES = "another server of this process";

  private final FileChannel channel;
  private final Path file;

  private DirectoryLock(FileChannel channel, Path file) {
    this.channel = channel;
    this.file = file;
  }

  /**
   * Takes the lock.
   *
   * @throws IOException if somebody else has it, with one sentence that says who if that is known
   */
  public static DirectoryLock take(Path directory) throws IOException {
    Path file = file(directory);
    if (!OURS.add(file)) {
      throw inUse(directory, OURSELVES);
    }
    FileChannel channel = null;
    FileLock lock = null;
    try {
      channel =
          FileChannel.open(
              file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
      lock = channel.tryLock();
      if (lock == null) {
        throw inUse(directory, named(file));
      }
      channel.truncate(0);
      channel.write(
          ByteBuffer.wrap(
              (ProcessHandle.current().pid() + "\n").getBytes(StandardCharsets.US_ASCII)),
          0);
      return new DirectoryLock(channel, file);
    } finally {
      if (lock == null) {
        OURS.remove(file);
        if (channel != null) {
          channel.close();
        }
      }
    }
  }

  /**
   * Who has the directory now, for people: "process 4711", "another process", "another server of
   * this process"; null if nobody has. Takes the lock for a moment, so that a server that starts in
   * just that moment may be refused.
   *
   * @throws IOException if the file is there and this user may not read it
   */
  public static @Nullable String holder(Path directory) throws IOException {
    Path file = file(directory);
    if (OURS.contains(file)) {
      return OURSELVES;
    }
    if (!Files.exists(file)) {
      return null;
    }
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
      FileLock lock = channel.tryLock(0, Long.MAX_VALUE, true);
      return lock == null ? named(file) : null;
    }
  }

  private static Path file(Path directory) throws IOException {
    return directory.toRealPath().resolve(NAME);
  }

  private static IOException inUse(Path directory, String holder) {
    return new IOException(
        "the data in "
            + directory.toAbsolutePath().normalize()
            + " is in use by "
            + holder
            + "; stop it, or name another directory with --dir");
  }

  private static String named(Path file) {
    try {
      return "process " + Long.parseLong(Files.readString(file).strip());
    } catch (IOException | NumberFormatException unknown) {
      return "another process";
    }
  }

  @Override
  public void close() throws IOException {
    try {
      channel.close();
    } finally {
      OURS.remove(file);
    }
  }
}
