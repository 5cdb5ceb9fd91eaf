package dev.carillon.engine.load;

import static org.assertj.core.api.Assertions.assertThat;

import dev.carillon.engine.ReferenceRedis;
import dev.carillon.engine.command.family.EngineFixture;
import dev.carillon.engine.config.Parameters;
import dev.carillon.engine.storage.MemoryStorage;
import dev.carillon.protocol.bytes.Bytes;
import dev.carillon.protocol.resp.Reply;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
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
      RealData.fill(redis, 4000);
      expected = RealData.seen(redis::ask);
      redis.ask("SAVE");
    }

    Loaded loaded = new Loaded().load(files(), 4096);

    same(loaded, expected);
    assertThat(loaded.remarks).allMatch(remark -> remark.contains("has functions"));
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
      RealData.fill(redis, 500);
      redis.ask("BGREWRITEAOF");
      while (!info(redis).contains("aof_rewrite_in_progress:0\r\naof_rewrite_scheduled:0")) {
        redis.ask("PING");
      }
      RealData.goOn(redis);
      expected = RealData.seen(redis::ask);
    }

    Loaded loaded = new Loaded().with(Parameters.APPENDONLY, true).load(files(), 4096);

    same(loaded, expected);
    assertThat(loaded.remarks).allMatch(remark -> remark.contains("has functions"));
  }

  @ParameterizedTest
  @CsvSource({"allkeys-lfu, FREQ, 200, 200", "allkeys-lru, IDLETIME, 5000, 5001"})
  void howKeysWereUsedIsKnown(String policy, String word, long least, long most)
      throws IOException {
    try (ReferenceRedis redis =
        ReferenceRedis.startOrSkip("--dir", directory.toString(), "--maxmemory-policy", policy)) {
      redis.ask("SET key value");
      Bytes payload = ((Reply.Bulk) redis.ask("DUMP key")).text();
      redis.ask(
          Bytes.of("RESTORE"),
          Bytes.of("used"),
          Bytes.of("0"),
          payload,
          Bytes.of(word),
          Bytes.of("" + least));
      redis.ask("SAVE");
    }

    Loaded loaded = new Loaded();
    loaded.say("CONFIG SET maxmemory-policy " + policy);
    loaded.load(files(), 4096);

    Reply seen = loaded.ask(Bytes.of("OBJECT"), Bytes.of(word), Bytes.of("used"));
    assertThat(((Reply.Int) seen).value()).isBetween(least, most);
  }

  /**
   * All types by DUMP and RESTORE, there and back. Hashes with deadlines of fields do not go back
   * to a Valkey, which has a form of its own for them.
   */
  @Test
  void dumpsGoBothWays() {
    try (ReferenceRedis redis = ReferenceRedis.startOrSkip("--dir", directory.toString())) {
      RealData.fill(redis, 4000);
      final List<String> expected = RealData.seen(redis::ask);
      Loaded ours = new Loaded();

      assertThat(copy(redis::ask, ours::ask)).isEmpty();
      same(ours, expected);

      redis.ask("FLUSHALL");
      Set<String> refused = copy(ours::ask, redis::ask);
      boolean isValkey = redis.ask("INFO server").toString().contains("valkey_version");
      assertThat(refused).allMatch(key -> isValkey && key.contains("timed"));
      assertThat(RealData.seen(redis::ask))
          .containsExactlyElementsOf(
              expected.stream().filter(line -> !refused.contains(line.split(" ")[1])).toList());
    }
  }

  /** Returns, as {@link RealData#seen} spells them, the keys that are refused. */
  private static Set<String> copy(Function<Bytes[], Reply> from, Function<Bytes[], Reply> to) {
    Set<String> refused = new TreeSet<>();
    for (String database : List.of("3", "0")) {
      ask(from, Bytes.of("SELECT"), Bytes.of(database));
      ask(to, Bytes.of("SELECT"), Bytes.of(database));
      for (Reply each : ((Reply.Array) ask(from, Bytes.of("KEYS"), Bytes.of("*"))).elements()) {
        Bytes key = ((Reply.Bulk) each).text();
        Bytes payload = ((Reply.Bulk) ask(from, Bytes.of("DUMP"), key)).text();
        long deadline = ((Reply.Int) ask(from, Bytes.of("PEXPIRETIME"), key)).value();
        Reply reply =
            ask(
                to,
                Bytes.of("RESTORE"),
                key,
                Bytes.of("" + Math.max(0, deadline)),
                payload,
                Bytes.of("ABSTTL"));
        if (reply instanceof Reply.Failure) {
          refused.add(EngineFixture.show(each));
        }
      }
    }
    return refused;
  }

  private static Reply ask(Function<Bytes[], Reply> server, Bytes... words) {
    return server.apply(words);
  }

  private static String info(ReferenceRedis redis) {
    return redis.ask(Bytes.of("INFO"), Bytes.of("persistence")).toString();
  }
}
