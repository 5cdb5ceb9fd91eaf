package dev.carillon.engine.load;

import dev.carillon.engine.config.Configuration;
import dev.carillon.engine.config.Parameters;
import dev.carillon.engine.keyspace.Keyspace;
import dev.carillon.engine.storage.Storage;
import dev.carillon.protocol.bytes.Bytes;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * What a server begins with: which of the files in its directory it loads. With {@code appendonly
 * no} it is the snapshot, as in Redis. With {@code appendonly yes} it is the first of these that is
 * there:
 *
 * <ol>
 *   <li>the journal of an earlier run: nothing else is looked at;
 *   <li>an append-only directory of Redis 7;
 *   <li>an append-only file of an older Redis;
 *   <li>a snapshot.
 * </ol>
 *
 * <p>What is not the journal is imported: it is loaded once, and the journal begins with what is in
 * memory then. Redis begins with nothing where there is no append-only file, whatever snapshot lies
 * there. The files that were imported stay as they are.
 */
public final class Startup {

  /** Where the data comes from. */
  public enum Origin {
    /** An append-only directory of Redis 7. */
    APPEND_ONLY_DIRECTORY,
    /** An append-only file of Redis before 7. */
    APPEND_ONLY_FILE,
    /** An RDB file. */
    SNAPSHOT
  }

  /**
   * What is there to be loaded.
   *
   * @param name of the file, or of the manifest of a directory
   * @param ignored the name of a snapshot that lies there and is not looked at, or null
   */
  public record Found(Origin origin, String name, @Nullable String ignored) {}

  private final Storage storage;
  private final Configuration config;

  /** For the files in a directory; where they lie in it is said by the configuration. */
  public Startup(Storage storage, Configuration config) {
    this.storage = storage;
    this.config = config;
  }

  /**
   * Looks for what there is besides a journal.
   *
   * @return null if there is nothing
   */
  public @Nullable Found find() throws IOException {
    String snapshot = file(config.get(Parameters.DBFILENAME));
    boolean hasSnapshot = storage.exists(snapshot);
    if (config.get(Parameters.APPENDONLY)) {
      String manifest = manifest();
      String single = appendOnlyFile();
      String ignored = hasSnapshot ? snapshot : null;
      if (storage.exists(manifest)) {
        return new Found(Origin.APPEND_ONLY_DIRECTORY, manifest, ignored);
      }
      refuseWithoutManifest(manifest);
      if (storage.exists(single)) {
        return new Found(Origin.APPEND_ONLY_FILE, single, ignored);
      }
    }
    return hasSnapshot ? new Found(Origin.SNAPSHOT, snapshot, null) : null;
  }

  /** Files that Redis would take up without their manifest are somebody's data all the same. */
  private void refuseWithoutManifest(String manifest) throws IOException {
    for (String name : storage.list(directory())) {
      if (name.endsWith(".aof") || name.endsWith(".rdb")) {
        throw new LoadException(
            name
                + " is there without "
                + manifest
                + ", which says what belongs together; put that back, or move "
                + directory()
                + " away to start without what it holds",
            null);
      }
    }
  }

  /**
   * Opens what was found.
   *
   * @param replay who repeats commands
   * @param aux told of each fact that a snapshot holds: name and text
   */
  public LoadSource open(
      Found found, Keyspace keyspace, Replay replay, BiConsumer<Bytes, Bytes> aux)
      throws IOException {
    boolean tolerant = config.get(Parameters.AOF_LOAD_TRUNCATED);
    boolean checking = config.get(Parameters.RDBCHECKSUM);
    AppendOnlyLoad.Preambles filler =
        (name, in) -> new RdbFiller(name, in, checking, keyspace, aux);
    return switch (found.origin()) {
      case APPEND_ONLY_DIRECTORY ->
          new AppendOnlyLoad(
              storage,
              AppendOnlyLoad.filesOf(storage, directory(), found.name()),
              tolerant,
              filler,
              replay);
      case APPEND_ONLY_FILE ->
          new AppendOnlyLoad(storage, List.of(found.name()), tolerant, filler, replay);
      case SNAPSHOT ->
          new RdbLoad(found.name(), storage.read(found.name()), checking, keyspace, aux);
    };
  }

  private String directory() {
    return file(config.get(Parameters.APPENDDIRNAME));
  }

  private String appendOnlyFile() {
    return file(config.get(Parameters.APPENDFILENAME));
  }

  private String manifest() {
    return directory() + "/" + appendOnlyFile() + ".manifest";
  }

  /** A parameter is bytes as characters 0 to 255; a name of a file is text. */
  private static String file(String characters) {
    return new String(characters.getBytes(StandardCharsets.ISO_8859_1), StandardCharsets.UTF_8);
  }
}
