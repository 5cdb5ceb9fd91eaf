package dev.carillon.server.disk;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.jspecify.annotations.Nullable;

/**
 * The right to be the only process that keeps its data in a directory. It ends with the process,
 * however that ends; the file stays, because removing it would let two processes hold it.
 */
public final class DirectoryLock implements AutoCloseable {

  /** The name of the file that is locked; it holds the number of the process that did it last. */
  public static final String NAME = "carillon.lock";

  private final FileChannel channel;

  private DirectoryLock(FileChannel channel) {
    this.channel = channel;
  }

  /**
   * Takes the lock.
   *
   * @throws IOException if somebody else has it, with one sentence that says who if that is known
   */
  public static DirectoryLock take(Path directory) throws IOException {
    Path file = directory.resolve(NAME);
    FileChannel channel =
        FileChannel.open(
            file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
    FileLock lock = null;
    try {
      lock = tryLock(channel);
      if (lock == null) {
        throw new IOException(
            "the data in "
                + directory.toAbsolutePath().normalize()
                + " is in use by "
                + holder(file)
                + "; stop it, or name another directory with --dir");
      }
      channel.truncate(0);
      channel.write(
          ByteBuffer.wrap(
              (ProcessHandle.current().pid() + "\n").getBytes(StandardCharsets.US_ASCII)),
          0);
      return new DirectoryLock(channel);
    } finally {
      if (lock == null) {
        channel.close();
      }
    }
  }

  private static @Nullable FileLock tryLock(FileChannel channel) throws IOException {
    try {
      return channel.tryLock();
    } catch (OverlappingFileLockException sameProcess) {
      return null;
    }
  }

  private static String holder(Path file) {
    try {
      return "process " + Long.parseLong(Files.readString(file).strip());
    } catch (IOException | NumberFormatException unknown) {
      return "another process";
    }
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
