package dev.carillon.engine.load;

import static org.assertj.core.api.Assertions.assertThat;

import dev.carillon.engine.ReferenceRedis;
import dev.carillon.engine.config.Parameters;
import dev.carillon.engine.storage.MemoryStorage;
import dev.carillon.protocol.bytes.Bytes;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a real server has written to its directory is the same here, as far as commands can see. */
class RedisFilesTest {

  @TempDir Path directory;

  private MemoryStorage files() throws IOException {
    MemoryStorage files = new MemoryStorage();
    try (Stream<Path> all = Files.walk(directory)) {
      for (Path path : all.filter(Files::isRegularFile).toList()) {
        String name = directory.relativize(path).toString().replace('\\', '/');
        files.with(name, Files.readAllBytes(path));
      }
    }
    return files;
  }

  private static void same(Loaded loaded, List<String> expected) {
    List<String> seen = RealData.seen(words -> loaded.ask(words));
    assertThat(seen).hasSameSizeAs(expected);
    for (int i = 0; i < seen.size(); i++) {
      assertThat(seen.get(i)).isEqualTo(expected.get(i));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"yes", "no"})
  void snapshotsHoldTheSame(String compression) throws IOException {
    List<String> expected;
    try (ReferenceRedis redis =
        ReferenceRedis.startOrSkip(
            "--dir", directory.toString(), "--rdbcompression", compression)) {
      RealData.fill(redis, 40);
      expected = RealData.seen(redis::ask);
      redis.ask("SAVE");
    }

    Loaded loaded = new Loaded().load(files(), 4096);

    same(loaded, expected);
    assertThat(loaded.remarks).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"yes", "no"})
  void appendOnlyDirectoriesHoldTheSame(String preamble) throws IOException {
    List<String> expected;
    try (ReferenceRedis redis =
        ReferenceRedis.startOrSkip(
            "--dir",
            directory.toString(),
            "--appendonly",
            "yes",
            "--aof-use-rdb-preamble",
            preamble,
            "--aof-timestamp-enabled",
            "yes")) {
      RealData.fill(redis, 5);
      redis.ask("BGREWRITEAOF");
      while (!info(redis).contains("aof_rewrite_in_progress:0\r\naof_rewrite_scheduled:0")) {
        redis.ask("PING");
      }
      redis.ask("MULTI");
      redis.ask("SET in-transaction 1");
      redis.ask("SELECT 3");
      redis.ask("LPUSH small-list new");
      redis.ask("SELECT 0");
      redis.ask("EXEC");
      redis.ask("SPOP set");
      redis.ask("INCRBYFLOAT float 1.5");
      redis.ask("SET expiring 1 EX 100000");
      redis.ask("XREADGROUP GROUP group carol COUNT 2 STREAMS stream >");
      expected = RealData.seen(redis::ask);
    }

    Loaded loaded = new Loaded().with(Parameters.APPENDONLY, true).load(files(), 4096);

    same(loaded, expected);
    assertThat(loaded.remarks).isEmpty();
  }

  private static String info(ReferenceRedis redis) {
    return redis.ask(Bytes.of("INFO"), Bytes.of("persistence")).toString();
  }
}
