package dev.carillon.engine.snapshot;

import static org.assertj.core.api.Assertions.assertThat;

import dev.carillon.engine.Engine;
import dev.carillon.engine.EngineOptions;
import dev.carillon.engine.ReferenceRedis;
import dev.carillon.engine.command.Host;
import dev.carillon.engine.config.Configuration;
import dev.carillon.engine.config.Parameters;
import dev.carillon.engine.keyspace.KeyspaceDigest;
import dev.carillon.engine.session.Peer;
import dev.carillon.engine.session.Session;
import dev.carillon.engine.storage.Disk;
import dev.carillon.engine.storage.MemoryStorage;
import dev.carillon.engine.storage.QueuedBackground;
import dev.carillon.protocol.bytes.Bytes;
import dev.carillon.protocol.resp.Reply;
import dev.carillon.protocol.resp.Request;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A redis-server loads our files: what it dumps of each key afterwards makes the same keyspace here
 * again. Skipped where no redis-server is installed.
 */
@Tag("reference")
class SnapshotExchangeTest {

  private final MemoryStorage files = new MemoryStorage();
  private final QueuedBackground background = new QueuedBackground();
  private final long now = System.currentTimeMillis();
  private final Engine engine = engine();
  private final Session client = open(engine);

  private Engine engine() {
    Configuration config = new Configuration();
    config.put(Parameters.SAVE, List.of());
    return new Engine(
        new EngineOptions(
            config,
            new Random(9),
            Host.NONE,
            Long.MAX_VALUE,
            new Disk(files, background, background)));
  }

  private Session open(Engine to) {
    return to.open(new Peer("127.0.0.1:50000", "127.0.0.1:6379", -1), now);
  }

  private void ask(String... words) {
    ask(engine, client, List.of(words).stream().map(Bytes::of).toArray(Bytes[]::new));
  }

  private void ask(Engine of, Session session, Bytes... words) {
    long errors = of.stats().errorReplies;
    of.execute(session, Request.of(words), now);
    session.outbox().clear();
    assertThat(of.stats().errorReplies).as("errors of %s", words[0]).isEqualTo(errors);
  }

  @ParameterizedTest
  @ValueSource(strings = {"noeviction", "allkeys-lru", "allkeys-lfu"})
  void aRedisServerLoadsEveryType(String policy, @TempDir Path directory) throws IOException {
    ask("CONFIG", "SET", "maxmemory-policy", policy);
    fill();
    assertThat(engine.snapshots().save(now)).isTrue();
    verify(directory);
  }

  @Test
  void aRedisServerLoadsWhatChangedWhileItWasWritten(@TempDir Path directory) throws IOException {
    fill();
    String digest = KeyspaceDigest.of(engine.keyspace());
    engine.snapshots().begin(now);
    Random random = new Random(4);
    for (int i = 0; engine.snapshots().isRunning(); i++) {
      engine.snapshots().work(now, 2000);
      background.runAll();
      if (i % 3 == 0) {
        ask("SELECT", "" + random.nextInt(3));
        ask("DEL", "string:" + random.nextInt(300));
        ask("SELECT", "1");
        ask("ZINCRBY", "large zset", "17", "member " + random.nextInt(20_000));
        ask("HSET", "large hash", "field " + random.nextInt(20_000), "changed");
        ask("SREM", "large set", "member " + random.nextInt(20_000));
        ask("RPUSH", "large list", "more");
        ask("XADD", "large stream", "*", "more", "more");
      }
      if (i == 100) {
        ask("SWAPDB", "0", "1");
      } else if (i == 200) {
        ask("FLUSHDB");
        ask("SELECT", "2");
        ask("FLUSHDB");
      }
    }
    assertThat(new SnapshotReading(files.bytes("dump.rdb")).facts).containsKey("ctime");
    verify(directory, digest);
  }

  private void fill() {
    for (int i = 0; i < 300; i++) {
      ask("SELECT", "" + i % 3);
      ask("SET", "string:" + i, "value " + i * 7919L * 7919L);
    }
    ask("SELECT", "1");
    ask("SET", "with deadline", "x", "PXAT", "" + (now + 1_000_000));
    ask("SET", "huge", "noise".repeat(1 << 20));
    ask("SET", "int", "123456");
    ask("SET", "compressed", "abc".repeat(1000));
    ask("SADD", "intset", "1", "2", "300000");
    ask("SADD", "set", "a", "b", "12");
    ask("HSET", "hash", "f", "v", "g", "12");
    ask("ZADD", "zset", "1.5", "a", "-inf", "b", "7", "c");
    ask("RPUSH", "list", "a", "b", "12", "c".repeat(20_000));
    ask("PFADD", "hll", "a", "b", "c");
    for (int i = 0; i < 20_000; i += 10) {
      List<String> zset = new ArrayList<>(List.of("ZADD", "large zset"));
      List<String> hash = new ArrayList<>(List.of("HSET", "large hash"));
      List<String> set = new ArrayList<>(List.of("SADD", "large set"));
      List<String> list = new ArrayList<>(List.of("RPUSH", "large list"));
      for (int k = i; k < i + 10; k++) {
        zset.addAll(List.of("" + k % 97 * 0.5, "member " + k));
        hash.addAll(List.of("field " + k, "value " + k));
        set.add("member " + k);
        list.add("element " + k);
      }
      ask(zset.toArray(String[]::new));
      ask(hash.toArray(String[]::new));
      ask(set.toArray(String[]::new));
      ask(list.toArray(String[]::new));
      ask("XADD", "large stream", "*", "field", "value " + i);
    }
    ask("PEXPIREAT", "large hash", "" + (now + 5_000_000));
    ask("XGROUP", "CREATE", "large stream", "g", "0");
    ask("XREADGROUP", "GROUP", "g", "alice", "COUNT", "500", "STREAMS", "large stream", ">");
    ask("XREADGROUP", "GROUP", "g", "bob", "COUNT", "50", "STREAMS", "large stream", ">");
    ask("XTRIM", "large stream", "MAXLEN", "1900");
  }

  private void verify(Path directory) throws IOException {
    verify(directory, KeyspaceDigest.of(engine.keyspace()));
  }

  /** What the redis-server says of each key is restored into an empty engine. */
  private void verify(Path directory, String digest) throws IOException {
    Files.write(directory.resolve("dump.rdb"), files.bytes("dump.rdb"));
    Engine copy = engine();
    Session session = open(copy);
    try (ReferenceRedis redis =
        ReferenceRedis.startOrSkip("--dir", directory.toString(), "--dbfilename", "dump.rdb")) {
      while (redis.ask("PING") instanceof Reply.Failure loading) {
        assertThat(loading.text().toLatin1()).startsWith("LOADING");
      }
      for (int db = 0; db < 3; db++) {
        redis.ask("SELECT " + db);
        ask(copy, session, Bytes.of("SELECT"), Bytes.of("" + db));
        for (Reply each : ((Reply.Array) redis.ask("KEYS *")).elements()) {
          Bytes key = ((Reply.Bulk) each).text();
          Bytes payload = ((Reply.Bulk) redis.ask(Bytes.of("DUMP"), key)).text();
          long deadline = ((Reply.Int) redis.ask(Bytes.of("PEXPIRETIME"), key)).value();
          ask(
              copy,
              session,
              Bytes.of("RESTORE"),
              key,
              Bytes.of("" + Math.max(0, deadline)),
              payload,
              Bytes.of("ABSTTL"));
        }
      }
    }
    assertThat(KeyspaceDigest.of(copy.keyspace())).isEqualTo(digest);
  }
}
