package dev.carillon.engine.load;

import static org.assertj.core.api.Assertions.assertThat;

import dev.carillon.engine.ReferenceRedis;
import dev.carillon.engine.config.Parameters;
import dev.carillon.engine.storage.MemoryStorage;
import dev.carillon.protocol.bytes.Bytes;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Files that servers of several products and versions have written hold here what those servers
 * said of them. Each directory below {@code peers} has the name of a product and its version; in it
 * are a snapshot, append-only files that begin with one and such that begin with commands, and
 * beside each the text of what {@link RealData#seen} saw on its server.
 *
 * <p>{@code -Dtest=FilesOfPeersTest -Dcarillon.reference=program -Dcarillon.fixture=directory
 * -Dcarillon.fixture.of=name} writes those of a further server, where {@code directory} is the one
 * of {@code peers} in the sources.
 */
class FilesOfPeersTest {

  private static final String SEEN = "seen.txt";

  /** Collections of nine elements are large. */
  private static final List<String> SMALL_LIMITS =
      List.of(
          "--hash-max-listpack-entries",
          "8",
          "--set-max-listpack-entries",
          "8",
          "--set-max-intset-entries",
          "8",
          "--zset-max-listpack-entries",
          "8",
          "--list-max-listpack-size",
          "8",
          "--stream-node-max-entries",
          "8",
          "--maxmemory-policy",
          "allkeys-lfu");

  private static Path peers() throws URISyntaxException {
    return Path.of(Objects.requireNonNull(FilesOfPeersTest.class.getResource("peers")).toURI());
  }

  /** Each as {@code product-version/form}. */
  static List<String> directories() throws IOException, URISyntaxException {
    Path peers = peers();
    try (Stream<Path> all = Files.walk(peers)) {
      return all.filter(path -> path.endsWith(SEEN))
          .map(path -> peers.relativize(path.getParent()).toString().replace('\\', '/'))
          .sorted()
          .toList();
    }
  }

  private static MemoryStorage files(String directory) throws IOException, URISyntaxException {
    Path root = peers().resolve(directory);
    MemoryStorage files = new MemoryStorage();
    try (Stream<Path> all = Files.walk(root)) {
      for (Path path : all.filter(Files::isRegularFile).toList()) {
        String name = root.relativize(path).toString().replace('\\', '/');
        if (!name.equals(SEEN)) {
          files.with(name, Files.readAllBytes(path));
        }
      }
    }
    return files;
  }

  private static Loaded load(String directory) throws IOException, URISyntaxException {
    boolean isAppendOnly = !directory.endsWith("/snapshot");
    return new Loaded()
        .with(Parameters.APPENDONLY, isAppendOnly)
        .load(files(directory), isAppendOnly ? 4096 : 64);
  }

  @ParameterizedTest
  @MethodSource("directories")
  void filesHoldWhatTheirServersSaid(String directory) throws IOException, URISyntaxException {
    List<String> expected = Files.readAllLines(peers().resolve(directory).resolve(SEEN));

    Loaded loaded = load(directory);

    assertThat(RealData.seen(words -> loaded.ask(words))).containsExactlyElementsOf(expected);
    assertThat(loaded.remarks).allMatch(remark -> remark.contains("has functions")).hasSize(1);
  }

  @Test
  void producersOfStreamsAreCountedOn() throws IOException, URISyntaxException {
    Loaded loaded = load("redis-8.6.3/snapshot");

    assertThat(loaded.say("XINFO STREAM produced"))
        .contains("\"idmp-duration\", :86400", "\"iids-added\", :3", "\"iids-duplicates\", :1");
    assertThat(loaded.say("XINFO STREAM configured")).contains("\"idmp-duration\", :300");
  }

  /** Not a test: see the comment of the class. */
  @Test
  void writesTheFilesOfAFurtherServer() throws IOException {
    String target = System.getProperty("carillon.fixture");
    String name = System.getProperty("carillon.fixture.of");
    Assumptions.assumeTrue(target != null && name != null, "nobody asked for new files");
    Path directory = Path.of(Objects.requireNonNull(target), Objects.requireNonNull(name));
    write(directory.resolve("snapshot"), "--appendonly", "no");
    write(directory.resolve("preamble"), "--appendonly", "yes", "--aof-use-rdb-preamble", "yes");
    write(directory.resolve("commands"), "--appendonly", "yes", "--aof-use-rdb-preamble", "no");
  }

  private static void write(Path directory, String... options) throws IOException {
    Files.createDirectories(directory);
    List<String> words = new ArrayList<>(SMALL_LIMITS);
    words.addAll(List.of("--dir", directory.toString()));
    words.addAll(List.of(options));
    try (ReferenceRedis redis = ReferenceRedis.startOrSkip(words.toArray(String[]::new))) {
      RealData.fill(redis, 20);
      // It would be most of the texts.
      redis.ask("DEL large-element-list");
      if (directory.endsWith("snapshot")) {
        Files.write(directory.resolve(SEEN), RealData.seen(redis::ask));
        redis.ask("SAVE");
        return;
      }
      redis.ask("BGREWRITEAOF");
      while (!redis
          .ask(Bytes.of("INFO"), Bytes.of("persistence"))
          .toString()
          .contains("aof_rewrite_in_progress:0\r\naof_rewrite_scheduled:0")) {
        redis.ask("PING");
      }
      RealData.goOn(redis);
      Files.write(directory.resolve(SEEN), RealData.seen(redis::ask));
    }
  }
}
