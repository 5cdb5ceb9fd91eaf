package dev.carillon.server.disk;

import dev.carillon.engine.storage.AppendFile;
import dev.carillon.engine.storage.ReadFile;
import dev.carillon.engine.storage.Storage;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.stream.Stream;

/** The files below a directory. */
public final class FileStorage implements Storage {

  /** Direct, because anything else is copied into such a buffer with each write. */
  private static final ByteBuffer ZEROS = ByteBuffer.allocateDirect(64 * 1024).asReadOnlyBuffer();

  private final Path directory;

  /**
   * The files below a directory that is there.
   *
   * @param directory relative to where the process was started, unless absolute
   */
  public FileStorage(Path directory) {
    this.directory = directory.toAbsolutePath().normalize();
  }

  /** What a method of a file does; a failure is told with the file's name. */
  @FunctionalInterface
  private interface Work<T> {
    T done(Path path) throws IOException;
  }

  private <T> T of(String name, String what, Work<T> work) throws IOException {
    Path path = directory.resolve(name).normalize();
    if (!path.startsWith(directory)) {
      throw new IOException("there is no file \"" + name + "\" in " + directory);
    }
    try {
      return work.done(path);
    } catch (IOException e) {
      throw new IOException("cannot " + what + " " + path + ": " + reason(e), e);
    }
  }

  private static String reason(IOException e) {
    if (e instanceof NoSuchFileException) {
      return "it is not there";
    }
    if (e instanceof AccessDeniedException) {
      return "this user may not";
    }
    String reason = e instanceof FileSystemException known ? known.getReason() : e.getMessage();
    return reason == null ? e.toString() : reason;
  }

  @Override
  public List<String> list(String name) throws IOException {
    String prefix = name.isEmpty() ? "" : name + "/";
    return of(
        name,
        "list",
        path -> {
          if (!Files.isDirectory(path)) {
            return List.of();
          }
          try (Stream<Path> files = Files.list(path)) {
            return files
                .filter(Files::isRegularFile)
                .map(file -> prefix + file.getFileName())
                .sorted()
                .toList();
          }
        });
  }

  @Override
  public boolean exists(String name) throws IOException {
    return of(name, "look for", Files::isRegularFile);
  }

  @Override
  public long size(String name) throws IOException {
    return of(name, "look at", Files::size);
  }

  @Override
  public ReadFile read(String name) throws IOException {
    FileChannel channel = of(name, "read", path -> FileChannel.open(path, StandardOpenOption.READ));
    return new ReadFile() {
      @Override
      public long length() throws IOException {
        return of(name, "read", path -> channel.size());
      }

      @Override
      public int read(byte[] target, int offset, int length) throws IOException {
        return of(name, "read", path -> channel.read(ByteBuffer.wrap(target, offset, length)));
      }

      @Override
      public void close() throws IOException {
        channel.close();
      }
    };
  }

  @Override
  public AppendFile create(String name) throws IOException {
    return new Appended(
        name,
        of(
            name,
            "create",
            path -> {
              Files.createDirectories(path.getParent());
              return FileChannel.open(
                  path,
                  StandardOpenOption.CREATE,
                  StandardOpenOption.TRUNCATE_EXISTING,
                  StandardOpenOption.WRITE);
            }));
  }

  @Override
  public AppendFile append(String name, long length) throws IOException {
    FileChannel channel =
        of(name, "write to", path -> FileChannel.open(path, StandardOpenOption.WRITE));
    Appended file = new Appended(name, channel);
    file.truncate(length);
    return file;
  }

  private final class Appended implements AppendFile {
    private final String name;
    private final FileChannel channel;
    private long length;

    /** Where the file ends: what was prepared lies between {@link #length} and here. */
    private long end;

    private boolean unprepared;

    Appended(String name, FileChannel channel) {
      this.name = name;
      this.channel = channel;
    }

    @Override
    public long length() {
      return length;
    }

    @Override
    public void append(byte[] source, int offset, int count) throws IOException {
      of(
          name,
          "write to",
          path -> {
            ByteBuffer rest = ByteBuffer.wrap(source, offset, count);
            while (rest.hasRemaining()) {
              length += channel.write(rest);
              end = Math.max(end, length);
            }
            return true;
          });
    }

    @Override
    public void prepare(int bytes) {
      if (unprepared || end - length >= bytes / 2) {
        return;
      }
      long target = length + bytes;
      try {
        while (end < target) {
          int count = (int) Math.min(target - end, ZEROS.capacity());
          end += channel.write(ZEROS.duplicate().limit(count), end);
        }
      } catch (IOException e) {
        // A full disk, mostly; whoever appends is told so in time.
        unprepared = true;
      }
    }

    @Override
    public void truncate(long newLength) throws IOException {
      of(
          name,
          "cut",
          path -> {
            channel.truncate(newLength);
            channel.position(newLength);
            length = newLength;
            end = newLength;
            return true;
          });
    }

    @Override
    public void sync() throws IOException {
      of(
          name,
          "force onto the disk",
          path -> {
            channel.force(false);
            return true;
          });
    }

    @Override
    public void close() throws IOException {
      try (channel) {
        if (end > length) {
          cutRoom();
        }
      }
    }

    private void cutRoom() {
      try {
        channel.truncate(length);
      } catch (IOException e) {
        // It stays, and is read as the end that it is.
      }
    }
  }

  @Override
  public void rename(String from, String to) throws IOException {
    of(
        from,
        "rename",
        source ->
            of(
                to,
                "replace",
                target -> Files.move(source, target, StandardCopyOption.ATOMIC_MOVE)));
  }

  @Override
  public void delete(String name) throws IOException {
    of(name, "delete", Files::deleteIfExists);
  }

  @Override
  public void syncDirectory(String name) throws IOException {
    of(
        name,
        "force onto the disk",
        path -> {
          try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
            channel.force(true);
          }
          return true;
        });
  }

  /** The directory, for people. */
  @Override
  public String toString() {
    return directory.toString();
  }
}
