package dev.carillon.engine.command.family;

import static org.assertj.core.api.Assertions.assertThat;

import dev.carillon.engine.Engine;
import dev.carillon.engine.EngineOptions;
import dev.carillon.engine.command.Host;
import dev.carillon.engine.config.Configuration;
import dev.carillon.engine.config.Parameters;
import dev.carillon.engine.keyspace.Database;
import dev.carillon.engine.session.Peer;
import dev.carillon.engine.session.Session;
import dev.carillon.engine.value.ValueType;
import dev.carillon.protocol.bytes.Bytes;
import dev.carillon.protocol.resp.Request;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class ServerCommandsTest {

  @RegisterExtension final EngineFixture engine = new EngineFixture();

  // ---------------------------------------------------------------------------------------- INFO

  private String info(String section) {
    return engine.say("INFO " + section);
  }

  @Test
  void infoShowsTheUsualSectionsInTheirOrder() {
    assertThat(engine.say("INFO"))
        .containsSubsequence(
            "# Server",
            "redis_version:8.8.0",
            "server_name:carillon",
            "# Clients",
            "# Memory",
            "# Persistence",
            "# Threads",
            "# Stats",
            "# Expiry",
            "# Replication",
            "role:master",
            "# CPU",
            "# Hotkeys",
            "# Modules",
            "# Errorstats",
            "# Cluster",
            "cluster_enabled:0",
            "# Keyspace",
            "# Keysizes")
        .doesNotContain("# Commandstats")
        .doesNotContain("# Latencystats");
    assertThat(info("everything")).contains("# Commandstats", "# Latencystats");
    assertThat(info("no-such-section")).isEqualTo("\"\"");
    assertThat(info("CPU keyspace")).startsWith("\"# CPU").contains("\\r\\n\\r\\n# Keyspace");
  }

  @Test
  void infoCountsKeysByDatabase() {
    engine.run("SET a 1");
    engine.run("SET b 1 PX 5000");
    engine.run("SELECT 3");
    engine.run("SET c 1");
    assertThat(info("keyspace"))
        .contains("db0:keys=2,expires=1,avg_ttl=5000,subexpiry=0")
        .contains("db3:keys=1,expires=0,avg_ttl=0,subexpiry=0");
    engine.advance(5000);
    engine.sweep();
    assertThat(info("stats")).contains("\\r\\nexpired_keys:1\\r\\n");
  }

  /** Observed on 8.6.3. */
  @Test
  void infoNamesTheListenerAndTheOneThread() {
    engine.config(Parameters.PORT, "7000");
    assertThat(info("server")).contains("listener0:name=tcp,bind=*,bind=-::*,port=7000\\r\\n");
    engine.run("PING");
    assertThat(info("threads")).contains("io_thread_0:clients=2,reads=3,writes=3");
  }

  /** Observed on 8.6.3. */
  @Test
  void infoCountsKeysByTheirSizes() {
    engine.run("SET a " + "x".repeat(1023));
    engine.run("SET b " + "x".repeat(1024));
    engine.run("SET c 12345");
    engine.run("SETRANGE d 0 abc");
    engine.run("RPUSH l 1 2 3 4 5");
    engine.run("SADD s 1 2 3");
    engine.run("SADD t a");
    engine.run("ZADD z 1 a 2 b");
    engine.run("HSET h f v");
    engine.run("XADD stream * f v");
    assertThat(info("keysizes"))
        .contains(
            "db0_distrib_strings_sizes:2=1,4=1,512=1,1K=1\\r\\n"
                + "db0_distrib_lists_items:4=1\\r\\n"
                + "db0_distrib_sets_items:1=1,2=1\\r\\n"
                + "db0_distrib_zsets_items:2=1\\r\\n"
                + "db0_distrib_hashes_items:1=1\\r\\n")
        .doesNotContain("stream");
    engine.run("APPEND d d");
    engine.run("SET c " + "x".repeat(3000));
    engine.run("LPOP l 2");
    engine.run("RENAME s u");
    engine.run("HDEL h f");
    engine.run("ZADD z 3 c 4 d");
    engine.run("DEL b");
    engine.run("MOVE t 3");
    assertThat(info("keysizes"))
        .contains(
            "db0_distrib_strings_sizes:4=1,512=1,2K=1\\r\\n"
                + "db0_distrib_lists_items:2=1\\r\\n"
                + "db0_distrib_sets_items:2=1\\r\\n"
                + "db0_distrib_zsets_items:4=1\\r\\n"
                + "db3_distrib_sets_items:1=1\\r\\n");
    engine.run("SWAPDB 0 3");
    engine.run("SET e xx");
    engine.run("SETRANGE e 0 xyz");
    engine.run("FLUSHALL");
    assertThat(info("keysizes")).isEqualTo("\"# Keysizes\\r\\n\"");
    engine.run("SET n \"\"");
    assertThat(info("keysizes")).contains("db0_distrib_strings_sizes:");
  }

  /** Observed on 8.6.3; what a collection takes is our own. */
  @Test
  void infoCountsCollectionsByTheirBytesWhereThatWasAskedForAtTheStart() {
    engine.expect(
        "CONFIG SET key-memory-histograms yes",
        "-ERR CONFIG SET failed (possibly related to argument 'key-memory-histograms') - memory"
            + " tracking cannot be enabled at runtime");
    Configuration config = new Configuration();
    config.put(Parameters.KEY_MEMORY_HISTOGRAMS, true);
    Engine counting = new Engine(new EngineOptions(config, new Random(7), Host.NONE, 1 << 30));
    Session session = counting.open(new Peer("127.0.0.1:50000", "127.0.0.1:6379", -1), 1_000_000);
    Consumer<String> tell =
        line ->
            counting.execute(
                session,
                Request.of(Arrays.stream(line.split(" ")).map(Bytes::of).toArray(Bytes[]::new)),
                1_000_000);
    Supplier<List<Integer>> lists =
        () ->
            IntStream.range(0, Database.SIZE_CLASSES)
                .mapToObj(i -> counting.keyspace().database(0).keysOfMemory(ValueType.LIST, i))
                .filter(count -> count > 0)
                .toList();
    tell.accept("SET string 1");
    tell.accept("RPUSH small 1");
    tell.accept("RPUSH large " + "x".repeat(10_000));
    assertThat(lists.get()).containsExactly(1, 1);
    tell.accept("RPUSH small " + "x".repeat(10_000));
    assertThat(lists.get()).containsExactly(2);
    tell.accept("DEL small");
    assertThat(lists.get()).containsExactly(1);
    tell.accept("CONFIG SET key-memory-histograms no");
    assertThat(lists.get()).isEmpty();
    tell.accept("RPUSH small 1");
    assertThat(lists.get()).isEmpty();
  }

  @Test
  void infoCountsCallsAndRefusals() {
    engine.run("GET a");
    engine.run("GET");
    engine.run("GET a b");
    assertThat(info("commandstats"))
        .contains("cmdstat_get:calls=1,usec=0,usec_per_call=0.00,rejected_calls=2,failed_calls=0");
    assertThat(info("errorstats")).contains("errorstat_ERR:count=2");
    assertThat(info("stats")).contains("keyspace_misses:1").contains("total_error_replies:2");
  }

  @Test
  void ratesAreTheAverageOfTheLastSamples() {
    engine.engine().maintain(engine.nowMillis());
    for (int i = 0; i < 16; i++) {
      for (int j = 0; j < 10; j++) {
        engine.run("PING");
      }
      engine.advance(100);
      engine.engine().maintain(engine.nowMillis());
    }
    assertThat(info("stats")).contains("instantaneous_ops_per_sec:100\\r");
    engine.run("CONFIG RESETSTAT");
    assertThat(info("stats")).contains("instantaneous_ops_per_sec:0\\r");
  }

  @Test
  void whoIsUnblockedWithAnErrorCountsAsOne() {
    Session waiting = engine.client();
    engine.tell(waiting, "BLPOP list 0");
    engine.run("CLIENT UNBLOCK " + waiting.id() + " ERROR");
    assertThat(info("errorstats")).contains("errorstat_UNBLOCKED:count=1");
    assertThat(info("stats")).contains("total_error_replies:1");
  }

  // ----------------------------------------------------------------------------------- databases

  @Test
  void flushingIsSilentAndComplete() {
    engine.run("SET a 1");
    engine.run("SELECT 1");
    engine.run("SET b 1");
    engine.events();
    engine.expect("FLUSHDB ASYNC", "+OK");
    engine.expect("DBSIZE", ":0");
    engine.run("SELECT 0");
    engine.expect("DBSIZE", ":1");
    engine.expect("FLUSHALL SYNC", "+OK");
    engine.expect("DBSIZE", ":0");
    engine.expect("FLUSHALL NOW", "-ERR syntax error");
    assertThat(engine.effects()).endsWith("FLUSHDB ASYNC @1", "FLUSHALL SYNC");
  }

  /** What counts: source of October 2024. */
  @Test
  void valuesForWhichRedisWouldNotWaitAreCounted() {
    engine.config(Parameters.LIST_MAX_LISTPACK_SIZE, "1");
    engine.config(Parameters.SET_MAX_LISTPACK_ENTRIES, "1");
    engine.config(Parameters.HASH_MAX_LISTPACK_ENTRIES, "1");
    engine.config(Parameters.ZSET_MAX_LISTPACK_ENTRIES, "1");
    engine.config(Parameters.STREAM_NODE_MAX_ENTRIES, "1");
    List.of("RPUSH list m%d", "SADD set m%d", "HSET hash m%d 1", "ZADD zset 1 m%d", "XADD s * f %d")
        .forEach(
            request -> {
              String key = request.split(" ")[1];
              fill(request, 64);
              engine.run("UNLINK " + key);
              assertThat(info("memory")).as(request).contains("lazyfreed_objects:0");
              fill(request, 65);
              engine.run("DEL " + key);
              assertThat(info("memory")).as(request).contains("lazyfreed_objects:0");
              fill(request, 65);
              engine.run("UNLINK " + key + " " + key);
              assertThat(info("memory")).as(request).contains("lazyfreed_objects:1");
              engine.run("CONFIG RESETSTAT");
            });
  }

  private void fill(String request, int count) {
    for (int i = 0; i < count; i++) {
      engine.run(request.formatted(i));
    }
  }

  /** Observed in the tests of October 2024: within a transaction Redis waits. */
  @Test
  void keysThatGoWithTheirDatabaseAreCountedExceptWhereRedisWouldWait() {
    engine.run("MSET a 1 b 2");
    engine.run("FLUSHALL");
    assertThat(info("memory")).contains("lazyfree_pending_objects:0", "lazyfreed_objects:2");
    engine.run("SET a 1");
    engine.run("FLUSHDB");
    engine.run("MSET a 1 b 2");
    engine.run("MULTI");
    engine.run("FLUSHDB");
    engine.run("EXEC");
    assertThat(info("memory")).contains("lazyfreed_objects:3");
    engine.run("SET a 1");
    engine.run("MULTI");
    engine.run("FLUSHALL ASYNC");
    engine.run("EXEC");
    assertThat(info("memory")).contains("lazyfreed_objects:4");
  }

  @Test
  void flushingWhatIsEmptyChangesNothing() {
    engine.expect("FLUSHALL", "+OK");
    engine.expect("FLUSHDB", "+OK");
    assertThat(engine.effects()).isEmpty();
  }

  @Test
  void swapdbExchangesWhatClientsSee() {
    Session other = engine.client();
    engine.run("SET a 1");
    engine.run(other, "SELECT 1");
    engine.events();
    engine.expect("SWAPDB 0 1", "+OK");
    engine.expect("DBSIZE", ":0");
    engine.expect(other, "GET a", "\"1\"");
    engine.expect("SWAPDB 1 1", "+OK");
    engine.expect("SWAPDB x 1", "-ERR invalid first DB index");
    engine.expect("SWAPDB 1 99999999999", "-ERR invalid second DB index");
    engine.expect("SWAPDB 1 16", "-ERR DB index is out of range");
    assertThat(engine.effects()).endsWith("SWAPDB 0 1");
  }

  // -------------------------------------------------------------------------------------- others

  @Test
  void timeIsThatOfTheTurn() {
    engine.advance(123);
    engine.expect("TIME", "[\"1700000000\", \"123000\"]");
    engine.expect("LASTSAVE", ":1700000000");
  }

  @Test
  void thereAreNoReplicas() {
    engine.expect("ROLE", "[\"master\", :0, []]");
    engine.expect("REPLICAOF NO ONE", "+OK");
    engine.expect("SLAVEOF no one", "+OK");
    String refusal =
        "-ERR Carillon does not replicate yet: it follows no other server and feeds no replicas";
    engine.expect("REPLICAOF localhost 6379", refusal);
    engine.expect("PSYNC ? -1", refusal);
    engine.expect("FAILOVER", refusal);
  }

  @Test
  void clusterCommandsSayThatThereIsNone() {
    String refusal = "-ERR This instance has cluster support disabled";
    engine.expect("CLUSTER INFO", refusal);
    engine.expect("READONLY", refusal);
    engine.expect("ASKING", refusal);
    engine.expect("CLUSTER HELP", "-ERR This instance has cluster support disabled");
    engine.expect("CLUSTER NOSUCH", "-ERR unknown subcommand 'NOSUCH'. Try CLUSTER HELP.");
  }

  @Test
  void thereAreNoModules() {
    engine.expect("MODULE LIST", "[]");
  }

  @Test
  void shutdownRefusesWhatContradictsItself() {
    engine.expect("SHUTDOWN SAVE NOSAVE", "-ERR syntax error");
    engine.expect("SHUTDOWN ABORT NOW", "-ERR syntax error");
    engine.expect("SHUTDOWN ABORT", "-ERR No shutdown in progress.");
    engine.run("MULTI");
    engine.expect("SHUTDOWN", "-ERR Command not allowed inside a transaction");
  }

  @Test
  void memoryUsageCountsTheKeyAndItsValue() {
    engine.expect("MEMORY USAGE a", "nil");
    engine.run("SET a " + "x".repeat(1000));
    assertThat(Long.parseLong(engine.say("MEMORY USAGE a SAMPLES 5").substring(1)))
        .isBetween(1000L, 1200L);
    engine.events();
    engine.expect("MEMORY USAGE a SAMPLES -1", "-ERR syntax error");
    engine.expect("PEXPIRE a 10", ":1", "expire a");
    engine.advance(10);
    assertThat(engine.say("MEMORY USAGE a")).isNotEqualTo("nil");
    engine.expect("EXISTS a", ":0", "expired a", "keymiss a");
    engine.run("SET a 1");
    engine.events();
    engine.expect("MEMORY PURGE", "+OK");
    assertThat(engine.say("MEMORY STATS"))
        .contains("\"keys.count\", :1")
        .containsSubsequence(
            "replica.fullsync.buffer",
            "script.VMs",
            "overhead.db.hashtable.lut",
            "overhead.db.hashtable.rehashing",
            "db.dict.rehashing.count",
            "allocator.muzzy",
            "allocator-rss.ratio",
            "allocator-rss.bytes",
            "rss-overhead.ratio",
            "rss-overhead.bytes",
            "fragmentation");
  }
}
